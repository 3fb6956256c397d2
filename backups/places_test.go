package backups_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"kehu/backups"
	"kehu/tests"
)

// cloud is a real S3 server on loopback, with troubles on demand.
type cloud struct {
	*httptest.Server
	backend *s3mem.Backend
	refuse  atomic.Int32 // so many uploads are refused
	cut     atomic.Int32 // so many connections are cut in the midst of an upload
	slow    atomic.Bool  // uploads stand still
	puts    atomic.Int32
	watch   atomic.Pointer[func(r *http.Request, when string)] // is told before, amid and after a request
	quit    chan struct{}
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{backend: s3mem.New(), quit: make(chan struct{})}
	real := gofakes3.New(c.backend).Server()
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if watch := c.watch.Load(); watch != nil {
			(*watch)(r, before)
			r.Body = &halfway{r.Body, r.ContentLength / 2, func() { (*watch)(r, amid) }}
			defer (*watch)(r, after) // the answer is not sent yet
		}
		if r.Method == http.MethodPut || r.Method == http.MethodPost {
			c.puts.Add(1)
			switch {
			case c.refuse.Add(-1) >= 0:
				http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
				return
			case c.cut.Add(-1) >= 0:
				_, _ = io.CopyN(io.Discard, r.Body, 1000)
				conn, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					conn.(*net.TCPConn).SetLinger(0)
					conn.Close()
				}
				return
			case c.slow.Load():
				select {
				case <-c.quit:
				case <-r.Context().Done():
				case <-time.After(10 * time.Second):
				}
				return
			}
		}
		real.ServeHTTP(w, r)
	}))
	if err := c.backend.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { close(c.quit); c.Close() })
	return c
}

// Moments of a request to a store.
const (
	before = "before"
	amid   = "amid"
	after  = "after"
)

// halfway tells when half of a body is read.
type halfway struct {
	io.ReadCloser
	left int64
	tell func()
}

func (h *halfway) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	if h.left -= int64(n); n > 0 && h.left <= 0 {
		h.tell()
		h.left = 1 << 60
	}
	return n, err
}

// unfinished counts the uploads that nobody has ended. This store answers 404 before the first of all.
func (c *cloud) unfinished(t *testing.T) int {
	t.Helper()
	response, err := http.Get(c.URL + "/bucket?uploads")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNotFound {
		t.Fatalf("%d %s %v", response.StatusCode, text, err)
	}
	return strings.Count(string(text), "<UploadId>")
}

// places are the store and a mounted folder, as the policy names them.
func (c *cloud) places(mounted string) []any {
	return []any{
		map[string]any{"name": "oss", "kind": "s3", "endpoint": c.URL, "region": "cn", "bucket": "bucket",
			"prefix": "kehu/", "path_style": true},
		map[string]any{"name": "nas", "kind": "folder", "path": mounted},
	}
}

// connect sets a register up with the store and a mounted folder.
func (c *cloud) connect(t *testing.T, h *tests.House) (mounted string) {
	t.Helper()
	mounted = t.TempDir()
	h.Create("superuser", "policies", map[string]any{"key": "backups",
		"value": map[string]any{"places": c.places(mounted)}})
	if err := backups.KeepStoreKeys(h.Keys, "oss", backups.StoreKeys{AccessKey: "id", SecretKey: "secret"}); err != nil {
		t.Fatal(err)
	}
	h.Backup.Impatient(time.Minute, 10*time.Millisecond, 10*time.Millisecond)
	return mounted
}

// objects are what the store holds, by name.
func (c *cloud) objects(t *testing.T) map[string][]byte {
	t.Helper()
	list, err := c.backend.ListBucket("bucket", nil, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, one := range list.Contents {
		o, err := c.backend.GetObject("bucket", one.Key, nil)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(o.Contents)
		if err != nil {
			t.Fatal(err)
		}
		all[one.Key] = content
	}
	return all
}

func stateOf(made *backups.Made, place string) backups.Copy {
	for _, c := range made.Copies {
		if c.Place == place {
			return c
		}
	}
	return backups.Copy{}
}

// large makes a register whose backup takes several parts of an upload.
func large(t *testing.T) *tests.House {
	h := register(t)
	c, err := h.App.FindCollectionByNameOrId("imports")
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 17<<20) // what zstd cannot compress
	rand.NewChaCha8([32]byte{1}).Read(noise)
	storeFile(t, h, c, noise)
	return h
}

