package mask

import (
	"slices"
	"strings"

	"kehu/internal/fields"
	"kehu/internal/places"
)

// Hidden stands for a value of which nothing may be recognised: an amount, a title, a file.
const Hidden = "***"

// Value masks a text by the kind of its field. Of an empty value there is nothing to mask.
func Value(f *fields.Field, text string) string {
	if text == "" {
		return ""
	}
	switch f.Kind {
	case fields.Mobile:
		return Mobile(text)
	case fields.Landline:
		return Landline(text)
	case fields.Email:
		return Email(text)
	case fields.Name:
		return Person(text)
	case fields.Address:
		return Address(text)
	case fields.Cert:
		return Certificate(text)
	case fields.Bank:
		return Account(text)
	}
	return Hidden
}

// Mobile keeps the first 3 and the last 4 of 11 digits: 138****8888. Whatever else stands in its
// place keeps less.
func Mobile(number string) string {
	if len(number) == 11 && digits(number) {
		return number[:3] + "****" + number[7:]
	}
	return ends(number, 3, 4)
}

// Landline keeps the area code and the last 4 digits of the number; the extension is left out:
// 021-****1234.
func Landline(number string) string {
	parts := strings.Split(number, "-")
	area := ""
	if len(parts) > 1 && strings.HasPrefix(parts[0], "0") && len(parts[0]) <= 4 {
		area, parts = parts[0]+"-", parts[1:]
	}
	local := parts[0]
	if len(local) < 7 || !digits(local) {
		return area + "****"
	}
	return area + "****" + local[len(local)-4:]
}

// Email keeps the first character and the domain: a***@qq.com; of an address with one character
// before the @ only the domain.
func Email(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return Hidden
	}
	local := []rune(address[:at])
	if len(local) < 2 {
		return Hidden + address[at:]
	}
	return string(local[:1]) + Hidden + address[at:]
}

// Address keeps the divisions down to the district: 上海市浦东新区***. An address whose divisions
// are not found shows nothing.
func Address(text string) string {
	found, _, _ := places.Parse(text) // filled as far as it was understood
	return places.FullName(found.Division()) + Hidden
}

func digits(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < '0' || c > '9' })
}
