// Package fault holds errors made for people: a stable code for machines, a sentence in Chinese
// and in English that says what is wrong and how to mend it, and the cause for operators.
//
// Every fault that the product can answer is declared once, as a package variable, with Define.
// The catalogue of all of them is the list of codes in docs/api.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fault is one refusal, warning or note.
type Fault struct {
	Code  string // stable, lower_snake, never changed once released
	zh    string
	en    string
	cause error
}

var catalogue = map[string]*Fault{}

// Define declares a fault and puts it into the catalogue. A sentence may hold named places such
// as {value}; With fills them. The sentences do not end with a full stop.
// It panics when the code is taken: codes identify.
func Define(code, zh, en string) *Fault {
	if _, taken := catalogue[code]; taken {
		panic("fault: code declared twice: " + code)
	}
	f := &Fault{Code: code, zh: zh, en: en}
	catalogue[code] = f
	return f
}

// Catalogue returns every declared fault, by code.
func Catalogue() []*Fault {
	all := make([]*Fault, 0, len(catalogue))
	for _, f := range catalogue {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *Fault) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// With returns a copy whose named places are filled from pairs of name and value.
func (f *Fault) With(pairs ...any) *Fault {
	filled := *f
	for i := 0; i+1 < len(pairs); i += 2 {
		place, value := fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1])
		filled.zh = strings.ReplaceAll(filled.zh, place, value)
		filled.en = strings.ReplaceAll(filled.en, place, value)
	}
	return &filled
}

// Rewritten returns a copy whose sentences went through a function, such as one that masks what
// was typed into the wrong place and is quoted.
func (f *Fault) Rewritten(each func(string) string) *Fault {
	again := *f
	again.zh, again.en = each(f.zh), each(f.en)
	return &again
}

// Because returns a copy that carries the cause, for logs; people are never shown it.
func (f *Fault) Because(err error) *Fault {
	caused := *f
	caused.cause = err
	return &caused
}

// Chinese returns the Chinese sentence.
func (f *Fault) Chinese() string { return f.zh }

// English returns the English sentence.
func (f *Fault) English() string { return f.en }

// In returns the sentence in the language asked for: "en", or Chinese for everything else.
func (f *Fault) In(lang string) string {
	if lang == "en" {
		return f.en
	}
	return f.zh
}

// Error is the Chinese sentence with the code, and the cause where there is one.
func (f *Fault) Error() string {
	if f.cause != nil {
		return f.zh + " [" + f.Code + "]: " + f.cause.Error()
	}
	return f.zh + " [" + f.Code + "]"
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.cause }

// Is makes errors.Is compare by code, so that a filled copy still equals its declaration.
func (f *Fault) Is(target error) bool {
	other, ok := target.(*Fault)
	return ok && other.Code == f.Code
}

// Of finds the fault in an error's chain.
func Of(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}

// Language picks "en" or "zh" from an Accept-Language header; Chinese unless English comes first.
func Language(accept string) string {
	first, _, _ := strings.Cut(accept, ",")
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(first)), "en") {
		return "en"
	}
	return "zh"
}
