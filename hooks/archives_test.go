package hooks_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kehu/tests"
)

const endedReason = "客户已停业，不再往来"

// askArchive asks for a customer to be archived and answers the request.
func askArchive(t testing.TB, h *tests.House, role, id string) string {
	t.Helper()
	a := h.Do(role, "POST", "/api/kehu/customers/"+id+"/archive",
		map[string]any{"reason": endedReason, "last_contact": "2020-03-01"})
	if a.Status != http.StatusOK {
		t.Fatalf("asked by %s: %d %s", role, a.Status, a.Body)
	}
	return requestOf(a)
}

func approve(h *tests.House, role, request string) tests.Answer {
	return h.Do(role, "POST", "/api/kehu/approvals/"+request+"/approve", map[string]any{"note": "同意"})
}

// archived archives a customer and answers the archive.
func archived(t testing.TB, h *tests.House, asks, decides, id string) string {
	t.Helper()
	if a := approve(h, decides, askArchive(t, h, asks, id)); a.Status != http.StatusOK {
		t.Fatalf("archived: %d %s", a.Status, a.Body)
	}
	return value[string](h, "SELECT id FROM archives WHERE customer = '"+id+"' AND state = 'kept'")
}

// rich is an active person of the manager's department with something of every kind, a file included.
func rich(t testing.TB, h *tests.House, content []byte) (id, file string) {
	t.Helper()
	values := person("陈一诺", "13712341231", revealed)
	values["bank_account"], values["business_address"] = "6222020200112233008", "上海市浦东新区祖冲之路887弄"
	values["current_need"], values["tags"] = "金丝雀需求", []string{"潜力客户"}
	id = idOf(h.Create("sales", "customers", values))
	h.Create("sales", "contacts", map[string]any{"customer": id, "name": "孙联系", "mobile": "13612341232"})
	h.Create("sales", "followups", map[string]any{"customer": id, "date": "2020-03-01", "method": "phone", "summary": "金丝雀跟进"})
	ticket := idOf(h.Create("service", "tickets", map[string]any{"customer": id, "kind": "inquiry", "subject": "金丝雀工单"}))
	h.Create("sales", "orders", map[string]any{"customer": id, "date": "2019-02-01", "amount": 1200.5, "number": "D-1"})
	h.Create("sales", "contracts", map[string]any{"customer": id, "number": "HT-1", "title": "服务合同",
		"signed": "2019-01-02", "ends": "2020-06-30", "amount": 800, "state": "done"})
	paper := attach(h, "data_admin", id, "other", "a.png", content)
	if paper.Status != http.StatusOK {
		t.Fatalf("%d %s", paper.Status, paper.Body)
	}
	h.Do("service", "PATCH", "/api/collections/tickets/records/"+ticket, map[string]any{"state": "done", "resolution": "已答复"})
	h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"products": "光谱仪"})
	put(t, h, "tasks", map[string]any{"customer": id, "kind": "verify", "title": "核实", "state": "open", "assignee": h.Staff["sales"]})
	execute(t, h, "UPDATE customers SET status = 'active' WHERE id = '"+id+"'")
	return id, paper.Text("id") + "/" + paper.Text("file")
}

// same compares registers, the archive and the requests for it excepted.
func same(t testing.TB, h *tests.House, before map[string]string) {
	t.Helper()
	requests := value[string](h, "SELECT coalesce(group_concat(id), '') FROM approvals WHERE kind IN ('archive', 'purge')")
	after := cells(t, h)
	for _, line := range differing(before, after) {
		parts := strings.SplitN(line, " ", 3)
		if parts[0] == "jobs_log" || parts[0] == "backups_log" || parts[0] == "tasks" && before["tasks "+parts[1]+" id"] == "" &&
			after["tasks "+parts[1]+" customer"] == "" {
			continue // what a program that runs does by the clock
		}
		if parts[0] != "archives" && !(parts[0] == "approvals" && strings.Contains(requests, parts[1])) {
			t.Error(line)
		}
	}
}

