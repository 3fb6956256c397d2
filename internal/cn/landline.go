package cn

import (
	"slices"
	"strings"
	"sync"

	"kehu/internal/fault"
)

// maxExtension is the longest extension that exchanges use.
const maxExtension = 6

// Landline faults.
var (
	ErrLandlineCharacters = fault.Define("landline_characters",
		"座机号里有看不懂的字符，请按 区号-号码-分机 填写，如 021-62341234-801",
		"The landline holds unknown characters; write area code-number-extension, like "+
			"021-62341234-801")
	ErrLandlineAreaCode = fault.Define("landline_area_code",
		"座机缺少区号或区号不存在，请补上区号，如 021-62341234",
		"The area code is missing or does not exist; add it, like 021-62341234")
	ErrLandlineLength = fault.Define("landline_length",
		"区号 {area} 的号码应为 {want} 位，现在是 {n} 位，请核对",
		"Numbers in area {area} have {want} digits, this one {n}; check it")
	ErrLandlineServiceLength = fault.Define("landline_service_length",
		"400、800 号码共 10 位，请核对",
		"A 400 or 800 number has 10 digits in all; check it")
	ErrLandlineSubscriber = fault.Define("landline_subscriber",
		"座机号码不会以 0 或 1 开头，请核对区号后面的数字",
		"A local number never begins with 0 or 1; check the digits after the area code")
	ErrLandlineExtension = fault.Define("landline_extension",
		"分机号应为 1 到 6 位数字，请核对",
		"An extension has 1 to 6 digits; check it")
	ErrLandlineMasked = fault.Define("landline_masked",
		"座机号是脱敏后的（含 *），请填写完整号码",
		"The landline is masked; give it in full")
	WarnLandlineAreaDiffers = fault.Define("landline_area_differs",
		"号码自带的区号与区号栏不一致，已采用号码自带的区号，请核对",
		"The number has another area code than the area column; the number's own was taken, "+
			"check it")
)

// Landline is a mainland fixed-line number with its area code, or a 400/800 service number.
type Landline struct {
	area      string // 010, 0755; of a service number 400 or 800
	number    string // 7 or 8 digits
	extension string // digits, may be empty
}

// ParseLandline reads a landline (R3.2): brackets, spaces, dashes and +86 are normalised away, the
// extension follows - 转 分机 ext x # or a comma. areaCode is the content of a separate column 区号
// and joins a number that has none; empty where there is no such column.
func ParseLandline(s, areaCode string) (Landline, []*fault.Fault, error) {
	main, extension, marked := splitExtension(s)
	if isMaskedCode(main) {
		return Landline{}, nil, ErrLandlineMasked
	}
	groups, ok := digitGroups(main)
	if !ok {
		return Landline{}, nil, ErrLandlineCharacters
	}
	if len(groups) == 0 {
		return Landline{}, nil, ErrEmpty
	}
	if marked && (!allDigits(extension) || len(extension) > maxExtension) {
		return Landline{}, nil, ErrLandlineExtension
	}
	groups = withoutCountryGroup(groups)
	own := groups[0][0] == '0' || isService(groups)
	given := areaDigits(areaCode)
	if !own && given != "" {
		groups = append([]string{given}, groups...)
	}
	line, err := lineOf(groups, extension)
	if err != nil {
		return Landline{}, nil, err
	}
	if own && given != "" && !line.isService() && line.area != given {
		return line, []*fault.Fault{WarnLandlineAreaDiffers}, nil
	}
	return line, nil, nil
}

var extensionMarks = []string{"转分机", "分机号", "分机", "转", "EXT.", "EXT", "X", "#", ","}

// splitExtension cuts at the first word or sign that announces an extension.
func splitExtension(s string) (main, extension string, marked bool) {
	s = strings.ToUpper(strings.Map(foldRune, s))
	for _, mark := range extensionMarks {
		if before, after, ok := strings.Cut(s, mark); ok && countDigits(before) >= shortestPhone {
			after = strings.TrimLeft(foldCode(after), ":.")
			return before, after, true
		}
	}
	return s, "", false
}

// digitGroups divides at the signs that stand inside a number; ok is false where others do.
func digitGroups(s string) (groups []string, ok bool) {
	s = unwrap(strings.TrimFunc(s, isSpace))
	groups = strings.FieldsFunc(s, func(r rune) bool {
		return isSpace(r) || isDash(r) || isInvisible(r) || strings.ContainsRune("()（）.·+_—", r)
	})
	for _, group := range groups {
		if !allDigits(group) {
			return nil, false
		}
	}
	return groups, true
}

