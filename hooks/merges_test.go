package hooks_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"kehu/tests"
)

// twins are two records of one firm, with something of everything below them.
func twins(t *testing.T, h *tests.House) (keep, merged string) {
	t.Helper()
	keep = idOf(h.Create("data_admin", "customers", firm("上海澄岚仪器有限公司", map[string]any{
		"uscc": creditCode(1), "owner": h.Staff["sales"], "tags": []string{"潜力客户"},
		"current_need": "两台光谱仪", "business_address": "上海市浦东新区张江路368号"})))
	merged = idOf(h.Create("data_admin", "customers", firm("澄岚仪器（上海）有限公司", map[string]any{
		"owner": h.Staff["sales"], "tags": []string{"重点维护"}, "mobile": "139 1284 5078",
		"current_need": "三台质谱仪", "short_name": "澄岚", "confirm_duplicate": "合并的试验"})))
	h.Create("data_admin", "contacts", map[string]any{"customer": keep, "name": "赵启航", "primary": true,
		"mobile": mobileNo(1)})
	h.Create("data_admin", "contacts", map[string]any{"customer": merged, "name": "赵启行", "primary": true,
		"mobile": mobileNo(1), "confirm_duplicate": "同一位联系人"})
	h.Create("data_admin", "orders", map[string]any{"customer": keep, "date": "2026-01-02", "amount": 100})
	h.Create("data_admin", "orders", map[string]any{"customer": merged, "date": "2026-03-04", "amount": 25.5})
	h.Create("data_admin", "followups", map[string]any{"customer": merged, "date": "2026-05-06", "summary": "谈价格"})
	h.Create("data_admin", "contracts", map[string]any{"customer": merged, "title": "年度合同", "signed": "2026-02-01"})
	h.Create("data_admin", "tickets", map[string]any{"customer": merged, "kind": "inquiry", "subject": "保修"})
	h.Create("data_admin", "consents", map[string]any{"customer": merged, "purposes": []string{"service"},
		"granted": "2026-01-01", "method": "form"})
	put(t, h, "tasks", map[string]any{"customer": merged, "kind": "verify", "title": "核实", "state": "open",
		"assignee": h.Staff["sales"]})
	return keep, merged
}

func mergeOf(keep string, ids []string, more map[string]any) map[string]any {
	body := map[string]any{"keep": keep, "merge": ids}
	for key, value := range more {
		body[key] = value
	}
	return body
}

