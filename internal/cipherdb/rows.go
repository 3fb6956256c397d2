package cipherdb

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// What stands here between database/sql and the driver sees to it that a list is whole or an error:
//
//   - A statement takes its first step when it is asked, not with its first row. Only that step finds out
//     that another connection has changed the tables since (https://sqlite.org/c3ref/prepare.html), and may
//     give SELECT * other columns than were there before it. The driver alone told database/sql of the
//     columns first and then refused every row of them.
//   - Where reading breaks off further on, one more row comes whose values nothing can take, and then
//     the error. dbx, by which PocketBase reads its lists, ends a list at an error without asking for it.
//
// Texts stay the texts that they are: the driver alone makes times of those that look like one.

// statement is what the driver's statements are and can do.
type statement interface {
	sqldriver.Stmt
	sqldriver.StmtExecContext
	sqldriver.StmtQueryContext
	sqldriver.NamedValueChecker
	Columns(...any) error      // of [sqlite3.Stmt]
	ColumnDeclType(int) string // of [sqlite3.Stmt]
}

// bound is one run of a statement of the driver.
type bound interface {
	sqldriver.RowsColumnTypeDatabaseTypeName
	sqldriver.RowsColumnTypeNullable
	NextRow() error
}

// openDB is [driver.Open] with connections of this package. The error that a list breaks off at goes to
// unread as well, which may be nil.
func openDB(name string, setUp func(*sqlite3.Conn) error, unread func(error)) (*sql.DB, error) {
	made, err := (&driver.SQLite{}).OpenConnector(name)
	if err != nil {
		return nil, err
	}
	if unread == nil {
		unread = func(error) {}
	}
	return sql.OpenDB(&connector{made, setUp, unread}), nil
}

type connector struct {
	sqldriver.Connector
	setUp  func(*sqlite3.Conn) error
	unread func(error)
}

func (c *connector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	n := &conn{made.(driver.Conn), c.unread}
	old := n.Raw().SetInterrupt(ctx)
	defer n.Raw().SetInterrupt(old)
	if err := c.setUp(n.Raw()); err != nil {
		made.Close() // the reason of the failure is worth more than a second error
		return nil, err
	}
	return n, nil
}

type conn struct {
	driver.Conn
	unread func(error)
}

func (c *conn) Prepare(query string) (sqldriver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	made, err := c.Conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &stmt{made.(statement), c.unread}, nil
}

// The optional methods of the driver's connections; an embedded interface hides them.

func (c *conn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	return c.Conn.(sqldriver.ExecerContext).ExecContext(ctx, query, args)
}

func (c *conn) CheckNamedValue(v *sqldriver.NamedValue) error {
	return c.Conn.(sqldriver.NamedValueChecker).CheckNamedValue(v)
}

type stmt struct {
	statement
	unread func(error)
}

// QueryContext runs the statement to its first row.
func (s *stmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	made, err := s.statement.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	r := &rows{bound: made.(bound), stmt: s, ahead: true}
	if r.end = r.NextRow(); r.end != nil && r.end != io.EOF {
		r.Close() // tells the same error again
		return nil, r.end
	}
	return r, nil
}

// rows are those of one run of a statement.
type rows struct {
	bound
	stmt   *stmt
	ahead  bool  // SQLite stands on the row that Next is to give
	end    error // why there is no next row, once it is known
	values []any
	truths []bool // by column: it holds truth values
}

// Next gives the next row: each value an int64, float64, bool, string or []byte, or nil.
func (r *rows) Next(into []sqldriver.Value) error {
	if r.end == nil && !r.ahead {
		if r.end = r.NextRow(); r.end != nil && r.end != io.EOF {
			return r.breakOff(into)
		}
	}
	if r.end != nil {
		return r.end
	}
	r.ahead = false
	if r.values == nil {
		r.values = make([]any, len(into))
	}
	clear(r.values) // in place of bytes that are empty, the driver leaves those that it finds
	if r.end = r.stmt.Columns(r.values...); r.end != nil {
		return r.breakOff(into)
	}
	for i, value := range r.values {
		if n, ok := value.(int64); ok && (n == 0 || n == 1) && r.truth(i) {
			value = n == 1
		}
		into[i] = value
	}
	return nil
}

// truth tells whether a column is declared to hold truth values.
func (r *rows) truth(column int) bool {
	if r.truths == nil {
		r.truths = make([]bool, len(r.values))
		for i := range r.truths {
			r.truths[i] = strings.EqualFold(r.stmt.ColumnDeclType(i), "BOOLEAN")
		}
	}
	return r.truths[column]
}

// unreadable is each value of the row in whose place an error stands.
type unreadable struct{ error }

// Unreadable tells an error of reading what is on the disk from one of what was asked.
func Unreadable(err error) bool {
	return errors.Is(err, sqlite3.CORRUPT) || errors.Is(err, sqlite3.NOTADB) || errors.Is(err, sqlite3.IOERR) ||
		err != nil && strings.Contains(err.Error(), fmt.Sprintf("%T", unreadable{})) // as database/sql says it
}

// breakOff gives the row that no scan takes. Asked again, Next gives the error itself.
func (r *rows) breakOff(into []sqldriver.Value) error {
	if !errors.Is(r.end, sqlite3.INTERRUPT) { // whoever asked has left
		r.stmt.unread(r.end)
	}
	for i := range into {
		into[i] = unreadable{r.end}
	}
	return nil
}
