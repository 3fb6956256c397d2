package match

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/trades.tsv
var tradeRows string

// tradesOf is how many names were counted for the table of trades.
const tradesOf = 3_000_000

// trades are the words that end names before the legal form, with how many names of three million
// they end.
var trades = sync.OnceValue(func() map[string]float64 {
	table := map[string]float64{}
	for _, line := range strings.Split(tradeRows, "\n") {
		if word, count, ok := strings.Cut(line, "\t"); ok {
			n, _ := strconv.ParseFloat(count, 64)
			table[word] = n / tradesOf
		}
	}
	return table
})

const longestTrade = 8

// tradeSize is the length of the longest trade that ends a text and leaves two characters.
func tradeSize(text []rune) int {
	table := trades()
	for size := min(longestTrade, len(text)-2); size >= 2; size-- {
		if _, ok := table[string(text[len(text)-size:])]; ok {
			return size
		}
	}
	return 0
}

// isTrade tells whether a text is made of words of trade only.
func isTrade(text []rune) bool {
	table := trades()
	for len(text) > 0 {
		found := false
		for size := min(longestTrade, len(text)); size >= 2 && !found; size-- {
			if _, ok := table[string(text[len(text)-size:])]; ok {
				text, found = text[:len(text)-size], true
			}
		}
		if !found {
			return false
		}
	}
	return true
}

var numerals = map[rune]int{'零': 0, '一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8,
	'九': 9, '两': 2, '壹': 1, '贰': 2, '叁': 3}

func isNumeral(r rune) bool {
	_, han := numerals[r]
	return han || r == '十' || r >= '0' && r <= '9'
}

// numbersOf lists the numbers of a text in digits, parted by commas.
func numbersOf(text []rune) string {
	var list []string
	for i := 0; i < len(text); i++ {
		if !isNumeral(text[i]) {
			continue
		}
		j := i
		for j < len(text) && (isNumeral(text[j]) || text[j] == '百' && j > i) {
			j++
		}
		list = append(list, numberOf(text[i:j]))
		i = j - 1
	}
	return strings.Join(list, ",")
}

// numberOf reads a number in either script; of digits in a row (二零一二), the digits.
func numberOf(text []rune) string {
	if !strings.ContainsAny(string(text), "十百") {
		var b strings.Builder
		for _, r := range text {
			if d, ok := numerals[r]; ok {
				b.WriteString(strconv.Itoa(d))
			} else {
				b.WriteRune(r)
			}
		}
		if trimmed := strings.TrimLeft(b.String(), "0"); trimmed != "" {
			return trimmed
		}
		return "0"
	}
	sum, digit := 0, -1
	for _, r := range text {
		switch {
		case r == '十' || r == '百':
			unit := 10
			if r == '百' {
				unit = 100
			}
			if digit < 0 {
				digit = 1
			}
			sum, digit = sum+digit*unit, -1
		case r >= '0' && r <= '9':
			digit = max(digit, 0)*10 + int(r-'0')
		default:
			digit = numerals[r]
		}
	}
	return strconv.Itoa(sum + max(digit, 0))
}

// digitsFor writes the numbers of a text in digits and leaves 第 and 号 out: 第二经营部 → 2经营部.
func digitsFor(text []rune) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '第' || text[i] == '号' || text[i] == '市' || text[i] == '区' && i < len(text)-1:
		case isNumeral(text[i]):
			j := i
			for j < len(text) && (isNumeral(text[j]) || text[j] == '百') {
				j++
			}
			b.WriteString(numberOf(text[i:j]))
			i = j - 1
		default:
			b.WriteRune(text[i])
		}
	}
	return b.String()
}
