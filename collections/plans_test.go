package collections_test

import (
	"database/sql"
	"strings"
	"testing"

	"kehu/collections"
	"kehu/tests"
)

// planned explains every statement before it goes on, and remembers those that walk a table, or all
// that is open or somebody's.
type planned struct {
	collections.DB
	h     *tests.House
	walks map[string]bool
}

func (p *planned) look(statement string, args []any) {
	for _, line := range p.h.Plan(statement, args...) {
		if strings.HasPrefix(line, "SCAN ") && !strings.Contains(line, "VIRTUAL TABLE") ||
			strings.Contains(line, "(state=?)") || strings.Contains(line, "(assignee=?") {
			p.walks[line+": "+statement] = true
		}
	}
}

func (p *planned) Exec(statement string, args ...any) error {
	p.look(statement, args)
	return p.DB.Exec(statement, args...)
}

func (p *planned) Query(statement string, args ...any) (*sql.Rows, error) {
	p.look(statement, args)
	return p.DB.Query(statement, args...)
}

// What a night does to each of very many customers looks up the rows of that customer: no table that
// grows with the register is walked for one of them.
func TestTheNightLooksUpItsRows(t *testing.T) {
	h := tests.Start(t)
	db := &planned{DB: collections.Through(h.App.NonconcurrentDB()), h: h, walks: map[string]bool{}}
	const day, at = "2026-01-01", "2026-01-01 00:00:00.000Z"
	_, err := collections.StillDue(db, "c", day)
	_, err2 := collections.DueForPool(db, day, at, 10)
	_, err3 := collections.NeglectedCustomers(db, 0, 10, day)
	_, err4 := collections.QuietCustomers(db, 0, 10, day, 5)
	_, err5 := collections.Underway(db, []string{"c"})
	_, err6 := collections.TasksAbout(db, "customers", "c")
	_, err7 := collections.KeyedTasks(db, "c")
	_, err8 := collections.OpenNotices(db, true)
	pooled := &collections.Pooled{ID: "c"}
	for _, err := range []error{err, err2, err3, err4, err5, err6, err7, err8, collections.EndNotices(db, []string{"k"}, true, at),
		collections.ToPool(db, collections.Neglected{ID: "c", Owner: "s", Since: day}, at),
		collections.Claim(db, pooled, "s", "d", day, at), collections.EndNotice(db, "c", "s", at),
		collections.CancelTask(db, "k", at), collections.CloseTasks(db, "c", "verify", "s", at),
		collections.CloseTasksOf(db, "customers", "c", "s", at), collections.CloseUntouched(db, "c", "s", at),
		collections.EndAlarms(db, "alarm:", []string{"a"}, "s", at), collections.CancelTasksOf(db, "customers", "c", at),
		collections.RenewTask(db, "c", "t", "s", "s", at, "[]", at)} {
		if err != nil {
			t.Error(err)
		}
	}
	for walk := range db.walks {
		t.Error(walk)
	}
}
