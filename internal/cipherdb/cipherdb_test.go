package cipherdb_test

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"kehu/internal/cipherdb"
)

func TestOpenSetsUpEveryConnection(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "data.db"), cipherdb.Options{})
	for pragma, want := range map[string]string{
		"busy_timeout": "10000", "journal_mode": "wal", "journal_size_limit": "200000000",
		"synchronous": "2", "foreign_keys": "1", "temp_store": "2", "cache_size": "-8192",
		"secure_delete": "2",
	} {
		if got := one[string](t, db, "PRAGMA "+pragma); got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}

func TestOpenOptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	db := open(t, path, cipherdb.Options{CacheKiB: 512, Synchronous: cipherdb.Normal})
	exec(t, db, "CREATE TABLE a (b)")
	if got := one[int](t, db, "PRAGMA cache_size"); got != -512 {
		t.Errorf("cache_size is %d", got)
	}
	if got := one[int](t, db, "PRAGMA synchronous"); got != 1 {
		t.Errorf("synchronous is %d", got)
	}
	reader := open(t, path, cipherdb.Options{ReadOnly: true})
	if n := one[int](t, reader, "SELECT count(*) FROM a"); n != 0 {
		t.Errorf("%d rows", n)
	}
	if _, err := reader.Exec("INSERT INTO a VALUES (1)"); err == nil {
		t.Error("a read-only database took a write")
	}
}

func TestFullTextSearch(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "data.db"), cipherdb.Options{})
	exec(t, db, `CREATE VIRTUAL TABLE grams USING fts5
		(words, content='', contentless_delete=1, tokenize='unicode61')`)
	exec(t, db, "INSERT INTO grams (rowid, words) VALUES (7, '上海 海信 信息')")
	if id := one[int](t, db, "SELECT rowid FROM grams WHERE grams MATCH '\"海信\"'"); id != 7 {
		t.Errorf("found row %d", id)
	}
	exec(t, db, "DELETE FROM grams WHERE rowid = 7")
}

// Paths as people have them must neither end the path nor begin a parameter.
func TestOpenOddPaths(t *testing.T) {
	for _, name := range []string{"客户 资料", "50%", "a?b=c&vfs=os", "a#b", "a+b", "q'uote"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, "?") {
			continue // no name there
		}
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		db := open(t, filepath.Join(dir, "data.db"), cipherdb.Options{})
		exec(t, db, "CREATE TABLE a (b)")
		exec(t, db, "INSERT INTO a VALUES (?)", canary)
		if _, err := os.Stat(filepath.Join(dir, "data.db")); err != nil {
			t.Error(err)
		}
		noPlainText(t, dir)
	}
}

func TestOpenFaults(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	exec(t, open(t, good, cipherdb.Options{}), "CREATE TABLE a (b)")
	plain := filepath.Join(dir, "plain.db")
	if err := os.WriteFile(plain, append([]byte("SQLite format 3\x00"), make([]byte, 4080)...),
		0o600); err != nil {
		t.Fatal(err)
	}
	noise := filepath.Join(dir, "noise.db")
	if err := os.WriteFile(noise, []byte(strings.Repeat("noise", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		key        byte
		options    cipherdb.Options
		want       error
	}{
		{"another key", good, 2, cipherdb.Options{}, cipherdb.KeyWrong},
		{"another key, reading", good, 2, cipherdb.Options{ReadOnly: true}, cipherdb.KeyWrong},
		{"a plain database", plain, 1, cipherdb.Options{}, cipherdb.NotEncrypted},
		{"not a database", noise, 1, cipherdb.Options{}, cipherdb.KeyWrong},
		{"no such folder", filepath.Join(dir, "none", "a.db"), 1, cipherdb.Options{},
			cipherdb.CannotOpen},
		{"nothing to read", filepath.Join(dir, "none.db"), 1, cipherdb.Options{ReadOnly: true},
			cipherdb.CannotOpen},
		{"a folder", dir, 1, cipherdb.Options{}, cipherdb.CannotOpen},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, err := cipherdb.Open(c.path, testKey(c.key), c.options)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v", err)
			}
			if db != nil {
				t.Error("a database and an error")
			}
			tellsNoKey(t, fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)), c.key)
		})
	}
}

