package hooks

import "time"

// StopUpkeep ends the background work on duplicates, for tests that do it step by step.
func (h *House) StopUpkeep() { h.stopUpkeep() }

// WaitForMail changes how long the mail server may take, for tests with one that is silent; what it answers
// changes it back.
func WaitForMail(span time.Duration) (back func()) {
	before := mailTime
	mailTime = span
	return func() { mailTime = before }
}

// Scrub is what the log leaves of a text.
var Scrub = scrub