func TestEverythingFollowsTheSurvivor(t *testing.T) {
	h := tests.Start(t)
	keep, merged := twins(t, h)
	old := do(t, h, "data_admin", "GET", "/api/collections/customers/records/"+merged, nil)
	before := cells(t, h)
	got := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged},
		map[string]any{"choices": map[string]string{"current_need": merged}}))
	if !strings.Contains(asText(got["notes"]), "merge_note_primary") ||
		!strings.Contains(asText(got["notes"]), "merge_note_mobiles") {
		t.Errorf("the notes name the two primary contacts and the mobile: %v", got["notes"])
	}
	record := do(t, h, "data_admin", "GET", "/api/collections/customers/records/"+keep, nil)
	for key, want := range map[string]any{"current_need": "三台质谱仪", "mobile": "13912845078",
		"short_name": "澄岚", "name": "上海澄岚仪器有限公司", "uscc": creditCode(1), "total_amount": 125.5,
		"first_deal": "2026-01-02", "last_deal": "2026-03-04", "last_contact": "2026-05-06",
		"division": "310115"} {
		if record[key] != want {
			t.Errorf("%s: %v, want %v", key, record[key], want)
		}
	}
	if original := record["originals"].(map[string]any)["mobile"]; original != "139 1284 5078" {
		t.Errorf("what was typed follows its value: %v", original)
	}
	if tags := record["tags"].([]any); len(tags) != 2 {
		t.Errorf("tags: %v", tags)
	}
	for _, name := range []string{"contacts", "orders", "followups", "contracts", "tickets", "consents", "tasks"} {
		list := do(t, h, "data_admin", "GET", "/api/collections/"+name+"/records?filter=(customer='"+keep+"')", nil)
		want := map[string]int{"contacts": 2, "orders": 2, "tasks": 3}[name] // to be completed were both, too
		if n := len(list["items"].([]any)); n != max(want, 1) {
			t.Errorf("%s of the survivor: %d", name, n)
		}
	}
	toComplete := "SELECT count(*) FROM tasks WHERE kind = 'complete' AND state = 'open' AND customer = "
	if n := value[int](h, toComplete+"'"+keep+"'"); n != 1 {
		t.Errorf("the survivor is to be completed %d times", n)
	}
	if n := value[int](h, "SELECT count(*) FROM tasks WHERE instr(`key`, '"+keep+"') > 0 AND state = 'open'"); n != 1 {
		t.Error("the task that stays is not the survivor's own")
	}
	primary := do(t, h, "data_admin", "GET",
		"/api/collections/contacts/records?filter=(customer='"+keep+"'%26%26primary=true)", nil)
	if items := primary["items"].([]any); len(items) != 1 || items[0].(map[string]any)["name"] != "赵启航" {
		t.Errorf("the survivor's primary contact stays it: %v", items)
	}

	t.Run("the old id and number lead to it", func(t *testing.T) {
		a := h.Do("data_admin", "GET", "/api/collections/customers/records/"+merged, nil)
		if a.Status != http.StatusOK || a.Text("id") != keep || a.Text("merged_from") != merged ||
			a.Header.Get("X-Kehu-Merged-From") != merged {
			t.Errorf("by its id: %d %s", a.Status, a.Body)
		}
		found := do(t, h, "sales", "GET", "/api/kehu/search?q="+old["number"].(string), nil)
		if !strings.Contains(asText(found), keep) {
			t.Errorf("searched by its number: %v", found)
		}
		child := h.Create("data_admin", "customers", firm("澄岚子公司", map[string]any{"parent": old["number"]}))
		if child["parent"] != keep {
			t.Errorf("named by its number: %v", child["parent"])
		}
		h.Do("superuser", "DELETE", "/api/collections/customers/records/"+idOf(child), nil)
		if a := h.Do("sales2", "GET", "/api/collections/customers/records/"+merged, nil); a.Status != http.StatusNotFound {
			t.Errorf("who does not see the survivor: %d", a.Status)
		}
	})

	t.Run("an import by its number updates the survivor", func(t *testing.T) {
		id := h.Upload("data_admin", "客户.xlsx", tests.Workbook([]any{"客户编号", "客户名称", "客户类型", "预算"},
			[]any{old["number"], "上海澄岚仪器有限公司", "企业", "10-20万元"}),
			map[string]any{"options": map[string]any{"on_duplicate": "update"}})["id"].(string)
		if a := h.Do("data_admin", "POST", "/api/kehu/imports/"+id+"/start", nil); a.Status != http.StatusAccepted {
			t.Fatalf("start: %d %s", a.Status, a.Body)
		}
		job := h.Wait("data_admin", id, "running")
		record := do(t, h, "data_admin", "GET", "/api/collections/customers/records/"+keep, nil)
		if record["budget"] != "10-20万元" {
			t.Errorf("budget %v, counts %v", record["budget"], job["counts"])
		}
		if a := h.Do("data_admin", "POST", "/api/kehu/imports/"+id+"/undo", nil); a.Status != http.StatusOK {
			t.Fatalf("undo of the import: %d %s", a.Status, a.Body)
		}
	})

	undone := do(t, h, "data_admin", "POST", "/api/kehu/merges/"+got["id"].(string)+"/undo", nil)
	if len(undone["edits"].([]any))+len(undone["added"].([]any))+len(undone["gone"].([]any)) != 0 {
		t.Errorf("nothing was done since: %v", undone)
	}
	for _, line := range differing(before, withoutImports(cells(t, h))) {
		if !strings.HasPrefix(line, "kehu_totals") {
			t.Error(line)
		}
	}
	if a := h.Do("data_admin", "POST", "/api/kehu/merges/"+got["id"].(string)+"/undo", nil); a.Status !=
		http.StatusConflict || a.Code("") != "merge_undone" {
		t.Errorf("twice: %d %s", a.Status, a.Body)
	}
}

func withoutImports(cells map[string]string) map[string]string {
	for key := range cells {
		if strings.HasPrefix(key, "import") {
			delete(cells, key)
		}
	}
	return cells
}

