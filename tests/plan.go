package tests

import "kehu/collections"

// Plan is how SQLite would carry a statement out, line by line (https://sqlite.org/eqp.html). The schema is
// read before: what is only explained never finds out that it has changed.
func (h *House) Plan(statement string, args ...any) (lines []string) {
	h.TB.Helper()
	db := collections.Through(h.App.NonconcurrentDB())
	h.must(db.Exec("SELECT 1 FROM sqlite_schema"))
	rows, err := db.Query("EXPLAIN QUERY PLAN "+statement, args...)
	if err != nil {
		h.TB.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			h.TB.Fatal(err)
		}
		lines = append(lines, detail)
	}
	return lines
}
