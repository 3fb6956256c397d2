package hooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/cipherdb"
	"kehu/internal/fields"
	"kehu/internal/register"
)

// How a decision about an import's rows is carried out: in transactions that end by time, so that whoever
// saves meanwhile waits for one at most, and the answer waits so long for it.
const (
	batchTime  = 60 * time.Millisecond
	batchFirst = 100
	batchMost  = 1000
	batchWait  = 3 * time.Second
)

// entryStatus is the status that a new row of an import begins with: what is complete goes to review
// with the import's other rows, or is active where the policy asks for none. What a submission would
// refuse stays a draft.
func (run *importRun) entryStatus(r *preparedRow) string {
	values, set := r.customer.Values, run.plan.rules.Policy
	consented := len(r.customer.Sealed) > 0 && contains(run.plan.options.Consent, "service")
	if !run.submits || run.plan.marketing || len(r.missing) > 0 || personsAddress(values) && !consented {
		return "draft"
	}
	status, _ := approval.Next("draft", approval.Submit)
	if set.Review.Entry(values.Text("value_level"), func(key string) bool {
		return r.customer.Sealed[key] != "" || !register.Same(values[key], nil)
	}) {
		run.counts.Pending++
		return status
	}
	status, _ = approval.Next(status, approval.Approve)
	return status
}

// submitBatch asks for the one decision about all rows of an import that need one, in the transaction
// in which the import ends.
func (h *House) submitBatch(tx core.App, record *core.Record) error {
	var c counts
	if err := record.UnmarshalJSONField("counts", &c); err != nil {
		return err
	}
	if c.Pending+c.Held == 0 {
		return nil
	}
	open, err := collections.OpenRequestAbout(collections.Through(tx.DB()), "imports", record.Id)
	if err != nil || open != "" {
		return err
	}
	by, who, err := h.importPerson(tx, record)
	if err != nil {
		return err
	}
	_, err = h.askAs(tx, by, who, nil, wanted{row: "batch", department: record.GetString("department"),
		collection: "imports", id: record.Id, reason: "导入：" + record.GetString("file_name"),
		payload: map[string]any{"file_name": record.GetString("file_name"), "customers": c.Pending,
			"changes": c.Held}})
	return err
}

// joinBatch counts the rows that come to an import which is under review already.
func (h *House) joinBatch(db collections.DB, request string, pending int) error {
	return db.Exec("UPDATE approvals SET payload = json_set(payload, '$.customers', ?) WHERE id = ?", pending, request)
}

// importPerson is who started an import, with the marks by which they are known again.
func (h *House) importPerson(app core.App, record *core.Record) (actor, person, error) {
	by, _, err := h.importer(record)
	if err != nil {
		return by, person{}, err
	}
	who := person{Name: by.Name, Candidate: approval.Candidate{Marks: []string{by.ID}}}
	if by.Staff != "" {
		if staff, err := app.FindRecordById("staff", by.Staff); err == nil {
			who = memberOf(staff)
		}
		return by, who, nil
	}
	who.Marks = append(who.Marks, ownerMark)
	if account, err := app.FindRecordById(core.CollectionNameSuperusers,
		by.ID[len("superuser:"):]); err == nil {
		who = personOf(app, account)
	}
	return by, who, nil
}

// batchDecided carries a decision about an import's rows out, in parts, after it has committed.
func (h *House) batchDecided(d *deciding) error {
	request := d.request.Id
	d.after = append(d.after, func() { h.carryOut(request) })
	return collections.BeginBatch(d.db, collections.Batch{Approval: request, Import: d.request.GetString("subject_id"),
		Act: string(d.act), By: d.actor.ID, ByName: d.actor.Name, Note: d.remark})
}

// carryOut begins with what was decided and waits a little: a small batch is done when the answer comes.
func (h *House) carryOut(request string) {
	h.saves.Add(-1) // who waits here is not one of those to whom the batch gives way
	defer h.saves.Add(1)
	done := make(chan struct{})
	h.imports.aside(func() {
		defer close(done)
		h.finishBatch(request)
	})
	select {
	case <-done:
	case <-h.imports.quit:
	case <-time.After(batchWait):
	}
}

// resumeBatches goes on with what a stop cut off.
func (h *House) resumeBatches() error {
	open, err := collections.OpenBatches(collections.Through(h.app.DB()))
	for _, request := range open {
		h.imports.aside(func() { h.finishBatch(request) })
	}
	return err
}

// finishBatch works until all is done: where a part could not be written, as on a full disk, it is tried
// again. A stop leaves the rest to the next start.
func (h *House) finishBatch(request string) {
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		err := h.workBatch(request)
		if err == nil {
			return
		}
		h.app.Logger().Error("import review", "approval", request, "error", err.Error())
		select {
		case <-h.imports.quit:
			return
		case <-time.After(wait):
		}
	}
}

// workBatch works while nobody else changes the import.
func (h *House) workBatch(request string) error {
	b, err := collections.ReadBatch(collections.Through(h.app.DB()), request)
	if err != nil || b == nil {
		return err
	}
	release, err := h.imports.holds.take(background(), b.Import)
	if err != nil {
		return err
	}
	defer release()
	return h.batchRows(request)
}

