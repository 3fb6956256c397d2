package hooks_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"kehu/collections"
	"kehu/tests"
)

// register makes one customer for each owner that roles differ by, and answers their ids.
func someCustomers(h *tests.House) map[string]string {
	ids := map[string]string{}
	for _, c := range []struct{ key, role, name string }{
		{"own", "sales", "华东一号有限公司"}, {"south", "sales2", "华南一号有限公司"},
		{"nobody", "data_admin", "无主一号有限公司"},
	} {
		record := h.Create(c.role, "customers", firm(c.name, map[string]any{"landline": "021-62341234"}))
		ids[c.key] = record["id"].(string)
	}
	h.Create("sales2", "orders", map[string]any{"customer": ids["south"], "date": "2026-01-01", "amount": 5})
	return ids
}

// seenBy is roles.md's column of rows, for the three customers.
var seenBy = map[string][]string{
	"sales": {"own"}, "sales2": {"south"}, "manager": {"own"}, "manager2": {"south"},
	"service": {"own", "south", "nobody"}, "executive": {"own", "south", "nobody"},
	"data_admin": {"own", "south", "nobody"}, "superuser": {"own", "south", "nobody"},
	"finance": {"south"}, "marketing": {}, "": {},
}

func TestEveryRoleSeesItsRowsByEveryWay(t *testing.T) {
	h := tests.Start(t)
	ids := someCustomers(h)
	for role, seen := range seenBy {
		t.Run("as "+role, func(t *testing.T) {
			list := h.Do(role, "GET", "/api/collections/customers/records?sort=-updated", nil)
			searched := h.Do(role, "GET", "/api/kehu/search?q=一号", nil)
			for key, id := range ids {
				want := slices.Contains(seen, key)
				view := h.Do(role, "GET", "/api/collections/customers/records/"+id, nil)
				if got := view.Status == http.StatusOK; got != want {
					t.Errorf("view of %s: %d", key, view.Status)
				}
				if got := strings.Contains(string(list.Body), id); got != want {
					t.Errorf("list holds %s: %v", key, got)
				}
				if got := strings.Contains(string(searched.Body), id); got != want {
					t.Errorf("search finds %s: %v", key, got)
				}
			}
			if total := list.JSON()["totalItems"]; role != "" && total != float64(len(seen)) {
				t.Errorf("total %v, want %d", total, len(seen))
			}
		})
	}
}

func TestWhatARoleDoesNotReadPlainIsNotSentAndCannotBeAskedBy(t *testing.T) {
	h := tests.Start(t)
	ids := someCustomers(h)
	person := h.Create("sales2", "customers", map[string]any{"kind": "individual", "name": "陈一诺", "mobile": "13912341239"})
	h.Create("sales2", "orders", map[string]any{"customer": person["id"], "date": "2026-01-01", "amount": 5})
	for _, role := range []string{"service", "finance", "executive"} {
		for _, path := range []string{"/api/collections/customers/records", "/api/collections/customers/records/" + ids["south"],
			"/api/collections/customers/records/" + person["id"].(string), "/api/kehu/search?q=一号"} {
			a := h.Do(role, "GET", path, nil)
			for _, secret := range []string{"62341234", "陈一诺", "13912341239"} {
				if strings.Contains(string(a.Body), secret) {
					t.Errorf("%s reads %s at %s", role, secret, path)
				}
			}
		}
		for _, query := range []string{"filter=landline~'6234'", "filter=name~'陈'", "sort=mobile",
			"filter=contacts_via_customer.mobile~'1'", "filter=kind='individual'%26%26mobile>'138'"} {
			if a := h.Do(role, "GET", "/api/collections/customers/records?"+query, nil); a.Status != http.StatusForbidden {
				t.Errorf("%s asks %s: %d", role, query, a.Status)
			}
		}
		if a := h.Do(role, "GET", "/api/kehu/search?q=1239", nil); strings.Contains(string(a.Body), person["id"].(string)) {
			t.Errorf("%s finds a phone's tail", role)
		}
	}
	if a := h.Do("sales2", "GET", "/api/kehu/search?q=1239", nil); !strings.Contains(string(a.Body), person["id"].(string)) {
		t.Errorf("the owner does not find the phone's tail: %s", a.Body)
	}
}

func TestWhoMayWrite(t *testing.T) {
	h := tests.Start(t)
	ids := someCustomers(h)
	for _, c := range []struct {
		role, key string
		want      bool
	}{
		{"sales", "own", true}, {"sales", "south", false}, {"manager", "own", true},
		{"manager", "south", false}, {"service", "own", false}, {"executive", "own", false},
		{"finance", "south", false}, {"data_admin", "south", true}, {"superuser", "south", true},
	} {
		a := h.Do(c.role, "PATCH", "/api/collections/customers/records/"+ids[c.key], map[string]any{"short_name": "改" + c.role})
		if got := a.Status == http.StatusOK; got != c.want {
			t.Errorf("%s writes %s: %d %s", c.role, c.key, a.Status, a.Body)
		}
	}
	give := h.Do("sales", "POST", "/api/collections/customers/records", firm("给别人有限公司", map[string]any{"owner": h.Staff["sales2"]}))
	if give.Status != http.StatusForbidden {
		t.Errorf("a salesperson enters a customer for another: %d", give.Status)
	}
}

