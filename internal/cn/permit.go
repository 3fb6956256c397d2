package cn

import (
	"regexp"
	"strings"

	"kehu/internal/fault"
)

// Passport is the number of a passport.
type Passport struct {
	number  string
	chinese bool
}

// chinesePassport has the series of ordinary, diplomatic, service and public affairs passports, and
// of those of the Hong Kong and Macao regions. I and O are not used as second letters.
var chinesePassport = regexp.MustCompile(`^(?:E\d{8}|E[A-HJ-NP-Z]\d{7}|G\d{8}|1[45]\d{7}` +
	`|[DSP]E\d{7}|[DSP]\d{7,8}|[SP]\.\d{7}` +
	`|K\d{8}|KJ\d{7}|H\d{8}|H[AB]\d{7}|M[AB]\d{7})$`)

// foreignPassport is the longest that ICAO 9303 allows; fewer than five characters is no number.
var foreignPassport = regexp.MustCompile(`^[A-Z0-9]{5,9}$`)

// minPassportDigits keeps words out of passport numbers.
const minPassportDigits = 4

// ParsePassport reads a passport number. There is nothing in it to check but its form; one that is
// not of a Chinese series is taken as foreign, with a warning.
func ParsePassport(s string) (Passport, []*fault.Fault, error) {
	code, err := certCode(s)
	switch {
	case err != nil:
		return Passport{}, nil, err
	case chinesePassport.MatchString(code):
		return Passport{code, true}, nil, nil
	case foreignPassport.MatchString(code) && countDigits(code) >= minPassportDigits:
		return Passport{code, false}, []*fault.Fault{WarnCertForeign}, nil
	}
	return Passport{}, nil, ErrCertFormat
}

// String is the number in capitals.
func (p Passport) String() string { return p.number }

// IsChinese tells whether the number has the form of a Chinese passport.
func (p Passport) IsChinese() bool { return p.chinese }

// PermitKind says which permit between the mainland and Hong Kong, Macao or Taiwan it is.
type PermitKind string

// The kinds of permits.
const (
	HomeReturn       PermitKind = "home_return" // 港澳居民来往内地通行证, 回乡证
	TaiwanCompatriot PermitKind = "taiwan"      // 台湾居民来往大陆通行证, 台胞证
	ExitHongKong     PermitKind = "exit_hkmo"   // 往来港澳通行证
	ExitTaiwan       PermitKind = "exit_taiwan" // 往来台湾通行证
)

// permitForms are the forms of the permits; no number has two of them.
var permitForms = []struct {
	kind PermitKind
	form *regexp.Regexp
}{
	{HomeReturn, regexp.MustCompile(`^(?:[HM]\d{8}(?:\d{2})?|[HM]A\d{7})$`)},
	{TaiwanCompatriot, regexp.MustCompile(`^(?:\d{8}|\d{10}(?:\([A-Z]\)|[A-Z])?)$`)},
	{ExitHongKong, regexp.MustCompile(`^(?:C\d{8}|C[A-HJ-NP-Z]\d{7}|W\d{8})$`)},
	{ExitTaiwan, regexp.MustCompile(`^[LT]\d{8}$`)},
}

// HMTPermit is the number of a permit between the mainland and Hong Kong, Macao or Taiwan.
type HMTPermit struct {
	number string
	kind   PermitKind
}

// ParseHMTPermit reads the number of any of the four kinds of permits.
func ParseHMTPermit(s string) (HMTPermit, []*fault.Fault, error) {
	code, err := certCode(s)
	if err != nil {
		return HMTPermit{}, nil, err
	}
	for _, permit := range permitForms {
		if permit.form.MatchString(code) {
			return HMTPermit{code, permit.kind}, nil, nil
		}
	}
	return HMTPermit{}, nil, ErrCertFormat
}

// String is the number in capitals.
func (p HMTPermit) String() string { return p.number }

// Kind says which permit it is.
func (p HMTPermit) Kind() PermitKind { return p.kind }

// Holder is the part that a person keeps for life; the digits after it count the renewals.
func (p HMTPermit) Holder() string {
	switch {
	case p.kind == HomeReturn && len(p.number) > 9:
		return p.number[:9]
	case p.kind == TaiwanCompatriot && len(p.number) > 8:
		return p.number[:8]
	}
	return p.number
}

var hongKongID = regexp.MustCompile(`^([A-Z]{1,2})(\d{6})\(?([0-9A])\)?$`)

// ParseHKID reads a Hong Kong identity card number with its check character (MOD 11), stored as
// A123456(3).
func ParseHKID(s string) (string, []*fault.Fault, error) {
	code, err := certCode(s)
	if err != nil {
		return "", nil, err
	}
	parts := hongKongID.FindStringSubmatch(code)
	if parts == nil {
		return "", nil, ErrCertFormat
	}
	// A missing first letter counts as a blank, whose value is 36.
	sum := 0
	prefix := parts[1]
	if len(prefix) == 1 {
		sum = 36 * 9
	}
	body := prefix + parts[2]
	for i := range len(body) {
		sum += alphanumeric(body[i]) * (len(body) + 1 - i)
	}
	if check := "0123456789A"[(11-sum%11)%11]; check != parts[3][0] {
		return "", nil, ErrCertCheck
	}
	return body + "(" + parts[3] + ")", nil, nil
}

// taiwanLetters is the order of values 10, 11, 12… of the first letter of a Taiwan identity number.
const taiwanLetters = "ABCDEFGHJKLMNPQRSTUVXYWZIO"

var taiwanID = regexp.MustCompile(`^[A-Z]\d{9}$`)

// ParseTaiwanID reads a Taiwan identity number with its check digit (MOD 10).
func ParseTaiwanID(s string) (string, []*fault.Fault, error) {
	code, err := certCode(s)
	if err != nil {
		return "", nil, err
	}
	if !taiwanID.MatchString(code) {
		return "", nil, ErrCertFormat
	}
	letter := strings.IndexByte(taiwanLetters, code[0]) + 10
	sum := letter/10 + letter%10*9
	for i := 1; i < 9; i++ {
		sum += int(code[i]-'0') * (9 - i)
	}
	if (sum+int(code[9]-'0'))%10 != 0 {
		return "", nil, ErrCertCheck
	}
	return code, nil, nil
}
