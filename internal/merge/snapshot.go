package merge

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// Cell is one value that a merge changed: of the survivor, of a child's parent, of what belonged to
// the merged ones.
type Cell struct {
	Table  string `json:"t"`
	ID     string `json:"id"`
	Column string `json:"c"`
	Before any    `json:"b"`
	After  any    `json:"a"`
}

// Pair is a suspected duplicate of a merged customer that became one of the survivor.
type Pair struct {
	ID   string `json:"id"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Snapshot is all that it takes to undo a merge. It is stored sealed.
type Snapshot struct {
	Version int            `json:"version"`
	Keep    string         `json:"keep"`
	Rows    map[string]Row `json:"rows"` // the merged customers, whole
	// Sealed are the merged customers' sealed values as they lay, by customer and field. Those of the
	// survivor that changed are cells of the table "kehu_sealed".
	// They are stored beside the snapshot, so that a rotation of keys finds them.
	Sealed map[string]map[string]string `json:"-"`
	Cells  []Cell                       `json:"cells"`
	Pairs  []Pair                       `json:"pairs"`
	Own    map[string][]string          `json:"own"`   // what the survivor had itself, by table
	After  Row                          `json:"after"` // the survivor when it was done
}

// Version is the form that Marshal writes.
const Version = 1

// ErrVersion: a snapshot of another version of the product.
var ErrVersion = errors.New("merge: the snapshot has an unknown version")

// Marshal writes a snapshot.
func (s *Snapshot) Marshal() ([]byte, error) {
	s.Version = Version
	return json.Marshal(s)
}

// Unmarshal reads what Marshal wrote, numbers in their own form.
func Unmarshal(data []byte) (*Snapshot, error) {
	s := &Snapshot{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(s); err != nil {
		return nil, err
	}
	if s.Version != Version {
		return nil, ErrVersion
	}
	for _, row := range append(slices.Collect(maps.Values(s.Rows)), s.After) {
		row.Restore()
	}
	for i, c := range s.Cells {
		s.Cells[i].Before, s.Cells[i].After = own(c.Before), own(c.After)
	}
	return s, nil
}

// Restore gives the numbers of a row that was read from JSON (with UseNumber) their own form again.
func (r Row) Restore() {
	for column, value := range r {
		r[column] = own(value)
	}
}

func own(v any) any {
	if n, ok := v.(json.Number); ok {
		return number(n)
	}
	return v
}

// Merged lists the customers that were merged into the survivor.
func (s *Snapshot) Merged() []string { return slices.Sorted(maps.Keys(s.Rows)) }

// Change notes a value that the merge changes.
func (s *Snapshot) Change(table, id, column string, before, after any) {
	if !Same(before, after) {
		s.Cells = append(s.Cells, Cell{table, id, column, before, after})
	}
}

// Changed tells whether the merge changed a value.
func (s *Snapshot) Changed(table, id, column string) bool { return s.cell(table, id, column) != nil }

// Redirect notes that a value which the merge made another is now yet another; false where it did not
// make it.
func (s *Snapshot) Redirect(table, id, column string, made, now any) bool {
	c := s.cell(table, id, column)
	if c == nil || !Same(c.After, made) {
		return false
	}
	c.After = now
	return true
}

// Edits are the columns of the survivor that were changed since, among those given.
func (s *Snapshot) Edits(now Row, columns []string) []string {
	var edited []string
	for _, column := range columns {
		if !Same(s.After[column], now[column]) {
			edited = append(edited, column)
		}
	}
	return edited
}

// TierColumns are a customer's tier and what says where it comes from: they go back together.
var TierColumns = []string{"tier", "tier_rule", "tier_reason"}

// Retiered tells whether the merge gave the survivor a tier that a person had set, and another one
// stands now, or none: then it is no longer the merge's to take back.
func (s *Snapshot) Retiered(now Row) bool {
	if !s.Changed("customers", s.Keep, "tier_rule") {
		return false
	}
	given, stands := overrideOf(s.After), overrideOf(now)
	return given != nil && (stands == nil || *given != *stands)
}

func (s *Snapshot) cell(table, id, column string) *Cell {
	for i := range s.Cells {
		if c := &s.Cells[i]; c.Table == table && c.ID == id && c.Column == column {
			return c
		}
	}
	return nil
}

// Reverted is what taking back a cell comes to.
type Reverted struct {
	Value   any  // what the living row holds afterwards
	Edited  bool // somebody changed it since: it stays
	Patched bool // a later merge's snapshot was changed
}

// Revert takes a cell of an undone merge back. current is what the living row holds; absent is
// true where there is none. later are the merges after this one that still stand, the oldest
// first: where one of them took up the value, its snapshot is changed instead, so that undoing it
// too gives what was before both.
func Revert(c Cell, later []*Snapshot, current any, absent bool) Reverted {
	out := Reverted{Value: current}
	for _, s := range later {
		if row, gone := s.Rows[c.ID]; gone && c.Table == "customers" {
			value, hit := revertValue(c, row[c.Column])
			row[c.Column] = value
			out.Patched, out.Edited = out.Patched || hit, !hit
			return out
		}
		next := s.cell(c.Table, c.ID, c.Column)
		if next == nil {
			continue
		}
		value, hit := revertValue(c, next.Before)
		if !hit {
			out.Edited = true
			return out
		}
		next.Before, out.Patched = value, true
		if !compound[c.Column] {
			return out // the value is the later merge's
		}
		next.After, _ = revertValue(c, next.After)
	}
	if absent {
		out.Edited = true
		return out
	}
	value, hit := revertValue(c, current)
	out.Value, out.Edited = value, !hit
	return out
}

// revertValue gives a value as if the cell had not been changed; hit is false where the value is
// not what the change made of it.
func revertValue(c Cell, value any) (any, bool) {
	if Same(value, c.After) {
		return c.Before, true
	}
	switch {
	case c.Column == "tags" && c.Table == "customers":
		return revertList(c, value), true
	case compound[c.Column] && c.Table == "customers":
		return revertMap(c, value), true
	}
	return value, false
}

func revertList(c Cell, value any) any {
	before, after, list := jsonList(c.Before), jsonList(c.After), jsonList(value)
	list = slices.DeleteFunc(list, func(tag string) bool {
		return slices.Contains(after, tag) && !slices.Contains(before, tag)
	})
	for _, tag := range before {
		if !slices.Contains(after, tag) && !slices.Contains(list, tag) {
			list = append(list, tag)
		}
	}
	return asJSON(list)
}

func revertMap(c Cell, value any) any {
	before, after, now := jsonMap(c.Before), jsonMap(c.After), jsonMap(value)
	for key := range after {
		if asJSON(now[key]) == asJSON(after[key]) && asJSON(after[key]) != asJSON(before[key]) {
			delete(now, key)
			if was, ok := before[key]; ok {
				now[key] = was
			}
		}
	}
	for key, was := range before {
		_, taken := after[key]
		if _, there := now[key]; !taken && !there {
			now[key] = was
		}
	}
	return asJSON(now)
}
