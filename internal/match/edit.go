package match

// edit is how one text becomes another.
type edit byte

const (
	editNone  edit = iota // they are equal
	editOne               // one character replaced
	editGap               // one character missing
	editSwap              // two neighbours exchanged
	editSound             // replaced by characters of the same sound, at most two
	editFar               // anything else
)

// change is an edit with where it happened: at in both, and the characters.
type change struct {
	kind edit
	at   int
	a, b rune // replaced characters; of a gap, the one that only the longer has is in a
}

// difference tells two texts that are one slip apart from those that are not.
func difference(a, b []rune) change {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > 1 {
		return change{kind: editFar}
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) > len(b) {
		if equalRunes(a[i+1:], b[i:]) {
			return change{kind: editGap, at: i, a: a[i]}
		}
		return change{kind: editFar}
	}
	if i == len(a) {
		return change{}
	}
	c := change{at: i, a: a[i], b: b[i]}
	switch {
	case equalRunes(a[i+1:], b[i+1:]):
		c.kind = editOne
		if sameSound(a[i], b[i]) {
			c.kind = editSound
		}
	case i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && equalRunes(a[i+2:], b[i+2:]):
		c.kind = editSwap
	case soundsAlike(a[i:], b[i:]):
		c.kind = editSound
	default:
		c.kind = editFar
	}
	return c
}

// soundsAlike: at most two characters differ, and they have the same sound.
func soundsAlike(a, b []rune) bool {
	differ := 0
	for i := range a {
		if a[i] != b[i] {
			if differ++; differ > 2 || !sameSound(a[i], b[i]) {
				return false
			}
		}
	}
	return true
}

func equalRunes(a, b []rune) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func hasPrefix(text, prefix []rune) bool {
	return len(text) >= len(prefix) && equalRunes(text[:len(prefix)], prefix)
}

func hasSuffix(text, suffix []rune) bool {
	return len(text) >= len(suffix) && equalRunes(text[len(text)-len(suffix):], suffix)
}