func TestWhatWasDoneSinceStaysWithTheSurvivor(t *testing.T) {
	h := tests.Start(t)
	keep, merged := twins(t, h)
	id := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged}, nil))["id"].(string)
	do(t, h, "data_admin", "PATCH", "/api/collections/customers/records/"+keep,
		map[string]any{"short_name": "澄岚仪器", "budget": "很多"})
	order := idOf(h.Create("data_admin", "orders", map[string]any{"customer": keep, "date": "2026-10-01", "amount": 7}))
	followup := do(t, h, "data_admin", "GET", "/api/collections/followups/records", nil)["items"].([]any)[0].(map[string]any)
	h.Do("data_admin", "DELETE", "/api/collections/followups/records/"+idOf(followup), nil)
	said := do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", map[string]any{"dry_run": true})
	undone := do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
	if asText(said["edits"]) != asText(undone["edits"]) || asText(said["added"]) != asText(undone["added"]) {
		t.Errorf("the rehearsal says %v, the undo did %v", said, undone)
	}
	edits := asText(undone["edits"])
	for _, field := range []string{`"short_name"`, `"budget"`} {
		if !strings.Contains(edits, field) {
			t.Errorf("edited since: %s lacks %s", edits, field)
		}
	}
	if !strings.Contains(asText(undone["added"]), order) || !strings.Contains(asText(undone["gone"]), idOf(followup)) {
		t.Errorf("added %v, gone %v", undone["added"], undone["gone"])
	}
	record := do(t, h, "data_admin", "GET", "/api/collections/customers/records/"+keep, nil)
	for key, want := range map[string]any{"short_name": "澄岚仪器", "budget": "很多", "mobile": "",
		"total_amount": 107.0} {
		if record[key] != want {
			t.Errorf("the survivor's %s: %v, want %v", key, record[key], want)
		}
	}
	other := do(t, h, "data_admin", "GET", "/api/collections/customers/records/"+merged, nil)
	if other["short_name"] != "澄岚" || other["total_amount"] != 25.5 || other["last_contact"] != "" {
		t.Errorf("the restored one: %v", other)
	}
}

