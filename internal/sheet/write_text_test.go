package sheet

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestGuardCSV(t *testing.T) {
	for _, c := range []struct{ name, text, guarded string }{
		{"a name", "上海某某有限公司", "上海某某有限公司"},
		{"empty", "", ""},
		{"a formula", "=1+1", "'=1+1"},
		{"a full-width formula", "＝1+1", "'＝1+1"},
		{"a formula behind blanks", "\u3000 =1", "'\u3000 =1"},
		{"a command", "@SUM(A1)", "'@SUM(A1)"},
		{"a phone with country code", "+8613800138000", "'+8613800138000"},
		{"a tab in front", "\t=1", "'\t=1"},
		{"a line break in front", "\r\n=1", "'\r\n=1"},
		{"already guarded", "'=1", "''=1"},
		{"an apostrophe before a name", "'t Hof", "'t Hof"},
		{"a mobile number", "13800138000", "13800138000"},
		{"a card number", "6222020200112233445", "'6222020200112233445"},
		{"a leading zero", "0755", "'0755"},
		{"zero", "0", "0"},
		{"looks like an exponent", "12E34", "'12E34"},
		{"a credit code with letters", "91310000MA1FL5E08X", "91310000MA1FL5E08X"},
		{"a date", "2026-01-15", "2026-01-15"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := GuardCSV(c.text); got != c.guarded {
				t.Errorf("GuardCSV(%q) = %q, want %q", c.text, got, c.guarded)
			}
			if got := UnguardCSV(c.guarded); got != c.text {
				t.Errorf("UnguardCSV(%q) = %q, want %q", c.guarded, got, c.text)
			}
		})
	}
}

func TestUnguardCSVUndoesGuardCSV(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`'*[=+@\t 0-9eE'＝-]*`))
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		if got := UnguardCSV(GuardCSV(text)); got != text {
			t.Fatalf("%q came back as %q", text, got)
		}
		if LeadsFormula(GuardCSV(text)) {
			t.Fatalf("%q is still a formula", text)
		}
	})
}

func TestCleanCell(t *testing.T) {
	long := strings.Repeat("客", CellLimit)
	for _, c := range []struct{ name, text, want string }{
		{"sound", "a\tb\r\nc 客户 𠮷", "a\tb\r\nc 客户 𠮷"},
		{"controls", "a\x00b\x1Fc\x7F", "abc\x7F"},
		{"noncharacters", "a\uFFFEb\uFFFF", "ab"},
		{"broken UTF-8", "a\xC3(", "a\uFFFD("},
		{"the replacement itself", "\uFFFD", "\uFFFD"},
		{"at the limit", long, long},
		{"past the limit", long + "户", long[:3*(CellLimit-8)] + cutMark},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := cleanCell(c.text); got != c.want {
				t.Errorf("got %.60q (%d bytes), want %.60q", got, len(got), c.want)
			}
		})
	}
}

func TestCutCellCountsAsExcelDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]string{"a", "客", "𠮷", "a𠮷"}).Draw(t, "unit")
		n := rapid.IntRange(CellLimit/3-5, CellLimit+5).Draw(t, "times")
		got := cleanCell(strings.Repeat(unit, n))
		if units := len(utf16.Encode([]rune(got))); units > CellLimit {
			t.Fatalf("%d code units", units)
		}
		if !utf8.ValidString(got) {
			t.Fatal("a rune was parted")
		}
	})
}

func TestAppendXMLReadsBack(t *testing.T) {
	for _, text := range []string{`<a href="x">&amp;</a>`, "a\r\nb\rc", "_x0041_", "_x00e9_x", "_x_"} {
		escaped := string(appendXML(nil, text))
		back := strings.ReplaceAll(unescapeXML([]byte(escaped)), "_x005F_", "_")
		if back != text {
			t.Errorf("%q came back as %q (written %q)", text, back, escaped)
		}
		if strings.ContainsAny(escaped, "<>\"\r") {
			t.Errorf("%q is not safe: %q", text, escaped)
		}
	}
	if got := string(appendXML(nil, "_x0041_")); got != "_x005F_x0041_" {
		t.Errorf("the look-alike of an escape is written %q", got)
	}
}

func TestExactNumber(t *testing.T) {
	for text, want := range map[string]bool{
		"0": true, "-1.50": true, "123456789012345": true, "0.5": true, "1234567890.12345": true,
		"": false, "-": false, ".5": false, "5.": false, "007": false, "1e5": false, "+1": false,
		"1234567890123456": false, "1,000": false, "1.2.3": false, "１": false, "--1": false,
	} {
		if got := exactNumber(text); got != want {
			t.Errorf("exactNumber(%q) = %v", text, got)
		}
	}
}

func TestDateSerial(t *testing.T) {
	for _, c := range []struct {
		text, serial string
		moment, ok   bool
	}{
		{"1900-03-01", "61", false, true},
		{"2026-01-15", "46037", false, true},
		{"2026-01-15 12:00", "46037.5", true, true},
		{"2026-01-15 18:00:00", "46037.75", true, true},
		{"1900-02-28", "", false, false},
		{"2026-02-30", "", false, false},
		{"2026/01/15", "", false, false},
		{"明天", "", false, false},
	} {
		serial, moment, ok := dateSerial(c.text)
		if serial != c.serial || moment != c.moment || ok != c.ok {
			t.Errorf("dateSerial(%q) = %q %v %v", c.text, serial, moment, ok)
		}
	}
}

func TestColumnLetters(t *testing.T) {
	for column, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA",
		MaxSheetColumns - 1: "XFD"} {
		if got := columnLetters(column); got != want {
			t.Errorf("column %d is %q, want %q", column, got, want)
		}
		if back, row, err := parseCell(want + "12"); err != nil || back != column || row != 12 {
			t.Errorf("%s12 reads as %d, %d, %v", want, back, row, err)
		}
	}
	for _, bad := range []string{"", "A", "1", "A0", "XFE1", "A1048577", "A1B", "AAAA1", "Ａ1"} {
		if _, _, err := parseCell(bad); err == nil {
			t.Errorf("%q is taken for a cell", bad)
		}
	}
}

func TestSafeSheetName(t *testing.T) {
	for name, want := range map[string]string{
		"客户": "客户 (2)", "a/b:c": "a_b_c (2)", "": "Sheet (2)", "'引号'": "引号 (2)",
		strings.Repeat("长", 40): strings.Repeat("长", 27) + " (2)",
	} {
		if got := safeSheetName(name, " (2)"); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}
