package collections

// Lookup finds what a person named in a record, remembering the answers for as long as it lives:
// one request, or one import.
type Lookup struct {
	db   DB
	memo map[string]string
}

// NewLookup begins with nothing remembered.
func NewLookup(db DB) *Lookup { return &Lookup{db, map[string]string{}} }

func (l *Lookup) find(topic, text, statement string, args ...any) string {
	if text == "" {
		return ""
	}
	key := topic + "\x00" + text
	if id, known := l.memo[key]; known {
		return id
	}
	found, err := column(l.db, statement, args...)
	id := ""
	if err == nil && len(found) == 1 { // two of one name: nobody is meant for certain
		id = found[0]
	}
	l.memo[key] = id
	return id
}

// Tag finds a tag by name or id.
func (l *Lookup) Tag(text string) string {
	return l.find("tag", text, "SELECT id FROM tags WHERE name = ? OR id = ?", text, text)
}

// Staff finds a member by id, e-mail or name.
func (l *Lookup) Staff(text string) string {
	if id := l.find("staff id", text, "SELECT id FROM staff WHERE id = ? OR email = ?",
		text, text); id != "" {
		return id
	}
	return l.find("staff", text, "SELECT id FROM staff WHERE name = ?", text)
}

// DepartmentOf is a member's department.
func (l *Lookup) DepartmentOf(staff string) string {
	return l.find("department of", staff, "SELECT department FROM staff WHERE id = ?", staff)
}

// Department finds a department by id or name.
func (l *Lookup) Department(text string) string {
	return l.find("department", text, "SELECT id FROM departments WHERE id = ? OR name = ?",
		text, text)
}

// Customer finds a customer by id, number, credit code, or the name of an organisation.
func (l *Lookup) Customer(text string) string {
	return l.find("customer", text, `SELECT id FROM customers WHERE id = ?
		UNION SELECT id FROM customers WHERE number = ? AND number != ''
		UNION SELECT id FROM customers WHERE uscc = ? AND uscc != ''
		UNION SELECT id FROM customers WHERE name = ? AND kind != 'individual'
		UNION SELECT m.id FROM (`+survivorsByNumber+`) m`,
		text, text, text, text, jsonList(text))
}

// Record tells whether a record exists.
func (l *Lookup) Record(collection, id string) bool {
	if ids[collection] == "" {
		return false
	}
	return l.find(collection, id, "SELECT id FROM "+collection+" WHERE id = ?", id) != ""
}

// Use reads through another transaction from now on and keeps what is remembered. What was not
// found is forgotten: it may have been written since.
func (l *Lookup) Use(db DB) {
	l.db = db
	for key, id := range l.memo {
		if id == "" {
			delete(l.memo, key)
		}
	}
}
