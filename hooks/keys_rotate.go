package hooks

import (
	"database/sql"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/vault"
)

// Faults of a rotation.
var (
	ErrRotating = fault.Define("keys_rotating", "密钥更换正在进行（{done}/{total}），完成后才能再次更换",
		"A rotation is under way ({done} of {total}): wait until it is finished")
	ErrRotationKept = fault.Define("keys_rotation_kept",
		"有{n}项内容打不开，没有用新密钥重新加密；旧密钥因此保留，系统日志列出了这些记录，从备份恢复后再更换一次",
		"{n} items could not be opened and encrypted anew, so the old keys are kept: the system log "+
			"lists them; restore them from a backup and rotate again")
)

// The stages of a rotation, in their order. A stage is as good as its note in kehu_rotation: work
// and note commit together, so a kill at any moment loses nothing and nothing is done twice.
const (
	stageValues = "values" // sealed values, the customers' keys and the blind indexes
	stageCells  = "cells"  // what else the keysets sealed: collections.SealedPlaces
	stageFiles  = "files"  // stored files
	stageRetire = "retire" // the old keys go, once nothing needs them
)

// rotationChunk is how many customers or rows one transaction seals anew: other writers wait for
// one chunk at most.
const rotationChunk = 200

// rotation is the background work of changing keys.
type rotation struct {
	mu      sync.Mutex
	running bool
	again   bool // asked for while it ran
	quit    chan struct{}
	done    sync.WaitGroup
	pass    passage
}

// passage counts those at work with keys, by generation, so that a rotation can wait until nobody
// works with the keys of before. Newcomers never wait.
type passage struct {
	mu         sync.Mutex
	generation int
	inside     map[int]int
	left       *sync.Cond
}

func (p *passage) enter() (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inside == nil {
		p.inside, p.left = map[int]int{}, sync.NewCond(&p.mu)
	}
	generation := p.generation
	p.inside[generation]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.inside[generation]--; p.inside[generation] == 0 {
			delete(p.inside, generation)
			p.left.Broadcast()
		}
	}
}

// wait returns when all who are inside now have left.
func (p *passage) wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.generation
	p.generation++
	for p.left != nil && p.anyUpTo(last) {
		p.left.Wait()
	}
}

func (p *passage) anyUpTo(generation int) bool {
	for g := range p.inside {
		if g <= generation {
			return true
		}
	}
	return false
}

// BeginRotation makes new primary keys and stores them. From now on everything is written by them;
// what was written before is still read and found by the old ones until RotateStep has gone
// through it all. Fault: ErrRotating.
func (h *House) BeginRotation(by string) error {
	return h.beginRotation(actor{ID: by, Kind: "system"})
}

func (h *House) beginRotation(who actor) error {
	h.rotation.mu.Lock()
	defer h.rotation.mu.Unlock()
	var next *vault.Keysets
	err := h.app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		state, err := collections.ReadRotation(db)
		if err != nil {
			return err
		}
		if state.Stage != "" {
			return ErrRotating.With("done", state.Done, "total", state.Total)
		}
		if next, err = h.keys.Rotate(); err != nil {
			return err
		}
		if err := collections.StoreKeysets(db, next, h.options.Root()); err != nil {
			return err
		}
		total, err := h.rotationTotal(db)
		if err != nil {
			return err
		}
		if err := h.note(tx, who, actAdmin, target{}, map[string]any{"did": "keys rotate"}); err != nil {
			return err
		}
		return collections.StoreRotation(db, collections.Rotation{Stage: stageValues, Total: total,
			Started: stampOf(h.options.Clock()), By: who.ID})
	})
	if err != nil {
		return err
	}
	h.keys.Adopt(next)
	return nil
}

// rotationTotal is how many customers with sealed values and records with files there are.
func (h *House) rotationTotal(db collections.DB) (int, error) {
	total, err := collections.CountSealed(db)
	for _, name := range sealedFiles {
		if err != nil {
			return 0, err
		}
		var n int
		n, err = collections.CountFiles(h.app, db, name)
		total += n
	}
	if err != nil {
		return 0, err
	}
	archived, err := collections.CountArchivedFiles(db)
	return total + archived, err
}

// RotateStep does the next part of a rotation that is under way; more is false when there is none
// left to do.
func (h *House) RotateStep() (more bool, err error) {
	state, err := collections.ReadRotation(collections.Through(h.app.DB()))
	if err != nil || state.Stage == "" {
		return false, err
	}
	switch state.Stage {
	case stageValues:
		if state.After == "" {
			h.settleKeys()
		}
		return true, h.rotateRows(state, stageCells, collections.ResealCustomers)
	case stageCells:
		return true, h.rotateRows(state, stageFiles, collections.ResealPlaces)
	case stageFiles:
		return true, h.rotateFiles(state)
	}
	return false, h.retireKeys(state)
}

