package hooks_test

import (
	"fmt"
	"testing"
	"time"

	"kehu/tests"
)

// The head of a department sees how far its members are with the follow-ups that their customers' tiers ask
// for: to do, overdue, done; nobody sees those of others' departments.
func TestTheHeadSeesTheProgressOfUpdating(t *testing.T) {
	h := tests.Start(t)
	ids := neglectedOnes(t, h, "sales", "进度甲仪器有限公司", "进度乙仪器有限公司", "进度丙仪器有限公司")
	neglectedOnes(t, h, "sales2", "进度丁仪器有限公司")
	execute(t, h, "UPDATE customers SET verified = substr('"+h.Clock().Format(time.DateOnly)+"', 1, 10)")
	if _, err := h.House.Remind(t.Context()); err != nil {
		t.Fatal(err)
	}
	execute(t, h, "DELETE FROM tasks WHERE kind != 'followup'")
	execute(t, h, "UPDATE tasks SET due = '2026-01-09 10:00:00.000Z' WHERE customer = '"+ids[1]+"'")
	h.Create("sales", "followups", map[string]any{"customer": ids[2], "date": h.Clock().Format(time.DateOnly), "summary": "电话"})
	for role, want := range map[string]string{"manager": "[周销售 1 1 1]", "manager2": "[吴销售 1 0 0]",
		"data_admin": "[周销售 1 1 1][吴销售 1 0 0]", "sales": "", "executive": "", "service": ""} {
		got := ""
		list, _ := do(t, h, role, "GET", "/api/kehu/dashboard", nil)["progress"].([]any)
		for _, one := range list {
			p := one.(map[string]any)
			got += fmt.Sprintf("[%v %v %v %v]", p["label"], p["due"], p["overdue"], p["done"])
		}
		if got != want {
			t.Errorf("%s sees %s, want %s", role, got, want)
		}
	}
	h.SetNow(h.Clock().AddDate(0, 2, 0))
	h.SignIn("staff", "manager@example.com", "manager")
	if list := do(t, h, "manager", "GET", "/api/kehu/dashboard", nil)["progress"].([]any); fmt.Sprint(list[0].(map[string]any)["done"]) != "0" {
		t.Errorf("what was done long ago: %v", list)
	}
}

// Its numbers come from indexes, and from them alone.
func TestTheProgressIsReadFromItsIndexes(t *testing.T) {
	h := tests.Start(t)
	for query, index := range map[string]string{"state = 'open' AND due != '' AND due < '2026'": "idx_tasks_updating",
		"state = 'done' AND done_at >= '2026'": "idx_tasks_updated"} {
		plan := value[string](h, "SELECT sql FROM sqlite_master WHERE name = '"+index+"'")
		if plan == "" {
			t.Errorf("there is no index %s", index)
		}
		var rows []struct {
			Detail string `db:"detail"`
		}
		err := h.App.DB().NewQuery("EXPLAIN QUERY PLAN SELECT count(*) FROM tasks WHERE kind IN ('complete', 'followup', 'review', " +
			"'verify') AND assignee = 'x' AND " + query).All(&rows)
		if err != nil || len(rows) != 1 || rows[0].Detail[:len("SEARCH tasks USING COVERING INDEX "+index)] !=
			"SEARCH tasks USING COVERING INDEX "+index {
			t.Errorf("%s: %v %v", query, rows, err)
		}
	}
}
