package hooks_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"kehu/collections"
	"kehu/hooks"
	"kehu/internal/cipherdb"
	"kehu/internal/ledger"
	"kehu/tests"
)

// copied is a copy of a register's files, opened as SQLite's own tools would open it, with the key.
type copied struct {
	t         *testing.T
	dir, keys string
	db        *sql.DB
	key       *ledger.Key
}

func copyOf(t *testing.T, h *tests.House) *copied {
	t.Helper()
	c := &copied{t: t, dir: t.TempDir(), keys: t.TempDir()}
	for from, to := range map[string]string{h.Dir: c.dir, h.Keys: c.keys} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(c.keys, "root.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := collections.OpenKeys(c.dir, c.keys, collections.Random)
	if err != nil {
		t.Fatal(err)
	}
	c.key = ledger.NewKey(root.AuditKey())
	c.db, err = cipherdb.Open(filepath.Join(c.dir, "data.db"), cipherdb.Key(root.DatabaseKey()), cipherdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.db.Close() })
	return c
}

// exec does what whoever holds the file may do: first the guards are taken away.
func (c *copied) exec(statement string, args ...any) {
	c.t.Helper()
	for _, trigger := range []string{"kehu_audit_insert", "kehu_audit_update", "kehu_audit_delete",
		"kehu_audit_cut_update", "kehu_audit_cut_delete"} {
		if _, err := c.db.Exec("DROP TRIGGER IF EXISTS " + trigger); err != nil {
			c.t.Fatal(err)
		}
	}
	if _, err := c.db.Exec(statement, args...); err != nil {
		c.t.Fatalf("%s: %v", statement, err)
	}
}

func (c *copied) anchor() string { return filepath.Join(c.keys, hooks.AnchorFile) }

func (c *copied) verify() *collections.AuditReport {
	c.t.Helper()
	file, _ := os.ReadFile(c.anchor()) // gone: no anchors
	report, err := collections.CheckAudit(collections.Through(dbx.NewFromDB(c.db, "sqlite3")), c.key,
		c.key.ReadAnchors(file))
	if err != nil {
		c.t.Fatal(err)
	}
	return report
}

// written makes a log of some length, over a time, and closes the register.
func written(t *testing.T) (*tests.House, int64, []byte) {
	h := tests.Start(t)
	var early []byte
	for i := range 30 {
		h.SetNow(tests.Now.Add(time.Duration(i) * time.Minute))
		h.Create("data_admin", "customers", enterprise2(fmt.Sprintf("澄岚第%d有限公司", i), fmt.Sprintf("139128450%02d", i)))
		if i == 9 {
			early, _ = os.ReadFile(filepath.Join(h.Keys, hooks.AnchorFile))
		}
	}
	h.Close()
	c := copyOf(t, h)
	report := c.verify()
	if report.Broken != nil || report.Entries < 30 {
		t.Fatalf("before anybody touched it: %v of %d entries", report.Broken, report.Entries)
	}
	return h, report.Entries, early
}

