package backups_test

import (
	"strings"
	"testing"
	"time"

	"kehu/backups"
	"kehu/collections"
	"kehu/tests"
)

func one(t *testing.T, h *tests.House, query string) (text string) {
	t.Helper()
	if err := h.App.DB().NewQuery(query).Row(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// A drill goes through the whole log. One that was tampered with makes it fail, with the entry; the
// backup is restored all the same, and says so.
func TestADrillReadsTheWholeAuditLog(t *testing.T) {
	h := register(t)
	backup(t, h)
	d, err := h.Backup.Drill(ctx, "", nil, self)
	if err != nil || d.Log.Entries < 5 {
		t.Fatalf("%+v %v", d, err)
	}
	triggers := strings.Fields(one(t, h,
		"SELECT group_concat(name, ' ') FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit_log'"))
	db := collections.Through(h.App.NonconcurrentDB())
	for _, name := range triggers {
		if err := db.Exec("DROP TRIGGER " + name); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Exec("UPDATE audit_log SET at = '2020-01-01 00:00:00.000Z' WHERE seq = 3"); err != nil {
		t.Fatal(err)
	}
	h.SetNow(h.Clock().Add(time.Minute)) // the last entries are no longer new
	made := backup(t, h)
	if _, err := h.Backup.Drill(ctx, "", nil, self); !is(err, backups.ErrDrill) || !strings.Contains(err.Error(), "3") {
		t.Errorf("a log that was tampered with: %v", err)
	}
	if got := alarmsOf(t, h); !strings.Contains(got, backups.AlarmDrillFailed) {
		t.Errorf("alarms: %s", got)
	}
	if up, err := h.Backup.BeforeUpgrade(ctx); err != nil || !strings.Contains(up.Log, "3") {
		t.Errorf("nobody could upgrade any more: %+v %v", up, err)
	}
	out, err := restoring(t, h).Run(ctx, origin(t, bodyOf(h, made.Name)))
	if err != nil || out.Log.Broken == "" {
		t.Errorf("restored: %+v %v", out, err)
	}
}

// Stored files that lay in S3 lie in the data directory after a restore, and are looked for there.
func TestARestoreSwitchesStoredFilesToTheDataDirectory(t *testing.T) {
	h := register(t)
	err := collections.Through(h.App.NonconcurrentDB()).Exec(`UPDATE _params SET value = json_set(value, '$.s3',
		json('{"enabled":true,"bucket":"files","region":"cn","endpoint":"http://127.0.0.1:1","accessKey":"a","secret":"b"}'))
		WHERE id = 'settings'`)
	if err != nil {
		t.Fatal(err)
	}
	made := backup(t, h)
	r := restoring(t, h)
	if _, err := r.Run(ctx, origin(t, bodyOf(h, made.Name))); err != nil {
		t.Fatal(err)
	}
	copied := restored(t, h, r)
	if copied.App.Settings().S3.Enabled || copied.App.Settings().S3.Bucket != "files" {
		t.Errorf("%+v", copied.App.Settings().S3)
	}
	records := attachments(t, copied)
	if len(records) == 0 || download(t, copied, records[0]) == "" {
		t.Error("a stored file is not given")
	}
}
