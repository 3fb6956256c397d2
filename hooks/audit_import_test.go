package hooks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kehu/tests"
)

// An import leaves an entry a chunk, with its rows and a digest; what it updates, and what its undo
// puts back, stands in the history.
func TestAnImportIsNotedAndRemembered(t *testing.T) {
	h := tests.Start(t)
	id := h.Create("data_admin", "customers", map[string]any{"kind": "enterprise", "name": "上海澄岚仪器有限公司",
		"mobile": "13912845078", "current_need": "显微镜"})["id"].(string)
	book := tests.Workbook([]any{"客户名称", "客户类型", "手机", "核心需求"},
		[]any{"上海澄岚仪器有限公司", "企业", "13912845078", "光谱仪"},
		[]any{"北京澄岚科技有限公司", "企业", "13912845079", "显微镜"})
	var show map[string]any
	found := act(h, func() {
		show = h.Import("data_admin", "客户.xlsx", book, map[string]any{"options": map[string]any{"on_duplicate": "update"}})
	})
	chunks := 0
	for _, e := range found {
		detail := e["detail"].(map[string]any)
		if e["action"] != "import" || detail["digest"] == nil {
			continue
		}
		chunks++
		if fmt.Sprint(detail["rows"]) != "[2 3]" || detail["changes"] != float64(1) || e["actor"] != "staff:"+h.Staff["data_admin"] ||
			e["actor_kind"] != "staff" || e["role"] != "data_admin" || len(detail["digest"].(string)) != 64 {
			t.Errorf("the chunk's entry: %v", e)
		}
	}
	if chunks != 1 {
		t.Errorf("%d entries of chunks: %v", chunks, found)
	}
	history := func() []any {
		return h.Do("data_admin", "GET", "/api/collections/changes/records?sort=at,id&filter=customer='"+id+"'", nil).JSON()["items"].([]any)
	}
	rows := history()
	if len(rows) != 1 {
		t.Fatalf("history: %v", rows)
	}
	first := rows[0].(map[string]any)
	if first["field"] != "current_need" || first["old"] != "显微镜" || first["new"] != "光谱仪" || first["via"] != "import" ||
		first["class"] != "N" || first["by"] != "staff:"+h.Staff["data_admin"] {
		t.Errorf("history: %v", first)
	}
	found = act(h, func() {
		if a := h.Do("data_admin", "POST", "/api/kehu/imports/"+show["id"].(string)+"/undo", nil); a.Status != http.StatusOK {
			t.Fatalf("undo: %d %s", a.Status, a.Body)
		}
	})
	if len(found) != 1 || found[0]["action"] != "import_undo" || found[0]["role"] != "data_admin" {
		t.Errorf("the undo: %v", found)
	}
	rows = history()
	if len(rows) != 2 || rows[1].(map[string]any)["new"] != "显微镜" || rows[1].(map[string]any)["old"] != "光谱仪" {
		t.Errorf("history after the undo: %v", rows)
	}
	if v := h.Do("data_admin", "GET", "/api/kehu/audit/verify", nil).JSON(); v["ok"] != true {
		t.Errorf("the log: %v", v)
	}
}

// No number of class S stands in plain in the log or the history, by whatever way it came.
func TestNoSensitiveNumberIsWrittenDown(t *testing.T) {
	h := tests.Start(t)
	const cert, other, account = "11010119900307803X", "110101199003070134", "6222021234567890128"
	person := h.Do("data_admin", "POST", "/api/collections/customers/records", map[string]any{"kind": "individual",
		"name": "陈一诺", "mobile": "13912845078", "cert_type": "resident_id", "cert_no": cert,
		"consent": map[string]any{"purposes": []string{"sensitive_id", "bank"}, "method": "paper", "statement_version": "1"}})
	if person.Status != http.StatusOK {
		t.Fatalf("%d %s", person.Status, person.Body)
	}
	id := person.Text("id")
	path := "/api/collections/customers/records/" + id
	h.Do("data_admin", "PATCH", path, map[string]any{"bank_account": account})
	h.Do("data_admin", "PATCH", path, map[string]any{"cert_no": other})
	h.Do("data_admin", "PATCH", path, map[string]any{"name": "陈二诺"})
	h.Do("data_admin", "GET", "/api/collections/customers/records?filter=cert_no='"+cert+"'", nil)
	h.Do("data_admin", "GET", "/api/kehu/search?q="+cert, nil)
	h.Do("data_admin", "POST", "/api/kehu/lookup", map[string]any{"field": "cert_no", "value": cert})
	h.Do("manager", "POST", "/api/kehu/customers/"+id+"/reveal", map[string]any{"field": "cert_no", "reason": "核对 " + cert})
	h.Do("data_admin", "POST", "/api/kehu/customers/"+id+"/reveal", map[string]any{"field": "cert_no", "reason": "客户来电核对"})
	h.Do("data_admin", "POST", "/api/kehu/exports", map[string]any{"filter": "mobile='13912845078'", "reason": "核对 " + cert, "format": "csv"})
	h.Do("", "POST", "/api/kehu/signin", map[string]any{"email": cert, "password": cert})
	h.Do("data_admin", "DELETE", path, nil)
	log, _ := json.Marshal(noted(h, 0))
	sealed := false
	for _, e := range noted(h, 0) {
		if fields, ok := e["detail"].(map[string]any)["fields"].(map[string]any); ok && fields["cert_no"] == "changed" {
			sealed = true
		}
	}
	if !sealed {
		t.Error("no entry says that the number changed")
	}
	all := string(log)
	for _, column := range []string{"old", "new"} {
		all += value[string](h, "SELECT coalesce(group_concat("+column+"), '') FROM changes")
	}
	all += value[string](h, "SELECT group_concat(detail) FROM audit_log")
	for _, plain := range []string{cert, other, account, cert[:17], account[:16], "13912845078", "陈一诺"} {
		if strings.Contains(all, plain) {
			t.Errorf("%s stands in the log or the history", plain)
		}
	}
}