func TestTamperingWithTheFileIsFound(t *testing.T) {
	h, n, early := written(t)
	const swapTwo = `UPDATE audit_log SET (at, actor, actor_name, detail, prev, hash) = (SELECT at, actor, actor_name, detail,
		prev, hash FROM audit_log_copy b WHERE b.seq = CASE audit_log.seq WHEN 12 THEN 17 ELSE 12 END) WHERE seq IN (12, 17)`
	for _, c := range []struct {
		name   string
		change func(c *copied)
		first  int64
		code   string
	}{
		{"one byte of a record's id", func(c *copied) {
			c.exec("UPDATE audit_log SET record = 'x' || substr(record, 2) WHERE seq = 7")
		}, 7, "audit_entry_changed"},
		{"one byte of the detail", func(c *copied) {
			c.exec("UPDATE audit_log SET detail = replace(detail, '{', '[') WHERE seq = 9")
		}, 9, "audit_entry_changed"},
		{"the time of an entry", func(c *copied) {
			c.exec("UPDATE audit_log SET at = '2020-01-01 00:00:00.000Z' WHERE seq = 3")
		}, 3, "audit_entry_changed"},
		{"one row removed", func(c *copied) { c.exec("DELETE FROM audit_log WHERE seq = 11") }, 11, "audit_entry_missing"},
		{"the first row removed", func(c *copied) { c.exec("DELETE FROM audit_log WHERE seq = 1") }, 1, "audit_entry_missing"},
		{"the last ten rows removed", func(c *copied) { c.exec("DELETE FROM audit_log WHERE seq > ?", n-10) }, n - 9, "audit_tail_cut"},
		{"the last row removed", func(c *copied) { c.exec("DELETE FROM audit_log WHERE seq = ?", n) }, n, "audit_tail_cut"},
		{"every row removed", func(c *copied) { c.exec("DELETE FROM audit_log") }, 1, "audit_tail_cut"},
		{"two rows swapped", func(c *copied) {
			c.exec("CREATE TEMP TABLE audit_log_copy AS SELECT * FROM audit_log")
			c.exec(swapTwo)
		}, 12, "audit_entry_changed"},
		{"two rows in each other's place", func(c *copied) {
			c.exec("UPDATE audit_log SET id = 'other' WHERE seq = 5")
			c.exec("UPDATE audit_log SET id = '000000000000005' WHERE seq = 6")
			c.exec("UPDATE audit_log SET id = '000000000000006' WHERE seq = 5")
		}, 5, "audit_entry_changed"},
		{"a row put in at the end", func(c *copied) {
			c.exec(`INSERT INTO audit_log (id, seq, at, actor, actor_name, actor_kind, role, ip, remote, action,
				collection, record, detail, prev, hash) SELECT printf('%015d', ?1), ?1, at, actor, actor_name,
				actor_kind, role, ip, remote, action, collection, record, detail, prev, hash FROM audit_log WHERE seq = 4`, n+1)
		}, n + 1, "audit_entry_changed"},
		{"a cut that nobody signed", func(c *copied) {
			c.exec("DELETE FROM audit_log WHERE seq <= 10")
			c.exec(`INSERT INTO kehu_audit_cut SELECT 1, 10, prev, prev, at FROM audit_log WHERE seq = 11`)
		}, 11, "audit_cut_forged"},
		{"the anchor file removed", func(c *copied) { os.Remove(c.anchor()) }, n + 1, "audit_anchor_missing"},
		{"the anchor file removed and the tail cut", func(c *copied) {
			os.Remove(c.anchor())
			c.exec("DELETE FROM audit_log WHERE seq > ?", n-10)
		}, n - 9, "audit_anchor_missing"},
		{"an older anchor file", func(c *copied) { os.WriteFile(c.anchor(), early, 0o600) }, 0, "audit_anchor_old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := copyOf(t, h)
			c.change(files)
			b := files.verify().Broken
			if b == nil || b.Why.Code != c.code || c.first > 0 && b.Seq != c.first {
				t.Errorf("found %v, want entry %d, %s", b, c.first, c.code)
			}
		})
	}
}

// A log whose tail was cut while the register was stopped says so for good, however long the
// register goes on after.
func TestACutTailStaysOnRecord(t *testing.T) {
	h, n, _ := written(t)
	files := copyOf(t, h)
	files.exec("DELETE FROM audit_log WHERE seq > ?", n-10)
	if _, err := files.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	files.db.Close()
	h.Dir, h.Keys = files.dir, files.keys
	h.Open()
	for i := range 20 {
		h.Create("data_admin", "customers", enterprise2(fmt.Sprintf("后来第%d有限公司", i), fmt.Sprintf("137128450%02d", i)))
	}
	verdict := h.Do("data_admin", "GET", "/api/kehu/audit/verify", nil).JSON()
	if verdict["ok"] != false || verdict["code"] != "audit_gap" || verdict["first_bad"] != float64(n-9) {
		t.Errorf("after the cut: %v", verdict)
	}
	h.Close()
	h.Open()
	if again := h.Do("data_admin", "GET", "/api/kehu/audit/verify", nil).JSON(); again["first_bad"] != float64(n-9) {
		t.Errorf("after another start: %v", again)
	}
}

