package retention

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

var house = Rule{Hours: 24, Days: 7, Weeks: 5, Months: 12}

// daily is one good backup at three in the morning of each of n days up to the last.
func daily(last time.Time, n int) []Item {
	var items []Item
	for i := range n {
		at := last.AddDate(0, 0, -i)
		items = append(items, Item{Name: at.Format("0102"), At: at, Good: true})
	}
	return items
}

func kept(verdicts []Verdict) (names []string) {
	for _, v := range verdicts {
		if v.Keep {
			names = append(names, v.Name)
		}
	}
	return names
}

func day(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		panic(err)
	}
	return t
}

func TestAYearOfDailyBackupsIsThinnedOut(t *testing.T) {
	now := day("2026-11-05 03:10") // a Thursday
	verdicts := Decide(now, daily(day("2026-11-05 03:00"), 400), house)
	want := strings.Fields("1105 1104 1103 1102 1101 1031 1030 1025 1018 1011 0930 0831 0731 0630 " +
		"0531 0430 0331 0228 0131 1231")
	if got := kept(verdicts); !slices.Equal(got, want) {
		t.Errorf("kept %v\nnot  %v", got, want)
	}
	for name, reason := range map[string]string{
		"1105": "newest good; day 2026-11-05; week 2026-W45; month 2026-11", "1104": "day 2026-11-04",
		"1101": "day 2026-11-01; week 2026-W44", "1025": "week 2026-W43", "0228": "month 2026-02",
		"1029": "past its time",
	} {
		i := slices.IndexFunc(verdicts, func(v Verdict) bool { return v.Name == name })
		if got := strings.Join(verdicts[i].Reasons, "; "); got != reason {
			t.Errorf("%s: %s, not %s", name, got, reason)
		}
	}
}

func TestClockJumpsDoNoHarm(t *testing.T) {
	week := daily(day("2026-11-05 03:00"), 7)
	for name, c := range map[string]struct {
		now   string
		extra []Item
		lost  int
	}{
		"ten years ahead, nothing new":   {"2036-11-05 04:00", nil, 0},
		"ten years ahead, one new":       {"2036-11-05 04:00", []Item{{Name: "new", At: day("2036-11-05 03:00"), Good: true}}, 0},
		"set right again":                {"2026-11-06 04:00", []Item{{Name: "new", At: day("2036-11-05 03:00"), Good: true}}, 0},
		"ten years back":                 {"2016-11-05 04:00", nil, 0},
		"ten years back, one new":        {"2016-11-05 04:00", []Item{{Name: "old", At: day("2016-11-05 03:00"), Good: true}}, 0},
		"ten years back, an old one bad": {"2016-11-05 04:00", []Item{{Name: "old", At: day("2016-11-05 03:00")}}, 0},
	} {
		items := slices.Concat(week, c.extra)
		lost := 0
		for _, v := range Decide(day(c.now), items, Rule{Days: 7, Weeks: 5, Months: 12}) {
			if !v.Keep {
				lost++
			}
		}
		// a backup of a wrong year takes one of seven days, no more
		if lost > c.lost+len(c.extra) {
			t.Errorf("%s: %d lost", name, lost)
		}
	}
}

func TestHourlyOnesHaveTheirOwnTime(t *testing.T) {
	now := day("2026-11-05 12:05")
	items := daily(day("2026-11-05 03:00"), 3)
	for i := range 60 {
		at := day("2026-11-05 12:00").Add(-time.Duration(i) * time.Hour)
		items = append(items, Item{Name: "h" + at.Format("0215"), At: at, Hourly: true, Good: true})
	}
	verdicts := Decide(now, items, Rule{Hours: 4, Days: 7})
	if got := strings.Join(kept(verdicts), " "); got != "h0512 h0511 h0510 h0509 1105 1104 1103" {
		t.Errorf("kept %s", got)
	}
	only := Decide(now, items[3:], Rule{Days: 2})
	if got := strings.Join(kept(only), " "); got != "h0512 h0423" {
		t.Errorf("of days with hourly ones only: %s", got)
	}
}

func TestDamagedOnesNeverStandInForGoodOnes(t *testing.T) {
	now := day("2026-11-05 04:00")
	items := daily(day("2026-11-05 03:00"), 40)
	for i := range 5 {
		items[i].Good = false // the last five nights failed
	}
	items[30].Good = false
	got := Decide(now, items, Rule{Days: 2})
	if names := strings.Join(kept(got), " "); names != "1105 1104 1103 1102 1101 1031 1030" {
		t.Errorf("kept %s", names)
	}
	none := Decide(now, []Item{{Name: "a", At: now}, {Name: "b", At: now.AddDate(-2, 0, 0)}}, Rule{})
	if len(kept(none)) != 2 {
		t.Error("where no good one is there, nothing goes")
	}
}

// Laws: the newest good one stays; who is kept has a reason; deciding again about what was kept
// changes nothing; a new backup only ever ages the others by itself.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_600_000_000, 2_000_000_000).Draw(t, "now"), 0).In(zone)
		rule := Rule{Hours: rapid.IntRange(0, 30).Draw(t, "h"), Days: rapid.IntRange(0, 10).Draw(t, "d"),
			Weeks: rapid.IntRange(0, 5).Draw(t, "w"), Months: rapid.IntRange(0, 12).Draw(t, "m")}
		var items []Item
		for i := range rapid.IntRange(0, 60).Draw(t, "n") {
			items = append(items, Item{Name: fmt.Sprint(i), Hourly: rapid.Bool().Draw(t, "hourly"),
				Good: rapid.IntRange(0, 9).Draw(t, "good") > 0,
				At:   now.Add(-time.Duration(rapid.Int64Range(-3000, 20000).Draw(t, "at")) * time.Hour)})
		}
		verdicts := Decide(now, items, rule)
		if len(verdicts) != len(items) {
			t.Fatalf("%d verdicts about %d", len(verdicts), len(items))
		}
		var left []Item
		for _, v := range verdicts {
			if len(v.Reasons) == 0 {
				t.Fatalf("%s has no reason", v.Name)
			}
			if v.Keep {
				left = append(left, v.Item)
			}
		}
		newest := slices.IndexFunc(verdicts, func(v Verdict) bool { return v.Good })
		if newest >= 0 && !verdicts[newest].Keep {
			t.Fatal("the newest good one goes")
		}
		for _, v := range Decide(now, left, rule) {
			if !v.Keep {
				t.Fatalf("%s goes at the second look: %v", v.Name, v.Reasons)
			}
		}
	})
}
