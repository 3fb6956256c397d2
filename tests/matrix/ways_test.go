package matrix

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kehu/internal/fields"
	"kehu/tests"
)

// everyRole are the roles of roles.md, and two members whose rows the planted customer is not.
func everyRole() []string {
	roles := []string{"sales2", "manager2"}
	for role := range rolesMD {
		roles = append(roles, role)
	}
	slices.Sort(roles)
	return roles
}

func stranger(role string) bool { return role == "sales2" || role == "manager2" }

// checkLeaks fails for every canary that an answer holds and its role must not meet. To those who do
// not see the row, everything of it is withheld.
func (g *garden) checkLeaks(way, role, text string) {
	g.t.Helper()
	if stranger(role) {
		for _, c := range g.canary {
			if dataMD[c.collection] != "" && strings.Contains(text, c.text) {
				g.t.Errorf("%s, who does not see the row, meets %s.%s by %s", role, c.collection, c.field, way)
			}
		}
		return
	}
	for _, leak := range g.leaks(role, text) {
		g.t.Errorf("%s meets %s by %s", role, leak, way)
	}
}

// checkRecord holds a record, as a role was answered it, against roles.md field by field.
func (g *garden) checkRecord(way, role, collection string, got map[string]any) {
	g.t.Helper()
	record := g.records[collection]
	if got["id"] != record.Id {
		g.t.Errorf("%s of %s as %s: %v", way, collection, role, got)
		return
	}
	masked, _ := got["masked"].(map[string]any)
	for _, f := range record.Collection().Fields {
		name := f.GetName()
		_, shown := got[name]
		mask, isMasked := masked[name]
		if want := g.want(role, collection, name); want != "" && want != state(shown, isMasked) {
			g.t.Errorf("%s: %s.%s as %s is %s, want %s (%v)", way, collection, name, role, state(shown, isMasked), want, mask)
		}
	}
}

func state(shown, masked bool) string {
	switch {
	case shown && masked:
		return "shown and masked"
	case shown:
		return "shown"
	case masked:
		return "masked"
	}
	return "absent"
}

// want is how a field of a planted record stands in an answer; "" where either will do.
func (g *garden) want(role, collection, name string) string {
	class := classMD(collection, name)
	record := g.records[collection]
	f, listed := fields.Get(collection, name)
	if collection == "customers" && (name == "name" || name == "short_name") {
		class = 'C'
	}
	sees := func(yes bool) string {
		if yes {
			return "shown"
		}
		return "absent"
	}
	switch {
	case class == 'H':
		return sees(role == "superuser" && name != "password" && name != "tokenKey")
	case name == "id" || name == "created" || name == "updated" || name == "customer":
		return "shown"
	case collection == "staff" && name == "email":
		return "" // PocketBase's own: by emailVisibility
	case listed && f.Kind == fields.File && filesMD[collection] != "":
		return sees(strings.Contains(filesMD[collection], role))
	case collection == "tasks" && name == "title":
		return map[bool]string{true: "shown", false: "masked"}[reads(role, 'C') == 'P']
	case collection == "import_rows" && name == "raw":
		return "" // its cells of class S are masked for everybody: TestRowsOfAnImport
	case name == "originals":
		return "masked" // a part is of class S, which nobody reads
	case class == 'S':
		return sees(reads(role, class) == 'm')
	case reads(role, class) == 'P':
		return "shown"
	case reads(role, class) == '-':
		return "absent"
	case listed && f.IsText() && record.GetString(name) == "":
		return "absent"
	case !listed && name != "name": // reasons that people wrote have no mask
		return "absent"
	}
	return "masked"
}

// expands name every relation there is, from both ends.
var expands = map[string]string{
	"customers": "owner,department,parent,tags,industry,division,contacts_via_customer,followups_via_customer," +
		"contracts_via_customer,orders_via_customer,tickets_via_customer,consents_via_customer,attachments_via_customer," +
		"tasks_via_customer,orders_via_customer.contract",
	"contacts": "customer,customer.contracts_via_customer", "followups": "customer,staff",
	"contracts": "customer,orders_via_contract", "orders": "customer,contract", "tickets": "customer,assignee",
	"attachments": "customer,contact", "consents": "customer.contacts_via_customer", "tasks": "customer,assignee",
	"staff": "department,customers_via_owner,tasks_via_assignee", "departments": "parent,manager,customers_via_department",
	"tags": "customers_via_tags", "industries": "customers_via_industry", "divisions": "customers_via_division",
	"imports": "department,import_rows_via_import", "import_rows": "import",
}