// batchRows carries a decision out to the last row; the caller holds the import.
func (h *House) batchRows(request string) error {
	writer, ok := h.app.NonconcurrentDB().(*dbx.DB)
	if !ok {
		return errors.New("no database pool")
	}
	if _, err := writer.NewQuery(BulkCache).Execute(); err != nil {
		return err
	}
	defer h.imports.usual()
	log := &logKeeper{app: h.app}
	for size := batchFirst; ; {
		select {
		case <-h.imports.quit:
			return context.Canceled // it goes on at the next start
		default:
		}
		h.giveWay(background())
		if err := cipherdb.Native(background(), writer.DB(), log.watch); err != nil {
			return err
		}
		more, begin := false, time.Now()
		err := h.app.RunInTransaction(func(tx core.App) (err error) {
			begin = time.Now()
			more, err = h.batchPart(tx, request, size)
			return err
		})
		took := max(time.Since(begin), time.Millisecond)
		err = errors.Join(err, h.foldCounts(collections.Through(h.app.DB())), log.empty(background(), h.giveWay))
		if err != nil || !more {
			return err
		}
		size = min(max(int(float64(size)*float64(batchTime)/float64(took)), 10), 2*size, batchMost)
	}
}

// batchPart carries a decision out for some rows. Customers that were merged, deleted or erased
// meanwhile are gone, and those that are no longer under review were decided otherwise: both are left.
func (h *House) batchPart(tx core.App, request string, size int) (more bool, err error) {
	db := collections.Through(tx.DB())
	b, err := collections.ReadBatch(db, request)
	if err != nil || b == nil {
		return false, err
	}
	rows, err := collections.BatchRows(db, b.Import, b.Next, size)
	if err != nil {
		return false, err
	}
	if len(rows) == 0 {
		return false, collections.EndBatch(db, request)
	}
	ids := []string{}
	for _, r := range rows {
		if !r.Held {
			ids = append(ids, r.Record)
		}
	}
	if ids, err = collections.Underway(db, ids); err != nil {
		return false, err
	}
	if err := h.batchStatus(tx, db, b, ids); err != nil {
		return false, err
	}
	held, err := h.batchHeld(db, b, rows)
	if err != nil {
		return false, err
	}
	last := rows[len(rows)-1].Row
	if len(ids)+held > 0 {
		by := actor{ID: b.By, Name: b.ByName, Kind: "superuser"}
		if id, staff := strings.CutPrefix(b.By, "staff:"); staff {
			by.Staff, by.Kind = id, "staff"
		}
		if err := h.note(tx, by, actDecide, on("imports", b.Import), map[string]any{"act": b.Act,
			"rows": [2]int{rows[0].Row, last}, "n": len(ids) + held}); err != nil {
			return false, err
		}
	}
	return true, collections.AdvanceBatch(db, request, last)
}

// batchStatus moves customers on, with their history.
func (h *House) batchStatus(tx core.App, db collections.DB, b *collections.Batch, ids []string) error {
	next, ok := approval.Next("pending", approval.Act(b.Act))
	if !ok {
		return fmt.Errorf("batch: no act %q", b.Act)
	}
	status, stamp := fields.MustGet("customers", "status"), stampOf(h.options.Clock())
	changes := make([]collections.Change, len(ids))
	for i, id := range ids {
		changes[i] = collections.Change{Customer: id, Collection: "customers", Record: id,
			Field: status.Key, Class: status.Class, Old: "pending", New: next}
	}
	at := ""
	if approval.Act(b.Act) == approval.Approve {
		at = stamp
	}
	if err := collections.SetStatus(db, ids, next, at); err != nil {
		return err
	}
	return collections.AppendChanges(db, collections.Cause{By: b.By, ByName: b.ByName, At: stamp,
		Via: "approval", Reason: b.Note}, changes)
}

// withdrawBatch ends the request about an import that is undone. The caller holds the import.
func (h *House) withdrawBatch(id string, by actor) error {
	request := ""
	err := h.app.RunInTransaction(func(tx core.App) (err error) {
		db := collections.Through(tx.DB())
		if request, err = collections.OpenRequestAbout(db, "imports", id); err != nil || request == "" {
			return err
		}
		record, err := tx.FindRecordById("approvals", request)
		if err != nil {
			return err
		}
		d := &deciding{House: h, app: tx, db: db, request: record, actor: by, act: approval.Cancel,
			remark: "导入已撤销"}
		if err := h.batchDecided(d); err != nil {
			return err
		}
		return d.store()
	})
	if err != nil {
		return err
	}
	open, err := collections.OpenBatches(collections.Through(h.app.DB()))
	for _, one := range open { // of this import: what is cut off half way ends before the rows go
		b, readErr := collections.ReadBatch(collections.Through(h.app.DB()), one)
		if readErr != nil || b == nil || b.Import != id {
			err = errors.Join(err, readErr)
			continue
		}
		err = errors.Join(err, h.batchRows(one))
	}
	return err
}
