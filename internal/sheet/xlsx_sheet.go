package sheet

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"kehu/internal/fault"
)

// sheetScan reads one worksheet part from its first to its last byte. Whatever it cannot account
// for is damage: a row or a cell outside of its place, text between cells, a second value.
type sheetScan struct {
	x       *xmlScanner
	sheet   SheetInfo
	part    string
	limits  Limits
	texts   *stringTable
	formats []formatClass
	mac     bool // dates count from 1904
	values  bool // cells are wanted; without it they are only checked
	slow    bool

	info    Info
	hidden  []bool // columns
	inData  bool
	dataEnd bool
	row     int    // number of the current row
	digits  []byte // the same in decimal
	column  int    // the last cell read in it, from 1
	filled  bool   // the row holds a value
	out     *Row
	arena   []byte // texts of the row; they become one string at its end
	spans   []span
	reader  textReader
	value   []byte
}

// span is a cell's text in the arena.
type span struct{ column, from, to int }

func (w *workbook) openSheet(
	ctx context.Context, sheet SheetInfo, values bool,
) (*sheetScan, error) {
	s := w.newScan(sheet, values)
	if err := w.load(ctx); err != nil {
		return nil, s.locate(err)
	}
	x, err := w.scan(ctx, s.part)
	if err != nil {
		return nil, s.locate(err)
	}
	return s, s.locate(s.open(x, w))
}

func (w *workbook) newScan(sheet SheetInfo, values bool) *sheetScan {
	return &sheetScan{
		sheet: sheet, part: w.sheets[sheet.Index].part, limits: w.options.Limits,
		mac: w.date1904, values: values, slow: w.slow,
		hidden: make([]bool, w.options.Limits.Columns),
	}
}

func (s *sheetScan) close() error { return nil }

// locate makes damage a fault with the place, and fills the place into the faults of limits.
func (s *sheetScan) locate(err error) error {
	if err == nil {
		return nil
	}
	f, isFault := fault.Of(err)
	if !isFault {
		if d := (*damage)(nil); !errors.As(err, &d) {
			return err
		}
		f = ErrDamaged.Because(err)
	}
	return f.With("sheet", s.sheet.Name, "place", s.place())
}

// place is the cell read last, or the byte of the part outside of the rows.
func (s *sheetScan) place() string {
	switch {
	case s.inData && !s.dataEnd && s.row > 0:
		return CellName(max(s.column, 1)-1, s.row)
	case s.x == nil:
		return s.part
	}
	return fmt.Sprintf("%s+%d", s.part, s.x.base+int64(s.x.pos))
}

// open reads what stands before the rows.
func (s *sheetScan) open(x *xmlScanner, w *workbook) error {
	s.x, s.texts, s.formats = x, w.texts, w.formats
	s.reader = textReader{x: x, chars: s.limits.CellChars}
	t, err := s.x.next()
	if err != nil {
		return err
	}
	if t != tokenStart || !s.x.isMain("worksheet") {
		return s.x.damage("no worksheet element")
	}
	for !s.inData {
		t, err := s.x.next()
		if err != nil {
			return err
		}
		if t == tokenEnd {
			return s.x.damage("no sheetData element")
		}
		if err := s.child(t); err != nil {
			return err
		}
	}
	return nil
}

// child reads one child of the worksheet element.
func (s *sheetScan) child(t token) error {
	x := s.x
	switch {
	case t == tokenText && !isSpace(x.text):
		return x.damage("text between the parts of a sheet")
	case t != tokenStart:
		return nil
	case x.isMain("sheetData"):
		if s.inData {
			return x.damage("a second sheetData element")
		}
		s.inData = true
		return nil
	case x.isMain("cols"):
		return x.skip(s.readColumn)
	case x.isMain("mergeCells"):
		return x.skip(s.readMerge)
	}
	return s.skipForeign()
}

// skipForeign passes over an element that holds nothing for us. A row or a cell in it, as in an
// mc:AlternateContent, would be lost: that is damage.
func (s *sheetScan) skipForeign() error {
	refuse := func() error {
		if s.x.space != spaceMain {
			return nil
		}
		switch string(s.x.local) {
		case "sheetData", "row", "c", "v", "is", "cols", "col", "mergeCells", "mergeCell":
			return s.x.damage(string(s.x.local) + " element out of its place")
		}
		return nil
	}
	if err := refuse(); err != nil {
		return err
	}
	return s.x.skip(refuse)
}

// next reads the next row; at the end of the rows it reads the rest of the part.
func (s *sheetScan) next(row *Row) (bool, error) {
	more, err := s.nextRow(row)
	return more, s.locate(err)
}

