package hooks_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"kehu/tests"
)

// reviewSheet has firms that are complete, then one that lacks its contact.
func reviewSheet(complete int) []byte {
	rows := [][]any{{"客户名称", "客户类型", "手机", "联系人", "所属行业", "企业规模", "核心需求"}}
	for i := range complete {
		rows = append(rows, []any{fmt.Sprintf("批量%c%c仪器有限公司", '甲'+rune(i%7), '一'+rune(i)), "企业", mobileNo(5000 + i),
			givenName("钱", i), "软件开发", "50-200人", "两台光谱仪"})
	}
	return tests.Workbook(append(rows, []any{"批量待补仪器有限公司", "企业", mobileNo(9000), "", "", "", ""})...)
}

func batchStatuses(h *tests.House) map[string]int {
	found := map[string]int{}
	for _, status := range []string{"draft", "pending", "active", "rejected"} {
		if n := value[int](h, "SELECT count(*) FROM customers WHERE name LIKE '批量%' AND status = '"+status+"'"); n > 0 {
			found[status] = n
		}
	}
	return found
}

func batchOf(t *testing.T, h *tests.House, id string) string {
	t.Helper()
	return value[string](h, "SELECT coalesce(max(id), '') FROM approvals WHERE kind = 'batch' AND subject_id = '"+id+"'")
}

func TestAnImportsCompleteRowsShareOneDecision(t *testing.T) {
	for _, c := range []struct {
		name, act, by string
		want          map[string]int
		state         string
	}{
		{"approved", "approve", "manager", map[string]int{"active": 3, "draft": 1}, "approved"},
		{"returned", "reject", "data_admin2", map[string]int{"rejected": 3, "draft": 1}, "rejected"},
		{"taken back", "cancel", "data_admin", map[string]int{"draft": 4}, "cancelled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := tests.Start(t)
			show := h.Import("data_admin", "客户.xlsx", reviewSheet(3), map[string]any{"options": map[string]any{
				"owner": "sales@example.com", "department": "华东销售部"}})
			id := show["id"].(string)
			if got := batchStatuses(h); asText(got) != `{"draft":1,"pending":3}` || tests.Counts(show)["pending"] != 3 {
				t.Fatalf("after the import: %v %v", got, show["counts"])
			}
			request := batchOf(t, h, id)
			if got := approvalOf(h, request); got["state"] != "open" || got["department"] != h.Depts["east"] ||
				got["requested_by"] != "staff:"+h.Staff["data_admin"] {
				t.Fatalf("the request: %v", got)
			}
			if a := h.Do("data_admin", "POST", "/api/kehu/approvals/"+request+"/approve", nil); a.Code("") != "approval_own" {
				t.Errorf("who imported decides: %d %s", a.Status, a.Body)
			}
			if a := h.Do("manager2", "POST", "/api/kehu/approvals/"+request+"/approve", nil); a.Status == http.StatusOK {
				t.Errorf("a manager of another department decides: %s", a.Body)
			}
			one := value[string](h, "SELECT min(id) FROM customers WHERE name LIKE '批量%' AND status = 'pending'")
			if a := h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+one,
				map[string]any{"short_name": "改名"}); a.Status != http.StatusForbidden {
				t.Errorf("edited under review: %d %s", a.Status, a.Body)
			}
			if a := h.Do("data_admin", "DELETE", "/api/collections/imports/records/"+id, nil); a.Status == http.StatusNoContent {
				t.Error("an import under review was deleted")
			}
			do(t, h, c.by, "POST", "/api/kehu/approvals/"+request+"/"+c.act, map[string]any{"note": "已核对名单"})
			if got := batchStatuses(h); asText(got) != asText(c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
			if got := approvalOf(h, request)["state"]; got != c.state {
				t.Errorf("the request is %v", got)
			}
			if n := value[int](h, "SELECT count(*) FROM changes WHERE field = 'status' AND via = 'approval' AND reason = '已核对名单'"); n != 3 {
				t.Errorf("%d entries in the history", n)
			}
			if n := value[int](h, "SELECT count(*) FROM kehu_batches"); n != 0 {
				t.Errorf("%d decisions are not carried out", n)
			}
		})
	}
}

func TestWithoutReviewAnImportsCompleteRowsAreActiveAtOnce(t *testing.T) {
	h := tests.Start(t)
	put(t, h, "policies", map[string]any{"key": "review", "value": "none"})
	show := h.Import("data_admin", "客户.xlsx", reviewSheet(2), nil)
	if got := batchStatuses(h); asText(got) != `{"active":2,"draft":1}` {
		t.Errorf("%v", got)
	}
	if request := batchOf(t, h, show["id"].(string)); request != "" {
		t.Errorf("there is a request: %v", approvalOf(h, request))
	}
}