// Nobody alters the log or the history, by any way in.
func TestTheLogOnlyGrows(t *testing.T) {
	h := tests.Start(t, func(o *hooks.Options) { o.SQLConsole = true })
	id := h.Create("data_admin", "customers", enterprise("上海澄岚仪器有限公司"))["id"].(string)
	h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"stage": "intent"})
	change := h.Do("data_admin", "GET", "/api/collections/changes/records", nil).JSON()["items"].([]any)[0].(map[string]any)["id"].(string)
	entry := ledger.ID(1)
	for _, role := range []string{"data_admin", "superuser", "executive", "sales"} {
		for collection, record := range map[string]string{"audit_log": entry, "changes": change} {
			path := "/api/collections/" + collection + "/records"
			one := path + "/" + record
			batch := func(method, url string) map[string]any {
				return map[string]any{"requests": []any{map[string]any{"method": method, "url": url,
					"body": map[string]any{"actor": "nobody", "by": "nobody"}}}}
			}
			for what, a := range map[string]tests.Answer{
				"create":       h.Do(role, "POST", path, map[string]any{"seq": 99999, "action": "view"}),
				"update":       h.Do(role, "PATCH", one, map[string]any{"actor": "nobody", "by": "nobody"}),
				"delete":       h.Do(role, "DELETE", one, nil),
				"batch update": h.Do(role, "POST", "/api/batch", batch("PATCH", one)),
				"batch delete": h.Do(role, "POST", "/api/batch", batch("DELETE", one)),
				"batch create": h.Do(role, "POST", "/api/batch", batch("POST", path)),
				"truncate":     h.Do(role, "DELETE", "/api/collections/"+collection+"/truncate", nil),
				"drop":         h.Do(role, "DELETE", "/api/collections/"+collection, nil),
				"schema":       h.Do(role, "PATCH", "/api/collections/"+collection, map[string]any{"fields": []any{}}),
				"rules":        h.Do(role, "PATCH", "/api/collections/"+collection, map[string]any{"updateRule": ""}),
				"import": h.Do(role, "PUT", "/api/collections/import", map[string]any{"deleteMissing": true,
					"collections": []any{map[string]any{"name": "other", "type": "base"}}}),
			} {
				if a.Status < 400 {
					t.Errorf("%s of %s as %s: %d %s", what, collection, role, a.Status, a.Body)
				}
			}
		}
	}
	for _, statement := range []string{
		"DELETE FROM audit_log", "UPDATE audit_log SET actor = 'nobody'", "DROP TABLE audit_log",
		"DROP TRIGGER kehu_audit_delete", "WITH x AS (SELECT 1) DELETE FROM audit_log", "PRAGMA writable_schema = ON",
		"PRAGMA query_only = OFF", "ATTACH DATABASE '" + h.Dir + "/other.db' AS o", "VACUUM INTO '" + h.Dir + "/copy.db'",
		"SELECT 1; DELETE FROM audit_log", "BEGIN IMMEDIATE", "CREATE TEMP TABLE x (a)", "VACUUM", "REINDEX",
		"INSERT INTO kehu_audit_cut VALUES (1, 99, '', '', '')", "SELECT load_extension('x')", "",
	} {
		if a := h.Do("superuser", "POST", "/api/sql", map[string]any{"query": statement}); a.Status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", statement, a.Status, a.Body)
		}
	}
	if found, _ := filepath.Glob(h.Dir + "/*.db"); len(found) != 2 {
		t.Errorf("files: %v", found)
	}
	// not even the program's own connection, without the cut of a purge
	for _, statement := range []string{"DELETE FROM audit_log", "UPDATE audit_log SET actor = 'nobody'",
		"DELETE FROM changes", "UPDATE changes SET old = 'null'"} {
		if _, err := h.App.NonconcurrentDB().NewQuery(statement).Execute(); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
	if v := h.Do("data_admin", "GET", "/api/kehu/audit/verify", nil).JSON(); v["ok"] != true {
		t.Errorf("afterwards: %v", v)
	}
}