// settleKeys waits until nothing is being written by older keys: files that are being encrypted
// first, then whatever transaction holds the one connection that writes.
func (h *House) settleKeys() {
	h.rotation.pass.wait()
	_ = h.app.RunInTransaction(func(core.App) error { return nil })
}

// rotateRows seals the next chunk anew, in one transaction with the note of how far it is.
func (h *House) rotateRows(state collections.Rotation, next string, reseal func(db collections.DB,
	keys *vault.Keysets, after string, limit int) (string, int, error)) error {
	return h.app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		last, damaged, err := reseal(db, h.keys, state.After, rotationChunk)
		if err != nil {
			return err
		}
		if state.Stage == stageValues {
			state.Done = min(state.Done+rotationChunk, state.Total)
		}
		state.Damaged += damaged
		if state.After = last; last == "" {
			state.Stage = next
		}
		return collections.StoreRotation(db, state)
	})
}

// filesChunk is how many records' files are encrypted anew between two notes.
const filesChunk = 20

// rotateFiles encrypts the files of the next records anew.
func (h *House) rotateFiles(state collections.Rotation) error {
	only, err := h.keys.Primaries()
	if err != nil {
		return err
	}
	name, after, _ := strings.Cut(state.After, "/")
	if name == "" {
		name = sealedFiles[0]
	}
	done, last := 0, ""
	if name == archivedPlace {
		done, last, err = h.rotateArchived(after, only, &state)
	} else {
		done, last, err = h.rotateRecords(name, after, only, &state)
	}
	if err != nil {
		return err
	}
	state.After = name + "/" + last
	state.Done = min(state.Done+done, state.Total)
	if done == 0 {
		at := slices.Index(sealedFiles, name) + 1
		switch state.After = ""; {
		case name == archivedPlace:
			state.Stage = stageRetire
		case at < len(sealedFiles):
			state.After = sealedFiles[at] + "/"
		default:
			state.After = archivedPlace + "/"
		}
	}
	return h.app.RunInTransaction(func(tx core.App) error {
		return collections.StoreRotation(collections.Through(tx.DB()), state)
	})
}

// archivedPlace stands for the files of customers that lie in the archive: they come last, so that a
// customer that is archived while the rotation is under way is met there.
const archivedPlace = "archives"

func (h *House) rotateRecords(name, after string, only *vault.Keysets, state *collections.Rotation) (
	done int, last string, err error) {
	records, err := collections.WithFiles(h.app, name, after, filesChunk)
	for _, record := range records {
		state.Damaged += h.rotateFilesOf(record, only)
		last = record.Id
	}
	return len(records), last, err
}

func (h *House) rotateArchived(after string, only *vault.Keysets, state *collections.Rotation) (
	done int, last string, err error) {
	files, err := collections.ArchivedFiles(collections.Through(h.app.DB()), after, filesChunk)
	for _, f := range files {
		record, err := h.standIn(f.Place, f.Record)
		if err != nil {
			return 0, "", err
		}
		if err := h.rotateFile(record, f.Name, only); err != nil {
			state.Damaged++
			h.app.Logger().Error("rotation of keys", "archive", f.Archive, "error", err.Error())
		}
		last = f.Place + "/" + f.Record + "/" + f.Name
	}
	return len(files), last, err
}

// standIn is a record that is no more, as far as it says where its files lie.
func (h *House) standIn(collection, id string) (*core.Record, error) {
	c, err := h.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	record := core.NewRecord(c)
	record.Id = id
	return record, nil
}

// rotateFilesOf answers how many of a record's files could not be encrypted anew.
func (h *House) rotateFilesOf(record *core.Record, only *vault.Keysets) (failed int) {
	for _, f := range record.Collection().Fields {
		if f.Type() != core.FieldTypeFile {
			continue
		}
		for _, name := range record.GetStringSlice(f.GetName()) {
			if err := h.rotateFile(record, name, only); err != nil {
				failed++
				h.app.Logger().Error("rotation of keys", "collection", record.Collection().Name,
					"record", record.Id, "error", err.Error())
			}
		}
	}
	return failed
}

