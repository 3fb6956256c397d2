package archive

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const form = "2006-01-02"

func day(text string) time.Time {
	d, err := time.Parse(form, text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestKeptUntil(t *testing.T) {
	for _, c := range []struct {
		name, archived string
		years          int
		want           string
	}{
		{"an ordinary day", "2026-11-05", 5, "2031-11-05"},
		{"the least", "2026-11-05", 3, "2029-11-05"},
		{"a leap day, into a year without one", "2024-02-29", 5, "2029-03-01"},
		{"a leap day, into a year with one", "2024-02-29", 4, "2028-02-29"},
		{"the day before a leap day", "2024-02-28", 5, "2029-02-28"},
		{"28 February, into a leap year", "2023-02-28", 5, "2028-02-28"},
		{"1 March, into a leap year", "2023-03-01", 5, "2028-03-01"},
		{"2100 is no leap year", "2096-02-29", 4, "2100-03-01"},
		{"the last day of a year", "2026-12-31", 5, "2031-12-31"},
		{"the first day of a year", "2027-01-01", 5, "2032-01-01"},
	} {
		if got := KeptUntil(day(c.archived), c.years).Format(form); got != c.want {
			t.Errorf("%s: %s and %d years is %s, want %s", c.name, c.archived, c.years, got, c.want)
		}
	}
}

func TestTheDayIsTheCompanys(t *testing.T) {
	shanghai := time.FixedZone("Asia/Shanghai", 8*60*60)
	late := time.Date(2026, 12, 31, 16, 30, 0, 0, time.UTC) // half past midnight of the new year there
	if got := KeptUntil(late.In(shanghai), 5).Format(form); got != "2032-01-01" {
		t.Errorf("kept until %s", got)
	}
}

func TestQuietSince(t *testing.T) {
	for _, c := range []struct {
		name, today string
		months      int
		want        string
	}{
		{"an ordinary day", "2026-11-05", 12, "2025-11-05"},
		{"a leap day: its month was shorter", "2024-02-29", 12, "2023-02-28"},
		{"28 February after a leap year", "2025-02-28", 12, "2024-02-28"},
		{"1 March after a leap year", "2025-03-01", 12, "2024-03-01"},
		{"the last of a long month", "2026-05-31", 3, "2026-02-28"},
		{"the last of a long month, to a leap February", "2024-05-31", 3, "2024-02-29"},
		{"over the new year", "2026-01-15", 2, "2025-11-15"},
		{"no time at all", "2026-01-15", 0, "2026-01-15"},
	} {
		if got := QuietSince(day(c.today), c.months).Format(form); got != c.want {
			t.Errorf("%s: %d months before %s is %s, want %s", c.name, c.months, c.today, got, c.want)
		}
	}
}

// Never less than the whole time, and never a day more than the calendar makes it.
func TestDateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := day("1999-01-01").AddDate(0, 0, rapid.IntRange(0, 60_000).Draw(t, "day"))
		years := rapid.IntRange(3, 50).Draw(t, "years")
		until := KeptUntil(from, years)
		if until.Year() != from.Year()+years {
			t.Fatalf("%v and %d years is %v", from, years, until)
		}
		if same := until.Month() == from.Month() && until.Day() == from.Day(); !same &&
			!(from.Month() == time.February && from.Day() == 29 && until.Month() == time.March && until.Day() == 1) {
			t.Fatalf("%v and %d years is %v", from, years, until)
		}
		months := rapid.IntRange(0, 120).Draw(t, "months")
		since := QuietSince(from, months)
		if since.Day() > from.Day() || since.AddDate(0, months, 0).After(from) {
			t.Fatalf("%d months before %v is %v", months, from, since)
		}
		if next := QuietSince(from.AddDate(0, 0, 1), months); next.Before(since) {
			t.Fatalf("a day later it is %v, after %v", next, since)
		}
	})
}
