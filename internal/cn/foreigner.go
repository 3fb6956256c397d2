package cn

import (
	"sync"
	"time"

	"kehu/internal/fault"
)

// ForeignerID is the number of a foreigner's permanent residence card, 外国人永久居留身份证.
type ForeignerID struct {
	number string
	birth  Date // zero on cards of the old form, whose year has two digits
}

// ParseForeignerID reads a permanent residence number: 18 digits since 2023-12-01 (9, province,
// ISO 3166-1 numeric country, birth date, sequence, check character of GB 11643), or three letters
// and 12 digits before (last digit by ICAO 9303, 7-3-1, whose failure is a warning).
// Whether 18 digits beginning with 9 are this or a credit code is decided by the field alone.
func ParseForeignerID(s string, now time.Time) (ForeignerID, []*fault.Fault, error) {
	code, err := certCode(s)
	if err != nil {
		return ForeignerID{}, nil, err
	}
	switch {
	case isTruncated(code):
		return ForeignerID{}, nil, ErrCertTruncated
	case isOldForeigner(code):
		return parseOldForeigner(code)
	case !hasResidentShape(code) || code[0] != '9':
		return ForeignerID{}, nil, ErrCertFormat
	case !isProvince(code[1:]):
		return ForeignerID{}, nil, ErrCertRegion
	case !countries()[code[3:6]]:
		return ForeignerID{}, nil, ErrCertCountry
	}
	birth, ok := birthDate(code[6:14], now)
	if !ok {
		return ForeignerID{}, nil, ErrCertBirthDate
	}
	if residentCheck(code) != code[17] {
		return ForeignerID{}, nil, ErrCertCheck
	}
	return ForeignerID{code, birth}, nil, nil
}

func isOldForeigner(code string) bool {
	return len(code) == 15 && isUpper(code[0]) && isUpper(code[1]) && isUpper(code[2]) &&
		allDigits(code[3:])
}

func parseOldForeigner(code string) (ForeignerID, []*fault.Fault, error) {
	if !countries()[code[:3]] {
		return ForeignerID{}, nil, ErrCertCountry
	}
	if icao731(code[:14]) != code[14] {
		return ForeignerID{code, Date{}}, []*fault.Fault{WarnCertCheck}, nil
	}
	return ForeignerID{code, Date{}}, nil, nil
}

// String is the number without separators.
func (f ForeignerID) String() string { return f.number }

// BirthDate is the birth date inside a number of the new form, else the zero Date.
func (f ForeignerID) BirthDate() Date { return f.birth }

// countries are the alpha-3 and numeric codes of ISO 3166-1.
var countries = sync.OnceValue(func() map[string]bool {
	codes := map[string]bool{}
	for _, row := range rows("countries.tsv") {
		codes[row[0]], codes[row[1]] = true, true
	}
	return codes
})