func TestUndoingAnImportUnderReviewEndsTheRequest(t *testing.T) {
	h := tests.Start(t)
	show := h.Import("data_admin", "客户.xlsx", reviewSheet(3), nil)
	id := show["id"].(string)
	touched := value[string](h, "SELECT min(id) FROM customers WHERE name LIKE '批量%' AND status = 'pending'")
	h.Create("data_admin", "followups", map[string]any{"customer": touched, "date": "2026-01-01", "summary": "谈过"})
	answer := do(t, h, "data_admin", "POST", "/api/kehu/imports/"+id+"/undo", nil)
	if answer["restored"] != 3.0 || asText(batchStatuses(h)) != `{"draft":1}` {
		t.Errorf("%v, left: %v", answer, batchStatuses(h))
	}
	if got := approvalOf(h, batchOf(t, h, id)); got["state"] != "cancelled" {
		t.Errorf("the request is %v", got)
	}
	if n := value[int](h, "SELECT count(*) FROM kehu_batches"); n != 0 {
		t.Errorf("%d decisions are not carried out", n)
	}
}

// While a decision is carried out the log is emptied beside those who save, and afterwards by their
// commits again, as always.
func TestADecisionKeepsTheLogShort(t *testing.T) {
	h := tests.Start(t)
	show := h.Import("data_admin", "客户.xlsx", reviewSheet(3000), nil)
	execute(t, h, "PRAGMA wal_checkpoint(TRUNCATE)")
	execute(t, h, "PRAGMA wal_autocheckpoint = 0")
	execute(t, h, "CREATE TABLE filler AS SELECT randomblob(16000000)")
	pages := func() int64 { return sizeOf(h, "data.db-wal") / 4120 }
	before := pages() // nearly what the log may hold
	do(t, h, "data_admin2", "POST", "/api/kehu/approvals/"+batchOf(t, h, show["id"].(string))+"/approve", nil)
	if got := batchStatuses(h)["active"]; got != 3000 {
		t.Errorf("%d of 3000 are active", got)
	}
	if after := pages(); before < 3900 || after > before+600 {
		t.Errorf("the log grew from %d to %d pages", before, after)
	}
	var from int
	if err := h.App.NonconcurrentDB().NewQuery("PRAGMA wal_autocheckpoint").Row(&from); err != nil || from != 1000 {
		t.Errorf("the writing connection empties the log from %d pages on: %v", from, err)
	}
}

