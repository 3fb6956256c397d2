package collections

import (
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// Schema is how far the tables of a register are, by the names of the changes that were made.
type Schema struct {
	Made    []string // in their order
	Pending []string // what this program would still make
	Unknown []string // what a newer program made
}

// Fresh tells of a register that has no tables yet.
func (s Schema) Fresh() bool { return len(s.Made) == 0 }

// Newest names the newest change, as people are told it.
func (s Schema) Newest() string { return newestOf(s.Made) }

func newestOf(files []string) string {
	if len(files) == 0 {
		return "-"
	}
	return strings.TrimSuffix(slices.Max(files), ".go")
}

// NewestSchema names the newest change of a list.
func NewestSchema(list core.MigrationsList) string {
	var files []string
	for _, m := range list.Items() {
		files = append(files, m.File)
	}
	return newestOf(files)
}

// CompareSchema holds the changes that were made against those that this program knows: its own
// and PocketBase's.
func CompareSchema(made []string) Schema {
	s := Schema{}
	known := map[string]bool{}
	own := map[string]bool{}
	for _, m := range core.AppMigrations.Items() {
		known[m.File], own[m.File] = true, true
		if !slices.Contains(made, m.File) {
			s.Pending = append(s.Pending, m.File)
		}
	}
	for _, m := range core.SystemMigrations.Items() {
		known[m.File] = true
		if !slices.Contains(made, m.File) {
			s.Pending = append(s.Pending, m.File)
		}
	}
	for _, file := range made {
		switch {
		case !known[file]:
			s.Unknown = append(s.Unknown, file)
		case own[file]:
			s.Made = append(s.Made, file)
		}
	}
	slices.Sort(s.Pending)
	slices.Sort(s.Made)
	return s
}

// SchemaMade lists the changes that a database has, none where it has no tables yet.
func SchemaMade(db DB) ([]string, error) {
	there, err := column(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ?",
		core.DefaultMigrationsTable)
	if err != nil || len(there) == 0 {
		return nil, err
	}
	return column(db, "SELECT file FROM "+core.DefaultMigrationsTable+" ORDER BY file")
}

// Shape lists the columns of every table, as "table.column", and the rows of the tables that hold
// what people entered.
func Shape(db DB) (columns []string, rows map[string]int64, err error) {
	columns, err = column(db, `SELECT t.name || '.' || c.name FROM sqlite_schema t
		JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
		AND t.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY 1`)
	if err != nil {
		return nil, nil, err
	}
	rows = map[string]int64{}
	for _, name := range append([]string{"customers", "staff", "departments"}, Belongings...) {
		var n int64
		there, err := one(db, []any{&n}, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", name)
		if err != nil {
			return nil, nil, err
		}
		if !there || n == 0 {
			continue
		}
		if _, err := one(db, []any{&n}, "SELECT count(*) FROM "+name); err != nil {
			return nil, nil, err
		}
		rows[name] = n
	}
	return columns, rows, nil
}

// Sound asks SQLite whether a database is whole, and says what is wrong.
func Sound(db DB) (string, error) {
	said, err := column(db, "PRAGMA quick_check(5)")
	if err != nil || len(said) == 1 && said[0] == "ok" {
		return "", err
	}
	return strings.Join(said, "; "), nil
}
