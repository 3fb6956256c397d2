package hooks_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xuri/excelize/v2"

	"kehu/bench"
	"kehu/commands"
	"kehu/tests"
)

// Sizes of the crash proofs: short, and with KEHU_FULL=1.
const (
	crashRounds     = 1
	crashRoundsFull = 10
	crashRows       = 3000
	crashWrong      = 5   // of a hundred rows
	crashKnown      = 150 // customers that the import finds and updates
)

// childVariable asks the test binary to be the program itself: its arguments, one a line.
const childVariable = "KEHU_HOOKS_CHILD"

// TestMain turns the test binary into the server that a proof kills.
func TestMain(m *testing.M) {
	if arguments := os.Getenv(childVariable); arguments != "" {
		prepareChild()
		os.Exit(commands.Main(strings.Split(arguments, "\n"), fstest.MapFS{}, "test"))
	}
	os.Exit(m.Run())
}

// program is the whole register as a process of its own, on the directory of a closed house.
type program struct {
	*tests.House
	process *exec.Cmd
}

// run closes the house in this process, and starts the program on its directory.
func run(t *testing.T) *program {
	h := tests.Start(t)
	h.Close()
	p := &program{House: h}
	p.start()
	t.Cleanup(p.kill)
	return p
}

func (p *program) start() {
	p.TB.Helper()
	arguments := []string{"serve", "--dir", p.Dir, "--keys", p.Keys, "--http", "127.0.0.1:0"}
	p.process = exec.Command(os.Args[0])
	p.process.Env = append(os.Environ(), childVariable+"="+strings.Join(arguments, "\n"))
	var said bytes.Buffer
	p.process.Stderr = &said
	out, err := p.process.StdoutPipe()
	if err != nil {
		p.TB.Fatal(err)
	}
	if err := p.process.Start(); err != nil {
		p.TB.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "Web "); ok {
			p.URL = strings.TrimSuffix(strings.TrimSpace(url), "/")
			go func() {
				for lines.Scan() { // what it says further on
				}
			}()
			return
		}
	}
	p.process.Wait()
	p.TB.Fatalf("the program did not start: %s", said.String())
}

// kill ends the program as a power cut does, for the processes of this machine.
func (p *program) kill() {
	if p.process != nil {
		_ = p.process.Process.Kill()
		_ = p.process.Wait()
		p.process = nil
	}
}

// killAfter kills the program after some time and starts it again.
func (p *program) killAfter(wait time.Duration) {
	p.TB.Helper()
	time.Sleep(wait)
	p.kill()
	p.start()
}

// take opens the directory in this process, to look at what the program left.
func (p *program) take() {
	p.TB.Helper()
	p.kill()
	p.Open()
}

func (p *program) post(path string) tests.Answer {
	return p.Do("data_admin", "POST", "/api/kehu/imports/"+path, nil)
}

// begin sends a workbook and starts its import.
func (p *program) begin(name string, content []byte, form map[string]any) (id string) {
	p.TB.Helper()
	show := p.Upload("data_admin", name, content, form)
	id, _ = show["id"].(string)
	if a := p.post(id + "/start"); a.Status != http.StatusAccepted {
		p.TB.Fatalf("start: %d %s", a.Status, a.Body)
	}
	return id
}

// value reads one number or text straight from the database.
func value[T any](h *tests.House, query string) (out T) {
	h.TB.Helper()
	if err := h.App.DB().NewQuery(query).Row(&out); err != nil {
		h.TB.Fatalf("%s: %v", query, err)
	}
	return out
}

func wantNone(h *tests.House, what, query string) {
	h.TB.Helper()
	if n := value[int](h, "SELECT count(*) FROM ("+query+")"); n != 0 {
		h.TB.Errorf("%d %s", n, what)
	}
}

