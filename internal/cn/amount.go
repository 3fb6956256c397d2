package cn

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"kehu/internal/fault"
)

// maxFen is the largest amount, 70 trillion yuan: below 2⁴⁶ yuan two amounts a fen apart are two
// float64, beyond they may be one.
const maxFen = int64(7_000_000_000_000_000)

// Amount faults.
var (
	ErrAmountFormat = fault.Define("amount_format",
		"金额看不懂，请只填数字，如 1234.50 或 100万",
		"This is not an amount; write digits only, like 1234.50")
	ErrAmountDecimals = fault.Define("amount_decimals",
		"金额最多两位小数（精确到分），请核对",
		"An amount has two decimals at most; check it")
	ErrAmountNegative = fault.Define("amount_negative",
		"金额不能为负数，请核对；退款请填成负数交易",
		"The amount must not be negative; a refund is a negative order")
	ErrAmountRange = fault.Define("amount_range",
		"金额超过 70 万亿元，请核对单位",
		"The amount exceeds 70 trillion yuan; check the unit")
	ErrAmountCurrency = fault.Define("amount_currency",
		"金额按人民币元填写，请先换算外币",
		"Amounts are in yuan; convert other currencies first")
)

// Amount is an amount of money in yuan, exact to the fen.
type Amount struct{ fen int64 }

var (
	foreignCurrency = regexp.MustCompile(
		`\$|€|£|USD|EUR|HKD|JPY|GBP|TWD|美元|美金|欧元|港币|港元|日元|英镑|台币`)
	// amountForm: sign, digits with or without groups of three, decimals, exponent.
	amountForm = regexp.MustCompile(
		`^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?(?:E\+?(\d{1,2}))?$`)
)

// amountUnits are the powers of ten that words stand for.
var amountUnits = []struct {
	word  string
	power int
}{
	{"万亿", 12}, {"千亿", 11}, {"百亿", 10}, {"十亿", 9}, {"亿", 8}, {"千万", 7}, {"百万", 6},
	{"十万", 5}, {"万", 4}, {"千", 3}, {"百", 2}, {"W", 4}, {"K", 3},
}

// ParseAmount reads yuan: 1,234.50, ¥1234, 100万, 1.5亿, 500万元, full-width digits, and (1,234.50)
// for a negative amount where those are allowed. More than two decimals are refused, not rounded,
// but for the noise that a spreadsheet's binary numbers show after the fifteenth digit.
func ParseAmount(s string, negative bool) (Amount, []*fault.Fault, error) {
	if fen, ok := plainFen(s); ok {
		return Amount{fen}, nil, nil
	}
	amount, err := parseAmount(foldAmount(s))
	if err == nil && amount.fen < 0 && !negative {
		err = ErrAmountNegative
	}
	if err != nil {
		return Amount{}, nil, err
	}
	return amount, nil, nil
}

// plainFen reads 1234 and 1234.50, which most amounts are, without what the others need.
func plainFen(s string) (fen int64, ok bool) {
	whole, decimals, point := strings.Cut(s, ".")
	if len(whole) > 9 || len(decimals) != 2 && point || !allDigits(whole) {
		return 0, false
	}
	if !point {
		decimals = "00"
	}
	if !allDigits(decimals) {
		return 0, false
	}
	return int64(atoi(whole))*100 + int64(atoi(decimals)), true
}

// foldAmount folds width and case, drops spaces, signs and words of the currency, and turns
// accounting brackets into a minus.
func foldAmount(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r = foldRune(r); {
		case isSpace(r), isInvisible(r):
			return -1
		case isDash(r):
			return '-'
		}
		return r
	}, s)
	s = currencyWords.Replace(strings.ToUpper(unwrap(s)))
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") && len(s) > 2 {
		s = "-" + s[1:len(s)-1]
	}
	return s
}

var currencyWords = strings.NewReplacer("¥", "", "RMB", "", "CNY", "", "人民币", "",
	"元整", "", "圆整", "", "元", "", "圆", "", "美元", "美元", "欧元", "欧元", "日元", "日元", "港元", "港元")

func parseAmount(s string) (Amount, error) {
	if s == "" {
		return Amount{}, ErrEmpty
	}
	if foreignCurrency.MatchString(s) {
		return Amount{}, ErrAmountCurrency
	}
	power := 0
	for _, unit := range amountUnits {
		if rest, ok := strings.CutSuffix(s, unit.word); ok {
			s, power = rest, unit.power
			break
		}
	}
	parts := amountForm.FindStringSubmatch(s)
	if parts == nil {
		return Amount{}, ErrAmountFormat
	}
	whole := strings.TrimLeft(strings.ReplaceAll(parts[2], ",", ""), "0")
	decimals := parts[3]
	if len(whole)+len(decimals) > excelDigits && len(decimals) > 2 {
		whole, decimals = withoutNoise(whole, decimals)
	}
	fen, err := shift(whole, decimals, power+atoi(parts[4])+2)
	if parts[1] == "-" {
		fen = -fen
	}
	return Amount{fen}, err
}

// withoutNoise rounds a number of more digits than a spreadsheet keeps to its fifteenth digit:
// 1234.5600000000001 is how 1234.56 looks in binary.
func withoutNoise(whole, decimals string) (string, string) {
	f, err := strconv.ParseFloat(whole+"."+decimals, 64)
	if err != nil || len(whole) >= excelDigits {
		return whole, decimals
	}
	rounded := strconv.FormatFloat(f, 'f', excelDigits-max(len(whole), 1), 64)
	whole, decimals, _ = strings.Cut(rounded, ".")
	return whole, decimals
}

// shift moves the point right and gives the whole number; digits that would be left behind it are
// a fault unless they are zero.
func shift(whole, decimals string, places int) (int64, error) {
	if missing := places - len(decimals); missing > 0 {
		decimals += strings.Repeat("0", missing)
	}
	if strings.Trim(decimals[places:], "0") != "" {
		return 0, ErrAmountDecimals
	}
	fen, err := strconv.ParseInt("0"+whole+decimals[:places], 10, 64)
	if err != nil || fen > maxFen {
		return 0, ErrAmountRange
	}
	return fen, nil
}

// AmountOf gives the amount of a number of yuan, as JSON and the database hold it: exact where it
// is two decimals but for binary noise, else the fault amount_decimals.
func AmountOf(yuan float64) (Amount, error) {
	if math.IsNaN(yuan) || math.Abs(yuan) > float64(maxFen)/100 {
		return Amount{}, ErrAmountRange
	}
	fen := math.Round(yuan * 100)
	for _, near := range []float64{fen, fen - 1, fen + 1} { // beyond 2⁵² fen the product is rounded
		if near/100 == yuan {
			return Amount{int64(near)}, nil
		}
	}
	if math.Abs(fen/100-yuan) > math.Max(1e-9, math.Abs(yuan)*1e-15) {
		return Amount{}, ErrAmountDecimals
	}
	return Amount{int64(fen)}, nil
}

// Fen is the amount in hundredths of a yuan.
func (a Amount) Fen() int64 { return a.fen }

// Yuan is the amount as a number, as the database stores it.
func (a Amount) Yuan() float64 { return float64(a.fen) / 100 }

// String is the amount in yuan with two decimals: 1234.50.
func (a Amount) String() string {
	sign, fen := "", a.fen
	if fen < 0 {
		sign, fen = "-", -fen
	}
	cents := strconv.FormatInt(fen%100+100, 10)[1:]
	return sign + strconv.FormatInt(fen/100, 10) + "." + cents
}
