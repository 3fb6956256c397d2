package ledger

import (
	"regexp"
	"strings"
	"unicode"
)

// Lengths of runs of digits in a query that are not put on record as they are: a telephone number
// keeps its first three, anything longer (certificates, accounts) nothing.
const (
	phoneDigits  = 7
	longDigits   = 12
	keptOfPhone  = 3
	keptOfEmails = 1
)

// mail finds e-mail addresses; it keeps the first letter and the domain.
var mail = regexp.MustCompile(`[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}`)

// Redact keeps numbers and addresses of persons out of the text of a query: the log tells what was
// asked for, and must not become a second register. Digits may be full-width or grouped by spaces,
// dots and dashes, and a certificate may end in X. Civil dates stay.
func Redact(text string) string {
	text = mail.ReplaceAllStringFunc(text, func(found string) string {
		name, domain, _ := strings.Cut(found, "@")
		return name[:min(keptOfEmails, len(name))] + "***@" + domain
	})
	var out strings.Builder
	runes := []rune(text)
	for i := 0; i < len(runes); {
		end, digits := digitRun(runes, i)
		switch {
		case digits == 0:
			out.WriteRune(runes[i])
			i++
		case digits < phoneDigits || isDate(runes[i:end]):
			out.WriteString(string(runes[i:end]))
			i = end
		case digits < longDigits:
			out.WriteString(string(runes[i:min(i+keptOfPhone, end)]) + "****")
			i = end
		default:
			out.WriteString("****")
			i = end
		}
	}
	return out.String()
}

// digitRun measures the digits from i on, with single separators between groups.
func digitRun(runes []rune, i int) (end, digits int) {
	end = i
	for at := i; at < len(runes); at++ {
		switch r := runes[at]; {
		case unicode.IsDigit(r):
			digits++
			end = at + 1
		case (r == 'x' || r == 'X' || r == 'Ｘ') && end == at && digits >= longDigits:
			return at + 1, digits
		case end == at && digits > 0 && strings.ContainsRune(" -.·－", r):
			// a separator counts when a digit follows
		default:
			return end, digits
		}
	}
	return end, digits
}

var (
	civilDate = regexp.MustCompile(`^(19|20)\d{2}-[01]\d-[0-3]\d( [0-2]\d)?$`)
)

// isDate: what a list of orders is filtered by.
func isDate(run []rune) bool { return civilDate.MatchString(string(run)) }
