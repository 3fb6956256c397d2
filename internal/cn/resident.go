package cn

import (
	"time"

	"kehu/internal/fault"
)

// Lengths of resident numbers: GB 11643-1999, and GB 11643-1989 that had no check character.
const (
	residentLength = 18
	residentOld    = 15
)

// doubtfulAge is the age in years from which a birth date is worth a second look.
const doubtfulAge = 100

// Faults of certificate numbers. Their sentences never repeat the number.
var (
	ErrCertType = fault.Define("cert_type_unknown",
		"证件类型不在可选项内，请选择身份证、护照、港澳台通行证、外国人永居证或其他",
		"Unknown kind of certificate; choose resident_id, passport, hmt_permit, foreigner_id "+
			"or other")
	ErrCertLength = fault.Define("cert_length",
		"身份证号应为 18 位（旧证 15 位），现在是 {n} 位，请核对",
		"A resident number has 18 characters (15 on old cards), this one {n}; check it")
	ErrCertCharacters = fault.Define("cert_characters",
		"身份证号只含数字，末位可为 X，请核对",
		"A resident number has digits only, the last may be X; check it")
	ErrCertRegion = fault.Define("cert_region",
		"证件号码的省份代码不存在，请核对前几位",
		"The certificate number names no province; check its first digits")
	ErrCertBirthDate = fault.Define("cert_birth_date",
		"证件号码里的出生日期不存在或不在合理范围，请核对第 7 至 14 位",
		"The birth date in the certificate number is impossible; check digits 7 to 14")
	ErrCertCheck = fault.Define("cert_check_character",
		"证件号码校验不通过，多为抄错一位，请按证件逐位核对",
		"The certificate number's check character does not fit, mostly a slip of one digit; "+
			"check it against the document")
	ErrCertTruncated = fault.Define("cert_truncated",
		"证件号码被表格软件改成了数字，15 位以后已丢失，请把该列设为文本后重新填写",
		"A spreadsheet turned the certificate number into a number and lost what follows digit "+
			"15; format the column as text and enter it again")
	ErrCertMasked = fault.Define("cert_masked",
		"证件号码是脱敏后的（含 *），请填写完整号码",
		"The certificate number is masked; give it in full")
	ErrCertFormat = fault.Define("cert_format",
		"证件号码与所选证件类型的格式不符，请核对号码和类型",
		"The number does not have the form of the chosen certificate; check number and kind")
	ErrCertCountry = fault.Define("cert_country",
		"永居证号码里的国籍代码不存在，请核对",
		"The permanent residence number names no country; check it")
	WarnCertLegacy = fault.Define("cert_legacy15",
		"这是 15 位一代证号码（已停用），已按规则换算成 18 位，请按新证核对",
		"This is the 15-digit number of an old card, no longer valid; it was converted to 18, "+
			"check it against the new card")
	WarnCertRegion = fault.Define("cert_region_unlisted",
		"证件号码前 6 位不是已知的行政区划，请核对",
		"The first 6 digits of the certificate number are no known division; check them")
	WarnCertAge = fault.Define("cert_age",
		"按证件号码年龄超过 100 岁，请核对",
		"By the certificate number the person is over 100; check it")
	WarnCertCheck = fault.Define("cert_check_digit",
		"旧版永居证号码校验位不符，请按证件核对",
		"The check digit of the old permanent residence number does not fit; check the document")
	WarnCertForeign = fault.Define("cert_foreign_passport",
		"不是中国护照的号码格式，已按外国护照保存，请核对",
		"This is not the form of a Chinese passport; it was taken as a foreign one, check it")
	WarnCertTypeDiffers = fault.Define("cert_type_differs",
		"号码像是身份证号，请核对证件类型",
		"The number looks like a resident number; check the kind of certificate")
)

// Sex as stored in customers.gender.
const (
	SexMale    = "male"
	SexFemale  = "female"
	SexUnknown = ""
)

