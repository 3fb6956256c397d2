package collections

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"

	"github.com/pocketbase/dbx"
)

// DB is what the side tables are written through: PocketBase's query builder inside a record's
// transaction, or the importer's own transaction with its prepared statements. Places in a
// statement are question marks.
type DB interface {
	Exec(statement string, args ...any) error
	Query(statement string, args ...any) (*sql.Rows, error)
}

// Through gives a DB over PocketBase's builder. Inside a transaction the statements go to it as they
// are: dbx reads through every one for its named places, which cost a save as much as its audit entry.
func Through(b dbx.Builder) DB {
	if tx, ok := b.(*dbx.Tx); ok {
		if of, ok := tx.Builder.(interface{ Executor() dbx.Executor }); ok {
			return direct{of.Executor()}
		}
	}
	return builder{b}
}

// direct is a DB over the transaction itself.
type direct struct{ e dbx.Executor }

func (d direct) Exec(statement string, args ...any) error {
	_, err := d.e.Exec(statement, args...)
	return err
}

func (d direct) Query(statement string, args ...any) (*sql.Rows, error) {
	return d.e.Query(statement, args...)
}

type builder struct{ b dbx.Builder }

func (d builder) Exec(statement string, args ...any) error {
	_, err := d.prepare(statement, args).Execute()
	return err
}

func (d builder) Query(statement string, args ...any) (*sql.Rows, error) {
	rows, err := d.prepare(statement, args).Rows()
	if err != nil {
		return nil, err
	}
	return rows.Rows, nil
}

func (d builder) prepare(statement string, args []any) *dbx.Query {
	params := make(dbx.Params, len(args))
	for i, a := range args {
		params["p"+strconv.Itoa(i)] = a
	}
	return d.b.NewQuery(named(statement)).Bind(params)
}

var namedStatements sync.Map // statement with question marks → with {:p0}

// named turns question marks into dbx's named places. No statement of ours holds one in a text.
func named(statement string) string {
	if known, ok := namedStatements.Load(statement); ok {
		return known.(string)
	}
	var out strings.Builder
	for i, piece := range strings.Split(statement, "?") {
		if i > 0 {
			out.WriteString("{:p" + strconv.Itoa(i-1) + "}")
		}
		out.WriteString(piece)
	}
	namedStatements.Store(statement, out.String())
	return out.String()
}

// execAll runs statements one after the other, up to the first that fails.
func execAll(db DB, statements []string) error {
	for _, statement := range statements {
		if err := db.Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// Bulk is a DB over one transaction of many rows: it prepares each statement once, and keeps
// counters and search entries back until Flush. Counters, because one write of each is enough;
// search entries, because any other statement that may be rolled back by itself makes FTS5 write
// out what it holds (its xSavepoint), which a row each would pay for.
type Bulk struct {
	ctx        context.Context
	tx         *sql.Tx
	statements map[string]*sql.Stmt
	counters   map[string]int64
	entries    []searchEntry
	pending    []docRange
}

type searchEntry struct {
	doc   int64
	isNew bool
	texts [3]string
}

// NewBulk begins with nothing prepared; the statements are closed when the transaction ends.
func NewBulk(ctx context.Context, tx *sql.Tx) *Bulk {
	return &Bulk{ctx: ctx, tx: tx, statements: map[string]*sql.Stmt{}, counters: map[string]int64{}}
}

func (p *Bulk) statement(text string) (*sql.Stmt, error) {
	if s, ok := p.statements[text]; ok {
		return s, nil
	}
	s, err := p.tx.PrepareContext(p.ctx, text)
	if err == nil {
		p.statements[text] = s
	}
	return s, err
}

// Exec runs a statement.
func (p *Bulk) Exec(text string, args ...any) error {
	s, err := p.statement(text)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(p.ctx, args...)
	return err
}

// Query runs a query.
func (p *Bulk) Query(text string, args ...any) (*sql.Rows, error) {
	s, err := p.statement(text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(p.ctx, args...)
}

// take gives the next n values of a counter out of memory. The transaction is the only writer.
func (p *Bulk) take(name string, n int) (first int64, err error) {
	last, known := p.counters[name]
	if !known {
		_, err = one(p, []any{&last}, "SELECT value FROM kehu_counters WHERE name = ?", name)
	}
	p.counters[name] = last + int64(n)
	return last + 1, err
}

// Flush writes what was kept back. It must come last in the transaction.
func (p *Bulk) Flush() error {
	for name, value := range p.counters {
		err := p.Exec(`INSERT INTO kehu_counters VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		if err != nil {
			return err
		}
	}
	for _, r := range p.pending {
		if err := r.write(p); err != nil {
			return err
		}
	}
	for _, e := range p.entries {
		if err := e.write(p); err != nil {
			return err
		}
	}
	clear(p.counters)
	p.entries, p.pending = p.entries[:0], p.pending[:0]
	return nil
}

func (e searchEntry) write(db DB) error {
	if !e.isNew {
		if err := db.Exec("DELETE FROM kehu_search WHERE rowid = ?", e.doc); err != nil {
			return err
		}
	}
	return db.Exec("INSERT INTO kehu_search (rowid, b, c, s) VALUES (?, ?, ?, ?)",
		e.doc, e.texts[0], e.texts[1], e.texts[2])
}

// one scans the first row into into; found is false where there is none.
func one(db DB, into []any, statement string, args ...any) (found bool, err error) {
	rows, err := db.Query(statement, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	return true, rows.Scan(into...)
}

// column collects the first column of all rows.
func column(db DB, statement string, args ...any) ([]string, error) {
	rows, err := db.Query(statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// pairsOf reads two columns, the second by the first.
func pairsOf(db DB, statement string, args ...any) (map[string]string, error) {
	rows, err := db.Query(statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		found[key] = value
	}
	return found, rows.Err()
}
