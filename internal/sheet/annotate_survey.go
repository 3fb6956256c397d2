package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// columnSet is a set of 0-based columns.
type columnSet [MaxSheetColumns / 64]uint64

func (s *columnSet) add(column int)      { s[column/64] |= 1 << (column % 64) }
func (s *columnSet) has(column int) bool { return s[column/64]>>(column%64)&1 == 1 }

// survey is what must be known of a sheet before its first byte is written again.
type survey struct {
	strict   bool      // ISO strict namespaces (ECMA-376 part 1) instead of the transitional ones
	used     columnSet // columns that hold something in or below the header row
	formulas columnSet // columns with a formula below the header row
	header   []headerCell
	lastRow  int // the last row that holds something
	filter   cellRange
	filtered bool
	drawing  string // r:id of the legacy drawing
	dirty    rowSet // rows with a cell in one of the formats asked for
	plain    bool   // every row ends with rowEnd, and that occurs nowhere else
	rowEnd   []byte // </row> with the sheet's prefix
}

// rowSet is a set of 1-based rows: 128 KB when there are any.
type rowSet []uint64

func (s *rowSet) add(row int) {
	if *s == nil {
		*s = make(rowSet, MaxSheetRows/64+1)
	}
	(*s)[row/64] |= 1 << (row % 64)
}

func (s rowSet) has(row int) bool { return s != nil && s[row/64]>>(row%64)&1 == 1 }

type headerCell struct {
	column int
	style  int
	shared int // index of a shared string, or -1
	text   string
}

// cellRange is a rectangle of 0-based columns and 1-based rows, both ends included.
type cellRange struct{ left, top, right, bottom int }

func (r cellRange) String() string {
	return cellRef(r.left, r.top) + ":" + cellRef(r.right, r.bottom)
}

func (r cellRange) overlaps(o cellRange) bool {
	return r.left <= o.right && o.left <= r.right && r.top <= o.bottom && o.top <= r.bottom
}

var errBadRef = errors.New("a cell reference is malformed")

// parseCell reads B7 or $B$7.
func parseCell(ref string) (column, row int, err error) {
	return parseCellBytes([]byte(strings.ReplaceAll(ref, "$", "")))
}

func parseCellBytes(ref []byte) (column, row int, err error) {
	i := 0
	for ; i < len(ref) && i < 4; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	if i == 0 || i > 3 || column > MaxSheetColumns || i == len(ref) || len(ref)-i > 7 {
		return 0, 0, errBadRef
	}
	for _, c := range ref[i:] {
		if c < '0' || c > '9' {
			return 0, 0, errBadRef
		}
		row = row*10 + int(c-'0')
	}
	if row < 1 || row > MaxSheetRows {
		return 0, 0, errBadRef
	}
	return column - 1, row, nil
}

func parseRange(ref string) (cellRange, error) {
	from, to, two := strings.Cut(ref, ":")
	if !two {
		to = from
	}
	left, top, err := parseCell(from)
	if err != nil {
		return cellRange{}, err
	}
	right, bottom, err := parseCell(to)
	if err == nil && (right < left || bottom < top) {
		err = errBadRef
	}
	return cellRange{left, top, right, bottom}, err
}

// surveyor reads a sheet once, keeping only what survey holds.
type surveyor struct {
	survey
	x         *markupReader
	headerRow int
	formats   []bool // the formats to look for
	row       int
	column    int
	seenData  bool
	merged    [MaxSheetColumns + 1]int // areas that begin at a column less those that have ended
}

func surveySheet(r io.Reader, headerRow int, formats []bool) (*survey, error) {
	s := &surveyor{x: newMarkupReader(r, true), headerRow: headerRow, formats: formats}
	for {
		m, err := s.x.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && m.begins() {
			err = s.element(m)
		}
		if err != nil {
			return nil, readFault(err)
		}
	}
	if !s.seenData {
		return nil, damaged(errors.New("the sheet has no sheetData"))
	}
	s.addMerged()
	return &s.survey, nil
}