// sound checks what must be true of every register, whatever was killed.
func sound(h *tests.House) {
	h.TB.Helper()
	if found := value[string](h, "PRAGMA integrity_check"); found != "ok" {
		h.TB.Errorf("integrity: %s", found)
	}
	if _, err := h.App.NonconcurrentDB().NewQuery(
		"INSERT INTO kehu_search (kehu_search) VALUES ('integrity-check')").Execute(); err != nil {
		h.TB.Errorf("search index: %v", err)
	}
	wantNone(h, "names stand twice", "SELECT name FROM customers GROUP BY name HAVING count(*) > 1")
	wantNone(h, "numbers stand twice", "SELECT number FROM customers GROUP BY number HAVING count(*) > 1")
	wantNone(h, "marks stand twice", "SELECT doc FROM customers GROUP BY doc HAVING count(*) > 1")
	wantNone(h, "customers without a number", "SELECT id FROM customers WHERE number = ''")
	wantNone(h, "customers without a search entry",
		"SELECT doc FROM customers EXCEPT SELECT rowid FROM kehu_search")
	wantNone(h, "search entries without a customer",
		"SELECT rowid FROM kehu_search EXCEPT SELECT doc FROM customers")
	wantNone(h, "customers without their contact",
		"SELECT id FROM customers c WHERE NOT EXISTS (SELECT 1 FROM contacts WHERE customer = c.id)")
	wantNone(h, "contacts without a customer",
		"SELECT id FROM contacts c WHERE NOT EXISTS (SELECT 1 FROM customers WHERE id = c.customer)")
	wantNone(h, "tasks without a customer",
		"SELECT id FROM tasks t WHERE t.kind = 'complete' AND NOT EXISTS (SELECT 1 FROM customers WHERE id = t.customer)")
	wantNone(h, "sealed values without a customer",
		"SELECT 1 FROM kehu_sealed s WHERE NOT EXISTS (SELECT 1 FROM customers WHERE id = s.customer)")
	customers := value[int](h, "SELECT count(*) FROM customers")
	if n := value[int](h, "SELECT coalesce(sum(n), 0) FROM kehu_totals"); n != customers {
		h.TB.Errorf("the totals are %d, the customers %d", n, customers)
	}
}

// bookOf checks that the import's own book has every row once, as the counts say.
func bookOf(h *tests.House, show map[string]any) {
	h.TB.Helper()
	id, counts := show["id"].(string), tests.Counts(show)
	rows := "FROM import_rows WHERE `import` = '" + id + "'"
	if n := value[int](h, "SELECT count(DISTINCT `row`) "+rows); n != counts["total"] ||
		sumOf(counts) != counts["total"] {
		h.TB.Errorf("%d rows in the book: %v", n, counts)
	}
	for _, outcome := range []string{"created", "incomplete", "updated", "unchanged", "failed", "duplicate"} {
		if n := value[int](h, "SELECT count(*) "+rows+" AND outcome = '"+outcome+"'"); n != counts[outcome] {
			h.TB.Errorf("%d rows %s in the book: %v", n, outcome, counts)
		}
	}
}

// crashBooks are the measured workbook, and its first customers with another need: what the
// second import updates.
func crashBooks(t *testing.T) (all, known []byte) {
	t.Helper()
	var out bytes.Buffer
	if err := bench.WriteWorkbook(&out, crashRows, crashWrong); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	var first [][]any
	for i, row := range rows[:1+crashKnown*100/(100-crashWrong)+crashWrong] {
		line := make([]any, len(row))
		for k, cell := range row {
			line[k] = cell
			if i > 0 && rows[0][k] == "核心需求" {
				line[k] = "旧需求"
			}
		}
		if i == 0 || len(row[11]) == 11 { // not the wrong ones
			first = append(first, line)
		}
	}
	return out.Bytes(), tests.Workbook(first...)
}

func rounds() int {
	if os.Getenv("KEHU_FULL") == "1" {
		return crashRoundsFull
	}
	return crashRounds
}

// upTo is a random part of a time.
func upTo(d time.Duration) time.Duration { return rand.N(d) + time.Millisecond }

