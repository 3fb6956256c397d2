package sheet

import (
	"bytes"
	"fmt"
	"io"
)

// The scanner reads XML 1.0 (fifth edition) with namespaces as a stream. It is strict where XML
// is: what is not well-formed is damage. It knows no DTD; a document that brings one is refused.
// encoding/xml costs an order of magnitude more and an allocation for every token.

const (
	windowBytes   = 128 << 10 // inflated text held at a time
	tokenBytes    = 1 << 20   // the longest tag, text or comment
	maxDepth      = 64
	maxAttributes = 64
	maxBindings   = 256 // namespace declarations in force
)

type token uint8

const (
	tokenEOF token = iota
	tokenStart
	tokenEnd
	tokenText
)

// damage says why a part of the file is not whole. It becomes the cause of a fault.
type damage struct {
	why    string
	offset int64 // byte in the part, or -1
	err    error
}

func (d *damage) Error() string {
	text := d.why
	if d.offset >= 0 {
		text = fmt.Sprintf("%s at byte %d", text, d.offset)
	}
	if d.err != nil {
		text += ": " + d.err.Error()
	}
	return text
}

func (d *damage) Unwrap() error { return d.err }

type attribute struct{ name, value []byte }

type frame struct {
	name     int // start of the element's name in xmlScanner.names
	bindings int // namespace bindings in force outside the element
}

type xmlScanner struct {
	src    io.Reader
	srcErr error // io.EOF, or why no more can be read
	buf    []byte
	pos    int   // start of the next token
	end    int   // end of the bytes checked; [end, fill) is an unfinished character
	fill   int   // end of the bytes read
	base   int64 // offset of buf[0] in the part

	stack       []frame
	names       []byte
	bindings    []binding
	defaultMain bool // the default namespace is SpreadsheetML
	rootSeen    bool
	closing     bool // an empty-element tag was read, its end is due

	// The current token; the slices are valid until the next call of next.
	space   space
	name    []byte // with prefix
	local   []byte
	attrs   []attribute
	text    []byte // character data, decoded
	scratch []byte
}

// newXMLScanner reads src through a window, which grows for what is longer.
func newXMLScanner(src io.Reader, window int) (*xmlScanner, error) {
	decoded, wide, err := decodeXML(src)
	if err != nil {
		return nil, err
	}
	x := &xmlScanner{src: decoded, buf: make([]byte, window)}
	return x, x.declaration(wide)
}

func (x *xmlScanner) damage(why string) error {
	return &damage{why: why, offset: x.base + int64(x.pos)}
}

