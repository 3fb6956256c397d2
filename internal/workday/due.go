package workday

import (
	"fmt"
	"strings"
	"time"

	"kehu/internal/fault"
)

// Deadline is a due time and the years without notice that it rests on.
type Deadline struct {
	At          time.Time `json:"at"`
	Provisional bool      `json:"provisional"`
	Years       []int     `json:"years,omitempty"` // provisional years, ascending
}

// Warning says that a deadline is provisional and how to settle it; nil when it is certain.
func (d Deadline) Warning() *fault.Fault {
	if !d.Provisional {
		return nil
	}
	years := strings.Trim(strings.ReplaceAll(fmt.Sprint(d.Years), " ", "、"), "[]")
	return WarnProvisional.With("year", years)
}

// Due is the end of business of the n-th working day after a request, in the location of the
// request. A request after closing time or on a day off counts as made on the next working day.
// Zero days is the end of business of the day that counts. Days are held between 0 and MaxDays.
func (c *Calendar) Due(from time.Time, days int, hours Hours) Deadline {
	first := DateOf(from)
	last := first
	if !c.Working(first) || clockOf(from) > hours.Closes {
		last = c.Next(first)
	}
	for range min(max(days, 0), MaxDays) {
		last = c.Next(last)
	}
	due := Deadline{At: last.At(hours.Closes, from.Location())}
	for year := first.Year(); year <= last.Year(); year++ {
		if !c.Published(year) {
			due.Provisional, due.Years = true, append(due.Years, year)
		}
	}
	return due
}

// The notice for a year has come out between October and early December, mostly in November.
const (
	remindMonth  = time.November
	overdueMonth = time.December
	overdueDay   = 15
)

// Reminder says that a year's notice has to be imported.
type Reminder struct {
	Year   int  `json:"year"`
	Urgent bool `json:"urgent"` // since 15 December of the year before
}

// Warning says which notice is missing and how to import it.
func (r Reminder) Warning() *fault.Fault { return WarnNoticeMissing.With("year", r.Year) }

// Reminder tells whether an administrator has to import a notice: from 1 November that for the
// next year, urgently from 15 December on.
func (c *Calendar) Reminder(today Date) (Reminder, bool) {
	year := today.Year()
	if !c.Published(year) {
		return Reminder{Year: year, Urgent: true}, true
	}
	if today < On(year, remindMonth, 1) || c.Published(year+1) {
		return Reminder{}, false
	}
	return Reminder{Year: year + 1, Urgent: today >= On(year, overdueMonth, overdueDay)}, true
}
