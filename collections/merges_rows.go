package collections

import (
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/merge"
)

// ReadRow reads a customer's whole row as SQLite holds it; nil where there is none.
func ReadRow(db DB, id string) (merge.Row, error) {
	rows, err := readRows(db, "customers", "id = ?", id)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// InsertRow stores a whole row again, with its own id, number and sequence.
func InsertRow(db DB, row merge.Row) error { return insertRow(db, "customers", row) }

// UpdateRow changes columns of a customer and its time stamp.
func UpdateRow(db DB, id string, changes merge.Row) error {
	statement, values := "UPDATE customers SET updated = "+sqlNow, []any{}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		statement += ", `" + name + "` = ?"
		values = append(values, changes[name])
	}
	return db.Exec(statement+" WHERE id = ?", append(values, id)...)
}

// DropCustomer takes a customer's row out. What belongs to it must have moved before.
func DropCustomer(db DB, id string) error {
	if err := db.Exec("DELETE FROM kehu_sealed WHERE customer = ?", id); err != nil {
		return err
	}
	return db.Exec("DELETE FROM customers WHERE id = ?", id)
}

// Reference is a column that names customers.
type Reference struct {
	Table, Column string
	Many          bool // a JSON list of ids
	Owned         bool // the record goes when the customer goes
}

// keepsOwn are the references that a merge treats in their own way.
var keepsOwn = []string{"customers", "duplicate_pairs"}

// References lists the columns by which records belong to customers, from the collections as they
// are: what another version adds follows a merge by itself.
func References(app core.App) ([]Reference, error) {
	all, err := app.FindAllCollections()
	if err != nil {
		return nil, err
	}
	var found []Reference
	for _, c := range all {
		if c.IsView() || slices.Contains(keepsOwn, c.Name) {
			continue
		}
		for _, f := range c.Fields {
			if r, ok := f.(*core.RelationField); ok && r.CollectionId == ids["customers"] {
				found = append(found, Reference{c.Name, r.Name, r.MaxSelect > 1, r.CascadeDelete})
			}
		}
	}
	slices.SortFunc(found, func(a, b Reference) int {
		return strings.Compare(a.Table+a.Column, b.Table+b.Column)
	})
	return found, nil
}

// Holders lists the records whose reference is a customer.
func (r Reference) Holders(db DB, customer string) ([]string, error) {
	if r.Many {
		return column(db, "SELECT id FROM `"+r.Table+"` WHERE EXISTS (SELECT 1 FROM json_each("+
			"CASE WHEN json_valid(`"+r.Column+"`) THEN `"+r.Column+"` ELSE '[]' END) WHERE value = ?) "+
			"ORDER BY id", customer)
	}
	return column(db, "SELECT id FROM `"+r.Table+"` WHERE `"+r.Column+"` = ? ORDER BY id", customer)
}

// ReadCell reads one value of one record; found is false where there is no record.
func ReadCell(db DB, table, id, name string) (value any, found bool, err error) {
	found, err = one(db, []any{&value}, "SELECT +`"+name+"` FROM `"+table+"` WHERE id = ?", id)
	if bytes, ok := value.([]byte); ok {
		value = string(bytes)
	}
	return value, found, err
}

// WriteCell changes one value of one record.
func WriteCell(db DB, table, id, name string, value any) error {
	return db.Exec("UPDATE `"+table+"` SET `"+name+"` = ? WHERE id = ?", value, id)
}

// Children lists the customers below one in its group of companies.
func Children(db DB, id string) ([]string, error) {
	return column(db, "SELECT id FROM customers WHERE parent = ? AND parent != '' ORDER BY id", id)
}

// ParentOf is the customer above one, "" for none.
func ParentOf(db DB, id string) string {
	var above string
	if _, err := one(db, []any{&above}, "SELECT parent FROM customers WHERE id = ?", id); err != nil {
		return ""
	}
	return above
}

// CountBelongings counts what belongs to a customer in one table.
func CountBelongings(db DB, table, customer string) (n int, err error) {
	_, err = one(db, []any{&n}, "SELECT count(*) FROM `"+table+"` WHERE customer = ?", customer)
	return n, err
}

// FirstPrimary is the primary contact of a customer, "" where it has none.
func FirstPrimary(db DB, customer string) (id string, err error) {
	_, err = one(db, []any{&id}, "SELECT id FROM contacts WHERE customer = ? AND `primary` "+
		"ORDER BY created, id LIMIT 1", customer)
	return id, err
}

// Primaries lists the primary contacts of a customer.
func Primaries(db DB, customer string) ([]string, error) {
	return column(db, "SELECT id FROM contacts WHERE customer = ? AND `primary` ORDER BY created, id",
		customer)
}

// SharedMobiles lists the mobiles that stand at more than one contact of a customer.
func SharedMobiles(db DB, customer string) ([]string, error) {
	return column(db, `SELECT mobile FROM contacts WHERE customer = ? AND mobile != ''
		GROUP BY mobile HAVING count(*) > 1 ORDER BY mobile`, customer)
}

// CodeHolder is the number of the customer that has a credit code, other than one.
func CodeHolder(db DB, code, except string) (number string, err error) {
	_, err = one(db, []any{&number}, `SELECT number FROM customers
		WHERE uscc = ? AND uscc != '' AND id != ?`, code, except)
	return number, err
}

// TasksAbout lists the open tasks about a record.
func TasksAbout(db DB, collection, id string) ([]string, error) {
	return column(db, "SELECT id FROM tasks WHERE "+aboutRecord+" AND +state = 'open' ORDER BY id", collection, id)
}

// KeyedTask is a task that is made once, and what it is made once by.
type KeyedTask struct{ ID, Key string }

// KeyedTasks lists the open ones of a customer, what is due first before the rest.
func KeyedTasks(db DB, customer string) ([]KeyedTask, error) {
	rows, err := db.Query("SELECT id, `key` FROM tasks WHERE customer = ? AND +state = 'open' AND `key` != '' "+
		"ORDER BY due, id", customer)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []KeyedTask
	for rows.Next() {
		var t KeyedTask
		if err := rows.Scan(&t.ID, &t.Key); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}
