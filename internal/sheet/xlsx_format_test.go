package sheet

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func TestClassify(t *testing.T) {
	for code, want := range map[string]formatClass{
		"":                               formatPlain,
		"General":                        formatPlain,
		"G/通用格式":                         formatPlain,
		"0":                              formatPlain,
		"#,##0.00_ ;[Red]\\-#,##0.00\\ ": formatPlain,
		"0.00E+00":                       formatPlain,
		"##0.0e-0":                       formatPlain,
		"0%":                             formatPlain,
		`0.00"days"`:                     formatPlain,
		`"年"0`:                           formatPlain,
		"¥#,##0.00;[$¥-804]-#,##0.00":    formatPlain,
		"[$-804]General":                 formatPlain,
		"[DBNum2][$-804]General":         formatPlain,
		"[Red][<0]0;[Blue]0":             formatPlain,
		`\d\m\y0`:                        formatPlain,
		"_d0*m":                          formatPlain,
		"@":                              formatPlain,
		"0;yyyy":                         formatPlain,
		"# ?/?":                          formatPlain,
		"0元":                             formatPlain,
		`"yyyy`:                          formatPlain,
		"[":                              formatPlain,
		`\`:                              formatPlain,
		"yyyy-mm-dd":                     formatDate,
		"YYYY/M/D":                       formatDate,
		`yyyy"年"m"月"d"日"`:                formatDate,
		`yyyy"年"m"月"d"日";@`:              formatDate,
		`[$-804]yyyy"年"m"月"d"日"`:         formatDate,
		"[$-F800]dddd, mmmm dd, yyyy":    formatDate,
		`[DBNum1][$-804]yyyy"年"m"月"d"日"`: formatDate,
		"yyyy年m月d日":                      formatDate,
		`m"月"d"日"`:                       formatDate,
		"mmm":                            formatDate,
		"m/d/yy h:mm":                    formatDate,
		"[$-804]aaaa;@":                  formatDate,
		`[$-411]ggge"年"m"月"d"日"`:         formatDate,
		`[=0]"";yyyy-mm-dd`:              formatDate,
		`[<1]h:mm;yyyy-mm-dd`:            formatTime,
		"h:mm":                           formatTime,
		"h:mm:ss AM/PM":                  formatTime,
		`[$-804]上午/下午h"时"mm"分";@`:        formatTime,
		"mm:ss.0":                        formatTime,
		"[h]:mm:ss":                      formatElapsed,
		"[mm]:ss":                        formatElapsed,
		"[ss]":                           formatElapsed,
	} {
		if got := classify(code); got != want {
			t.Errorf("%q: %d, want %d", code, got, want)
		}
	}
}

func TestBuiltinFormats(t *testing.T) {
	dates := map[int]bool{}
	for _, r := range [][2]int{{14, 22}, {27, 36}, {45, 47}, {50, 58}} {
		for id := r[0]; id <= r[1]; id++ {
			dates[id] = true
		}
	}
	for id := range 200 {
		if got := builtin(id) != formatPlain; got != dates[id] {
			t.Errorf("format %d: date %v", id, got)
		}
	}
}

func TestSerials(t *testing.T) {
	for _, c := range []struct {
		serial float64
		class  formatClass
		mac    bool
		want   string
	}{
		{0, formatDate, false, "1900-01-00"},
		{0, formatTime, false, "00:00:00"},
		{0.5, formatDate, false, "12:00:00"},
		{1, formatDate, false, "1900-01-01"},
		{59, formatDate, false, "1900-02-28"},
		{60, formatDate, false, "1900-02-29"},
		{60.25, formatDate, false, "1900-02-29 06:00:00"},
		{61, formatDate, false, "1900-03-01"},
		{43890, formatDate, false, "2020-02-29"},
		{43890.99999, formatDate, false, "2020-02-29 23:59:59"},
		{43890.999999, formatDate, false, "2020-03-01"},
		{45292.431, formatTime, false, "2024-01-01 10:20:38"},
		{2958465, formatDate, false, "9999-12-31"},
		{0, formatDate, true, "1904-01-01"},
		{0.25, formatDate, true, "1904-01-01 06:00:00"},
		{0.25, formatTime, true, "06:00:00"},
		{43830, formatDate, true, "2024-01-01"},
		{2957003, formatDate, true, "9999-12-31"},
		{1.0 / 24, formatElapsed, false, "01:00:00"},
		{1000.5, formatElapsed, false, "24012:00:00"},
	} {
		got, ok := appendSerial(nil, c.serial, c.class, c.mac)
		if !ok || string(got) != c.want {
			t.Errorf("%v: %s, want %s", c, got, c.want)
		}
	}
	for _, serial := range []float64{-1, -0.001, 2958466, math.NaN(), math.Inf(1), 2958465.9999999} {
		if got, ok := appendSerial(nil, serial, formatDate, false); ok {
			t.Errorf("%v: %s", serial, got)
		}
	}
	if got, ok := appendSerial(nil, 2957004, formatDate, true); ok {
		t.Errorf("after 9999: %s", got)
	}
}

// Law: every second of the calendar after the leap bug comes out as excelize and package time
// have it.
func TestSerialsAgreeWithExcelize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mac := rapid.Bool().Draw(t, "mac")
		day := rapid.IntRange(61, 2_900_000).Draw(t, "day")
		second := rapid.IntRange(0, secondsOfDay-1).Draw(t, "second")
		serial := float64(day) + float64(second)/secondsOfDay
		want, err := excelize.ExcelDateToTime(serial, mac)
		if err != nil {
			t.Fatal(err)
		}
		want = want.Round(time.Second)
		layout := monthDayClock
		if second == 0 {
			layout = time.DateOnly
		}
		got, ok := appendSerial(nil, serial, formatDate, mac)
		if !ok || string(got) != want.Format(layout) {
			t.Fatalf("%v: %s, want %s", serial, got, want.Format(layout))
		}
	})
}

// Law: a number read is the nearest double to its digits, as strconv has it, and what is written
// of it has no exponent and reads as a number that agrees to 15 digits.
func TestNumbersAgreeWithStrconv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.OneOf(
			rapid.StringMatching(`-?[0-9]{1,22}(\.[0-9]{1,20})?`),
			rapid.StringMatching(`-?[0-9](\.[0-9]{1,17})?[eE][-+]?[0-9]{1,2}`),
			rapid.Map(rapid.Float64(), func(f float64) string { return fmt.Sprint(f) }),
			rapid.String(),
		).Draw(t, "raw")
		var want float64
		_, err := fmt.Sscanf(raw, "%g", &want)
		got, ok := parseNumber([]byte(raw))
		if !ok {
			return
		}
		if err != nil || got != want {
			t.Fatalf("%q: %v, want %v (%v)", raw, got, want, err)
		}
		shown := Cell{Kind: Number, Number: got, Text: raw}.String()
		back, ok := parseNumber([]byte(shown))
		if !ok && len(shown) <= maxNumberBytes {
			t.Fatalf("%q is shown as %q", raw, shown)
		}
		if ok && math.Abs(back-got) > math.Abs(got)*1e-14 {
			t.Fatalf("%q is shown as %q", raw, shown)
		}
	})
}

func TestColumnNames(t *testing.T) {
	for column, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA",
		16383: "XFD", -1: ""} {
		if got := ColumnName(column); got != want {
			t.Errorf("%d: %s, want %s", column, got, want)
		}
	}
	for column := range gridColumns {
		c, r, ok := parseRef([]byte(CellName(column, 7)))
		if !ok || c != column+1 || r != 7 {
			t.Fatalf("column %d does not come back", column)
		}
	}
}

func TestLostDigits(t *testing.T) {
	for raw, want := range map[string]bool{
		"999999999999999": false, "1000000000000000": true, "1.10101199003074E+17": true,
		"-1E+15": true, "0.1234567890123456": false,
	} {
		number, ok := parseNumber([]byte(raw))
		if got := (Cell{Kind: Number, Number: number, Text: raw}).LostDigits(); !ok || got != want {
			t.Errorf("%s: %v", raw, got)
		}
	}
}