func TestMergesThatAreRefused(t *testing.T) {
	h := tests.Start(t)
	make := func(role, name string, more map[string]any) string {
		return idOf(h.Create(role, "customers", firm(name, more)))
	}
	a := make("data_admin", "甲仪器有限公司", map[string]any{"uscc": creditCode(1), "owner": h.Staff["sales"]})
	b := make("data_admin", "乙仪器有限公司", map[string]any{"uscc": creditCode(2), "owner": h.Staff["sales"]})
	south := make("sales2", "丙仪器有限公司", nil)
	person := idOf(h.Create("data_admin", "customers", map[string]any{"kind": "individual", "name": "陈一诺",
		"owner": h.Staff["sales"]}))
	pending := make("sales", "丁仪器有限公司", nil)
	execute(t, h, "UPDATE customers SET status = 'pending' WHERE id = '"+pending+"'")
	active := make("data_admin", "戊仪器有限公司", map[string]any{"owner": h.Staff["sales"]})
	execute(t, h, "UPDATE customers SET status = 'active' WHERE id = '"+active+"'")
	draft := make("sales", "己仪器有限公司", nil)
	mine := make("manager", "庚仪器有限公司", nil)
	before := cells(t, h)
	for _, c := range []struct {
		name, role string
		body       map[string]any
		status     int
		code       string
	}{
		{"two valid codes", "data_admin", mergeOf(a, []string{b}, nil), 409, "merge_codes"},
		{"two valid codes, chosen without a reason", "data_admin",
			mergeOf(a, []string{b}, map[string]any{"choices": map[string]string{"uscc": b}}), 409, "merge_codes"},
		{"a person and a firm", "data_admin", mergeOf(a, []string{person}, nil), 409, "merge_kinds"},
		{"under review", "data_admin", mergeOf(a, []string{pending}, nil), 409, "merge_pending"},
		{"with itself", "data_admin", mergeOf(a, []string{a}, nil), 400, "merge_few"},
		{"with nobody", "data_admin", mergeOf(a, nil, nil), 400, "merge_few"},
		{"somebody unknown", "data_admin", mergeOf(a, []string{"nobodyyyyyyyyyy"}, nil), 404, "not_found"},
		{"a field of the system", "data_admin", mergeOf(a, []string{draft},
			map[string]any{"choices": map[string]string{"number": draft}}), 400, "merge_choice"},
		{"a stranger's value", "data_admin", mergeOf(a, []string{draft},
			map[string]any{"choices": map[string]string{"name": south}}), 400, "merge_choice"},
		{"changed since it was seen", "data_admin", mergeOf(a, []string{draft},
			map[string]any{"updated": map[string]string{draft: "2026-01-01 00:00:00.000Z"}}), 409, "merge_stale"},
		{"another department's", "manager", mergeOf(a, []string{south}, nil), 404, "not_found"},
		{"sales", "sales", mergeOf(a, []string{draft}, nil), 403, "forbidden"},
		{"service", "service", mergeOf(a, []string{draft}, nil), 403, "forbidden"},
		{"a draft's name into an active one", "manager", mergeOf(active, []string{draft},
			map[string]any{"choices": map[string]string{"name": draft}}), 403, "merge_reviewed"},
		{"a manager's own draft into an active one", "manager", mergeOf(active, []string{mine}, nil), 403,
			"merge_own_draft"},
		{"nobody signed in", "", mergeOf(a, []string{draft}, nil), 401, "sign_in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := h.Do(c.role, "POST", "/api/kehu/merges", c.body)
			if got.Status != c.status || got.Code("") != c.code {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		})
	}
	for _, line := range differing(before, cells(t, h)) {
		t.Error("a refusal left: ", line)
	}
	t.Run("chosen with a reason", func(t *testing.T) {
		got := do(t, h, "manager", "POST", "/api/kehu/merges", mergeOf(a, []string{b},
			map[string]any{"choices": map[string]string{"uscc": b}, "reason": "换了执照"}))
		record := do(t, h, "manager", "GET", "/api/collections/customers/records/"+b, nil)
		if record["uscc"] != creditCode(2) || record["id"] != a {
			t.Errorf("%v", record)
		}
		list := do(t, h, "manager", "GET", "/api/collections/merges/records", nil)
		if !strings.Contains(asText(list), got["id"].(string)) || strings.Contains(asText(list), "snapshot") {
			t.Errorf("the manager's list of merges: %v", list)
		}
		if other := do(t, h, "manager2", "GET", "/api/collections/merges/records", nil); len(other["items"].([]any)) != 0 {
			t.Errorf("another department's manager: %v", other)
		}
		if a := h.Do("manager2", "POST", "/api/kehu/merges/"+got["id"].(string)+"/undo", nil); a.Status != 404 {
			t.Errorf("another department's manager undoes: %d %s", a.Status, a.Body)
		}
		taken := make("data_admin", "辛仪器有限公司", map[string]any{"uscc": creditCode(1)})
		if a := h.Do("manager", "POST", "/api/kehu/merges/"+got["id"].(string)+"/undo", nil); a.Status != 409 ||
			a.Code("") != "unmerge_code_taken" {
			t.Errorf("its code was given to another: %d %s", a.Status, a.Body)
		}
		h.Do("superuser", "DELETE", "/api/collections/customers/records/"+taken, nil)
		do(t, h, "manager", "POST", "/api/kehu/merges/"+got["id"].(string)+"/undo", nil)
	})
	for _, line := range differing(before, cells(t, h)) {
		t.Error(line)
	}
}

func TestAMergedOneIsMergedOnAndTheOrderOfUndoing(t *testing.T) {
	h := tests.Start(t)
	ids := []string{}
	for _, name := range []string{"甲", "乙", "丙", "丁"} {
		ids = append(ids, idOf(h.Create("data_admin", "customers", firm(name+"仪器有限公司",
			map[string]any{"paper_ref": name}))))
	}
	execute(t, h, "UPDATE customers SET paper_ref = '' WHERE id = '"+ids[0]+"'")
	before := cells(t, h)
	merge := func(keep, merged string) string {
		return do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged},
			map[string]any{"choices": map[string]string{"paper_ref": merged}}))["id"].(string)
	}
	first := merge(ids[0], ids[1])  // 甲 ← 乙
	second := merge(ids[0], ids[2]) // 甲 ← 丙
	third := merge(ids[3], ids[0])  // 丁 ← 甲
	chain := h.Do("data_admin", "GET", "/api/collections/customers/records/"+ids[1], nil)
	if chain.Text("id") != ids[3] {
		t.Errorf("two merges on: %s", chain.Body)
	}
	gone := h.Do("data_admin", "POST", "/api/kehu/merges", mergeOf(ids[3], []string{ids[1]}, nil))
	if gone.Status != http.StatusConflict || gone.Code("") != "merge_gone" {
		t.Errorf("one that is merged already: %d %s", gone.Status, gone.Body)
	}
	on := h.Do("data_admin", "POST", "/api/kehu/merges/"+first+"/undo", nil)
	if on.Status != http.StatusConflict || on.Code("") != "unmerge_merged_on" {
		t.Errorf("its survivor was merged on: %d %s", on.Status, on.Body)
	}
	for _, id := range []string{third, first, second} { // the first before the second
		do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
	}
	for _, line := range differing(before, cells(t, h)) {
		t.Error(line)
	}
}

