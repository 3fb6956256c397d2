// Package tests gives a test a whole register of its own: an encrypted database in a temporary
// folder, an HTTP server on loopback, and one member of staff for each role.
package tests

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/backups"
	"kehu/collections"
	"kehu/hooks"
	"kehu/internal/vault"
)

// Now is the moment at which every test begins: a Thursday morning in Shanghai.
var Now = time.Date(2026, 11, 5, 1, 30, 0, 0, time.UTC)

// Password is what the member of a role, or "owner", signs in with.
func Password(key string) string { return "青山遮不住-" + key + "-毕竟东流去" }

// Secret is the command secret of a test's house.
const Secret = "test-command-secret"

// SetupCode opens the first set-up of a test's house that has no staff.
const SetupCode = "0123-4567-89ab-cdef-ghjk-mnpq-rs"

// House is a register under test.
type House struct {
	TB     testing.TB
	App    core.App
	House  *hooks.House
	Backup *backups.Keeper
	URL    string
	Dir    string
	Keys   string
	Tokens map[string]string    // role → token; "superuser", "sales2" and "manager2" too
	Staff  map[string]string    // role → id
	Depts  map[string]string    // east, east_sub, south
	Change func(*hooks.Options) // how this register is opened otherwise than all

	Proxies []netip.Prefix // web servers in front

	mu     sync.Mutex
	now    time.Time
	router *router.Router[*core.RequestEvent]
}

// Start opens a register with its staff.
func Start(tb testing.TB, change ...func(*hooks.Options)) *House {
	tb.Helper()
	dir := tb.TempDir()
	h := &House{TB: tb, Dir: filepath.Join(dir, "data"), Keys: filepath.Join(dir, "keys"),
		now: Now, Tokens: map[string]string{}, Staff: map[string]string{}, Depts: map[string]string{}}
	for _, c := range change {
		h.Change = c
	}
	h.copyTemplate()
	h.Open()
	h.readStaff()
	tb.Cleanup(func() {
		if h.App != nil {
			h.Close()
		}
	})
	return h
}

// StartEmpty opens a register that nobody has set up.
func StartEmpty(tb testing.TB) *House {
	tb.Helper()
	dir := tb.TempDir()
	h := &House{TB: tb, Dir: filepath.Join(dir, "data"), Keys: filepath.Join(dir, "keys"), now: Now,
		Tokens: map[string]string{}, Staff: map[string]string{}, Depts: map[string]string{}}
	h.Open()
	tb.Cleanup(h.Close)
	return h
}

// template is a data directory with staff, made once for all tests of a process.
var template struct {
	sync.Once
	dir string
	err error
}

func (h *House) copyTemplate() {
	template.Do(func() {
		template.dir, template.err = os.MkdirTemp("", "kehu-template-*")
		first := &House{TB: h.TB, Dir: filepath.Join(template.dir, "data"),
			Keys: filepath.Join(template.dir, "keys"), now: Now}
		first.Open()
		first.makeStaff()
		first.Close()
	})
	if template.err != nil {
		h.TB.Fatal(template.err)
	}
	for _, name := range []string{"data", "keys"} {
		from, to := filepath.Join(template.dir, name), filepath.Join(filepath.Dir(h.Dir), name)
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			h.TB.Fatal(err)
		}
	}
	if err := os.Chmod(h.Keys, 0o700); err != nil {
		h.TB.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(h.Keys, "root.key"), 0o600); err != nil {
		h.TB.Fatal(err)
	}
}