// tellsNoKey fails when a text holds the key in any usual writing.
func tellsNoKey(t *testing.T, text string, n byte) {
	t.Helper()
	key := testKey(n)
	for _, form := range []string{
		string(key[:16]), hex.EncodeToString(key[:8]), strings.ToUpper(hex.EncodeToString(key[:8])),
		strings.Trim(fmt.Sprint(key[:8]), "[]"),
		strings.Trim(fmt.Sprintf("%#v", key[:4]), "[]byte{}"),
	} {
		if strings.Contains(text, form) {
			t.Errorf("the key stands in %q", text)
		}
	}
}

func TestKeyIsNeverPrinted(t *testing.T) {
	key := testKey(3)
	holder := struct{ K cipherdb.Key }{key}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(encoded), key.ID()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, key), fmt.Sprintf(verb, holder),
			fmt.Sprintf(verb, &key))
	}
	for _, text := range texts {
		tellsNoKey(t, text, 3)
		if !strings.Contains(text, key.ID()) {
			t.Errorf("%q does not name the key", text)
		}
	}
	if key.ID() == testKey(4).ID() {
		t.Error("two keys, one id")
	}
}

// A log that holds the only copy of acknowledged writes must outlive an attempt with a wrong key.
func TestWrongKeyLeavesTheLogAlone(t *testing.T) {
	dir := t.TempDir()
	stopped := copyOfLiveDatabase(t, dir)
	before, err := os.ReadFile(stopped + "-wal")
	if err != nil || len(before) == 0 {
		t.Fatalf("no log to lose: %v", err)
	}
	_, err = cipherdb.Open(stopped, testKey(2), cipherdb.Options{})
	if !errors.Is(err, cipherdb.KeyWrong) {
		t.Fatalf("got %v", err)
	}
	after, err := os.ReadFile(stopped + "-wal")
	if err != nil || string(after) != string(before) {
		t.Fatalf("the log was touched: %d bytes of %d, %v", len(after), len(before), err)
	}
	db := open(t, stopped, cipherdb.Options{})
	if n := one[int](t, db, "SELECT count(*) FROM rows"); n != 20 {
		t.Errorf("%d of 20 rows", n)
	}
}

// copyOfLiveDatabase leaves the files that a killed process would leave: 20 rows in the log only.
func copyOfLiveDatabase(t *testing.T, dir string) string {
	live, stopped := filepath.Join(dir, "live.db"), filepath.Join(dir, "stopped.db")
	db := open(t, live, cipherdb.Options{})
	exec(t, db, rowsTable)
	exec(t, db, "PRAGMA wal_checkpoint(TRUNCATE)")
	for id := range int64(20) {
		if err := writeRow(db, id); err != nil {
			t.Fatal(err)
		}
	}
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(live + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(stopped+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return stopped
}

// Two connections that read, then write, wait for each other instead of failing.
func TestTransactionsQueue(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "data.db"), cipherdb.Options{})
	exec(t, db, "CREATE TABLE counter (n INTEGER)")
	exec(t, db, "INSERT INTO counter VALUES (0)")
	const workers, rounds = 8, 25
	errs := make(chan error, workers)
	for range workers {
		go func() {
			for range rounds {
				if err := increment(db); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range workers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := one[int](t, db, "SELECT n FROM counter"); n != workers*rounds {
		t.Errorf("counted %d of %d", n, workers*rounds)
	}
}

func increment(db *sql.DB) error {
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var n int
	if err := tx.QueryRow("SELECT n FROM counter").Scan(&n); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE counter SET n = ?", n+1); err != nil {
		return err
	}
	return tx.Commit()
}
