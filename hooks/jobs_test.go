package hooks_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