func historyOf(t testing.TB, h *tests.House) map[string]string {
	out := map[string]string{}
	dump(t, h, out, "changes", "SELECT * FROM changes")
	return out
}

// Archived, a customer is nowhere but in the archive; restored, it is as if nothing had happened.
func TestACustomerIsArchivedAndRestoredWhole(t *testing.T) {
	h := tests.Start(t)
	content := picture(t, "金丝雀附件")
	id, file := rich(t, h, content)
	child := idOf(h.Create("sales", "customers", firm("下级有限公司", map[string]any{"parent": id})))
	other := idOf(h.Create("sales", "customers", person("欧阳明哲", "13712348899", certificate(7))))
	a, b := min(id, other), max(id, other)
	put(t, h, "duplicate_pairs", map[string]any{"a": a, "b": b, "state": "distinct", "confirmed_reason": "两个人", "score": 0.9})
	number := do(t, h, "sales", "GET", "/api/collections/customers/records/"+id, nil)["number"].(string)
	before, history, stored := cells(t, h), historyOf(t, h), storedFiles(h)
	totals := value[int](h, "SELECT sum(n) FROM kehu_totals")
	archive := archived(t, h, "sales", "manager", id)

	for _, path := range []string{"/api/collections/customers/records/" + id, "/api/kehu/customers/" + id + "/overview"} {
		for _, role := range []string{"sales", "manager", "data_admin", "superuser"} {
			if a := h.Do(role, "GET", path, nil); a.Status != http.StatusNotFound {
				t.Errorf("%s as %s: %d %s", path, role, a.Status, a.Body)
			}
		}
	}
	for _, table := range []string{"contacts", "followups", "tickets", "orders", "contracts", "attachments", "consents", "tasks", "changes"} {
		wantNone(h, table+" are left", "SELECT id FROM "+table+" WHERE customer = '"+id+"'")
	}
	wantNone(h, "pairs are left", "SELECT id FROM duplicate_pairs WHERE '"+id+"' IN (a, b)")
	if n := value[int](h, "SELECT sum(n) FROM kehu_totals"); n != totals-1 {
		t.Errorf("%d customers are counted, were %d", n, totals)
	}
	left := everything(t, h)
	for _, trace := range []string{"13712341231", revealed, "110105********002X", "887弄", "金丝雀", "孙联系", "13612341232"} {
		if strings.Contains(left, trace) {
			t.Errorf("%s can still be read", trace)
		}
	}
	if n := storedFiles(h); n != stored {
		t.Errorf("%d files are stored, were %d", n, stored)
	}
	if a := fetch(h, "data_admin", "/api/files/attachments/"+file, ""); a.Status != http.StatusNotFound {
		t.Errorf("the file of an archived customer: %d", a.Status)
	}
	if a := do(t, h, "superuser", "GET", "/api/collections/customers/records/"+child, nil); a["parent"] != "" {
		t.Errorf("the child's parent: %v", a["parent"])
	}

	if a := h.Do("manager", "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{}); a.Code("") != "reason_missing" &&
		a.Status != http.StatusBadRequest {
		t.Errorf("restored without a reason: %d %s", a.Status, a.Body)
	}
	for role, status := range map[string]int{"sales": 403, "sales2": 404, "service": 403, "finance": 403, "marketing": 404, "executive": 403} {
		a := h.Do(role, "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"})
		if a.Status != status {
			t.Errorf("restored by %s: %d %s, want %d", role, a.Status, a.Body, status)
		}
	}
	got := do(t, h, "manager", "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"})
	if got["customer"] != id || got["number"] != number {
		t.Errorf("%v", got)
	}
	same(t, h, before)
	for _, line := range differing(history, historyOf(t, h)) {
		t.Errorf("history: %s", line)
	}
	if a := fetch(h, "data_admin", "/api/files/attachments/"+file, ""); a.Status != http.StatusOK || !bytes.Equal(a.Body, content) {
		t.Errorf("the file of a restored customer: %d, %d bytes of %d", a.Status, len(a.Body), len(content))
	}
	if hits := h.Do("sales", "GET", "/api/kehu/search?q="+number, nil); !strings.Contains(string(hits.Body), id) {
		t.Errorf("the search does not find it: %s", hits.Body)
	}
	reveal(h, "manager", "customers", id, "cert_no")
	wantNone(h, "marks of the archive are left", "SELECT customer FROM kehu_archived UNION SELECT name FROM kehu_archive_files")
	if a := h.Do("manager", "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"}); a.Code("") != "archive_not_kept" {
		t.Errorf("restored twice: %d %s", a.Status, a.Body)
	}
	for action, n := range map[string]int{"archive": 1, "archive_restore": 1} {
		if got := value[int](h, "SELECT count(*) FROM audit_log WHERE action = '"+action+"'"); got != n {
			t.Errorf("%d entries %q in the audit log, want %d", got, action, n)
		}
	}
	archived(t, h, "sales", "manager", id) // and once more
}

