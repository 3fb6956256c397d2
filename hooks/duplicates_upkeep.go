package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	alike "kehu/internal/match"
)

// The upkeep of duplicates works in the background, in steps: it makes the keys of imported
// customers, compares what is new or was changed, and scans the whole register when asked to or
// when an import brought more than can be compared one by one. It gives way to whoever saves, and
// pauses after each step for as long as the step took: half of one core at most.
const (
	// customers whose keys are sorted at once: each block goes over all pages of the keys
	keyBlock     = 100_000
	keySlice     = 2000 // keys that one transaction writes
	docSlice     = 1000 // customers whose keys one transaction notes
	todoStep     = 4    // customers compared in one transaction
	todoMost     = 3000 // beyond, the register is scanned instead
	learnStep    = 5000 // customers that a scan learns of at once
	upkeepLull   = 300 * time.Millisecond
	upkeepRest   = 10 * time.Second // after an error
	upkeepLook   = 30 * time.Second // without being woken
	modelGrowth  = 1.3              // the register has grown so much: frequencies are estimated anew
	modelSmall   = 200              // customers before which nothing is estimated
	upkeepErrors = "duplicates"
)

// upkeep is the background work on duplicates.
type upkeep struct {
	mu     sync.Mutex
	wake   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup
	scan   *collections.Scan // nil: not prepared
	state  scanState
}

