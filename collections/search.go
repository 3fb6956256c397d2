package collections

import (
	"errors"

	"kehu/internal/search"
)

// Indexed are the values of a customer that its search entry is made of.
type Indexed struct {
	Doc                                 int64
	Kind, Name, ShortName, Number, USCC string
	Owner, Department                   string
	HasDeal                             bool
	Phones, Contacts                    []string
}

// Index writes the search entry of a customer, new or changed. It runs in the transaction of the
// row that it describes.
func Index(db DB, c Indexed, isNew bool) error {
	b, contact, scope := c.document().Columns()
	entry := searchEntry{c.Doc, isNew, [3]string{b, contact, scope}}
	if bulk, ok := db.(*Bulk); ok {
		bulk.entries = append(bulk.entries, entry)
		if isNew {
			keyLater(bulk, c.Doc)
		}
		return nil
	}
	return entry.write(db)
}

func (c Indexed) document() *search.Document {
	d := &search.Document{}
	if c.Kind == "individual" { // a person's name is contact data
		d.Person(c.Name)
		d.Person(c.ShortName)
	} else {
		d.Name(c.Name)
		d.Name(c.ShortName)
	}
	d.Code(c.Number)
	d.Code(c.USCC)
	for _, name := range c.Contacts {
		d.Person(name)
	}
	for _, phone := range c.Phones {
		d.Phone(phone)
	}
	d.Scope(c.Owner, c.Department, c.HasDeal)
	return d
}

const indexedColumns = `SELECT doc, kind, name, short_name, number, uscc, owner, department, has_deal,
	mobile, landline FROM customers WHERE id = ?`

// Reindex reads a customer with its contacts and writes its search entry and its keys anew.
func Reindex(db DB, customer string) error {
	var c Indexed
	var mobile, landline string
	found, err := one(db, []any{&c.Doc, &c.Kind, &c.Name, &c.ShortName, &c.Number, &c.USCC,
		&c.Owner, &c.Department, &c.HasDeal, &mobile, &landline}, indexedColumns, customer)
	if err != nil || !found {
		return err
	}
	c.Phones = append(c.Phones, mobile, landline)
	rows, err := db.Query("SELECT name, mobile, landline FROM contacts WHERE customer = ?", customer)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, mobile, landline string
		if err := rows.Scan(&name, &mobile, &landline); err != nil {
			return err
		}
		c.Contacts = append(c.Contacts, name)
		c.Phones = append(c.Phones, mobile, landline)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	return errors.Join(Index(db, c, false), Rekey(db, customer))
}
