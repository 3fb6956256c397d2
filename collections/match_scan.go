package collections

import (
	"slices"

	"kehu/internal/match"
)

// Bounds of a scan.
const (
	scanKeys   = 20_000  // keys read at once
	scanGroup  = 60      // customers that share a key; more share it by nature
	scanCards  = 3_000   // cards held at once
	scanCounts = 200_000 // counts of keys remembered
	countMost  = 300     // customers of a key that are counted
)

// Scan goes over the keys of the whole register in their order and compares those who share one.
// It holds a few bytes of every customer and some thousand cards, whatever the register holds.
type Scan struct {
	sketches []match.Sketch // by doc
	model    *match.Model
	limits   match.Limits
	counts   map[match.Key]int
	Pairs    int // found so far
}

// NewScan begins with no customer known; Learn tells it of them.
func NewScan(m *match.Model, limits match.Limits) *Scan {
	return &Scan{model: m, limits: limits, counts: map[match.Key]int{}}
}

// Learn takes up the customers after a sequence number, some at a time; done when there are no
// more.
func (s *Scan) Learn(db DB, after int64, n int) (last int64, done bool, err error) {
	rows, err := db.Query(`SELECT doc, kind, name, short_name, uscc FROM customers
		WHERE doc > ? ORDER BY doc LIMIT ?`, after, n)
	if err != nil {
		return after, false, err
	}
	defer rows.Close()
	read := 0
	for last = after; rows.Next(); read++ {
		var r match.Record
		if err := rows.Scan(&last, &r.Kind, &r.Name, &r.Short, &r.USCC); err != nil {
			return last, false, err
		}
		for int64(len(s.sketches)) <= last {
			s.sketches = append(s.sketches, match.Sketch{})
		}
		s.sketches[last] = match.Read(r, true).Sketch()
	}
	return last, read < n, rows.Err()
}

func (s *Scan) sketch(doc int64) match.Sketch {
	if doc < int64(len(s.sketches)) {
		return s.sketches[doc]
	}
	return match.Sketch{}
}

// pairAt is a pair that shares a key.
type pairAt struct {
	a, b int64
	key  match.Key
}

// Found is a pair that is suspected.
type Found struct {
	A, B    *Carded
	Verdict match.Verdict
}

// Step compares those who share some of the next keys. done says that there are no more.
func (s *Scan) Step(db DB, from match.Key) (next match.Key, found []Found, done bool, err error) {
	pairs, next, done, err := s.candidates(db, from)
	if err != nil {
		return from, nil, false, err
	}
	for len(pairs) > 0 {
		docs := map[int64]bool{}
		n := 0
		for ; n < len(pairs) && len(docs) < scanCards; n++ {
			docs[pairs[n].a], docs[pairs[n].b] = true, true
		}
		list := make([]int64, 0, len(docs))
		for doc := range docs {
			list = append(list, doc)
		}
		slices.Sort(list)
		cards, err := Cards(db, list)
		if err != nil {
			return from, nil, false, err
		}
		for _, p := range pairs[:n] {
			if f, ok, err := s.judge(db, cards[p.a], cards[p.b], p.key); err != nil {
				return from, nil, false, err
			} else if ok {
				found = append(found, f)
			}
		}
		pairs = pairs[n:]
	}
	s.Pairs += len(found)
	return next, found, done, nil
}

func (s *Scan) judge(db DB, a, b *Carded, at match.Key) (Found, bool, error) {
	if a == nil || b == nil || match.SharesEarlier(a.Card, b.Card, at) {
		return Found{}, false, nil
	}
	var failed error
	v := s.model.Compare(a.Card, b.Card, func(k match.Key) int {
		n, err := s.count(db, k)
		if err != nil {
			failed = err
		}
		return n
	}, s.limits)
	return Found{a, b, v}, v.Level == match.Suspected || v.Level == match.Exact, failed
}

// count is how many customers hold a key, as far as countMost.
func (s *Scan) count(db DB, k match.Key) (int, error) {
	if n, ok := s.counts[k]; ok {
		return n, nil
	}
	n, err := KeyCount(db, k)
	if len(s.counts) >= scanCounts {
		clear(s.counts)
	}
	s.counts[k] = n
	return n, err
}

// KeyCount is how many customers hold a key, as far as countMost.
func KeyCount(db DB, k match.Key) (n int, err error) {
	_, err = one(db, []any{&n}, "SELECT count(*) FROM (SELECT 1 FROM kehu_match WHERE h = ? LIMIT ?)",
		int64(k), countMost)
	return n, err
}

// candidates reads the next keys and pairs those who share one. The last key of a page is left to
// the next one, unless it fills the page.
func (s *Scan) candidates(db DB, from match.Key) (pairs []pairAt, next match.Key, done bool, err error) {
	topic := scannedFrom(from)
	if topic == 0 {
		return nil, from, true, nil
	}
	from = max(from, topic.First())
	rows, err := db.Query(`SELECT h, doc FROM kehu_match WHERE h >= ? AND h < ? ORDER BY h, doc LIMIT ?`,
		int64(from), int64((topic + 1).First()), scanKeys)
	if err != nil {
		return nil, from, false, err
	}
	defer rows.Close()
	var group []int64
	key, read := from, 0
	for ; rows.Next(); read++ {
		var h, doc int64
		if err := rows.Scan(&h, &doc); err != nil {
			return nil, from, false, err
		}
		if match.Key(h) != key {
			pairs = s.pairUp(pairs, key, group)
			key, group = match.Key(h), group[:0]
		}
		if len(group) <= scanGroup {
			group = append(group, doc)
		}
	}
	switch {
	case read < scanKeys: // the topic is at its end
		return s.pairUp(pairs, key, group), (topic + 1).First(), false, rows.Err()
	case key == from: // one key fills the page
		return pairs, key + 1, false, rows.Err()
	}
	return pairs, key, false, rows.Err()
}

// scannedFrom is the first topic of the scan at or after a key; 0 after the last.
func scannedFrom(from match.Key) match.Topic {
	for _, t := range match.Scanned {
		if from < (t + 1).First() {
			return t
		}
	}
	return 0
}

func (s *Scan) pairUp(pairs []pairAt, key match.Key, group []int64) []pairAt {
	if len(group) < 2 || len(group) > scanGroup {
		return pairs
	}
	for i, a := range group {
		for _, b := range group[i+1:] {
			if match.MayBeOne(key.Topic(), s.sketch(a), s.sketch(b)) {
				pairs = append(pairs, pairAt{a, b, key})
			}
		}
	}
	return pairs
}