// scanState is how a scan stands. It is stored at every step, so that one that was cut off goes on.
type scanState struct {
	State    string    `json:"state"` // "", running, done
	At       alike.Key `json:"at"`
	Pairs    int       `json:"pairs"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
}

// stateOfScan is the remark under which it is stored.
const stateOfScan = "scan"

func (h *House) startUpkeep() error {
	text, err := collections.MatchState(collections.Through(h.app.DB()), stateOfScan)
	if err != nil {
		return err
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &h.upkeep.state); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(background())
	h.upkeep.cancel = cancel
	h.upkeep.done.Go(func() { h.keepUp(ctx) })
	return nil
}

func (h *House) stopUpkeep() {
	if h.upkeep.cancel != nil {
		h.upkeep.cancel()
		h.upkeep.done.Wait()
	}
}

// wakeUpkeep says that there is something to do.
func (h *House) wakeUpkeep() {
	select {
	case h.upkeep.wake <- struct{}{}:
	default:
	}
}

func (h *House) keepUp(ctx context.Context) {
	for {
		begin := time.Now()
		worked, err := h.upkeepStep(ctx)
		var pause time.Duration
		switch {
		case err != nil && ctx.Err() == nil:
			h.app.Logger().Error(upkeepErrors, "error", err.Error())
			pause = upkeepRest
		case worked:
			pause = time.Since(begin)
		default:
			pause = upkeepLook
		}
		if !h.upkeepPause(ctx, pause, !worked && err == nil) {
			return
		}
	}
}

// upkeepPause waits; false when the server stops.
func (h *House) upkeepPause(ctx context.Context, pause time.Duration, idle bool) bool {
	var wake chan struct{}
	if idle {
		wake = h.upkeep.wake
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
	case <-wake:
		select { // several saves in a row are one piece of work
		case <-ctx.Done():
			return false
		case <-time.After(upkeepLull):
		}
	}
	return true
}

// upkeepStep does one piece of work; worked is false where there is none.
func (h *House) upkeepStep(ctx context.Context) (worked bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if h.imports.busy() { // it writes faster alone, and brings more to do
		return false, nil
	}
	db := collections.Through(h.app.DB())
	first, last, pending, err := collections.Pending(db)
	switch {
	case err != nil:
		return false, err
	case pending:
		return true, h.makeKeys(ctx, first, last)
	}
	if worked, err := h.freshModel(db); worked || err != nil {
		return worked, err
	}
	n, err := collections.TodoTotal(db, todoMost+1)
	if err != nil {
		return false, err
	}
	if n > todoMost {
		return true, h.beginScan()
	}
	if n > 0 {
		return true, h.compareNext(ctx)
	}
	if h.scanState().State == "running" {
		return true, h.scanStep(ctx)
	}
	return false, nil
}

// makeKeys writes the keys of one block of customers, in slices that hold nobody up for long. Cut
// off, it begins the block anew.
func (h *House) makeKeys(ctx context.Context, first, rangeLast int64) error {
	last := min(rangeLast, first+keyBlock-1)
	of, err := collections.KeysBetween(collections.Through(h.app.DB()), first, last)
	if err != nil {
		return err
	}
	for docs := range slices.Chunk(slices.Sorted(maps.Keys(of)), docSlice) {
		h.giveWay(ctx)
		if err := h.bulk(ctx, func(db collections.DB) error { return collections.ListKeys(db, docs, of) }); err != nil {
			return err
		}
	}
	for keys := range slices.Chunk(collections.InOrder(of), keySlice) {
		h.giveWay(ctx)
		if err := h.bulk(ctx, func(db collections.DB) error {
			return collections.WriteKeys(db, keys, first, last)
		}); err != nil {
			return err
		}
	}
	few := rangeLast-first < todoMost
	if err := h.bulk(ctx, func(db collections.DB) error {
		return collections.FinishKeys(db, first, last, few)
	}); err != nil || few {
		return err
	}
	return h.beginScan()
}

// bulk is one transaction on the writing connection with prepared statements.
func (h *House) bulk(ctx context.Context, do func(db collections.DB) error) error {
	pool, ok := h.app.NonconcurrentDB().(*dbx.DB)
	if !ok {
		return errors.New("no database pool")
	}
	tx, err := pool.DB().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	bulk := collections.NewBulk(ctx, tx)
	if err := errors.Join(do(bulk), bulk.Flush()); err != nil {
		return err
	}
	return tx.Commit()
}

// freshModel estimates the frequencies anew when the register has grown much.
func (h *House) freshModel(db collections.DB) (bool, error) {
	total, _, err := collections.Total(db, collections.Reader{Everything: true})
	known := h.model.Load()
	if err != nil || total < modelSmall || known.Sample > 0 &&
		math.Abs(float64(total-known.Customers)) < (modelGrowth-1)*float64(known.Customers) {
		return false, err
	}
	m, err := collections.EstimateModel(db)
	if err != nil {
		return false, err
	}
	if err := h.app.RunInTransaction(func(tx core.App) error {
		return collections.StoreModel(collections.Through(tx.DB()), m)
	}); err != nil {
		return false, err
	}
	h.model.Store(m)
	return true, nil
}

// compareNext compares some customers that are new or were changed.
func (h *House) compareNext(ctx context.Context) error {
	h.giveWay(ctx)
	return h.app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		docs, err := collections.Todo(db, todoStep)
		if err != nil {
			return err
		}
		look := collections.Look{Model: h.model.Load(), Policy: h.policies.Load().Duplicates}
		for _, doc := range docs {
			err := errors.Join(collections.StoredPairs(db, doc, look), collections.DoneTodo(db, doc))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *House) scanState() scanState {
	h.upkeep.mu.Lock()
	defer h.upkeep.mu.Unlock()
	return h.upkeep.state
}

// beginScan has the whole register scanned from its first key; one that is running begins anew.
func (h *House) beginScan() error {
	h.upkeep.mu.Lock()
	h.upkeep.scan = nil
	h.upkeep.mu.Unlock()
	if err := h.app.RunInTransaction(func(tx core.App) error {
		return collections.DoneTodo(collections.Through(tx.DB()), -1)
	}); err != nil {
		return err
	}
	return h.storeScan(scanState{State: "running", Started: h.options.Clock().UTC()}, nil)
}

// storeScan keeps how the scan stands, with the pairs of the step.
func (h *House) storeScan(state scanState, found []collections.Found) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if err := h.app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		for _, f := range found {
			if err := collections.StorePair(db, f.A, f.B, f.Verdict); err != nil {
				return err
			}
		}
		return collections.SetMatchState(db, stateOfScan, string(text))
	}); err != nil {
		return err
	}
	h.upkeep.mu.Lock()
	h.upkeep.state = state
	h.upkeep.mu.Unlock()
	return nil
}

// scanStep goes over the next keys. After a restart the scan first learns again of every customer.
func (h *House) scanStep(ctx context.Context) error {
	db, state := collections.Through(h.app.DB()), h.scanState()
	h.upkeep.mu.Lock()
	scan := h.upkeep.scan
	h.upkeep.mu.Unlock()
	if scan == nil {
		scan = collections.NewScan(h.model.Load(), collections.Limits(h.policies.Load().Duplicates))
		if err := learn(ctx, db, scan); err != nil {
			return err
		}
		h.upkeep.mu.Lock()
		h.upkeep.scan = scan
		h.upkeep.mu.Unlock()
	}
	next, found, done, err := scan.Step(db, state.At)
	if err != nil {
		return err
	}
	state.At, state.Pairs = next, state.Pairs+len(found)
	if done {
		state.State, state.Finished = "done", h.options.Clock().UTC()
		h.upkeep.mu.Lock()
		h.upkeep.scan = nil
		h.upkeep.mu.Unlock()
	}
	h.giveWay(ctx)
	return h.storeScan(state, found)
}

func learn(ctx context.Context, db collections.DB, scan *collections.Scan) error {
	for after, done := int64(0), false; !done; {
		var err error
		if after, done, err = scan.Learn(db, after, learnStep); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

// recordCompared has a customer compared that is new or was changed.
func (h *House) recordCompared(e *core.RecordEvent) error {
	h.wakeUpkeep()
	return e.Next()
}
