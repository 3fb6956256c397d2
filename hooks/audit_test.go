package hooks_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kehu/tests"
)

// entries reads the audit log from an entry on, oldest first.
func entries(h *tests.House, after int) []map[string]any {
	h.TB.Helper()
	var all []map[string]any
	for page := 1; ; page++ {
		a := h.Do("data_admin", "GET", fmt.Sprintf("/api/collections/audit_log/records?sort=seq"+
			"&perPage=500&page=%d&skipTotal=1&filter=seq%%3E%d", page, after), nil)
		if a.Status != http.StatusOK {
			h.TB.Fatalf("audit log: %d %s", a.Status, a.Body)
		}
		items, _ := a.JSON()["items"].([]any)
		for _, item := range items {
			all = append(all, item.(map[string]any))
		}
		if len(items) < 500 {
			return all
		}
	}
}

func enterprise(name string) map[string]any {
	return map[string]any{"kind": "enterprise", "name": name, "mobile": "13912845078"}
}

func TestAChangeIsNotedAndRemembered(t *testing.T) {
	h := tests.Start(t)
	c := h.Create("sales", "customers", enterprise("上海澄岚仪器有限公司"))
	id := c["id"].(string)
	a := h.Do("sales", "PATCH", "/api/collections/customers/records/"+id,
		map[string]any{"stage": "intent", "mobile": "13912845079", "name": "上海澄岚仪器有限公司"})
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	var told []string
	for _, e := range entries(h, 0) {
		if e["record"] == id {
			told = append(told, fmt.Sprint(e["action"], " ", e["actor"], " ", e["role"], " ", e["ip"]))
			if strings.Contains(fmt.Sprint(e["detail"]), "13912845079") {
				t.Errorf("a mobile stands in the log: %v", e["detail"])
			}
		}
	}
	who := "staff:" + h.Staff["sales"] + " sales 127.0.0.1"
	if want := "create " + who + ", update " + who; strings.Join(told, ", ") != want {
		t.Errorf("noted %v, want %s", told, want)
	}
	list := h.Do("sales", "GET", "/api/collections/changes/records?sort=field&filter=customer='"+id+"'", nil)
	rows := list.JSON()["items"].([]any)
	if len(rows) != 2 || rows[0].(map[string]any)["old"] != "13912845078" ||
		rows[1].(map[string]any)["new"] != "intent" {
		t.Errorf("history: %s", list.Body)
	}
}