func TestAGroupOfCompaniesHasNoLoopAfterAMerge(t *testing.T) {
	h := tests.Start(t)
	make := func(name, parent string) string {
		return idOf(h.Create("data_admin", "customers", firm(name, map[string]any{"parent": parent})))
	}
	head := make("集团总部有限公司", "")
	top := make("华东分部有限公司", head)
	middle := make("上海公司有限公司", top)
	low := make("浦东公司有限公司", middle)
	before := cells(t, h)
	id := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(low, []string{top}, nil))["id"].(string)
	for child, want := range map[string]string{middle: low, low: head} {
		record := do(t, h, "data_admin", "GET", "/api/collections/customers/records/"+child, nil)
		if record["parent"] != want {
			t.Errorf("%v hangs under %v, want %v", record["name"], record["parent"], want)
		}
	}
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
	for _, line := range differing(before, cells(t, h)) {
		t.Error(line)
	}
}

// What people put below since would stand above itself again once the merge is undone.
func TestUndoingAMergeMakesNoRingOfParents(t *testing.T) {
	for _, c := range []struct {
		name               string
		mergedUnder, child bool // the merged one hangs under the head; it has a child
		under              string
		want               map[string]string // of whom → under whom
		left               string
	}{
		{"the head of the merged one below its child", true, true, "child",
			map[string]string{"child": "merged", "merged": "", "head": "child"}, "merged"},
		{"the head below the survivor, which the merge took from it", false, false, "kept",
			map[string]string{"kept": "", "head": "kept", "merged": ""}, "kept"},
		{"the head elsewhere", true, true, "other",
			map[string]string{"child": "merged", "merged": "head", "head": "other"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := tests.Start(t)
			ids := map[string]string{}
			put := func(key, name, parent string) {
				ids[key] = idOf(h.Create("data_admin", "customers", firm(name, map[string]any{"parent": ids[parent]})))
			}
			put("head", "集团总部有限公司", "")
			put("other", "西北能源有限公司", "")
			if c.mergedUnder {
				put("kept", "华东分部有限公司", "")
				put("merged", "上海公司有限公司", "head")
			} else {
				put("kept", "华东分部有限公司", "head")
				put("merged", "上海公司有限公司", "")
			}
			choices := map[string]string{"parent": ids["kept"]}
			if !c.mergedUnder {
				choices["parent"] = ids["merged"]
			}
			if c.child {
				put("child", "浦东公司有限公司", "merged")
			}
			id := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(ids["kept"], []string{ids["merged"]},
				map[string]any{"choices": choices}))["id"].(string)
			do(t, h, "data_admin", "PATCH", "/api/collections/customers/records/"+ids["head"],
				map[string]any{"parent": ids[c.under]})
			answer := do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
			for who, want := range c.want {
				record := do(t, h, "data_admin", "GET", "/api/collections/customers/records/"+ids[who], nil)
				if record["parent"] != ids[want] {
					t.Errorf("%s hangs under %v, want %q", who, record["parent"], want)
				}
			}
			left := answer["left"].([]any)
			if c.left == "" && len(left) != 0 || c.left != "" && (len(left) != 1 ||
				left[0].(map[string]any)["customer"] != ids[c.left] || left[0].(map[string]any)["value"] != ids["head"]) {
				t.Errorf("left out: %v", left)
			}
			if got := value[string](h, "SELECT detail FROM audit_log WHERE action = 'merge_undo'"); c.left != "" && !strings.Contains(got, ids[c.left]) {
				t.Errorf("the audit log: %s", got)
			}
		})
	}
}

