// Package serial makes the house numbers of customers, contracts and tickets out of a pattern
// such as KH-{YYYY}{MM}{SEQ:3} (R2.2). It holds no counter: the caller keeps one per Key.
package serial

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kehu/internal/fault"
)

// MaxDigits bounds the width of SEQ and SUB.
const MaxDigits = 9

// Faults of a pattern.
var (
	ErrPattern = fault.Define("number_pattern",
		"编号规则「{pattern}」不正确：{why_zh}；例如 KH-{YYYY}{MM}{SEQ:3}",
		"The number pattern “{pattern}” is wrong: {why_en}; for example KH-{YYYY}{MM}{SEQ:3}")
)

type part struct {
	literal string // text, where name is ""
	name    string // YYYY, YY, MM, DD, SEQ, SUB
	digits  int
}

// Pattern is a parsed house pattern.
type Pattern struct {
	parts []part
	text  string
}

var place = regexp.MustCompile(`\{([A-Z]+)(?::(\d))?\}`)

// Parse reads a pattern. It has exactly one SEQ, at most one SUB, SUB last, and its literal text
// is letters, digits, - _ / and dots.
func Parse(text string) (Pattern, error) {
	p := Pattern{text: text}
	rest, seq, sub := text, 0, 0
	for rest != "" {
		at := place.FindStringSubmatchIndex(rest)
		if at == nil {
			at = []int{len(rest), len(rest)}
		}
		if literal := rest[:at[0]]; literal != "" {
			if sub > 0 {
				return p, wrong(text, "SUB 须在最后", "SUB must come last")
			}
			if !plain(literal) {
				return p, wrong(text, "不认识「"+literal+"」", "“"+literal+"” is not understood")
			}
			p.parts = append(p.parts, part{literal: literal})
		}
		if len(at) > 2 {
			one, err := placeOf(rest, at, text)
			if err != nil {
				return p, err
			}
			if sub > 0 {
				return p, wrong(text, "SUB 须在最后", "SUB must come last")
			}
			seq += count(one.name == "SEQ")
			sub += count(one.name == "SUB")
			p.parts = append(p.parts, one)
		}
		rest = rest[at[1]:]
	}
	return p, p.check(seq)
}

func (p Pattern) check(seq int) error {
	switch {
	case seq != 1:
		return wrong(p.text, "须有且只有一个 {SEQ:n}", "it needs exactly one {SEQ:n}")
	case len(p.text) > 50:
		return wrong(p.text, "不超过50个字符", "at most 50 characters")
	}
	return nil
}

func wrong(text, zh, en string) error {
	return ErrPattern.With("pattern", text, "why_zh", zh, "why_en", en)
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func placeOf(rest string, at []int, text string) (part, error) {
	one := part{name: rest[at[2]:at[3]]}
	if at[4] >= 0 {
		one.digits, _ = strconv.Atoi(rest[at[4]:at[5]])
	}
	counted := one.name == "SEQ" || one.name == "SUB"
	switch one.name {
	case "YYYY", "YY", "MM", "DD", "SEQ", "SUB":
	default:
		return one, wrong(text, "不认识 {"+one.name+"}", "{"+one.name+"} is not known")
	}
	if counted != (one.digits > 0) {
		return one, wrong(text, "只有 SEQ 和 SUB 带位数，例如 {SEQ:3}",
			"SEQ and SUB, and only they, have a width such as {SEQ:3}")
	}
	return one, nil
}

func plain(literal string) bool {
	for _, r := range literal {
		switch {
		case r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= '0' && r <= '9',
			strings.ContainsRune("-_/.", r):
		default:
			return false
		}
	}
	return true
}

// HasSub tells whether the pattern counts inside a group of companies.
func (p Pattern) HasSub() bool {
	return len(p.parts) > 0 && p.parts[len(p.parts)-1].name == "SUB"
}

// Key names the counter of SEQ at a moment: it changes when the date part does, so that the
// counter restarts. t is in the company's zone.
func (p Pattern) Key(t time.Time) string { return p.render(t, "{SEQ}", "{SUB}") }

// Number is the house number of a sequence and, where the pattern has it, the sub-number.
// Both widen past their digits.
func (p Pattern) Number(t time.Time, seq, sub int64) string {
	seqText, subText := "", ""
	for _, one := range p.parts {
		switch one.name {
		case "SEQ":
			seqText = fmt.Sprintf("%0*d", one.digits, seq)
		case "SUB":
			subText = fmt.Sprintf("%0*d", one.digits, sub)
		}
	}
	return p.render(t, seqText, subText)
}

// Base cuts the sub-number off a number that this pattern made.
func (p Pattern) Base(number string) (base string, ok bool) {
	if !p.HasSub() {
		return "", false
	}
	expression := "^("
	for _, one := range p.parts {
		switch one.name {
		case "":
			expression += regexp.QuoteMeta(one.literal)
		case "YYYY":
			expression += `\d{4}`
		case "SEQ":
			expression += fmt.Sprintf(`\d{%d,}`, one.digits)
		case "SUB":
			expression += fmt.Sprintf(`)\d{%d,}$`, one.digits)
		default:
			expression += `\d{2}`
		}
	}
	m := regexp.MustCompile(expression).FindStringSubmatch(number)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// Sub is a base with a sub-number.
func (p Pattern) Sub(base string, sub int64) string {
	return fmt.Sprintf("%s%0*d", base, p.parts[len(p.parts)-1].digits, sub)
}

// String is the pattern as it was written.
func (p Pattern) String() string { return p.text }

func (p Pattern) render(t time.Time, seq, sub string) string {
	var b strings.Builder
	for _, one := range p.parts {
		switch one.name {
		case "":
			b.WriteString(one.literal)
		case "YYYY":
			b.WriteString(t.Format("2006"))
		case "YY":
			b.WriteString(t.Format("06"))
		case "MM":
			b.WriteString(t.Format("01"))
		case "DD":
			b.WriteString(t.Format("02"))
		case "SEQ":
			b.WriteString(seq)
		case "SUB":
			b.WriteString(sub)
		}
	}
	return b.String()
}
