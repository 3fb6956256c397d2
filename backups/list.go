package backups

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"kehu/collections"
	"kehu/internal/policy"
	"kehu/internal/retention"
)

// Listed is a backup as it lies in its places.
type Listed struct {
	Label
	Places   []string `json:"places"`
	Good     bool     `json:"good"` // whole in one place at least
	Problems []string `json:"problems,omitempty"`
	Verified string   `json:"verified_at,omitempty"`
	Keep     []string `json:"keep,omitempty"` // why it stays, in its first place
	Drop     bool     `json:"drop,omitempty"` // the next clearing removes it there
}

// found is a backup in one place.
type found struct {
	label Label
	size  int64
	body  bool
	whole bool // label and body fit, as far as a list tells
	// labelled tells whether there is a label, be it a damaged one.
	labelled bool
}

// maxLabel bounds what is read of a label.
const maxLabel = 1 << 20

// inPlace lists this register's backups in a place.
func (k *Keeper) inPlace(ctx context.Context, p place) (map[string]*found, error) {
	objects, err := p.list(ctx, prefix(k.Root()))
	if err != nil {
		return nil, err
	}
	all := map[string]*found{}
	get := func(name string) *found {
		if all[name] == nil {
			all[name] = &found{}
		}
		return all[name]
	}
	for _, o := range objects {
		name := BaseName(o.name)
		switch {
		case strings.HasSuffix(o.name, bodySuffix):
			f := get(name)
			f.body, f.size = true, o.size
		case strings.HasSuffix(o.name, labelSuffix):
			get(name).labelled = true
			l, err := readLabel(ctx, p, name)
			if err == nil && l.Name == name && l.vouched(k.Root()) {
				get(name).label = l
			}
		}
	}
	for name, f := range all {
		f.whole = f.body && f.label.Name == name && f.label.Size == f.size
		if f.label.Name == "" {
			f.label = k.guess(name)
		}
	}
	return all, nil
}

func readLabel(ctx context.Context, p place, name string) (l Label, err error) {
	r, err := p.open(ctx, name+labelSuffix)
	if err != nil {
		return l, err
	}
	defer r.Close()
	return l, json.NewDecoder(io.LimitReader(r, maxLabel)).Decode(&l)
}

// guess reads what a name tells of a backup whose label is lost.
func (k *Keeper) guess(name string) Label {
	l := Label{Name: name}
	rest := strings.TrimPrefix(name, prefix(k.Root()))
	if len(rest) > len(nameLayout) {
		if at, err := time.ParseInLocation(nameLayout, rest[:len(nameLayout)], k.zone()); err == nil {
			l.At = at
		}
		l.Kind, _, _ = strings.Cut(strings.TrimPrefix(rest[len(nameLayout):], "-"), "-")
	}
	return l
}

// List shows every backup, the newest first, and the places that could not be asked.
func (k *Keeper) List(ctx context.Context) (all []*Listed, unreachable []Copy, err error) {
	set, err := k.policies()
	if err != nil {
		return nil, nil, err
	}
	places, err := k.places(set.Backups)
	if err != nil {
		return nil, nil, err
	}
	verified, err := k.verifiedAt()
	if err != nil {
		return nil, nil, err
	}
	byName := map[string]*Listed{}
	for _, p := range places {
		here, err := k.inPlace(ctx, p)
		if err != nil {
			unreachable = append(unreachable, Copy{Place: p.name(), State: "failed", Error: why(err)})
			continue
		}
		fates := k.fates(set, p, here)
		for name, f := range here {
			l := byName[name]
			if l == nil {
				l = &Listed{Label: f.label, Verified: verified[name]}
				l.Keep, l.Drop = fates[name].Reasons, !fates[name].Keep
				byName[name] = l
			}
			l.Places = append(l.Places, p.name())
			if f.whole {
				l.Label, l.Good = f.label, true
			} else {
				l.Problems = append(l.Problems, p.name())
			}
		}
	}
	for _, l := range byName {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *Listed) int { return b.At.Compare(a.At) })
	return all, unreachable, nil
}

