package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
)

// undoChunk is how many rows one transaction of an undo takes back.
const undoChunk = 200

// ErrTouched: a row's customer was changed after the import.
var ErrTouched = fault.Define("import_row_touched", "导入后已被修改或已有业务记录，没有撤销",
	"It was changed or built upon since the import and stays")

// ErrUndoLate: the rows by which an import is undone are forgotten.
var ErrUndoLate = fault.Define("import_undo_late", "这次导入已超过一年，逐行记录已清理，不能再整体撤销；请逐个修改",
	"This import is more than a year old and its rows are forgotten: it cannot be undone as a whole, change the records instead")

// ErrUndoBegun is an import's note from the begin of its undo to the end: one that is cut off goes
// on at the next start.
var (
	ErrUndoBegun = fault.Define("import_undo_begun", "撤销尚未完成，重新启动后会继续，也可再次点击撤销",
		"The undo is not finished: it goes on at the next start, or undo it again")
	ErrUndoInterrupted = fault.Define("import_undo_interrupted", "撤销时程序中断；重新启动后已撤销完毕",
		"The undo was interrupted; it was finished at the next start")
)

// importUndo takes an import back: rows nobody touched since return to what they were, customers
// that it made go with all that it gave them; those touched stay and are listed.
func (h *House) importUndo(e *core.RequestEvent) error {
	record, err := h.ownImport(e)
	if err != nil {
		return refuseError(e, err)
	}
	switch record.GetString("state") {
	case "done", "failed", "cancelled":
	default:
		return refuseError(e, wrongState(record, "撤销", "be undone"))
	}
	if record.GetDateTime("created").Time().Before(h.options.Clock().AddDate(-keepRows, 0, 0)) {
		return refuse(e, http.StatusGone, ErrUndoLate)
	}
	u, err := h.undo(record, "", actorIn(e))
	if err != nil {
		return refuseError(e, diskFault(err))
	}
	return e.JSON(http.StatusOK, map[string]any{"id": record.Id, "state": "undone",
		"restored": u.restored, "touched": u.touched})
}

// undo takes an import back from where an earlier try left it, and writes the note with which it
// ended. The caller holds the import.
func (h *House) undo(record *core.Record, note string, by actor) (*undoing, error) {
	record.Set("note", ErrUndoBegun.In("zh"))
	if err := h.app.Save(record); err != nil {
		return nil, err
	}
	u := &undoing{House: h, id: record.Id, collection: record.GetString("collection"), by: by}
	err := h.withdrawBatch(record.Id, by)
	if err == nil {
		err = u.run()
	}
	if err != nil {
		return nil, err
	}
	u.restored, err = collections.CountUndone(collections.Through(h.app.DB()), u.id)
	if err != nil {
		return nil, err
	}
	var c counts
	if err := record.UnmarshalJSONField("counts", &c); err != nil {
		return nil, err
	}
	c.Restored, c.Touched = u.restored, len(u.touched)
	record.Set("counts", c)
	record.Set("state", "undone")
	record.Set("note", note)
	return u, h.app.RunInTransaction(func(tx core.App) error {
		return errors.Join(tx.Save(record), h.campaignTakenBack(tx, record, by))
	})
}

// resumeUndo finishes undos that a stop or a crash cut off.
func (h *House) resumeUndo() error {
	left, err := h.app.FindRecordsByFilter("imports", "state != 'undone' && note = {:note}", "", 0, 0,
		dbx.Params{"note": ErrUndoBegun.In("zh")})
	for _, record := range left {
		h.imports.aside(func() { h.undoAgain(record.Id) })
	}
	return err
}

func (h *House) undoAgain(id string) {
	release, err := h.imports.holds.take(background(), id)
	if err != nil {
		return
	}
	defer release()
	record, err := h.app.FindRecordById("imports", id)
	if err == nil && record.GetString("state") != "undone" {
		_, err = h.undo(record, ErrUndoInterrupted.In("zh"), system)
	}
	if err != nil { // the note still says that the undo is not finished
		h.app.Logger().Error("import undo", "id", id, "error", err.Error())
	}
}

type undoing struct {
	*House
	id, collection string
	restored       int
	touched        []map[string]any
	by             actor
	changed        []collections.Change // of the rows at work
}

// undoRow is a row of the import's book that wrote something.
type undoRow struct {
	id, outcome, record, before, stamp string
	row                                int
}

