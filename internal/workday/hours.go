package workday

import "time"

// Hours are the business hours of every working day, as times of the day.
type Hours struct {
	Opens  time.Duration
	Closes time.Duration
}

// Office is the default: 09:00 to 18:00.
var Office = Hours{Opens: 9 * time.Hour, Closes: 18 * time.Hour}

// ParseHours reads two times such as 09:00 and 18:00, the second after the first. It fails with
// ErrHours.
func ParseHours(opens, closes string) (Hours, error) {
	first, err := time.Parse("15:04", opens)
	last, err2 := time.Parse("15:04", closes)
	if err != nil || err2 != nil || !first.Before(last) {
		return Hours{}, ErrHours.With("opens", clip(opens), "closes", clip(closes))
	}
	return Hours{Opens: clockOf(first), Closes: clockOf(last)}, nil
}

// clockOf is the time of the day that the clocks of t's location show.
func clockOf(t time.Time) time.Duration {
	hour, minute, second := t.Clock()
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(t.Nanosecond())
}
