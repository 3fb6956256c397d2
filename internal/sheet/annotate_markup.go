package sheet

import (
	"bytes"
	"errors"
	"io"
)

// markupKind tells the pieces of XML apart.
type markupKind int

const (
	markupText  markupKind = iota // character data; long runs come in several pieces
	markupOpen                    // <a …>
	markupEmpty                   // <a …/>
	markupClose                   // </a>
	markupCDATA                   // <![CDATA[…]]>
	markupOther                   // comment or processing instruction
)

// markup is one piece of XML. Its bytes are valid until the next call of next.
type markup struct {
	kind markupKind
	raw  []byte // exactly as it stands in the file
	name []byte // the qualified name of a tag
}

// local is the name of a tag without its prefix.
func (m markup) local() string { return string(m.localName()) }

func (m markup) localName() []byte {
	if i := bytes.IndexByte(m.name, ':'); i >= 0 {
		return m.name[i+1:]
	}
	return m.name
}

// prefix is the prefix of a tag with its colon, or empty.
func (m markup) prefix() string {
	return string(m.name[:bytes.IndexByte(m.name, ':')+1])
}

func (m markup) begins() bool { return m.kind == markupOpen || m.kind == markupEmpty }

const (
	markupMaxPiece = 1 << 20 // one tag, comment or CDATA section
	markupMaxDepth = 256
)

var (
	errMarkupCut    = errors.New("the XML ends early")
	errMarkupNest   = errors.New("the XML's tags do not match")
	errMarkupSyntax = errors.New("the XML is malformed")
	errMarkupPiece  = errors.New("a tag of the XML is too long")
)

// markupReader cuts XML into pieces without changing a byte, in one buffer. encoding/xml cannot
// give the bytes back, and it costs ten times as much.
// Strict, it checks that tags match, that there is one root and no DOCTYPE; VML needs it lenient,
// because Excel itself writes VML that is not well-formed.
type markupReader struct {
	r      io.Reader
	buf    []byte
	from   int
	to     int
	ended  bool
	strict bool
	names  []byte // the names of the open tags, one after the other
	starts []int  // where each begins in names
	rooted bool
	begun  bool
}

func newMarkupReader(r io.Reader, strict bool) *markupReader {
	return &markupReader{r: r, buf: make([]byte, flushSize), strict: strict}
}

// depth is the number of open tags.
func (x *markupReader) depth() int { return len(x.starts) }

// fill reads until the buffer is full or the input has ended; it makes room first.
func (x *markupReader) fill() error {
	if x.from > 0 {
		x.to = copy(x.buf, x.buf[x.from:x.to])
		x.from = 0
	}
	if x.to == len(x.buf) {
		if len(x.buf) >= markupMaxPiece {
			return errMarkupPiece
		}
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	n, err := io.ReadFull(x.r, x.buf[x.to:])
	x.to += n
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		x.ended, err = true, nil
	}
	return err
}

// next gives the next piece, or io.EOF after the last one of sound XML.
func (x *markupReader) next() (markup, error) {
	if x.from == x.to && !x.ended {
		if err := x.fill(); err != nil {
			return markup{}, err
		}
	}
	if !x.begun {
		x.begun = true
		if err := x.checkEncoding(); err != nil {
			return markup{}, err
		}
	}
	if x.from == x.to {
		return markup{}, x.end()
	}
	if x.buf[x.from] != '<' {
		return x.text()
	}
	for {
		n, err := pieceEnd(x.buf[x.from:x.to])
		if err != nil {
			return markup{}, err
		}
		if n > 0 {
			raw := x.buf[x.from : x.from+n]
			x.from += n
			return x.piece(raw)
		}
		if x.ended {
			return markup{}, errMarkupCut
		}
		if err := x.fill(); err != nil {
			return markup{}, err
		}
	}
}

func (x *markupReader) end() error {
	if x.strict && (len(x.starts) > 0 || !x.rooted) {
		return errMarkupCut
	}
	return io.EOF
}

func (x *markupReader) text() (markup, error) {
	rest := x.buf[x.from:x.to]
	n := bytes.IndexByte(rest, '<')
	if n < 0 {
		n = len(rest)
	}
	x.from += n
	if x.strict && len(x.starts) == 0 && len(bytes.TrimSpace(rest[:n])) > 0 {
		return markup{}, errMarkupSyntax
	}
	return markup{kind: markupText, raw: rest[:n]}, nil
}

// checkEncoding refuses what is not UTF-8 and skips its byte order mark.
func (x *markupReader) checkEncoding() error {
	head := x.buf[x.from:x.to]
	if bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")) {
		x.from += 3
		head = head[3:]
	}
	if bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF")) ||
		bytes.HasPrefix(head, []byte("<\x00")) || bytes.HasPrefix(head, []byte("\x00<")) {
		return ErrAnnotateEncoding
	}
	if !bytes.HasPrefix(head, []byte("<?xml")) {
		return nil
	}
	end := bytes.IndexByte(head, '>')
	if end < 0 {
		return nil
	}
	value, ok := tagAttr(head[:end+1], "encoding")
	if ok && !bytes.EqualFold(value, []byte("utf-8")) &&
		!bytes.EqualFold(value, []byte("us-ascii")) {
		return ErrAnnotateEncoding
	}
	return nil
}

var (
	commentStart = []byte("<!--")
	cdataStart   = []byte("<![CDATA[")
	doubleQuote  = []byte{'"'}
)

