package industry

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Hit is an industry that a text may mean.
type Hit struct {
	ID    string
	Exact bool    // the text is a code or a name of the standard, but for 业 and signs
	Score float64 // 1 for exact, less for an everyday word or a part of a name
}

// The scores of the ways to find an industry.
const (
	scoreExact = 1.0
	scoreUsual = 0.9 // an everyday word
	scoreStem  = 0.8 // a name but for 制造, 服务 and the like
	scoreTrade = 0.8 // goods and what is done with them
	scoreList  = 0.6 // what several words have in common
	scorePart  = 0.5 // a word inside the text, or the text inside a name
)

// maxOffers bounds the industries that are offered.
const maxOffers = 12

// maxText bounds how much of a text is read, in bytes: cells hold whole paragraphs at times.
const maxText = 600

// Match finds the industry that text means: a code (C39, 39, 3911), a name of any level with or
// without 业, a path of names (制造业-专用设备制造), an everyday word (电商), goods with what is done
// with them (医疗器械批发), or a part of a name. The other hits are worth offering; they are sorted,
// the best first.
//
// It returns ErrAmbiguous with the candidates in others when several are as likely, and ErrUnknown
// when there is none. The answer depends on the text alone.
func Match(text string) (best Hit, others []Hit, err error) {
	t := load()
	read := text
	if len(read) > maxText {
		read = read[:maxText]
	}
	f := t.find(read)
	if len(f.places) == 0 {
		return Hit{}, nil, ErrUnknown.With("text", excerpt(text))
	}
	hits := t.hits(f)
	if f.ask {
		return Hit{}, hits, ErrAmbiguous.With("text", excerpt(text), "candidates", names(hits))
	}
	return hits[0], hits[1:], nil
}

// finding is what a text may mean, the best first.
type finding struct {
	places []int
	score  float64
	exact  bool
	ask    bool
}

func (t *tables) hits(f finding) []Hit {
	places := f.places[:min(len(f.places), maxOffers)]
	var one [1]Hit
	hits := one[:0]
	if len(places) > 1 {
		hits = make([]Hit, 0, len(places))
	}
	for n, i := range places {
		h := Hit{ID: t.all[i].ID, Score: f.score}
		if n == 0 {
			h.Exact = f.exact
		} else if !f.ask {
			h.Score = f.score / 2
		}
		hits = append(hits, h)
	}
	return hits
}

func (t *tables) find(text string) finding {
	k := key(text)
	if k == "" || noise[k] {
		return finding{}
	}
	if f := t.code(k); len(f.places) > 0 {
		return f
	}
	if f := t.word(k); len(f.places) > 0 {
		return f
	}
	if f := t.path(text); len(f.places) > 0 {
		return f
	}
	if f := t.list(text); len(f.places) > 0 {
		return f
	}
	return t.part(k)
}

// noise says nothing of an industry.
var noise = map[string]bool{
	"公司": true, "企业": true, "集团": true, "有限公司": true, "行业": true, "产业": true, "其他": true,
	"其它": true, "其他行业": true, "无": true, "暂无": true, "未知": true, "不详": true, "个体": true,
	"个体户": true, "个体工商户": true, "民营": true, "民营企业": true, "一般": true, "综合": true,
}

// code reads C39, c39, 39 and 3911, also with the name behind it (C39计算机制造): the code decides.
func (t *tables) code(k string) finding {
	letter := k[0] >= 'a' && k[0] <= 't'
	digits := 0
	if letter {
		digits = 1
	}
	for digits < len(k) && k[digits] >= '0' && k[digits] <= '9' {
		digits++
	}
	rest := k[digits:]
	if rest != "" && rest[0] < utf8.RuneSelf { // 5g, it, 3d打印
		return finding{}
	}
	if letter {
		return t.lettered(strings.ToUpper(k[:1])+k[1:digits], rest)
	}
	i, ok := t.codes[k[:digits]]
	if !ok || (rest != "" && len(t.word(rest).places) == 0) { // 2023年 is no code
		return finding{}
	}
	return t.exactly(t.all[i].ID, rest)
}

// lettered reads an id; a letter alone counts before the name of its section only (a股 is none).
func (t *tables) lettered(id, name string) finding {
	if len(id) == 1 && name != "" {
		if f := t.word(name); !f.exact || t.all[f.places[0]].ID != id {
			return finding{}
		}
	}
	return t.exactly(id, name)
}

// exactly answers an id; a name behind the code that is another industry's makes it ambiguous.
func (t *tables) exactly(id, name string) finding {
	i, ok := t.index[id]
	if !ok {
		return finding{}
	}
	if name != "" {
		if named := t.word(name); len(named.places) > 0 && !t.related(named.places[0], i) {
			return finding{places: []int{i, named.places[0]}, score: scorePart, ask: true}
		}
	}
	return finding{places: []int{i}, score: scoreExact, exact: true}
}

