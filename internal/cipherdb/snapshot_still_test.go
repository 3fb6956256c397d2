package cipherdb

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// While the file is held, writers and checkpoints leave it as it is, and it reads as of its moment: by
// queries, and as a stream beside them.
func TestAHeldFileStandsStill(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data.db")
	db, err := Open(path, Key{1}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	must := func(query string) {
		t.Helper()
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	sum := func() [32]byte {
		t.Helper()
		content, err := os.ReadFile(path) // this system's locks stay: see the driver's OFD locks
		if err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(content)
	}
	rows := func(of Queryer) (n int) {
		t.Helper()
		if err := of.QueryRowContext(context.Background(), "SELECT count(*) FROM a").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const fill = "INSERT INTO a (t) WITH RECURSIVE g(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM g LIMIT 500) SELECT hex(randomblob(900)) FROM g"
	must("CREATE TABLE a (n INTEGER PRIMARY KEY, t TEXT)")
	must(fill)
	held, err := Hold(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	before := sum()
	streamed := make(chan []byte)
	go func() {
		plain, err := held.Plain()
		if err != nil {
			t.Error(err)
		}
		content, err := io.ReadAll(plain)
		if err := errors.Join(err, plain.Close()); err != nil {
			t.Error(err)
		}
		streamed <- content
	}()
	for range 20 { // far beyond what makes SQLite bring the log into the file
		must(fill)
		must("UPDATE a SET t = t || 'x' WHERE n % 7 = 0")
		must("PRAGMA wal_checkpoint(PASSIVE)")
		if n := rows(held.DB()); n != 500 {
			t.Errorf("%d rows in the moment", n)
		}
	}
	if sum() != before {
		t.Error("the file changed under its reader")
	}
	content := <-streamed
	if int64(len(content)) != held.Size() {
		t.Errorf("%d bytes of %d", len(content), held.Size())
	}
	if err := held.Close(); err != nil {
		t.Error(err)
	}
	must("PRAGMA wal_checkpoint(PASSIVE)")
	if sum() == before {
		t.Error("nothing was written at all: the test shows nothing")
	}
	copied := filepath.Join(dir, "copy.db")
	var sealed bytes.Buffer
	w := NewWriter(&sealed, Key{2})
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), os.WriteFile(copied, sealed.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	other, err := Open(copied, Key{2}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var said string
	if err := other.QueryRow("PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" || rows(other) != 500 {
		t.Errorf("%d rows streamed, %q, %v", rows(other), said, err)
	}
}

// Where somebody reads on in an older moment the file cannot hold everything: the snapshot is made page
// by page, and holds the newest moment all the same.
func TestAnOlderReaderMakesTheSnapshotGoByPages(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(filepath.Join(dir, "data.db"), Key{1}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE a (n INTEGER PRIMARY KEY); INSERT INTO a VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	older, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer older.Close()
	if _, err := older.ExecContext(ctx, "BEGIN DEFERRED"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := older.QueryRowContext(ctx, "SELECT count(*) FROM a").Scan(&n); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if _, err := db.Exec("INSERT INTO a VALUES (2), (3)"); err != nil {
		t.Fatal(err)
	}
	scratch, err := os.CreateTemp(dir, scratchPattern)
	if err != nil {
		t.Fatal(err)
	}
	scratch.Close()
	if err := (&Snapshot{path: scratch.Name(), key: Key{2}}).fillStill(ctx, db); !errors.Is(err, ErrMoving) {
		t.Errorf("the file counts as still: %v", err)
	}
	for _, reading := range []bool{true, false} {
		if !reading {
			if _, err := older.ExecContext(ctx, "ROLLBACK"); err != nil {
				t.Fatal(err)
			}
			if err := (&Snapshot{path: scratch.Name(), key: Key{2}}).fillStill(ctx, db); err != nil {
				t.Errorf("nobody reads any more: %v", err)
			}
		}
		s, err := NewSnapshot(ctx, db, dir, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.DB().QueryRowContext(context.Background(), "SELECT count(*) FROM a").Scan(&n); err != nil || n != 3 {
			t.Errorf("%d rows, %v", n, err)
		}
		plain, err := s.Plain()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(plain)
		if err != nil || !strings.HasPrefix(string(content), magic) || int64(len(content)) != s.Size() {
			t.Errorf("%d of %d bytes, %v", len(content), s.Size(), err)
		}
		if err := errors.Join(plain.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	}
}