func TestPocketBasesOwnDoorsAreClosed(t *testing.T) {
	h := tests.Start(t)
	for _, c := range [][2]string{{"POST", "/api/sql"}, {"POST", "/api/backups/upload"}, {"DELETE", "/api/backups/a.zip"},
		{"DELETE", "/api/collections/customers/truncate"}} {
		if a := h.Do("superuser", c[0], c[1], map[string]any{"query": "SELECT 1", "name": "a.zip"}); a.Status != http.StatusForbidden {
			t.Errorf("%s %s: %d %s", c[0], c[1], a.Status, a.Body)
		}
	}
	show := h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称"}, []any{"甲有限公司"}), nil)
	forged := h.Do("superuser", "PATCH", "/api/collections/imports/records/"+show["id"].(string), map[string]any{"state": "ready"})
	if forged.Status != http.StatusForbidden {
		t.Errorf("a superuser writes an import's state: %d", forged.Status)
	}
	for _, collection := range []string{"customers", "contacts", "staff", "imports", "import_rows", "exports",
		"policies", "tasks", "duplicate_pairs", "industries"} {
		a := h.Do("", "GET", "/api/collections/"+collection+"/records", nil)
		if a.Status == http.StatusOK && !strings.Contains(string(a.Body), `"items":[]`) {
			t.Errorf("anybody reads %s: %s", collection, a.Body)
		}
	}
	if a := h.Do("", "GET", "/api/kehu/health", nil, "X-Kehu-Command", "wrong"); a.Status != http.StatusUnauthorized {
		t.Errorf("a wrong command secret: %d", a.Status)
	}
	sign := h.Do("", "POST", "/api/collections/staff/records", map[string]any{"email": "x@example.com", "password": "1234567890",
		"passwordConfirm": "1234567890", "name": "x", "role": "data_admin"})
	if sign.Status == http.StatusOK {
		t.Error("anybody may sign up")
	}
	self := h.Do("sales", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"], map[string]any{"role": "data_admin"})
	if self.Status == http.StatusOK {
		t.Error("a salesperson promotes himself")
	}
}

func TestADeactivatedMemberIsOutAtOnce(t *testing.T) {
	h := tests.Start(t)
	if a := h.Do("data_admin", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"], map[string]any{"active": false}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "GET", "/api/kehu/search?q=公司", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("the old token still works: %d", a.Status)
	}
	in := h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]any{"identity": "sales@example.com", "password": tests.Password("sales")})
	if in.Status == http.StatusOK {
		t.Error("a deactivated member signs in")
	}
	h.Do("data_admin", "PATCH", "/api/collections/staff/records/"+h.Staff["data_admin2"], map[string]any{"role": "sales"})
	last := h.Do("data_admin", "PATCH", "/api/collections/staff/records/"+h.Staff["data_admin"], map[string]any{"role": "sales"})
	if last.Code("role") != "last_data_admin" {
		t.Errorf("the last data administrator left: %d %s", last.Status, last.Body)
	}
}