// word finds a whole text among names, everyday words, goods and stems.
func (t *tables) word(k string) finding {
	if f := t.name(k); len(f.places) > 0 {
		return f
	}
	for _, ending := range tradeEndings {
		if short, found := strings.CutSuffix(k, ending); found && len(short) >= minWord {
			if f := t.name(short); len(f.places) > 0 {
				return f
			}
		}
	}
	if f := t.trade(k); len(f.places) > 0 {
		return f
	}
	if places := t.words.stems[k]; len(places) > 0 {
		return t.broadest(places, scoreStem, false)
	}
	return finding{}
}

func (t *tables) name(k string) finding {
	if places := t.words.names[k]; len(places) > 0 {
		return t.broadest(places, scoreExact, true)
	}
	if places := t.words.bare[k]; len(places) > 0 {
		return t.broadest(places, scoreExact, true)
	}
	if m, ok := t.words.usual[k]; ok {
		return finding{places: m.ids, score: scoreUsual, ask: m.ask}
	}
	return finding{}
}

// broadest leaves out what lies below another candidate; several that remain are asked about.
func (t *tables) broadest(places []int, score float64, exact bool) finding {
	top := t.tops(places)
	return finding{places: top, score: score, exact: exact && len(top) == 1, ask: len(top) > 1}
}

// tops returns the places that lie below no other of them, in the order of ids.
func (t *tables) tops(places []int) []int {
	if len(places) == 1 {
		return places
	}
	sorted := slices.Clone(places)
	slices.Sort(sorted) // an id sorts before those below it
	tops := sorted[:0]
	for _, i := range sorted {
		if len(tops) == 0 || !t.inside(i, tops[len(tops)-1]) {
			tops = append(tops, i)
		}
	}
	return tops
}

func (t *tables) inside(i, top int) bool {
	return strings.HasPrefix(t.all[i].ID, t.all[top].ID)
}

func (t *tables) related(a, b int) bool { return t.inside(a, b) || t.inside(b, a) }

const (
	doWholesale = 1 + iota
	doRetail
	doSell
	doMake
)

// deeds are what is done with goods, at the end of a text; longest first.
var deeds = []struct {
	ending string
	deed   int
}{
	{"批发零售", doSell}, {"批发兼零售", doSell}, {"批发与零售", doSell}, {"批发和零售", doSell},
	{"生产销售", doMake}, {"生产与销售", doMake}, {"研发生产", doMake}, {"制造业", doMake},
	{"批发", doWholesale}, {"贸易", doWholesale}, {"商贸", doWholesale}, {"经销", doWholesale},
	{"代理", doWholesale}, {"进出口", doWholesale}, {"零售", doRetail}, {"专卖", doRetail},
	{"店", doRetail}, {"销售", doSell}, {"买卖", doSell}, {"经营", doSell},
	{"生产", doMake}, {"制造", doMake}, {"加工", doMake}, {"研发", doMake}, {"制作", doMake},
	{"厂", doMake},
}

// trade reads goods with what is done with them. Selling without more is taken as wholesale, the
// retail trade offered: customers of a company are more often wholesalers.
func (t *tables) trade(k string) finding {
	for _, d := range deeds {
		goods, found := strings.CutSuffix(k, d.ending)
		if !found || len(goods) < len("茶") {
			continue
		}
		m, ok := t.words.usual[goods]
		if !ok {
			continue
		}
		if f := m.done(d.deed); len(f.places) > 0 {
			return f
		}
	}
	return finding{}
}

func (m meaning) done(deed int) finding {
	switch {
	case deed == doMake:
		return finding{places: m.ids, score: scoreTrade, ask: m.ask}
	case deed == doWholesale && m.wholesale != none:
		return finding{places: []int{m.wholesale}, score: scoreTrade}
	case deed == doRetail && m.retail != none:
		return finding{places: []int{m.retail}, score: scoreTrade}
	case deed == doSell && m.wholesale != none && m.retail != none:
		return finding{places: []int{m.wholesale, m.retail}, score: scoreTrade}
	}
	return finding{}
}

// maxNames bounds the candidates that a sentence lists.
const maxNames = 6

func names(hits []Hit) string {
	list := make([]string, 0, maxNames)
	for _, h := range hits[:min(len(hits), maxNames)] {
		e, _ := Find(h.ID)
		list = append(list, e.Name+"（"+e.ID+"）")
	}
	joined := strings.Join(list, "、")
	if len(hits) > maxNames {
		joined += "等"
	}
	return joined
}

// maxExcerpt is how many characters of a text a sentence repeats.
const maxExcerpt = 20

func excerpt(text string) string {
	text = strings.ToValidUTF8(text, "")
	count := 0
	for i := range text {
		if count == maxExcerpt {
			return text[:i] + "…"
		}
		count++
	}
	return text
}
