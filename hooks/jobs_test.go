package hooks_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kehu/collections"
	"kehu/tests"
)

func TestFilesPastTheirTimeAreDeleted(t *testing.T) {
	h := tests.Start(t)
	begin := time.Now() // PocketBase stamps records by the system's clock
	h.SetNow(begin)
	show := h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称", "手机"}, []any{"甲有限公司", "137"}), nil)
	if a := h.Export("data_admin", map[string]any{"reason": "季度对账使用"}); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	states := func() (workbook string, export any) {
		record, err := h.App.FindRecordById("imports", show["id"].(string))
		if err != nil {
			t.Fatal(err)
		}
		list := h.Do("superuser", "GET", "/api/collections/exports/records", nil).JSON()
		return record.GetString("file"), list["items"].([]any)[0].(map[string]any)["state"]
	}
	for _, c := range []struct {
		days   int
		kept   bool
		export string
	}{{6, true, "done"}, {8, true, "expired"}, {29, true, "expired"}, {31, false, "expired"}} {
		h.SetNow(begin.AddDate(0, 0, c.days))
		if err := h.House.Sweep(); err != nil {
			t.Fatal(err)
		}
		if file, export := states(); (file != "") != c.kept || export != c.export {
			t.Errorf("after %d days: workbook %q, export %v", c.days, file, export)
		}
	}
	a := h.Do("data_admin", "GET", "/api/kehu/imports/"+show["id"].(string)+"/errors.xlsx", nil)
	if a.Status != http.StatusGone {
		t.Errorf("the error workbook of a deleted file: %d", a.Status)
	}
}

// What ends is forgotten after a while: nothing but the customers and what they did grows for ever.
func TestWhatEndedIsForgotten(t *testing.T) {
	h := tests.Start(t)
	begin := time.Now()
	h.SetNow(begin)
	show := h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称"}, []any{"甲有限公司"}, []any{"乙有限公司"}), nil)
	waiting := h.Import("data_admin", "b.xlsx", tests.Workbook([]any{"客户名称"}, []any{"丙有限公司"}), nil)
	db := collections.Through(h.App.NonconcurrentDB())
	run := func(statement string, args ...any) {
		t.Helper()
		if err := db.Exec(statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	run("INSERT INTO approvals (id, kind, subject_collection, subject_id, state, payload, created, updated) "+
		"VALUES ('openapproval001', 'entry', 'imports', ?, 'open', '{}', '', '')", waiting["id"])
	run("DELETE FROM tasks")
	for i, c := range []struct{ state, ended string }{{"done", collections.Stamp(begin)}, {"open", ""},
		{"cancelled", collections.Stamp(begin.AddDate(1, 0, 0))}} {
		run("INSERT INTO tasks (id, kind, title, state, done_at, created, updated) VALUES (?, 'custom', ?, ?, ?, ?, '')",
			fmt.Sprintf("endedtask%06d", i), c.state, c.state, c.ended, collections.Stamp(begin))
	}
	counts := func() (rows, waits, tasks int) {
		t.Helper()
		if err := h.App.DB().NewQuery("SELECT (SELECT count(*) FROM import_rows WHERE `import` = {:a}), "+
			"(SELECT count(*) FROM import_rows WHERE `import` = {:b}), (SELECT count(*) FROM tasks WHERE kind = 'custom')").
			Bind(map[string]any{"a": show["id"], "b": waiting["id"]}).Row(&rows, &waits, &tasks); err != nil {
			t.Fatal(err)
		}
		return rows, waits, tasks
	}
	for _, c := range []struct{ days, rows, waits, tasks int }{{360, 2, 1, 3}, {370, 0, 1, 3}, {725, 0, 1, 3}, {735, 0, 1, 2},
		{1100, 0, 1, 1}} {
		h.SetNow(begin.AddDate(0, 0, c.days))
		if _, err := h.House.WorkJob(t.Context(), "sweep"); err != nil {
			t.Fatal(err)
		}
		if rows, waits, open := counts(); rows != c.rows || waits != c.waits || open != c.tasks {
			t.Errorf("after %d days: %d rows of an import, %d of one that waits, %d tasks", c.days, rows, waits, open)
		}
	}
	a := h.Do("superuser", "POST", "/api/kehu/imports/"+show["id"].(string)+"/undo", nil)
	if a.Status != http.StatusGone || !strings.Contains(string(a.Body), "import_undo_late") {
		t.Errorf("undone after its rows are gone: %d %s", a.Status, a.Body)
	}
	for i := range 30 {
		if _, err := h.App.AuxNonconcurrentDB().NewQuery("INSERT INTO _logs (id, message) VALUES ({:id}, 'x')").
			Bind(map[string]any{"id": fmt.Sprintf("logentry%07d", i)}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	if err := collections.TrimLog(h.App, 10); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := h.App.AuxDB().NewQuery("SELECT count(*) FROM _logs WHERE id LIKE 'logentry%' AND id < 'logentry0000020'").
		Row(&left); err != nil || left != 0 {
		t.Errorf("%d old entries of the request log are left: %v", left, err)
	}
	if _, err := h.House.WorkJob(t.Context(), "logs"); err != nil {
		t.Error(err)
	}
}

// The page of the system's state names each job.
func TestEveryJobHasWords(t *testing.T) {
	h := tests.Start(t)
	words, err := os.ReadFile(filepath.Join("..", "pb_public", "app", "words_system.js"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range h.House.JobNames() {
		if !strings.Contains(string(words), "job_"+strings.ReplaceAll(name, " ", "_")+":") {
			t.Errorf("the job %q has no words", name)
		}
	}
}
