package collections

import (
	"strings"

	"kehu/internal/search"
)

// CountReveal counts one more act of a person in a span of time, such as "reveal 2026-11-05", and
// answers how many that makes.
func CountReveal(db DB, by, span string) (n int, err error) {
	_, err = one(db, []any{&n}, `INSERT INTO kehu_reveals (by, span, n) VALUES (?, ?, 1)
		ON CONFLICT (by, span) DO UPDATE SET n = n + 1 RETURNING n`, by, span)
	return n, err
}

// ForgetReveals drops the counts of earlier spans than those of a day: their dates stand last in
// the name.
func ForgetReveals(db DB, day string) error {
	return db.Exec("DELETE FROM kehu_reveals WHERE substr(span, instr(span, ' ') + 1) < ?", day)
}

// Revealable is what a reveal needs of the customer to whom a record belongs.
type Revealable struct {
	Customer, Number, Kind, Owner string
	Value                         string // of the column that was asked for
}

// RevealCustomer reads a column of a customer that the reader may see; nil where there is none.
// Column comes from the table of fields.
func RevealCustomer(db DB, reader Reader, id, column string) (*Revealable, error) {
	return reveal(db, reader, "SELECT customers.id, customers.number, customers.kind, "+
		"customers.owner, customers.`"+column+"` FROM customers WHERE customers.id = ?", id)
}

// RevealContact is RevealCustomer for a contact of a customer.
func RevealContact(db DB, reader Reader, id, column string) (*Revealable, error) {
	return reveal(db, reader, "SELECT customers.id, customers.number, customers.kind, "+
		"customers.owner, t.`"+column+"` FROM contacts t CROSS JOIN customers "+
		"ON customers.id = t.customer WHERE t.id = ?", id)
}

func reveal(db DB, reader Reader, statement, id string) (*Revealable, error) {
	args := []any{id}
	if where, more := reader.Where(); where != "" {
		statement, args = statement+" AND "+where, append(args, more...)
	}
	r := &Revealable{}
	found, err := one(db, []any{&r.Customer, &r.Number, &r.Kind, &r.Owner, &r.Value}, statement, args...)
	if err != nil || !found {
		return nil, err
	}
	return r, nil
}

const insertNotice = `INSERT INTO tasks (id, created, updated, kind, customer, assignee, title, due,
	state, done_by, done_at) VALUES (?, ?, ?, 'custom', ?, ?, ?, ?, 'open', '', '')`

// Notify gives a member of staff a task that tells something about a customer.
func Notify(db DB, id, customer, assignee, title, now, due string) error {
	return db.Exec(insertNotice, id, now, now, customer, assignee, title, due)
}

// Exact is an exact look-up: the values that count as equal, by field.
type Exact struct {
	Number string
	Mobile string
	Phone  string   // a landline, in customers and contacts
	Name   string   // of a customer or contact
	Sealed string   // field of class S
	Blind  [][]byte // its blind indexes
	Active bool     // every active customer, whoever's it is (finance, by number)
}

// exactLimit bounds what one look-up answers.
const exactLimit = 20

// FindExact finds the customers that the reader may see and that have, or whose contacts have, just
// that value. Hits are masked as the reader reads them.
func FindExact(db DB, reader Reader, x Exact) ([]Hit, error) {
	s := &finding{db: db, reader: reader, limit: exactLimit, seen: map[string]bool{}, hits: []Hit{}}
	where, args := reader.Where()
	if where == "" {
		where = "TRUE"
	}
	if x.Active {
		where = "(" + where + " OR customers.status = 'active')"
	}
	take := func(field, ids string, values ...any) error {
		return s.takeExact(field, "SELECT "+strings.ReplaceAll(hitColumns, "c.", "customers.")+
			" FROM customers WHERE customers.id IN ("+ids+") AND "+where+" LIMIT ?",
			append(append(values, args...), exactLimit))
	}
	switch {
	case x.Number != "":
		return s.hits0(take("number", "SELECT id FROM customers WHERE number = ? AND number != ''",
			x.Number))
	case x.Mobile != "":
		return s.hits0(take("mobile", "SELECT id FROM customers WHERE mobile = ? AND mobile != ''",
			x.Mobile), take("contacts.mobile",
			"SELECT customer FROM contacts WHERE mobile = ? AND mobile != ''", x.Mobile))
	case x.Sealed != "":
		for _, blind := range x.Blind {
			err := take(x.Sealed, "SELECT customer FROM kehu_sealed WHERE field = ? AND blind = ?",
				x.Sealed, blind)
			if err != nil {
				return nil, err
			}
		}
		return s.hits, nil
	}
	// names and landlines stand in no index of their own: those of the search hold few candidates
	text, key := x.Phone, "landline"
	if text == "" {
		text, key = x.Name, "name"
	}
	query, err := search.Parse(text)
	if err != nil {
		return nil, err
	}
	const among = `SELECT c.id FROM kehu_search s CROSS JOIN customers c ON c.doc = s.rowid `
	const matched = ` WHERE kehu_search MATCH ? AND `
	match := query.Match(true, nil)
	return s.hits0(take(key, among+matched+"c."+key+" = ?", match, text),
		take("contacts."+key, among+"CROSS JOIN contacts t ON t.customer = c.id"+matched+"t."+key+
			" = ?", match, text))
}

func (s *finding) hits0(errs ...error) ([]Hit, error) {
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return s.hits, nil
}

func (s *finding) takeExact(field, statement string, args []any) error {
	rows, err := s.db.Query(statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for len(s.hits) < s.limit && rows.Next() {
		hit, err := scanHit(rows)
		if err != nil {
			return err
		}
		if s.seen[hit.ID] {
			continue
		}
		s.seen[hit.ID] = true
		hit.Matched = []string{field}
		s.hits = append(s.hits, s.shown(hit))
	}
	return rows.Err()
}
