package hooks_test

import (
	"slices"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"kehu/tests"
)

// The planner goes by the indexes alone: statistics of the day on which a table was small would have it
// walk the table once it is large. Neither PocketBase's midnight nor a change of a collection, an import
// or a start leaves any, and those of an older version go.
func TestThePlannerHasNoStatistics(t *testing.T) {
	h := tests.Start(t)
	h.Create("data_admin", "customers", firm("昆明星瀚咨询有限公司", nil))
	const tables = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'"
	const statement = "UPDATE tasks SET assignee = '' WHERE customer = 'x'"
	want := h.Plan(statement)
	measure := func() {
		t.Helper()
		if _, err := h.App.NonconcurrentDB().NewQuery("ANALYZE").Execute(); err != nil {
			t.Fatal(err)
		}
		if n := value[int](h, tables); n == 0 {
			t.Fatal("ANALYZE made no statistics")
		}
	}
	none := func(after string) {
		t.Helper()
		if n := value[int](h, tables); n != 0 {
			t.Errorf("after %s there are statistics", after)
		}
		if got := h.Plan(statement); !slices.Equal(got, want) {
			t.Errorf("after %s the plan is %q, not %q", after, got, want)
		}
	}
	none("the first start")
	h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称", "客户类型"}, []any{firmOf(1), "企业"}), nil)
	none("an import")
	ran := false
	for _, job := range h.App.Cron().Jobs() {
		job.Run()
		ran = ran || job.Id() == "__pbDBOptimize__"
	}
	if !ran {
		t.Error("PocketBase's job has another name now")
	}
	none("the jobs of PocketBase")
	measure()
	collection := core.NewBaseCollection("own")
	if err := h.App.Save(collection); err != nil {
		t.Fatal(err)
	}
	none("a new collection")
	measure()
	collection.Fields.Add(&core.TextField{Name: "note"})
	if err := h.App.Save(collection); err != nil {
		t.Fatal(err)
	}
	none("a change of a collection")
	measure()
	h.Close()
	h.Open()
	none("a start")
}
