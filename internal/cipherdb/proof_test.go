package cipherdb_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"kehu/internal/cipherdb"
)

// Sizes of the proofs: short, and with KEHU_FULL=1.
const (
	readers        = 8
	tornReads      = 200_000
	tornReadsFull  = 10_000_000
	crashRounds    = 5
	crashRoundFull = 200
	otherReads     = 20_000
	otherReadsFull = 500_000
)

func size(short, long int) int {
	if full {
		return long
	}
	return short
}

// Readers beside a writer that commits row by row see whole rows only, and every row that was
// committed before they looked. A read is one row fetched from a query and its checksum verified.
// Half of the reads run with NORMAL, where SQLite does not pad a commit to the end of a disk
// sector, so that each append rewrites the cipher block at the end of the last committed frame.
func TestReadersNeverSeeATornRow(t *testing.T) {
	for _, level := range []cipherdb.Synchronous{cipherdb.Full, cipherdb.Normal} {
		t.Run(string(level), func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "data.db")
			writer := open(t, path, cipherdb.Options{Synchronous: level})
			writer.SetMaxOpenConns(1)
			exec(t, writer, rowsTable)
			pool := open(t, path, cipherdb.Options{CacheKiB: 256})
			pool.SetMaxOpenConns(readers)
			begun := time.Now()
			commits, reads := readBesideWriter(t, writer, pool, size(tornReads, tornReadsFull)/2)
			t.Logf("%d rows read and verified beside %d commits in %v",
				reads, commits, time.Since(begun).Round(time.Millisecond))
			integrity(t, writer)
			noPlainText(t, dir)
		})
	}
}

