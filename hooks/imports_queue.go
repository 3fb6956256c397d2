package hooks

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/cipherdb"
	"kehu/internal/fault"
	"kehu/internal/mapping"
	"kehu/internal/register"
	"kehu/internal/sheet"
)

// Faults of an import as a whole.
var (
	ErrImportInterrupted = fault.Define("import_interrupted",
		"导入时程序中断；已从第{row}行继续", "The import was interrupted; it went on from row {row}")
	ErrTrialInterrupted = fault.Define("import_trial_interrupted",
		"试运行时程序中断；已从头重新试运行", "The dry run was interrupted; it was run again from the start")
	ErrImportState = fault.Define("import_state", "导入任务处于“{state}”状态，不能{act}",
		"The import is {state}: it cannot {act_en}")
)

// importQueue works imports one after the other: two at a time would only wait for one database,
// each with its own workbook in memory.
type importQueue struct {
	house   *House
	mu      sync.Mutex
	waiting []string
	working string
	cancel  context.CancelFunc
	live    map[string]*progress
	done    sync.WaitGroup
	closed  bool
	opened  chan struct{} // at most so many workbooks in memory
	quit    chan struct{} // closed when the server stops
	holds   holds
}

// While an import runs the collector is let to run half as often, and the bound of the memory is higher by
// so many bytes for each row: what is known of the workbook grows with them.
const (
	importMemory = 256
	importGC     = 200
)

// maxOpenBooks bounds the workbooks held in memory at once, previews included.
const maxOpenBooks = 2

// progress of a running import, for whoever watches.
type progress struct {
	State   string  `json:"state"`
	Error   string  `json:"error,omitempty"`
	Done    int     `json:"done"`
	Total   int     `json:"total"`
	Rate    float64 `json:"rate"` // rows a second
	ETA     float64 `json:"eta"`  // seconds left
	Counts  counts  `json:"counts"`
	started time.Time
	first   int
}

func newImportQueue(h *House) *importQueue {
	return &importQueue{house: h, live: map[string]*progress{},
		opened: make(chan struct{}, maxOpenBooks), quit: make(chan struct{})}
}

// add puts an import behind those that wait.
func (q *importQueue) add(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, id)
	q.next()
}

// next starts the first that waits, unless one is at work. The caller holds the lock.
func (q *importQueue) next() {
	if q.closed || q.working != "" || len(q.waiting) == 0 {
		return
	}
	id := q.waiting[0]
	q.waiting = q.waiting[1:]
	ctx, cancel := context.WithCancel(background())
	q.working, q.cancel = id, cancel
	q.done.Add(1)
	go func() {
		defer q.done.Done()
		q.work(ctx, id)
		cancel()
		q.mu.Lock()
		defer q.mu.Unlock()
		q.working = ""
		delete(q.live, id)
		q.next()
		q.house.wakeUpkeep()
	}()
}

// aside runs work beside the imports, which the stop of the server waits for.
func (q *importQueue) aside(work func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asideLocked(work)
}

func (q *importQueue) asideLocked(work func()) {
	if !q.closed {
		q.done.Go(work)
	}
}

// stopOne cancels a waiting or running import; false where it is neither.
func (q *importQueue) stopOne(id string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.working == id {
		q.cancel()
		return true
	}
	for i, waiting := range q.waiting {
		if waiting == id {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			q.asideLocked(func() { q.house.endImport(id, "cancelled", "", nil) })
			return true
		}
	}
	return false
}

// stop ends the work at the next chunk; what is left goes on at the next start.
func (q *importQueue) stop() {
	q.mu.Lock()
	if !q.closed {
		close(q.quit)
	}
	q.closed = true
	if q.cancel != nil {
		q.cancel()
	}
	q.mu.Unlock()
	q.done.Wait()
}

// busy tells whether an import is at work.
func (q *importQueue) busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.working != ""
}

func (q *importQueue) state() map[string]any {
	q.mu.Lock()
	defer q.mu.Unlock()
	return map[string]any{"running": q.working, "waiting": len(q.waiting)}
}

func (q *importQueue) watch(id string) (progress, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p, ok := q.live[id]
	if !ok {
		return progress{}, false
	}
	return *p, true
}

