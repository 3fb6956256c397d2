// Package archive is the pure part of the archive: its dates, and the snapshot in which a customer
// lies there whole.
package archive

import "time"

// KeptUntil is the first day on which what was archived on a day may be destroyed: so many years
// later. What was archived on 29 February is kept until 1 March where there is no such day, so that
// never less than the whole time passes.
func KeptUntil(archived time.Time, years int) time.Time {
	year, month, day := archived.Date()
	return time.Date(year+years, month, day, 0, 0, 0, 0, time.UTC)
}

// QuietSince is the latest day of which so many whole months have passed by today. Where that month
// is shorter it is the month's last day: on 29 February 2024 twelve months have passed since 28
// February 2023, not since 1 March.
func QuietSince(today time.Time, months int) time.Time {
	year, month, day := today.Date()
	first := time.Date(year, month-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(day, last), 0, 0, 0, 0, time.UTC)
}
