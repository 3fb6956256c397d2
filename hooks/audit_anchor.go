package hooks

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"kehu/collections"
	"kehu/internal/ledger"
)

// AnchorFile is the name of the audit log's anchors in the keys folder.
const AnchorFile = "audit-anchor"

// anchoring keeps the newest mark of the audit log outside the database. It is written after each
// commit, without waiting for the disk, and brought to the disk twice a second.
type anchoring struct {
	key        *ledger.Key
	path       string // "": nowhere
	log        func() *slog.Logger
	mu         sync.Mutex
	file       *os.File
	generation uint64
	last       ledger.Mark
	dirty      bool
}

// read reads what is anchored.
func (a *anchoring) read() (ledger.Anchors, error) {
	if a.path == "" {
		return ledger.Anchors{}, nil
	}
	content, err := os.ReadFile(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return a.key.ReadAnchors(content), err
}

// open takes up the anchors where the last run left them.
func (a *anchoring) open(found ledger.Anchors) error {
	if a.path == "" {
		return nil
	}
	file, err := os.OpenFile(a.path, os.O_RDWR|os.O_CREATE, 0o600)
	a.file, a.generation = file, found.Generation
	return err
}

// set anchors a committed mark. A failure is logged: the entry stands, and the next one anchors it.
func (a *anchoring) set(m ledger.Mark) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil || m.Seq <= a.last.Seq {
		return
	}
	slot, offset := a.key.Anchor(a.generation+1, m)
	if _, err := a.file.WriteAt(slot, offset); err != nil {
		a.log().Error("audit anchor", "error", err.Error())
		return
	}
	a.generation++
	a.last, a.dirty = m, true
}

// sync brings the newest anchor to the disk.
func (a *anchoring) sync() {
	a.mu.Lock()
	file, dirty := a.file, a.dirty
	a.dirty = false
	a.mu.Unlock()
	if file == nil || !dirty {
		return
	}
	if err := file.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
		a.log().Error("audit anchor", "error", err.Error())
	}
}

func (a *anchoring) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	file := a.file
	a.file = nil
	return errors.Join(file.Sync(), file.Close())
}

// openAudit opens the audit log: its key, its guards, its anchors. What does not fit the anchors is
// put on record before anything else.
func (h *House) openAudit() error {
	h.chain = ledger.NewKey(h.options.Root().AuditKey())
	if err := collections.GuardAudit(h.app); err != nil {
		return err
	}
	h.anchor = &anchoring{key: h.chain, log: h.app.Logger}
	if h.options.Keys != "" && !h.options.Still { // a copy must not move the anchors of its original
		h.anchor.path = filepath.Join(h.options.Keys, AnchorFile)
	}
	found, err := h.anchor.read()
	if err != nil {
		return err
	}
	if err := h.anchor.open(found); err != nil {
		return err
	}
	return h.checkTail(found)
}

// checkTail looks at the entries since the oldest anchor that still lies in the file.
func (h *House) checkTail(found ledger.Anchors) error {
	if h.anchor.path == "" {
		return nil
	}
	db := collections.Through(h.app.DB())
	head, err := collections.AuditHead(db, h.chain)
	if err != nil {
		return err
	}
	broken, err := collections.CheckAuditTail(db, h.chain, found)
	if err != nil {
		return err
	}
	if broken == nil {
		h.anchor.set(head)
		return nil
	}
	h.app.Logger().Error("audit", "entry", broken.Seq, "error", broken.Why.In("en"))
	err = h.note(h.app, system, ledger.AlarmAction, target{}, map[string]any{
		"code": broken.Why.Code, "entry": broken.Seq, "head": head.Seq})
	if err != nil {
		return err
	}
	return h.anchor.renew(stampOf(h.options.Clock()))
}

// renew puts the newest mark into every slot; the file as it was found is kept beside it.
func (a *anchoring) renew(stamp string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	found, err := os.ReadFile(a.path)
	if err != nil {
		return err
	}
	kept := a.path + "-" + strings.NewReplacer(" ", "-", ":", "").Replace(stamp)
	if err := os.WriteFile(kept, found, 0o600); err != nil {
		return err
	}
	for range ledger.AnchorSlots {
		a.generation++
		slot, offset := a.key.Anchor(a.generation, a.last)
		if _, err := a.file.WriteAt(slot, offset); err != nil {
			return err
		}
	}
	return a.file.Sync()
}

// closeAudit writes the reads that wait, and ends.
func (h *House) closeAudit() error {
	if h.anchor == nil {
		return nil
	}
	return errors.Join(h.stopNotes(), h.closeConsole(), h.anchor.close())
}
