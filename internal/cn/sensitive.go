package cn

import (
	"strings"
	"unicode/utf8"
)

// The kinds of sensitive numbers that FindSensitive reports.
const (
	SensitiveResident  = "resident_id"
	SensitiveForeigner = "foreigner_id"
	SensitiveCard      = "bank_card"
)

// shortestSensitive is the fewest digits that are reported: a card of 16. A resident number that
// ends in X has 17 digits.
const shortestSensitive = 16

// Finding is a certificate or card number standing in a text, as byte offsets [Start, End).
type Finding struct {
	Kind       string
	Start, End int
}

// FindSensitive looks for certificate and card numbers in free text (decisions.md): resident
// numbers and permanent residence numbers of 18 characters with a date and check character that
// fit, and cards of the UnionPay, Visa, Mastercard and old ICBC ranges with a Luhn digit. Digits
// may be full-width and grouped by spaces or dashes. A valid credit code is none.
//
// Numbers without a check digit (15-digit resident numbers, passports, permits) cannot be told from
// order numbers and are not reported. Measured false alarms are in docs/data/cn.md.
func FindSensitive(text string) []Finding {
	if len(text) < shortestSensitive || !hasDigits(text, shortestSensitive) {
		return nil
	}
	var found []Finding
	var room [64]digit // on the stack; longer runs grow out of it
	r := run(room[:0])
	for at := 0; at < len(text); {
		if r, at = r[:0].read(text, at); len(r) >= shortestSensitive {
			found = append(found, r.findings(text)...)
		}
	}
	return found
}

// hasDigits tells whether the text holds at least n half-width or full-width digits.
func hasDigits(text string, n int) bool {
	for i := range len(text) {
		c := text[i]
		wide := c-0x90 <= 9 && i >= 2 && text[i-1] == 0xBC && text[i-2] == 0xEF // U+FF10…
		if c-'0' <= 9 || wide {
			if n--; n == 0 {
				return true
			}
		}
	}
	return false
}

// digit is one digit of a run, or the X that closes a resident number.
type digit struct {
	c          byte
	first      bool // a group begins here
	start, end int  // offsets in the text
}

// run is a stretch of digits with separators between groups of them.
type run []digit

// maxSeparators is how many spaces and dashes may stand between two groups, as in "6222 - 0260".
const maxSeparators = 3

// read appends the first run at or after an offset and gives where to read on.
func (r run) read(text string, at int) (run, int) {
	separators, fresh := 0, true
	for at < len(text) {
		c, size := digitAt(text, at)
		switch {
		case len(r) == 0 && (c == 0 || c == 'X'): // before the first digit
		case c == 0:
			count, ok := separatorAt(text, at)
			if separators += count; !ok || separators > maxSeparators {
				return r, at + size
			}
			fresh = fresh || count > 0
		case c == 'X' && fresh: // a word begins
			return r, at + size
		default:
			r = append(r, digit{c, fresh, at, at + size})
			separators, fresh = 0, false
			if c == 'X' {
				return r, at + size
			}
		}
		at += size
	}
	return r, at
}

// digitAt gives the digit or X at an offset, 0 for anything else, and its size.
func digitAt(text string, at int) (byte, int) {
	c := text[at]
	switch {
	case isDigit(c):
		return c, 1
	case c == 'x' || c == 'X':
		return 'X', 1
	case c < utf8.RuneSelf:
		return 0, 1
	}
	r, size := utf8.DecodeRuneInString(text[at:])
	switch folded := foldRune(r); {
	case folded >= '0' && folded <= '9':
		return byte(folded), size
	case folded == 'x' || folded == 'X':
		return 'X', size
	}
	return 0, size
}

// separatorAt tells whether what stands at an offset may stand between groups of digits, and
// whether it counts: invisible characters do not.
func separatorAt(text string, at int) (count int, ok bool) {
	r, _ := utf8.DecodeRuneInString(text[at:])
	switch {
	case isBreak(r):
		return 0, false
	case isSpace(r), isDash(r):
		return 1, true
	case isInvisible(r):
		return 0, true
	}
	return 0, false
}

