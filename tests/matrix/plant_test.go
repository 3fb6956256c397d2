package matrix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
	"kehu/tests"
)

// garden is a register with one customer whom every role sees, an individual, and everything that
// can belong to one: each value is found nowhere else, so that it is known wherever it turns up.
type garden struct {
	*tests.House
	t       *testing.T
	records map[string]*core.Record // collection → the planted record
	canary  []canary
	other   string // the id of a second customer
}

// Do waits where an account has asked too often: a test is faster than a person.
func (g *garden) Do(role, method, path string, body any, header ...string) tests.Answer {
	g.t.Helper()
	for {
		a := g.House.Do(role, method, path, body, header...)
		if a.Status != http.StatusTooManyRequests {
			return a
		}
		seconds, _ := strconv.Atoi(a.Header.Get("Retry-After"))
		time.Sleep(time.Duration(max(1, seconds)) * time.Second)
	}
}

// canary is a planted value: where it stands, its class, and the text by which it is known.
type canary struct {
	collection, field, text string
	class                   byte
}

// letters write a number in characters that no other value holds.
func letters(n int) string {
	const digits = "甲乙丙丁戊己庚辛壬癸"
	all := []rune(digits)
	return "哨" + string(all[n/100%10]) + string(all[n/10%10]) + string(all[n%10]) + "兵"
}

// value is a canary for a field of the table, nil where its kind has none.
func value(f *fields.Field, n int) any {
	switch f.Kind {
	case fields.Text, fields.Multiline, fields.Name:
		return letters(n)
	case fields.Address:
		return fmt.Sprintf("上海市浦东新区%s路8号", letters(n))
	case fields.Mobile:
		return fmt.Sprintf("1391234%04d", 5000+n)
	case fields.Landline:
		return fmt.Sprintf("021-6234%04d", 5000+n)
	case fields.Email:
		return fmt.Sprintf("canary%d@example-firm.cn", n)
	case fields.Money:
		return 7654000.25 + float64(n)
	case fields.Date:
		return fmt.Sprintf("19%02d-0%d-1%d", 40+n%60, 1+n/60%9, n%7)
	case fields.Cert:
		return "11010519491231002X"
	case fields.Bank:
		return "6222026006705354216"
	case fields.Select:
		return f.Options[0].Key
	case fields.SelectMany:
		return []string{f.Options[0].Key}
	case fields.Number:
		return f.Max
	}
	return nil
}

// person is what is not a canary, because something follows from it.
var person = map[string]any{"kind": "individual", "cert_type": "resident_id", "gender": "female",
	"stage": "won", "intention": "high", "tags": []string{"高意向"}, "industry": "C39",
	"consent": map[string]any{"purposes": []string{"sensitive_id", "bank", "marketing"},
		"method": "paper", "statement_version": "1"}}

// fixed values of belongings, for the same reason.
var fixed = map[string]map[string]any{
	"contracts": {"state": "running", "starts": "2025-01-01", "ends": "2026-12-31"},
	"tickets":   {"opened": "2026-01-01", "closed": "2026-01-02"},
	"consents":  {"purposes": []string{"service"}, "granted": "2026-01-01", "withdrawn": ""},
}

func plant(t *testing.T) *garden {
	t.Helper()
	g := &garden{House: tests.Start(t), t: t, records: map[string]*core.Record{}}
	g.customer()
	id := g.records["customers"].Id
	for i, name := range []string{"contacts", "contracts", "orders", "followups", "tickets", "consents"} {
		g.belonging(name, id, 100*(i+1))
	}
	g.file("attachments", "", map[string]string{"customer": id, "category": "authorisation", "title": letters(801),
		"paper_ref": letters(802), "contact": g.records["contacts"].Id}, "file")
	for name, field := range map[string]string{"followups": "files", "contracts": "file", "consents": "evidence"} {
		g.file(name, g.records[name].Id, nil, field)
	}
	g.system(id)
	g.work(id)
	g.read()
	return g
}

