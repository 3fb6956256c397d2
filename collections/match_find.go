package collections

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"kehu/internal/match"
	"kehu/internal/policy"
	"kehu/internal/search"
)

// Bounds of one search for candidates, whatever lies in the register: a brand with ten thousand
// shops, a phone at a thousand customers.
const (
	keyReads   = 300 // customers read of one key; a key that has more says little
	gramReads  = 150 // customers read of one pair of characters
	gramsUsed  = 3   // pairs of characters, the rarest
	mostCards  = 90  // candidates that are read whole and compared
	mostShown  = 10  // duplicates told
	mostFamily = 3   // relatives told
)

// worth orders candidates by the keys that they share, before they are read.
var worth = map[match.Topic]int{match.OfOrg: 60, match.OfRegNo: 60, match.OfCert: 60, match.OfAccount: 40,
	match.OfMobile: 40, match.OfEmail: 30, match.OfName: 30, match.OfCore: 20, match.OfSound: 16,
	match.OfPlace: 10, match.OfLine: 12, match.OfSlip: 6, match.OfBrand: 5, match.OfDomain: 4}

const gramWorth = 3

// Look is one search: what to look for, and by which rules.
type Look struct {
	Card   *match.Card
	Grams  string // the name whose pairs of characters are looked for; "" = none
	Self   string // id of the record itself
	Extra  []string
	Model  *match.Model
	Policy policy.Duplicates
}

// Limits are the policy's, as the comparison takes them.
func Limits(d policy.Duplicates) match.Limits {
	return match.Limits{Suspect: d.Suspect, Shared: d.Shared, Mobile: slices.Contains(d.Warn, "mobile")}
}

// Similar finds the customers that are, may be, or are related to the one looked for, the likeliest
// first.
func Similar(db DB, look Look) ([]Duplicate, error) {
	s := &similar{db: db, look: look, points: map[int64]int{}, counts: map[match.Key]int{}}
	if err := s.byKeys(); err != nil {
		return nil, err
	}
	if err := s.byGrams(); err != nil {
		return nil, err
	}
	if err := s.byID(); err != nil {
		return nil, err
	}
	return s.compare()
}

type similar struct {
	db     DB
	look   Look
	points map[int64]int // doc → worth of the keys it shares
	counts map[match.Key]int
}

const readKeys = `SELECT k.value, (SELECT json_group_array(doc) FROM
	(SELECT doc FROM kehu_match WHERE h = k.value LIMIT ?)) FROM json_each(?) k`

func (s *similar) byKeys() error {
	return s.lists(readKeys, keyReads+1, keyList(s.look.Card.Keys()), func(key match.Key, docs []int64) {
		s.counts[key] = len(docs)
		points := worth[key.Topic()]
		if len(docs) > keyReads {
			points = 1
		}
		for _, doc := range docs {
			s.points[doc] += points
		}
	})
}

// lists reads one list of sequence numbers for each value of a JSON array.
func (s *similar) lists(statement string, limit int, values string, take func(match.Key, []int64)) error {
	rows, err := s.db.Query(statement, limit, values)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key int64
		var list string
		if err := rows.Scan(&key, &list); err != nil {
			return err
		}
		var docs []int64
		if err := json.Unmarshal([]byte(list), &docs); err != nil {
			return err
		}
		take(match.Key(key), docs)
	}
	return rows.Err()
}

const readGrams = `SELECT k.key, (SELECT json_group_array(rowid) FROM (SELECT rowid FROM kehu_search
	WHERE kehu_search MATCH k.value LIMIT ?)) FROM json_each(?) k`

// byGrams looks in the search index for the rarest pairs of neighbouring characters: it finds what
// the keys do not, slips in several places, and customers whose keys are still to be made.
func (s *similar) byGrams() error {
	folded := search.Fold(s.look.Grams)
	var queries []string
	for i := 0; i+2 <= len(folded) && i < maxGrams; i++ {
		query := `{b} : "` + string(folded[i:i+2]) + `"`
		if !slices.Contains(queries, query) {
			queries = append(queries, query)
		}
	}
	for i := 0; i+4 <= len(folded) && i < maxGrams; i++ { // common pairs say something together
		queries = append(queries, `{b} : ("`+string(folded[i:i+2])+`" AND "`+string(folded[i+2:i+4])+`")`)
	}
	if len(queries) == 0 {
		return nil
	}
	values, err := json.Marshal(queries)
	if err != nil {
		return err
	}
	var found [][]int64
	err = s.lists(readGrams, gramReads+1, string(values), func(_ match.Key, docs []int64) {
		if len(docs) > 0 && len(docs) <= gramReads {
			found = append(found, docs)
		}
	})
	slices.SortStableFunc(found, func(a, b []int64) int { return cmp.Compare(len(a), len(b)) })
	for _, docs := range found[:min(len(found), gramsUsed)] {
		for _, doc := range docs {
			s.points[doc] += gramWorth
		}
	}
	return err
}

// maxGrams bounds the pairs of a long name.
const maxGrams = 10

// byID adds the customers that exact keys have found.
func (s *similar) byID() error {
	for _, id := range s.look.Extra {
		var doc int64
		found, err := one(s.db, []any{&doc}, "SELECT doc FROM customers WHERE id = ?", id)
		if err != nil {
			return err
		}
		if found {
			s.points[doc] += worth[match.OfMobile]
		}
	}
	return nil
}

func (s *similar) compare() ([]Duplicate, error) {
	docs := slices.Collect(maps.Keys(s.points))
	slices.SortFunc(docs, func(a, b int64) int {
		return cmp.Or(cmp.Compare(s.points[b], s.points[a]), cmp.Compare(b, a))
	})
	found, err := Cards(s.db, docs[:min(len(docs), mostCards)])
	if err != nil {
		return nil, err
	}
	var all []Duplicate
	for _, c := range found {
		if c.ID == s.look.Self {
			continue
		}
		v := s.look.Model.Compare(s.look.Card, c.Card, func(k match.Key) int { return s.counts[k] },
			Limits(s.look.Policy))
		if v.Level != match.Different {
			all = append(all, Duplicate{Level: string(v.Level), Key: keyOf(v.Reasons), ID: c.ID,
				Number: c.Number, Owner: c.Owner, Department: c.Department, Name: c.Name,
				Score: v.Score(), Bits: v.Bits, Reasons: v.Reasons})
		}
	}
	return mostLikely(all), nil
}

// mostLikely sorts and bounds what is told.
func mostLikely(all []Duplicate) []Duplicate {
	rank := map[string]int{"exact": 0, "suspected": 1, "related": 2}
	slices.SortFunc(all, func(a, b Duplicate) int {
		return cmp.Or(cmp.Compare(rank[a.Level], rank[b.Level]), cmp.Compare(b.Bits, a.Bits),
			cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	var told []Duplicate
	family := 0
	for _, d := range all {
		if d.Level == "related" {
			family++
		}
		if len(told) < mostShown && family <= mostFamily {
			told = append(told, d)
		}
	}
	return told
}

// keyOf is the field that a verdict is told at.
func keyOf(reasons []match.Reason) string {
	if len(reasons) == 0 {
		return "name"
	}
	switch first := string(reasons[0]); {
	case strings.HasPrefix(first, "name"), strings.HasPrefix(first, "brand"):
		return "name"
	case strings.HasPrefix(first, "mobile"):
		return "mobile"
	case first == "org_code":
		return "uscc"
	case first == "reg_no":
		return "legacy_reg_no"
	case strings.HasPrefix(first, "address"):
		return "business_address"
	default:
		return first
	}
}
