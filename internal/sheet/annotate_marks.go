package sheet

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Mark is one thing wrong with a row.
type Mark struct {
	Column int // 0-based; below 0: the whole row
	Reason string
}

// RowMarks are the marks of one row.
type RowMarks struct {
	Row   int // 1-based, as the sheet counts
	Marks []Mark
}

// The limits of the comments that Annotate writes: with many more, Excel takes minutes to open the
// file. Beyond them the red and the column of reasons remain.
const (
	MaxComments     = 20_000
	maxCommentBytes = 8 << 20 // of all of them together
	maxCommentRunes = 1_000   // of one
)

// maxPainted is how many columns of a row that is wrong as a whole are made red; an import takes no
// more.
const maxPainted = 200

// reasonJoin stands between the reasons of a row.
const reasonJoin = "；"

var errMarkOrder = errors.New("sheet: the marks are not in ascending order of rows of a sheet")

// rowEdit is what happens to one row.
type rowEdit struct {
	row     int
	cells   []cellEdit // by column
	all     bool       // the whole row is wrong
	reasons string
}

// cellEdit is one cell to be made red.
type cellEdit struct {
	column  int
	reasons string
}

// markQueue hands out the edits row by row.
type markQueue struct {
	pull  func() (RowMarks, error, bool)
	stop  func()
	head  *rowEdit // the next edit, nil at the end
	last  int
	first int // the columns of the header: a row that is wrong as a whole is red from here
	end   int // to before here, and carries its comment in the first
}

func newMarkQueue(marks iter.Seq2[RowMarks, error]) (*markQueue, error) {
	q := &markQueue{}
	q.pull, q.stop = iter.Pull2(marks)
	return q, q.advance()
}

// advance reads the next row that has marks.
func (q *markQueue) advance() error {
	q.head = nil
	for {
		m, err, ok := q.pull()
		if !ok {
			return nil
		}
		if err != nil {
			return err
		}
		if m.Row <= q.last || m.Row > MaxSheetRows {
			return fmt.Errorf("%w: row %d after %d", errMarkOrder, m.Row, q.last)
		}
		q.last = m.Row
		if len(m.Marks) > 0 {
			q.head, err = newRowEdit(m)
			return err
		}
	}
}

// take gives the edit of a row and moves on; nil when the row has none.
func (q *markQueue) take(row int) (*rowEdit, error) {
	if q.head == nil || q.head.row != row {
		return nil, nil
	}
	e := q.head
	if e.all {
		reasons := e.cellReasons(-1)
		for column := q.first; column < q.end; column++ {
			e.addCell(column, "")
		}
		e.addCell(q.first, reasons)
	}
	return e, q.advance()
}

func newRowEdit(m RowMarks) (*rowEdit, error) {
	e := &rowEdit{row: m.Row}
	var reasons []string
	for _, mark := range m.Marks {
		if mark.Column >= MaxSheetColumns {
			return nil, fmt.Errorf("sheet: a mark in column %d, which no sheet has", mark.Column)
		}
		reason := strings.TrimSpace(cleanCell(mark.Reason))
		if reason != "" && !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
		e.addCell(max(mark.Column, -1), reason)
	}
	e.reasons = cleanCell(strings.Join(reasons, reasonJoin))
	if len(e.cells) > 0 && e.cells[0].column < 0 {
		e.all = true
	}
	return e, nil
}

// addCell adds a reason to a cell; column -1 gathers those of the whole row until the first column
// is known.
func (e *rowEdit) addCell(column int, reason string) {
	i, known := slices.BinarySearchFunc(e.cells, column, func(c cellEdit, column int) int {
		return cmp.Compare(c.column, column)
	})
	if !known {
		e.cells = slices.Insert(e.cells, i, cellEdit{column: column, reasons: reason})
		return
	}
	c := &e.cells[i]
	if reason != "" && !slices.Contains(strings.Split(c.reasons, "\n"), reason) {
		c.reasons = strings.Trim(c.reasons+"\n"+reason, "\n")
	}
}

// cellReasons takes the cell at the column out of the edit and gives its reasons.
func (e *rowEdit) cellReasons(column int) string {
	for i, c := range e.cells {
		if c.column == column {
			e.cells = slices.Delete(e.cells, i, i+1)
			return c.reasons
		}
	}
	return ""
}

// noteList gathers comments while the limits allow it.
type noteList struct {
	list []cellNote
	size int // bytes of text
}

func (n *noteList) add(column, row int, reasons string) {
	if reasons == "" || len(n.list) >= MaxComments || n.size >= maxCommentBytes {
		return
	}
	if runes := []rune(reasons); len(runes) > maxCommentRunes {
		reasons = string(runes[:maxCommentRunes]) + "…"
	}
	n.list = append(n.list, cellNote{column: column, row: row, text: reasons})
	n.size += len(reasons)
}
