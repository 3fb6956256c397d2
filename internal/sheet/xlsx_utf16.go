package sheet

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeXML gives a part as UTF-8 without byte order mark, and says whether it was UTF-16
// (XML 1.0 appendix F). Other encodings show themselves by their declaration.
func decodeXML(src io.Reader) (decoded io.Reader, wide bool, err error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(src, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, false, err
	}
	head = head[:n]
	if err != nil { // a part this short is at its end: reading on would lose the error
		src = failing{err: io.EOF}
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		head = head[3:]
	case hasMagic(head, "\xff\xfe"):
		return newUTF16Reader(head[2:], src, false), true, nil
	case hasMagic(head, "\xfe\xff"):
		return newUTF16Reader(head[2:], src, true), true, nil
	case hasMagic(head, "<\x00"):
		return newUTF16Reader(head, src, false), true, nil
	case hasMagic(head, "\x00<"):
		return newUTF16Reader(head, src, true), true, nil
	}
	return io.MultiReader(bytes.NewReader(head), src), false, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// utf16Reader turns UTF-16 into UTF-8. Unlike the common decoders it refuses half pairs and half
// units where those put U+FFFD.
type utf16Reader struct {
	src     io.Reader
	big     bool
	in      []byte // bytes not yet decoded
	out     []byte // text not yet read
	buf     []byte // what out lies in
	scratch []byte
	err     error
}

func newUTF16Reader(head []byte, src io.Reader, big bool) *utf16Reader {
	return &utf16Reader{
		src: src, big: big, in: bytes.Clone(head), scratch: make([]byte, 16<<10),
	}
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 && u.err == nil {
		n, err := u.src.Read(u.scratch)
		u.in = append(u.in, u.scratch[:n]...)
		u.err = err
		u.decode()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, u.err
}

func (u *utf16Reader) decode() {
	u.buf = u.buf[:0]
	at := 0
	for at+2 <= len(u.in) {
		r, size := rune(u.unit(at)), 2
		if utf16.IsSurrogate(r) {
			if at+4 > len(u.in) {
				break
			}
			if r = utf16.DecodeRune(r, rune(u.unit(at+2))); r == utf8.RuneError {
				u.err = &damage{why: "half a UTF-16 pair", offset: -1}
				break
			}
			size = 4
		}
		u.buf = utf8.AppendRune(u.buf, r)
		at += size
	}
	u.in = append(u.in[:0], u.in[at:]...)
	u.out = u.buf
	if u.err == io.EOF && len(u.in) > 0 {
		u.err = &damage{why: "half a UTF-16 character at the end", offset: -1}
	}
}

func (u *utf16Reader) unit(at int) uint16 {
	if u.big {
		return uint16(u.in[at])<<8 | uint16(u.in[at+1])
	}
	return uint16(u.in[at+1])<<8 | uint16(u.in[at])
}
