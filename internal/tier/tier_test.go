package tier

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var today = time.Date(2026, 11, 29, 10, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))

var cuts = Cuts{High: 100_000, Medium: 20_000, Of: 100}

func classify(f Figures) Result {
	p := Defaults()
	return Classify(&f, &p, cuts, today, nil)
}

func TestTheTierFollowsTheRules(t *testing.T) {
	quarterly := []string{"2026-02-10", "2026-05-10", "2026-10-02"}
	for name, c := range map[string]struct {
		figures    Figures
		tier, rule string
	}{
		"nothing":                       {Figures{}, "potential", "none"},
		"any deal":                      {Figures{Deal: true}, "normal", "deal"},
		"high value":                    {Figures{Annual: 100_000, Deal: true}, "key", "key"},
		"high value, just missed":       {Figures{Annual: 99_999.99, Deal: true}, "normal", "deal"},
		"high growth without a deal":    {Figures{Growth: "high"}, "key", "key"},
		"three of four quarters":        {Figures{Deal: true, Days: quarterly}, "key", "key"},
		"two of four quarters":          {Figures{Deal: true, Days: quarterly[1:]}, "normal", "deal"},
		"a quarter too long ago":        {Figures{Deal: true, Days: []string{"2025-12-31", "2026-05-10", "2026-10-02"}}, "normal", "deal"},
		"all three of the highest":      {Figures{Annual: 2e5, Deal: true, First: "2024-11-29", Influence: "high"}, "strategic", "strategic"},
		"a day short of 24 months":      {Figures{Annual: 2e5, Deal: true, First: "2024-11-30", Influence: "high"}, "key", "key"},
		"influence medium":              {Figures{Annual: 2e5, Deal: true, First: "2020-01-01", Influence: "medium"}, "key", "key"},
		"long and known, of less value": {Figures{Annual: 3e4, Deal: true, First: "2020-01-01", Influence: "high"}, "normal", "deal"},
	} {
		got := classify(c.figures)
		if got.Tier != c.tier || got.Rule != c.rule {
			t.Errorf("%s: %s by %s, want %s by %s", name, got.Tier, got.Rule, c.tier, c.rule)
		}
		if got.Rule != "none" && len(got.Why.Reasons) == 0 {
			t.Errorf("%s: no reason is given", name)
		}
	}
}

func TestTheReasonsCanBeRead(t *testing.T) {
	got := classify(Figures{Annual: 123_000, Deal: true, First: "2020-03-01", Influence: "high",
		Days: []string{"2026-01-01", "2026-02-01", "2026-03-01"}})
	var said []string
	for _, r := range append(got.Why.Reasons, *got.Why.Value, *got.Why.Cycle) {
		said = append(said, r.Zh)
	}
	want := []string{"价值等级：高", "自2020-03-01起合作，已满24个月", "行业影响力：高",
		"近12个月成交 12.3 万元，在前10%之内：价值高", "3次购买，间隔的中位数 29.5 天：高频"}
	if !slices.Equal(said, want) {
		t.Errorf("%s\nwant %s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
}

func TestAnOverrideStandsAndTheRulesAreStillTold(t *testing.T) {
	p := Defaults()
	by := &Override{Tier: "strategic", Reason: "集团总部指定"}
	got := Classify(&Figures{Deal: true}, &p, cuts, today, by)
	if got.Tier != "strategic" || got.Rule != Overridden || got.Why.Tier != "normal" || got.Why.Override != by {
		t.Errorf("%+v", got)
	}
}

func TestTheCycleIsTheMedianInterval(t *testing.T) {
	apart := func(days ...int) []string {
		at, list := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), []string{"2024-01-01"}
		for _, n := range days {
			at = at.AddDate(0, 0, n)
			list = append(list, at.Format(time.DateOnly))
		}
		return list
	}
	for name, c := range map[string]struct {
		days []string
		want string
	}{
		"no order": {nil, ""}, "two orders": {apart(30), ""},
		"45 days": {apart(45, 45), "high"}, "46 days": {apart(46, 46), "medium"},
		"135 days": {apart(135, 135), "medium"}, "136 days": {apart(136, 136), "low"},
		"one long pause":    {apart(30, 30, 900), "high"},
		"an even number":    {apart(40, 52), "medium"},
		"all of one day":    {apart(0, 0, 0), ""},
		"twice on each day": {apart(0, 30, 0, 30, 0), "high"},
	} {
		if got := classify(Figures{Days: c.days}); got.Cycle != c.want {
			t.Errorf("%s: %q, want %q", name, got.Cycle, c.want)
		}
	}
}

func TestMonthsEndWithTheMonth(t *testing.T) {
	for from, want := range map[string]string{"2024-02-29": "2022-02-28", "2026-03-31": "2024-03-31",
		"2026-02-28": "2024-02-28", "2028-02-29": "2026-02-28"} {
		day, _ := time.Parse(time.DateOnly, from)
		if got := MonthsBefore(day, 24).Format(time.DateOnly); got != want {
			t.Errorf("24 months before %s: %s, want %s", from, got, want)
		}
	}
}

func TestLabels(t *testing.T) {
	for want, got := range map[string]string{
		"制造业-重点客户-产品采购":  Label("制造业", "重点", []string{"产品采购"}),
		"潜在客户":           Label("", "潜在", nil),
		"金融业-普通客户-咨询、售后": Label("金融业", "普通", []string{"咨询", "售后"}),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestMoreIsNeverLess: with all else equal a larger amount never has a lower value, and under the
// default rules never a lower tier.
func TestMoreIsNeverLess(t *testing.T) {
	rank := func(list []string, one string) int { return slices.Index(list, one) }
	rapid.Check(t, func(t *rapid.T) {
		f := Figures{Annual: rapid.Float64Range(0.01, 300_000).Draw(t, "annual"), Deal: true,
			First:     fmt.Sprintf("20%02d-05-06", rapid.IntRange(18, 26).Draw(t, "year")),
			Influence: rapid.SampledFrom([]string{"", "high", "low"}).Draw(t, "influence"),
			Growth:    rapid.SampledFrom([]string{"", "high", "low"}).Draw(t, "growth")}
		less := classify(f)
		f.Annual += rapid.Float64Range(0, 300_000).Draw(t, "more")
		more := classify(f)
		if rank(Order, more.Tier) > rank(Order, less.Tier) {
			t.Fatalf("%s became %s", less.Tier, more.Tier)
		}
		if values := []string{"high", "medium", "low"}; rank(values, more.Value) > rank(values, less.Value) {
			t.Fatalf("%s became %s", less.Value, more.Value)
		}
	})
}

func TestPlacesRoundUp(t *testing.T) {
	for of, want := range map[int][2]int{1: {1, 1}, 9: {1, 4}, 10: {1, 4}, 11: {2, 5}, 1000: {100, 400}} {
		if high, both := Defaults().Value.Places(of); [2]int{high, both} != want {
			t.Errorf("of %d: %d and %d, want %v", of, high, both, want)
		}
	}
}
