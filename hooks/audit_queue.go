package hooks

import (
	"sync"
	"time"

	"kehu/internal/ledger"
)

// Reads change nothing, so their entries need not commit with anything: they wait in memory and
// are written together.
const (
	flushEvery = 400 * time.Millisecond // a server that is killed loses the reads of this long
	flushAt    = 256                    // entries that wait for no clock
	mostQueued = 4096                   // beyond that whoever reads waits for the disk
)

// noteQueue collects the entries of reads.
type noteQueue struct {
	mu      sync.Mutex
	waiting []*ledger.Entry
	full    chan struct{} // asks for a flush before its time
	quit    chan struct{}
	done    chan struct{}
	writing sync.Mutex
}

func newNoteQueue() *noteQueue {
	return &noteQueue{full: make(chan struct{}, 1)}
}

// noteLater puts a read on record within half a second.
func (h *House) noteLater(who actor, action string, to target, detail map[string]any) error {
	e, err := h.entryFor(who, action, to, detail)
	if err != nil {
		return err
	}
	q := h.notes
	q.mu.Lock()
	q.waiting = append(q.waiting, e)
	n := len(q.waiting)
	q.mu.Unlock()
	switch {
	case n >= mostQueued:
		return h.flushNotes()
	case n >= flushAt:
		select {
		case q.full <- struct{}{}:
		default:
		}
	}
	return nil
}

// flushNotes writes what waits. What cannot be written now goes on waiting.
func (h *House) flushNotes() error {
	q := h.notes
	q.writing.Lock() // one flush after the other, so that entries keep their order
	defer q.writing.Unlock()
	q.mu.Lock()
	batch := q.waiting
	q.waiting = nil
	q.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := h.append(h.app, batch...)
	if err != nil {
		q.mu.Lock()
		q.waiting = append(batch, q.waiting...)
		q.mu.Unlock()
	}
	return err
}

// startNotes begins to write the queue by the clock.
func (h *House) startNotes() {
	q := h.notes
	q.quit, q.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(q.done)
		ticker := time.NewTicker(flushEvery)
		defer ticker.Stop()
		for {
			select {
			case <-q.quit:
				return
			case <-ticker.C:
			case <-q.full:
			}
			if err := h.flushNotes(); err != nil {
				h.app.Logger().Error("audit", "error", err.Error())
			}
			h.anchor.sync()
		}
	}()
}

// stopNotes writes what waits and ends.
func (h *House) stopNotes() error {
	q := h.notes
	if q.quit == nil {
		return nil
	}
	close(q.quit)
	<-q.done
	q.quit = nil
	err := h.flushNotes()
	h.anchor.sync()
	return err
}
