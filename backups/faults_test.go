package backups_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"kehu/backups"
	"kehu/internal/vault"
	"kehu/tests"
)

// flips is how many places of a backup are changed by one bit.
func flips() int {
	if os.Getenv("KEHU_FULL") == "1" {
		return 300
	}
	return 25
}

// One bit changed anywhere, or a file cut anywhere, is found without the key by verify, and with
// it by restore, which then has touched nothing.
func TestOneBitChangedAnywhere(t *testing.T) {
	h := register(t)
	made := backup(t, h)
	path := bodyOf(h, made.Name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := restoring(t, h)
	before := treeOf(t, filepath.Dir(r.Dir))
	damaged := func(what string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		verdicts, err := h.Backup.Verify(ctx, made.Name, self)
		if err != nil || verdicts[0].State != "damaged" || !strings.Contains(verdicts[0].Error, "已损坏") {
			t.Errorf("%s: verify says %v %v", what, verdicts, err)
		}
		_, err = r.Run(ctx, origin(t, path))
		if err == nil {
			t.Fatalf("%s: it was restored", what)
		}
		// in the header the lines for the keys may be what is changed: then no key opens it
		if !is(err, backups.ErrDamaged) && !is(err, backups.ErrWrongKey) {
			t.Errorf("%s: restore says %v", what, err)
		}
		if now := treeOf(t, filepath.Dir(r.Dir)); now != before {
			t.Fatalf("%s: something was touched:\n%s\n%s", what, before, now)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range flips() {
		at := random.IntN(len(whole))
		if i < 10 {
			at = i * 7 // the header too
		}
		content := bytes.Clone(whole)
		content[at] ^= 1 << random.IntN(8)
		damaged(fmt.Sprintf("bit at %d of %d", at, len(whole)), content)
	}
	for _, n := range []int{0, 1, 100, len(whole) / 2, len(whole) - 1} {
		damaged(fmt.Sprintf("cut at %d", n), whole[:n])
	}
	if err := os.WriteFile(path, append(bytes.Clone(whole), 0), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged("one byte more", append(bytes.Clone(whole), 0))
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	verdicts, err := h.Backup.Verify(ctx, made.Name, self)
	if err != nil || verdicts[0].State != "good" {
		t.Errorf("whole again: %v %v", verdicts, err)
	}
	if _, err := r.Run(ctx, origin(t, path)); err != nil {
		t.Errorf("whole again: %v", err)
	}
}

func TestALabelThatWasChangedIsNotBelieved(t *testing.T) {
	h := register(t)
	made := backup(t, h)
	label := filepath.Join(local(h), made.Name+".json")
	text, err := os.ReadFile(label)
	if err != nil {
		t.Fatal(err)
	}
	// another's bytes under our name, with a label that fits them
	content := []byte("not a backup at all")
	changed := strings.Replace(string(text), made.SHA256, fmt.Sprintf("%064x", 1), 1)
	for path, to := range map[string][]byte{label: []byte(changed), bodyOf(h, made.Name): content} {
		if err := os.WriteFile(path, to, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verdicts, err := h.Backup.Verify(ctx, made.Name, self)
	if err != nil || verdicts[0].State != "damaged" || !strings.Contains(verdicts[0].Error, "not of this register") {
		t.Errorf("%v %v", verdicts, err)
	}
	if _, err := h.Backup.Verify(ctx, "kehu-none", self); !is(err, backups.ErrNoBackup) {
		t.Errorf("%v", err)
	}
}

func TestWrongKeys(t *testing.T) {
	h := register(t)
	backup(t, h)
	r := restoring(t, h)
	before := treeOf(t, filepath.Dir(r.Dir))
	right, root := r.Identities, r.Root
	r.Identities = []age.Identity{newIdentity(t)}
	_, err := r.Run(ctx, origin(t, local(h)))
	expectFault(t, err, backups.ErrWrongKey)
	r.Identities, r.Root = right, &vault.Root{1, 2, 3}
	_, err = r.Run(ctx, origin(t, local(h)))
	expectFault(t, err, backups.ErrWrongRoot)
	if !strings.Contains(err.Error(), root.Fingerprint()) {
		t.Errorf("the sentence does not say which key: %v", err)
	}
	if now := treeOf(t, filepath.Dir(r.Dir)); now != before {
		t.Errorf("something was touched:\n%s", now)
	}
	for _, text := range []string{"", "AGE-SECRET-KEY-1", "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"} {
		if _, err := backups.ReadIdentities(strings.NewReader(text)); !is(err, backups.ErrIdentity) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Anybody can encrypt to the recipients of a label. What the register did not make itself is not
// restored.
func TestAForgedBackupIsRefused(t *testing.T) {
	h := register(t)
	made := backup(t, h)
	ids := identities(t, h)
	body, err := os.ReadFile(bodyOf(h, made.Name))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(bytes.NewReader(body), ids...)
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := zstd.NewReader(plain)
	if err != nil {
		t.Fatal(err)
	}
	tarball, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(tarball, []byte("%PDF-1.4\n附件"))
	if at < 0 {
		t.Fatal("no attachment in the tar")
	}
	tarball[at+10] ^= 1
	forge := func(tarball []byte) string {
		path := filepath.Join(t.TempDir(), "kehu-forged.tar.zst.age")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		sealed, err := age.Encrypt(file, ids[0].(*age.X25519Identity).Recipient())
		if err != nil {
			t.Fatal(err)
		}
		packed, _ := zstd.NewWriter(sealed)
		if _, err := packed.Write(tarball); err != nil {
			t.Fatal(err)
		}
		if err := packed.Close(); err != nil {
			t.Fatal(err)
		}
		if err := sealed.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	r := restoring(t, h)
	_, err = r.Run(ctx, origin(t, forge(tarball)))
	expectFault(t, err, backups.ErrDamaged) // the manifest tells of other bytes
	// a manifest that fits, but that the root key did not vouch for
	tarball[at+10] ^= 1
	seal := bytes.LastIndex(tarball, []byte(`"seal":"`)) + len(`"seal":"`)
	tarball[seal] = "0123456789abcdef"[(strings.IndexByte("0123456789abcdef", tarball[seal])+1)%16]
	_, err = r.Run(ctx, origin(t, forge(tarball)))
	expectFault(t, err, backups.ErrForeign)
}

// A stored file that is missing or damaged is told by name; the rest is saved.
func TestAMissingAttachmentIsTold(t *testing.T) {
	h := register(t)
	all := attachments(t, h)
	pathIn := func(a map[string]any) string {
		return filepath.Join(h.Dir, "storage", "kehuattachments", a["id"].(string), a["file"].(string))
	}
	if err := os.Remove(pathIn(all[0])); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(pathIn(all[1]))
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(pathIn(all[1]), content, 0o600); err != nil {
		t.Fatal(err)
	}
	made := backup(t, h)
	if made.State != "incomplete" || len(made.Missing) != 2 ||
		!strings.Contains(made.Missing[0]+made.Missing[1], all[0]["file"].(string)) {
		t.Fatalf("%+v", made)
	}
	s, err := h.Backup.State(ctx)
	if err != nil || !strings.Contains(strings.Join(s.Alarms, " "), backups.AlarmIncomplete) {
		t.Errorf("%v %v", s.Alarms, err)
	}
	r := restoring(t, h)
	out, err := r.Run(ctx, origin(t, local(h)))
	if err != nil || out.Files != 3 || len(out.Missing) != 2 {
		t.Fatalf("%+v %v", out, err)
	}
	copied := restored(t, h, r)
	for _, a := range attachments(t, copied)[2:] {
		if !strings.Contains(download(t, copied, a), "附件") {
			t.Errorf("%v", a)
		}
	}
	line, err := h.App.FindFirstRecordByData("backups_log", "name", made.Name)
	if err != nil || line.GetString("state") != "incomplete" || !strings.Contains(line.GetString("error"), "缺少") {
		t.Errorf("%v %v", line, err)
	}
}

func TestLargeFilesAreStreamed(t *testing.T) {
	h := register(t)
	// a stored workbook may be larger than what is read at once
	collection, err := h.App.FindCollectionByNameOrId("imports")
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 18<<16) // 18 MiB
	storeFile(t, h, collection, big)
	made := backup(t, h)
	if made.State != "done" {
		t.Fatalf("%+v", made)
	}
	r := restoring(t, h)
	if out, err := r.Run(ctx, origin(t, local(h))); err != nil || out.Files != 6 {
		t.Fatalf("%+v %v", out, err)
	}
}

func TestTwoBackupsAtOnce(t *testing.T) {
	h := register(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	names, busy := map[string]bool{}, 0
	for range 8 {
		all.Go(func() {
			made, err := h.Backup.Make(ctx, backups.Manual, self)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case is(err, backups.ErrBusy):
				busy++
			case err != nil:
				t.Error(err)
			case names[made.Name]:
				t.Errorf("%s was made twice", made.Name)
			default:
				names[made.Name] = true
			}
		})
	}
	all.Wait()
	if len(names) == 0 || len(names)+busy != 8 {
		t.Errorf("%d made, %d refused", len(names), busy)
	}
	// one after the other within a second they have names of their own
	h.SetNow(tests.Now)
	a := backup(t, h)
	h.SetNow(tests.Now)
	if b := backup(t, h); a.Name == b.Name {
		t.Errorf("%s twice", a.Name)
	}
	for _, l := range listed(t, h) {
		if !l.Good {
			t.Errorf("%+v", l)
		}
	}
}

func listed(t *testing.T, h *tests.House) []*backups.Listed {
	t.Helper()
	all, unreachable, err := h.Backup.List(ctx)
	if err != nil || len(unreachable) > 0 {
		t.Fatalf("%v %v", unreachable, err)
	}
	return all
}

// Days of backups with a clock that is set forward and back: the newest good one is always there,
// and no jump removes more than its own backup stands for.
func TestTheClockIsSetForwardAndBack(t *testing.T) {
	h := tests.Start(t)
	day := func(n int) {
		t.Helper()
		h.SetNow(tests.Now.AddDate(0, 0, n))
		if _, err := h.Backup.Make(ctx, backups.Daily, self); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 7 {
		day(n)
	}
	if got := len(listed(t, h)); got != 7 {
		t.Fatalf("%d backups of 7 days", got)
	}
	day(3650) // ten years ahead
	if got := len(listed(t, h)); got < 7 {
		t.Errorf("%d backups are left after the jump", got)
	}
	day(-3650) // and back
	for n := 7; n < 10; n++ {
		day(n) // set right
	}
	left := map[string]bool{}
	for _, l := range listed(t, h) {
		left[l.At.UTC().Format("2006-01-02")] = true
	}
	for n := 5; n < 10; n++ {
		if at := tests.Now.AddDate(0, 0, n).UTC().Format("2006-01-02"); !left[at] {
			t.Errorf("the backup of %s is gone: %v", at, left)
		}
	}
}

func TestPruningSaysWhatItWouldDoAndDoesIt(t *testing.T) {
	h := tests.Start(t)
	h.Create("superuser", "policies", map[string]any{"key": "backups",
		"value": map[string]any{"local_days": 400}})
	for n := range 12 {
		h.SetNow(tests.Now.AddDate(0, 0, n))
		if _, err := h.Backup.Make(ctx, backups.Daily, self); err != nil {
			t.Fatal(err)
		}
	}
	policy, err := h.App.FindFirstRecordByData("policies", "key", "backups")
	if err != nil {
		t.Fatal(err)
	}
	h.Do("superuser", "PATCH", "/api/collections/policies/records/"+policy.Id,
		map[string]any{"value": map[string]any{"local_days": 3, "weekly": 0, "monthly": 0}})
	for _, dry := range []bool{true, false} {
		a := h.Do("data_admin", "POST", "/api/kehu/retention", map[string]any{"dry_run": dry})
		var answer struct{ Items []backups.Fate }
		if err := json.Unmarshal(a.Body, &answer); err != nil || a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		kept := 0
		for _, f := range answer.Items {
			if f.Keep {
				kept++
			}
			if len(f.Reasons) == 0 {
				t.Errorf("%s without a reason", f.Name)
			}
		}
		if len(answer.Items) != 12 || kept != 3 {
			t.Errorf("dry %v: %d of %d kept", dry, kept, len(answer.Items))
		}
		want := 12
		if !dry {
			want = 3
		}
		if got := len(listed(t, h)); got != want {
			t.Errorf("dry %v: %d are there", dry, got)
		}
	}
	// what is damaged is never counted for good: with the two newest broken, the third stays for ever
	all := listed(t, h)
	for _, l := range all[:2] {
		if err := os.Truncate(bodyOf(h, l.Name), 10); err != nil {
			t.Fatal(err)
		}
	}
	h.SetNow(tests.Now.AddDate(5, 0, 0))
	if _, err := h.Backup.Prune(ctx, false, self); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bodyOf(h, all[2].Name)); err != nil {
		t.Errorf("the newest good one is gone: %v", err)
	}
}
