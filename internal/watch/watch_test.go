package watch

import (
	"slices"
	"testing"
	"time"
)

func TestVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		codes []string
		want  string
	}{
		"nothing":          {nil, Good},
		"a reminder":       {[]string{"calendar_missing"}, Attention},
		"danger beside it": {[]string{"calendar_missing", "disk_low"}, Bad},
		"unknown":          {[]string{"weather"}, Good},
	} {
		if got := Verdict(c.codes); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, code := range Codes() {
		if Text(code, "zh") == "" || Text(code, "en") == "" {
			t.Errorf("%s has no words", code)
		}
	}
}

func TestDecide(t *testing.T) {
	known := map[string]Standing{}
	wanted := []string{"disk_low", "no_backup"}
	at := time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)
	step := func(after time.Duration, wrong []string, tell, over []string) {
		t.Helper()
		at = at.Add(after)
		due := Decide(at, wrong, wanted, 24*time.Hour, known)
		if !slices.Equal(due.Tell, tell) || !slices.Equal(due.Over, over) {
			t.Errorf("%v: tell %v, over %v", wrong, due.Tell, due.Over)
		}
		for _, code := range due.Tell { // it was sent
			known[code] = Standing{known[code].Since, at}
		}
	}
	step(0, nil, nil, nil)
	step(time.Hour, []string{"no_backup", "disk_low", "no_drill"}, []string{"disk_low", "no_backup"}, nil)
	step(time.Hour, []string{"no_backup", "disk_low"}, nil, nil)
	step(time.Hour, []string{"no_backup"}, nil, []string{"disk_low"})
	step(22*time.Hour, []string{"no_backup"}, []string{"no_backup"}, nil)
	step(time.Hour, []string{"no_backup", "disk_low"}, []string{"disk_low"}, nil)
	if since := known["no_backup"].Since; !since.Equal(time.Date(2026, 11, 5, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("it lasts since %v", since)
	}
}

// What could not be sent is tried again.
func TestWhatWasNotSentIsDueAgain(t *testing.T) {
	known := map[string]Standing{}
	now := time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)
	for range 3 {
		if due := Decide(now, []string{"disk_low"}, Codes(), time.Hour, known); len(due.Tell) != 1 {
			t.Fatalf("%v", due)
		}
		now = now.Add(time.Minute)
	}
	if due := Decide(now, nil, Codes(), time.Hour, known); len(due.Over) != 0 {
		t.Errorf("the end of what nobody was told is told: %v", due.Over)
	}
}
