package collections

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

func init() {
	core.AppMigrations.Register(createSignIn, nil, "1764000040_signin.go")
}

// The tables of signing in. Moments are milliseconds since 1970.
var signInTables = []string{
	// failed tries in a row, by what they were about: an account (its e-mail as a blind index), an
	// address, a second factor
	`CREATE TABLE IF NOT EXISTS kehu_failures (
		name TEXT PRIMARY KEY, n INTEGER NOT NULL, last INTEGER NOT NULL,
		until INTEGER NOT NULL) WITHOUT ROWID`,
	// the addresses from which an account has signed in
	`CREATE TABLE IF NOT EXISTS kehu_addresses (
		account TEXT NOT NULL, address TEXT NOT NULL, seen INTEGER NOT NULL,
		PRIMARY KEY (account, address)) WITHOUT ROWID`,
	// second factors: the sealed secret, the last step of it that was used, recovery codes as hashes
	`CREATE TABLE IF NOT EXISTS kehu_factors (
		account TEXT PRIMARY KEY, secret BLOB NOT NULL, step INTEGER NOT NULL,
		recovery TEXT NOT NULL, made INTEGER NOT NULL) WITHOUT ROWID`,
	// one-time links by which a member sets a password: the code as a hash
	`CREATE TABLE IF NOT EXISTS kehu_links (
		staff TEXT PRIMARY KEY REFERENCES staff (id) ON DELETE CASCADE,
		code TEXT NOT NULL UNIQUE, made_by TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID`,
}

// createSignIn makes the tables, and e-mails of accounts one and the same whatever their case: an
// account of the admin UI is linked to a member by it.
func createSignIn(app core.App) error {
	db := Through(app.NonconcurrentDB())
	if err := execAll(db, signInTables); err != nil {
		return err
	}
	for _, name := range []string{"staff", core.CollectionNameSuperusers} {
		if err := db.Exec("UPDATE `" + name + "` SET email = lower(trim(email))"); err != nil {
			return err
		}
		c, err := app.FindCollectionByNameOrId(name)
		if err != nil {
			return err
		}
		for i, index := range c.Indexes {
			if strings.Contains(index, "(`email`)") {
				c.Indexes[i] = strings.Replace(index, "(`email`)", "(`email` COLLATE NOCASE)", 1)
			}
		}
		if err := app.Save(c); err != nil {
			return err
		}
	}
	return nil
}

// Owners counts the accounts of the admin UI that are linked to no member of staff.
func Owners(db DB) (n int, err error) {
	_, err = one(db, []any{&n}, `SELECT count(*) FROM _superusers AS s WHERE NOT EXISTS
		(SELECT 1 FROM staff WHERE staff.email = s.email COLLATE NOCASE)`)
	return n, err
}

// Administrators counts who could set the register up: accounts of the admin UI, and data
// administrators of staff, switched off or not.
func Administrators(db DB) (n int, err error) {
	_, err = one(db, []any{&n}, `SELECT (SELECT count(*) FROM _superusers) +
		(SELECT count(*) FROM staff WHERE role = 'data_admin')`)
	return n, err
}

// Failures are the tries that failed in a row.
type Failures struct {
	N     int
	Last  int64
	Until int64 // closed until then
}

// FailuresOf reads what is counted under a name.
func FailuresOf(db DB, name string) (f Failures, err error) {
	_, err = one(db, []any{&f.N, &f.Last, &f.Until},
		"SELECT n, last, until FROM kehu_failures WHERE name = ?", name)
	return f, err
}

// SetFailures counts anew.
func SetFailures(db DB, name string, f Failures) error {
	return db.Exec(`INSERT INTO kehu_failures VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE
		SET n = excluded.n, last = excluded.last, until = excluded.until`, name, f.N, f.Last, f.Until)
}

