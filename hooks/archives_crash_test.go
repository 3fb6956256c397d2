package hooks_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kehu/hooks"
	"kehu/tests"
)

var errCut = errors.New("cut off")

// cutting is a register whose archive fails at one step.
func cutting(t *testing.T) (h *tests.House, cut *string, steps *[]string) {
	cut, steps = new(string), new([]string)
	h = tests.Start(t, func(o *hooks.Options) {
		o.Step = func(name string) error {
			*steps = append(*steps, name)
			if name == *cut {
				return errCut
			}
			return nil
		}
	})
	return h, cut, steps
}

// At whatever step archiving, restoring or destroying fails, nothing has happened; tried again, it
// happens whole.
func TestTheArchiveIsWholeAtEveryStep(t *testing.T) {
	h, cut, steps := cutting(t)
	id, _ := rich(t, h, picture(t, "x"))
	before := cells(t, h)
	request := askArchive(t, h, "sales", id)
	archiveOf := func() string {
		return value[string](h, "SELECT coalesce(max(id), '') FROM archives WHERE state = 'kept'")
	}
	unchanged := func(t *testing.T, name string, a tests.Answer, was map[string]string) {
		t.Helper()
		if a.Status < 400 {
			t.Errorf("%s fails and answers %d", name, a.Status)
		}
		for _, line := range differing(was, cells(t, h)) {
			t.Errorf("%s: %s", name, line)
		}
	}
	each := func(t *testing.T, kind string, least int, do func() tests.Answer) {
		*steps = nil
		was := cells(t, h)
		*cut = kind + " commit"
		unchanged(t, *cut, do(), was)
		all := *steps
		if len(all) < least {
			t.Fatalf("%d steps: %v", len(all), all)
		}
		for _, name := range all {
			*cut = name
			unchanged(t, name, do(), was)
		}
		*cut = ""
		if a := do(); a.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", kind, a.Status, a.Body)
		}
	}
	each(t, "archive", 8, func() tests.Answer { return approve(h, "manager", request) })
	wantNone(h, "rows are left", "SELECT id FROM customers WHERE id = '"+id+"'")
	archive := archiveOf()
	each(t, "restore", 6, func() tests.Answer {
		return h.Do("manager", "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"})
	})
	same(t, h, before)
	request = askArchive(t, h, "sales", id)
	if a := approve(h, "manager", request); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	archive = archiveOf()
	h.SetNow(tests.Now.AddDate(6, 0, 0))
	request = requestOf(h.Do("manager", "POST", "/api/kehu/archives/"+archive+"/purge", map[string]any{"reason": "保存期限已满"}))
	each(t, "purge", 3, func() tests.Answer { return approve(h, "data_admin", request) })
}

// The files of what was destroyed are deleted at the next start, where a kill came between.
func TestFilesOfThePurgedGoAtTheNextStart(t *testing.T) {
	h, cut, _ := cutting(t)
	id, _ := rich(t, h, picture(t, "x"))
	before := storedFiles(h)
	archive := archived(t, h, "sales", "manager", id)
	h.SetNow(tests.Now.AddDate(6, 0, 0))
	request := requestOf(h.Do("manager", "POST", "/api/kehu/archives/"+archive+"/purge", map[string]any{"reason": "保存期限已满"}))
	*cut = "purge files"
	if a := approve(h, "data_admin", request); a.Status != http.StatusOK || storedFiles(h) != before {
		t.Fatalf("%d %s, %d files", a.Status, a.Body, storedFiles(h))
	}
	*cut = ""
	h.Close()
	h.Open()
	if n := storedFiles(h); n != before-1 {
		t.Errorf("%d files are stored, were %d", n, before)
	}
	wantNone(h, "files are still listed", "SELECT name FROM kehu_archive_files")
}

// A file that cannot be read keeps its customer out of the archive.
func TestADamagedFileIsNotArchived(t *testing.T) {
	h := tests.Start(t)
	id, file := rich(t, h, picture(t, "x"))
	path := h.Dir + "/storage/kehuattachments/" + file
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	before := cells(t, h)
	request := askArchive(t, h, "sales", id)
	if a := approve(h, "manager", request); a.Code("") != "archive_unreadable" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	same(t, h, before)
}

