package cipherdb_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations"
	"github.com/pocketbase/pocketbase/tools/types"

	"kehu/internal/cipherdb"
)

// boot starts PocketBase on encrypted databases, as the product does.
func boot(t *testing.T, dir string) *core.BaseApp {
	t.Helper()
	app := core.NewBaseApp(core.BaseAppConfig{
		DataDir:          dir,
		DataMaxOpenConns: 8, DataMaxIdleConns: 4, AuxMaxOpenConns: 4, AuxMaxIdleConns: 2,
		DBConnect: func(path string) (*dbx.DB, error) {
			db, err := cipherdb.Open(path, testKey(1), cipherdb.Options{})
			if err != nil {
				return nil, err
			}
			return dbx.NewFromDB(db, "sqlite3"), nil
		},
	})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	return app
}

func makeCustomers(t *testing.T, app core.App) {
	t.Helper()
	c := core.NewBaseCollection("customers")
	c.Fields.Add(
		&core.TextField{Name: "name", Required: true},
		&core.TextField{Name: "phone"},
		&core.TextField{Name: "area"},
		&core.NumberField{Name: "amount"},
		&core.BoolField{Name: "active"},
		&core.DateField{Name: "since"},
		&core.JSONField{Name: "tags"},
		&core.SelectField{Name: "kinds", Values: []string{"a", "b", "c"}, MaxSelect: 3},
		&core.AutodateField{Name: "created", OnCreate: true},
	)
	c.AddIndex("idx_name", true, "name", "")
	c.AddIndex("idx_area_phone", true, "area, phone", "phone != ''")
	if err := app.Save(c); err != nil {
		t.Fatal(err)
	}
}

func newCustomer(t *testing.T, app core.App, name string) *core.Record {
	t.Helper()
	c, err := app.FindCachedCollectionByNameOrId("customers")
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{
		"name": name, "phone": "13800138000", "area": name, "amount": 12.5, "active": true,
		"since": "2024-02-29 12:00:00.000Z", "tags": `{"note":"2024-02-29T12:00:00Z"}`,
		"kinds": []string{"a", "c"},
	})
	return r
}

func TestPocketBase(t *testing.T) {
	dir := t.TempDir()
	app := boot(t, dir)
	makeCustomers(t, app)
	saved := newCustomer(t, app, canary)
	if err := app.Save(saved); err != nil {
		t.Fatal(err)
	}
	t.Run("unique", func(t *testing.T) { uniqueTest(t, app) })
	t.Run("queries", func(t *testing.T) { queriesTest(t, app) })
	t.Run("side by side", func(t *testing.T) { sideBySideTest(t, app) })
	t.Run("rolled back", func(t *testing.T) { rolledBackTest(t, app) })
	t.Run("changed tables", func(t *testing.T) { changedTablesTest(t, app) })
	noPlainText(t, dir)
	if err := app.ResetBootstrapState(); err != nil {
		t.Fatal(err)
	}

	again := boot(t, dir)
	defer again.ResetBootstrapState()
	r, err := again.FindRecordById("customers", saved.Id)
	if err != nil {
		t.Fatal(err)
	}
	fields := []string{"name", "phone", "amount", "active", "since", "tags", "created"}
	for _, field := range fields {
		if got, want := fmt.Sprint(r.Get(field)), fmt.Sprint(saved.Get(field)); got != want {
			t.Errorf("%s is %q after reopening, was %q", field, got, want)
		}
	}
	noPlainText(t, dir)
	for _, name := range []string{"data.db", "auxiliary.db"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// PocketBase finds the field of a violated unique index in the driver's own words.
func uniqueTest(t *testing.T, app core.App) {
	same := newCustomer(t, app, canary)
	same.Set("area", "别处")
	notUnique(t, app.Save(same), "name")
	first, second := newCustomer(t, app, "一"), newCustomer(t, app, "二")
	second.Set("area", "一")
	if err := app.Save(first); err != nil {
		t.Fatal(err)
	}
	notUnique(t, app.Save(second), "area", "phone")
}

func notUnique(t *testing.T, err error, fields ...string) {
	t.Helper()
	var all validation.Errors
	if !errors.As(err, &all) {
		t.Fatalf("%T: %v", err, err)
	}
	for _, field := range fields {
		var e validation.Error
		if !errors.As(all[field], &e) || e.Code() != "validation_not_unique" {
			t.Errorf("%s: %v", field, all[field])
		}
	}
}

func queriesTest(t *testing.T, app core.App) {
	for _, filter := range []string{
		"name ~ '金丝雀'", "since >= '2024-02-29'", "since < @now", "active = true",
		"amount > 12 && amount < 13", "kinds:each ?= 'c'", "kinds:length = 2",
		"tags.note ~ '2024'", "name:lower ~ '李'", "created <= @now",
		"strftime('%Y', since) = '2024'",
	} {
		found, err := app.FindRecordsByFilter("customers", filter, "-created,name", 10, 0)
		if err != nil || len(found) == 0 {
			t.Errorf("%s: %d records, %v", filter, len(found), err)
		}
	}
}

// Writers in several goroutines wait for each other, as they do on PocketBase's own driver.
func sideBySideTest(t *testing.T, app core.App) {
	const workers, each = 8, 10
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range each {
				r := newCustomer(t, app, fmt.Sprintf("客户%d-%d", w, i))
				if err := app.Save(r); err != nil {
					t.Error(err)
				}
				if _, err := app.FindRecordById("customers", r.Id); err != nil {
					t.Errorf("not seen after saving: %v", err)
				}
			}
		})
	}
	all.Wait()
	n, err := app.CountRecords("customers", dbx.NewExp("name LIKE '客户%'"))
	if err != nil || n != workers*each {
		t.Errorf("%d of %d: %v", n, workers*each, err)
	}
}

