package collections

import "fmt"

// Reminder is one kind of work that the night makes of the active customers (R8.1, R8.5).
type Reminder struct {
	Kind, Prefix, Title string
	Assignee            string // SQL for who does it
	Period              string // SQL of what makes it new again: a month, or since when it stands
	Where               string // SQL, with its arguments
	Args                []any
	AssigneeArgs        []any
	PeriodArgs          []any
}

// LastDoc is the newest customer's place in the order of entry.
func LastDoc(db DB) (last int64, err error) {
	_, err = one(db, []any{&last}, "SELECT coalesce(max(doc), 0) FROM customers")
	return last, err
}

// Remind makes the tasks for the customers entered after one place and up to another: a bounded
// part of the register, in one short write. What was made before is not made again.
func Remind(db DB, r Reminder, after, upTo int64, due, provisional, at string) error {
	args := []any{at, at, r.Kind}
	args = append(args, r.AssigneeArgs...)
	args = append(args, r.Title, due, r.Prefix)
	args = append(args, r.PeriodArgs...)
	args = append(args, provisional, after, upTo)
	args = append(args, r.Args...)
	return db.Exec(fmt.Sprintf("INSERT INTO tasks (id, created, updated, kind, customer, assignee, "+
		"title, due, state, done_by, done_at, `key`, subject_collection, subject_id, provisional) "+
		"SELECT 'r' || lower(hex(randomblob(7))), ?, ?, ?, c.id, %s, ?, ?, 'open', '', '', "+
		"? || ':' || c.id || ':' || %s, '', '', ? FROM customers c "+
		"WHERE c.doc > ? AND c.doc <= ? AND c.status = 'active' AND %s "+
		"ON CONFLICT (`key`) WHERE `key` != '' DO NOTHING", r.Assignee, r.Period, r.Where), args...)
}

// ServiceStaff are the active members of customer service.
func ServiceStaff(db DB) ([]string, error) {
	return column(db, "SELECT id FROM staff WHERE role = 'service' AND active ORDER BY id")
}

// Overdue lists open requests past their time that nobody was told of.
func Overdue(db DB, now string, limit int) ([]string, error) {
	return column(db, `SELECT id FROM approvals WHERE state = 'open' AND due < ? AND escalated = ''
		ORDER BY due LIMIT ?`, now, limit)
}
