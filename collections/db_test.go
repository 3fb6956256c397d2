package collections

import (
	"reflect"
	"testing"
)

func TestNumberedPlacesKeepTheirOrder(t *testing.T) {
	for _, c := range []struct {
		text, want string
		order      []int
	}{
		{"SELECT 1", "SELECT 1", nil},
		{"a = ?1", "a = ?", []int{0}},
		{"a = ?2 AND b = ?1 AND c = ?2", "a = ? AND b = ? AND c = ?", []int{1, 0, 1}},
	} {
		if got := numbered(c.text); got.text != c.want || !reflect.DeepEqual(got.order, c.order) {
			t.Errorf("%s: %+v", c.text, got)
		}
	}
	if got := named("a = ? AND b = ?"); got != "a = {:p0} AND b = {:p1}" {
		t.Error(got)
	}
}