// steps are where an injected failure breaks a merge or its undo off, the first and the last write.
var steps = []string{
	"BEFORE UPDATE ON contacts", "BEFORE UPDATE ON tasks", "BEFORE DELETE ON customers",
	"BEFORE UPDATE ON customers", "BEFORE INSERT ON kehu_merged", "BEFORE INSERT ON merges",
	"BEFORE DELETE ON kehu_merged", "BEFORE INSERT ON customers", "BEFORE UPDATE ON merges",
	"BEFORE INSERT ON kehu_sealed",
}

func TestABrokenMergeLeavesNothing(t *testing.T) {
	h := tests.Start(t)
	keep, merged := twins(t, h)
	h.Create("data_admin", "consents", map[string]any{"customer": merged, "purposes": []string{"bank"},
		"granted": "2026-01-01", "method": "form"})
	do(t, h, "data_admin", "PATCH", "/api/collections/customers/records/"+merged, map[string]any{
		"bank_account": "6222020200112233446"})
	failed := 0
	broken := func(path string, body any) {
		before := cells(t, h)
		for _, step := range steps {
			execute(t, h, "CREATE TRIGGER broken "+step+" BEGIN SELECT RAISE(ABORT, 'injected'); END")
			a := h.Do("data_admin", "POST", path, body)
			execute(t, h, "DROP TRIGGER broken")
			if a.Status == http.StatusOK {
				// that step has no part in it: take it back or do it anew, and go on
				continue
			}
			failed++
			for _, line := range differing(before, cells(t, h)) {
				t.Errorf("broken off at %s: %s", step, line)
			}
		}
	}
	// a rehearsal writes all and takes it back: it fails at the same steps and never succeeds for good
	broken("/api/kehu/merges", mergeOf(keep, []string{merged}, map[string]any{"dry_run": true}))
	id := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged}, nil))["id"].(string)
	broken("/api/kehu/merges/"+id+"/undo", map[string]any{"dry_run": true})
	if failed < 11 {
		t.Errorf("only %d of the injected failures hit", failed)
	}
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
}

func TestTwoMergesOfOneCustomerAtOnce(t *testing.T) {
	h := tests.Start(t)
	a := idOf(h.Create("data_admin", "customers", firm("甲仪器有限公司", nil)))
	b := idOf(h.Create("data_admin", "customers", firm("乙仪器有限公司", nil)))
	c := idOf(h.Create("data_admin", "customers", firm("丙仪器有限公司", nil)))
	var wait sync.WaitGroup
	statuses := make([]int, 2)
	for i, keep := range []string{a, b} {
		wait.Go(func() {
			statuses[i] = h.Do("data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{c}, nil)).Status
		})
	}
	wait.Wait()
	slices.Sort(statuses)
	if !slices.Equal(statuses, []int{http.StatusOK, http.StatusConflict}) {
		t.Errorf("one is taken and the other is told so: %v", statuses)
	}
}

func TestFilesOfAMergedCustomerAreReadAtTheSurvivor(t *testing.T) {
	h := tests.Start(t)
	keep, merged := twins(t, h)
	pdf := "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF 营业执照"
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for key, value := range map[string]string{"customer": merged, "category": "licence", "title": "营业执照"} {
		if err := form.WriteField(key, value); err != nil {
			t.Fatal(err)
		}
	}
	part, _ := form.CreateFormFile("file", "执照.pdf")
	_, _ = part.Write([]byte(pdf))
	form.Close()
	stored := h.Do("data_admin", "POST", "/api/collections/attachments/records", &body,
		"Content-Type", form.FormDataContentType())
	if stored.Status != http.StatusOK {
		t.Fatalf("%d %s", stored.Status, stored.Body)
	}
	read := func() string {
		token := do(t, h, "data_admin", "POST", "/api/files/token", nil)["token"].(string)
		return string(h.Do("data_admin", "GET", "/api/files/attachments/"+stored.Text("id")+"/"+
			stored.Text("file")+"?token="+token, nil).Body)
	}
	id := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged}, nil))["id"].(string)
	list := do(t, h, "data_admin", "GET", "/api/collections/attachments/records?filter=(customer='"+keep+"')", nil)
	if len(list["items"].([]any)) != 1 || read() != pdf {
		t.Errorf("the paper at the survivor: %v", list)
	}
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
	if read() != pdf {
		t.Error("the paper after the undo")
	}
}

