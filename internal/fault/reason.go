package fault

import (
	"errors"
	"fmt"
)

// Reason is what is wrong with one thing, in two languages, for a fault that names it.
type Reason struct{ Zh, En string }

// Error is the English sentence.
func (r Reason) Error() string { return r.En }

// Because makes a reason of a Chinese and an English format, which are filled from the same values.
func Because(zh, en string, values ...any) error {
	return Reason{fmt.Sprintf(zh, values...), fmt.Sprintf(en, values...)}
}

// Why says an error in Chinese and English: a reason's or a fault's sentences, or what it says itself.
func Why(err error) (zh, en string) {
	told := Reason{}
	if errors.As(err, &told) {
		return told.Zh, told.En
	}
	if f, ok := Of(err); ok {
		return f.zh, f.en
	}
	return err.Error(), err.Error()
}
