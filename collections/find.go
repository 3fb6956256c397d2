package collections

import (
	"database/sql"
	"strings"

	"kehu/internal/fields"
	"kehu/internal/mask"
	"kehu/internal/search"
)

// Hit is one customer that a search found, masked for the reader.
type Hit struct {
	ID        string            `json:"id"`
	Number    string            `json:"number"`
	Kind      string            `json:"kind"`
	Name      string            `json:"name,omitempty"`
	ShortName string            `json:"short_name,omitempty"`
	USCC      string            `json:"uscc,omitempty"`
	Stage     string            `json:"stage"`
	Status    string            `json:"status"`
	Owner     string            `json:"owner"`
	Masked    map[string]string `json:"masked,omitempty"`
	Matched   []string          `json:"matched"`
	doc       int64
	phones    []string
}

// readAtMost bounds how many rows of a posting list or an index a search looks at: what it does
// not find among them it does not find.
const readAtMost = 20_000

const hitColumns = `c.id, c.number, c.kind, c.name, c.short_name, c.uscc, c.stage, c.status,
	c.owner, c.doc, c.mobile, c.landline`

// Search finds customers that the reader may see: by the beginning of their number first, then
// by name, code, initials, contact and phone, the newest first. Nothing is ranked: a posting list
// of a million rows is read only as far as the page needs.
func Search(db DB, r Reader, q search.Query, limit int) ([]Hit, error) {
	s := &finding{db: db, reader: r, query: q, limit: limit, seen: map[string]bool{},
		hits: []Hit{}}
	if q.Code != "" {
		if err := s.byNumber(); err != nil {
			return nil, err
		}
		if err := s.byMergedNumber(); err != nil {
			return nil, err
		}
	}
	return s.hits, s.byText()
}

type finding struct {
	db     DB
	reader Reader
	query  search.Query
	limit  int
	seen   map[string]bool
	hits   []Hit
	merged bool // the rows were found by a number that leads to them
}

func (s *finding) byNumber() error {
	where, args := s.reader.Where()
	switch {
	case where == "":
		where = "TRUE"
	case s.reader.Role == "finance": // any active one by exact number, to enter a contract
		where += " OR customers.status = 'active' AND customers.number = ?"
		args = append(args, s.query.Typed)
	}
	columns := strings.ReplaceAll(hitColumns, "c.", "customers.")
	low := s.query.Typed
	return s.take("SELECT "+columns+` FROM
		(SELECT id AS wanted FROM customers WHERE number >= ? AND number < ? AND number != ''
			ORDER BY number LIMIT ?)
		CROSS JOIN customers ON customers.id = wanted WHERE (`+where+")",
		append([]any{low, low + "\U0010FFFF", readAtMost}, args...)...)
}

// byMergedNumber finds the customer that a number leads to which was merged away.
func (s *finding) byMergedNumber() error {
	where, args := s.reader.Where()
	if where == "" {
		where = "TRUE"
	}
	columns := strings.ReplaceAll(hitColumns, "c.", "customers.")
	s.merged = true
	defer func() { s.merged = false }()
	return s.take("SELECT "+columns+" FROM ("+survivorsByNumber+`) led
		CROSS JOIN customers ON customers.id = led.id WHERE `+where,
		append([]any{jsonList(s.query.Typed)}, args...)...)
}

func (s *finding) byText() error {
	args := []any{s.query.Match(s.reader.ReadsContact(), s.reader.Scope())}
	rows := ""
	if s.reader.Role == "marketing" {
		where, more := s.reader.Where()
		rows = " AND " + strings.ReplaceAll(where, "customers.", "c.")
		args = append(args, more...)
	}
	return s.take("SELECT "+hitColumns+` FROM kehu_search s CROSS JOIN customers c
		ON c.doc = s.rowid WHERE kehu_search MATCH ?`+rows+` ORDER BY s.rowid DESC LIMIT ?`,
		append(args, readAtMost)...)
}

// take reads rows until the page is full.
func (s *finding) take(statement string, args ...any) error {
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
		if hit.Matched, err = s.matched(hit); err != nil {
			return err
		}
		if len(hit.Matched) > 0 {
			s.seen[hit.ID] = true
			s.hits = append(s.hits, s.shown(hit))
		}
	}
	return rows.Err()
}

func scanHit(rows *sql.Rows) (Hit, error) {
	h := Hit{phones: make([]string, 2)}
	err := rows.Scan(&h.ID, &h.Number, &h.Kind, &h.Name, &h.ShortName, &h.USCC, &h.Stage, &h.Status,
		&h.Owner, &h.doc, &h.phones[0], &h.phones[1])
	return h, err
}

// matched names the fields that hold what was typed, among those the reader reads plain: the
// grams of a row may stand apart in it.
func (s *finding) matched(h Hit) ([]string, error) {
	if s.merged {
		return []string{"merged_number"}, nil
	}
	var matched []string
	add := func(field, text string) {
		if text != "" && s.query.Hits(text) {
			matched = append(matched, field)
		}
	}
	plain := s.reader.ReadsContact()
	if plain || h.Kind != "individual" {
		add("name", h.Name)
		add("short_name", h.ShortName)
	}
	if s.query.Code != "" {
		add("number", h.Number)
		add("uscc", h.USCC)
	}
	if !plain {
		return matched, nil
	}
	for i, field := range []string{"mobile", "landline"} {
		if s.query.HitsPhone(h.phones[i]) {
			matched = append(matched, field)
		}
	}
	if len(matched) > 0 {
		return matched, nil
	}
	return s.matchedContacts(h.ID)
}

func (s *finding) matchedContacts(customer string) ([]string, error) {
	rows, err := s.db.Query("SELECT name, mobile, landline FROM contacts WHERE customer = ?",
		customer)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, mobile, landline string
		if err := rows.Scan(&name, &mobile, &landline); err != nil {
			return nil, err
		}
		if s.query.Hits(name) {
			return []string{"contacts.name"}, nil
		}
		if s.query.HitsPhone(mobile) || s.query.HitsPhone(landline) {
			return []string{"contacts.mobile"}, nil
		}
	}
	return nil, rows.Err()
}

// shown withholds the name of an individual from those who read contact data masked.
func (s *finding) shown(h Hit) Hit {
	if h.Kind == "individual" && !s.reader.ReadsContact() {
		h.Masked = map[string]string{}
		if s.reader.Reads(fields.Contact).Hidden() {
			h.Name, h.ShortName = "", ""
			return h
		}
		h.Masked["name"] = mask.Person(h.Name)
		if h.ShortName != "" {
			h.Masked["short_name"] = mask.Person(h.ShortName)
		}
		h.Name, h.ShortName = "", ""
	}
	return h
}
