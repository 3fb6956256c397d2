package workday

import "time"

const secondsPerDay = 24 * 60 * 60

// Date is a civil date: the days since 1970-01-01, whatever the zone. Dates are compared and
// counted like numbers; tomorrow is d+1.
type Date int

// On makes the date of a year, month and day; like time.Date it carries what is too large.
func On(year int, month time.Month, day int) Date {
	seconds := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
	return Date(seconds / secondsPerDay) // exact: midnight in UTC
}

// DateOf is the date that a calendar on the wall of t's location shows.
func DateOf(t time.Time) Date {
	return On(t.Date())
}

// ParseDate reads YYYY-MM-DD and nothing else. It fails with ErrDate.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, ErrDate.With("value", clip(text)).Because(err)
	}
	return DateOf(t), nil
}

func (d Date) midnight() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// Year of the date.
func (d Date) Year() int { return d.midnight().Year() }

// Weekday of the date.
func (d Date) Weekday() time.Weekday {
	const epoch = Date(time.Thursday)
	return time.Weekday(((d+epoch)%7 + 7) % 7)
}

// Weekend tells Saturday and Sunday.
func (d Date) Weekend() bool {
	day := d.Weekday()
	return day == time.Saturday || day == time.Sunday
}

// At is the moment when the clocks of the zone show that time of the day. Where a change of
// clocks leaves that time out, it is the moment that time.Date gives.
func (d Date) At(clock time.Duration, zone *time.Location) time.Time {
	year, month, day := d.midnight().Date()
	return time.Date(year, month, day, 0, 0, int(clock/time.Second), 0, zone)
}

// String is YYYY-MM-DD.
func (d Date) String() string { return d.midnight().Format(time.DateOnly) }

// MarshalText writes YYYY-MM-DD, for JSON.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD, for JSON.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// weekdays are the Chinese names by time.Weekday.
var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}
