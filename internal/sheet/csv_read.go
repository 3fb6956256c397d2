package sheet

import (
	"bytes"
	"context"
	"io"
)

// csvScan reads records as RFC 4180 writes them and as Excel reads them: line breaks within
// quotes, CR LF, LF or CR at the end of a record, a quote amid unquoted text taken as it stands,
// blank lines counted as rows. What is ambiguous is refused: text after a closing quote, a quote
// after leading blanks, an open quote at the end of the file.
type csvScan struct {
	in        io.Reader
	err       error
	buf       []byte
	pos, end  int
	delimiter byte
	stops     [256]bool // bytes that end a run of unquoted text
	limits    Limits
	name      string
	values    bool

	line   int // of the file, from 1
	column int // of the record, from 0
	info   Info
	arena  []byte
	spans  []span
}

// fieldEnd is what ended a field.
type fieldEnd uint8

const (
	endField fieldEnd = iota
	endRecord
	endFile
)

func (c *csvFile) scan(ctx context.Context, values bool) *csvScan {
	s := &csvScan{
		in: c.open(ctx), buf: make([]byte, windowBytes), delimiter: c.delimiter,
		limits: c.limits, name: c.name, values: values, line: 1,
	}
	for _, b := range []byte{c.delimiter, '"', '\n', '\r'} {
		s.stops[b] = true
	}
	if c.sepLine > 0 {
		_, s.err = io.CopyN(io.Discard, s.in, int64(c.sepLine))
		s.line++
	}
	return s
}

func (s *csvScan) close() error { return nil }

// has reports whether there is another byte.
func (s *csvScan) has() bool {
	for s.pos == s.end && s.err == nil {
		s.pos, s.end = 0, 0
		s.end, s.err = s.in.Read(s.buf)
	}
	return s.pos < s.end
}

func (s *csvScan) failed() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}

func (s *csvScan) next(row *Row) (bool, error) {
	if !s.has() {
		return false, s.failed()
	}
	s.arena, s.spans = s.arena[:0], s.spans[:0]
	s.info.Rows++
	s.info.LastRow++
	filled := false
	for s.column = 0; ; s.column++ {
		from := len(s.arena)
		end, err := s.field()
		if err != nil {
			return false, err
		}
		if len(s.arena) > from {
			filled = true
			if err := s.keep(from); err != nil {
				return false, err
			}
		}
		if end != endField {
			break
		}
	}
	if filled {
		if s.info.Filled++; s.info.Filled > s.limits.Rows+headerRows {
			return false, ErrTooManyRows.With("sheet", s.name, "limit", s.limits.Rows)
		}
	}
	if s.values {
		s.fill(row)
	}
	return true, s.failed()
}

// keep notes the text from the arena's byte from on as a field.
func (s *csvScan) keep(from int) error {
	column := s.column
	if column >= s.limits.Columns {
		return ErrTooManyColumns.With(
			"sheet", s.name, "place", s.place(), "limit", s.limits.Columns)
	}
	text := s.arena[from:]
	if len(text) > s.limits.CellChars && utf16Length(text) > s.limits.CellChars {
		return s.tooLong()
	}
	if plain := unwrapText(text); len(plain) != len(text) {
		text = plain
		s.arena = append(s.arena[:from], plain...)
	}
	s.spans = append(s.spans, span{column, from, len(s.arena)})
	if len(text) > 0 {
		s.info.Columns = max(s.info.Columns, column+1)
	}
	return nil
}

// unwrapText takes the text out of ="00123", with which programs keep Excel from dropping the
// zeros. It works in place.
func unwrapText(text []byte) []byte {
	if len(text) < 3 || text[0] != '=' || text[1] != '"' || text[len(text)-1] != '"' {
		return text
	}
	inner := text[2 : len(text)-1]
	single := bytes.ReplaceAll(inner, []byte(`""`), nil)
	if bytes.IndexByte(single, '"') >= 0 {
		return text // a formula of several texts
	}
	return bytes.ReplaceAll(inner, []byte(`""`), []byte(`"`))
}

