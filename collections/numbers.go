package collections

import (
	"time"

	"kehu/internal/serial"
)

// MarkSequence names the counter of customers.doc.
const MarkSequence = "doc"

// Take gives the next n values of a counter and returns the first. It must run inside the
// transaction that uses them: a value is then given once, and none is lost by a rollback.
func Take(db DB, name string, n int) (first int64, err error) {
	if bulk, ok := db.(*Bulk); ok {
		return bulk.take(name, n)
	}
	_, err = one(db, []any{&first}, `INSERT INTO kehu_counters VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value`, name, n)
	return first - int64(n) + 1, err
}

// Numbers gives out house numbers of one pattern for one collection, each once.
type Numbers struct {
	Collection string
	Pattern    serial.Pattern
}

// Next gives a number. parent is the number of the customer above, or "": with a pattern that has
// SUB the child takes the parent's base.
func (n Numbers) Next(db DB, now time.Time, parent string) (string, error) {
	for {
		number, err := n.next(db, now, parent)
		if err != nil {
			return "", err
		}
		taken, err := n.taken(db, number)
		if err != nil || !taken {
			return number, err
		}
	}
}

// taken: another pattern, used earlier, may have made the same number. The second condition is what
// lets SQLite use the partial index.
func (n Numbers) taken(db DB, number string) (bool, error) {
	var id string
	taken, err := one(db, []any{&id}, "SELECT id FROM "+n.Collection+
		" WHERE number = ? AND number != ''", number)
	if taken || err != nil || n.Collection != "customers" {
		return taken, err
	}
	return one(db, []any{&id}, "SELECT id FROM kehu_merged WHERE number = ?", number)
}

func (n Numbers) next(db DB, now time.Time, parent string) (string, error) {
	if base, ok := n.Pattern.Base(parent); ok {
		sub, err := Take(db, n.Collection+" sub "+base, 1)
		return n.Pattern.Sub(base, sub+1), err // the head is 001
	}
	seq, err := Take(db, n.Collection+" "+n.Pattern.Key(now), 1)
	return n.Pattern.Number(now, seq, 1), err
}