func rolledBackTest(t *testing.T, app core.App) {
	broken := errors.New("broken off")
	err := app.RunInTransaction(func(tx core.App) error {
		if err := tx.Save(newCustomer(t, app, "回滚")); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := app.FindFirstRecordByData("customers", "name", "回滚"); err == nil {
		t.Error("a record outlived its transaction")
	}
}

// Every connection lists all records right after a collection was changed, which each learns only then.
func changedTablesTest(t *testing.T, app core.App) {
	want, err := app.CountRecords("customers")
	if err != nil || want == 0 {
		t.Fatal(want, err)
	}
	const readers = 4
	for change := range 5 {
		var all sync.WaitGroup
		read := func() {
			all.Go(func() {
				records, err := app.FindAllRecords("customers")
				if err != nil || int64(len(records)) != want {
					t.Errorf("after change %d: %d of %d records, %v", change, len(records), want, err)
				}
			})
		}
		c, err := app.FindCollectionByNameOrId("customers")
		if err != nil {
			t.Fatal(err)
		}
		c.Fields.Add(&core.TextField{Name: fmt.Sprint("added", change)})
		if err := app.Save(c); err != nil {
			t.Fatal(err)
		}
		for range readers {
			read()
		}
		all.Wait()
	}
}

// Times and texts that look like times come back as they were written.
func TestTimesKeepTheirText(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "data.db"), cipherdb.Options{})
	exec(t, db, "CREATE TABLE a (t TEXT, n NUMERIC, j JSON, b BOOLEAN)")
	text := "2024-02-29T12:00:00.5Z"
	exec(t, db, "INSERT INTO a VALUES (?, ?, ?, ?)", text, text, text, true)
	for _, column := range []string{"t", "n", "j", "t || ''"} {
		if got := one[string](t, db, "SELECT "+column+" FROM a"); got != text {
			t.Errorf("%s: %q", column, got)
		}
	}
	now, err := types.ParseDateTime(time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, "UPDATE a SET t = ?", now)
	if got := one[string](t, db, "SELECT t FROM a"); got != now.String() {
		t.Errorf("%q is not %q", got, now)
	}
}
