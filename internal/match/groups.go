package match

import (
	"cmp"
	"slices"
)

// Link is a suspected pair on the way to a group.
type Link struct {
	ID, A, B string
	Score    float64
}

// Group are customers that are linked, directly or over each other.
type Group struct {
	Customers []string `json:"customers"`
	Links     []string `json:"pairs"`
}

// MostInGroup bounds a group: a chain of more customers is a chain of coincidences.
const MostInGroup = 20

// Groups joins links into groups, the likeliest first. Two groups are not joined when some customer
// of one cannot be some customer of the other (veto), or when they would grow too large; the link
// then stands for itself.
func Groups(links []Link, veto func(a, b string) bool) []Group {
	links = slices.Clone(links)
	slices.SortStableFunc(links, func(a, b Link) int { return cmp.Compare(b.Score, a.Score) })
	of := map[string]*Group{}
	var all []*Group
	for _, l := range links {
		a, b := memberOf(of, l.A), memberOf(of, l.B)
		switch {
		case a == b:
		case len(a.Customers)+len(b.Customers) > MostInGroup || anyVeto(a, b, veto):
			apart := &Group{Customers: []string{l.A, l.B}}
			if len(b.Customers) == 1 {
				of[l.B] = apart
			} else if len(a.Customers) == 1 {
				of[l.A] = apart
			}
			a = apart
		default:
			a.Customers = append(a.Customers, b.Customers...)
			a.Links = append(a.Links, b.Links...)
			for _, c := range b.Customers {
				of[c] = a
			}
			b.Customers, b.Links = nil, nil
		}
		a.Links = append(a.Links, l.ID)
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	groups := []Group{}
	for _, g := range all {
		if len(g.Customers) > 1 && len(g.Links) > 0 {
			groups = append(groups, *g)
		}
	}
	return groups
}

func memberOf(of map[string]*Group, customer string) *Group {
	if of[customer] == nil {
		of[customer] = &Group{Customers: []string{customer}}
	}
	return of[customer]
}

func anyVeto(a, b *Group, veto func(a, b string) bool) bool {
	return slices.ContainsFunc(a.Customers, func(x string) bool {
		return slices.ContainsFunc(b.Customers, func(y string) bool { return veto(x, y) })
	})
}
