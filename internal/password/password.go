// Package password says which passwords are refused. It follows NIST SP 800-63B-4 and the sense of
// GB/T 22239 (身份鉴别信息具有复杂度要求): length and a list of what everybody tries first, names of
// the person and the firm included, instead of rules about kinds of characters, which make people
// write Password1!. There is no forced change after some time for the same reason.
package password

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kehu/internal/fault"
)

// Limits of a password. bcrypt reads no more than 72 bytes, and PocketBase takes 71 characters.
const (
	MinLength = 12
	maxBytes  = 71
	own       = 6 // characters that must be left when what anybody could guess is taken away
)

// Faults of a password.
var (
	ErrShort = fault.Define("password_short",
		"密码至少{n}个字符；几个不相关的词连起来又长又好记", "A password has at least {n} characters; "+
			"a few unrelated words in a row are long and easy to keep")
	ErrLong = fault.Define("password_long", "密码太长（最多71字节，一个汉字占3字节）",
		"The password is too long (at most 71 bytes)")
	ErrCommon = fault.Define("password_common",
		"这个密码太容易猜到（常用密码、键盘顺序、重复字符，或含姓名、邮箱、公司名），请换一个",
		"This password is easy to guess (a common one, keys in a row, repeats, or the name, e-mail "+
			"or firm): choose another")
)

//go:embed common.txt
var commonText string

// common are the pieces that guesses are made of, the longest first.
var common = func() []string {
	var words []string
	for line := range strings.Lines(commonText) {
		if word := strings.TrimSpace(line); word != "" && !strings.HasPrefix(word, "#") {
			words = append(words, word)
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}()

// Check refuses a password that is too short, too long, or made of what anybody could guess. About
// are texts about the person and the firm: name, e-mail, company.
func Check(text string, about ...string) error {
	switch {
	case utf8.RuneCountInString(text) < MinLength:
		return ErrShort.With("n", MinLength)
	case len(text) > maxBytes:
		return ErrLong
	}
	rest := fold(text)
	for _, piece := range pieces(about) {
		rest = strings.ReplaceAll(rest, piece, "\x00")
	}
	for _, word := range common {
		rest = strings.ReplaceAll(rest, word, "\x00")
	}
	if distinct(rest) < own {
		return ErrCommon
	}
	return nil
}

// leet undoes the exchanges that every guesser undoes.
var leet = strings.NewReplacer("@", "a", "4", "a", "3", "e", "0", "o", "$", "s", "5", "s", "7", "t", "!", "i")

// fold makes case and the usual exchanges alike; digits in a row stay digits.
func fold(text string) string {
	lower := strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full width
			r -= '！' - '!'
		}
		return unicode.ToLower(r)
	}, text)
	var out strings.Builder
	for _, run := range runs(lower) {
		if unicode.IsDigit([]rune(run)[0]) && len(run) > 2 {
			out.WriteString(run)
		} else {
			out.WriteString(leet.Replace(run))
		}
	}
	return out.String()
}

// runs parts a text into digits and others.
func runs(text string) []string {
	var all []string
	start := 0
	letters := []rune(text)
	for i := 1; i <= len(letters); i++ {
		if i == len(letters) || unicode.IsDigit(letters[i]) != unicode.IsDigit(letters[i-1]) {
			all = append(all, string(letters[start:i]))
			start = i
		}
	}
	return all
}

// pieces of the texts about somebody, of a length that is no accident, the longest first.
func pieces(about []string) []string {
	var all []string
	for _, text := range about {
		words := strings.FieldsFunc(text, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r)
		})
		for _, word := range words {
			word = fold(word)
			if n := utf8.RuneCountInString(word); n >= 3 || n == 2 && word[0] >= utf8.RuneSelf {
				all = append(all, word)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// distinct counts the characters that tell something: one that repeats or follows its neighbour
// (aaaa, 2345, dcba) tells nothing new.
func distinct(text string) int {
	n, seen := 0, map[rune]int{}
	var last rune = -9
	for _, r := range text {
		if r == 0 {
			last = -9
			continue
		}
		step := r - last
		seen[r]++
		if step != 0 && step != 1 && step != -1 && seen[r] <= 2 {
			n++
		}
		last = r
	}
	return n
}
