package match

import (
	"math"
	"slices"
	"strings"
)

// Weights of names in bits, beside what the register's own counts say.
const (
	bitsSound     = -0.5
	bitsShort     = -1.0
	bitsPart      = -1.5
	bitsSlip      = -2.5 // one entry in six has a slip
	bitsSwapBrand = -3.0
	bitsMostSlip  = 5.0
	bitsOrdinary  = -2.0 // the character in the other's place is one that brands are made of
	bitsOdd       = 1.5  // it is one that they are not made of
	bitsPlain     = 5.0  // a character of a trade
)

// nameMatch is how two names of organisations agree.
type nameMatch struct {
	near     bool
	bits     float64
	reasons  []Reason
	relation Reason // branch, sibling …: not one, but of one family
	slipped  bool   // the brands are only alike
}

var farNames = nameMatch{bits: bitsNamesFar}

// bestName compares the names, and each name with the other's short name.
func (e *evidence) bestName() nameMatch {
	best := e.names(&e.a.main, &e.b.main)
	if e.b.short != nil {
		best = better(best, e.names(&e.a.main, e.b.short))
	}
	if e.a.short != nil {
		best = better(best, e.names(e.a.short, &e.b.main))
	}
	return best
}

// better prefers what makes two one over what makes them relatives, then the stronger.
func better(a, b nameMatch) nameMatch {
	if a.near != b.near {
		if b.near {
			return b
		}
		return a
	}
	if (a.relation == "") != (b.relation == "") {
		if a.relation == "" && a.near {
			return a
		}
		if b.relation == "" && b.near {
			return b
		}
	}
	if b.bits > a.bits {
		return b
	}
	return a
}

func (e *evidence) names(a, b *name) nameMatch {
	if len(a.core) == 0 || len(b.core) == 0 {
		return farNames
	}
	if equalRunes(a.full, b.full) && a.branch == b.branch && sameRegionName(a, b) {
		return nameMatch{near: true, bits: bitsFull, reasons: []Reason{SameNameOnly}}
	}
	best := e.cores(a, b)
	for _, v := range b.variants()[1:] {
		best = better(best, e.cores(a, &v))
	}
	for _, v := range a.variants()[1:] {
		best = better(best, e.cores(&v, b))
	}
	if !best.near {
		return best
	}
	e.regions(a, b, &best)
	e.family(a, b, &best)
	return best
}

func sameRegionName(a, b *name) bool {
	d := distance(a.region, b.region)
	return d == nearSame || d == nearUnknown || d == nearInside
}

// cores compares what is left of the names without region, form and branch.
func (e *evidence) cores(a, b *name) nameMatch {
	d := difference(a.core, b.core)
	sameBrand := equalRunes(a.brand, b.brand)
	brand := key(OfBrand, string(b.brand))
	switch {
	case d.kind == editNone:
		return nearName(rarity(e.others(key(OfCore, string(b.core))), steepCore), SameCore)
	case sameBrand && len(a.brand) < len(a.core) && len(b.brand) < len(b.core):
		return e.trades(a, b, d, brand)
	case sameBrand: // one names no trade
		return nearName(rarity(e.others(brand), steepBrand)+bitsShort, ShortName)
	case d.kind == editSound:
		return nearName(rarity(e.others(key(OfSound, sound(b.core))), steepSound)+bitsSound, SameSound)
	case d.kind != editFar:
		return e.slip(a, b, d)
	}
	return e.begins(a, b)
}

func nearName(bits float64, r Reason) nameMatch {
	return nameMatch{near: true, bits: bits, reasons: []Reason{r}}
}

// trades compares names of one brand whose trades are not the same.
func (e *evidence) trades(a, b *name, d change, brand Key) nameMatch {
	x, y := string(a.trade), string(b.trade)
	contained := strings.Contains(x, y) || strings.Contains(y, x)
	n := nearName(rarity(e.others(brand), steepBrand)+bitsPart, SameBrand)
	if d.kind == editSound || d.kind == editSwap {
		n.reasons = []Reason{OneSlip}
		return n
	}
	if !contained {
		n.relation = OtherTrade
	}
	return n
}

// begins: a name that is cut off after its first characters.
func (e *evidence) begins(a, b *name) nameMatch {
	long, short := a, b
	if len(long.core) < len(short.core) {
		long, short = b, a
	}
	if len(short.core) < minSlip || !hasPrefix(long.core, short.core) {
		return farNames
	}
	bits := e.sharedBits(long, len(short.core), 0) - e.m.size() + bitsSlip
	return nearName(min(bits, bitsMostSlip), ShortName)
}

// slip weighs one wrong, missing or exchanged character against the number of names that would be
// as near by chance: it depends on how common the characters are that agree.
func (e *evidence) slip(a, b *name, d change) nameMatch {
	if counts(d) || d.kind == editOne && d.at == 0 && saysNothing(a.core[1:]) {
		return farNames
	}
	long := a
	if len(b.core) > len(a.core) {
		long = b
	}
	before, after := d.at, len(long.core)-d.at-1
	if d.kind == editSwap {
		before, after = len(long.core), 0
	}
	bits := e.sharedBits(long, before, after) - e.m.size() + bitsSlip
	inBrand := d.at < max(len(a.brand), len(b.brand))
	switch {
	case d.kind == editSwap && inBrand && len(long.brand) <= 2:
		bits += bitsSwapBrand
	case d.kind == editOne && inBrand:
		bits += e.odd(d)
	}
	n := nearName(min(bits, bitsMostSlip), OneSlip)
	n.slipped = true
	return n
}

