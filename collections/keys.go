package collections

import (
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fault"
	"kehu/internal/vault"
)

// ErrKeysetsLost stops a start that could only make new keysets for old data.
var ErrKeysetsLost = fault.Define("keysets_lost",
	"数据库中有加密的内容，但没有打开它们的密钥表；请从备份恢复整个数据目录",
	"The database holds sealed values but not the keys that open them: restore the whole data "+
		"directory from a backup")

// Keysets opens the keys that lie in the database, wrapped by the root key, or makes them at the
// first start. It does not answer keys that fail their self-test. Faults: vault.KeysWrongRoot,
// vault.ErrSelfTest, ErrKeysetsLost.
func Keysets(app core.App, root *vault.Root) (*vault.Keysets, error) {
	db := Through(app.NonconcurrentDB())
	var wrapped []byte
	found, err := one(db, []any{&wrapped}, "SELECT wrapped FROM kehu_keysets WHERE id = 1")
	if err != nil {
		return nil, err
	}
	if !found {
		return makeKeysets(app, root)
	}
	keys, err := vault.Unmarshal(root, wrapped)
	if err != nil {
		return nil, err
	}
	canaries, err := readCanaries(db)
	if err != nil {
		return nil, err
	}
	if err := keys.Check(canaries); err != nil {
		return nil, err
	}
	if err := trySealed(db, keys); err != nil {
		return nil, err
	}
	if len(canaries) == 0 { // an older version kept none
		err = app.RunInTransaction(func(tx core.App) error {
			return noteKeys(Through(tx.DB()), keys)
		})
	}
	return keys, err
}

// StoredKeysets opens the keys of a register whose tables are those of an older program, as they are:
// nothing is made, and nothing can be compared that the tables do not hold yet. They are nil where
// there are none.
func StoredKeysets(app core.App, root *vault.Root) (*vault.Keysets, error) {
	db := Through(app.NonconcurrentDB())
	var n int
	newer, err := one(db, []any{&n}, `SELECT 1 FROM sqlite_schema
		WHERE type = 'table' AND name = 'kehu_canaries'`)
	if err != nil {
		return nil, err
	}
	if newer {
		return Keysets(app, root)
	}
	var wrapped []byte
	found, err := one(db, []any{&wrapped}, "SELECT wrapped FROM kehu_keysets WHERE id = 1")
	if err != nil || !found {
		return nil, err
	}
	return vault.Unmarshal(root, wrapped)
}

