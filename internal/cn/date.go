package cn

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"kehu/internal/fault"
)

// The years that a date of a customer register may have.
const (
	minYear = 1850
	maxYear = 2200
)

// Date faults.
var (
	ErrDateFormat = fault.Define("date_format",
		"日期看不懂，请写成 2024-05-01 的形式",
		"This is not a date; write it like 2024-05-01")
	ErrDateIncomplete = fault.Define("date_incomplete",
		"日期不完整，请补上年、月、日，如 2024-05-01",
		"The date is incomplete; give year, month and day, like 2024-05-01")
	ErrDateTwoDigitYear = fault.Define("date_two_digit_year",
		"年份只有两位，请写四位年份，如 2024-05-01",
		"The year has two digits only; write four, like 2024-05-01")
	ErrDateImpossible = fault.Define("date_impossible",
		"没有 {date} 这一天，请核对年月日",
		"There is no {date}; check year, month and day")
	ErrDateRange = fault.Define("date_range",
		"年份应在 {min} 到 {max} 之间，请核对",
		"The year must lie between {min} and {max}; check it")
	ErrDateSerial = fault.Define("date_serial",
		"日期是表格软件的序列号且无法换算，请把该列设为日期后重新填写",
		"The date is a spreadsheet's serial number out of range; format the column as a date "+
			"and enter it again")
)

// Date is a civil date, without time and zone. The zero Date is no date. Dates compare with ==.
type Date struct {
	year       int16
	month, day uint8
}

// DateOptions says how to read what depends on its origin.
type DateOptions struct {
	Serials  bool           // digits like 45413 are a spreadsheet's serial number
	Date1904 bool           // the workbook counts from 1904
	Zone     *time.Location // a time stamp with a zone is the day there; nil: the day as written
}

// NewDate gives the date where it exists and lies in the years 1850 to 2200.
func NewDate(year, month, day int) (Date, error) {
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		text := fmt.Sprintf("%04d-%02d-%02d", year, month, day)
		return Date{}, ErrDateImpossible.With("date", text)
	}
	if year < minYear || year > maxYear {
		return Date{}, ErrDateRange.With("min", minYear, "max", maxYear)
	}
	return Date{int16(year), uint8(month), uint8(day)}, nil
}

// DateOf gives the civil date of a moment in its own zone; the zero Date outside 1850 to 2200.
func DateOf(t time.Time) Date {
	date, err := NewDate(t.Year(), int(t.Month()), t.Day())
	if err != nil {
		return Date{}
	}
	return date
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// DateFromSerial reads a spreadsheet's day number; the fraction, the time, is dropped. Day 60 of
// the 1900 system is 29 February 1900, which never was (a bug kept from Lotus 1-2-3): it is
// refused, and the days before it count from one day later.
func DateFromSerial(serial float64, date1904 bool) (Date, error) {
	const lastSerial = 200_000 // beyond the year 2200 in both systems
	if math.IsNaN(serial) || serial < 0 || serial >= lastSerial || serial < 1 && !date1904 {
		return Date{}, ErrDateSerial
	}
	days := int(serial)
	epoch := time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	if !date1904 {
		if days == 60 {
			return Date{}, ErrDateImpossible.With("date", "1900-02-29")
		}
		epoch = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
		if days > 60 {
			days--
		}
	}
	day := epoch.AddDate(0, 0, days)
	return NewDate(day.Year(), int(day.Month()), day.Day())
}

var (
	separatedDate = regexp.MustCompile(
		`^(\d{1,5})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,5})\s*[日号]?(.*)$`)
	yearAndMonth = regexp.MustCompile(`^\d{2,4}\s*[-/.年]\s*\d{1,2}\s*月?$|^\d{4}年$`)
	monthAndDay  = regexp.MustCompile(`^\d{1,2}\s*月\s*\d{1,2}\s*[日号]?$`)
	// restOfDay is what may follow a date: a weekday, a part of the day, a time, a zone.
	restOfDay = regexp.MustCompile(`^[\sTt]*[（(]?(?:(?:星期|周|礼拜)[一二三四五六日天])?[)）]?` +
		`\s*(?:上午|下午|早上|晚上|中午|凌晨|AM|PM)?` +
		`(?:\s*\d{1,2}\s*[:时点]\s*(?:\d{1,2}\s*(?:[:分]\s*(?:\d{1,2}(?:\.\d+)?\s*秒?)?)?)?)?` +
		`\s*(?:AM|PM)?\s*(?:Z|[+-]\d{2}:?\d{2})?$`)
)

// ParseDate reads a civil date (R3.5): 2024-5-1, 2024/5/1, 2024.5.1, 2024年5月1日, 20240501,
// 二〇二四年五月一日, each with a time or weekday behind it that is dropped. The order is year,
// month, day; another order is refused, since 5/1/2024 has two meanings.
func ParseDate(s string, opt DateOptions) (Date, []*fault.Fault, error) {
	if !isStoredForm(s) { // nearly every date of the product's own is
		s = strings.ToUpper(foldDate(s))
	}
	date, err := parseDate(s, opt)
	return date, nil, err
}

func parseDate(s string, opt DateOptions) (Date, error) {
	if s == "" {
		return Date{}, ErrEmpty
	}
	if isStoredForm(s) {
		return NewDate(atoi(s[:4]), atoi(s[5:7]), atoi(s[8:]))
	}
	if date, ok := dateInZone(s, opt.Zone); ok {
		return date, nil
	}
	parts := separatedDate.FindStringSubmatch(s)
	if parts != nil && restOfDay.MatchString(parts[4]) {
		return dateOfParts(parts[1], parts[2], parts[3])
	}
	digits, _, _ := strings.Cut(s, " ")
	if len(digits) == 8 && allDigits(digits) && restOfDay.MatchString(s[8:]) {
		return NewDate(atoi(digits[:4]), atoi(digits[4:6]), atoi(digits[6:]))
	}
	if opt.Serials && isSerial(s) {
		return DateFromSerial(parseSerial(s), opt.Date1904)
	}
	if yearAndMonth.MatchString(s) || monthAndDay.MatchString(s) ||
		allDigits(s) && (len(s) == 4 || len(s) == 6) {
		return Date{}, ErrDateIncomplete
	}
	return Date{}, ErrDateFormat
}

func isStoredForm(s string) bool {
	return len(s) == 10 && s[4] == '-' && s[7] == '-' &&
		allDigits(s[:4]) && allDigits(s[5:7]) && allDigits(s[8:])
}

func dateOfParts(year, month, day string) (Date, error) {
	switch {
	case len(year) <= 2 && len(day) == 4:
		return Date{}, ErrDateFormat // 5/1/2024
	case len(year) == 2:
		return Date{}, ErrDateTwoDigitYear
	case len(year) != 4 || len(day) > 2:
		return Date{}, ErrDateFormat
	}
	return NewDate(atoi(year), atoi(month), atoi(day))
}

// dateInZone reads a time stamp with a zone as the day that it was in another zone.
func dateInZone(s string, zone *time.Location) (Date, bool) {
	if zone == nil {
		return Date{}, false
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			date := DateOf(t.In(zone))
			return date, !date.IsZero()
		}
	}
	return Date{}, false
}

