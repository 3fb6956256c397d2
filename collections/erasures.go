package collections

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/cipherdb"
	"kehu/internal/fault"
	"kehu/internal/vault"
)

// Faults of the list of erasures.
var (
	ErrErasures = fault.Define("erasures_list",
		"删除名单第{line}行不完整或不是由这个登记簿写的，请使用与备份放在一起的原文件",
		"Line {line} of the list of erasures is damaged or was not written by this register: use "+
			"the file that lies beside the backups")
	ErrErased = fault.Define("subject_erased", "这个客户的个人信息已按要求删除，不能恢复",
		"The personal data of this customer were erased on request and cannot come back")
)

// Erasure is one person who was erased: the customer's id, when, and who did it. The hash is the
// register's signature, by the root key. It holds nothing of the person.
type Erasure struct {
	Customer string `json:"customer"`
	At       string `json:"at"`
	By       string `json:"by"`
	Hash     []byte `json:"hash"`
}

// maxErasureLine bounds a line of the list.
const maxErasureLine = 4096

func (e Erasure) attest(root *vault.Root) []byte {
	return root.Attest("erasure", e.Customer, e.At, e.By)
}

// Erasures lists everybody who was erased, the oldest first.
func Erasures(db DB) ([]Erasure, error) {
	rows, err := db.Query("SELECT customer, at, by, hash FROM kehu_erasures ORDER BY at, customer")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Erasure
	for rows.Next() {
		var e Erasure
		if err := rows.Scan(&e.Customer, &e.At, &e.By, &e.Hash); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// WriteErasures writes the list as lines of JSON: the small file that lies beside the backups and
// in the keys folder. A backup from before an erasure is brought up to it with ReplayErasures.
func WriteErasures(w io.Writer, list []Erasure) error {
	encoder := json.NewEncoder(w)
	for _, e := range list {
		if err := encoder.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

// ReadErasures reads what WriteErasures wrote, and refuses a line that this register did not sign:
// a forged list would erase customers. Fault: ErrErasures.
func ReadErasures(r io.Reader, root *vault.Root) ([]Erasure, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxErasureLine), maxErasureLine)
	var list []Erasure
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var e Erasure
		err := json.Unmarshal(lines.Bytes(), &e)
		if err != nil || !hmac.Equal(e.Hash, e.attest(root)) {
			return nil, ErrErasures.With("line", n)
		}
		list = append(list, e)
	}
	return list, lines.Err()
}

// ReplayErasures erases anew who is on the list and not yet erased in these data, as after the
// restore of a backup from before. It answers how many. The list comes from ReadErasures.
func ReplayErasures(app core.App, list []Erasure) (n int, err error) {
	for _, e := range list {
		erased, err := Erased(Through(app.DB()), e.Customer)
		if err != nil {
			return n, err
		}
		if erased {
			continue
		}
		err = app.RunInTransaction(func(tx core.App) error { return EraseSubject(tx, e) })
		if err != nil {
			return n, err
		}
		n++
	}
	if n > 0 {
		return n, EmptyLog(app)
	}
	return n, nil
}

// Erased tells whether a customer's personal data were erased.
func Erased(db DB, customer string) (bool, error) {
	var at string
	return one(db, []any{&at}, "SELECT at FROM kehu_erasures WHERE customer = ?", customer)
}

// NewErasure signs an erasure.
func NewErasure(root *vault.Root, customer, at, by string) Erasure {
	e := Erasure{Customer: customer, At: at, By: by}
	e.Hash = e.attest(root)
	return e
}

// erasedName stands for the name of a person who was erased.
const erasedName = "已删除"

// EraseSubject destroys the key on which a customer's sealed values hang and blanks the personal
// data of the customer and all that belongs to it. Number, kind, dates, amounts, owner and
// department stay. It runs in a transaction; the deleted pages are overwritten, and the log of the
// database is emptied when it has committed.
func EraseSubject(tx core.App, e Erasure) error {
	db := Through(tx.DB())
	if err := secureDelete(db, true); err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM kehu_subject_keys WHERE customer = ?",
		"DELETE FROM kehu_sealed WHERE customer = ?",
	} {
		if err := db.Exec(statement, e.Customer); err != nil {
			return err
		}
	}
	var kind string
	found, err := one(db, []any{&kind}, "SELECT kind FROM customers WHERE id = ?", e.Customer)
	if err != nil {
		return err
	}
	if found {
		if err := eraseCustomer(tx, db, e.Customer, kind); err != nil {
			return err
		}
	}
	if err := eraseArchived(db, e); err != nil {
		return err
	}
	if err := eraseTraces(db, e.Customer); err != nil {
		return err
	}
	err = db.Exec("INSERT INTO kehu_erasures (customer, at, by, hash) VALUES (?, ?, ?, ?) "+
		"ON CONFLICT DO NOTHING", e.Customer, e.At, e.By, e.Hash)
	return orElse(err, secureDelete(db, false))
}

// eraseArchived destroys the archive in which a person lies: it holds the person whole.
func eraseArchived(db DB, e Erasure) error {
	a, err := ArchiveOf(db, e.Customer)
	if err != nil || a == nil {
		return err
	}
	a.Kind = "individual" // nothing that names somebody stays, whatever kind of customer it was
	return DestroyArchive(db, a, e.By, "", e.At, map[string]any{"erasure": true, "number": a.Number,
		"counts": a.Counts, "key_destroyed": true, "destroyed": e.At})
}

// secureDelete has SQLite overwrite what is deleted on this connection, so that neither a key nor a
// name is left in free pages. Otherwise it overwrites what costs no page more (cipherdb).
func secureDelete(db DB, on bool) error {
	setting := "FAST"
	if on {
		setting = "ON"
	}
	var answered int
	_, err := one(db, []any{&answered}, "PRAGMA secure_delete = "+setting) // a row must be read, else nothing runs
	return err
}

// emptyWait is how long cutting the log waits for readers; writers wait as long.
const emptyWait = 500 * time.Millisecond

// EmptyLog writes the database's log into the database and cuts it, after something was erased: the
// log holds pages as they were before. A reader at work may keep it from being cut; the nightly sweep
// then does it.
func EmptyLog(app core.App) error {
	db := Through(app.NonconcurrentDB()) // one connection: what is set here is set back here
	if err := busyWait(db, emptyWait); err != nil {
		return err
	}
	var busy, pages, done int
	_, err := one(db, []any{&busy, &pages, &done}, "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, busyWait(db, cipherdb.BusyWait))
}

func busyWait(db DB, wait time.Duration) error {
	var set int
	_, err := one(db, []any{&set}, "PRAGMA busy_timeout = "+strconv.FormatInt(wait.Milliseconds(), 10))
	return err
}