// Open starts the register on its directory, as after a restart.
func (h *House) Open() {
	h.TB.Helper()
	root, err := collections.OpenKeys(h.Dir, h.Keys, collections.Random)
	h.must(err)
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: h.Dir, DBConnect: collections.Connect(root),
		DataMaxOpenConns: collections.MaxReaders, DataMaxIdleConns: collections.MaxIdleReaders})
	h.App = app
	options := hooks.Options{Root: func() *vault.Root { return root }, Clock: h.Clock,
		Command: Secret, Keys: h.Keys, Alone: true, SetupCode: SetupCode, Proxies: h.Proxies}
	if h.Change != nil {
		h.Change(&options)
	}
	h.Backup = backups.New(backups.Options{App: app, Root: options.Root, DataDir: h.Dir, KeysDir: h.Keys,
		Version: "test", Clock: h.Clock, Sealed: hooks.Sealed, Try: h.Try,
		Note: func(by backups.Actor, action, name string, detail map[string]any) error {
			return h.House.NoteBackup(by, action, name, detail)
		}})
	if !options.Still {
		options.Backups = h.Backup
		app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: "kehuBackups", Priority: -2,
			Func: func(e *core.ServeEvent) error {
				if err := h.Backup.Prepare(); err != nil {
					return err
				}
				return e.Next()
			}})
	}
	h.House = hooks.Bind(app, options)
	h.must(app.Bootstrap())
	h.must(app.RunAllMigrations())
	h.router, err = apis.NewRouter(app)
	h.must(err)
	event := &core.ServeEvent{App: app, Router: h.router}
	var mux http.Handler
	h.must(app.OnServe().Trigger(event, func(e *core.ServeEvent) error {
		var err error
		mux, err = e.Router.BuildMux()
		return err
	}))
	server := httptest.NewServer(mux)
	h.URL = server.URL
	app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		server.CloseClientConnections()
		server.Close()
		return e.Next()
	})
}

// On opens another register with the same staff on directories of its own, such as a copy.
func (h *House) On(dir, keys string) *House {
	h.TB.Helper()
	other := &House{TB: h.TB, Dir: dir, Keys: keys, now: h.Clock(), Tokens: h.Tokens, Staff: h.Staff,
		Depts: h.Depts}
	other.Open()
	h.TB.Cleanup(func() {
		if other.App != nil {
			other.Close()
		}
	})
	return other
}

// Close stops the register cleanly.
func (h *House) Close() {
	event := &core.TerminateEvent{App: h.App}
	h.must(h.App.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error {
		return e.App.ResetBootstrapState()
	}))
	h.App = nil
}

// Clock is the time in this register.
func (h *House) Clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(time.Millisecond) // no two moments are the same
	return h.now
}

// SetNow moves the clock.
func (h *House) SetNow(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = now
}

func (h *House) must(err error) {
	h.TB.Helper()
	if err != nil {
		h.TB.Fatal(err)
	}
}

// save stores a record made in Go.
func (h *House) save(collection string, values map[string]any) string {
	h.TB.Helper()
	c, err := h.App.FindCollectionByNameOrId(collection)
	h.must(err)
	r := core.NewRecord(c)
	r.Load(values)
	if p, ok := values["password"].(string); ok {
		r.SetPassword(p)
	}
	h.must(h.App.Save(r))
	return r.Id
}

func (h *House) makeStaff() {
	east := h.save("departments", map[string]any{"name": "华东销售部"})
	sub := h.save("departments", map[string]any{"name": "上海组", "parent": east})
	south := h.save("departments", map[string]any{"name": "华南销售部"})
	members := []struct{ key, role, name, department string }{
		{"sales", "sales", "周销售", sub}, {"sales2", "sales", "吴销售", south},
		{"manager", "manager", "郑经理", east}, {"manager2", "manager", "冯经理", south},
		{"service", "service", "陈客服", ""}, {"marketing", "marketing", "褚市场", ""},
		{"finance", "finance", "卫财务", ""}, {"executive", "executive", "蒋总", ""},
		{"data_admin", "data_admin", "沈数据", ""}, {"data_admin2", "data_admin", "韩数据", ""},
	}
	for _, m := range members {
		h.save("staff", map[string]any{"email": m.key + "@example.com", "password": Password(m.key),
			"name": m.name, "role": m.role, "department": m.department, "active": true,
			"verified": true})
	}
	h.save(core.CollectionNameSuperusers, map[string]any{"email": "owner@example.com",
		"password": Password("owner")})
}

