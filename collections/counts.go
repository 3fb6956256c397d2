package collections

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

func init() {
	core.AppMigrations.Register(createCounts, nil, "1764000100_counts.go")
}

// countedBy are what customers are counted by for the dashboard: a name, and the value in terms of a
// row. Months are those of China's one time zone.
var countedBy = [][2]string{
	{"stage", "@stage"}, {"tier", "@tier"}, {"value_level", "@value_level"}, {"status", "@status"},
	{"kind", "@kind"}, {"relationship", "@relationship"}, {"macro_region", "@macro_region"},
	{"industry", "substr(@industry, 1, 1)"},
	{"created", "substr(datetime(@created, '+8 hours'), 1, 7)"},
	{"fresh", "max(substr(@verified, 1, 7), substr(datetime(@updated, '+8 hours'), 1, 7))"},
	{"complete", "CASE WHEN @missing IN ('', '[]', 'null') THEN 'yes' ELSE 'no' END"},
}

// scopeColumns are those by which a reader's rows are told.
const scopeColumns = "owner, department, has_deal, marketable"

// rowOfCounts is a row of customers as the counters see it.
func rowOfCounts(alias string) string {
	row := []string{"@owner", "@department", "coalesce(@has_deal, 0)", "coalesce(@marketable, 0)"}
	for _, by := range countedBy {
		row = append(row, by[1])
	}
	return strings.ReplaceAll(strings.Join(row, ", "), "@", alias)
}

func countColumns() string {
	names := []string{scopeColumns}
	for _, by := range countedBy {
		names = append(names, "by_"+by[0])
	}
	return strings.Join(names, ", ")
}

// countTables hold how many customers there are by each dimension, apart for each set of rows that a
// reader may be given. Triggers append what each change takes away and adds, so that every way in is
// counted at the cost of one short row; FoldCounts adds that up.
func countTables() []string {
	const insert = "INSERT INTO kehu_counts_log (sign, "
	watched := "owner, department, has_deal, marketable, stage, tier, value_level, status, kind, relationship, " +
		"macro_region, industry, created, verified, updated, missing"
	return []string{
		`CREATE TABLE IF NOT EXISTS kehu_counts (
			dimension TEXT NOT NULL, value TEXT NOT NULL, owner TEXT NOT NULL, department TEXT NOT NULL,
			has_deal INTEGER NOT NULL, marketable INTEGER NOT NULL, n INTEGER NOT NULL,
			PRIMARY KEY (dimension, value, owner, department, has_deal, marketable)) WITHOUT ROWID`,
		`CREATE INDEX IF NOT EXISTS kehu_counts_owner ON kehu_counts (owner)`,
		`CREATE INDEX IF NOT EXISTS kehu_counts_department ON kehu_counts (department)`,
		`CREATE TABLE IF NOT EXISTS kehu_counts_log (id INTEGER PRIMARY KEY, sign INTEGER NOT NULL, ` +
			countColumns() + `)`,
		`CREATE TRIGGER IF NOT EXISTS kehu_counts_insert AFTER INSERT ON customers BEGIN
			` + insert + countColumns() + `) VALUES (1, ` + rowOfCounts("NEW.") + `);
		END`,
		`CREATE TRIGGER IF NOT EXISTS kehu_counts_delete AFTER DELETE ON customers BEGIN
			` + insert + countColumns() + `) VALUES (-1, ` + rowOfCounts("OLD.") + `);
		END`,
		`CREATE TRIGGER IF NOT EXISTS kehu_counts_update AFTER UPDATE OF ` + watched + ` ON customers
			WHEN (` + rowOfCounts("OLD.") + `) IS NOT (` + rowOfCounts("NEW.") + `) BEGIN
			` + insert + countColumns() + `) VALUES (-1, ` + rowOfCounts("OLD.") + `), (1, ` + rowOfCounts("NEW.") + `);
		END`,
	}
}

func createCounts(app core.App) error {
	db := Through(app.NonconcurrentDB())
	if err := execAll(db, countTables()); err != nil {
		return err
	}
	for i, by := range countedBy { // of a register that has customers already
		err := db.Exec("INSERT INTO kehu_counts SELECT '" + by[0] + "', coalesce(" +
			strings.ReplaceAll(countedBy[i][1], "@", "") + ", ''), owner, department, coalesce(has_deal, 0), " +
			"coalesce(marketable, 0), count(*) FROM customers GROUP BY 2, 3, 4, 5, 6")
		if err != nil {
			return err
		}
	}
	return nil
}

// logByDimension is the log, or a part of it, a row for each dimension.
func logByDimension(from string) string {
	parts := make([]string, len(countedBy))
	for i, by := range countedBy {
		parts[i] = "SELECT '" + by[0] + "' AS dimension, coalesce(by_" + by[0] + ", '') AS value, " +
			scopeColumns + ", sign AS n FROM " + from
	}
	return strings.Join(parts, " UNION ALL ")
}

