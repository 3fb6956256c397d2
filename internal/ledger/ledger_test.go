package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kehu/internal/ledger"
)

var key = ledger.NewKey([32]byte{1, 2, 3})

const lag = 10 * time.Second

// log makes n chained rows, a second apart.
func log(n int) []ledger.Row {
	return logAt(n, func(i int) time.Duration { return time.Duration(i) * time.Second })
}

// logAt makes n chained rows, each at its time after the first.
func logAt(n int, after func(i int) time.Duration) []ledger.Row {
	rows := make([]ledger.Row, n)
	last := key.Genesis()
	begin := time.Date(2026, 11, 5, 1, 30, 0, 0, time.UTC)
	for i := range rows {
		e := ledger.Entry{Seq: int64(i) + 1, Actor: "staff:s1", Kind: "staff", Action: "view",
			Record: fmt.Sprint("r", i), Detail: "{}",
			At: begin.Add(after(i)).Format(ledger.AtLayout)}
		next := key.Next(last, &e)
		rows[i] = ledger.Row{ID: ledger.ID(e.Seq), Entry: e, Prev: last.Hash.String(),
			Hash: next.Hash.String()}
		last = next
	}
	return rows
}

func markOf(t testing.TB, r ledger.Row) ledger.Mark {
	hash, ok := ledger.ParseHash(r.Hash)
	if !ok {
		t.Fatal("no hash")
	}
	return ledger.Mark{Seq: r.Seq, Hash: hash}
}

// anchored is a file whose newest anchor is the last row's.
func anchored(t testing.TB, rows []ledger.Row) []byte {
	file := make([]byte, ledger.AnchorSlots*ledger.AnchorSize)
	for i, r := range rows {
		slot, offset := key.Anchor(uint64(i)+1, markOf(t, r))
		copy(file[offset:], slot)
	}
	return file
}

func check(rows []ledger.Row, file []byte) *ledger.Broken {
	c := key.Check(key.Genesis(), key.ReadAnchors(file))
	for i := range rows {
		if broken := c.Next(&rows[i]); broken != nil {
			return broken
		}
	}
	if broken := c.End(lag); broken != nil {
		return broken
	}
	return c.Alarm()
}

func TestTampering(t *testing.T) {
	const n = 60
	whole := log(n)
	file := anchored(t, whole)
	if broken := check(whole, file); broken != nil {
		t.Fatal(broken)
	}
	for _, c := range []struct {
		name   string
		change func(rows []ledger.Row, file []byte) ([]ledger.Row, []byte)
		seq    int64
		why    error
	}{
		{"one byte of a detail", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			r[6].Detail = "[}"
			return r, f
		}, 7, ledger.ErrChanged},
		{"a hash", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			r[6].Hash = strings.Repeat("0", 64)
			return r, f
		}, 7, ledger.ErrChanged},
		{"the same hash in capitals", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			r[6].Hash = strings.ToUpper(r[6].Hash)
			return r, f
		}, 7, ledger.ErrChanged},
		{"a link", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			r[6].Prev = r[5].Prev
			return r, f
		}, 7, ledger.ErrChanged},
		{"text moved from one column to the next", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			r[6].Actor, r[6].Name = "staff:s", "1"
			return r, f
		}, 7, ledger.ErrChanged},
		{"one row removed", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			return slices.Delete(r, 20, 21), f
		}, 21, ledger.ErrMissing},
		{"the first row removed", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			return r[1:], f
		}, 1, ledger.ErrMissing},
		{"one row removed and the rest renumbered", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			r = slices.Delete(r, 20, 21)
			for i := 20; i < len(r); i++ {
				r[i].Seq, r[i].ID = int64(i)+1, ledger.ID(int64(i)+1)
			}
			return r, f
		}, 21, ledger.ErrChanged},
		{"two rows swapped", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			r[30], r[40] = r[40], r[30]
			return r, f
		}, 31, ledger.ErrMissing},
		{"what two rows say swapped", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			r[30].Entry, r[40].Entry = r[40].Entry, r[30].Entry
			r[30].Seq, r[40].Seq = 31, 41
			return r, f
		}, 31, ledger.ErrChanged},
		{"a row doubled", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			return slices.Insert(r, 10, r[9]), f
		}, 11, ledger.ErrMissing},
		{"the last ten rows removed", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			return r[:n-10], f
		}, n - 9, ledger.ErrTail},
		{"every row removed", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			return nil, f
		}, 1, ledger.ErrTail},
		{"no anchor file", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			return r, nil
		}, n + 1, ledger.ErrAnchorMissing},
		{"the tail and the anchor file removed", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			return r[:n-10], nil
		}, n - 9, ledger.ErrAnchorMissing},
		{"an older anchor file", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			return r, anchored(t, r[:30])
		}, 31, ledger.ErrAnchorOld},
		{"an anchor file made without the key", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			return r[:n-10], []byte(strings.Replace(string(f), "0000000060 ", "0000000050 ", 1))
		}, n - 9, ledger.ErrTail},
		{"an entry that says that it did not fit", func(r []ledger.Row, f []byte) ([]ledger.Row, []byte) {
			last := markOf(t, r[n-1])
			e := ledger.Entry{Seq: n + 1, At: r[n-1].At, Action: ledger.AlarmAction}
			next := key.Next(last, &e)
			r = append(r, ledger.Row{ID: ledger.ID(n + 1), Entry: e, Prev: last.Hash.String(),
				Hash: next.Hash.String()})
			return r, anchored(t, r)
		}, n + 1, ledger.ErrGap},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken := check(c.change(slices.Clone(whole), slices.Clone(file)))
			if broken == nil || broken.Seq != c.seq || !errors.Is(broken, c.why) {
				t.Errorf("found %v, want entry %d, %v", broken, c.seq, c.why)
			}
		})
	}
}

