package collections

import "github.com/pocketbase/pocketbase/core"

func init() {
	core.AppMigrations.Register(indexSubjects, nil, "1764000161_task_subjects.go")
}

// indexSubjects finds the tasks about a record.
func indexSubjects(app core.App) error {
	c, err := app.FindCollectionByNameOrId("tasks")
	if err != nil {
		return err
	}
	c.Indexes = append(c.Indexes, indexOn("idx_tasks_subject", "tasks", "subject_id, subject_collection", "subject_id != ''"))
	return app.Save(c)
}

// Task is work to be made once: a second one of the same key is not made.
type Task struct {
	Key, Kind, Customer, Assignee, Title string
	Due                                  string // stamp
	Provisional                          string // JSON list of years
	Collection, Subject                  string
}

// OpenTask makes a task, unless its key was given before.
func OpenTask(db DB, t Task, at string) error {
	if t.Provisional == "" {
		t.Provisional = "[]"
	}
	return db.Exec(`INSERT INTO tasks (id, created, updated, kind, customer, assignee, title, due,
			state, done_by, done_at, `+"`key`"+`, subject_collection, subject_id, provisional)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', '', '', ?, ?, ?, ?)
		ON CONFLICT (`+"`key`) WHERE `key`"+` != '' DO NOTHING`,
		core.GenerateDefaultRandomId(), at, at, t.Kind, t.Customer, t.Assignee, t.Title, t.Due,
		t.Key, t.Collection, t.Subject, t.Provisional)
}

// closeTask is the end of a task by the act itself. Its key is given free where the same work may
// come again. The plus keeps the planner from walking all that is open.
const closeTask = `UPDATE tasks SET state = 'done', done_by = ?, done_at = ?, updated = ?,
	` + "`key` = CASE WHEN kind IN ('complete', 'campaign') AND `key` != '' THEN `key` || '#' || id ELSE `key` END" +
	` WHERE +state = 'open' AND `

// EndAlarms ends the tasks of alarms that are over and gives their keys free: an alarm that comes again
// is a task again. Keys are prefix, code, a colon and whose it is.
func EndAlarms(db DB, prefix string, still []string, by, at string) error {
	return db.Exec("UPDATE tasks SET done_by = CASE state WHEN 'open' THEN ? ELSE done_by END, "+
		"done_at = CASE state WHEN 'open' THEN ? ELSE done_at END, "+
		"state = CASE state WHEN 'open' THEN 'done' ELSE state END, updated = ?, `key` = `key` || '#' || id "+
		"WHERE `key` != '' AND `key` >= ? AND `key` < ? AND instr(`key`, '#') = 0 AND NOT EXISTS (SELECT 1 FROM json_each(?) s "+
		"WHERE instr(tasks.`key`, ? || s.value || ':') = 1)",
		by, at, at, prefix, prefix+"\U0010FFFF", jsonList(still...), prefix)
}

// aboutRecord are the tasks about a record.
const aboutRecord = "subject_collection = ? AND subject_id = ? AND subject_id != ''"

// CloseTasksOf ends the tasks about a record.
func CloseTasksOf(db DB, collection, id, by, at string) error {
	return db.Exec(closeTask+aboutRecord, by, at, at, collection, id)
}

// CloseTasks ends a customer's tasks of a kind.
func CloseTasks(db DB, customer, kind, by, at string) error {
	return db.Exec(closeTask+"customer = ? AND kind = ?", by, at, at, customer, kind)
}

// CloseUntouched ends the reminders that nobody touches a customer.
func CloseUntouched(db DB, customer, by, at string) error {
	return db.Exec(closeTask+"customer = ? AND kind = 'verify' AND `key` LIKE 'untouched:%'",
		by, at, at, customer)
}

// OwnerOf is who looks after a customer.
func OwnerOf(db DB, customer string) (owner string, err error) {
	_, err = one(db, []any{&owner}, "SELECT owner FROM customers WHERE id = ?", customer)
	return owner, err
}
