package collections

import (
	"bytes"

	"kehu/internal/vault"
)

// Sealed values hang on a key of their customer's own (kehu_subject_keys), which is wrapped by the
// keysets. Destroying that key destroys the values in every copy of them.

// Seal keeps a plain sensitive value encrypted beside the customer; "" erases it. It must run in
// the transaction that writes the customer.
func Seal(db DB, keys *vault.Keysets, customer, field, plain string) error {
	if plain == "" {
		return unsealed(db, customer, field)
	}
	subject, err := subjectOf(db, keys, customer)
	if err != nil {
		return err
	}
	if subject == nil {
		return SealNew(db, keys, customer, map[string]string{field: plain})
	}
	return sealBy(db, keys, subject, customer, field, plain)
}

// SealNew keeps the sensitive values of a customer that has none yet.
func SealNew(db DB, keys *vault.Keysets, customer string, plain map[string]string) error {
	var subject *vault.Subject
	for field, value := range plain {
		if value == "" {
			continue
		}
		if subject == nil {
			var err error
			if subject, err = newSubject(db, keys, customer); err != nil {
				return err
			}
		}
		if err := sealBy(db, keys, subject, customer, field, value); err != nil {
			return err
		}
	}
	return nil
}

func newSubject(db DB, keys *vault.Keysets, customer string) (*vault.Subject, error) {
	subject, wrapped, err := keys.NewSubject(customer)
	if err != nil {
		return nil, err
	}
	return subject, db.Exec("INSERT INTO kehu_subject_keys (customer, wrapped) VALUES (?, ?) "+
		"ON CONFLICT (customer) DO UPDATE SET wrapped = excluded.wrapped", customer, wrapped)
}

// subjectOf opens a customer's key; nil where it has none.
func subjectOf(db DB, keys *vault.Keysets, customer string) (*vault.Subject, error) {
	var wrapped []byte
	found, err := one(db, []any{&wrapped},
		"SELECT wrapped FROM kehu_subject_keys WHERE customer = ?", customer)
	if err != nil || !found {
		return nil, err
	}
	return keys.OpenSubject(wrapped, customer)
}

func sealBy(db DB, keys *vault.Keysets, subject *vault.Subject, customer, field, plain string) error {
	sealed, err := subject.Seal([]byte(plain), "customers", customer, field)
	if err != nil {
		return err
	}
	blind, key := keys.Indexed(field, plain)
	if err := requestsFollow(db, keys.BlindIndexes(field, plain), customer, field); err != nil {
		return err
	}
	return db.Exec(`INSERT INTO kehu_sealed (customer, field, sealed, blind, index_key)
		VALUES (?, ?, ?, ?, ?) ON CONFLICT (customer, field) DO UPDATE
		SET sealed = excluded.sealed, blind = excluded.blind, index_key = excluded.index_key`,
		customer, field, sealed, blind, int64(key))
}

// unsealed forgets a value, and the customer's key with the last one.
func unsealed(db DB, customer, field string) error {
	err := db.Exec("DELETE FROM kehu_sealed WHERE customer = ? AND field = ?", customer, field)
	if err != nil {
		return err
	}
	return db.Exec(`DELETE FROM kehu_subject_keys WHERE customer = ? AND NOT EXISTS
		(SELECT 1 FROM kehu_sealed s WHERE s.customer = kehu_subject_keys.customer)`, customer)
}

// Unseal reads a sensitive value in plain; found is false where the customer has none. Fault:
// vault.SealedDamaged, also for a value whose key was destroyed.
func Unseal(db DB, keys *vault.Keysets, customer, field string) (plain string, found bool, err error) {
	var sealed []byte
	found, err = one(db, []any{&sealed},
		"SELECT sealed FROM kehu_sealed WHERE customer = ? AND field = ?", customer, field)
	if err != nil || !found {
		return "", found, err
	}
	subject, err := subjectOf(db, keys, customer)
	if err != nil {
		return "", true, err
	}
	text, err := opened(keys, subject, sealed, customer, field)
	return string(text), true, err
}

// SealedValues reads all sensitive values of a customer in plain, by field.
func SealedValues(db DB, keys *vault.Keysets, customer string) (map[string]string, error) {
	fields, err := column(db, "SELECT field FROM kehu_sealed WHERE customer = ?", customer)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, field := range fields {
		plain, _, err := Unseal(db, keys, customer, field)
		if err != nil {
			return nil, err
		}
		values[field] = plain
	}
	return values, nil
}

// opened reads a value that the subject's key sealed, or, from before subjects had keys, the
// keysets themselves.
func opened(keys *vault.Keysets, subject *vault.Subject, sealed []byte, customer, field string) (
	[]byte, error) {
	if !vault.SealedBySubject(sealed) {
		return keys.Open(sealed, "customers", customer, field)
	}
	if subject == nil {
		return nil, vault.SealedDamaged
	}
	return subject.Open(sealed, "customers", customer, field)
}

