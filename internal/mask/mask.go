// Package mask writes values so that a person recognises them without reading them whole
// (R6.4, R6.5). The number of stars is fixed where a value's length would tell something.
package mask

import (
	"strings"
)

// Certificate keeps the first 6 and the last 4 characters: 110101********1234. A shorter number
// (passport, permit) keeps 2 and 3.
func Certificate(number string) string {
	if len(number) >= 15 {
		return number[:6] + strings.Repeat("*", len(number)-10) + number[len(number)-4:]
	}
	return ends(number, 2, 3)
}

// Account keeps the first 4 and the last 4 digits: 6222********1234.
func Account(number string) string { return ends(number, 4, 4) }

// ends keeps so many characters of both ends, and at most half of a short value.
func ends(s string, first, last int) string {
	r := []rune(s)
	if len(r) < 2*(first+last)-2 {
		first, last = min(first, len(r)/4), min(last, len(r)/4)
	}
	if len(r) == 0 {
		return ""
	}
	return string(r[:first]) + strings.Repeat("*", max(4, len(r)-first-last)) +
		string(r[len(r)-last:])
}

// compound are the usual surnames of two characters.
var compound = map[string]bool{"欧阳": true, "司马": true, "上官": true, "诸葛": true, "东方": true,
	"皇甫": true, "尉迟": true, "公孙": true, "慕容": true, "司徒": true, "令狐": true, "夏侯": true,
	"独孤": true, "南宫": true, "端木": true, "轩辕": true, "长孙": true, "宇文": true, "司空": true,
	"万俟": true, "闻人": true, "钟离": true, "申屠": true, "呼延": true, "澹台": true, "濮阳": true}

// Person keeps the surname, and the last character of a longer name: 张*, 王*明, 欧阳*明.
func Person(name string) string {
	r := []rune(name)
	switch {
	case len(r) == 0:
		return ""
	case len(r) == 1:
		return "*"
	case len(r) > 3 && compound[string(r[:2])]:
		return string(r[:2]) + "*" + string(r[len(r)-1:])
	case len(r) == 2 || len(r) == 3 && compound[string(r[:2])]:
		return string(r[:len(r)-1]) + "*"
	}
	return string(r[:1]) + "*" + string(r[len(r)-1:])
}