// more slides the unread bytes to the front and fills the window. It reports whether there are
// new bytes; slices of the window are void afterwards.
func (x *xmlScanner) more() bool {
	if x.srcErr != nil {
		return false
	}
	x.base += int64(x.pos)
	unread := copy(x.buf, x.buf[x.pos:x.fill])
	x.end, x.fill, x.pos = x.end-x.pos, unread, 0
	if unread > len(x.buf)/2 {
		if len(x.buf) > tokenBytes {
			x.srcErr = x.damage("a tag or text is longer than a sheet can hold")
			return false
		}
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	for idle := 0; x.fill < len(x.buf) && x.srcErr == nil; {
		n, err := x.src.Read(x.buf[x.fill:])
		x.fill += n
		x.srcErr = err
		if idle++; n > 0 {
			idle = 0
		} else if idle > 100 && err == nil {
			x.srcErr = io.ErrNoProgress
		}
	}
	return x.check()
}

// check admits the characters read since the last time and reports whether there are any.
func (x *xmlScanner) check() bool {
	good, bad := checkChars(x.buf[x.end:x.fill])
	before := x.end
	x.end += good
	unfinished := x.end < x.fill
	if bad || unfinished && x.srcErr == io.EOF {
		x.srcErr = &damage{why: "invalid character", offset: x.base + int64(x.end)}
	}
	return x.end > before
}

// next reads the next token. Comments and processing instructions are passed over; text may come
// in several tokens.
func (x *xmlScanner) next() (token, error) {
	if x.closing {
		x.closing = false
		return tokenEnd, x.pop(x.name)
	}
	for {
		if x.pos == x.end && !x.more() {
			return x.finish()
		}
		if x.buf[x.pos] != '<' {
			t, again, err := x.charData()
			if again && err == nil {
				continue
			}
			return t, err
		}
		t, done, err := x.markup()
		if err != nil || done {
			return t, err
		}
	}
}

func (x *xmlScanner) finish() (token, error) {
	switch {
	case x.srcErr != io.EOF:
		return tokenEOF, x.srcErr
	case len(x.stack) > 0 || !x.rootSeen:
		return tokenEOF, x.damage("the XML is cut off")
	}
	return tokenEOF, nil
}

// cut is the error for a token that the window holds no end of.
func (x *xmlScanner) cut() error {
	if x.srcErr != io.EOF {
		return x.srcErr
	}
	return x.damage("the XML is cut off")
}

// charData reads text up to the next tag.
func (x *xmlScanner) charData() (t token, again bool, err error) {
	n := bytes.IndexByte(x.buf[x.pos:x.end], '<')
	for n < 0 {
		if !x.more() {
			if x.srcErr != io.EOF {
				return tokenEOF, false, x.srcErr
			}
			n = x.end - x.pos
			break
		}
		n = bytes.IndexByte(x.buf[x.pos:x.end], '<')
	}
	raw := x.buf[x.pos : x.pos+n]
	if len(x.stack) == 0 {
		if !isSpace(raw) {
			return tokenEOF, false, x.damage("text outside of the root element")
		}
		x.pos += n
		return tokenEOF, true, nil
	}
	if bytes.Contains(raw, []byte("]]>")) {
		return tokenEOF, false, x.damage("]]> in text")
	}
	if x.text, err = x.decode(raw, false); err != nil {
		return tokenEOF, false, err
	}
	x.pos += n
	return tokenText, false, nil
}

// markup reads what begins with '<'; done is false when there is no token in it.
func (x *xmlScanner) markup() (t token, done bool, err error) {
	for {
		b := x.buf[x.pos:x.end]
		var size int // 0 when the window holds no end of it
		switch {
		case len(b) < 2:
		case b[1] == '/':
			t, done = tokenEnd, true
			size, err = x.endTag(b)
		case b[1] == '!':
			t, done, size, err = x.declarationOrComment(b)
		case b[1] == '?':
			size, err = x.instruction(b)
		default:
			t, done = tokenStart, true
			size, err = x.startTag(b)
		}
		if err != nil {
			return tokenEOF, true, err
		}
		if size > 0 {
			x.pos += size
			return t, done, nil
		}
		if !x.more() {
			return tokenEOF, true, x.cut()
		}
	}
}

// endTag reads </name>.
func (x *xmlScanner) endTag(b []byte) (int, error) {
	p := scanName(b, 2)
	name := b[2:p]
	p = skipSpace(b, p)
	if p >= len(b) {
		return 0, nil
	}
	if b[p] != '>' || len(name) == 0 {
		return 0, x.damage("malformed end tag")
	}
	return p + 1, x.pop(name)
}

// pop closes the innermost element.
func (x *xmlScanner) pop(name []byte) error {
	if len(x.stack) == 0 {
		return x.damage("end tag without start tag")
	}
	top := x.stack[len(x.stack)-1]
	if !bytes.Equal(x.names[top.name:], name) {
		return x.damage("end tag does not match its start tag")
	}
	x.resolve(name)
	x.stack = x.stack[:len(x.stack)-1]
	x.names = x.names[:top.name]
	if len(x.bindings) != top.bindings {
		x.unbind(top.bindings)
	}
	return nil
}

// startTag reads <name a="b"> or <name/>.
func (x *xmlScanner) startTag(b []byte) (int, error) {
	p := scanName(b, 1)
	if p >= len(b) {
		return 0, nil
	}
	if p == 1 || !isNameStart(b[1]) {
		return 0, x.damage("malformed tag")
	}
	name := b[1:p]
	x.attrs = x.attrs[:0]
	empty := false
	for {
		q := skipSpace(b, p)
		if q+1 >= len(b) && (q >= len(b) || b[q] != '>') {
			return 0, nil
		}
		if b[q] == '>' {
			p = q + 1
			break
		}
		if b[q] == '/' {
			if b[q+1] != '>' {
				return 0, x.damage("malformed tag")
			}
			empty, p = true, q+2
			break
		}
		if q == p {
			return 0, x.damage("no space before an attribute")
		}
		var err error
		if p, err = x.attribute(b, q); p == 0 || err != nil {
			return 0, err
		}
	}
	return p, x.push(name, empty)
}

// attribute reads name="value" from q on and returns where it ends, 0 when the window ends first.
func (x *xmlScanner) attribute(b []byte, q int) (int, error) {
	p := scanName(b, q)
	a := attribute{name: b[q:p]}
	p = skipSpace(b, p)
	if p >= len(b) {
		return 0, nil
	}
	if len(a.name) == 0 || !isNameStart(a.name[0]) || b[p] != '=' {
		return 0, x.damage("malformed attribute")
	}
	p = skipSpace(b, p+1)
	if p >= len(b) {
		return 0, nil
	}
	quote := b[p]
	if quote != '"' && quote != '\'' {
		return 0, x.damage("attribute without quotes")
	}
	p++
	n := bytes.IndexByte(b[p:], quote)
	if n < 0 {
		return 0, nil
	}
	a.value = b[p : p+n]
	if bytes.IndexByte(a.value, '<') >= 0 {
		return 0, x.damage("'<' in an attribute")
	}
	for i := range x.attrs {
		if bytes.Equal(x.attrs[i].name, a.name) {
			return 0, x.damage("attribute given twice")
		}
	}
	if len(x.attrs) == maxAttributes {
		return 0, x.damage("too many attributes")
	}
	x.attrs = append(x.attrs, a)
	return p + n + 1, nil
}

// push opens an element, its attributes read.
func (x *xmlScanner) push(name []byte, empty bool) error {
	if len(x.stack) == maxDepth {
		return x.damage("elements nested too deeply")
	}
	if len(x.stack) == 0 {
		if x.rootSeen {
			return x.damage("a second root element")
		}
		x.rootSeen = true
	}
	x.stack = append(x.stack, frame{name: len(x.names), bindings: len(x.bindings)})
	x.names = append(x.names, name...)
	x.closing = empty
	for i := range x.attrs {
		if err := x.admit(&x.attrs[i]); err != nil {
			return err
		}
	}
	for i := range x.attrs {
		if prefix, _, ok := splitName(x.attrs[i].name); ok && x.lookup(prefix) == spaceUnbound {
			return x.damage("undeclared namespace prefix")
		}
	}
	if x.resolve(name); x.space == spaceUnbound {
		return x.damage("undeclared namespace prefix")
	}
	return nil
}

// admit checks the references in an attribute's value and takes namespace declarations.
func (x *xmlScanner) admit(a *attribute) error {
	if bytes.IndexByte(a.value, '&') >= 0 {
		if _, err := x.decode(a.value, true); err != nil {
			return err
		}
	}
	if !bytes.HasPrefix(a.name, []byte("xmlns")) {
		return nil
	}
	value, err := x.decode(a.value, true)
	if err != nil {
		return err
	}
	if len(a.name) == len("xmlns") {
		return x.bind("", value)
	}
	if a.name[len("xmlns")] == ':' {
		return x.bind(string(a.name[len("xmlns:"):]), value)
	}
	return nil
}

// attr returns the value of an attribute without prefix, valid until the next call.
func (x *xmlScanner) attr(local string) ([]byte, bool) {
	for i := range x.attrs {
		if string(x.attrs[i].name) == local {
			value, err := x.decode(x.attrs[i].value, true)
			return value, err == nil // push has checked it
		}
	}
	return nil, false
}

// attrIn returns the value of an attribute in a namespace.
func (x *xmlScanner) attrIn(s space, local string) ([]byte, bool) {
	for i := range x.attrs {
		prefix, name, ok := splitName(x.attrs[i].name)
		if ok && string(name) == local && x.lookup(prefix) == s {
			value, err := x.decode(x.attrs[i].value, true)
			return value, err == nil
		}
	}
	return nil, false
}

// isMain reports that the current element is local in the SpreadsheetML namespace.
func (x *xmlScanner) isMain(local string) bool {
	return x.space == spaceMain && string(x.local) == local
}

// skip passes over the rest of the element whose start was just read. visit is called for every
// element within it.
func (x *xmlScanner) skip(visit func() error) error {
	for depth := len(x.stack); len(x.stack) >= depth; {
		t, err := x.next()
		if err != nil {
			return err
		}
		if t == tokenStart && visit != nil {
			if err := visit(); err != nil {
				return err
			}
		}
	}
	return nil
}

// toEnd reads the part to its last byte, so that its checksum is proven.
func (x *xmlScanner) toEnd() error {
	for {
		t, err := x.next()
		if err != nil || t == tokenEOF {
			return err
		}
	}
}