func (g *garden) customer() {
	values := map[string]any{}
	for i, f := range fields.Of("customers") {
		if v := value(f, i); v != nil && !f.System && f.Kind != fields.USCC && f.Kind != fields.RegNo {
			values[f.Key] = v
		}
	}
	for _, enterprise := range []string{"legal_representative", "ownership", "headcount", "revenue", "founded",
		"registered_capital", "uscc"} {
		delete(values, enterprise)
	}
	for key, v := range person {
		values[key] = v
	}
	record := g.Create("sales", "customers", values)
	g.keep("customers", record["id"].(string))
}

func (g *garden) keep(collection, id string) {
	record, err := g.App.FindRecordById(collection, id)
	if err != nil {
		g.t.Fatal(err)
	}
	g.records[collection] = record
}

func (g *garden) belonging(name, customer string, n int) {
	values := map[string]any{"customer": customer}
	for i, f := range fields.Of(name) {
		if v := value(f, n+i); v != nil && !f.System {
			values[f.Key] = v
		}
	}
	for key, v := range fixed[name] {
		values[key] = v
	}
	if name == "orders" {
		values["contract"] = g.records["contracts"].Id
	}
	g.keep(name, g.Create("data_admin", name, values)["id"].(string))
}

// file stores a file with a record, new or there.
func (g *garden) file(collection, id string, values map[string]string, field string) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for key, v := range values {
		_ = form.WriteField(key, v)
	}
	part, err := form.CreateFormFile(field, "paper.pdf")
	if err != nil {
		g.t.Fatal(err)
	}
	_, _ = part.Write([]byte("%PDF-1.4\n" + letters(900) + "\n%%EOF\n"))
	_ = form.Close()
	method, path := "POST", "/api/collections/"+collection+"/records"
	if id != "" {
		method, path = "PATCH", path+"/"+id
	}
	a := g.Do("data_admin", method, path, &body, "Content-Type", form.FormDataContentType())
	if a.Status != http.StatusOK {
		g.t.Fatalf("file of %s: %d %s", collection, a.Status, a.Body)
	}
	g.keep(collection, a.Text("id"))
}

// system puts canaries where only the product writes, and makes the customer active.
func (g *garden) system(id string) {
	parts := func(keys ...string) string {
		all := map[string]string{}
		for i, key := range keys {
			all[key] = letters(700 + i)
		}
		text, _ := json.Marshal(all)
		return string(text)
	}
	g.sql(`UPDATE customers SET status = 'active', tier = 'key', value_level = 'high', tier_rule = '` + letters(711) +
		`', label = '` + letters(712) + `', last_contact = '1933-03-03', verified = '1934-04-04', first_deal = '1931-01-01',
		last_deal = '1932-02-02', total_amount = 8765001.75, annual_amount = 8765002.75,
		legal_representative = '` + letters(713) + `', founded = '1935-05-05', registered_capital = 8765003.75,
		stage_dates = '{"won":"1936-06-06"}', missing = '["uscc"]',
		tier_reason = '{"why":"` + letters(714) + `"}', exceptions = '` + parts("uscc") + `',
		originals = '` + parts("uscc", "name", "mobile", "business_address", "budget", "total_amount", "cert_no", "industry") + `'
		WHERE id = '` + id + `'`)
}

func (g *garden) sql(statement string) {
	if _, err := g.App.DB().NewQuery(statement).Execute(); err != nil {
		g.t.Fatal(err)
	}
}

