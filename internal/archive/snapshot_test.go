package archive

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/merge"
)

func cell() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Float64Range(-1e12, 1e12).Filter(func(f float64) bool { return f != math.Trunc(f) }),
			func(f float64) any { return f }),
		rapid.Just[any](nil))
}

func snapshots() *rapid.Generator[*Snapshot] {
	row := rapid.Custom(func(t *rapid.T) merge.Row {
		return rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,8}`), cell(), 1, 6).Draw(t, "row")
	})
	return rapid.Custom(func(t *rapid.T) *Snapshot {
		s := &Snapshot{Customer: "abc", Parted: []Parted{}, Files: []File{}}
		for _, name := range []string{"customers", "contacts", "changes"} {
			s.Tables = append(s.Tables, Table{name, rapid.SliceOfN(row, 1, 4).Draw(t, name)})
		}
		return s
	})
}

// Whatever a row holds comes back as it was, whole numbers beyond what a float holds included.
func TestASnapshotComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := snapshots().Draw(t, "snapshot")
		text, err := s.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Unmarshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(s, back) {
			t.Fatalf("%+v came back as %+v", s, back)
		}
		if err := s.Verify(text); err != nil {
			t.Fatal(err)
		}
	})
}

func TestADamagedSnapshotIsFound(t *testing.T) {
	s := &Snapshot{Customer: "abc", Tables: []Table{{"customers", []merge.Row{{"name": "甲", "doc": int64(1)}}}}}
	text, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	other := &Snapshot{Customer: "abc", Tables: []Table{{"customers", []merge.Row{{"name": "乙", "doc": int64(1)}}}}}
	changed, _ := other.Marshal()
	if err := s.Verify(changed); !errors.Is(err, ErrDiffers) {
		t.Errorf("another snapshot: %v", err)
	}
	if err := s.Verify(text[:len(text)-1]); err == nil {
		t.Error("a snapshot that was cut off is taken for whole")
	}
	if _, err := Unmarshal([]byte(`{"version":9}`)); !errors.Is(err, ErrVersion) {
		t.Errorf("an unknown version: %v", err)
	}
	if got := s.Counts()["customers"]; got != 1 || s.Row().Text("name") != "甲" {
		t.Errorf("counts %v, row %v", s.Counts(), s.Row())
	}
}