// A decision that a kill cut off after some rows is carried out at the next start.
func TestADecisionAboutAnImportGoesOnAfterAKill(t *testing.T) {
	h := tests.Start(t)
	show := h.Import("data_admin", "客户.xlsx", reviewSheet(6), nil)
	id := show["id"].(string)
	request := batchOf(t, h, id)
	execute(t, h, "UPDATE approvals SET state = 'approved' WHERE id = '"+request+"'")
	execute(t, h, "UPDATE customers SET status = 'active' WHERE id IN (SELECT record FROM import_rows WHERE `import` = '"+id+
		"' AND `row` <= 4)")
	execute(t, h, "INSERT INTO kehu_batches VALUES ('"+request+"', '"+id+"', 'approve', 'staff:"+h.Staff["manager"]+
		"', '郑经理', '', 4)")
	h.Close()
	h.Open()
	for range 500 {
		if value[int](h, "SELECT count(*) FROM kehu_batches") == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if asText(batchStatuses(h)) != `{"active":6,"draft":1}` {
		t.Errorf("%v", batchStatuses(h))
	}
}

// A row that is mended while the import is under review joins it; later ones are submitted by themselves.
func TestAMendedRowJoinsTheReviewOfItsImport(t *testing.T) {
	h := tests.Start(t)
	rows := [][]any{{"客户名称", "客户类型", "手机", "联系人", "所属行业", "企业规模", "核心需求"},
		{"批量甲一仪器有限公司", "企业", mobileNo(1), "钱一一", "软件开发", "50-200人", "两台光谱仪"},
		{"批量乙二仪器有限公司", "企业", "12", "钱二二", "软件开发", "50-200人", "两台光谱仪"},
		{"批量丙三仪器有限公司", "企业", "13", "钱三三", "软件开发", "50-200人", "两台光谱仪"}}
	show := h.Import("data_admin", "客户.xlsx", tests.Workbook(rows...), nil)
	id := show["id"].(string)
	mend := func(row, mobile string) {
		do(t, h, "data_admin", "PATCH", "/api/kehu/imports/"+id+"/rows/"+row, map[string]any{"cells": map[string]any{"手机": mobile}})
	}
	mend("3", mobileNo(2))
	request := batchOf(t, h, id)
	if got := asText(approvalOf(h, request)["payload"]); asText(batchStatuses(h)) != `{"pending":2}` ||
		got != `{"changes":0,"customers":2,"file_name":"客户.xlsx"}` {
		t.Fatalf("%v %s", batchStatuses(h), got)
	}
	do(t, h, "data_admin2", "POST", "/api/kehu/approvals/"+request+"/approve", nil)
	mend("4", mobileNo(3))
	if got := asText(batchStatuses(h)); got != `{"active":2,"draft":1}` {
		t.Error(got)
	}
}

// What needs a request on an active customer waits for the decision about a manager's import; a data
// administrator's writes.
func TestAManagersImportChangesActiveCustomersByDecision(t *testing.T) {
	for _, c := range []struct {
		name, act string
		meanwhile string // who edits the first of the two before the decision
		want      []string
	}{
		{"approved", "approve", "", []string{"改名一", "改名二"}},
		{"returned", "reject", "", []string{"", ""}},
		{"one changed meanwhile", "approve", "data_admin", []string{"", "改名二"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := tests.Start(t)
			ids := []string{active(h, "批量甲仪器有限公司", nil), active(h, "批量乙仪器有限公司", nil)}
			file := tests.Workbook([]any{"客户名称", "客户类型", "客户简称", "手机", "银行账号"},
				[]any{"批量甲仪器有限公司", "企业", "改名一", mobileNo(1), ""}, []any{"批量乙仪器有限公司", "企业", "改名二", mobileNo(2), ""})
			show := h.Import("manager", "改名.xlsx", file, map[string]any{"options": map[string]any{"on_duplicate": "update"}})
			names := func() (all []string) {
				for _, id := range ids {
					all = append(all, value[string](h, "SELECT short_name FROM customers WHERE id = '"+id+"'"))
				}
				return all
			}
			counts := tests.Counts(show)
			if asText(names()) != `["",""]` || counts["unchanged"] != 2 || counts["held"] != 2 {
				t.Fatalf("before the decision: %v %v", names(), counts)
			}
			if c.meanwhile != "" {
				do(t, h, c.meanwhile, "PATCH", "/api/collections/customers/records/"+ids[0], map[string]any{"paper_ref": "A-1"})
			}
			request := batchOf(t, h, show["id"].(string))
			if a := h.Do("manager", "POST", "/api/kehu/approvals/"+request+"/approve", nil); a.Code("") != "approval_own" {
				t.Errorf("who imported decides: %d %s", a.Status, a.Body)
			}
			do(t, h, "data_admin", "POST", "/api/kehu/approvals/"+request+"/"+c.act, map[string]any{"note": "已核对名单"})
			if got := names(); asText(got) != asText(c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
			made := 0
			for _, name := range c.want {
				if name != "" {
					made++
				}
			}
			after := tests.Counts(h.Do("manager", "GET", "/api/kehu/imports/"+show["id"].(string), nil).JSON())
			if after["updated"] != made || after["held"] != 0 || after["unchanged"] != 2-made || after["total"] != 2 {
				t.Errorf("counts: %v", after)
			}
			if n := value[int](h, "SELECT count(*) FROM changes WHERE field = 'short_name' AND via = 'import' AND approved_by = 'staff:"+
				h.Staff["data_admin"]+"' AND by = 'staff:"+h.Staff["manager"]+"'"); n != made {
				t.Errorf("%d entries in the history, want %d", n, made)
			}
			do(t, h, "manager", "POST", "/api/kehu/imports/"+show["id"].(string)+"/undo", nil)
			if got := names(); asText(got) != asText(c.want) {
				t.Errorf("what was decided is undone with the import: %v", got)
			}
		})
	}
}

// What waits for a decision is left as it is where whoever imported it has left the company meanwhile; the
// decision comes to its end all the same.
func TestADecisionEndsThoughTheImporterLeft(t *testing.T) {
	h := tests.Start(t)
	id := active(h, "批量甲仪器有限公司", nil)
	show := h.Import("manager", "改名.xlsx", tests.Workbook([]any{"客户名称", "客户类型", "客户简称", "手机", "银行账号"},
		[]any{"批量甲仪器有限公司", "企业", "改名一", mobileNo(1), ""}), map[string]any{"options": map[string]any{"on_duplicate": "update"}})
	request := batchOf(t, h, show["id"].(string))
	do(t, h, "data_admin", "PATCH", "/api/collections/staff/records/"+h.Staff["manager"], map[string]any{"active": false})
	do(t, h, "data_admin", "POST", "/api/kehu/approvals/"+request+"/approve", map[string]any{"note": "已核对名单"})
	if n := value[int](h, "SELECT count(*) FROM kehu_batches"); n != 0 {
		t.Errorf("%d decisions are not carried out", n)
	}
	if name := value[string](h, "SELECT short_name FROM customers WHERE id = '"+id+"'"); name != "" {
		t.Errorf("written for somebody who is not here: %q", name)
	}
	after := tests.Counts(h.Do("data_admin", "GET", "/api/kehu/imports/"+show["id"].(string), nil).JSON())
	if after["held"] != 0 || after["total"] != 1 || after["unchanged"] != 0 {
		t.Errorf("counts: %v", after)
	}
}
