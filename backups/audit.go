package backups

import (
	"database/sql"
	"errors"

	"github.com/pocketbase/dbx"

	"kehu/collections"
	"kehu/internal/ledger"
)

// Log is what a backup's audit log was found to be.
type Log struct {
	Entries int64  `json:"entries"` // that hold
	Broken  string `json:"broken,omitempty"`
}

// readLog checks every entry of an unpacked audit log, from the first to the last. Its anchor is the
// manifest, which the root key vouches for.
func (u *unpacking) readLog(db *sql.DB, m *Manifest) (l Log, err error) {
	if m.Audit == nil {
		return l, nil
	}
	hash, ok := ledger.ParseHash(m.Audit.Hash)
	if !ok {
		return l, errors.New("audit log: no hash")
	}
	key := ledger.NewKey(u.root.AuditKey())
	report, err := collections.CheckAudit(collections.Through(dbx.NewFromDB(db, "sqlite3")), key,
		ledger.Anchors{Marks: []ledger.Mark{{Seq: m.Audit.Seq, Hash: hash}}})
	if err != nil {
		return l, err
	}
	l.Entries = report.Entries
	if b := report.Broken; b != nil {
		l.Broken = b.Why.In("zh") + " / " + b.Why.In("en")
	}
	return l, nil
}
