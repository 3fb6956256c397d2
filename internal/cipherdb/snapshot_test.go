package cipherdb_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	_ "modernc.org/sqlite"

	"kehu/internal/cipherdb"
)

func plainOf(t *testing.T, s *cipherdb.Snapshot) []byte {
	t.Helper()
	r, err := s.Plain()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	plain, err := io.ReadAll(r)
	if err != nil || int64(len(plain)) != s.Size() {
		t.Fatalf("%d of %d bytes, %v", len(plain), s.Size(), err)
	}
	return plain
}

// A snapshot holds one moment although a writer goes on, another SQLite opens its plain form, and
// written back it opens with its new key.
func TestSnapshotHoldsOneMomentAndMakesTheRoundTrip(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "data.db"), cipherdb.Options{})
	exec(t, db, "CREATE TABLE a (n INTEGER PRIMARY KEY, t TEXT); CREATE TABLE total (n INTEGER)")
	exec(t, db, "INSERT INTO total VALUES (0)")
	add := func() error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		_, err1 := tx.Exec("INSERT INTO a (t) SELECT hex(randomblob(500)) FROM generate WHERE 1")
		_, err2 := tx.Exec("UPDATE total SET n = (SELECT count(*) FROM a)")
		return errors.Join(err1, err2, tx.Commit())
	}
	exec(t, db, "CREATE TABLE generate AS WITH RECURSIVE g(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM g LIMIT 50) SELECT x FROM g")
	for range 100 {
		if err := add(); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := add(); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for range 5 {
		s, err := cipherdb.NewSnapshot(context.Background(), db, dir, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		checkSnapshot(t, s, dir)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	writer.Wait()
	left, _ := filepath.Glob(filepath.Join(dir, "scratch-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func checkSnapshot(t *testing.T, s *cipherdb.Snapshot, dir string) {
	t.Helper()
	rows := one[int](t, s.DB(), "SELECT count(*) FROM a")
	if total := one[int](t, s.DB(), "SELECT n FROM total"); total != rows || rows < 5000 {
		t.Errorf("%d rows, their total %d", rows, total)
	}
	plain := plainOf(t, s)
	path := filepath.Join(dir, "plain.sqlite")
	if err := os.WriteFile(path, plain, 0o400); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(path)
	other, err := sql.Open("sqlite", "file:"+path+"?mode=ro") // a different build of SQLite
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if said := one[string](t, other, "PRAGMA integrity_check"); said != "ok" {
		t.Errorf("integrity: %s", said)
	}
	if n := one[int](t, other, "SELECT count(*) FROM a"); n != rows {
		t.Errorf("%d rows in the plain copy, %d in the snapshot", n, rows)
	}
	back := filepath.Join(dir, "back.db")
	file, err := os.Create(back)
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(back)
	w := cipherdb.NewWriter(file, testKey(7))
	for part := plain; len(part) > 0; { // in uneven pieces
		n := min(len(part), 70_001)
		if _, err := w.Write(part[:n]); err != nil {
			t.Fatal(err)
		}
		part = part[n:]
	}
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(back)
	if err != nil || bytes.Contains(sealed, []byte("SQLite format")) {
		t.Errorf("%v, or in plain", err)
	}
	again, err := cipherdb.Open(back, testKey(7), cipherdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n := one[int](t, again, "SELECT count(*) FROM a"); n != rows {
		t.Errorf("%d rows after the way back, %d before", n, rows)
	}
}

func TestASnapshotEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "data.db"), cipherdb.Options{})
	exec(t, db, "CREATE TABLE a (n INTEGER PRIMARY KEY)")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := cipherdb.NewSnapshot(ctx, db, dir, rand.Reader); err == nil {
		t.Error("no error")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "scratch-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAWriterThatIsCutShortSaysSo(t *testing.T) {
	w := cipherdb.NewWriter(io.Discard, testKey(1))
	if _, err := w.Write(make([]byte, 700)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil {
		t.Error("half a sector was taken for a database")
	}
}
