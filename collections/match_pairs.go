package collections

import (
	"encoding/json"
	"fmt"
	"hash/fnv"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/match"
)

// ordered is a pair with the smaller id first: each pair has one row.
func ordered(a, b string) (string, string) {
	if a > b {
		return b, a
	}
	return a, b
}

// ConfirmPair keeps on a pair of customers why the second was saved beside the first.
func ConfirmPair(db DB, customer string, d Duplicate, reason, by string) error {
	a, b := ordered(customer, d.ID)
	reasons, err := json.Marshal(d.Reasons)
	if err != nil {
		return err
	}
	return db.Exec(`INSERT INTO duplicate_pairs (id, a, b, score, reasons, state, level, reason,
			decided_by, decided_name, decided, print, confirmed_reason, confirmed_by, created, updated)
		VALUES (?, ?, ?, ?, ?, 'open', 'suspected', '', '', '', '', '', ?, ?, `+sqlNow+`, `+sqlNow+`)
		ON CONFLICT (a, b) DO UPDATE SET confirmed_reason = excluded.confirmed_reason,
			confirmed_by = excluded.confirmed_by, updated = excluded.updated`,
		core.GenerateDefaultRandomId(), a, b, d.Score, string(reasons), reason, by)
}

const sqlNow = "strftime('%Y-%m-%d %H:%M:%fZ')"

// print is what two customers were compared by: while it stays the same, what people decided of
// them stands.
func print(a, b *match.Card) string {
	x, y := cardPrint(a), cardPrint(b)
	if x > y {
		x, y = y, x
	}
	return fmt.Sprintf("%016x%016x", x, y)
}

// reprintPairs gives the pairs of a customer, whose keys are other ones that mean the same, the
// prints that they have now.
func reprintPairs(db DB, before, after *Carded) error {
	others, err := column(db, `SELECT CASE a WHEN ? THEN b ELSE a END FROM duplicate_pairs
		WHERE (a = ? OR b = ?) AND print != ''`, after.ID, after.ID, after.ID)
	if err != nil {
		return err
	}
	for _, id := range others {
		other, err := CardOf(db, id)
		if err != nil {
			return err
		}
		if other == nil {
			continue
		}
		a, b := ordered(after.ID, id)
		if err := db.Exec("UPDATE duplicate_pairs SET print = ? WHERE a = ? AND b = ? AND print = ?",
			print(after.Card, other.Card), a, b, print(before.Card, other.Card)); err != nil {
			return err
		}
	}
	return nil
}

func cardPrint(c *match.Card) uint64 {
	h := fnv.New64a()
	h.Write([]byte(keyList(c.Keys())))
	return h.Sum64()
}

// DecidedPairs are the customers that people said are not this one, or saved beside it with a
// reason.
func DecidedPairs(db DB, id string) (map[string]bool, error) {
	decided := map[string]bool{}
	if id == "" {
		return decided, nil
	}
	list, err := column(db, `SELECT CASE a WHEN ? THEN b ELSE a END FROM duplicate_pairs
		WHERE (a = ? OR b = ?) AND (state = 'distinct' OR confirmed_reason != '')`, id, id, id)
	for _, other := range list {
		decided[other] = true
	}
	return decided, err
}

// StorePair keeps a suspected pair that was found, open for a decision. One that people decided
// stays as they left it, unless what the two are compared by has changed since.
func StorePair(db DB, a, b *Carded, v match.Verdict) error {
	first, second := ordered(a.ID, b.ID)
	reasons, err := json.Marshal(v.Reasons)
	if err != nil {
		return err
	}
	return db.Exec(`INSERT INTO duplicate_pairs (id, a, b, score, reasons, state, level, reason,
			decided_by, decided_name, decided, print, confirmed_reason, confirmed_by, created, updated)
		VALUES (?, ?, ?, ?, ?, 'open', ?, '', '', '', '', ?, '', '', `+sqlNow+`, `+sqlNow+`)
		ON CONFLICT (a, b) DO UPDATE SET score = excluded.score, reasons = excluded.reasons,
			level = excluded.level, print = excluded.print, updated = excluded.updated,
			state = CASE WHEN state = 'distinct' AND print = '' THEN state ELSE 'open' END
			WHERE state != 'merged' AND (state = 'open' AND (score != excluded.score
				OR reasons != excluded.reasons OR print != excluded.print)
				OR state = 'distinct' AND print != excluded.print)`,
		core.GenerateDefaultRandomId(), first, second, v.Score(), string(reasons), string(v.Level),
		print(a.Card, b.Card))
}
