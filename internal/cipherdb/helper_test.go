package cipherdb_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"kehu/internal/cipherdb"
)

// canary stands in every row that the tests write, and must never be found in a file.
const canary = "李雷13800138000金丝雀"

// full asks for the long proofs.
var full = os.Getenv("KEHU_FULL") == "1"

// TestMain turns the test binary into the other process of a proof when asked to.
func TestMain(m *testing.M) {
	switch os.Getenv("KEHU_CIPHERDB_CHILD") {
	case "write":
		childWrites()
	case "read":
		childReads()
	default:
		os.Exit(m.Run())
	}
}

// testKey gives a fixed key per number.
func testKey(n byte) cipherdb.Key {
	var k cipherdb.Key
	for i := range k {
		k[i] = n ^ byte(i*7)
	}
	return k
}

func open(t testing.TB, path string, o cipherdb.Options) *sql.DB {
	t.Helper()
	db, err := cipherdb.Open(path, testKey(1), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func one[T any](t testing.TB, db cipherdb.Queryer, query string, args ...any) (value T) {
	t.Helper()
	if err := db.QueryRowContext(context.Background(), query, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

// integrity runs SQLite's own check of the whole file.
func integrity(t testing.TB, db *sql.DB) {
	t.Helper()
	if got := one[string](t, db, "PRAGMA integrity_check"); got != "ok" {
		t.Fatalf("integrity_check: %s", got)
	}
}

// noPlainText fails when a file below dir holds a canary or the beginning of a plain database.
func noPlainText(t testing.TB, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, plain := range []string{canary, "SQLite format 3", "CREATE TABLE", "13800138000"} {
			if bytes.Contains(data, []byte(plain)) {
				t.Errorf("%s holds %q in plain", path, plain)
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("looked at %d files: %v", files, err)
	}
}

// Rows of the proofs: a body that begins with the canary and the row's own number, and a checksum
// over all of it.
const rowsTable = `CREATE TABLE IF NOT EXISTS rows
	(id INTEGER PRIMARY KEY, body BLOB NOT NULL, sum INTEGER NOT NULL, mark TEXT NOT NULL)`

// newBody makes the body of row id: odd lengths, so that rows end anywhere in a cipher block.
func newBody(id int64) []byte {
	body := binary.BigEndian.AppendUint64([]byte(canary), uint64(id))
	for n := 200 + rand.IntN(700); len(body) < n; {
		body = binary.BigEndian.AppendUint64(body, rand.Uint64())
	}
	return body
}

func checksum(body []byte) int64 { return int64(crc32.ChecksumIEEE(body)) }

// sound tells whether a row is as it was written.
func sound(id int64, body []byte, sum int64) bool {
	if len(body) < len(canary)+8 || checksum(body) != sum {
		return false
	}
	return binary.BigEndian.Uint64(body[len(canary):]) == uint64(id)
}

const insertRow = "INSERT INTO rows (id, body, sum, mark) VALUES (?, ?, ?, ?)"

// writeRow commits one row in a transaction of its own.
func writeRow(db *sql.DB, id int64) error {
	body := newBody(id)
	_, err := db.Exec(insertRow, id, body, checksum(body), canary)
	return err
}