func (k *Keeper) verifiedAt() (map[string]string, error) {
	rows, err := k.db().Query(`SELECT name, verified_at FROM backups_log
		WHERE verified_at <> '' AND kind NOT IN ('drill', 'restore')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := map[string]string{}
	for rows.Next() {
		var name, when string
		if err := rows.Scan(&name, &when); err != nil {
			return nil, err
		}
		at[name] = when
	}
	return at, rows.Err()
}

// fates judges the backups of a place.
func (k *Keeper) fates(set *policy.Set, p place, here map[string]*found) map[string]retention.Verdict {
	b := set.Backups
	rule := retention.Rule{Hours: b.Hours, Days: b.Days, Weeks: b.Weekly, Months: b.Monthly}
	if p.name() == localPlace {
		rule.Days = b.LocalDays
	}
	var items []retention.Item
	for name, f := range here {
		items = append(items, retention.Item{Name: name, At: f.label.At, Hourly: f.label.Kind == Hourly,
			Good: f.whole})
	}
	fates := map[string]retention.Verdict{}
	for _, v := range retention.Decide(k.Clock().In(set.Company.Location()), items, rule) {
		fates[v.Name] = v
	}
	return fates
}

// Fate is what the retention decides about a backup in a place.
type Fate struct {
	Place   string   `json:"place"`
	Name    string   `json:"name"`
	Keep    bool     `json:"keep"`
	Reasons []string `json:"reasons"`
	Error   string   `json:"error,omitempty"`
}

// Prune removes what is past its time; a dry run only says what it would remove.
func (k *Keeper) Prune(ctx context.Context, dry bool, by Actor) ([]Fate, error) {
	release, err := k.hold()
	if err != nil {
		return nil, err
	}
	defer release()
	set, err := k.policies()
	if err != nil {
		return nil, err
	}
	places, err := k.places(set.Backups)
	if err != nil {
		return nil, err
	}
	fates, err := k.prune(ctx, set, places, dry)
	if !dry {
		k.note(by, "backup_prune", "", map[string]any{"removed": removed(fates)})
	}
	return fates, err
}

func removed(fates []Fate) (names []string) {
	for _, f := range fates {
		if !f.Keep && f.Error == "" {
			names = append(names, f.Place+"/"+f.Name)
		}
	}
	return names
}

// prune works place by place; one that cannot be reached is left for the next time. The label goes
// last: a body without a label is damaged, a label without a body too, and both are judged again.
func (k *Keeper) prune(ctx context.Context, set *policy.Set, places []place, dry bool) ([]Fate, error) {
	all := []Fate{}
	for _, p := range places {
		here, err := k.inPlace(ctx, p)
		if err != nil {
			all = append(all, Fate{Place: p.name(), Keep: true, Error: why(err)})
			continue
		}
		for name, v := range k.fates(set, p, here) {
			f := Fate{Place: p.name(), Name: name, Keep: v.Keep, Reasons: v.Reasons}
			if !v.Keep && !dry {
				if err := errors.Join(p.remove(ctx, name+bodySuffix), p.remove(ctx, name+erasedSuffix),
					p.remove(ctx, name+labelSuffix)); err != nil {
					f.Error = why(err)
				}
			}
			all = append(all, f)
		}
		if err := ctx.Err(); err != nil {
			return all, err
		}
	}
	slices.SortFunc(all, func(a, b Fate) int {
		if a.Place != b.Place {
			return strings.Compare(a.Place, b.Place)
		}
		return strings.Compare(b.Name, a.Name)
	})
	return all, nil
}

// Verdict is what a check of a backup without any private key found in a place.
type Verdict struct {
	Place string `json:"place"`
	State string `json:"state"` // good, damaged, missing, unreachable
	Error string `json:"error,omitempty"`
}

// Verify reads a backup's copies from their beginning to their end and compares them with what the
// label, vouched for by this register, and the book say. It needs no private key.
func (k *Keeper) Verify(ctx context.Context, name string, by Actor) ([]Verdict, error) {
	name = BaseName(name)
	set, err := k.policies()
	if err != nil {
		return nil, err
	}
	places, err := k.places(set.Backups)
	if err != nil {
		return nil, err
	}
	var verdicts []Verdict
	good, there := false, false
	for _, p := range places {
		v := k.verifyIn(ctx, p, name)
		good, there = good || v.State == "good", there || v.State != "missing" && v.State != "unreachable"
		verdicts = append(verdicts, v)
	}
	k.note(by, "backup_verify", name, map[string]any{"good": good})
	if good {
		return verdicts, k.db().Exec(`UPDATE backups_log SET verified_at = ?
			WHERE name = ? AND kind NOT IN ('drill', 'restore')`, collections.Stamp(k.Clock()), name)
	}
	if !there {
		return verdicts, ErrNoBackup.With("name", name)
	}
	return verdicts, nil
}

func (k *Keeper) verifyIn(ctx context.Context, p place, name string) Verdict {
	v := Verdict{Place: p.name(), State: "damaged"}
	here, err := p.list(ctx, name)
	if err != nil {
		v.State, v.Error = "unreachable", why(err)
		return v
	}
	has := map[string]bool{}
	for _, o := range here {
		has[o.name] = true
	}
	if !has[name+bodySuffix] && !has[name+labelSuffix] {
		v.State = "missing"
		return v
	}
	if err := k.verifyCopy(ctx, p, name); err != nil {
		v.Error = why(err)
		return v
	}
	v.State = "good"
	return v
}

func (k *Keeper) verifyCopy(ctx context.Context, p place, name string) error {
	damaged := func(why string) error { return ErrDamaged.With("name", name, "why", why) }
	l, err := readLabel(ctx, p, name)
	if err != nil {
		return damaged("清单 label: " + err.Error())
	}
	if l.Name != name || !l.vouched(k.Root()) {
		return damaged("清单不是本系统所写 / the label is not of this register")
	}
	logged, err := k.logged(name)
	if err != nil {
		return err
	}
	if logged != "" && logged != l.SHA256 {
		return damaged("清单与记录不符 / the label differs from the book")
	}
	body, err := p.open(ctx, name+bodySuffix)
	if err != nil {
		return damaged(err.Error())
	}
	defer body.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, withContext(ctx, body))
	switch {
	case err != nil:
		return err
	case n != l.Size:
		return damaged("大小不符 / size")
	case hex.EncodeToString(sum.Sum(nil)) != l.SHA256:
		return damaged("SHA-256 不符 / SHA-256 differs")
	}
	return nil
}

// logged is the sum that the book has of a backup, "" where it has none.
func (k *Keeper) logged(name string) (string, error) {
	rows, err := k.db().Query(`SELECT sha256 FROM backups_log WHERE name = ?
		AND kind NOT IN ('drill', 'restore') AND sha256 <> ''`, name)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var sum string
	if rows.Next() {
		err = rows.Scan(&sum)
	}
	return sum, errors.Join(err, rows.Err())
}

// Open reads the encrypted file of a backup from the first place that has it whole.
func (k *Keeper) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	name = BaseName(name)
	set, err := k.policies()
	if err != nil {
		return nil, 0, err
	}
	places, err := k.places(set.Backups)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range places {
		here, err := k.inPlace(ctx, p)
		if f := here[name]; err == nil && f != nil && f.whole {
			body, err := p.open(ctx, name+bodySuffix)
			if err == nil {
				return body, f.size, nil
			}
		}
	}
	return nil, 0, ErrNoBackup.With("name", name)
}

// rawLabel is a label as it stands.
func rawLabel(ctx context.Context, p place, name string) ([]byte, error) {
	r, err := p.open(ctx, name+labelSuffix)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxLabel))
}
