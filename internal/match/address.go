package match

import (
	"strings"

	"kehu/internal/places"
)

// address is an address as far as addresses are compared: to the number of the house, and behind
// it the room.
type address struct {
	division string // code
	road     string
	number   string
	room     string // numbers of building, unit and room; "" where none is given
}

var roadEnds = []string{"大道", "胡同", "公路", "大街", "路", "街", "道", "巷", "弄", "里", "园区", "工业区", "工业园",
	"科技园", "产业园", "开发区", "村", "广场", "大厦", "小区", "花园", "家园", "新村", "镇", "园"}

// readAddress takes an address apart. hint is the division that the record is known to lie in.
func readAddress(text, hint string) address {
	parsed, _, _ := places.Parse(text) // what it refuses is filled as far as it was understood
	a := address{division: parsed.Division()}
	if hint != "" && (a.division == "" || inside(hint, a.division)) {
		a.division = hint
	}
	rest := fold(parsed.Zone + parsed.Rest)
	at := houseNumber(rest)
	if at < 0 {
		a.road = string(rest)
		return a
	}
	end := at
	for end < len(rest) && (isNumeral(rest[end]) || rest[end] == '百') {
		end++
	}
	a.number = numberOf(rest[at:end])
	a.road = roadOf(rest[:at])
	a.room = numbersOf(rest[end:])
	return a
}

// houseNumber is where the number after the road begins; −1 where there is none.
func houseNumber(rest []rune) int {
	for i := 1; i < len(rest); i++ {
		if !isNumeral(rest[i]) || isNumeral(rest[i-1]) {
			continue
		}
		j := i
		for j < len(rest) && (isNumeral(rest[j]) || rest[j] == '百') {
			j++
		}
		digit := rest[i] >= '0' && rest[i] <= '9'
		if endsAny(rest[:i], roadEnds) && (j == len(rest) || digit || rest[j] == '号' || rest[j] == '弄') {
			return i
		}
		if j < len(rest) && (rest[j] == '号' || rest[j] == '弄') {
			return i
		}
		i = j
	}
	return -1
}

// roadOf leaves out what people put before the road: the town or sub-district.
func roadOf(before []rune) string {
	text := string(before)
	for _, end := range []string{"街道", "镇", "乡"} {
		if at := strings.Index(text, end); at > 0 && at+len(end) < len(text) {
			text = text[at+len(end):]
		}
	}
	return text
}

// whole tells whether the address is precise enough to be a key.
func (a address) whole() bool { return a.division != "" && a.road != "" && a.number != "" }

// key is district, road and number.
func (a address) key() string { return a.division + "|" + a.road + "|" + a.number }

// place is how two addresses agree.
type place byte

const (
	placeUnknown place = iota
	placeRoom          // the same room, or the same house where neither names a room
	placeHouse         // the same house, the room only named in one
	placeOther         // the same house, other rooms: neighbours
	placeApart         // elsewhere
	placeFar           // in another city
)

func samePlace(a, b address) place {
	switch {
	case a.division == "" || b.division == "":
		return placeUnknown
	case distance(a.division, b.division) == nearFar:
		return placeFar
	case !a.whole() || !b.whole():
		return placeUnknown
	case !alikeRoad(a, b):
		return placeApart
	case a.room == b.room:
		return placeRoom
	case a.room == "" || b.room == "" || strings.HasSuffix(a.room, ","+b.room) ||
		strings.HasSuffix(b.room, ","+a.room) || strings.HasPrefix(a.room, b.room+",") ||
		strings.HasPrefix(b.room, a.room+","):
		return placeHouse
	}
	return placeOther
}

// alikeRoad: one road and number; the road may have one slip in it.
func alikeRoad(a, b address) bool {
	d := distance(a.division, b.division)
	if a.number != b.number || d != nearSame && d != nearInside {
		return false
	}
	if a.road == b.road || strings.HasSuffix(a.road, b.road) || strings.HasSuffix(b.road, a.road) {
		return true
	}
	x, y := []rune(a.road), []rune(b.road)
	if len(x) < 3 || len(y) < 3 {
		return false
	}
	c := difference(x, y)
	return c.kind == editSound || c.kind == editSwap || c.kind == editOne && !orients(c.a) && !orients(c.b) &&
		!isNumeral(c.a) && !isNumeral(c.b)
}

// orients tells the characters that make another place of a name: 人民东路, 人民西路.
func orients(r rune) bool {
	return strings.ContainsRune("东西南北中前后上下左右新老大小内外", r)
}