// foldMost is how much of the log is added up at once: all that a batch of a million leaves, eleven rows of
// each, went beyond the memory of a connection.
const foldMost = 20_000

// Equal rows are added up before each becomes eleven: that takes a quarter of the time or less.
var foldPart = "WITH part AS MATERIALIZED (SELECT sum(sign) AS sign, " + countColumns() +
	" FROM kehu_counts_log WHERE id <= ? GROUP BY " + countColumns() + " HAVING sum(sign) != 0) " +
	"INSERT INTO kehu_counts SELECT dimension, value, " + scopeColumns + ", sum(n) AS n FROM (" +
	logByDimension("part") + ") WHERE TRUE GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) != 0 " +
	"ON CONFLICT DO UPDATE SET n = n + excluded.n"

// FoldCounts adds up what the triggers have noted. Whoever writes many customers does it in the same
// transaction; CountsToFold tells others when it is worth while.
func FoldCounts(db DB) error {
	for more := true; more; {
		var err error
		if more, err = FoldSome(db); err != nil {
			return err
		}
	}
	return nil
}

// FoldSome adds up a part of it, and tells whether there is more.
func FoldSome(db DB) (more bool, err error) {
	var last, all int64
	found, err := one(db, []any{&last, &all}, `SELECT max(id), (SELECT max(id) FROM kehu_counts_log)
		FROM (SELECT id FROM kehu_counts_log ORDER BY id LIMIT ?) HAVING max(id) IS NOT NULL`, foldMost)
	if err != nil || !found {
		return false, err
	}
	if err := db.Exec(foldPart, last); err != nil {
		return false, err
	}
	if err := db.Exec("DELETE FROM kehu_counts_log WHERE id <= ?", last); err != nil || last < all {
		return last < all, err
	}
	return false, db.Exec("DELETE FROM kehu_counts WHERE n = 0")
}

// unfoldedMost is how many notes a reader of the counters adds up by itself.
const unfoldedMost = 2000

// CountsToFold tells whether more is noted than a reader should add up.
func CountsToFold(db DB) (bool, error) {
	var id int64
	return one(db, []any{&id}, "SELECT id FROM kehu_counts_log LIMIT 1 OFFSET ?", unfoldedMost)
}

// Counts are how many customers a reader may see, by dimension and value.
func Counts(db DB, r Reader) (map[string]map[string]int, error) {
	where, args := r.Where()
	where = strings.ReplaceAll(where, "customers.", "")
	if where == "" {
		where = "TRUE"
	}
	found := map[string]map[string]int{}
	for _, from := range []string{"kehu_counts", "(" + logByDimension("kehu_counts_log") + ")"} {
		rows, err := db.Query("SELECT dimension, value, sum(n) FROM "+from+" WHERE "+where+
			" GROUP BY dimension, value", args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var dimension, value string
			var n int
			if err := rows.Scan(&dimension, &value, &n); err != nil {
				rows.Close()
				return nil, err
			}
			if found[dimension] == nil {
				found[dimension] = map[string]int{}
			}
			found[dimension][value] += n
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// CountsOfPeople are how many customers a reader may see of each owner or department.
func CountsOfPeople(db DB, r Reader, column string) (map[string]int, error) {
	where, args := r.Where()
	where = strings.ReplaceAll(where, "customers.", "")
	if where == "" {
		where = "TRUE"
	}
	found := map[string]int{}
	for _, from := range []string{"kehu_counts WHERE dimension = 'kind' AND ",
		"(SELECT " + scopeColumns + ", sign AS n FROM kehu_counts_log) WHERE "} {
		rows, err := db.Query("SELECT "+column+", sum(n) FROM "+from+where+" GROUP BY 1", args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id string
			var n int
			if err := rows.Scan(&id, &n); err != nil {
				rows.Close()
				return nil, err
			}
			found[id] += n
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// OverdueTasks counts the open tasks past their time, one's own or all, up to a number.
func OverdueTasks(db DB, assignee string, all bool, now string, most int) (n int, err error) {
	statement, args := "SELECT 1 FROM tasks WHERE state = 'open' AND due != '' AND due < ?", []any{now}
	if !all {
		statement, args = statement+" AND assignee = ?", append(args, assignee)
	}
	_, err = one(db, []any{&n}, "SELECT count(*) FROM ("+statement+" LIMIT ?)", append(args, most)...)
	return n, err
}

// OpenPairs counts the suspected duplicates of which the reader sees one side, up to a number.
func OpenPairs(db DB, r Reader, most int) (n int, err error) {
	where, args := r.Where()
	statement := "SELECT 1 FROM duplicate_pairs p WHERE p.state = 'open'"
	if where != "" {
		statement += " AND EXISTS (SELECT 1 FROM customers WHERE customers.id IN (p.a, p.b) AND " + where + ")"
	}
	_, err = one(db, []any{&n}, "SELECT count(*) FROM ("+statement+" LIMIT ?)", append(args, most)...)
	return n, err
}
