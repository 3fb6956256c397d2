package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"filippo.io/age"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/vault"
)

// released are the data directories that released programs left, by the last change of their tables
// (tools/schemafixture).
func released(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/schemas/*")
	if err != nil || len(all) == 0 {
		t.Fatalf("no data directory of an older schema: %v", err)
	}
	return all
}

type holds struct {
	Schema    string
	Customers map[string]string // number → name
}

// older copies one of them.
func older(t *testing.T, from string) (*place, holds) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	p := &place{dir: filepath.Join(dir, "data"), keys: filepath.Join(dir, "keys"), version: "new"}
	if err := errors.Join(os.Chmod(p.keys, 0o700), os.Chmod(filepath.Join(p.keys, "root.key"), 0o600)); err != nil {
		t.Fatal(err)
	}
	var h holds
	text, err := os.ReadFile(filepath.Join(from, "holds.json"))
	if err != nil || json.Unmarshal(text, &h) != nil || len(h.Customers) == 0 {
		t.Fatalf("%s: %v", text, err)
	}
	return p, h
}

// start opens a register as serve does.
func (p *place) start(t *testing.T) (*server, error) {
	t.Helper()
	lock, held, err := p.lockDir()
	if err != nil || held {
		t.Fatalf("%v, held %v", err, held)
	}
	s, err := p.open(lock, fstest.MapFS{}, serving)
	if err == nil {
		err = s.serve(loopbackDoors)
	}
	if err != nil {
		s.abandon()
		if err := lock.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
	return s, err
}

// madeOn reads which changes the tables of a directory have.
func madeOn(t *testing.T, p *place) []string {
	t.Helper()
	root, err := vault.OpenRoot(p.keys)
	if err != nil {
		t.Fatal(err)
	}
	db, err := collections.Connect(root)(filepath.Join(p.dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	made, err := collections.SchemaMade(collections.Through(db))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestUpgradeFromEverySchema(t *testing.T) {
	for _, from := range released(t) {
		t.Run(filepath.Base(from), func(t *testing.T) {
			p, was := older(t, from)
			s, err := p.start(t)
			if err != nil {
				t.Fatal(err)
			}
			u := s.upgraded
			if u == nil || u.From+".go" != was.Schema || u.To != collections.NewestSchema(core.AppMigrations) ||
				len(u.Applied) == 0 || len(u.Added) == 0 || u.Rows < int64(len(was.Customers)) {
				t.Fatalf("what changed: %+v", u)
			}
			var said strings.Builder
			u.tell(&said)
			if !strings.Contains(said.String(), u.Backup) || !strings.Contains(said.String(), u.Added[0]) {
				t.Errorf("it says: %s", said.String())
			}
			c := &client{base: s.inner, secret: s.secret}
			has(t, c, was)
			var log struct{ Items []map[string]any }
			if err := c.call(t.Context(), http.MethodGet, "/api/kehu/audit?action=upgrade", nil, &log); err != nil ||
				len(log.Items) != 1 || !strings.Contains(fmt.Sprint(log.Items[0]), u.Backup) {
				t.Errorf("the audit log: %v %v", log, err)
			}
			var verdict struct{ Good bool }
			if err := c.call(t.Context(), http.MethodPost, "/api/kehu/backups/"+u.Backup+"/verify",
				map[string]any{}, &verdict); err != nil || !verdict.Good {
				t.Errorf("the backup from before: %v %v", verdict, err)
			}
			if err := s.stop(); err != nil {
				t.Fatal(err)
			}
			again, err := p.start(t)
			if err != nil || again.upgraded != nil {
				t.Fatalf("the next start upgrades again: %+v %v", again.upgraded, err)
			}
			has(t, &client{base: again.inner, secret: again.secret}, was)
			if err := again.stop(); err != nil {
				t.Error(err)
			}
			comesBack(t, p, u.Backup, was)
		})
	}
}

// has asks for the customers that were there before.
func has(t *testing.T, c *client, was holds) {
	t.Helper()
	var list struct {
		Items []struct{ Number, Name string }
	}
	err := c.call(t.Context(), http.MethodGet, "/api/collections/customers/records?perPage=100", nil, &list)
	if err != nil || len(list.Items) != len(was.Customers) {
		t.Fatalf("%d customers, %v", len(list.Items), err)
	}
	for _, item := range list.Items {
		if was.Customers[item.Number] != item.Name {
			t.Errorf("%s is %q, not %q", item.Number, item.Name, was.Customers[item.Number])
		}
	}
}

// comesBack restores the backup from before the upgrade on another machine.
func comesBack(t *testing.T, p *place, backup string, was holds) {
	t.Helper()
	dir := t.TempDir()
	code := Main([]string{"backup", "restore", filepath.Join(p.dir+"-backups", backup+".tar.zst.age"), "--dir", dir + "/data",
		"--keys", dir + "/keys", "--identity", filepath.Join(p.keys, "recovery.key"), "--root-key",
		filepath.Join(p.keys, "root.key")}, fstest.MapFS{}, "new")
	if code != 0 {
		t.Fatalf("restoring ends with %d", code)
	}
	s, err := (&place{dir: dir + "/data", keys: dir + "/keys"}).start(t)
	if err != nil {
		t.Fatal(err)
	}
	has(t, &client{base: s.inner, secret: s.secret}, was)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

// withChange adds a change of tables to the program for one test.
func withChange(t *testing.T, file string, up func(core.App) error) {
	t.Helper()
	before := core.AppMigrations
	changed := core.MigrationsList{}
	changed.Copy(before)
	changed.Register(up, nil, file)
	core.AppMigrations = changed
	t.Cleanup(func() { core.AppMigrations = before })
}

// withSystemChange adds one to the framework, which makes its own by itself.
func withSystemChange(t *testing.T, file string) {
	t.Helper()
	before := core.SystemMigrations
	changed := core.MigrationsList{}
	changed.Copy(before)
	changed.Register(func(core.App) error { return nil }, nil, file)
	core.SystemMigrations = changed
	t.Cleanup(func() { core.SystemMigrations = before })
}

func TestAFailedUpgradeLeavesTheOldState(t *testing.T) {
	const file, system = "1999000000_fails.go", "1999000000_of_the_framework.go"
	for name, onPaper := range map[string]bool{"the rehearsal fails": false, "the transaction fails": true} {
		t.Run(name, func(t *testing.T) {
			p, was := older(t, released(t)[0])
			before := madeOn(t, p)
			if onPaper { // nobody on this machine opens backups, so nothing is rehearsed
				set := `{"recipients": ["` + strangerOf(t) + `"], "drill": "off"}`
				writePolicy(t, p, set)
			}
			withChange(t, file, func(app core.App) error {
				if _, err := app.DB().NewQuery("DELETE FROM customers").Execute(); err != nil {
					return err
				}
				return errors.New("this change cannot be made")
			})
			withSystemChange(t, system)
			_, err := p.start(t)
			if !errors.Is(err, ErrUpgrade) || !strings.Contains(err.Error(), "this change cannot be made") {
				t.Fatalf("%v", err)
			}
			if after := madeOn(t, p); !slices.Equal(after, before) {
				t.Errorf("changes stay of an upgrade that failed: %v", after)
			}
			found, err := filepath.Glob(p.dir + "-backups/*.age")
			if err != nil || len(found) != 1 {
				t.Errorf("the backup from before: %v %v", found, err)
			}
			core.AppMigrations, core.SystemMigrations = without(core.AppMigrations, file), without(core.SystemMigrations, system)
			s, err := p.start(t)
			if err != nil {
				t.Fatal(err)
			}
			has(t, &client{base: s.inner, secret: s.secret}, was)
			if err := s.stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

func without(from core.MigrationsList, file string) core.MigrationsList {
	list := core.MigrationsList{}
	for _, m := range from.Items() {
		if m.File != file {
			list.Add(m)
		}
	}
	return list
}

// A change that loses rows is found before it commits.
func TestAnUpgradeChecksItself(t *testing.T) {
	p, _ := older(t, released(t)[0])
	writePolicy(t, p, `{"recipients": ["`+strangerOf(t)+`"], "drill": "off"}`)
	withChange(t, "1999000000_loses.go", func(app core.App) error {
		_, err := app.DB().NewQuery("DELETE FROM contacts WHERE rowid = (SELECT min(rowid) FROM contacts)").Execute()
		return err
	})
	_, err := p.start(t)
	if !errors.Is(err, ErrUpgrade) || !strings.Contains(err.Error(), "contacts: 2 rows, not 3") {
		t.Fatalf("%v", err)
	}
}

// A program that is older than the tables says so and touches nothing.
func TestAnOlderProgramRefuses(t *testing.T) {
	p, _ := older(t, released(t)[0])
	s, err := p.start(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.app.DB().NewQuery("INSERT INTO _migrations (file, applied) VALUES ('1999000000_later.go', 1)").
		Execute(); err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(p.dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.start(t)
	if !errors.Is(err, ErrSchemaNewer) || !strings.Contains(err.Error(), "1999000000_later.go") {
		t.Fatalf("%v", err)
	}
	// no manager of services is to start it again and again
	if code := execute(t.Context(), []string{"serve", "--dir", p.dir, "--keys", p.keys, "--http", "127.0.0.1:0"},
		fstest.MapFS{}, "test"); code != exitStays {
		t.Errorf("the program ends with %d", code)
	}
	after, err := os.ReadFile(filepath.Join(p.dir, "data.db"))
	if err != nil || string(before) != string(after) {
		t.Errorf("the database was written to, %v", err)
	}
}

func TestWhatChangedIsToldInTables(t *testing.T) {
	got := compared([]string{"a.x", "a.y", "c.z"}, []string{"a.x", "a.n", "b.p", "b.q"})
	if !slices.Equal(got, []string{"a.n", "b"}) {
		t.Errorf("%v", got)
	}
}

// strangerOf is a recipient whose identity is on nobody's machine.
func strangerOf(t *testing.T) string {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return identity.Recipient().String()
}

// writePolicy stores the policy of backups on tables of whatever age.
func writePolicy(t *testing.T, p *place, value string) {
	t.Helper()
	root, err := vault.OpenRoot(p.keys)
	if err != nil {
		t.Fatal(err)
	}
	db, err := collections.Connect(root)(filepath.Join(p.dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = collections.Through(db).Exec("INSERT INTO policies (id, `key`, value, note) VALUES ('policy000000001', 'backups', ?, '')", value)
	if err != nil {
		t.Fatal(err)
	}
}
