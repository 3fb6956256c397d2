package collections

import "slices"

// Untouched tells whether a record is as an import left it at that moment.
func Untouched(db DB, collection, id, stamp string) (bool, error) {
	var found string
	return one(db, []any{&found}, "SELECT id FROM "+collection+" WHERE id = ? AND updated = ?",
		id, stamp)
}

// RemoveImported deletes a customer that an import made, with what the import gave it, unless it
// or anything of it was written since.
func RemoveImported(db DB, id, stamp string) (bool, error) {
	untouched, err := Untouched(db, "customers", id, stamp)
	if err != nil || !untouched {
		return false, err
	}
	for _, belonging := range Belongings {
		var other string
		later, err := one(db, []any{&other}, "SELECT id FROM "+belonging+
			" WHERE customer = ? AND updated != ? LIMIT 1", id, stamp)
		if err != nil || later {
			return false, err
		}
	}
	var child string
	if above, err := one(db, []any{&child},
		"SELECT id FROM customers WHERE parent = ? AND parent != '' LIMIT 1", id); err != nil || above {
		return false, err
	}
	for _, belonging := range append(slices.Clone(Belongings), "tasks") {
		if err := db.Exec("DELETE FROM "+belonging+" WHERE customer = ?", id); err != nil {
			return false, err
		}
	}
	if err := db.Exec("DELETE FROM duplicate_pairs WHERE a = ? OR b = ?", id, id); err != nil {
		return false, err
	}
	return true, db.Exec("DELETE FROM customers WHERE id = ?", id)
}

// RemoveBelonging deletes a record that an import made, unless it was written since, and tells
// whose it was.
func RemoveBelonging(db DB, collection, id, stamp string) (customer string, found bool, err error) {
	found, err = one(db, []any{&customer}, "SELECT customer FROM "+collection+
		" WHERE id = ? AND updated = ?", id, stamp)
	if err != nil || !found {
		return "", false, err
	}
	return customer, true, db.Exec("DELETE FROM "+collection+" WHERE id = ?", id)
}

// ImportedRow is a row of an import's book.
type ImportedRow struct{ ID, Outcome, Raw string }

// ImportRow reads one; nil where there is none.
func ImportRow(db DB, id string, number int) (*ImportedRow, error) {
	r := &ImportedRow{}
	found, err := one(db, []any{&r.ID, &r.Outcome, &r.Raw}, "SELECT id, outcome, coalesce(raw, '[]') "+
		"FROM import_rows WHERE `import` = ? AND `row` = ?", id, number)
	if err != nil || !found {
		return nil, err
	}
	return r, nil
}

// DropImportRow removes a row that is written anew.
func DropImportRow(db DB, id string) error {
	return db.Exec("DELETE FROM import_rows WHERE id = ?", id)
}

// MarkUndone notes in the import's book that a row is taken back, in the transaction that took it
// back: an undo that is cut off goes on after it.
func MarkUndone(db DB, row string) error {
	return db.Exec("UPDATE import_rows SET decision = 'undone' WHERE id = ?", row)
}

// CountUndone counts the rows of an import that were taken back.
func CountUndone(db DB, id string) (n int, err error) {
	_, err = one(db, []any{&n},
		"SELECT count(*) FROM import_rows WHERE `import` = ? AND decision = 'undone'", id)
	return n, err
}
