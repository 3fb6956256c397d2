// Package search turns texts into the tokens of the search index, and what a person types into
// the query over them (R14.2). Two Chinese characters are the usual query, so names are indexed
// by their pairs of neighbouring characters; their pinyin initials by threes (gxsw); codes whole
// and by their tails; phones by their last four digits. The index has three columns:
//
//	b  what everybody who sees the row may read: names of organisations, numbers, codes
//	c  contact data: names of persons, tails of phones
//	s  scope: who owns the row and which department it belongs to
package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a query and of a text.
const (
	MaxQuery     = 100 // runes
	maxText      = 200 // runes of one text that are indexed
	minInitials  = 3   // letters
	minTail      = 4   // digits
	initialsSize = 3
)

// Fold reduces a text to what is compared: letters, digits and Han characters, in lower case.
func Fold(text string) []rune {
	folded := make([]rune, 0, min(len(text), maxText))
	for _, r := range text {
		switch {
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r < utf8.RuneSelf:
			if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') {
				continue
			}
		case !unicode.IsLetter(r) && !unicode.IsNumber(r):
			continue
		default:
			r = unicode.ToLower(r)
		}
		folded = append(folded, r)
		if len(folded) == maxText {
			break
		}
	}
	return folded
}

// Document collects the tokens of one customer.
type Document struct {
	basic, contact, scope strings.Builder
}

// Name adds the name of an organisation: everybody who sees the row may search it.
func (d *Document) Name(text string) { addName(&d.basic, text) }

// Person adds the name of a person.
func (d *Document) Person(text string) { addName(&d.contact, text) }

// Code adds a customer number or credit code: whole, and its tail.
func (d *Document) Code(text string) {
	if folded := Fold(text); len(folded) > 0 {
		addToken(&d.basic, 'w', folded)
		if len(folded) > minTail {
			addToken(&d.basic, 't', folded[len(folded)-minTail:])
		}
	}
}

// Phone adds the last four digits of a mobile or landline number without its extension.
func (d *Document) Phone(text string) {
	if digits := phoneDigits(text); len(digits) >= minTail {
		addToken(&d.contact, 't', digits[len(digits)-minTail:])
	}
}

// Scope adds the owner's and the department's id, and whether there is a deal.
func (d *Document) Scope(owner, department string, deal bool) {
	if deal {
		d.scope.WriteString(DealToken + " ")
	}
	if owner != "" {
		d.scope.WriteString(OwnerToken(owner))
		d.scope.WriteByte(' ')
	}
	if department != "" {
		d.scope.WriteString(DepartmentToken(department))
	}
}

// Columns are the texts of the columns b, c and s.
func (d *Document) Columns() (b, c, s string) {
	return d.basic.String(), d.contact.String(), d.scope.String()
}

// DealToken marks customers with a contract or an order.
const DealToken = "deal"

// OwnerToken is the scope token of a member of staff.
func OwnerToken(id string) string { return "o" + id }

// DepartmentToken is the scope token of a department.
func DepartmentToken(id string) string { return "d" + id }

func phoneDigits(text string) []rune {
	if len(text) > 12 { // a landline's extension stands behind its second dash
		if first := strings.IndexByte(text, '-'); first >= 0 {
			if second := strings.IndexByte(text[first+1:], '-'); second >= 0 {
				text = text[:first+1+second]
			}
		}
	}
	return Fold(text)
}

func addName(b *strings.Builder, text string) {
	folded := Fold(text)
	addGrams(b, folded, 2)
	addGrams(b, initials(folded), initialsSize)
}

// addGrams writes every run of n neighbouring runes; a shorter text stands whole.
func addGrams(b *strings.Builder, runes []rune, n int) {
	if len(runes) == 0 || n > 2 && len(runes) < n {
		return
	}
	for i := 0; i+n <= len(runes) || i == 0; i++ {
		for _, r := range runes[i:min(i+n, len(runes))] {
			b.WriteRune(r)
		}
		b.WriteByte(' ')
	}
}

// addToken writes a token behind a letter that keeps it apart from the other kinds: tokens of
// codes are longer than any gram.
func addToken(b *strings.Builder, kind byte, runes []rune) {
	b.WriteByte(kind)
	for _, r := range runes {
		b.WriteRune(r)
	}
	b.WriteByte(' ')
}
