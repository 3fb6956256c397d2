package places

import "slices"

// use says how a name may be read.
type use uint16

const (
	useOwn    use = 1 << iota // may open an address
	useFull                   // written with its suffix; needs no check of what follows
	useEdge                   // short: what follows must not make it a road or another word
	useGuess                  // opening an address with it is a guess, said so
	useLast                   // opens an address only when nothing or a separator follows
	useZone                   // ref is a zone
	useFiller                 // says nothing
	useKeep                   // leads to a division and stays in the rest
	useCommon                 // a zone's name that many cities have
)

// entry is one reading of a name.
type entry struct {
	ref int // unit, or zone
	use use
}

// item is a name with one reading; name is its place in the pool.
type item struct {
	off  int32
	ref  int32
	use  use
	size uint8
}

// nameIndex finds the names that start at a place of a text. Names are grouped by their first two
// characters: groups are small, most hold one to six names.
type nameIndex struct {
	pool   []uint16
	items  []item
	groups map[uint32][2]int32
}

func (x *nameIndex) at(text []uint16) []item {
	if len(text) < 2 {
		return nil
	}
	g, ok := x.groups[pair(text[0], text[1])]
	if !ok {
		return nil
	}
	return x.items[g[0]:g[1]]
}

func (x *nameIndex) matches(it item, text []uint16) bool {
	if len(text) < int(it.size) {
		return false
	}
	name := x.pool[it.off : int(it.off)+int(it.size)]
	for i := 2; i < len(name); i++ {
		if name[i] != text[i] {
			return false
		}
	}
	return true
}

func pair(a, b uint16) uint32 { return uint32(a)<<16 | uint32(b) }

// indexBuilder collects names, then groups them.
type indexBuilder struct {
	pool  []uint16
	items []item
	keys  []uint32
}

func newIndexBuilder() *indexBuilder {
	const names = 16_000
	return &indexBuilder{
		pool:  make([]uint16, 0, 4*names),
		items: make([]item, 0, names),
		keys:  make([]uint32, 0, names),
	}
}

// add takes a name of two characters or more.
func (b *indexBuilder) add(name string, e entry) {
	off := len(b.pool)
	for _, r := range name {
		b.pool = append(b.pool, narrow(r))
	}
	size := len(b.pool) - off
	if size < minShort {
		b.pool = b.pool[:off]
		return
	}
	b.items = append(b.items, item{
		off: int32(off), ref: int32(e.ref), size: uint8(size), use: e.use,
	})
	b.keys = append(b.keys, pair(b.pool[off], b.pool[off+1]))
}

// build orders the names by group; names of one group keep the order in which they were added.
func (b *indexBuilder) build() nameIndex {
	order := make([]uint64, len(b.keys))
	for i, k := range b.keys {
		order[i] = uint64(k)<<32 | uint64(i)
	}
	slices.Sort(order)
	x := nameIndex{
		pool:   b.pool,
		items:  make([]item, len(order)),
		groups: make(map[uint32][2]int32, len(order)/2),
	}
	for i, o := range order {
		x.items[i] = b.items[uint32(o)]
		key := uint32(o >> 32)
		g, ok := x.groups[key]
		if !ok {
			g[0] = int32(i)
		}
		g[1] = int32(i + 1)
		x.groups[key] = g
	}
	return x
}