// rotateFile writes one file anew, under the same name: to a second file first, so that a kill
// leaves either the old one or the new one.
func (h *House) rotateFile(record *core.Record, name string, only *vault.Keysets) error {
	files, err := h.app.NewFilesystem()
	if err != nil {
		return err
	}
	defer files.Close()
	key, context := record.BaseFilesPath()+"/"+name, fileContext(record, name)
	stored, err := files.GetReader(key)
	if errors.Is(err, filesystem.ErrNotFound) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	_, err = only.DecryptReader(stored, context)
	if closeErr := stored.Close(); err == nil || closeErr != nil {
		return closeErr // by the primary key already
	}
	again := storedAgain{h: h, record: record, name: name}
	second := key + ".rotated"
	err = files.UploadFile(&filesystem.File{Name: name, OriginalName: name,
		Reader: sealing{again, h.keys, context}}, second)
	if err == nil {
		err = files.Copy(second, key)
	}
	return errors.Join(err, files.Delete(second), h.dropOrphan(files, record, name))
}

// dropOrphan deletes a file whose record went while it was encrypted anew.
func (h *House) dropOrphan(files *filesystem.System, record *core.Record, name string) error {
	now, err := h.app.FindRecordById(record.Collection(), record.Id)
	if err == nil {
		for _, f := range now.Collection().Fields {
			if slices.Contains(now.GetStringSlice(f.GetName()), name) {
				return nil
			}
		}
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	kept, err := collections.IsArchivedFile(collections.Through(h.app.DB()), record.Collection().Name,
		record.Id, name)
	if err != nil || kept {
		return err
	}
	return files.Delete(record.BaseFilesPath() + "/" + name)
}

// storedAgain gives a stored file in plain to be sealed anew, as an upload gives its content.
type storedAgain struct {
	h      *House
	record *core.Record
	name   string
}

// Open decrypts the file from its start.
func (s storedAgain) Open() (io.ReadSeekCloser, error) {
	plain, err := s.h.openStored(s.h.app, s.record, s.name)
	if err != nil {
		return nil, err
	}
	return forwardOnly{plain}, nil
}

// forwardOnly is a stream that is read once; sealedStream opens its source anew to go back.
type forwardOnly struct{ io.ReadCloser }

// Seek refuses.
func (forwardOnly) Seek(int64, int) (int64, error) { return 0, errSeek }

// retireKeys drops the old keys, unless something still hangs on them.
func (h *House) retireKeys(state collections.Rotation) error {
	only, err := h.keys.Primaries()
	if err != nil {
		return err
	}
	retired := false
	err = h.app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		stale, err := collections.StaleSealed(db, h.keys)
		if err != nil {
			return err
		}
		state.Stage, state.After, state.Done = "", "", state.Total
		state.Finished = stampOf(h.options.Clock())
		if n := max(stale, state.Damaged); n > 0 {
			state.Problem = ErrRotationKept.With("n", n).In("zh")
			return collections.StoreRotation(db, state)
		}
		retired, state.Problem = true, ""
		if err := collections.StoreKeysets(db, only, h.options.Root()); err != nil {
			return err
		}
		return collections.StoreRotation(db, state)
	})
	if err == nil && retired {
		h.keys.Adopt(only)
	}
	return err
}

// begin is the right to work, for whoever has to; false where somebody has it, who will look once more.
func (r *rotation) begin() (quit <-chan struct{}, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running {
		r.again = true // it may have looked already, and be about to end
		return nil, false
	}
	if r.quit == nil {
		r.quit = make(chan struct{})
	}
	r.running = true
	r.done.Add(1)
	return r.quit, true
}

// end gives the right back; false where there may be more to do.
func (r *rotation) end() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running, r.again = r.again, false
	return !r.running
}

// goRotate works through a rotation in the background, also one that a stop or a kill cut off.
func (h *House) goRotate() {
	quit, ok := h.rotation.begin()
	if !ok {
		return
	}
	go func() {
		defer h.rotation.done.Done()
		for h.rotateAll(quit); !h.rotation.end(); {
			h.rotateAll(quit)
		}
	}()
}

// rotationPause lets other writers go first; rotationRetry is how long a failing disk or store is
// given.
const (
	rotationPause = 5 * time.Millisecond
	rotationRetry = time.Minute
)

func (h *House) rotateAll(quit <-chan struct{}) {
	for {
		more, err := h.RotateStep()
		wait := rotationPause
		if err != nil {
			h.app.Logger().Error("rotation of keys", "error", err.Error())
			more, wait = true, rotationRetry
		}
		if !more {
			return
		}
		select {
		case <-quit:
			return
		case <-time.After(wait):
		}
	}
}

// stopRotation waits for the chunk at work; the rest goes on at the next start.
func (h *House) stopRotation() {
	r := &h.rotation
	r.mu.Lock()
	if r.quit != nil {
		close(r.quit)
		r.quit = nil
	}
	r.mu.Unlock()
	r.done.Wait()
}
