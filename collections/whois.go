package collections

// Known is what a mask needs to know of the customer that a record belongs to.
type Known struct {
	Owner, Status string
	People        []string // names of persons: the individual, the contacts
}

// WhoIs reads the customer behind a belonging or a task.
func WhoIs(db DB, customer string) (Known, bool) {
	var k Known
	var kind, name, short string
	found, err := one(db, []any{&k.Owner, &k.Status, &kind, &name, &short},
		"SELECT owner, status, kind, name, short_name FROM customers WHERE id = ?", customer)
	if err != nil || !found {
		return k, false
	}
	if kind == "individual" {
		k.People = append(k.People, name)
		if short != "" && short != name {
			k.People = append(k.People, short)
		}
	}
	contacts, err := column(db, "SELECT name FROM contacts WHERE customer = ? AND name != ''",
		customer)
	if err != nil {
		return k, false
	}
	k.People = append(k.People, contacts...)
	return k, true
}