// counts: what differs is a letter, a numeral or a direction, by which things of one kind are told
// apart: 客户A and 客户B, 华东 and 华南.
func counts(d change) bool {
	tells := func(r rune) bool {
		return r < 0x80 || isNumeral(r) || strings.ContainsRune("甲乙丙丁戊己庚辛壬癸东西南北", r)
	}
	switch d.kind {
	case editOne:
		return tells(d.a) && tells(d.b)
	case editGap:
		return d.a < 0x80
	}
	return false
}

// saysNothing: only trade and legal form, as after the one character of 甲仪器, 乙公司.
func saysNothing(text []rune) bool {
	for _, f := range forms {
		if word := []rune(f.text); hasSuffix(text, word) {
			text = text[:len(text)-len(word)]
			break
		}
	}
	return isTrade(text)
}

// odd weighs the two characters of which one stands in the other's place: where both are such as
// brands are made of, these are two brands.
func (e *evidence) odd(d change) float64 {
	share := min(e.m.charShare(d.a), e.m.charShare(d.b))
	switch {
	case share > 1.0/200:
		return bitsOrdinary
	case share < 1.0/1200:
		return bitsOdd
	}
	return 0
}

// sharedBits is how rare it is that the first and the last characters of a name agree: each
// character of the brand by itself, a trade at the end as a whole.
func (e *evidence) sharedBits(n *name, before, after int) float64 {
	sum := 0.0
	end := len(n.core)
	if whole := len(n.trade); whole > 0 && (after >= whole || before == len(n.core)) {
		sum += bits(e.m.tradeShare(string(n.trade)))
		end -= whole
	}
	for i, r := range n.core[:end] {
		switch {
		case i >= before && i < len(n.core)-after:
		case i < len(n.brand):
			sum += bits(e.m.charShare(r))
		default:
			sum += bitsPlain
		}
	}
	return sum
}

// Weights of regions.
const (
	bitsRegionMost   = 6.0
	bitsRegionInside = 1.0
	bitsRegionCity   = 1.5
	bitsRegionFar    = -3.0
)

// regions weighs where the two are: by their names, else by their addresses.
func (e *evidence) regions(a, b *name, n *nameMatch) {
	if d := distance(a.region, b.region); d == nearFar || d == nearCity {
		n.relation = OtherRegion
		return
	}
	x, y := a.region, b.region
	if x == "" {
		x = e.a.division
	}
	if y == "" {
		y = e.b.division
	}
	switch d := distance(x, y); {
	case d == nearSame || d == nearInside && len(x) == 6 && len(y) == 6 && cityOf(x) == cityOf(y):
		n.bits += min(bits(e.m.cityShare(x)), bitsRegionMost)
		n.reasons = append(n.reasons, SameRegion)
	case d == nearInside:
		n.bits += bitsRegionInside
	case d == nearCity:
		n.bits += bitsRegionCity
	case d == nearFar:
		n.bits += bitsRegionFar
	}
}

// family finds what makes two names of one brand two customers: branch, number, group.
func (e *evidence) family(a, b *name, n *nameMatch) {
	switch {
	case a.branch == "" && b.branch == "":
	case a.branch == "" || b.branch == "":
		n.relation = IsBranch
		return
	case !sameBranch(a.branch, b.branch):
		n.relation = OtherBranch
		return
	}
	if a.numbers != b.numbers && !onlyMissing(a, b) {
		n.relation = OtherBranch
		return
	}
	if a.group != b.group && a.form != formNone && b.form != formNone {
		n.relation = IsGroup
		return
	}
	if n.slipped && siblings(a.core, b.core) {
		n.relation = OtherBranch
	}
}

// onlyMissing: a number that stands in the brand (三一, 五粮) and is missing in the other by a slip
// is no other number.
func onlyMissing(a, b *name) bool {
	return (a.numbers == "" || b.numbers == "") && !strings.ContainsRune(string(a.full)+string(b.full), '第') &&
		!slices.ContainsFunc(slices.Concat(a.full, b.full), func(r rune) bool { return r >= '0' && r <= '9' })
}

// siblings: the same beginning and end with another middle before 店, 支行 …
func siblings(a, b []rune) bool {
	if !endsAny(a, branchEnds) || !endsAny(b, branchEnds) {
		return false
	}
	d := difference(a, b)
	return d.kind == editOne && (orients(d.a) || orients(d.b) || isNumeral(d.a) || isNumeral(d.b))
}

// sameBranch compares what tells branches apart; a slip that makes no other place is none.
func sameBranch(a, b string) bool {
	if a == b {
		return true
	}
	codeA, placeA := strings.CutPrefix(a, "@")
	codeB, placeB := strings.CutPrefix(b, "@")
	if placeA && placeB && len(codeA) == 6 && len(codeB) == 6 {
		return distance(codeA, codeB) == nearInside
	}
	x, y := []rune(a), []rune(b)
	if placeA != placeB || len(x) < 3 || len(y) < 3 {
		return false
	}
	d := difference(x, y)
	switch d.kind {
	case editSound:
		return !isNumeral(d.a) && !isNumeral(d.b)
	case editOne, editGap:
		return !orients(d.a) && !orients(d.b) && !isNumeral(d.a) && !isNumeral(d.b) &&
			math.Min(float64(len(x)), float64(len(y))) >= 4
	}
	return false
}
