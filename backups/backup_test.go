package backups_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/backups"
	"kehu/internal/vault"
	"kehu/tests"
)

// What a backup holds comes back whole on an empty machine, with what the recovery sheet says and
// nothing else: every row of every table, every stored file, the sealed number.
func TestABackupRestoresOnAnEmptyMachine(t *testing.T) {
	h := register(t)
	before := tables(t, h)
	var texts []string
	for _, a := range attachments(t, h) {
		texts = append(texts, download(t, h, a))
	}
	made := backup(t, h)
	if made.State != "done" || made.Size == 0 || len(made.Missing) > 0 {
		t.Fatalf("%+v", made)
	}
	r := restoring(t, h)
	out, err := r.Run(ctx, origin(t, local(h)))
	if err != nil {
		t.Fatal(err)
	}
	if out.Name != made.Name || out.Files != 5 || out.Trial.Customers != 6 || out.Trial.Record == "" {
		t.Errorf("%+v", out)
	}
	if _, err := os.Stat(out.Aside); err == nil {
		t.Errorf("nothing was there, yet %s is", out.Aside)
	}
	copied := restored(t, h, r)
	same(t, before, tables(t, copied))
	for i, a := range attachments(t, copied) {
		if got := download(t, copied, a); got != texts[i] || !strings.Contains(got, "附件") {
			t.Errorf("attachment %d differs", i)
		}
	}
	if plain := plainFiles(t, filepath.Dir(r.Dir)); len(plain) > 0 {
		t.Errorf("in plain: %v", plain)
	}
	// the restored register keeps backups of its own that restore with the same sheet
	again, err := copied.Backup.Make(ctx, backups.Manual, self)
	if err != nil {
		t.Fatal(err)
	}
	second := restoring(t, h)
	if _, err := second.Run(ctx, origin(t, filepath.Join(r.Dir+"-backups", again.Name+".tar.zst.age"))); err != nil {
		t.Error(err)
	}
	line, err := copied.App.FindFirstRecordByFilter("backups_log", "kind = 'restore'")
	if err != nil || line.GetString("name") != made.Name || line.GetString("by") != "test" {
		t.Errorf("%v %v", line, err)
	}
	was, err := copied.App.FindFirstRecordByFilter("backups_log", "kind = 'manual' && name = '"+made.Name+"'")
	if err != nil || was.GetString("state") != "done" {
		t.Errorf("the backup itself: %v %v", was, err)
	}
}

// plainFiles lists files that hold what was entered, or begin like a plain database.
func plainFiles(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil // gone meanwhile
		}
		text := string(content)
		if strings.HasPrefix(text, "SQLite format 3") || strings.Contains(text, "金丝雀") ||
			strings.Contains(text, "PDF-1.4") || strings.Contains(text, "11010519491231002") {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// No plain copy touches the disk: whatever lies there at any moment of a backup, a drill and a
// restore is looked at.
func TestNothingIsWrittenInPlain(t *testing.T) {
	h := register(t)
	r := restoring(t, h)
	stop := make(chan struct{})
	var watch sync.WaitGroup
	looks := 0
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				looks++
				for _, dir := range []string{filepath.Dir(h.Dir), filepath.Dir(r.Dir)} {
					if found := plainFiles(t, dir); len(found) > 0 {
						t.Errorf("in plain: %v", found)
						return
					}
				}
			}
		}
	})
	made := backup(t, h)
	if _, err := h.Backup.Drill(ctx, made.Name, nil, self); err != nil {
		t.Error(err)
	}
	if _, err := r.Run(ctx, origin(t, bodyOf(h, made.Name))); err != nil {
		t.Error(err)
	}
	close(stop)
	watch.Wait()
	if looks < 3 {
		t.Errorf("looked %d times only", looks)
	}
}

// A backup is one moment although everybody writes: what belongs together is together.
func TestABackupIsOneMomentWhileEverybodyWrites(t *testing.T) {
	h := register(t)
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					h.Create("data_admin", "customers", map[string]any{"kind": "enterprise",
						"name": fmt.Sprintf("并发写入%d-%d有限公司", w, i)})
				}
			}
		})
	}
	var last *backups.Made
	for range 3 {
		last = backup(t, h)
	}
	close(stop)
	writers.Wait()
	r := restoring(t, h)
	if _, err := r.Run(ctx, origin(t, bodyOf(h, last.Name))); err != nil {
		t.Fatal(err)
	}
	copied := restored(t, h, r)
	for what, query := range map[string]string{
		"customers that the totals do not count": "SELECT (SELECT count(*) FROM customers) - (SELECT sum(n) FROM kehu_totals)",
		"customers without a search entry":       "SELECT count(*) FROM (SELECT doc FROM customers EXCEPT SELECT rowid FROM kehu_search)",
		"numbers given twice":                    "SELECT count(*) - count(DISTINCT number) FROM customers",
	} {
		var n int
		if err := copied.App.DB().NewQuery(query).Row(&n); err != nil || n != 0 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}

