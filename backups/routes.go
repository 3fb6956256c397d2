package backups

import (
	"context"
	"io"
	"strings"
	"time"

	"filippo.io/age"

	"kehu/collections"
)

// Summary is the state, for the health page.
func (k *Keeper) Summary(ctx context.Context) (any, error) { return k.State(ctx) }

// Alarms are those of the state with their sentences. A register that has not made its first backup
// yet is not told that it lacks one.
func (k *Keeper) Alarms(ctx context.Context) (map[string]string, error) {
	s, err := k.State(ctx)
	if err != nil {
		return nil, err
	}
	alarms := map[string]string{}
	for _, code := range s.Alarms {
		if s.Newest != "" || code != AlarmNoBackup {
			alarms[code], _, _ = strings.Cut(AlarmText(code), " / ")
		}
	}
	return alarms, nil
}

// Catalogue lists the backups with the places that could not be asked, and the state.
func (k *Keeper) Catalogue(ctx context.Context) (any, error) {
	all, unreachable, err := k.List(ctx)
	if err != nil {
		return nil, err
	}
	state, err := k.State(ctx)
	if err != nil {
		return nil, err
	}
	if all == nil {
		all = []*Listed{}
	}
	return map[string]any{"items": all, "unreachable": unreachable, "state": state}, nil
}

// Begin makes a backup now. Who asks may go away meanwhile: it is made to its end.
func (k *Keeper) Begin(ctx context.Context, by Actor) (any, error) {
	return k.Make(context.WithoutCancel(ctx), Manual, by)
}

// Check verifies a backup.
func (k *Keeper) Check(ctx context.Context, name string, by Actor) (any, error) {
	verdicts, err := k.Verify(ctx, name, by)
	if err != nil {
		return nil, err
	}
	good := false
	for _, v := range verdicts {
		good = good || v.State == "good"
	}
	return map[string]any{"name": BaseName(name), "good": good, "places": verdicts}, nil
}

// newestName stands for the newest backup where a name is asked for.
const newestName = "newest"

// Rehearse drills with an identity, or with those of the keys folder where it is "".
func (k *Keeper) Rehearse(ctx context.Context, name, identity string, by Actor) (any, error) {
	var identities []age.Identity
	if identity != "" {
		var err error
		if identities, err = ReadIdentities(strings.NewReader(identity)); err != nil {
			return nil, err
		}
	}
	if name == newestName {
		name = ""
	}
	return k.Drill(context.WithoutCancel(ctx), name, identities, by)
}

// Clear removes what is past its time; a dry run only says what it would remove.
func (k *Keeper) Clear(ctx context.Context, dry bool, by Actor) (any, error) {
	fates, err := k.Prune(ctx, dry, by)
	return map[string]any{"dry_run": dry, "items": fates}, err
}

// Content reads the encrypted file.
func (k *Keeper) Content(ctx context.Context, name string, by Actor) (io.ReadCloser, int64, error) {
	content, size, err := k.Open(ctx, name)
	if err == nil {
		k.note(by, "backup_download", BaseName(name), nil)
	}
	return content, size, err
}

// File is a backup as PocketBase's own page lists it.
type File struct {
	Key      string `json:"key"`
	Size     int64  `json:"size"`
	Modified string `json:"modified"`
}

// Files lists the whole backups as files.
func (k *Keeper) Files(ctx context.Context) (any, error) {
	all, _, err := k.List(ctx)
	if err != nil {
		return nil, err
	}
	files := []File{}
	for _, l := range all {
		if l.Good {
			files = append(files, File{l.Name + bodySuffix, l.Size, collections.Stamp(l.At)})
		}
	}
	return files, nil
}

// Stage checks a backup to its end beside the data and leaves it for the next start to put in their
// place. It needs an identity in the keys folder.
func (k *Keeper) Stage(ctx context.Context, name string, by Actor) error {
	release, err := k.hold()
	if err != nil {
		return err
	}
	defer release()
	identities, err := KeptIdentities(k.KeysDir)
	if err != nil {
		return err
	}
	_, at, err := k.pick(ctx, BaseName(name), false)
	if err != nil {
		return err
	}
	r := &Restore{Dir: k.DataDir, Keys: k.KeysDir, Identities: identities, Root: k.Root(),
		Sealed: k.Sealed, Try: k.Try, Clock: k.Clock, By: by}
	out, err := r.Prepare(ctx, &Origin{at, BaseName(name)})
	if err == nil {
		k.note(by, "restore", out.Name, map[string]any{"at": out.At.Format(time.RFC3339)})
	}
	return err
}
