// Package schedule says when something that recurs was due last. A moment that is due has a name,
// itself: whoever has done the work of that moment has done it for good, whatever the clock does
// afterwards. All moments are in the zone of the time that is asked about.
package schedule

import "time"

// Due answers the newest moment, at or before now, at which something should have happened; the
// zero time where there is none.
type Due func(now time.Time) time.Time

// Never is due at no time.
func Never(time.Time) time.Time { return time.Time{} }

// Daily is due each day at an hour and minute of the wall clock.
func Daily(hour, minute int) Due {
	return func(now time.Time) time.Time {
		return latest(now, 1, func(day time.Time) time.Time { return at(day, hour, minute) })
	}
}

// Weekly is due on one day of each week.
func Weekly(weekday time.Weekday, hour, minute int) Due {
	return func(now time.Time) time.Time {
		back := (int(now.Weekday()) - int(weekday) + 7) % 7
		due := at(now.AddDate(0, 0, -back), hour, minute)
		if due.After(now) {
			due = at(now.AddDate(0, 0, -back-7), hour, minute)
		}
		return due
	}
}

// Monthly is due on one day of each month, 1 to 28.
func Monthly(day, hour, minute int) Due {
	return func(now time.Time) time.Time {
		due := time.Date(now.Year(), now.Month(), day, hour, minute, 0, 0, now.Location())
		if due.After(now) {
			due = time.Date(now.Year(), now.Month()-1, day, hour, minute, 0, 0, now.Location())
		}
		return due
	}
}

// Every is due at each multiple of a span, counted from midnight; a span that does not divide the
// day begins anew with it.
func Every(span time.Duration) Due {
	return func(now time.Time) time.Time {
		midnight := at(now, 0, 0)
		return midnight.Add(now.Sub(midnight).Truncate(span))
	}
}

// at is a day's moment by the wall clock. An hour that a change of the clocks leaves out falls
// beside it (time.Date).
func at(day time.Time, hour, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, day.Location())
}

// latest tries the day of now, then the days before it.
func latest(now time.Time, back int, on func(day time.Time) time.Time) time.Time {
	for days := range back + 1 {
		if due := on(now.AddDate(0, 0, -days)); !due.After(now) {
			return due
		}
	}
	return time.Time{}
}