// Whoever asks for a number, a code or the requests about a customer gets it from its index, whichever
// way the filter is put; a filter that other rows meet too is answered in full.
func TestAFilterByANumberTakesItsIndex(t *testing.T) {
	h := tests.Start(t)
	made := h.Create("sales", "customers", firm("甲有限公司", nil))
	number := made["number"].(string)
	h.Create("sales", "contacts", map[string]any{"customer": made["id"], "name": "张三"})
	_, err := h.App.DB().NewQuery("UPDATE kehu_totals SET n = 30000 WHERE n > 0").Execute()
	if err != nil {
		t.Fatal(err)
	}
	asked := ""
	db := h.App.ConcurrentDB().(*dbx.DB)
	db.QueryLogFunc = func(_ context.Context, _ time.Duration, sql string, _ *sql.Rows, _ error) {
		if strings.Contains(sql, "LIMIT") {
			asked = sql
		}
	}
	for _, c := range []struct {
		role, collection, filter, index string
		found                           int
	}{
		{"data_admin", "customers", `number = "` + number + `"`, "idx_customers_number", 1},
		{"data_admin", "customers", `kind = "enterprise" && (status = "draft" && number = "` + number + `")`, "idx_customers_number", 1},
		{"data_admin", "customers", `uscc = "91440300708461136T"`, "idx_customers_uscc", 0},
		{"data_admin", "customers", `number = "` + number + `" || number = ""`, "", 1},
		{"data_admin", "customers", `number = "x" || name = "甲有限公司"`, "", 1},
		{"data_admin", "approvals", `customer = "aaaaaaaaaaaaaaa" && state = "open"`, "idx_approvals_customer", 0},
		{"data_admin", "tasks", `subject_id = "aaaaaaaaaaaaaaa"`, "idx_tasks_subject", 0},
		{"data_admin", "customers", `tier = "key" && stage = "won"`, "idx_customers_updated", 0},
		{"manager", "customers", `status = "draft"`, "idx_customers_updated", 1}, // of a large department
		{"manager2", "customers", `status = "draft"`, "idx_customers_department", 0},
		{"sales", "contacts", "", "idx_customers_owner", 1}, {"sales", "orders", "", "idx_customers_owner", 0},
	} {
		asked = ""
		got := h.Do(c.role, "GET", "/api/collections/"+c.collection+"/records?skipTotal=1&sort=-updated&filter="+
			url.QueryEscape(c.filter), nil)
		if items := got.JSON()["items"].([]any); len(items) != c.found {
			t.Errorf("%s: %d of %d", c.filter, len(items), c.found)
		}
		lines := strings.Join(h.Plan(asked), "; ")
		if c.index != "" && !strings.Contains(lines, "INDEX "+c.index) {
			t.Errorf("%s %s: %s", c.collection, c.filter, lines)
		}
	}
}

// No list of customers in the order of its change or creation walks the whole table or sorts it: the
// plan of every role's page begins at an index.
func TestListsBeginAtAnIndex(t *testing.T) {
	h := tests.Start(t)
	plan := func(condition, order string, args ...any) []string {
		return h.Plan("SELECT * FROM customers WHERE "+condition+" ORDER BY "+order+" LIMIT 30", args...)
	}
	for condition, orders := range map[string][]string{"owner = 'x'": {"updated DESC"}, // of one person: few
		"has_deal = TRUE": {"updated DESC"}, "TRUE": {"updated DESC", "created DESC", "created"}} {
		for _, order := range orders {
			lines := strings.Join(plan(condition, order), "; ")
			if !strings.Contains(lines, "USING INDEX") || strings.Contains(lines, "TEMP B-TREE") {
				t.Errorf("%s by %s: %s", condition, order, lines)
			}
		}
	}
	manager := collections.Reader{ID: "m", Role: "manager", Departments: []string{"d1", "d2"}}
	for _, order := range []string{"updated DESC", "created DESC"} {
		condition, args := manager.FirstOfEach(order, 30)
		own := 0
		for _, line := range plan(condition, order, args...) {
			if strings.HasPrefix(line, "SCAN customers") && !strings.Contains(line, "USING") {
				t.Errorf("manager by %s: %s", order, line)
			}
			if strings.Contains(line, "INDEX idx_customers_department") {
				own++
			}
		}
		if own != len(manager.Departments) {
			t.Errorf("manager by %s: %d departments from their index", order, own)
		}
	}
}

// The admin UI asks for the order of the row ids: for customers that is the order of creation.
func TestTheOrderOfRowsIsThatOfCreation(t *testing.T) {
	h := tests.Start(t)
	someCustomers(h)
	names := func(role, sort string) (names []string) {
		a := h.Do(role, "GET", "/api/collections/customers/records?sort="+sort, nil)
		if a.Status != 200 {
			t.Fatalf("%s by %s: %d %s", role, sort, a.Status, a.Body)
		}
		for _, item := range a.JSON()["items"].([]any) {
			names = append(names, item.(map[string]any)["name"].(string))
		}
		return names
	}
	for _, role := range []string{"manager", "executive", "sales"} {
		rising, falling := names(role, "@rowid"), names(role, "-@rowid")
		if len(rising) == 0 || !slices.Equal(rising, names(role, "created")) ||
			!slices.Equal(falling, names(role, "-created")) {
			t.Errorf("%s: %v, %v", role, rising, falling)
		}
		slices.Reverse(falling)
		if !slices.Equal(rising, falling) {
			t.Errorf("%s: one way %v, the other way %v", role, rising, falling)
		}
	}
}

func TestTotalsAreKeptOverEveryWay(t *testing.T) {
	h := tests.Start(t)
	total := func() string {
		return fmt.Sprint(h.Do("data_admin", "GET", "/api/collections/customers/records", nil).JSON()["totalItems"])
	}
	someCustomers(h)
	show := h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称"}, []any{"甲有限公司"}, []any{"乙有限公司"}), nil)
	if total() != "5" {
		t.Errorf("after an import %s", total())
	}
	h.Do("data_admin", "POST", "/api/kehu/imports/"+show["id"].(string)+"/undo", nil)
	if total() != "3" {
		t.Errorf("after its undo %s", total())
	}
}
