package collections

import (
	"encoding/json"
	"strings"

	"kehu/internal/cn"
	"kehu/internal/match"
)

// PairSide is one customer of a listed pair.
type PairSide struct {
	ID, Number, Kind, Name, Owner, USCC string
	Seen                                bool // by the reader
}

// Pair is a listed pair.
type Pair struct {
	ID, State, Level, Reason, By string
	ConfirmedReason, ConfirmedBy string
	Score                        float64
	Reasons                      []match.Reason
	A, B                         PairSide
}

const pairColumns = `p.id, p.state, p.level, p.score, p.reasons, p.reason, p.decided_name,
	p.confirmed_reason, p.confirmed_by, x.id, x.number, x.kind, x.name, x.owner, x.uscc, `

// Pairs lists pairs of which the reader may see one side at least, the likeliest first.
func Pairs(db DB, r Reader, state string, limit int) ([]Pair, error) {
	return pairs(db, r, "p.state = ?", []any{state}, limit)
}

// PairOf reads one pair; nil where there is none that the reader may see.
func PairOf(db DB, r Reader, id string) (*Pair, error) {
	list, err := pairs(db, r, "p.id = ?", []any{id}, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func pairs(db DB, r Reader, condition string, args []any, limit int) ([]Pair, error) {
	where, scope := r.Where()
	if where == "" {
		where = "TRUE"
	}
	sees := func(alias string) string { return strings.ReplaceAll("("+where+")", "customers.", alias+".") }
	statement := "SELECT " + pairColumns + sees("x") + ", y.id, y.number, y.kind, y.name, y.owner, y.uscc, " +
		sees("y") + ` FROM duplicate_pairs p CROSS JOIN customers x ON x.id = p.a
		CROSS JOIN customers y ON y.id = p.b WHERE ` + condition + " AND (" + sees("x") + " OR " + sees("y") +
		") ORDER BY p.score DESC, p.id LIMIT ?"
	bound := append(append([]any{}, scope...), scope...)
	bound = append(bound, args...)
	bound = append(append(bound, scope...), scope...)
	rows, err := db.Query(statement, append(bound, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Pair
	for rows.Next() {
		var p Pair
		var reasons string
		if err := rows.Scan(&p.ID, &p.State, &p.Level, &p.Score, &reasons, &p.Reason, &p.By,
			&p.ConfirmedReason, &p.ConfirmedBy, &p.A.ID, &p.A.Number, &p.A.Kind, &p.A.Name, &p.A.Owner, &p.A.USCC,
			&p.A.Seen, &p.B.ID, &p.B.Number, &p.B.Kind, &p.B.Name, &p.B.Owner, &p.B.USCC, &p.B.Seen); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(reasons), &p.Reasons); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// GroupPairs joins pairs into groups. Two customers that people said are not one, or whose valid
// credit codes differ, are in no group together.
func GroupPairs(db DB, list []Pair) ([]match.Group, error) {
	codes := map[string]string{}
	links := make([]match.Link, len(list))
	for i, p := range list {
		links[i] = match.Link{ID: p.ID, A: p.A.ID, B: p.B.ID, Score: p.Score}
		for _, side := range []PairSide{p.A, p.B} {
			if _, _, err := cn.ParseUSCC(side.USCC); err == nil {
				codes[side.ID] = side.USCC
			}
		}
	}
	distinct, err := distinctAmong(db, list)
	if err != nil {
		return nil, err
	}
	return match.Groups(links, func(a, b string) bool {
		x, y := ordered(a, b)
		return distinct[[2]string{x, y}] || codes[a] != "" && codes[b] != "" && codes[a] != codes[b]
	}), nil
}

func distinctAmong(db DB, list []Pair) (map[[2]string]bool, error) {
	ids := map[string]bool{}
	for _, p := range list {
		ids[p.A.ID], ids[p.B.ID] = true, true
	}
	all := make([]string, 0, len(ids))
	for id := range ids {
		all = append(all, id)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	rows, err := db.Query(`SELECT p.a, p.b FROM json_each(?) k CROSS JOIN duplicate_pairs p ON p.a = k.value
		WHERE p.state = 'distinct'`, string(text))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	distinct := map[[2]string]bool{}
	for rows.Next() {
		var pair [2]string
		if err := rows.Scan(&pair[0], &pair[1]); err != nil {
			return nil, err
		}
		distinct[pair] = true
	}
	return distinct, rows.Err()
}

// MarkDistinct remembers that two customers are not one, with what they were compared by. ok is
// false where the pair is not open any more.
func MarkDistinct(db DB, p *Pair, reason, by, name, when string) (ok bool, err error) {
	a, err := CardOf(db, p.A.ID)
	if err != nil || a == nil {
		return false, err
	}
	b, err := CardOf(db, p.B.ID)
	if err != nil || b == nil {
		return false, err
	}
	var id string
	if ok, err = one(db, []any{&id}, "SELECT id FROM duplicate_pairs WHERE id = ? AND state = 'open'",
		p.ID); err != nil || !ok {
		return false, err
	}
	return true, db.Exec(`UPDATE duplicate_pairs SET state = 'distinct', reason = ?, decided_by = ?,
		decided_name = ?, decided = ?, print = ?, updated = `+sqlNow+" WHERE id = ?", reason, by, name, when,
		print(a.Card, b.Card), p.ID)
}
