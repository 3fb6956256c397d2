package sheet

import (
	"cmp"
	"slices"
)

// maxMerges bounds the merged ranges of one sheet; a sheet of the most rows with one merged
// range each stays within it.
const maxMerges = gridRows

// sortMerges orders merged ranges by their first row, drops exact doubles, and finds the first
// overlap within the columns read. Overlapping ranges are damage: which value a covered cell
// shows would be a guess.
func sortMerges(merges []Merge, columns int) (sorted []Merge, overlap *Merge) {
	slices.SortFunc(merges, func(a, b Merge) int {
		return cmp.Or(cmp.Compare(a.FirstRow, b.FirstRow),
			cmp.Compare(a.FirstColumn, b.FirstColumn),
			cmp.Compare(a.LastRow, b.LastRow), cmp.Compare(a.LastColumn, b.LastColumn))
	})
	merges = slices.Compact(merges)
	busy := make([]int, columns) // the last row that a range covers, by column
	for i, m := range merges {
		for column := m.FirstColumn; column <= m.LastColumn && column < columns; column++ {
			if busy[column] >= m.FirstRow {
				return nil, &merges[i]
			}
			busy[column] = m.LastRow
		}
	}
	return merges, nil
}

// mergeFiller shows merged ranges as people see them: the value of the first cell stands in its
// column in every row covered; what else lies under the range is not seen and is left out.
type mergeFiller struct {
	waiting []Merge // by first row
	active  []activeMerge
	columns int // no value stands beyond; no range is followed there
}

type activeMerge struct {
	Merge
	value Cell
}

func newMergeFiller(merges []Merge, columns int) *mergeFiller {
	return &mergeFiller{waiting: merges, columns: columns}
}

func (f *mergeFiller) fill(row *Row) {
	f.active = slices.DeleteFunc(f.active, func(m activeMerge) bool {
		return m.LastRow < row.Number
	})
	for i := range f.active {
		f.cover(row, &f.active[i])
	}
	for len(f.waiting) > 0 && f.waiting[0].FirstRow <= row.Number {
		m := activeMerge{Merge: f.waiting[0]}
		f.waiting = f.waiting[1:]
		if m.LastRow < row.Number || m.FirstColumn >= f.columns {
			continue
		}
		if m.FirstRow == row.Number && m.FirstColumn < len(row.Cells) {
			m.value = row.Cells[m.FirstColumn]
		}
		m.value.Merged = m.value.Kind != Empty
		f.active = append(f.active, m)
		f.cover(row, &m)
	}
}

// cover writes one range over a row.
func (f *mergeFiller) cover(row *Row, m *activeMerge) {
	for c := m.FirstColumn + 1; c <= m.LastColumn && c < len(row.Cells); c++ {
		row.Cells[c] = Cell{Style: row.Cells[c].Style}
	}
	if m.FirstRow == row.Number {
		return
	}
	for len(row.Cells) <= m.FirstColumn {
		row.Cells = append(row.Cells, Cell{})
	}
	row.Cells[m.FirstColumn] = m.value
}
