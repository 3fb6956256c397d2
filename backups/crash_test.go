package backups_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"kehu/backups"
	"kehu/commands"
	"kehu/tests"
)

// childVariable asks the test binary to be the program itself: its arguments, one a line.
const childVariable = "KEHU_BACKUPS_CHILD"

func TestMain(m *testing.M) {
	if arguments := os.Getenv(childVariable); arguments != "" {
		prepareChild()
		os.Exit(commands.Main(strings.Split(arguments, "\n"), fstest.MapFS{}, "test"))
	}
	os.Exit(m.Run())
}

// kills is how often each act is killed.
func kills() int {
	if os.Getenv("KEHU_FULL") == "1" {
		return 50
	}
	return 4
}

// program runs the command line in a process of its own, killed after a while where that is not 0.
func program(t *testing.T, after time.Duration, env []string, arguments ...string) (said string, killed bool, took time.Duration) {
	t.Helper()
	c, out := child(env, arguments...)
	began := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		timer := time.AfterFunc(after, func() { _ = c.Process.Kill() })
		defer timer.Stop()
	}
	said, killed = ended(c, out)
	return said, killed, time.Since(began)
}

// child is the command line, not started yet, and what it says.
func child(env []string, arguments ...string) (*exec.Cmd, *bytes.Buffer) {
	c := exec.Command(os.Args[0])
	c.Env = append(append(os.Environ(), childVariable+"="+strings.Join(arguments, "\n"), "LANG=en"), env...)
	out := &bytes.Buffer{}
	c.Stdout, c.Stderr = out, out
	return c, out
}

func ended(c *exec.Cmd, out *bytes.Buffer) (said string, killed bool) {
	if err := c.Wait(); err != nil {
		out.WriteString(fmt.Sprint(" (", err, ")"))
	}
	return out.String(), c.ProcessState.ExitCode() == -1
}

// scene is a closed register with a mounted folder beside it.
type scene struct {
	*tests.House
	mounted string
	before  map[string]string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	h := register(t)
	s := &scene{House: h, mounted: t.TempDir()}
	h.Create("superuser", "policies", map[string]any{"key": "backups", "value": map[string]any{
		"local_days": 2, "days": 2, "weekly": 0, "monthly": 0,
		"places": []any{map[string]any{"name": "nas", "kind": "folder", "path": s.mounted}}}})
	s.before = tables(t, h)
	return s
}

func (s *scene) arguments(words ...string) []string {
	return append(words, "--dir", s.Dir, "--keys", s.Keys)
}

// sound opens the register again and looks: data as they were, every backup that counts as whole is
// so to its last byte, nothing half is left.
func (s *scene) sound(t *testing.T, what string) (good int) {
	t.Helper()
	s.Open()
	defer s.Close()
	same(t, s.before, tables(t, s.House))
	for _, l := range listed(t, s.House) {
		if !l.Good {
			continue // label or body alone: it counts for nothing
		}
		good++
		verdicts, err := s.Backup.Verify(ctx, l.Name, self)
		if err != nil {
			t.Fatal(err)
		}
		whole := false
		for _, v := range verdicts {
			whole = whole || v.State == "good"
		}
		if !whole {
			t.Errorf("%s: %s counts as good: %v", what, l.Name, verdicts)
		}
	}
	for _, dir := range []string{local(s.House), s.mounted, s.Dir} {
		for _, pattern := range []string{".part-*", "scratch-*", ".kehu-drill-*"} {
			if left, _ := filepath.Glob(filepath.Join(dir, pattern)); len(left) > 0 && pattern != "scratch-*" {
				t.Errorf("%s: left behind: %v", what, left)
			}
		}
	}
	return good
}

// Killed at any moment of making a backup, of bringing it to a second place, or of removing what is
// past its time, the data are as they were and every backup that counts is whole.
func TestABackupIsKilledAtAnyMoment(t *testing.T) {
	s := newScene(t)
	s.Close()
	said, killed, whole := program(t, 0, nil, s.arguments("backup", "now")...)
	if killed || !strings.Contains(said, "done") {
		t.Fatal(said)
	}
	if got := s.sound(t, "without a kill"); got != 1 {
		t.Fatalf("%d backups", got)
	}
	random := rand.New(rand.NewPCG(3, 4))
	struck := 0
	for range kills() {
		after := time.Duration(random.Int64N(int64(whole))) + time.Millisecond
		said, killed, _ := program(t, after, nil, s.arguments("backup", "now")...)
		if killed {
			struck++
		} else if !strings.Contains(said, "done") {
			t.Errorf("not killed, yet: %s", said)
		}
		if plain := plainFiles(t, filepath.Dir(s.Dir)); len(plain) > 0 {
			t.Fatalf("after a kill at %v: in plain: %v", after, plain)
		}
		if got := s.sound(t, fmt.Sprint("killed at ", after)); got == 0 {
			t.Fatalf("no good backup is left after a kill at %v", after)
		}
	}
	if struck == 0 {
		t.Error("no kill came in time")
	}
	said, _, _ = program(t, 0, nil, s.arguments("backup", "now")...)
	if !strings.Contains(said, "done") {
		t.Errorf("after all kills: %s", said)
	}
}

