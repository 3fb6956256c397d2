package backups_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kehu/backups"
	"kehu/internal/cipherdb"
	"kehu/tests"
)

// verdictOf is what the register says of its audit log.
func verdictOf(h *tests.House) map[string]any {
	h.TB.Helper()
	return h.Do("data_admin", "GET", "/api/kehu/audit/verify", nil).JSON()
}

// restoredAudit makes a backup, goes on for a while, and brings the backup back.
func restoredAudit(t *testing.T) (h *tests.House, name string, out *backups.Restored) {
	t.Helper()
	h = register(t)
	name = backup(t, h).Name
	fill2(h, "之后", 5)
	h.Close()
	r := restoring(t, h)
	r.Dir, r.Keys = h.Dir, h.Keys
	r.By = backups.Actor{ID: "cli", Name: "root"}
	out, err := r.Run(ctx, origin(t, bodyOf(h, name)))
	if err != nil {
		t.Fatal(err)
	}
	return h, name, out
}

func fill2(h *tests.House, what string, n int) {
	for i := range n {
		h.Create("data_admin", "customers", map[string]any{"kind": "enterprise", "name": fmt.Sprint(what, "第", i, "有限公司")})
	}
}

// An older backup beside newer anchors is no alarm: the restore is on record, with what the log lost
// by it, and the chain goes on from there.
func TestARestoreIsOnRecordAndNoAlarm(t *testing.T) {
	h, name, out := restoredAudit(t)
	before, err := os.ReadFile(filepath.Join(h.Keys, "audit-anchor"))
	if err != nil {
		t.Fatal(err)
	}
	h.Open()
	for i := range 2 {
		v := verdictOf(h)
		list, _ := v["restores"].([]any)
		if v["ok"] != true || len(list) != 1 {
			t.Fatalf("after the restore: %v", v)
		}
		one := list[0].(map[string]any)
		from, to := one["lost_from"].(float64), one["lost_to"].(float64)
		if one["backup"] != name || one["by"] != "root" || one["seq"].(float64) < from || to < from+4 ||
			one["aside"] != filepath.Base(out.Aside) {
			t.Errorf("%v", one)
		}
		fill2(h, []string{"恢复后", "再启动"}[i], 3)
		h.Close()
		h.Open()
	}
	log := h.Do("data_admin", "GET", "/api/kehu/audit?action=restored", nil)
	if !strings.Contains(string(log.Body), name) || !strings.Contains(string(log.Body), `"kind":"cli"`) && !strings.Contains(string(log.Body), `"actor_kind":"cli"`) {
		t.Errorf("%s", log.Body)
	}
	kept, _ := filepath.Glob(filepath.Join(h.Keys, "audit-anchor.before-*"))
	if len(kept) != 1 {
		t.Errorf("the anchors of the data before are not kept: %v", kept)
	}
	if err := backups.Finish(h.Dir, h.Keys); err != nil { // a start does so every time
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(filepath.Join(h.Keys, "audit-anchor")); string(now) == string(before) {
		t.Error("the anchors do not go on")
	}
}

// raw opens the database as whoever holds the key of the file may, and takes its guards away.
func raw(t *testing.T, h *tests.House) *sql.DB {
	t.Helper()
	db, err := cipherdb.Open(filepath.Join(h.Dir, "data.db"), rootOf(t, h.Keys).DatabaseKey(), cipherdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, trigger := range []string{"kehu_audit_insert", "kehu_audit_update", "kehu_audit_delete"} {
		if _, err := db.Exec("DROP TRIGGER IF EXISTS " + trigger); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

const insertRow = `INSERT INTO audit_log (id, seq, at, actor, actor_name, actor_kind, role, ip, remote, action, collection,
	record, detail, prev, hash) VALUES (printf('%015d', ?1), ?1, ?2, 'cli', 'root', 'cli', '', '', '', 'restored', 'backups_log',
	'', ?3, ?4, ?5)`

// A cut cannot be passed off as a restore: neither by an entry that somebody makes up, nor by the
// genuine one of another restore, nor with its anchors.
func TestACutCannotPoseAsARestore(t *testing.T) {
	genuine, _, _ := restoredAudit(t)
	db := raw(t, genuine)
	var at, detail, hash string
	if err := db.QueryRow("SELECT at, detail, hash FROM audit_log WHERE action = 'restored'").Scan(&at, &detail, &hash); err != nil {
		t.Fatal(err)
	}
	db.Close()
	anchors, err := os.ReadFile(filepath.Join(genuine.Keys, "audit-anchor"))
	if err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(h *tests.House, db *sql.DB, head int64, prev string){
		"an entry made up": func(h *tests.House, db *sql.DB, head int64, prev string) {
			if _, err := db.Exec(insertRow, head+1, at, detail, prev, strings.Repeat("ab", 32)); err != nil {
				t.Fatal(err)
			}
		},
		"the entry of another restore": func(h *tests.House, db *sql.DB, head int64, prev string) {
			if _, err := db.Exec(insertRow, head+1, at, detail, prev, hash); err != nil {
				t.Fatal(err)
			}
		},
		"with the anchors of another restore": func(h *tests.House, db *sql.DB, head int64, prev string) {
			if _, err := db.Exec(insertRow, head+1, at, detail, prev, hash); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(h.Keys, "audit-anchor"), anchors, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"an entry renamed": func(h *tests.House, db *sql.DB, head int64, prev string) {
			if _, err := db.Exec("UPDATE audit_log SET action = 'restored', detail = ? WHERE seq = ?", detail, head); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := register(t)
			fill2(h, "之前", 6)
			h.Close()
			db := raw(t, h)
			var head int64
			var prev string
			if err := db.QueryRow("SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1 OFFSET 5").Scan(&head, &prev); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec("DELETE FROM audit_log WHERE seq > ?", head); err != nil {
				t.Fatal(err)
			}
			forge(h, db, head, prev)
			db.Close()
			h.Open()
			if v := verdictOf(h); v["ok"] != false || v["first_bad"].(float64) > float64(head+1) {
				t.Errorf("%v", v)
			}
		})
	}
}

// What is done to backups is on record with the member's role and address.
func TestActsOnBackupsTellWhoAndFromWhere(t *testing.T) {
	h := register(t)
	made := h.Do("data_admin", "POST", "/api/kehu/backups", nil)
	if made.Status != 200 {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	name := made.Text("name")
	if a := h.Do("data_admin2", "POST", "/api/kehu/backups/"+name+"/verify", nil); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := h.Do("superuser", "GET", "/api/kehu/backups/"+name+"/file", nil); a.Status != 200 {
		t.Fatalf("%d", a.Status)
	}
	items := h.Do("data_admin", "GET", "/api/kehu/audit?action=backup", nil).JSON()["items"].([]any)
	if len(items) < 3 {
		t.Fatalf("%v", items)
	}
	kinds := map[string]bool{}
	for _, item := range items {
		e := item.(map[string]any)
		kinds[fmt.Sprint(e["actor_kind"])] = true
		if e["role"] != "data_admin" || e["ip"] != "127.0.0.1" {
			t.Errorf("%v", e)
		}
	}
	if !kinds["staff"] || !kinds["superuser"] {
		t.Errorf("%v", kinds)
	}
}
