package collections

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"
)

func init() {
	core.AppMigrations.Register(indexProgress, nil, "1764000142_progress.go")
}

// updating are the tasks by which customers are kept up to date.
const updating = "kind IN ('complete', 'followup', 'review', 'verify')"

func indexProgress(app core.App) error {
	db := Through(app.NonconcurrentDB()) // PocketBase's own list of indexes takes no IN
	return errors.Join(
		db.Exec("CREATE INDEX IF NOT EXISTS idx_tasks_updating ON tasks (assignee, state, due, kind) WHERE "+updating),
		db.Exec("CREATE INDEX IF NOT EXISTS idx_tasks_updated ON tasks (assignee, state, done_at, kind) WHERE "+updating))
}

// Progress is how far a member is with keeping customers up to date: tasks whose time has not come, those
// past it, and those done since a moment.
type Progress struct {
	Staff   string `json:"key"`
	Name    string `json:"label"`
	Due     int    `json:"due"`
	Overdue int    `json:"overdue"`
	Done    int    `json:"done"`
}

// ProgressOf lists the active members of some departments (with every: all of them) who have such work,
// those with the most overdue first. Each number is counted up to a limit.
func ProgressOf(db DB, departments []string, every bool, now, since string, most, limit int) ([]Progress, error) {
	counted := func(state, more string) string {
		return "(SELECT count(*) FROM (SELECT 1 FROM tasks WHERE " + updating + " AND assignee = s.id AND state = '" +
			state + "' AND " + more + " LIMIT ?))"
	}
	rows, err := db.Query("SELECT * FROM (SELECT s.id, s.name, "+counted("open", "(due = '' OR due >= ?)")+" AS due, "+
		counted("open", "due != '' AND due < ?")+" AS overdue, "+counted("done", "done_at >= ?")+" AS done FROM staff s "+
		"WHERE s.active AND (? OR s.department IN (SELECT value FROM json_each(?)))) WHERE due + overdue + done > 0 "+
		"ORDER BY overdue DESC, due DESC, id LIMIT ?", now, most, now, most, since, most, every, jsonList(departments...), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []Progress{}
	for rows.Next() {
		var p Progress
		if err := rows.Scan(&p.Staff, &p.Name, &p.Due, &p.Overdue, &p.Done); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}
