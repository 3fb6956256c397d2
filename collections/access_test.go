package collections_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/tests"
)

const member = `@request.auth.collectionName = "staff" && @request.auth.active = true`

func rulesOf(a collections.Access) map[string]*string {
	return map[string]*string{"list": a.List, "view": a.View, "create": a.Create,
		"update": a.Update, "delete": a.Delete}
}

func rulesIn(c *core.Collection) collections.Access {
	return collections.Access{List: c.ListRule, View: c.ViewRule, Create: c.CreateRule,
		Update: c.UpdateRule, Delete: c.DeleteRule}
}

// closed are the doors of each collection that are open to superusers only; all the others are
// open to active members of staff, under a condition or not.
var closed = map[string][]string{
	"audit_log": {"create", "update", "delete"}, "changes": {"create", "update", "delete"},

	"customers": nil, "contacts": nil, "followups": nil, "contracts": nil, "orders": nil,
	"tickets": nil, "attachments": nil, "consents": nil, "tags": nil,
	"departments": {"delete"}, "staff": {"delete"}, "policies": {"delete"},
	"industries": {"create", "update", "delete"}, "divisions": {"create", "update", "delete"},
	"tasks": {"create", "update", "delete"}, "imports": {"create", "update", "delete"},
	"import_rows": {"create", "update", "delete"}, "exports": {"create", "update", "delete"},
	"merges":    {"create", "update", "delete"},
	"handovers": {"create", "update", "delete"}, "archives": {"create", "update", "delete"},
	"approvals": {"create", "update", "delete"}, "calendar_days": nil, "campaigns": {"delete"},
	"duplicate_pairs": {"list", "view", "create", "update", "delete"},
	"jobs_log":        {"create", "update", "delete"}, "backups_log": {"create", "update", "delete"},
}

func TestEveryDoorIsClosedOrForActiveMembers(t *testing.T) {
	h := tests.Start(t)
	all, err := h.App.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for _, c := range all {
		met[c.Name] = true
		for door, rule := range rulesOf(rulesIn(c)) {
			shut := slices.Contains(closed[c.Name], door)
			switch {
			case rule != nil && *rule == "":
				t.Errorf("%s: anybody may %s", c.Name, door)
			case c.System: // PocketBase's own: closed, or for oneself
				if rule != nil && !strings.Contains(*rule, "= @request.auth.id") {
					t.Errorf("%s: %s is %s", c.Name, door, *rule)
				}
			case shut != (rule == nil):
				t.Errorf("%s: %s is %v", c.Name, door, rule)
			case rule != nil && !strings.Contains(*rule, member):
				t.Errorf("%s: %s is open to who is no active member: %s", c.Name, door, *rule)
			}
		}
		if _, listed := closed[c.Name]; !listed && !c.System {
			t.Errorf("%s is a collection that nobody decided about", c.Name)
		}
	}
	for name := range closed {
		if !met[name] {
			t.Errorf("no collection %s", name)
		}
	}
	for name := range collections.Rules() {
		if !met[name] {
			t.Errorf("rules for %s, which is not there", name)
		}
	}
}

// An alternative must never stand outside the condition of being a member: a rule that begins with
// it and holds || at its top level would let others in.
func TestEveryAlternativeAsksForAMember(t *testing.T) {
	for name, access := range collections.Rules() {
		for door, rule := range rulesOf(access) {
			if rule == nil {
				continue
			}
			for _, alternative := range alternatives(*rule) {
				if !strings.Contains(alternative, member) {
					t.Errorf("%s %s: %s", name, door, alternative)
				}
			}
		}
	}
}

// alternatives parts a rule at its outermost ||.
func alternatives(rule string) []string {
	for whole(rule) {
		rule = rule[1 : len(rule)-1]
	}
	depth, from, parts := 0, 0, []string{}
	for i := range rule {
		switch {
		case rule[i] == '(':
			depth++
		case rule[i] == ')':
			depth--
		case depth == 0 && strings.HasPrefix(rule[i:], "||"):
			parts, from = append(parts, rule[from:i]), i+2
		}
	}
	return append(parts, rule[from:])
}

