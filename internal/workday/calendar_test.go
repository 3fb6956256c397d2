package workday

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var plain = New(nil)

func day(t *testing.T, text string) Date {
	t.Helper()
	d, err := ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestYearsHaveTheirWorkingDays(t *testing.T) {
	for year, want := range map[int]int{
		2005: 251, 2008: 251, 2012: 249, 2015: 249, 2019: 250, 2020: 249, 2021: 250, 2022: 249,
		2023: 249, 2024: 251, 2025: 248, 2026: 248, // by notice
		2027: 248, 2028: 247, // by law: weekdays less 13
	} {
		if got := plain.Count(year); got != want {
			t.Errorf("%d has %d working days, want %d", year, got, want)
		}
	}
}

func TestEveryYearByLawHasItsWeekdaysLess13(t *testing.T) {
	for year := lastBuiltIn + 1; year <= lastLunar; year++ {
		weekdays := 0
		for d := On(year, 1, 1); d < On(year+1, 1, 1); d++ {
			if !d.Weekend() {
				weekdays++
			}
		}
		if got := plain.Count(year); got != weekdays-13 {
			t.Errorf("%d has %d working days of %d weekdays", year, got, weekdays)
		}
	}
}

func TestDaysSayWhy(t *testing.T) {
	for date, want := range map[string]Status{
		"2026-02-13": {Working: true},
		"2026-02-14": {Working: true, Why: "春节调休上班"},
		"2026-02-15": {Why: "春节"},
		"2026-03-07": {Why: "周六"},
		"2026-03-08": {Why: "周日"},
		"2013-04-07": {Working: true, Why: "清明调休上班"},
		"2015-09-03": {Why: "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日"},
		"2005-12-31": {Working: true, Why: "元旦调休上班"},
		"2007-12-29": {Working: true, Why: "元旦调休上班"},
		"2022-12-31": {Why: "元旦"},
		"2027-01-01": {Provisional: true, Why: "元旦"},
		"2027-02-09": {Provisional: true, Why: "春节补假"},
		"2027-03-02": {Provisional: true, Working: true},
		"2003-12-31": {Provisional: true, Working: true},
		"2051-10-01": {Provisional: true, Why: "周日"},
	} {
		if got := plain.On(day(t, date)); got != want {
			t.Errorf("%s is %+v, want %+v", date, got, want)
		}
	}
}

func TestCompanyDaysComeFirst(t *testing.T) {
	c := New([]Day{
		{day(t, "2026-08-08"), Workday, "店庆"},
		{day(t, "2026-08-10"), Holiday, "店庆"},
		{day(t, "2026-10-03"), Workday, ""},
		{day(t, "2027-05-20"), Holiday, ""},
		{day(t, "2026-08-11"), "feast", "an unknown kind changes nothing"},
	})
	for date, want := range map[string]Status{
		"2026-08-08": {Working: true, Why: "店庆调休上班"},
		"2026-08-10": {Why: "店庆"},
		"2026-08-11": {Working: true},
		"2026-10-03": {Working: true, Why: "上班"},
		"2027-05-20": {Why: "放假"},
		"2027-05-21": {Provisional: true, Working: true},
	} {
		if got := c.On(day(t, date)); got != want {
			t.Errorf("%s is %+v, want %+v", date, got, want)
		}
	}
	if c.Published(2027) {
		t.Error("one day of its own makes a company's 2027 published")
	}
}

func TestAnImportedNoticeReplacesTheLaw(t *testing.T) {
	days := append(Statutory(2027),
		Day{day(t, "2027-02-10"), Holiday, "春节"}, Day{day(t, "2027-02-20"), Workday, "春节"})
	c := New(days)
	if !c.Published(2027) || c.Published(2028) {
		t.Error("a notice with every statutory day does not count as imported")
	}
	for date, working := range map[string]bool{
		"2027-02-05": false, "2027-02-09": true, "2027-02-10": false, "2027-02-20": true,
		"2027-05-03": true, // 补假 by law, but the notice does not name it
	} {
		if got := c.On(day(t, date)); got.Working != working || got.Provisional {
			t.Errorf("%s is %+v, want working %v and certain", date, got, working)
		}
	}
	if New(days[1:]).Published(2027) {
		t.Error("a notice without 元旦 counts as imported")
	}
	after := run("x", On(2060, 10, 1), 3)
	after = append(after, run("x", On(2060, 5, 1), 2)...)
	after = append(after, run("x", On(2060, 1, 1), 1)...)
	if New(after).Published(2060) {
		t.Error("six days count as the notice for 2060")
	}
}

func TestCounting(t *testing.T) {
	a, b := day(t, "2026-02-13"), day(t, "2026-02-24")
	if got := plain.Between(a, b); got != 2 {
		t.Errorf("2026-02-13 to 02-24 has %d working days, want 2", got)
	}
	if got := plain.Between(b, a); got != -2 {
		t.Errorf("backwards it has %d, want -2", got)
	}
	if got := plain.Between(a, a); got != 0 {
		t.Errorf("nothing has %d", got)
	}
}

func TestOpenHours(t *testing.T) {
	for at, want := range map[string]bool{
		"2026-03-03 08:59": false, "2026-03-03 09:00": true, "2026-03-03 18:00": true,
		"2026-03-03 18:01": false, "2026-03-07 12:00": false, "2026-02-14 12:00": true,
	} {
		if got := plain.Open(at8(t, at), Office); got != want {
			t.Errorf("open at %s: %v", at, got)
		}
	}
}

func TestHours(t *testing.T) {
	got, err := ParseHours("08:30", "17:30")
	opens := 8*time.Hour + 30*time.Minute
	if want := (Hours{opens, opens + 9*time.Hour}); err != nil || got != want {
		t.Errorf("08:30 to 17:30 is %v, %v", got, err)
	}
	for _, bad := range [][2]string{
		{"18:00", "09:00"}, {"09:00", "09:00"}, {"9", "18:00"}, {"", ""},
	} {
		if _, err := ParseHours(bad[0], bad[1]); err == nil {
			t.Errorf("hours %q to %q pass", bad[0], bad[1])
		}
	}
}

func TestDates(t *testing.T) {
	for text, ok := range map[string]bool{
		"2024-02-29": true, "1969-12-31": true, "2023-02-29": false, "2024-2-29": false,
		"2024-13-01": false, "": false, "2024-02-29 ": false, "２０２４-02-29": false,
	} {
		d, err := ParseDate(text)
		if (err == nil) != ok || ok && d.String() != text {
			t.Errorf("%q gives %v, %v", text, d, err)
		}
	}
	written, err := json.Marshal(Day{On(2027, 1, 1), Holiday, "元旦"})
	if err != nil || string(written) != `{"date":"2027-01-01","kind":"holiday","name":"元旦"}` {
		t.Errorf("a day is written %s, %v", written, err)
	}
	var read Day
	if err := json.Unmarshal(written, &read); err != nil || read.Date != On(2027, 1, 1) {
		t.Errorf("it is read back as %+v, %v", read, err)
	}
	if json.Unmarshal([]byte(`{"date":"2027-02-30"}`), &read) == nil {
		t.Error("30 February is read")
	}
}

func TestDatesCountLikeTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, "unix"), 0).UTC()
		d := DateOf(at)
		if d.String() != at.Format(time.DateOnly) || d.Weekday() != at.Weekday() ||
			d.Year() != at.Year() || DateOf(at.AddDate(0, 0, 1)) != d+1 {
			t.Fatalf("%v is %v", at, d)
		}
	})
}

