package hooks_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kehu/hooks"
	"kehu/tests"
)

// noted are the entries after one, oldest first, without those of looking at the log itself.
func noted(h *tests.House, after int) []map[string]any {
	h.TB.Helper()
	var all []map[string]any
	for page := ""; ; {
		a := h.Do("superuser", "GET", "/api/kehu/audit?limit=500"+page, nil)
		if a.Status != http.StatusOK {
			h.TB.Fatalf("audit: %d %s", a.Status, a.Body)
		}
		items, _ := a.JSON()["items"].([]any)
		for _, item := range items {
			e := item.(map[string]any)
			if int(e["seq"].(float64)) <= after {
				slices.Reverse(all)
				return all
			}
			if e["collection"] != "audit_log" {
				all = append(all, e)
			}
		}
		next, more := a.JSON()["next"].(float64)
		if !more {
			slices.Reverse(all)
			return all
		}
		page = fmt.Sprintf("&page=%d", int(next))
	}
}

// newest is the number of the newest entry.
func newest(h *tests.House) int {
	h.TB.Helper()
	items, _ := h.Do("superuser", "GET", "/api/kehu/audit?limit=1", nil).JSON()["items"].([]any)
	if len(items) == 0 {
		return 0
	}
	return int(items[0].(map[string]any)["seq"].(float64))
}

// told says of an entry what the tables of these tests name.
func told(e map[string]any) string {
	return strings.TrimSpace(fmt.Sprint(e["action"], " ", e["collection"]))
}

// act does something and answers what was noted of it.
func act(h *tests.House, do func()) []map[string]any {
	h.TB.Helper()
	after := newest(h)
	do()
	return noted(h, after)
}

