// Package retention decides which backups are kept, and says why. It counts days, weeks and months
// that have a backup, not time that has passed: a clock that jumps ahead, or a month in which the
// machine was off, makes nothing old.
package retention

import (
	"fmt"
	"slices"
	"time"
)

// Item is a backup in one place.
type Item struct {
	Name   string
	At     time.Time
	Hourly bool
	Good   bool // whole, as far as is known
}

// Rule is how many are kept: all of so many days, and the newest of so many hours, weeks and months.
type Rule struct{ Hours, Days, Weeks, Months int }

// Verdict is what becomes of a backup. One that is kept has a reason at least.
type Verdict struct {
	Item
	Keep    bool
	Reasons []string
}

// ahead is how far in the future a backup may lie before its clock counts as wrong.
const ahead = 24 * time.Hour

// Reasons.
const (
	Newest  = "newest good"
	Future  = "dated in the future"
	Only    = "no good one is newer"
	Expired = "past its time"
	Damaged = "damaged, a newer good one is there"
)

// Decide judges the backups of one place, the newest first. Days, weeks and months are those of
// now's zone. The newest good backup is always kept, and so is what is dated in the future: the
// clock was wrong then, or is now.
func Decide(now time.Time, items []Item, rule Rule) []Verdict {
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b Item) int { return b.At.Compare(a.At) })
	verdicts := make([]Verdict, len(sorted))
	var good []*Verdict
	for i, item := range sorted {
		v := &verdicts[i]
		v.Item = item
		switch {
		case item.At.After(now.Add(ahead)):
			v.keep(Future)
		case item.Good:
			good = append(good, v)
		}
	}
	keepNewest(verdicts)
	days := keepDays(good, rule.Days, now.Location())
	keepEach(good, rule.Hours, "hour", hourOf(now.Location()), func(i Item) bool { return i.Hourly })
	every := func(Item) bool { return true }
	keepEach(good, rule.Weeks, "week", weekOf(now.Location()), every)
	keepEach(good, rule.Months, "month", monthOf(now.Location()), every)
	for i := range verdicts {
		verdicts[i].settle(days, now.Location())
	}
	keepUnreplaced(verdicts)
	return verdicts
}

func (v *Verdict) keep(reason string) {
	v.Keep = true
	v.Reasons = append(v.Reasons, reason)
}

// keepNewest keeps the newest good one of all, and the newest good one that is not in the future.
func keepNewest(verdicts []Verdict) {
	first := true
	for i := range verdicts {
		v := &verdicts[i]
		if !v.Good {
			continue
		}
		future := slices.Contains(v.Reasons, Future)
		if first || !future {
			v.keep(Newest)
		}
		if first = false; !future {
			return
		}
	}
}

// keepDays keeps all but the hourly ones of the newest days that have a backup; of a day that has
// hourly ones only, the newest. It answers the days.
func keepDays(good []*Verdict, n int, zone *time.Location) map[string]bool {
	day := dayOf(zone)
	days, whole := map[string]bool{}, map[string]bool{}
	for _, v := range good {
		if !v.Hourly {
			whole[day(v.At)] = true
		}
	}
	for _, v := range good {
		name := day(v.At)
		if !days[name] && len(days) == n {
			break
		}
		first := !days[name]
		days[name] = true
		if !v.Hourly || first && !whole[name] {
			v.keep("day " + name)
		}
	}
	return days
}

// keepEach keeps the newest of each of the n newest spans that have one.
func keepEach(good []*Verdict, n int, what string, span func(time.Time) string, of func(Item) bool) {
	last, kept := "", 0
	for _, v := range good {
		name := span(v.At)
		if !of(v.Item) || name == last {
			continue
		}
		if kept == n {
			return
		}
		last, kept = name, kept+1
		v.keep(what + " " + name)
	}
}

// settle gives those without a reason to stay the reason to go. A damaged one stays for a look
// while the days last.
func (v *Verdict) settle(days map[string]bool, zone *time.Location) {
	switch {
	case v.Keep:
	case v.Good:
		v.Reasons = append(v.Reasons, Expired)
	case days[dayOf(zone)(v.At)]:
		v.keep("damaged, of day " + dayOf(zone)(v.At))
	default:
		v.Reasons = append(v.Reasons, Damaged)
	}
}

// keepUnreplaced keeps damaged ones that no good one has come after.
func keepUnreplaced(verdicts []Verdict) {
	for i := range verdicts {
		v := &verdicts[i]
		if v.Good {
			return
		}
		if !v.Keep {
			v.Reasons = nil
			v.keep(Only)
		}
	}
}

func hourOf(zone *time.Location) func(time.Time) string {
	return func(t time.Time) string { return t.In(zone).Format("2006-01-02 15") }
}

func dayOf(zone *time.Location) func(time.Time) string {
	return func(t time.Time) string { return t.In(zone).Format("2006-01-02") }
}

func weekOf(zone *time.Location) func(time.Time) string {
	return func(t time.Time) string {
		year, week := t.In(zone).ISOWeek()
		return fmt.Sprintf("%d-W%02d", year, week)
	}
}

func monthOf(zone *time.Location) func(time.Time) string {
	return func(t time.Time) string { return t.In(zone).Format("2006-01") }
}
