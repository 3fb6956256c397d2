package collections

import "strings"

// A customer goes by its number, wherever it is now.
const customersByID = `SELECT id, number FROM customers WHERE id IN asked
	UNION ALL SELECT customer, number FROM kehu_archived WHERE customer IN asked
	UNION ALL SELECT id, number FROM kehu_merged WHERE id IN asked`

// calledBy says what people call a record of a collection by.
var calledBy = map[string]string{"customers": customersByID}

func init() {
	for _, name := range []string{"contacts", "followups", "contracts", "orders", "tickets", "attachments", "consents", "tasks"} {
		calledBy[name] = "SELECT b.id, c.number FROM `" + name + "` b JOIN customers c ON c.id = b.customer " +
			"WHERE b.id IN asked"
	}
	for name, column := range map[string]string{"approvals": "number", "archives": "number", "imports": "file_name",
		"campaigns": "name", "staff": "name", "departments": "name", "tags": "name"} {
		calledBy[name] = "SELECT id, " + column + " FROM " + name + " WHERE id IN asked"
	}
}

// CallAudited gives the entries of a page what their records are called, one statement for each collection.
// Whoever does not see every customer is told ids alone; what a workbook is called only those who read the
// imports, as its name may tell what stands in it.
func CallAudited(db DB, r Reader, entries []AuditEntry) error {
	if !r.SeesAll() {
		return nil
	}
	asked := map[string][]string{}
	for _, e := range entries {
		if e.Record != "" && calledBy[e.Collection] != "" && (e.Collection != "imports" || r.Role == "data_admin") {
			asked[e.Collection] = append(asked[e.Collection], e.Record)
		}
	}
	for collection, ids := range asked {
		names, err := pairsOf(db, "WITH asked AS (SELECT value FROM json_each(?)) "+calledBy[collection], jsonList(ids...))
		if err != nil {
			return err
		}
		for i := range entries {
			if entries[i].Collection == collection {
				entries[i].Called = names[entries[i].Record]
			}
		}
	}
	return nil
}

// AuditedRecord is the id that the log knows a customer by of whom the number is given; anything else is
// answered as it is.
func AuditedRecord(db DB, r Reader, text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || !r.SeesAll() {
		return text, nil
	}
	id := text
	_, err := one(db, []any{&id}, `SELECT id FROM customers WHERE number = ? AND number != ''
		UNION ALL SELECT customer FROM kehu_archived WHERE number = ?
		UNION ALL SELECT id FROM kehu_merged WHERE number = ? LIMIT 1`, text, text, text)
	return id, err
}
