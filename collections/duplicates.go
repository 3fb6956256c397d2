package collections

import (
	"slices"

	"kehu/internal/policy"
)

// Candidate is what a record is compared by (R4.1, R4.2). Its values are normalised.
type Candidate struct {
	ID                       string // of the record itself, which is no duplicate of itself
	Kind, Name, USCC, Mobile string
	Certificates             [][]byte // blind indexes
	ContactMobiles           []string
}

// Duplicate is a customer that is or may be the same.
type Duplicate struct {
	Level  string // exact or suspected
	Key    string // by which key it was found: uscc, cert_no, name, name_mobile, mobile
	ID     string
	Number string
	Owner  string // id of staff
}

const holder = "SELECT c.id, c.number, c.owner FROM customers c WHERE "

// duplicatesOfOne bounds what is listed for one key: one phone may stand at a thousand customers.
const duplicatesOfOne = " LIMIT 5"

// FindDuplicates looks for customers with the same exact keys, and for the same mobile elsewhere.
func FindDuplicates(db DB, c Candidate, set policy.Duplicates) ([]Duplicate, error) {
	f := finder{db: db, self: c.ID, set: set}
	f.by("uscc", c.USCC, holder+"c.uscc = ? AND c.uscc != ''", c.USCC)
	for _, blind := range c.Certificates {
		f.by("cert_no", "x", holder+`c.id IN
			(SELECT customer FROM kehu_sealed WHERE field = 'cert_no' AND blind = ?)`, blind)
	}
	if c.Kind == "individual" {
		if c.Name != "" {
			f.by("name_mobile", c.Mobile,
				holder+"c.name = ? AND c.mobile = ? AND c.kind = 'individual'", c.Name, c.Mobile)
		}
	} else {
		f.by("name", c.Name, holder+"c.name = ? AND c.kind != 'individual'", c.Name)
	}
	for _, mobile := range append([]string{c.Mobile}, c.ContactMobiles...) {
		f.by("mobile", mobile, holder+"c.mobile = ? AND c.mobile != ''", mobile)
		f.by("mobile", mobile, holder+`c.id IN
			(SELECT customer FROM contacts WHERE mobile = ? AND mobile != '')`, mobile)
	}
	return f.found, f.err
}

type finder struct {
	db    DB
	self  string
	set   policy.Duplicates
	found []Duplicate
	err   error
}

func (f *finder) by(key, value, statement string, args ...any) {
	level := f.level(key)
	if value == "" || level == "" || f.err != nil {
		return
	}
	rows, err := f.db.Query(statement+duplicatesOfOne, args...)
	if err != nil {
		f.err = err
		return
	}
	defer rows.Close()
	for rows.Next() {
		d := Duplicate{Level: level, Key: key}
		if f.err = rows.Scan(&d.ID, &d.Number, &d.Owner); f.err != nil {
			return
		}
		if d.ID != f.self && !slices.ContainsFunc(f.found, func(have Duplicate) bool {
			return have.ID == d.ID
		}) {
			f.found = append(f.found, d)
		}
	}
	f.err = rows.Err()
}

// level: which keys block and which warn is the company's choice.
func (f *finder) level(key string) string {
	switch {
	case slices.Contains(f.set.Block, key):
		return "exact"
	case slices.Contains(f.set.Warn, key):
		return "suspected"
	}
	return ""
}

// BySealed finds the customers whose sealed value has a blind index.
func BySealed(db DB, field string, blind []byte) ([]Duplicate, error) {
	rows, err := db.Query(holder+`c.id IN (SELECT customer FROM kehu_sealed
		WHERE field = ? AND blind = ?)`+duplicatesOfOne, field, blind)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Duplicate
	for rows.Next() {
		d := Duplicate{Level: "exact", Key: field}
		if err := rows.Scan(&d.ID, &d.Number, &d.Owner); err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	return found, rows.Err()
}