// Every door leaves exactly its entry: who, in which role, from where, to what.
func TestEveryDoorLeavesItsEntry(t *testing.T) {
	h := tests.Start(t, func(o *hooks.Options) { o.SQLConsole = true })
	c := h.Create("data_admin", "customers", enterprise("上海澄岚仪器有限公司"))
	id := c["id"].(string)
	contact := h.Create("data_admin", "contacts", map[string]any{"customer": id, "name": "林知远",
		"mobile": "13912845080"})["id"].(string)
	records := func(collection string) string { return "/api/collections/" + collection + "/records" }
	request := func(role, method, path string, body any, header ...string) func() {
		return func() {
			if a := h.Do(role, method, path, body, header...); a.Status >= 300 {
				t.Errorf("%s %s as %s: %d %s", method, path, role, a.Status, a.Body)
			}
		}
	}
	for _, door := range []struct {
		name string
		do   func()
		who  string // key of Staff, "superuser", "cli", "public"
		want []string
	}{
		{"list", request("data_admin", "GET", records("customers")+"?filter=stage='potential'", nil), "data_admin",
			[]string{"list customers"}},
		{"list of the admin UI", request("superuser", "GET", records("customers"), nil, "X-Request-Source", "pbui"),
			"superuser", []string{"list customers"}},
		{"view", request("data_admin", "GET", records("customers")+"/"+id, nil), "data_admin",
			[]string{"view customers"}},
		{"view with expand", request("data_admin", "GET", records("contacts")+"/"+contact+"?expand=customer", nil),
			"data_admin", []string{"view contacts"}},
		{"search", request("data_admin", "GET", "/api/kehu/search?q=澄岚", nil), "data_admin",
			[]string{"search customers"}},
		{"check", request("data_admin", "POST", "/api/kehu/check", map[string]any{"customer": enterprise("甲有限公司")}),
			"data_admin", []string{"check customers"}},
		{"look-up", request("data_admin", "POST", "/api/kehu/lookup", map[string]any{"field": "mobile", "value": "13912845078"}),
			"data_admin", []string{"lookup customers"}},
		{"reveal", request("executive", "POST", "/api/kehu/customers/"+id+"/reveal",
			map[string]any{"field": "mobile", "reason": "客户来电核对"}), "executive", []string{"reveal customers"}},
		{"create", func() {
			h.Create("data_admin", "customers", enterprise2("北京澄岚科技有限公司", "13912845081"))
		},
			"data_admin", []string{"create customers"}},
		{"update", request("data_admin", "PATCH", records("customers")+"/"+id, map[string]any{"stage": "intent"}),
			"data_admin", []string{"update customers"}},
		{"update that changes nothing", request("data_admin", "PATCH", records("customers")+"/"+id,
			map[string]any{"stage": "intent"}), "data_admin", nil},
		{"batch", request("data_admin", "POST", "/api/batch", map[string]any{"requests": []any{
			map[string]any{"method": "PATCH", "url": records("customers") + "/" + id, "body": map[string]any{"intention": "high"}},
			map[string]any{"method": "PATCH", "url": records("contacts") + "/" + contact, "body": map[string]any{"title": "总经理"}},
		}}), "data_admin", []string{"update customers", "update contacts"}},
		{"the command line", request("", "PATCH", records("customers")+"/"+id, map[string]any{"paper_ref": "A-1"},
			hooks.CommandHeader, tests.Secret), "cli", []string{"update customers"}},
		{"policy", request("data_admin", "POST", records("policies"), map[string]any{"key": "exports",
			"value": map[string]any{"keep_days": 5}}), "data_admin", []string{"policy policies"}},
		{"staff", request("data_admin", "PATCH", records("staff")+"/"+h.Staff["sales2"], map[string]any{"name": "吴新"}),
			"data_admin", []string{"update staff"}},
		{"settings", request("superuser", "PATCH", "/api/settings", map[string]any{"meta": map[string]any{"appName": "登记"}}),
			"superuser", []string{"settings"}},
		{"a collection of an owner's own", request("superuser", "POST", "/api/collections", map[string]any{"name": "notes",
			"type": "base"}), "superuser", []string{"collection notes"}},
		{"request log", request("superuser", "GET", "/api/logs", nil), "superuser", []string{"admin"}},
		{"SQL console", request("superuser", "POST", "/api/sql", map[string]any{"query": "SELECT count(*) FROM customers"}),
			"superuser", []string{"sql"}},
		{"sign-in", request("", "POST", "/api/collections/staff/auth-with-password", map[string]any{
			"identity": "sales@example.com", "password": tests.Password("sales")}), "sales", []string{"sign_in staff"}},
		{"failed sign-in", func() {
			h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]any{
				"identity": "sales@example.com", "password": "password-wrong"})
		}, "public", []string{"sign_in_failed staff"}},
		{"delete of what belongs to a customer", request("data_admin", "DELETE", records("contacts")+"/"+contact, nil),
			"data_admin", []string{"delete contacts"}},
		{"delete of a customer", request("data_admin", "DELETE", records("customers")+"/"+id, nil), "data_admin",
			[]string{"delete customers"}},
	} {
		t.Run(door.name, func(t *testing.T) {
			h.TB = t
			found := act(h, door.do)
			var names []string
			for _, e := range found {
				names = append(names, told(e))
				kind, role, actor := "staff", door.who, "staff:"+h.Staff[door.who]
				switch door.who {
				case "superuser", "cli":
					kind, role, actor = door.who, "data_admin", "superuser:"
				case "public":
					kind, role, actor = "public", "", "public"
				}
				if e["actor_kind"] != kind || e["role"] != role || e["ip"] != "127.0.0.1" ||
					!strings.HasPrefix(e["actor"].(string), actor) {
					t.Errorf("by %v %v %v from %v", e["actor"], e["actor_kind"], e["role"], e["ip"])
				}
			}
			if !slices.Equal(names, door.want) {
				t.Errorf("noted %v, want %v", names, door.want)
			}
		})
	}
}

