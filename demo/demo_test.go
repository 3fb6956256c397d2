package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/internal/register"
	"kehu/internal/sheet"
	"kehu/tests"
)

// emptyHouse is a new register without staff, as serve --demo finds it.
func emptyHouse(t *testing.T) *tests.House {
	t.Helper()
	dir := t.TempDir()
	h := &tests.House{TB: t, Dir: filepath.Join(dir, "data"), Keys: filepath.Join(dir, "keys"),
		Tokens: map[string]string{}, Staff: map[string]string{}, Depts: map[string]string{}}
	h.SetNow(tests.Now)
	h.Open()
	t.Cleanup(h.Close)
	return h
}

// TestDemo fills a register once, looks at it from all sides, and imports the sample into it.
func TestDemo(t *testing.T) {
	h := emptyHouse(t)
	begin := time.Now()
	signIns, err := Fill(h.App, Random(), tests.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("filled in %v", time.Since(begin).Round(time.Millisecond))
	t.Run("sign-ins", func(t *testing.T) { checkSignIns(t, h, signIns) })
	t.Run("departments", func(t *testing.T) { checkDepartments(t, h) })
	t.Run("counts", func(t *testing.T) { checkCounts(t, h) })
	t.Run("customers are those invented", func(t *testing.T) { checkCustomers(t, h) })
	t.Run("customers keep the rules", func(t *testing.T) { checkRules(t, h) })
	t.Run("history", func(t *testing.T) { checkHistory(t, h) })
	t.Run("import", func(t *testing.T) { checkImport(t, h) })
}

func checkSignIns(t *testing.T, h *tests.House, signIns []SignIn) {
	if len(signIns) != len(staff)+1 {
		t.Fatalf("%d sign-ins, want one for each of the staff and the owner", len(signIns))
	}
	roles := map[string]bool{}
	for _, s := range signIns {
		collection := "staff"
		if s.Role == "owner" {
			collection = core.CollectionNameSuperusers
		}
		roles[s.Role] = true
		r, err := h.App.FindAuthRecordByEmail(collection, s.Email)
		if err != nil {
			t.Fatalf("%s: %v", s.Email, err)
		}
		if len(s.Password) < 12 || !r.ValidatePassword(s.Password) {
			t.Errorf("%s cannot sign in with %q", s.Email, s.Password)
		}
		if !r.Verified() || r.EmailVisibility() {
			t.Errorf("%s: verified %v, e-mail shown %v", s.Email, r.Verified(), r.EmailVisibility())
		}
		token, err := r.NewAuthToken()
		if err != nil {
			t.Fatal(err)
		}
		if h.Tokens[s.Role] == "" {
			h.Tokens[s.Role] = token
		}
	}
	for _, role := range append([]string{"owner"}, collections.Roles...) {
		if !roles[role] {
			t.Errorf("nobody signs in as %s", role)
		}
	}
	answer := h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]string{
		"identity": signIns[1].Email, "password": signIns[1].Password})
	if answer.Status != http.StatusOK {
		t.Errorf("sign-in over REST: %d %s", answer.Status, answer.Body)
	}
}

func checkDepartments(t *testing.T, h *tests.House) {
	for _, d := range departments {
		r, err := h.App.FindFirstRecordByData("departments", "name", d.name)
		if err != nil {
			t.Fatal(err)
		}
		manager, err := h.App.FindRecordById("staff", r.GetString("manager"))
		if err != nil || manager.Email() != memberOf(d.manager).email() {
			t.Errorf("%s is led by %v (%v)", d.name, manager, err)
		}
	}
	east, _ := h.App.FindFirstRecordByData("departments", "name", "华东销售部")
	if depth := strings.Count(east.GetString("path"), "/"); depth != 4 {
		t.Errorf("华东销售部 stands at %s, want below two others", east.GetString("path"))
	}
	company, err := h.App.FindFirstRecordByData("policies", "key", "company")
	if err != nil || !strings.Contains(company.GetString("value"), CompanyName) {
		t.Errorf("the company is %v, %v", company, err)
	}
}

