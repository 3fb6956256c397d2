package sheet

import (
	"bytes"
	"strconv"
)

// cellType is the t attribute of a cell (ECMA-376 part 1, 18.18.11 ST_CellType).
type cellType uint8

const (
	typeNumber cellType = iota
	typeShared
	typeInline
	typeString // the text of a formula
	typeBool
	typeError
	typeDate
	typeUnknown
)

func parseType(name string) cellType {
	switch name {
	case "n":
		return typeNumber
	case "s":
		return typeShared
	case "inlineStr":
		return typeInline
	case "str":
		return typeString
	case "b":
		return typeBool
	case "e":
		return typeError
	case "d":
		return typeDate
	}
	return typeUnknown
}

// cellHead is what the start tag of a cell says.
type cellHead struct {
	column  int // from 1
	style   int
	kind    cellType
	formula bool
}

// readCell reads the cell whose start tag was just read, in any form that XML allows.
func (s *sheetScan) readCell() error {
	head, err := s.readHead()
	if err != nil {
		return err
	}
	s.column = head.column
	x := s.x
	inner := len(x.stack)
	s.value = s.value[:0]
	var value, inline bool
	for {
		t, err := x.next()
		switch {
		case err != nil:
			return err
		case t == tokenEnd && len(x.stack) < inner:
			if value && head.kind == typeInline || inline && head.kind != typeInline {
				return x.damage("value of another type than declared")
			}
			return s.put(head, s.value)
		case t == tokenText && !isSpace(x.text):
			return x.damage("text in a cell")
		case t != tokenStart:
			continue
		case x.isMain("v"), x.isMain("is"):
			if value || inline {
				return x.damage("a second value in a cell")
			}
			value, inline = x.isMain("v"), x.isMain("is")
			err = s.readValue(inline, head.kind)
		case x.isMain("f"):
			head.formula = true
			err = s.skipForeign()
		default:
			err = s.skipForeign()
		}
		if err != nil {
			return err
		}
	}
}

// readHead reads the attributes of a cell. A cell without reference follows the one before.
func (s *sheetScan) readHead() (cellHead, error) {
	x := s.x
	head := cellHead{column: s.column + 1}
	if ref, given := x.attr("r"); given {
		column, row, ok := parseRef(ref)
		if !ok || row != s.row || column <= s.column {
			return head, x.damage("cell " + strconv.Quote(string(ref)) + " out of order")
		}
		head.column = column
	}
	if head.column > gridColumns {
		return head, x.damage("cell beyond the grid")
	}
	if style, given := x.attr("s"); given {
		n, ok := parseIndex(style)
		if !ok || n >= len(s.formats) {
			return head, x.damage("unknown cell format")
		}
		head.style = n
	}
	if kind, given := x.attr("t"); given {
		if head.kind = parseType(string(kind)); head.kind == typeUnknown {
			return head, x.damage("unknown cell type")
		}
	}
	return head, nil
}

// readValue reads v or is into s.value.
func (s *sheetScan) readValue(inline bool, kind cellType) error {
	if inline {
		if err := s.reader.read(); err != nil {
			return err
		}
	} else {
		s.reader.text = s.reader.text[:0]
		if err := s.reader.readText(); err != nil {
			return err
		}
		if kind == typeString {
			if err := s.reader.checkLength(); err != nil {
				return err
			}
		}
	}
	s.value = append(s.value, s.reader.text...)
	return nil
}

// fastReady reports that the window may hold cells in plain form: SpreadsheetML is the default
// namespace and no end tag is due.
func (s *sheetScan) fastReady() bool {
	return s.x.defaultMain && !s.x.closing && !s.slow
}

// fastCell reads one cell in the form that nearly every program writes, attributes r, s and t and
// one v or is. Where anything differs it leaves the scanner as it was, for readCell. It must never
// accept what readCell refuses; a test compares the two.
func (s *sheetScan) fastCell() (bool, error) {
	const open, value, endValue = `<c r="`, "<v>", "</v></c>"
	const inline, preserve, endInline = "<is><t", ` xml:space="preserve"`, "</t></is></c>"
	b := s.x.buf[s.x.pos:s.x.end]
	if len(b) < len(open) || string(b[:len(open)]) != open {
		return false, nil
	}
	head, p := s.fastHead(b)
	switch {
	case p == 0:
		return false, nil
	case hasAt(b, p, "/>"):
		return s.fastPut(head, nil, p+2)
	case hasAt(b, p, "></c>"):
		return s.fastPut(head, nil, p+5)
	case hasAt(b, p, ">"+value) && head.kind != typeInline:
		p += 1 + len(value)
		raw, ok := plainText(b[p:])
		if p += len(raw); ok && hasAt(b, p, endValue) {
			return s.fastPut(head, raw, p+len(endValue))
		}
	case hasAt(b, p, ">"+inline) && head.kind == typeInline:
		if p += 1 + len(inline); hasAt(b, p, preserve) {
			p += len(preserve)
		}
		if !hasAt(b, p, ">") {
			return false, nil
		}
		raw, ok := plainText(b[p+1:])
		if p += 1 + len(raw); ok && hasAt(b, p, endInline) {
			return s.fastPut(head, raw, p+len(endInline))
		}
	}
	return false, nil
}

func hasAt(b []byte, p int, word string) bool {
	return len(b)-p >= len(word) && string(b[p:p+len(word)]) == word
}

