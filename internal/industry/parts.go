package industry

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// path reads names from the wide to the narrow one: 制造业-专用设备制造, 制造业/汽车. The last name
// that is understood and lies within the ones before it decides.
func (t *tables) path(text string) finding {
	segments := strings.FieldsFunc(text, isPathSign)
	if len(segments) < 2 {
		return finding{}
	}
	first := t.segment(segments[0])
	if len(first.places) == 0 {
		return finding{}
	}
	at := first
	for _, s := range segments[1:] {
		next := t.segment(s)
		if len(next.places) == 0 {
			at.exact = false
			at.score = min(at.score, scorePart)
			continue
		}
		within := t.within(next, at.places)
		if len(within.places) == 0 {
			return finding{} // not a path: a list
		}
		at = within
	}
	return at
}

// segment reads one name of a path or a list; signs inside it are part of the name.
func (t *tables) segment(s string) finding {
	k := key(s)
	if k == "" {
		return finding{}
	}
	if f := t.code(k); len(f.places) > 0 {
		return f
	}
	if f := t.word(k); len(f.places) > 0 {
		return f
	}
	return t.part(k)
}

// within keeps the candidates that lie in one of tops.
func (t *tables) within(f finding, tops []int) finding {
	var kept []int
	for _, i := range f.places {
		for _, top := range tops {
			if t.inside(i, top) {
				kept = append(kept, i)
				break
			}
		}
	}
	if len(kept) == 0 {
		return t.deeper(f, tops)
	}
	f.places = kept
	f.ask = f.ask && len(kept) > 1
	return f
}

// deeper: 房地产业-房地产业 names the section and its division of the same name, and the word was
// understood as the section.
func (t *tables) deeper(f finding, tops []int) finding {
	for _, i := range f.places {
		for _, top := range tops {
			if t.inside(top, i) {
				return finding{places: []int{top}, score: f.score, exact: f.exact}
			}
		}
	}
	return finding{}
}

// list reads several industries: 批发、零售; 住宿/餐饮. What they have in common is the answer when
// they share a section; otherwise they are asked about.
func (t *tables) list(text string) finding {
	segments := strings.FieldsFunc(text, isListSign)
	if len(segments) < 2 {
		return finding{}
	}
	var places []int
	for _, s := range segments {
		if f := t.segment(s); len(f.places) > 0 && !f.ask {
			places = append(places, f.places[0])
		}
	}
	return t.shared(places)
}

// shared is the narrowest industry that holds all places.
func (t *tables) shared(places []int) finding {
	tops := t.tops(places)
	switch len(tops) {
	case 0:
		return finding{}
	case 1:
		return finding{places: slices.Clone(tops), score: scoreList}
	}
	if top := t.common(tops); top != none {
		return finding{places: append([]int{top}, tops...), score: scoreList}
	}
	return finding{places: tops, score: scoreList, ask: true}
}

func (t *tables) common(places []int) int {
	id := t.all[places[0]].ID
	for _, i := range places[1:] {
		other, n := t.all[i].ID, 0
		for n < len(id) && n < len(other) && id[n] == other[n] {
			n++
		}
		id = id[:n]
	}
	if len(id) == 2 { // a letter and half of a division's code
		id = id[:1]
	}
	return t.place(id)
}

// part finds known words inside the text, else the text inside names.
func (t *tables) part(k string) finding {
	if f := t.wordsIn(k); len(f.places) > 0 {
		return f
	}
	return t.namesWith(k)
}

// wordsIn reads the longest known words from left to right. Of words that stand next to each other
// the last one says what it is: 塑料模具 are 模具.
func (t *tables) wordsIn(k string) finding {
	var places []int
	ask, start := false, 0 // start is where the places of the word before begin
	adjacent := false
	for len(k) > 0 {
		f, size := t.longestWord(k)
		if size == 0 {
			_, size = utf8.DecodeRuneInString(k)
			k, adjacent = k[size:], false
			continue
		}
		if adjacent {
			places = places[:start]
		}
		start = len(places)
		if f.ask {
			places = append(places, f.places...)
		} else {
			places = append(places, f.places[0])
		}
		ask, adjacent = f.ask, true
		k = k[size:]
	}
	f := t.shared(places)
	f.score = min(f.score, scorePart)
	f.ask = f.ask || (ask && len(f.places) > 1)
	return f
}

// longestWord finds the longest known word that k starts with.
func (t *tables) longestWord(k string) (finding, int) {
	end := min(len(k), t.words.max)
	for ; end >= minWord; end-- {
		if end < len(k) && !utf8.RuneStart(k[end]) {
			continue
		}
		if f := t.known(k[:end]); len(f.places) > 0 {
			return f, end
		}
	}
	return finding{}, 0
}

// known is word without the endings, for the many parts that are tried.
func (t *tables) known(k string) finding {
	if f := t.name(k); len(f.places) > 0 {
		return f
	}
	if places := t.words.stems[k]; len(places) > 0 {
		return t.broadest(places, scoreStem, false)
	}
	return finding{}
}

// namesWith finds the names that hold the text.
func (t *tables) namesWith(k string) finding {
	first, size := utf8.DecodeRuneInString(k)
	second, more := utf8.DecodeRuneInString(k[size:])
	if more == 0 || len(k) < minWord {
		return finding{}
	}
	var places []int
	for _, i := range t.words.pairs[pair(first, second)] {
		if strings.Contains(t.words.keys[i], k) {
			places = append(places, int(i))
		}
	}
	if len(places) == 0 {
		return finding{}
	}
	return t.broadest(places, scorePart, false)
}
