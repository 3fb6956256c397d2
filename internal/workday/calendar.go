// Package workday tells the working days of China: the yearly notices of 国务院办公厅 with their
// holidays and make-up days, what a company adds to them, and due times in working days.
//
// The notice for a year appears in November of the year before. Until it is imported the year
// is provisional: its days are the statutory ones, which the law fixes, and every answer that
// rests on them says so.
package workday

import (
	"maps"
	"slices"
	"time"
)

// MaxDays bounds a due time, in working days: about 14 years.
const MaxDays = 3660

// Kind of a day that differs from the plain week.
type Kind string

const (
	Holiday Kind = "holiday" // a day off
	Workday Kind = "workday" // a day worked, mostly a weekend made up for
)

// Day is one day that differs from the plain week, as in the collection calendar_days.
type Day struct {
	Date Date   `json:"date"`
	Kind Kind   `json:"kind"`
	Name string `json:"name"` // such as 春节, also of the days made up for it
}

// Calendar answers what is a working day. It never changes and may be shared.
type Calendar struct {
	extra    map[Date]Day
	imported map[int]bool // years whose notice stands in extra
}

// New makes a calendar with days on top of the built-in ones: a company's own days and imported
// notices. The last of several days for one date holds; days of an unknown kind are left out.
// A year's notice counts as imported once every statutory day of that year is among the days.
func New(extra []Day) *Calendar {
	c := &Calendar{extra: make(map[Date]Day, len(extra)), imported: map[int]bool{}}
	years := map[int]bool{}
	for _, day := range extra {
		if day.Kind == Holiday || day.Kind == Workday {
			c.extra[day.Date] = day
			years[day.Date.Year()] = true
		}
	}
	days := slices.Collect(maps.Values(c.extra))
	for year := range years {
		c.imported[year] = !Published(year) && complete(days, year)
	}
	return c
}

// Status is what a calendar says of one day.
type Status struct {
	Working     bool   `json:"working"`
	Provisional bool   `json:"provisional"` // the year's notice may still change it
	Why         string `json:"why"`         // 春节, 春节调休上班, 周六; empty on plain weekdays
}

// Published tells whether the year's notice is built in or has been imported.
func (c *Calendar) Published(year int) bool {
	return Published(year) || c.imported[year]
}

// On tells whether a day is worked, and why. A day that the company itself named is certain.
func (c *Calendar) On(d Date) Status {
	_, own := c.extra[d]
	status := Status{Provisional: !own && !c.Published(d.Year())}
	if day, ok := c.named(d); ok {
		status.Working, status.Why = day.Kind == Workday, reason(day)
		return status
	}
	if d.Weekend() {
		status.Why = weekdays[d.Weekday()]
		return status
	}
	status.Working = true
	return status
}

// Working tells whether a day is worked.
func (c *Calendar) Working(d Date) bool {
	if day, ok := c.named(d); ok {
		return day.Kind == Workday
	}
	return !d.Weekend()
}

// named finds a day that differs from the plain week. The days computed for a year do not hold
// beside its imported notice.
func (c *Calendar) named(d Date) (Day, bool) {
	if day, ok := c.extra[d]; ok {
		return day, true
	}
	day, ok := official()[d]
	return day, ok && !c.imported[d.Year()]
}

func reason(day Day) string {
	switch {
	case day.Kind == Holiday && day.Name == "":
		return "放假"
	case day.Kind == Holiday:
		return day.Name
	case day.Name == "":
		return "上班"
	}
	return day.Name + "调休上班"
}

// Next is the first working day after d.
func (c *Calendar) Next(d Date) Date {
	for d++; !c.Working(d); d++ {
	}
	return d
}

// Between counts the working days after one date up to and including another; it is negative
// when the second comes first.
func (c *Calendar) Between(after, upTo Date) int {
	if upTo < after {
		return -c.Between(upTo, after)
	}
	count := 0
	for d := after + 1; d <= upTo; d++ {
		if c.Working(d) {
			count++
		}
	}
	return count
}

// Count is the number of working days of a year.
func (c *Calendar) Count(year int) int {
	return c.Between(On(year-1, time.December, 31), On(year, time.December, 31))
}

// Open tells whether a moment lies within business hours, in its own location.
func (c *Calendar) Open(at time.Time, hours Hours) bool {
	clock := clockOf(at)
	return hours.Opens <= clock && clock <= hours.Closes && c.Working(DateOf(at))
}
