package search

import (
	"strings"

	"kehu/internal/fault"
)

// Faults of a query.
var (
	ErrQueryShort = fault.Define("search_too_short",
		"请至少输入两个汉字、三个拼音首字母或四位号码",
		"Type at least two Chinese characters, three pinyin initials or four digits")
	ErrQueryLong = fault.Define("search_too_long",
		"搜索词不超过100个字", "A search has at most 100 characters")
)

// Query is what a person typed, understood.
type Query struct {
	Folded []rune
	Code   string // letters and digits in upper case where the query may be a number or code
	Typed  string // what was typed, in upper case and without blanks at the ends
	basic  []string
	tail   string
}

// Parse understands what was typed.
func Parse(typed string) (Query, error) {
	if len([]rune(typed)) > MaxQuery {
		return Query{}, ErrQueryLong
	}
	q := Query{Folded: Fold(typed), Typed: strings.ToUpper(strings.TrimSpace(typed))}
	if len(q.Folded) < 2 {
		return q, ErrQueryShort
	}
	ascii, digits, letters := shape(q.Folded)
	q.basic = append(q.basic, joined(q.Folded, 2))
	if ascii {
		q.Code = strings.ToUpper(string(q.Folded))
		if letters && len(q.Folded) >= minInitials {
			q.basic = append(q.basic, joined(q.Folded, initialsSize))
		}
		if len(q.Folded) >= minTail {
			q.tail = "t" + string(q.Folded[len(q.Folded)-minTail:])
		}
		if digits {
			q.basic = q.basic[:0] // pairs of digits stand in every number
			if q.tail == "" {
				return q, ErrQueryShort
			}
		}
	}
	return q, nil
}

func shape(folded []rune) (ascii, digits, letters bool) {
	ascii, digits, letters = true, true, true
	for _, r := range folded {
		ascii = ascii && r < 0x80
		digits = digits && r >= '0' && r <= '9'
		letters = letters && r >= 'a' && r <= 'z'
	}
	return ascii, digits, letters
}

// joined is the conjunction of the grams.
func joined(folded []rune, n int) string {
	var b strings.Builder
	addGrams(&b, folded, n)
	seen := map[string]bool{}
	var grams []string
	for _, gram := range strings.Fields(b.String()) {
		if !seen[gram] {
			seen[gram] = true
			grams = append(grams, `"`+gram+`"`)
		}
	}
	return "(" + strings.Join(grams, " AND ") + ")"
}

// Match is the full-text expression: in column b, and in c where the reader may read contact
// data plain; narrowed to the scope tokens unless there are none.
func (q Query) Match(contact bool, scope []string) string {
	column := "{b}"
	if contact {
		column = "{b c}"
	}
	terms := append([]string{}, q.basic...)
	if q.tail != "" {
		terms = append(terms, `"`+q.tail+`"`)
	}
	expression := column + " : (" + strings.Join(terms, " OR ") + ")"
	if len(scope) > 0 {
		expression = `{s} : ("` + strings.Join(scope, `" OR "`) + `") AND ` + expression
	}
	return expression
}

// Hits tells whether a text that was found by its grams really holds what was typed: as it
// stands, as a number's tail, or by its initials.
func (q Query) Hits(text string) bool {
	folded := Fold(text)
	return contains(folded, q.Folded) || contains(initials(folded), q.Folded)
}

// HitsPhone is Hits for a phone number: its tail of at least four digits, or a part of it.
func (q Query) HitsPhone(text string) bool {
	return len(q.Folded) >= minTail && contains(phoneDigits(text), q.Folded)
}

func contains(text, part []rune) bool {
	for i := 0; i+len(part) <= len(text); i++ {
		found := true
		for k := range part {
			if text[i+k] != part[k] {
				found = false
				break
			}
		}
		if found {
			return true
		}
	}
	return false
}
