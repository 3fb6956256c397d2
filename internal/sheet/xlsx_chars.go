package sheet

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf8"
)

// checkChars returns how many bytes from the start are whole characters that XML 1.0 §2.2
// allows, and whether a forbidden one stopped it. An unfinished character at the end is neither.
func checkChars(b []byte) (good int, bad bool) {
	const high, low = 0x8080808080808080, 0x0101010101010101
	for {
		// Eight bytes of ordinary ASCII at a time: none above 0x7F, none below 0x20.
		for good+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[good:])
			if (w|(w-low*0x20))&high != 0 {
				break
			}
			good += 8
		}
		stop := min(good+8, len(b))
		for good < stop {
			c := b[good]
			if c < utf8.RuneSelf {
				if c < ' ' && c != '\n' && c != '\t' && c != '\r' {
					return good, true
				}
				good++
				continue
			}
			n := wideChar(b[good:])
			if n <= 0 {
				return good, n < 0
			}
			good += n
		}
		if good >= len(b) {
			return good, false
		}
	}
}

// wideChar returns the length of the character of several bytes at the start of b, 0 when b ends
// within it, -1 when it is not valid.
func wideChar(b []byte) int {
	// Most of them are Chinese: three bytes, E4…E9.
	if len(b) >= 3 && b[0] >= 0xE1 && b[0] <= 0xEC && b[1]&0xC0 == 0x80 && b[2]&0xC0 == 0x80 {
		return 3
	}
	r, n := utf8.DecodeRune(b)
	switch {
	case r == utf8.RuneError && n <= 1:
		if !utf8.FullRune(b) {
			return 0
		}
		return -1
	case r == 0xFFFE || r == 0xFFFF:
		return -1
	}
	return n
}

func isSpace(b []byte) bool {
	return skipSpace(b, 0) == len(b)
}

func skipSpace(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\n' || b[p] == '\t' || b[p] == '\r') {
		p++
	}
	return p
}

func trimSpace(b []byte) []byte {
	b = b[skipSpace(b, 0):]
	for n := len(b); n > 0 && b[n-1] <= ' '; n-- {
		b = b[:n-1]
	}
	return b
}

// nameChars holds the ASCII characters of names; every character beyond ASCII is let pass.
var nameChars = func() (table [256]bool) {
	for c := range table {
		switch {
		case c >= utf8.RuneSelf, c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == ':', c == '_', c == '-', c == '.':
			table[c] = true
		}
	}
	return table
}()

func isNameStart(c byte) bool {
	return nameChars[c] && c != '-' && c != '.' && (c < '0' || c > '9') && c != ':'
}

// scanName returns where the name that starts at p ends.
func scanName(b []byte, p int) int {
	for p < len(b) && nameChars[b[p]] {
		p++
	}
	return p
}

// splitName parts a qualified name; ok is false when it has no prefix.
func splitName(name []byte) (prefix, local []byte, ok bool) {
	for i, c := range name {
		if c == ':' {
			return name[:i], name[i+1:], true
		}
	}
	return nil, name, false
}

// decode replaces references and normalises line ends (XML 1.0 §2.11), in attributes white space
// too (§3.3.3). The answer is raw itself where nothing is to be replaced, else x.scratch.
func (x *xmlScanner) decode(raw []byte, inAttribute bool) ([]byte, error) {
	plain := bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0
	if plain && !(inAttribute && bytes.ContainsAny(raw, "\n\t")) {
		return raw, nil
	}
	out := x.scratch[:0]
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '&':
			n := bytes.IndexByte(raw[i:], ';')
			if n < 0 {
				return nil, x.damage("malformed reference")
			}
			r, ok := charReference(raw[i+1 : i+n])
			if !ok {
				return nil, x.damage("unknown reference")
			}
			out = utf8.AppendRune(out, r)
			i += n
		case '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			out = append(out, newline(inAttribute))
		case '\n', '\t':
			if inAttribute {
				c = ' '
			}
			out = append(out, c)
		default:
			out = append(out, c)
		}
	}
	x.scratch = out
	return out, nil
}

func newline(inAttribute bool) byte {
	if inAttribute {
		return ' '
	}
	return '\n'
}

// charReference returns the character of a reference such as amp or #x4E2D.
func charReference(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || len(name) > 12 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 || digits[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	return rune(n), err == nil && n <= utf8.MaxRune && isXMLChar(rune(n))
}

// unescape replaces the _xHHHH_ escapes that SpreadsheetML uses for characters which XML cannot
// hold (ECMA-376 part 1, 22.9.2.19 ST_Xstring). Halves of a pair without the other stay as
// written; NUL is refused.
func unescape(text, scratch []byte) (out []byte, ok bool) {
	at := bytes.Index(text, []byte("_x"))
	if at < 0 {
		return text, true
	}
	out = append(scratch, text[:at]...)
	for at < len(text) {
		r, n := escape(text[at:])
		if n > 0 && r == 0 {
			return nil, false
		}
		if n == 0 {
			out = append(out, text[at])
			at++
			continue
		}
		out = utf8.AppendRune(out, r)
		at += n
	}
	return out, true
}

// escape reads one escape, or two that form a surrogate pair; n is 0 when there is none.
func escape(b []byte) (r rune, n int) {
	unit, ok := escapedUnit(b)
	if !ok {
		return 0, 0
	}
	if unit < 0xD800 || unit > 0xDFFF {
		return unit, escapeBytes
	}
	second, ok := escapedUnit(b[escapeBytes:])
	if !ok || unit >= 0xDC00 || second < 0xDC00 || second > 0xDFFF {
		return 0, 0
	}
	return (unit-0xD800)<<10 + second - 0xDC00 + 0x10000, 2 * escapeBytes
}

const escapeBytes = len("_x000D_")

func escapedUnit(b []byte) (rune, bool) {
	if len(b) < escapeBytes || b[0] != '_' || b[1] != 'x' || b[6] != '_' {
		return 0, false
	}
	var unit rune
	for _, c := range b[2:6] {
		digit := bytes.IndexByte([]byte("0123456789abcdef"), lower(c))
		if digit < 0 {
			return 0, false
		}
		unit = unit<<4 | rune(digit)
	}
	return unit, true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// utf16Length counts the UTF-16 units of a text, as Excel counts characters.
func utf16Length(text []byte) int {
	n := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if n++; r > 0xFFFF {
			n++
		}
		i += size
	}
	return n
}
