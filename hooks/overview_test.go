package hooks_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kehu/tests"
)

func TestTheWholePictureIsMaskedByRole(t *testing.T) {
	h := tests.Start(t)
	keep, merged := twins(t, h)
	do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged}, nil))
	for role, want := range map[string][]string{
		"sales":      {"contacts", "followups", "contracts", "orders", "tickets", "consents", "tasks"},
		"manager":    {"contacts", "followups", "contracts", "orders", "tickets", "consents"},
		"data_admin": {"contacts", "followups", "contracts", "orders", "tickets", "consents", "tasks"},
		"executive":  {"contacts", "followups", "contracts", "orders", "tickets", "consents"},
		"service":    {"contacts", "followups", "tickets", "consents"},
		"finance":    {"contacts", "contracts", "orders", "consents"},
	} {
		t.Run(role, func(t *testing.T) {
			got := do(t, h, role, "GET", "/api/kehu/customers/"+keep+"/overview", nil)
			for _, name := range []string{"contacts", "followups", "contracts", "orders", "tickets", "consents", "tasks"} {
				list, _ := got[name].([]any)
				if slices.Contains(want, name) != (len(list) > 0) {
					t.Errorf("%s: %v", name, got[name])
				}
			}
			if asText(got["customer"]) == "null" || got["merged_from"].(map[string]any)[merged] == nil {
				t.Errorf("the customer and where it came from: %v", got["merged_from"])
			}
			plain := slices.Contains([]string{"sales", "manager", "data_admin"}, role)
			if strings.Contains(asText(got), "13912845078") != plain {
				t.Errorf("the mobile in plain, %v wanted", plain)
			}
		})
	}
	for _, path := range []string{"/overview", "/timeline"} {
		if a := h.Do("sales2", "GET", "/api/kehu/customers/"+keep+path, nil); a.Status != http.StatusNotFound {
			t.Errorf("who does not see it: %d %s", a.Status, a.Body)
		}
		if a := h.Do("marketing", "GET", "/api/kehu/customers/"+keep+path, nil); a.Status != http.StatusNotFound {
			t.Errorf("marketing: %d %s", a.Status, a.Body)
		}
		if a := h.Do("sales", "GET", "/api/kehu/customers/"+merged+path, nil); a.Status != http.StatusOK {
			t.Errorf("by the id of the merged one: %d %s", a.Status, a.Body)
		}
	}
}

func TestTheTimelineGoesOnWithoutGapsOrRepeats(t *testing.T) {
	h := tests.Start(t)
	id := idOf(h.Create("sales", "customers", firm("甲仪器有限公司", nil)))
	want := map[string]bool{}
	for i := range 70 {
		date := fmt.Sprintf("2026-0%d-11", 1+i%5) // many on one day
		want[idOf(h.Create("sales", "followups", map[string]any{"customer": id, "date": date, "summary": "谈价格"}))] = true
		if i%2 == 0 {
			want[idOf(h.Create("sales", "orders", map[string]any{"customer": id, "date": date, "amount": i}))] = true
		}
	}
	want[idOf(h.Create("sales", "contracts", map[string]any{"customer": id, "title": "无日期"}))] = true
	seen, last, before := map[string]bool{}, "~", ""
	for range 10 {
		page := do(t, h, "sales", "GET", "/api/kehu/customers/"+id+"/timeline?before="+url.QueryEscape(before), nil)
		for _, item := range page["items"].([]any) {
			one := item.(map[string]any)
			if want[one["id"].(string)] {
				if seen[one["id"].(string)] {
					t.Errorf("%v comes twice", one["id"])
				}
				seen[one["id"].(string)] = true
			}
			if at := one["at"].(string); at > last {
				t.Errorf("%s after %s", at, last)
			} else {
				last = at
			}
		}
		if before = page["next"].(string); before == "" {
			break
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d of %d were shown", len(seen), len(want))
	}
	if a := h.Do("sales", "GET", "/api/kehu/customers/"+id+"/timeline?before=x", nil); a.Code("") != "timeline_mark" {
		t.Errorf("a wrong mark: %d %s", a.Status, a.Body)
	}
}