// withoutCountryGroup takes 86 or 0086 off the front and gives the area code its 0 back.
func withoutCountryGroup(groups []string) []string {
	first := groups[0]
	for _, country := range []string{"0086", "86"} {
		rest, ok := strings.CutPrefix(first, country)
		if !ok || country == "86" && len(first) < 11 && rest != "" {
			continue // 8612345 is a local number
		}
		if rest == "" && len(groups) == 1 {
			return groups
		}
		groups = append([]string{rest}, groups[1:]...)
		if rest == "" {
			groups = groups[1:]
		}
		if !isService(groups) && groups[0][0] != '0' {
			groups = append([]string{"0" + groups[0]}, groups[1:]...)
		}
		break
	}
	return groups
}

// isService tells 400 and 800 numbers: the prefix alone, or ten digits that begin with it.
func isService(groups []string) bool {
	first := groups[0]
	if !strings.HasPrefix(first, "400") && !strings.HasPrefix(first, "800") {
		return false
	}
	return len(first) == 3 && len(groups) > 1 || len(strings.Join(groups, "")) >= 10
}

// areaDigits brings the content of a column 区号 into the form 0755; what is none gives "".
func areaDigits(s string) string {
	area := fromFloat(foldPhone(s))
	area = strings.TrimPrefix(strings.TrimPrefix(area, "+86"), "0086")
	if area == "" || !allDigits(area) {
		return ""
	}
	return "0" + strings.TrimLeft(area, "0")
}

// lineOf reads area code, number and extension out of groups of digits. Dashes and spaces inside
// the number do not count, but an extension begins where a group begins.
func lineOf(groups []string, extension string) (Landline, error) {
	all := strings.Join(groups, "")
	area, lengths, ok := "", []int{7}, true
	if isService(groups) {
		area = all[:3]
	} else if area, lengths, ok = areaOf(all); !ok {
		return Landline{}, ErrLandlineAreaCode
	}
	number := all[len(area):]
	if extension == "" {
		number, extension = cutExtension(groups, len(area), lengths)
	}
	switch {
	case !slices.Contains(lengths, len(number)):
		if all[0] != '0' {
			return Landline{}, ErrLandlineServiceLength
		}
		return Landline{}, ErrLandlineLength.With(
			"area", area, "want", wanted(lengths), "n", len(number))
	case all[0] == '0' && number[0] <= '1':
		return Landline{}, ErrLandlineSubscriber
	case len(extension) > maxExtension:
		return Landline{}, ErrLandlineExtension
	}
	return Landline{area, number, extension}, nil
}

// cutExtension finds the group boundary where a number of right length ends; what follows is
// the extension. Without such a boundary all digits are the number.
func cutExtension(groups []string, area int, lengths []int) (number, extension string) {
	all := strings.Join(groups, "")
	end := 0
	for _, group := range groups[:len(groups)-1] {
		end += len(group)
		if slices.Contains(lengths, end-area) {
			number, extension = all[area:end], all[end:]
		}
	}
	whole := all[area:]
	if number == "" || slices.Contains(lengths, len(whole)) {
		return whole, ""
	}
	return number, extension
}

func wanted(lengths []int) string {
	if len(lengths) == 2 {
		return "7/8"
	}
	return string(rune('0' + lengths[0]))
}

// areaOf finds the area code at the start of the digits and how long its numbers are.
func areaOf(digits string) (area string, lengths []int, ok bool) {
	for _, size := range []int{3, 4} {
		if len(digits) < size {
			break
		}
		if known, found := areas()[digits[:size]]; found {
			return digits[:size], known.lengths, true
		}
	}
	return "", nil, false
}

// String is the stored form: 021-62341234-801, 400-800-8888.
func (l Landline) String() string {
	if l.area == "" {
		return ""
	}
	s := l.area + "-" + l.number
	if l.isService() {
		s = l.area + "-" + l.number[:3] + "-" + l.number[3:]
	}
	if l.extension != "" {
		s += "-" + l.extension
	}
	return s
}

// E164 is the number with the country code and without the extension: +862162341234. Service
// numbers cannot be dialled from abroad and have none.
func (l Landline) E164() string {
	if l.area == "" || l.isService() {
		return ""
	}
	return "+86" + l.area[1:] + l.number
}

// AreaCode is the area code with its 0, or 400 or 800.
func (l Landline) AreaCode() string { return l.area }

// Extension is the extension, often empty.
func (l Landline) Extension() string { return l.extension }

// City is where the area code belongs, province first; of a service number empty.
func (l Landline) City() string { return areas()[l.area].city }

func (l Landline) isService() bool { return l.area != "" && l.area[0] != '0' }

type area struct {
	lengths []int
	city    string
}

// areas are the 323 area codes of the mainland with the length of their numbers.
var areas = sync.OnceValue(func() map[string]area {
	table := map[string]area{}
	for _, row := range rows("areacodes.tsv") {
		var lengths []int
		for _, length := range strings.Split(row[1], ",") {
			lengths = append(lengths, atoi(length))
		}
		table[row[0]] = area{lengths, row[2]}
	}
	return table
})