func makeKeysets(app core.App, root *vault.Root) (*vault.Keysets, error) {
	keys, err := vault.NewKeysets()
	if err != nil {
		return nil, err
	}
	return keys, app.RunInTransaction(func(tx core.App) error {
		db := Through(tx.DB())
		for _, table := range []string{"kehu_sealed", "kehu_subject_keys", "kehu_canaries"} {
			var n int
			if had, err := one(db, []any{&n}, "SELECT 1 FROM "+table+" LIMIT 1"); err != nil || had {
				return orElse(err, ErrKeysetsLost)
			}
		}
		return StoreKeysets(db, keys, root)
	})
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// StoreKeysets keeps the keysets, wrapped by the root key, and canaries of their primary keys. Keys
// that the keysets do not have any more are noted as retired.
func StoreKeysets(db DB, keys *vault.Keysets, root *vault.Root) error {
	wrapped, err := keys.Marshal(root)
	if err != nil {
		return err
	}
	err = db.Exec(`INSERT INTO kehu_keysets (id, wrapped) VALUES (1, ?)
		ON CONFLICT (id) DO UPDATE SET wrapped = excluded.wrapped`, wrapped)
	if err != nil {
		return err
	}
	if err := noteKeys(db, keys); err != nil {
		return err
	}
	return noteRetired(db, keys)
}

// noteKeys keeps a canary of each primary key and the time at which it was first seen.
func noteKeys(db DB, keys *vault.Keysets) error {
	canaries, err := keys.Canaries()
	if err != nil {
		return err
	}
	for _, c := range canaries {
		err := db.Exec("INSERT INTO kehu_canaries (keyset, key, value) VALUES (?, ?, ?) "+
			"ON CONFLICT DO NOTHING", c.Keyset, int64(c.Key), c.Value)
		if err != nil {
			return err
		}
		err = db.Exec("INSERT INTO kehu_keys (keyset, key, made) VALUES (?, ?, "+sqlNow+") "+
			"ON CONFLICT DO NOTHING", c.Keyset, int64(c.Key))
		if err != nil {
			return err
		}
	}
	return nil
}

func noteRetired(db DB, keys *vault.Keysets) error {
	have := map[vault.Key]bool{}
	for _, key := range keys.Keys() {
		have[vault.Key{Keyset: key.Keyset, ID: key.ID}] = true
	}
	canaries, err := readCanaries(db)
	if err != nil {
		return err
	}
	for _, c := range canaries {
		if have[vault.Key{Keyset: c.Keyset, ID: c.Key}] {
			continue
		}
		err := db.Exec("DELETE FROM kehu_canaries WHERE keyset = ? AND key = ?", c.Keyset, int64(c.Key))
		if err != nil {
			return err
		}
		err = db.Exec("UPDATE kehu_keys SET retired = "+sqlNow+" WHERE keyset = ? AND key = ?",
			c.Keyset, int64(c.Key))
		if err != nil {
			return err
		}
	}
	return nil
}

func readCanaries(db DB) ([]vault.Canary, error) {
	rows, err := db.Query("SELECT keyset, key, value FROM kehu_canaries")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []vault.Canary
	for rows.Next() {
		var c vault.Canary
		var key int64
		if err := rows.Scan(&c.Keyset, &key, &c.Value); err != nil {
			return nil, err
		}
		c.Key = uint32(key)
		all = append(all, c)
	}
	return all, rows.Err()
}

// KeyMade is when a key of the keysets was made and retired; retired is "" for one in use.
type KeyMade struct {
	Keyset      string `json:"keyset"`
	Fingerprint string `json:"fingerprint"`
	Primary     bool   `json:"primary"`
	Made        string `json:"made"`
	Retired     string `json:"retired,omitempty"`
}

// KeysMade lists every key that there was, the newest first.
func KeysMade(db DB, keys *vault.Keysets) ([]KeyMade, error) {
	primary := map[vault.Key]bool{}
	for _, key := range keys.Keys() {
		primary[vault.Key{Keyset: key.Keyset, ID: key.ID}] = key.Primary
	}
	rows, err := db.Query("SELECT keyset, key, made, retired FROM kehu_keys ORDER BY made DESC, keyset")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []KeyMade
	for rows.Next() {
		var k KeyMade
		var id int64
		if err := rows.Scan(&k.Keyset, &id, &k.Made, &k.Retired); err != nil {
			return nil, err
		}
		key := vault.Key{Keyset: k.Keyset, ID: uint32(id)}
		k.Fingerprint, k.Primary = key.Fingerprint(), primary[key]
		all = append(all, k)
	}
	return all, rows.Err()
}

// Rotation is how far the one rotation of keys is. Stage is "" when none is under way.
type Rotation struct {
	Stage    string `json:"stage"`
	After    string `json:"-"`
	Done     int    `json:"done"`
	Total    int    `json:"total"`
	Started  string `json:"started,omitempty"`
	Finished string `json:"finished,omitempty"`
	By       string `json:"by,omitempty"`
	Damaged  int    `json:"damaged,omitempty"` // items that no key opens
	Problem  string `json:"problem,omitempty"`
}

// ReadRotation reads it.
func ReadRotation(db DB) (Rotation, error) {
	var r Rotation
	_, err := one(db, []any{&r.Stage, &r.After, &r.Done, &r.Total, &r.Started, &r.Finished, &r.By,
		&r.Damaged, &r.Problem},
		`SELECT stage, after, done, total, started, finished, by, damaged, problem
		FROM kehu_rotation WHERE id = 1`)
	return r, err
}

// StoreRotation writes it, in the transaction of the work that it accounts for.
func StoreRotation(db DB, r Rotation) error {
	return db.Exec(`UPDATE kehu_rotation SET stage = ?, after = ?, done = ?, total = ?, started = ?,
		finished = ?, by = ?, damaged = ?, problem = ? WHERE id = 1`, r.Stage, r.After, r.Done,
		r.Total, r.Started, r.Finished, r.By, r.Damaged, r.Problem)
}
