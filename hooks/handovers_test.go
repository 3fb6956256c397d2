package hooks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kehu/tests"
)

func TestAHandoverMovesEverythingInOneStepAndBack(t *testing.T) {
	h := tests.Start(t)
	one := idOf(h.Create("sales", "customers", firm("甲仪器有限公司", nil)))
	two := idOf(h.Create("sales", "customers", firm("乙仪器有限公司", nil)))
	other := idOf(h.Create("sales2", "customers", firm("丙仪器有限公司", nil)))
	open := put(t, h, "tasks", map[string]any{"customer": one, "kind": "verify", "title": "核实", "state": "open",
		"assignee": h.Staff["sales"]})
	own := put(t, h, "tasks", map[string]any{"kind": "custom", "title": "开会", "state": "open", "assignee": h.Staff["sales"]})
	done := put(t, h, "tasks", map[string]any{"customer": one, "kind": "verify", "title": "核实", "state": "done",
		"assignee": h.Staff["sales"]})
	before := cells(t, h)
	body := func(more map[string]any) map[string]any {
		out := map[string]any{"from": h.Staff["sales"], "to": h.Staff["manager"]}
		for key, value := range more {
			out[key] = value
		}
		return out
	}
	said := do(t, h, "manager", "POST", "/api/kehu/handover", body(map[string]any{"dry_run": true}))
	if asText(said["counts"]) != `{"customers":2,"requests":0,"tasks":2}` {
		t.Errorf("the preview: %v", said)
	}
	for _, line := range differing(before, cells(t, h)) {
		t.Error("the preview wrote: ", line)
	}
	id := do(t, h, "manager", "POST", "/api/kehu/handover", body(nil))["id"].(string)
	for _, c := range []string{one, two} {
		record := do(t, h, "manager", "GET", "/api/collections/customers/records/"+c, nil)
		if record["owner"] != h.Staff["manager"] || record["department"] != h.Depts["east"] {
			t.Errorf("%v", record)
		}
		if a := h.Do("sales", "GET", "/api/collections/customers/records/"+c, nil); a.Status != http.StatusNotFound {
			t.Errorf("the former owner: %d", a.Status)
		}
	}
	if found := do(t, h, "sales", "GET", "/api/kehu/search?q=仪器", nil); len(found["items"].([]any)) != 0 {
		t.Errorf("the former owner finds: %v", found)
	}
	after := cells(t, h)
	for task, want := range map[string]string{open: "manager", own: "manager", done: "sales"} {
		if after["tasks "+task+" assignee"] != h.Staff[want] {
			t.Errorf("task %s is %s's", task, want)
		}
	}
	h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+two, map[string]any{"owner": h.Staff["sales2"]})
	undone := do(t, h, "manager", "POST", "/api/kehu/handovers/"+id+"/undo", nil)
	if asText(undone["left"]) != `["`+two+`"]` {
		t.Errorf("what moved on stays: %v", undone)
	}
	h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+two, map[string]any{"owner": h.Staff["sales"]})
	for _, line := range differing(before, cells(t, h)) {
		if !strings.HasPrefix(line, "handovers") {
			t.Error(line)
		}
	}
	if after := cells(t, h); after["customers "+other+" owner"] != h.Staff["sales2"] {
		t.Error("somebody else's customer moved")
	}
}

func TestHandoversThatAreRefused(t *testing.T) {
	h := tests.Start(t)
	one := idOf(h.Create("sales", "customers", firm("甲仪器有限公司", nil)))
	other := idOf(h.Create("sales2", "customers", firm("丙仪器有限公司", nil)))
	post := func(role, from, to string, customers ...string) tests.Answer {
		body := map[string]any{"from": h.Staff[from], "to": h.Staff[to]}
		if customers != nil {
			body["customers"] = customers
		}
		return h.Do(role, "POST", "/api/kehu/handover", body)
	}
	for _, c := range []struct {
		name   string
		answer tests.Answer
		status int
		code   string
	}{
		{"sales", post("sales", "sales", "manager"), 403, "forbidden"},
		{"another department's manager", post("manager2", "sales", "sales2"), 403, "forbidden"},
		{"into another department", post("manager", "sales", "sales2"), 403, "forbidden"},
		{"to oneself", post("data_admin", "sales", "sales"), 400, "handover_staff"},
		{"to somebody unknown", post("data_admin", "sales", "nobody"), 400, "handover_staff"},
		{"to finance", post("data_admin", "sales", "finance"), 400, "handover_taker"},
		{"somebody else's customer", post("data_admin", "sales", "manager", one, other), 400, "handover_not_theirs"},
		{"nothing to hand over", post("data_admin", "manager2", "sales2"), 400, "handover_nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.answer.Status != c.status || c.answer.Code("") != c.code {
				t.Errorf("%d %s", c.answer.Status, c.answer.Body)
			}
		})
	}
	id := post("data_admin", "sales", "sales2", one).Text("id")
	said := do(t, h, "data_admin", "PATCH", "/api/collections/staff/records/"+h.Staff["sales2"], map[string]any{"active": false})
	if asText(said["handover"]) != `{"customers":2,"tasks":0}` {
		t.Errorf("who is deactivated still has: %v", said["handover"])
	}
	do(t, h, "data_admin", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"], map[string]any{"active": false})
	if a := h.Do("data_admin", "POST", "/api/kehu/handovers/"+id+"/undo", nil); a.Code("") != "handover_left" {
		t.Errorf("back to who left: %d %s", a.Status, a.Body)
	}
	do(t, h, "data_admin", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"], map[string]any{"active": true})
	h.SetNow(tests.Now.Add(25 * time.Hour))
	if a := h.Do("data_admin", "POST", "/api/kehu/handovers/"+id+"/undo", nil); a.Code("") != "handover_over" {
		t.Errorf("a day later: %d %s", a.Status, a.Body)
	}
}