func TestABackupReachesEveryPlaceAndRestoresFromEach(t *testing.T) {
	h, c := large(t), newCloud(t)
	mounted := c.connect(t, h)
	made := backup(t, h)
	whole, err := os.ReadFile(bodyOf(h, made.Name))
	if err != nil || made.State != "done" || len(made.Copies) != 3 {
		t.Fatalf("%v %+v", err, made)
	}
	if len(whole) < 12<<20 {
		t.Errorf("only %d bytes: the upload was one part", len(whole))
	}
	stored := c.objects(t)
	if got := stored["kehu/"+made.Name+".tar.zst.age"]; !bytes.Equal(got, whole) || len(stored) != 2 {
		t.Errorf("the store holds %d bytes and %d objects", len(got), len(stored))
	}
	if got, err := os.ReadFile(filepath.Join(mounted, made.Name+".tar.zst.age")); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("the folder: %d bytes, %v", len(got), err)
	}
	verdicts, err := h.Backup.Verify(ctx, made.Name, self)
	if err != nil || len(verdicts) != 3 || verdicts[0].State+verdicts[1].State+verdicts[2].State != "goodgoodgood" {
		t.Errorf("%v %v", verdicts, err)
	}
	env := func(key string) string {
		return map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}[key]
	}
	for _, from := range []string{"s3://bucket/kehu/?endpoint=" + c.URL + "&region=cn&path_style=1",
		"s3://bucket/kehu/" + made.Name + ".tar.zst.age?endpoint=" + c.URL + "&region=cn&path_style=1", mounted} {
		o, err := backups.FindOrigin(ctx, from, "", env)
		if err != nil {
			t.Fatal(err)
		}
		r := restoring(t, h)
		if out, err := r.Run(ctx, o); err != nil || out.Name != made.Name || out.Trial.Customers != 6 {
			t.Errorf("%s: %+v %v", from, out, err)
		}
	}
	if _, err := backups.FindOrigin(ctx, "s3://bucket/none/?endpoint="+c.URL+"&path_style=1", "", env); !is(err, backups.ErrOrigin) {
		t.Errorf("an empty prefix: %v", err)
	}
}

