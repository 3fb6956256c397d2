package sheet

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// CoverSheet is the name of the first sheet of an export: who made it, when, why, of what.
const CoverSheet = "说明"

// headerAuthor signs the notes on header cells; they say how to fill a column in.
const headerAuthor = "说明"

// Column is one column of an export.
type Column struct {
	Header string
	Width  float64 // in characters of the default font; 0 means by the header's length
	Kind   ColumnKind
	Note   string // shown as a comment on the header cell; not in CSV
}

// Table is what an export holds.
type Table struct {
	Name    string // of the sheet
	Columns []Column
}

// Cover is the first sheet of a workbook: a title and pairs of label and value. A CSV file is one
// table with one header row, for programs as much as for people: the cover is left out of it.
type Cover struct {
	Title string
	Lines [][2]string
}

// Writer writes one table as .xlsx or .csv, row by row, in constant memory and without temporary
// files.
type Writer struct {
	table Table
	sink  tableSink
	err   error
}

// tableSink is the format behind a Writer.
type tableSink interface {
	row(values []string) error
	close() error
}

var errRowTooWide = errors.New("sheet: the row has more values than the table has columns")

// NewXLSX begins a workbook on w: the cover when there is one, then the table with its header row
// bold, frozen and filterable. Past 1,048,576 rows the table continues on a further sheet.
// Text that begins like a formula is stored as a string with the quote prefix, so it stays text
// when somebody edits the cell, and reads back unchanged.
func NewXLSX(w io.Writer, cover *Cover, t Table) (*Writer, error) {
	if err := checkTable(t); err != nil {
		return nil, err
	}
	book := newBookWriter(w)
	if cover != nil {
		writeCover(book, cover)
	}
	sink := &xlsxTable{book: book, table: t}
	for i := range t.Columns {
		sink.letters = append(sink.letters, columnLetters(i))
	}
	sink.begin()
	return &Writer{table: t, sink: sink}, book.err
}

// NewCSV begins a CSV file on w: UTF-8 with a byte order mark (without it Excel reads GBK), CRLF,
// quotes where RFC 4180 §2 wants them. Cells pass through GuardCSV; UnguardCSV undoes it.
func NewCSV(w io.Writer, _ *Cover, t Table) (*Writer, error) {
	if err := checkTable(t); err != nil {
		return nil, err
	}
	sink := &csvTable{out: w, kinds: make([]ColumnKind, len(t.Columns))}
	sink.buf = append(sink.buf, "\uFEFF"...)
	headers := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		headers[i] = c.Header
	}
	if err := sink.row(headers); err != nil {
		return nil, err
	}
	for i, c := range t.Columns {
		sink.kinds[i] = c.Kind
	}
	return &Writer{table: t, sink: sink}, nil
}

func checkTable(t Table) error {
	if n := len(t.Columns); n < 1 || n > MaxSheetColumns {
		return fmt.Errorf("sheet: a table of %d columns cannot be written", n)
	}
	return nil
}

// Row writes one row; missing values at the end are empty cells. After an error every further
// call returns it.
func (w *Writer) Row(values []string) error {
	if w.err == nil && len(values) > len(w.table.Columns) {
		w.err = errRowTooWide
	}
	if w.err == nil {
		w.err = w.sink.row(values)
	}
	return w.err
}

// Close ends the file. It does not close the io.Writer beneath.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.err = w.sink.close()
	if w.err != nil {
		return w.err
	}
	w.err = errors.New("sheet: the writer is closed")
	return nil
}

// xlsxTable spreads a table over as many sheets as it needs.
type xlsxTable struct {
	book    *bookWriter
	table   Table
	letters []string
	sheets  int
	last    int // the last row written on the open sheet
}

func (x *xlsxTable) begin() {
	x.sheets++
	suffix := ""
	if x.sheets > 1 {
		suffix = " (" + strconv.Itoa(x.sheets) + ")"
	}
	widths := make([]float64, len(x.table.Columns))
	for i, c := range x.table.Columns {
		widths[i] = columnWidth(c)
	}
	x.book.beginSheet(safeSheetName(x.table.Name, suffix), widths, 1)
	x.book.beginRow(1, false)
	for i, c := range x.table.Columns {
		x.book.text(x.letters[i], styleHead, c.Header)
	}
	x.book.endRow()
	x.last = 1
}

func (x *xlsxTable) row(values []string) error {
	if x.last == MaxSheetRows {
		x.end()
		x.begin()
	}
	x.last++
	b := x.book
	b.beginRow(x.last, false)
	for i, value := range values {
		b.buf = appendCell(b.buf, x.letters[i], b.rowNo, x.table.Columns[i].Kind, value)
	}
	b.endRow()
	return b.err
}

func (x *xlsxTable) end() {
	var notes []cellNote
	for i, c := range x.table.Columns {
		if c.Note != "" {
			notes = append(notes, cellNote{column: i, row: 1, text: cleanCell(c.Note)})
		}
	}
	filter := "A1:" + cellRef(len(x.table.Columns)-1, x.last)
	x.book.endSheet(filter, headerAuthor, "", notes)
}

func (x *xlsxTable) close() error {
	x.end()
	return x.book.close()
}

// columnWidth gives each Chinese character two units, as the default font does.
func columnWidth(c Column) float64 {
	if c.Width > 0 {
		return c.Width
	}
	width := 4
	for _, r := range c.Header {
		width++
		if r >= 0x2E80 {
			width++
		}
	}
	return float64(min(max(width, 10), 40))
}

func writeCover(b *bookWriter, cover *Cover) {
	b.beginSheet(CoverSheet, []float64{18, 80}, 0)
	b.beginRow(1, false)
	b.text("A", styleTitle, cover.Title)
	b.endRow()
	for i, line := range cover.Lines {
		b.beginRow(i+3, false)
		b.text("A", styleLabel, line[0])
		b.text("B", styleWrap, line[1])
		b.endRow()
	}
	b.endSheet("", "", "", nil)
}

// csvTable writes rows with quotes where they are needed. encoding/csv is no help: with UseCRLF
// it also rewrites the line breaks inside a cell.
type csvTable struct {
	out   io.Writer
	kinds []ColumnKind
	buf   []byte
}

func (c *csvTable) row(values []string) error {
	for i, kind := range c.kinds {
		if i > 0 {
			c.buf = append(c.buf, ',')
		}
		if i < len(values) {
			c.buf = appendCSVCell(c.buf, kind, values[i])
		}
	}
	if len(c.kinds) == 1 && (len(values) == 0 || values[0] == "") {
		c.buf = append(c.buf, `""`...) // an empty line would be no row at all
	}
	c.buf = append(c.buf, "\r\n"...)
	if len(c.buf) < flushSize {
		return nil
	}
	return c.close()
}

func (c *csvTable) close() error {
	_, err := c.out.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

func appendCSVCell(dst []byte, kind ColumnKind, value string) []byte {
	value = cleanCell(value)
	number := (kind == AsNumber || kind == AsMoney) && exactNumber(value)
	if !number {
		value = GuardCSV(value)
	}
	if !strings.ContainsAny(value, "\",\r\n") && strings.TrimSpace(value) == value {
		return append(dst, value...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(value, `"`, `""`)...)
	return append(dst, '"')
}
