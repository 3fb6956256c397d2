package hooks

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
)

// Faults that end an import which was going well.
var (
	ErrImportStorage = fault.Define("import_storage",
		"写入磁盘失败（磁盘可能已满），导入已停在第{row}行之前；请腾出空间，然后撤销这次导入或重新上传同一文件",
		"Writing to the disk failed (it may be full) and the import stopped before row {row}: make "+
			"room, then undo this import or send the same file again")
	ErrDisk = fault.Define("disk_failed", "写入磁盘失败（磁盘可能已满），请腾出空间后重试",
		"Writing to the disk failed (it may be full), make room and try again")
	ErrPreviewSlow = fault.Define("import_preview_slow",
		"文件在{minutes}分钟内没有读完，请分成几个较小的文件再导入",
		"The file was not read within {minutes} minutes, split it into smaller ones")
	ErrJobBroken = fault.Define("job_broken",
		"操作意外中止，原因已写入系统日志，请联系管理员；导入已写入的行可以撤销",
		"It ended unexpectedly, the system log says why, ask the administrator; what an import "+
			"wrote can be undone")
)

// ErrImportReview: who decides about an import's rows must find them.
var ErrImportReview = fault.Define("import_in_review", "这次导入的客户还在审批中，请先审批、撤回申请或撤销导入",
	"The customers of this import are under review: have that decided or cancelled, or undo the import")

// holds let one request at a time change an import: a second press of a button waits for the first
// and then finds the state that it left.
type holds struct {
	mu   sync.Mutex
	held map[string]*hold
}

type hold struct {
	turn chan struct{}
	asks int
}

// take waits for an import and gives the function that lets it go.
func (h *holds) take(ctx context.Context, id string) (func(), error) {
	h.mu.Lock()
	if h.held == nil {
		h.held = map[string]*hold{}
	}
	one := h.held[id]
	if one == nil {
		one = &hold{turn: make(chan struct{}, 1)}
		h.held[id] = one
	}
	one.asks++
	h.mu.Unlock()
	leave := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if one.asks--; one.asks == 0 {
			delete(h.held, id)
		}
	}
	select {
	case one.turn <- struct{}{}:
		return func() { <-one.turn; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// alone lets one request at a time at the import of its path.
func (h *House) alone(e *core.RequestEvent) error {
	release, err := h.imports.holds.take(e.Request.Context(), e.Request.PathValue("id"))
	if err != nil {
		return err
	}
	defer release()
	return e.Next()
}

// importDelete keeps an import's record while it is worked on.
func (h *House) importDelete(e *core.RecordRequestEvent) error {
	release, err := h.imports.holds.take(e.Request.Context(), e.Record.Id)
	if err != nil {
		return err
	}
	defer release()
	fresh, err := e.App.FindRecordById("imports", e.Record.Id)
	if err != nil {
		return refuse(e.RequestEvent, http.StatusNotFound, ErrMissingRecord)
	}
	if state := fresh.GetString("state"); state == "running" || state == "previewing" {
		return refuseError(e.RequestEvent, wrongState(fresh, "删除", "be deleted"))
	}
	open, err := collections.OpenRequestAbout(collections.Through(e.App.DB()), "imports", e.Record.Id)
	if err != nil {
		return err
	}
	if open != "" {
		return refuse(e.RequestEvent, http.StatusConflict, ErrImportReview)
	}
	return e.Next()
}

// settle writes how a preview ended, unless it was cancelled meanwhile.
func (h *House) settle(record *core.Record, failure error) {
	release, err := h.imports.holds.take(background(), record.Id)
	if err != nil {
		return
	}
	defer release()
	select {
	case <-h.imports.quit:
		return
	default:
	}
	now, err := h.app.FindRecordById("imports", record.Id)
	if err != nil || now.GetString("state") != "previewing" {
		return
	}
	if failure == nil {
		failure = h.app.Save(record)
	}
	if errors.Is(failure, context.DeadlineExceeded) {
		failure = ErrPreviewSlow.With("minutes", int(previewTime.Minutes()))
	}
	if failure != nil {
		h.endImport(record.Id, "failed", h.failure(record.Id, failure), nil)
	}
}

// Waits before the end of an import is written again where it could not be.
const (
	firstWait = time.Second
	maxWait   = time.Minute
)

// endImport writes how an import ended. On a full disk it tries until there is room: the import
// must not stay "running" for ever.
func (h *House) endImport(id, state, message string, c *counts) {
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		err := h.writeEnd(id, state, message, c)
		if err == nil {
			return
		}
		h.app.Logger().Error("import", "id", id, "error", err.Error())
		h.imports.show(id, state, message)
		select {
		case <-h.imports.quit:
			return // it is taken up at the next start
		case <-time.After(wait):
		}
	}
}

func (h *House) writeEnd(id, state, message string, c *counts) error {
	return h.app.RunInTransaction(func(tx core.App) error {
		record, err := tx.FindRecordById("imports", id)
		if err != nil {
			return nil // deleted: there is nothing to tell
		}
		record.Set("state", state)
		record.Set("error", message)
		record.Set("finished", h.options.Clock().UTC())
		if c != nil {
			record.Set("counts", c)
		}
		if err := tx.Save(record); err != nil {
			return err
		}
		if state == "done" && c != nil {
			if err := h.campaignImported(tx, record, c.Created+c.Incomplete+c.Updated); err != nil {
				return err
			}
		}
		return h.submitBatch(tx, record)
	})
}

// show lets those who watch know an end that could not be written yet.
func (q *importQueue) show(id, state, message string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p := q.live[id]; p != nil {
		p.State, p.Error = state, message
	}
}

// failure says in words why an import ended.
func (h *House) failure(id string, err error) string {
	if _, known := fault.Of(err); known || !collections.StorageFailed(err) {
		return h.faultOf(err)
	}
	row := 1
	if record, err := h.app.FindRecordById("imports", id); err == nil {
		row = max(record.GetInt("next_row"), 1)
	}
	h.app.Logger().Error("import", "id", id, "error", err.Error())
	return ErrImportStorage.With("row", row).In("zh")
}

// faultOf says in words why a job ended. What is no fault of the file or the request goes to the
// log in full, and is told in a sentence.
func (h *House) faultOf(err error) string {
	err = diskFault(err)
	found, ok := fault.Of(err)
	if ok && found.Code != ErrDisk.Code {
		return found.In("zh")
	}
	h.app.Logger().Error("job", "error", err.Error())
	if !ok {
		found = ErrJobBroken
	}
	return found.In("zh")
}

// diskFault gives an error of the disk a sentence.
func diskFault(err error) error {
	if _, known := fault.Of(err); !known && collections.StorageFailed(err) {
		return ErrDisk.Because(err)
	}
	return err
}
