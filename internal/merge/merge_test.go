package merge

import (
	"errors"
	"testing"

	"kehu/internal/fault"
)

func record(id string, values ...any) Record {
	row := Row{"kind": "enterprise", "status": "draft", "name": id, "number": "KH-" + id}
	for i := 0; i < len(values); i += 2 {
		row[values[i].(string)] = values[i+1]
	}
	return Record{ID: id, Row: row}
}

func nobody(string) string { return "" }

func TestTheSurvivorKeepsItsOwnAndTakesWhatItLacks(t *testing.T) {
	for _, c := range []struct {
		name    string
		a, b    Record
		choices map[string]string
		column  string
		want    any // nil: unchanged
	}{
		{"its own value stays", record("a", "budget", "十万"), record("b", "budget", "二十万"), nil, "budget", nil},
		{"an empty one is filled", record("a"), record("b", "budget", "二十万"), nil, "budget", "二十万"},
		{"zero is empty", record("a", "satisfaction", int64(0)), record("b", "satisfaction", int64(4)), nil,
			"satisfaction", int64(4)},
		{"what was chosen", record("a", "budget", "十万"), record("b", "budget", "二十万"),
			map[string]string{"budget": "b"}, "budget", "二十万"},
		{"an empty one may be chosen", record("a", "budget", "十万"), record("b"),
			map[string]string{"budget": "b"}, "budget", nil},
		{"the division follows the address", record("a", "division", "110101", "business_address", "北京"),
			record("b", "division", "310115", "business_address", "上海"),
			map[string]string{"business_address": "b"}, "division", "310115"},
		{"and the macro region the division", record("a", "macro_region", "north", "division", "110101"),
			record("b", "macro_region", "east", "division", "310115"), map[string]string{"division": "b"},
			"macro_region", "east"},
		{"the department follows the owner", record("a", "owner", "x", "department", "d1"),
			record("b", "owner", "y", "department", "d2"), map[string]string{"owner": "b"}, "department", "d2"},
		{"active beats draft", record("a"), record("b", "status", "active"), nil, "status", "active"},
		{"verified is the later", record("a", "verified", "2026-01-01"), record("b", "verified", "2026-02-01"), nil,
			"verified", "2026-02-01"},
		{"all tags", record("a", "tags", `["x"]`), record("b", "tags", `["y","x"]`), nil, "tags", `["x","y"]`},
		{"the tags of one", record("a", "tags", `["x"]`), record("b", "tags", `["y"]`),
			map[string]string{"tags": "b"}, "tags", `["y"]`},
		{"the original goes with its value", record("a", "mobile", "1", "originals", `{"mobile":"+1"}`),
			record("b", "mobile", "2", "originals", `{"mobile":"+2","email":"X"}`),
			map[string]string{"mobile": "b"}, "originals", `{"mobile":"+2"}`},
		{"a code that fits beats an exception", record("a", "uscc", "1", "exceptions", `{"uscc":{"reason":"旧码"}}`),
			record("b", "uscc", "2"), nil, "uscc", "2"},
		{"the earliest date of a stage", record("a", "stage_dates", `{"won":"2026-03-01"}`),
			record("b", "stage_dates", `{"intent":"2026-01-01","won":"2026-02-01"}`), nil, "stage_dates",
			`{"intent":"2026-01-01","won":"2026-02-01"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := Make(&Wish{Keep: "a", Records: []Record{c.a, c.b}, Choices: c.choices, Above: nobody})
			if err != nil {
				t.Fatal(err)
			}
			if got := plan.Changes[c.column]; !Same(got, c.want) {
				// an empty choice clears: the column then changes to what the other has, nothing
				t.Errorf("%s becomes %v, want %v", c.column, got, c.want)
			}
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	coded := func(id, code string) Record { return record(id, "uscc", code) }
	for _, c := range []struct {
		name string
		wish Wish
		want *fault.Fault
	}{
		{"one alone", Wish{Keep: "a", Records: []Record{record("a")}}, ErrFew},
		{"the same twice", Wish{Keep: "a", Records: []Record{record("a"), record("a")}}, ErrFew},
		{"the survivor is none of them", Wish{Keep: "c", Records: []Record{record("a"), record("b")}}, ErrFew},
		{"a person and a firm", Wish{Keep: "a", Records: []Record{record("a"), record("b", "kind", "individual")}}, ErrKinds},
		{"under review", Wish{Keep: "a", Records: []Record{record("a"), record("b", "status", "pending")}}, ErrPending},
		{"two codes", Wish{Keep: "a", Records: []Record{coded("a", "1"), coded("b", "2")}}, ErrCodes},
		{"two codes, a reason and no choice", Wish{Keep: "a", Records: []Record{coded("a", "1"), coded("b", "2")},
			Reason: "确认是同一客户"}, ErrCodes},
		{"a choice of somebody else", Wish{Keep: "a", Records: []Record{record("a"), record("b")},
			Choices: map[string]string{"name": "c"}}, ErrChoice},
		{"a choice of the system's", Wish{Keep: "a", Records: []Record{record("a"), record("b")},
			Choices: map[string]string{"total_amount": "b"}}, ErrChoice},
		{"what nobody reviewed", Wish{Keep: "a", Records: []Record{record("a", "status", "active"), record("b")},
			Choices: map[string]string{"name": "b"}, Reviewed: true}, ErrReviewed},
		{"into a draft from an active one, its own name", Wish{Keep: "a", Records: []Record{record("a"),
			record("b", "status", "active")}, Choices: map[string]string{"name": "b"}, Reviewed: true}, nil},
		{"a free field", Wish{Keep: "a", Records: []Record{record("a", "status", "active"),
			record("b", "current_need", "新的")}, Choices: map[string]string{"current_need": "b"}, Reviewed: true}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.wish.Above = nobody
			_, err := Make(&c.wish)
			if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestNobodyHangsBelowThemselves(t *testing.T) {
	// d below c below b below a
	above := func(id string) string { return map[string]string{"b": "a", "c": "b", "d": "c"}[id] }
	for _, c := range []struct {
		name, wished, want string
		ones               []string
	}{
		{"nothing in the way", "c", "c", []string{"d", "x"}},
		{"below one that becomes it", "c", "b", []string{"d", "c"}},
		{"above one that becomes it", "c", "a", []string{"d", "b"}},
		{"below the head", "a", "", []string{"d", "a"}},
		{"nobody wished", "", "", []string{"d", "b"}},
	} {
		if got := Parent(c.wished, c.ones, above); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRevertGoesThroughTheLaterMerges(t *testing.T) {
	cell := Cell{"customers", "a", "budget", "0", "1"}
	later := func(before, after any) []*Snapshot {
		s := &Snapshot{}
		s.Change("customers", "a", "budget", before, after)
		return []*Snapshot{s}
	}
	t.Run("untouched", func(t *testing.T) {
		if got := Revert(cell, nil, "1", false); got.Value != "0" || got.Edited {
			t.Error(got)
		}
	})
	t.Run("edited", func(t *testing.T) {
		if got := Revert(cell, nil, "9", false); got.Value != "9" || !got.Edited {
			t.Error(got)
		}
	})
	t.Run("taken up by a later merge", func(t *testing.T) {
		shots := later("1", "2")
		if got := Revert(cell, shots, "2", false); got.Value != "2" || got.Edited || shots[0].Cells[0].Before != "0" {
			t.Error(got, shots[0].Cells)
		}
	})
	t.Run("edited, then taken up", func(t *testing.T) {
		shots := later("9", "1") // by chance the later merge chose the same value
		if got := Revert(cell, shots, "1", false); got.Value != "1" || !got.Edited || shots[0].Cells[0].Before != "9" {
			t.Error(got, shots[0].Cells)
		}
	})
	t.Run("its row left with a later merge", func(t *testing.T) {
		s := &Snapshot{Rows: map[string]Row{"a": {"budget": "1"}}}
		if got := Revert(cell, []*Snapshot{s}, nil, true); got.Edited || s.Rows["a"]["budget"] != "0" {
			t.Error(got, s.Rows)
		}
	})
	t.Run("tags one by one", func(t *testing.T) {
		tags := Cell{"customers", "a", "tags", `["x"]`, `["x","y"]`}
		if got := Revert(tags, nil, `["x","y","z"]`, false); got.Value != `["x","z"]` {
			t.Error(got)
		}
	})
	t.Run("originals key by key", func(t *testing.T) {
		typed := Cell{"customers", "a", "originals", `{"email":"E"}`, `{"email":"F","mobile":"M"}`}
		if got := Revert(typed, nil, `{"email":"F","mobile":"N"}`, false); got.Value != `{"email":"E","mobile":"N"}` {
			t.Error(got)
		}
	})
}

func TestASnapshotKeepsItsNumbers(t *testing.T) {
	s := &Snapshot{Keep: "a", Rows: map[string]Row{"b": {"doc": int64(9007199254740993), "amount": 0.1, "none": nil,
		"text": "1"}}}
	s.Change("customers", "a", "total", int64(1), 2.5)
	text, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	for column, value := range s.Rows["b"] {
		if got := back.Rows["b"][column]; got != value {
			t.Errorf("%s: %#v, was %#v", column, got, value)
		}
	}
	if c := back.Cells[0]; c.Before != int64(1) || c.After != 2.5 {
		t.Errorf("%#v", c)
	}
	if _, err := Unmarshal([]byte(`{"version":99}`)); !errors.Is(err, ErrVersion) {
		t.Error(err)
	}
}
