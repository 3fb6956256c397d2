package industry

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// key is the form in which names and texts are compared: half-width, lower case, without spaces
// and signs.
func key(text string) string {
	if isKey(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		if r = fold(r); r != 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isKey(text string) bool {
	for _, r := range text {
		if fold(r) != r || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// fold returns the form of r that is compared, 0 for what is left out.
func fold(r rune) rune {
	switch {
	case r >= 0x4e00 && r <= 0x9fff, r >= '0' && r <= '9', r >= 'a' && r <= 'z':
		return r
	case r >= 0xff01 && r <= 0xff5e: // full width
		return fold(r - 0xff00 + 0x20)
	case r == utf8.RuneError:
		return 0
	}
	if r = unicode.ToLower(r); unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return 0
}

// tradeEndings only say that it is an industry: 餐饮行业, 教育类.
var tradeEndings = []string{"业", "行业", "产业", "领域", "企业", "公司", "类"}

// pathSigns stand between the levels of an industry: 制造业-专用设备制造.
const pathSigns = "-－–—―_/／\\＼>＞→|｜:：·"

// listSigns stand between several industries, and inside names of the standard.
const listSigns = "、,，;；。.+＋&＆"

func isPathSign(r rune) bool { return strings.ContainsRune(pathSigns, r) || unicode.IsSpace(r) }

func isListSign(r rune) bool { return strings.ContainsRune(listSigns, r) || isPathSign(r) }
