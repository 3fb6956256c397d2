package hooks_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"kehu/tests"
)

func myWork(h *tests.House, role string) map[string]any {
	h.TB.Helper()
	a := h.Do(role, "GET", "/api/kehu/me/tasks", nil)
	if a.Status != http.StatusOK {
		h.TB.Fatalf("%d %s", a.Status, a.Body)
	}
	return a.JSON()
}

// kindsOf are the kinds of a person's open tasks, or of the requests to decide.
func kindsOf(work map[string]any, list string) string {
	var kinds []string
	for _, one := range work[list].([]any) {
		kinds = append(kinds, one.(map[string]any)["kind"].(string))
	}
	return strings.Join(kinds, " ")
}

func TestWhoSeesWhatToDecide(t *testing.T) {
	h := tests.Start(t)
	submit(h, "sales", entered(h, "sales", "待办一号有限公司", nil))
	id := active(h, "待办二号有限公司", nil)
	change(h, "sales", id, map[string]any{"changes": map[string]any{"headcount": "lt50", "industry": "批发业"}})
	submit(h, "manager", entered(h, "manager", "待办三号有限公司", nil))
	for role, want := range map[string]string{"manager": "entry change", "manager2": "", "sales": "",
		"service": "", "data_admin": "entry change entry change"} {
		if got := kindsOf(myWork(h, role), "approvals"); len(strings.Fields(got)) != len(strings.Fields(want)) {
			t.Errorf("%s: %q, want %q", role, got, want)
		}
	}
	h.SetNow(tests.Now.AddDate(0, 0, 10))
	if got := myWork(h, "manager")["overdue"].([]any); len(got) != 2 {
		t.Errorf("%d are overdue", len(got))
	}
}

