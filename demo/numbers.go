package demo

import (
	"fmt"
	"strings"
)

// Numbers that look right and belong to nobody.
//
// A credit code carries DEM in its organisation code, which no registrar issues; a mobile number
// has four noughts after its segment; a local number begins with 555. Certificate numbers are of
// persons born before 1906.

// segments are mobile prefixes in use, of every operator.
var segments = []string{
	"130", "131", "132", "135", "136", "137", "138", "139", "150", "151", "152", "155", "156",
	"157", "158", "159", "176", "177", "180", "181", "185", "186", "187", "188", "189", "191",
	"198", "199",
}

// mobileNumber is the n-th number, n from 1 to 9999.
func mobileNumber(n int) string {
	return fmt.Sprintf("%s0000%04d", segments[n%len(segments)], n%10_000)
}

// landlineNumber is the n-th local number of a place, with its area code.
func landlineNumber(p place, n int) string {
	return p.area + "-" + localNumber(p, n)
}

func localNumber(p place, n int) string {
	return "555" + fmt.Sprintf("%0*d", p.digits-3, n)
}

// creditAlphabet is the alphabet of GB 32100-2015 §4: no I, O, S, V, Z.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditCode is the n-th credit code of a registrar ("91": a firm, "12": a public institution)
// in a division.
func creditCode(registrar, division string, n int) string {
	return sealCredit(registrar + division + fmt.Sprintf("DEM%05d", n))
}

// digitalCreditCode is the first code from the n-th on that is all digits, what a spreadsheet
// takes for a number, and does not end as if one had cut it already.
func digitalCreditCode(division string, n int) string {
	for ; ; n++ {
		code := sealCredit("91" + division + fmt.Sprintf("99%06d", n))
		if strings.Trim(code, "0123456789") == "" && !strings.HasSuffix(code, "000") {
			return code
		}
	}
}

// sealCredit adds the check characters of GB 11714-1997 and GB 32100-2015 annex B to the first
// sixteen characters.
func sealCredit(code string) string {
	code += organisationCheck(code[8:16])
	sum, weight := 0, 1
	for i := range len(code) {
		sum += strings.IndexByte(creditAlphabet, code[i]) * weight
		weight = weight * 3 % 31
	}
	return code + string(creditAlphabet[(31-sum%31)%31])
}

func organisationCheck(body string) string {
	sum := 0
	for i, weight := range [8]int{3, 7, 9, 10, 5, 8, 4, 2} {
		value := int(body[i] - '0')
		if body[i] >= 'A' {
			value = int(body[i]-'A') + 10
		}
		sum += value * weight
	}
	switch check := 11 - sum%11; check {
	case 10:
		return "X"
	case 11:
		return "0"
	default:
		return fmt.Sprint(check)
	}
}

// firstBirth and births bound the birth years in certificate numbers: whoever was born in them is
// not alive.
const firstBirth, births = 1872, 30

// residentNumber is the n-th resident number of GB 11643-1999 in a division; male or female.
func residentNumber(division string, n int, male bool) string {
	order := n%490*2 + 1
	if !male {
		order++
	}
	for day := n % 28; ; day = (day + 1) % 28 { // the next one where it would end as a cut one does
		number := fmt.Sprintf("%s%d%02d%02d%03d", division, firstBirth+n%births, n%12+1, day+1, order)
		sum := 0
		for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
			sum += int(number[i]-'0') * weight
		}
		number += string("10X98765432"[sum%11])
		if !strings.HasSuffix(number, "000") {
			return number
		}
	}
}