// element looks at the children of the worksheet.
func (s *surveyor) element(m markup) error {
	depth := s.x.depth()
	if m.kind == markupOpen {
		depth--
	}
	if depth == 0 {
		if m.local() != "worksheet" {
			return fmt.Errorf("the sheet's root is <%s>", m.local())
		}
		s.plain, s.rowEnd = true, []byte("</"+m.prefix()+"row>")
		s.strict = bytes.Contains(m.raw, []byte("http://purl.oclc.org/ooxml/"))
		return nil
	}
	switch string(m.localName()) {
	case "sheetData":
		if depth != 1 {
			return nil
		}
		if s.seenData {
			return errors.New("the sheet has two sheetData")
		}
		s.seenData = true
		if m.kind == markupOpen {
			return s.rows()
		}
	case "autoFilter":
		if depth == 1 {
			var err error
			s.filter, err = parseRange(attrText(m.raw, "ref"))
			s.filtered = err == nil
		}
	case "mergeCell":
		return s.merge(m)
	case "legacyDrawing":
		if depth == 1 {
			s.drawing = relationID(m.raw)
		}
	}
	return nil
}

// merge counts the columns of a merged area as used: Excel does not show what is written under it.
func (s *surveyor) merge(m markup) error {
	area, err := parseRange(attrText(m.raw, "ref"))
	if err != nil || area.bottom < s.headerRow {
		return nil // a bad area harms nothing here: the element is copied as it is
	}
	s.merged[area.left]++
	s.merged[area.right+1]--
	return nil
}

// addMerged folds the begins and ends of the merged areas; a million areas cost no more than one.
func (s *surveyor) addMerged() {
	open := 0
	for c := range MaxSheetColumns {
		if open += s.merged[c]; open > 0 {
			s.used.add(c)
		}
	}
}

// rows reads to the end of sheetData.
func (s *surveyor) rows() error {
	for {
		m, err := s.x.next()
		if err != nil {
			return cutShort(err)
		}
		if m.kind == markupClose && s.x.depth() == 1 {
			return nil
		}
		if !m.begins() || m.local() != "row" {
			s.plain = s.plain && m.kind == markupText
			continue
		}
		if s.row, err = rowNumber(m.raw, s.row); err != nil {
			return err
		}
		s.column = -1
		if m.kind == markupOpen {
			if err := s.cells(); err != nil {
				return err
			}
		}
	}
}

func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return errMarkupCut
	}
	return err
}

var errRowOrder = errors.New("the rows or cells of the sheet are out of order")

// rowNumber reads the number of a row; a row without one follows the last.
func rowNumber(tag []byte, last int) (int, error) {
	value, ok := tagAttr(tag, "r")
	if !ok {
		return last + 1, nil
	}
	row, err := strconv.Atoi(string(value))
	if err != nil || row < 1 || row > MaxSheetRows {
		return 0, errBadRef
	}
	if row <= last {
		return 0, errRowOrder
	}
	return row, nil
}

// cellColumn reads the column of a cell of the given row; a cell without reference follows the
// last one.
func cellColumn(tag []byte, row, last int) (int, error) {
	column := last + 1
	if value, ok := tagAttr(tag, "r"); ok {
		c, r, err := parseCellBytes(value)
		if err != nil || r != row {
			return 0, errBadRef
		}
		column = c
	}
	if column <= last {
		return 0, errRowOrder
	}
	if column >= MaxSheetColumns {
		return 0, errBadRef
	}
	return column, nil
}

// cellStyle reads the s of a cell, a row or a style of a column; what is no number counts as 0.
func cellStyle(tag []byte) int { return intAttr(tag, "s") }

