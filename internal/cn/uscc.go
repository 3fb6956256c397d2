package cn

import (
	"strings"

	"kehu/internal/fault"
)

// usccLength is the length of a credit code (GB 32100-2015 §4).
const usccLength = 18

// Credit code faults.
var (
	ErrUSCCLength = fault.Define("uscc_length",
		"统一社会信用代码应为 18 位，现在是 {n} 位，请按营业执照核对",
		"A credit code has 18 characters, this one {n}; check it against the licence")
	ErrUSCCRegNo = fault.Define("uscc_is_registration_number",
		"这是 15 位旧注册号，请填到注册号一栏；统一社会信用代码为 18 位，见新版营业执照",
		"This is an old 15-digit registration number; put it there. The credit code has 18 "+
			"characters")
	ErrUSCCCharacters = fault.Define("uscc_characters",
		"统一社会信用代码第 {at} 位不对：第 3 至 8 位是数字，其余是数字或大写字母（不用 I O S V Z）",
		"Character {at} of the credit code is wrong: 3 to 8 are digits, the others digits or "+
			"capitals without I O S V Z")
	ErrUSCCLookalike = fault.Define("uscc_lookalike",
		"统一社会信用代码不用字母 I O S Z，是否应为 {suggestion}",
		"A credit code has no letters I O S Z; did you mean {suggestion}")
	ErrUSCCProvince = fault.Define("uscc_province",
		"统一社会信用代码第 3、4 位不是省份代码，请按营业执照核对",
		"Characters 3 and 4 of the credit code are not a province; check it against the licence")
	ErrUSCCCheckCharacter = fault.Define("uscc_check_character",
		"统一社会信用代码校验不通过，多为抄错一位，请按营业执照逐位核对；确认无误可填写理由后保留",
		"The credit code's check character does not fit, mostly a slip of one character; check "+
			"it against the licence, or confirm it with a reason")
	ErrUSCCOrganisation = fault.Define("uscc_organisation_code",
		"统一社会信用代码第 9 至 17 位（组织机构代码）校验不通过，请按营业执照核对；确认无误可填写理由后保留",
		"Characters 9 to 17 of the credit code (organisation code) do not check; check the "+
			"licence, or confirm it with a reason")
	ErrUSCCTruncated = fault.Define("uscc_truncated",
		"统一社会信用代码被表格软件改成了数字，15 位以后已丢失，请把该列设为文本后重新填写",
		"A spreadsheet turned the credit code into a number and lost what follows digit 15; "+
			"format the column as text and enter it again")
	ErrUSCCMasked = fault.Define("uscc_masked",
		"统一社会信用代码是脱敏后的（含 *），请填写完整代码",
		"The credit code is masked; give it in full")
	WarnUSCCClass = fault.Define("uscc_class",
		"统一社会信用代码前两位不在登记管理部门与机构类别表内，请按营业执照核对",
		"The first two characters of the credit code are not in the table of authorities and "+
			"classes; check the licence")
	WarnUSCCRegion = fault.Define("uscc_region",
		"统一社会信用代码第 3 至 8 位不是已知的行政区划（开发区常见），请按营业执照核对",
		"Characters 3 to 8 of the credit code are no known division (usual for development "+
			"zones); check the licence")
)

// USCC is a unified social credit code, 统一社会信用代码, of GB 32100-2015.
type USCC struct{ code string }

// ParseUSCC reads a credit code: width, case, spaces and dashes are normalised; characters,
// province, organisation code and check character must be right. What real registers break without
// being wrong (class of the authority, county code) is a warning. A letter that the alphabet lacks
// is never replaced, but suggested where the replaced code checks.
func ParseUSCC(s string) (USCC, []*fault.Fault, error) {
	code, err := usccShape(s)
	if err != nil {
		return USCC{}, nil, err
	}
	if isTruncated(code) {
		return USCC{}, nil, ErrUSCCTruncated
	}
	if usccCheck(code) != code[17] {
		return USCC{}, nil, ErrUSCCCheckCharacter
	}
	if orgCheck(code[8:16]) != code[16] {
		return USCC{}, nil, ErrUSCCOrganisation
	}
	return USCC{code}, usccDoubts(code), nil
}

// ParseUSCCAgainstStandard reads a code whose check characters do not fit but that was confirmed
// against the licence (R3.4: about 6 real codes in 100,000). Length, alphabet and province must
// still be right. Digits lost by a spreadsheet are taken only where both checks fit.
func ParseUSCCAgainstStandard(s string) (USCC, error) {
	code, err := usccShape(s)
	if err != nil {
		return USCC{}, err
	}
	if isTruncated(code) && (usccCheck(code) != code[17] || orgCheck(code[8:16]) != code[16]) {
		return USCC{}, ErrUSCCTruncated
	}
	return USCC{code}, nil
}

