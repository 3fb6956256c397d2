package backups_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"kehu/backups"
	"kehu/hooks"
	"kehu/tests"
)

// PocketBase's own page lists, makes, sends and restores our backups; its uploads, deletions and
// automatic backups are off.
func TestPocketBasesBackupPage(t *testing.T) {
	restarted := make(chan struct{}, 1)
	h := tests.Start(t, func(o *hooks.Options) {
		o.Restart = func() error { restarted <- struct{}{}; return nil }
	})
	fill(t, h, 3)
	if a := h.Do("superuser", "POST", "/api/backups", map[string]any{"name": ""}); a.Status != http.StatusNoContent {
		t.Fatalf("create: %d %s", a.Status, a.Body)
	}
	a := h.Do("superuser", "GET", "/api/backups", nil)
	var files []struct {
		Key, Modified string
		Size          int64
	}
	if err := json.Unmarshal(a.Body, &files); err != nil || len(files) != 1 || files[0].Size == 0 {
		t.Fatalf("list: %d %s", a.Status, a.Body)
	}
	token := h.Do("superuser", "POST", "/api/files/token", nil).Text("token")
	got := h.Do("", "GET", "/api/backups/"+files[0].Key+"?token="+token, nil)
	whole, err := os.ReadFile(bodyOf(h, backups.BaseName(files[0].Key)))
	if err != nil || string(got.Body) != string(whole) {
		t.Errorf("download: %d, %d bytes of %d", got.Status, len(got.Body), len(whole))
	}
	staff := h.Do("sales", "POST", "/api/files/token", nil).Text("token")
	for name, a := range map[string]tests.Answer{
		"download without a token":  h.Do("", "GET", "/api/backups/"+files[0].Key, nil),
		"download by a salesperson": h.Do("", "GET", "/api/backups/"+files[0].Key+"?token="+staff, nil),
		"list by a salesperson":     h.Do("sales", "GET", "/api/backups", nil),
		"create by a salesperson":   h.Do("sales", "POST", "/api/backups", map[string]any{}),
		"restore by a salesperson":  h.Do("sales", "POST", "/api/backups/"+files[0].Key+"/restore", nil),
		"deletion":                  h.Do("superuser", "DELETE", "/api/backups/"+files[0].Key, nil),
		"upload":                    h.Do("superuser", "POST", "/api/backups/upload", nil),
	} {
		if a.Status != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	settings := h.Do("superuser", "PATCH", "/api/settings", map[string]any{"backups": map[string]any{"cron": "* * * * *", "cronMaxKeep": 3}})
	if settings.Status != http.StatusForbidden || h.App.Settings().Backups.Cron != "" {
		t.Errorf("automatic backups: %d %q", settings.Status, h.App.Settings().Backups.Cron)
	}
	// what was entered since goes with the restore
	before := tables(t, h)
	h.Create("data_admin", "customers", map[string]any{"kind": "enterprise", "name": "备份之后的公司"})
	if a := h.Do("superuser", "POST", "/api/backups/"+files[0].Key+"/restore", nil); a.Status != http.StatusNoContent {
		t.Fatalf("restore: %d %s", a.Status, a.Body)
	}
	select {
	case <-restarted:
	case <-time.After(20 * time.Second):
		t.Fatal("the program was not started anew")
	}
	h.Close()
	if err := backups.Finish(h.Dir, h.Keys); err != nil {
		t.Fatal(err)
	}
	h.Open()
	same(t, before, tables(t, h))
}

// Whatever calls PocketBase's own functions gets ours: no plain zip is ever made.
func TestPocketBasesOwnFunctionsMakeOurs(t *testing.T) {
	h := register(t)
	if err := h.App.CreateBackup(context.Background(), "any.zip"); err != nil {
		t.Fatal(err)
	}
	all := listed(t, h)
	if len(all) != 1 || !strings.HasSuffix(all[0].Name, "-manual") {
		t.Errorf("%+v", all)
	}
	if entries, err := os.ReadDir(h.Dir + "/backups"); err == nil && len(entries) > 0 {
		t.Errorf("PocketBase's own folder holds %v", entries)
	}
	if err := h.App.RestoreBackup(context.Background(), "any.zip"); !is(err, backups.ErrNoBackup) {
		t.Errorf("%v", err)
	}
}
