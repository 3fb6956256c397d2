package hooks_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"pgregory.net/rapid"

	"kehu/tests"
)

// reviewWorld is a register in which random people do what they may and what they may not.
type reviewWorld struct {
	*rapid.T
	tb        *testing.T
	h         *tests.House
	ones      []string                     // customers that were entered
	first     map[string]map[string]string // their values as they were entered
	numbers   map[string]string            // theirs for ever
	askers    map[string]string            // request → the person who made it
	merges    []string
	handovers []string
	serial    int
	done      map[string]int // what succeeded, of each kind
}

// toldFields are the fields whose every value the history must explain; boundFields those that nobody
// but data management changes on an active customer without a request.
var (
	toldFields  = []string{"name", "short_name", "mobile", "owner", "status", "paper_ref", "current_need", "tier"}
	boundFields = []string{"name", "short_name", "mobile"}
)

var lawPeople = []string{"sales", "sales2", "manager", "manager2", "data_admin", "data_admin2", "service", "executive",
	"marketing", "superuser", "linked_manager", "linked_data_admin"}

// admins write an active customer directly; deciders decide, as far as their departments reach.
var (
	lawAdmins   = []string{"data_admin", "data_admin2", "superuser", "linked_data_admin"}
	lawDeciders = append([]string{"manager", "manager2", "linked_manager"}, lawAdmins...)
)

// personOf is who sits behind an account: a linked one is its member's.
func personOf(role string) string { return strings.TrimPrefix(role, "linked_") }

func (w *reviewWorld) who() string { return rapid.SampledFrom(lawPeople).Draw(w.T, "who") }

// likely is who may do it in two of three cases, anybody in the third.
func (w *reviewWorld) likely(list []string) string {
	if rapid.IntRange(0, 2).Draw(w.T, "anybody") == 0 {
		return w.who()
	}
	return rapid.SampledFrom(list).Draw(w.T, "who")
}

func (w *reviewWorld) one() string { return rapid.SampledFrom(w.ones).Draw(w.T, "whom") }

// act asks for something that may well be refused, but never breaks; what is refused changes nothing.
func (w *reviewWorld) act(kind, role, method, path string, body any) tests.Answer {
	before := w.all()
	w.done["tries"]++
	a := w.h.Do(role, method, path, body)
	if a.Status >= 500 {
		w.Fatalf("%s as %s: %d %s", kind, role, a.Status, a.Body)
	}
	after := w.all()
	if a.Status == http.StatusOK {
		w.done[kind]++
	} else if asText(after) != asText(before) {
		w.Fatalf("%s as %s was refused with %d %s, and written all the same: %v, was %v", kind, role, a.Status, a.Body, after, before)
	}
	if slices.Contains([]string{"submit", "ask for the archive", "reject", "cancel", "hand over", "take back", "tier"}, kind) {
		w.bound(kind, role, before, after)
	}
	for _, id := range madeRequests(a) {
		w.askers[id] = personOf(role)
	}
	return a
}

// madeRequests are the requests that an answer tells of.
func madeRequests(a tests.Answer) (ids []string) {
	if a.Status != http.StatusOK {
		return nil
	}
	if id := requestOf(a); id != "" {
		ids = append(ids, id)
	}
	list, _ := a.JSON()["approvals"].([]any)
	for _, one := range list {
		ids = append(ids, idOf(one.(map[string]any)))
	}
	return ids
}

// bound: what needs a request has not changed.
func (w *reviewWorld) bound(kind, role string, before, after map[string]map[string]string) {
	for id, was := range before {
		for _, key := range boundFields {
			if now, there := after[id]; there && now[key] != was[key] {
				w.Fatalf("%s as %s changed %s of %s from %s to %s", kind, role, key, id, was[key], now[key])
			}
		}
	}
}