func path(collection string) string { return "/api/collections/" + collection + "/records" }

// TestWhatEveryRoleReads walks list, view and expand of every collection as every role.
func TestWhatEveryRoleReads(t *testing.T) {
	g := plant(t)
	if len(g.canary) < 80 {
		t.Fatalf("only %d canaries were planted", len(g.canary))
	}
	for _, role := range everyRole() {
		for collection := range dataMD {
			id := g.records[collection].Id
			view := g.Do(role, "GET", path(collection)+"/"+id, nil)
			list := g.Do(role, "GET", path(collection)+"?perPage=200&filter="+url.QueryEscape("id='"+id+"'"), nil)
			wide := g.Do(role, "GET", path(collection)+"?perPage=200&expand="+expands[collection], nil)
			near := g.Do(role, "GET", path(collection)+"/"+id+"?fields=*,expand.*,masked.*&expand="+expands[collection], nil)
			for way, a := range map[string]tests.Answer{"view": view, "list": list, "expand": wide, "expand of a view": near} {
				g.checkLeaks(way+" of "+collection, role, string(a.Body))
			}
			if stranger(role) {
				continue
			}
			sees := seesMD(role, collection)
			if (view.Status == http.StatusOK) != sees || strings.Contains(string(list.Body), id) != sees {
				t.Errorf("%s sees %s: view %d, list %d, want %v", role, collection, view.Status, list.Status, sees)
			}
			if sees && wide.Status != http.StatusOK {
				t.Errorf("%s expands %s: %d %s", role, collection, wide.Status, wide.Body)
			}
			if !sees || view.Status != http.StatusOK {
				continue
			}
			g.checkRecord("view", role, collection, view.JSON())
			items, _ := list.JSON()["items"].([]any)
			for _, item := range items {
				g.checkRecord("list", role, collection, item.(map[string]any))
			}
			g.checkExpanded(role, collection, near.JSON())
		}
	}
}

// checkExpanded holds the records within an answer to the same as those that stand alone.
func (g *garden) checkExpanded(role, way string, within map[string]any) {
	g.t.Helper()
	expand, _ := within["expand"].(map[string]any)
	for name, value := range expand {
		all, many := value.([]any)
		if !many {
			all = []any{value}
		}
		for _, one := range all {
			record, _ := one.(map[string]any)
			collection, _ := record["collectionName"].(string)
			if !seesMD(role, collection) {
				g.t.Errorf("%s sees %s by expanding %s.%s", role, collection, way, name)
			}
			if planted := g.records[collection]; planted != nil && record["id"] == planted.Id {
				g.checkRecord("expand from "+way, role, collection, record)
			}
			g.checkExpanded(role, collection, record)
		}
	}
}

// Masks are what data.md says they are, and what they keep is not all there is.
func TestMasksOfARecord(t *testing.T) {
	g := plant(t)
	for _, role := range []string{"service", "marketing", "finance", "executive"} {
		view := g.Do(role, "GET", path("customers")+"/"+g.records["customers"].Id, nil).JSON()
		masked, _ := view["masked"].(map[string]any)
		mobile := g.records["customers"].GetString("mobile")
		for field, want := range map[string]string{"name": "哨*兵", "mobile": mobile[:3] + "****" + mobile[7:],
			"business_address": "上海市浦东新区***", "email": "c***@example-firm.cn"} {
			if masked[field] != want {
				t.Errorf("%s: %s is %v, want %s", role, field, masked[field], want)
			}
		}
		if landline, _ := masked["landline"].(string); !strings.HasPrefix(landline, "021-****") {
			t.Errorf("%s: landline is %s", role, landline)
		}
		if role == "executive" && (view["cert_no"] != "110105********002X" || view["bank_account"] != "6222***********4216") {
			t.Errorf("class S under its own name: %v %v", view["cert_no"], view["bank_account"])
		}
		originals, _ := masked["originals"].(map[string]any)
		if _, shown := originals["industry"]; !shown || originals["mobile"] != nil || originals["cert_no"] != nil {
			t.Errorf("%s: parts of originals %v", role, originals)
		}
	}
}

