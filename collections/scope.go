package collections

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/internal/search"
)

// Reader is who asks, as far as rows go: the same that the rules of Rules say, in SQL over
// columns of customers that stand in an index.
type Reader struct {
	ID          string
	Role        string
	Departments []string // a manager's own department and all below it
	Everything  bool     // superusers and the system itself
	Access      policy.Access
}

// Reads is the reader's reading of a class, on rows that are not drafts of the reader's own.
func (r Reader) Reads(class fields.Class) policy.Reading {
	if r.Access == nil {
		return policy.DefaultAccess().Reads(r.Role, class)
	}
	return r.Access.Reads(r.Role, class)
}

// ReadsAllPlain tells whether nothing but class S is withheld from the reader.
func (r Reader) ReadsAllPlain() bool {
	for _, class := range policy.Classes {
		if class != fields.Sensitive && !r.Reads(class).Plain() {
			return false
		}
	}
	return true
}

// ReaderOf describes the signed-in record; nil and inactive members see nothing.
func ReaderOf(app core.App, auth *core.Record) (Reader, error) {
	access := AccessOf(app)
	switch {
	case auth == nil:
		return Reader{Role: "nobody", Access: access}, nil
	case auth.IsSuperuser():
		return Reader{ID: auth.Id, Role: "data_admin", Everything: true, Access: access}, nil
	case auth.Collection().Name != "staff" || !auth.GetBool("active"):
		return Reader{Role: "nobody", Access: access}, nil
	}
	r := Reader{ID: auth.Id, Role: auth.GetString("role"), Access: access}
	if r.Role == "manager" {
		below, err := DepartmentsBelow(Through(app.DB()), auth.GetString("department"))
		if err != nil {
			return r, err
		}
		r.Departments = below
	}
	return r, nil
}

// DepartmentsBelow lists a department and all below it.
func DepartmentsBelow(db DB, department string) ([]string, error) {
	if department == "" {
		return nil, nil
	}
	return column(db, "SELECT id FROM departments WHERE path LIKE ?", "%/"+department+"/%")
}

// SeesAll tells whether the reader may read every customer's row.
func (r Reader) SeesAll() bool {
	switch r.Role {
	case "service", "executive", "data_admin":
		return true
	}
	return r.Everything
}

// Where is the reader's rows as a condition on customers; "" means all of them.
func (r Reader) Where() (condition string, args []any) {
	switch {
	case r.SeesAll():
		return "", nil
	case r.Role == "finance":
		return "customers.has_deal = TRUE", nil
	case r.Role == "marketing":
		return "(customers.marketable = TRUE OR customers.owner = ?)", []any{r.ID}
	case r.Role == "manager" && len(r.Departments) > 0:
		for _, d := range r.Departments {
			args = append(args, d)
		}
		return "(customers.department IN (?" + strings.Repeat(", ?", len(args)-1) +
			") OR customers.owner = ?)", append(args, r.ID)
	case r.Role == "nobody":
		return "FALSE", nil
	}
	return "customers.owner = ?", []any{r.ID}
}

// Scope is the reader's rows as tokens of the search index; none for those who see all, and for
// marketing, whose rows the index does not know.
func (r Reader) Scope() []string {
	if r.SeesAll() || r.Role == "marketing" {
		return nil
	}
	if r.Role == "finance" {
		return []string{search.DealToken}
	}
	tokens := []string{search.OwnerToken(r.ID)}
	for _, d := range r.Departments {
		tokens = append(tokens, search.DepartmentToken(d))
	}
	return tokens
}

// ReadsContact tells whether the role reads contact data (class C) plain on the rows it sees.
func (r Reader) ReadsContact() bool {
	return r.Everything || r.Reads(fields.Contact).Plain()
}

// FirstOfEach is the Where of a manager, or of marketing, for the first n rows in an indexed order:
// those of each department or of the extract, and the reader's own, from their indexes. Whoever
// merges them sorts few rows.
func (r Reader) FirstOfEach(order string, n int) (condition string, args []any) {
	var parts []string
	part := func(column string, value any) {
		parts = append(parts, "SELECT id FROM (SELECT id FROM customers WHERE "+column+
			" = ? ORDER BY "+order+" LIMIT ?)")
		args = append(args, value, n)
	}
	for _, d := range r.Departments {
		part("department", d)
	}
	part("owner", r.ID)
	if r.Role == "marketing" {
		part("marketable", true)
	}
	return "customers.id IN (" + strings.Join(parts, " UNION ") + ")", args
}

// Total is how many customers the reader sees, from the counters; ok is false where no counter
// knows.
func Total(db DB, r Reader) (n int, ok bool, err error) {
	statement, args := "SELECT coalesce(sum(n), 0) FROM kehu_totals", []any{}
	switch {
	case r.SeesAll():
	case r.Role == "sales":
		statement, args = "SELECT count(*) FROM customers WHERE owner = ?", []any{r.ID}
	case r.Role == "manager" && len(r.Departments) > 0:
		for _, d := range r.Departments {
			args = append(args, d)
		}
		statement += " WHERE department IN (?" + strings.Repeat(", ?", len(args)-1) + ")"
		var others int
		_, err := one(db, []any{&others}, `SELECT count(*) FROM customers WHERE owner = ?
			AND department NOT IN (?`+strings.Repeat(", ?", len(args)-1)+")",
			append([]any{r.ID}, args...)...)
		if err != nil {
			return 0, true, err
		}
		_, err = one(db, []any{&n}, statement, args...)
		return n + others, true, err
	default:
		return 0, false, nil
	}
	_, err = one(db, []any{&n}, statement, args...)
	return n, true, err
}

// Opens tells whether the reader may have the files of a field: a file cannot be masked, so it is
// for those who read contact data plain on that row; the papers of a consent for manager and above;
// the files of contracts for finance too (decisions.md, Files).
func (r Reader) Opens(f *fields.Field) bool {
	contact := r.ReadsContact()
	switch {
	case r.Everything:
		return true
	case f.Collection == "consents":
		return contact && (r.Role == "manager" || r.Role == "executive" || r.Role == "data_admin")
	case f.Collection == "contracts":
		return r.Reads(f.Class).Plain() && (contact || r.Role == "finance")
	}
	return contact && r.Reads(f.Class).Plain()
}