// findings looks at every span of whole groups; a span that is a number is not looked into again.
func (r run) findings(text string) []Finding {
	var found []Finding
	for i := 0; i < len(r); {
		kind, length := r.sensitiveAt(text, i)
		if length == 0 {
			i++
			continue
		}
		found = append(found, Finding{kind, r[i].start, r[i+length-1].end})
		i += length
	}
	return found
}

// sensitiveAt tells the number that begins with the i-th digit and ends where a group ends.
func (r run) sensitiveAt(text string, i int) (kind string, length int) {
	if !r[i].first {
		return "", 0
	}
	for length := maxCard; length >= shortestSensitive; length-- {
		end := i + length
		if end > len(r) || end < len(r) && !r[end].first {
			continue
		}
		number := r[i:end].String()
		if length == residentLength {
			if kind := certificateIn(number); kind != "" {
				return kind, length
			}
		}
		if isCardNumber(number) && r[i:end].isGroupedLikeCard() && r[i:end].standsAlone(text) {
			return SensitiveCard, length
		}
	}
	return "", 0
}

// String is the digits without separators.
func (r run) String() string {
	var b strings.Builder
	for _, d := range r {
		b.WriteByte(d.c)
	}
	return b.String()
}

// certificateIn tells a resident or permanent residence number of 18 characters. A code that is
// also a valid credit code is taken for that one.
func certificateIn(number string) string {
	if !hasResidentShape(number) || residentCheck(number) != number[17] {
		return ""
	}
	if _, err := NewDate(atoi(number[6:10]), atoi(number[10:12]), atoi(number[12:14])); err != nil {
		return ""
	}
	if number[6] > '2' || number[6:8] > "20" { // born after 2099
		return ""
	}
	if _, warnings, err := ParseUSCC(number); err == nil && len(warnings) == 0 {
		return ""
	}
	switch {
	case isProvince(number) || number[:6] == taiwanResidents:
		return SensitiveResident
	case number[0] == '9' && isProvince(number[1:]) && countries()[number[3:6]]:
		if _, _, err := ParseUSCC(number); err != nil {
			return SensitiveForeigner
		}
	}
	return ""
}

// isCardNumber tells digits in a range that cards of Chinese holders have, with a Luhn digit. The
// ranges are narrower than hasIssuer: order numbers of 16 to 19 digits are frequent in notes.
func isCardNumber(digits string) bool {
	switch {
	case digits[len(digits)-1] == 'X':
		return false
	case digits[:2] == "62": // UnionPay, 16 to 19 digits
	case digits[:4] == "9558" && len(digits) == 19: // ICBC before UnionPay
	case digits[0] == '4' && len(digits) == 16: // Visa
	case digits[:2] >= "51" && digits[:2] <= "55" && len(digits) == 16: // Mastercard
	default:
		return false
	}
	return luhn(digits)
}

// isGroupedLikeCard tells one group, or groups of equal length as cards are printed, where the last
// may differ. A postcode or landline followed by a mobile number is not grouped so.
func (r run) isGroupedLikeCard() bool {
	const longestGroup, longestLast = 5, 7
	var lengths []int
	for i, d := range r {
		if i == 0 || d.first {
			lengths = append(lengths, 0)
		}
		lengths[len(lengths)-1]++
	}
	last := len(lengths) - 1
	for _, length := range lengths[:last] {
		if length != lengths[0] || length > longestGroup {
			return false
		}
	}
	return last == 0 || lengths[last] <= longestLast
}

// standsAlone tells that the number is not the end of a decimal fraction and, in the ranges of
// foreign brands, that no letter touches it: SO4… is an order, ICBC6222… is a card.
func (r run) standsAlone(text string) bool {
	start, end := r[0].start, r[len(r)-1].end
	if start >= 2 && text[start-1] == '.' && isDigit(text[start-2]) {
		return false
	}
	if r[0].c != '4' && r[0].c != '5' {
		return true
	}
	return (start == 0 || !isWordByte(text[start-1])) &&
		(end == len(text) || !isWordByte(text[end]))
}

func isWordByte(c byte) bool { return isUpper(c) || c >= 'a' && c <= 'z' || c == '_' }