// ResidentID is the number of a 居民身份证 (GB 11643-1999), or of the residence permit for people
// from Hong Kong, Macao and Taiwan, which has the same form.
type ResidentID struct {
	number string
	birth  Date
}

// ParseResidentID reads a resident number of 18 characters; one of 15 digits is converted with a
// warning. now bounds the birth date. The division need not exist any more: a number keeps the code
// of its first issue.
func ParseResidentID(s string, now time.Time) (ResidentID, []*fault.Fault, error) {
	code, err := certCode(s)
	if err != nil {
		return ResidentID{}, nil, err
	}
	var warnings []*fault.Fault
	switch {
	case len(code) == residentOld && allDigits(code):
		code = code[:6] + "19" + code[6:]
		code += string(residentCheck(code))
		warnings = append(warnings, WarnCertLegacy)
	case len([]rune(code)) != residentLength:
		return ResidentID{}, nil, ErrCertLength.With("n", len([]rune(code)))
	case isTruncated(code):
		return ResidentID{}, nil, ErrCertTruncated
	}
	birth, err := checkResident(code, now)
	if err != nil {
		return ResidentID{}, nil, err
	}
	warnings = append(warnings, residentDoubts(code, birth, now)...)
	return ResidentID{code, birth}, warnings, nil
}

// certCode folds a certificate number and refuses what came masked or damaged.
func certCode(s string) (string, error) {
	code := foldCode(s)
	switch {
	case code == "":
		return "", ErrEmpty
	case isMaskedCode(code):
		return "", ErrCertMasked
	case isScientific(code):
		return "", ErrCertTruncated
	}
	return fromFloat(code), nil
}

// checkResident checks 18 characters and gives the birth date.
func checkResident(code string, now time.Time) (Date, error) {
	if !hasResidentShape(code) {
		return Date{}, ErrCertCharacters
	}
	if !isProvince(code) && code[:6] != taiwanResidents {
		return Date{}, ErrCertRegion
	}
	birth, ok := birthDate(code[6:14], now)
	if !ok {
		return Date{}, ErrCertBirthDate
	}
	if residentCheck(code) != code[17] {
		return Date{}, ErrCertCheck
	}
	return birth, nil
}

// taiwanResidents is the address code of residence permits for people from Taiwan, which is in no
// list of divisions (those from Hong Kong and Macao have 810000 and 820000, which are).
const taiwanResidents = "830000"

func hasResidentShape(code string) bool {
	return len(code) == residentLength && allDigits(code[:17]) &&
		(isDigit(code[17]) || code[17] == 'X')
}

// birthDate reads YYYYMMDD of someone born from 1850 until today.
func birthDate(digits string, now time.Time) (Date, bool) {
	birth, err := NewDate(atoi(digits[:4]), atoi(digits[4:6]), atoi(digits[6:]))
	today := Date{int16(now.Year()), uint8(now.Month()), uint8(now.Day())}
	return birth, err == nil && birth.Compare(today) <= 0
}

func residentDoubts(code string, birth Date, now time.Time) []*fault.Fault {
	var warnings []*fault.Fault
	if !isListedRegion(code[:6]) {
		warnings = append(warnings, WarnCertRegion)
	}
	if now.Year()-birth.Year() > doubtfulAge {
		warnings = append(warnings, WarnCertAge)
	}
	return warnings
}

// String is the 18 characters.
func (r ResidentID) String() string { return r.number }

// BirthDate is the birth date inside the number.
func (r ResidentID) BirthDate() Date { return r.birth }

// Sex is male where the 17th digit is odd, else female.
func (r ResidentID) Sex() string {
	switch {
	case r.number == "":
		return SexUnknown
	case r.number[16]%2 == 1:
		return SexMale
	}
	return SexFemale
}

// Region is the six digits of the division of first issue.
func (r ResidentID) Region() string {
	if r.number == "" {
		return ""
	}
	return r.number[:6]
}
