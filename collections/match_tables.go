package collections

import (
	"github.com/pocketbase/pocketbase/core"
)

func init() {
	core.AppMigrations.Register(createMatch, nil, "1764000050_match.go")
	core.AppMigrations.Register(createMatchMoved, nil, "1764000163_match_moved.go")
}

// matchTables hold the keys by which customers are compared (internal/match). They can be made
// anew at any time; a customer's go with it.
var matchTables = []string{
	`CREATE TABLE IF NOT EXISTS kehu_match (
		h INTEGER NOT NULL, doc INTEGER NOT NULL, PRIMARY KEY (h, doc)) WITHOUT ROWID`,
	// the keys of each customer, so that they can be taken away
	`CREATE TABLE IF NOT EXISTS kehu_match_docs (doc INTEGER PRIMARY KEY, keys TEXT NOT NULL)`,
	// customers whose keys are still to be made: those of an import, or all of them
	`CREATE TABLE IF NOT EXISTS kehu_match_pending (
		first INTEGER PRIMARY KEY, last INTEGER NOT NULL)`,
	// customers that are still to be compared with the others
	`CREATE TABLE IF NOT EXISTS kehu_match_todo (doc INTEGER PRIMARY KEY)`,
	`CREATE TABLE IF NOT EXISTS kehu_match_state (
		name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
	`CREATE TRIGGER IF NOT EXISTS kehu_match_delete AFTER DELETE ON customers BEGIN
		DELETE FROM kehu_match WHERE doc = OLD.doc AND h IN (SELECT value FROM json_each(
			coalesce((SELECT keys FROM kehu_match_docs WHERE doc = OLD.doc), '[]')));
		DELETE FROM kehu_match_docs WHERE doc = OLD.doc;
		DELETE FROM kehu_match_todo WHERE doc = OLD.doc;
	END`,
}

func createMatch(app core.App) error {
	db := Through(app.NonconcurrentDB())
	if err := execAll(db, matchTables); err != nil {
		return err
	}
	c, err := app.FindCollectionByNameOrId("duplicate_pairs")
	if err != nil {
		return err
	}
	print := text("print", "比对时的关键值", 40)
	print.Hidden = true
	c.Fields.Add(choice("level", "程度", "exact", "suspected"),
		text("reason", "判定理由", noteMax), text("decided_name", "由谁决定（姓名）", 100),
		&core.DateField{Name: "decided", Help: "何时决定"}, print)
	c.Indexes = append(c.Indexes, indexOn("idx_pairs_state", "duplicate_pairs", "state, score", ""))
	return app.Save(c)
}

// matchMoved remembers who of a pending range was changed or deleted: their keys were not all written
// yet, and what is written from now on is theirs only where their list says so.
var matchMoved = []string{
	`CREATE TABLE IF NOT EXISTS kehu_match_moved (doc INTEGER PRIMARY KEY)`,
	`CREATE TRIGGER IF NOT EXISTS kehu_match_moved_delete AFTER DELETE ON customers BEGIN
		INSERT OR IGNORE INTO kehu_match_moved SELECT OLD.doc
		WHERE EXISTS (SELECT 1 FROM kehu_match_pending WHERE OLD.doc BETWEEN first AND last);
	END`,
}

func createMatchMoved(app core.App) error {
	return execAll(Through(app.NonconcurrentDB()), matchMoved)
}
