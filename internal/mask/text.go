package mask

import (
	"strings"

	"kehu/internal/cn"
)

// shortestNumber is the fewest digits in a row that Text masks, whatever they are: an old resident
// number has 15. What people read in a sentence (phones, dates, amounts, codes with letters) is
// shorter.
const shortestNumber = 15

// Found masks the certificate and card numbers in a text that their check digit gives away
// (cn.FindSensitive). Other numbers stay: a credit code or an order number may have as many digits.
func Found(text string) string { return found(text, func(rest string) string { return rest }) }

// Text masks the certificate and card numbers that stand in a text: those that their check digit
// gives away (cn.FindSensitive), and every other run of 15 digits or more, because a number typed
// wrong is as sensitive as the right one. The rest of the text stays.
func Text(text string) string {
	return found(text, runs)
}

func found(text string, others func(string) string) string {
	if len(text) < shortestNumber {
		return text
	}
	var out strings.Builder
	at := 0
	for _, one := range cn.FindSensitive(text) {
		out.WriteString(others(text[at:one.Start]))
		out.WriteString(number(text[one.Start:one.End]))
		at = one.End
	}
	out.WriteString(others(text[at:]))
	return out.String()
}

// runs masks the long runs of half-width digits, with an X that closes one.
func runs(text string) string {
	var out strings.Builder
	for at := 0; at < len(text); {
		end := at
		for end < len(text) && text[end]-'0' <= 9 {
			end++
		}
		if end-at < shortestNumber {
			end = max(end, at+1)
			out.WriteString(text[at:end])
			at = end
			continue
		}
		if end < len(text) && (text[end] == 'x' || text[end] == 'X') {
			end++
		}
		out.WriteString(number(text[at:end]))
		at = end
	}
	return out.String()
}

// number masks one number as it is written, separators left out.
func number(written string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == 'x' || r == 'X' || r == 'ｘ' || r == 'Ｘ':
			return 'X'
		case r >= '0' && r <= '9':
			return r
		}
		return -1
	}, written)
	if len(plain) == 15 || len(plain) == 18 {
		return Certificate(plain)
	}
	return Account(plain)
}
