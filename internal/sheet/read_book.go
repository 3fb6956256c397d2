// Package sheet reads and writes the tables of people: Excel workbooks and CSV files.
//
// The reading half is a streaming scanner of its own. It keeps two promises that no general
// library gives: a sheet is read to its last row or refused whole, so that no row vanishes, and
// nothing of a workbook is ever written to disk.
package sheet

import (
	"context"
	"io"
)

// Limits bound what a file may cost. A zero value of a field is replaced by its default.
type Limits struct {
	FileBytes          int64 // size of the file
	UnzippedBytes      int64 // size of all its parts unpacked
	SharedStringsBytes int64 // texts kept in memory; more go to the spill store
	Rows               int   // rows with a value, header rows not counted
	Columns            int
	Sheets             int
	CellChars          int // characters of one cell, counted as Excel does (UTF-16 units)
}

// DefaultLimits are the limits of the product's design.
var DefaultLimits = Limits{
	FileBytes:          200 << 20,
	UnzippedBytes:      2 << 30,
	SharedStringsBytes: 256 << 20,
	Rows:               1_000_000,
	Columns:            200,
	Sheets:             100,
	CellChars:          CellLimit,
}

// headerRows is how many title and header rows a sheet may hold beside Limits.Rows.
const headerRows = 100

// The grid of Excel since 2007 (ECMA-376 part 1, 18.3.1.73 and 18.3.1.13).
const (
	gridRows    = 1_048_576
	gridColumns = 16_384
)

// maxCellChars keeps a text, of three bytes a character, within one chunk of the string table.
const maxCellChars = chunkBytes / 4

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	setDefault(&l.FileBytes, d.FileBytes)
	setDefault(&l.UnzippedBytes, d.UnzippedBytes)
	setDefault(&l.SharedStringsBytes, d.SharedStringsBytes)
	setDefault(&l.Rows, d.Rows)
	setDefault(&l.Columns, d.Columns)
	setDefault(&l.Sheets, d.Sheets)
	setDefault(&l.CellChars, d.CellChars)
	l.Columns = min(l.Columns, gridColumns)
	l.CellChars = min(l.CellChars, maxCellChars)
	return l
}

