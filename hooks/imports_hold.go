package hooks

import (
	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/fault"
)

// What becomes of a row whose change needs somebody else's decision.
const (
	rowHeld = "held" // it waits for the decision about its import
	rowLeft = "left" // it was not made
)

// Faults of such a row.
var (
	ErrRowHeld = fault.Define("change_in_batch", "有效客户 {number} 的{fields}须经审批，已并入本次导入的审批，批准后生效",
		"{fields} of the active customer {number} needs a decision: it waits for the one about this import")
	ErrRowStale = fault.Define("change_batch_stale", "审批期间该客户已被修改、合并或归档，本行没有改动",
		"The customer was changed, merged or archived while this waited: the row changed nothing")
	ErrRowLeft = fault.Define("change_batch_left", "审批未通过，本行没有改动", "It was not approved: the row changed nothing")
)

// needsDecision tells whether a row changes of an active customer what needs a request.
func (run *importRun) needsDecision(c *comparison) bool {
	if run.approved.ID != "" || run.reader.Everything || run.reader.Role == "data_admin" ||
		c.record.GetString("status") != "active" {
		return false
	}
	set, level := run.plan.rules.Policy, c.record.GetString("value_level")
	for _, key := range c.keys {
		if set.Review.Change(set.ChangeClasses.Of(key), level) {
			return true
		}
	}
	return len(c.contacts) > 0 && set.Review.Change(set.ChangeClasses.Of("contacts"), level)
}

// hold leaves the customer as it is; the whole row waits for the decision about the import.
func (run *importRun) hold(r *preparedRow, m match, c *comparison) (rowResult, error) {
	keys := append([]string{}, c.keys...)
	if len(c.contacts) > 0 {
		keys = append(keys, "contacts.name")
	}
	r.fault(run.plan, "name", ErrRowHeld.With("number", m.Number, "fields", describe(keys)), true)
	before, err := jsonText(map[string]string{"updated": c.record.GetString("updated")})
	if err != nil {
		return rowResult{}, err
	}
	run.counts.Held++
	return rowResult{outcome: "unchanged", record: m.ID, before: before, decision: rowHeld}, nil
}

// contactRefused: contacts of a customer under review stay as they are, those of an active one change
// by request.
func (run *importRun) contactRefused(db collections.DB, customer string) (*fault.Fault, error) {
	if run.plan.collection != "contacts" {
		return nil, nil
	}
	status, level, err := collections.StatusOf(db, customer)
	set := run.plan.rules.Policy
	switch {
	case status == "pending":
		return ErrPending, err
	case status == "active" && !run.reader.Everything && run.reader.Role != "data_admin" &&
		set.Review.Change(set.ChangeClasses.Of("contacts"), level):
		return ErrContactRequest, err
	}
	return nil, err
}

// batchHeld makes the changes that waited, or leaves them, and answers how many were made.
func (h *House) batchHeld(db collections.DB, b *collections.Batch, rows []collections.BatchRow) (made int, err error) {
	var run *importRun
	for _, row := range rows {
		if !row.Held {
			continue
		}
		if run == nil {
			if run, err = h.releasing(db, b); err != nil {
				return made, err
			}
		}
		done, err := run.release(db, b, row)
		if err != nil {
			return made, err
		}
		if done {
			made++
		}
	}
	if run == nil {
		return 0, nil
	}
	if err := run.noteChunk(db, stampOf(h.options.Clock())); err != nil {
		return made, err
	}
	text, err := jsonText(run.counts)
	if err != nil {
		return made, err
	}
	return made, db.Exec("UPDATE imports SET counts = ? WHERE id = ?", text, b.Import)
}

// releasing prepares the import anew, with who allowed it.
func (h *House) releasing(db collections.DB, b *collections.Batch) (*importRun, error) {
	record, err := h.app.FindRecordById("imports", b.Import)
	if err != nil {
		return nil, err
	}
	run, err := h.newRun(record)
	if err != nil {
		return nil, err
	}
	run.approved = actor{ID: b.By, Name: b.ByName}
	run.lookup.Use(db)
	run.told.begin()
	return run, nil
}

// release makes one change that waited. What was changed since it was asked for is not written over.
func (run *importRun) release(db collections.DB, b *collections.Batch, row collections.BatchRow) (bool, error) {
	stored, err := collections.ImportRow(db, b.Import, row.Row)
	if err != nil || stored == nil {
		return false, err
	}
	run.counts.Held--
	then, now, err := collections.HeldBefore(db, b.Import, row.Row)
	if err != nil {
		return false, err
	}
	why := ErrRowLeft
	if approval.Act(b.Act) == approval.Approve {
		if then == now {
			return true, run.makeHeld(db, stored, row.Row)
		}
		why = ErrRowStale
	}
	faults, err := jsonText([]rowFault{{Column: -1, Field: "name", Code: why.Code, Message: why.In("zh"), Warning: true}})
	if err != nil {
		return false, err
	}
	return false, collections.LeaveRow(db, stored.ID, rowLeft, faults)
}

// makeHeld reads the row anew and writes it. Its stamp is none of the register's: what was decided stays
// when the import is undone.
func (run *importRun) makeHeld(db collections.DB, stored *collections.ImportedRow, number int) error {
	m := &mending{House: run.House, run: run, importID: run.id, number: number}
	if err := m.read(stored); err != nil {
		return err
	}
	r := run.plan.again(number, m.cells)
	if err := run.index.load(db, []*preparedRow{r}); err != nil {
		return err
	}
	result, err := run.row(db, r, stampOf(run.options.Clock()))
	if err != nil {
		return err
	}
	if err := collections.DropImportRow(db, stored.ID); err != nil {
		return err
	}
	run.counts.add(stored.Outcome, -1)
	run.counts.add(result.outcome, 1)
	run.told.add(number, result)
	return run.account(db, r, result, "")
}