func found(t testing.TB, h *tests.House, role, q string) []map[string]any {
	t.Helper()
	items := []map[string]any{}
	for _, item := range do(t, h, role, "GET", "/api/kehu/archives?q="+q, nil)["items"].([]any) {
		items = append(items, item.(map[string]any))
	}
	return items
}

func TestWhoFindsWhatInTheArchive(t *testing.T) {
	h := tests.Start(t)
	id, _ := rich(t, h, picture(t, "x"))
	number := do(t, h, "sales", "GET", "/api/collections/customers/records/"+id, nil)["number"].(string)
	archived(t, h, "sales", "manager", id)
	firmID := active(h, "归档光谱有限公司", nil)
	archived(t, h, "sales", "manager", firmID)
	for role, c := range map[string]struct{ number, name, firm int }{
		"sales": {1, 1, 1}, "sales2": {0, 0, 0}, "manager": {1, 1, 1}, "data_admin": {1, 1, 1}, "superuser": {1, 1, 1},
		"service": {1, 0, 1}, "executive": {1, 0, 1}, "finance": {1, 0, 0}, "marketing": {0, 0, 0},
	} {
		if n := len(found(t, h, role, number)); n != c.number {
			t.Errorf("%s finds %d by number, want %d", role, n, c.number)
		}
		if n := len(found(t, h, role, "一诺")); n != c.name {
			t.Errorf("%s finds %d by a person's name, want %d", role, n, c.name)
		}
		if n := len(found(t, h, role, "光谱")); n != c.firm {
			t.Errorf("%s finds %d by a firm's name, want %d", role, n, c.firm)
		}
		for _, item := range found(t, h, role, number) {
			masked, _ := item["masked"].(map[string]any)
			plain := c.name == 1
			if (item["name"] == "陈一诺") != plain || !plain && (masked["name"] == nil || masked["name"] == "陈一诺") {
				t.Errorf("%s reads the name %v, %v", role, item["name"], masked["name"])
			}
			if text := asText(item); strings.Contains(text, "snapshot") || strings.Contains(text, "13712341231") ||
				!plain && strings.Contains(text, "停业") {
				t.Errorf("%s reads %s", role, text)
			}
			if item["may_restore"] != slices.Contains([]string{"manager", "data_admin", "superuser"}, role) {
				t.Errorf("%s may restore: %v", role, item["may_restore"])
			}
		}
		list := h.Do(role, "GET", "/api/collections/archives/records", nil)
		if n := int(list.JSON()["totalItems"].(float64)); n != c.number+c.firm {
			t.Errorf("%s lists %d archives, want %d", role, n, c.number+c.firm)
		}
	}
	for _, method := range []string{"PATCH", "DELETE"} {
		archive := value[string](h, "SELECT id FROM archives LIMIT 1")
		for _, role := range []string{"manager", "data_admin", "superuser"} {
			a := h.Do(role, method, "/api/collections/archives/records/"+archive, map[string]any{"retain_until": "2020-01-01"})
			if a.Status < 400 {
				t.Errorf("%s as %s: %d", method, role, a.Status)
			}
		}
	}
	if a := h.Do("service", "GET", "/api/collections/archives/records?filter=name~'一诺'", nil); a.Code("") != "field_withheld" {
		t.Errorf("filtered by a name that is masked: %d %s", a.Status, a.Body)
	}
}

