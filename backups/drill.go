package backups

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/robustio"

	"kehu/collections"
	"kehu/internal/fault"
)

// Faults of drills.
var (
	ErrDrill = fault.Define("backup_drill_failed",
		"恢复演练失败：备份 {name} 恢复后不能使用（{why}）；请立即检查备份",
		"The drill failed: the backup {name} does not work when restored ({why}); look after the backups now")
	ErrNoDrillKey = fault.Define("backup_no_drill_key",
		"演练密钥不在本机，不能自动演练；请用 kehu backup drill --identity 指定恢复密钥",
		"The drill identity is not on this machine: run kehu backup drill with --identity and the recovery "+
			"identity")
)

// drillPattern is where drills unpack, within the data directory: encrypted by the root key like it.
const drillPattern = ".kehu-drill-*"

// Drilled is a drill that succeeded.
type Drilled struct {
	Name     string    `json:"name"`
	At       time.Time `json:"at"` // of the backup
	Place    string    `json:"place"`
	Duration int64     `json:"duration_ms"`
	Proof
}

// Drill restores a backup, the newest where name is empty, into a scratch directory, checks it,
// starts the application on it and asks for a record. Identities are those of the keys folder where
// none is given.
func (k *Keeper) Drill(ctx context.Context, name string, identities []age.Identity, by Actor) (*Drilled, error) {
	release, err := k.hold()
	if err != nil {
		return nil, err
	}
	defer release()
	if identities == nil {
		if identities, err = KeptIdentities(k.KeysDir); err != nil {
			return nil, ErrNoDrillKey.Because(err)
		}
	}
	label, p, err := k.pick(ctx, BaseName(name), name == "")
	if err != nil {
		return nil, err
	}
	began := time.Now()
	record, err := k.begin(label.Name, "drill", by)
	if err != nil {
		return nil, explain(k.DataDir, err)
	}
	d := &Drilled{Name: label.Name, At: label.At, Place: p.name()}
	d.Proof, err = k.drill(ctx, p, label, identities)
	if err == nil && d.Log.Broken != "" {
		err = ErrDrill.With("name", label.Name, "why", d.Log.Broken)
	}
	d.Duration = time.Since(began).Milliseconds()
	record.Load(map[string]any{"state": "done", "duration": d.Duration, "location": p.name(),
		"size": label.Size, "sha256": label.SHA256, "counts": d.Proof})
	if full(err) {
		err = ErrNoRoom.With("where", k.DataDir).Because(err)
	}
	if err != nil {
		if _, known := fault.Of(err); !known && ctx.Err() == nil {
			err = ErrDrill.With("name", label.Name, "why", err).Because(err)
		}
		record.Set("state", "failed")
		record.Set("error", why(err))
	} else {
		record.Set("verified_at", collections.Stamp(k.Clock()))
	}
	err = errors.Join(err, k.App.Save(record))
	k.note(by, "backup_drill", label.Name, map[string]any{"state": record.GetString("state")})
	return d, err
}

// pick finds a backup, or the newest whole one, and a place that has it.
func (k *Keeper) pick(ctx context.Context, name string, newest bool) (l Label, at place, err error) {
	set, err := k.policies()
	if err != nil {
		return l, nil, err
	}
	places, err := k.places(set.Backups)
	if err != nil {
		return l, nil, err
	}
	for _, p := range places {
		here, err := k.inPlace(ctx, p)
		if err != nil {
			continue
		}
		for found, f := range here {
			if f.whole && (found == name || newest && f.label.At.After(l.At)) {
				l, at = f.label, p
			}
		}
	}
	switch {
	case at != nil:
		return l, at, nil
	case newest:
		return l, nil, ErrNone
	}
	return l, nil, ErrNoBackup.With("name", name)
}

// drill does so without a word about the audit log but in the proof.
func (k *Keeper) drill(ctx context.Context, p place, l Label, identities []age.Identity) (proof Proof, err error) {
	dir, err := os.MkdirTemp(k.DataDir, drillPattern)
	if err != nil {
		return proof, err
	}
	defer func() { err = errors.Join(err, robustio.RemoveAll(dir)) }()
	if err := roomFor(k.DataDir, l.Plain); err != nil {
		return proof, err
	}
	body, err := p.open(ctx, l.Name+bodySuffix)
	if err != nil {
		return proof, err
	}
	defer body.Close()
	u := &unpacking{dir: dir, root: k.Root(), sealed: k.Sealed, name: l.Name}
	m, err := u.unpack(ctx, body, identities)
	if err != nil {
		return proof, err
	}
	if proof, err = u.check(ctx, m); err != nil {
		return proof, err
	}
	proof.Trial, err = k.try(ctx, dir, m)
	return proof, err
}

// try starts the application and holds its answer to the manifest.
func (k *Keeper) try(ctx context.Context, dir string, m *Manifest) (Trial, error) {
	trial, err := k.Try(ctx, dir, k.Root())
	if err != nil {
		return trial, err
	}
	if trial.Customers != m.Counts["customers"] || trial.Customers > 0 && trial.Record == "" {
		return trial, fmt.Errorf("%d customers, not %d", trial.Customers, m.Counts["customers"])
	}
	return trial, nil
}

// margin is what must stay free beside an unpacked backup.
const margin = 64 << 20

// roomFor refuses early what would fill the disk.
func roomFor(dir string, plain int64) error {
	free, err := freeBytes(dir)
	if err == nil && plain > 0 && free < plain+margin {
		return ErrNoRoom.With("where", dir)
	}
	return nil
}