// Archived and restored, in whatever order, every business field of every table is as it was.
func TestArchiveThenRestoreIsAsIfNothingHadHappened(t *testing.T) {
	fewChecks(t, 8, 60)
	h := tests.Start(t)
	moves, runs := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := &mergeWorld{T: rt, tb: t, h: h, serial: 10_000 + runs*200, expected: map[string]string{}, children: map[string]string{}}
		runs++
		w.populate()
		execute(t, h, "UPDATE customers SET status = 'active'")
		before, history := cells(t, h), historyOf(t, h)
		kept := map[string]string{}
		back := func(id string) {
			a := w.post("/api/kehu/archives/"+kept[id]+"/restore", map[string]any{"reason": "客户恢复营业"})
			if a.Status != http.StatusOK {
				rt.Fatalf("restore: %d %s", a.Status, a.Body)
			}
			delete(kept, id)
			moves++
		}
		for range rapid.IntRange(1, 10).Draw(rt, "moves") {
			id := rapid.SampledFrom(w.living).Draw(rt, "whose")
			if kept[id] != "" {
				back(id)
				continue
			}
			kept[id] = archived(t, h, "superuser", "data_admin", id)
		}
		for _, id := range rapid.Permutation(w.living).Draw(rt, "back") {
			if kept[id] != "" {
				back(id)
			}
		}
		same(t, h, before)
		if t.Failed() {
			rt.Fatal("not as it was")
		}
		for _, line := range differing(history, historyOf(t, h)) {
			rt.Fatalf("history: %s", line)
		}
		w.clear()
		execute(t, h, "DELETE FROM archives")
		execute(t, h, "DELETE FROM approvals")
	})
	if moves < runs {
		t.Errorf("%d customers were restored in %d registers", moves, runs)
	}
}

// Killed at any moment of archiving and restoring, a customer is whole, in the register or in the
// archive, and never in both.
func TestTheArchiveSurvivesKills(t *testing.T) {
	rounds := 3
	if os.Getenv("KEHU_FULL") == "1" {
		rounds = 40
	}
	h := tests.Start(t)
	id, _ := rich(t, h, picture(t, "x"))
	before := cells(t, h)
	h.Close()
	p := &program{House: h}
	p.start()
	t.Cleanup(p.kill)
	random := rand.New(rand.NewPCG(11, uint64(rounds)))
	archive, seen := "", map[string]int{}
	for round := range rounds {
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			time.Sleep(time.Duration(20+random.IntN(150)) * time.Millisecond)
			_ = p.process.Process.Kill()
		}()
		if archive == "" {
			asked := p.attempt("sales", "/api/kehu/customers/"+id+"/archive",
				map[string]any{"reason": endedReason, "last_contact": "2020-03-01"})
			if request := requestOf(asked); request != "" {
				p.attempt("manager", "/api/kehu/approvals/"+request+"/approve", map[string]any{"note": "同意"})
			}
		} else {
			p.attempt("manager", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"})
		}
		<-killed
		p.take()
		living := value[int](h, "SELECT count(*) FROM customers WHERE id = '"+id+"'")
		archive = value[string](h, "SELECT coalesce(max(id), '') FROM archives WHERE state = 'kept'")
		if kept := value[int](h, "SELECT count(*) FROM archives WHERE state = 'kept'"); living+kept != 1 {
			t.Fatalf("round %d: %d in the register, %d in the archive", round, living, kept)
		}
		seen[fmt.Sprint(living)]++
		execute(t, h, "UPDATE approvals SET state = 'cancelled' WHERE state = 'open'")
		if living == 1 {
			sound(h)
			same(t, h, before)
		}
		p.Close()
		if round < rounds-1 {
			p.start()
		}
	}
	h.Open()
	if archive != "" {
		do(t, h, "data_admin", "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "客户恢复营业"})
	}
	sound(h)
	same(t, h, before)
	if v := h.Do("data_admin", "GET", "/api/kehu/audit/verify", nil).JSON(); v["ok"] != true {
		t.Errorf("the audit log after %d kills: %v", rounds, v)
	}
	t.Logf("after %d kills: %v (1: in the register, 0: in the archive)", rounds, seen)
}

// attempt sends a request to a program that may be killed meanwhile.
func (p *program) attempt(role, path string, values map[string]any) tests.Answer {
	request, err := http.NewRequest("POST", p.URL+path, body(values))
	if err != nil {
		p.TB.Fatal(err)
	}
	request.Header.Set("Authorization", p.Tokens[role])
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return tests.Answer{}
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return tests.Answer{}
	}
	return tests.Answer{Status: response.StatusCode, Body: content, Header: response.Header}
}
