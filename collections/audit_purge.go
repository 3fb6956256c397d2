package collections

import (
	"kehu/internal/ledger"
)

// AuditBefore is the mark of the last entry that is older than a moment, of at most n entries from
// the beginning; found is false where there is none.
func AuditBefore(db DB, moment string, n int) (ledger.Mark, bool, error) {
	var m ledger.Mark
	var text string
	found, err := one(db, []any{&m.Seq, &text}, `SELECT seq, hash FROM (SELECT id, seq, hash, at
		FROM audit_log ORDER BY id LIMIT ?) WHERE at < ? ORDER BY id DESC LIMIT 1`, n, moment)
	if err != nil || !found {
		return m, false, err
	}
	hash, ok := ledger.ParseHash(text)
	m.Hash = hash
	return m, ok, nil
}

// CutAudit removes the entries up to a mark. The signed mark stays in their place: the chain goes on
// from it. The triggers let go of nothing that no cut has passed.
func CutAudit(db DB, key *ledger.Key, m ledger.Mark, stamp string) error {
	err := db.Exec(`INSERT INTO kehu_audit_cut (id, seq, hash, signature, at) VALUES (1, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash,
			signature = excluded.signature, at = excluded.at`,
		m.Seq, m.Hash.String(), key.SignCut(m).String(), stamp)
	if err != nil {
		return err
	}
	return db.Exec("DELETE FROM audit_log WHERE id <= ?", ledger.ID(m.Seq))
}