// Whatever is done to one column of one row, without the key, is found at that row.
func TestAnyChangeIsFound(t *testing.T) {
	whole := log(20)
	file := anchored(t, whole)
	rapid.Check(t, func(r *rapid.T) {
		rows := slices.Clone(whole)
		i := rapid.IntRange(0, len(rows)-1).Draw(r, "row")
		row := &rows[i]
		columns := []*string{&row.At, &row.Actor, &row.Name, &row.Kind, &row.Role, &row.IP,
			&row.Remote, &row.Action, &row.Collection, &row.Record, &row.Detail, &row.Prev, &row.Hash}
		column := rapid.SampledFrom(columns).Draw(r, "column")
		text := rapid.String().Draw(r, "text")
		if text == *column {
			return
		}
		*column = text
		if broken := check(rows, file); broken == nil || broken.Seq != int64(i)+1 {
			r.Fatalf("row %d: %v", i+1, broken)
		}
	})
}

// A crash between a commit and its anchor leaves the last entries without one: that is no tampering
// while they are young.
func TestCrashBeforeTheAnchor(t *testing.T) {
	rows := log(60)
	if broken := check(rows, anchored(t, rows[:55])); broken != nil {
		t.Errorf("five seconds behind: %v", broken)
	}
	if broken := check(rows, anchored(t, rows[:40])); broken == nil || broken.Seq != 41 {
		t.Errorf("twenty seconds behind: %v", broken)
	}
	later := logAt(60, func(i int) time.Duration {
		if i < 55 {
			return time.Duration(i) * time.Second
		}
		return time.Hour + time.Duration(i)*time.Second
	})
	if broken := check(later, anchored(t, later[:55])); broken != nil {
		t.Errorf("five seconds behind after a quiet hour: %v", broken)
	}
	if broken := check(later, anchored(t, later[:54])); broken == nil || broken.Seq != 55 {
		t.Errorf("an hour behind: %v", broken)
	}
	file := anchored(t, rows)
	copy(file[(60%ledger.AnchorSlots)*ledger.AnchorSize:], make([]byte, 50)) // cut off in the middle
	if broken := check(rows, file); broken != nil {
		t.Errorf("one slot spoilt: %v", broken)
	}
}

func TestAPurgeLeavesTheChain(t *testing.T) {
	rows := log(60)
	cut := markOf(t, rows[29])
	c := key.Check(cut, key.ReadAnchors(anchored(t, rows)))
	for i := range rows[30:] {
		if broken := c.Next(&rows[30+i]); broken != nil {
			t.Fatal(broken)
		}
	}
	if broken := c.End(lag); broken != nil {
		t.Fatal(broken)
	}
	signature := key.SignCut(cut)
	if !key.CheckCut(cut, signature) {
		t.Error("the cut's own signature does not hold")
	}
	other := markOf(t, rows[30])
	if key.CheckCut(other, signature) || ledger.NewKey([32]byte{9}).CheckCut(cut, signature) {
		t.Error("a cut that was moved holds")
	}
}

func TestOtherKeysMakeOtherChains(t *testing.T) {
	rows := log(3)
	other := ledger.NewKey([32]byte{1, 2, 4})
	c := other.Check(other.Genesis(), ledger.Anchors{})
	if broken := c.Next(&rows[0]); broken == nil || broken.Seq != 1 {
		t.Errorf("another key: %v", broken)
	}
	if a := other.ReadAnchors(anchored(t, rows)); len(a.Marks) > 0 {
		t.Errorf("another key's anchors: %v", a)
	}
	if text := fmt.Sprintf("%v %+v %s %x", key, *key, key, key); strings.Contains(text, "010203") {
		t.Errorf("the key stands in %q", text)
	}
}

func FuzzReadAnchors(f *testing.F) {
	f.Add(anchored(f, log(9)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		a := key.ReadAnchors(file)
		if len(a.Marks)+a.Damaged > ledger.AnchorSlots {
			t.Errorf("%d anchors and %d damaged", len(a.Marks), a.Damaged)
		}
	})
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		`name ~ '澄岚' && stage = "won"`:       `name ~ '澄岚' && stage = "won"`,
		`mobile = '13812345678'`:             `mobile = '138****'`,
		`mobile ~ '1381234'`:                 `mobile ~ '138****'`,
		`mobile ~ '138123'`:                  `mobile ~ '138123'`,
		`cert_no = '11010119900307775X'`:     `cert_no = '****'`,
		`cert_no='110101 1990 0307 775x'`:    `cert_no='****'`,
		`６２２２０２６０００１２３４５６７８９`:                `****`,
		`6222-0260-0012-3456`:                `****`,
		`email = "chen.yinuo@example.com"`:   `email = "c***@example.com"`,
		`created >= "2026-11-05 01:30:00"`:   `created >= "2026-11-05 01:30:00"`,
		`landline = '021-62341234'`:          `landline = '021****'`,
		`uscc = '91310115DEM000014Q'`:        `uscc = '913****DEM000014Q'`,
		`id = 'a1b2c3d4e5f6g7h' && tier='x'`: `id = 'a1b2c3d4e5f6g7h' && tier='x'`,
	} {
		if got := ledger.Redact(text); got != want {
			t.Errorf("%s\n became %s\n want   %s", text, got, want)
		}
	}
}
