package cn

import (
	"strings"
	"unicode/utf8"

	"kehu/internal/fault"
)

const (
	regNoLength    = 15 // GS 15-2006, since 2007-07-01
	regNoOldLength = 13 // before
	regNoMaxLegacy = 30 // runes of 企独沪总字第000001号 and the like
)

// Registration number faults.
var (
	ErrRegNoLength = fault.Define("regno_length",
		"旧注册号应为 15 位数字，现在是 {n} 位，请核对；18 位的请填到统一社会信用代码一栏",
		"An old registration number has 15 digits, this one {n}; one of 18 characters is a "+
			"credit code")
	ErrRegNoCharacters = fault.Define("regno_characters",
		"旧注册号只含数字，请核对",
		"An old registration number has digits only; check it")
	ErrRegNoProvince = fault.Define("regno_province",
		"旧注册号前两位不是省份代码，请核对",
		"The first two digits of the registration number are not a province; check it")
	ErrRegNoLegacy = fault.Define("regno_legacy",
		"这是 2007 年以前的注册号，无法校验；确认无误可填写理由后保留",
		"This is a registration number from before 2007 and cannot be checked; confirm it with "+
			"a reason")
	ErrRegNoTruncated = fault.Define("regno_truncated",
		"旧注册号被表格软件改成了科学计数法，位数已丢失，请把该列设为文本后重新填写",
		"A spreadsheet turned the registration number into 1.1E+14 and lost digits; format the "+
			"column as text and enter it again")
	ErrRegNoMasked = fault.Define("regno_masked",
		"旧注册号是脱敏后的（含 *），请填写完整号码",
		"The registration number is masked; give it in full")
	WarnRegNoCheck = fault.Define("regno_check_digit",
		"旧注册号校验位不符（约一成旧号如此），请按旧营业执照核对",
		"The registration number's check digit does not fit (so with a tenth of them); check "+
			"it against the old licence")
	WarnRegNoRegion = fault.Define("regno_region",
		"旧注册号前 6 位不是已知的行政区划，请核对",
		"The first 6 digits of the registration number are no known division; check it")
)

// RegNo is a business registration number, 注册号, from before the credit code.
type RegNo struct{ number string }

// ParseRegNo15 reads a registration number of 15 digits (GS 15-2006). Its check digit is a warning:
// of 7,449 real numbers 9.4 % fail it.
func ParseRegNo15(s string) (RegNo, []*fault.Fault, error) {
	code := fromFloat(foldCode(s))
	switch {
	case code == "":
		return RegNo{}, nil, ErrEmpty
	case isMaskedCode(code):
		return RegNo{}, nil, ErrRegNoMasked
	case isScientific(code):
		return RegNo{}, nil, ErrRegNoTruncated
	case len(code) == regNoOldLength && allDigits(code), strings.Contains(code, "字第"):
		return RegNo{}, nil, ErrRegNoLegacy
	case len([]rune(code)) != regNoLength:
		return RegNo{}, nil, ErrRegNoLength.With("n", len([]rune(code)))
	case !allDigits(code):
		return RegNo{}, nil, ErrRegNoCharacters
	case !hasProvince(code[:6]):
		return RegNo{}, nil, ErrRegNoProvince
	}
	return RegNo{code}, regNoDoubts(code), nil
}

func regNoDoubts(code string) []*fault.Fault {
	var warnings []*fault.Fault
	if !mod1110(code) {
		warnings = append(warnings, WarnRegNoCheck)
	}
	if region := code[:6]; !isListedRegion(region) && region != nationalRegion {
		warnings = append(warnings, WarnRegNoRegion)
	}
	return warnings
}

// ParseRegNoAgainstStandard also takes the numbers from before 2007, of 13 digits or in words, that
// were confirmed with a reason (R3.4).
func ParseRegNoAgainstStandard(s string) (RegNo, error) {
	number, _, err := ParseRegNo15(s)
	if f, _ := fault.Of(err); f == nil || f.Code != ErrRegNoLegacy.Code {
		return number, err
	}
	code := Name(foldCode(s))
	if utf8.RuneCountInString(code) > regNoMaxLegacy {
		return RegNo{}, ErrRegNoCharacters
	}
	return RegNo{code}, nil
}

// String is the digits, or the words of a legacy number.
func (n RegNo) String() string { return n.number }
