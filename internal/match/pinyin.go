package match

import (
	"strings"
	"sync"

	"github.com/mozillazg/go-pinyin"
)

const firstHan, lastHan = 0x4e00, 0x9fff

// readings holds the usual reading of each character without its tone, in the form in which the
// south hears it: zh as z, ch as c, sh as s, ng as n, l for an n at the beginning.
var readings = sync.OnceValue(func() *[lastHan - firstHan + 1]string {
	var table [lastHan - firstHan + 1]string
	known := map[string]string{} // one string for each syllable
	for code, list := range pinyin.PinyinDict {
		if code < firstHan || code > lastHan || list == "" {
			continue
		}
		first, _, _ := strings.Cut(list, ",")
		syllable := blurred(withoutTone(first))
		if _, ok := known[syllable]; !ok {
			known[syllable] = syllable
		}
		table[code-firstHan] = known[syllable]
	}
	for r, syllable := range usualReadings {
		table[r-firstHan] = blurred(syllable)
	}
	return &table
})

// usualReadings are characters that names read otherwise than a dictionary's first entry.
var usualReadings = map[rune]string{
	'长': "chang", '厦': "xia", '重': "chong", '行': "hang", '会': "hui", '朝': "chao", '都': "du",
	'乐': "le", '曾': "zeng", '单': "shan", '解': "xie", '仇': "qiu", '查': "zha", '区': "qu",
	'盖': "gai", '藏': "zang", '覃': "qin", '车': "che", '传': "chuan", '调': "diao", '石': "shi",
	'大': "da", '和': "he", '合': "he", '地': "di", '广': "guang", '中': "zhong", '华': "hua",
}

var tones = strings.NewReplacer("ā", "a", "á", "a", "ǎ", "a", "à", "a", "ē", "e", "é", "e", "ě", "e",
	"è", "e", "ê", "e", "ī", "i", "í", "i", "ǐ", "i", "ì", "i", "ō", "o", "ó", "o", "ǒ", "o", "ò", "o",
	"ū", "u", "ú", "u", "ǔ", "u", "ù", "u", "ü", "v", "ǖ", "v", "ǘ", "v", "ǚ", "v", "ǜ", "v", "ń", "n",
	"ň", "n", "ǹ", "n", "ḿ", "m")

func withoutTone(syllable string) string { return tones.Replace(syllable) }

func blurred(s string) string {
	for _, pair := range [][2]string{{"zh", "z"}, {"ch", "c"}, {"sh", "s"}} {
		if rest, ok := strings.CutPrefix(s, pair[0]); ok {
			s = pair[1] + rest
		}
	}
	if strings.HasSuffix(s, "ng") {
		s = strings.TrimSuffix(s, "g")
	}
	if rest, ok := strings.CutPrefix(s, "n"); ok && rest != "" && !strings.HasPrefix(rest, "v") {
		s = "l" + rest
	}
	return s
}

// reading of one character; of what is no Chinese character, itself.
func reading(r rune) string {
	if r >= firstHan && r <= lastHan {
		if s := readings()[r-firstHan]; s != "" {
			return s
		}
	}
	return string(r)
}

// sound is the reading of a text.
func sound(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(reading(r))
		b.WriteByte(' ')
	}
	return b.String()
}

func sameSound(a, b rune) bool { return a == b || reading(a) == reading(b) }