func setDefault[T int | int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// Strings is a store for the shared strings that do not fit in memory. Append is called for all
// of them first, in order; Get asks for the i-th appended, the first being 0.
type Strings interface {
	Append(s string) error
	Get(i int) (string, error)
	Close() error
}

// Options of Open.
type Options struct {
	Limits Limits
	// Spill opens a scratch store, encrypted where it lies on disk, once the shared strings pass
	// Limits.SharedStringsBytes. Without it such a workbook is refused (ErrStringsTooLarge).
	Spill func() (Strings, error)
}

// SheetInfo names one sheet. Chart sheets, which hold no rows, are not listed.
type SheetInfo struct {
	Name   string
	Index  int  // position among the sheets listed
	Hidden bool // hidden or very hidden
}

// Merge is a merged range. Rows count from 1, columns from 0, the last ones included.
type Merge struct {
	FirstRow, LastRow       int
	FirstColumn, LastColumn int
}

// Info is what a full pass over a sheet found.
type Info struct {
	Rows          int   // row elements in the sheet's XML, or records of the CSV file
	Filled        int   // rows of these that hold a value
	LastRow       int   // number of the last row
	Columns       int   // columns up to the last that holds a value
	HiddenRows    []int // numbers of the hidden rows
	HiddenColumns []int // hidden columns among these, from 0
	Merges        []Merge
}

// Book is an opened workbook or CSV file. It is not for concurrent use.
type Book struct {
	content container
	format  string
	sheets  []SheetInfo
	infos   map[string]Info
}

// container is what holds the rows: a workbook or a text file.
type container interface {
	list() []SheetInfo
	inspect(ctx context.Context, s SheetInfo) (Info, error)
	rows(ctx context.Context, s SheetInfo) (rowSource, error)
	close() error
}

// rowSource gives one row after the other; false at the end of a sheet proven whole.
type rowSource interface {
	next(row *Row) (bool, error)
	close() error
}

// Open reads the outline of a workbook (.xlsx, .xlsm) or a text file (.csv). The content decides
// what it is; the name names the single sheet of a text file, and an .xls that is not whole. r is read until Close.
// Everything that cannot be read answers one fault; errors of r itself and of ctx come as they are.
func Open(
	ctx context.Context, r io.ReaderAt, size int64, fileName string, o Options,
) (*Book, error) {
	o.Limits = o.Limits.withDefaults()
	if size > o.Limits.FileBytes {
		return nil, ErrFileTooLarge.With("limit", o.Limits.FileBytes>>20)
	}
	kind, err := detect(r, size, fileName)
	if err != nil {
		return nil, err
	}
	b := &Book{format: "xlsx", infos: map[string]Info{}}
	if kind == contentZip {
		b.content, err = openWorkbook(ctx, r, size, o)
	} else {
		b.format = "csv"
		b.content, err = openCSV(ctx, r, size, fileName, o.Limits)
	}
	if err != nil {
		return nil, err
	}
	b.sheets = b.content.list()
	return b, nil
}

// Format is "xlsx" or "csv".
func (b *Book) Format() string { return b.format }

// Sheets lists the sheets in the workbook's order.
func (b *Book) Sheets() []SheetInfo { return b.sheets }

// Date1904 reports that dates count from 1904 (workbooks made on old Macs).
func (b *Book) Date1904() bool {
	w, ok := b.content.(*workbook)
	return ok && w.date1904
}

// Close releases the scratch store of the shared strings.
func (b *Book) Close() error { return b.content.close() }

func (b *Book) sheet(name string) (SheetInfo, error) {
	for _, s := range b.sheets {
		if s.Name == name {
			return s, nil
		}
	}
	return SheetInfo{}, ErrNoSuchSheet.With("sheet", name)
}

// Inspect reads a sheet once from its first to its last byte and proves it whole: the XML is
// well-formed, the checksum right, rows and cells in order, every reference and value valid.
// A sheet that is not answers ErrDamaged with the place, and none of its rows is to be used.
// The answer is kept for later calls.
func (b *Book) Inspect(ctx context.Context, name string) (Info, error) {
	s, err := b.sheet(name)
	if err != nil {
		return Info{}, err
	}
	if info, done := b.infos[name]; done {
		return info, nil
	}
	info, err := b.content.inspect(ctx, s)
	if err != nil {
		return Info{}, err
	}
	b.infos[name] = info
	return info, nil
}

// Rows streams the rows of a sheet, each row element once. The sheet is inspected first where it
// was not yet: a damaged one answers its fault here, before the first row, and merged ranges,
// which stand after the rows in the file, are known.
func (b *Book) Rows(ctx context.Context, name string) (*Rows, error) {
	info, err := b.Inspect(ctx, name)
	if err != nil {
		return nil, err
	}
	s, err := b.sheet(name)
	if err != nil {
		return nil, err
	}
	source, err := b.content.rows(ctx, s)
	if err != nil {
		return nil, err
	}
	r := &Rows{source: source}
	if len(info.Merges) > 0 {
		r.merges = newMergeFiller(info.Merges, info.Columns)
	}
	return r, nil
}

// Rows walks over the rows of a sheet: for r.Next() { r.Row() }, then r.Err() and r.Close().
type Rows struct {
	source rowSource
	merges *mergeFiller
	row    Row
	err    error
	done   bool
}

// Next reads the next row and reports whether there is one.
func (r *Rows) Next() bool {
	if r.done {
		return false
	}
	more, err := r.source.next(&r.row)
	if err != nil || !more {
		r.done, r.err = true, err
		return false
	}
	if r.merges != nil {
		r.merges.fill(&r.row)
	}
	return true
}

// Row is the row read last.
func (r *Rows) Row() *Row { return &r.row }

// Err is the error that ended the walk, nil after the last row of a sheet proven whole.
func (r *Rows) Err() error { return r.err }

// Close ends the walk.
func (r *Rows) Close() error {
	r.done = true
	return r.source.close()
}