func TestBuiltInTable(t *testing.T) {
	days := parseOfficial(officialTable)
	if len(days) != 619+151 {
		t.Errorf("the table has %d days, want 619 holidays and 151 workdays", len(days))
	}
	years := map[int]bool{}
	for d, day := range days {
		years[d.Year()] = true
		if day.Kind == Workday && !d.Weekend() {
			t.Errorf("%v is made up for on a weekday", d)
		}
	}
	for year := firstBuiltIn; year <= lastBuiltIn; year++ {
		if !years[year] || !Published(year) {
			t.Errorf("%d is missing", year)
		}
	}
	if len(years) != lastBuiltIn-firstBuiltIn+1 || Published(2003) || Published(2027) {
		t.Error("other years count as published")
	}
}

func BenchmarkDue(b *testing.B) {
	from := time.Date(2026, 9, 30, 17, 0, 0, 0, time.FixedZone("", 8*3600))
	for b.Loop() {
		plain.Due(from, 5, Office)
	}
}

// randomCalendar has up to 40 days of its own around 2024 to 2029.
func randomCalendar(t *rapid.T) *Calendar {
	extra := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Day {
		return Day{
			Date: randomDate(t),
			Kind: rapid.SampledFrom([]Kind{Holiday, Workday}).Draw(t, "kind"),
		}
	}), 0, 40).Draw(t, "extra")
	return New(slices.Clone(extra))
}

func randomDate(t *rapid.T) Date {
	first, last := int(On(2024, 1, 1)), int(On(2029, 12, 31))
	return Date(rapid.IntRange(first, last).Draw(t, "date"))
}
