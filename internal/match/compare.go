package match

import (
	"math"
	"slices"
)

// Weights in bits, for what is not counted in the register itself: how much likelier an agreement,
// or a difference, is of one customer than of two.
const (
	bitsFull       = 8.0  // the whole name, which the law makes unique in one place
	bitsNamesFar   = -10. // other names
	bitsCodes      = -8.0 // two valid codes that differ are two legal persons
	bitsOrg        = 12.0
	bitsMobile     = 7.0
	bitsLine       = 5.0
	bitsEmail      = 6.0
	bitsDomain     = 4.0
	bitsRoom       = 5.0
	bitsHouse      = 3.0
	bitsNeighbour  = -0.5
	bitsApart      = -0.5
	bitsAway       = -1.5
	bitsLegal      = 3.5
	bitsLegalOther = -1.5
	bitsContact    = 3.0
	bitsStock      = -0.7 // 有限公司 becomes 股份有限公司
	bitsOtherForm  = -3.0
)

// Count tells how many customers of the register hold a key; it may stop counting at some hundreds.
type Count func(Key) int

// Compare tells what two customers are to each other.
func (m *Model) Compare(a, b *Card, count Count, limits Limits) Verdict {
	e := &evidence{m: m, a: a, b: b, count: count, limits: limits}
	switch {
	case a.uscc != "" && a.uscc == b.uscc:
		return Verdict{Exact, bitsOrg, []Reason{SameCode}}
	case a.person != b.person:
		e.mobile()
		return e.decide(false)
	case a.person:
		return e.persons()
	}
	return e.organisations()
}

type evidence struct {
	m       *Model
	a, b    *Card
	count   Count
	limits  Limits
	bits    float64
	reasons []Reason
	direct  bool // something that is asked about by itself
}

func (e *evidence) add(bits float64, r Reason) {
	e.bits += bits
	if !slices.Contains(e.reasons, r) {
		e.reasons = append(e.reasons, r)
	}
}

// others are the customers with a key beside the two.
func (e *evidence) others(k Key) float64 {
	n := e.count(k) - 1
	if e.a.stored {
		n--
	}
	return float64(max(n, 0))
}

// rarity is what an agreement is worth of which there are so many others. One that stands alone is
// worth most: one name in seven meets its like by chance. steep says how much of its worth it loses
// with every doubling: people leave out the region, so that a name borne in ten cities is asked
// about all the same.
func rarity(others, steep float64) float64 { return bitsAlone - steep*math.Log2(1+others) }

const (
	bitsAlone  = 2.7
	steepCore  = 0.5
	steepSound = 0.6
	steepBrand = 0.8
)

func (e *evidence) organisations() Verdict {
	n := e.bestName()
	e.bits += n.bits
	e.reasons = append(e.reasons, n.reasons...)
	codes := e.a.valid && e.b.valid && e.a.uscc != e.b.uscc
	if codes {
		e.bits += bitsCodes
	}
	if e.a.org != "" && e.a.org == e.b.org {
		e.add(bitsOrg, SameOrg)
		e.direct = true
	}
	if e.a.regNo != "" && e.a.regNo == e.b.regNo {
		e.add(bitsOrg, SameRegNo)
		e.direct = true
	}
	known := e.direct // one legal person whatever the names say
	e.direct = e.direct || slices.Contains(n.reasons, SameNameOnly)
	e.forms()
	e.mobile()
	e.reach()
	e.addresses()
	e.peopleOf()
	if n.relation != "" && !known && (!e.direct || n.relation != OtherRegion && n.relation != OtherTrade) {
		return e.related(n)
	}
	if codes {
		e.reasons = append(e.reasons, CodesDiffer)
	}
	return e.decide(n.near)
}

// decide: what was asked about by itself, or is likely enough, is suspected. Under other names it is
// somebody else, whatever else they share: neighbours, firms of one group, a bookkeeper's address.
func (e *evidence) decide(near bool) Verdict {
	v := Verdict{Bits: e.bits, Reasons: e.reasons}
	if e.direct || near && e.bits >= e.limits.Suspect {
		v.Level = Suspected
		v.Bits = max(v.Bits, e.limits.Suspect)
	}
	return v
}

// most brands of one name that are offered as relatives: beyond it is a common word.
const mostRelated = 200

func (e *evidence) related(n nameMatch) Verdict {
	v := Verdict{Bits: e.bits, Reasons: []Reason{SameBrand, n.relation}}
	chance := n.relation == OtherRegion || n.relation == OtherTrade
	if !chance || e.others(key(OfBrand, string(e.b.main.brand))) <= mostRelated && !n.slipped {
		v.Level = Related
	}
	return v
}

func (e *evidence) forms() {
	a, b := e.a.main.form, e.b.main.form
	if a == formNone || b == formNone || a == b || a == formPlain || b == formPlain {
		return
	}
	if a == formGroup || b == formGroup { // judged as group and member
		return
	}
	if a == formCoop || b == formCoop || a == formPartners || b == formPartners {
		e.bits += bitsOtherForm
		return
	}
	e.bits += bitsStock
}

