package collections

import "time"

// Once tells whether something of a name was done already, and notes that it is now. Whoever asks does
// it next; ForgetOnce takes the note back where that failed.
func Once(db DB, name string, at time.Time) (first bool, err error) {
	var known string
	found, err := one(db, []any{&known}, "SELECT name FROM kehu_once WHERE name = ?", name)
	if err != nil || found {
		return false, err
	}
	return true, db.Exec("INSERT INTO kehu_once (name, at) VALUES (?, ?)", name, Stamp(at))
}

// ForgetOnce takes a note back.
func ForgetOnce(db DB, name string) error {
	return db.Exec("DELETE FROM kehu_once WHERE name = ?", name)
}

// PruneOnce forgets the notes whose names begin alike and that are older.
func PruneOnce(db DB, prefix string, before time.Time) error {
	return db.Exec("DELETE FROM kehu_once WHERE substr(name, 1, ?) = ? AND at < ?", len(prefix), prefix, Stamp(before))
}

// OpenTasks counts a member's open tasks, and those of them that are overdue.
func OpenTasks(db DB, staff, now string) (open, overdue int, err error) {
	_, err = one(db, []any{&open, &overdue}, `SELECT count(*), coalesce(sum(due != '' AND due < ?), 0) FROM tasks
		WHERE assignee = ? AND state = 'open'`, now, staff)
	return open, overdue, err
}