// The tools age, zstd, tar and sqlite3 alone open a backup.
func TestOpeningByHand(t *testing.T) {
	for _, tool := range []string{"age", "zstd", "tar", "sqlite3"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("KEHU_FULL") == "1" {
				t.Fatalf("%s is not installed", tool)
			}
			t.Skipf("%s is not installed: backups were not opened by hand", tool)
		}
	}
	h := register(t)
	made := backup(t, h)
	dir := t.TempDir()
	text, err := backups.RecoveryText(h.Keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "key.txt"), []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		t.Helper()
		c := exec.Command(name, args...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("age", "-d", "-i", "key.txt", "-o", "backup.tar.zst", bodyOf(h, made.Name))
	run("zstd", "-q", "-d", "backup.tar.zst")
	run("tar", "-xf", "backup.tar")
	for query, want := range map[string]string{
		"PRAGMA integrity_check":         "ok",
		"SELECT count(*) FROM customers": "6",
		"SELECT name FROM customers WHERE name LIKE '金丝雀%' ORDER BY name LIMIT 1": canary + "0",
		"SELECT cert_no FROM customers WHERE name = '李小明'":                        "110105********002X",
	} {
		if got := run("sqlite3", "-readonly", "data.db", query); got != want {
			t.Errorf("%s: %q, not %q", query, got, want)
		}
	}
	if got := run("sqlite3", "-readonly", "auxiliary.db", "PRAGMA integrity_check"); got != "ok" {
		t.Errorf("auxiliary.db: %s", got)
	}
	for _, a := range attachments(t, h) {
		plain, err := os.ReadFile(filepath.Join(dir, "files", "attachments", a["id"].(string), a["file"].(string)))
		if err != nil || string(plain) != download(t, h, a) {
			t.Errorf("%v: %v", a["file"], err)
		}
	}
	var m backups.Manifest
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil || json.Unmarshal(manifest, &m) != nil {
		t.Fatalf("%v %s", err, manifest)
	}
	for _, e := range m.Entries {
		if sum := run("sha256sum", e.Name); !strings.HasPrefix(sum, e.SHA256) {
			t.Errorf("%s: %s, not %s", e.Name, sum, e.SHA256)
		}
	}
	if m.Counts["customers"] != 6 || m.Counts["attachments"] != 5 {
		t.Errorf("%v", m.Counts)
	}
}