func TestSensitiveValuesFollowSealedAndAreNowhereInPlain(t *testing.T) {
	h := tests.Start(t)
	consent := map[string]any{"purposes": []string{"sensitive_id", "bank"}, "method": "paper"}
	person := func(name string, more map[string]any) string {
		values := map[string]any{"kind": "individual", "name": name, "consent": consent}
		for key, value := range more {
			values[key] = value
		}
		return idOf(h.Create("data_admin", "customers", values))
	}
	one, two := certificateNo(1), certificateNo(2)
	a := person("陈一诺", map[string]any{"cert_no": one, "cert_type": "resident_id"})
	b := person("陈依诺", map[string]any{"cert_no": two, "cert_type": "resident_id",
		"bank_account": "6222020200112233446"})
	before := cells(t, h)
	if got := h.Do("data_admin", "POST", "/api/kehu/merges", mergeOf(a, []string{b}, nil)); got.Code("") != "merge_certificates" {
		t.Errorf("two certificates: %d %s", got.Status, got.Body)
	}
	id := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(a, []string{b}, map[string]any{
		"choices": map[string]string{"cert_no": b}, "reason": "旧号码抄错了"}))["id"].(string)
	after := cells(t, h)
	if after["kehu_sealed "+a+" cert_no"] != two || after["kehu_sealed "+a+" bank_account"] != "6222020200112233446" {
		t.Errorf("the survivor's sealed values: %v", after["kehu_sealed "+a+" cert_no"])
	}
	var snapshot string
	if err := h.App.DB().NewQuery("SELECT snapshot FROM merges WHERE id = '" + id + "'").Row(&snapshot); err != nil {
		t.Fatal(err)
	}
	if len(snapshot) < 100 || strings.Contains(snapshot, "陈") || strings.Contains(snapshot, one[:6]) {
		t.Errorf("the snapshot lies in plain: %.80s", snapshot)
	}
	for _, role := range []string{"data_admin", "superuser"} {
		for _, path := range []string{"/api/collections/merges/records", "/api/collections/merges/records/" + id,
			"/api/kehu/merges/preview?ids=" + a + "," + b} {
			if body := string(h.Do(role, "GET", path, nil).Body); strings.Contains(body, one) || strings.Contains(body, two) {
				t.Errorf("%s as %s tells a certificate number", path, role)
			}
		}
	}
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
	for _, line := range differing(before, cells(t, h)) {
		t.Error(line)
	}
}

func TestThePreviewSuggestsWithReasons(t *testing.T) {
	h := tests.Start(t)
	a := idOf(h.Create("data_admin", "customers", firm("甲仪器有限公司", map[string]any{
		"business_address": "上海市浦东新区张江路368号", "service_level": "金", "budget": "十万"})))
	b := idOf(h.Create("data_admin", "customers", firm("甲仪器", map[string]any{
		"business_address": "上海市", "service_level": "银", "mobile": mobileNo(9), "budget": "二十万",
		"confirm_duplicate": "合并的试验"})))
	execute(t, h, "UPDATE customers SET verified = '2026-10-01' WHERE id = '"+a+"'")
	got := do(t, h, "data_admin", "GET", "/api/kehu/merges/preview?ids="+a+","+b, nil)
	want := map[string][2]string{
		"business_address": {a, "merge_because_complete"}, "service_level": {a, "merge_because_verified"},
		"mobile": {b, "merge_because_only"}, "kind": {a, "merge_because_same"},
		"budget": {a, "merge_because_verified"},
	}
	for _, row := range got["fields"].([]any) {
		field := row.(map[string]any)
		if w, ok := want[field["field"].(string)]; ok {
			reason := field["reason"].(map[string]any)
			if field["suggested"] != w[0] || reason["code"] != w[1] || reason["text"] == "" {
				t.Errorf("%s: %v %v", field["field"], field["suggested"], reason)
			}
			delete(want, field["field"].(string))
		}
	}
	if len(want) != 0 || got["suggested_keep"] != a {
		t.Errorf("not suggested: %v; keep %v", want, got["suggested_keep"])
	}
	if a := h.Do("sales", "GET", "/api/kehu/merges/preview?ids="+a+","+b, nil); a.Status != http.StatusForbidden {
		t.Errorf("sales: %d", a.Status)
	}
}

