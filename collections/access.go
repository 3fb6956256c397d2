package collections

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
	"kehu/internal/policy"
)

// A rule is an expression of PocketBase's filter language; nil closes the door to everybody but
// superusers. They are written here once, by name, and re-applied at every start, so that a rule
// edited in the admin UI lasts until then and no longer.

const signedIn = `@request.auth.collectionName = "staff" && @request.auth.active = true`

func is(roles ...string) string {
	each := make([]string, len(roles))
	for i, r := range roles {
		each[i] = `@request.auth.role = "` + r + `"`
	}
	return "(" + strings.Join(each, " || ") + ")"
}

func all(terms ...string) string { return strings.Join(terms, " && ") }

func anyOf(terms ...string) string { return "(" + strings.Join(terms, " || ") + ")" }

// seen are the customers a member of staff may read (roles.md, rows). via is "" on customers and
// "customer." on what belongs to them. RowScope in scope.go says the same in SQL for lists.
func seen(via string) string {
	return all(signedIn, anyOf(
		is("service", "executive", "data_admin"),
		all(is("finance"), via+"has_deal = true"),
		all(is("marketing"), via+"marketable = true"), // its extract
		inDepartments(via),
		// sales, and the drafts of service and marketing
		via+`owner = @request.auth.id`,
	))
}

// inDepartments is the manager's own department and those below it.
func inDepartments(via string) string {
	return all(is("manager"), `@request.auth.department != ""`,
		via+`department.path ~ @request.auth.department`)
}

// written are the customers a member of staff may change.
func written(via string) string {
	return all(signedIn, anyOf(
		is("data_admin"),
		inDepartments(via),
		all(is("sales"), via+`owner = @request.auth.id`),
		all(is("service", "marketing"), via+`owner = @request.auth.id`, via+`status = "draft"`),
	))
}

// Access is one collection's rules.
type Access struct{ List, View, Create, Update, Delete *string }

func rule(s string) *string { return &s }

// Rules are every collection's rules under roles.md's own matrix.
func Rules() map[string]Access { return RulesUnder(policy.DefaultAccess()) }

// RulesUnder are every collection's rules under a matrix, by name. What is absent here is closed
// to all but superusers.
func RulesUnder(matrix policy.Access) map[string]Access {
	notes := func(via string) string {
		return all(seen(via), is(matrix.Readers(fields.Notes, visible)...))
	}
	financial := func(via string) string {
		return all(seen(via), is(matrix.Readers(fields.Financial, visible)...))
	}
	papers := papersUnder(matrix)
	read := func(s string) Access { return Access{List: rule(s), View: rule(s)} }
	admin := all(signedIn, is("data_admin"))
	imports, exports := is("manager", "marketing"), is("sales", "service", "manager", "executive")
	ruled := map[string]Access{
		"audit_log": read(all(signedIn, is("data_admin", "executive"))),
		"changes":   read(historyUnder(matrix)("customer.")),

		"customers": {
			List: rule(seen("")), View: rule(seen("")),
			Create: rule(all(signedIn, is("sales", "service", "manager", "data_admin"))),
			// customer service fills in two fields of any customer: records_write.go
			Update: rule(anyOf(written(""), all(signedIn, is("service")))),
			Delete: rule(all(signedIn, anyOf(is("data_admin"),
				all(`owner = @request.auth.id`, `status = "draft"`)))),
		},
		"contacts":    belonging(seen("customer."), written("customer.")),
		"followups":   belonging(notes("customer."), servedBy("customer.")),
		"contracts":   belonging(financial("customer."), soldBy("customer.")),
		"orders":      belonging(financial("customer."), soldBy("customer.")),
		"tickets":     belonging(notes("customer."), servedBy("customer.")),
		"attachments": belonging(papers("customer."), written("customer.")),
		"consents":    belonging(seen("customer."), written("customer.")),
		"departments": readBy(signedIn, admin),
		"staff":       readBy(signedIn, admin),
		"tags": {List: rule(signedIn), View: rule(signedIn),
			Create: rule(all(signedIn, anyOf(is("data_admin"),
				all(is("sales", "manager", "service"), "system = false")))),
			Update: rule(admin), Delete: rule(admin)},
		"industries": read(signedIn), "divisions": read(signedIn),
		"policies": {List: rule(anyOf(admin, all(signedIn, `key != "access"`,
			`key != "sensitive"`, `key != "notify"`))), Create: rule(admin), Update: rule(admin)},
		"tasks": {List: rule(all(signedIn, anyOf(is("data_admin"),
			`assignee = @request.auth.id`)))},
		"approvals": read(decidable),
		"calendar_days": {List: rule(signedIn), Create: rule(admin), Update: rule(admin),
			Delete: rule(admin)},
		// by is staff:ID; an id of fifteen characters stands in no other
		"imports":     read(all(signedIn, anyOf(is("data_admin"), all(imports, `by ~ @request.auth.id`)))),
		"import_rows": read(all(signedIn, anyOf(is("data_admin"), all(imports, `import.by ~ @request.auth.id`)))),
		"exports":     read(all(signedIn, anyOf(is("data_admin"), all(exports, `by ~ @request.auth.id`)))),
		"jobs_log":    read(admin), "backups_log": read(admin),
		"handovers": read(all(signedIn, anyOf(is("data_admin"), inDepartments("")))),
		"merges":    read(all(signedIn, anyOf(is("data_admin"), inDepartments("")))),
		"archives":  read(seen("")), // by those who could see the customer
		"campaigns": {List: rule(seenCampaigns), Create: rule(ownCampaign), Update: rule(ownCampaign)},
	}
	for name, a := range ruled {
		if a.View == nil {
			a.View = a.List
			ruled[name] = a
		}
	}
	return ruled
}

