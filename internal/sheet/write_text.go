package sheet

import (
	"strings"
	"unicode/utf8"
)

// CellLimit is the longest text that a cell of Excel holds, in UTF-16 code units.
// Source: Excel specifications and limits, "Total number of characters that a cell can contain".
const CellLimit = 32767

// cutMark ends a text that was longer than CellLimit.
const cutMark = "…（过长已截断）"

// longDigits is the number of digits from which Excel, opening a CSV file, shows a number as
// 1.38E+11; from 16 digits on it also loses the last ones.
const longDigits = 12

// cleanCell drops the characters that XML 1.0 §2.2 cannot hold, replaces broken UTF-8 by U+FFFD,
// and cuts the text at CellLimit with a mark.
func cleanCell(text string) string {
	if !isCleanCell(text) {
		text = strings.Map(func(r rune) rune {
			if !isXMLChar(r) {
				return -1
			}
			return r
		}, strings.ToValidUTF8(text, "\uFFFD"))
	}
	if len(text) <= CellLimit {
		return text
	}
	return cutCell(text)
}

func isCleanCell(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
		if c >= utf8.RuneSelf {
			return isCleanUnicode(text[i:])
		}
	}
	return true
}

func isCleanUnicode(text string) bool {
	for i, r := range text {
		if !isXMLChar(r) || r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			return false
		}
	}
	return true
}

// isXMLChar follows the production Char of XML 1.0 §2.2.
func isXMLChar(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return true
	case r < ' ' || r == 0xFFFE || r == 0xFFFF:
		return false
	}
	return r < 0xD800 || r > 0xDFFF
}

// cutCell keeps what fits into CellLimit together with the mark; it never parts a rune.
func cutCell(text string) string {
	room := CellLimit - utf8.RuneCountInString(cutMark)
	units, keep := 0, 0
	for i, r := range text {
		if units <= room {
			keep = i
		}
		units += utf16Width(r)
		if units > CellLimit {
			return text[:keep] + cutMark
		}
	}
	return text
}

// utf16Width is the number of UTF-16 code units of a rune: Excel counts a 𠮷 twice.
func utf16Width(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// appendXML appends cleaned text as XML character data that is also safe between double quotes.
// A carriage return is written as a reference, because XML 1.0 §2.11 turns a bare one into a line
// feed; and text that looks like the escape _xHHHH_ of ECMA-376 §22.9.2.19 (ST_Xstring) has its
// first underscore escaped, because Excel would decode it.
func appendXML(dst []byte, text string) []byte {
	from := 0
	for i := 0; i < len(text); i++ {
		escape := ""
		switch text[i] {
		case '&':
			escape = "&amp;"
		case '<':
			escape = "&lt;"
		case '>':
			escape = "&gt;"
		case '"':
			escape = "&#34;"
		case '\r':
			escape = "&#13;"
		case '_':
			if !looksEscaped(text[i:]) {
				continue
			}
			escape = "_x005F_"
		default:
			continue
		}
		dst = append(dst, text[from:i]...)
		dst = append(dst, escape...)
		from = i + 1
	}
	return append(dst, text[from:]...)
}

// looksEscaped tells whether text begins with _xHHHH_.
func looksEscaped(text string) bool {
	if len(text) < 7 || text[1] != 'x' || text[6] != '_' {
		return false
	}
	for _, c := range []byte(text[2:6]) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}

// appendTextElement appends <t>…</t> with the given prefix, keeping blanks at either end.
func appendTextElement(dst []byte, prefix, text string) []byte {
	dst = append(append(append(dst, '<'), prefix...), 't')
	if text != "" && (isBlankByte(text[0]) || isBlankByte(text[len(text)-1])) {
		dst = append(dst, ` xml:space="preserve"`...)
	}
	dst = appendXML(append(dst, '>'), text)
	return append(append(append(dst, "</"...), prefix...), "t>"...)
}

func isBlankByte(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// LeadsFormula tells whether a spreadsheet program might take the text for a formula: it begins,
// perhaps after blanks, with = + - @ or their full-width forms, or with a tab or line break.
// Source: OWASP, CSV Injection; the full-width forms because Chinese input methods and some
// office programs fold them.
func LeadsFormula(text string) bool {
	if text == "" {
		return false
	}
	switch text[0] {
	case '\t', '\r', '\n':
		return true
	}
	text = strings.TrimLeft(text, " \u00A0\u3000\u200B\uFEFF")
	for _, lead := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(text, lead) {
			return true
		}
	}
	return false
}

// GuardCSV puts an apostrophe before a text that a spreadsheet program would not take as text when
// it opens a CSV file: a formula (LeadsFormula), digits that it would round or shorten (12 and
// more, or with a leading zero), and digits that read as an exponent (12E34). A text that already
// begins with apostrophes before such a text gets one more, so that UnguardCSV undoes every case.
func GuardCSV(text string) string {
	if isCSVRisk(strings.TrimLeft(text, "'")) {
		return "'" + text
	}
	return text
}

// UnguardCSV takes back what GuardCSV did: UnguardCSV(GuardCSV(s)) == s for every s. The importer
// applies it to each cell of a CSV file, so that an exported register reads back unchanged; on
// other people's files it removes the apostrophe by which Excel marks text.
func UnguardCSV(text string) string {
	if strings.HasPrefix(text, "'") && isCSVRisk(strings.TrimLeft(text, "'")) {
		return text[1:]
	}
	return text
}

func isCSVRisk(text string) bool {
	return LeadsFormula(text) || isLongNumber(text)
}

// isLongNumber recognises all digits, 12 or more or after a leading zero, and digits with one E.
func isLongNumber(text string) bool {
	exponent := -1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
		case (c == 'e' || c == 'E') && exponent < 0 && i > 0:
			exponent = i
		default:
			return false
		}
	}
	if exponent >= 0 {
		return exponent < len(text)-1
	}
	return len(text) >= longDigits || len(text) > 1 && text[0] == '0'
}
