package match

import (
	"slices"
	"strings"
	"sync"

	"kehu/internal/places"
)

// placeName is one reading of a name of a division.
type placeName struct {
	code  string
	level int
	bare  bool // without its suffix: 深圳
	city  bool // a county-level city, which names itself without the city above
}

// longestPlace is the length of the longest name of a division, in characters.
const longestPlace = 15

// placeNames are the divisions in force by name and short name, the higher ones first.
var placeNames = sync.OnceValue(func() map[string][]placeName {
	table := map[string][]placeName{}
	for _, d := range places.All() {
		own := placeName{code: d.Code, level: d.Level,
			city: d.Level == places.LevelCounty && strings.HasSuffix(d.Name, "市")}
		table[d.Name] = append(table[d.Name], own)
		if short := places.ShortName(d.Name); short != "" && !slices.Contains(neverBare, short) {
			own.bare = true
			table[short] = append(table[short], own)
		}
	}
	for _, list := range table {
		slices.SortStableFunc(list, func(a, b placeName) int { return a.rank() - b.rank() })
	}
	return table
})

// rank orders the readings of one name: 朝阳 alone is the city, 义乌 the county-level city.
func (p placeName) rank() int {
	if p.city {
		return 2*places.LevelCounty - 1
	}
	return 2 * p.level
}

// neverBare are short names that are ordinary words of brands as well: they are places only with
// their suffix.
var neverBare = []string{"东方", "阿里", "海西", "海北", "山南", "新星", "双河", "白杨", "和平", "平安",
	"安达", "新民", "长安", "安宁", "北安", "铁力", "市中", "新华", "复兴", "朝阳", "永安", "龙华", "白云", "光明",
	"大同", "兴隆", "金山", "长兴", "永兴", "宝丰", "嘉禾", "永丰", "华安", "新兴", "永泰", "新乐", "安康", "福安",
	"泰安", "长春", "永康", "吉安", "同安", "华龙", "鼎城", "和顺", "中山"}

// bareCities of neverBare are cities all the same, when what follows is long enough to be a name.
var bareCities = map[string]string{"长春": "220100", "中山": "442000", "大同": "140200", "泰安": "370900",
	"永康": "330784", "吉安": "360800", "安康": "610900", "朝阳": "211300", "永安": "350481", "福安": "350981"}

// minAfterBare is how many characters follow a place that could be a brand.
const minAfterBare = 4

// placeAt reads the longest place name at the beginning of a text, below another where that is
// given.
func placeAt(text []rune, above string) (found placeName, size int) {
	table := placeNames()
	for size = min(longestPlace, len(text)); size >= 2; size-- {
		word := string(text[:size])
		rest := len(text) - size
		if code, ok := bareCities[word]; ok && above == "" && rest >= minAfterBare {
			return placeName{code: code, level: places.LevelCity, bare: true}, size
		}
		for _, p := range table[word] {
			switch {
			case above != "" && !inside(p.code, above), rest < 2,
				p.bare && above == "" && p.level == places.LevelCounty && !p.city,
				p.bare && p.level == places.LevelCounty && rest < minAfterBare:
				continue
			}
			return p, size
		}
	}
	return placeName{}, 0
}

// readPlaces takes the chain of places off the beginning of a text; at least two characters stay.
// bare is how long the last place is that was written without its suffix: it may be a brand.
func readPlaces(text []rune) (code string, taken, bare int) {
	for range 3 {
		p, size := placeAt(text[taken:], code)
		if size == 0 {
			break
		}
		code, taken, bare = p.code, taken+size, 0
		if p.bare {
			bare = size
		}
	}
	return code, taken, bare
}

// wholePlace is the division that a text names and nothing else.
func wholePlace(text []rune) string {
	code, rest := "", text
	for range 3 {
		p, size := longestWhole(rest, code)
		if size == 0 {
			return ""
		}
		code, rest = p.code, rest[size:]
		if len(rest) == 0 {
			return code
		}
	}
	return ""
}

func longestWhole(text []rune, above string) (placeName, int) {
	table := placeNames()
	for size := min(longestPlace, len(text)); size >= 2; size-- {
		for _, p := range table[string(text[:size])] {
			if above == "" || inside(p.code, above) {
				return p, size
			}
		}
		if code, ok := bareCities[string(text[:size])]; ok && above == "" {
			return placeName{code: code, level: places.LevelCity}, size
		}
	}
	return placeName{}, 0
}

// significant is the part of a code that its divisions below begin with.
func significant(code string) string {
	for len(code) > 2 && strings.HasSuffix(code, "00") {
		code = code[:len(code)-2]
	}
	return code
}

// inside tells whether a division lies in another, or is it.
func inside(code, above string) bool { return strings.HasPrefix(code, significant(above)) }

// near is how two divisions lie to each other.
type near byte

const (
	nearUnknown near = iota // one of them is not known
	nearSame
	nearInside // one lies in the other
	nearCity   // other districts of one city
	nearFar
)

func distance(a, b string) near {
	switch {
	case a == "" || b == "":
		return nearUnknown
	case a == b:
		return nearSame
	case inside(a, b) || inside(b, a):
		return nearInside
	case cityOf(a) == cityOf(b):
		return nearCity
	}
	return nearFar
}

// cityOf is the city's part of a code; a municipality is a city.
func cityOf(code string) string {
	switch code[:2] {
	case "11", "12", "31", "50":
		return code[:2]
	}
	if code[2:4] == "90" {
		return code // directly below the province
	}
	return code[:4]
}
