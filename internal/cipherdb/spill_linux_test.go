package cipherdb_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kehu/internal/cipherdb"
)

// spills watches which temporary files SQLite opens. On Linux they have no name, so they are
// looked for among the open files of the process.
type spills struct {
	dir  string
	stop chan struct{}
	done chan map[string][]byte
}

func watchSpills(t *testing.T) *spills {
	s := &spills{t.TempDir(), make(chan struct{}), make(chan map[string][]byte)}
	t.Setenv("TMPDIR", s.dir)
	t.Setenv("SQLITE_TMPDIR", s.dir)
	go func() {
		seen := map[string][]byte{}
		for {
			s.look(seen)
			select {
			case <-s.stop:
				s.done <- seen
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return s
}

// look keeps the longest content of every open file below the folder.
func (s *spills) look(seen map[string][]byte) {
	for fd := range 256 {
		link := filepath.Join("/proc/self/fd", strconv.Itoa(fd))
		target, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(target, s.dir) {
			continue
		}
		data, err := os.ReadFile(link)
		if err == nil && len(data) >= len(seen[target]) {
			seen[target] = data
		}
	}
}

func (s *spills) end() map[string][]byte {
	close(s.stop)
	return <-s.done
}

// heavy sorts, indexes and rolls back far more than the cache holds.
func heavy(t *testing.T, tempStore string) {
	db := open(t, filepath.Join(t.TempDir(), "data.db"), cipherdb.Options{CacheKiB: 256})
	db.SetMaxOpenConns(1)
	exec(t, db, "PRAGMA temp_store="+tempStore)
	exec(t, db, "CREATE TABLE a (n INTEGER, b TEXT, u INTEGER UNIQUE)")
	exec(t, db, `WITH RECURSIVE s (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM s WHERE v < 15000)
		INSERT INTO a SELECT v * 7919 % 15000, ? || v || hex(randomblob(100)), v FROM s`, canary)
	exec(t, db, "CREATE INDEX a_b ON a (b, n)")
	rows, err := db.Query("SELECT n, b FROM a ORDER BY substr(b, 40), n")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	rows.Close()
	exec(t, db, "CREATE TEMP TABLE copy AS SELECT DISTINCT b FROM a")
	exec(t, db, "BEGIN")
	_, err = db.Exec("UPDATE a SET b = b || 'x', u = CASE u WHEN 15000 THEN 1 ELSE u END")
	if err == nil {
		t.Fatal("the statement was meant to fail half-way")
	}
	exec(t, db, "COMMIT")
	integrity(t, db)
}

// Sorters, temporary tables and statement journals stay in memory; and where somebody turns that
// off, what reaches the disk is encrypted.
func TestTemporaryData(t *testing.T) {
	t.Run("in memory", func(t *testing.T) {
		watch := watchSpills(t)
		heavy(t, "MEMORY")
		if seen := watch.end(); len(seen) != 0 {
			t.Errorf("%d temporary files", len(seen))
		}
	})
	t.Run("in files", func(t *testing.T) {
		watch := watchSpills(t)
		heavy(t, "FILE")
		seen, bytesSeen := watch.end(), 0
		for name, data := range seen {
			bytesSeen += len(data)
			for _, plain := range []string{canary, "SQLite format"} {
				if bytes.Contains(data, []byte(plain)) {
					t.Errorf("%s holds %q in plain", name, plain)
				}
			}
		}
		if bytesSeen < 1<<20 {
			t.Errorf("saw %d bytes in %d files: too little to judge", bytesSeen, len(seen))
		}
	})
}
