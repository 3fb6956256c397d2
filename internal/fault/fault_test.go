package fault

import (
	"errors"
	"fmt"
	"testing"
)

var errTest = Define("test_only", "「{value}」不对，应为 {want}", "“{value}” is wrong, give {want}")

func TestWithFillsBothSentencesAndKeepsTheDeclaration(t *testing.T) {
	filled := errTest.With("value", 7, "want", "eight")
	if got := filled.In("zh"); got != "「7」不对，应为 eight" {
		t.Error(got)
	}
	if got := filled.In("en"); got != "“7” is wrong, give eight" {
		t.Error(got)
	}
	if errTest.Chinese() != "「{value}」不对，应为 {want}" {
		t.Error("With changed the declaration")
	}
}

func TestIsComparesCodes(t *testing.T) {
	wrapped := fmt.Errorf("row 3: %w", errTest.With("value", "x").Because(errors.New("disk")))
	if !errors.Is(wrapped, errTest) {
		t.Error("a filled, caused and wrapped fault is still that fault")
	}
	if f, ok := Of(wrapped); !ok || f.Code != "test_only" {
		t.Error("Of did not find it")
	}
}

func TestLanguage(t *testing.T) {
	for accept, want := range map[string]string{
		"": "zh", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "en-GB,en;q=0.9": "en", "de,en": "zh",
	} {
		if got := Language(accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

func TestDefineRefusesATakenCode(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the second declaration passed")
		}
	}()
	Define("test_only", "", "")
}
