package matrix

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// A probe is how a route is asked for the planted customer. Names in braces are filled with the ids
// of the planted records.
type probe struct {
	path string // with its query; "" = the route as it is bound
	body map[string]any
	// only names a route that answers nothing of a customer, or whose answer is its own test's
	// matter, and why.
	only string
	open bool // to anybody
}

const ofTheDisk = "of copies of the whole register, encrypted: whoever may make them is asked in their own tests"

const ofTheSession = "of the session of who asks, not of customers"

// routesMD has a row for every route of the product's own. A new route is decided about here: how is
// it asked, so that every role's answer can be searched for what it must not hold?
var routesMD = map[string]probe{
	"POST /check":                    {body: map[string]any{"id": "{customers}", "customer": map[string]any{"products": "甲"}}},
	"GET /search":                    {path: "/search?q=哨甲&limit=50"},
	"GET /fields":                    {},
	"GET /health":                    {open: true},
	"GET /openapi.json":              {open: true},
	"GET /imports/template":          {},
	"POST /imports":                  {body: map[string]any{}},
	"PATCH /imports/{id}":            {path: "/imports/{imports}", body: map[string]any{}},
	"PATCH /imports/{id}/rows/{row}": {path: "/imports/{imports}/rows/3", body: map[string]any{"decision": "peek"}},
	"POST /imports/{id}/start":       {path: "/imports/{imports}/start"},
	"GET /imports/{id}":              {path: "/imports/{imports}"},
	"GET /imports/{id}/events":       {path: "/imports/{imports}/events"},
	"POST /imports/{id}/cancel":      {path: "/imports/{imports}/cancel"},
	"GET /imports/{id}/errors.xlsx":  {path: "/imports/{imports}/errors.xlsx"},
	"POST /imports/{id}/undo":        {path: "/imports/{missing}/undo"},
	"POST /exports":                  {body: map[string]any{"reason": "看看有什么", "filter": "mobile~'139'"}},
	"GET /exports/{id}":              {path: "/exports/{exports}"},
	"GET /exports/{id}/file":         {path: "/exports/{exports}/file"},
	"GET /extracts/high-intent":      {},
	"GET /extracts/contract-amounts": {},
	"GET /archives":                  {path: "/archives?q=KH"},
	"POST /customers/{id}/archive":   {path: "/customers/{missing}/archive", body: map[string]any{"reason": "停业多年", "last_contact": "2025-01-01"}},
	"POST /archives/{id}/restore":    {path: "/archives/{archives}/restore", body: map[string]any{"reason": "恢复往来"}},
	"POST /archives/{id}/purge":      {path: "/archives/{archives}/purge", body: map[string]any{"reason": "保存期满"}},
	"POST /customers/{id}/reveal":    {only: "shows one value on purpose: TestRevealsAreForWhoMay"},
	"POST /contacts/{id}/reveal":     {only: "shows one value on purpose: TestRevealsAreForWhoMay"},
	"POST /lookup":                   {path: "/lookup", body: map[string]any{"field": "number", "value": "KH-202611001"}},
	"GET /customers/{id}/overview":   {path: "/customers/{customers}/overview"},
	"GET /customers/{id}/timeline":   {path: "/customers/{customers}/timeline"},
	"POST /handover":                 {body: map[string]any{"from": "{staff}", "to": "{staff}", "dry_run": true}},
	"POST /handovers/{id}/undo":      {path: "/handovers/{handovers}/undo"},
	"GET /backups":                   {},
	"GET /backups/{name}/file":       {path: "/backups/none.age/file"},
	"POST /backups":                  {only: ofTheDisk},
	"POST /backups/{name}/drill":     {only: ofTheDisk},
	"POST /backups/{name}/verify":    {only: ofTheDisk},
	"POST /retention":                {only: ofTheDisk},
	"GET /calendar":                  {},
	"POST /calendar/notices":         {only: "takes the state's notice of holidays"},
	"POST /approvals/{id}/approve":   {path: "/approvals/{approvals}/approve", body: map[string]any{"note": "同意"}},
	"POST /approvals/{id}/reject":    {path: "/approvals/{approvals}/reject", body: map[string]any{"note": "不同意"}},
	"POST /approvals/{id}/cancel":    {path: "/approvals/{approvals}/cancel", body: map[string]any{"note": "取消"}},
	"POST /customers/{id}/submit":    {path: "/customers/{customers}/submit", body: map[string]any{}},
	"POST /customers/{id}/changes": {path: "/customers/{customers}/changes",
		body: map[string]any{"changes": map[string]any{"influence": "low"}, "reason": "客户来电说明"}},
	"GET /audit":                 {},
	"GET /audit/verify":          {},
	"GET /keys":                  {},
	"POST /keys/rotate":          {only: "of keys, not of customers"},
	"GET /me/tasks":              {},
	"GET /dashboard":             {},
	"GET /pool":                  {},
	"POST /customers/{id}/claim": {path: "/customers/{customers}/claim"},
	"GET /policies":              {},
	"GET /campaigns":             {},
	"POST /campaigns/{id}/close": {path: "/campaigns/{campaigns}/close", body: map[string]any{"outcome": "entered"}},
	"POST /policies/preview":     {body: map[string]any{"key": "value", "value": map[string]any{"high_percent": 50}}},
	"POST /customers/{id}/tier": {path: "/customers/{customers}/tier",
		body: map[string]any{"tier": "normal", "reason": "客户来电说明"}},
	"POST /customers/{id}/verify":  {path: "/customers/{customers}/verify"},
	"POST /tasks/{id}/done":        {path: "/tasks/{tasks}/done", body: map[string]any{}},
	"GET /account":                 {},
	"POST /account/password":       {only: ofTheSession},
	"POST /account/factor":         {only: ofTheSession},
	"POST /account/factor/confirm": {only: ofTheSession},
	"DELETE /account/factor":       {only: ofTheSession},
	"POST /account/signout":        {only: ofTheSession},
	"POST /signin":                 {only: ofTheSession},
	"POST /signin/enrol":           {only: ofTheSession},
	"POST /signin/factor":          {only: ofTheSession},
	"POST /links/open":             {only: ofTheSession},
	"POST /links/use":              {only: ofTheSession},
	"GET /setup":                   {open: true},
	"POST /setup":                  {only: ofTheSession},
	"POST /mail/test":              {only: "sends a mail to oneself"},
	"POST /staff/{id}/link":        {only: "of members of staff, not of customers"},
	"DELETE /staff/{id}/factor":    {only: "of members of staff, not of customers"},
	"POST /merges":                 {body: map[string]any{"keep": "{customers}", "merge": []string{"{missing}"}}},
	"GET /merges/preview":          {path: "/merges/preview?ids={customers},{other}"},
	"POST /merges/{id}/undo":       {path: "/merges/{merges}/undo"},
	"GET /duplicates":              {path: "/duplicates?limit=500"},
	"POST /duplicates/scan":        {},
	"POST /duplicates/{id}/distinct": {path: "/duplicates/{duplicate_pairs}/distinct",
		body: map[string]any{"reason": "两个不同的客户"}},
}