// fastHead reads the reference and the attributes s and t and returns where they end, 0 where
// they are not plain.
func (s *sheetScan) fastHead(b []byte) (head cellHead, p int) {
	p = len(`<c r="`)
	for ; p < len(b) && b[p]-'A' < 26 && p < 9; p++ {
		head.column = head.column*26 + int(b[p]-'A') + 1
	}
	if head.column <= s.column || head.column > gridColumns {
		return head, 0
	}
	q := p + len(s.digits)
	if q+6 > len(b) || string(b[p:q]) != string(s.digits) || b[q] != '"' {
		return head, 0
	}
	p = q + 1
	if b[p] == ' ' && b[p+1] == 's' {
		if head.style, p = fastStyle(b, p); p == 0 || head.style >= len(s.formats) {
			return head, 0
		}
	}
	if hasAt(b, p, ` t="`) {
		p += len(` t="`)
		n := bytes.IndexByte(b[p:min(len(b), p+10)], '"')
		if n < 0 {
			return head, 0
		}
		head.kind = parseType(string(b[p : p+n]))
		p += n + 1
	}
	if head.kind == typeUnknown {
		return head, 0
	}
	return head, p
}

func fastStyle(b []byte, p int) (style, end int) {
	if !hasAt(b, p, ` s="`) {
		return 0, 0
	}
	p += len(` s="`)
	start := p
	for ; p < len(b) && b[p]-'0' < 10 && p < start+6; p++ {
		style = style*10 + int(b[p]-'0')
	}
	if p == start || p >= len(b) || b[p] != '"' {
		return 0, 0
	}
	return style, p + 1
}

func (s *sheetScan) fastPut(head cellHead, raw []byte, size int) (bool, error) {
	if len(raw) > s.limits.CellChars {
		return false, nil // readCell counts characters
	}
	s.column = head.column
	if err := s.put(head, raw); err != nil {
		return false, err
	}
	s.x.pos += size
	return true, nil
}

// special marks the bytes that end plain text: tags, references, line ends to be normalised, and
// what may begin ]]> or an _xHHHH_ escape.
var special = [256]bool{'<': true, '&': true, '\r': true, ']': true, '_': true}

// plainText returns the text up to the next tag; ok is false where it needs a closer look.
func plainText(b []byte) (text []byte, ok bool) {
	for p := 0; p < len(b); p++ {
		c := b[p]
		if !special[c] {
			continue
		}
		if c == '_' && p+1 < len(b) && b[p+1] != 'x' || c == ']' && p+1 < len(b) && b[p+1] != ']' {
			continue
		}
		return b[:p], c == '<'
	}
	return b, false
}

// put checks a value and, where values are wanted, sets the cell.
func (s *sheetScan) put(head cellHead, raw []byte) error {
	if head.kind != typeInline && head.kind != typeString {
		raw = trimSpace(raw)
	}
	cell := Cell{Style: head.style, Formula: head.formula}
	from := len(s.arena)
	if len(raw) > 0 {
		if err := s.decodeValue(head, raw, &cell); err != nil {
			return err
		}
	}
	if cell.Kind != Empty {
		if head.column > s.limits.Columns {
			return ErrTooManyColumns.With("limit", s.limits.Columns)
		}
		s.filled = true
		s.info.Columns = max(s.info.Columns, head.column)
	}
	if !s.values || head.column > s.limits.Columns {
		return nil
	}
	for len(s.out.Cells) < head.column-1 {
		s.out.Cells = append(s.out.Cells, Cell{})
	}
	s.out.Cells = append(s.out.Cells, cell)
	if to := len(s.arena); to > from {
		s.spans = append(s.spans, span{head.column - 1, from, to})
	}
	return nil
}

// decodeValue sets kind and value of a cell from what its v or is holds, which is not empty.
// Texts other than shared strings go to the arena.
func (s *sheetScan) decodeValue(head cellHead, raw []byte, cell *Cell) error {
	switch head.kind {
	case typeShared:
		return s.decodeShared(raw, cell)
	case typeInline, typeString:
		cell.Kind = Text
	case typeError:
		cell.Kind = Error
	case typeBool:
		return s.decodeBool(raw, cell)
	case typeDate:
		cell.Kind = Date
		text, ok := appendISO(s.arena, raw)
		if !ok {
			return s.x.damage("malformed date")
		}
		s.arena = text
		return nil
	default:
		return s.decodeNumber(head.style, raw, cell)
	}
	if s.values {
		s.arena = append(s.arena, raw...)
	}
	return nil
}

func (s *sheetScan) decodeShared(raw []byte, cell *Cell) (err error) {
	i, ok := parseIndex(raw)
	if !ok || i >= s.texts.count {
		return s.x.damage("unknown shared string")
	}
	if s.texts.empty(i) {
		return nil
	}
	if s.values {
		if cell.Text, err = s.texts.get(i); err != nil || cell.Text == "" {
			return err
		}
	}
	cell.Kind = Text
	return nil
}

func (s *sheetScan) decodeBool(raw []byte, cell *Cell) error {
	switch string(raw) {
	case "1", "true":
		*cell = Cell{Kind: Bool, Number: 1, Text: "TRUE", Style: cell.Style, Formula: cell.Formula}
	case "0", "false":
		*cell = Cell{Kind: Bool, Text: "FALSE", Style: cell.Style, Formula: cell.Formula}
	default:
		return s.x.damage("malformed boolean")
	}
	return nil
}

func (s *sheetScan) decodeNumber(style int, raw []byte, cell *Cell) error {
	number, ok := parseNumber(raw)
	if !ok {
		return s.x.damage("malformed number")
	}
	cell.Kind, cell.Number = Number, number
	if !s.values {
		return nil
	}
	if class := s.formats[style]; class != formatPlain {
		if text, ok := appendSerial(s.arena, number, class, s.mac); ok {
			s.arena, cell.Kind = text, Date
			return nil
		}
	}
	s.arena = append(s.arena, raw...)
	return nil
}
