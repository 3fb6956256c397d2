package sheet

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
)

// outline is a small part held in memory as its bytes and the places of its elements. Edits are
// gathered as cuts of the bytes, so that everything else stays as it was.
type outline struct {
	raw   []byte
	root  *element
	edits []edit
}

// element is one element: raw[start:inner] is its opening tag, raw[inner:close] what it holds,
// raw[close:end] its closing tag. An empty element has inner == close == end.
type element struct {
	local, prefix string
	start, inner  int
	close, end    int
	kids          []*element
}

type edit struct {
	from, to int
	with     []byte
}

// outlineElements bounds the memory that a hostile part can take.
const outlineElements = 500_000

var errOutline = errors.New("the part holds too many elements")

// readOutline reads a part down to the given depth below its root; deeper elements are not listed.
func readOutline(raw []byte, deep int) (*outline, error) {
	o := &outline{raw: raw}
	x := newMarkupReader(bytes.NewReader(raw), true)
	var open []*element
	at, count := 0, 0
	if bytes.HasPrefix(raw, []byte("\xEF\xBB\xBF")) {
		at = 3
	}
	for {
		m, err := x.next()
		if errors.Is(err, io.EOF) {
			return o, nil
		}
		if err != nil {
			return nil, err
		}
		start := at
		at += len(m.raw)
		switch {
		case m.begins():
			depth := x.depth()
			if m.kind == markupOpen {
				depth--
			}
			if depth > deep {
				continue
			}
			if count++; count > outlineElements {
				return nil, errOutline
			}
			e := &element{local: m.local(), prefix: m.prefix(), start: start,
				inner: at, close: at, end: at}
			if len(open) == 0 {
				o.root = e
			} else {
				parent := open[len(open)-1]
				parent.kids = append(parent.kids, e)
			}
			if m.kind == markupOpen {
				open = append(open, e)
			}
		case m.kind == markupClose && x.depth() < len(open):
			e := open[len(open)-1]
			e.close, e.end = start, at
			open = open[:len(open)-1]
		}
	}
}

// tag is the opening tag of an element.
func (o *outline) tag(e *element) []byte { return o.raw[e.start:e.inner] }

func (o *outline) attr(e *element, name string) string { return attrText(o.tag(e), name) }

// whole is an element with everything in it.
func (o *outline) whole(e *element) []byte { return o.raw[e.start:e.end] }

// inside is what an element holds, unescaped.
func (o *outline) inside(e *element) string { return unescapeXML(o.raw[e.inner:e.close]) }

// kid finds the first child by name, or nil.
func (e *element) kid(local string) *element {
	if e == nil {
		return nil
	}
	for _, k := range e.kids {
		if k.local == local {
			return k
		}
	}
	return nil
}

// all gives the children of that name.
func (e *element) all(local string) []*element {
	var found []*element
	if e != nil {
		for _, k := range e.kids {
			if k.local == local {
				found = append(found, k)
			}
		}
	}
	return found
}

func (o *outline) replace(from, to int, with []byte) {
	o.edits = append(o.edits, edit{from: from, to: to, with: with})
}

// setTag replaces the opening tag of an element.
func (o *outline) setTag(e *element, tag []byte) { o.replace(e.start, e.inner, tag) }

// grow appends XML to the end of what an element holds and gives it another opening tag; an empty
// element is opened.
func (o *outline) grow(e *element, tag, more []byte) {
	if e.end > e.inner {
		o.setTag(e, tag)
		o.replace(e.close, e.close, more)
		return
	}
	o.replace(e.start, e.end, openedElement(tag, e, more))
}

// openedElement makes <a/> into <a>more</a>.
func openedElement(tag []byte, e *element, more []byte) []byte {
	out := openTag(tag)
	out = append(out, more...)
	out = append(append(out, "</"...), e.prefix...)
	return append(append(out, e.local...), '>')
}

// openTag makes <a/> into <a>, in fresh memory; an open tag stays as it is.
func openTag(tag []byte) []byte {
	tag = slices.Clone(tag)
	if bytes.HasSuffix(tag, []byte("/>")) {
		tag = append(tag[:len(tag)-2], '>')
	}
	return tag
}

// bytes applies the edits; two at the same place keep the order in which they were made.
func (o *outline) bytes() []byte {
	slices.SortStableFunc(o.edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	out := make([]byte, 0, len(o.raw)+1024)
	at := 0
	for _, e := range o.edits {
		if e.from < at {
			continue
		}
		out = append(append(out, o.raw[at:e.from]...), e.with...)
		at = e.to
	}
	return append(out, o.raw[at:]...)
}
