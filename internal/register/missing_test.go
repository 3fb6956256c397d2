package register

import (
	"slices"
	"testing"

	"kehu/internal/policy"
)

// missingOf is R1.7 as decisions.md has it: what an empty customer of a kind lacks at a stage.
var missingOf = []struct {
	kind, stage string
	want        []string
}{
	{"individual", "potential", []string{"name", "mobile", "current_need"}},
	{"individual", "intent", []string{"name", "mobile", "current_need", "intention"}},
	{"individual", "won", []string{"name", "mobile", "current_need", "intention", "contracts.number",
		"contracts.amount", "contracts.starts", "contracts.ends", "satisfaction"}},
	{"individual", "lost", []string{"name", "mobile"}},
	{"enterprise", "potential", []string{"name", "mobile", "contacts.name", "industry", "headcount",
		"current_need"}},
	{"enterprise", "intent", []string{"name", "mobile", "contacts.name", "industry", "headcount",
		"current_need", "intention"}},
	{"enterprise", "won", []string{"name", "mobile", "contacts.name", "industry", "headcount",
		"current_need", "intention", "contracts.number", "contracts.amount", "contracts.starts",
		"contracts.ends", "satisfaction"}},
	{"enterprise", "lost", []string{"name", "mobile", "contacts.name", "industry"}},
}

func TestMissingByKindAndStage(t *testing.T) {
	set := policy.Defaults()
	for _, c := range missingOf {
		got := Missing(Values{"kind": c.kind, "stage": c.stage}, nil, &set)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %q, want %q", c.kind, c.stage, got, c.want)
		}
		if c.kind != "enterprise" {
			continue
		}
		if got := Missing(Values{"kind": "institution", "stage": c.stage}, nil, &set); !slices.Equal(got, c.want) {
			t.Errorf("institution %s: %q", c.stage, got)
		}
	}
	if got := Missing(Values{"kind": "enterprise"}, nil, &set); !slices.Equal(got, missingOf[4].want) {
		t.Errorf("without a stage: %q", got)
	}
}

func TestMissingTakesAnyOfTheAlternatives(t *testing.T) {
	set := policy.Defaults()
	for _, key := range []string{"mobile", "landline", "email"} {
		own := Values{"kind": "individual", "stage": "lost", "name": "陈一诺", key: "x"}
		if got := Missing(own, nil, &set); len(got) > 0 {
			t.Errorf("with %s: %q", key, got)
		}
		contact := map[string][]Values{"contacts": {{"name": ""}, {key: "x"}}}
		if got := Missing(Values{"kind": "individual", "stage": "lost", "name": "陈一诺"}, contact, &set); len(got) > 0 {
			t.Errorf("with a contact's %s: %q", key, got)
		}
	}
	for _, key := range []string{"headcount", "revenue"} {
		v := Values{"kind": "enterprise", "stage": "potential", "name": "甲公司", "mobile": "x",
			"industry": "C35", "current_need": "x", key: "x"}
		if got := Missing(v, map[string][]Values{"contacts": {{"name": "x"}}}, &set); len(got) > 0 {
			t.Errorf("with %s: %q", key, got)
		}
	}
}

func TestMissingLeavesOutWhatIsNotCollected(t *testing.T) {
	set := policy.Defaults()
	set.Fields = []string{"current_need", "satisfaction"}
	got := Missing(Values{"kind": "individual", "stage": "won", "name": "陈一诺", "mobile": "x",
		"intention": "high"}, nil, &set)
	want := []string{"contracts.number", "contracts.amount", "contracts.starts", "contracts.ends"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestAnAddressThatStopsAboveTheDistrict(t *testing.T) {
	set := policy.Defaults()
	for division, want := range map[string]bool{"": true, "310000": true, "330100": true,
		"310115": false, "441900": false} {
		v := Values{"kind": "individual", "stage": "lost", "name": "陈一诺", "mobile": "x",
			"business_address": "某路1号", "division": division}
		if got := slices.Contains(Missing(v, nil, &set), "division"); got != want {
			t.Errorf("%q: %v", division, got)
		}
	}
	if got := Missing(Values{"kind": "individual", "stage": "lost", "name": "x", "mobile": "x"}, nil, &set); len(got) > 0 {
		t.Errorf("without an address: %q", got)
	}
}

func TestAnAmountOfZeroIsMissing(t *testing.T) {
	set := policy.Defaults()
	got := Missing(Values{"kind": "individual", "stage": "won", "satisfaction": 0.0},
		map[string][]Values{"contracts": {{"number": "HT1", "amount": 0.0}}}, &set)
	for key, want := range map[string]bool{"satisfaction": true, "contracts.amount": true,
		"contracts.number": false} {
		if slices.Contains(got, key) != want {
			t.Errorf("%s in %q", key, got)
		}
	}
}