// TestEveryOtherWayOut asks the routes that are no lists of records.
func TestEveryOtherWayOut(t *testing.T) {
	g := plant(t)
	customer, contact := g.records["customers"], g.records["contacts"]
	for _, role := range everyRole() {
		for name, record := range map[string]string{"imports": g.records["imports"].Id, "exports": g.records["exports"].Id} {
			for _, tail := range []string{"", "/errors.xlsx", "/events", "/file"} {
				a := g.Do(role, "GET", "/api/kehu/"+name+"/"+record+tail, nil)
				g.checkLeaks("/"+name+"/{id}"+tail, role, string(a.Body))
				if !seesMD(role, name) && !stranger(role) && a.Status == http.StatusOK {
					t.Errorf("%s opens somebody else's %s%s", role, name, tail)
				}
			}
		}
		for _, q := range []string{customer.GetString("name"), customer.GetString("mobile"), customer.GetString("mobile")[7:],
			customer.GetString("number"), contact.GetString("name"), contact.GetString("mobile"), customer.GetString("email")} {
			a := g.Do(role, "GET", "/api/kehu/search?q="+url.QueryEscape(q), nil)
			g.checkLeaks("search", role, strings.ReplaceAll(string(a.Body), q, ""))
			g.checkLeaks("search", role, string(a.Body))
		}
		g.checkLeaks("dictionaries", role, string(g.Do(role, "GET", "/api/kehu/fields", nil).Body))
		g.checkLeaks("health", role, string(g.Do(role, "GET", "/api/kehu/health", nil).Body))
		for _, extract := range []string{"high-intent", "contract-amounts"} {
			for _, format := range []string{"json", "csv"} {
				a := g.Do(role, "GET", "/api/kehu/extracts/"+extract+"?format="+format, nil)
				if a.Status == http.StatusOK && (role == "marketing" || role == "finance") {
					g.checkLeaks(extract, role, string(a.Body))
				}
			}
		}
		g.checkWrites(role)
		g.checkFiles(role)
	}
}

// checkWrites looks at the answers to writes, refused ones too: their own words are not in them,
// and nothing of what is there.
func (g *garden) checkWrites(role string) {
	g.t.Helper()
	customer := g.records["customers"]
	same := map[string]any{"kind": "individual", "name": customer.GetString("name"), "mobile": customer.GetString("mobile")}
	quote := func(text string) string { // what the asker typed is no secret to the asker
		return strings.NewReplacer(customer.GetString("name"), "", customer.GetString("mobile"), "").Replace(text)
	}
	for way, a := range map[string]tests.Answer{
		"a duplicate": g.Do(role, "POST", path("customers"), same),
		"a check":     g.Do(role, "POST", "/api/kehu/check", map[string]any{"customer": same}),
		"a check of the row": g.Do(role, "POST", "/api/kehu/check",
			map[string]any{"id": customer.Id, "customer": map[string]any{"short_name": ""}}),
		"the same number": g.Do(role, "POST", path("contracts"), map[string]any{"customer": customer.Id,
			"number": g.records["contracts"].GetString("number")}),
		"an update": g.Do(role, "PATCH", path("customers")+"/"+customer.Id, map[string]any{"satisfaction": 5}),
		"a batch": g.Do(role, "POST", "/api/batch", map[string]any{"requests": []map[string]any{{"method": "PATCH",
			"url":  path("customers") + "/" + customer.Id + "?expand=" + expands["customers"],
			"body": map[string]any{"satisfaction": 5}}}}),
		"a refresh of the session": g.Do(role, "POST", "/api/collections/"+authOf(role)+
			"/auth-refresh?expand=department,customers_via_owner.contacts_via_customer,tasks_via_assignee.customer", nil),
	} {
		g.checkLeaks(way, role, quote(string(a.Body)))
	}
}

func authOf(role string) string {
	if role == "superuser" {
		return "_superusers"
	}
	return "staff"
}

// checkFiles downloads every stored file.
func (g *garden) checkFiles(role string) {
	g.t.Helper()
	token := g.Do(role, "POST", "/api/files/token", nil).Text("token")
	for collection, field := range map[string]string{"attachments": "file", "followups": "files", "contracts": "file", "consents": "evidence"} {
		record := g.records[collection]
		names := record.GetStringSlice(field)
		if len(names) == 0 || strings.Contains(names[0], "paper") {
			g.t.Fatalf("%s has no file, or one under its own name: %v", collection, names)
		}
		a := g.Do("", "GET", fmt.Sprintf("/api/files/%s/%s/%s?token=%s", collection, record.Id, names[0], token), nil)
		want := strings.Contains(filesMD[collection], role) && !stranger(role)
		if got := a.Status == http.StatusOK && strings.Contains(string(a.Body), letters(900)); got != want {
			g.t.Errorf("%s downloads a file of %s: %d, want %v", role, collection, a.Status, want)
		}
	}
}