// The console reads, one statement at a time, and shows no secret.
func TestTheConsoleReads(t *testing.T) {
	h := tests.Start(t, func(o *hooks.Options) { o.SQLConsole = true })
	a := h.Do("superuser", "POST", "/api/sql", map[string]any{"query": "SELECT name, tokenKey, password FROM staff ORDER BY name"})
	if a.Status != http.StatusOK || !strings.Contains(string(a.Body), "周销售") {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for _, row := range a.JSON()["rows"].([]any) {
		if r := row.([]any); r[1] != nil || r[2] != nil {
			t.Errorf("a secret: %v", r)
		}
	}
	a = h.Do("superuser", "POST", "/api/sql", map[string]any{"query": "SELECT wrapped FROM kehu_keysets"})
	if a.Status == http.StatusOK && strings.Contains(string(a.Body), "version") {
		t.Errorf("keysets: %s", a.Body)
	}
	people(h, 2)
	enrol(t, h, "sales", tests.Password("sales"))
	for _, column := range []string{"kehu_subject_keys.wrapped", "kehu_sealed.sealed", "kehu_sealed.blind", "kehu_factors.secret",
		"kehu_factors.recovery", "kehu_keysets.wrapped"} {
		table, name, _ := strings.Cut(column, ".")
		if value[int](h, "SELECT count(*) FROM "+table) == 0 {
			t.Fatalf("%s is empty", table)
		}
		a := h.Do("superuser", "POST", "/api/sql", map[string]any{"query": "SELECT " + name + " FROM " + table})
		rows, _ := a.JSON()["rows"].([]any)
		for _, row := range rows {
			if row.([]any)[0] != nil {
				t.Errorf("the console shows %s: %s", column, a.Body)
			}
		}
	}
	for _, role := range []string{"data_admin", "executive", "sales"} {
		if a := h.Do(role, "POST", "/api/sql", map[string]any{"query": "SELECT 1"}); a.Status != http.StatusForbidden {
			t.Errorf("%s: %d", role, a.Status)
		}
	}
	closed := tests.Start(t)
	if a := closed.Do("superuser", "POST", "/api/sql", map[string]any{"query": "SELECT 1"}); a.Code("") != "sql_closed" {
		t.Errorf("closed: %d %s", a.Status, a.Body)
	}
}

// Old entries are purged, the chain goes on from the signed cut, and nothing younger goes.
func TestThePurgeLeavesTheChainVerifiable(t *testing.T) {
	h := tests.Start(t)
	for i := range 5 {
		h.Create("data_admin", "customers", enterprise2(fmt.Sprintf("旧第%d有限公司", i), fmt.Sprintf("1391284509%d", i)))
	}
	if _, err := h.House.PurgeAudit(context.Background()); err != nil {
		t.Fatal(err)
	}
	before := newest(h)
	h.SetNow(tests.Now.AddDate(3, 0, -1))
	if said, err := h.House.PurgeAudit(context.Background()); err != nil || said != "0 entries" {
		t.Fatalf("a day too early: %s, %v", said, err)
	}
	h.SetNow(tests.Now.AddDate(3, 0, 1))
	if _, err := h.House.PurgeAudit(context.Background()); err != nil {
		t.Fatal(err)
	}
	left := noted(h, 0)
	for _, e := range left {
		if e["seq"].(float64) <= float64(before) && e["action"] == "create" {
			t.Errorf("still there: %v", e)
		}
	}
	v := h.Do("data_admin", "GET", "/api/kehu/audit/verify", nil).JSON()
	if v["ok"] != true || v["from"].(float64) <= 5 {
		t.Errorf("after the purge: %v", v)
	}
	h.Close()
	c := copyOf(t, h)
	if b := c.verify().Broken; b != nil {
		t.Errorf("the files: %v", b)
	}
	h.Open()
	if v := h.Do("data_admin", "GET", "/api/kehu/audit/verify", nil).JSON(); v["ok"] != true {
		t.Errorf("after a start: %v", v)
	}
	for years, want := range map[int]int{1: http.StatusBadRequest, 2: http.StatusOK} {
		a := h.Do("data_admin", "POST", "/api/collections/policies/records", map[string]any{"key": "audit",
			"value": map[string]any{"keep_years": years}})
		if a.Status != want {
			t.Errorf("kept for %d years: %d %s", years, a.Status, a.Body)
		}
	}
}
