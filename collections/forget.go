package collections

import (
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// forgetChunk is how many rows one short write deletes of what is past its time.
const forgetChunk = 2000

// ForgetTasks deletes tasks that ended before a moment. It goes through them in the order in which they were
// made and stops where they were made since: the rest cannot have ended before.
func ForgetTasks(db DB, before time.Time) error {
	for at, stamp := int64(0), Stamp(before); ; {
		var last int64
		var since bool
		found, err := one(db, []any{&last, &since}, `SELECT rowid, created >= ? FROM
			(SELECT rowid, created FROM tasks WHERE rowid > ? ORDER BY rowid LIMIT ?) ORDER BY rowid DESC LIMIT 1`,
			stamp, at, forgetChunk)
		if err != nil || !found {
			return err
		}
		if err := db.Exec(`DELETE FROM tasks WHERE rowid > ? AND rowid <= ? AND state != 'open'
			AND done_at != '' AND done_at < ?`, at, last, stamp); err != nil || since {
			return err
		}
		at = last
	}
}

// ForgetImportRows deletes the rows of imports that were made before a moment; what was imported stays, and
// so do the counts. Imports that wait for a decision or whose undo goes on, by their note, keep theirs.
func ForgetImportRows(db DB, before time.Time, undoing string) error {
	old, err := column(db, "SELECT id FROM imports i WHERE created < ? AND state IN ('done', 'failed', 'cancelled', 'undone') "+
		"AND EXISTS (SELECT 1 FROM import_rows WHERE `import` = i.id) AND note != ? "+
		"AND NOT EXISTS (SELECT 1 FROM approvals WHERE subject_collection = 'imports' AND subject_id = i.id AND state = 'open') "+
		"AND NOT EXISTS (SELECT 1 FROM kehu_batches WHERE `import` = i.id)", Stamp(before), undoing)
	if err != nil {
		return err
	}
	for _, id := range old {
		for more, n := true, 0; more; {
			if err := db.Exec("DELETE FROM import_rows WHERE id IN (SELECT id FROM import_rows WHERE `import` = ? LIMIT ?)",
				id, forgetChunk); err != nil {
				return err
			}
			if more, err = one(db, []any{&n}, "SELECT 1 FROM import_rows WHERE `import` = ? LIMIT 1", id); err != nil {
				return err
			}
		}
	}
	return nil
}

// TrimLog keeps the newest entries of PocketBase's log. Its pages are used again.
func TrimLog(app core.App, most int) error {
	return Through(app.AuxNonconcurrentDB()).Exec(
		"DELETE FROM _logs WHERE rowid <= (SELECT max(rowid) FROM _logs) - ?", most)
}
