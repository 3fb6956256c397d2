package cn

import (
	"strings"
	"sync"

	"kehu/internal/fault"
)

// mobileDigits is the length of a mainland mobile number (MIIT numbering plan).
const mobileDigits = 11

// Mobile faults.
var (
	ErrMobileCharacters = fault.Define("mobile_characters",
		"手机号里有数字以外的字符，请只填 11 位数字，一格一个号码",
		"The mobile number holds something else than digits; give 11 digits, one number only")
	ErrMobileLength = fault.Define("mobile_length",
		"手机号应为 11 位数字，现在是 {n} 位，请核对是否漏填或多填",
		"A mobile number has 11 digits, this one {n}; check for a missing or extra digit")
	ErrMobileSegment = fault.Define("mobile_segment",
		"没有以 {prefix} 开头的手机号段，请核对前几位",
		"No mobile number begins with {prefix}; check the first digits")
	ErrMobileTestNumber = fault.Define("mobile_test_number",
		"这是常见的测试号码，请填写客户真实的手机号",
		"This is a well-known test number; give the customer's own number")
	ErrMobileMasked = fault.Define("mobile_masked",
		"手机号是脱敏后的（如 138****8888），请填写完整号码",
		"The mobile number is masked (like 138****8888); give it in full")
	ErrMobileScientific = fault.Define("mobile_scientific",
		"手机号被表格软件改成了科学计数法，位数已丢失，请把该列设为文本后重新填写",
		"A spreadsheet turned the number into 1.38E+10 and lost digits; format the column as "+
			"text and enter it again")
	ErrMobileForeign = fault.Define("mobile_foreign",
		"这是境外号码，手机栏只收大陆手机号，请写到备注",
		"This is a number from outside mainland China; put it into a note")
	WarnMobileSuspicious = fault.Define("mobile_suspicious",
		"手机号像是随手填的（重复或连续数字），请向客户核实",
		"The mobile number looks made up (repeated or running digits); check it with the customer")
)

// Mobile is a mainland mobile number in an assigned segment.
type Mobile struct{ digits string }

// ParseMobile reads a mainland mobile number (R3.1): full-width digits, spaces, dashes, brackets,
// dots, +86, 0086, 86 and a leading 0 are normalised away. A number that only looks made up is
// accepted with the warning mobile_suspicious.
func ParseMobile(s string) (Mobile, []*fault.Fault, error) {
	digits, err := mobileCore(s)
	if err != nil {
		return Mobile{}, nil, err
	}
	if dummies()[digits] == "refuse" {
		return Mobile{}, nil, ErrMobileTestNumber
	}
	if len(digits) != mobileDigits {
		return Mobile{}, nil, ErrMobileLength.With("n", len(digits))
	}
	if segmentOf(digits) == 0 {
		return Mobile{}, nil, ErrMobileSegment.With("prefix", digits[:3])
	}
	if looksMadeUp(digits) || dummies()[digits] == "warn" {
		return Mobile{digits}, []*fault.Fault{WarnMobileSuspicious}, nil
	}
	return Mobile{digits}, nil, nil
}

// mobileCore gives the digits after everything around them was taken off, of whatever length.
func mobileCore(s string) (string, error) {
	if len(s) == mobileDigits && allDigits(s) {
		return s, nil
	}
	code := foldPhone(s)
	digits := code
	if strings.ContainsAny(code, ".E") {
		digits = fromFloat(code)
	}
	foreign := strings.HasPrefix(digits, "+") && !strings.HasPrefix(digits, "+86")
	digits = withoutCountry(digits)
	switch {
	case code == "":
		return "", ErrEmpty
	case isMaskedCode(code):
		return "", ErrMobileMasked
	case isScientific(digits):
		return "", ErrMobileScientific
	case foreign && allDigits(digits[1:]):
		return "", ErrMobileForeign
	case !allDigits(digits):
		digits = strings.ReplaceAll(digits, ".", "") // 139.1234.1234
		if !allDigits(digits) {
			return "", ErrMobileCharacters
		}
	}
	return digits, nil
}

// foldPhone is foldCode that also drops brackets and middle dots.
func foldPhone(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '(', ')', '·', '•', '⋅':
			return -1
		}
		return r
	}, foldCode(s))
}

// withoutCountry removes +86, 0086, 86 or a trunk 0 where a mobile number of 11 digits beginning
// with 1 remains.
func withoutCountry(code string) string {
	bare := strings.ReplaceAll(code, ".", "")
	for _, prefix := range []string{"+86", "0086", "86", "+", ""} {
		rest, ok := strings.CutPrefix(bare, prefix)
		if !ok {
			continue
		}
		if len(rest) == mobileDigits+1 && strings.HasPrefix(rest, "01") && rest[2] >= '3' {
			rest = rest[1:]
		}
		if len(rest) == mobileDigits && rest[0] == '1' {
			return rest
		}
		if prefix == "+86" {
			return rest
		}
	}
	return code
}

// looksMadeUp tells numbers whose last eight digits are all equal, or run up or down.
func looksMadeUp(digits string) bool {
	tail := digits[mobileDigits-8:]
	step := int(tail[1]) - int(tail[0])
	if step < -1 || step > 1 {
		return false
	}
	for i := 1; i < len(tail); i++ {
		if int(tail[i])-int(tail[i-1]) != step {
			return false
		}
	}
	return true
}

// String is the 11 digits.
func (m Mobile) String() string { return m.digits }

// E164 is the number with the country code, as telephone systems want it: +8613912341234.
func (m Mobile) E164() string {
	if m.digits == "" {
		return ""
	}
	return "+86" + m.digits
}

// Operator is who the segment was assigned to. Since numbers became portable (2019-12-01) the
// customer may be with another one.
func (m Mobile) Operator() string {
	if m.digits == "" {
		return ""
	}
	return segments().operators[segmentOf(m.digits)]
}

// segmentTable answers which operator a prefix of five digits was assigned to.
type segmentTable struct {
	operators []string      // 0 is none
	prefix    [100000]uint8 // five digits → index of operators
}

var segments = sync.OnceValue(func() *segmentTable {
	table := &segmentTable{operators: []string{""}}
	index := map[string]uint8{}
	byLength := [6][][]string{}
	for _, row := range rows("mobile.tsv") {
		byLength[len(row[0])] = append(byLength[len(row[0])], row)
	}
	for length := 3; length <= 5; length++ { // longer prefixes overwrite shorter ones
		for _, row := range byLength[length] {
			if index[row[1]] == 0 {
				index[row[1]] = uint8(len(table.operators))
				table.operators = append(table.operators, row[1])
			}
			table.assign(row[0], index[row[1]])
		}
	}
	return table
})

// assign marks every five-digit prefix that begins with the given one.
func (t *segmentTable) assign(prefix string, operator uint8) {
	span := 1
	for range 5 - len(prefix) {
		span *= 10
	}
	first := atoi(prefix) * span
	for i := first; i < first+span; i++ {
		t.prefix[i] = operator
	}
}

func segmentOf(digits string) uint8 { return segments().prefix[atoi(digits[:5])] }

// dummies are the numbers that people type instead of one, with what to do: refuse or warn.
var dummies = sync.OnceValue(func() map[string]string {
	verdicts := map[string]string{}
	for _, row := range rows("mobile_dummies.tsv") {
		verdicts[row[0]] = row[1]
	}
	return verdicts
})
