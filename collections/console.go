package collections

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"

	"kehu/internal/cipherdb"
	"kehu/internal/fault"
	"kehu/internal/vault"
)

// Limits of the SQL console.
const (
	consoleRows  = 1000
	consoleTime  = 30 * time.Second
	consoleConns = 2
)

// ErrStatement: what the console refuses, or SQLite does not understand.
var ErrStatement = fault.Define("sql_statement", "语句不能执行：{why}（控制台只能读取，一次一条语句）",
	"The statement cannot be run: {why} (the console reads only, one statement at a time)")

// Console reads the database by SQL, over connections that can do nothing else: the file is opened
// read only, and SQLite's own parser asks consoleAllows about every step of a statement.
type Console struct{ db *sql.DB }

// OpenConsole opens a console on a data directory.
func OpenConsole(dataDir string, root *vault.Root) (*Console, error) {
	db, err := cipherdb.Open(filepath.Join(dataDir, "data.db"), cipherdb.Key(root.DatabaseKey()),
		cipherdb.Options{ReadOnly: true, CacheKiB: cacheKiB, Authorize: consoleAllows})
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(consoleConns)
	return &Console{db}, nil
}

// Close closes its connections.
func (c *Console) Close() error { return c.db.Close() }

// ConsoleColumn is a column of an answer.
type ConsoleColumn struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

// ConsoleAnswer has the shape of PocketBase's own console.
type ConsoleAnswer struct {
	ExecTime     int64           `json:"execTime"`
	AffectedRows int64           `json:"affectedRows"`
	Columns      []ConsoleColumn `json:"columns"`
	Rows         [][]*string     `json:"rows"`
}

// Run answers one statement, up to a thousand rows of it. Fault: ErrStatement.
func (c *Console) Run(ctx context.Context, statement string) (*ConsoleAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, consoleTime)
	defer cancel()
	answer := &ConsoleAnswer{Columns: []ConsoleColumn{}, Rows: [][]*string{}}
	rows, err := c.db.QueryContext(ctx, strings.TrimSpace(statement))
	if err == nil {
		defer rows.Close()
		err = answer.read(rows)
	}
	if err != nil {
		return nil, ErrStatement.With("why", reasonOf(err)).Because(err)
	}
	return answer, nil
}

func reasonOf(err error) string {
	var refused *sqlite3.Error
	if errors.As(err, &refused) {
		return strings.TrimPrefix(refused.Error(), "sqlite3: ")
	}
	return err.Error()
}

func (a *ConsoleAnswer) read(rows *sql.Rows) error {
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	for _, t := range types {
		column := ConsoleColumn{Name: t.Name(), Type: t.DatabaseTypeName()}
		column.Nullable, _ = t.Nullable()
		a.Columns = append(a.Columns, column)
	}
	for rows.Next() && len(a.Rows) < consoleRows {
		row := make([]*string, len(types))
		into := make([]any, len(types))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		a.Rows = append(a.Rows, row)
	}
	return rows.Err()
}

// consolePragmas tell of the schema and change nothing.
var consolePragmas = []string{"table_info", "table_xinfo", "table_list", "index_list", "index_info",
	"index_xinfo", "foreign_key_list", "function_list", "compile_options", "quick_check"}

// What the console shows of nobody: it reads as NULL.
var (
	secretTables = []string{"_params", "_otps", "_mfas", "_externalauths", "kehu_keysets",
		"kehu_sealed", "kehu_subject_keys", "kehu_approval_sealed", "kehu_factors", "kehu_links"}
	secretColumns = []string{"password", "tokenkey"}
)

// consoleAllows is asked about every step of a statement while SQLite reads it. What is not named
// here is refused: writing, attaching, vacuuming into a file, transactions, settings.
func consoleAllows(action sqlite3.AuthorizerActionCode, first, second, _, _ string) sqlite3.AuthorizerReturnCode {
	allowed := false
	switch action {
	case sqlite3.AUTH_SELECT, sqlite3.AUTH_RECURSIVE:
		allowed = true
	case sqlite3.AUTH_READ:
		if slices.Contains(secretTables, strings.ToLower(first)) ||
			slices.Contains(secretColumns, strings.ToLower(second)) {
			return sqlite3.AUTH_IGNORE
		}
		allowed = true
	case sqlite3.AUTH_FUNCTION:
		allowed = !strings.EqualFold(second, "load_extension")
	case sqlite3.AUTH_PRAGMA:
		allowed = slices.Contains(consolePragmas, strings.ToLower(first)) ||
			strings.EqualFold(first, "query_only") && second == "" // the driver asks for it
	}
	if allowed {
		return sqlite3.AUTH_OK
	}
	return sqlite3.AUTH_DENY
}