// An export is masked for whoever makes it: with a matrix in which managers read contact data
// masked, which is in force at once, theirs are.
func TestAnExportIsMasked(t *testing.T) {
	g := plant(t)
	g.Do("data_admin", "PATCH", path("policies")+"/"+g.records["policies"].Id,
		map[string]any{"value": map[string]any{"manager": map[string]string{"C": "masked", "N": "absent"}}})
	line := rolesMD["manager"]
	rolesMD["manager"] = "PmmP-"
	defer func() { rolesMD["manager"] = line }()
	file := g.Export("manager", map[string]any{"reason": "检查掩码", "format": "csv"})
	if file.Status != http.StatusOK || !strings.Contains(string(file.Body), "哨*兵") || !strings.Contains(string(file.Body), "139****") {
		t.Fatalf("%d %s", file.Status, file.Body)
	}
	g.checkLeaks("export", "manager", string(file.Body))
	rest := []string{path("customers"), path("contacts"), path("customers") + "/" + g.records["customers"].Id}
	for _, p := range rest {
		g.checkLeaks("the changed matrix: "+p, "manager", string(g.Do("manager", "GET", p, nil).Body))
	}
	for _, closed := range []string{"followups", "tickets", "attachments"} {
		if a := g.Do("manager", "GET", path(closed)+"/"+g.records[closed].Id, nil); a.Status == http.StatusOK {
			t.Errorf("the changed matrix leaves %s open", closed)
		}
	}
	if a := g.Do("manager", "GET", path("customers")+"?filter=mobile~'1'", nil); a.Code("") != "field_withheld" {
		t.Errorf("the changed matrix lets a manager filter by a mobile: %d", a.Status)
	}
}

// The rows of an import show stars where a number of class S stood, even to a superuser.
func TestRowsOfAnImport(t *testing.T) {
	g := plant(t)
	for _, role := range []string{"manager", "data_admin", "superuser"} {
		a := g.Do(role, "GET", path("import_rows")+"?perPage=200", nil)
		if strings.Contains(string(a.Body), "sealed") || strings.Contains(string(a.Body), "19491231") {
			t.Errorf("%s is sent a sealed cell", role)
		}
	}
}

// The matrix itself is read by data administrators only.
func TestThePolicyOfAccessIsForDataAdministrators(t *testing.T) {
	g := plant(t)
	for _, role := range everyRole() {
		a := g.Do(role, "GET", path("policies"), nil)
		if got, want := strings.Contains(string(a.Body), letters(901)), role == "data_admin" || role == "superuser"; got != want {
			t.Errorf("%s reads the matrix: %v", role, got)
		}
	}
	id := g.records["policies"].Id
	for name, value := range map[string]any{
		"S below a manager":    map[string]any{"sales": map[string]string{"S": "reveal"}},
		"S in plain":           map[string]any{"manager": map[string]string{"S": "read"}},
		"the last one out":     map[string]any{"data_admin": map[string]string{"B": "read"}},
		"a role of one's own":  map[string]any{"boss": map[string]string{"B": "read"}},
		"what nobody can mask": map[string]any{"service": map[string]string{"N": "masked"}},
	} {
		if a := g.Do("data_admin", "PATCH", path("policies")+"/"+id, map[string]any{"value": value}); a.Code("value") != "policy_value" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// revealsMD are the classes that roles.md marks M: masked, revealed one value at a time.
var revealsMD = map[string]string{"service": "C", "manager": "S", "executive": "CS", "data_admin": "S", "superuser": "S"}

// A reveal answers those whom roles.md lets reveal the class, and nobody else.
func TestRevealsAreForWhoMay(t *testing.T) {
	g := plant(t)
	mobile := g.records["customers"].GetString("mobile")
	for _, role := range everyRole() {
		for field, value := range map[string]string{"mobile": mobile, "cert_no": "11010519491231002X"} {
			class := string(classMD("customers", field))
			for name, id := range map[string]string{"there": g.records["customers"].Id, "missing": "missingmissing0"} {
				a := g.Do(role, "POST", "/api/kehu/customers/"+id+"/reveal", map[string]any{"field": field, "reason": "核对身份信息"})
				want := name == "there" && strings.Contains(revealsMD[role], class)
				if got := strings.Contains(string(a.Body), value); got != want || got != (a.Status == http.StatusOK) {
					t.Errorf("%s reveals %s of a customer that is %s: %d %s", role, field, name, a.Status, a.Body)
				}
				if !strings.Contains(revealsMD[role], class) && !stranger(role) && a.Status != http.StatusForbidden && a.Code("") != "reveal_field" {
					t.Errorf("%s reveals %s of a customer that is %s: %d %s", role, field, name, a.Status, a.Body)
				}
			}
		}
	}
}
