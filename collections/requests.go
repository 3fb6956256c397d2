package collections

import (
	"encoding/json"
	"slices"
)

// DepartmentOfCustomer is the department that a customer belongs to now.
func DepartmentOfCustomer(db DB, customer string) (department string, found bool, err error) {
	found, err = one(db, []any{&department}, "SELECT department FROM customers WHERE id = ?",
		customer)
	return department, found, err
}

// ManagersAbove are the managers of a chain of departments, from the lowest upwards; "" for a
// department without an active one.
func ManagersAbove(db DB, path string) ([]string, error) {
	return column(db, `SELECT coalesce(s.id, '') FROM departments d
		LEFT JOIN staff s ON s.id = d.manager AND s.active
		WHERE ? LIKE '%/' || d.id || '/%' ORDER BY length(d.path) DESC`, path)
}

// IsActive tells whether a member of staff works here.
func IsActive(db DB, staff string) bool {
	var id string
	found, err := one(db, []any{&id}, "SELECT id FROM staff WHERE id = ? AND active", staff)
	return err == nil && found
}

// ActiveAdmins are the active data administrators.
func ActiveAdmins(db DB) ([]string, error) {
	return column(db, "SELECT id FROM staff WHERE role = 'data_admin' AND active ORDER BY id")
}

// OpenRequest finds an open request of a customer that one of the topics is about: "mobile",
// "contacts/ID".
func OpenRequest(db DB, customer string, topics []string) (id, topic string, err error) {
	rows, err := db.Query(`SELECT id, coalesce(payload ->> '$.topics', '[]') FROM approvals
		WHERE customer = ? AND state = 'open' AND kind = 'change'`, customer)
	if err != nil {
		return "", "", err
	}
	defer rows.Close()
	for rows.Next() {
		var open, list string
		if err := rows.Scan(&open, &list); err != nil {
			return "", "", err
		}
		var taken []string
		if err := json.Unmarshal([]byte(list), &taken); err != nil {
			return "", "", err
		}
		for _, t := range topics {
			if slices.Contains(taken, t) {
				return open, t, nil
			}
		}
	}
	return "", "", rows.Err()
}

// SealForRequest keeps a sensitive value that a request would write: sealed, with the blind index
// of the value that it would replace.
func SealForRequest(db DB, approval, field string, sealed, before []byte) error {
	return db.Exec(`INSERT INTO kehu_approval_sealed (approval, field, sealed, before)
		VALUES (?, ?, ?, ?)`, approval, field, sealed, before)
}

// requestsFollow tells the open requests of a customer the new blind index of a value that is the
// same but indexed by another key, as while keys are changed: they still replace what they were
// asked to replace. The index by the primary key comes first.
func requestsFollow(db DB, indexes [][]byte, customer, field string) error {
	for _, old := range indexes[1:] {
		err := db.Exec(`UPDATE kehu_approval_sealed SET before = ? WHERE field = ? AND before = ?
			AND approval IN (SELECT id FROM approvals WHERE customer = ? AND customer != '')`,
			indexes[0], field, old, customer)
		if err != nil {
			return err
		}
	}
	return nil
}

// SealedOfRequest reads it back.
func SealedOfRequest(db DB, approval, field string) (sealed, before []byte, found bool, err error) {
	found, err = one(db, []any{&sealed, &before}, `SELECT sealed, before FROM kehu_approval_sealed
		WHERE approval = ? AND field = ?`, approval, field)
	return sealed, before, found, err
}

// DropSealedOfRequest forgets the values of a request that is decided.
func DropSealedOfRequest(db DB, approval string) error {
	return db.Exec("DELETE FROM kehu_approval_sealed WHERE approval = ?", approval)
}

// BlindOf is the blind index of a customer's sealed value; empty where there is none.
func BlindOf(db DB, customer, field string) (blind []byte, err error) {
	blind = []byte{}
	_, err = one(db, []any{&blind}, "SELECT blind FROM kehu_sealed WHERE customer = ? AND field = ?",
		customer, field)
	return blind, err
}

// HasSystemTag tells whether a customer carries one of the company's system tags (R5.6).
func HasSystemTag(db DB, customer string) (bool, error) {
	var id string
	return one(db, []any{&id}, `SELECT t.id FROM customers c, json_each(c.tags) j
		CROSS JOIN tags t ON t.id = j.value AND t.system WHERE c.id = ?`, customer)
}

// StaleRequests ends the open requests of a customer that is gone.
func StaleRequests(db DB, customer, why, at string) error {
	return db.Exec(`UPDATE approvals SET state = 'stale', note = ?, decided = ?, updated = ?
		WHERE customer = ? AND state = 'open'`, why, at, at, customer)
}

// StaleSubject ends the open requests about a record.
func StaleSubject(db DB, collection, id, why, at string) error {
	return db.Exec(`UPDATE approvals SET state = 'stale', note = ?, decided = ?, updated = ?
		WHERE subject_collection = ? AND subject_id = ? AND state = 'open'`, why, at, at, collection, id)
}

// StatusOf is a customer's status and value level.
func StatusOf(db DB, customer string) (status, level string, err error) {
	_, err = one(db, []any{&status, &level}, "SELECT status, value_level FROM customers WHERE id = ?",
		customer)
	return status, level, err
}
