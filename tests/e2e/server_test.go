package e2e

import (
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"kehu/backups"
	"kehu/collections"
	"kehu/hooks"
	"kehu/internal/vault"
	"kehu/tests"
)

const password = "青山遮不住，毕竟东流去，江晚正愁余"

// house is a register that serves the web app on loopback, as the appliance does.
type house struct {
	t   *testing.T
	app core.App
	url string

	keeper *backups.Keeper
	stop   func() // once
}

// setupCode opens the first set-up of an empty house.
const setupCode = "0123-4567-89ab-cdef-ghjk-mnpq-rs"

func openHouse(t *testing.T) *house {
	t.Helper()
	h := openEmptyHouse(t)
	h.makeStaff()
	return h
}

// openEmptyHouse is a register that nobody has set up.
func openEmptyHouse(t *testing.T) *house {
	t.Helper()
	return openHouseIn(t, t.TempDir(), "127.0.0.1:0", os.DirFS(filepath.Join("..", "..", "pb_public")),
		os.DirFS(filepath.Join("..", "..", "admin_ui")))
}

// openHouseIn is the register of a folder at an address, with the files of a build of the program.
func openHouseIn(t *testing.T, dir, address string, web, admin fs.FS) *house {
	t.Helper()
	data := filepath.Join(dir, "data")
	root, err := collections.OpenKeys(data, filepath.Join(dir, "keys"), collections.Random)
	must(t, err)
	h := &house{t: t}
	h.app = core.NewBaseApp(core.BaseAppConfig{DataDir: data, DBConnect: collections.Connect(root),
		DataMaxOpenConns: collections.MaxReaders, DataMaxIdleConns: collections.MaxIdleReaders})
	var rooms *hooks.House
	h.keeper = backups.New(backups.Options{App: h.app, Root: func() *vault.Root { return root }, DataDir: data,
		KeysDir: filepath.Join(dir, "keys"), Version: "test", Sealed: hooks.Sealed, Try: h.try,
		Note: func(by backups.Actor, action, name string, detail map[string]any) error {
			return rooms.NoteBackup(by, action, name, detail)
		}})
	rooms = hooks.Bind(h.app, hooks.Options{Root: func() *vault.Root { return root }, Backups: h.keeper,
		Keys: filepath.Join(dir, "keys"), SetupCode: setupCode, Web: web, Admin: admin})
	must(t, h.app.Bootstrap())
	h.serve(address)
	return h
}

func (h *house) serve(address string) {
	h.t.Helper()
	listener, err := net.Listen("tcp", address)
	must(h.t, err)
	h.url = "http://" + listener.Addr().String()
	ready, ended := make(chan bool, 1), make(chan error, 1)
	h.app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: "e2e", Priority: -1,
		Func: func(e *core.ServeEvent) error {
			e.Listener, e.InstallerFunc = listener, nil
			must(h.t, h.keeper.Prepare())
			err := e.Next()
			ready <- true
			return err
		}})
	go func() {
		ended <- apis.Serve(h.app, apis.ServeConfig{AllowedOrigins: []string{h.url}})
	}()
	select {
	case <-ready:
	case err := <-ended:
		h.t.Fatal(err)
	}
	h.stop = sync.OnceFunc(func() {
		event := &core.TerminateEvent{App: h.app}
		must(h.t, h.app.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error {
			return e.App.ResetBootstrapState()
		}))
	})
	h.t.Cleanup(h.stop)
}

// try opens a register on a restored directory, as a drill does.
func (h *house) try(ctx context.Context, dir string, root *vault.Root) (backups.Trial, error) {
	other := &tests.House{TB: h.t}
	other.SetNow(time.Now())
	return other.Try(ctx, dir, root)
}

func (h *house) makeStaff() {
	east := h.save("departments", map[string]any{"name": "华东销售部"})
	for _, m := range [][3]string{{"admin", "data_admin", "沈数据"}, {"manager", "manager", "郑经理"},
		{"sales", "sales", "周销售"}, {"service", "service", "陈客服"}} {
		department := ""
		if m[1] == "manager" || m[1] == "sales" {
			department = east
		}
		h.save("staff", map[string]any{"email": m[0] + "@example.com", "role": m[1], "name": m[2],
			"department": department, "active": true, "verified": true})
	}
}

func (h *house) save(collection string, values map[string]any) string {
	h.t.Helper()
	c, err := h.app.FindCollectionByNameOrId(collection)
	must(h.t, err)
	r := core.NewRecord(c)
	r.Load(values)
	if c.IsAuth() {
		r.SetPassword(password)
	}
	must(h.t, h.app.Save(r))
	return r.Id
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) update(collection, id string, values map[string]any) error {
	record, err := h.app.FindRecordById(collection, id)
	if err != nil {
		return err
	}
	record.Load(values)
	return h.app.Save(record)
}
