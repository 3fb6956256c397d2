package collections

import "github.com/pocketbase/pocketbase/core"

func init() {
	core.AppMigrations.Register(createSealed, nil, "1764000030_sealed.go")
}

// sealedTables are the tables of keys, erasures and reveals.
var sealedTables = []string{
	// one key for each customer with sealed values, wrapped by the keysets
	`CREATE TABLE kehu_subject_keys (
		customer TEXT PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
		wrapped BLOB NOT NULL) WITHOUT ROWID`,
	// by which index key a blind index was computed; 0: before it was noted
	`ALTER TABLE kehu_sealed ADD COLUMN index_key INTEGER NOT NULL DEFAULT 0`,
	// when each key of the keysets was made and retired
	`CREATE TABLE kehu_keys (keyset TEXT NOT NULL, key INTEGER NOT NULL, made TEXT NOT NULL,
		retired TEXT NOT NULL DEFAULT '', PRIMARY KEY (keyset, key)) WITHOUT ROWID`,
	// known work of each key in use
	`CREATE TABLE kehu_canaries (keyset TEXT NOT NULL, key INTEGER NOT NULL, value BLOB NOT NULL,
		PRIMARY KEY (keyset, key)) WITHOUT ROWID`,
	// the one rotation, how far it is
	`CREATE TABLE kehu_rotation (id INTEGER PRIMARY KEY CHECK (id = 1), stage TEXT NOT NULL,
		after TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0,
		total INTEGER NOT NULL DEFAULT 0, started TEXT NOT NULL DEFAULT '',
		finished TEXT NOT NULL DEFAULT '', by TEXT NOT NULL DEFAULT '',
		damaged INTEGER NOT NULL DEFAULT 0, problem TEXT NOT NULL DEFAULT '')`,
	// values sealed by an older version hang on a key of their customer's only after a first round
	`INSERT INTO kehu_rotation (id, stage) SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM kehu_sealed)
		THEN 'values' ELSE '' END`,
	// who was erased, when and by whom; restored data are brought up to it
	`CREATE TABLE kehu_erasures (customer TEXT PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL,
		hash BLOB NOT NULL) WITHOUT ROWID`,
	// how often a person revealed or looked up in a span of time
	`CREATE TABLE kehu_reveals (by TEXT NOT NULL, span TEXT NOT NULL, n INTEGER NOT NULL,
		PRIMARY KEY (by, span)) WITHOUT ROWID`,
}

func createSealed(app core.App) error {
	return execAll(Through(app.NonconcurrentDB()), sealedTables)
}
