package cn

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text normalises one line of text (R3.8): full-width letters, digits and signs become half-width,
// every kind of space becomes one plain space, invisible characters go, compatibility and Kangxi
// ideographs become the characters that they look like, and the result is NFC.
//
// The marks of Chinese typography （，：；！？～） stay: in Chinese prose they are right, and folding
// them would make every sentence differ from what was typed. Name folds them too.
//
// A text that is clean already is returned as it is, without allocating.
func Text(s string) string {
	if isClean(s, false) {
		return s
	}
	return normalise(s, false, foldText)
}

// Multiline is Text for a text of several lines: line breaks become "\n" and stay, each line is
// normalised and trimmed, and empty lines at both ends go.
func Multiline(s string) string {
	if isClean(s, true) {
		return s
	}
	return normalise(s, true, foldText)
}

// isClean tells whether Text, or Multiline where breaks may stand, would return s unchanged.
// It may say no of a clean text that is rare; it never says yes of an unclean one.
func isClean(s string, breaks bool) bool {
	space := true // a space here would stand at the start of the line
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ':
			if space {
				return false
			}
			space = true
			i++
		case c == '\n':
			if space || !breaks {
				return false
			}
			space = true
			i++
		case c < 0x20 || c == 0x7F:
			return false
		case c < utf8.RuneSelf:
			space = false
			i++
		default:
			size := cleanRune(s[i:])
			if size == 0 {
				return false
			}
			space = false
			i += size
		}
	}
	return s == "" || !space
}

// cleanRune gives the size of the first rune where no rule of Text could touch it, whatever its
// neighbours are, else 0. Most of a Chinese text is the first case: U+4000 to U+9FFF.
func cleanRune(s string) int {
	if len(s) >= 3 && s[0] >= 0xE4 && s[0] <= 0xE9 && s[1]&0xC0 == 0x80 && s[2]&0xC0 == 0x80 {
		return 3
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r >= 0xA1 && r <= 0x2FF && r != softHyphen:
	case r >= 0x2010 && r <= 0x2026: // dashes, quotation marks, ellipsis
	case r >= 0x3001 && r <= 0x3029: // 、。〇《》「」
	case r >= 0x3400 && r <= 0x3FFF: // extension A
	case isTypography(r):
	default:
		return 0
	}
	return size
}

const softHyphen = '\u00AD'

// isTypography tells the full-width marks that Chinese prose uses and that Text keeps.
func isTypography(r rune) bool {
	switch r {
	case '，', '：', '；', '！', '？', '（', '）', '～':
		return true
	}
	return false
}

// normalise folds every rune, sets the spaces right and composes (NFC).
func normalise(s string, breaks bool, fold func(rune) rune) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := ""
	s = strings.ReplaceAll(s, "\r\n", "\n")
	for _, r := range s {
		switch {
		case breaks && isBreak(r):
			gap = strings.TrimRight(gap, " ") + "\n"
			continue
		case isSpace(r):
			if !strings.HasSuffix(gap, " ") && !strings.HasSuffix(gap, "\n") {
				gap += " "
			}
			continue
		case isInvisible(r):
			continue
		}
		if b.Len() > 0 {
			b.WriteString(gap)
		}
		gap = ""
		b.WriteRune(fold(r))
	}
	return norm.NFC.String(b.String())
}

// foldText is the folding of Text: everything but the marks of Chinese typography.
func foldText(r rune) rune {
	if isTypography(r) {
		return r
	}
	return foldRune(r)
}

// foldRune gives the usual form of a character: half-width for the full-width ASCII block,
// full-width for half-width kana, and the unified ideograph for radicals and compatibility forms.
func foldRune(r rune) rune {
	switch {
	case r < 0x2E80:
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r >= 0x2E80 && r <= 0x2FD5, // CJK and Kangxi radicals
		r >= 0xF900 && r <= 0xFAFF, r >= 0x2F800 && r <= 0x2FA1F, // compatibility ideographs
		r >= 0xFF61 && r <= 0xFFEF, // half-width forms, ￥
		r >= 0xFE30 && r <= 0xFE6B: // vertical and small forms
		return compatible(r)
	}
	return r
}

// compatible is the NFKC form of a rune where that is a single visible rune, else the rune itself.
func compatible(r rune) rune {
	folded := norm.NFKC.String(string(r))
	single, size := utf8.DecodeRuneInString(folded)
	if size != len(folded) || isSpace(single) || isInvisible(single) {
		return r
	}
	return single
}

func isBreak(r rune) bool {
	return r >= '\n' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

func isSpace(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r == ' ' || r >= '\t' && r <= '\r'
	case r == 0x3164 || r == 0xFFA0: // Hangul fillers look like a space
		return true
	case r >= 0x2E80 && r != 0x3000:
		return false
	}
	return unicode.IsSpace(r)
}

// isInvisible tells the characters that nobody sees and that make equal texts differ: controls,
// zero-width and directional marks, the soft hyphen, variation selectors, tags, non-characters.
func isInvisible(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7F && r < 0xA0, r == softHyphen:
		return true
	case r < 0x34F:
		return false
	case r >= 0x4000 && r < 0xFE00:
		return false
	case r == 0x34F, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5,
		r >= 0x180B && r <= 0x180F,
		r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F,
		r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFB,
		r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return r&0xFFFE == 0xFFFE
}
