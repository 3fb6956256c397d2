package policy

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/fields"
)

func TestAccessKeepsWhatIsLeftOut(t *testing.T) {
	set, other := Defaults(), Defaults()
	if err := set.Put("access", []byte(`{"service":{"C":"read"},"finance":{"F":"masked"}}`)); err != nil {
		t.Fatal(err)
	}
	if set.Access.Reads("service", fields.Contact) != Read ||
		set.Access.Reads("finance", fields.Financial) != Masked ||
		set.Access.Reads("service", fields.Notes) != Read ||
		set.Access.Reads("executive", fields.Contact) != Reveal {
		t.Errorf("%v", set.Access)
	}
	if err := set.Put("access", []byte(`{"finance":{"F":"absent"}}`)); err != nil {
		t.Fatal(err)
	}
	if set.Access.Reads("service", fields.Contact) != Reveal {
		t.Error("a matrix is put upon the default, not upon the one before")
	}
	if other.Access.Reads("service", fields.Contact) != Reveal {
		t.Error("two sets share one matrix")
	}
}

// Whatever matrix is taken, S is opened by nobody below a manager, read plain by nobody, and a data
// administrator keeps every right.
func TestNoMatrixThatIsTakenBreaksTheInvariants(t *testing.T) {
	roles := append(slices.Sorted(maps.Keys(DefaultAccess())), "stranger")
	readings := []Reading{Absent, Masked, Reveal, Read, Write, "peek", ""}
	rapid.Check(t, func(t *rapid.T) {
		given := map[string]map[fields.Class]Reading{}
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			role := rapid.SampledFrom(roles).Draw(t, "role")
			if given[role] == nil {
				given[role] = map[fields.Class]Reading{}
			}
			class := rapid.SampledFrom(append(slices.Clone(Classes), "X")).Draw(t, "class")
			given[role][class] = rapid.SampledFrom(readings).Draw(t, "reading")
		}
		text, err := json.Marshal(given)
		if err != nil {
			t.Fatal(err)
		}
		set := Defaults()
		if set.Put("access", text) != nil {
			return
		}
		for role, line := range set.Access {
			s := line[fields.Sensitive]
			if s.Plain() || s == Reveal && !slices.Contains(
				[]string{"manager", "executive", "data_admin"}, role) {
				t.Fatalf("%s reads S %s", role, s)
			}
			if !line[fields.Basic].Plain() {
				t.Fatalf("%s knows no row", role)
			}
		}
		if !maps.Equal(set.Access["data_admin"], DefaultAccess()["data_admin"]) {
			t.Fatalf("a data administrator is left with %v", set.Access["data_admin"])
		}
	})
}

func TestAReadingThatNobodyKnowsShowsNothing(t *testing.T) {
	for _, r := range []Reading{"", "peek"} {
		if r.Plain() || !r.Hidden() {
			t.Errorf("%q", r)
		}
	}
	if (Access{}).Reads("sales", fields.Basic) != Absent {
		t.Error("a role that is not named reads something")
	}
}
