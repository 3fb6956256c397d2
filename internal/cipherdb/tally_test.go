package cipherdb

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"
	_ "github.com/ncruces/go-sqlite3/driver"
)

// What is counted on the way is what SQLite counts: tables of one page and of many, with long rows and with
// gaps, those without row ids, after deletions, for every size of page.
func TestRowsAreCountedOnTheWay(t *testing.T) {
	for _, size := range []int{512, 1024, 4096, 65536} {
		path := filepath.Join(t.TempDir(), "plain.db")
		c, err := sqlite3.Open("file:" + filepath.ToSlash(path))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		err = c.Exec(fmt.Sprintf(`PRAGMA page_size = %d;
			CREATE TABLE empty (a); CREATE TABLE one (a); INSERT INTO one VALUES (1);
			CREATE TABLE few (a TEXT PRIMARY KEY, b) WITHOUT ROWID;
			CREATE TABLE many (a INTEGER PRIMARY KEY, b TEXT); CREATE INDEX of_b ON many (b);
			CREATE TABLE keyed (a TEXT PRIMARY KEY, b TEXT) WITHOUT ROWID;
			CREATE TABLE gone (a, b);
			INSERT INTO few VALUES ('x', 1), ('y', 2);
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 7000)
				INSERT INTO many SELECT i, hex(randomblob(i %% 90)) FROM n;
			INSERT INTO many VALUES (100000, hex(zeroblob(200000))), (200000, 'after it');
			INSERT INTO keyed SELECT 'k' || a || hex(randomblob(30)), b FROM many;
			INSERT INTO gone SELECT a, b FROM many; DELETE FROM gone WHERE a %% 7 != 0; DROP INDEX of_b;
			DELETE FROM many WHERE a BETWEEN 2000 AND 4000; CREATE INDEX of_b ON many (b)`, size))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tally := &Tally{}
		for rest := plain; len(rest) > 0; { // in pieces of any size
			n := min(1+rand.IntN(3*size), len(rest))
			if _, err := tally.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		s, _, err := c.Prepare("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0")
		if err != nil {
			t.Fatal(err)
		}
		trees := map[string]uint32{"sqlite_schema": 1}
		for s.Step() {
			trees[s.ColumnText(0)] = uint32(s.ColumnInt64(1))
		}
		if err := errors.Join(s.Err(), s.Close()); err != nil {
			t.Fatal(err)
		}
		for name, root := range trees {
			table := name
			if name == "of_b" {
				table = "many"
			}
			if name[0] == 's' && name != "sqlite_schema" {
				continue // an index of SQLite's own
			}
			s, _, err := c.Prepare("SELECT count(*) FROM " + table)
			if err != nil {
				t.Fatal(err)
			}
			s.Step()
			want := s.ColumnInt64(0)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if got, err := tally.Rows(root); err != nil || got != want {
				t.Errorf("pages of %d: %s has %d rows, not %d: %v", size, name, want, got, err)
			}
		}
	}
}

// What is no database, and what is cut off or points in a circle, is told and not counted.
func TestWhatIsNoTreeIsNotCounted(t *testing.T) {
	if _, err := (&Tally{}).Write(make([]byte, 4096)); !errors.Is(err, ErrNoTree) {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "plain.db")
	c, err := sqlite3.Open("file:" + filepath.ToSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	err = c.Exec(`PRAGMA page_size = 512; CREATE TABLE many (a TEXT);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 3000) INSERT INTO many SELECT hex(i) FROM n`)
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	plain, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	count := func(plain []byte) (int64, error) {
		tally := &Tally{}
		if _, err := tally.Write(plain); err != nil {
			t.Fatal(err)
		}
		return tally.Rows(2)
	}
	if n, err := count(plain); n != 3000 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := count(plain[:len(plain)/2]); !errors.Is(err, ErrNoTree) {
		t.Errorf("half of it has %d rows: %v", n, err)
	}
	for name, change := range map[string]func(root []byte){
		"circle":   func(root []byte) { copy(root[rightmostAt:], []byte{0, 0, 0, 2}) },
		"nowhere":  func(root []byte) { copy(root[rightmostAt:], []byte{9, 0, 0, 0}) },
		"no page":  func(root []byte) { copy(root[rightmostAt:], []byte{0, 0, 0, 0}) },
		"outside":  func(root []byte) { copy(root[pointersAt:], []byte{0xff, 0xff}) },
		"too many": func(root []byte) { copy(root[cellsAt:], []byte{0xff, 0xff}) },
		"no kind":  func(root []byte) { root[0] = 0x07 },
	} {
		broken := append([]byte{}, plain...)
		change(broken[512:1024])
		if n, err := count(broken); !errors.Is(err, ErrNoTree) {
			t.Errorf("%s: %d rows, %v", name, n, err)
		}
	}
}

func BenchmarkTally(b *testing.B) {
	block := make([]byte, 1<<20)
	copy(block[pageSizeAt:], []byte{0x10, 0})
	b.SetBytes(int64(len(block)))
	t := &Tally{}
	for b.Loop() {
		if _, err := t.Write(block); err != nil {
			b.Fatal(err)
		}
	}
}