func (h *House) readStaff() {
	staff, err := h.App.FindAllRecords("staff")
	h.must(err)
	for _, s := range staff {
		key := s.Email()[:len(s.Email())-len("@example.com")]
		token, err := s.NewAuthToken()
		h.must(err)
		h.Staff[key], h.Tokens[key] = s.Id, token
	}
	owner, err := h.App.FindAuthRecordByEmail(core.CollectionNameSuperusers, "owner@example.com")
	h.must(err)
	h.Tokens["superuser"], err = owner.NewAuthToken()
	h.must(err)
	for key, name := range map[string]string{"east": "华东销售部", "east_sub": "上海组",
		"south": "华南销售部"} {
		d, err := h.App.FindFirstRecordByData("departments", "name", name)
		h.must(err)
		h.Depts[key] = d.Id
	}
}

// Answer is what a request came back with.
type Answer struct {
	Status int
	Body   []byte
	Header http.Header
}

// JSON decodes an answer's body.
func (a Answer) JSON() map[string]any {
	out := map[string]any{}
	_ = json.Unmarshal(a.Body, &out)
	return out
}

// Code is the code of a field's refusal, "" where there is none.
func (a Answer) Code(field string) string {
	data, _ := a.JSON()["data"].(map[string]any)
	if field == "" {
		code, _ := data["code"].(string)
		return code
	}
	one, _ := data[field].(map[string]any)
	code, _ := one["code"].(string)
	return code
}

// Text is a top-level text of the answer.
func (a Answer) Text(key string) string {
	s, _ := a.JSON()[key].(string)
	return s
}

// Do sends a request as a role; body is JSON, or an io.Reader with its content type in header.
func (h *House) Do(role, method, path string, body any, header ...string) Answer {
	h.TB.Helper()
	var reader io.Reader
	request, err := http.NewRequest(method, h.URL+path, nil)
	h.must(err)
	switch b := body.(type) {
	case nil:
	case io.Reader:
		reader = b
	default:
		text, err := json.Marshal(b)
		h.must(err)
		reader = bytes.NewReader(text)
		request.Header.Set("Content-Type", "application/json")
	}
	if reader != nil {
		request, err = http.NewRequest(method, h.URL+path, reader)
		h.must(err)
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	if role != "" {
		request.Header.Set("Authorization", h.Tokens[role])
	}
	response, err := http.DefaultClient.Do(request)
	h.must(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	h.must(err)
	return Answer{response.StatusCode, content, response.Header}
}

// Link gives a member an account of the admin UI with the same e-mail; its token is under
// "linked_" and the role.
func (h *House) Link(role string) string {
	h.TB.Helper()
	id := h.save(core.CollectionNameSuperusers, map[string]any{"email": role + "@example.com",
		"password": Password("linked")})
	account, err := h.App.FindRecordById(core.CollectionNameSuperusers, id)
	h.must(err)
	h.Tokens["linked_"+role], err = account.NewAuthToken()
	h.must(err)
	return id
}

// Create stores a record over REST and fails the test when it is refused. The names of tests are
// like each other: a suspected duplicate is confirmed.
func (h *House) Create(role, collection string, values map[string]any) map[string]any {
	h.TB.Helper()
	a := h.Do(role, "POST", "/api/collections/"+collection+"/records", values)
	if a.Status == http.StatusConflict && a.Code("name") == "duplicate_suspected" {
		confirmed := maps.Clone(values)
		confirmed["confirm_duplicate"] = "another customer of this test"
		a = h.Do(role, "POST", "/api/collections/"+collection+"/records", confirmed)
	}
	if a.Status != http.StatusOK {
		h.TB.Fatalf("create in %s as %s: %d %s", collection, role, a.Status, a.Body)
	}
	return a.JSON()
}

// Save stores a record in Go and answers its id.
func (h *House) Save(collection string, values map[string]any) string {
	h.TB.Helper()
	return h.save(collection, values)
}

// SignIn gives the account with that e-mail a role of its own name.
func (h *House) SignIn(collection, email, role string) {
	h.TB.Helper()
	account, err := h.App.FindAuthRecordByEmail(collection, email)
	h.must(err)
	h.Tokens[role], err = account.NewAuthToken()
	h.must(err)
}
