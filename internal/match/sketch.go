package match

import "hash/fnv"

// Sketch is a card in a few bytes: what a scan keeps of every customer, to leave out the pairs that
// cannot be one without reading them.
type Sketch struct {
	region uint32 // named by the name
	branch uint32
	code   uint32 // of a valid credit code
	flags  byte
}

const (
	sketchPerson = 1 << iota
	sketchNoTrade
	sketchKnown
)

// Sketch of a card.
func (c *Card) Sketch() Sketch {
	s := Sketch{flags: sketchKnown}
	if c.valid {
		s.code = brief(c.uscc)
	}
	if c.person {
		s.flags |= sketchPerson
		return s
	}
	s.region, s.branch = codeNumber(c.main.region), brief(c.main.branch)
	if len(c.main.trade) == 0 || c.short != nil {
		s.flags |= sketchNoTrade
	}
	return s
}

func brief(text string) uint32 {
	if text == "" {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(text))
	return max(h.Sum32(), 1)
}

func codeNumber(code string) uint32 {
	n := uint32(0)
	for _, r := range code {
		n = n*10 + uint32(r-'0')
	}
	return n
}

// MayBeOne tells whether two that share a key of a topic are worth comparing.
func MayBeOne(t Topic, a, b Sketch) bool {
	if a.flags&sketchKnown == 0 || b.flags&sketchKnown == 0 { // gone since
		return false
	}
	if (a.flags^b.flags)&sketchPerson != 0 {
		return t == OfMobile
	}
	switch t {
	case OfPlace:
		return a.flags&sketchPerson != 0 // firms at one address share more than that, or are neighbours
	case OfCore, OfSound, OfSlip, OfBrand:
		if a.code != 0 && b.code != 0 && a.code != b.code || a.region != 0 && b.region != 0 && apart(a.region, b.region) ||
			(a.branch == 0) != (b.branch == 0) {
			return false
		}
		return t != OfBrand || (a.flags|b.flags)&sketchNoTrade != 0
	}
	return true
}

// apart: neither lies in the other.
func apart(a, b uint32) bool {
	for _, unit := range []uint32{1, 100, 10_000} {
		if a%unit == 0 && a/unit == b/unit || b%unit == 0 && a/unit == b/unit {
			return false
		}
	}
	return true
}

// Scanned are the topics that a scan goes through, in the order of their keys: the domain of a
// mail is too common to say something of a pair by itself.
var Scanned = []Topic{OfOrg, OfRegNo, OfMobile, OfLine, OfEmail, OfCert, OfAccount, OfPlace, OfName, OfCore,
	OfSound, OfSlip, OfBrand}

// Progress is how much of a scan is behind it at a key, from 0 to 1: the topics count alike.
func Progress(at Key) float64 {
	for i, t := range Scanned {
		if at < (t + 1).First() {
			within := max(at-t.First(), 0)
			return (float64(i) + float64(within)/float64(hashMask+1)) / float64(len(Scanned))
		}
	}
	return 1
}

// SharesEarlier tells whether two cards share a scanned key below one: the pair has been looked at
// there.
func SharesEarlier(a, b *Card, at Key) bool {
	x, y := a.Keys(), b.Keys()
	for i, j := 0, 0; i < len(x) && j < len(y) && x[i] < at && y[j] < at; {
		switch {
		case x[i] < y[j]:
			i++
		case x[i] > y[j]:
			j++
		default:
			if isScanned(x[i].Topic()) {
				return true
			}
			i++
			j++
		}
	}
	return false
}

func isScanned(t Topic) bool { return t <= OfBrand }
