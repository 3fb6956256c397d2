package collections

import "strings"

// DepartmentPath is a department's chain, such as /head/below/; "/" for none.
func DepartmentPath(db DB, department string) (string, error) {
	path := "/"
	if department == "" {
		return path, nil
	}
	_, err := one(db, []any{&path}, "SELECT path FROM departments WHERE id = ?", department)
	return path, err
}

// InPath tells whether a department stands in a chain.
func InPath(path, department string) bool { return strings.Contains(path, "/"+department+"/") }

// MoveDepartments rewrites the chains of everything that stood below a department.
func MoveDepartments(db DB, old, path string) error {
	if old == "" || old == path {
		return nil
	}
	return db.Exec(`UPDATE departments SET path = ? || substr(path, ?)
		WHERE path LIKE ? AND path != ?`, path, len(old)+1, old+"%", path)
}

// DepartmentUsed tells whether somebody or something is still in a department.
func DepartmentUsed(db DB, id string) (used bool, err error) {
	_, err = one(db, []any{&used}, `SELECT EXISTS (SELECT 1 FROM staff WHERE department = ?)
		OR EXISTS (SELECT 1 FROM customers WHERE department = ?) OR EXISTS (SELECT 1 FROM departments WHERE parent = ?)
		OR EXISTS (SELECT 1 FROM archives WHERE department = ? AND state = 'kept')
		OR EXISTS (SELECT 1 FROM campaigns WHERE department = ?)
		OR EXISTS (SELECT 1 FROM approvals WHERE department = ? AND state = 'open')`, id, id, id, id, id, id)
	return used, err
}

// Moved is a customer that was put into another department.
type Moved struct{ Customer, From string }

// MoveCustomers puts a member's customers into a department, their search entries included, and
// answers which those were.
func MoveCustomers(db DB, owner, department string) ([]Moved, error) {
	moved, err := elsewhere(db, owner, department)
	if err != nil {
		return nil, err
	}
	for _, m := range moved {
		err := db.Exec("UPDATE customers SET department = ? WHERE id = ?", department, m.Customer)
		if err != nil {
			return nil, err
		}
		if err := Reindex(db, m.Customer); err != nil {
			return nil, err
		}
	}
	return moved, nil
}

func elsewhere(db DB, owner, department string) ([]Moved, error) {
	rows, err := db.Query("SELECT id, department FROM customers WHERE owner = ? AND department IS NOT ? "+
		"ORDER BY id", owner, department)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var moved []Moved
	for rows.Next() {
		var m Moved
		if err := rows.Scan(&m.Customer, &m.From); err != nil {
			return nil, err
		}
		moved = append(moved, m)
	}
	return moved, rows.Err()
}

// OtherAdmins counts the active data administrators beside one.
func OtherAdmins(db DB, staff string) (n int, err error) {
	_, err = one(db, []any{&n}, `SELECT count(*) FROM staff
		WHERE role = 'data_admin' AND active AND id != ?`, staff)
	return n, err
}

// ImportedCustomers lists the customers that an import made, with the row of each.
func ImportedCustomers(db DB, id string) (map[string]int32, error) {
	rows, err := db.Query("SELECT record, `row` FROM import_rows WHERE `import` = ? "+
		"AND outcome IN ('created', 'incomplete')", id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	made := map[string]int32{}
	for rows.Next() {
		var customer string
		var row int32
		if err := rows.Scan(&customer, &row); err != nil {
			return nil, err
		}
		made[customer] = row
	}
	return made, rows.Err()
}

// TagNames lists the tags, the system's first.
func TagNames(db DB) ([]string, error) {
	return column(db, "SELECT name FROM tags ORDER BY system DESC, name")
}

// StaffNames lists the active members whose name is theirs alone.
func StaffNames(db DB) ([]string, error) {
	return column(db, "SELECT name FROM staff WHERE active GROUP BY name HAVING count(*) = 1 "+
		"ORDER BY name")
}

// NameOf is the name of a record of a collection that has names, "" where there is none.
func NameOf(db DB, collection, id string) string {
	var name string
	if _, err := one(db, []any{&name}, "SELECT name FROM "+collection+" WHERE id = ?", id); err != nil {
		return ""
	}
	return name
}

// Names maps the ids of a small collection to its names.
func Names(db DB, collection string) (map[string]string, error) {
	return pairsOf(db, "SELECT id, name FROM "+collection)
}
