package places

import (
	"slices"
	"strings"

	"kehu/internal/fault"
)

// Address is what Parse understood of an address.
type Address struct {
	Text     string // as written, normalised (Normalise)
	Province string // code, empty where not found
	City     string // code, empty where not found or where there is none (北京市朝阳区, 仙桃市)
	District string // code, empty where not found or where there is none (东莞市)
	Zone     string // development zone or the like, as written
	Rest     string // what follows the divisions: street, number, room
	Historic bool   // a name that is no longer in force was written
	Complete bool   // as precise as the list of divisions can be (Complete)

	// Alternatives are the codes to ask about: the divisions that an ambiguous name may mean, or
	// the districts that the zone lies in.
	Alternatives []string
}

// Division is the code of the most precise division found, empty when none was.
func (a Address) Division() string {
	switch {
	case a.District != "":
		return a.District
	case a.City != "":
		return a.City
	}
	return a.Province
}

// Canonical writes the address with the full names of today, for comparing addresses; where no
// division was found it is the text.
func (a Address) Canonical() string {
	if a.Province == "" {
		return a.Text
	}
	return FullName(a.Division()) + a.Zone + a.Rest
}

// Parse finds the province, city and district that an address starts with, in the ways that people
// write them: suffixes or the levels above left out, separators or traditional characters between,
// former names, a development zone in place of the district.
//
// It returns warnings for what a person may want to check, and an error when the address is not
// precise to the district (ErrTooCoarse), could be in several places (ErrAmbiguous), contradicts
// itself (ErrConflict) or names no division (ErrNotFound). The Address is filled as far as it was
// understood in every case. What follows the district is free.
func Parse(text string) (Address, []*fault.Fault, error) {
	t := load()
	a := Address{Text: Normalise(text)}
	h := head{classes: t.classes}
	h.read(a.Text, t.fold)
	w := walk{t: t, h: &h}
	w.from(h.opening())
	if w.best.unit == none {
		a.Rest = a.Text
		return a, nil, ErrNotFound.With("text", excerpt(a.Text))
	}
	a.Rest = a.after(&h, w.best.keep)
	a.Historic = w.best.old != none
	if w.best.zone != none {
		a.Zone = a.Text[h.place[w.best.zoneAt.from]:h.place[w.best.zoneAt.to]]
	}
	var buf [4]int
	units := w.candidates(buf[:0])
	a.setDivisions(t, t.common(units))
	if !a.Complete && len(units) == 1 {
		units = w.namesakes(units)
	}
	if len(units) > 1 {
		return a.ambiguous(&w, units)
	}
	return a.judge(&w)
}

func (a Address) ambiguous(w *walk, units []int) (Address, []*fault.Fault, error) {
	a.Province, a.City, a.District, a.Complete = "", "", "", false
	a.setDivisions(w.t, w.t.common(units))
	a.Complete = false
	a.Alternatives = w.t.codes(units)
	written := a.Text[w.h.place[w.start]:w.h.place[w.best.pos]]
	return a, nil, ErrAmbiguous.With("text", written, "candidates", nameList(a.Alternatives))
}

// namesakes adds the districts that the only name may mean as well as the city (朝阳).
func (w *walk) namesakes(units []int) []int {
	if w.best.tokens != 1 || w.best.full || w.t.units[units[0]].level != LevelCity {
		return units
	}
	text := w.h.chars[w.start:w.best.pos]
	for _, it := range w.t.index.at(text) {
		if int(it.size) != len(text) || it.use&(useZone|useFiller) != 0 {
			continue
		}
		u := &w.t.units[it.ref]
		if u.level == LevelCounty && !u.old && w.t.index.matches(it, text) {
			units = append(units, int(it.ref))
		}
	}
	slices.Sort(units)
	return units
}

// judge decides on a reading that leads to one division.
func (a Address) judge(w *walk) (Address, []*fault.Fault, error) {
	warnings := a.warnings(w)
	if a.Complete {
		return a, warnings, nil
	}
	if err := a.conflict(w); err != nil {
		return a, warnings, err
	}
	hint, hintEN := "", ""
	if w.best.zone != none {
		a.Alternatives = w.t.zones[w.best.zone].possible
	} else if name := unknownZone(a.Rest); name != "" {
		a.Zone = name
		a.Rest = strings.TrimPrefix(a.Rest, name)
		warnings = append(warnings, WarnZoneUnknown.With("zone", name))
	}
	if len(a.Alternatives) > 0 {
		hint = "（" + a.Zone + "可能在" + nameList(a.Alternatives) + "）"
		hintEN = " (" + a.Zone + " may lie in " + nameList(a.Alternatives) + ")"
	}
	missing, lacking := a.missing()
	return a, warnings, ErrTooCoarse.With("found", FullName(a.Division()),
		"missing", missing, "lacking", lacking, "hint", hint, "hint_en", hintEN)
}