// A store that refuses, cuts or stands still fails alone, after it was tried again from the start;
// the others have the backup, and the next round brings it to where it lacks.
func TestAFailedPlaceStopsNoOther(t *testing.T) {
	h, c := large(t), newCloud(t)
	mounted := c.connect(t, h)
	for _, trouble := range []struct {
		name     string
		set      func(on bool)
		attempts int
	}{
		{"refusing", func(on bool) { c.refuse.Store(many(on)) }, 3},
		{"cutting", func(on bool) { c.cut.Store(many(on)) }, 3},
		{"standing still", func(on bool) {
			c.slow.Store(on)
			patience := time.Minute
			if on {
				patience = 300 * time.Millisecond
			}
			h.Backup.Impatient(patience, 10*time.Millisecond, 10*time.Millisecond)
		}, 3},
	} {
		trouble.set(true)
		made := backup(t, h)
		oss := stateOf(made, "oss")
		if made.State != "incomplete" || oss.State != "failed" || oss.Attempts != trouble.attempts || oss.Error == "" {
			t.Errorf("%s: %+v", trouble.name, made)
		}
		if stateOf(made, "local").State != "done" || stateOf(made, "nas").State != "done" {
			t.Errorf("%s: another place has none: %+v", trouble.name, made.Copies)
		}
		if !strings.Contains(alarmsOf(t, h), backups.AlarmIncomplete) {
			t.Errorf("%s: no alarm", trouble.name)
		}
		trouble.set(false)
		for key := range c.objects(t) {
			if strings.Contains(key, made.Name) {
				t.Errorf("%s: the store holds %s", trouble.name, key)
			}
		}
		runJob(t, h, "backup_copies")
		if len(c.objects(t)["kehu/"+made.Name+".tar.zst.age"]) == 0 {
			t.Errorf("%s: not made up", trouble.name)
		}
		if strings.Contains(alarmsOf(t, h), backups.AlarmIncomplete) {
			t.Errorf("%s: still an alarm", trouble.name)
		}
	}
	// one failure is made good by the next try
	c.cut.Store(1)
	made := backup(t, h)
	if oss := stateOf(made, "oss"); made.State != "done" || oss.Attempts != 2 {
		t.Errorf("cut once: %+v", made)
	}
	// a mount that is gone
	if err := os.Rename(mounted, mounted+"-gone"); err != nil {
		t.Fatal(err)
	}
	made = backup(t, h)
	if nas := stateOf(made, "nas"); nas.State != "failed" || !strings.Contains(nas.Error, "没有挂载") || stateOf(made, "oss").State != "done" {
		t.Errorf("not mounted: %+v", made)
	}
	if _, err := os.Stat(mounted); err == nil {
		t.Error("a folder was made where the mount should be")
	}
}

func many(on bool) int32 {
	if on {
		return 1 << 20
	}
	return 0
}

func runJob(t *testing.T, h *tests.House, name string) {
	t.Helper()
	for _, w := range h.Backup.Jobs() {
		if w.Name == name {
			if said, err := w.Run(ctx); err != nil {
				t.Errorf("%s: %s %v", name, said, err)
			}
		}
	}
}

// Where the local folder fails the backup is written to the other places directly.
func TestTheLocalFolderFails(t *testing.T) {
	h, c := large(t), newCloud(t)
	c.connect(t, h)
	if err := os.WriteFile(local(h), []byte("in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	made := backup(t, h)
	if made.State != "incomplete" || stateOf(made, "local").State != "failed" || stateOf(made, "oss").State != "done" ||
		stateOf(made, "nas").State != "done" {
		t.Fatalf("%+v", made)
	}
	d, err := h.Backup.Drill(ctx, "", nil, self)
	if err != nil || d.Place != "oss" {
		t.Errorf("%+v %v", d, err)
	}
	// and where all fail nothing is left, and it is said
	c.refuse.Store(1 << 20)
	record, err := h.App.FindFirstRecordByData("policies", "key", "backups")
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := record.UnmarshalJSONField("value", &value); err != nil {
		t.Fatal(err)
	}
	value["places"] = value["places"].([]any)[:1]
	h.Do("superuser", "PATCH", "/api/collections/policies/records/"+record.Id, map[string]any{"value": value})
	_, err = h.Backup.Make(ctx, backups.Manual, self)
	if !is(err, backups.ErrFailed) {
		t.Errorf("%v", err)
	}
	if !strings.Contains(alarmsOf(t, h), backups.AlarmFailed) {
		t.Errorf("%s", alarmsOf(t, h))
	}
}

func TestABackupFolderWithinTheDataIsRefused(t *testing.T) {
	h := tests.Start(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(h.Dir, link); err != nil {
		t.Fatal(err) // a link is what this is about
	}
	h.Create("superuser", "policies", map[string]any{"key": "backups", "value": map[string]any{"local": h.Dir}})
	record, err := h.App.FindFirstRecordByData("policies", "key", "backups")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{h.Dir, filepath.Join(h.Dir, "storage", "backups"), link} {
		h.Do("superuser", "PATCH", "/api/collections/policies/records/"+record.Id,
			map[string]any{"value": map[string]any{"local": path}})
		_, err := h.Backup.Make(ctx, backups.Manual, self)
		if !is(err, backups.ErrInside) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