func TestExactKeysInTheArchive(t *testing.T) {
	h := tests.Start(t)
	code := creditCode(41)
	firmID := active(h, "归档重复有限公司", map[string]any{"uscc": code})
	archive := archived(t, h, "sales", "manager", firmID)
	personID, _ := rich(t, h, picture(t, "x"))
	archived(t, h, "sales", "manager", personID)
	for name, values := range map[string]map[string]any{
		"the same name":        firm("归档重复有限公司", nil),
		"the same credit code": firm("另一个名称有限公司", map[string]any{"uscc": code}),
		"the same certificate": person("陈一诺诺", "13712341777", revealed),
		"the same person":      person("陈一诺", "13712341231", certificate(3)),
	} {
		for role, sees := range map[string]bool{"sales": true, "sales2": false, "manager": true, "service": true} {
			if values["cert_no"] != nil && role == "service" {
				continue // may not write it
			}
			values["confirm_duplicate"] = "确认不是同一客户"
			a := h.Do(role, "POST", "/api/collections/customers/records", values)
			if a.Status != http.StatusConflict || !strings.Contains(string(a.Body), "duplicate_archived") {
				t.Errorf("%s by %s: %d %s", name, role, a.Status, a.Body)
				continue
			}
			data, _ := a.JSON()["data"].(map[string]any)
			one := data["duplicates"].([]any)[0].(map[string]any)
			if one["level"] != "archived" || (one["number"] != nil) != sees || (one["archive"] != nil) != sees ||
				(one["restore"] == true) != (role == "manager") {
				t.Errorf("%s by %s: %v", name, role, one)
			}
		}
	}
	check := do(t, h, "sales", "POST", "/api/kehu/check", map[string]any{"customer": firm("归档重复有限公司", nil)})
	if list := check["duplicates"].([]any); len(list) != 1 || list[0].(map[string]any)["level"] != "archived" ||
		list[0].(map[string]any)["archive"] != archive {
		t.Errorf("check: %v", check["duplicates"])
	}
	show := h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称", "统一社会信用代码", "客户类型"},
		[]any{"归档重复有限公司", "", "企业"}, []any{"又一个名称有限公司", code, "企业"}, []any{"新的有限公司", "", "企业"}), nil)
	if c := tests.Counts(show); c["duplicate"] != 2 || c["created"]+c["incomplete"] != 1 {
		t.Errorf("import: %v", c)
	}
	if text := value[string](h, "SELECT group_concat(errors) FROM import_rows WHERE outcome = 'duplicate'"); strings.Count(text, "duplicate_archived") != 2 {
		t.Errorf("the rows say %s", text)
	}
	living := active(h, "改名之前有限公司", nil)
	a := h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+living, map[string]any{"uscc": code})
	if a.Status != http.StatusConflict {
		t.Errorf("a living customer takes an archived one's code: %d %s", a.Status, a.Body)
	}
	do(t, h, "data_admin", "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"})
	if a := h.Do("sales", "POST", "/api/collections/customers/records", firm("归档重复有限公司", nil)); !strings.Contains(string(a.Body), "duplicate_exact") {
		t.Errorf("restored, it is an ordinary duplicate: %d %s", a.Status, a.Body)
	}
}