// fill makes the row of the fields; the texts of a record are one string.
func (s *csvScan) fill(row *Row) {
	*row = Row{Number: s.info.LastRow, Cells: row.Cells[:0]}
	texts := string(s.arena)
	for _, p := range s.spans {
		for len(row.Cells) <= p.column {
			row.Cells = append(row.Cells, Cell{})
		}
		if p.to > p.from {
			row.Cells[p.column] = Cell{Kind: Text, Text: texts[p.from:p.to]}
		}
	}
}

// field appends one field to the arena and reads over what ends it.
func (s *csvScan) field() (fieldEnd, error) {
	if !s.has() {
		return endFile, s.failed()
	}
	if s.buf[s.pos] == '"' {
		s.pos++
		return s.quoted()
	}
	from := len(s.arena)
	for s.has() {
		s.take(&s.stops)
		if err := s.bound(from); err != nil {
			return 0, err
		}
		if s.pos == s.end {
			continue
		}
		if s.buf[s.pos] != '"' {
			return s.ending(), nil
		}
		if before := s.arena[from:]; len(before) > 0 && isSpace(before) {
			return 0, ErrCSVQuotes.With("line", s.line)
		}
		s.arena = append(s.arena, '"')
		s.pos++
	}
	return endFile, s.failed()
}

// quotedStops are the bytes that end a run of text within quotes.
var quotedStops = [256]bool{'"': true, '\n': true, '\r': true}

// take moves the text up to a stop, or to the end of the window, to the arena.
func (s *csvScan) take(stops *[256]bool) {
	b := s.buf[s.pos:s.end]
	n := 0
	for n < len(b) && !stops[b[n]] {
		n++
	}
	s.arena = append(s.arena, b[:n]...)
	s.pos += n
}

// bound stops a field that grows past the longest cell before it takes memory. A character takes
// at most three bytes for each of its UTF-16 units.
func (s *csvScan) bound(from int) error {
	if len(s.arena)-from <= 3*s.limits.CellChars {
		return nil
	}
	return s.tooLong()
}

func (s *csvScan) tooLong() error {
	return ErrCellTooLong.With(
		"sheet", s.name, "place", s.place(), "limit", s.limits.CellChars)
}

func (s *csvScan) place() string { return CellName(s.column, s.info.LastRow) }

// ending reads over a delimiter or a line end, which is known to come.
func (s *csvScan) ending() fieldEnd {
	c := s.buf[s.pos]
	s.pos++
	if c == s.delimiter {
		return endField
	}
	s.line++
	if c == '\r' && s.has() && s.buf[s.pos] == '\n' {
		s.pos++
	}
	return endRecord
}

// quoted reads the rest of a field whose opening quote was read.
func (s *csvScan) quoted() (fieldEnd, error) {
	opened, from := s.line, len(s.arena)
	for s.has() {
		s.take(&quotedStops)
		if s.bound(from) != nil {
			return 0, ErrCSVQuotes.With("line", opened) // an unclosed quote runs on over the rows
		}
		if s.pos == s.end {
			continue
		}
		c := s.buf[s.pos]
		s.pos++
		switch {
		case c != '"':
			s.line++
			if c == '\r' && s.has() && s.buf[s.pos] == '\n' {
				s.pos++
			}
			s.arena = append(s.arena, '\n')
		case !s.has():
			return endFile, s.failed()
		case s.buf[s.pos] == '"':
			s.arena = append(s.arena, '"')
			s.pos++
		case s.stops[s.buf[s.pos]]:
			return s.ending(), nil
		default:
			return 0, ErrCSVQuotes.With("line", opened)
		}
	}
	if err := s.failed(); err != nil {
		return 0, err
	}
	return 0, ErrCSVQuotes.With("line", opened)
}