func intAttr(tag []byte, name string) int {
	value, _ := tagAttr(tag, name)
	n, err := strconv.Atoi(string(value))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// cells reads to the end of a row.
func (s *surveyor) cells() error {
	for {
		m, err := s.x.next()
		if err != nil {
			return cutShort(err)
		}
		if m.kind == markupClose && s.x.depth() == 2 {
			s.plain = s.plain && bytes.Equal(m.raw, s.rowEnd)
			return nil
		}
		if !m.begins() || string(m.localName()) != "c" {
			s.plain = s.plain && m.kind == markupText
			continue
		}
		if s.column, err = cellColumn(m.raw, s.row, s.column); err != nil {
			return err
		}
		if len(s.formats) > 0 {
			if style := cellStyle(m.raw); style < len(s.formats) && s.formats[style] {
				s.dirty.add(s.row)
			}
		}
		if m.kind == markupOpen {
			if s.row != s.headerRow && s.x.wholeCell(m) != nil {
				s.fill()
				continue
			}
			if err := s.cell(m); err != nil {
				return err
			}
		}
	}
}

// cell reads to the end of a cell that is not empty.
func (s *surveyor) cell(open markup) error {
	header := s.row == s.headerRow
	kind, style := "", 0
	if header {
		kind, style = attrText(open.raw, "t"), cellStyle(open.raw)
	}
	filled, formula := false, false
	var text []byte
	inText := false
	for {
		m, err := s.x.next()
		if err != nil {
			return cutShort(err)
		}
		if m.kind == markupClose && s.x.depth() == 3 {
			break
		}
		s.plain = s.plain && m.kind < markupCDATA && !bytes.Equal(m.raw, s.rowEnd)
		if m.begins() {
			filled = true
			formula = formula || string(m.localName()) == "f"
		}
		if header {
			inText, text = headerText(m, inText, text)
		}
	}
	if !filled {
		return nil
	}
	s.fill()
	if formula && s.row > s.headerRow {
		s.formulas.add(s.column)
	}
	if header {
		s.header = append(s.header, newHeaderCell(s.column, style, kind, text))
	}
	return nil
}

// fill notes that the cell holds something.
func (s *surveyor) fill() {
	s.lastRow = s.row
	if s.row >= s.headerRow {
		s.used.add(s.column)
	}
}

// headerText gathers what stands inside <v> and <t>.
func headerText(m markup, inText bool, text []byte) (bool, []byte) {
	switch m.kind {
	case markupOpen:
		name := m.local()
		return name == "v" || name == "t", text
	case markupClose:
		return false, text
	case markupText:
		if inText && len(text) < CellLimit {
			text = append(text, m.raw...)
		}
	}
	return inText, text
}

func newHeaderCell(column, style int, kind string, text []byte) headerCell {
	h := headerCell{column: column, style: style, shared: -1, text: unescapeXML(text)}
	if kind == "s" {
		if n, err := strconv.Atoi(strings.TrimSpace(h.text)); err == nil && n >= 0 {
			h.shared = n
		}
		h.text = ""
	}
	return h
}

// resolveHeader fills in the shared strings of the header; the table is read no further than the
// last of them.
func (s *survey) resolveHeader(r io.Reader) error {
	wanted, last := map[int][]byte{}, -1
	for _, h := range s.header {
		if h.shared >= 0 {
			wanted[h.shared], last = nil, max(last, h.shared)
		}
	}
	if err := readSharedTexts(r, wanted, last); err != nil {
		return readFault(err)
	}
	for i, h := range s.header {
		if h.shared >= 0 {
			s.header[i].text = unescapeXML(wanted[h.shared])
		}
	}
	return nil
}

func readSharedTexts(r io.Reader, wanted map[int][]byte, last int) error {
	x := newMarkupReader(r, true)
	index, inText := -1, false
	for index <= last {
		m, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.begins() && string(m.localName()) == "si" {
			index++
		}
		if text, want := wanted[index]; want {
			inText, wanted[index] = headerText(m, inText, text)
		}
	}
	return nil
}