func TestAskingForTheArchive(t *testing.T) {
	h := tests.Start(t)
	id := active(h, "归档申请有限公司", nil)
	path := "/api/kehu/customers/" + id + "/archive"
	draft := idOf(h.Create("sales", "customers", firm("草稿有限公司", nil)))
	for _, c := range []struct {
		name, role, path string
		body             map[string]any
		status           int
		code             string
	}{
		{"no reason", "sales", path, map[string]any{"last_contact": "2020-03-01"}, 400, ""},
		{"a day to come", "sales", path, map[string]any{"reason": endedReason, "last_contact": "2030-01-01"}, 400, "archive_last_contact"},
		{"no day", "sales", path, map[string]any{"reason": endedReason}, 400, "archive_last_contact"},
		{"a number in the reason", "sales", path, map[string]any{"reason": "证件" + revealed, "last_contact": "2020-03-01"}, 400, ""},
		{"a draft", "sales", "/api/kehu/customers/" + draft + "/archive", map[string]any{"reason": endedReason, "last_contact": "2020-03-01"}, 409, "archive_not_active"},
		{"another's customer", "sales2", path, map[string]any{"reason": endedReason, "last_contact": "2020-03-01"}, 404, "not_found"},
	} {
		a := h.Do(c.role, "POST", c.path, c.body)
		if a.Status != c.status || c.code != "" && a.Code("") != c.code {
			t.Errorf("%s: %d %s", c.name, a.Status, a.Body)
		}
	}
	request := askArchive(t, h, "service", id)
	if a := h.Do("sales", "POST", path, map[string]any{"reason": endedReason, "last_contact": "2020-03-01"}); a.Code("") != "archive_asked" {
		t.Errorf("asked twice: %d %s", a.Status, a.Body)
	}
	if r := approvalOf(h, request); r["kind"] != "archive" || r["decider_role"] != "manager" || r["requested_by"] != "staff:"+h.Staff["service"] {
		t.Errorf("%v", r)
	}
	for role, status := range map[string]int{"sales": 403, "service": 403, "sales2": 404} {
		if a := approve(h, role, request); a.Status != status {
			t.Errorf("approved by %s: %d %s", role, a.Status, a.Body)
		}
	}
	if a := h.Do("manager", "POST", "/api/kehu/approvals/"+request+"/reject", map[string]any{"note": "仍在跟进"}); a.Status != 200 || statusOf(h, id) != "active" {
		t.Errorf("rejected: %d %s", a.Status, a.Body)
	}
	own := askArchive(t, h, "manager", id)
	if a := approve(h, "manager", own); a.Status != http.StatusForbidden {
		t.Errorf("decided their own: %d %s", a.Status, a.Body)
	}
	other := do(t, h, "sales", "POST", "/api/kehu/customers/"+id+"/changes",
		map[string]any{"changes": map[string]any{"short_name": "甲"}, "reason": "客户来电说明"})
	if a := approve(h, "data_admin", own); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	wantNone(h, "requests about it are left", "SELECT id FROM approvals WHERE customer = '"+id+"' OR state = 'open'")
	archive := value[string](h, "SELECT id FROM archives")
	do(t, h, "data_admin", "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"})
	change := other["approvals"].([]any)[0].(map[string]any)["id"].(string)
	if r := approvalOf(h, change); r["state"] != "stale" || r["customer"] != id {
		t.Errorf("the change that was asked for: %v", r)
	}
	if r := approvalOf(h, own); r["state"] != "approved" || r["customer"] != id {
		t.Errorf("the request for the archive: %v", r)
	}
}