// work plants what stands beside customers: a task whose title holds the person's name, an import
// and an export of the manager's, the matrix as a stored policy.
func (g *garden) work(id string) {
	name := g.records["customers"].GetString("name")
	g.sql(`INSERT INTO tasks (id, created, updated, kind, customer, assignee, title, due, state, done_by, done_at)
		VALUES ('plantedtask0001', '2026-01-01 00:00:00.000Z', '2026-01-01 00:00:00.000Z', 'satisfaction', '` + id + `', '` +
		g.Staff["service"] + `', '回访` + name + `先生', '2026-12-01 00:00:00.000Z', 'open', '', '')`)
	g.keep("tasks", "plantedtask0001")
	for _, c := range []string{"staff", "departments", "tags", "industries", "divisions"} {
		records, err := g.App.FindRecordsByFilter(c, "", "", 1, 0)
		if err != nil || len(records) == 0 {
			g.t.Fatal(c, err)
		}
		g.records[c] = records[0]
	}
	policy := g.Create("data_admin", "policies", map[string]any{"key": "access", "value": map[string]any{}, "note": letters(901)})
	g.keep("policies", policy["id"].(string))
	show := g.Import("manager", letters(902)+".xlsx", tests.Workbook([]any{"客户名称", "手机", "身份证号", "客户类型"},
		[]any{letters(903), "13912346001", "11010519491231002X", "个人"}, []any{letters(904), "139", "", "个人"}),
		map[string]any{"options": map[string]any{"on_duplicate": "review"}})
	g.keep("imports", show["id"].(string))
	rows, err := g.App.FindRecordsByFilter("import_rows", "import = {:id}", "row", 10, 0, map[string]any{"id": show["id"]})
	if err != nil || len(rows) == 0 {
		g.t.Fatal("no rows of the import", err)
	}
	g.records["import_rows"] = rows[len(rows)-1]
	job := g.Do("manager", "POST", "/api/kehu/exports", map[string]any{"reason": letters(905), "format": "csv"})
	g.Wait("manager", show["id"].(string), "running")
	g.keep("exports", job.Text("id"))
	g.canary = append(g.canary, canary{"imports", "file_name", letters(902), 'C'}, canary{"import_rows", "raw", letters(903), 'C'},
		canary{"import_rows", "raw", letters(904), 'C'}, canary{"import_rows", "raw", "13912346001", 'C'},
		canary{"files", "content", letters(900), 'C'})
	other := g.Create("data_admin", "customers", map[string]any{"kind": "individual", "name": letters(906), "mobile": "13912346002"})
	g.other = other["id"].(string)
	a, b := id, g.other
	if a > b {
		a, b = b, a
	}
	g.sql(`INSERT INTO duplicate_pairs (id, a, b, score, reasons, state, decided_by, confirmed_reason, confirmed_by, created, updated)
		VALUES ('plantedpair0001', '` + a + `', '` + b + `', 1, '[]', 'open', '', '` + letters(907) + `', '',
		'2026-01-01 00:00:00.000Z', '2026-01-01 00:00:00.000Z')`)
	g.keep("duplicate_pairs", "plantedpair0001")
	g.any("campaigns", map[string]any{"name": "哨所展会", "owner": g.Staff["marketing"], "starts": "2026-11-01",
		"ends": "2026-11-03", "state": "open"})
	g.any("jobs_log", map[string]any{"job": "canary", "slot": "2026-01-01 00:00:00.000Z", "error": letters(909)})
	g.any("backups_log", map[string]any{"name": "canary", "error": letters(910)})
	g.any("handovers", map[string]any{"from": g.Staff["sales"], "department": g.Depts["east"], "by_name": letters(911)})
	g.any("calendar_days", map[string]any{"date": "2027-03-03", "kind": "holiday", "name": letters(912)})
	g.any("approvals", map[string]any{"customer": id, "kind": "change", "state": "rejected", "reason": letters(913),
		"payload": map[string]any{"changes": map[string]any{"mobile": map[string]any{"old": "13912346003", "new": "13912346004"}}}})
	g.canary = append(g.canary, canary{"approvals", "reason", letters(913), 'C'}, canary{"approvals", "payload", "13912346003", 'C'},
		canary{"approvals", "payload", "13912346004", 'C'})
	g.any("changes", map[string]any{"customer": id, "collection": "customers", "record": id, "field": "mobile", "class": "C",
		"old": "13912346005", "new": "13912346006", "via": "edit", "at": "2026-11-05 02:00:00.000Z", "reason": letters(914)})
	g.canary = append(g.canary, canary{"changes", "old", "13912346005", 'C'}, canary{"changes", "reason", letters(914), 'C'})
	entries, err := g.App.FindRecordsByFilter("audit_log", "", "", 1, 0)
	if err != nil || len(entries) == 0 {
		g.t.Fatal("nothing is on record", err)
	}
	g.records["audit_log"] = entries[0]
	g.any("merges", map[string]any{"kept": id, "department": g.Depts["east"], "reason": letters(908)})
	g.any("archives", map[string]any{"number": "KH-209901001", "name": letters(915), "kind": "enterprise", "reason": letters(916),
		"restore_reason": letters(917), "owner": g.Staff["sales"], "department": g.Depts["east"], "has_deal": true, "marketable": true,
		"customer": "plantedarchive1", "state": "kept", "snapshot": letters(918), "retain_until": "2099-01-01"})
	g.canary = append(g.canary, canary{"archives", "reason", letters(916), 'C'}, canary{"archives", "restore_reason", letters(917), 'C'},
		canary{"archives", "snapshot", letters(918), 'H'})
	g.canary = append(g.canary, canary{"customers", "name", letters(906), 'C'}, canary{"customers", "mobile", "13912346002", 'C'})
}

