package hooks_test

import (
	"testing"

	"kehu/tests"
)

// TestPoliciesAreListedWithTheirForms: data administrators read every policy in force with its form; a
// wrong part is refused at its place in the asker's language; nobody else reads the list.
func TestPoliciesAreListedWithTheirForms(t *testing.T) {
	h := tests.Start(t)
	for _, role := range []string{"sales", "manager", "executive"} {
		if a := h.Do(role, "GET", "/api/kehu/policies", nil); a.Status != 403 {
			t.Errorf("%s: %d %s", role, a.Status, a.Body)
		}
	}
	h.Create("data_admin", "policies", map[string]any{"key": "audit", "value": map[string]any{"keep_years": 7},
		"note": "按集团要求"})
	found := map[string]map[string]any{}
	for _, item := range h.Do("data_admin", "GET", "/api/kehu/policies", nil).JSON()["items"].([]any) {
		one := item.(map[string]any)
		found[one["key"].(string)] = one
	}
	audit := found["audit"]
	if audit == nil || audit["note"] != "按集团要求" || audit["id"] == nil ||
		audit["value"].(map[string]any)["keep_years"] != 7.0 || audit["default"].(map[string]any)["keep_years"] != 3.0 {
		t.Errorf("audit: %v", audit)
	}
	if sla := found["sla"]; sla == nil || sla["id"] != nil || sla["shape"].(map[string]any)["label"] != "办理期限" {
		t.Errorf("sla: %v", sla)
	}
	wrong := map[string]any{"key": "signin", "value": map[string]any{"lockout": map[string]any{"failures": 1}}}
	a := h.Do("data_admin", "POST", "/api/collections/policies/records", wrong)
	if a.Status != 400 || a.Code("value") != "policy_value" || a.Code("value.lockout.failures") != "policy_number" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