// What is kept may be destroyed when its time has passed, nothing holds it and data management
// approves; what was destroyed is certified.
func TestPurge(t *testing.T) {
	h := tests.Start(t)
	id, _ := rich(t, h, picture(t, "金丝雀附件"))
	before := storedFiles(h)
	archive := archived(t, h, "sales", "manager", id)
	number := value[string](h, "SELECT number FROM archives")
	path := "/api/kehu/archives/" + archive + "/purge"
	reason := map[string]any{"reason": "保存期限已满"}
	if a := h.Do("manager", "POST", path, reason); a.Code("") != "purge_too_early" || !strings.Contains(string(a.Body), "2031-11-05") {
		t.Errorf("too early: %d %s", a.Status, a.Body)
	}
	h.SetNow(time.Date(2031, 11, 4, 15, 59, 0, 0, time.UTC)) // a minute before midnight in Shanghai
	if a := h.Do("manager", "POST", path, reason); a.Code("") != "purge_too_early" {
		t.Errorf("a minute too early: %d %s", a.Status, a.Body)
	}
	h.SetNow(time.Date(2031, 11, 4, 16, 1, 0, 0, time.UTC))
	for role, status := range map[string]int{"sales": 403, "sales2": 404, "service": 403, "executive": 403} {
		if a := h.Do(role, "POST", path, reason); a.Status != status {
			t.Errorf("asked by %s: %d %s", role, a.Status, a.Body)
		}
	}
	request := requestOf(h.Do("manager", "POST", path, reason))
	if a := h.Do("data_admin", "POST", path, reason); a.Code("") != "purge_asked" {
		t.Errorf("asked twice: %d %s", a.Status, a.Body)
	}
	if a := approve(h, "manager", request); a.Status != http.StatusForbidden {
		t.Errorf("approved by a manager: %d %s", a.Status, a.Body)
	}
	if a := approve(h, "data_admin", request); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	record := do(t, h, "data_admin", "GET", "/api/collections/archives/records/"+archive, nil)
	certificate, _ := record["certificate"].(map[string]any)
	if record["state"] != "purged" || record["number"] != number || strings.Contains(asText(record), "陈一诺") ||
		strings.Contains(asText(record), "停业") {
		t.Errorf("%v", record)
	}
	counts, _ := certificate["counts"].(map[string]any)
	if certificate["number"] != number || certificate["key_destroyed"] != true || certificate["files"] != 1.0 ||
		counts["customers"] != 1.0 || counts["contacts"] != 1.0 || counts["orders"] != 1.0 || counts["changes"] == nil ||
		len(certificate["snapshot_sha256"].(string)) != 64 || certificate["approved_by"] != "staff:"+h.Staff["data_admin"] ||
		certificate["requested_by"] != "staff:"+h.Staff["manager"] || certificate["reason"] != "保存期限已满" {
		t.Errorf("the certificate: %v", certificate)
	}
	if n := storedFiles(h); n != before-1 {
		t.Errorf("%d files are stored, were %d", n, before)
	}
	for what, query := range map[string]string{"keys": "SELECT customer FROM kehu_subject_keys", "values": "SELECT customer FROM kehu_sealed",
		"marks": "SELECT customer FROM kehu_archived", "files": "SELECT name FROM kehu_archive_files",
		"snapshots": "SELECT id FROM archives WHERE snapshot != ''"} {
		wantNone(h, what+" are left", query)
	}
	if n := value[int](h, "SELECT count(*) FROM audit_log WHERE action = 'archive_purge' AND record = '"+archive+"'"); n != 1 {
		t.Errorf("%d entries in the audit log", n)
	}
	if found := plainOnDisk(t, h.Dir, revealed, "13712341231"); len(found) > 0 {
		t.Errorf("it is still in %v", found)
	}
	for _, door := range []string{"restore", "purge"} {
		if a := h.Do("data_admin", "POST", "/api/kehu/archives/"+archive+"/"+door, reason); a.Code("") != "archive_not_kept" {
			t.Errorf("%s of what is destroyed: %d %s", door, a.Status, a.Body)
		}
	}
	fresh := h.Create("sales", "customers", person("陈一诺", "13712341231", revealed))
	if fresh["number"] == number {
		t.Errorf("the number %s was given again", number)
	}
}