// resume takes up what a stop or a crash left running.
func (q *importQueue) resume() error {
	h := q.house
	left, err := h.app.FindRecordsByFilter("imports", "state = 'running' || state = 'previewing'",
		"created", 0, 0)
	if err != nil {
		return err
	}
	for _, record := range left {
		if record.GetString("state") == "previewing" {
			q.aside(func() { h.preview(record.Id) })
			continue
		}
		if next := record.GetInt("next_row"); next > 0 {
			record.Set("note", interruption(record, next))
			if err := h.app.Save(record); err != nil {
				return err
			}
		}
		q.add(record.Id)
	}
	return errors.Join(h.resumeUndo(), h.resumeBatches())
}

// interruption says what a start makes of an import that was cut off. A dry run begins anew.
func interruption(record *core.Record, next int) string {
	var options importOptions
	_ = record.UnmarshalJSONField("options", &options) // unreadable: the run will say so
	if options.DryRun {
		return ErrTrialInterrupted.In("zh")
	}
	return ErrImportInterrupted.With("row", next).In("zh")
}

// work runs one import to its end and writes how it ended.
func (q *importQueue) work(ctx context.Context, id string) {
	h := q.house
	defer func() { // a panic ends the import, not the server
		if r := recover(); r != nil {
			h.app.Logger().Error("import", "id", id, "panic", fmt.Sprint(r),
				"stack", string(debug.Stack()))
			h.endImport(id, "failed", ErrJobBroken.In("zh"), nil)
		}
	}()
	run, err := h.runImport(ctx, id, func(c counts) { q.report(id, c) })
	q.mu.Lock()
	closing := q.closed
	q.mu.Unlock()
	switch {
	case err == nil:
		h.endImport(id, "done", "", &run.counts)
	case ctx.Err() != nil && closing: // the error may be the context's or an interrupted statement's
		return // still running: it goes on at the next start
	case ctx.Err() != nil:
		h.endImport(id, "cancelled", "", nil)
	default:
		h.endImport(id, "failed", h.failure(id, err), nil)
	}
}

func (q *importQueue) report(id string, c counts) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.live[id]
	if p == nil {
		return
	}
	p.Counts, p.Done = c, c.Total
	if seconds := time.Since(p.started).Seconds(); seconds > 0 && p.Done > p.first {
		p.Rate = float64(p.Done-p.first) / seconds
		p.ETA = max(0, float64(p.Total-p.Done)) / p.Rate
	}
}

func (q *importQueue) begin(id string, total int, c counts) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.live[id] = &progress{State: "running", Total: total, started: time.Now(), Done: c.Total,
		first: c.Total, Counts: c}
}

// openBook reads a stored workbook into memory, never to disk, and opens it. The caller calls the
// function it gets.
func (h *House) openBook(ctx context.Context, record *core.Record) (*sheet.Book, *pieces, func(), error) {
	select {
	case h.imports.opened <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, nil, ctx.Err()
	}
	release := func() { <-h.imports.opened }
	content, err := h.readStored(record)
	if err != nil {
		release()
		return nil, nil, nil, err
	}
	book, err := sheet.Open(ctx, content, content.size,
		record.GetString("file_name"), sheet.Options{Spill: h.spill})
	if err != nil {
		release()
		return nil, nil, nil, err
	}
	return book, content, func() { book.Close(); release() }, nil
}

func (h *House) readStored(record *core.Record) (*pieces, error) {
	plain, err := h.openStored(h.app, record, record.GetString("file"))
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	return readPieces(plain, sheet.DefaultLimits.FileBytes)
}

// spill keeps the shared strings of a huge workbook in an encrypted scratch file whose key is in
// memory only.
func (h *House) spill() (sheet.Strings, error) {
	return cipherdb.NewScratchStrings(h.app.DataDir(), collections.Random)
}

// newRun prepares an import from its record.
func (h *House) newRun(record *core.Record) (*importRun, error) {
	options := importOptions{}
	m := mapping.Mapping{}
	c := counts{}
	for field, into := range map[string]any{"options": &options, "mapping": &m, "counts": &c} {
		if err := record.UnmarshalJSONField(field, into); err != nil {
			return nil, err
		}
	}
	by, reader, err := h.importer(record)
	if err != nil {
		return nil, err
	}
	options.importer = by.Name
	lookup := h.lookup(h.app)
	now := h.now()
	run := &importRun{House: h, id: record.Id, reader: reader, actor: by, counts: c,
		lookup: lookup, mine: map[string]int32{}, log: &logKeeper{app: h.app}, after: record.GetInt("next_row") - 1, submits: true}
	run.index = newKeyIndex(options.DryRun, func(plain string) [][]byte {
		return h.keys.BlindIndexes("cert_no", plain)
	})
	run.due = stampOf(h.dueIn(h.policies.Load().SLA.Completion).At.UTC())
	run.plan = &rowPlan{collection: record.GetString("collection"), mapping: m, options: options,
		marketing: reader.Role == "marketing",
		rules: &register.Rules{Policy: h.policies.Load(), Now: now, Lookup: lookup, Sheet: true,
			Actor: by.ID, Confirm: options.Confirm,
			Consent: func(purpose string) bool { return contains(options.Consent, purpose) }}}
	return run, nil
}