// Killed at any moment of a restore, the directory holds the old data or the new, and running it
// again ends it.
func TestARestoreIsKilledAtAnyMoment(t *testing.T) {
	s := newScene(t)
	made := backup(t, s.House)
	s.Create("data_admin", "customers", map[string]any{"kind": "enterprise", "name": "备份之后的公司"})
	after := tables(t, s.House)
	if fmt.Sprint(after) == fmt.Sprint(s.before) {
		t.Fatal("nothing changed")
	}
	s.Close()
	command := s.arguments("backup", "restore", bodyOf(s.House, made.Name))
	pristine := filepath.Join(t.TempDir(), "pristine")
	if err := os.CopyFS(pristine, os.DirFS(s.Dir)); err != nil {
		t.Fatal(err)
	}
	again := func() {
		t.Helper()
		if err := os.RemoveAll(s.Dir); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(s.Dir, os.DirFS(pristine)); err != nil {
			t.Fatal(err)
		}
	}
	said, _, whole := program(t, 0, nil, command...)
	if !strings.Contains(said, "restored to") {
		t.Fatal(said)
	}
	random := rand.New(rand.NewPCG(7, 8))
	olds, news := 0, 0
	for i := range kills() {
		again()
		at := time.Duration(random.Int64N(int64(whole))) + time.Millisecond
		if i%2 == 1 {
			at = whole - whole/10 + time.Duration(random.Int64N(int64(whole/8))) // where the data change places
		}
		program(t, at, nil, command...)
		// what a start does first
		if err := backups.Finish(s.Dir, s.Keys); err != nil {
			t.Fatal(err)
		}
		s.Open()
		got := fmt.Sprint(tables(t, s.House))
		s.Close()
		switch got {
		case fmt.Sprint(after):
			olds++
		case fmt.Sprint(s.before):
			news++
		default:
			t.Fatalf("killed at %v: neither the old data nor the new", at)
		}
		if said, _, _ := program(t, 0, nil, command...); !strings.Contains(said, "restored to") {
			t.Fatalf("again: %s", said)
		}
		s.Open()
		same(t, s.before, tables(t, s.House))
		s.Close()
	}
	t.Logf("old %d, new %d", olds, news)
}

// Every step of changing places is stopped once: Finish goes on wherever it was.
func TestFinishGoesOnWhereverItWasStopped(t *testing.T) {
	s := newScene(t)
	made := backup(t, s.House)
	s.Create("data_admin", "customers", map[string]any{"kind": "enterprise", "name": "备份之后的公司"})
	if err := s.Backup.Stage(ctx, made.Name, self); err != nil {
		t.Fatal(err)
	}
	s.Close()
	pristine := filepath.Join(t.TempDir(), "pristine")
	if err := os.CopyFS(pristine, os.DirFS(s.Dir)); err != nil {
		t.Fatal(err)
	}
	staged := func(name string) string { return filepath.Join(s.Dir, ".kehu-restore", "new", name) }
	aside := func() string {
		text, err := os.ReadFile(filepath.Join(s.Dir, ".kehu-restore", "ready.json"))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), `"aside":"`)
		stamp, _, _ := strings.Cut(rest, `"`)
		return filepath.Join(s.Dir, ".kehu-before-"+stamp)
	}
	move := func(from, to string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	moved := func() {
		t.Helper()
		if err := os.WriteFile(filepath.Join(s.Dir, ".kehu-restore", "moved"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, stopped := range map[string]func(){
		"before anything": func() {},
		"old database moved, its files not": func() {
			move(filepath.Join(s.Dir, "data.db"), filepath.Join(aside(), "data.db"))
		},
		"all old ones moved, not noted": func() {
			for _, e := range entriesOf(t, s.Dir) {
				if !strings.HasPrefix(e, ".kehu-") {
					move(filepath.Join(s.Dir, e), filepath.Join(aside(), e))
				}
			}
		},
		"noted, one new one moved": func() {
			for _, e := range entriesOf(t, s.Dir) {
				if !strings.HasPrefix(e, ".kehu-") {
					move(filepath.Join(s.Dir, e), filepath.Join(aside(), e))
				}
			}
			moved()
			move(staged("data.db"), filepath.Join(s.Dir, "data.db"))
		},
	} {
		if err := os.RemoveAll(s.Dir); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(s.Dir, os.DirFS(pristine)); err != nil {
			t.Fatal(err)
		}
		stopped()
		for range 2 { // the second time there is nothing to do
			if err := backups.Finish(s.Dir, s.Keys); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		s.Open()
		same(t, s.before, tables(t, s.House))
		s.Close()
		if _, err := os.Stat(filepath.Join(s.Dir, ".kehu-restore")); err == nil {
			t.Errorf("%s: the staging folder is still there", name)
		}
		if kept, _ := filepath.Glob(filepath.Join(s.Dir, ".kehu-before-*", "data.db")); len(kept) != 1 {
			t.Errorf("%s: the old database is not kept: %v", name, kept)
		}
	}
}

func entriesOf(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