func enterprise2(name, mobile string) map[string]any {
	c := enterprise(name)
	c["mobile"] = mobile
	return c
}

// A list says what it was filtered by and whom it showed, expanded ones too; the admin UI is named.
func TestAListTellsWhomItShowed(t *testing.T) {
	h := tests.Start(t)
	id := h.Create("data_admin", "customers", enterprise("上海澄岚仪器有限公司"))["id"].(string)
	contact := h.Create("data_admin", "contacts", map[string]any{"customer": id, "name": "林知远"})["id"].(string)
	found := act(h, func() {
		h.Do("superuser", "GET", "/api/collections/contacts/records?expand=customer&filter="+
			"customer.mobile='13912845078'", nil, "X-Request-Source", "pbui")
	})
	if len(found) != 1 {
		t.Fatalf("noted %v", found)
	}
	text, _ := json.Marshal(found[0]["detail"])
	for _, want := range []string{`"ids":["` + contact + `"]`, `"customers":["` + id + `"]`, `"source":"admin"`,
		`"filter":"customer.mobile='139****'"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %s", text, want)
		}
	}
}

// A record that a connection is sent because it listens counts as viewed.
func TestRealtimeIsNoted(t *testing.T) {
	h := tests.Start(t)
	id := h.Create("data_admin", "customers", enterprise("上海澄岚仪器有限公司"))["id"].(string)
	request, err := http.NewRequest("GET", h.URL+"/api/realtime", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	client := ""
	for client == "" && lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
			var hello struct{ ClientID string }
			_ = json.Unmarshal([]byte(data), &hello)
			client = hello.ClientID
		}
	}
	after := newest(h)
	a := h.Do("executive", "POST", "/api/realtime", map[string]any{"clientId": client,
		"subscriptions": []string{"customers/*"}})
	if a.Status >= 300 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"stage": "intent"})
	for lines.Scan() && !strings.Contains(lines.Text(), id) {
	}
	for range 100 {
		for _, e := range noted(h, after) {
			detail := e["detail"].(map[string]any)
			if told(e) == "view customers" && e["record"] == id && detail["realtime"] == "update" &&
				e["role"] == "executive" && e["ip"] == "127.0.0.1" {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("noted %v", noted(h, after))
}

// Whoever reads the log: data administrators and executives, and nobody else.
func TestWhoReadsTheLog(t *testing.T) {
	h := tests.Start(t)
	for role := range h.Tokens {
		want := http.StatusForbidden
		switch role {
		case "data_admin", "data_admin2", "executive", "superuser":
			want = http.StatusOK
		}
		for _, path := range []string{"/api/kehu/audit", "/api/kehu/audit/verify"} {
			if a := h.Do(role, "GET", path, nil); a.Status != want {
				t.Errorf("%s as %s: %d %s", path, role, a.Status, a.Body)
			}
		}
		items, _ := h.Do(role, "GET", "/api/collections/audit_log/records", nil).JSON()["items"].([]any)
		if want != http.StatusOK && len(items) > 0 {
			t.Errorf("%s reads %d entries", role, len(items))
		}
	}
	if a := h.Do("", "GET", "/api/kehu/audit", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", a.Status)
	}
}

// An entry says what people call its record, and a customer is found by its number as by its id, also when
// it was merged into another.
func TestTheLogSaysWhatARecordIsCalled(t *testing.T) {
	h := tests.Start(t)
	made := h.Create("sales", "customers", enterprise("上海澄岚仪器有限公司"))
	id, number := made["id"].(string), made["number"].(string)
	contact := h.Create("sales", "contacts", map[string]any{"customer": id, "name": "赵启航", "primary": true})
	if a := h.Do("data_admin", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"],
		map[string]any{"name": "周以宁"}); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	book := h.Import("data_admin", "赵启航的客户.xlsx", tests.Workbook([]any{"客户名称", "客户类型"},
		[]any{"嘉兴远航包装有限公司", "企业"}), nil)["id"].(string)
	called := func(as, query string) map[string]string {
		t.Helper()
		a := h.Do(as, "GET", "/api/kehu/audit?limit=500&"+query, nil)
		if a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		found := map[string]string{}
		for _, one := range a.JSON()["items"].([]any) {
			e := one.(map[string]any)
			name, _ := e["record_called"].(string)
			found[e["record"].(string)] = name
		}
		return found
	}
	for _, as := range []string{"data_admin", "executive", "superuser"} {
		all := called(as, "")
		for record, want := range map[string]string{id: number, contact["id"].(string): number, h.Staff["sales"]: "周以宁"} {
			if all[record] != want {
				t.Errorf("%s is told %q of %s, want %s", as, all[record], record, want)
			}
		}
		if name, ok := all[book]; !ok || (name != "") != (as != "executive") { // who reads no imports
			t.Errorf("%s is told %q of a workbook, %t", as, name, ok)
		}
	}
	other := h.Create("sales", "customers", map[string]any{"kind": "enterprise", "name": "宁波海潮机械有限公司"})
	if a := h.Do("data_admin", "POST", "/api/kehu/merges", map[string]any{"keep": other["id"], "merge": []string{id},
		"choices": map[string]any{}, "reason": "同一家公司"}); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for record, name := range called("data_admin", "record="+number) {
		if record != id || name != number {
			t.Errorf("asked for %s: %s called %q", number, record, name)
		}
	}
	if found := called("data_admin", "action=view&record="+number); len(found) > 1 {
		t.Errorf("found %v", found)
	}
	if a := h.Do("data_admin", "GET", "/api/kehu/audit?record=KH-nobody", nil); len(a.JSON()["items"].([]any)) > 0 {
		t.Errorf("a number of nobody: %s", a.Body)
	}
}

// Searching narrows by each of its words, and pages by number.
func TestSearchingTheLog(t *testing.T) {
	h := tests.Start(t)
	ids := []string{}
	for i := range 5 {
		c := enterprise2(fmt.Sprintf("澄岚第%d有限公司", i), fmt.Sprintf("1391284509%d", i))
		ids = append(ids, h.Create("data_admin", "customers", c)["id"].(string))
	}
	h.SetNow(tests.Now.AddDate(0, 0, 3))
	h.Do("executive", "GET", "/api/collections/customers/records/"+ids[0], nil)
	count := func(query string) int {
		items, _ := h.Do("superuser", "GET", "/api/kehu/audit?"+query, nil).JSON()["items"].([]any)
		return len(items)
	}
	for query, want := range map[string]int{
		"action=create&collection=customers": 5, "record=" + ids[0]: 2, "record=" + ids[1]: 1,
		"actor=staff:" + h.Staff["executive"]:              1,
		"action=create&from=2026-11-06":                    0,
		"action=create&collection=customers&to=2026-11-05": 5,
		"action=view&from=2026-11-08":                      1,
		"action=create&to=2026-11-05%2009:00:00":           0,
		"collection=customers&action=nothing":              0,
		"action=create&collection=customers&limit=2":       2,
	} {
		if n := count(query); n != want {
			t.Errorf("%s: %d entries, want %d", query, n, want)
		}
	}
	seen, page := map[float64]bool{}, ""
	for range 5 {
		a := h.Do("superuser", "GET", "/api/kehu/audit?action=create&collection=customers&limit=2"+page, nil).JSON()
		for _, item := range a["items"].([]any) {
			seen[item.(map[string]any)["seq"].(float64)] = true
		}
		next, more := a["next"].(float64)
		if !more {
			break
		}
		page = fmt.Sprintf("&page=%d", int(next))
	}
	if len(seen) != 5 {
		t.Errorf("pages show %d of 5 entries", len(seen))
	}
	if a := h.Do("superuser", "GET", "/api/kehu/audit?from=yesterday", nil); a.Code("") != "time_invalid" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