// roomFor lets the memory grow for an import of so many rows, and answers what takes that back.
func roomFor(rows int) (back func()) {
	percent, limit := debug.SetGCPercent(importGC), debug.SetMemoryLimit(-1)
	if limit < math.MaxInt64 { // there is one
		debug.SetMemoryLimit(limit + int64(rows)*importMemory)
	}
	return func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	}
}

// runImport works an import from where it stands to the last row.
func (h *House) runImport(ctx context.Context, id string, report func(counts)) (*importRun, error) {
	record, err := h.app.FindRecordById("imports", id)
	if err != nil {
		return nil, err
	}
	run, err := h.newRun(record)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(run.may(), run.restore(record)); err != nil {
		return run, err
	}
	book, _, closeBook, err := h.openBook(ctx, record)
	if err != nil {
		return run, err
	}
	defer closeBook()
	run.plan.date1904, run.plan.csv = book.Date1904(), book.Format() == "csv"
	name := sheetName(record)
	if _, err := book.Inspect(ctx, name); err != nil { // whole, before the first row is written
		return run, err
	}
	defer roomFor(record.GetInt("total"))()
	h.imports.begin(id, record.GetInt("total"), run.counts)
	rows, err := book.Rows(ctx, name)
	if err != nil {
		return run, err
	}
	defer rows.Close()
	err = run.rows(ctx, rows, report)
	return run, errors.Join(err, run.finish())
}

func sheetName(record *core.Record) string {
	var options struct {
		Sheet string `json:"sheet"`
	}
	_ = record.UnmarshalJSONField("preview", &options)
	return options.Sheet
}

// restore knows again which customers an interrupted import made. A dry run begins anew: what its
// rows were compared with was in memory.
func (run *importRun) restore(record *core.Record) error {
	db := collections.Through(run.app.NonconcurrentDB())
	if run.plan.options.DryRun && run.after >= 0 {
		run.after, run.counts = -1, counts{}
		return db.Exec("DELETE FROM import_rows WHERE `import` = ?", run.id)
	}
	if run.after < 0 {
		return nil
	}
	made, err := collections.ImportedCustomers(db, run.id)
	if err == nil {
		run.mine = made
	}
	return err
}

// finish brings the last commits to the disk and gives the memory back.
func (run *importRun) finish() error {
	pool, ok := run.app.NonconcurrentDB().(*dbx.DB)
	if !ok {
		return nil
	}
	for _, statement := range []string{"PRAGMA wal_checkpoint(PASSIVE)", usualPragmas} {
		if _, err := pool.DB().Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// usual takes the writing connection's large cache back, unless an import still has the use of it.
func (q *importQueue) usual() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.working != "" {
		return // its own end does
	}
	if _, err := q.house.app.NonconcurrentDB().NewQuery(usualPragmas).Execute(); err != nil {
		q.house.app.Logger().Error("cache of the writing connection", "error", err.Error())
	}
}

// importer is who started an import, with what they may see now: someone whose role changed since
// imports with the new one.
func (h *House) importer(record *core.Record) (actor, collections.Reader, error) {
	by := actor{ID: record.GetString("by"), Name: record.GetString("by_name"), Kind: "superuser",
		Role: "data_admin"}
	if by.ID == "superuser:"+commandID {
		by.Kind = "cli"
	}
	id, isStaff := strings.CutPrefix(by.ID, "staff:")
	if !isStaff {
		return by, collections.Reader{ID: by.ID, Role: "data_admin", Everything: true}, nil
	}
	staff, err := h.app.FindRecordById("staff", id)
	if err != nil {
		return by, collections.Reader{Role: "nobody"}, nil
	}
	by.Staff, by.Kind, by.Role = id, "staff", staff.GetString("role")
	reader, err := collections.ReaderOf(h.app, staff)
	return by, reader, err
}
