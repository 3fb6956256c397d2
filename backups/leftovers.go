package backups

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/rogpeppe/go-internal/robustio"
)

// brokenOff is what the book says of an act whose process is gone.
const brokenOff = "interrupted"

// interrupted marks what a process that is gone left at work.
func (k *Keeper) interrupted() error {
	return k.db().Exec("UPDATE backups_log SET state = 'failed', error = ? WHERE state = 'running'", brokenOff)
}

// sweep removes what a crash left on this machine: parts of files and scratch directories. Stores are
// cleared before they are next written to: a start waits for nobody.
func (k *Keeper) sweep() error {
	set, err := k.policies()
	if err != nil {
		return err
	}
	places, err := k.places(set.Backups)
	if err != nil {
		return nil // a policy that makes no sense any more fails the backups, not the start
	}
	for _, p := range places {
		if f, ok := p.(folder); ok {
			_ = f.clear(context.Background(), prefix(k.Root())) // a folder that is not mounted has none
		}
	}
	left, err := filepath.Glob(filepath.Join(k.DataDir, drillPattern))
	for _, dir := range left {
		err = errors.Join(err, robustio.RemoveAll(dir))
	}
	return err
}

// clear removes what acts that were killed left in the places: parts of uploads, and files that never
// got their label, where another place has them whole or their making was broken off. A label that was
// lost otherwise is no reason: its file may still restore. What cannot be cleared now is cleared before
// the next backup. The caller holds the keeper.
func (k *Keeper) clear(ctx context.Context, places []place) {
	broken, err := k.brokenOff()
	if err != nil {
		k.App.Logger().Error("backups that were broken off", "error", err.Error())
		return
	}
	whole := map[string]bool{}
	bare := make([][]string, len(places))
	for i, p := range places {
		if err := p.clear(ctx, prefix(k.Root())); err != nil {
			k.App.Logger().Warn("clearing a place of backups", "place", p.name(), "error", err.Error())
		}
		here, err := k.inPlace(ctx, p)
		if err != nil {
			continue // a place that cannot be asked will tell when it is written to
		}
		for name, f := range here {
			whole[name] = whole[name] || f.whole
			if f.body && !f.labelled {
				bare[i] = append(bare[i], name)
			}
		}
	}
	for i, p := range places {
		for _, name := range bare[i] {
			if !whole[name] && !broken[name] {
				continue
			}
			if err := p.remove(ctx, name+bodySuffix); err != nil {
				k.App.Logger().Warn("half a backup", "place", p.name(), "name", name, "error", err.Error())
			}
		}
	}
}

// brokenOff lists the backups that no place has whole, as far as the book tells.
func (k *Keeper) brokenOff() (map[string]bool, error) {
	rows, err := k.db().Query(`SELECT name FROM backups_log WHERE state = 'failed' AND error = ?
		AND sha256 = '' AND kind NOT IN ('drill', 'restore')`, brokenOff)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names[name] = true
	}
	return names, rows.Err()
}