func isSerial(s string) bool {
	whole, fraction, point := strings.Cut(s, ".")
	return allDigits(whole) && len(whole) <= 6 && (!point || allDigits(fraction))
}

func parseSerial(s string) float64 {
	whole, _, _ := strings.Cut(s, ".") // the fraction is the time
	return float64(atoi(whole))
}

// foldDate folds width and dashes, and writes Chinese numerals as digits.
func foldDate(s string) string {
	s = strings.Map(func(r rune) rune {
		if r = foldRune(r); isDash(r) {
			return '-'
		}
		return r
	}, unwrap(Text(s)))
	if !strings.ContainsAny(s, "一二三四五六七八九十") || !strings.Contains(s, "年") {
		return s
	}
	year, rest, _ := strings.Cut(s, "年")
	month, rest, ok := strings.Cut(rest, "月")
	day, after := cutDay(rest)
	if !ok {
		return s
	}
	return hanDigits(year) + "年" + hanNumber(month) + "月" + hanNumber(day) + after
}

// cutDay divides 一日 星期三 before the 日 or 号, where there is one.
func cutDay(s string) (day, after string) {
	if i := strings.IndexAny(s, "日号"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

var hanDigitsReplacer = strings.NewReplacer("〇", "0", "零", "0", "○", "0", "一", "1", "二", "2",
	"三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9")

func hanDigits(s string) string { return hanDigitsReplacer.Replace(strings.TrimSpace(s)) }

// hanNumber reads 一 to 三十九 as digits; what is none comes back as it is.
func hanNumber(s string) string {
	s = strings.NewReplacer("廿", "二十", "卅", "三十").Replace(strings.TrimSpace(s))
	tens, ones, ok := strings.Cut(s, "十")
	if !ok {
		return hanDigits(s)
	}
	if tens == "" {
		tens = "一"
	}
	if ones == "" {
		ones = "〇"
	}
	return hanDigits(tens + ones)
}

// String is YYYY-MM-DD; empty for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	b := [10]byte{4: '-', 7: '-'}
	put := func(at, width, n int) {
		for i := width - 1; i >= 0; i-- {
			b[at+i] = byte('0' + n%10)
			n /= 10
		}
	}
	put(0, 4, int(d.year))
	put(5, 2, int(d.month))
	put(8, 2, int(d.day))
	return string(b[:])
}

// Year is the year.
func (d Date) Year() int { return int(d.year) }

// Month is the month, 1 to 12.
func (d Date) Month() time.Month { return time.Month(d.month) }

// Day is the day of the month, from 1.
func (d Date) Day() int { return int(d.day) }

// IsZero tells the date that is none.
func (d Date) IsZero() bool { return d == Date{} }

// Compare is -1, 0 or 1 as d lies before, on or after other.
func (d Date) Compare(other Date) int { return cmp.Compare(d.order(), other.order()) }

// order is a number that grows with the date.
func (d Date) order() int { return int(d.year)<<16 | int(d.month)<<8 | int(d.day) }

// Time is midnight of the date in a zone.
func (d Date) Time(zone *time.Location) time.Time {
	return time.Date(int(d.year), time.Month(d.month), int(d.day), 0, 0, 0, 0, zone)
}