// run goes from the last row to the first: a later row may have updated what an earlier one made.
func (u *undoing) run() error {
	u.touched = []map[string]any{}
	last := 1 << 30
	for {
		select {
		case <-u.imports.quit:
			return context.Canceled // it goes on at the next start
		default:
		}
		rows, err := u.next(last)
		if err != nil || len(rows) == 0 {
			return err
		}
		err = u.app.RunInTransaction(func(tx core.App) error {
			db := collections.Through(tx.DB())
			u.changed = nil
			for _, r := range rows {
				if err := u.takeBack(db, r); err != nil {
					return err
				}
			}
			return errors.Join(u.noteUndone(tx, db, rows), collections.FoldCounts(db))
		})
		if err != nil {
			return err
		}
		last = rows[len(rows)-1].row
	}
}

func (u *undoing) next(below int) ([]undoRow, error) {
	db := collections.Through(u.app.DB())
	rows, err := db.Query("SELECT id, outcome, record, coalesce(before, 'null'), stamp, `row` "+
		"FROM import_rows WHERE `import` = ? AND `row` < ? "+
		"AND outcome IN ('created', 'incomplete', 'updated') AND decision != 'undone' "+
		"ORDER BY `row` DESC LIMIT ?",
		u.id, below, undoChunk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []undoRow
	for rows.Next() {
		var r undoRow
		err := rows.Scan(&r.id, &r.outcome, &r.record, &r.before, &r.stamp, &r.row)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

func (u *undoing) takeBack(db collections.DB, r undoRow) error {
	done := true
	var err error
	switch {
	case r.record == "":
		return nil // a dry run wrote nothing
	case u.collection != "customers":
		done, err = u.removeBelonging(db, r)
	case r.outcome == "updated":
		done, err = u.restore(db, r)
	default:
		done, err = collections.RemoveImported(db, r.record, r.stamp)
	}
	if err != nil {
		return err
	}
	if done {
		return collections.MarkUndone(db, r.id)
	}
	u.touched = append(u.touched, map[string]any{"row": r.row, "record": r.record,
		"code": ErrTouched.Code, "message": ErrTouched.In("zh")})
	return nil
}

func (u *undoing) removeBelonging(db collections.DB, r undoRow) (bool, error) {
	customer, found, err := collections.RemoveBelonging(db, u.collection, r.record, r.stamp)
	if err != nil || !found {
		return false, err
	}
	return true, u.refresh(db, u.collection, customer)
}

// restore puts an updated customer back to its values before.
func (u *undoing) restore(db collections.DB, r undoRow) (bool, error) {
	var was beforeUpdate
	if err := json.Unmarshal([]byte(r.before), &was); err != nil {
		return false, err
	}
	untouched, err := collections.Untouched(db, "customers", r.record, r.stamp)
	if err != nil || !untouched {
		return false, err
	}
	for _, id := range was.Contacts {
		if _, _, err := collections.RemoveBelonging(db, "contacts", id, r.stamp); err != nil {
			return false, err
		}
	}
	record, err := collections.ReadCustomer(u.app, db, r.record)
	if err != nil {
		return false, err
	}
	for _, key := range sortedKeys(was.Values) {
		f := fields.MustGet("customers", key)
		u.remembered(record, f, fromJSON(f, was.Values[key]))
		if f.Class == fields.Sensitive {
			continue // a number that was replaced is not kept anywhere in plain
		}
		stored, err := sqlValue(f, fromJSON(f, was.Values[key]))
		if err != nil {
			return false, err
		}
		if err := db.Exec("UPDATE customers SET `"+key+"` = ? WHERE id = ?", stored,
			r.record); err != nil {
			return false, err
		}
	}
	err = db.Exec("UPDATE customers SET updated = ? WHERE id = ?", was.Updated, r.record)
	if err != nil {
		return false, err
	}
	if err := errors.Join(u.refreshMissing(db, r.record), u.classify(db, r.record)); err != nil {
		return false, err
	}
	return true, collections.Reindex(db, r.record)
}

// fromJSON gives a value that went through JSON its own form again.
func fromJSON(f *fields.Field, value any) any {
	if list, ok := value.([]any); ok && f.Kind != fields.JSON {
		texts := make([]string, 0, len(list))
		for _, one := range list {
			if s, ok := one.(string); ok {
				texts = append(texts, s)
			}
		}
		return texts
	}
	return value
}
