package hooks

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/ledger"
	"kehu/internal/register"
)

// durableEvery is how often a chunk of an import waits for the disk: only what is there can be
// anchored, or a power cut would look like a log that was cut off.
const durableEvery = 2 * time.Second

// chunkNotes collects what the audit log says of one chunk of an import: one entry, whose detail
// are the rows of the import's own book, bound by a digest.
type chunkNotes struct {
	sum     hash.Hash
	first   int
	last    int
	rows    int
	changed []collections.Change
	mark    ledger.Mark
	durable time.Time // when a chunk last waited for the disk
}

func (c *chunkNotes) begin() {
	c.sum, c.first, c.last, c.rows = sha256.New(), 0, 0, 0
	c.changed = c.changed[:0]
	c.mark = ledger.Mark{}
}

// add takes a row that the book lists.
func (c *chunkNotes) add(row int, result rowResult) {
	if c.rows == 0 {
		c.first = row
	}
	c.last = row
	c.rows++
	fmt.Fprintf(c.sum, "%d\x00%s\x00%s\x00%s\n", row, result.outcome, result.record, result.before)
}

func (c *chunkNotes) digest() string { return hex.EncodeToString(c.sum.Sum(nil)) }

// noteChunk writes the history of the chunk's updates and its entry, in its transaction.
func (run *importRun) noteChunk(db collections.DB, stamp string) error {
	c := &run.told
	if c.rows == 0 || run.plan.options.DryRun {
		return nil
	}
	cause := collections.Cause{By: run.actor.ID, ByName: run.actor.Name, At: stamp, Via: "import",
		ApprovedBy: run.approved.ID, ApprovedByName: run.approved.Name, Reason: run.plan.options.Duplicate}
	if err := collections.AppendChanges(db, cause, c.changed); err != nil {
		return err
	}
	e, err := run.entryFor(run.actor, actImport, on("imports", run.id), map[string]any{
		"rows": [2]int{c.first, c.last}, "digest": c.digest(), "changes": len(c.changed)})
	if err != nil {
		return err
	}
	c.mark, err = collections.AppendAudit(db, run.chain, e)
	return err
}

// remembered keeps what a row of an import changes, for the history.
func (run *importRun) remembered(customer string, c *comparison, values register.Values,
	sealed map[string]string) {
	for _, key := range sortedKeys(values) {
		f := fields.MustGet("customers", key)
		_, resealed := sealed[key]
		if !historic(f) || same(c.before[key], values[key]) && !resealed {
			continue
		}
		run.told.changed = append(run.told.changed, collections.Change{Customer: customer,
			Collection: "customers", Record: customer, Field: key,
			Class: classOf(f, c.before.Text("kind")), Old: c.before[key], New: values[key]})
	}
}

// remembered keeps what an undo puts back, for the history. What was written since stays out of
// reach of an undo, so the value that goes is the import's own.
func (u *undoing) remembered(record *core.Record, f *fields.Field, back any) {
	now := stored(f, record)
	if !historic(f) || f.Class == fields.Sensitive || same(now, back) {
		return
	}
	u.changed = append(u.changed, collections.Change{Customer: record.Id, Collection: "customers",
		Record: record.Id, Field: f.Key, Class: classOf(f, record.GetString("kind")), Old: now, New: back})
}

// noteUndone writes the history and the entry of a chunk of an undo, in its transaction.
func (u *undoing) noteUndone(tx core.App, db collections.DB, rows []undoRow) error {
	stamp := stampOf(u.options.Clock())
	err := collections.AppendChanges(db, collections.Cause{By: u.by.ID, ByName: u.by.Name, At: stamp,
		Via: "import", Reason: "撤销导入"}, u.changed)
	if err != nil {
		return err
	}
	return u.note(tx, u.by, actUndo, on("imports", u.id), map[string]any{
		"rows": [2]int{rows[len(rows)-1].row, rows[0].row}, "n": len(rows), "changes": len(u.changed)})
}