func checkCounts(t *testing.T, h *tests.House) {
	count := func(collection, filter string) int {
		all, err := h.App.FindRecordsByFilter(collection, filter, "", 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	for filter, want := range map[string]int{"id != ''": 300, "kind = 'enterprise'": enterprises,
		"kind = 'individual'": individuals, "kind = 'institution'": institutions,
		"cert_no != ''": certificates, "parent != ''": groups, "owner = ''": 0,
		"department = ''": 0, "status = 'pending'": 15, "status = 'draft'": 15,
		"status = 'active'": 270} {
		if got := count("customers", filter); got != want {
			t.Errorf("%d customers with %s, want %d", got, filter, want)
		}
	}
	belongings := 0
	for _, collection := range collections.Belongings {
		n := count(collection, "id != ''")
		t.Logf("%s: %d", collection, n)
		belongings += n
		if n == 0 && collection != "attachments" {
			t.Errorf("there are no %s", collection)
		}
	}
	if belongings < 1800 {
		t.Errorf("%d belongings, want about 2,000", belongings)
	}
	for _, o := range fields.MustGet("customers", "stage").Options {
		if count("customers", "stage = '"+o.Key+"'") < 10 {
			t.Errorf("hardly any customer is %s", o.Key)
		}
	}
}

func customersOf(t *testing.T, h *tests.House) []*core.Record {
	t.Helper()
	all, err := h.App.FindAllRecords("customers")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// checkCustomers: what is stored is what the same seed invents again.
func checkCustomers(t *testing.T, h *tests.House) {
	want := map[string]customer{}
	for _, c := range newCast(Random(), tests.Now).customers {
		want[c.text("name")] = c
	}
	for _, r := range customersOf(t, h) {
		c, known := want[r.GetString("name")]
		if !known {
			t.Fatalf("%s is not of the cast", r.GetString("name"))
		}
		for _, key := range []string{"kind", "uscc", "mobile", "landline", "business_address",
			"stage", "headcount"} {
			if r.GetString(key) != c.text(key) {
				t.Errorf("%s: %s is %q, invented as %q", r.GetString("name"), key,
					r.GetString(key), c.text(key))
			}
		}
	}
}

// checkRules: every customer would pass as a new one, and active ones lack nothing.
func checkRules(t *testing.T, h *tests.House) {
	rules := &register.Rules{Policy: policies(t, h), Now: tests.Now,
		Lookup:  collections.NewLookup(collections.Through(h.App.DB())),
		Consent: func(string) bool { return true }}
	for _, r := range customersOf(t, h) {
		typed := map[string]any{}
		for _, f := range fields.Of("customers") {
			if !f.System && f.Class != fields.Sensitive {
				typed[f.Key] = r.Get(f.Key)
			}
		}
		result := register.Check("customers", nil, typed, rules)
		for key, found := range result.Errors {
			t.Errorf("%s: %s: %v", r.GetString("name"), key, found)
		}
		var missing []string
		_ = r.UnmarshalJSONField("missing", &missing)
		if complete := len(missing) == 0; complete != (r.GetString("status") != "draft") {
			t.Errorf("%s is %s and lacks %v", r.GetString("name"), r.GetString("status"), missing)
		}
		if strings.HasPrefix(r.GetString("status"), "active") && r.GetString("macro_region") == "" {
			t.Errorf("%s has no macro region", r.GetString("name"))
		}
	}
}

func policies(t *testing.T, h *tests.House) *policy.Set {
	t.Helper()
	set, err := collections.Policies(collections.Through(h.App.DB()))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// checkHistory: nothing happened after the day of the demonstration, or before its two years.
func checkHistory(t *testing.T, h *tests.House) {
	i := newInventor(Random(), tests.Now)
	for collection, key := range map[string]string{"followups": "date", "orders": "date",
		"tickets": "opened", "contracts": "signed", "consents": "granted"} {
		all, err := h.App.FindAllRecords(collection)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if day := r.GetString(key); day > i.day(0) || day < i.day(twoYears) {
				t.Errorf("%s: %s is %s", collection, key, day)
			}
		}
	}
	for _, r := range customersOf(t, h) {
		won := r.GetString("stage") == "won" || r.GetString("stage") == "lost"
		if r.GetBool("has_deal") != won || won != (r.GetFloat("total_amount") > 0) {
			t.Errorf("%s is %s with deals of %v", r.GetString("name"), r.GetString("stage"),
				r.GetFloat("total_amount"))
		}
		if r.GetString("last_contact") == "" {
			t.Errorf("nobody ever spoke to %s", r.GetString("name"))
		}
	}
}

// rowOutcome is what an import made of one row, and the codes of what it found.
type rowOutcome struct {
	outcome string
	codes   []string
}

func outcomesOf(t *testing.T, h *tests.House, id string) map[int]rowOutcome {
	t.Helper()
	rows, err := collections.Through(h.App.DB()).Query(
		"SELECT `row`, outcome, errors FROM import_rows WHERE `import` = ?", id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[int]rowOutcome{}
	for rows.Next() {
		var n int
		var o rowOutcome
		var text string
		if err := rows.Scan(&n, &o.outcome, &text); err != nil {
			t.Fatal(err)
		}
		var found []struct{ Code string }
		if err := json.Unmarshal([]byte(text), &found); err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			o.codes = append(o.codes, f.Code)
		}
		all[n] = o
	}
	return all
}

func sample(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Workbook(&out, Random(), tests.Now); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// checkImport: every row of the sample comes to the end that its trouble says, a second import of
// the same file makes nothing, and the first can be undone.
func checkImport(t *testing.T, h *tests.House) {
	content := sample(t)
	customers, contacts := countOf(t, h, "customers"), countOf(t, h, "contacts")
	submitted := pendingOf(t, h)
	show := h.Import("data_admin", WorkbookName, content, nil)
	submitted = pendingOf(t, h) - submitted
	if show["state"] != "done" {
		t.Fatalf("the import ended %v: %v", show["state"], show["error"])
	}
	route := "/api/kehu/imports/" + show["id"].(string)
	counts := tests.Counts(show)
	if counts["pending"] == 0 || int64(counts["pending"]) != submitted {
		t.Errorf("%d of the new customers wait for a decision, the import says %d", submitted, counts["pending"])
	}
	delete(counts, "pending") // some of the created
	checkRows(t, outcomesOf(t, h, show["id"].(string)), counts)
	if unmapped := fmt.Sprint(show["unmapped"]); strings.Count(unmapped, "header:") != 1 ||
		!strings.Contains(unmapped, "传真") {
		t.Errorf("not understood: %s, want 传真 alone", unmapped)
	}
	marked := h.Do("data_admin", "GET", route+"/errors.xlsx", nil)
	if marked.Status != http.StatusOK {
		t.Fatalf("error workbook: %d %s", marked.Status, marked.Body)
	}
	checkAgain(t, h, "the same file", content, false)
	checkAgain(t, h, "the error workbook", marked.Body, true)
	if undone := h.Do("data_admin", "POST", route+"/undo", nil); undone.Status != http.StatusOK {
		t.Fatalf("undo: %d %s", undone.Status, undone.Body)
	}
	if countOf(t, h, "customers") != customers || countOf(t, h, "contacts") != contacts {
		t.Errorf("after the undo %d customers of %d and %d contacts of %d",
			countOf(t, h, "customers"), customers, countOf(t, h, "contacts"), contacts)
	}
}

func countOf(t *testing.T, h *tests.House, collection string) int64 {
	t.Helper()
	n, err := h.App.CountRecords(collection)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func pendingOf(t *testing.T, h *tests.House) int64 {
	t.Helper()
	n, err := h.App.CountRecords("customers", dbx.HashExp{"status": "pending"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func checkRows(t *testing.T, got map[int]rowOutcome, counts map[string]int) {
	t.Logf("import: %v", counts)
	want := map[string]int{"total": rowsOfSheet}
	for n, l := range lines(Random(), tests.Now) {
		want[l.outcome]++
		row := headerRow + 1 + n
		o := got[row]
		if o.outcome != l.outcome || l.code != "" && !slices.Contains(o.codes, l.code) {
			t.Errorf("row %d, %s: %s %v, want %s %s\n%v", row, l.about, o.outcome, o.codes,
				l.outcome, l.code, l.cells)
		}
		others := slices.DeleteFunc(o.codes, func(code string) bool {
			return code == "email_placeholder" // .example is reserved
		})
		if l.about == "sound" && len(others) > 0 {
			t.Errorf("row %d is sound and has %v", row, others)
		}
	}
	if !maps.Equal(counts, want) || len(got) != rowsOfSheet {
		t.Errorf("counts of %d rows are %v, want %v", len(got), counts, want)
	}
	for _, o := range []string{"created", "updated", "unchanged", "incomplete", "duplicate",
		"failed", "blank"} {
		if counts[o] == 0 {
			t.Errorf("no row is %s", o)
		}
	}
}

// checkAgain imports a file once more. mended says whether it is the error workbook: that one holds
// no certificate numbers any more, so that rows which only had one in the wrong place are sound.
func checkAgain(t *testing.T, h *tests.House, name string, file []byte, mended bool) {
	customers, contacts := countOf(t, h, "customers"), countOf(t, h, "contacts")
	show := h.Import("data_admin", WorkbookName, file, nil)
	counts := tests.Counts(show)
	t.Logf("%s again: %v", name, counts)
	all := lines(Random(), tests.Now)
	for row, o := range outcomesOf(t, h, show["id"].(string)) {
		l := all[row-headerRow-1]
		masked := mended && (l.code == "sensitive_in_text" || l.code == "digits_lost" && l.cells["cert"] != nil)
		if o.outcome == "updated" || o.outcome == "incomplete" || o.outcome == "created" != masked {
			t.Errorf("%s, row %d, %s: %s %v", name, row, l.about, o.outcome, o.codes)
		}
	}
	if counts["total"] != rowsOfSheet {
		t.Errorf("%s has %v", name, counts)
	}
	if undone := h.Do("data_admin", "POST", "/api/kehu/imports/"+show["id"].(string)+"/undo", nil); mended &&
		undone.Status != http.StatusOK {
		t.Fatalf("undo of %s: %d %s", name, undone.Status, undone.Body)
	}
	if countOf(t, h, "customers") != customers || countOf(t, h, "contacts") != contacts {
		t.Errorf("%s changes the number of customers or contacts", name)
	}
}

// TestWorkbook looks at the sample as a file.
func TestWorkbook(t *testing.T) {
	content := sample(t)
	ctx := context.Background()
	book, err := sheet.Open(ctx, bytes.NewReader(content), int64(len(content)), WorkbookName,
		sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	var visible []string
	for _, s := range book.Sheets() {
		if !s.Hidden {
			visible = append(visible, s.Name)
		}
	}
	if !slices.Equal(visible, []string{registerSheet, guideSheet}) || len(book.Sheets()) != 3 {
		t.Errorf("the sheets are %v", book.Sheets())
	}
	info, err := book.Inspect(ctx, registerSheet)
	if err != nil {
		t.Fatal(err)
	}
	if info.Rows != headerRow+rowsOfSheet || len(info.HiddenRows) != 3 || len(info.Merges) != 7 {
		t.Errorf("%d rows, hidden %v, merged %v", info.Rows, info.HiddenRows, info.Merges)
	}
	kinds := map[sheet.Kind]int{}
	lost, long := 0, 0
	rows, err := book.Rows(ctx, registerSheet)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		for _, c := range rows.Row().Cells {
			kinds[c.Kind]++
			if c.LostDigits() {
				lost++
			}
			if c.Kind == sheet.Number && c.Number > 1.3e10 && c.Number < 2e10 {
				long++
			}
		}
	}
	if rows.Err() != nil || kinds[sheet.Error] != 3 || kinds[sheet.Date] < 300 || lost != 3 ||
		long != 9 {
		t.Errorf("%v: cells %v, %d cut, %d phones as numbers", rows.Err(), kinds, lost, long)
	}
}

func TestSampleIsMostlySound(t *testing.T) {
	all := lines(Random(), tests.Now)
	about := map[string]int{}
	for _, l := range all {
		about[l.about]++
	}
	if len(all) != rowsOfSheet || about["sound"] < cleanLeast {
		t.Errorf("%d of %d rows are sound", about["sound"], len(all))
	}
	for _, tr := range troubles {
		if about[tr.about] != tr.blocks*tr.lines() {
			t.Errorf("%d rows with %s", about[tr.about], tr.about)
		}
	}
}

func TestSameSeedSameDemo(t *testing.T) {
	first, second := newCast(Random(), tests.Now), newCast(Random(), tests.Now)
	if fmt.Sprint(first.customers) != fmt.Sprint(second.customers) {
		t.Error("two casts of one seed differ")
	}
	texts := func() string {
		var all []map[string]any
		for _, l := range lines(Random(), tests.Now) {
			all = append(all, l.cells)
		}
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if first, second := texts(), texts(); first != second {
		t.Error("two samples of one seed differ")
	}
}