var routeInCode = regexp.MustCompile(`g\.(GET|POST|PATCH|PUT|DELETE)\("(/[^"]*)"`)

// bound are the routes as the source binds them.
func bound(t *testing.T) []string {
	files, err := filepath.Glob(filepath.Join(root, "hooks", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range routeInCode.FindAllStringSubmatch(string(source), -1) {
			found[route[1]+" "+route[2]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestEveryRouteHasItsRow(t *testing.T) {
	routes := bound(t)
	if len(routes) < 15 {
		t.Fatalf("only %d routes were found: does this test still read them?", len(routes))
	}
	for _, route := range routes {
		if _, listed := routesMD[route]; !listed {
			t.Errorf("%s has no row in routesMD: what does it answer to whom?", route)
		}
	}
	for route := range routesMD {
		if !slices.Contains(routes, route) {
			t.Errorf("there is no route %s", route)
		}
	}
}

// Tools make clients of GET /openapi.json: it must not lack a route.
func TestEveryRouteHasItsRowInTheDescription(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(root, "hooks", "openapi_table.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range bound(t) {
		if !strings.Contains(string(table), `{route: "`+route+`", does: "`) {
			t.Errorf("%s has no row in hooks/openapi_table.go: what does it do, what does it take?", route)
		}
	}
}

// fill puts the planted ids into a text.
func (g *garden) fill(text string) string {
	text = strings.ReplaceAll(text, "{other}", g.other)
	for collection, record := range g.records {
		text = strings.ReplaceAll(text, "{"+collection+"}", record.Id)
	}
	return text
}

func (g *garden) filled(body map[string]any) map[string]any {
	if body == nil {
		return nil
	}
	out := map[string]any{}
	for key, value := range body {
		switch v := value.(type) {
		case string:
			out[key] = g.fill(v)
		case []string:
			all := []string{}
			for _, one := range v {
				all = append(all, g.fill(one))
			}
			out[key] = all
		default:
			out[key] = v
		}
	}
	return out
}

// TestNoRouteTellsMore asks every route as every role and searches the answer.
func TestNoRouteTellsMore(t *testing.T) {
	g := plant(t)
	for _, route := range slices.Sorted(maps.Keys(routesMD)) {
		p := routesMD[route]
		if p.only != "" {
			continue
		}
		method, path, _ := strings.Cut(route, " ")
		if p.path != "" {
			path = p.path
		}
		for _, role := range append(everyRole(), "") {
			var body any
			if b := g.filled(p.body); b != nil {
				body = b
			}
			a := g.Do(role, method, "/api/kehu"+g.fill(path), body)
			if role == "" {
				if a.Status == http.StatusOK && !p.open {
					t.Errorf("anybody is answered by %s: %s", route, a.Body)
				}
				continue
			}
			g.checkLeaks(route, role, string(a.Body))
			if role == "superuser" && method == http.MethodGet && !strings.Contains(path, "none") && a.Status >= 400 &&
				!strings.Contains(path, "errors.xlsx") {
				t.Errorf("%s is not answered at all: %d %s", route, a.Status, a.Body)
			}
		}
	}
}

// frameworkVersion is the PocketBase whose routes stand below. With another one they are to be
// looked through again.
const frameworkVersion = "github.com/pocketbase/pocketbase v0.39.11"

// frameworkMD are PocketBase's own routes beside those of records, which the ways out walk: what a
// member of staff is answered is refused, or holds nothing of a customer.
var frameworkMD = map[string]bool{ // open to staff
	"GET /api/settings": false, "PATCH /api/settings": false, "POST /api/settings/test/s3": false,
	"POST /api/settings/test/email": false, "POST /api/settings/apple/generate-client-secret": false,
	"GET /api/logs": false, "GET /api/logs/stats": false, "GET /api/logs/x": false,
	"GET /api/crons": false, "POST /api/crons/x": false, "POST /api/sql": false,
	"GET /api/backups": false, "POST /api/backups": false, "POST /api/backups/upload": false,
	"GET /api/backups/x.zip": false, "DELETE /api/backups/x.zip": false, "POST /api/backups/x.zip/restore": false,
	"GET /api/collections": false, "POST /api/collections": false, "GET /api/collections/customers": false,
	"PATCH /api/collections/customers": false, "DELETE /api/collections/customers": false,
	"DELETE /api/collections/customers/truncate": false, "PUT /api/collections/import": false,
	"GET /api/collections/meta/scaffolds": false, "GET /api/collections/meta/oauth2-providers": false,
	"POST /api/collections/meta/dry-run-view":   false,
	"POST /api/collections/staff/impersonate/x": false,
	"GET /api/collections/staff/auth-methods":   true, "GET /api/health": true,
	"GET /api/collections/_superusers/records": true, "GET /api/collections/_authOrigins/records": true,
	"GET /api/collections/_externalAuths/records": true, "GET /api/collections/_mfas/records": true,
	"GET /api/collections/_otps/records": true,
}

func TestTheFrameworksRoutes(t *testing.T) {
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || !strings.Contains(string(module), frameworkVersion+"\n") {
		t.Errorf("go.mod no longer names %s: look its routes through again", frameworkVersion)
	}
	g := plant(t)
	for route, open := range frameworkMD {
		method, path, _ := strings.Cut(route, " ")
		for _, role := range everyRole() {
			if role == "superuser" || role == "data_admin" && strings.HasPrefix(path, "/api/backups") {
				continue // backups are data administrators' to make (roles.md, Actions)
			}
			a := g.Do(role, method, path, map[string]any{})
			if a.Status < 300 && !open {
				t.Errorf("%s as %s: %d %s", route, role, a.Status, a.Body)
			}
			g.checkLeaks(route, role, string(a.Body))
		}
	}
}