func TestAnOverdueRequestIsEscalatedOnce(t *testing.T) {
	h := tests.Start(t)
	head := h.Save("departments", map[string]any{"name": "总部", "manager": h.Staff["executive"]})
	h.Do("superuser", "PATCH", "/api/collections/departments/records/"+h.Depts["east"], map[string]any{"manager": h.Staff["manager"], "parent": head})
	request := submit(h, "sales", entered(h, "sales", "超期有限公司", nil))
	run := func() {
		if _, err := h.House.Escalate(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	h.SetNow(time.Date(2026, 11, 6, 9, 59, 0, 0, time.UTC)) // 17:59
	run()
	if got := approvalOf(h, request)["escalated"]; got != "" {
		t.Fatalf("escalated at 17:59: %v", got)
	}
	h.SetNow(time.Date(2026, 11, 6, 10, 1, 0, 0, time.UTC)) // 18:01
	run()
	run()
	for _, role := range []string{"executive", "data_admin", "data_admin2"} {
		if got := kindsOf(myWork(h, role), "tasks"); got != "approval" {
			t.Errorf("%s: %q", role, got)
		}
	}
	task := myWork(h, "data_admin")["tasks"].([]any)[0].(map[string]any)["id"].(string)
	if a := h.Do("data_admin", "POST", "/api/kehu/tasks/"+task+"/done", nil); a.Code("") != "task_by_act" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	decide(h, "manager", request, "approve")
	if got := kindsOf(myWork(h, "executive"), "tasks"); got != "" {
		t.Errorf("after the decision: %q", got)
	}
}

func TestTasksEndByTheActItself(t *testing.T) {
	h := tests.Start(t)
	t.Run("what is missing is filled in", func(t *testing.T) {
		h.Import("manager", "a.xlsx", tests.Workbook([]any{"客户名称", "客户类型", "手机", "负责人", "联系人", "企业规模", "核心需求"},
			[]any{"缺行业有限公司", "企业", "13712341231", "周销售", "赵一", "50-200人", "光谱仪"}), nil)
		if got := kindsOf(myWork(h, "sales"), "tasks"); got != "complete" {
			t.Fatalf("%q", got)
		}
		id := find(h, "缺行业有限公司")["id"].(string)
		if a := h.Do("sales", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"industry": "批发业"}); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if got := kindsOf(myWork(h, "sales"), "tasks"); got != "" {
			t.Errorf("%q, missing %v", got, find(h, "缺行业有限公司")["missing"])
		}
	})
	t.Run("the next step is taken", func(t *testing.T) {
		id := active(h, "下一步有限公司", nil)
		h.Create("sales", "followups", map[string]any{"customer": id, "date": "2026-11-05", "summary": "初访",
			"next_step": "送样", "next_date": "2026-11-07"})
		work := myWork(h, "sales")
		task := work["tasks"].([]any)[0].(map[string]any)
		if task["kind"] != "followup" || task["title"] != "跟进：送样" || task["due"] != "2026-11-09 10:00:00.000Z" {
			t.Errorf("%v", task)
		}
		h.Create("sales", "followups", map[string]any{"customer": id, "date": "2026-11-05", "summary": "已送样"})
		if got := kindsOf(myWork(h, "sales"), "tasks"); got != "" {
			t.Errorf("%q", got)
		}
	})
}

func TestTheNightMakesEachTaskOnce(t *testing.T) {
	h := tests.Start(t)
	begin := time.Now() // records are stamped by the system's clock
	h.SetNow(begin)
	won, potential := active(h, "成交客户有限公司", nil), active(h, "潜在客户有限公司", nil)
	h.Do("sales", "PATCH", "/api/collections/customers/records/"+won, map[string]any{"stage": "won", "satisfaction": 4})
	entered(h, "sales", "草稿无提醒有限公司", nil)
	night := func(days int) {
		h.SetNow(begin.AddDate(0, 0, days))
		for range 2 {
			if _, err := h.House.Remind(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
	count := func(role, kind, customer string) (n int) {
		for _, one := range myWork(h, role)["tasks"].([]any) {
			task := one.(map[string]any)
			if task["kind"] == kind && task["customer"] == customer {
				n++
			}
		}
		return n
	}
	night(20)
	if n := len(myWork(h, "sales")["tasks"].([]any)); n != 0 {
		t.Fatalf("%d tasks after 20 days", n)
	}
	night(40)
	if count("sales", "verify", won) != 1 || count("sales", "verify", potential) != 1 {
		t.Fatalf("the monthly check: %v", myWork(h, "sales")["tasks"])
	}
	if a := h.Do("sales", "POST", "/api/kehu/customers/"+won+"/verify", nil); a.Status != 200 || count("sales", "verify", won) != 0 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	task := myWork(h, "sales")["tasks"].([]any)[0].(map[string]any)["id"].(string)
	if a := h.Do("sales2", "POST", "/api/kehu/tasks/"+task+"/done", nil); a.Status != 404 {
		t.Errorf("another's task: %d", a.Status)
	}
	if a := h.Do("sales", "POST", "/api/kehu/tasks/"+task+"/done", nil); a.Status != 200 || count("sales", "verify", potential) != 0 {
		t.Errorf("done is the verification: %d %s", a.Status, a.Body)
	}
	night(95)
	if count("service", "satisfaction", won) != 1 || count("service", "satisfaction", potential) != 0 {
		t.Errorf("the quarterly call: %v", myWork(h, "service")["tasks"])
	}
	if count("sales", "followup", potential) != 1 {
		t.Errorf("the cadence: %v", myWork(h, "sales")["tasks"])
	}
	h.Create("service", "followups", map[string]any{"customer": won, "date": "2026-11-05", "summary": "回访：满意"})
	if count("service", "satisfaction", won) != 0 {
		t.Error("the call is made and its task is open")
	}
	night(190)
	if count("sales", "review", won) != 1 || count("sales", "verify", won) < 1 {
		t.Errorf("after half a year: %v", myWork(h, "sales")["tasks"])
	}
}

func TestAnExportIsRunOnceApproved(t *testing.T) {
	h := tests.Start(t)
	entered(h, "sales", "导出审批有限公司", nil)
	ask := func() (export, request string) {
		a := h.Do("sales", "POST", "/api/kehu/exports", map[string]any{"reason": "季度对账使用", "format": "csv", "columns": []string{"number", "name"}})
		if a.Status != http.StatusAccepted || a.Text("state") != "awaiting_approval" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		return a.Text("id"), valueOf(h, "exports", a.Text("id"), "approval").(string)
	}
	state := func(export string) string {
		return h.Do("sales", "GET", "/api/kehu/exports/"+export, nil).Text("state")
	}
	export, request := ask()
	if a := decide(h, "manager", request, "approve"); a.Status < 400 {
		t.Errorf("a manager approves an export: %d", a.Status)
	}
	if a := decide(h, "data_admin", request, "approve"); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for range 100 {
		if state(export) != "running" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	file := h.Do("sales", "GET", "/api/kehu/exports/"+export+"/file", nil)
	if state(export) != "done" || !strings.Contains(string(file.Body), "导出审批有限公司") {
		t.Errorf("%s: %d %s", state(export), file.Status, file.Body)
	}
	refused, request := ask()
	if a := decide(h, "data_admin", request, "reject"); a.Status != 200 || state(refused) != "failed" {
		t.Errorf("%d %s, %s", a.Status, a.Body, state(refused))
	}
	_, request = ask()
	h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"], map[string]any{"active": false})
	if a := decide(h, "data_admin", request, "approve"); a.Status != http.StatusConflict || approvalOf(h, request)["state"] != "stale" {
		t.Errorf("for somebody who left: %d %s", a.Status, a.Body)
	}
}

func TestNovemberAsksForTheNotice(t *testing.T) {
	h := tests.Start(t)
	h.SetNow(time.Date(2026, 10, 20, 2, 0, 0, 0, time.UTC))
	notices := func() int {
		if err := h.House.AskNotice(context.Background()); err != nil {
			t.Fatal(err)
		}
		return strings.Count(fmt.Sprint(myWork(h, "data_admin")["tasks"]), "2027")
	}
	if n := notices(); n != 0 {
		t.Errorf("in October: %d", n)
	}
	h.SetNow(time.Date(2026, 11, 2, 2, 0, 0, 0, time.UTC))
	notices()
	if n := notices(); n != 1 {
		t.Errorf("in November: %d in %v", n, myWork(h, "data_admin")["tasks"])
	}
}

// Whether a customer has such a task already is looked up by the customer: all that is open of a large
// register is never walked for one of its customers.
func TestRemindersLookUpTheTasksOfACustomer(t *testing.T) {
	h := tests.Start(t)
	db := h.App.NonconcurrentDB().(*dbx.DB)
	asked := []string{}
	db.ExecLogFunc = func(_ context.Context, _ time.Duration, sql string, _ sql.Result, _ error) {
		if strings.Contains(sql, "INTO tasks") {
			asked = append(asked, sql)
		}
	}
	active(h, "甲有限公司", nil)
	if _, err := h.House.Remind(t.Context()); err != nil {
		t.Fatal(err)
	}
	db.ExecLogFunc = nil
	looked := 0
	for _, statement := range asked {
		for _, line := range h.Plan(statement) {
			if strings.Contains(line, "SEARCH t ") {
				looked++
				if !strings.Contains(line, "idx_tasks_customer") {
					t.Error(line)
				}
			}
		}
	}
	if looked == 0 {
		t.Errorf("of %d statements none looks", len(asked))
	}
}