// seenCampaigns: whoever sees a customer may know of which campaign it came; marketing knows its own.
var seenCampaigns = all(signedIn, anyOf(is("sales", "service", "finance", "manager", "executive", "data_admin"),
	`owner = @request.auth.id`))

// ownCampaign: marketing keeps campaigns for itself (decisions.md, Service and marketing).
var ownCampaign = all(signedIn, anyOf(is("data_admin"), all(is("marketing"), anyOf(`owner = @request.auth.id`,
	all(`@request.body.owner:isset = false`, `owner = ""`)), anyOf(`@request.body.owner:isset = false`,
	`@request.body.owner = @request.auth.id`))))

// decidable are the requests that a member may read: those for data management, those that a
// manager of the customer's department decides, one's own, and those about one's own customers.
// They are written by routes only.
var decidable = all(signedIn, anyOf(
	is("data_admin"),
	`requester = @request.auth.id`,
	all(is("sales"), `customer.owner = @request.auth.id`),
	all(is("manager"), `@request.auth.department != ""`, anyOf(
		`customer.department.path ~ @request.auth.department`,
		all(`customer = ""`, `department.path ~ @request.auth.department`))),
))

func belonging(read, write string) Access {
	return Access{List: rule(read), View: rule(read), Create: rule(write), Update: rule(write),
		Delete: rule(write)}
}

func readBy(read, write string) Access {
	return Access{List: rule(read), View: rule(read), Create: rule(write), Update: rule(write)}
}

// visible is a reading of which something is shown.
func visible(r policy.Reading) bool { return !r.Hidden() }

// servedBy: customer service writes follow-ups and tickets of every customer.
func servedBy(via string) string {
	return anyOf(all(signedIn, is("service")), written(via))
}

// soldBy: contracts and orders of one's own rows, and finance those of customers with a deal.
func soldBy(via string) string {
	return all(signedIn, anyOf(
		is("data_admin"), inDepartments(via), all(is("sales"), via+`owner = @request.auth.id`),
		all(is("finance"), anyOf(via+"has_deal = true", via+`status = "active"`)),
	))
}

// papersUnder: files cannot be masked, so they are for roles that read class C plain on that row;
// papers of individuals and authorisations for manager and above (decisions.md, Files).
func papersUnder(matrix policy.Access) func(via string) string {
	readers := matrix.Readers(fields.Contact, policy.Reading.Plain)
	return func(via string) string {
		return all(seen(via), is(readers...), anyOf(is("manager", "executive", "data_admin"),
			all(`category != "authorisation"`, via+`kind != "individual"`)))
	}
}

// historyUnder is for those who may read the customer, and of it the fields whose class they read
// plain; of class S history knows masks only.
func historyUnder(matrix policy.Access) func(via string) string {
	var terms []string
	for _, class := range policy.Classes {
		allowed := policy.Reading.Plain
		if class == fields.Sensitive {
			allowed = visible
		}
		if readers := matrix.Readers(class, allowed); len(readers) > 0 {
			terms = append(terms, all(`class = "`+string(class)+`"`, is(readers...)))
		}
	}
	return func(via string) string { return all(seen(via), "("+anyOf(terms...)+")") }
}

// ApplyAccess sets every collection's rules to what Rules says. Collections that are not named
// there, PocketBase's own superusers included, keep nil rules: superusers only.
func ApplyAccess(app core.App) error {
	rules := RulesUnder(AccessOf(app))
	collections, err := app.FindAllCollections()
	if err != nil {
		return err
	}
	for _, c := range collections {
		if c.System {
			continue
		}
		if err := applyRules(app, c, rules[c.Name]); err != nil {
			return err
		}
	}
	return nil
}

func applyRules(app core.App, c *core.Collection, want Access) error {
	now := Access{c.ListRule, c.ViewRule, c.CreateRule, c.UpdateRule, c.DeleteRule}
	var auth *string
	if c.IsAuth() {
		auth = rule("active = true") // a deactivated member signs in no more
	}
	if sameAccess(now, want) && sameRule(c.AuthRule, auth) {
		return nil
	}
	c.ListRule, c.ViewRule, c.CreateRule = want.List, want.View, want.Create
	c.UpdateRule, c.DeleteRule, c.AuthRule = want.Update, want.Delete, auth
	return app.Save(c)
}

func sameAccess(a, b Access) bool {
	return sameRule(a.List, b.List) && sameRule(a.View, b.View) && sameRule(a.Create, b.Create) &&
		sameRule(a.Update, b.Update) && sameRule(a.Delete, b.Delete)
}

func sameRule(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
