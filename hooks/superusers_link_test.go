package hooks_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/tests"
)

// How an account of the admin UI that is linked to a member answers on a route.
const (
	closed = "closed" // 403, whatever the member's role
	member = "member" // exactly as the member's own token answers
	admins = "admins" // a data administrator's as the member, 403 for every other role
	own    = "own"    // the admin UI's own reads, redacted: tested one by one below
	public = "public" // nobody's token makes a difference
	apart  = "apart"  // has a test of its own: it ends sessions, waits, or counts tries
)

// linkedRoutes is every route of the register.
var linkedRoutes = map[string]string{
	"/": public, "GET /_/extensions.js": public, "GET /api/health": public,
	"GET /api/oauth2-redirect": public, "POST /api/oauth2-redirect": public,
	"GET /api/collections/{collection}/auth-methods":            public,
	"POST /api/collections/{collection}/auth-with-oauth2":       public,
	"POST /api/collections/{collection}/auth-with-otp":          public,
	"POST /api/collections/{collection}/auth-with-password":     public,
	"POST /api/collections/{collection}/confirm-password-reset": public,
	"POST /api/collections/{collection}/confirm-verification":   public,
	"POST /api/collections/{collection}/request-otp":            public,
	"POST /api/collections/{collection}/request-password-reset": public,
	"POST /api/collections/{collection}/request-verification":   public,
	"POST /api/collections/{collection}/request-email-change":   closed,
	"POST /api/collections/{collection}/confirm-email-change":   closed,
	"POST /api/collections/{collection}/impersonate/{id}":       closed,
	"DELETE /api/collections/{collection}/truncate":             closed,
	"GET /api/backups": admins, "POST /api/backups": admins, "POST /api/backups/upload": closed,
	"POST /api/backups/{key}/restore": admins, "DELETE /api/backups/{key}": admins,
	"GET /api/backups/{key}": closed, // by a file token: the linked account's is the member's
	"GET /api/collections":   own, "GET /api/collections/{collection}": own,
	"GET /api/collections/meta/scaffolds": own, "GET /api/settings": own,
	"POST /api/collections/{collection}/auth-refresh": own,
	"POST /api/collections":                           closed, "PATCH /api/collections/{collection}": closed,
	"DELETE /api/collections/{collection}": closed, "PUT /api/collections/import": closed,
	"GET /api/collections/meta/oauth2-providers": apart, "POST /api/collections/meta/dry-run-view": closed,
	"GET /api/crons": closed, "POST /api/crons/{id}": closed,
	"GET /api/logs": closed, "GET /api/logs/stats": closed, "GET /api/logs/{id}": closed,
	"PATCH /api/settings": closed, "POST /api/settings/test/email": closed,
	"POST /api/settings/test/s3": closed, "POST /api/settings/apple/generate-client-secret": closed,
	"POST /api/sql": closed,
	"GET /api/collections/{collection}/records": member, "POST /api/collections/{collection}/records": member,
	"GET /api/collections/{collection}/records/{id}":    member,
	"PATCH /api/collections/{collection}/records/{id}":  member,
	"DELETE /api/collections/{collection}/records/{id}": member,
	"GET /api/files/{collection}/{recordId}/{filename}": apart,
	"POST /api/files/token":                             apart, "POST /api/batch": member,
	"GET /api/realtime": apart, "POST /api/realtime": apart,
	"POST /api/kehu/signin": public, "POST /api/kehu/signin/enrol": public,
	"POST /api/kehu/signin/factor": public, "GET /api/kehu/setup": public, "POST /api/kehu/setup": public,
	"POST /api/kehu/links/open": public, "POST /api/kehu/links/use": public,
	"POST /api/kehu/account/password": apart, "POST /api/kehu/account/factor": apart,
	"POST /api/kehu/account/factor/confirm": apart, "POST /api/kehu/account/signout": apart,
	"DELETE /api/kehu/account/factor": apart, "POST /api/kehu/keys/rotate": apart,
}

// kindOf: the product's own routes judge by who acts, so a linked account answers as its member on
// each of them, those to come as well.
func kindOf(route string) (string, bool) {
	if kind, ok := linkedRoutes[route]; ok {
		return kind, true
	}
	_, path, _ := strings.Cut(route, " ")
	return member, strings.HasPrefix(path, "/api/kehu/")
}