func (a Address) missing() (zh, en string) {
	if a.City == "" && !isMunicipality(a.Province) {
		return "市和区县", "city and district"
	}
	return "区县", "district"
}

func isMunicipality(province string) bool {
	return slices.Contains([]string{"110000", "120000", "310000", "500000"}, province)
}

func (a Address) warnings(w *walk) []*fault.Fault {
	var warnings []*fault.Fault
	now := a.Division()
	if w.best.old != none {
		old := w.t.units[w.best.old].name
		warnings = append(warnings, WarnHistoric.With("old", old, "now", FullName(now)))
	}
	if w.best.guess {
		written := a.Text[w.h.place[w.start]:w.h.place[w.best.pos]]
		warnings = append(warnings, WarnGuessed.With("text", written, "now", FullName(now)))
	}
	if w.best.zone != none && w.t.units[w.best.unit].code != now {
		warnings = append(warnings, WarnZone.With("zone", a.Zone, "now", FullName(now)))
	}
	return warnings
}

// conflict looks for a division elsewhere in the place where one below the last was expected.
// It must be written in full, or with a division of its own, to count as one.
func (a Address) conflict(w *walk) error {
	second := walk{t: w.t, h: w.h}
	start := w.h.skipSeparators(w.best.pos)
	second.from(start)
	b := second.best
	if b.unit == none || (b.tokens < 2 && (!b.full || b.pos-start < minConflict)) {
		return nil
	}
	if w.t.below(b.unit, w.best.unit) || w.t.below(w.best.unit, b.unit) {
		return nil
	}
	var buf [4]int
	elsewhere := w.t.codes(second.candidates(buf[:0]))
	below := a.Text[w.h.place[start]:w.h.place[b.pos]]
	return ErrConflict.With("below", below, "above", FullName(a.Division()),
		"candidates", nameList(elsewhere))
}

// minConflict is the least length of a name that can contradict: 城区 and 新区 are said of many
// cities that have no division of that name.
const minConflict = 3

// setDivisions fills the codes from unit i upwards.
func (a *Address) setDivisions(t *tables, i int) {
	if i == none {
		return
	}
	a.Complete = !t.units[i].divided
	for ; i != none; i = t.units[i].parent {
		switch u := &t.units[i]; u.level {
		case LevelProvince:
			a.Province = u.code
		case LevelCity:
			a.City = u.code
		case LevelCounty:
			a.District = u.code
		}
	}
}

func (a Address) after(h *head, at int) string {
	return a.Text[h.place[h.skipSeparators(at)]:]
}

// candidates returns the units of today that the best readings lead to, sorted, each once.
func (w *walk) candidates(units []int) []int {
	units = w.now(units, w.best.unit, w.best.anchor)
	for _, other := range w.ties[:w.n] {
		units = w.now(units, int(other.unit), int(other.anchor))
	}
	if w.best.zone != none && len(units) == 1 {
		certain := w.t.zones[w.best.zone].certain
		if certain != none && w.t.inside(certain, units[0]) {
			units[0] = certain
		}
	}
	if len(units) > 1 {
		slices.Sort(units)
		units = slices.Compact(units)
	}
	return units
}

// now adds what unit i is today; of a former one the part that lies below the anchor.
func (w *walk) now(units []int, i, anchor int) []int {
	u := &w.t.units[i]
	if !u.old {
		return append(units, i)
	}
	before := len(units)
	for _, target := range u.targets {
		if anchor == none || w.t.inside(target, anchor) {
			units = append(units, target)
		}
	}
	if len(units) == before {
		units = append(units, u.targets...)
	}
	return units
}

// common returns the lowest unit above or equal to all of them, or none.
func (t *tables) common(units []int) int {
	if len(units) == 0 {
		return none
	}
	top := units[0]
	for _, i := range units[1:] {
		for top != none && !t.inside(i, top) {
			top = t.units[top].parent
		}
	}
	return top
}

func (t *tables) codes(units []int) []string {
	codes := make([]string, len(units))
	for n, i := range units {
		codes[n] = t.units[i].code
	}
	return codes
}

// maxNames bounds the full names that a sentence lists.
const maxNames = 6

func nameList(codes []string) string {
	names := make([]string, 0, maxNames)
	for _, code := range codes[:min(len(codes), maxNames)] {
		names = append(names, FullName(code))
	}
	list := strings.Join(names, "、")
	if len(codes) > maxNames {
		list += "等"
	}
	return list
}

// maxExcerpt is how many characters of an address a sentence repeats.
const maxExcerpt = 20

func excerpt(text string) string {
	count := 0
	for i := range text {
		if count == maxExcerpt {
			return text[:i] + "…"
		}
		count++
	}
	return text
}