// pieceEnd finds the length of the piece that data begins with; 0 means that it is not all there.
func pieceEnd(data []byte) (int, error) {
	if len(data) < len(cdataStart) && bytes.IndexByte(data, '>') < 0 {
		return 0, nil
	}
	switch {
	case bytes.HasPrefix(data, commentStart):
		return endAfter(data, len(commentStart), "-->"), nil
	case bytes.HasPrefix(data, cdataStart):
		return endAfter(data, len(cdataStart), "]]>"), nil
	case data[1] == '?':
		return endAfter(data, 2, "?>"), nil
	case data[1] == '!':
		return 0, errMarkupSyntax // a DOCTYPE: its entities are how XML bombs are made
	}
	return tagEnd(data), nil
}

func endAfter(data []byte, from int, mark string) int {
	i := bytes.Index(data[from:], []byte(mark))
	if i < 0 {
		return 0
	}
	return from + i + len(mark)
}

// tagEnd finds the closing bracket that is not inside quotes.
func tagEnd(data []byte) int {
	if i := bytes.IndexByte(data, '>'); i < 0 ||
		bytes.Count(data[:i], doubleQuote)%2 == 0 && bytes.IndexByte(data[:i], '\'') < 0 {
		return i + 1
	}
	quote := byte(0)
	for i, c := range data {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return 0
}

// piece names a tag and keeps account of what is open.
func (x *markupReader) piece(raw []byte) (markup, error) {
	if raw[1] == '!' {
		kind := markupOther
		if bytes.HasPrefix(raw, cdataStart) {
			kind = markupCDATA
		}
		return markup{kind: kind, raw: raw}, nil
	}
	if raw[1] == '?' {
		return markup{kind: markupOther, raw: raw}, nil
	}
	m := markup{kind: markupOpen, raw: raw}
	at := 1
	switch {
	case raw[1] == '/':
		m.kind, at = markupClose, 2
	case raw[len(raw)-2] == '/':
		m.kind = markupEmpty
	}
	end := at
	for end < len(raw) && !isBlankByte(raw[end]) && raw[end] != '/' && raw[end] != '>' {
		end++
	}
	m.name = raw[at:end]
	if !x.strict {
		return m, nil
	}
	return m, x.account(m)
}

func (x *markupReader) account(m markup) error {
	depth := len(x.starts)
	if !isMarkupName(m.name) {
		return errMarkupSyntax
	}
	if m.kind == markupClose {
		if depth == 0 || !bytes.Equal(x.names[x.starts[depth-1]:], m.name) {
			return errMarkupNest
		}
		x.shut()
		return nil
	}
	if depth == 0 && x.rooted {
		return errMarkupSyntax
	}
	x.rooted = true
	if m.kind == markupOpen {
		if depth == markupMaxDepth {
			return errMarkupNest
		}
		x.starts = append(x.starts, len(x.names))
		x.names = append(x.names, m.name...)
	}
	return nil
}

// isMarkupName refuses what would make one tag look like another.
func isMarkupName(name []byte) bool {
	for _, c := range name {
		if c == '<' || c == '"' || c == '\'' || c == '=' || c == '&' {
			return false
		}
	}
	return len(name) > 0
}

// The insides of the cells that programs write most: <v>…</v> and <is><t>…</t></is>.
var cellInsides = []struct{ begin, end []byte }{
	{[]byte("<v>"), []byte("</v></c>")},
	{[]byte("<is><t>"), []byte("</t></is></c>")},
}

// wholeCell reads on to the end of a cell whose opening tag was the last piece, when its inside is
// one of cellInsides and lies in the buffer; else it reads nothing. Every byte is accounted for as
// by next, in a fifth of the time.
func (x *markupReader) wholeCell(open markup) []byte {
	if len(open.name) != 1 || open.kind != markupOpen {
		return nil
	}
	rest := x.buf[x.from:x.to]
	for _, inside := range cellInsides {
		if !bytes.HasPrefix(rest, inside.begin) {
			continue
		}
		n := bytes.IndexByte(rest[len(inside.begin):], '<')
		if n < 0 || !bytes.HasPrefix(rest[len(inside.begin)+n:], inside.end) {
			return nil
		}
		n += len(inside.begin) + len(inside.end)
		x.from += n
		x.shut()
		return rest[:n]
	}
	return nil
}

// shut takes the innermost open tag off the account.
func (x *markupReader) shut() {
	depth := len(x.starts)
	x.names = x.names[:x.starts[depth-1]]
	x.starts = x.starts[:depth-1]
}

// copyTo copies up to and with the mark, which closes the innermost open tag. It is for XML that
// has been read once before: the mark must not occur in a comment or a CDATA section.
func (x *markupReader) copyTo(w io.Writer, mark []byte) error {
	for {
		rest := x.buf[x.from:x.to]
		if i := bytes.Index(rest, mark); i >= 0 {
			x.from += i + len(mark)
			x.shut()
			_, err := w.Write(rest[:i+len(mark)])
			return err
		}
		if x.ended {
			return damaged(errMarkupCut)
		}
		if keep := len(mark) - 1; len(rest) > keep {
			x.from = x.to - keep
			if _, err := w.Write(rest[:len(rest)-keep]); err != nil {
				return err
			}
		}
		if err := x.fill(); err != nil {
			return readFault(err)
		}
	}
}