func TestMergesAndHandoversAreOnRecordAndInHistory(t *testing.T) {
	h := tests.Start(t)
	keep, merged := twins(t, h)
	id := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged}, map[string]any{
		"choices": map[string]string{"current_need": merged}, "reason": "同一家公司"}))["id"].(string)
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
	do(t, h, "data_admin", "POST", "/api/kehu/handover", map[string]any{"from": h.Staff["sales"], "to": h.Staff["sales2"]})
	history := do(t, h, "data_admin", "GET",
		"/api/collections/changes/records?sort=at&filter=(record='"+keep+"'%26%26field='current_need')", nil)
	items := history["items"].([]any)
	if len(items) != 2 {
		t.Fatalf("the history of the value: %v", items)
	}
	there, back := items[0].(map[string]any), items[1].(map[string]any)
	if there["old"] != "两台光谱仪" || there["new"] != "三台质谱仪" || there["via"] != "merge" ||
		there["reason"] != "同一家公司" || back["new"] != "两台光谱仪" || back["via"] != "merge" {
		t.Errorf("%v, then %v", there, back)
	}
	owners := do(t, h, "data_admin", "GET",
		"/api/collections/changes/records?filter=(record='"+keep+"'%26%26field='owner')", nil)
	if !strings.Contains(asText(owners["items"]), h.Staff["sales2"]) {
		t.Errorf("the new owner: %v", owners)
	}
	log := asText(do(t, h, "data_admin", "GET", "/api/collections/audit_log/records?perPage=100", nil))
	for _, action := range []string{`"merge"`, `"merge_undo"`, `"handover"`} {
		if !strings.Contains(log, `"action":`+action) {
			t.Errorf("the audit log lacks %s", action)
		}
	}
	if strings.Contains(log, "三台质谱仪") {
		t.Error("the audit log tells a value")
	}
}

// The customer above one that comes back may be gone by then: it hangs under nobody, and this is said.
func TestUndoingAMergeNamesNobodyWhoIsGone(t *testing.T) {
	h := tests.Start(t)
	above := idOf(h.Create("data_admin", "customers", firm("总部仪器有限公司", nil)))
	below := firm("上海澄岚分部仪器有限公司", nil)
	below["parent"] = above
	merged := idOf(h.Create("data_admin", "customers", below))
	keep := idOf(h.Create("data_admin", "customers", firm("苏州北辰餐饮有限公司", nil)))
	made := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged},
		map[string]any{"reason": "确认是同一客户", "choices": map[string]string{"parent": keep, "name": keep}}))
	if a := h.Do("data_admin", "DELETE", "/api/collections/customers/records/"+above, nil); a.Status != http.StatusNoContent {
		t.Fatalf("delete: %d %s", a.Status, a.Body)
	}
	undone := do(t, h, "data_admin", "POST", "/api/kehu/merges/"+made["id"].(string)+"/undo", nil)
	if got := parentOf(h, merged); got != "" {
		t.Errorf("it hangs under %q, which is gone", got)
	}
	if !strings.Contains(asText(undone["left"]), above) {
		t.Errorf("what is left out is not said: %v", undone)
	}
}

// One that lies in the archive is above it again when it comes back.
func TestUndoingAMergeWaitsForWhoIsInTheArchive(t *testing.T) {
	h := tests.Start(t)
	above := idOf(h.Create("data_admin", "customers", firm("总部仪器有限公司", nil)))
	below := firm("上海澄岚分部仪器有限公司", nil)
	below["parent"] = above
	merged := idOf(h.Create("data_admin", "customers", below))
	keep := idOf(h.Create("data_admin", "customers", firm("苏州北辰餐饮有限公司", nil)))
	execute(t, h, "UPDATE customers SET status = 'active'")
	made := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{merged},
		map[string]any{"reason": "确认是同一客户", "choices": map[string]string{"parent": keep, "name": keep}}))
	kept := archived(t, h, "superuser", "data_admin", above)
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+made["id"].(string)+"/undo", nil)
	if got := parentOf(h, merged); got != "" {
		t.Errorf("it hangs under %q, which is in the archive", got)
	}
	restoreArchive(t, h, kept)
	if got := parentOf(h, merged); got != above {
		t.Errorf("it hangs under %q after the restore", got)
	}
}
