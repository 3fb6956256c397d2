package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// SourceRow is one row of a source that is no workbook.
type SourceRow struct {
	Row    int // 1-based, counted as in the RowMarks
	Hidden bool
	Cells  []string
}

// Source is a table read from a CSV file, or from a workbook that Annotate refuses.
type Source struct {
	Name      string // of the sheet that is made
	HeaderRow int    // 1-based
	Header    []string
	Rows      iter.Seq2[SourceRow, error] // ascending; the header is not among them
}

var errSourceOrder = errors.New("sheet: the rows of the source are not in ascending order")

// AnnotateRows makes the error workbook of a source that cannot be patched: every cell as text,
// every row at the number that it had, with the marks of Annotate. Marks for rows that the source
// does not give are left out. Where the header already has a column 错误, the reasons go there;
// else behind the header, and cells beyond it move one column to the right.
func AnnotateRows(w io.Writer, source Source, marks iter.Seq2[RowMarks, error]) error {
	if source.HeaderRow < 1 || source.HeaderRow >= MaxSheetRows ||
		len(source.Header) >= MaxSheetColumns {
		return fmt.Errorf("sheet: a header in row %d with %d columns, which no sheet has",
			source.HeaderRow, len(source.Header))
	}
	queue, err := newMarkQueue(marks)
	defer queue.stop()
	if err != nil {
		return err
	}
	r := newRowsWriter(w, source, queue)
	for row, err := range source.Rows {
		if err == nil {
			err = r.add(row)
		}
		if err != nil {
			return err
		}
	}
	return r.close()
}

// maxFrozenRows is how many rows above and with the header may stay in view; more would fill the
// window of a small screen.
const maxFrozenRows = 10

// rowsWriter holds what AnnotateRows knows between two rows.
type rowsWriter struct {
	book    *bookWriter
	source  Source
	queue   *markQueue
	notes   noteList
	letters []string
	last    int
	column  int  // of the reasons
	fresh   bool // the column is new
}

func newRowsWriter(w io.Writer, source Source, queue *markQueue) *rowsWriter {
	r := &rowsWriter{book: newBookWriter(w), source: source, queue: queue}
	r.column = slices.IndexFunc(source.Header, func(header string) bool {
		return strings.TrimSpace(header) == ErrorHeader
	})
	if r.column < 0 {
		r.column, r.fresh = len(source.Header), true
	}
	widths := make([]float64, max(len(source.Header), r.column+1))
	for i := range widths {
		widths[i] = reasonWidth
		if i != r.column {
			widths[i] = columnWidth(Column{Header: source.Header[i]})
		}
	}
	frozen := source.HeaderRow
	if frozen > maxFrozenRows {
		frozen = 0
	}
	queue.end = min(len(source.Header), maxPainted)
	r.book.beginSheet(safeSheetName(source.Name, ""), widths, frozen)
	return r
}

// place is where a column of the source stands in the workbook.
func (r *rowsWriter) place(column int) int {
	if r.fresh && column >= r.column {
		return column + 1
	}
	return column
}

func (r *rowsWriter) letter(column int) string {
	for len(r.letters) <= column {
		r.letters = append(r.letters, columnLetters(len(r.letters)))
	}
	return r.letters[column]
}

func (r *rowsWriter) add(row SourceRow) error {
	if row.Row <= r.last || row.Row > MaxSheetRows || row.Row == r.source.HeaderRow {
		return errSourceOrder
	}
	if r.last < r.source.HeaderRow && row.Row > r.source.HeaderRow {
		if err := r.header(); err != nil {
			return err
		}
	}
	return r.write(row, styleText, styleWrong, "")
}

func (r *rowsWriter) header() error {
	row := SourceRow{Row: r.source.HeaderRow, Cells: r.source.Header}
	return r.write(row, styleHead, styleWrongHead, ErrorHeader)
}

// write writes one row. The text of the column of reasons is fixed for the header.
func (r *rowsWriter) write(row SourceRow, plain, wrong int, fixed string) error {
	if r.place(len(row.Cells)) > MaxSheetColumns {
		return fmt.Errorf("sheet: a row of %d columns, which no sheet has", len(row.Cells))
	}
	edit, err := r.edit(row.Row)
	if err != nil {
		return err
	}
	r.last = row.Row
	cells := r.cells(row, edit, fixed)
	r.book.beginRow(row.Row, row.Hidden)
	red := edit.cells
	for column, value := range cells {
		style := plain
		switch {
		case len(red) > 0 && red[0].column == column:
			r.notes.add(column, row.Row, red[0].reasons)
			red, style = red[1:], wrong
		case column == r.column && fixed != "":
			style = wrong
		case column == r.column && row.Row > r.source.HeaderRow:
			style = styleReason
		}
		r.cell(column, style, value)
	}
	r.book.endRow()
	return r.book.err
}

func (r *rowsWriter) cell(column, style int, value string) {
	b := r.book
	switch value = cleanCell(value); {
	case value != "":
		if style == styleText && LeadsFormula(value) {
			style = styleQuoted
		}
		b.buf = appendTextCell(b.buf, "", r.letter(column), b.rowNo, style, value)
	case style == styleWrong || style == styleWrongHead:
		b.buf = append(appendCellTag(b.buf, "", r.letter(column), b.rowNo, style), "/>"...)
	}
}

// edit takes the marks of a row, with their columns as they stand in the workbook.
func (r *rowsWriter) edit(row int) (*rowEdit, error) {
	for r.queue.head != nil && r.queue.head.row < row {
		if err := r.queue.advance(); err != nil {
			return nil, err
		}
	}
	edit, err := r.queue.take(row)
	if edit == nil {
		return &rowEdit{}, err
	}
	for i, c := range edit.cells {
		edit.cells[i].column = r.place(c.column)
	}
	return edit, err
}

// cells lays the values of a row out as they stand in the workbook, the reasons among them.
func (r *rowsWriter) cells(row SourceRow, edit *rowEdit, fixed string) []string {
	width := r.place(len(row.Cells))
	if len(edit.cells) > 0 {
		width = max(width, edit.cells[len(edit.cells)-1].column+1)
	}
	cells := make([]string, max(width, r.column+1))
	for i, value := range row.Cells {
		cells[r.place(i)] = value
	}
	switch {
	case fixed != "":
		cells[r.column] = fixed
	case row.Row > r.source.HeaderRow:
		cells[r.column] = edit.reasons
	}
	return cells
}

func (r *rowsWriter) close() error {
	if r.last < r.source.HeaderRow {
		if err := r.header(); err != nil {
			return err
		}
	}
	filter := cellRange{left: 0, top: r.source.HeaderRow, bottom: r.last,
		right: max(len(r.source.Header)-1, r.column)}
	r.book.endSheet(filter.String(), CommentAuthor, commentMark+"\n", r.notes.list)
	return r.book.close()
}