// What is open holds an archive, and the policy's years are kept though they were fewer once.
func TestALegalHold(t *testing.T) {
	h := tests.Start(t)
	for _, c := range []struct {
		name, table string
		values      map[string]any
		hold, until string
		held, free  string // days
	}{
		{"合同持有有限公司", "contracts", map[string]any{"title": "长期合同", "signed": "2026-01-01", "ends": "2033-05-01", "state": "running"},
			"尚未结束", "2033-05-01", "2033-05-01", "2033-05-02"},
		{"工单持有有限公司", "tickets", map[string]any{"kind": "complaint", "subject": "未了"}, "尚未办结", "", "2040-01-01", ""},
	} {
		h.SetNow(tests.Now)
		id := active(h, c.name, nil)
		c.values["customer"] = id
		h.Create("data_admin", c.table, c.values)
		archive := archived(t, h, "sales", "manager", id)
		record := do(t, h, "manager", "GET", "/api/collections/archives/records/"+archive, nil)
		if !strings.Contains(record["hold_reason"].(string), c.hold) || record["hold_until"] != c.until {
			t.Errorf("%s: held %v until %v", c.name, record["hold_reason"], record["hold_until"])
		}
		ask := func(day string) tests.Answer {
			at, err := time.Parse("2006-01-02", day)
			if err != nil {
				t.Fatal(err)
			}
			h.SetNow(at.Add(4 * time.Hour))
			return h.Do("manager", "POST", "/api/kehu/archives/"+archive+"/purge", map[string]any{"reason": "保存期限已满"})
		}
		if a := ask(c.held); a.Code("") != "purge_held" {
			t.Errorf("%s, held: %d %s", c.name, a.Status, a.Body)
		}
		if c.free != "" {
			if a := ask(c.free); a.Status != http.StatusOK {
				t.Errorf("%s, free: %d %s", c.name, a.Status, a.Body)
			}
		}
	}
	a := h.Do("data_admin", "POST", "/api/collections/policies/records", map[string]any{"key": "archive", "value": map[string]any{"keep_years": 2}})
	if a.Status < 400 {
		t.Errorf("kept for two years: %d %s", a.Status, a.Body)
	}
}

// The night proposes what is quiet, and nothing else; a proposal that was refused is not made again.
func TestTheNightProposes(t *testing.T) {
	h := tests.Start(t)
	quiet := active(h, "安静有限公司", nil)
	spoken := active(h, "有联系有限公司", nil)
	bought := active(h, "有订单有限公司", nil)
	served := active(h, "有工单有限公司", nil)
	bound := active(h, "有合同有限公司", nil)
	idOf(h.Create("sales", "customers", firm("草稿不提有限公司", nil)))
	execute(t, h, "UPDATE customers SET created = '2026-11-05 02:00:00.000Z'")
	year := func(days int) time.Time { return tests.Now.AddDate(1, 0, days) }
	propose := func(want int) {
		t.Helper()
		if result, err := h.House.ProposeArchive(t.Context()); err != nil || result != fmt.Sprintf("%d customers", want) {
			t.Errorf("proposed %q %v, want %d", result, err, want)
		}
	}
	h.SetNow(year(-1))
	propose(0)
	h.SetNow(year(-30))
	h.Create("sales", "followups", map[string]any{"customer": spoken, "date": "2027-10-01", "summary": "来电"})
	h.Create("sales", "orders", map[string]any{"customer": bought, "date": "2027-10-01", "amount": 5})
	h.Create("service", "tickets", map[string]any{"customer": served, "kind": "inquiry", "subject": "保修"})
	h.Create("sales", "contracts", map[string]any{"customer": bound, "title": "合同", "signed": "2026-11-01", "ends": "2028-03-01", "state": "running"})
	h.SetNow(year(1))
	propose(1)
	propose(0)
	request := value[string](h, "SELECT id FROM approvals WHERE kind = 'archive'")
	r := approvalOf(h, request)
	if r["customer"] != quiet || r["requested_by"] != "system" || r["decider_role"] != "manager" || r["state"] != "open" {
		t.Errorf("%v", r)
	}
	mine := do(t, h, "manager", "GET", "/api/kehu/me/tasks", nil)
	if !strings.Contains(asText(mine["approvals"]), request) {
		t.Errorf("the manager is not asked: %v", mine["approvals"])
	}
	if a := h.Do("manager", "POST", "/api/kehu/approvals/"+request+"/reject", map[string]any{"note": "仍有机会"}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.SetNow(year(90))
	propose(0)
	h.SetNow(year(370))
	execute(t, h, "UPDATE tickets SET state = 'done', closed = opened")
	propose(4) // the contract ended less than a year ago
	if a := approve(h, "manager", value[string](h, "SELECT id FROM approvals WHERE kind = 'archive' AND state = 'open' AND customer = '"+quiet+"'")); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.SetNow(tests.Now.AddDate(8, 0, 0))
	if _, err := h.House.ProposeArchive(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantNone(h, "data administrators are not told of what may be destroyed", "SELECT id FROM staff WHERE role = 'data_admin' "+
		"AND active AND id NOT IN (SELECT assignee FROM tasks WHERE title LIKE '归档库中有1个客户保存期满%')")
}

// Whoever is erased on request is erased in the archive too.
func TestAPersonInTheArchiveIsErased(t *testing.T) {
	h := tests.Start(t)
	id, _ := rich(t, h, picture(t, "金丝雀附件"))
	before := storedFiles(h)
	archive := archived(t, h, "sales", "manager", id)
	erase(t, h, id)
	if a := h.Do("data_admin", "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"}); a.Code("") != "archive_not_kept" {
		t.Errorf("an erased person comes back: %d %s", a.Status, a.Body)
	}
	wantNone(h, "keys or snapshots are left", "SELECT customer FROM kehu_subject_keys UNION SELECT id FROM archives WHERE snapshot != ''")
	if text := everything(t, h); strings.Contains(text, "陈一诺") || storedFiles(h) != before-1 {
		t.Errorf("%d files of %d", storedFiles(h), before)
	}
}

// A change of keys reaches what lies in the archive: snapshot, sealed values, files.
func TestKeysRotateInTheArchive(t *testing.T) {
	h := tests.Start(t)
	content := picture(t, "金丝雀附件")
	id, file := rich(t, h, content)
	before := cells(t, h)
	archive := archived(t, h, "sales", "manager", id)
	onDisk := filepath.Join(h.Dir, "storage", "kehuattachments", file)
	encrypted, err := os.ReadFile(onDisk)
	if err != nil {
		t.Fatal(err)
	}
	snapshot := value[string](h, "SELECT snapshot FROM archives")
	if err := h.House.BeginRotation("test"); err != nil {
		t.Fatal(err)
	}
	restore := func() tests.Answer {
		return h.Do("manager", "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"})
	}
	if a := restore(); a.Code("") != "archive_rotating" {
		t.Errorf("restored in the midst of it: %d %s", a.Status, a.Body)
	}
	for more := true; more; {
		if more, err = h.House.RotateStep(); err != nil {
			t.Fatal(err)
		}
	}
	after, err := os.ReadFile(onDisk)
	if err != nil || bytes.Equal(after, encrypted) || value[string](h, "SELECT snapshot FROM archives") == snapshot {
		t.Errorf("old keys are still in use: %v", err)
	}
	h.Close() // the old keys are gone from memory too
	h.Open()
	if a := restore(); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	same(t, h, before)
	if a := fetch(h, "data_admin", "/api/files/attachments/"+file, ""); !bytes.Equal(a.Body, content) {
		t.Errorf("the file: %d", a.Status)
	}
}

