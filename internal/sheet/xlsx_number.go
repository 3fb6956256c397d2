package sheet

import (
	"math"
	"strconv"
)

// parseIndex reads a whole number of at most nine digits.
func parseIndex(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// parseRef reads a reference such as AB12; column and row count from 1.
func parseRef(b []byte) (column, row int, ok bool) {
	p := 0
	for ; p < len(b) && p < 4 && b[p]-'A' < 26; p++ {
		column = column*26 + int(b[p]-'A') + 1
	}
	if p == 0 || p == len(b) || b[p] == '0' || column > gridColumns {
		return 0, 0, false
	}
	row, ok = parseIndex(b[p:])
	return column, row, ok && row <= gridRows
}

// parseMerge reads a range such as A1:C3.
func parseMerge(b []byte) (m Merge, ok bool) {
	first, last := b, b
	for i, c := range b {
		if c == ':' {
			first, last = b[:i], b[i+1:]
			break
		}
	}
	c1, r1, ok1 := parseRef(first)
	c2, r2, ok2 := parseRef(last)
	m = Merge{FirstRow: r1, LastRow: r2, FirstColumn: c1 - 1, LastColumn: c2 - 1}
	return m, ok1 && ok2 && r1 <= r2 && c1 <= c2
}

// powers of ten that a double holds exactly.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// maxNumberBytes bounds the digits of a number; a double without exponent has at most 341.
const maxNumberBytes = 400

// parseNumber reads a decimal number as xsd:double writes it, but for INF and NaN, which no cell
// can hold. Up to 15 digits without exponent are exact as digits / 10^n, for both are exact.
func parseNumber(b []byte) (float64, bool) {
	p, negative := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		p, negative = 1, b[0] == '-'
	}
	var mantissa uint64
	digits, point := 0, -1
	for ; p < len(b); p++ {
		if c := b[p] - '0'; c <= 9 {
			mantissa = mantissa*10 + uint64(c)
			digits++
		} else if b[p] == '.' && point < 0 {
			point = digits
		} else {
			break
		}
	}
	if digits == 0 || len(b) > maxNumberBytes {
		return 0, false
	}
	if p < len(b) || digits > exactDigits {
		return parseLong(b, p)
	}
	f := float64(mantissa)
	if point >= 0 {
		f /= powers[digits-point]
	}
	if negative {
		f = -f
	}
	return f, true
}

// parseLong reads a number with an exponent at p, or of many digits.
func parseLong(b []byte, p int) (float64, bool) {
	if p < len(b) {
		if b[p] != 'e' && b[p] != 'E' {
			return 0, false
		}
		q := p + 1
		if q < len(b) && (b[q] == '-' || b[q] == '+') {
			q++
		}
		if _, ok := parseIndex(b[q:]); !ok {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil && !math.IsInf(f, 0)
}