func (s *sheetScan) nextRow(row *Row) (bool, error) {
	x := s.x
	for {
		t, err := x.next()
		switch {
		case err != nil:
			return false, err
		case t == tokenEnd:
			s.dataEnd = true
			return false, s.afterRows()
		case t == tokenText && !isSpace(x.text):
			return false, x.damage("text between rows")
		case t != tokenStart:
			continue
		case x.isMain("row"):
			s.out = row
			return true, s.readRow()
		}
		if err := s.skipForeign(); err != nil {
			return false, err
		}
	}
}

func (s *sheetScan) afterRows() error {
	for {
		t, err := s.x.next()
		if err != nil {
			return err
		}
		if t == tokenEnd {
			return s.x.toEnd()
		}
		if err := s.child(t); err != nil {
			return err
		}
	}
}

// readRow reads the row whose start tag was just read.
func (s *sheetScan) readRow() error {
	number := s.row + 1
	if r, given := s.x.attr("r"); given {
		n, ok := parseIndex(r)
		if !ok || n <= s.row {
			return s.x.damage("row " + strconv.Quote(string(r)) + " out of order")
		}
		number = n
	}
	if number > gridRows {
		return s.x.damage("row beyond the grid")
	}
	s.row, s.column, s.filled = number, 0, false
	s.digits = strconv.AppendInt(s.digits[:0], int64(number), 10)
	*s.out = Row{Number: number, Hidden: s.hiddenElement("ht"), Cells: s.out.Cells[:0]}
	s.arena, s.spans = s.arena[:0], s.spans[:0]
	s.info.Rows++
	s.info.LastRow = number
	if s.out.Hidden && !s.values {
		s.info.HiddenRows = append(s.info.HiddenRows, number)
	}
	if err := s.readCells(); err != nil {
		return err
	}
	return s.endRow()
}

// hiddenElement reports that the current row or column is hidden, or has no height or width.
func (s *sheetScan) hiddenElement(extent string) bool {
	if hidden, _ := s.x.attr("hidden"); isTrue(hidden) {
		return true
	}
	raw, given := s.x.attr(extent)
	size, ok := parseNumber(raw)
	return given && ok && size == 0
}

func (s *sheetScan) readCells() error {
	x := s.x
	for {
		for s.fastReady() {
			if done, err := s.fastCell(); err != nil {
				return err
			} else if !done {
				break
			}
		}
		t, err := x.next()
		switch {
		case err != nil:
			return err
		case t == tokenEnd:
			return nil
		case t == tokenText && !isSpace(x.text):
			return x.damage("text between cells")
		case t != tokenStart:
			continue
		case x.isMain("c"):
			err = s.readCell()
		default:
			err = s.skipForeign()
		}
		if err != nil {
			return err
		}
	}
}

func (s *sheetScan) endRow() error {
	if s.filled {
		if s.info.Filled++; s.info.Filled > s.limits.Rows+headerRows {
			return ErrTooManyRows.With("limit", s.limits.Rows)
		}
	}
	if len(s.spans) == 0 {
		return nil
	}
	texts := string(s.arena)
	for _, p := range s.spans {
		s.out.Cells[p.column].Text = texts[p.from:p.to]
	}
	return nil
}

// readColumn reads a col element: the hidden columns.
func (s *sheetScan) readColumn() error {
	if !s.x.isMain("col") {
		return nil
	}
	first, ok1 := attrNumber(s.x, "min")
	last, ok2 := attrNumber(s.x, "max")
	if !ok1 || !ok2 || first < 1 || first > last || last > gridColumns {
		return s.x.damage("range of columns")
	}
	if !s.hiddenElement("width") {
		return nil
	}
	for c := first - 1; c < min(last, s.limits.Columns); c++ {
		s.hidden[c] = true
	}
	return nil
}

// readMerge reads a mergeCell element.
func (s *sheetScan) readMerge() error {
	if !s.x.isMain("mergeCell") {
		return nil
	}
	ref, _ := s.x.attr("ref")
	m, ok := parseMerge(ref)
	if !ok {
		return s.x.damage("merged range " + strconv.Quote(string(ref)))
	}
	if s.values || m.FirstRow == m.LastRow && m.FirstColumn == m.LastColumn {
		return nil
	}
	if len(s.info.Merges) == maxMerges {
		return s.x.damage("too many merged ranges")
	}
	s.info.Merges = append(s.info.Merges, m)
	return nil
}

// result is what the pass found, once it came to the end.
func (s *sheetScan) result() (Info, error) {
	merges, overlap := sortMerges(s.info.Merges, s.limits.Columns)
	if overlap != nil {
		place := CellName(overlap.FirstColumn, overlap.FirstRow)
		cause := &damage{why: "merged ranges overlap", offset: -1}
		return Info{}, ErrDamaged.With("sheet", s.sheet.Name, "place", place).Because(cause)
	}
	s.info.Merges = merges
	for column, hidden := range s.hidden[:s.info.Columns] {
		if hidden {
			s.info.HiddenColumns = append(s.info.HiddenColumns, column)
		}
	}
	return s.info, nil
}
