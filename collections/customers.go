package collections

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
	"kehu/internal/register"
)

// NumberOf is a customer's number, "" where there is no such customer.
func NumberOf(db DB, customer string) (string, error) {
	if customer == "" {
		return "", nil
	}
	var number string
	_, err := one(db, []any{&number}, "SELECT number FROM customers WHERE id = ?", customer)
	return number, err
}

// maxGroupDepth bounds how deep a group of companies may be.
const maxGroupDepth = 20

// StandsAbove tells whether a customer is its would-be parent, or stands above it.
func StandsAbove(db DB, customer, parent string) bool {
	for range maxGroupDepth {
		if parent == customer && customer != "" {
			return true
		}
		var above string
		found, err := one(db, []any{&above}, "SELECT parent FROM customers WHERE id = ?", parent)
		if err != nil || !found || above == "" {
			return false
		}
		parent = above
	}
	return true
}

// Consented tells whether a consent for the purpose is on record and not withdrawn.
func Consented(db DB, customer, purpose string) bool {
	lists, err := column(db,
		"SELECT purposes FROM consents WHERE customer = ? AND withdrawn = ''", customer)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(lists, func(list string) bool {
		var purposes []string
		return json.Unmarshal([]byte(list), &purposes) == nil &&
			slices.Contains(purposes, purpose)
	})
}

// Sees tells whether the reader may read a customer's row.
func Sees(db DB, reader Reader, customer string) bool {
	where, args := reader.Where()
	statement := "SELECT id FROM customers WHERE id = ?"
	if where != "" {
		statement += " AND " + where
	}
	var id string
	found, err := one(db, []any{&id}, statement, append([]any{customer}, args...)...)
	return err == nil && found
}

// ReadCustomer reads a whole customer through a transaction.
func ReadCustomer(app core.App, db DB, id string) (*core.Record, error) {
	rows, err := db.Query("SELECT * FROM customers WHERE id = ?", id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, errors.Join(rows.Err(), sql.ErrNoRows)
	}
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	row := dbx.NullStringMap{}
	into, texts := make([]any, len(names)), make([]sql.NullString, len(names))
	for i := range texts {
		into[i] = &texts[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, name := range names {
		row[name] = texts[i]
	}
	collection, err := app.FindCachedCollectionByNameOrId("customers")
	if err != nil {
		return nil, err
	}
	record := core.NewRecord(collection)
	for _, f := range collection.Fields {
		value, err := f.PrepareValue(record, row[f.GetName()].String)
		if err != nil {
			return nil, err
		}
		record.SetRaw(f.GetName(), value)
	}
	return record, rows.Err()
}

// HasContact tells whether a customer has that contact: by mobile, else by name.
func HasContact(db DB, customer string, contact register.Values) (bool, error) {
	key, value := "mobile", contact.Text("mobile")
	if value == "" {
		key, value = "name", contact.Text("name")
	}
	if value == "" {
		return true, nil // nothing to know a contact by
	}
	var id string
	return one(db, []any{&id}, "SELECT id FROM contacts WHERE customer = ? AND "+key+" = ?",
		customer, value)
}

// SameBelonging finds the record of a customer that a row would enter again: one whose given
// values are all the same, or, with same false, another record under its number.
func SameBelonging(db DB, collection, customer string, values register.Values) (
	id string, same bool, err error) {
	conditions, args := []string{"customer = ?"}, []any{customer}
	for _, f := range fields.Of(collection) {
		value, given := values[f.Key]
		if !given || !f.IsText() && f.Kind != fields.Money && f.Kind != fields.Number {
			continue
		}
		conditions = append(conditions, "`"+f.Key+"` = ?")
		args = append(args, value)
	}
	same, err = one(db, []any{&id}, "SELECT id FROM "+collection+" WHERE "+
		strings.Join(conditions, " AND "), args...)
	if same || err != nil || values.Text("number") == "" {
		return id, same, err
	}
	_, err = one(db, []any{&id}, "SELECT id FROM "+collection+" WHERE number = ? AND number != ''",
		values.Text("number"))
	return id, false, err
}
