package hooks_test

import (
	"strings"
	"testing"

	"kehu/tests"
)

// override is who set a customer's tier, why, and when: "" where the rules decide.
func override(t *testing.T, h *tests.House, id string) (by, reason string) {
	t.Helper()
	now := customerNow(t, h, id)
	if now["tier_rule"] != "override" {
		if strings.Contains(asText(now["tier_reason"]), "override") {
			t.Errorf("an override that does not count: %v", now["tier_reason"])
		}
		return "", ""
	}
	o := now["tier_reason"].(map[string]any)["override"].(map[string]any)
	return o["by_name"].(string), o["reason"].(string)
}

func retier(t *testing.T, h *tests.House, role, id, to, reason string) {
	t.Helper()
	do(t, h, role, "POST", "/api/kehu/customers/"+id+"/tier", map[string]any{"tier": to, "reason": reason})
}

// A tier that a person set follows a merge like any other value, with who set it and why, and goes back
// with its undoing.
func TestATierSetByAPersonFollowsTheSurvivor(t *testing.T) {
	h := tests.Start(t)
	keep, merged := twins(t, h)
	third := idOf(h.Create("data_admin", "customers", firm("第三家仪器有限公司", map[string]any{"confirm_duplicate": "合并的试验"})))
	retier(t, h, "data_admin", third, "normal", "较早的一次指定")
	retier(t, h, "data_admin", merged, "strategic", "集团总部指定")
	before, rules := cells(t, h), customerNow(t, h, keep)["tier"]
	done := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{third, merged}, nil))
	if _, reason := override(t, h, keep); reason != "集团总部指定" || customerNow(t, h, keep)["tier"] != "strategic" {
		t.Errorf("the newest of the others' overrides: %q", reason)
	}
	if n := value[int](h, "SELECT count(*) FROM changes WHERE customer = '"+keep+
		"' AND field = 'tier' AND via = 'merge' AND new LIKE '%strategic%'"); n != 1 {
		t.Errorf("%d entries of the survivor's history", n)
	}
	ordered(h, keep, "2026-10-01", 500) // the rules would say otherwise
	if _, reason := override(t, h, keep); reason != "集团总部指定" {
		t.Errorf("an order moved it: %q", reason)
	}
	execute(t, h, "DELETE FROM orders WHERE customer = '"+keep+"' AND amount = 500")
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+idOf(done)+"/undo", nil)
	if _, reason := override(t, h, keep); reason != "" || customerNow(t, h, keep)["tier"] != rules {
		t.Errorf("back to the rules: %q, %v", reason, customerNow(t, h, keep)["tier"])
	}
	if _, reason := override(t, h, merged); reason != "集团总部指定" {
		t.Errorf("given back: %q", reason)
	}
	if _, reason := override(t, h, third); reason != "较早的一次指定" {
		t.Errorf("given back: %q", reason)
	}
	for _, line := range differing(before, cells(t, h)) {
		if strings.Contains(line, " tier") {
			t.Error(line)
		}
	}
}

// The survivor's own override stays; one that was set, or withdrawn, after the merge is not taken back with it.
func TestATierSetSinceStaysWithTheSurvivor(t *testing.T) {
	h := tests.Start(t)
	keep, merged := twins(t, h)
	retier(t, h, "data_admin", merged, "strategic", "集团总部指定")
	retier(t, h, "data_admin", keep, "normal", "本地自行指定")
	done := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged}, nil))
	if _, reason := override(t, h, keep); reason != "本地自行指定" {
		t.Errorf("its own: %q", reason)
	}
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+idOf(done)+"/undo", nil)
	if _, reason := override(t, h, keep); reason != "本地自行指定" {
		t.Errorf("its own after the undoing: %q", reason)
	}
	retier(t, h, "data_admin", keep, "", "不再自行指定")

	done = do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged}, nil))
	retier(t, h, "data_admin", keep, "key", "合并以后另行指定")
	left := do(t, h, "data_admin", "POST", "/api/kehu/merges/"+idOf(done)+"/undo", nil)
	if _, reason := override(t, h, keep); reason != "合并以后另行指定" || !strings.Contains(asText(left["edits"]), `tier`) {
		t.Errorf("set since: %q, %v", reason, left["edits"])
	}
	retier(t, h, "data_admin", keep, "", "不再自行指定")

	done = do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged}, nil))
	retier(t, h, "data_admin", keep, "", "合并以后撤销指定")
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+idOf(done)+"/undo", nil)
	if by, reason := override(t, h, keep); by != "" || reason != "" {
		t.Errorf("withdrawn since: %q", reason)
	}
	if _, reason := override(t, h, merged); reason != "集团总部指定" {
		t.Errorf("the other's own: %q", reason)
	}
}

// Three orders tell a purchase cycle, fewer tell none: what the orders of both told goes with the undoing.
func TestUndoingAMergeGivesTheCycleBack(t *testing.T) {
	h := tests.Start(t)
	keep, merged := twins(t, h)
	ordered(h, merged, "2026-05-01", 30) // one order of the one, two of the other
	of := func() [2]any {
		return [2]any{customerNow(t, h, keep)["purchase_cycle"], customerNow(t, h, merged)["purchase_cycle"]}
	}
	before := of()
	done := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged}, nil))
	if together := customerNow(t, h, keep)["purchase_cycle"]; together == "" || before != [2]any{"", ""} {
		t.Fatalf("the cycle was %v and is %v: nothing to take back", before[0], together)
	}
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+idOf(done)+"/undo", nil)
	if after := of(); after != before {
		t.Errorf("the cycles are %v, were %v", after, before)
	}
}