// An import that is killed again and again ends done, with every row once; its undo, killed again
// and again, ends with what was there before it.
func TestAnImportIsKilledAtAnyMoment(t *testing.T) {
	all, known := crashBooks(t)
	update := map[string]any{"options": map[string]any{"on_duplicate": "update"}}
	for round := range rounds() {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			p := run(t)
			before := p.Wait("data_admin", p.begin("旧.xlsx", known, nil), "running")
			was := tests.Counts(before)
			work := p.Do("data_admin2", "GET", "/api/kehu/me/tasks", nil).JSON()["approvals"].([]any)
			for _, request := range work { // under review nobody changes them
				a := p.Do("data_admin2", "POST", "/api/kehu/approvals/"+request.(map[string]any)["id"].(string)+"/approve", nil)
				if a.Status != http.StatusOK {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
			}
			sent := p.Send("data_admin", "新.xlsx", all, update)
			if sent.Status != http.StatusAccepted {
				t.Fatalf("%d %s", sent.Status, sent.Body)
			}
			p.killAfter(upTo(100 * time.Millisecond)) // in the preview
			id := sent.Text("id")
			if show := p.Wait("data_admin", id, "previewing"); show["state"] != "ready" {
				t.Fatalf("the preview ended %v: %v", show["state"], show["error"])
			}
			if a := p.post(id + "/start"); a.Status != http.StatusAccepted {
				t.Fatalf("start: %d %s", a.Status, a.Body)
			}
			for range 3 {
				p.killAfter(upTo(700 * time.Millisecond))
			}
			show := p.Wait("data_admin", id, "running")
			wrong := crashRows * crashWrong / 100
			wantCounts(t, show, map[string]int{"created": tests.Counts(show)["created"],
				"incomplete": crashRows - wrong - was["total"] - tests.Counts(show)["created"],
				"updated":    was["total"], "failed": wrong})
			t.Logf("note: %v", show["note"])
			found := p.Do("data_admin", "GET", "/api/kehu/search?q="+lastName(t, all), nil)
			if !strings.Contains(string(found.Body), lastName(t, all)) {
				t.Errorf("the last customer is not found: %s", found.Body)
			}
			p.take()
			if n := value[int](p.House, "SELECT count(*) FROM customers"); n != crashRows-wrong {
				t.Errorf("%d customers, want %d", n, crashRows-wrong)
			}
			sound(p.House)
			bookOf(p.House, show)
			p.Close()
			p.start()
			undoneAfterKills(p, show, was["total"])
		})
	}
}

func lastName(t *testing.T, book []byte) string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name, err := f.GetCellValue(f.GetSheetName(0), fmt.Sprintf("A%d", crashRows+1))
	if err != nil || name == "" {
		t.Fatal(name, err)
	}
	return name
}

// undoneAfterKills kills the program in the midst of an undo: it is finished by the next start, or
// by who asks again.
func undoneAfterKills(p *program, show map[string]any, before int) {
	p.TB.Helper()
	id := show["id"].(string)
	go func(url, token string) { // its answer never comes
		request, _ := http.NewRequest("POST", url+"/api/kehu/imports/"+id+"/undo", nil)
		request.Header.Set("Authorization", token)
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
		}
	}(p.URL, p.Tokens["data_admin"])
	for range 2 {
		p.killAfter(upTo(400 * time.Millisecond))
	}
	if a := p.post(id + "/undo"); a.Status != http.StatusOK && a.Code("") != "import_state" {
		p.TB.Fatalf("undo: %d %s", a.Status, a.Body)
	}
	now := p.Do("data_admin", "GET", "/api/kehu/imports/"+id, nil).JSON()
	counts := tests.Counts(now)
	written := counts["created"] + counts["incomplete"] + counts["updated"]
	if now["state"] != "undone" || counts["restored"] != written || counts["touched"] != 0 {
		p.TB.Errorf("undone: %v %v %v", now["state"], now["note"], counts)
	}
	p.TB.Logf("note of the undo: %v", now["note"])
	p.take()
	sound(p.House)
	if n := value[int](p.House, "SELECT count(*) FROM customers"); n != before {
		p.TB.Errorf("%d customers after the undo, want %d", n, before)
	}
	wantNone(p.House, "updates that stayed",
		"SELECT id FROM customers WHERE current_need != '旧需求'")
	p.Close()
}