// mobile: the same mobile elsewhere is asked about (R4.2), unless so many share it that it says
// little: a bookkeeper's, a switchboard's.
func (e *evidence) mobile() {
	for _, number := range e.a.mobiles {
		if !slices.Contains(e.b.mobiles, number) {
			continue
		}
		others := e.others(key(OfMobile, number))
		if int(others)+1 >= e.limits.Shared {
			e.add(max(0, bitsMobile-1.5*math.Log2(others+1)), SharedMobile)
			continue
		}
		e.direct = e.direct || e.limits.Mobile
		e.add(bitsMobile-math.Log2(others+1), SameMobile)
		return
	}
}

// common takes the value that both have and fewest others.
func (e *evidence) common(a, b []string, t Topic) (others float64, found bool) {
	others = math.Inf(1)
	for _, v := range a {
		if slices.Contains(b, v) {
			others, found = min(others, e.others(key(t, v))), true
		}
	}
	return others, found
}

// reach: landline, e-mail, domain. What many share says less.
func (e *evidence) reach() {
	if n, ok := e.common(e.a.lines, e.b.lines, OfLine); ok {
		e.add(max(0, bitsLine-1.5*math.Log2(n+1)), SameLine)
	}
	if n, ok := e.common(e.a.emails, e.b.emails, OfEmail); ok {
		e.add(max(0, bitsEmail-1.5*math.Log2(n+1)), SameEmail)
	} else if n, ok := e.common(e.a.domains, e.b.domains, OfDomain); ok {
		e.add(max(0, bitsDomain-math.Log2(n+1)), SameDomain)
	}
	if _, ok := e.common(e.a.accounts, e.b.accounts, OfAccount); ok {
		e.add(bitsMobile, SameAccount)
	}
}

// addresses take the pair of addresses that agrees best.
func (e *evidence) addresses() {
	switch e.bestPlace() {
	case placeRoom:
		e.add(bitsRoom, SameAddress)
	case placeHouse:
		e.add(bitsHouse, SameHouse)
	case placeOther:
		e.bits += bitsNeighbour
	case placeApart:
		e.bits += bitsApart
	case placeFar:
		if e.a.main.region == "" || e.b.main.region == "" {
			e.bits += bitsAway
		}
	}
}

func (e *evidence) bestPlace() place {
	best := placeUnknown
	for _, a := range e.a.addresses {
		for _, b := range e.b.addresses {
			if p := samePlace(a, b); p != placeUnknown && (best == placeUnknown || p < best) {
				best = p
			}
		}
	}
	return best
}

func (e *evidence) peopleOf() {
	if e.a.legal != "" && e.b.legal != "" {
		if e.a.legal == e.b.legal {
			e.add(bitsLegal, SameLegal)
		} else if difference([]rune(e.a.legal), []rune(e.b.legal)).kind != editSound {
			e.bits += bitsLegalOther
		}
	}
	if slices.ContainsFunc(e.a.people, func(p string) bool { return slices.Contains(e.b.people, p) }) {
		e.add(bitsContact, SameContact)
	}
}

// Weights of persons. The same name alone is never enough: bitsPersonName is below what is asked
// for, and only a sign of the person itself lifts it.
const (
	bitsPerson        = -8.0 // there are many people
	bitsPersonName    = 6.0
	bitsPersonSound   = 4.0
	bitsPersonSlip    = 1.0
	bitsPersonFar     = -6.0
	bitsPersonRoom    = 6.0
	bitsPersonHouse   = 3.5
	bitsPersonEmail   = 8.5
	bitsPersonLine    = 3.5
	bitsPersonAccount = 9.0
)

func (e *evidence) persons() Verdict {
	e.bits = bitsPerson
	near := e.personName()
	if len(e.a.certs) > 0 && len(e.b.certs) > 0 {
		if slices.ContainsFunc(e.a.certs, func(c string) bool { return slices.Contains(e.b.certs, c) }) {
			return Verdict{Exact, bitsOrg, []Reason{SameCert}}
		}
		e.bits += bitsCodes
	}
	e.mobile()
	if n, ok := e.common(e.a.emails, e.b.emails, OfEmail); ok {
		e.add(max(0, bitsPersonEmail-1.5*math.Log2(n+1)), SameEmail)
	}
	if n, ok := e.common(e.a.lines, e.b.lines, OfLine); ok {
		e.add(max(0, bitsPersonLine-1.5*math.Log2(n+1)), SameLine)
	}
	if _, ok := e.common(e.a.accounts, e.b.accounts, OfAccount); ok {
		e.add(bitsPersonAccount, SameAccount)
	}
	switch e.bestPlace() {
	case placeRoom:
		e.add(bitsPersonRoom, SameAddress)
	case placeHouse:
		e.add(bitsPersonHouse, SameHouse)
	case placeOther, placeFar:
		e.bits += bitsAway
	}
	return e.decide(near)
}

// personName compares the names of persons.
func (e *evidence) personName() (near bool) {
	d := difference(e.a.who, e.b.who)
	switch {
	case len(e.a.who) == 0 || len(e.b.who) == 0:
		return false
	case d.kind == editNone:
		e.add(bitsPersonName, SameName)
	case d.kind == editSound:
		e.add(bitsPersonSound, SameSound)
	case d.kind == editOne || d.kind == editSwap || d.kind == editGap && len(e.a.who)+len(e.b.who) > 5:
		e.add(bitsPersonSlip, OneSlip)
	default:
		e.bits += bitsPersonFar
		return false
	}
	return true
}
