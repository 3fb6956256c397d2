package cn

import (
	"strings"
	"unicode/utf8"

	"kehu/internal/fault"
)

// Phone is a mainland mobile or landline number, whichever stood in the cell.
type Phone struct {
	Mobile   Mobile
	Landline Landline
}

// ParsePhone reads a number that may be a mobile or a landline, as in a column 电话. Faults are
// those of the kind that it looks like.
func ParsePhone(s string) (Phone, []*fault.Fault, error) {
	if !likeMobile(s) {
		landline, warnings, err := ParseLandline(s, "")
		return Phone{Landline: landline}, warnings, err
	}
	mobile, warnings, err := ParseMobile(s)
	return Phone{Mobile: mobile}, warnings, err
}

// likeMobile tells numbers to be read as a mobile: what begins with 1 once the country is off,
// but for +86 10, which is Beijing without its 0.
func likeMobile(s string) bool {
	code := foldPhone(s)
	if isMaskedCode(code) {
		return !strings.HasPrefix(code, "0")
	}
	bare := withoutCountry(code)
	beijing := strings.HasPrefix(code, "+8610")
	return strings.HasPrefix(bare, "1") && !beijing
}

// IsMobile tells which of the two it is.
func (p Phone) IsMobile() bool { return p.Mobile.digits != "" }

// String is the stored form of the one that it is.
func (p Phone) String() string {
	if p.IsMobile() {
		return p.Mobile.String()
	}
	return p.Landline.String()
}

// shortestPhone is the fewest digits that stand for a number of their own in a list; fewer are an
// extension or the changed last digits of the number before.
const shortestPhone = 7

// SplitPhones divides a cell that holds several numbers: 13912341234/13512341234, also with
// 、 ; | 或 a new line, a comma, or spaces. The pieces are trimmed, not checked.
func SplitPhones(s string) []string {
	pieces := strings.FieldsFunc(s, func(r rune) bool {
		switch r {
		case '/', '／', '、', ';', '；', '|', '｜', '\n', '\r', '\\', '或', '和':
			return true
		}
		return false
	})
	var phones []string
	for _, piece := range pieces {
		for _, part := range splitCommas(piece) {
			phones = append(phones, splitSpaces(part)...)
		}
	}
	return phones
}

// splitCommas divides at a comma before a whole number; a comma before less is an extension.
func splitCommas(s string) []string {
	for i, r := range s {
		if r != ',' && r != '，' {
			continue
		}
		rest := s[i+utf8.RuneLen(r):]
		if head, _, _ := strings.Cut(rest, string(r)); countDigits(head) >= shortestPhone {
			return append([]string{s[:i]}, splitCommas(rest)...)
		}
	}
	return []string{s}
}

// splitSpaces divides at spaces only where every part is a whole number: 139 1234 1234 is one.
func splitSpaces(s string) []string {
	parts := strings.FieldsFunc(s, isSpace)
	for _, part := range parts {
		if countDigits(part) < mobileDigits-1 {
			return []string{strings.Join(parts, " ")}
		}
	}
	return parts
}

// countDigits counts half-width and full-width digits.
func countDigits(s string) int {
	n := 0
	for _, r := range s {
		if r = foldRune(r); r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}
