package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/hooks"
	"kehu/internal/vault"
)

// register is a server on a directory of its own: of this process, or the program apart.
type register struct {
	ctx    context.Context // of the measurement: whoever ends it has requests end
	dir    string
	app    core.App // nil while it is closed here
	url    string
	secret string // of the command line
	tokens map[string]string
	server *http.Server
	house  *hooks.House // of this process

	imported time.Duration // CPU of the import; 0 where others were served meanwhile
}

// commandSecret is the one of a server of this process.
const commandSecret = "bench"

func (r *register) data() string { return filepath.Join(r.dir, "data") }
func (r *register) keys() string { return filepath.Join(r.dir, "keys") }

// open makes a register in a directory, or opens the one that is there.
func open(ctx context.Context, dir string) (*register, error) {
	r := &register{ctx: ctx, dir: dir, tokens: map[string]string{}}
	return r, r.reopen()
}

// reopen opens the register in this process.
func (r *register) reopen() error {
	root, err := collections.OpenKeys(r.data(), r.keys(), collections.Random)
	if err != nil {
		return err
	}
	r.app = core.NewBaseApp(core.BaseAppConfig{DataDir: r.data(), DBConnect: collections.Connect(root),
		DataMaxOpenConns: collections.MaxReaders, DataMaxIdleConns: collections.MaxIdleReaders,
		AuxMaxOpenConns: collections.MaxIdleReaders, AuxMaxIdleConns: 1})
	r.secret = commandSecret
	r.house = hooks.Bind(r.app, hooks.Options{Root: func() *vault.Root { return root }, Command: r.secret,
		Keys: r.keys()})
	if err := errors.Join(r.app.Bootstrap(), r.app.RunAllMigrations()); err != nil {
		return err
	}
	if err := r.listen(); err != nil {
		return err
	}
	_, err = r.call("", "GET", "/api/kehu/health", nil, nil)
	return err
}

func (r *register) listen() error {
	router, err := apis.NewRouter(r.app)
	if err != nil {
		return err
	}
	event := &core.ServeEvent{App: r.app, Router: router}
	return r.app.OnServe().Trigger(event, func(e *core.ServeEvent) error {
		mux, err := e.Router.BuildMux()
		if err != nil {
			return err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		r.server = &http.Server{Handler: mux}
		r.url = "http://" + listener.Addr().String()
		go r.server.Serve(listener)
		return nil
	})
}

// close closes what this process has open of it.
func (r *register) close() error {
	if r.app == nil {
		return nil
	}
	r.server.Close()
	event := &core.TerminateEvent{App: r.app}
	r.app = nil
	return event.App.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error {
		return e.App.ResetBootstrapState()
	})
}

// call sends a request as a role, or as the command line for "".
func (r *register) call(role, method, path string, body, into any) (int, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(r.ctx, method, r.url+path, reader)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	if role == "" {
		request.Header.Set(hooks.CommandHeader, r.secret)
	} else if r.tokens[role] == "" { // who is nobody is refused, which is no figure of anything
		return 0, fmt.Errorf("%s %s: the register has no member of the role %q", method, path, role)
	} else {
		request.Header.Set("Authorization", r.tokens[role])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	return response.StatusCode, err
}

// people makes a member for each role that is measured. The sales' customers are few.
func (r *register) people() error {
	departments := map[string]string{}
	for _, name := range []string{"华东", "华南"} {
		id, err := r.save("departments", map[string]any{"name": name})
		if err != nil {
			return err
		}
		departments[name] = id
	}
	for role, department := range map[string]string{"sales": "华东", "manager": "华南",
		"executive": "", "data_admin": "", "service": "", "finance": "", "marketing": ""} {
		id, err := r.save("staff", map[string]any{"name": role, "role": role, "active": true,
			"email": role + "@example.com", "password": "bench-1234567890-bench", "verified": true,
			"department": departments[department]})
		if err != nil {
			return err
		}
		staff, err := r.app.FindRecordById("staff", id)
		if err != nil {
			return err
		}
		if r.tokens[role], err = staff.NewAuthToken(); err != nil {
			return err
		}
	}
	return nil
}

// recognise signs in the people of an earlier run.
func (r *register) recognise() error {
	staff, err := r.app.FindAllRecords("staff")
	if err == nil && len(staff) == 0 {
		err = errors.New("no register of an earlier run")
	}
	for _, one := range staff {
		var token string
		if token, err = one.NewAuthToken(); err != nil {
			break
		}
		r.tokens[one.GetString("role")] = token
	}
	return err
}

func (r *register) save(collection string, values map[string]any) (string, error) {
	c, err := r.app.FindCollectionByNameOrId(collection)
	if err != nil {
		return "", err
	}
	record := core.NewRecord(c)
	record.Load(values)
	return record.Id, errors.Join(r.app.Save(record), nil)
}

// importBook uploads a workbook from its file, starts it and waits; it answers the counts.
func (r *register) importBook(ctx context.Context, path string, options map[string]any) (map[string]int, error) {
	id, err := r.upload(ctx, path, options)
	if err != nil {
		return nil, err
	}
	show := struct {
		State, Error string
		Counts       map[string]int
	}{State: "previewing"}
	for _, state := range []string{"previewing", "running"} {
		for show.State == state {
			time.Sleep(100 * time.Millisecond)
			if _, err := r.call("", "GET", "/api/kehu/imports/"+id, nil, &show); err != nil {
				return nil, err
			}
		}
		if state == "previewing" {
			if _, err := r.call("", "POST", "/api/kehu/imports/"+id+"/start", nil, &show); err != nil {
				return nil, err
			}
		}
	}
	if show.State != "done" {
		return nil, fmt.Errorf("the import ended %s: %s", show.State, show.Error)
	}
	r.tokens["last import"] = id
	return show.Counts, nil
}