// whole tells whether one pair of brackets holds the whole rule.
func whole(rule string) bool {
	if !strings.HasPrefix(rule, "(") || !strings.HasSuffix(rule, ")") {
		return false
	}
	depth := 0
	for i := range rule {
		switch rule[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 && i < len(rule)-1 {
			return false
		}
	}
	return true
}

func TestRulesOneByOne(t *testing.T) {
	rules := collections.Rules()
	for _, c := range []struct {
		name, door, role string
		want             bool
	}{
		{"customers", "create", "sales", true}, {"customers", "create", "service", true},
		{"customers", "create", "manager", true}, {"customers", "create", "data_admin", true},
		{"customers", "create", "executive", false}, {"customers", "create", "finance", false},
		{"customers", "list", "executive", true}, {"customers", "list", "finance", true},
		{"customers", "update", "executive", false}, {"customers", "update", "finance", false},
		{"contracts", "create", "finance", true}, {"orders", "create", "finance", true},
		{"orders", "create", "service", false}, {"followups", "create", "finance", false},
		{"followups", "create", "service", true}, {"tickets", "create", "service", true},
		{"attachments", "create", "service", true}, {"attachments", "create", "executive", false},
		{"staff", "create", "manager", false}, {"staff", "update", "manager", false},
		{"staff", "update", "data_admin", true}, {"policies", "update", "manager", false},
		{"policies", "create", "data_admin", true}, {"tags", "create", "sales", true},
		{"tags", "create", "finance", false}, {"tags", "update", "sales", false},
		{"departments", "update", "manager", false},
	} {
		rule := rulesOf(rules[c.name])[c.door]
		if rule == nil {
			t.Errorf("%s %s is closed", c.name, c.door)
			continue
		}
		if got := strings.Contains(*rule, `@request.auth.role = "`+c.role+`"`); got != c.want {
			t.Errorf("%s %s names %s: %v", c.name, c.door, c.role, got)
		}
	}
}

// readers are who may read what belongs to a firm with a deal, owned by sales in the east.
var readers = map[string][]string{
	"contacts":    {"sales", "manager", "service", "finance", "executive", "data_admin", "superuser"},
	"followups":   {"sales", "manager", "service", "executive", "data_admin", "superuser"},
	"tickets":     {"sales", "manager", "service", "executive", "data_admin", "superuser"},
	"contracts":   {"sales", "manager", "finance", "executive", "data_admin", "superuser"},
	"orders":      {"sales", "manager", "finance", "executive", "data_admin", "superuser"},
	"consents":    {"sales", "manager", "service", "finance", "executive", "data_admin", "superuser"},
	"attachments": {"sales", "manager", "data_admin", "superuser"},
}

func TestWhoReadsWhatBelongsToACustomer(t *testing.T) {
	h := tests.Start(t)
	id := h.Create("sales", "customers", firm("甲有限公司", nil))["id"].(string)
	records := map[string]string{"attachments": attach(t, h, id)}
	for collection, values := range map[string]map[string]any{
		"contacts": {"name": "赵启航"}, "followups": {"date": "2026-11-01", "summary": "拜访"},
		"tickets": {"kind": "咨询", "subject": "维修"}, "contracts": {"amount": 5},
		"orders": {"date": "2026-11-01", "amount": 5}, "consents": {"purposes": "营销", "granted": "2026-11-01"},
	} {
		values["customer"] = id
		records[collection] = h.Create("sales", collection, values)["id"].(string)
	}
	for collection, record := range records {
		for role := range h.Tokens {
			want := slices.Contains(readers[collection], role) || role == "data_admin2"
			path := "/api/collections/" + collection + "/records"
			view := h.Do(role, "GET", path+"/"+record, nil)
			list := h.Do(role, "GET", path, nil)
			if (view.Status == http.StatusOK) != want || strings.Contains(string(list.Body), record) != want {
				t.Errorf("%s reads %s: %d, want %v", role, collection, view.Status, want)
			}
		}
	}
}

// attach stores a small file with a customer.
func attach(t *testing.T, h *tests.House, customer string) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for key, value := range map[string]string{"customer": customer, "category": "minutes"} {
		if err := form.WriteField(key, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", "minutes.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("%PDF-1.4\n%%EOF\n")); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	a := h.Do("sales", "POST", "/api/collections/attachments/records", &body,
		"Content-Type", form.FormDataContentType())
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	return a.Text("id")
}

func TestRulesAreAppliedAnewAtEveryStart(t *testing.T) {
	h := tests.Start(t)
	open := ""
	for _, name := range []string{"customers", "duplicate_pairs", "staff"} {
		c, err := h.App.FindCollectionByNameOrId(name)
		if err != nil {
			t.Fatal(err)
		}
		c.ListRule, c.ViewRule, c.DeleteRule = &open, &open, &open
		if c.IsAuth() {
			c.AuthRule = &open
		}
		if err := h.App.Save(c); err != nil {
			t.Fatal(err)
		}
	}
	h.Close()
	h.Open()
	for _, name := range []string{"customers", "duplicate_pairs", "staff"} {
		c, err := h.App.FindCollectionByNameOrId(name)
		if err != nil {
			t.Fatal(err)
		}
		want := rulesOf(collections.Rules()[name])
		for door, rule := range rulesOf(rulesIn(c)) {
			if (rule == nil) != (want[door] == nil) || rule != nil && *rule != *want[door] {
				t.Errorf("%s: %s stays as somebody left it", name, door)
			}
		}
		if c.IsAuth() && (c.AuthRule == nil || *c.AuthRule != "active = true") {
			t.Errorf("who is deactivated may sign in: %v", c.AuthRule)
		}
	}
}

func TestEveryCollectionHasItsFields(t *testing.T) {
	h := tests.Start(t)
	for _, f := range fields.All() {
		c, err := h.App.FindCollectionByNameOrId(f.Collection)
		if err != nil {
			t.Fatal(err)
		}
		stored := c.Fields.GetByName(f.Key)
		if stored == nil || stored.GetHidden() != f.Hidden {
			t.Errorf("%s.%s is not stored as the table says", f.Collection, f.Key)
		}
		for _, stamp := range []string{"created", "updated"} {
			if c.Fields.GetByName(stamp) == nil {
				t.Errorf("%s has no %s", f.Collection, stamp)
			}
		}
	}
	for _, name := range collections.Belongings {
		c, err := h.App.FindCollectionByNameOrId(name)
		if err != nil {
			t.Fatal(err)
		}
		customer, ok := c.Fields.GetByName("customer").(*core.RelationField)
		if !ok || !customer.Required || !customer.CascadeDelete {
			t.Errorf("%s do not go with their customer", name)
		}
	}
}

// The default matrix follows the table of rows and classes: W write, R read, v masked and revealed,
// m masked, - absent; B C S F N.
func TestClassesOfEveryRole(t *testing.T) {
	signs := map[byte]policy.Reading{'W': policy.Write, 'R': policy.Read, 'v': policy.Reveal,
		'm': policy.Masked, '-': policy.Absent}
	for role, want := range map[string]string{"sales": "WWmRW", "service": "Rv--R",
		"marketing": "Rm---", "finance": "Rm-R-", "manager": "WWvRW", "executive": "RvvRR",
		"data_admin": "WWvWW", "nobody": "-----", "": "-----"} {
		reader := collections.Reader{Role: role}
		for i, class := range policy.Classes {
			if got := reader.Reads(class); got != signs[want[i]] {
				t.Errorf("%s reads %s: %s", role, class, got)
			}
		}
		all := role == "sales" || role == "manager" || role == "data_admin"
		if reader.ReadsAllPlain() != all || policy.DefaultAccess().ReadsAllPlain(role) != all {
			t.Errorf("%s reads all plain: %v", role, !all)
		}
	}
}

func TestTheNamesOfIndividualsAreContactData(t *testing.T) {
	h := tests.Start(t)
	c, err := h.App.FindCollectionByNameOrId("customers")
	if err != nil {
		t.Fatal(err)
	}
	record := core.NewRecord(c)
	for kind, want := range map[string]fields.Class{"individual": fields.Contact,
		"enterprise": fields.Basic, "institution": fields.Basic} {
		record.Set("kind", kind)
		for _, field := range []string{"name", "short_name"} {
			if class, ok := collections.ClassIn(record, field); !ok || class != want {
				t.Errorf("%s of an %s: %s", field, kind, class)
			}
		}
	}
}
