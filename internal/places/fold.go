package places

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// headSize is how many characters of an address are searched for divisions; the longest chain of
// full names in the list has 27.
const headSize = 96

// Normalise returns text with full-width letters, digits and signs made half-width, invisible
// characters taken out, and spaces kept only between two words that are not Chinese. Chinese
// punctuation and traditional characters stay. Normalising twice is the same as once.
func Normalise(text string) string {
	if isNormal(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	space, last := false, rune(0)
	for _, r := range text {
		r = plain(r)
		switch {
		case r == 0:
			continue
		case r == ' ':
			space = true
			continue
		}
		if space && last != 0 && !isWide(last) && !isWide(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		space, last = false, r
	}
	return b.String()
}

// isNormal is the quick answer for text that Normalise would not change.
func isNormal(text string) bool {
	for i, r := range text {
		if r == ' ' || r == utf8.RuneError || (r >= 0x7f && plain(r) != r) || r < ' ' {
			if r != ' ' || !spaceStays(text, i) {
				return false
			}
		}
	}
	return true
}

func spaceStays(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+1:])
	return i > 0 && i+1 < len(text) && isPlainWord(before) && isPlainWord(after)
}

func isPlainWord(r rune) bool { return r > ' ' && r < 0x7f }

// plain returns the half-width form of r, ' ' for any space, and 0 for what is dropped.
func plain(r rune) rune {
	switch {
	case r > ' ' && r < 0x7f, r >= foldFirst && r <= foldLast:
		return r
	case r == '，' || r == '：' || r == '；' || r == '！' || r == '？' || r == '（' || r == '）':
		return r
	case r >= 0xff01 && r <= 0xff5e:
		return r - 0xff00 + 0x20
	case unicode.IsSpace(r):
		return ' '
	case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
		return 0
	}
	return r
}

func isWide(r rune) bool { return r >= 0x2e80 }

// narrow fits a character into 16 bits; all names do, others become the replacement character.
func narrow(r rune) uint16 {
	if r > 0xffff {
		return utf8.RuneError
	}
	return uint16(r)
}

// head is the start of an address in the form in which names are compared: simplified characters,
// each with its place in the text.
type head struct {
	chars [headSize]uint16
	place [headSize + 1]int32 // byte offset of each character, and of the end
	size  int

	classes *[1 << 16]class
}

func (h *head) read(text string, fold *foldTable) {
	for i, r := range text {
		h.place[h.size] = int32(i)
		if h.size == headSize {
			return
		}
		c := narrow(r)
		if at := int(c) - foldFirst; at >= 0 && at < len(fold) && fold[at] != 0 {
			c = fold[at]
		}
		h.chars[h.size] = c
		h.size++
	}
	h.place[h.size] = int32(len(text))
}

// foldTable gives the simplified form of the characters from foldFirst on, 0 for most.
type foldTable [foldLast - foldFirst + 1]uint16

// The block of CJK unified ideographs.
const (
	foldFirst = 0x4e00
	foldLast  = 0x9fff
)

// readFold reads pairs of a traditional character and the simplified one that place names use.
func readFold(pairs string) *foldTable {
	var fold foldTable
	var from rune
	for _, r := range pairs {
		switch {
		case r == '\n' || r == '\r':
		case from == 0:
			from = r
		default:
			if from >= foldFirst && from <= foldLast {
				fold[from-foldFirst] = narrow(r)
			}
			from = 0
		}
	}
	return &fold
}
