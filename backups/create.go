package backups

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"filippo.io/age"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
)

// Copy is what became of a backup in one place.
type Copy struct {
	Place    string `json:"place"`
	State    string `json:"state"` // done, failed, or removed since
	Attempts int    `json:"attempts,omitempty"`
	At       string `json:"at"`
	Error    string `json:"error,omitempty"`
}

// Made is a backup that was made.
type Made struct {
	Name     string   `json:"name"`
	State    string   `json:"state"` // done; incomplete: a place failed or a file is missing
	Size     int64    `json:"size"`
	SHA256   string   `json:"sha256"`
	Duration int64    `json:"duration_ms"`
	Copies   []Copy   `json:"copies"`
	Missing  []string `json:"missing,omitempty"`
	Log      string   `json:"log,omitempty"` // what its audit log was found to lack, where it was read
}

// Make makes a backup and brings it to every place. A place that fails stops no other; the error is
// that no place has it. What is past its time goes afterwards.
func (k *Keeper) Make(ctx context.Context, kind string, by Actor) (*Made, error) {
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
	began := time.Now()
	k.clear(ctx, places)
	names, to, err := k.encryptTo(set.Backups)
	if err != nil {
		return nil, err
	}
	now := k.Clock().In(set.Company.Location())
	about := About{Format: format, Kind: kind, At: now, Product: k.Version,
		Root: k.Root().Fingerprint(), Recipients: names}
	about.Name, err = k.freeName(ctx, places, prefix(k.Root())+now.Format(nameLayout)+"-"+kind, true)
	if err != nil {
		return nil, explain(k.DataDir, err)
	}
	record, err := k.begin(about.Name, kind, by)
	if err != nil {
		return nil, explain(k.DataDir, err)
	}
	made, err := k.make(ctx, about, to, places)
	if err == nil {
		err = k.bringErasures(ctx, places, made)
	}
	made.Duration = time.Since(began).Milliseconds()
	if ended := k.end(record, made, err); err == nil {
		err = ended
	}
	if err == nil {
		_, err = k.prune(ctx, set, places, false)
	}
	k.note(by, "backup", about.Name, map[string]any{"kind": kind, "state": record.GetString("state")})
	return made, err
}

// freeName is a name that no place uses and the book does not know: two backups in one second are
// two, the first being gone already included.
func (k *Keeper) freeName(ctx context.Context, places []place, name string, booked bool) (string, error) {
	taken := map[string]bool{}
	if booked {
		known, err := k.App.FindAllRecords("backups_log", dbx.Like("name", name).Match(false, true))
		if err != nil {
			return "", err
		}
		for _, record := range known {
			taken[record.GetString("name")] = true
		}
	}
	for _, p := range places {
		found, err := p.list(ctx, name)
		if err != nil {
			continue // a place that cannot be asked will tell when it is written to
		}
		for _, o := range found {
			taken[BaseName(o.name)] = true
		}
	}
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free, nil
}

// make takes the moment and writes it to the first place that takes it, from where the others get
// their copies. A place that fails is followed by a moment of the next one's own.
func (k *Keeper) make(ctx context.Context, about About, to []age.Recipient, places []place) (*Made, error) {
	made := &Made{Name: about.Name, State: "failed"}
	var from place
	var label []byte
	var first error
	for _, p := range places {
		if from != nil {
			made.Copies = append(made.Copies, k.bring(ctx, from, p, about.Name, label))
			continue
		}
		copied := Copy{Place: p.name(), State: "done", Attempts: 1}
		text, err := k.takeTo(ctx, about, to, p, made)
		if err != nil {
			copied.State, copied.Error = "failed", why(err)
			if first == nil {
				first = err
			}
		} else {
			from, label = p, text
		}
		copied.At = collections.Stamp(k.Clock())
		made.Copies = append(made.Copies, copied)
		if ctx.Err() != nil {
			return made, ctx.Err()
		}
	}
	if from == nil {
		return made, first
	}
	made.State = "done"
	for _, c := range made.Copies {
		if c.State != "done" || len(made.Missing) > 0 {
			made.State = "incomplete"
		}
	}
	return made, ctx.Err()
}

// takeTo takes the moment and writes it to a place.
func (k *Keeper) takeTo(ctx context.Context, about About, to []age.Recipient, p place,
	made *Made) ([]byte, error) {
	s, err := k.take(ctx, about, to, p)
	if err != nil {
		return nil, explain(k.DataDir, err)
	}
	defer s.close()
	text, err := k.writeTo(ctx, s, p, made)
	if err != nil {
		return nil, explain(p.name(), err)
	}
	return text, nil
}