// ResealCustomers seals the values of the next customers after one anew: with a fresh key of the
// customer's, wrapped by the primary key, and found by the primary index key. Customers whose
// values are so already are passed over. It answers the last customer looked at, "" at the end, and
// how many could not be opened: they stay as they are.
func ResealCustomers(db DB, keys *vault.Keysets, after string, limit int) (
	last string, damaged int, err error) {
	customers, err := column(db, `SELECT DISTINCT customer FROM kehu_sealed WHERE customer > ?
		ORDER BY customer LIMIT ?`, after, limit)
	if err != nil || len(customers) == 0 {
		return "", 0, err
	}
	for _, customer := range customers {
		stale, err := isStale(db, keys, customer)
		if err != nil {
			return "", damaged, err
		}
		if !stale {
			continue
		}
		values, err := SealedValues(db, keys, customer)
		if err != nil {
			damaged++
			continue
		}
		if err := underNewIndex(db, customer, func() error {
			return SealNew(db, keys, customer, values)
		}); err != nil {
			return "", damaged, err
		}
	}
	return customers[len(customers)-1], damaged, nil
}

// staleWhere is what a rotation has to seal anew: no key of the customer's, one not wrapped by the
// primary key, a value that the keysets sealed themselves, a blind index by another key.
const staleWhere = `(k.wrapped IS NULL OR substr(k.wrapped, 1, 5) != ? OR s.index_key != ?
	OR substr(s.sealed, 1, 1) != x'02')`

const staleFrom = `SELECT s.customer FROM kehu_sealed s
	LEFT JOIN kehu_subject_keys k ON k.customer = s.customer WHERE `

func isStale(db DB, keys *vault.Keysets, customer string) (bool, error) {
	var found string
	return one(db, []any{&found}, staleFrom+"s.customer = ? AND "+staleWhere+" LIMIT 1",
		customer, keys.PrimaryPrefix(), int64(keys.IndexKey()))
}

// StaleSealed counts the sealed values that older keys still hold.
func StaleSealed(db DB, keys *vault.Keysets) (n int, err error) {
	_, err = one(db, []any{&n}, "SELECT count(*) FROM ("+staleFrom+staleWhere+")",
		keys.PrimaryPrefix(), int64(keys.IndexKey()))
	return n, err
}

// CountSealed counts the customers with sealed values, for the progress of a rotation.
func CountSealed(db DB) (n int, err error) {
	_, err = one(db, []any{&n}, "SELECT count(DISTINCT customer) FROM kehu_sealed")
	return n, err
}

// sealedSample is how many stored values a start tries.
const sealedSample = 3

// trySealed opens some stored values and computes their blind indexes anew: keys and canaries that
// fit each other may still be those of other data. One value that fits is enough, because a single
// one may be damaged.
func trySealed(db DB, keys *vault.Keysets) error {
	tried, name := 0, ""
	for _, order := range []string{"", " DESC"} {
		sample, err := sampleSealed(db, order)
		if err != nil {
			return err
		}
		for _, v := range sample {
			if v.fits(keys) {
				return nil
			}
			tried, name = tried+1, v.customer
		}
	}
	if tried == 0 {
		return nil
	}
	return vault.ErrSelfTest.With("keyset", "kehu_sealed", "key", name)
}

func sampleSealed(db DB, order string) ([]storedValue, error) {
	rows, err := db.Query(`SELECT s.customer, s.field, s.sealed, s.blind, s.index_key, k.wrapped
		FROM kehu_sealed s LEFT JOIN kehu_subject_keys k ON k.customer = s.customer
		ORDER BY s.customer`+order+" LIMIT ?", sealedSample)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var sample []storedValue
	for rows.Next() {
		var v storedValue
		err := rows.Scan(&v.customer, &v.field, &v.sealed, &v.blind, &v.key, &v.wrapped)
		if err != nil {
			return nil, err
		}
		sample = append(sample, v)
	}
	return sample, rows.Err()
}

// storedValue is a row of kehu_sealed with its customer's key.
type storedValue struct {
	customer, field        string
	sealed, blind, wrapped []byte
	key                    int64
}

// fits tells whether the keys open the value and find it.
func (v *storedValue) fits(keys *vault.Keysets) bool {
	var subject *vault.Subject
	if v.wrapped != nil {
		var err error
		if subject, err = keys.OpenSubject(v.wrapped, v.customer); err != nil {
			return false
		}
	}
	plain, err := opened(keys, subject, v.sealed, v.customer, v.field)
	if err != nil {
		return false
	}
	if v.key == 0 { // from before the key was noted
		for _, blind := range keys.BlindIndexes(v.field, string(plain)) {
			if bytes.Equal(blind, v.blind) {
				return true
			}
		}
		return false
	}
	blind, ok := keys.IndexedBy(uint32(v.key), v.field, string(plain))
	return ok && bytes.Equal(blind, v.blind)
}
