package tests

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"kehu/backups"
	"kehu/hooks"
	"kehu/internal/vault"
)

// Try opens a register on a restored directory, as a drill does, and asks it over HTTP.
func (h *House) Try(_ context.Context, dir string, root *vault.Root) (trial backups.Trial, err error) {
	keys := filepath.Join(dir, ".trial")
	if err := root.Store(keys); err != nil {
		return trial, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(keys)) }()
	other := &House{TB: h.TB, Dir: dir, Keys: keys, now: h.Clock(),
		Change: func(o *hooks.Options) { o.Still = true }}
	other.Open()
	defer other.Close()
	const records = "/api/collections/customers/records"
	list := other.Do("", "GET", records+"?perPage=1", nil, hooks.CommandHeader, Secret)
	if list.Status != http.StatusOK {
		return trial, fmt.Errorf("%d %s", list.Status, list.Body)
	}
	page := list.JSON()
	n, _ := page["totalItems"].(float64)
	trial.Customers = int(n)
	for _, item := range page["items"].([]any) {
		one := other.Do("", "GET", records+"/"+item.(map[string]any)["id"].(string), nil,
			hooks.CommandHeader, Secret)
		trial.Record = one.Text("number")
	}
	return trial, nil
}