// readBesideWriter runs the readers until they have read the wanted number of rows.
func readBesideWriter(t *testing.T, writer, pool *sql.DB, want int) (commits, reads int64) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var last, count atomic.Int64
	written := make(chan error, 1)
	go func() { written <- writeUntil(ctx, writer, &last) }()
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			err := cipherdb.Native(ctx, pool, func(c *sqlite3.Conn) error {
				return readUntil(c, &last, &count, int64(want))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	stop()
	if err := <-written; err != nil {
		t.Error(err)
	}
	return last.Load(), count.Load()
}

// writeUntil commits rows one by one and says which is the last that is committed.
func writeUntil(ctx context.Context, db *sql.DB, last *atomic.Int64) error {
	for id := int64(1); ctx.Err() == nil; id++ {
		if err := writeRow(db, id); err != nil {
			return fmt.Errorf("row %d: %w", id, err)
		}
		last.Store(id)
	}
	return nil
}

// window is how many of the newest rows a reader fetches with one query at most.
const window = 40

// readUntil looks at the newest rows again and again, each time as soon as one more is committed:
// then it reads the end of the log while the writer appends to it.
func readUntil(c *sqlite3.Conn, last, count *atomic.Int64, want int64) error {
	query, _, err := c.Prepare("SELECT id, body, sum FROM rows WHERE id > ? ORDER BY id")
	if err != nil {
		return err
	}
	defer query.Close()
	for seen := int64(0); count.Load() < want; {
		committed := last.Load()
		if committed == seen && committed > 0 {
			time.Sleep(20 * time.Microsecond)
			continue
		}
		n, err := verifyRows(query, committed-1-rand.Int64N(window), committed)
		if err != nil {
			return err
		}
		count.Add(n)
		seen = committed
	}
	return nil
}

// verifyRows reads the rows after the given one: without gap, whole, up to the committed one.
func verifyRows(query *sqlite3.Stmt, after, committed int64) (n int64, err error) {
	after = max(after, 0)
	if err := query.BindInt64(1, after); err != nil {
		return 0, err
	}
	for query.Step() {
		n++
		id := query.ColumnInt64(0)
		if id != after+n {
			return n, fmt.Errorf("row %d stands where row %d belongs", id, after+n)
		}
		if !sound(id, query.ColumnRawBlob(1), query.ColumnInt64(2)) {
			return n, fmt.Errorf("row %d is torn", id)
		}
	}
	if err := errors.Join(query.Err(), query.Reset()); err != nil {
		return n, err
	}
	if after+n < committed {
		return n, fmt.Errorf("row %d was committed and is not seen", committed)
	}
	return n, nil
}

// child starts this test binary as another process on the database at path.
func child(role, path string) *osexec.Cmd {
	cmd := osexec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "KEHU_CIPHERDB_CHILD="+role, "KEHU_CIPHERDB_PATH="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// childWrites writes rows for ever and says each number after its commit. Rows come one by one
// or many to a transaction, and old rows are rewritten in between, so that pages are replaced in
// the log too.
func childWrites() {
	level := []cipherdb.Synchronous{cipherdb.Full, cipherdb.Normal}[rand.IntN(2)]
	db, err := cipherdb.Open(os.Getenv("KEHU_CIPHERDB_PATH"), testKey(1),
		cipherdb.Options{Synchronous: level})
	if err != nil {
		fail(err)
	}
	db.SetMaxOpenConns(1)
	var id int64
	if err := db.QueryRow("SELECT coalesce(max(id), 0) FROM rows").Scan(&id); err != nil {
		fail(err)
	}
	for {
		id++
		n := []int64{1, 1, 3, 50}[rand.IntN(4)]
		if err := writeMany(db, id, n); err != nil {
			fail(err)
		}
		id += n - 1
		fmt.Println(id)
	}
}

func writeMany(db *sql.DB, id, n int64) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for ; n > 0; n, id = n-1, id+1 {
		body := newBody(id)
		if _, err := tx.Exec(insertRow, id, body, checksum(body), canary); err != nil {
			return err
		}
		old := 1 + rand.Int64N(id)
		body = newBody(old)
		if _, err := tx.Exec("UPDATE rows SET body = ?, sum = ? WHERE id = ?",
			body, checksum(body), old); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// childFailed is how a child ends that met an error, to tell it from one that was killed.
const childFailed = 3

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(childFailed)
}

// A process killed at any moment loses nothing that it had acknowledged.
func TestKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data.db")
	db := open(t, path, cipherdb.Options{})
	exec(t, db, rowsTable)
	exec(t, db, "CREATE INDEX rows_sum ON rows (sum)")
	db.Close()
	acknowledged := int64(0)
	for range size(crashRounds, crashRoundFull) {
		acknowledged = max(acknowledged, killWriter(t, path))
		noPlainText(t, dir)
		verifyAll(t, path, acknowledged)
	}
	t.Logf("%d rounds, %d rows acknowledged and present",
		size(crashRounds, crashRoundFull), acknowledged)
	if acknowledged == 0 {
		t.Error("nothing was written")
	}
}

// killWriter kills a writing process a moment after its first commit.
func killWriter(t *testing.T, path string) (acknowledged int64) {
	cmd := child("write", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acknowledged == 0 {
			time.AfterFunc(time.Duration(rand.IntN(200_000))*time.Microsecond,
				func() { cmd.Process.Kill() })
		}
		if acknowledged, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() == childFailed {
		t.Fatalf("the writer ended before it was killed: %v", err)
	}
	return acknowledged
}

// verifyAll opens what a killed process left and checks every row.
func verifyAll(t *testing.T, path string, acknowledged int64) {
	t.Helper()
	db, err := cipherdb.Open(path, testKey(1), cipherdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	integrity(t, db)
	err = cipherdb.Native(context.Background(), db, func(c *sqlite3.Conn) error {
		query, _, err := c.Prepare("SELECT id, body, sum FROM rows WHERE id > ? ORDER BY id")
		if err != nil {
			return err
		}
		defer query.Close()
		_, err = verifyRows(query, 0, acknowledged)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// childReads reads rows until it has enough, then writes one and ends.
func childReads() {
	db, err := cipherdb.Open(os.Getenv("KEHU_CIPHERDB_PATH"), testKey(1),
		cipherdb.Options{CacheKiB: 256})
	if err != nil {
		fail(err)
	}
	var last, count atomic.Int64
	err = cipherdb.Native(context.Background(), db, func(c *sqlite3.Conn) error {
		return readUntil(c, &last, &count, int64(size(otherReads, otherReadsFull)))
	})
	if err != nil {
		fail(err)
	}
	if _, err := db.Exec("INSERT INTO visits DEFAULT VALUES"); err != nil {
		fail(err)
	}
}

// A second process may read, and write in its turn, while the first one writes row by row.
func TestSecondProcessBesideAWriter(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data.db")
	db := open(t, path, cipherdb.Options{})
	exec(t, db, rowsTable)
	exec(t, db, "CREATE TABLE visits (id INTEGER PRIMARY KEY)")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var last atomic.Int64
	written := make(chan error, 1)
	go func() { written <- writeUntil(ctx, db, &last) }()
	for range 2 {
		cmd := child("read", path)
		if err := cmd.Run(); err != nil {
			t.Errorf("the second process: %v", err)
		}
	}
	stop()
	if err := <-written; err != nil {
		t.Error(err)
	}
	if n := one[int](t, db, "SELECT count(*) FROM visits"); n != 2 {
		t.Errorf("%d of 2 visits are recorded", n)
	}
	t.Logf("%d commits meanwhile", last.Load())
	integrity(t, db)
	noPlainText(t, dir)
}

// Copies made while a writer commits are whole, encrypted, and hold what was committed before.
func TestCopiesWhileWriting(t *testing.T) {
	for _, c := range []struct {
		name string
		copy func(context.Context, *sql.DB, string, cipherdb.Key) error
	}{{"VACUUM INTO", cipherdb.VacuumInto}, {"backup", cipherdb.Backup}} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			db := open(t, filepath.Join(dir, "data.db"), cipherdb.Options{})
			exec(t, db, rowsTable)
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			var last atomic.Int64
			written := make(chan error, 1)
			go func() { written <- writeUntil(ctx, db, &last) }()
			for i := range 5 {
				for last.Load() < int64(100*(i+1)) && len(written) == 0 {
					time.Sleep(time.Millisecond)
				}
				before := last.Load()
				path := filepath.Join(dir, fmt.Sprintf("copy%d.db", i))
				if err := c.copy(ctx, db, path, testKey(1)); err != nil {
					t.Fatal(err)
				}
				noPlainText(t, dir)
				verifyAll(t, path, before)
			}
			stop()
			if err := <-written; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCopyWithAnotherKey(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "data.db"), cipherdb.Options{})
	exec(t, db, rowsTable)
	ctx, path := context.Background(), filepath.Join(dir, "copy.db")
	if err := cipherdb.VacuumInto(ctx, db, path, testKey(9)); err != nil {
		t.Fatal(err)
	}
	_, err := cipherdb.Open(path, testKey(1), cipherdb.Options{})
	if !errors.Is(err, cipherdb.KeyWrong) {
		t.Errorf("the database's own key: %v", err)
	}
	other, err := cipherdb.Open(path, testKey(9), cipherdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	nowhere := filepath.Join(dir, "none", "copy.db")
	if err := cipherdb.Backup(ctx, db, nowhere, testKey(9)); !errors.Is(err, cipherdb.CannotOpen) {
		t.Errorf("a copy to nowhere: %v", err)
	}
}
