package hooks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kehu/tests"
)

// reviewWorld is a register in which random people do what they may and what they may not.
type reviewWorld struct {
	*rapid.T
	tb     *testing.T
	h      *tests.House
	ones   []string                     // customers that were entered
	first  map[string]map[string]string // their values as they were entered
	merges []string
	serial int
	done   map[string]int // what succeeded, of each kind
}

// toldFields are the fields whose every value the history must explain.
var toldFields = []string{"name", "short_name", "mobile", "owner", "status", "paper_ref", "current_need"}

var lawPeople = []string{"sales", "sales2", "manager", "manager2", "data_admin", "data_admin2", "service", "executive"}

func (w *reviewWorld) who() string { return rapid.SampledFrom(lawPeople).Draw(w.T, "who") }

func (w *reviewWorld) one() string { return rapid.SampledFrom(w.ones).Draw(w.T, "whom") }

// act asks for something that may well be refused, but never breaks.
func (w *reviewWorld) act(kind, role, method, path string, body any) tests.Answer {
	a := w.h.Do(role, method, path, body)
	if a.Status >= 500 {
		w.Fatalf("%s as %s: %d %s", kind, role, a.Status, a.Body)
	}
	if a.Status == http.StatusOK {
		w.done[kind]++
	}
	return a
}

func (w *reviewWorld) values(id string) map[string]string {
	out := map[string]string{}
	for _, key := range toldFields {
		out[key] = value[string](w.h, "SELECT coalesce(max("+key+"), '') FROM customers WHERE id = '"+id+"'")
	}
	return out
}

func (w *reviewWorld) enter(t *rapid.T) {
	w.T = t
	role := rapid.SampledFrom([]string{"sales", "sales2", "manager"}).Draw(t, "by")
	w.serial++
	id := entered(w.h, role, fmt.Sprintf("规律%c%c仪器有限公司", '一'+rune(w.serial), '丁'+rune(w.serial%97)), map[string]any{
		"confirm_duplicate": "规律的试验"})
	w.ones = append(w.ones, id)
	w.first[id] = w.values(id)
}

func (w *reviewWorld) submit(t *rapid.T) {
	w.T = t
	id := w.one()
	w.act("submit", w.who(), "POST", "/api/kehu/customers/"+id+"/submit", map[string]any{})
}

// edit: who needs a request must not get through without one.
func (w *reviewWorld) edit(t *rapid.T) {
	w.T = t
	w.serial++
	id, role := w.one(), w.who()
	field := rapid.SampledFrom([]string{"short_name", "paper_ref", "current_need", "name"}).Draw(t, "field")
	before := w.values(id)
	a := w.act("edit", role, "PATCH", "/api/collections/customers/records/"+id,
		map[string]any{field: fmt.Sprintf("改%d", w.serial), "confirm_duplicate": "规律的试验"})
	free := field == "paper_ref" || field == "current_need"
	after := w.values(id)
	switch {
	case a.Status != http.StatusOK && asText(after) != asText(before):
		w.Fatalf("refused with %d and written all the same: %v, was %v", a.Status, after, before)
	case after[field] == before[field]:
	case before["status"] == "pending":
		w.Fatalf("%s changed %s of a customer under review", role, field)
	case before["status"] == "active" && !free && role != "data_admin" && role != "data_admin2":
		w.Fatalf("%s changed %s of an active customer without a request", role, field)
	}
}

func (w *reviewWorld) request(t *rapid.T) {
	w.T = t
	w.serial++
	id, role := w.one(), w.who()
	before := w.values(id)
	field := rapid.SampledFrom([]string{"short_name", "mobile", "name"}).Draw(t, "field")
	wanted := fmt.Sprintf("请求%d", w.serial)
	if field == "mobile" {
		wanted = mobileNo(700 + w.serial)
	}
	w.act("request", role, "POST", "/api/kehu/customers/"+id+"/changes", map[string]any{
		"changes": map[string]any{field: wanted}, "reason": "客户来电更正", "confirmed_with": "电话", "confirm_duplicate": "规律的试验"})
	admin := role == "data_admin" || role == "data_admin2"
	if after := w.values(id); asText(after) != asText(before) && !admin {
		w.Fatalf("%s only asked, and it is written: %v, was %v", role, after, before)
	}
}

func (w *reviewWorld) decide(t *rapid.T) {
	w.T = t
	var open []string
	if err := w.h.App.DB().NewQuery("SELECT id FROM approvals WHERE state = 'open' ORDER BY id").Column(&open); err != nil {
		t.Fatal(err)
	}
	if len(open) == 0 {
		return
	}
	act := rapid.SampledFrom([]string{"approve", "approve", "approve", "reject", "cancel"}).Draw(t, "act")
	w.act(act, w.who(), "POST", "/api/kehu/approvals/"+rapid.SampledFrom(open).Draw(t, "which")+"/"+act,
		map[string]any{"note": "已核对"})
}

func (w *reviewWorld) merge(t *rapid.T) {
	w.T = t
	keep, other := w.one(), w.one()
	a := w.act("merge", w.who(), "POST", "/api/kehu/merges", mergeOf(keep, []string{other}, map[string]any{"reason": "确认是同一客户"}))
	if a.Status == http.StatusOK {
		w.merges = append(w.merges, a.Text("id"))
	}
}

func (w *reviewWorld) unmerge(t *rapid.T) {
	w.T = t
	if len(w.merges) > 0 {
		w.act("unmerge", w.who(), "POST", "/api/kehu/merges/"+rapid.SampledFrom(w.merges).Draw(t, "which")+"/undo", nil)
	}
}