// A dry run that was killed begins anew, and has written nothing but its own book.
func TestADryRunIsKilled(t *testing.T) {
	all, _ := crashBooks(t)
	p := run(t)
	id := p.begin("客户.xlsx", all, map[string]any{"options": map[string]any{"dry_run": true}})
	for range 3 {
		p.killAfter(upTo(400 * time.Millisecond))
	}
	show := p.Wait("data_admin", id, "running")
	wrong := crashRows * crashWrong / 100
	if counts := tests.Counts(show); show["state"] != "done" || counts["failed"] != wrong ||
		counts["created"]+counts["incomplete"] != crashRows-wrong {
		t.Errorf("%v %v %v", show["state"], show["error"], counts)
	}
	if note, _ := show["note"].(string); strings.Contains(note, "继续") {
		t.Errorf("a dry run does not go on, it begins anew: %s", note)
	}
	p.take()
	sound(p.House)
	bookOf(p.House, show)
	if n := value[int](p.House, "SELECT count(*) FROM customers"); n != 0 {
		t.Errorf("%d customers", n)
	}
	left, err := filepath.Glob(filepath.Join(p.Dir, "*scratch*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	p.Close()
}

// TestADecisionSurvivesKills kills the program while it carries a decision about an import out: at the end
// every customer is active, and was made so once.
func TestADecisionSurvivesKills(t *testing.T) {
	const rows = 2000
	p := run(t)
	var book bytes.Buffer
	if err := bench.WriteWorkbook(&book, rows, 0); err != nil {
		t.Fatal(err)
	}
	id := p.begin("customers.xlsx", book.Bytes(), nil)
	show := p.Wait("data_admin", id, "running")
	if tests.Counts(show)["pending"] != rows {
		t.Fatalf("%v", show)
	}
	open := p.Do("manager", "GET", "/api/collections/approvals/records?filter="+url.QueryEscape(`kind="batch"`), nil)
	if items := open.JSON()["items"].([]any); len(items) == 0 {
		open = p.Do("data_admin2", "GET", "/api/collections/approvals/records?filter="+url.QueryEscape(`kind="batch"`), nil)
	}
	request := open.JSON()["items"].([]any)[0].(map[string]any)["id"].(string)
	cut := false
	go func() { // cut off with the program
		body := strings.NewReader(`{"note":"核对无误"}`)
		ask, _ := http.NewRequest("POST", p.URL+"/api/kehu/approvals/"+request+"/approve", body)
		ask.Header.Set("Authorization", p.Tokens["data_admin2"])
		ask.Header.Set("Content-Type", "application/json")
		if answer, err := http.DefaultClient.Do(ask); err == nil {
			answer.Body.Close()
		}
	}()
	for range 2 {
		p.killAfter(90 * time.Millisecond)
		time.Sleep(20 * time.Millisecond)
	}
	p.take()
	if state := value[string](p.House, "SELECT state FROM approvals WHERE id = '"+request+"'"); state == "open" { // killed before it
		do(t, p.House, "data_admin2", "POST", "/api/kehu/approvals/"+request+"/approve", map[string]any{"note": "核对无误"})
	}
	for range 1500 {
		if value[int](p.House, "SELECT count(*) FROM kehu_batches") == 0 {
			break
		}
		cut = true
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("something was left to this process: %v", cut)
	if n := value[int](p.House, "SELECT count(*) FROM customers WHERE status = 'active'"); n != rows {
		t.Errorf("%d of %d are active", n, rows)
	}
	if n := value[int](p.House, "SELECT count(*) FROM changes WHERE field = 'status' AND via = 'approval'"); n != rows {
		t.Errorf("%d entries in the history", n)
	}
	if n := value[int](p.House, "SELECT count(*) FROM (SELECT customer FROM changes WHERE field = 'status' GROUP BY customer HAVING count(*) > 1)"); n != 0 {
		t.Errorf("%d were made active twice", n)
	}
}