var everyRole = []string{"sales", "service", "marketing", "finance", "manager", "executive", "data_admin"}

// TestEveryRouteAsALinkedAccount: whatever the role, a linked account can do what the member can and
// no more, on every route that there is.
func TestEveryRouteAsALinkedAccount(t *testing.T) {
	h := tests.Start(t)
	customer := someCustomers(h)["own"]
	for _, role := range everyRole {
		h.Link(role)
	}
	for _, route := range h.Routes() {
		kind, known := kindOf(route)
		if !known {
			t.Errorf("%s: a new route of PocketBase; say how a linked account answers on it", route)
			continue
		}
		if kind != closed && kind != member && kind != admins {
			continue
		}
		method, pattern, _ := strings.Cut(route, " ")
		for _, collection := range []string{"customers", "contracts", "staff", "policies", "_superusers"} {
			path := strings.NewReplacer("{collection}", collection, "{id}", idFor(method, customer),
				"{key}", "x.zip", "{row}", "1", "{recordId}", customer).Replace(pattern)
			for _, role := range everyRole {
				asLinked(t, h, kind, role, method, path)
			}
			if !strings.Contains(pattern, "{collection}") {
				break
			}
		}
	}
	for route := range linkedRoutes {
		if !slices.Contains(h.Routes(), route) {
			t.Errorf("%s is no route any more", route)
		}
	}
}

// idFor keeps what the test reads.
func idFor(method, customer string) string {
	if method == http.MethodDelete {
		return "nosuchrecord000"
	}
	return customer
}

// changing answers tell the moment, the disk, or that they were asked before.
var changing = []string{"template", "/audit", "/backups", "/health"}

func asLinked(t *testing.T, h *tests.House, kind, role, method, path string) {
	t.Helper()
	var body any
	if method != http.MethodGet {
		body = map[string]any{}
	}
	if strings.Contains(path, "?") {
		t.Fatal(path)
	}
	got := h.Do("linked_"+role, method, path, body)
	if kind == closed || kind == admins && role != "data_admin" {
		if got.Status != http.StatusForbidden {
			t.Errorf("%s %s as a linked %s: %d %s", method, path, role, got.Status, got.Body)
		}
		return
	}
	want := h.Do(role, method, path, body)
	if got.Status != want.Status || method == http.MethodGet && !bytes.Equal(got.Body, want.Body) &&
		!slices.ContainsFunc(changing, func(part string) bool { return strings.Contains(path, part) }) {
		t.Errorf("%s %s as a linked %s: %d %.300s\nas the member: %d %.300s", method, path, role,
			got.Status, got.Body, want.Status, want.Body)
	}
}

