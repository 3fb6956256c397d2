package mask

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/cn"
)

func TestNumbersInATextAreMasked(t *testing.T) {
	for text, want := range map[string]string{
		"「11010519491231002X」不在选项中":        "「110105********002X」不在选项中",
		"「110105194912310021」 check wrong": "「110105********0021」 check wrong",
		"一九四九 110105491231002。":            "一九四九 110105*****1002。",
		"卡 6222 0202 0011 2233 008 与其他":    "卡 6222***********3008 与其他",
		"全角１１０１０５１９４９１２３１００２Ｘ":             "全角110105********002X",
		"手机 13712341231，金额 1234567.89":     "手机 13712341231，金额 1234567.89",
		"91310000MA1FL0LXXX，2026-11-05":    "91310000MA1FL0LXXX，2026-11-05",
		"":                                 "",
	} {
		if got := Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Nothing that Text has been through holds a sensitive number or 15 digits in a row.
func TestNoNumberSurvivesText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[甲 a-]{0,4}([0-9]{12,22}[xX]?[甲 -]{0,2}){1,4}`).Draw(t, "text")
		got := Text(text)
		if len(cn.FindSensitive(got)) > 0 {
			t.Fatalf("%q: %q", text, got)
		}
		for _, run := range strings.FieldsFunc(got, func(r rune) bool { return r < '0' || r > '9' }) {
			if len(run) >= shortestNumber {
				t.Fatalf("%q: %q", text, got)
			}
		}
		if Text(got) != got {
			t.Fatalf("twice: %q, %q", got, Text(got))
		}
	})
}
