package collections

import (
	"encoding/json"

	"kehu/internal/match"
)

// Carded is a stored customer as far as it is compared, with what is said of it to people.
type Carded struct {
	Doc                           int64
	ID, Number, Owner, Department string
	Name                          string
	Card                          *match.Card
}

const cardColumns = `c.doc, c.id, c.number, c.owner, c.department, c.kind, c.name, c.short_name, c.uscc,
	c.legacy_reg_no, c.mobile, c.landline, c.email, c.business_address, c.registered_address,
	c.division, c.legal_representative`

// cardRow is a customer on the way to its card.
type cardRow struct {
	Carded
	record match.Record
}

// Cards reads customers by their sequence numbers; those that are gone are left out.
func Cards(db DB, docs []int64) (map[int64]*Carded, error) {
	if len(docs) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(docs)
	if err != nil {
		return nil, err
	}
	return cards(db, "FROM json_each(?) k CROSS JOIN customers c ON c.doc = k.value", string(list))
}

// CardsBetween reads the customers from one sequence number to another.
func CardsBetween(db DB, first, last int64) (map[int64]*Carded, error) {
	return cards(db, "FROM customers c INDEXED BY idx_customers_doc WHERE c.doc BETWEEN ? AND ?", first, last)
}

// CardOf reads one customer by its id; nil where there is none.
func CardOf(db DB, id string) (*Carded, error) {
	found, err := cards(db, "FROM customers c WHERE c.id = ?", id)
	for _, c := range found {
		return c, err
	}
	return nil, err
}

func cards(db DB, from string, args ...any) (map[int64]*Carded, error) {
	rows, err := cardRows(db, from, args...)
	if err != nil {
		return nil, err
	}
	if err := addBelongings(db, rows, from, args...); err != nil {
		return nil, err
	}
	found := make(map[int64]*Carded, len(rows))
	for doc, row := range rows {
		row.Card = match.Read(row.record, true)
		found[doc] = &row.Carded
	}
	return found, nil
}

func cardRows(db DB, from string, args ...any) (map[int64]*cardRow, error) {
	rows, err := db.Query("SELECT "+cardColumns+" "+from, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int64]*cardRow{}
	for rows.Next() {
		r := &cardRow{}
		var mobile, landline, email, business, registered string
		if err := rows.Scan(&r.Doc, &r.ID, &r.Number, &r.Owner, &r.Department, &r.record.Kind, &r.Name,
			&r.record.Short, &r.record.USCC, &r.record.RegNo, &mobile, &landline, &email, &business,
			&registered, &r.record.Division, &r.record.Legal); err != nil {
			return nil, err
		}
		r.record.Name = r.Name
		r.record.Mobiles, r.record.Landlines = []string{mobile}, []string{landline}
		r.record.Emails, r.record.Addresses = []string{email}, []string{business, registered}
		found[r.Doc] = r
	}
	return found, rows.Err()
}

// addBelongings adds the contacts and the blind indexes of sealed values.
func addBelongings(db DB, found map[int64]*cardRow, from string, args ...any) error {
	rows, err := db.Query("SELECT c.doc, t.name, t.mobile, t.landline, t.email "+joined(from, "contacts"), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var doc int64
		var name, mobile, landline, email string
		if err := rows.Scan(&doc, &name, &mobile, &landline, &email); err != nil {
			return err
		}
		if r := found[doc]; r != nil {
			r.record.AddContact(name, mobile, landline, email)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	sealed, err := db.Query("SELECT c.doc, t.field, t.blind "+joined(from, "kehu_sealed"), args...)
	if err != nil {
		return err
	}
	defer sealed.Close()
	for sealed.Next() {
		var doc int64
		var field string
		var blind []byte
		if err := sealed.Scan(&doc, &field, &blind); err != nil {
			return err
		}
		switch r := found[doc]; {
		case r == nil:
		case field == "cert_no":
			r.record.Certificates = append(r.record.Certificates, blind)
		case field == "bank_account":
			r.record.Accounts = append(r.record.Accounts, blind)
		}
	}
	return sealed.Err()
}

// AddContacts adds a stored customer's contacts to a record that is compared.
func AddContacts(db DB, customer string, r *match.Record) error {
	rows, err := db.Query("SELECT name, mobile, landline, email FROM contacts WHERE customer = ?", customer)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, mobile, landline, email string
		if err := rows.Scan(&name, &mobile, &landline, &email); err != nil {
			return err
		}
		r.AddContact(name, mobile, landline, email)
	}
	return rows.Err()
}

// joined reads what belongs to the customers of a FROM clause; a condition stays at its end.
func joined(from, table string) string {
	const condition = " WHERE "
	join := " CROSS JOIN " + table + " t ON t.customer = c.id"
	for i := 0; i+len(condition) <= len(from); i++ {
		if from[i:i+len(condition)] == condition {
			return from[:i] + join + from[i:]
		}
	}
	return from + join
}
