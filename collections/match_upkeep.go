package collections

import (
	"cmp"
	"database/sql"
	"slices"

	"kehu/internal/match"
)

// Pending is the first range of customers whose keys are still to be made; ok is false where there
// is none.
func Pending(db DB) (first, last int64, ok bool, err error) {
	ok, err = one(db, []any{&first, &last}, "SELECT first, last FROM kehu_match_pending ORDER BY first LIMIT 1")
	return first, last, ok, err
}

// PendingTotal is how many customers are in all ranges.
func PendingTotal(db DB) (n int64, err error) {
	_, err = one(db, []any{&n}, "SELECT coalesce(sum(last - first + 1), 0) FROM kehu_match_pending")
	return n, err
}

// Keyed is a key with whose it is.
type Keyed struct {
	Key match.Key
	Doc int64
}

// KeysBetween makes the keys of some customers.
func KeysBetween(db DB, first, last int64) (map[int64][]match.Key, error) {
	of := map[int64][]match.Key{}
	const atOnce = 1000
	for at := first; at <= last; at += atOnce {
		found, err := CardsBetween(db, at, min(at+atOnce-1, last))
		if err != nil {
			return nil, err
		}
		for doc, c := range found {
			of[doc] = c.Card.Keys()
		}
	}
	return of, nil
}

// ListKeys says whose keys those of some customers of a block are, before the first of them is
// written. Who has a list by then was changed since, or the block was begun before, and the list
// holds: of follows it, and loses those who are gone.
func ListKeys(db DB, docs []int64, of map[int64][]match.Key) error {
	for _, doc := range docs {
		if err := db.Exec(`INSERT OR IGNORE INTO kehu_match_docs SELECT doc, ? FROM customers WHERE doc = ?`,
			keyList(of[doc]), doc); err != nil {
			return err
		}
		listed, found, err := listedKeys(db, doc)
		if err != nil {
			return err
		}
		if of[doc] = listed; !found {
			delete(of, doc)
		}
	}
	return nil
}

// InOrder gives keys in the order in which they are written: a table of random keys is written many
// times faster in its own order.
func InOrder(of map[int64][]match.Key) []Keyed {
	var all []Keyed
	for doc, keys := range of {
		for _, k := range keys {
			all = append(all, Keyed{k, doc})
		}
	}
	slices.SortFunc(all, func(a, b Keyed) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Doc, b.Doc))
	})
	return all
}

// WriteKeys writes keys of a block. Who is changed, deleted or erased meanwhile keeps no key that
// nobody takes away: of them only those are written that their lists still name.
func WriteKeys(db DB, keys []Keyed, first, last int64) error {
	moved, err := integers(db, "SELECT doc FROM kehu_match_moved WHERE doc BETWEEN ? AND ? ORDER BY doc", first, last)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if _, found := slices.BinarySearch(moved, k.Doc); found {
			list, _, err := listedKeys(db, k.Doc)
			if err != nil {
				return err
			}
			if _, named := slices.BinarySearch(list, k.Key); !named {
				continue
			}
		}
		if err := db.Exec(insertKey, int64(k.Key), k.Doc); err != nil {
			return err
		}
	}
	return nil
}

// FinishKeys ends a block whose keys are all written: the range that is pending, which may have grown
// meanwhile, begins after it.
func FinishKeys(db DB, first, last int64, compare bool) error {
	if err := db.Exec("UPDATE kehu_match_pending SET first = ? WHERE first = ? AND last > ?", last+1, first, last); err != nil {
		return err
	}
	if err := db.Exec("DELETE FROM kehu_match_pending WHERE first = ?", first); err != nil {
		return err
	}
	if err := db.Exec("DELETE FROM kehu_match_moved WHERE doc BETWEEN ? AND ?", first, last); err != nil {
		return err
	}
	if !compare {
		return nil
	}
	return db.Exec(`INSERT OR IGNORE INTO kehu_match_todo
		SELECT doc FROM customers WHERE doc BETWEEN ? AND ?`, first, last)
}

// Todo lists customers that are still to be compared.
func Todo(db DB, n int) ([]int64, error) {
	return integers(db, "SELECT doc FROM kehu_match_todo ORDER BY doc LIMIT ?", n)
}

// TodoTotal counts them, as far as a bound.
func TodoTotal(db DB, most int) (n int, err error) {
	_, err = one(db, []any{&n}, "SELECT count(*) FROM (SELECT 1 FROM kehu_match_todo LIMIT ?)", most)
	return n, err
}

// DoneTodo strikes a customer off the list; −1 strikes off all.
func DoneTodo(db DB, doc int64) error {
	if doc < 0 {
		return db.Exec("DELETE FROM kehu_match_todo")
	}
	return db.Exec("DELETE FROM kehu_match_todo WHERE doc = ?", doc)
}

// StoredPairs finds the pairs of a stored customer anew: what is found is kept open, what is one no
// longer goes.
func StoredPairs(db DB, doc int64, look Look) error {
	cards, err := Cards(db, []int64{doc})
	self := cards[doc]
	if err != nil || self == nil {
		return err
	}
	look.Card, look.Self = self.Card, self.ID
	if look.Grams = self.Name; self.Card.Person() {
		look.Grams = ""
	}
	found, err := Similar(db, look)
	if err != nil {
		return err
	}
	still := map[string]bool{}
	for _, d := range found {
		if d.Level == string(match.Related) {
			continue
		}
		still[d.ID] = true
		other, err := CardOf(db, d.ID)
		if err != nil || other == nil {
			return err
		}
		v := match.Verdict{Level: match.Level(d.Level), Bits: d.Bits, Reasons: d.Reasons}
		if err := StorePair(db, self, other, v); err != nil {
			return err
		}
	}
	return dropPairs(db, self, still, look)
}

// dropPairs takes away the open pairs of a customer that are pairs no longer. What people gave a
// reason for stays.
func dropPairs(db DB, self *Carded, still map[string]bool, look Look) error {
	open, err := column(db, `SELECT CASE a WHEN ? THEN b ELSE a END FROM duplicate_pairs
		WHERE (a = ? OR b = ?) AND state = 'open' AND confirmed_reason = ''`, self.ID, self.ID, self.ID)
	if err != nil {
		return err
	}
	for _, id := range open {
		if still[id] {
			continue
		}
		other, err := CardOf(db, id)
		if err != nil || other == nil {
			return err
		}
		v := look.Model.Compare(self.Card, other.Card, func(k match.Key) int {
			n, _ := KeyCount(db, k) // 0 makes it likelier a pair, which then stays
			return n
		}, Limits(look.Policy))
		if v.Level == match.Suspected || v.Level == match.Exact {
			continue
		}
		a, b := ordered(self.ID, id)
		if err := db.Exec("DELETE FROM duplicate_pairs WHERE a = ? AND b = ?", a, b); err != nil {
			return err
		}
	}
	return nil
}

func integers(db DB, statement string, args ...any) ([]int64, error) {
	rows, err := db.Query(statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []int64
	for rows.Next() {
		var n sql.NullInt64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		all = append(all, n.Int64)
	}
	return all, rows.Err()
}
