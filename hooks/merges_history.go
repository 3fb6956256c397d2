package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/merge"
)

// Actions of merges and handovers in the audit log.
const (
	actMerge        = "merge"
	actUnmerge      = "merge_undo"
	actHandover     = "handover"
	actHandoverUndo = "handover_undo"
)

// noted puts the merge on record: in the audit log that it was done and what it touched, in the
// survivor's history the values that it changed.
func (m *merging) noted() error {
	changes := []collections.Change{}
	for _, c := range m.shot.Cells {
		if c.Table == "customers" {
			changes = m.changed(changes, c.ID, c.Column, c.Before, c.After)
		}
	}
	if err := m.remembered(changes, m.body.Reason); err != nil {
		return err
	}
	return m.House.note(m.app, m.by, actMerge, on("customers", m.body.Keep), map[string]any{
		"merge": m.merge.ID, "merged": m.others(), "numbers": m.merge.Numbers, "moved": m.moved,
		"fields": sortedKeys(m.plan.Changes), "reason": m.body.Reason})
}

// changed adds what history tells of a column; columns that no field stands for are no history.
func (m *merging) changed(changes []collections.Change, id, column string, before, after any) []collections.Change {
	f, known := fields.Get("customers", column)
	if !known || !historic(f) {
		return changes
	}
	return append(changes, collections.Change{Customer: id, Collection: "customers", Record: id,
		Field: column, Class: classOf(f, m.kind), Old: asSent(f, before), New: asSent(f, after)})
}

func (m *merging) remembered(changes []collections.Change, reason string) error {
	return collections.AppendChanges(m.db, collections.Cause{By: m.by.ID, ByName: m.by.Name, Reason: reason,
		At: stampOf(m.options.Clock()), Via: "merge"}, changes)
}

// undone puts the undo on record; rows are the columns that went back, by customer.
func (u *unmerging) undone(rows map[string]merge.Row, was map[string]merge.Row) error {
	changes := []collections.Change{}
	for _, id := range idsOf(rows) {
		for _, column := range sortedKeys(rows[id]) {
			changes = u.changed(changes, id, column, was[id][column], rows[id][column])
		}
	}
	if err := u.remembered(changes, ""); err != nil {
		return err
	}
	return u.House.note(u.app, u.by, actUnmerge, on("customers", u.shot.Keep), map[string]any{
		"merge": u.stored.ID, "restored": u.shot.Merged(), "numbers": u.stored.Numbers,
		"edits": len(u.left.Edits), "added": len(u.left.Added), "gone": len(u.left.Gone),
		"left": u.left.Left})
}

// noted puts a handover on record, and each customer's new owner in its history.
func (g *handing) noted(action, id, from string, to *core.Record) error {
	owner := fields.MustGet("customers", "owner")
	changes := []collections.Change{}
	for _, customer := range g.whole.Customers {
		changes = append(changes, collections.Change{Customer: customer, Collection: "customers",
			Record: customer, Field: owner.Key, Class: owner.Class, Old: from, New: to.Id})
	}
	err := collections.AppendChanges(g.db, collections.Cause{By: g.by.ID, ByName: g.by.Name,
		At: stampOf(g.options.Clock()), Via: "edit"}, changes)
	if err != nil {
		return err
	}
	return g.note(g.app, g.by, action, on("handovers", id), map[string]any{"from": from, "to": to.Id,
		"customers": len(g.whole.Customers), "tasks": len(g.whole.Tasks), "requests": len(g.whole.Requests)})
}