func (w *reviewWorld) archive(t *rapid.T) {
	w.T = t
	w.act("archive", w.who(), "POST", "/api/kehu/customers/"+w.one()+"/archive",
		map[string]any{"reason": "客户已停业", "last_contact": "2025-03-01"})
}

func (w *reviewWorld) restore(t *rapid.T) {
	w.T = t
	var kept []string
	if err := w.h.App.DB().NewQuery("SELECT id FROM archives WHERE state = 'kept' ORDER BY id").Column(&kept); err != nil {
		t.Fatal(err)
	}
	if len(kept) > 0 {
		w.act("restore", w.who(), "POST", "/api/kehu/archives/"+rapid.SampledFrom(kept).Draw(t, "which")+"/restore",
			map[string]any{"reason": "恢复往来"})
	}
}

func (w *reviewWorld) handOver(t *rapid.T) {
	w.T = t
	people := []string{"sales", "sales2", "manager"}
	from, to := rapid.SampledFrom(people).Draw(t, "from"), rapid.SampledFrom(people).Draw(t, "to")
	w.act("handover", w.who(), "POST", "/api/kehu/handover", map[string]any{"from": w.h.Staff[from], "to": w.h.Staff[to],
		"customers": []string{w.one()}})
}

// check holds the register to its laws.
func (w *reviewWorld) check(t *rapid.T) {
	w.T = t
	if n := value[int](w.h, `SELECT count(*) FROM approvals WHERE state IN ('approved', 'rejected')
		AND (decided_by = requested_by OR decided_by = '')`); n > 0 {
		t.Fatalf("%d requests were decided by who made them", n)
	}
	if n := value[int](w.h, `SELECT count(*) FROM approvals a WHERE state = 'open' AND kind = 'entry'
		AND coalesce((SELECT status FROM customers c WHERE c.id = a.customer), '') != 'pending'`); n > 0 {
		t.Fatalf("%d requests about customers that are not under review", n)
	}
	if n := value[int](w.h, `SELECT count(*) FROM customers c WHERE status = 'pending' AND (SELECT count(*) FROM approvals a
		WHERE a.customer = c.id AND a.kind = 'entry' AND a.state = 'open') != 1`); n > 0 {
		t.Fatalf("%d customers under review without their one request", n)
	}
	if n := value[int](w.h, `SELECT count(*) FROM (SELECT department, count(*) AS n FROM customers GROUP BY department) c
		LEFT JOIN kehu_totals k ON k.department = c.department WHERE coalesce(k.n, 0) != c.n`); n > 0 {
		t.Fatalf("the totals of %d departments are wrong", n)
	}
	if lists, rows := value[int](w.h, "SELECT sum(n) FROM kehu_totals"), value[int](w.h, "SELECT count(*) FROM customers"); lists != rows {
		t.Fatalf("%d customers in the totals, %d in the register", lists, rows)
	}
	for _, id := range w.ones {
		w.explained(id)
	}
}

// explained: what was entered and what the history adds is what stands there.
func (w *reviewWorld) explained(id string) {
	if value[int](w.h, "SELECT count(*) FROM customers WHERE id = '"+id+"'") == 0 {
		return // merged or archived
	}
	want := map[string]string{}
	for key, text := range w.first[id] {
		want[key] = text
	}
	rows := []struct {
		Field string `db:"field"`
		New   string `db:"new"`
	}{}
	err := w.h.App.DB().NewQuery("SELECT field, coalesce(new, 'null') AS new FROM changes WHERE collection = 'customers' AND record = '" +
		id + "' ORDER BY at, rowid").All(&rows)
	if err != nil {
		w.Fatal(err)
	}
	for _, r := range rows {
		var text string
		if slices.Contains(toldFields, r.Field) && json.Unmarshal([]byte(r.New), &text) == nil {
			want[r.Field] = text
		}
	}
	if got := w.values(id); asText(got) != asText(want) {
		w.Fatalf("%s is %v; its history says %v", id, got, want)
	}
}

// Whoever does whatever in whatever order: nobody decides their own, nothing of an active customer changes
// without the request that it needs, the history explains every value and the counts agree.
func TestTheLawsOfReviewHoldWhateverPeopleDo(t *testing.T) {
	fewChecks(t, 12, 200)
	h := tests.Start(t)
	done, runs := map[string]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := &reviewWorld{T: rt, tb: t, h: h, first: map[string]map[string]string{}, serial: runs * 300, done: done}
		runs++
		for range 4 {
			w.enter(rt)
		}
		for _, id := range w.ones[:2] { // two are active, so that there is something to change
			request := requestOf(h.Do("data_admin", "POST", "/api/kehu/customers/"+id+"/submit", map[string]any{}))
			h.Do("data_admin2", "POST", "/api/kehu/approvals/"+request+"/approve", map[string]any{"note": "已核对"})
		}
		rt.Repeat(map[string]func(*rapid.T){"": w.check, "enter": w.enter, "submit": w.submit, "edit": w.edit, "request": w.request,
			"decide": w.decide, "decide again": w.decide, "merge": w.merge, "unmerge": w.unmerge, "archive": w.archive,
			"restore": w.restore, "hand over": w.handOver})
		w.clear()
	})
	t.Logf("%d registers: %v", runs, done)
	for _, kind := range []string{"submit", "edit", "request", "approve", "merge"} {
		if done[kind] == 0 {
			t.Errorf("nobody ever managed to %s: the test does not do what it says (%v)", kind, done)
		}
	}
}

func (w *reviewWorld) clear() {
	for _, table := range []string{"contacts", "tasks", "duplicate_pairs", "approvals", "merges", "archives", "customers"} {
		execute(w.tb, w.h, "DELETE FROM "+table)
	}
}
