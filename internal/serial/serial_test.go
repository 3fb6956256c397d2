package serial

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var shanghai = time.FixedZone("CST", 8*3600)
var day = time.Date(2026, 11, 5, 9, 0, 0, 0, shanghai)

func TestHousePatterns(t *testing.T) {
	for _, c := range []struct {
		name, pattern string
		seq, sub      int64
		want          string
	}{
		{"classification tool", "KH-{YYYY}{MM}{SEQ:3}", 7, 0, "KH-202611007"},
		{"management code", "CUST{YYYY}{MM}{DD}{SEQ:4}", 12, 0, "CUST202611050012"},
		{"entry template, head", "CRM{YYYY}{MM}{SEQ:3}-{SUB:3}", 1, 1, "CRM202611001-001"},
		{"past 999", "KH-{YYYY}{MM}{SEQ:3}", 1000, 0, "KH-2026111000"},
		{"past 9999", "CUST{YYYY}{MM}{DD}{SEQ:4}", 10000, 0, "CUST2026110510000"},
		{"two-digit year", "A{YY}{SEQ:2}", 3, 0, "A2603"},
	} {
		p, err := Parse(c.pattern)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := p.Number(day, c.seq, c.sub); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestKeyChangesWithTheDatePart(t *testing.T) {
	monthly, _ := Parse("KH-{YYYY}{MM}{SEQ:3}")
	daily, _ := Parse("CUST{YYYY}{MM}{DD}{SEQ:4}")
	next := day.AddDate(0, 0, 1)
	if monthly.Key(day) != monthly.Key(next) {
		t.Error("a monthly counter restarted within the month")
	}
	if daily.Key(day) == daily.Key(next) {
		t.Error("a daily counter did not restart")
	}
	lastSecond := time.Date(2026, 11, 30, 23, 59, 59, 0, shanghai)
	if monthly.Key(lastSecond) == monthly.Key(lastSecond.Add(time.Second)) {
		t.Error("the month's turn did not restart the counter")
	}
}

func TestWrongPatterns(t *testing.T) {
	for name, pattern := range map[string]string{
		"empty": "", "no sequence": "KH{YYYY}", "two sequences": "{SEQ:3}{SEQ:3}",
		"sequence without width": "KH{SEQ}", "unknown place": "KH{WW}{SEQ:3}",
		"sub before sequence": "{SUB:3}{SEQ:3}", "sub not last": "{SEQ:3}-{SUB:3}X",
		"Chinese literal": "客户{SEQ:3}", "width on a date": "{YYYY:2}{SEQ:3}",
		"open brace": "KH{SEQ:3", "too long": strings.Repeat("A", 60) + "{SEQ:3}",
	} {
		if _, err := Parse(pattern); err == nil {
			t.Errorf("%s: %q passed", name, pattern)
		}
	}
}

func TestBaseUndoesSub(t *testing.T) {
	p, _ := Parse("CRM{YYYY}{MM}{SEQ:3}-{SUB:3}")
	rapid.Check(t, func(t *rapid.T) {
		seq := rapid.Int64Range(1, 20_000).Draw(t, "seq")
		sub := rapid.Int64Range(1, 2_000).Draw(t, "sub")
		number := p.Number(day, seq, sub)
		base, ok := p.Base(number)
		if !ok || p.Sub(base, sub) != number {
			t.Fatalf("%s: base %q", number, base)
		}
	})
	if _, ok := p.Base("KH-202611001"); ok {
		t.Error("took another pattern's number")
	}
}

func TestDifferentSequencesGiveDifferentNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom([]string{"KH-{YYYY}{MM}{SEQ:3}", "CUST{YYYY}{MM}{DD}{SEQ:4}"})
		p, _ := Parse(pattern.Draw(t, "pattern"))
		a := rapid.Int64Range(1, 1_000_000).Draw(t, "a")
		b := rapid.Int64Range(1, 1_000_000).Draw(t, "b")
		if (p.Number(day, a, 1) == p.Number(day, b, 1)) != (a == b) {
			t.Fatalf("%d and %d", a, b)
		}
	})
}
