package hooks

import "testing"

// A rotation that is asked for while the one who works has looked for the last time is not left lying.
func TestARotationIsNotLeftLying(t *testing.T) {
	var r rotation
	if _, ok := r.begin(); !ok {
		t.Fatal("nobody works")
	}
	if _, ok := r.begin(); ok {
		t.Error("two work")
	}
	if r.end() {
		t.Error("what was asked for meanwhile is left lying")
	}
	if !r.end() {
		t.Error("there is no end")
	}
	if _, ok := r.begin(); !ok {
		t.Error("the next one is not begun")
	}
}
