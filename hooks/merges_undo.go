package hooks

import (
	"slices"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/merge"
)

// unmerging is one merge being taken back, inside its transaction.
type unmerging struct {
	*merging
	stored *collections.Merge
	later  []*collections.Merge // those that still stand and changed the same rows, the oldest first
	shots  []*merge.Snapshot    // theirs
	now    merge.Row            // the survivor as it is
	left   leftovers

	changes, was map[string]merge.Row // columns of living customers that went back
}

// leftovers are what an undone merge does not take back: it stays with the survivor and is listed.
type leftovers struct {
	Edits []map[string]string `json:"edits"` // fields that were changed since
	Added []map[string]string `json:"added"` // records that came since
	Gone  []map[string]string `json:"gone"`  // records that were there and are no more
	Left  []map[string]string `json:"left"`  // customers whose parent would now stand below them
}

func (u *unmerging) run(id string) (map[string]any, error) {
	if err := u.open(id); err != nil {
		return nil, err
	}
	u.kind = u.now.Text("kind")
	u.left = leftovers{[]map[string]string{}, []map[string]string{}, []map[string]string{},
		[]map[string]string{}}
	u.listEdits()
	if err := u.unlead(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{u.revertRows, u.restoreRows, u.revertSealed, u.revertOthers,
		u.revertPairs, u.listAdded, u.deriveAll, u.storeLater} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return map[string]any{"id": id, "kept": u.shot.Keep, "restored": u.shot.Merged(),
		"numbers": u.stored.Numbers, "edits": u.left.Edits, "added": u.left.Added,
		"gone": u.left.Gone, "left": u.left.Left}, u.end()
}

// open reads the merge and refuses what cannot be taken back, or not yet.
func (u *unmerging) open(id string) (err error) {
	if u.stored, err = collections.ReadMerge(u.db, id); err != nil {
		return err
	}
	if u.stored == nil {
		return ErrMissingRecord
	}
	if u.now, err = collections.ReadRow(u.db, u.stored.Kept); err != nil {
		return err
	}
	if err := u.mayUndo(); err != nil {
		return err
	}
	if err := u.stands(); err != nil {
		return err
	}
	if u.shot, err = u.openSnapshot(u.stored); err != nil {
		return err
	}
	for _, row := range u.shot.Rows {
		if !mergesIn(u.reader, row.Text("department")) {
			return ErrForbidden
		}
	}
	return u.openLater()
}

func (u *unmerging) mayUndo() error {
	department := u.stored.Department
	if u.now != nil {
		department = u.now.Text("department")
	}
	if mergesIn(u.reader, department) {
		return nil
	}
	if u.now == nil || !collections.Sees(u.db, u.reader, u.stored.Kept) {
		return ErrMissingRecord
	}
	return ErrForbidden
}

func (u *unmerging) stands() error {
	switch {
	case u.stored.Undone != "":
		return ErrMergeUndone
	case u.now == nil:
		next, err := collections.MergeThatTook(u.db, u.stored.Kept)
		if err != nil {
			return err
		}
		if next != nil {
			return ErrUnmergeOn.With("number", next.Numbers[next.Kept])
		}
		return ErrUnmergeGone
	case u.stored.Snapshot == "":
		return ErrUnmergeErased
	case u.now.Text("status") == "pending":
		return merge.ErrPending.With("number", u.now.Text("number"))
	}
	return nil
}

// openLater opens the snapshots of the later merges that this one's rows went on in.
func (u *unmerging) openLater() (err error) {
	touched := append(u.shot.Merged(), u.shot.Keep)
	for _, c := range u.shot.Cells {
		if c.Table == "customers" && !contains(touched, c.ID) {
			touched = append(touched, c.ID)
		}
	}
	if u.later, err = collections.LaterMerges(u.db, u.stored.Seq, touched); err != nil {
		return err
	}
	for _, stored := range u.later {
		shot, err := u.openSnapshot(stored)
		if err != nil {
			return err
		}
		u.shots = append(u.shots, shot)
	}
	for _, shot := range append(slices.Clone(u.shots), u.shot) {
		if err := u.reprint(shot); err != nil {
			return err
		}
	}
	return nil
}

// reprint computes the prints of a snapshot by the index key in use: it may have been rotated since.
func (u *unmerging) reprint(shot *merge.Snapshot) error {
	for i, c := range shot.Cells {
		if c.Table != sealedTable {
			continue
		}
		for _, value := range []*any{&shot.Cells[i].Before, &shot.Cells[i].After} {
			name, _ := (*value).(string)
			plain, err := u.behind(shot, name)
			if err != nil {
				return err
			}
			if fresh := u.print(c.Column, plain); plain != "" && fresh != name {
				sealed, err := u.sealText(plain, "merges", prints, fresh)
				if err != nil {
					return err
				}
				shot.Sealed[prints][fresh], *value = sealed, fresh
			}
		}
	}
	return nil
}

// listEdits lists the survivor's fields that people changed since the merge.
func (u *unmerging) listEdits() {
	for _, column := range u.shot.Edits(u.now, columnsOf()) {
		if !slices.ContainsFunc(u.shots, func(s *merge.Snapshot) bool {
			return s.Changed("customers", u.shot.Keep, column)
		}) {
			u.left.Edits = append(u.left.Edits, map[string]string{"field": column,
				"label": labelOf(column, u.lang)})
		}
	}
}

// unlead ends the aliases first: what the restored rows name must be found among the living again.
func (u *unmerging) unlead() error {
	return collections.EndMerge(u.db, u.stored.ID, u.by.ID, u.by.Name, nil, u.House.now())
}

// revertRows takes back what the merge changed of customers: the survivor's own fields, the parents
// of children.
func (u *unmerging) revertRows() error {
	changes, was := map[string]merge.Row{}, map[string]merge.Row{}
	retiered := u.shot.Retiered(u.now)
	if retiered {
		u.left.Edits = append(u.left.Edits, map[string]string{"field": "tier", "label": labelOf("tier", u.lang)})
	}
	for _, c := range u.shot.Cells {
		if c.Table != "customers" || retiered && c.ID == u.shot.Keep && contains(merge.TierColumns, c.Column) {
			continue
		}
		current, found, err := collections.ReadCell(u.db, c.Table, c.ID, c.Column)
		if err != nil {
			return err
		}
		reverted := merge.Revert(c, u.shots, current, !found)
		if !found && reverted.Edited {
			u.left.gone("customers", c.ID)
		}
		if found && !merge.Same(current, reverted.Value) {
			if changes[c.ID] == nil {
				changes[c.ID], was[c.ID] = merge.Row{}, merge.Row{}
			}
			was[c.ID][c.Column] = current
			changes[c.ID][c.Column] = reverted.Value
		}
	}
	if err := u.codesAreFree(changes[u.shot.Keep]); err != nil {
		return err
	}
	if err := u.settleParents(changes, was); err != nil {
		return err
	}
	for _, id := range idsOf(changes) {
		if err := collections.UpdateRow(u.db, id, changes[id]); err != nil {
			return err
		}
	}
	u.changes, u.was = changes, was
	return nil
}

// codesAreFree: a credit code that comes back must not have been given to another customer since.
func (u *unmerging) codesAreFree(kept merge.Row) error {
	code := u.now.Text("uscc")
	if was, ok := kept["uscc"].(string); ok {
		code = was
	}
	codes := []string{code}
	for _, row := range u.shot.Rows {
		if other := row.Text("uscc"); other != "" {
			if other == code {
				return ErrUnmergeTaken.With("code", other, "number", u.now.Text("number"))
			}
			codes = append(codes, other)
		}
	}
	for _, code := range codes {
		holder, err := collections.CodeHolder(u.db, code, u.shot.Keep)
		if err != nil {
			return err
		}
		if holder != "" && code != "" {
			return ErrUnmergeTaken.With("code", code, "number", holder)
		}
	}
	return nil
}

// shotOf is the open snapshot of a merge that still stands.
func (u *unmerging) shotOf(stored *collections.Merge) (*merge.Snapshot, error) {
	for i, known := range u.later {
		if known.ID == stored.ID {
			return u.shots[i], nil
		}
	}
	shot, err := u.openSnapshot(stored)
	if err != nil {
		return nil, err
	}
	u.later, u.shots = append(u.later, stored), append(u.shots, shot)
	return shot, nil
}

// restoreRows puts the merged customers back with their own ids, numbers and sensitive values.
func (u *unmerging) restoreRows() error {
	for _, id := range u.shot.Merged() {
		if err := collections.InsertRow(u.db, u.shot.Rows[id]); err != nil {
			return err
		}
		if err := collections.UpdateRow(u.db, id, nil); err != nil {
			return err
		}
		for _, field := range sortedKeys(u.shot.Sealed[id]) {
			plain, err := u.openText(u.shot.Sealed[id][field], "merges", id, field)
			if err != nil {
				return err
			}
			if err := collections.Seal(u.db, u.keys, id, field, plain); err != nil {
				return err
			}
		}
	}
	return nil
}

// revertSealed takes back the survivor's sensitive values.
func (u *unmerging) revertSealed() error {
	plain, err := collections.SealedValues(u.db, u.keys, u.shot.Keep)
	if err != nil {
		return err
	}
	for _, c := range u.shot.Cells {
		if c.Table != sealedTable {
			continue
		}
		current := any("")
		if plain[c.Column] != "" {
			current = u.print(c.Column, plain[c.Column])
		}
		reverted := merge.Revert(c, u.shots, current, false)
		u.carryPrints(c)
		if merge.Same(reverted.Value, current) {
			continue
		}
		name, _ := reverted.Value.(string)
		was, err := u.behind(u.shot, name)
		if err != nil {
			return err
		}
		if err := collections.Seal(u.db, u.keys, c.ID, c.Column, was); err != nil {
			return err
		}
	}
	return nil
}

// carryPrints gives the later snapshots the value that a patched cell of theirs now names.
func (u *unmerging) carryPrints(c merge.Cell) {
	name, _ := c.Before.(string)
	for _, shot := range u.shots {
		if name == "" || !shot.Changed(sealedTable, c.ID, c.Column) {
			continue
		}
		if shot.Sealed[prints] == nil {
			shot.Sealed[prints] = map[string]string{}
		}
		shot.Sealed[prints][name] = u.shot.Sealed[prints][name]
	}
}

// revertOthers takes belongings, tasks and approvals back to where they were.
func (u *unmerging) revertOthers() error {
	for _, c := range u.shot.Cells {
		if c.Table == "customers" || c.Table == sealedTable {
			continue
		}
		current, found, err := collections.ReadCell(u.db, c.Table, c.ID, c.Column)
		if err != nil {
			return err
		}
		if !found {
			u.left.gone(c.Table, c.ID)
			continue
		}
		if reverted := merge.Revert(c, nil, current, false); !reverted.Edited {
			if err := collections.WriteCell(u.db, c.Table, c.ID, c.Column, reverted.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *leftovers) gone(collection, id string) {
	one := map[string]string{"collection": collection, "id": id}
	if !slices.ContainsFunc(l.Gone, func(o map[string]string) bool {
		return o["id"] == id && o["collection"] == collection
	}) {
		l.Gone = append(l.Gone, one)
	}
}

func (u *unmerging) revertPairs() error {
	for _, p := range u.shot.Pairs {
		now, err := collections.ReadPair(u.db, p.ID)
		if err != nil {
			return err
		}
		if now == nil || now.A != p.To && now.B != p.To {
			continue
		}
		if _, err := collections.PointPair(u.db, *now, p.To, p.From); err != nil {
			return err
		}
	}
	return nil
}

// listAdded lists what came to the survivor since, by other ways than a merge.
func (u *unmerging) listAdded() error {
	references, err := collections.References(u.app)
	if err != nil {
		return err
	}
	for _, r := range references {
		if r.Many || r.Table == history {
			continue
		}
		holders, err := r.Holders(u.db, u.shot.Keep)
		if err != nil {
			return err
		}
		for _, id := range holders {
			if slices.Contains(u.shot.Own[r.Table], id) ||
				slices.ContainsFunc(u.shots, func(s *merge.Snapshot) bool {
					return s.Changed(r.Table, id, r.Column)
				}) {
				continue
			}
			u.left.Added = append(u.left.Added, map[string]string{"collection": r.Table, "id": id,
				"label": fields.CollectionLabel(r.Table, u.lang)})
		}
	}
	return nil
}

func (u *unmerging) deriveAll() error {
	for _, id := range append([]string{u.shot.Keep}, u.shot.Merged()...) {
		if err := u.derive(id); err != nil {
			return err
		}
	}
	return nil
}

// storeLater writes the snapshots of later merges, which may have been patched.
func (u *unmerging) storeLater() error {
	for i, stored := range u.later {
		if err := u.sealSnapshot(stored, u.shots[i]); err != nil {
			return err
		}
		if err := stored.StoreSnapshot(u.db); err != nil {
			return err
		}
	}
	return nil
}

func (u *unmerging) end() error {
	if err := u.undone(u.changes, u.was); err != nil {
		return err
	}
	return collections.EndMerge(u.db, u.stored.ID, u.by.ID, u.by.Name, u.left, u.House.now())
}