// ForgetAccount strikes what is counted of an account, from whatever address.
func ForgetAccount(db DB, name string) error {
	return db.Exec("DELETE FROM kehu_failures WHERE name = ? OR name >= ? AND name < ?", name, name+"@", name+"A")
}

// ForgetFailures strikes what is counted under a name.
func ForgetFailures(db DB, name string) error {
	return db.Exec("DELETE FROM kehu_failures WHERE name = ?", name)
}

// KnowsAddress tells whether an account has signed in from an address.
func KnowsAddress(db DB, account, address string) (bool, error) {
	var n int
	return one(db, []any{&n}, "SELECT 1 FROM kehu_addresses WHERE account = ? AND address = ?",
		account, address)
}

// KeepAddress notes from where an account has signed in.
func KeepAddress(db DB, account, address string, at int64) error {
	return db.Exec(`INSERT INTO kehu_addresses VALUES (?, ?, ?) ON CONFLICT (account, address)
		DO UPDATE SET seen = excluded.seen`, account, address, at)
}

// SweepSignIn strikes what no longer counts: failures and addresses last seen before, links that
// are over.
func SweepSignIn(db DB, failedBefore, seenBefore, now int64) error {
	return errors.Join(
		db.Exec("DELETE FROM kehu_failures WHERE last < ? AND until < ?", failedBefore, now),
		db.Exec("DELETE FROM kehu_addresses WHERE seen < ?", seenBefore),
		db.Exec("DELETE FROM kehu_links WHERE until < ?", now))
}

// Factor is an account's second factor.
type Factor struct {
	Account  string // staff:ID or superuser:ID
	Secret   []byte // sealed
	Step     int64  // the last time step whose code was used
	Recovery []string
	Made     int64
}

// FactorOf reads an account's second factor; ok is false where there is none.
func FactorOf(db DB, account string) (f Factor, ok bool, err error) {
	var secret, recovery string
	ok, err = one(db, []any{&secret, &f.Step, &recovery, &f.Made},
		"SELECT hex(secret), step, recovery, made FROM kehu_factors WHERE account = ?", account)
	if err != nil || !ok {
		return f, ok, err
	}
	f.Account = account
	if f.Secret, err = hex.DecodeString(secret); err != nil {
		return f, false, err
	}
	return f, true, json.Unmarshal([]byte(recovery), &f.Recovery)
}

// SetFactor keeps an account's second factor.
func SetFactor(db DB, f Factor) error {
	recovery, err := json.Marshal(f.Recovery)
	if err != nil {
		return err
	}
	return db.Exec(`INSERT INTO kehu_factors VALUES (?, ?, ?, ?, ?) ON CONFLICT (account) DO UPDATE
		SET secret = excluded.secret, step = excluded.step, recovery = excluded.recovery,
			made = excluded.made`, f.Account, f.Secret, f.Step, string(recovery), f.Made)
}

// DropFactor strikes an account's second factor.
func DropFactor(db DB, account string) error {
	return db.Exec("DELETE FROM kehu_factors WHERE account = ?", account)
}

// Link is a one-time link of a member: its code is known as a hash only.
type Link struct {
	Staff, Code, MadeBy string
	Until               int64
}

// SetLink keeps a member's link in place of an older one.
func SetLink(db DB, l Link) error {
	return db.Exec("INSERT OR REPLACE INTO kehu_links VALUES (?, ?, ?, ?)",
		l.Staff, l.Code, l.MadeBy, l.Until)
}

// LinkOf finds a link by the hash of its code.
func LinkOf(db DB, code string) (l Link, ok bool, err error) {
	ok, err = one(db, []any{&l.Staff, &l.Code, &l.MadeBy, &l.Until},
		"SELECT staff, code, made_by, until FROM kehu_links WHERE code = ?", code)
	return l, ok, err
}

// DropLink strikes a member's link.
func DropLink(db DB, staff string) error {
	return db.Exec("DELETE FROM kehu_links WHERE staff = ?", staff)
}