// all are the told values of every customer.
func (w *reviewWorld) all() map[string]map[string]string {
	rows := []dbx.NullStringMap{}
	err := w.h.App.DB().NewQuery("SELECT id, number, " + strings.Join(toldFields, ", ") + " FROM customers").All(&rows)
	if err != nil {
		w.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, row := range rows {
		one := map[string]string{}
		for _, key := range toldFields {
			one[key] = row[key].String
		}
		id, number := row["id"].String, row["number"].String
		if w.numbers[id] == "" {
			w.numbers[id] = number
		}
		if w.numbers[id] != number {
			w.Fatalf("%s was %s and is %s", id, w.numbers[id], number)
		}
		out[id] = one
	}
	return out
}

func (w *reviewWorld) values(id string) map[string]string {
	if one := w.all()[id]; one != nil {
		return one
	}
	return map[string]string{}
}

func (w *reviewWorld) enter(t *rapid.T) {
	w.T = t
	w.entered(rapid.SampledFrom([]string{"sales", "sales2", "manager"}).Draw(t, "by"))
}

func (w *reviewWorld) entered(role string) string {
	w.serial++
	id := entered(w.h, role, fmt.Sprintf("规律%c%c仪器有限公司", '一'+rune(w.serial), '丁'+rune(w.serial%97)), map[string]any{
		"confirm_duplicate": "规律的试验"})
	w.ones = append(w.ones, id)
	w.first[id] = w.values(id)
	return id
}

func (w *reviewWorld) submit(t *rapid.T) {
	w.T = t
	id := w.one()
	w.act("submit", w.who(), "POST", "/api/kehu/customers/"+id+"/submit", map[string]any{})
}

// edit, by the record or within a batch: who needs a request must not get through without one.
func (w *reviewWorld) edit(t *rapid.T) {
	w.T = t
	w.serial++
	id, role := w.one(), w.who()
	field := rapid.SampledFrom([]string{"short_name", "paper_ref", "current_need", "name", "mobile", "status", "tier"}).Draw(t, "field")
	value := map[string]string{"mobile": mobileNo(700 + w.serial), "status": "active", "tier": "key"}[field]
	if value == "" {
		value = fmt.Sprintf("改%d", w.serial)
	}
	body := map[string]any{field: value, "confirm_duplicate": "规律的试验"}
	path := "/api/collections/customers/records/" + id
	before := w.values(id)
	if rapid.Bool().Draw(t, "in a batch") {
		w.act("batch", role, "POST", "/api/batch", map[string]any{"requests": []any{
			map[string]any{"method": "PATCH", "url": path, "body": body}}})
	} else {
		w.act("edit", role, "PATCH", path, body)
	}
	after := w.values(id)
	switch {
	case after[field] == before[field]:
	case field == "status" || field == "tier":
		w.Fatalf("%s set %s", role, field)
	case before["status"] == "pending":
		w.Fatalf("%s changed %s of a customer under review", role, field)
	case before["status"] == "active" && slices.Contains(boundFields, field) && !slices.Contains(lawAdmins, role):
		w.Fatalf("%s changed %s of an active customer without a request", role, field)
	}
}

// request asks for one change: it waits, whoever asks.
func (w *reviewWorld) request(t *rapid.T) {
	w.T = t
	w.serial++
	w.requested(w.who(), w.one(), rapid.SampledFrom([]string{"short_name", "mobile", "name"}).Draw(t, "field"))
}

func (w *reviewWorld) requested(role, id, field string) tests.Answer {
	before := w.values(id)
	wanted := fmt.Sprintf("请求%d", w.serial)
	if field == "mobile" {
		wanted = mobileNo(700 + w.serial)
	}
	a := w.act("request", role, "POST", "/api/kehu/customers/"+id+"/changes", map[string]any{
		"changes": map[string]any{field: wanted}, "reason": "客户来电更正", "confirmed_with": "电话", "confirm_duplicate": "规律的试验"})
	if after := w.values(id); asText(after) != asText(before) {
		w.Fatalf("%s only asked, and it is written: %v, was %v", role, after, before)
	}
	return a
}

func (w *reviewWorld) tier(t *rapid.T) {
	w.T = t
	w.act("tier", w.likely([]string{"sales", "sales2", "manager"}), "POST", "/api/kehu/customers/"+w.one()+"/tier", map[string]any{
		"tier": rapid.SampledFrom([]string{"key", "strategic", ""}).Draw(t, "tier"), "reason": "重要的客户"})
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
	role := w.likely(lawDeciders)
	if act == "cancel" {
		role = w.likely([]string{"sales", "sales2", "manager", "data_admin"})
	}
	w.decided(act, role, rapid.SampledFrom(open).Draw(t, "which"))
}

// decided: not by who asked, by none whose decision it is not, and what follows is what was asked for.
func (w *reviewWorld) decided(act, role, id string) tests.Answer {
	request, err := w.h.App.FindRecordById("approvals", id)
	if err != nil {
		w.Fatal(err)
	}
	before := w.all()
	a := w.act(act, role, "POST", "/api/kehu/approvals/"+id+"/"+act, map[string]any{"note": "已核对"})
	if a.Status != http.StatusOK {
		return a
	}
	if asker := w.askers[id]; act != "cancel" && (asker == "" || asker == personOf(role)) {
		w.Fatalf("%s decided a request of %q", role, asker)
	}
	admin := request.GetString("decider_role") == "data_admin"
	if act != "cancel" && (!slices.Contains(lawDeciders, role) || admin && !slices.Contains(lawAdmins, role)) {
		w.Fatalf("%s decided what %s decides", role, request.GetString("decider_role"))
	}
	if act != "approve" {
		return a
	}
	if request.GetString("kind") == "archive" {
		w.done["archived"]++
		return a
	}
	payload := struct{ Changes map[string]struct{ New any } }{}
	_ = request.UnmarshalJSONField("payload", &payload) // of a change only
	customer := request.GetString("customer")
	for key, now := range w.values(customer) {
		switch change, asked := payload.Changes[key]; {
		case asked && now != change.New:
			w.Fatalf("%s was asked to be %v and is %s", key, change.New, now)
		case !asked && key != "status" && key != "tier" && now != before[customer][key]:
			w.Fatalf("nobody asked for %s to become %s", key, now)
		}
	}
	return a
}

func (w *reviewWorld) merge(t *rapid.T) {
	w.T = t
	w.merged(w.likely(lawDeciders), w.one(), w.one())
}

func (w *reviewWorld) merged(role, keep, other string) {
	a := w.act("merge", role, "POST", "/api/kehu/merges", mergeOf(keep, []string{other}, map[string]any{"reason": "确认是同一客户"}))
	if a.Status == http.StatusOK {
		w.merges = append(w.merges, a.Text("id"))
	}
}

func (w *reviewWorld) unmerge(t *rapid.T) {
	w.T = t
	if len(w.merges) > 0 {
		w.act("unmerge", w.likely(lawDeciders), "POST", "/api/kehu/merges/"+rapid.SampledFrom(w.merges).Draw(t, "which")+"/undo", nil)
	}
}

func (w *reviewWorld) archive(t *rapid.T) {
	w.T = t
	w.archived(w.who(), w.one())
}

func (w *reviewWorld) archived(role, id string) tests.Answer {
	return w.act("ask for the archive", role, "POST", "/api/kehu/customers/"+id+"/archive",
		map[string]any{"reason": "客户已停业", "last_contact": "2025-03-01"})
}

func (w *reviewWorld) restore(t *rapid.T) {
	w.T = t
	if kept := w.kept(); len(kept) > 0 {
		w.restored(w.likely(lawDeciders), rapid.SampledFrom(kept).Draw(t, "which"))
	}
}

func (w *reviewWorld) kept() (kept []string) {
	if err := w.h.App.DB().NewQuery("SELECT id FROM archives WHERE state = 'kept' ORDER BY id").Column(&kept); err != nil {
		w.Fatal(err)
	}
	return kept
}

func (w *reviewWorld) restored(role, archive string) {
	w.act("restore", role, "POST", "/api/kehu/archives/"+archive+"/restore", map[string]any{"reason": "恢复往来"})
}

func (w *reviewWorld) handOver(t *rapid.T) {
	w.T = t
	people := []string{"sales", "sales2", "manager"}
	from, to := rapid.SampledFrom(people).Draw(t, "from"), rapid.SampledFrom(people).Draw(t, "to")
	body := map[string]any{"from": w.h.Staff[from], "to": w.h.Staff[to]}
	if rapid.Bool().Draw(t, "one of them") {
		body["customers"] = []string{w.one()}
	}
	w.handedOver(w.likely(lawDeciders), body)
}

func (w *reviewWorld) handedOver(role string, body map[string]any) {
	if a := w.act("hand over", role, "POST", "/api/kehu/handover", body); a.Status == http.StatusOK {
		w.handovers = append(w.handovers, a.Text("id"))
	}
}

func (w *reviewWorld) takeBack(t *rapid.T) {
	w.T = t
	if len(w.handovers) > 0 {
		w.act("take back", w.likely(lawDeciders), "POST",
			"/api/kehu/handovers/"+rapid.SampledFrom(w.handovers).Draw(t, "which")+"/undo", nil)
	}
}

// career: a salesperson becomes a manager of their department, leaves, and is there again. What they asked
// for meanwhile is decided by others all the same.
func (w *reviewWorld) career(t *rapid.T) {
	w.T = t
	who := rapid.SampledFrom([]string{"sales", "sales2"}).Draw(t, "career of")
	w.standing(who, rapid.SampledFrom([]string{"sales", "manager", "data_admin"}).Draw(t, "as"), rapid.IntRange(0, 3).Draw(t, "gone") > 0)
	for id, asker := range w.askers {
		if asker != who {
			continue
		}
		if a := w.h.Do(who, "POST", "/api/kehu/approvals/"+id+"/approve", map[string]any{"note": "已核对"}); a.Status == http.StatusOK {
			w.Fatalf("%s decided their own after their career", who)
		}
	}
	w.standing(who, "sales", true)
}

func (w *reviewWorld) standing(who, role string, active bool) {
	a := w.h.Do("data_admin2", "PATCH", "/api/collections/staff/records/"+w.h.Staff[who], map[string]any{"role": role, "active": active})
	if a.Status != http.StatusOK {
		w.Fatalf("%s becomes %s: %d %s", who, role, a.Status, a.Body)
	}
	w.h.SignIn("staff", who+"@example.com", who)
}

// tour does each thing once as those who may, so that a register has all of it behind it whatever the dice say.
func (w *reviewWorld) tour(t *rapid.T) {
	w.T = t
	for range 4 {
		w.entered("sales")
	}
	w.entered("sales2")
	for _, id := range w.ones[:3] { // three are active, so that there is something to change
		request := madeRequests(w.act("submit", "data_admin", "POST", "/api/kehu/customers/"+id+"/submit", map[string]any{}))
		w.decided("approve", "data_admin", request[0])
		w.decided("approve", "linked_data_admin", request[0])
		w.decided("approve", "data_admin2", request[0])
	}
	for _, act := range []string{"reject", "cancel"} {
		role := map[string]string{"reject": "manager", "cancel": "sales"}[act]
		w.decided(act, role, madeRequests(w.act("submit", "sales", "POST", "/api/kehu/customers/"+w.ones[3]+"/submit", map[string]any{}))[0])
	}
	w.serial++
	w.decided("approve", "linked_manager", madeRequests(w.requested("sales", w.ones[0], "short_name"))[0])
	w.serial++
	w.requested("linked_manager", w.ones[1], "mobile")
	w.decided("approve", "manager", madeRequests(w.archived("sales", w.ones[2]))[0])
	w.restored("data_admin", w.kept()[0])
	w.handedOver("manager", map[string]any{"from": w.h.Staff["sales"], "to": w.h.Staff["manager"]})
	w.act("take back", "manager", "POST", "/api/kehu/handovers/"+w.handovers[0]+"/undo", nil)
	w.merged("data_admin", w.ones[0], w.ones[3])
	w.act("unmerge", "data_admin", "POST", "/api/kehu/merges/"+w.merges[0]+"/undo", nil)
	w.act("edit", "data_admin", "PATCH", "/api/collections/customers/records/"+w.ones[0], map[string]any{"current_need": "规律"})
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
	wantNothing(w, "tasks about customers that are not there", `SELECT 1 FROM tasks t WHERE state = 'open' AND customer != ''
		AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = t.customer)`)
	wantNothing(w, "open requests about customers that are not there", `SELECT 1 FROM approvals a WHERE state = 'open' AND customer != ''
		AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = a.customer)`)
	wantNothing(w, "customers both here and in the archive", `SELECT 1 FROM archives a JOIN customers c ON c.id = a.customer WHERE a.state = 'kept'`)
	wantNothing(w, "search entries too many or too few", `SELECT doc FROM customers EXCEPT SELECT rowid FROM kehu_search
		UNION SELECT rowid FROM kehu_search WHERE rowid NOT IN (SELECT doc FROM customers)`)
	wantNothing(w, "numbers that stand twice", "SELECT number FROM customers GROUP BY number HAVING count(*) > 1")
	for _, id := range w.ones {
		w.explained(id)
	}
}

func wantNothing(w *reviewWorld, what, query string) {
	if n := value[int](w.h, "SELECT count(*) FROM ("+query+")"); n > 0 {
		w.Fatalf("%d %s", n, what)
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
		Via   string `db:"via"`
		By    string `db:"by"`
	}{}
	err := w.h.App.DB().NewQuery("SELECT field, coalesce(new, 'null') AS new, via, by FROM changes WHERE collection = 'customers' AND record = '" +
		id + "' ORDER BY at, rowid").All(&rows)
	if err != nil {
		w.Fatal(err)
	}
	for _, r := range rows {
		var text string
		if slices.Contains(boundFields, r.Field) && want["status"] == "active" && r.Via == "edit" && !w.isAdmin(r.By) {
			w.Fatalf("the history says that %s changed %s of an active customer", r.By, r.Field)
		}
		if slices.Contains(toldFields, r.Field) && json.Unmarshal([]byte(r.New), &text) == nil {
			want[r.Field] = text
		}
	}
	if got := w.values(id); asText(got) != asText(want) {
		w.Fatalf("%s is %v; its history says %v", id, got, want)
	}
}

func (w *reviewWorld) isAdmin(actor string) bool {
	return !strings.HasPrefix(actor, "staff:") || actor == "staff:"+w.h.Staff["data_admin"] || actor == "staff:"+w.h.Staff["data_admin2"]
}

// Whoever does whatever in whatever order: nobody decides their own, by whichever account and role, nothing of
// an active customer changes without the request that it needs, the history explains every value, and the
// counts agree.
func TestTheLawsOfReviewHoldWhateverPeopleDo(t *testing.T) {
	fewChecks(t, 10, 200)
	steps := flag.Lookup("rapid.steps")
	if err := flag.Set("rapid.steps", "80"); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = flag.Set("rapid.steps", steps.DefValue) }()
	h := tests.Start(t)
	h.Link("manager")
	h.Link("data_admin")
	done, runs := map[string]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := &reviewWorld{T: rt, tb: t, h: h, first: map[string]map[string]string{}, serial: runs * 300, done: done,
			numbers: map[string]string{}, askers: map[string]string{}}
		runs++
		w.tour(rt)
		w.check(rt)
		rt.Repeat(map[string]func(*rapid.T){"": w.check, "enter": w.enter, "submit": w.submit, "edit": w.edit, "request": w.request,
			"decide": w.decide, "decide again": w.decide, "merge": w.merge, "unmerge": w.unmerge, "archive": w.archive,
			"restore": w.restore, "hand over": w.handOver, "take back": w.takeBack, "tier": w.tier, "career": w.career})
		counters(t, h, "random work")
		w.clear()
	})
	t.Logf("%d registers: %v", runs, done)
	if done["tries"] < 40*runs {
		t.Errorf("only %d acts in %d registers", done["tries"], runs)
	}
	for _, kind := range []string{"submit", "edit", "request", "approve", "reject", "cancel", "merge", "unmerge", "archived", "restore",
		"hand over", "take back"} {
		if done[kind] == 0 {
			t.Errorf("nobody ever managed to %s: the test does not do what it says (%v)", kind, done)
		}
	}
}

func (w *reviewWorld) clear() {
	for _, table := range []string{"contacts", "tasks", "duplicate_pairs", "approvals", "merges", "archives", "handovers", "customers"} {
		execute(w.tb, w.h, "DELETE FROM "+table)
	}
}