// IsOverridable tells the faults that a confirmed reason lifts (R3.4): the value is then read with
// ParseUSCCAgainstStandard or ParseRegNoAgainstStandard, which may still refuse it.
func IsOverridable(f *fault.Fault) bool {
	if f == nil {
		return false
	}
	switch f.Code {
	case ErrUSCCCheckCharacter.Code, ErrUSCCOrganisation.Code, ErrUSCCTruncated.Code,
		ErrRegNoLegacy.Code:
		return true
	}
	return false
}

// SuggestUSCC gives the code with O I S Z read as 0 1 5 2, where that passes both checks.
func SuggestUSCC(s string) (USCC, bool) {
	code := foldCode(s)
	replaced := lookalikes.Replace(code)
	if replaced == code || len(replaced) != usccLength {
		return USCC{}, false
	}
	uscc, _, err := ParseUSCC(replaced)
	return uscc, err == nil
}

var lookalikes = strings.NewReplacer("O", "0", "I", "1", "S", "5", "Z", "2")

// usccShape checks what holds without the checksums.
func usccShape(s string) (string, error) {
	code := foldCode(s)
	if len(code) != usccLength || wrongUSCCCharacter(code) > 0 {
		var err error
		if code, err = explainUSCC(code); err != nil {
			return "", err
		}
	}
	if !hasProvince(code[2:8]) {
		return "", ErrUSCCProvince
	}
	return code, nil
}

// explainUSCC says what is wrong with characters that are no code; a code with the ".0" of a
// spreadsheet behind it becomes one.
func explainUSCC(code string) (string, error) {
	switch {
	case code == "":
		return "", ErrEmpty
	case isMaskedCode(code):
		return "", ErrUSCCMasked
	case isScientific(code):
		return "", ErrUSCCTruncated
	}
	code = fromFloat(code)
	if len(code) == regNoLength && allDigits(code) {
		return "", ErrUSCCRegNo
	}
	if n := len([]rune(code)); n != usccLength {
		return "", ErrUSCCLength.With("n", n)
	}
	if at := wrongUSCCCharacter(code); at > 0 {
		if suggestion, ok := SuggestUSCC(code); ok {
			return "", ErrUSCCLookalike.With("suggestion", suggestion)
		}
		return "", ErrUSCCCharacters.With("at", at)
	}
	return code, nil
}

// wrongUSCCCharacter gives the place, from 1, of the first character out of the alphabet, else 0.
func wrongUSCCCharacter(code string) int {
	place := 0
	for i, r := range code {
		place++
		region := i >= 2 && i < 8
		if r > 'Z' || usccValues[r] < 0 || region && !isDigit(byte(r)) {
			return place
		}
	}
	return 0
}

// usccClasses are the classes of organisation under each registering authority (GB 32100-2015,
// table 1 and its amendment).
var usccClasses = [128]string{
	'1': "1239", // 机构编制：机关 事业单位 群众团体 其他
	'2': "19",   // 外交
	'3': "123459",
	'4': "19",
	'5': "1239", // 民政：社会团体 民办非企业 基金会 其他
	'6': "129",
	'7': "129",
	'8': "19",
	'9': "123", // 市场监管：企业 个体工商户 农民专业合作社
	'A': "19",
	'N': "123",
	'Y': "1",
}

func usccDoubts(code string) []*fault.Fault {
	var warnings []*fault.Fault
	if strings.IndexByte(usccClasses[code[0]], code[1]) < 0 {
		warnings = append(warnings, WarnUSCCClass)
	}
	if region := code[2:8]; !isListedRegion(region) && region != nationalRegion {
		warnings = append(warnings, WarnUSCCRegion)
	}
	return warnings
}

// String is the 18 characters.
func (u USCC) String() string { return u.code }

// OrganisationCode is the organisation code of GB 11714 inside, nine characters without a dash.
func (u USCC) OrganisationCode() string {
	if u.code == "" {
		return ""
	}
	return u.code[8:17]
}

// Province is the name of the province where it was first registered; empty for national codes.
func (u USCC) Province() string {
	if u.code == "" {
		return ""
	}
	return provinces()[u.code[2:4]]
}

// Region is the six digits of the division where it was first registered.
func (u USCC) Region() string {
	if u.code == "" {
		return ""
	}
	return u.code[2:8]
}

// IsStandard tells whether both check characters fit; it is false only for a code that was taken
// with ParseUSCCAgainstStandard.
func (u USCC) IsStandard() bool {
	return u.code != "" && usccCheck(u.code) == u.code[17] && orgCheck(u.code[8:16]) == u.code[16]
}
