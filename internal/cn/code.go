package cn

import (
	"strings"
)

// Common work of all codes and numbers: width, case, separators, and the damage that
// spreadsheets do to long numbers.

// excelDigits is how many significant digits a spreadsheet keeps of a number; the rest become 0.
const excelDigits = 15

// foldCode gives a code in half-width capitals without spaces, dashes and invisible characters,
// and without the wrapping by which spreadsheets mark text ('123, ="123").
// A code that is clean already is returned as it is.
func foldCode(s string) string {
	if isPlainCode(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		r = foldRune(r)
		switch {
		case isSpace(r), isDash(r), isInvisible(r):
		case r >= 'a' && r <= 'z':
			b.WriteByte(byte(r) - 'a' + 'A')
		default:
			b.WriteRune(r)
		}
	}
	return unwrap(b.String())
}

func isPlainCode(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && !isUpper(s[i]) {
			return false
		}
	}
	return true
}

// unwrap removes a leading apostrophe and the ="…" by which spreadsheets keep digits as text.
func unwrap(s string) string {
	if strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) && len(s) >= 3 {
		return s[2 : len(s)-1]
	}
	for _, mark := range []string{"'", "’", "‘", "`"} {
		s = strings.TrimPrefix(s, mark)
	}
	return s
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// isDash tells hyphens, dashes and minus signs.
func isDash(r rune) bool {
	return r == '-' || r >= 0x2010 && r <= 0x2015 || r == 0x2212 || r == 0x30FC || r == 0x2500
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// isMaskRune tells the signs that stand for a hidden character.
func isMaskRune(r rune) bool {
	switch r {
	case '*', '＊', '﹡', '∗', '✱', '✳', '●', '○', '◯', '•', '■', '□', '×', '█', '▇':
		return true
	}
	return false
}

// isMaskedCode tells a number whose middle was hidden before it came here: 138****8888,
// 138xxxx8888. Letters count as a mask from three in a row, so that a check letter X does not.
func isMaskedCode(s string) bool {
	letters := 0
	for _, r := range s {
		if isMaskRune(r) {
			return true
		}
		if r == 'x' || r == 'X' || r == '?' || r == '？' || r == '#' {
			letters++
		} else {
			letters = 0
		}
		if letters == 3 {
			return true
		}
	}
	return false
}

// isScientific tells a number as spreadsheets show long ones, 1.38E+10: digits, a point, E and an
// exponent. The code must be folded.
func isScientific(code string) bool {
	mantissa, exponent, ok := strings.Cut(code, "E")
	if !ok {
		return false
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	// The dash of a negative exponent was folded away, and would make no code anyway.
	exponent = strings.TrimPrefix(exponent, "+")
	return len(whole) == 1 && allDigits(whole) && allDigits(exponent) && len(exponent) <= 3 &&
		(fraction == "" || allDigits(fraction)) && strings.ContainsAny(code, ".+")
}

// fromFloat removes what a spreadsheet adds to a whole number: "13800138001.0" and
// "1.3800138001E+10" are 13800138001 where the mantissa holds all digits.
func fromFloat(code string) string {
	whole, fraction, ok := strings.Cut(code, ".")
	if !ok || !allDigits(whole) {
		return code
	}
	if fraction != "" && strings.Trim(fraction, "0") == "" {
		return whole
	}
	if !isScientific(code) {
		return code
	}
	fraction, exponent, _ := strings.Cut(fraction, "E")
	if atoi(strings.TrimPrefix(exponent, "+")) != len(fraction) || len(fraction) >= excelDigits {
		return code
	}
	return whole + fraction
}

// isTruncated tells a number whose digits after the fifteenth are all zero, as a spreadsheet
// leaves them. Fewer than three such zeros are too common to tell.
func isTruncated(code string) bool {
	return len(code) >= excelDigits+3 && allDigits(code) &&
		strings.Trim(code[excelDigits:], "0") == ""
}

// atoi reads digits that were checked before; a number too long for an int gives -1.
func atoi(digits string) int {
	if len(digits) > 9 {
		return -1
	}
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}
