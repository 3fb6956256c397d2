package commands

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/rogpeppe/go-internal/robustio"

	"kehu/backups"
	"kehu/hooks"
	"kehu/internal/vault"
)

// keepBackups gives a register its keeper of backups: routes, jobs, identities.
func (p *place) keepBackups(s *server, root *vault.Root, web fs.FS, options *hooks.Options) {
	keeper := backups.New(backups.Options{App: s.app, Root: options.Root, DataDir: p.dir, KeysDir: p.keys,
		Version: p.version, Sealed: hooks.Sealed, Try: tryOn(web),
		Note: func(by backups.Actor, action, name string, detail map[string]any) error {
			return s.house.NoteBackup(by, action, name, detail)
		}})
	s.keeper, options.Backups = keeper, keeper
	for _, w := range keeper.Jobs() {
		options.Jobs = append(options.Jobs, hooks.Job{Name: w.Name, Due: w.Due, Run: w.Run,
			Retries: w.Retries, Again: w.Again})
	}
	s.app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: "kehuBackups", Priority: -2,
		Func: func(e *core.ServeEvent) error {
			if err := keeper.Prepare(); err != nil {
				return err
			}
			return e.Next()
		}})
}

// tryOn starts the register on a restored directory, where nothing happens by itself, and asks it as
// its owner: is it well, how many customers are there, what is in the newest.
func tryOn(web fs.FS) func(context.Context, string, *vault.Root) (backups.Trial, error) {
	return func(ctx context.Context, dir string, root *vault.Root) (trial backups.Trial, err error) {
		keys := filepath.Join(dir, ".trial")
		if err := os.MkdirAll(keys, 0o700); err != nil {
			return trial, err
		}
		defer func() { err = errors.Join(err, robustio.RemoveAll(keys)) }()
		at := &place{dir: dir, keys: keys}
		s, err := at.assemble(root, nil, web, still)
		if err != nil {
			s.abandon()
			return trial, err
		}
		if err := s.serve(loopbackDoors); err != nil {
			s.abandon()
			return trial, err
		}
		trial, err = ask(ctx, &client{base: s.inner, secret: s.secret})
		return trial, errors.Join(err, s.stop())
	}
}

func ask(ctx context.Context, c *client) (trial backups.Trial, err error) {
	var health struct{ OK bool }
	if err := c.call(ctx, http.MethodGet, "/api/kehu/health", nil, &health); err != nil || !health.OK {
		return trial, errors.Join(errors.New("health"), err)
	}
	const records = "/api/collections/customers/records"
	var list struct {
		TotalItems int
		Items      []struct{ ID, Number string }
	}
	if err := c.call(ctx, http.MethodGet, records+"?perPage=1", nil, &list); err != nil {
		return trial, err
	}
	trial.Customers = list.TotalItems
	if len(list.Items) == 0 {
		return trial, nil
	}
	var record struct{ Number string }
	err = c.call(ctx, http.MethodGet, records+"/"+list.Items[0].ID, nil, &record)
	trial.Record = record.Number
	return trial, err
}