// One's own drafts are deleted by oneself, others by data administrators only, and it is recorded.
func TestWhoDeletesACustomer(t *testing.T) {
	h := tests.Start(t)
	id := active(h, "不可删除有限公司", nil)
	draft := idOf(h.Create("sales", "customers", firm("自己的草稿有限公司", nil)))
	for _, role := range []string{"sales2", "manager", "service", "finance", "executive"} {
		if a := h.Do(role, "DELETE", "/api/collections/customers/records/"+draft, nil); a.Status < 400 {
			t.Errorf("%s deletes another's draft: %d", role, a.Status)
		}
	}
	for _, role := range []string{"sales", "manager", "service", "executive"} {
		if a := h.Do(role, "DELETE", "/api/collections/customers/records/"+id, nil); a.Status < 400 {
			t.Errorf("%s deletes an active customer: %d", role, a.Status)
		}
	}
	for role, one := range map[string]string{"sales": draft, "data_admin": id} {
		if a := h.Do(role, "DELETE", "/api/collections/customers/records/"+one, nil); a.Status != http.StatusNoContent {
			t.Errorf("%s: %d %s", role, a.Status, a.Body)
		}
		if n := value[int](h, "SELECT count(*) FROM audit_log WHERE action = 'delete' AND record = '"+one+"'"); n != 1 {
			t.Errorf("%d entries of the deletion by %s", n, role)
		}
	}
}
