package backups_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kehu/backups"
	"kehu/tests"
)

// moment is a point of a talk with a store: a request, counted from 1, and when within it.
type moment struct {
	request int32
	when    string
}

func (m moment) String() string { return fmt.Sprintf("%s request %d", m.when, m.request) }

// struck runs the command line, killed at a moment of its talk with the store, and counts the requests.
func (c *cloud) struck(t *testing.T, at moment, arguments ...string) (said string, killed bool, requests int32) {
	t.Helper()
	command, out := child(nil, arguments...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var met, mine atomic.Int32
	watch := func(_ *http.Request, when string) {
		if when == before {
			met.Add(1)
		}
		if met.Load() == at.request && when == at.when && mine.Add(1) == 1 {
			_ = command.Process.Kill()
			time.Sleep(50 * time.Millisecond) // nothing is answered any more
		}
	}
	c.watch.Store(&watch)
	defer c.watch.Store(nil)
	said, killed = ended(command, out)
	return said, killed, met.Load()
}

// anyMoment is one of a talk of n requests.
func anyMoment(random *rand.Rand, n int32) moment {
	return moment{1 + random.Int32N(n), []string{before, amid, after}[random.IntN(3)]}
}

// tidy holds every place to whole backups: each file has its label, each label its file, no part and no
// upload is left unfinished.
func (s *scene) tidy(t *testing.T, c *cloud, what string) {
	t.Helper()
	names := map[string][]string{"oss": nil, "local": entriesOf(t, local(s.House)), "nas": entriesOf(t, s.mounted)}
	for key := range c.objects(t) {
		names["oss"] = append(names["oss"], strings.TrimPrefix(key, "kehu/"))
	}
	for place, files := range names {
		all := strings.Join(files, "\n")
		for _, file := range files {
			name := backups.BaseName(file)
			if strings.HasPrefix(file, ".") || !strings.Contains(all, name+".tar.zst.age") || !strings.Contains(all, name+".json") {
				t.Errorf("%s: %s holds %s alone", what, place, file)
			}
		}
	}
	if n := c.unfinished(t); n > 0 {
		t.Errorf("%s: %d uploads are unfinished", what, n)
	}
}

func cloudScene(t *testing.T, h *tests.House, policy map[string]any) (*scene, *cloud) {
	t.Helper()
	s, c := &scene{House: h, mounted: t.TempDir()}, newCloud(t)
	policy["places"] = c.places(s.mounted)
	h.Create("superuser", "policies", map[string]any{"key": "backups", "value": policy})
	if err := backups.KeepStoreKeys(h.Keys, "oss", backups.StoreKeys{AccessKey: "id", SecretKey: "secret"}); err != nil {
		t.Fatal(err)
	}
	s.before = tables(t, h)
	return s, c
}

// Killed at any moment of an upload, no half of it counts as a backup, and the next run leaves the store
// with whole ones only.
func TestAnUploadIsKilledAtAnyMoment(t *testing.T) {
	s, c := cloudScene(t, large(t), map[string]any{"local_days": 2, "days": 2, "weekly": 0, "monthly": 0})
	s.Close()
	now := s.arguments("backup", "now")
	said, killed, requests := c.struck(t, moment{}, now...)
	if killed || !strings.Contains(said, "done") || requests < 6 {
		t.Fatalf("%d requests: %s", requests, said)
	}
	random := rand.New(rand.NewPCG(11, 12))
	struck, parts := 0, 0
	for i := range kills() {
		at := anyMoment(random, requests)
		if i == 0 {
			at = moment{requests / 2, before} // amid the parts
		}
		said, killed, _ := c.struck(t, at, now...)
		if killed {
			struck++
		} else if !strings.Contains(said, "done") {
			t.Errorf("%v: not killed, yet: %s", at, said)
		}
		parts += c.unfinished(t)
		if got := s.sound(t, fmt.Sprint("killed ", at)); got == 0 {
			t.Fatalf("%v: no good backup is left", at)
		}
		if said, _, _ := program(t, 0, nil, now...); !strings.Contains(said, "done") {
			t.Fatalf("%v: the next run: %s", at, said)
		}
		s.tidy(t, c, fmt.Sprint("killed ", at))
	}
	if struck == 0 || parts == 0 {
		t.Errorf("%d kills came in time, %d uploads were left unfinished", struck, parts)
	}
}

// A copy whose upload was killed before its label came is brought again by the hour.
func TestACopyWithoutItsLabelIsBroughtAgain(t *testing.T) {
	s, c := cloudScene(t, register(t), map[string]any{})
	made := backup(t, s.House)
	for _, lost := range []string{"oss", "nas"} {
		if lost == "oss" {
			if _, err := c.backend.DeleteObject("bucket", "kehu/"+made.Name+".json"); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Remove(filepath.Join(s.mounted, made.Name+".json")); err != nil {
			t.Fatal(err)
		}
		runJob(t, s.House, "backup_copies")
		verdicts, err := s.Backup.Verify(ctx, made.Name, self)
		if err != nil || len(verdicts) != 3 {
			t.Fatal(verdicts, err)
		}
		for _, v := range verdicts {
			if v.State != "good" {
				t.Errorf("without the label of %s: %+v", lost, v)
			}
		}
	}
	// one that no other place has is not taken away: its file may still restore
	for _, dir := range []string{local(s.House), s.mounted} {
		for _, suffix := range []string{".json", ".tar.zst.age"} {
			if dir != s.mounted || suffix == ".json" {
				if err := os.Remove(filepath.Join(dir, made.Name+suffix)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, suffix := range []string{".json", ".tar.zst.age"} {
		if _, err := c.backend.DeleteObject("bucket", "kehu/"+made.Name+suffix); err != nil {
			t.Fatal(err)
		}
	}
	backup(t, s.House)
	if !strings.Contains(strings.Join(entriesOf(t, s.mounted), " "), made.Name+".tar.zst.age") {
		t.Error("the last copy of a backup was removed for its lost label")
	}
}

// aged gives a register a backup for each of some days that are past, and a policy that keeps one.
func (s *scene) aged(t *testing.T, c *cloud, days int) {
	t.Helper()
	s.Open()
	record, err := s.App.FindFirstRecordByData("policies", "key", "backups")
	if err != nil {
		t.Fatal(err)
	}
	keep := func(days int) {
		s.Do("superuser", "PATCH", "/api/collections/policies/records/"+record.Id, map[string]any{"value": map[string]any{
			"local_days": days, "days": days, "weekly": 0, "monthly": 0, "places": c.places(s.mounted)}})
	}
	keep(99)
	now := s.Clock()
	for day := range days {
		s.SetNow(time.Now().AddDate(0, 0, day-days))
		backup(t, s.House)
	}
	s.SetNow(now)
	keep(1)
	s.before = tables(t, s.House)
	s.Close()
}

// Killed at any moment of removing what is past its time, the newest is whole in every place, nothing
// half counts, and the next run ends it.
func TestPruningIsKilledAtAnyMoment(t *testing.T) {
	s, c := cloudScene(t, register(t), map[string]any{})
	s.Close()
	prune := s.arguments("backup", "prune")
	const days = 4
	s.aged(t, c, days)
	said, _, requests := c.struck(t, moment{}, prune...)
	if strings.Count(said, "remove") != 3*(days-1) {
		t.Fatal(said)
	}
	random := rand.New(rand.NewPCG(5, 6))
	struck := 0
	for range kills() {
		s.aged(t, c, days)
		at := anyMoment(random, requests)
		if at.when == amid {
			at.when = after // what is asked here has no body
		}
		if _, killed, _ := c.struck(t, at, prune...); killed {
			struck++
		}
		if got := s.sound(t, fmt.Sprint("pruning killed ", at)); got < 1 {
			t.Fatalf("%v: %d good backups are left", at, got)
		}
		if said, _, _ := program(t, 0, nil, prune...); strings.Contains(said, "failed") {
			t.Fatalf("%v: the next run: %s", at, said)
		}
		s.tidy(t, c, fmt.Sprint("pruning killed ", at))
		left := map[string]bool{}
		for _, file := range entriesOf(t, s.mounted) {
			left[strings.Split(file, "-")[2]] = true
		}
		if len(left) != 1 {
			t.Errorf("%v: more than the newest day is left: %v", at, left)
		}
	}
	if struck == 0 {
		t.Error("no kill came in time")
	}
}
