package collections

import "github.com/pocketbase/pocketbase/core"

// ForgetStatistics drops the tables that ANALYZE and PRAGMA optimize leave behind, so that the planner
// goes by the indexes alone (decision 25). Reading connections learn of it with their next statement, the
// writing one, which remembers what it read, by reading the schema anew.
func ForgetStatistics(app core.App) error {
	db := Through(app.NonconcurrentDB())
	names, err := column(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4')")
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := db.Exec("DROP TABLE " + name); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return nil
	}
	return db.Exec("PRAGMA writable_schema = RESET") // https://sqlite.org/pragma.html#pragma_writable_schema
}