// any stores a record past every hook: of a collection that only the product's own acts write.
func (g *garden) any(collection string, values map[string]any) {
	c, err := g.App.FindCollectionByNameOrId(collection)
	if err != nil {
		g.t.Fatal(err)
	}
	record := core.NewRecord(c)
	record.Load(values)
	record.Id = core.GenerateDefaultRandomId()
	if err := g.App.UnsafeWithoutHooks().SaveNoValidate(record); err != nil {
		g.t.Fatal(err)
	}
	g.records[collection] = record
}

// read collects the canaries of what is stored, and the secrets of class S as they were typed.
func (g *garden) read() {
	for collection := range dataMD {
		record, err := g.App.FindRecordById(collection, g.records[collection].Id)
		if err != nil {
			g.t.Fatal(err)
		}
		g.records[collection] = record
		for _, f := range fields.Of(collection) {
			class := classMD(collection, f.Key)
			if collection == "customers" && (f.Key == "name" || f.Key == "short_name") {
				class = 'C' // an individual's
			}
			g.sing(record, f, class)
		}
	}
	g.canary = append(g.canary, canary{"customers", "cert_no", "19491231002", 'S'},
		canary{"customers", "bank_account", "6006705354", 'S'})
	for i, key := range []string{"uscc", "name", "mobile", "business_address", "budget", "total_amount", "cert_no", "industry"} {
		class := classMD("customers", key)
		if key == "name" {
			class = 'C'
		}
		if key != "uscc" { // exceptions hold the same text
			g.canary = append(g.canary, canary{"customers", "originals", letters(700 + i), class})
		}
	}
}

func (g *garden) sing(record *core.Record, f *fields.Field, class byte) {
	text := ""
	switch f.Kind {
	case fields.Text, fields.Multiline, fields.Name, fields.Mobile, fields.Landline, fields.Email, fields.Date:
		text = record.GetString(f.Key)
	case fields.Address:
		text, _, _ = strings.Cut(strings.TrimPrefix(record.GetString(f.Key), "上海市浦东新区"), "路")
	case fields.Money:
		text = fmt.Sprint(int(record.GetFloat(f.Key)))
	case fields.JSON:
		if f.Key == "tier_reason" {
			text = letters(714)
		}
	}
	if f.Collection == "customers" && f.Key == "service_need" && text == "" {
		g.t.Errorf("nothing was planted in %s", f.Key)
	}
	if len(text) < 6 || text == "2026-01-01" || text == "2026-01-02" || class == 'H' {
		return
	}
	g.canary = append(g.canary, canary{f.Collection, f.Key, text, class})
}

// leaks lists the canaries in a text that a role must not meet, neither as they stand nor as JSON
// writes them.
func (g *garden) leaks(role string, text string) []string {
	var found []string
	for _, c := range g.canary {
		if !g.may(role, c) && strings.Contains(text, c.text) {
			found = append(found, c.collection+"."+c.field+" ("+c.text+")")
		}
	}
	return found
}

// may tells whether a role may meet a canary at all.
func (g *garden) may(role string, c canary) bool {
	if c.class == 'S' || c.collection == "files" {
		return c.collection == "files" && strings.Contains(filesMD["followups"], role)
	}
	if c.class == 'H' {
		return role == "superuser"
	}
	if rowsMD[c.collection] != "" && !seesMD(role, c.collection) {
		return false
	}
	return reads(role, c.class) == 'P'
}
