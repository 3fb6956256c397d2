package hooks

import (
	"encoding/json"
	"net/http"

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
	u := &undoing{House: h, id: record.Id, collection: record.GetString("collection")}
	if err := u.run(); err != nil {
		return err
	}
	var c counts
	if err := record.UnmarshalJSONField("counts", &c); err != nil {
		return err
	}
	c.Restored, c.Touched = u.restored, len(u.touched)
	record.Set("counts", c)
	record.Set("state", "undone")
	if err := e.App.Save(record); err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]any{"id": record.Id, "state": "undone",
		"restored": u.restored, "touched": u.touched})
}

type undoing struct {
	*House
	id, collection string
	restored       int
	touched        []map[string]any
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
		rows, err := u.next(last)
		if err != nil || len(rows) == 0 {
			return err
		}
		err = u.app.RunInTransaction(func(tx core.App) error {
			db := collections.Through(tx.DB())
			for _, r := range rows {
				if err := u.takeBack(db, r); err != nil {
					return err
				}
			}
			return nil
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
		"AND outcome IN ('created', 'incomplete', 'updated') ORDER BY `row` DESC LIMIT ?",
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
		u.restored++
		return nil
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
	for _, key := range sortedKeys(was.Values) {
		f := fields.MustGet("customers", key)
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
	if err := u.refreshMissing(db, r.record); err != nil {
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
