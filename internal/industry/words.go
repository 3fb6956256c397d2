package industry

import (
	_ "embed"
	"strings"
)

// words.tsv lists everyday words for industries; the choice is the product's own.
//
//go:embed data/words.tsv
var wordsTSV string

// meaning is what a word stands for.
type meaning struct {
	ids       []int // places in all; the first is meant, the others are offered
	ask       bool  // none is meant more than the others
	wholesale int   // for goods: the trade in them, none where there is none
	retail    int
}

const none = -1

// words finds meanings by word and by what is written in the words.
type words struct {
	names map[string][]int   // key of a name → entries
	bare  map[string][]int   // key of a name without 业 → entries
	stems map[string][]int   // key of a name without 制造, 服务… → entries
	usual map[string]meaning // everyday words
	pairs map[uint64][]int32 // two characters → entries whose key holds them
	keys  []string           // key of each entry
	max   int                // most bytes of a key in names, stems or usual
}

// stemEndings are left out of names to find the thing itself: 玻璃制造 is found by 玻璃.
var stemEndings = []string{
	"制造业", "服务业", "制造", "服务", "加工业", "加工", "生产和供应", "生产", "活动", "种植", "饲养", "管理", "采选", "开采",
	"冶炼", "经营",
}

func (t *tables) readWords() words {
	w := words{
		names: make(map[string][]int, len(t.all)),
		bare:  make(map[string][]int, len(t.all)),
		stems: make(map[string][]int, len(t.all)),
		usual: make(map[string]meaning, 1000),
		pairs: make(map[uint64][]int32, 4*len(t.all)),
		keys:  make([]string, len(t.all)),
	}
	for i, e := range t.all {
		w.keys[i] = key(e.Name)
		w.addName(w.keys[i], i)
	}
	for i, k := range w.keys {
		w.addPairs(k, int32(i))
	}
	for line := range strings.Lines(wordsTSV) {
		t.addUsual(&w, strings.TrimRight(line, "\r\n"))
	}
	return w
}

func (w *words) addName(k string, i int) {
	w.names[k] = append(w.names[k], i)
	w.max = max(w.max, len(k))
	if short, found := strings.CutSuffix(k, "业"); found && len(short) >= minWord {
		w.bare[short] = append(w.bare[short], i)
		k = short
	}
	for _, ending := range stemEndings {
		if stem, found := strings.CutSuffix(k, ending); found && len(stem) >= minWord {
			w.stems[stem] = append(w.stems[stem], i)
			return
		}
	}
}

// minWord is the least length of a word inside another, in bytes: two Chinese characters.
const minWord = len("软件")

func (w *words) addPairs(k string, i int32) {
	last := rune(0)
	for _, r := range k {
		if last != 0 {
			p := pair(last, r)
			if list := w.pairs[p]; len(list) == 0 || list[len(list)-1] != i {
				w.pairs[p] = append(list, i)
			}
		}
		last = r
	}
}

func pair(a, b rune) uint64 { return uint64(a)<<32 | uint64(b) }

func (t *tables) addUsual(w *words, line string) {
	if line == "" || strings.HasPrefix(line, "#") {
		return
	}
	f := append(strings.Split(line, "\t"), "", "", "")
	ids, ask := strings.CutPrefix(f[1], "?")
	m := meaning{ask: ask, wholesale: t.place(f[2]), retail: t.place(f[3])}
	for id := range strings.SplitSeq(ids, ";") {
		m.ids = append(m.ids, t.index[id])
	}
	for word := range strings.SplitSeq(f[0], ",") {
		k := key(word)
		w.usual[k] = m
		w.max = max(w.max, len(k))
	}
}

func (t *tables) place(id string) int {
	if i, ok := t.index[id]; ok {
		return i
	}
	return none
}
