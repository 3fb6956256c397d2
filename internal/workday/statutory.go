package workday

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// The years that the lunar table covers. The law of 2024-11-10 holds from 2025 on.
const (
	firstLunar = 2025
	lastLunar  = 2050
)

// minNotice is the fewest days that a year's notice names: 13 statutory days, of which 中秋 may
// fall into 国庆节.
const minNotice = 12

// lunarDay are the holidays whose dates the moon and the sun set, as MM-DD in China.
type lunarDay struct {
	year     int
	newYear  string // 正月初一
	qingming string // 清明
	duanwu   string // 五月初五
	zhongqiu string // 八月十五
}

// lunarDays agree with two independent tables and with the computed new moons and solar
// longitudes; docs/data/workday.md names them.
var lunarDays = [...]lunarDay{
	{2025, "01-29", "04-04", "05-31", "10-06"},
	{2026, "02-17", "04-05", "06-19", "09-25"},
	{2027, "02-06", "04-05", "06-09", "09-15"},
	{2028, "01-26", "04-04", "05-28", "10-03"},
	{2029, "02-13", "04-04", "06-16", "09-22"},
	{2030, "02-03", "04-05", "06-05", "09-12"},
	{2031, "01-23", "04-05", "06-24", "10-01"},
	{2032, "02-11", "04-04", "06-12", "09-19"},
	{2033, "01-31", "04-04", "06-01", "09-08"},
	{2034, "02-19", "04-05", "06-20", "09-27"},
	{2035, "02-08", "04-05", "06-10", "09-16"},
	{2036, "01-28", "04-04", "05-30", "10-04"},
	{2037, "02-15", "04-04", "06-18", "09-24"},
	{2038, "02-04", "04-05", "06-07", "09-13"},
	{2039, "01-24", "04-05", "05-27", "10-02"},
	{2040, "02-12", "04-04", "06-14", "09-20"},
	{2041, "02-01", "04-04", "06-03", "09-10"},
	{2042, "01-22", "04-04", "06-22", "09-28"},
	{2043, "02-10", "04-05", "06-11", "09-17"},
	{2044, "01-30", "04-04", "05-31", "10-05"},
	{2045, "02-17", "04-04", "06-19", "09-25"},
	{2046, "02-06", "04-04", "06-08", "09-15"},
	{2047, "01-26", "04-05", "05-29", "10-04"},
	{2048, "02-14", "04-04", "06-15", "09-22"},
	{2049, "02-02", "04-04", "06-04", "09-11"},
	{2050, "01-23", "04-04", "06-23", "09-30"},
}

// Statutory are the days off that the law gives everyone in a year, in order, one for each date:
// 元旦 1, 除夕 to 初三 4, 清明 1, 劳动节 2, 端午 1, 中秋 1, 国庆节 3 (全国年节及纪念日放假办法 of
// 2024-11-10, art. 2). It is empty before 2025. After 2050 only the days with fixed dates are
// known.
func Statutory(year int) []Day {
	days := legalDays(year)
	return slices.CompactFunc(days, func(a, b Day) bool { return a.Date == b.Date })
}

// legalDays are the 13 days in order; where two holidays share a date it stands there twice.
func legalDays(year int) []Day {
	if year < firstLunar {
		return nil
	}
	days := run("元旦", On(year, time.January, 1), 1)
	days = append(days, run("劳动节", On(year, time.May, 1), 2)...)
	days = append(days, run("国庆节", On(year, time.October, 1), 3)...)
	if year <= lastLunar {
		lunar := lunarDays[year-firstLunar]
		days = append(days, run("春节", lunar.date(lunar.newYear)-1, 4)...)
		days = append(days, run("清明", lunar.date(lunar.qingming), 1)...)
		days = append(days, run("端午", lunar.date(lunar.duanwu), 1)...)
		days = append(days, run("中秋", lunar.date(lunar.zhongqiu), 1)...)
	}
	slices.SortStableFunc(days, func(a, b Day) int { return cmp.Compare(a.Date, b.Date) })
	return days
}

func run(name string, first Date, length int) []Day {
	days := make([]Day, length)
	for i := range days {
		days[i] = Day{Date: first + Date(i), Kind: Holiday, Name: name}
	}
	return days
}

func (l lunarDay) date(monthDay string) Date {
	return mustDate(strconv.Itoa(l.year) + "-" + monthDay)
}

// madeUp are the days off on working days for statutory days that fall on a weekend (art. 6:
// 应当在工作日补假) or on another statutory day: each the first free working day after it. The
// notice may choose other days, but their number is the same: a year has as many working days
// as weekdays less 13.
func madeUp(year int) []Day {
	legal := legalDays(year)
	taken := map[Date]bool{}
	for _, day := range legal {
		taken[day.Date] = true
	}
	var days []Day
	for i, day := range legal {
		twice := i > 0 && legal[i-1].Date == day.Date
		if !day.Date.Weekend() && !twice {
			continue
		}
		d := day.Date + 1
		for taken[d] || d.Weekend() {
			d++
		}
		taken[d] = true
		days = append(days, Day{Date: d, Kind: Holiday, Name: day.Name + "补假"})
	}
	return days
}

// Missing are the statutory days of a year that a notice names neither as holiday nor as
// workday.
func Missing(days []Day, year int) []Day {
	named := datesOf(days, year)
	return slices.DeleteFunc(Statutory(year), func(d Day) bool { return named[d.Date] })
}

// complete tells whether days hold a whole notice for the year. Their number is looked at too:
// after 2050 not all statutory days are known.
func complete(days []Day, year int) bool {
	return len(datesOf(days, year)) >= minNotice && len(Missing(days, year)) == 0
}

func datesOf(days []Day, year int) map[Date]bool {
	dates := map[Date]bool{}
	for _, day := range days {
		if day.Date.Year() == year {
			dates[day.Date] = true
		}
	}
	return dates
}
