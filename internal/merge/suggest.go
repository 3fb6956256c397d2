package merge

import (
	"slices"
	"strings"

	"kehu/internal/fault"
	"kehu/internal/fields"
)

// Suggestion is the record whose value of a field should stay, and why. ID is "" where there is
// nothing to choose.
type Suggestion struct {
	Field  string
	ID     string
	Reason *fault.Fault
}

// Suggest goes through the fields that hold a value, in the order of the table. reviewed as in Wish.
func Suggest(keep string, records []Record, reviewed bool) []Suggestion {
	var out []Suggestion
	for _, f := range fields.Of("customers") {
		if !Choosable(f) {
			continue
		}
		if id, why := suggest(f, keep, records, reviewed); why != nil {
			out = append(out, Suggestion{f.Key, id, why})
		}
	}
	return out
}

func suggest(f *fields.Field, keep string, all []Record, reviewed bool) (string, *fault.Fault) {
	var with []Record
	for _, r := range all {
		if !blank(r.Row[f.Key]) {
			with = append(with, r)
		}
	}
	switch {
	case len(with) == 0:
		return "", nil
	case f.Key == "tags":
		return "", BecauseUnion
	case len(with) == len(all) && allSame(f.Key, with):
		return keep, BecauseSame
	}
	allowed := slices.DeleteFunc(slices.Clone(with), func(r Record) bool {
		return !MayGive(f, r, all, reviewed)
	})
	if len(allowed) == 0 {
		return keep, BecauseReview
	}
	if len(allowed) < len(with) && allSame(f.Key, allowed) {
		return allowed[0].ID, BecauseReview
	}
	if allSame(f.Key, allowed) {
		if i := slices.IndexFunc(allowed, func(r Record) bool { return r.ID == keep }); i >= 0 {
			return keep, BecauseOnly
		}
		return allowed[0].ID, BecauseOnly
	}
	return best(f, allowed)
}

func allSame(field string, records []Record) bool {
	for _, r := range records[1:] {
		if !Same(records[0].Row[field], r.Row[field]) {
			return false
		}
	}
	return true
}

// best chooses among records that differ: what fits the standard, what is more complete, what was
// verified later, what is newer.
func best(f *fields.Field, records []Record) (string, *fault.Fault) {
	sound := slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return r.excepted(f.Key) })
	if len(sound) > 0 && len(sound) < len(records) && allSame(f.Key, sound) {
		return sound[0].ID, BecauseValid
	}
	for _, r := range records {
		if slices.ContainsFunc(records, func(o Record) bool { return fuller(f, r, o) }) &&
			!slices.ContainsFunc(records, func(o Record) bool { return !fuller(f, r, o) && !Same(r.Row[f.Key], o.Row[f.Key]) }) {
			return r.ID, BecauseComplete
		}
	}
	last := latest(records, "verified")
	if date := last.Row.Text("verified"); date != "" && !slices.ContainsFunc(records, func(o Record) bool {
		return o.ID != last.ID && o.Row.Text("verified") == date
	}) {
		return last.ID, BecauseVerified.With("date", date)
	}
	return latest(records, "updated").ID, BecauseNewer
}

func latest(records []Record, column string) Record {
	return slices.MaxFunc(records, func(a, b Record) int {
		return strings.Compare(a.Row.Text(column), b.Row.Text(column))
	})
}

// fuller tells whether a's value says all that b's does, and more.
func fuller(f *fields.Field, a, b Record) bool {
	x, y := a.Row.Text(f.Key), b.Row.Text(f.Key)
	switch f.Kind {
	case fields.Address:
		if p, q := precise(a, f.Key), precise(b, f.Key); p != q {
			return p
		}
		return longer(x, y)
	case fields.Name, fields.Multiline:
		return longer(x, y)
	case fields.Industry:
		return len(x) > len(y) && strings.HasPrefix(x, y)
	case fields.SelectMany:
		one, other := jsonList(a.Row[f.Key]), jsonList(b.Row[f.Key])
		return len(one) > len(other) && !slices.ContainsFunc(other, func(key string) bool {
			return !slices.Contains(one, key)
		})
	}
	return false
}

// precise tells whether the address from which the division was parsed goes down to the district.
func precise(r Record, field string) bool {
	division := r.Row.Text("division")
	leads := field == "business_address" || r.Row.Text("business_address") == ""
	return leads && len(division) == 6 && !strings.HasSuffix(division, "00")
}

// SuggestKeep is the record that should survive, and why: an active one before a draft, the one
// with more records, the one that was entered first.
func SuggestKeep(records []Record) (string, *fault.Fault) {
	first := records[0]
	why := BecauseOlder
	for _, r := range records[1:] {
		if better(r, first) {
			first = r
		}
	}
	for _, r := range records {
		switch {
		case r.ID == first.ID:
		case first.active() != r.active():
			return first.ID, BecauseActive
		case first.Belongings != r.Belongings:
			why = BecauseMore
		}
	}
	return first.ID, why
}

func better(a, b Record) bool {
	switch {
	case a.active() != b.active():
		return a.active()
	case a.Belongings != b.Belongings:
		return a.Belongings > b.Belongings
	}
	return number64(a.Row["doc"]) < number64(b.Row["doc"])
}

func number64(v any) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return 0
}
