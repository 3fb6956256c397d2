package cn

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"kehu/internal/fault"
)

// maxNameRunes is the longest name; the longest registered company names have about 100.
const maxNameRunes = 200

// Name faults.
var (
	ErrNameTooLong = fault.Define("name_too_long",
		"名称超过 {max} 个字，请填写证照上的全称，其余内容写到备注",
		"The name has more than {max} characters; give the name as on the licence, the rest in "+
			"a note")
	ErrNameNoLetters = fault.Define("name_no_letters",
		"名称里没有文字，请填写名称本身，不要只填数字或符号",
		"There are no letters in the name; give the name itself, not only digits or signs")
	ErrNameMasked = fault.Define("name_masked",
		"名称是脱敏后的（如 张*），请填写完整名称",
		"The name is masked (like 张*); give it in full")
	WarnNameHonorific = fault.Define("name_honorific",
		"已去掉称谓（先生、女士等），请确认姓名是否完整",
		"The form of address (先生, 女士…) was removed; check that the name is complete")
)

// NameKind says whose name it is.
type NameKind int

// The kinds of names. A contact is a person; so is a customer of kind individual.
const (
	OrganisationName NameKind = iota
	PersonName
)

// Name normalises the name of an organisation or person (R3.8): Text with every full-width
// sign folded. In a name with Chinese characters brackets are full-width （）, as licences print
// them (registers mix both: of three million names 48,392 were typed with (), 13,127 with （）),
// spaces beside a Chinese character or bracket go, and the dot inside a person's name is "·".
// A name without Chinese characters keeps its spaces and has half-width brackets.
func Name(s string) string {
	if isCleanName(s) {
		return s
	}
	s = normalise(s, false, foldRune)
	if !strings.ContainsFunc(s, isHan) {
		return unifyDots(s)
	}
	s = closeGaps(bracketsFullWidth.Replace(s))
	return closeGaps(unifyDots(s)) // a dot found now closes the gaps beside it
}

// isCleanName is the fast path of Name: Chinese characters with full-width brackets, letters and
// digits, nothing else.
func isCleanName(s string) bool {
	han := false
	brackets := false
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case isDigit(c), isUpper(c), c >= 'a' && c <= 'z':
			i++
		case c >= 0xE4 && c <= 0xE9:
			size := cleanRune(s[i:])
			if size != 3 || s[i] == 0xE4 && s[i+1] == 0xB7 { // U+4DC0… are hexagrams
				return false
			}
			han = true
			i += size
		case strings.HasPrefix(s[i:], "（"), strings.HasPrefix(s[i:], "）"):
			brackets = true
			i += len("（")
		default:
			return false
		}
	}
	return han || !brackets
}

var bracketsFullWidth = strings.NewReplacer("(", "（", ")", "）")

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// unifyDots writes the separating dot of transcribed names as U+00B7 (the form of GB 18030 name
// registers) for its many look-alikes, and for a full stop between two Chinese characters.
func unifyDots(s string) string {
	runes := []rune(s)
	for i, r := range runes {
		switch r {
		case '•', '‧', '∙', '⋅', '・', '･', '\u0387', '\u1427', '\u2E31':
			runes[i] = '·'
		case '.':
			if i > 0 && i+1 < len(runes) && isHan(runes[i-1]) && isHan(runes[i+1]) {
				runes[i] = '·'
			}
		}
	}
	return string(runes)
}

// closeGaps removes each space that stands beside a Chinese character, bracket or middle dot.
func closeGaps(s string) string {
	if !strings.Contains(s, " ") {
		return s
	}
	closed := func(r rune) bool { return isHan(r) || r == '（' || r == '）' || r == '·' }
	var b strings.Builder
	var before rune
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		if r == ' ' && (closed(before) || closed(next)) {
			continue
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// ParseName gives the normalised name (Name) of an organisation or person, of at most 200
// characters. The honorific after a person's name is removed with a warning (R1.4).
func ParseName(s string, kind NameKind) (string, []*fault.Fault, error) {
	name := Name(s)
	switch {
	case name == "":
		return "", nil, ErrEmpty
	case utf8.RuneCountInString(name) > maxNameRunes:
		return "", nil, ErrNameTooLong.With("max", maxNameRunes)
	case isMaskedName(name, kind):
		return "", nil, ErrNameMasked
	}
	var warnings []*fault.Fault
	if kind == PersonName {
		if bare := withoutHonorific(name); bare != name {
			name, warnings = bare, []*fault.Fault{WarnNameHonorific}
		}
	}
	if !strings.ContainsFunc(name, unicode.IsLetter) {
		return "", nil, ErrNameNoLetters
	}
	if isMaskedName(name, kind) {
		return "", nil, ErrNameMasked
	}
	return name, warnings, nil
}

var honorifics = []string{"先生", "女士", "小姐"}

// withoutHonorific cuts forms of address off the end until none is left, so that a second pass
// finds nothing.
func withoutHonorific(name string) string {
	for {
		bare := name
		for _, title := range honorifics {
			bare = strings.TrimSuffix(strings.TrimSuffix(bare, "（"+title+"）"), title)
		}
		if bare == name {
			return name
		}
		name = Name(bare)
	}
}

// isMaskedName tells names that were hidden in part: a star or blot anywhere; in a person's name
// also circles and crosses (companies write 二○一二 and A×B), and 某 or x after the surname.
func isMaskedName(name string, kind NameKind) bool {
	person := kind == PersonName
	if strings.ContainsFunc(name, func(r rune) bool {
		return isMaskRune(r) && (person || r != '○' && r != '◯' && r != '×')
	}) {
		return true
	}
	if !person {
		return false
	}
	runes := []rune(name)
	if len(runes) < 2 || len(runes) > 4 || !isHan(runes[0]) {
		return false
	}
	return strings.Trim(string(runes[1:]), "某") == "" ||
		strings.Trim(string(runes[1:]), "xX") == ""
}
