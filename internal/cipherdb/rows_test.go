package cipherdb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/pocketbase/dbx"

	"kehu/internal/cipherdb"
)

// held lends a connection of its own.
func held(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

type rower interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// listed gives the columns and how many rows there are.
func listed(t *testing.T, db rower) (columns []string, n int) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM a")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if columns, err = rows.Columns(); err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		n++
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return columns, n
}

// A connection that read a table before another changed it lists all its rows, with the columns that
// it has now; so does a statement that was made before.
func TestListsOfAChangedTable(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "data.db"), cipherdb.Options{})
	exec(t, db, "CREATE TABLE a (b, c)")
	exec(t, db, "INSERT INTO a VALUES (1, 2), (3, 4)")
	reader, writer := held(t, db), held(t, db)
	listed(t, reader)
	made, err := reader.PrepareContext(t.Context(), "SELECT * FROM a")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []struct {
		statement string
		columns   []string
	}{
		{"ALTER TABLE a ADD COLUMN d", []string{"b", "c", "d"}},
		{"ALTER TABLE a DROP COLUMN b", []string{"c", "d"}},
		{"ALTER TABLE a RENAME COLUMN c TO e", []string{"e", "d"}},
	} {
		if _, err := writer.ExecContext(t.Context(), change.statement); err != nil {
			t.Fatal(err)
		}
		columns, n := listed(t, reader)
		if n != 2 || !reflect.DeepEqual(columns, change.columns) {
			t.Errorf("after %s: %d rows of %v", change.statement, n, columns)
		}
		columns, n = listed(t, again{made})
		if n != 2 || !reflect.DeepEqual(columns, change.columns) {
			t.Errorf("after %s, with a statement from before: %d rows of %v", change.statement, n, columns)
		}
	}
}

// again runs one statement, whatever it is asked.
type again struct{ *sql.Stmt }

func (a again) QueryContext(ctx context.Context, _ string, args ...any) (*sql.Rows, error) {
	return a.Stmt.QueryContext(ctx, args...)
}

// rotten makes a table whose first rows can be read and whose middle cannot.
func rotten(t *testing.T, rows int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "data.db")
	db := open(t, path, cipherdb.Options{})
	exec(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")
	for i := range rows {
		exec(t, db, "INSERT INTO a VALUES (?, ?)", fmt.Sprintf("%08d-%0100d", i, 0), i)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, err := f.Seek(0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 4096), size/2&^4095); err != nil {
		t.Fatal(err)
	}
	return path
}

// Whoever reads a list that breaks off is told, whether or not they ask for the error of the rows.
func TestAListThatBreaksOffIsAnError(t *testing.T) {
	const most = 2000
	var told []error
	path := rotten(t, most)
	db := open(t, path, cipherdb.Options{Unread: func(err error) { told = append(told, err) }})
	db.SetMaxOpenConns(1)

	rows, err := db.Query("SELECT id, n FROM a ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	n, last := 0, error(nil)
	for rows.Next() {
		var id string
		var value int
		if last = rows.Scan(&id, &value); last == nil {
			n++
		}
	}
	if n == 0 || n >= most || last == nil || !errors.Is(rows.Err(), sqlite3.CORRUPT) {
		t.Fatalf("%d rows, then %v, then %v", n, last, rows.Err())
	}
	if len(told) != 1 || !errors.Is(told[0], sqlite3.CORRUPT) {
		t.Errorf("told: %v", told)
	}

	through := dbx.NewFromDB(db, "sqlite3")
	maps, ids, structs := []dbx.NullStringMap{}, []string{}, []struct {
		ID string `db:"id"`
		N  int    `db:"n"`
	}{}
	numbers := []int{}
	for name, err := range map[string]error{
		"maps":    through.NewQuery("SELECT * FROM a ORDER BY id").All(&maps),
		"structs": through.NewQuery("SELECT * FROM a ORDER BY id").All(&structs),
		"texts":   through.NewQuery("SELECT id FROM a ORDER BY id").Column(&ids),
		"numbers": through.NewQuery("SELECT n FROM a ORDER BY id").Column(&numbers),
		"a count": through.NewQuery("SELECT count(*) FROM a NOT INDEXED").Column(&numbers),
	} {
		if !cipherdb.Unreadable(err) {
			t.Errorf("a list of %s that breaks off ends with %v", name, err)
		}
	}
	if err := through.NewQuery("SELECT none FROM a").Column(&ids); err == nil || cipherdb.Unreadable(err) {
		t.Errorf("a question that has no answer: %v", err)
	}
	if len(maps) != n || len(ids) != n {
		t.Errorf("%d and %d rows of %d before the error", len(maps), len(ids), n)
	}
	if open := db.Stats().InUse; open != 0 {
		t.Errorf("%d connections are still in use", open)
	}
}

// What is read is what was written, each in its own kind.
func TestValuesKeepTheirKind(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "data.db"), cipherdb.Options{})
	exec(t, db, "CREATE TABLE a (i INTEGER, yes BOOLEAN, no BOOLEAN, odd BOOLEAN, f REAL, t TEXT, d DATE, x, b BLOB, n TEXT)")
	want := []any{int64(1), true, false, int64(7), 2.5, "1", "2024-02-29", "2024-02-29T12:00:00Z", []byte{0, 1}, nil}
	exec(t, db, "INSERT INTO a VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?), ('', 0, 1, 1, '', '', '', '', x'', '')", want...)
	rows, err := db.Query("SELECT * FROM a")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for _, want := range [][]any{want, {"", false, true, true, "", "", "", "", []byte{}, ""}} {
		got, into := make([]any, len(want)), make([]any, len(want))
		for i := range got {
			into[i] = &got[i]
		}
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if b, ok := got[i].([]byte); ok && len(b) == 0 {
				got[i] = []byte{}
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%#v, written %#v", got, want)
		}
	}
	if rows.Next() || rows.Err() != nil {
		t.Errorf("a third row, or %v", rows.Err())
	}
}

// A statement that writes does it once, and is over when its rows are closed.
func TestReturningWritesOnce(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "data.db"), cipherdb.Options{})
	exec(t, db, "CREATE TABLE a (b)")
	var first int
	if err := db.QueryRow("INSERT INTO a VALUES (1), (2), (3) RETURNING b").Scan(&first); err != nil || first != 1 {
		t.Fatal(first, err)
	}
	if n := one[int](t, db, "SELECT count(*) FROM a"); n != 3 {
		t.Errorf("%d rows", n)
	}
	if _, err := db.Query("INSERT INTO none VALUES (1) RETURNING b"); err == nil {
		t.Error("no error for a table that is not there")
	}
	exec(t, db, "CREATE UNIQUE INDEX u ON a (b)")
	if _, err := db.Query("INSERT INTO a VALUES (1) RETURNING b"); !errors.Is(err, sqlite3.CONSTRAINT) {
		t.Errorf("of the first step: %v", err)
	}
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections are still in use", n)
	}
}

// Whoever leaves gets no list, and nobody is told of a failure.
func TestAListThatIsCalledOff(t *testing.T) {
	var told []error
	db := open(t, filepath.Join(t.TempDir(), "data.db"),
		cipherdb.Options{Unread: func(err error) { told = append(told, err) }})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	rows, err := db.QueryContext(ctx, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		if i == 10 {
			leave()
		}
	}
	if err := rows.Err(); !errors.Is(err, context.Canceled) && !errors.Is(err, sqlite3.INTERRUPT) || len(told) != 0 {
		t.Errorf("%v, told %v", rows.Err(), told)
	}
}