// What was there is kept aside, and the key of the backup takes the place of another one, which is
// kept too.
func TestRestoringKeepsWhatWasThere(t *testing.T) {
	h := register(t)
	made := backup(t, h)
	other := &tests.House{TB: t, Dir: filepath.Join(t.TempDir(), "data"), Keys: filepath.Join(t.TempDir(), "keys")}
	other.SetNow(h.Clock())
	other.Open() // with a key of its own
	departments, err := other.App.FindCollectionByNameOrId("departments")
	if err != nil {
		t.Fatal(err)
	}
	department := core.NewRecord(departments)
	department.Set("name", "另一登记")
	if err := other.App.Save(department); err != nil {
		t.Fatal(err)
	}
	foreignKey, err := os.ReadFile(filepath.Join(other.Keys, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	r := restoring(t, h)
	r.Dir, r.Keys = other.Dir, other.Keys
	out, err := r.Run(ctx, origin(t, bodyOf(h, made.Name)))
	if err != nil {
		t.Fatal(err)
	}
	copied := h.On(other.Dir, other.Keys)
	same(t, tables(t, h), tables(t, copied))
	kept, err := filepath.Glob(filepath.Join(other.Keys, "root.key.before-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%v %v", kept, err)
	}
	if text, err := os.ReadFile(kept[0]); err != nil || string(text) != string(foreignKey) {
		t.Errorf("the other key: %v", err)
	}
	// and the old data open with the old key
	keys := filepath.Join(t.TempDir(), "keys")
	if err := rootFrom(t, string(foreignKey)).Store(keys); err != nil {
		t.Fatal(err)
	}
	aside := &tests.House{TB: t, Dir: out.Aside, Keys: keys}
	aside.SetNow(h.Clock())
	aside.Open()
	defer aside.Close()
	if _, err := aside.App.FindFirstRecordByData("departments", "name", "另一登记"); err != nil {
		t.Error(err)
	}
}

func rootFrom(t *testing.T, text string) *vault.Root {
	t.Helper()
	root, err := vault.ParseRoot(text)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// A backup of an older version is brought up to date, one of a newer version is refused before
// anything is touched.
func TestVersionsOfTables(t *testing.T) {
	h := register(t)
	older := backup(t, h)
	_, err := h.App.DB().NewQuery("INSERT INTO _migrations (file, applied) VALUES ('9999999999_future.go', 1)").Execute()
	if err != nil {
		t.Fatal(err)
	}
	newer := backup(t, h)
	r := restoring(t, h)
	before := treeOf(t, r.Dir)
	_, err = r.Run(ctx, origin(t, bodyOf(h, newer.Name)))
	expectFault(t, err, backups.ErrNewer)
	if !strings.Contains(err.Error(), "9999999999_future.go") || treeOf(t, r.Dir) != before {
		t.Errorf("%v; touched: %v", err, treeOf(t, r.Dir) != before)
	}
	const file = "1999999999_later_test.go"
	known := core.AppMigrations
	t.Cleanup(func() { core.AppMigrations = known })
	core.AppMigrations.Register(func(app core.App) error {
		_, err := app.DB().NewQuery("CREATE TABLE later AS SELECT count(*) AS n FROM customers").Execute()
		return err
	}, nil, file)
	if _, err := r.Run(ctx, origin(t, bodyOf(h, older.Name))); err != nil {
		t.Fatal(err)
	}
	copied := restored(t, h, r)
	var n int
	if err := copied.App.DB().NewQuery("SELECT n FROM later").Row(&n); err != nil || n != 6 {
		t.Errorf("%d %v", n, err)
	}
}

func TestCompanysOwnRecipients(t *testing.T) {
	h := register(t)
	key := newIdentity(t)
	h.Create("superuser", "policies", map[string]any{"key": "backups",
		"value": map[string]any{"recipients": []string{key.Recipient().String()}}})
	made := backup(t, h)
	r := restoring(t, h) // the register's own recovery identity
	_, err := r.Run(ctx, origin(t, bodyOf(h, made.Name)))
	expectFault(t, err, backups.ErrWrongKey)
	r.Identities = []ageIdentity{key}
	if _, err := r.Run(ctx, origin(t, bodyOf(h, made.Name))); err != nil {
		t.Error(err)
	}
}

// Once it is on paper the recovery identity leaves the machine, and backups and drills go on.
func TestTheRecoveryIdentityMovesToPaper(t *testing.T) {
	h := register(t)
	paper := identities(t, h)
	alarms := func() string {
		s, err := h.Backup.State(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(s.Alarms, " ")
	}
	if !strings.Contains(alarms(), backups.AlarmRecovery) {
		t.Errorf("no reminder: %s", alarms())
	}
	if err := backups.RemoveIdentity(h.Keys, backups.RecoveryRole); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(alarms(), backups.AlarmRecovery) {
		t.Errorf("still reminded: %s", alarms())
	}
	h.Close()
	h.Open() // no new one is made
	if _, err := backups.RecoveryText(h.Keys); err == nil {
		t.Error("the start made another recovery identity")
	}
	made := backup(t, h)
	if _, err := h.Backup.Drill(ctx, "", nil, self); err != nil {
		t.Error(err)
	}
	text := make([]ageIdentity, len(paper))
	copy(text, paper)
	r := &backups.Restore{Dir: filepath.Join(t.TempDir(), "data"), Keys: filepath.Join(t.TempDir(), "keys"),
		Identities: text, Root: rootOf(t, h.Keys), Sealed: func(string) bool { return true }, Try: h.Try,
		Clock: time.Now, By: self}
	if err := os.MkdirAll(r.Keys, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(ctx, origin(t, bodyOf(h, made.Name))); err != nil {
		t.Error(err)
	}
}

// Backups of one second are told apart, those included of which nothing is left but the book.
func TestBackupsOfOneSecondHaveNamesOfTheirOwn(t *testing.T) {
	h := register(t)
	h.SetNow(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	names := map[string]bool{}
	for i := range 3 {
		made := backup(t, h)
		if names[made.Name] {
			t.Fatalf("backup %d is called %s again", i, made.Name)
		}
		names[made.Name] = true
		if i == 0 {
			for _, suffix := range []string{".json", ".tar.zst.age"} {
				if err := os.Remove(filepath.Join(local(h), made.Name+suffix)); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		verdicts, err := h.Backup.Verify(ctx, made.Name, self)
		if err != nil || len(verdicts) != 1 || verdicts[0].State != "good" {
			t.Errorf("%s: %+v %v", made.Name, verdicts, err)
		}
	}
}
