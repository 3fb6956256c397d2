package sheet

import (
	"strconv"
	"time"
)

// ColumnKind says how the values of a column are written.
type ColumnKind int

// The kinds of a column. A value that does not parse as its column's kind is written as text.
const (
	AsText   ColumnKind = iota // always text: names, phones, codes, long numbers
	AsNumber                   // 12 or -0.5, up to 15 significant digits, which is what Excel keeps
	AsMoney                    // like AsNumber, shown as 1,234.50
	AsDate                     // 2006-01-02, or with 15:04 or 15:04:05, in the company's zone
)

// numberDigits is the precision of a number in Excel (IEEE 754 double, 15 significant digits).
const numberDigits = 15

// The cell formats of our own workbooks: indexes into cellXfs of writeStyles.
const (
	styleNone = iota
	styleHead
	styleText
	styleQuoted // text that begins like a formula: the quote prefix keeps it text when edited
	styleNumber
	styleMoney
	styleDate
	styleMoment
	styleTitle
	styleLabel
	styleWrap
	styleWrong
	styleWrongHead
	styleReason
)

// exactNumber tells whether text is a decimal that Excel holds exactly as written, apart from
// trailing zeros: no sign but a minus, no leading zero, no exponent, at most 15 digits.
func exactNumber(text string) bool {
	if text != "" && text[0] == '-' {
		text = text[1:]
	}
	if len(text) > 1 && text[0] == '0' && text[1] != '.' {
		return false
	}
	point, digits := -1, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			digits++
		case c == '.' && point < 0 && i > 0:
			point = i
		default:
			return false
		}
	}
	return digits > 0 && digits <= numberDigits && point != len(text)-1
}

// dateLayouts are the writings of a date that become a real date, by length.
var dateLayouts = map[int]string{
	10: time.DateOnly,
	16: "2006-01-02 15:04",
	19: time.DateTime,
}

// excelEpoch is the day 0 of the 1900 date system as it counts from 1 March 1900 on; before that
// day Excel's calendar holds a 29 February 1900 that never was (ECMA-376 §18.17.4.1).
var (
	excelEpoch    = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	excelFirstDay = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)
)

// dateSerial turns a written date into Excel's serial number; moment says that it has a time.
// Years before 1900-03-01 are refused, because programs disagree on their serials.
func dateSerial(text string) (serial string, moment, ok bool) {
	layout, known := dateLayouts[len(text)]
	if !known {
		return "", false, false
	}
	day, err := time.Parse(layout, text)
	if err != nil || day.Before(excelFirstDay) {
		return "", false, false
	}
	seconds := int64(day.Sub(excelEpoch) / time.Second)
	if len(text) == len(time.DateOnly) {
		return strconv.FormatInt(seconds/86400, 10), false, true
	}
	return strconv.FormatFloat(float64(seconds)/86400, 'f', -1, 64), true, true
}

// appendCell appends one <c> element. ref is the column's letters with the row's number.
// An empty value appends nothing.
func appendCell(dst []byte, column string, row []byte, kind ColumnKind, value string) []byte {
	if value == "" {
		return dst
	}
	switch kind {
	case AsNumber, AsMoney:
		if exactNumber(value) {
			style := styleNumber
			if kind == AsMoney {
				style = styleMoney
			}
			return appendNumberCell(dst, column, row, style, value)
		}
	case AsDate:
		if serial, moment, ok := dateSerial(value); ok {
			style := styleDate
			if moment {
				style = styleMoment
			}
			return appendNumberCell(dst, column, row, style, serial)
		}
	}
	value = cleanCell(value)
	style := styleText
	if LeadsFormula(value) {
		style = styleQuoted
	}
	return appendTextCell(dst, "", column, row, style, value)
}

func appendNumberCell(dst []byte, column string, row []byte, style int, number string) []byte {
	dst = appendCellTag(dst, "", column, row, style)
	dst = append(dst, "><v>"...)
	dst = append(dst, number...)
	return append(dst, "</v></c>"...)
}

// appendTextCell writes an inline string (ECMA-376 §18.3.1.53): it needs no table of shared
// strings, whose size would grow with the sheet, and it is never a formula.
func appendTextCell(dst []byte, prefix, column string, row []byte, style int, text string) []byte {
	dst = appendCellTag(dst, prefix, column, row, style)
	dst = append(dst, ` t="inlineStr"><`...)
	dst = append(append(dst, prefix...), "is>"...)
	dst = appendTextElement(dst, prefix, text)
	dst = append(append(append(dst, "</"...), prefix...), "is></"...)
	return append(append(dst, prefix...), "c>"...)
}

// appendCellTag appends <c r="A1" s="2" without the closing bracket.
func appendCellTag(dst []byte, prefix, column string, row []byte, style int) []byte {
	dst = append(append(append(dst, '<'), prefix...), `c r="`...)
	dst = append(append(dst, column...), row...)
	dst = append(dst, '"')
	if style != styleNone {
		dst = append(dst, ` s="`...)
		dst = strconv.AppendInt(dst, int64(style), 10)
		dst = append(dst, '"')
	}
	return dst
}

// columnLetters names a 0-based column: 0 is A, 25 is Z, 26 is AA.
func columnLetters(column int) string {
	var letters [8]byte
	at := len(letters)
	for column >= 0 {
		at--
		letters[at] = byte('A' + column%26)
		column = column/26 - 1
	}
	return string(letters[at:])
}

// cellRef names a cell by its 0-based column and 1-based row: B7.
func cellRef(column, row int) string { return columnLetters(column) + strconv.Itoa(row) }
