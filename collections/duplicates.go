package collections

import (
	"database/sql"
	"slices"

	"kehu/internal/match"
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
	Level      string // exact, suspected, related, or archived: an exact key that lies in the archive
	Key        string // by which key it was found: uscc, cert_no, name, name_mobile, mobile …
	ID         string
	Number     string
	Owner      string // id of staff
	Department string
	Name       string
	Score      float64 // probability that it is the same
	Bits       float64
	Reasons    []match.Reason
	Archive    string // where it lies in the archive
	uscc       string
}

// Blocks tells whether a customer must not be entered beside this one.
func (d Duplicate) Blocks() bool { return d.Level == "exact" || d.Level == archived }

const archived = "archived"

const holder = "SELECT c.id, c.number, c.owner, c.department, c.name, c.uscc FROM customers c WHERE "

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
	f.inArchive(c)
	return f.found, f.err
}

const archiveHolder = "SELECT a.customer, a.number, a.owner, a.department, a.name, a.uscc, a.archive " +
	"FROM kehu_archived a WHERE "

// inArchive looks for the exact keys among the customers that lie in the archive.
func (f *finder) inArchive(c Candidate) {
	f.archived("uscc", c.USCC, "a.uscc = ? AND a.uscc != ''", c.USCC)
	for _, blind := range c.Certificates {
		f.archived("cert_no", "x", `a.customer IN
			(SELECT customer FROM kehu_sealed WHERE field = 'cert_no' AND blind = ?)`, blind)
	}
	if c.Kind != "individual" {
		f.archived("name", c.Name, "a.name = ? AND a.kind != 'individual'", c.Name)
	} else if c.Name != "" {
		f.archived("name_mobile", c.Mobile, "a.name = ? AND a.mobile = ? AND a.kind = 'individual'",
			c.Name, c.Mobile)
	}
}

func (f *finder) archived(key, value, condition string, args ...any) {
	if f.level(key) != "exact" {
		return
	}
	f.rows(key, archived, value, archiveHolder+condition, args...)
}

func (d *Duplicate) scan(rows *sql.Rows) error {
	into := []any{&d.ID, &d.Number, &d.Owner, &d.Department, &d.Name, &d.uscc}
	if d.Level == archived {
		into = append(into, &d.Archive)
	}
	return rows.Scan(into...)
}

// Duplicates is the one answer to "is this customer here already": by exact keys, and by
// comparison with the customers that share some key with it.
func Duplicates(db DB, c Candidate, look Look) ([]Duplicate, error) {
	found, err := FindDuplicates(db, c, look.Policy)
	if err != nil || !slices.Contains(look.Policy.Warn, policy.Similar) || look.Card == nil {
		return found, err
	}
	var exact []Duplicate
	for _, d := range found {
		look.Extra = append(look.Extra, d.ID)
		if d.Blocks() && !(d.Key == "name" && match.TwoCodes(c.USCC, d.uscc)) {
			exact = append(exact, d)
		}
	}
	similar, err := Similar(db, look)
	if err != nil {
		return nil, err
	}
	for _, s := range similar {
		at := slices.IndexFunc(exact, func(d Duplicate) bool { return d.ID == s.ID })
		switch {
		case at >= 0:
			exact[at].Reasons = merged(exact[at].Reasons, s.Reasons)
		case s.Level == "exact" && !slices.Contains(look.Policy.Block, s.Key):
			if s.Level = "suspected"; slices.Contains(look.Policy.Warn, s.Key) {
				exact = append(exact, s)
			}
		default:
			exact = append(exact, s)
		}
	}
	return exact, nil
}

func merged(a, b []match.Reason) []match.Reason {
	a = slices.Clone(a)
	for _, r := range b {
		if !slices.Contains(a, r) && !(r == match.SameNameOnly && slices.Contains(a, match.SameName)) {
			a = append(a, r)
		}
	}
	return a
}

type finder struct {
	db    DB
	self  string
	set   policy.Duplicates
	found []Duplicate
	err   error
}

func (f *finder) by(key, value, statement string, args ...any) {
	f.rows(key, f.level(key), value, statement, args...)
}

func (f *finder) rows(key, level, value, statement string, args ...any) {
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
		d := Duplicate{Level: level, Key: key, Score: 1, Reasons: []match.Reason{match.Reason(key)}}
		if f.err = d.scan(rows); f.err != nil {
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

// ArchivedBySealed finds the customers in the archive whose sealed value has a blind index.
func ArchivedBySealed(db DB, field string, blind []byte) ([]Duplicate, error) {
	return duplicatesBy(db, archived, field, archiveHolder+`a.customer IN (SELECT customer
		FROM kehu_sealed WHERE field = ? AND blind = ?)`, field, blind)
}

// BySealed finds the customers whose sealed value has a blind index.
func BySealed(db DB, field string, blind []byte) ([]Duplicate, error) {
	return duplicatesBy(db, "exact", field, holder+`c.id IN (SELECT customer FROM kehu_sealed
		WHERE field = ? AND blind = ?)`, field, blind)
}

func duplicatesBy(db DB, level, key, statement string, args ...any) ([]Duplicate, error) {
	rows, err := db.Query(statement+duplicatesOfOne, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Duplicate
	for rows.Next() {
		d := Duplicate{Level: level, Key: key, Score: 1}
		if err := d.scan(rows); err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	return found, rows.Err()
}