func TestALinkedAccountReadsTheSchemaItNeeds(t *testing.T) {
	h := tests.Start(t)
	settings := h.App.Settings()
	settings.SMTP.Host, settings.SMTP.Username = "smtp.canary.example", "canary-user"
	settings.SuperuserIPs = []string{"127.0.0.1", "::1"}
	if err := h.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	h.Link("sales")
	shown := h.Do("linked_sales", "GET", "/api/settings", nil)
	if shown.Status != 200 || !strings.Contains(string(shown.Body), "Kehu") {
		t.Errorf("settings: %d %s", shown.Status, shown.Body)
	}
	for _, secret := range []string{"canary", "127.0.0.1", "/api/kehu"} {
		if strings.Contains(string(shown.Body), secret) {
			t.Errorf("the settings of a linked account tell %s", secret)
		}
	}
	list := h.Do("linked_sales", "GET", "/api/collections?perPage=200", nil)
	if !strings.Contains(string(list.Body), `"customers"`) {
		t.Errorf("collections: %d %.200s", list.Status, list.Body)
	}
	for _, secret := range []string{"_superusers", "_externalAuths", "@request.auth", "duplicate_pairs",
		`"audit_log"`, `"backups_log"`, `"jobs_log"`, `"handovers"`, `"merges"`} {
		if strings.Contains(string(list.Body), secret) {
			t.Errorf("the collections of a linked account tell %s", secret)
		}
	}
	for _, own := range []string{"contacts", "followups", "orders", "attachments", "staff", "tasks", "approvals", "archives"} {
		if !strings.Contains(string(list.Body), `"name":"`+own+`"`) {
			t.Errorf("the collections of a salesperson's account lack %s", own)
		}
	}
	h.Link("marketing")
	list = h.Do("linked_marketing", "GET", "/api/collections?perPage=200", nil)
	for name, open := range map[string]bool{"customers": true, "orders": false} {
		if strings.Contains(string(list.Body), `"name":"`+name+`"`) != open {
			t.Errorf("marketing is shown %s: %v", name, !open)
		}
	}
	for path, want := range map[string]int{"/api/collections/customers": 200, "/api/collections/backups_log": 403,
		"/api/collections/_superusers": 403, "/api/collections/meta/scaffolds": 200} {
		if got := h.Do("linked_sales", "GET", path, nil); got.Status != want {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	if again := h.Do("linked_sales", "POST", "/api/collections/_superusers/auth-refresh", nil); again.Status != 200 ||
		again.Text("token") == "" {
		t.Errorf("refresh: %d %s", again.Status, again.Body)
	}
	if owner := h.Do("superuser", "GET", "/api/settings", nil); !strings.Contains(string(owner.Body), "canary") {
		t.Error("an owner no longer reads the settings")
	}
}

// TestTheLinkFollowsTheEMail: it arises, changes and ends with the member's e-mail, whatever its
// case, and at once.
func TestTheLinkFollowsTheEMail(t *testing.T) {
	h := tests.Start(t)
	ids := someCustomers(h)
	deny := func(name, token string) {
		t.Helper()
		if a := h.Do(token, "GET", "/api/logs", nil); a.Status != 403 && a.Status != 401 {
			t.Errorf("%s: reads the logs: %d", name, a.Status)
		}
	}
	h.Link("sales")
	deny("linked", "linked_sales")
	south := "/api/collections/customers/records/" + ids["south"]
	if a := h.Do("linked_sales", "GET", south, nil); a.Status != 404 {
		t.Errorf("a linked salesman reads another's customer: %d", a.Status)
	}
	// a member who is entered with an owner's e-mail, in other letters
	second := h.Do("superuser", "POST", "/api/collections/_superusers/records", map[string]any{
		"email": "Second@Example.com", "password": tests.Password("second"), "passwordConfirm": tests.Password("second")})
	if second.Status != 200 || second.Text("email") != "second@example.com" {
		t.Fatalf("a second owner: %d %s", second.Status, second.Body)
	}
	signIn(t, h, "second", "second@example.com", tests.Password("second"))
	if a := h.Do("second", "GET", "/api/logs", nil); a.Status != 200 {
		t.Fatalf("an owner reads no logs: %d", a.Status)
	}
	made := h.Do("data_admin", "POST", "/api/collections/staff/records", map[string]any{"email": "SECOND@example.com",
		"name": "李四", "role": "service", "active": true})
	if made.Status != 200 {
		t.Fatalf("a member without a password: %d %s", made.Status, made.Body)
	}
	deny("the session before the link", "second")
	signIn(t, h, "second", "SECOND@EXAMPLE.COM", tests.Password("second"))
	deny("the session after", "second")
	if a := h.Do("second", "GET", south, nil); a.Status != 200 {
		t.Errorf("linked to customer service, which sees all: %d", a.Status)
	}
	// a data administrator may not break the link; only an owner may
	path := "/api/collections/staff/records/" + made.Text("id")
	if a := h.Do("data_admin", "PATCH", path, map[string]any{"email": "other@example.com"}); a.Status != 400 {
		t.Errorf("a data administrator breaks a link: %d %s", a.Status, a.Body)
	}
	if a := h.Do("superuser", "PATCH", path, map[string]any{"role": "sales"}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	signIn(t, h, "second", "second@example.com", tests.Password("second"))
	if a := h.Do("second", "GET", south, nil); a.Status != 404 {
		t.Errorf("the role changed and the link did not: %d", a.Status)
	}
	if a := h.Do("superuser", "PATCH", path, map[string]any{"active": false}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for _, route := range []string{"/api/collections", "/api/settings", "/api/kehu/fields", south} {
		if a := h.Do("second", "GET", route, nil); a.Status < 401 || a.Status > 404 {
			t.Errorf("an inactive member's account reads %s: %d", route, a.Status)
		}
	}
	if a := h.Do("", "POST", "/api/collections/_superusers/auth-with-password", map[string]any{
		"identity": "second@example.com", "password": tests.Password("second")}); a.Status != 400 {
		t.Errorf("an inactive member's account signs in: %d %s", a.Status, a.Body)
	}
	if a := h.Do("superuser", "PATCH", path, map[string]any{"email": "left@example.com"}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	signIn(t, h, "second", "second@example.com", tests.Password("second"))
	if a := h.Do("second", "GET", "/api/logs", nil); a.Status != 200 {
		t.Errorf("the link was broken by an owner and still holds: %d", a.Status)
	}
}

// signIn puts a new session under a name.
func signIn(t *testing.T, h *tests.House, name, email, password string) {
	t.Helper()
	a := h.Do("", "POST", "/api/kehu/signin", map[string]any{"email": email, "password": password})
	if a.Status != 200 {
		t.Fatalf("sign in as %s: %d %s", email, a.Status, a.Body)
	}
	h.Tokens[name] = a.Text("token")
}

func TestTheLastOwnerStays(t *testing.T) {
	h := tests.Start(t)
	h.Link("sales")
	owner, err := h.App.FindAuthRecordByEmail(core.CollectionNameSuperusers, "owner@example.com")
	if err != nil {
		t.Fatal(err)
	}
	record := "/api/collections/_superusers/records/" + owner.Id
	for name, a := range map[string]tests.Answer{
		"a member with the owner's e-mail": h.Do("data_admin", "POST", "/api/collections/staff/records",
			map[string]any{"email": "Owner@example.com", "name": "王五", "role": "sales", "active": true}),
		"the owner takes a member's e-mail": h.Do("superuser", "PATCH", record,
			map[string]any{"email": "finance@example.com"}),
		"a member's e-mail becomes the owner's": h.Do("superuser", "PATCH",
			"/api/collections/staff/records/"+h.Staff["service"], map[string]any{"email": "owner@example.com"}),
		"the owner is deleted": h.Do("superuser", "DELETE", record, nil),
	} {
		if a.Status != 400 || a.Code("email") != "last_owner" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if a := h.Do("superuser", "GET", "/api/settings", nil); a.Status != 200 {
		t.Errorf("the owner is none any more: %d", a.Status)
	}
	if a := h.Do("superuser", "DELETE", "/api/collections/staff/records/"+h.Staff["sales"], nil); a.Code("active") != "staff_kept" {
		t.Errorf("a member is deleted: %d %s", a.Status, a.Body)
	}
}

func TestALinkedAccountInABatchAndExpand(t *testing.T) {
	h := tests.Start(t)
	ids := someCustomers(h)
	h.Link("sales")
	a := h.Do("linked_sales", "POST", "/api/batch", map[string]any{"requests": []any{map[string]any{
		"method": "PATCH", "url": "/api/collections/customers/records/" + ids["south"],
		"body": map[string]any{"short_name": "改过"}}}})
	if a.Status == 200 {
		t.Errorf("a batch writes another's customer: %s", a.Body)
	}
	order := h.Do("linked_sales", "GET", "/api/collections/orders/records?expand=customer", nil)
	if strings.Contains(string(order.Body), ids["south"]) {
		t.Errorf("an expand tells another's customer: %s", order.Body)
	}
}

func TestAFileTokenOfALinkedAccountIsTheMembers(t *testing.T) {
	h := tests.Start(t)
	link := h.Link("service") // reads no attachments
	customer := h.Create("data_admin", "customers", firm("附件一号有限公司", nil))["id"].(string)
	paper := attach(h, "data_admin", customer, "licence", "执照.png", picture(t, "plain"))
	if paper.Status != 200 {
		t.Fatalf("%d %s", paper.Status, paper.Body)
	}
	file := pathOf(paper.JSON())
	account, err := h.App.FindRecordById(core.CollectionNameSuperusers, link)
	if err != nil {
		t.Fatal(err)
	}
	asOwner, err := account.NewFileToken() // as one made before the link
	if err != nil {
		t.Fatal(err)
	}
	if a := h.Do("", "GET", file+"?token="+asOwner, nil); a.Status != 404 {
		t.Errorf("the account's own file token opens what the member may not: %d", a.Status)
	}
	given := h.Do("linked_service", "POST", "/api/files/token", nil)
	if a := h.Do("", "GET", file+"?token="+given.Text("token"), nil); a.Status != 404 {
		t.Errorf("the file token that is given opens it: %d", a.Status)
	}
	admin := h.Do("data_admin", "POST", "/api/files/token", nil)
	if a := h.Do("", "GET", file+"?token="+admin.Text("token"), nil); a.Status != 200 {
		t.Errorf("a data administrator does not open it: %d %s", a.Status, a.Body)
	}
}

// stream is a realtime connection.
type stream struct {
	id     string
	events chan string // closed when the server ends it
}

func connect(t *testing.T, h *tests.House, role string, topics ...string) *stream {
	t.Helper()
	response, err := http.Get(h.URL + "/api/realtime")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	s := &stream{events: make(chan string, 100)}
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
			var hello struct{ ClientID string }
			if err := json.Unmarshal([]byte(data), &hello); err != nil {
				t.Fatal(err)
			}
			s.id = hello.ClientID
			break
		}
	}
	go func() {
		defer close(s.events)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
				s.events <- data
			}
		}
	}()
	a := h.Do(role, "POST", "/api/realtime", map[string]any{"clientId": s.id, "subscriptions": topics})
	if a.Status != 204 {
		t.Fatalf("subscribe as %s: %d %s", role, a.Status, a.Body)
	}
	return s
}

// ended waits for the server to close the connection.
func (s *stream) ended() bool {
	for {
		select {
		case _, open := <-s.events:
			if !open {
				return true
			}
		case <-time.After(5 * time.Second):
			return false
		}
	}
}

// next waits for a message that holds a text.
func (s *stream) next(text string) bool {
	for {
		select {
		case message, open := <-s.events:
			if !open || strings.Contains(message, text) {
				return open
			}
		case <-time.After(3 * time.Second):
			return false
		}
	}
}

// TestRealtimeOfALinkedAccount: it hears what the member hears, and the connection ends with the
// account, the member, or the link between them.
func TestRealtimeOfALinkedAccount(t *testing.T) {
	h := tests.Start(t)
	link := h.Link("sales")
	s := connect(t, h, "linked_sales", "customers/*")
	h.Create("sales2", "customers", firm("听不到的有限公司", nil))
	h.Create("sales", "customers", firm("听得到的有限公司", nil))
	if !s.next("听得到的有限公司") {
		t.Fatal("a linked account hears nothing")
	}
	for _, c := range []struct {
		name string
		end  func() tests.Answer
	}{ // the link last: without it the account is an owner's
		{"the account's password", func() tests.Answer {
			return h.Do("superuser", "PATCH", "/api/collections/_superusers/records/"+link, map[string]any{
				"password": tests.Password("other"), "passwordConfirm": tests.Password("other")})
		}},
		{"the member's role", func() tests.Answer {
			return h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"],
				map[string]any{"role": "service"})
		}},
		{"the link", func() tests.Answer {
			return h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"],
				map[string]any{"email": "moved@example.com"})
		}},
	} {
		account, err := h.App.FindRecordById(core.CollectionNameSuperusers, link)
		if err != nil {
			t.Fatal(err)
		}
		if h.Tokens["linked_sales"], err = account.NewAuthToken(); err != nil {
			t.Fatal(err)
		}
		s := connect(t, h, "linked_sales", "customers/*")
		if a := c.end(); a.Status != 200 {
			t.Fatalf("%s: %d %s", c.name, a.Status, a.Body)
		}
		if !s.ended() {
			t.Errorf("%s changed and the connection goes on", c.name)
		}
	}
	owner := connect(t, h, "superuser", "customers/*")
	h.Do("superuser", "POST", "/api/collections/_superusers/records", map[string]any{"email": "third@example.com",
		"password": tests.Password("third"), "passwordConfirm": tests.Password("third")})
	made := h.Do("superuser", "POST", "/api/collections/staff/records", map[string]any{"email": "owner@example.com",
		"name": "王五", "role": "sales", "active": true})
	if made.Status != 200 {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	if !owner.ended() {
		t.Error("an owner became a member and goes on hearing all")
	}
}
