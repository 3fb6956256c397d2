package places

// A walk reads division names from the start of an address, each below the one before, along all
// readings, and keeps the reading that covers most of the text.

// maxTies bounds how many equally good readings are kept to be asked about.
const maxTies = 48

// trail is one reading so far.
type trail struct {
	unit   int  // the last division, none at the start
	anchor int  // the last division of today, none where there is none
	pos    int  // where the next name would start
	keep   int  // where the rest of the address starts
	tokens int  // names read
	zone   int  // the zone read, none
	zoneAt span // where its name stands
	old    int  // an old unit read, none
	guess  bool // the first name alone is not sure
	full   bool // the first name stands with its suffix
	weak   bool // what follows makes the last name doubtful: it must be confirmed by the next
}

type span struct{ from, to int }

// tie is what is kept of a reading that is as good as the best.
type tie struct{ unit, anchor int32 }

type walk struct {
	t     *tables
	h     *head
	start int
	steps int
	best  trail
	ties  [maxTies]tie // readings as good as best, with another last unit
	n     int
	rank  rank
}

// rank orders readings: more text, then names of today before those that ended later and earlier,
// then the wider division (吉林 is the province, 大理 the prefecture).
type rank struct{ end, until, wide int }

// inForce is the year in which names of today end.
const inForce = 9999

func (r rank) better(o rank) bool {
	if r.end != o.end {
		return r.end > o.end
	}
	if r.until != o.until {
		return r.until > o.until
	}
	return r.wide > o.wide
}

func (w *walk) from(start int) {
	w.rank, w.n, w.start, w.steps = rank{end: -1}, 0, start, 0
	w.best = trail{unit: none, anchor: none, pos: start, keep: start, zone: none, old: none}
	w.step(w.best)
}

func (w *walk) step(tr trail) {
	if tr.unit != none && !tr.weak {
		w.offer(tr)
	}
	if w.steps++; tr.tokens >= maxTokens || w.steps > maxWalk {
		return
	}
	at := tr.pos
	if !tr.weak {
		at = w.skip(tr, at)
	}
	text := w.h.chars[at:w.h.size]
	for _, it := range w.t.index.at(text) {
		if !w.t.index.matches(it, text) {
			continue
		}
		if next, ok := w.take(tr, it, at); ok {
			w.step(next)
		}
	}
}

// skip passes separators, and after a province the 县 that stands for 500200 in exports
// (重庆市/县/巫山县).
func (w *walk) skip(tr trail, at int) int {
	at = w.h.skipSeparators(at)
	if tr.unit != none && w.t.units[tr.unit].level == LevelProvince &&
		at < w.h.size && w.h.chars[at] == '县' {
		at = w.h.skipSeparators(at + 1)
	}
	return at
}

// maxTokens bounds the names of one reading: three levels, each twice, a zone and fillers.
const maxTokens = 10

// maxWalk bounds the readings tried, so that no text takes long; an ordinary address has about 10,
// only names repeated many times reach it.
const maxWalk = 400

func (w *walk) take(tr trail, it item, at int) (trail, bool) {
	end := at + int(it.size)
	next := tr
	next.pos, next.keep, next.tokens, next.weak = end, end, tr.tokens+1, false
	switch {
	case it.use&useFiller != 0:
		return next, tr.unit != none
	case it.use&useZone != 0:
		return w.takeZone(tr, next, it, span{at, end})
	}
	if !w.t.fits(tr, int(it.ref), it.use) {
		return next, false
	}
	if !w.edge(&next, tr, it, end) {
		return next, false
	}
	if it.use&useKeep != 0 {
		next.keep = at
	}
	if tr.unit == none {
		next.full = it.use&useFull != 0
	}
	next.unit = int(it.ref)
	if w.t.units[it.ref].old {
		next.old = next.unit
	} else {
		next.anchor = next.unit
	}
	return next, true
}

// edge applies the rules for names without their suffix.
func (w *walk) edge(next *trail, tr trail, it item, end int) bool {
	if tr.unit == none {
		if it.use&useOwn == 0 && it.use&useLast == 0 {
			return false
		}
		if it.use&useLast != 0 && !w.h.ends(end) {
			return false
		}
		next.guess = it.use&(useLast|useGuess) != 0
	}
	if it.use&useEdge != 0 {
		district := w.t.units[it.ref].level == LevelCounty
		next.weak = w.h.roadFollows(end) || ((district || tr.unit == none) && w.h.placeFollows(end))
	}
	return true
}

// fits tells whether unit i may stand below the last name of the trail.
func (t *tables) fits(tr trail, i int, use use) bool {
	if tr.unit == none {
		return true
	}
	if i == tr.unit { // 北京市北京市, 上海上海市
		return use&useFull != 0 || t.units[i].level == LevelProvince
	}
	if !t.below(i, tr.unit) {
		return false
	}
	if t.units[tr.unit].old && !t.units[i].old && t.units[i].level == LevelCity {
		return false // 铜仁地区铜仁市 was the county-level city
	}
	// Text after a district is free: only a full name is read there (栾城区栾城县), and after a
	// former one that was divided the name of a part (绍兴县柯桥).
	top := &t.units[tr.unit]
	return top.level != LevelCounty || use&useFull != 0 || len(top.targets) > 1
}

// below tells whether unit i lies in unit top, today or as it was.
func (t *tables) below(i, top int) bool {
	if t.inside(i, top) {
		return true
	}
	for _, target := range t.units[i].targets {
		if t.inside(target, top) {
			return true
		}
		for _, topTarget := range t.units[top].targets {
			if t.inside(target, topTarget) {
				return true
			}
		}
	}
	for _, topTarget := range t.units[top].targets {
		if t.inside(i, topTarget) {
			return true
		}
	}
	return false
}

func (t *tables) inside(i, top int) bool {
	for ; i != none; i = t.units[i].parent {
		if i == top {
			return true
		}
	}
	return false
}

// takeZone reads a zone below its city. Below the province the city follows from the zone, unless
// many cities have a zone of that name.
func (w *walk) takeZone(tr, next trail, it item, at span) (trail, bool) {
	if tr.unit == none || tr.zone != none || tr.weak || w.h.roadFollows(at.to) {
		return next, false
	}
	z, common := &w.t.zones[it.ref], it.use&useCommon != 0
	switch {
	case tr.anchor == z.within:
	case !common && w.t.inside(z.within, tr.anchor):
		next.unit, next.anchor = z.within, z.within
	case w.t.inside(tr.anchor, z.within) && (!common || w.holds(z, tr.anchor)):
	default:
		return next, false
	}
	next.zone, next.zoneAt = int(it.ref), at
	return next, true
}

// holds tells whether the district is one that the zone lies in.
func (w *walk) holds(z *zone, district int) bool {
	if z.certain == district {
		return true
	}
	for _, code := range z.possible {
		if w.t.units[district].code == code {
			return true
		}
	}
	return false
}

func (w *walk) offer(tr trail) {
	r := rank{end: tr.pos, until: inForce, wide: -w.t.units[tr.unit].level}
	if tr.old != none {
		r.until = w.t.units[tr.old].until
	}
	switch {
	case r.better(w.rank):
		w.rank, w.best, w.n = r, tr, 0
	case r == w.rank && tr.unit != w.best.unit && w.n < maxTies:
		w.ties[w.n] = tie{int32(tr.unit), int32(tr.anchor)}
		w.n++
	}
}
