package backups_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"kehu/backups"
	"kehu/tests"
)

func alarmsOf(t *testing.T, h *tests.House) string {
	t.Helper()
	s, err := h.Backup.State(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(s.Alarms, " ")
}

// A drill restores, checks, starts the register and asks it; its result is in the book and on the
// health page; it leaves nothing behind.
func TestADrillProvesTheNewestBackup(t *testing.T) {
	h := register(t)
	if _, err := h.Backup.Drill(ctx, "", nil, self); !is(err, backups.ErrNone) {
		t.Errorf("without a backup: %v", err)
	}
	made := backup(t, h)
	if got := alarmsOf(t, h); !strings.Contains(got, backups.AlarmUnproven) {
		t.Errorf("before the first drill: %s", got)
	}
	h.Create("data_admin", "customers", map[string]any{"kind": "enterprise", "name": "备份之后的公司"})
	d, err := h.Backup.Drill(ctx, "", nil, self)
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != made.Name || d.Trial.Customers != 6 || d.Trial.Record == "" || d.Files != 5 || d.Rows < 100 {
		t.Errorf("%+v", d)
	}
	if left, _ := filepath.Glob(filepath.Join(h.Dir, ".kehu-drill-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	state := h.Do("data_admin", "GET", "/api/kehu/health", nil).JSON()["backups"].(map[string]any)
	if state["proven"] != made.Name || state["newest"] != made.Name || fmt.Sprint(state["alarms"]) != "[recovery_key_on_machine]" {
		t.Errorf("%v", state)
	}
	// the proof grows old
	h.SetNow(tests.Now.AddDate(0, 0, 7))
	backup(t, h)
	if got := alarmsOf(t, h); strings.Contains(got, backups.AlarmUnproven) {
		t.Errorf("after a week: %s", got)
	}
	h.SetNow(tests.Now.AddDate(0, 0, 9))
	backup(t, h)
	if got := alarmsOf(t, h); !strings.Contains(got, backups.AlarmUnproven) {
		t.Errorf("after nine days: %s", got)
	}
	h.SetNow(tests.Now.AddDate(0, 0, 12))
	if got := alarmsOf(t, h); !strings.Contains(got, backups.AlarmNoBackup) {
		t.Errorf("without backups for three days: %s", got)
	}
}

func TestAFailedDrillIsAnAlarmUntilOneSucceeds(t *testing.T) {
	h := register(t)
	made := backup(t, h)
	path := bodyOf(h, made.Name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := append([]byte{}, whole...)
	bad[len(bad)/2] ^= 1
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = h.Backup.Drill(ctx, "", nil, self)
	expectFault(t, err, backups.ErrDamaged)
	s, err := h.Backup.State(ctx)
	if err != nil || !strings.Contains(strings.Join(s.Alarms, " "), backups.AlarmDrillFailed) || s.DrillFailed == "" {
		t.Errorf("%+v %v", s, err)
	}
	if left, _ := filepath.Glob(filepath.Join(h.Dir, ".kehu-drill-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Backup.Drill(ctx, made.Name, nil, self); err != nil {
		t.Fatal(err)
	}
	if got := alarmsOf(t, h); strings.Contains(got, backups.AlarmDrillFailed) {
		t.Errorf("after a good one: %s", got)
	}
}

// Without the drill identity nobody drills by the clock and the state says so; with the recovery
// identity in the request one can.
func TestDrillsWithoutTheDrillKey(t *testing.T) {
	h := register(t)
	paper, err := backups.RecoveryText(h.Keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{backups.RecoveryRole, backups.DrillRole} {
		if err := backups.RemoveIdentity(h.Keys, role); err != nil {
			t.Fatal(err)
		}
	}
	backup(t, h)
	if got := alarmsOf(t, h); !strings.Contains(got, backups.AlarmNoDrill) {
		t.Errorf("%s", got)
	}
	for _, w := range h.Backup.Jobs() {
		if w.Name == "backup_drill" {
			if said, err := w.Run(ctx); err != nil || said != "no drill key" {
				t.Errorf("%s %v", said, err)
			}
		}
	}
	a := h.Do("data_admin", "POST", "/api/kehu/backups/newest/drill", map[string]any{})
	if a.Code("") != "backup_no_drill_key" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	a = h.Do("data_admin", "POST", "/api/kehu/backups/newest/drill", map[string]any{"identity": paper})
	if a.Status != http.StatusOK || strings.Contains(string(a.Body), "AGE-SECRET") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestJobsFollowThePolicy(t *testing.T) {
	h := tests.Start(t)
	due := func() map[string]string {
		at := map[string]string{}
		for _, w := range h.Backup.Jobs() {
			at[w.Name] = w.Due(tests.Now.In(shanghai(t))).Format("01-02 15:04")
		}
		return at
	}
	// a Thursday, half past nine
	if got := due(); got["backup"] != "11-05 03:00" || got["backup_drill"] != "11-01 04:00" || got["backup_hourly"] != "01-01 00:00" {
		t.Errorf("%v", got)
	}
	h.Create("superuser", "policies", map[string]any{"key": "backups",
		"value": map[string]any{"at": "23:30", "hourly": true, "drill": "daily"}})
	if got := due(); got["backup"] != "11-04 23:30" || got["backup_drill"] != "11-05 00:30" || got["backup_hourly"] != "11-05 09:00" {
		t.Errorf("%v", got)
	}
	for _, w := range h.Backup.Jobs() {
		if said, err := w.Run(ctx); err != nil {
			t.Errorf("%s: %v", w.Name, err)
		} else {
			t.Log(w.Name, said)
		}
	}
}

// At its first start a register makes up for everything at one time: no job of backups fails because
// another one is at work, or because there is no backup yet.
func TestJobsOfBackupsTakeTurns(t *testing.T) {
	h := tests.Start(t)
	var jobs sync.WaitGroup
	for _, w := range h.Backup.Jobs() {
		jobs.Go(func() {
			if said, err := w.Run(ctx); err != nil {
				t.Errorf("%s: %v", w.Name, err)
			} else {
				t.Log(w.Name, said)
			}
		})
	}
	jobs.Wait()
	if made, err := filepath.Glob(filepath.Join(local(h), "*-daily.tar.zst.age")); err != nil || len(made) != 1 {
		t.Errorf("on the first day: %v %v", made, err)
	}
	s, err := h.Backup.State(ctx)
	if err != nil || s.Newest == "" || s.Proven == "" || slices.Contains(s.Alarms, backups.AlarmUnproven) {
		t.Errorf("%+v %v", s, err)
	}
}

func TestBackupRoutesAreForDataAdministrators(t *testing.T) {
	h := register(t)
	made := backup(t, h)
	for role := range h.Tokens {
		allowed := role == "superuser" || strings.HasPrefix(role, "data_admin")
		for _, c := range [][2]string{{"GET", "/backups"}, {"POST", "/backups/" + made.Name + "/verify"},
			{"GET", "/backups/" + made.Name + "/file"}, {"POST", "/retention"}} {
			a := h.Do(role, c[0], "/api/kehu"+c[1], map[string]any{"dry_run": true})
			if want := map[bool]int{true: 200, false: 403}[allowed]; a.Status != want {
				t.Errorf("%s %s %s: %d", role, c[0], c[1], a.Status)
			}
		}
		if !allowed {
			for _, path := range []string{"/backups", "/backups/" + made.Name + "/drill"} {
				if a := h.Do(role, "POST", "/api/kehu"+path, map[string]any{}); a.Status != 403 {
					t.Errorf("%s POST %s: %d", role, path, a.Status)
				}
			}
		}
	}
	if a := h.Do("", "GET", "/api/kehu/backups", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", a.Status)
	}
	file := h.Do("data_admin", "GET", "/api/kehu/backups/"+made.Name+"/file", nil)
	whole, err := os.ReadFile(bodyOf(h, made.Name))
	if err != nil || string(file.Body) != string(whole) {
		t.Errorf("%d bytes, not %d: %v", len(file.Body), len(whole), err)
	}
	for _, path := range []string{"/backups/kehu-none/file", "/backups/..%2f..%2fdata.db/file"} {
		if a := h.Do("data_admin", "GET", "/api/kehu"+path, nil); a.Status != 404 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	a := h.Do("data_admin", "POST", "/api/kehu/backups", map[string]any{})
	if a.Status != http.StatusOK || a.Text("state") != "done" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	line, err := h.App.FindFirstRecordByData("backups_log", "name", a.Text("name"))
	if err != nil || line.GetString("by") != "staff:"+h.Staff["data_admin"] || line.GetString("by_name") != "沈数据" {
		t.Errorf("%v %v", line, err)
	}
}

// Every alarm is a task of each data administrator until it is over; when it comes again it is a task
// again.
func TestAlarmsAreTasksOfDataAdministrators(t *testing.T) {
	h := register(t)
	open := func(role string) (titles []string) {
		t.Helper()
		if _, err := h.House.AlarmTasks(ctx); err != nil {
			t.Fatal(err)
		}
		list := h.Do(role, "GET", "/api/collections/tasks/records?filter="+
			url.QueryEscape("state = 'open' && title ~ '备份：' && assignee = '"+h.Staff[role]+"'"), nil).JSON()
		for _, item := range list["items"].([]any) {
			titles = append(titles, item.(map[string]any)["title"].(string))
		}
		return titles
	}
	has := func(titles []string, part string) (n int) {
		for _, title := range titles {
			if strings.Contains(title, part) {
				n++
			}
		}
		return n
	}
	if got := open("data_admin"); has(got, "最近两天没有备份") != 0 {
		t.Errorf("before the first backup: %v", got)
	}
	backup(t, h)
	for range 2 {
		if got := open("data_admin"); has(got, "没有证明备份可以恢复") != 1 || has(got, "恢复密钥还在本机") != 1 {
			t.Errorf("before the first drill: %v", got)
		}
	}
	if got := open("sales"); len(got) != 0 {
		t.Errorf("sales: %v", got)
	}
	if _, err := h.Backup.Drill(ctx, "", nil, self); err != nil {
		t.Fatal(err)
	}
	if got := open("data_admin"); has(got, "没有证明备份可以恢复") != 0 || has(got, "恢复密钥还在本机") != 1 {
		t.Errorf("after it: %v", got)
	}
	h.SetNow(tests.Now.AddDate(0, 0, 9))
	backup(t, h)
	if got := open("data_admin"); has(got, "没有证明备份可以恢复") != 1 {
		t.Errorf("the proof has grown old: %v", got)
	}
	h.SetNow(tests.Now.AddDate(0, 0, 12))
	if got := open("data_admin"); has(got, "最近两天没有备份") != 1 {
		t.Errorf("without backups for three days: %v", got)
	}
}
