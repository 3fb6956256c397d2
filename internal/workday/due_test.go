package workday

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

func at8(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDue(t *testing.T) {
	for _, c := range []struct {
		name string
		from string
		days int
		want string
	}{
		{"over 春节 with a make-up Saturday", "2026-02-13 10:00", 2, "2026-02-24"},
		{"onto a make-up Sunday", "2026-09-18 10:00", 1, "2026-09-20"},
		{"over 国庆 2026", "2026-09-30 10:00", 1, "2026-10-08"},
		{"over 国庆 and 中秋 2025", "2025-09-30 10:00", 1, "2025-10-09"},
		{"over 清明 with a make-up Sunday", "2024-04-03 10:00", 2, "2024-04-08"},
		{"over the year's end without a notice", "2026-12-31 10:00", 1, "2027-01-04"},
		{"over a year's end with notices", "2025-12-31 10:00", 1, "2026-01-04"},
		{"at 17:59", "2026-03-03 17:59", 1, "2026-03-04"},
		{"at 18:00", "2026-03-03 18:00", 1, "2026-03-04"},
		{"at 18:01", "2026-03-03 18:01", 1, "2026-03-05"},
		{"before opening", "2026-03-03 00:00", 1, "2026-03-04"},
		{"Friday 17:59", "2026-03-06 17:59", 1, "2026-03-09"},
		{"Friday 18:01", "2026-03-06 18:01", 1, "2026-03-10"},
		{"on a Saturday", "2026-03-07 10:00", 1, "2026-03-10"},
		{"on a make-up Saturday", "2026-02-14 10:00", 1, "2026-02-24"},
		{"on a make-up Saturday after hours", "2026-02-14 19:00", 1, "2026-02-25"},
		{"within 国庆", "2026-10-03 10:00", 1, "2026-10-09"},
		{"the same day", "2026-03-03 10:00", 0, "2026-03-03"},
		{"the same day after hours", "2026-03-03 18:01", 0, "2026-03-04"},
		{"a negative number is none", "2026-03-03 10:00", -4, "2026-03-03"},
		{"15 days for a person's request", "2026-09-16 10:00", 15, "2026-10-13"},
		{"a leap day", "2024-02-28 18:30", 1, "2024-03-01"},
	} {
		got := plain.Due(at8(t, c.from), c.days, Office)
		if want := at8(t, c.want+" 18:00"); !got.At.Equal(want) {
			t.Errorf("%s: %s + %d is due %v, want %v", c.name, c.from, c.days, got.At, want)
		}
	}
}

func TestSecondsAfterClosingAreAfterHours(t *testing.T) {
	from := at8(t, "2026-03-03 18:00").Add(time.Nanosecond)
	if got := plain.Due(from, 1, Office); DateOf(got.At) != On(2026, 3, 5) {
		t.Errorf("due %v", got.At)
	}
}

func TestDueKeepsTheZone(t *testing.T) {
	// 23:30 UTC is 07:30 of the next day in Shanghai.
	from := time.Date(2026, 3, 3, 23, 30, 0, 0, time.UTC)
	got := plain.Due(from.In(shanghai), 1, Office).At
	if want := at8(t, "2026-03-05 18:00"); !got.Equal(want) || got.Location() != shanghai {
		t.Errorf("due %v, want %v", got, want)
	}
	// A zone that changes its clocks: closing time stays closing time.
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	from = time.Date(2026, 3, 27, 10, 0, 0, 0, berlin) // the clocks change on 29 March
	got = plain.Due(from, 1, Office).At
	if want := time.Date(2026, 3, 30, 18, 0, 0, 0, berlin); !got.Equal(want) {
		t.Errorf("due %v, want %v", got, want)
	}
}

func TestDueSaysWhichYearsAreProvisional(t *testing.T) {
	for _, c := range []struct {
		from  string
		days  int
		years []int
	}{
		{"2026-12-30 10:00", 1, nil},
		{"2026-12-31 10:00", 0, nil},
		{"2026-12-31 10:00", 1, []int{2027}},
		{"2026-12-31 18:01", 0, []int{2027}},
		{"2027-06-01 10:00", 300, []int{2027, 2028}},
	} {
		got := plain.Due(at8(t, c.from), c.days, Office)
		warned := got.Warning() != nil
		if !slices.Equal(got.Years, c.years) || got.Provisional != warned ||
			warned != (c.years != nil) {
			t.Errorf("%s + %d rests on %v, want %v", c.from, c.days, got.Years, c.years)
		}
	}
	warning := plain.Due(at8(t, "2027-06-01 10:00"), 300, Office).Warning()
	if !strings.HasPrefix(warning.Chinese(), "2027、2028 年的放假安排尚未导入") {
		t.Errorf("the warning reads %s", warning.Chinese())
	}
	imported := New(Statutory(2027))
	if got := imported.Due(at8(t, "2026-12-31 10:00"), 1, Office); got.Provisional {
		t.Error("it stays provisional after the import")
	}
}

func TestReminder(t *testing.T) {
	both := New(append(Statutory(2027), Statutory(2028)...))
	for _, c := range []struct {
		name     string
		calendar *Calendar
		today    string
		want     Reminder
		needed   bool
	}{
		{"last of October", plain, "2026-10-31", Reminder{}, false},
		{"first of November", plain, "2026-11-01", Reminder{Year: 2027}, true},
		{"14 December", plain, "2026-12-14", Reminder{Year: 2027}, true},
		{"15 December", plain, "2026-12-15", Reminder{Year: 2027, Urgent: true}, true},
		{"never imported", plain, "2027-03-01", Reminder{Year: 2027, Urgent: true}, true},
		{"imported", both, "2026-12-15", Reminder{}, false},
		{"the year after", both, "2028-11-30", Reminder{Year: 2029}, true},
	} {
		got, needed := c.calendar.Reminder(day(t, c.today))
		if got != c.want || needed != c.needed {
			t.Errorf("%s: %+v %v, want %+v %v", c.name, got, needed, c.want, c.needed)
		}
	}
	if text := (Reminder{Year: 2027}).Warning().English(); !strings.Contains(text, "for 2027") {
		t.Errorf("the reminder reads %s", text)
	}
}

func TestDueLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := randomCalendar(t)
		from := randomDate(t).At(0, shanghai).Add(
			time.Duration(rapid.Int64Range(0, int64(24*time.Hour)-1).Draw(t, "clock")))
		later := from.Add(time.Duration(rapid.Int64Range(0, int64(400*time.Hour)).Draw(t, "gap")))
		n, m := rapid.IntRange(0, 40).Draw(t, "n"), rapid.IntRange(0, 40).Draw(t, "m")

		due := c.Due(from, n, Office).At
		if !c.Working(DateOf(due)) || clockOf(due) != Office.Closes || due.Before(from) {
			t.Fatalf("%v + %d is due %v", from, n, due)
		}
		if c.Due(later, n, Office).At.Before(due) {
			t.Fatalf("a later request is due earlier than %v", due)
		}
		if c.Due(from, n+1, Office).At.Compare(due) <= 0 {
			t.Fatalf("one day more is not later than %v", due)
		}
		both, steps := c.Due(from, n+m, Office).At, c.Due(due, m, Office).At
		if !both.Equal(steps) {
			t.Fatalf("%d+%d days end %v, step by step %v", n, m, both, steps)
		}
		start := c.Due(from, 0, Office).At
		if got := c.Between(DateOf(start), DateOf(due)); got != n {
			t.Fatalf("%d working days lie between %v and %v, want %d", got, start, due, n)
		}
	})
}

func TestDueIsBounded(t *testing.T) {
	from := at8(t, "2026-03-03 10:00")
	got, most := plain.Due(from, 1<<40, Office), plain.Due(from, MaxDays, Office)
	if !got.At.Equal(most.At) || most.At.Year() < 2040 {
		t.Errorf("an endless number is due %v, want %v", got.At, most.At)
	}
}
