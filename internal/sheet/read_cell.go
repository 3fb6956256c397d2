package sheet

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kind says what a cell holds.
type Kind uint8

// The kinds of a cell.
const (
	Empty  Kind = iota
	Text        // Cell.Text is the text
	Number      // Cell.Number is the value, Cell.Text its digits as the file writes them
	Bool        // Cell.Number is 1 or 0, Cell.Text TRUE or FALSE
	Date        // Cell.Text is the date or time, Cell.Number the serial as stored
	Error       // Cell.Text is the error, such as #N/A
)

// Cell is one cell. Its Text may be kept; it is never changed afterwards.
type Cell struct {
	Kind    Kind
	Formula bool // the value is the cached result of a formula
	Merged  bool // the value stands in the merged cell above and was filled down
	Style   int  // index into the workbook's cell formats
	Number  float64
	Text    string
}

// errorTexts are the errors of ISO/IEC 29500-1 (18.18.11, ST_CellErrorType, and 18.17.3) and of newer
// spreadsheets, as a .csv file or a copy of values holds them.
var errorTexts = []string{"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!",
	"#SPILL!", "#CALC!", "#GETTING_DATA"}

// IsError reports an error of a formula, as an error or as its text.
func (c Cell) IsError() bool {
	return c.Kind == Error || c.Kind == Text && strings.HasPrefix(c.Text, "#") &&
		slices.Contains(errorTexts, strings.TrimSpace(c.Text))
}

// Row is one row. It is valid until the next call of Rows.Next.
type Row struct {
	Number int    // as a spreadsheet counts: the first is 1
	Hidden bool   // hidden by hand, by a filter, or of no height
	Cells  []Cell // by column, the first is 0; gaps are Empty
}

// Blank reports that no cell of the row holds a value of its own: what was filled down from a
// merged cell above does not make a row a record.
func (r *Row) Blank() bool {
	for i := range r.Cells {
		c := &r.Cells[i]
		if c.Kind == Empty || c.Merged {
			continue
		}
		if c.Kind != Text || strings.TrimSpace(c.Text) != "" {
			return false
		}
	}
	return true
}

// exactDigits is the number of decimal digits that a spreadsheet keeps of a number
// (an IEEE 754 double holds any decimal of 15 digits).
const exactDigits = 15

// LostDigits reports a whole number of more than 15 digits: a spreadsheet that stored it as a
// number has replaced the digits after the fifteenth, by zeros or by chance.
func (c Cell) LostDigits() bool {
	return c.Kind == Number && math.Abs(c.Number) >= 1e15
}

// String returns what a person reads in the cell: numbers in plain decimal without exponent
// (13812345678, never 1.38E+10) and without percent or currency, dates as YYYY-MM-DD with
// hh:mm:ss unless it is midnight, times as hh:mm:ss, TRUE, FALSE and errors as written.
func (c Cell) String() string {
	if c.Kind != Number {
		return c.Text
	}
	if plainNumber(c.Text) {
		return c.Text
	}
	return formatNumber(c.Number)
}

// plainNumber reports digits that already are what people read: no exponent, no needless zero,
// a whole number of any length, or a fraction of at most 15 significant digits.
func plainNumber(raw string) bool {
	digits := strings.TrimPrefix(raw, "-")
	whole, fraction, isFraction := strings.Cut(digits, ".")
	if whole == "" || !allDigits(whole) || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if !isFraction {
		return whole != "0" || digits == raw
	}
	return fraction != "" && allDigits(fraction) && fraction[len(fraction)-1] != '0' &&
		len(whole)+len(fraction) <= exactDigits
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// formatNumber writes a number in plain decimal. Excel stores 1.1 as 1.1000000000000001: more
// than 15 significant digits are rounded to 15, as Excel shows them.
func formatNumber(f float64) string {
	if f == 0 {
		return "0"
	}
	var short [32]byte
	if significant(strconv.AppendFloat(short[:0], f, 'e', -1, 64)) > exactDigits {
		f = rounded(f)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func rounded(f float64) float64 {
	var digits [32]byte
	r, err := strconv.ParseFloat(string(
		strconv.AppendFloat(digits[:0], f, 'e', exactDigits-1, 64)), 64)
	if err != nil {
		return f // the largest doubles round to more than a double holds
	}
	return r
}

// significant counts the digits of a mantissa such as 1.234e+05.
func significant(mantissa []byte) int {
	n := 0
	for _, c := range mantissa {
		if c == 'e' {
			break
		}
		if c-'0' <= 9 {
			n++
		}
	}
	return n
}

// ColumnName returns the letters of a column counted from 0: A, B, …, Z, AA.
func ColumnName(column int) string {
	var name [8]byte
	at := len(name)
	for n := column + 1; n > 0 && at > 0; n = (n - 1) / 26 {
		at--
		name[at] = byte('A' + (n-1)%26)
	}
	return string(name[at:])
}

// CellName returns a reference such as B7 from a column counted from 0 and a row from 1.
func CellName(column, row int) string {
	return ColumnName(column) + strconv.Itoa(row)
}
