package collections

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// Merge is a merge as it is stored.
type Merge struct {
	ID, Kept, By, ByName, Department, Reason string
	Merged                                   []string
	Numbers                                  map[string]string // id → number, the survivor's too
	Choices                                  map[string]string
	Snapshot                                 string // sealed
	Sealed                                   string // JSON of sealed values, by customer and field
	Seq                                      int64
	Undone                                   string
	Created                                  string
}

// mergeSequence names the counter that orders merges.
const mergeSequence = "merges"

// NewMerge begins a merge's record: its id binds the sealed snapshot.
func NewMerge(db DB) (*Merge, error) {
	seq, err := Take(db, mergeSequence, 1)
	return &Merge{ID: core.GenerateDefaultRandomId(), Seq: seq}, err
}

// Store writes a new merge.
func (m *Merge) Store(db DB) error {
	lists := []any{}
	for _, v := range []any{m.Merged, m.Numbers, m.Choices} {
		list, err := json.Marshal(v)
		if err != nil {
			return err
		}
		lists = append(lists, string(list))
	}
	return db.Exec("INSERT INTO merges (id, kept, merged, numbers, choices, snapshot, sealed, reason, `by`, by_name, "+
		"department, seq, undone, undone_by, undone_by_name, `left`, created, updated) VALUES "+
		"(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '', NULL, "+sqlNow+", "+sqlNow+")",
		m.ID, m.Kept, lists[0], lists[1], lists[2], m.Snapshot, m.Sealed, m.Reason, m.By, m.ByName, m.Department, m.Seq)
}

// StoreSnapshot writes a changed snapshot with its sealed values.
func (m *Merge) StoreSnapshot(db DB) error {
	return db.Exec("UPDATE merges SET snapshot = ?, sealed = ? WHERE id = ?", m.Snapshot, m.Sealed, m.ID)
}

const mergeColumns = "SELECT id, kept, merged, numbers, coalesce(choices, '{}'), snapshot, sealed, reason, `by`, " +
	"by_name, department, seq, undone, created FROM merges WHERE "

