package watch

import (
	"slices"
	"time"
)

// Standing is a condition that lasts: since when, and when it was told, zero where it was not.
type Standing struct {
	Since, Told time.Time
}

// Due is what a look at the register has to tell.
type Due struct {
	Tell []string // conditions that are new, or that were told long enough ago
	Over []string // that were told and are over
}

// Decide compares what is wrong now with what was known, of the conditions that a company wants to
// be told. known is brought up to date but for what was told: that is known once it was sent.
func Decide(now time.Time, wrong, wanted []string, repeat time.Duration, known map[string]Standing) Due {
	due := Due{}
	for _, code := range Order(wrong) {
		s, lasting := known[code]
		if !lasting {
			s.Since = now
			known[code] = s
		}
		if slices.Contains(wanted, code) && (s.Told.IsZero() || now.Sub(s.Told) >= repeat) {
			due.Tell = append(due.Tell, code)
		}
	}
	for _, code := range Codes() {
		if s, lasting := known[code]; lasting && !slices.Contains(wrong, code) {
			delete(known, code)
			if !s.Told.IsZero() {
				due.Over = append(due.Over, code)
			}
		}
	}
	return due
}
