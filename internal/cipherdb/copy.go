package cipherdb

import (
	"context"
	"database/sql"

	"github.com/ncruces/go-sqlite3"
)

// VacuumInto writes a compact copy of the database to path, encrypted with key, which may be
// another one. The file must not exist or be empty. Readers and writers go on meanwhile; the copy
// holds the state of its beginning.
func VacuumInto(ctx context.Context, db *sql.DB, path string, key Key) error {
	remember(key)
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", uri(path, key, nil)); err != nil {
		return explain(err, path)
	}
	return nil
}

// Backup copies the database to path page by page, encrypted with key, in one step: it holds a
// read transaction, and writers of the same process go on in the log. It costs little more than
// half of VacuumInto and keeps the free pages.
func Backup(ctx context.Context, db *sql.DB, path string, key Key) error {
	remember(key)
	err := Native(ctx, db, func(c *sqlite3.Conn) error {
		return c.Backup("main", uri(path, key, nil))
	})
	if err != nil {
		return explain(err, path)
	}
	return nil
}
