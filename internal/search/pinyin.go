package search

import (
	"sync"

	"github.com/mozillazg/go-pinyin"
)

const firstHan, lastHan = 0x4E00, 0x9FFF

// initialTable holds the first letter of the usual reading of each Han character, 0 where there
// is none. It takes 20 KB and is made at the first use.
var initialTable = sync.OnceValue(func() *[lastHan - firstHan + 1]byte {
	var table [lastHan - firstHan + 1]byte
	for code, readings := range pinyin.PinyinDict {
		if code >= firstHan && code <= lastHan && readings != "" {
			table[code-firstHan] = plainLetter([]rune(readings)[0])
		}
	}
	for r, letter := range usualInitials {
		table[r-firstHan] = letter
	}
	return &table
})

// usualInitials are characters that names of firms and places read otherwise than a dictionary's
// first entry: 长沙, 厦门, 重庆 (as in the city), 银行, 会 as in 协会.
var usualInitials = map[rune]byte{
	'长': 'c', '厦': 'x', '重': 'c', '行': 'h', '会': 'h', '朝': 'c', '都': 'd', '调': 'd',
	'曾': 'z', '单': 's', '解': 'x', '仇': 'q', '查': 'z', '区': 'q', '盖': 'g', '乐': 'l',
	'藏': 'z', '蚌': 'b', '亳': 'b', '六': 'l', '番': 'p', '覃': 'q', '车': 'c', '传': 'c',
}

// plainLetter takes the tone mark off a vowel; pinyin syllables begin with a to z or ê, ń, ǹ.
func plainLetter(r rune) byte {
	switch r {
	case 'ā', 'á', 'ǎ', 'à':
		return 'a'
	case 'ē', 'é', 'ě', 'è', 'ê', 'ế', 'ề':
		return 'e'
	case 'ō', 'ó', 'ǒ', 'ò':
		return 'o'
	case 'ń', 'ň', 'ǹ':
		return 'n'
	case 'ḿ':
		return 'm'
	}
	if r >= 'a' && r <= 'z' {
		return byte(r)
	}
	return 0
}

// initials are the first letters of the readings of Han characters; Latin letters and digits
// stand for themselves. The other characters are left out.
func initials(folded []rune) []rune {
	table := initialTable()
	letters := make([]rune, 0, len(folded))
	han := false
	for _, r := range folded {
		switch {
		case r >= firstHan && r <= lastHan:
			han = true
			if letter := table[r-firstHan]; letter != 0 {
				letters = append(letters, rune(letter))
			}
		case r < 0x80:
			letters = append(letters, r)
		}
	}
	if !han {
		return nil // a Latin name is found by its own letters
	}
	return letters
}
