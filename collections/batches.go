package collections

import "github.com/pocketbase/pocketbase/core"

func init() {
	core.AppMigrations.Register(createBatches, nil, "1764000140_batches.go")
}

// createBatches adds the decisions about an import's rows that are still being carried out: a batch may
// be as large as the register, so it goes in parts, and on where a stop left it.
func createBatches(app core.App) error {
	return Through(app.NonconcurrentDB()).Exec("CREATE TABLE IF NOT EXISTS kehu_batches (" +
		"approval TEXT PRIMARY KEY, `import` TEXT NOT NULL, act TEXT NOT NULL, by TEXT NOT NULL, " +
		"by_name TEXT NOT NULL, note TEXT NOT NULL, next INTEGER NOT NULL) WITHOUT ROWID")
}

// Batch is a decision about an import's rows that is being carried out.
type Batch struct {
	Approval, Import, Act string
	By, ByName, Note      string
	Next                  int // rows up to this one are done
}

// BeginBatch notes what is to be carried out, in the transaction of the decision.
func BeginBatch(db DB, b Batch) error {
	return db.Exec("INSERT INTO kehu_batches (approval, `import`, act, by, by_name, note, next) "+
		"VALUES (?, ?, ?, ?, ?, ?, 0)", b.Approval, b.Import, b.Act, b.By, b.ByName, b.Note)
}

// OpenBatches lists the decisions that are not carried out to the end.
func OpenBatches(db DB) ([]string, error) {
	return column(db, "SELECT approval FROM kehu_batches ORDER BY approval")
}

// ReadBatch reads one; nil where it is done.
func ReadBatch(db DB, approval string) (*Batch, error) {
	b := &Batch{Approval: approval}
	found, err := one(db, []any{&b.Import, &b.Act, &b.By, &b.ByName, &b.Note, &b.Next},
		"SELECT `import`, act, by, by_name, note, next FROM kehu_batches WHERE approval = ?", approval)
	if err != nil || !found {
		return nil, err
	}
	return b, nil
}

// AdvanceBatch notes the last row that is done.
func AdvanceBatch(db DB, approval string, row int) error {
	return db.Exec("UPDATE kehu_batches SET next = ? WHERE approval = ?", row, approval)
}

// EndBatch forgets a decision that is carried out.
func EndBatch(db DB, approval string) error {
	return db.Exec("DELETE FROM kehu_batches WHERE approval = ?", approval)
}

// BatchRow is a row of an import's book that a decision is about.
type BatchRow struct {
	Row    int
	Record string
	Held   bool // a change of a customer that was there before
}

// BatchRows lists the customers that an import made or would change, after a row.
func BatchRows(db DB, id string, after, limit int) ([]BatchRow, error) {
	rows, err := db.Query("SELECT `row`, record, decision = 'held' FROM import_rows WHERE `import` = ? AND `row` > ? "+
		"AND (outcome = 'created' OR decision = 'held') ORDER BY `row` LIMIT ?", id, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []BatchRow
	for rows.Next() {
		var r BatchRow
		if err := rows.Scan(&r.Row, &r.Record, &r.Held); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// Underway lists those of some customers that wait for a decision and have no request of their own.
func Underway(db DB, customers []string) ([]string, error) {
	return column(db, `SELECT id FROM customers c WHERE id IN (SELECT value FROM json_each(?))
		AND status = 'pending' AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.customer = c.id AND a.customer != ''
		AND a.state = 'open' AND a.kind = 'entry') ORDER BY id`, jsonList(customers...))
}

// SetStatus gives customers a status. With at they count as changed then; without, they can be taken
// back with the import that made them.
func SetStatus(db DB, customers []string, status, at string) error {
	return db.Exec(`UPDATE customers SET status = ?, updated = CASE WHEN ? = '' THEN updated ELSE ? END
		WHERE id IN (SELECT value FROM json_each(?))`, status, at, at, jsonList(customers...))
}

// OpenRequestAbout is the open request about a record, "" for none.
func OpenRequestAbout(db DB, collection, id string) (request string, err error) {
	_, err = one(db, []any{&request}, `SELECT id FROM approvals WHERE subject_collection = ? AND subject_id = ?
		AND state = 'open' LIMIT 1`, collection, id)
	return request, err
}

// HeldBefore is what a change that waits was compared with: the customer's time stamp then and now, ""
// where it is gone.
func HeldBefore(db DB, id string, row int) (then, now string, err error) {
	_, err = one(db, []any{&then, &now}, "SELECT coalesce(r.before ->> '$.updated', ''), coalesce(c.updated, '') "+
		"FROM import_rows r LEFT JOIN customers c ON c.id = r.record WHERE r.`import` = ? AND r.`row` = ?", id, row)
	return then, now, err
}

// LeaveRow notes that a row's change was not made, and why.
func LeaveRow(db DB, id, decision, faults string) error {
	return db.Exec("UPDATE import_rows SET decision = ?, errors = ? WHERE id = ?", decision, faults, id)
}
