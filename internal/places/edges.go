package places

import "unicode/utf8"

// What follows a name without its suffix decides whether it is one: 上海路, 南京东路, 朝阳门, 和平里,
// 静安寺 and 南山医院 are not.

// class says what a character can be after a name.
type class uint8

const (
	roadSign  class = 1 << iota // directly after a name, it makes the name part of a word
	roadPart                    // may stand between a name and 路
	roadEnd                     // ends the name of a road
	separator                   // may stand between two divisions
)

// readClasses gives the class of each character of 16 bits.
func readClasses() *[1 << 16]class {
	var table [1 << 16]class
	for _, c := range []struct {
		set   string
		class class
	}{
		// A suffix makes it another name: 吉林 before 市 is not the province.
		{"路街道巷弄镇乡村门里寺桥省市区县旗盟州", roadSign},
		{"东西南北中一二三四五六七八九十新老旧外内前后上下大小环横纵", roadPart},
		{"路街道巷弄", roadEnd},
		{" -–—―_/\\|·•,，、.。:：;；>→()（）[]【】「」『』<>《》~～\"'“”‘’\t", separator},
	} {
		for _, r := range c.set {
			table[narrow(r)] |= c.class
		}
	}
	return &table
}

// Words of two characters that name a building or a spot after a place: 大兴机场, 西湖公园.
var spots = pairsOf(
	"公路", "胡同", "公园", "大厦", "广场", "花园", "大学", "学院", "中学", "小学", "医院", "机场", "火车", "车站",
	"小区", "新村", "社区", "酒店", "宾馆", "饭店", "商场", "纪念", "体育", "大桥", "景区", "银行", "地铁",
)

func pairsOf(words ...string) map[uint32]bool {
	m := make(map[uint32]bool, len(words))
	for _, w := range words {
		first, size := utf8.DecodeRuneInString(w)
		second, _ := utf8.DecodeRuneInString(w[size:])
		m[pair(narrow(first), narrow(second))] = true
	}
	return m
}

// maxRoadParts is how many characters may stand between a name and 路: 南京西路, 浦东南大街.
const maxRoadParts = 2

func (h *head) is(at int, c class) bool { return h.classes[h.chars[at]]&c != 0 }

func (h *head) roadFollows(at int) bool {
	if at >= h.size {
		return false
	}
	if h.is(at, roadSign) {
		return true
	}
	for i := 0; i < maxRoadParts && at < h.size && h.is(at, roadPart); i++ {
		at++
		if at < h.size && h.is(at, roadEnd) {
			return true
		}
	}
	return false
}

func (h *head) placeFollows(at int) bool {
	return at+1 < h.size && spots[pair(h.chars[at], h.chars[at+1])]
}

// ends tells whether nothing more or a separator follows.
func (h *head) ends(at int) bool {
	return at >= h.size || h.is(at, separator)
}

func (h *head) skipSeparators(at int) int {
	for at < h.size && h.is(at, separator) {
		at++
	}
	return at
}
