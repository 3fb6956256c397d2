package sheet

import (
	"errors"
	"strings"
)

// Shared strings lie in chunks of text with one packed position each: eight bytes beside the text
// of every string, and none is copied when a cell asks for it.
const (
	chunkBytes   = 1 << 20
	chunkEntries = 1 << 13
	positionBits = 20 // of an offset in a chunk, and of a length
)

var errClosed = errors.New("sheet: the workbook is closed")

// stringTable holds the shared strings of a workbook: the first ones in memory, up to the limit,
// the others in the spill store.
type stringTable struct {
	chunks    []*strings.Builder
	positions [][]uint64 // chunk, offset and length, chunkEntries at a time
	inMemory  int
	count     int
	bytes     int64
	limit     int64
	openSpill func() (Strings, error)
	spill     Strings
}

func newStringTable(o Options) *stringTable {
	return &stringTable{limit: o.Limits.SharedStringsBytes, openSpill: o.Spill}
}

func (t *stringTable) append(text []byte) error {
	t.bytes += int64(len(text)) + 8
	if t.spill == nil && t.bytes > t.limit {
		if t.openSpill == nil {
			return ErrStringsTooLarge.With("limit", t.limit>>20)
		}
		store, err := t.openSpill()
		if err != nil {
			return err
		}
		t.spill = store
	}
	t.count++
	if t.spill != nil {
		return t.spill.Append(string(text))
	}
	t.keep(text)
	t.inMemory++
	return nil
}

func (t *stringTable) keep(text []byte) {
	last := len(t.chunks) - 1
	if last < 0 || t.chunks[last].Len()+len(text) >= chunkBytes {
		t.chunks = append(t.chunks, new(strings.Builder))
		last++
		t.chunks[last].Grow(chunkBytes)
	}
	if t.inMemory%chunkEntries == 0 {
		t.positions = append(t.positions, make([]uint64, 0, chunkEntries))
	}
	position := uint64(last)<<(2*positionBits) |
		uint64(t.chunks[last].Len())<<positionBits | uint64(len(text))
	t.chunks[last].Write(text)
	page := len(t.positions) - 1
	t.positions[page] = append(t.positions[page], position)
}

// get returns the i-th string; i is within the count.
func (t *stringTable) get(i int) (string, error) {
	if i >= t.inMemory {
		if t.spill == nil {
			return "", errClosed
		}
		return t.spill.Get(i - t.inMemory)
	}
	const mask = 1<<positionBits - 1
	position := t.positions[i/chunkEntries][i%chunkEntries]
	from, length := position>>positionBits&mask, position&mask
	return t.chunks[position>>(2*positionBits)].String()[from : from+length], nil
}

// empty reports whether the i-th string is known to be empty.
func (t *stringTable) empty(i int) bool {
	if i >= t.inMemory {
		return false
	}
	return t.positions[i/chunkEntries][i%chunkEntries]&(1<<positionBits-1) == 0
}

func (t *stringTable) close() error {
	if t.spill == nil {
		return nil
	}
	spill := t.spill
	t.spill = nil
	return spill.Close()
}

// textReader collects the text of a string item: one t, or those of its rich text runs.
// Phonetic runs (rPh), which show how a word is read, are left out (ECMA-376 part 1, 18.4.8).
type textReader struct {
	x       *xmlScanner
	text    []byte
	scratch []byte
	chars   int // the longest text
}

// read reads the item whose start tag was just read, to its end.
func (r *textReader) read() error {
	r.text = r.text[:0]
	x := r.x
	outer := len(x.stack)
	for {
		t, err := x.next()
		if err != nil {
			return err
		}
		switch {
		case t == tokenEnd && len(x.stack) < outer:
			return r.checkLength()
		case t == tokenText && !isSpace(x.text):
			return x.damage("text outside of t")
		case t != tokenStart:
		case x.isMain("t"):
			err = r.readText()
		case x.isMain("r") && len(x.stack) == outer+1:
		default:
			err = r.skip()
		}
		if err != nil {
			return err
		}
	}
}

// skip passes over phonetic runs and run properties; a text in anything else would be lost.
func (r *textReader) skip() error {
	x := r.x
	if x.isMain("rPh") || x.isMain("rPr") || x.isMain("phoneticPr") {
		return x.skip(nil)
	}
	return x.skip(func() error {
		if x.isMain("t") || x.isMain("r") {
			return x.damage("text in an unknown element")
		}
		return nil
	})
}

// readText appends the text of one t.
func (r *textReader) readText() error {
	x := r.x
	start := len(r.text)
	for {
		t, err := x.next()
		switch {
		case err != nil:
			return err
		case t == tokenEnd:
			return r.unescapeFrom(start)
		case t == tokenStart:
			return x.damage("element in t")
		}
		r.text = append(r.text, x.text...)
		if len(r.text) > escapeBytes*r.chars { // longer than escapes throughout
			return ErrCellTooLong.With("limit", r.chars)
		}
	}
}

func (r *textReader) unescapeFrom(start int) error {
	plain, ok := unescape(r.text[start:], r.scratch[:0])
	if !ok {
		return r.x.damage("NUL in a text")
	}
	if len(plain) != len(r.text)-start {
		r.scratch = plain
		r.text = append(r.text[:start], plain...)
	}
	return nil
}

func (r *textReader) checkLength() error {
	if len(r.text) > r.chars && utf16Length(r.text) > r.chars {
		return ErrCellTooLong.With("limit", r.chars)
	}
	return nil
}

// readStrings reads the shared strings part into the table.
func (w *workbook) readStrings(x *xmlScanner) error {
	table, chars := w.texts, w.options.Limits.CellChars
	t, err := x.next()
	if err != nil {
		return err
	}
	if t != tokenStart || !x.isMain("sst") {
		return x.damage("no sst element")
	}
	reader := &textReader{x: x, chars: chars}
	for {
		for !w.slow {
			text, ok := fastString(x, chars)
			if !ok {
				break
			}
			if err := table.append(text); err != nil {
				return err
			}
		}
		t, err := x.next()
		switch {
		case err != nil:
			return err
		case t == tokenEnd:
			return x.toEnd()
		case t == tokenText && !isSpace(x.text):
			return x.damage("text outside of si")
		case t != tokenStart:
			continue
		case !x.isMain("si"):
			err = reader.skip()
		default:
			if err = reader.read(); err == nil {
				err = table.append(reader.text)
			}
		}
		if err != nil {
			return err
		}
	}
}

// fastString reads <si><t>text</t></si> where nothing in it needs a closer look; otherwise it
// leaves the scanner as it was. The text lies in the scanner's window.
func fastString(x *xmlScanner, chars int) (text []byte, ok bool) {
	const open, preserve, end = "<si><t", ` xml:space="preserve"`, "</t></si>"
	b := x.buf[x.pos:x.end]
	if !x.defaultMain || x.closing || !hasAt(b, 0, open) {
		return nil, false
	}
	p := len(open)
	if hasAt(b, p, preserve) {
		p += len(preserve)
	}
	if !hasAt(b, p, ">") {
		return nil, false
	}
	text, ok = plainText(b[p+1:])
	p += 1 + len(text)
	if !ok || len(text) > chars || !hasAt(b, p, end) {
		return nil, false
	}
	x.pos += p + len(end)
	return text, true
}