// writeTo streams the moment into a place, and its label after it.
func (k *Keeper) writeTo(ctx context.Context, s *source, p place, made *Made) ([]byte, error) {
	reader, writer := io.Pipe()
	type outcome struct {
		manifest *Manifest
		err      error
	}
	written := make(chan outcome, 1)
	buffered := newPump(writer)
	go func() {
		m, err := s.write(ctx, buffered)
		err = errors.Join(err, buffered.Close())
		writer.CloseWithError(err) // nil is the end of the file
		written <- outcome{m, err}
	}()
	sum := &summed{r: reader, sum: sha256.New()}
	err := p.put(ctx, s.about.Name+bodySuffix, sum)
	reader.CloseWithError(io.ErrClosedPipe)
	out := <-written
	if err != nil || out.err != nil {
		if err == nil || errors.Is(out.err, io.ErrClosedPipe) {
			out.err = err
		}
		return nil, errors.Join(err, out.err)
	}
	made.Size, made.SHA256 = sum.n, hex.EncodeToString(sum.sum.Sum(nil))
	made.Missing = out.manifest.Missing
	schema := ""
	if n := len(s.about.Schema); n > 0 {
		schema = out.manifest.Schema[n-1]
	}
	l := Label{Format: format, Name: s.about.Name, Kind: s.about.Kind, At: s.about.At, Size: made.Size,
		SHA256: made.SHA256, Plain: s.plain, Missing: len(made.Missing), Product: k.Version,
		Schema: schema, Root: s.about.Root, Recipients: s.about.Recipients}
	if l.Seal, err = l.seal(k.Root()); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := p.put(ctx, s.about.Name+labelSuffix, bytes.NewReader(text)); err != nil {
		return nil, errors.Join(err, p.remove(context.WithoutCancel(ctx), s.about.Name+bodySuffix))
	}
	return text, nil
}

// summed sums what is read.
type summed struct {
	r   io.Reader
	sum hash.Hash
	n   int64
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.sum.Write(p[:n])
	s.n += int64(n)
	return n, err
}

// bring copies a backup from one place to another. An upload that fails is tried again from its
// start.
func (k *Keeper) bring(ctx context.Context, from, to place, name string, label []byte) Copy {
	c := Copy{Place: to.name()}
	var err error
	for _, pause := range append([]time.Duration{0}, k.pauses...) {
		if !wait(ctx, pause) {
			break
		}
		c.Attempts++
		if err = copyBetween(ctx, from, to, name, label); err == nil {
			break
		}
	}
	c.State, c.At = "done", collections.Stamp(k.Clock())
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.State, c.Error = "failed", why(explain(to.name(), err))
	}
	return c
}

func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

func copyBetween(ctx context.Context, from, to place, name string, label []byte) error {
	body, err := from.open(ctx, name+bodySuffix)
	if err != nil {
		return err
	}
	defer body.Close()
	var l Label
	if err := json.Unmarshal(label, &l); err != nil {
		return err
	}
	sum := &summed{r: body, sum: sha256.New()}
	if err := to.put(ctx, name+bodySuffix, sum); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.sum.Sum(nil)); got != l.SHA256 {
		err := ErrDamaged.With("name", name, "why", "SHA-256")
		return errors.Join(err, to.remove(context.WithoutCancel(ctx), name+bodySuffix))
	}
	if err := to.put(ctx, name+labelSuffix, bytes.NewReader(label)); err != nil {
		return errors.Join(err, to.remove(context.WithoutCancel(ctx), name+bodySuffix))
	}
	return nil
}

// begin writes into the book that a backup, drill or restore has begun.
func (k *Keeper) begin(name, kind string, by Actor) (*core.Record, error) {
	c, err := k.App.FindCachedCollectionByNameOrId("backups_log")
	if err != nil {
		return nil, err
	}
	record := core.NewRecord(c)
	record.Load(map[string]any{"name": name, "kind": kind, "at": collections.Stamp(k.Clock()),
		"state": "running", "by": by.ID, "by_name": by.Name})
	return record, k.App.Save(record)
}

func (k *Keeper) end(record *core.Record, made *Made, err error) error {
	record.Load(map[string]any{"state": made.State, "size": made.Size, "sha256": made.SHA256,
		"duration": made.Duration, "places": made.Copies})
	location := ""
	for _, c := range made.Copies {
		if c.State == "done" {
			location = c.Place
			break
		}
	}
	record.Set("location", location)
	switch {
	case err != nil:
		record.Set("state", "failed")
		record.Set("error", why(err))
	case len(made.Missing) > 0:
		record.Set("error", fmt.Sprintf("缺少 missing: %v", made.Missing[:min(len(made.Missing), 20)]))
	case made.State == "incomplete":
		for _, c := range made.Copies {
			if c.Error != "" {
				record.Set("error", c.Place+": "+c.Error)
			}
		}
	}
	return k.App.Save(record)
}

func (k *Keeper) note(by Actor, action, name string, detail map[string]any) {
	if k.Note == nil {
		return
	}
	if err := k.Note(by, action, name, detail); err != nil {
		k.App.Logger().Error("audit of a backup", "action", action, "error", err.Error())
	}
}
