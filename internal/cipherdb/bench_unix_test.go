//go:build unix

package cipherdb_test

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	_ "modernc.org/sqlite"

	"kehu/internal/cipherdb"
)

// The benchmark's table is like a customer: a random text key as PocketBase makes them, 14 more
// columns, and 4 indexes besides the key, 2 of them over random values.
const (
	benchColumns = 15
	benchRows    = 100_000
	benchPerTx   = 5_000
	benchFinds   = 50_000
)

func benchSchema(t testing.TB, db *sql.DB) {
	columns := []string{"c0 TEXT PRIMARY KEY NOT NULL"}
	for i := 1; i < benchColumns; i++ {
		columns = append(columns, fmt.Sprintf("c%d TEXT DEFAULT '' NOT NULL", i))
	}
	exec(t, db, "CREATE TABLE bench ("+strings.Join(columns, ", ")+")")
	for _, on := range []string{"c1", "c2", "c3, c4", "c5"} {
		exec(t, db, fmt.Sprintf("CREATE INDEX `bench_%s` ON bench (%s)", on[:2], on))
	}
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"

func randomText(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

// benchRow fills row i. c1 and c2 are random, c3 to c5 are as times and groups are.
func benchRow(r *rand.Rand, i int, row []string) {
	row[0], row[1], row[2] = randomText(r, 15), randomText(r, 16), "1"+randomText(r, 10)
	row[3], row[4] = fmt.Sprint("dep", i%20), fmt.Sprintf("2026-01-01 %09d", i)
	row[5] = fmt.Sprintf("KH%08d", i)
	for c := 6; c < len(row); c++ {
		row[c] = "上海市浦东新区"[:3*(c%7)] + row[1][:c]
	}
}

func benchInsertSQL(rows int) string {
	one := "(" + strings.Repeat("?, ", benchColumns-1) + "?)"
	return "INSERT INTO bench VALUES " + strings.Repeat(one+", ", rows-1) + one
}

// throughSQL inserts with a prepared statement of several rows through database/sql.
func throughSQL(perStatement int) func(testing.TB, *sql.DB) {
	return func(t testing.TB, db *sql.DB) {
		r, row := rand.New(rand.NewPCG(1, 2)), make([]string, benchColumns)
		args := make([]any, 0, perStatement*benchColumns)
		for i := 0; i < benchRows; {
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			insert, err := tx.Prepare(benchInsertSQL(perStatement))
			if err != nil {
				t.Fatal(err)
			}
			for end := i + benchPerTx; i < end; {
				args = args[:0]
				for range perStatement {
					benchRow(r, i, row)
					for _, value := range row {
						args = append(args, value)
					}
					i++
				}
				if _, err := insert.Exec(args...); err != nil {
					t.Fatal(err)
				}
			}
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// throughNative inserts with the driver's own statements.
func throughNative(t testing.TB, db *sql.DB) {
	err := cipherdb.Native(context.Background(), db, func(c *sqlite3.Conn) error {
		r, row := rand.New(rand.NewPCG(1, 2)), make([]string, benchColumns)
		insert, _, err := c.Prepare(benchInsertSQL(1))
		if err != nil {
			return err
		}
		defer insert.Close()
		for i := 0; i < benchRows; {
			if err := c.Exec("BEGIN IMMEDIATE"); err != nil {
				return err
			}
			for end := i + benchPerTx; i < end; i++ {
				benchRow(r, i, row)
				for column, value := range row {
					if err := insert.BindText(column+1, value); err != nil {
						return err
					}
				}
				if err := insert.Exec(); err != nil {
					return err
				}
			}
			if err := c.Exec("COMMIT"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func finds(t testing.TB, db *sql.DB) {
	find, err := db.Prepare("SELECT c0, c1, c6 FROM bench WHERE c5 = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer find.Close()
	r := rand.New(rand.NewPCG(3, 4))
	for range benchFinds {
		var a, b, c string
		code := fmt.Sprintf("KH%08d", r.IntN(benchRows))
		if err := find.QueryRow(code).Scan(&a, &b, &c); err != nil {
			t.Fatal(err)
		}
	}
}

func scans(t testing.TB, db *sql.DB) {
	for range 10 {
		if n := one[int](t, db, "SELECT count(*) FROM bench WHERE c14 LIKE '%none here%'"); n != 0 {
			t.Fatal(n)
		}
	}
}

// cpu is the processor time that the process has used, of the system's share too.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cost runs f and gives its processor time in microseconds per step.
func cost(steps int, f func()) float64 {
	before := cpu()
	f()
	return float64((cpu() - before).Microseconds()) / float64(steps)
}

// benchPragmas are the settings of every driver that is compared.
const benchPragmas = "&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
	"&_pragma=journal_size_limit(200000000)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)" +
	"&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)&_txlock=immediate"

// plainModernc is what PocketBase uses by itself.
func plainModernc(b *testing.B, path string) *sql.DB { return sqlOpen(b, "sqlite", path+"?") }

// stockXTS is the driver's own encryption.
func stockXTS(b *testing.B, path string) *sql.DB {
	key := testKey(1)
	return sqlOpen(b, "sqlite3",
		"file:"+filepath.ToSlash(path)+"?vfs=xts&hexkey="+hex.EncodeToString(key[:]))
}

func sqlOpen(b *testing.B, driver, name string) *sql.DB {
	db, err := sql.Open(driver, name+benchPragmas)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

func ours(o cipherdb.Options) func(*testing.B, string) *sql.DB {
	return func(b *testing.B, path string) *sql.DB { return open(b, path, o) }
}

// BenchmarkDrivers compares this package with PocketBase's own driver without encryption, in one
// run: processor time per row inserted, per indexed find and per row scanned, and the ratios.
// With -benchtime 3x each figure is the least of three, which other work on the machine disturbs
// least.
func BenchmarkDrivers(b *testing.B) {
	var plain [3]float64
	cached := cipherdb.Options{CacheKiB: 32_000}
	for _, c := range []struct {
		name   string
		open   func(*testing.B, string) *sql.DB
		insert func(testing.TB, *sql.DB)
	}{
		{"plain modernc", plainModernc, throughSQL(1)},
		{"driver's own xts", stockXTS, throughSQL(1)},
		{"cipherdb", ours(cached), throughSQL(1)},
		{"cipherdb 20 rows a statement", ours(cached), throughSQL(20)},
		{"cipherdb native", ours(cached), throughNative},
		{"cipherdb small cache", ours(cipherdb.Options{}), throughSQL(1)},
	} {
		b.Run(c.name, func(b *testing.B) {
			got := [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}
			for range b.N {
				db := c.open(b, filepath.Join(b.TempDir(), "data.db"))
				db.SetMaxOpenConns(1)
				benchSchema(b, db)
				got[0] = min(got[0], cost(benchRows, func() { c.insert(b, db) }))
				got[1] = min(got[1], cost(benchFinds, func() { finds(b, db) }))
				got[2] = min(got[2], cost(10*benchRows, func() { scans(b, db) }))
				db.Close()
			}
			if c.name == "plain modernc" {
				plain = got
			}
			for i, what := range []string{"insert", "find", "scan"} {
				b.ReportMetric(got[i], "µs/"+what)
				b.ReportMetric(got[i]/plain[i], what+"/plain")
			}
		})
	}
}
