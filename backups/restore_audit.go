package backups

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pocketbase/dbx"
	"github.com/rogpeppe/go-internal/robustio"

	"kehu/collections"
	"kehu/internal/ledger"
)

// anchorFile is the name of the audit log's anchors in the keys folder (hooks.AnchorFile).
const anchorFile = "audit-anchor"

// record puts the restore on record in the audit log of the staged data, and gives the anchors that
// fit it. A log that is older than its anchors would be an alarm for good; that a restore made it so
// can only be said by who holds the key.
func (r *Restore) record(staged string, m *Manifest, aside string) (anchors []byte, err error) {
	content, err := os.ReadFile(filepath.Join(r.Keys, anchorFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	db, err := openDatabase(staged, r.Root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	key, by := ledger.NewKey(r.Root.AuditKey()), r.By
	if by.Kind == "" {
		by.Kind = "cli"
	}
	last := int64(0)
	if m.Audit != nil {
		last = m.Audit.Seq
	}
	tx, err := dbx.NewFromDB(db, "sqlite3").Begin()
	if err != nil {
		return nil, err
	}
	anchors, err = collections.NoteRestore(collections.Through(tx), key, key.ReadAnchors(content), last, by,
		r.Clock().UTC().Format(ledger.AtLayout), collections.Restoring{Backup: m.Name,
			Made: collections.Stamp(m.At), Aside: asidePrefix + aside})
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return anchors, tx.Commit()
}

// finishAnchors puts the anchors of the restored log in the place of those that were there. It may be
// repeated: once they are in their place, none are pending.
func finishAnchors(keys, aside string) error {
	pending, path := filepath.Join(keys, pendingKeys, anchorFile), filepath.Join(keys, anchorFile)
	if _, err := os.Stat(pending); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := setAside(path, aside); err != nil {
		return err
	}
	return errors.Join(robustio.Rename(pending, path), flushDir(keys))
}
