package collections

import (
	"encoding/json"
	"slices"
	"strconv"

	"kehu/internal/match"
)

// Rekey writes the keys of a customer that is new or has changed, in the transaction of its row,
// and notes that it is to be compared.
func Rekey(db DB, id string) error {
	c, err := CardOf(db, id)
	if err != nil || c == nil {
		return err
	}
	return rekey(db, c)
}

func rekey(db DB, c *Carded) error {
	changed, _, err := rewriteKeys(db, c)
	if err != nil || !changed {
		return err
	}
	return db.Exec("INSERT OR IGNORE INTO kehu_match_todo VALUES (?)", c.Doc)
}

// rewriteKeys brings the stored keys of a customer to what they are; isNew tells that it had none.
func rewriteKeys(db DB, c *Carded) (changed, isNew bool, err error) {
	old, found, err := listedKeys(db, c.Doc)
	if err != nil {
		return false, false, err
	}
	keys := c.Card.Keys()
	if found && slices.Equal(old, keys) {
		return false, false, nil
	}
	for _, k := range old {
		if _, kept := slices.BinarySearch(keys, k); !kept {
			if err := db.Exec("DELETE FROM kehu_match WHERE h = ? AND doc = ?", int64(k), c.Doc); err != nil {
				return false, false, err
			}
		}
	}
	for _, k := range keys {
		if _, had := slices.BinarySearch(old, k); !had {
			if err := db.Exec(insertKey, int64(k), c.Doc); err != nil {
				return false, false, err
			}
		}
	}
	if err := db.Exec(`INSERT OR IGNORE INTO kehu_match_moved SELECT ?
		WHERE EXISTS (SELECT 1 FROM kehu_match_pending WHERE ? BETWEEN first AND last)`, c.Doc, c.Doc); err != nil {
		return false, false, err
	}
	return true, !found, db.Exec("INSERT OR REPLACE INTO kehu_match_docs VALUES (?, ?)", c.Doc, keyList(keys))
}

// underNewIndex does what changes the blind indexes of a customer and nothing else. Its keys follow.
// What it is compared by means the same as before: it is not compared again, and what people decided
// of it stands.
func underNewIndex(db DB, customer string, change func() error) error {
	before, err := CardOf(db, customer)
	if err != nil {
		return err
	}
	if err := change(); err != nil || before == nil {
		return err
	}
	after, err := CardOf(db, customer)
	if err != nil {
		return err
	}
	changed, isNew, err := rewriteKeys(db, after)
	if err != nil || !changed {
		return err
	}
	if isNew { // its import's keys are still being made
		if err := db.Exec("INSERT OR IGNORE INTO kehu_match_todo VALUES (?)", after.Doc); err != nil {
			return err
		}
	}
	return reprintPairs(db, before, after)
}

const insertKey = "INSERT OR IGNORE INTO kehu_match VALUES (?, ?)"

// listedKeys reads the keys of a customer; found is false where they were never made.
func listedKeys(db DB, doc int64) (keys []match.Key, found bool, err error) {
	var text string
	if found, err = one(db, []any{&text}, "SELECT keys FROM kehu_match_docs WHERE doc = ?", doc); found {
		err = json.Unmarshal([]byte(text), &keys)
	}
	return keys, found, err
}

func keyList(keys []match.Key) string {
	text := make([]byte, 0, 14*len(keys)+2)
	text = append(text, '[')
	for i, k := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(k), 10)
	}
	return string(append(text, ']'))
}

// keyLater leaves the keys of an import's new customers to the upkeep: a million rows with fifteen
// keys each are written many times faster sorted than row by row. Until then a check finds them by
// their exact keys and by the pairs of characters of the search index.
func keyLater(db *Bulk, doc int64) {
	if n := len(db.pending); n > 0 && db.pending[n-1].last+1 == doc {
		db.pending[n-1].last = doc
		return
	}
	db.pending = append(db.pending, docRange{doc, doc})
}

type docRange struct{ first, last int64 }

// rangeGap is how many sequence numbers between two ranges are no reason to keep them apart: they are of
// who was saved while an import ran, whose keys are made once more.
const rangeGap = 100

// write adds a range, to the one before it where there is one: an import brings thousands of them, and
// each that is worked off goes over all pages of the keys.
func (r docRange) write(db DB) error {
	return db.Exec(`INSERT INTO kehu_match_pending VALUES (coalesce((SELECT first FROM kehu_match_pending
			WHERE last BETWEEN ? AND ? ORDER BY last DESC LIMIT 1), ?), ?)
		ON CONFLICT (first) DO UPDATE SET last = max(last, excluded.last)`,
		r.first-1-rangeGap, r.first-1, r.first, r.last)
}

// MatchState reads a remark of the upkeep; "" where there is none.
func MatchState(db DB, name string) (string, error) {
	var value string
	_, err := one(db, []any{&value}, "SELECT value FROM kehu_match_state WHERE name = ?", name)
	return value, err
}

// SetMatchState writes one.
func SetMatchState(db DB, name, value string) error {
	return db.Exec("INSERT OR REPLACE INTO kehu_match_state VALUES (?, ?)", name, value)
}

// RenewKeys has all keys made anew where they were made by another version of the rules.
func RenewKeys(db DB) error {
	version, err := MatchState(db, "version")
	if err != nil || version == strconv.Itoa(match.Version) {
		return err
	}
	if err := execAll(db, []string{"DELETE FROM kehu_match", "DELETE FROM kehu_match_docs",
		"DELETE FROM kehu_match_pending", "DELETE FROM kehu_match_moved", "DELETE FROM kehu_match_state",
		`INSERT INTO kehu_match_pending
			SELECT min(doc), max(doc) FROM customers HAVING count(*) > 0`}); err != nil {
		return err
	}
	return SetMatchState(db, "version", strconv.Itoa(match.Version))
}
