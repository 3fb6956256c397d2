package cn

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDate(t *testing.T) {
	for _, c := range []struct{ name, in, want, code string }{
		{"stored form", "2024-05-01", "2024-05-01", ""},
		{"short", "2024-5-1", "2024-05-01", ""},
		{"slashes", "2024/5/1", "2024-05-01", ""},
		{"full stops", "2024.5.1", "2024-05-01", ""},
		{"Chinese", "2024年5月1日", "2024-05-01", ""},
		{"Chinese 号 with spaces", "2024 年 5 月 1 号", "2024-05-01", ""},
		{"eight digits", "20240501", "2024-05-01", ""},
		{"full-width", "２０２４－０５－０１", "2024-05-01", ""},
		{"numerals", "二〇二四年五月一日", "2024-05-01", ""},
		{"numerals with tens", "二零二四年十二月三十一日", "2024-12-31", ""},
		{"numerals 廿", "二〇二四年十月廿五", "2024-10-25", ""},
		{"numerals 二十", "二〇二四年十一月二十日 星期三", "2024-11-20", ""},
		{"time", "2024-05-01 12:30:00", "2024-05-01", ""},
		{"time stamp", "2024-05-01T16:00:00.000Z", "2024-05-01", ""},
		{"database's time stamp", "2024-05-01 16:00:00.000Z", "2024-05-01", ""},
		{"weekday", "2024年5月1日 星期三", "2024-05-01", ""},
		{"weekday in brackets and time", "2024/5/1（周三）下午3点20分", "2024-05-01", ""},
		{"eight digits and time", "20240501 12:30", "2024-05-01", ""},
		{"leap day", "2024-02-29", "2024-02-29", ""},
		{"no leap day", "2023-02-29", "", "date_impossible"},
		{"no leap day in 1900", "1900-02-29", "", "date_impossible"},
		{"30 February", "2024/2/30", "", "date_impossible"},
		{"month 13", "20241301", "", "date_impossible"},
		{"day 0", "2024-05-00", "", "date_impossible"},
		{"month only", "2024-05", "", "date_incomplete"},
		{"month only, Chinese", "2024年5月", "", "date_incomplete"},
		{"year only", "2024", "", "date_incomplete"},
		{"six digits", "202405", "", "date_incomplete"},
		{"day without year", "5月1日", "", "date_incomplete"},
		{"two-digit year", "24-5-1", "", "date_two_digit_year"},
		{"day first", "1/5/2024", "", "date_format"},
		{"something behind", "2024-05-01左右", "", "date_format"},
		{"serial without leave", "45413", "", "date_format"},
		{"words", "昨天", "", "date_format"},
		{"too early", "1849-12-31", "", "date_range"},
		{"first day", "1850-01-01", "1850-01-01", ""},
		{"last day", "2200-12-31", "2200-12-31", ""},
		{"too late", "2201-01-01", "", "date_range"},
		{"empty", " ", "", "value_empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseDate(c.in, DateOptions{})
			if got.String() != c.want || codeOf(warnings, err) != c.code {
				t.Errorf("%q %q", got, codeOf(warnings, err))
			}
		})
	}
}

func TestParseDateOptions(t *testing.T) {
	china := today.Location()
	for _, c := range []struct {
		name, in string
		opt      DateOptions
		want     string
	}{
		{"serial", "45413", DateOptions{Serials: true}, "2024-05-01"},
		{"serial with time", "45413.75", DateOptions{Serials: true}, "2024-05-01"},
		{"serial of 1904", "43951", DateOptions{Serials: true, Date1904: true}, "2024-05-01"},
		{"eight digits are no serial", "20240501", DateOptions{Serials: true}, "2024-05-01"},
		{"evening in UTC is tomorrow here", "2024-04-30T16:00:00.000Z", DateOptions{Zone: china},
			"2024-05-01"},
		{"database's time stamp", "2024-04-30 16:00:00.000Z", DateOptions{Zone: china}, "2024-05-01"},
		{"no zone is the day as written", "2024-04-30 16:00:00", DateOptions{Zone: china}, "2024-04-30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, _, err := ParseDate(c.in, c.opt); err != nil || got.String() != c.want {
				t.Errorf("%q %v", got, err)
			}
		})
	}
}

func TestDateFromSerial(t *testing.T) {
	for _, c := range []struct {
		name   string
		serial float64
		d1904  bool
		want   string
		code   string
	}{
		{"first day", 1, false, "1900-01-01", ""},
		{"28 February 1900", 59, false, "1900-02-28", ""},
		{"the day that never was", 60, false, "", "date_impossible"},
		{"its time", 60.5, false, "", "date_impossible"},
		{"1 March 1900", 61, false, "1900-03-01", ""},
		{"with time", 45413.999, false, "2024-05-01", ""},
		{"first day of 1904", 0, true, "1904-01-01", ""},
		{"1904", 43951, true, "2024-05-01", ""},
		{"zero", 0.5, false, "", "date_serial"},
		{"negative", -1, true, "", "date_serial"},
		{"too large", 1e9, false, "", "date_serial"},
		{"beyond 2200", 120_000, false, "", "date_range"},
		{"not a number", math.NaN(), false, "", "date_serial"},
		{"infinite", math.Inf(1), true, "", "date_serial"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := DateFromSerial(c.serial, c.d1904)
			if got.String() != c.want || codeOf(nil, err) != c.code {
				t.Errorf("%q %v", got, err)
			}
		})
	}
}

func TestDatesAgreeWithTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(1850, 1, 1, 0, 0, 0, 0, time.UTC)
		day := first.AddDate(0, 0, rapid.IntRange(0, 128_000).Draw(t, "day"))
		date, _, err := ParseDate(day.Format("2006年1月2日"), DateOptions{})
		if err != nil || date.String() != day.Format(time.DateOnly) || date != DateOf(day) ||
			!date.Time(time.UTC).Equal(day) {
			t.Fatalf("%v: %v %v", day, date, err)
		}
		if date.Year() != day.Year() || date.Month() != day.Month() || date.Day() != day.Day() {
			t.Fatalf("%v: %d %d %d", day, date.Year(), date.Month(), date.Day())
		}
		next := DateOf(day.AddDate(0, 0, 1))
		if date.Compare(next) != -1 || next.Compare(date) != 1 || date.Compare(date) != 0 {
			t.Fatalf("%v before %v", date, next)
		}
	})
	if !DateOf(time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		t.Error("the year 3000 is out of range")
	}
}

func TestParseAmount(t *testing.T) {
	for _, c := range []struct {
		name, in string
		fen      int64
		code     string
	}{
		{"yuan", "1234.5", 123450, ""},
		{"groups", "1,234,567.89", 123456789, ""},
		{"signs and words", "¥ 1,234元", 123400, ""},
		{"full-width", "￥１，２３４．５０", 123450, ""},
		{"人民币 整", "人民币500元整", 50000, ""},
		{"RMB", "rmb 12", 1200, ""},
		{"万", "100万", 100000000, ""},
		{"万元", "500万元", 500000000, ""},
		{"亿 with decimals", "1.5亿", 15000000000, ""},
		{"decimals of 万 that come out even", "1.234567万", 1234567, ""},
		{"千万", "3千万", 3000000000, ""},
		{"w", "20w", 20000000, ""},
		{"scientific", "1.2345E+7", 1234500000, ""},
		{"zero", "0", 0, ""},
		{"trailing zeros", "12.3400", 1234, ""},
		{"trailing point", "12.", 1200, ""},
		{"binary noise of a spreadsheet", "1234.5600000000001", 123456, ""},
		{"binary noise below", "0.30000000000000004", 30, ""},
		{"binary noise upwards", "1233.9999999999999", 123400, ""},
		{"three decimals", "1.234", 0, "amount_decimals"},
		{"half a fen of 万", "1.2345678万", 0, "amount_decimals"},
		{"negative", "-5", 0, "amount_negative"},
		{"accounting", "(5.00)", 0, "amount_negative"},
		{"groups of two", "12,34", 0, "amount_format"},
		{"decimal comma", "1.234,50", 0, "amount_format"},
		{"span", "100-200万", 0, "amount_format"},
		{"about", "约100万", 0, "amount_format"},
		{"words", "面议", 0, "amount_format"},
		{"dollars", "$100", 0, "amount_currency"},
		{"美元", "100万美元", 0, "amount_currency"},
		{"too large", "100000000000000", 0, "amount_range"},
		{"far too large", "99999999999999999999", 0, "amount_range"},
		{"exponent out of range", "1E99", 0, "amount_range"},
		{"empty", "", 0, "value_empty"},
		{"only the unit", "万元", 0, "amount_format"},
		{"only the currency", "元", 0, "value_empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseAmount(c.in, false)
			if got.Fen() != c.fen || codeOf(warnings, err) != c.code {
				t.Errorf("%s %q", got, codeOf(warnings, err))
			}
		})
	}
}

func TestNegativeAmounts(t *testing.T) {
	for in, want := range map[string]string{
		"-5": "-5.00", "(1,234.5)": "-1234.50", "－0.05": "-0.05", "-0": "0.00",
	} {
		if got, _, err := ParseAmount(in, true); err != nil || got.String() != want {
			t.Errorf("%s: %s %v", in, got, err)
		}
	}
}

func TestAmountOf(t *testing.T) {
	for _, c := range []struct {
		yuan float64
		fen  int64
		code string
	}{
		{0.1 + 0.2, 30, ""}, {1234.56, 123456, ""}, {-7.5, -750, ""}, {0.005, 0, "amount_decimals"},
		{1234.567, 0, "amount_decimals"}, {math.NaN(), 0, "amount_range"},
		{math.Inf(-1), 0, "amount_range"},
		{36591747145685.95, 3659174714568595, ""}, // the product with 100 rounds up
		{70_000_000_000_000, 7_000_000_000_000_000, ""}, {1e15, 0, "amount_range"},
	} {
		if got, err := AmountOf(c.yuan); got.Fen() != c.fen || codeOf(nil, err) != c.code {
			t.Errorf("%v: %s %v", c.yuan, got, err)
		}
	}
}

func TestAmountsSurviveTextAndNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := Amount{rapid.Int64Range(-maxFen, maxFen).Draw(t, "fen")}
		if again, _, err := ParseAmount(amount.String(), true); err != nil || again != amount {
			t.Fatalf("text: %s then %s %v", amount, again, err)
		}
		if again, err := AmountOf(amount.Yuan()); err != nil || again != amount {
			t.Fatalf("number: %s then %s %v", amount, again, err)
		}
	})
}

func TestParseBool(t *testing.T) {
	for in, want := range map[string]string{
		"是": "yes", "有": "yes", "√": "yes", "Ｙ": "yes", "TRUE": "yes", "1": "yes", " 对 ": "yes",
		"否": "no", "无": "no", "没有": "no", "×": "no", "n": "no", "0": "no", "False": "no",
		"": "value_empty", "也许": "bool_format", "2": "bool_format",
	} {
		got, warnings, err := ParseBool(in)
		answer := map[bool]string{true: "yes", false: "no"}[got]
		if err != nil {
			answer = codeOf(warnings, err)
		}
		if answer != want {
			t.Errorf("%q: %s, want %s", in, answer, want)
		}
	}
}
