package workday

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of a notice.
const (
	MaxNotice   = 1 << 20 // bytes
	maxEntries  = 5000    // days
	maxRun      = 31      // days of one range
	maxName     = 60      // characters
	noticeFirst = 2000    // years
	noticeLast  = 2100
)

// ParseNotice reads what an administrator pastes or imports each November, in order of date and
// one day for each date:
//   - the text of the notice of 国务院办公厅 with its title, checked against its weekdays, its
//     numbers of days and the statutory days
//   - JSON: {"holidays":{date:name},"workdays":{date:name}}, {"days":[{date,name,isOffDay}]} or
//     [{date,kind,name}] with kind holiday or workday
//   - ICS: whole-day events marked 休 or 班
//   - lines: 2027-01-01 休 元旦, 2027-02-05至2027-02-11,休,春节, 2027-01-09 班; # begins a comment
//
// It fails with a fault that names the line or entry.
func ParseNotice(input []byte) ([]Day, error) {
	if len(input) > MaxNotice {
		return nil, ErrTooLarge
	}
	if !utf8.Valid(input) || slices.Contains(input, 0) {
		return nil, ErrNotText
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(input), "\ufeff"))
	n := &notice{days: map[Date]Day{}}
	if err := n.read(text); err != nil {
		return nil, err
	}
	if len(n.days) == 0 {
		return nil, ErrNoDays
	}
	return n.sorted(), nil
}

func (n *notice) read(text string) error {
	switch {
	case strings.HasPrefix(text, "{") || strings.HasPrefix(text, "["):
		return n.readJSON(text)
	case strings.Contains(text, "BEGIN:VCALENDAR"):
		return n.readICS(text)
	}
	if year, body, ok := noticeText(text); ok {
		return n.readText(year, body)
	}
	return n.readLines(text)
}

// notice gathers days and refuses contradictions.
type notice struct {
	days map[Date]Day
}

// add puts the days from first to last.
func (n *notice) add(place string, first, last Date, kind Kind, name string) error {
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	switch {
	case utf8.RuneCountInString(name) > maxName:
		return ErrEntryName.With("place", place)
	case last < first || last-first >= maxRun:
		return ErrEntryRange.With("place", place)
	}
	for d := first; d <= last; d++ {
		if old, ok := n.days[d]; ok && old.Kind != kind {
			return ErrConflict.With("date", d)
		}
		n.days[d] = Day{Date: d, Kind: kind, Name: name}
	}
	if len(n.days) > maxEntries {
		return ErrTooLarge
	}
	return nil
}

func (n *notice) sorted() []Day {
	days := make([]Day, 0, len(n.days))
	for _, day := range n.days {
		days = append(days, day)
	}
	slices.SortFunc(days, func(a, b Day) int { return cmp.Compare(a.Date, b.Date) })
	return days
}

var noticeDatePattern = regexp.MustCompile(
	`^(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})日?$`)

// noticeDate reads 2027-01-01, 2027/1/1, 2027.1.1 and 2027年1月1日.
func noticeDate(place, text string) (Date, error) {
	m := noticeDatePattern.FindStringSubmatch(text)
	if m == nil {
		return 0, ErrEntryDate.With("place", place, "value", clip(text))
	}
	d, ok := realDate(m[1], m[2]+m[3]+m[4]+m[5], m[6])
	if !ok {
		return 0, ErrEntryDate.With("place", place, "value", clip(text))
	}
	return d, nil
}

// realDate makes a date of digits, if the calendar has it within the years of notices.
func realDate(year, month, day string) (Date, bool) {
	y, _ := strconv.Atoi(year) // the patterns let only short runs of digits through
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	date := On(y, time.Month(m), d)
	_, gotMonth, gotDay := date.midnight().Date()
	return date, y >= noticeFirst && y <= noticeLast && int(gotMonth) == m && gotDay == d
}

// weekdayWord finds 周三 and 星期三.
var weekdayWord = regexp.MustCompile(`(?:周|星期)([日天一二三四五六])`)

// checkWeekday refuses a weekday written beside a date that falls on another one: mostly a
// notice pasted under the wrong year.
func checkWeekday(d Date, text string) error {
	m := weekdayWord.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	written := "周" + strings.Replace(m[1], "天", "日", 1)
	if actual := weekdays[d.Weekday()]; actual != written {
		return ErrWeekday.With("date", d, "actual", actual, "written", written)
	}
	return nil
}

// narrow turns full-width digits and signs into ASCII, as they come from input methods.
func narrow(r rune) rune {
	switch {
	case '！' <= r && r <= '～':
		return r - '！' + '!'
	case r == '　':
		return ' '
	}
	return r
}
