package backups

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"kehu/collections"
)

// Who was erased must stay erased when a backup from before comes back: the list of erasures lies
// beside each backup, signed line by line, and in the keys folder, where the start of a register
// reads it and erases anew.
const (
	erasedSuffix = ".erased.jsonl"
	erasedFile   = "erasures.jsonl" // in the keys folder
)

// bringErasures puts the list as it stands now beside a backup.
func (k *Keeper) bringErasures(ctx context.Context, places []place, made *Made) error {
	list, err := collections.Erasures(k.db())
	if err != nil || len(list) == 0 {
		return err
	}
	var text bytes.Buffer
	if err := collections.WriteErasures(&text, list); err != nil {
		return err
	}
	var failed error
	for i, p := range places {
		if made.Copies[i].State == "done" {
			failed = errors.Join(failed, p.put(ctx, made.Name+erasedSuffix, bytes.NewReader(text.Bytes())))
		}
	}
	return failed
}

// erasures are all that is known of the register's erasures: beside the backups that lie where this
// one comes from, and in the keys folder. A line that the register did not sign stops the restore.
func (r *Restore) erasures(ctx context.Context, from *Origin) ([]collections.Erasure, error) {
	known := map[string]collections.Erasure{}
	add := func(source io.Reader) error {
		list, err := collections.ReadErasures(source, r.Root)
		for _, e := range list {
			known[e.Customer] = e
		}
		return err
	}
	objects, err := from.at.list(ctx, prefix(r.Root))
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if !strings.HasSuffix(o.name, erasedSuffix) {
			continue
		}
		list, err := from.at.open(ctx, o.name)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(add(list), list.Close()); err != nil {
			return nil, err
		}
	}
	if text, err := os.ReadFile(filepath.Join(r.Keys, erasedFile)); err == nil {
		_ = add(bytes.NewReader(text)) // another register's list is none of ours
	}
	all := make([]collections.Erasure, 0, len(known))
	for _, e := range known {
		all = append(all, e)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Customer < all[j].Customer })
	return all, nil
}