// Merges reads merges by a condition, the oldest first.
func merges(db DB, condition string, args ...any) ([]*Merge, error) {
	rows, err := db.Query(mergeColumns+condition+" ORDER BY seq", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []*Merge
	for rows.Next() {
		m := &Merge{}
		var merged, numbers, choices string
		if err := rows.Scan(&m.ID, &m.Kept, &merged, &numbers, &choices, &m.Snapshot, &m.Sealed, &m.Reason, &m.By,
			&m.ByName, &m.Department, &m.Seq, &m.Undone, &m.Created); err != nil {
			return nil, err
		}
		_ = json.Unmarshal([]byte(merged), &m.Merged)
		_ = json.Unmarshal([]byte(numbers), &m.Numbers)
		_ = json.Unmarshal([]byte(choices), &m.Choices)
		all = append(all, m)
	}
	return all, rows.Err()
}

// ReadMerge reads one; nil where there is none.
func ReadMerge(db DB, id string) (*Merge, error) {
	found, err := merges(db, "id = ?", id)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// LaterMerges are the merges after one that still stand and changed one of the customers' rows.
func LaterMerges(db DB, seq int64, customers []string) ([]*Merge, error) {
	list, err := json.Marshal(customers)
	if err != nil {
		return nil, err
	}
	return merges(db, `undone = '' AND seq > ? AND id IN (SELECT merge FROM kehu_merge_touched
		WHERE customer IN (SELECT value FROM json_each(?)))`, seq, string(list))
}

// MergeThatTook is the standing merge by which a customer left the register; nil where there is none.
func MergeThatTook(db DB, customer string) (*Merge, error) {
	found, err := merges(db, "undone = '' AND id IN (SELECT merge FROM kehu_merged WHERE id = ?)", customer)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// TouchedBy notes which customers' rows a merge changed.
func TouchedBy(db DB, merge string, customers []string) error {
	for _, id := range customers {
		if err := db.Exec("INSERT INTO kehu_merge_touched VALUES (?, ?) ON CONFLICT DO NOTHING",
			id, merge); err != nil {
			return err
		}
	}
	return nil
}

// EndMerge marks a merge as undone; its snapshot has served.
func EndMerge(db DB, id, by, name string, left any, now time.Time) error {
	list, err := json.Marshal(left)
	if err != nil {
		return err
	}
	if err := db.Exec("DELETE FROM kehu_merge_touched WHERE merge = ?", id); err != nil {
		return err
	}
	if err := db.Exec("DELETE FROM kehu_merged WHERE merge = ?", id); err != nil {
		return err
	}
	return db.Exec("UPDATE merges SET undone = ?, undone_by = ?, undone_by_name = ?, `left` = ?, "+
		"snapshot = '', sealed = '', updated = "+sqlNow+" WHERE id = ?",
		now.UTC().Format("2006-01-02 15:04:05.000Z"), by, name, string(list), id)
}

// Alias makes the id and the number of a merged customer lead to its survivor. Ids that led to the
// merged one go on leading to it: Survivor follows the chain.
func Alias(db DB, id, number, survivor, merge string) error {
	return db.Exec("INSERT INTO kehu_merged (id, number, survivor, merge) VALUES (?, ?, ?, ?)",
		id, number, survivor, merge)
}

// maxMergeChain bounds how often a survivor was itself merged.
const maxMergeChain = 100

// Survivor is the customer that an id leads to: itself where it was never merged; "" where nothing
// is known of it.
func Survivor(db DB, id string) (string, error) {
	for range maxMergeChain {
		var next string
		found, err := one(db, []any{&next}, "SELECT survivor FROM kehu_merged WHERE id = ?", id)
		if err != nil {
			return "", err
		}
		if !found {
			return id, nil
		}
		id = next
	}
	return "", nil
}

// survivorsByNumber is a query for the customers that a merged number leads to, directly or by
// further merges. Its argument is a JSON list of numbers; it answers number and id.
const survivorsByNumber = `WITH RECURSIVE led (wanted, id) AS (
		SELECT m.number, m.survivor FROM json_each(?) k
			CROSS JOIN kehu_merged m ON m.number = k.value AND m.number != ''
		UNION SELECT led.wanted, m.survivor FROM led JOIN kehu_merged m ON m.id = led.id)
	SELECT led.wanted AS wanted, c.id AS id FROM led CROSS JOIN customers c ON c.id = led.id`

// MergedInto lists the ids and numbers that lead to a customer, by further merges too.
func MergedInto(db DB, customer string) (map[string]string, error) {
	return pairsOf(db, `WITH RECURSIVE led (id) AS (
			SELECT id FROM kehu_merged WHERE survivor = ?
			UNION SELECT m.id FROM led JOIN kehu_merged m ON m.survivor = led.id)
		SELECT m.id, m.number FROM led JOIN kehu_merged m ON m.id = led.id`, customer)
}

// ForgetMerges destroys the snapshots of all merges that led to a customer, for its erasure: they
// hold the merged ones whole.
func ForgetMerges(db DB, customer string) error {
	led, err := MergedInto(db, customer)
	if err != nil {
		return err
	}
	ones := []string{customer}
	for id := range led {
		ones = append(ones, id)
	}
	list, err := json.Marshal(ones)
	if err != nil {
		return err
	}
	return db.Exec(`UPDATE merges SET snapshot = '', sealed = '' WHERE kept IN (SELECT value FROM json_each(?))`,
		string(list))
}

// DuplicatePair is a row of duplicate_pairs as far as a merge goes.
type DuplicatePair struct{ ID, A, B, State string }

// PairsOf lists the pairs of a customer.
func PairsOf(db DB, customer string) ([]DuplicatePair, error) {
	rows, err := db.Query(`SELECT id, a, b, state FROM duplicate_pairs WHERE a = ?
		UNION SELECT id, a, b, state FROM duplicate_pairs WHERE b = ? ORDER BY id`, customer, customer)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []DuplicatePair
	for rows.Next() {
		var p DuplicatePair
		if err := rows.Scan(&p.ID, &p.A, &p.B, &p.State); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// ReadPair reads one pair; nil where there is none.
func ReadPair(db DB, id string) (*DuplicatePair, error) {
	p := &DuplicatePair{ID: id}
	found, err := one(db, []any{&p.A, &p.B, &p.State}, "SELECT a, b, state FROM duplicate_pairs WHERE id = ?", id)
	if err != nil || !found {
		return nil, err
	}
	return p, nil
}

// PointPair puts another customer into a pair; done is false where such a pair is there already.
func PointPair(db DB, p DuplicatePair, from, to string) (done bool, err error) {
	a, b := strings.Replace(p.A, from, to, 1), strings.Replace(p.B, from, to, 1)
	if a > b {
		a, b = b, a
	}
	var other string
	taken, err := one(db, []any{&other}, "SELECT id FROM duplicate_pairs WHERE a = ? AND b = ? AND id != ?",
		a, b, p.ID)
	if err != nil || taken || a == b {
		return false, err
	}
	return true, db.Exec("UPDATE duplicate_pairs SET a = ?, b = ? WHERE id = ?", a, b, p.ID)
}

// MergedNumberQuery answers, for a JSON list of numbers, each merged one with the customer that it
// leads to: number, id, number, owner, department, credit code.
const MergedNumberQuery = "SELECT led.wanted, c.id, c.number, c.owner, c.department, c.uscc FROM (" +
	survivorsByNumber + ") led CROSS JOIN customers c ON c.id = led.id"

func jsonList(texts ...string) string {
	list, err := json.Marshal(texts)
	if err != nil {
		return "[]" // texts always marshal
	}
	return string(list)
}
