package places

import (
	"errors"
	"os"
	"strings"
	"testing"

	"kehu/internal/fault"
)

// testdata/addresses.tsv is written by hand: the code that a person would give each address.
func TestAddressesAsPeopleWriteThem(t *testing.T) {
	data, err := os.ReadFile("testdata/addresses.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		rows++
		f := append(strings.Split(strings.TrimRight(line, "\n"), "\t"), "")
		checkAddress(t, f[0], f[1], f[2], f[3], f[4])
	}
	if rows < 120 {
		t.Errorf("only %d rows were read", rows)
	}
}

func checkAddress(t *testing.T, text, division, verdict, rest, alternatives string) {
	t.Helper()
	a, _, err := Parse(text)
	if division == "-" {
		division = ""
	}
	if got := a.Division(); got != division {
		t.Errorf("%s: division %q %s, want %q %s", text, got, FullName(got), division,
			FullName(division))
	}
	if got := verdictOf(err); got != verdict {
		t.Errorf("%s: %s (%v), want %s", text, got, err, verdict)
	}
	if rest != "*" && a.Rest != rest {
		t.Errorf("%s: rest %q, want %q", text, a.Rest, rest)
	}
	if got := strings.Join(a.Alternatives, ";"); alternatives != "" && got != alternatives {
		t.Errorf("%s: alternatives %s, want %s", text, got, alternatives)
	}
	if a.Complete != (verdict == "ok") {
		t.Errorf("%s: complete %v with %s", text, a.Complete, verdict)
	}
}

func verdictOf(err error) string {
	if err == nil {
		return "ok"
	}
	f, ok := fault.Of(err)
	if !ok {
		return err.Error()
	}
	return f.Code
}

func TestRefusalsSayHowToMendThem(t *testing.T) {
	for text, want := range map[string]string{
		"广东省深圳市": "地址只写到广东省深圳市，缺少区县，请补充到区县",
		"广东省":    "地址只写到广东省，缺少市和区县，请补充到区县",
		"上海市":    "地址只写到上海市，缺少区县，请补充到区县",
		"朝阳区建国路": "「朝阳区」可能是 北京市朝阳区、吉林省长春市朝阳区，请写明省市区",
		"广东省杭州市": "「杭州市」不在广东省内（浙江省杭州市），请核对省市区",
		"苏州高新区1": "",
	} {
		_, _, err := Parse(text)
		got := ""
		if f, ok := fault.Of(err); ok {
			got = f.Chinese()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	for text, want := range map[string]*fault.Fault{
		"北京市崇文区":     WarnHistoric,
		"昆山花桥":       WarnGuessed,
		"广州开发区":      WarnZone,
		"成都市锦绣科技园区1": WarnZoneUnknown,
	} {
		_, warnings, _ := Parse(text)
		if len(warnings) != 1 || !errors.Is(warnings[0], want) {
			t.Errorf("%s: %v, want %s", text, warnings, want.Code)
		}
	}
	if _, warnings, err := Parse("广东省深圳市南山区"); len(warnings) != 0 || err != nil {
		t.Errorf("without a door number: %v %v", warnings, err)
	}
}

func TestHistoricAndZoneAreTold(t *testing.T) {
	a, _, _ := Parse("杭州市江干区钱江路")
	if !a.Historic {
		t.Error("江干区 is not told as historic")
	}
	a, _, _ = Parse("成都市锦绣科技园区1号")
	if a.Zone != "锦绣科技园区" || a.Rest != "1号" {
		t.Errorf("zone %q, rest %q", a.Zone, a.Rest)
	}
	a, _, _ = Parse("廣州市 天河軟件園 1號")
	if a.Text != "廣州市天河軟件園1號" {
		t.Errorf("text %q", a.Text)
	}
}

func TestCanonicalComparesAddresses(t *testing.T) {
	const want = "广东省深圳市南山区桃园路1号"
	for _, text := range []string{
		"广东深圳南山桃园路1号", "广东省-深圳市-南山区-桃园路１号", "深圳市南山区 桃园路1号",
	} {
		a, _, err := Parse(text)
		if got := a.Canonical(); got != want || err != nil {
			t.Errorf("%s: %q %v", text, got, err)
		}
	}
	if a, _, _ := Parse("人民路1号"); a.Canonical() != "人民路1号" {
		t.Errorf("without a division: %q", a.Canonical())
	}
}
