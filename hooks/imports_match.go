package hooks

import (
	"encoding/json"
	"hash/maphash"
	"slices"

	"kehu/collections"
	"kehu/internal/fields"
	alike "kehu/internal/match"
	"kehu/internal/register"
)

// match is a customer that a row was found to be, in the register or in an earlier row.
type match struct {
	ID, Number, Owner, Department string
	USCC                          string
	Row                           int          // of this import, 0 for one that was there before
	why                           alike.Reason // of one that is suspected
}

// keyIndex finds customers by the exact keys of R4.1, for the rows of one chunk at once: a query
// for each key instead of several for each row.
type keyIndex struct {
	db    collections.DB
	keys  map[string][]match // "uscc\x00…" → customers
	gone  map[string][]match // the same of those that lie in the archive
	dry   map[uint64]int32   // of a dry run: keys of its rows → row; nil otherwise
	seed  maphash.Seed
	blind func(plain string) [][]byte
}

func newKeyIndex(dry bool, blind func(string) [][]byte) *keyIndex {
	k := &keyIndex{blind: blind, seed: maphash.MakeSeed()}
	if dry {
		k.dry = map[uint64]int32{}
	}
	return k
}

const (
	keyNumber     = "number"
	keyUSCC       = "uscc"
	keyName       = "name"
	keyNameMobile = "name_mobile"
	keyMobile     = "mobile"
	keyCert       = "cert_no"
	separator     = "\x00"
)

// load reads the customers behind the keys of a chunk of rows.
func (k *keyIndex) load(db collections.DB, rows []*preparedRow) error {
	k.db, k.keys, k.gone = db, map[string][]match{}, map[string][]match{}
	wanted := map[string][]any{}
	for _, r := range rows {
		if r.blank || r.customer == nil {
			continue
		}
		for _, key := range rowKeys(r) {
			wanted[key.topic] = append(wanted[key.topic], key.sqlValue())
		}
	}
	for _, topic := range sortedKeys(wanted) {
		if err := k.query(topic, keyQueries[topic], wanted[topic], k.keys); err != nil {
			return err
		}
		if err := k.query(topic, archiveQueries[topic], wanted[topic], k.gone); err != nil {
			return err
		}
		if topic == keyNumber {
			if err := k.query(topic, collections.MergedNumberQuery, wanted[topic], k.keys); err != nil {
				return err
			}
		}
		if topic == keyMobile {
			if err := k.query(topic, contactQuery, wanted[topic], k.keys); err != nil {
				return err
			}
		}
	}
	return nil
}

const matchColumns = "c.id, c.number, c.owner, c.department, c.uscc FROM json_each(?) k CROSS JOIN customers c "

// keyQueries answer the key as it was asked for, and the customer.
var keyQueries = map[string]string{
	keyNumber: "SELECT k.value, " + matchColumns + "ON c.number = k.value AND c.number != ''",
	keyUSCC:   "SELECT k.value, " + matchColumns + "ON c.uscc = k.value AND c.uscc != ''",
	keyName:   "SELECT k.value, " + matchColumns + "ON c.name = k.value AND c.kind != 'individual'",
	keyNameMobile: "SELECT k.value ->> 0 || char(1) || (k.value ->> 1), " + matchColumns +
		"ON c.name = k.value ->> 0 AND c.mobile = k.value ->> 1 AND c.kind = 'individual'",
	keyMobile: "SELECT k.value, " + matchColumns + "ON c.mobile = k.value AND c.mobile != ''",
}

const archivedColumns = "a.customer, a.number, a.owner, a.department, a.uscc FROM json_each(?) k " +
	"CROSS JOIN kehu_archived a "

// archiveQueries are the exact keys of keyQueries, for the customers that lie in the archive.
var archiveQueries = map[string]string{
	keyNumber: "SELECT k.value, " + archivedColumns + "ON a.number = k.value",
	keyUSCC:   "SELECT k.value, " + archivedColumns + "ON a.uscc = k.value AND a.uscc != ''",
	keyName:   "SELECT k.value, " + archivedColumns + "ON a.name = k.value AND a.kind != 'individual'",
	keyNameMobile: "SELECT k.value ->> 0 || char(1) || (k.value ->> 1), " + archivedColumns +
		"ON a.name = k.value ->> 0 AND a.mobile = k.value ->> 1 AND a.mobile != '' AND a.kind = 'individual'",
}

const contactQuery = `SELECT k.value, c.id, c.number, c.owner, c.department, c.uscc FROM json_each(?) k
	CROSS JOIN contacts t ON t.mobile = k.value AND t.mobile != ''
	CROSS JOIN customers c ON c.id = t.customer`

func (k *keyIndex) query(topic, statement string, wanted []any, into map[string][]match) error {
	if statement == "" {
		return nil
	}
	list, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	rows, err := k.db.Query(statement, string(list))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var m match
		if err := rows.Scan(&key, &m.ID, &m.Number, &m.Owner, &m.Department, &m.USCC); err != nil {
			return err
		}
		put(into, topic+separator+key, m)
	}
	return rows.Err()
}

func put(into map[string][]match, key string, m match) {
	if !slices.ContainsFunc(into[key], func(have match) bool { return have.ID == m.ID }) {
		into[key] = append(into[key], m)
	}
}

// rowKey is one exact key of a row. Of name_mobile the second value is the mobile, of a name the
// credit code beside it.
type rowKey struct{ topic, value, second string }

func (k rowKey) sqlValue() any {
	if k.topic == keyNameMobile {
		return []string{k.value, k.second}
	}
	return k.value
}

func (k rowKey) text() string {
	if k.topic == keyNameMobile {
		return k.topic + separator + k.value + "\x01" + k.second
	}
	return k.topic + separator + k.value
}

// rowKeys lists the keys of a row of customers. An individual without mobile has the name and an
// empty mobile: no exact key, but how the same row is found again.
func rowKeys(r *preparedRow) []rowKey {
	v := r.customer.Values
	var keys []rowKey
	add := func(topic, value string) {
		if value != "" {
			keys = append(keys, rowKey{topic: topic, value: value})
		}
	}
	if number, ok := r.given["number"].(string); ok {
		add(keyNumber, number)
	}
	add(keyUSCC, v.Text("uscc"))
	if plain := r.customer.Sealed["cert_no"]; plain != "" {
		add(keyCert, plain)
	}
	if v.Text("kind") == "individual" {
		keys = append(keys, rowKey{keyNameMobile, v.Text("name"), v.Text("mobile")})
	} else if v.Text("name") != "" {
		keys = append(keys, rowKey{keyName, v.Text("name"), v.Text("uscc")})
	}
	for _, mobile := range rowMobiles(r) {
		add(keyMobile, mobile)
	}
	return keys
}

func rowMobiles(r *preparedRow) []string {
	mobiles := []string{}
	if mobile := r.customer.Values.Text("mobile"); mobile != "" {
		mobiles = append(mobiles, mobile)
	}
	for _, contact := range r.contacts {
		mobile := contact.Values.Text("mobile")
		if mobile != "" && !slices.Contains(mobiles, mobile) {
			mobiles = append(mobiles, mobile)
		}
	}
	return mobiles
}

// find answers the customers behind one key.
func (k *keyIndex) find(key rowKey) ([]match, error) {
	if key.topic == keyCert {
		return k.byCertificate(key)
	}
	found := k.keys[key.text()]
	if row, ok := k.dry[k.hash(key)]; ok && k.dry != nil {
		found = append(slices.Clone(found), match{Row: int(row)})
	}
	return found, nil
}

// anotherCode: the customer bears the row's name and another valid credit code, so that the two are
// two legal persons, whatever their names.
func (k *keyIndex) anotherCode(key rowKey, m match) bool {
	if key.topic != keyName || m.ID != "" || k.dry == nil {
		return key.topic == keyName && alike.TwoCodes(m.USCC, key.second)
	}
	// an earlier row of a dry run: of its rows with this name none has this code, or none
	_, same := k.dry[k.hash(nameCode(key))]
	_, without := k.dry[k.hash(nameCode(rowKey{value: key.value}))]
	return !same && !without && alike.ValidCode(key.second)
}

// nameCode is a name together with a valid code, as a dry run remembers it.
func nameCode(key rowKey) rowKey {
	code := key.second
	if !alike.ValidCode(code) {
		code = ""
	}
	return rowKey{topic: "name_code", value: key.value + separator + code}
}

func (k *keyIndex) byCertificate(key rowKey) ([]match, error) {
	var all []match
	if row, ok := k.dry[k.hash(key)]; ok && k.dry != nil {
		all = append(all, match{Row: int(row)})
	}
	for _, blind := range k.blind(key.value) {
		found, err := collections.BySealed(k.db, "cert_no", blind)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			all = append(all, match{ID: d.ID, Number: d.Number, Owner: d.Owner})
		}
	}
	return all, nil
}

// inArchive answers the customers in the archive behind one key.
func (k *keyIndex) inArchive(key rowKey) ([]match, error) {
	if key.topic != keyCert {
		return k.gone[key.text()], nil
	}
	var all []match
	for _, blind := range k.blind(key.value) {
		found, err := collections.ArchivedBySealed(k.db, "cert_no", blind)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			all = append(all, match{ID: d.ID, Number: d.Number, Owner: d.Owner, Department: d.Department})
		}
	}
	return all, nil
}

// add makes a stored row known to the rows after it.
func (k *keyIndex) add(r *preparedRow, m match) {
	m.Row = r.number
	for _, key := range rowKeys(r) {
		if k.dry != nil {
			if _, known := k.dry[k.hash(key)]; !known {
				k.dry[k.hash(key)] = int32(r.number)
			}
			if key.topic == keyName {
				k.dry[k.hash(nameCode(key))] = int32(r.number)
			}
			continue
		}
		if key.topic != keyCert {
			put(k.keys, key.text(), m)
		}
	}
}

func (k *keyIndex) hash(key rowKey) uint64 { return maphash.String(k.seed, key.text()) }

// verdict is what a row was found to be.
type verdict struct {
	same      []match // customers with one of its exact keys
	suspected []match // customers with one of its mobiles, or its name and another credit code
	archived  []match // customers with one of its exact keys that lie in the archive
}

// judge compares a row with the register and the rows before it.
func (k *keyIndex) judge(r *preparedRow, block []string) (verdict, error) {
	var v verdict
	for _, key := range rowKeys(r) {
		found, err := k.find(key)
		if err != nil {
			return v, err
		}
		exact := key.topic == keyNumber || slices.Contains(block, key.topic)
		if key.topic == keyNameMobile && key.second == "" {
			continue // a name alone is no key
		}
		if exact {
			gone, err := k.inArchive(key)
			if err != nil {
				return v, err
			}
			for _, m := range gone {
				if !k.anotherCode(key, m) {
					v.archived = append(v.archived, m)
				}
			}
		}
		for _, m := range found {
			switch {
			case exact && k.anotherCode(key, m):
				m.why = alike.CodesDiffer
				v.suspected = appendMatch(v.suspected, m)
			case exact:
				v.same = appendMatch(v.same, m)
			case key.topic == keyMobile:
				m.why = alike.SameMobile
				v.suspected = appendMatch(v.suspected, m)
			}
		}
	}
	return v, nil
}

func appendMatch(list []match, m match) []match {
	for i, have := range list {
		if have.ID == m.ID && have.Row == m.Row || have.ID == m.ID && m.ID != "" {
			if m.Row > 0 {
				list[i].Row = m.Row
			}
			return list
		}
	}
	return append(list, m)
}

// namesakes are the individuals of the row's name without mobile, among whom the same row may be.
func (k *keyIndex) namesakes(r *preparedRow) []match {
	v := r.customer.Values
	if v.Text("kind") != "individual" || v.Text("mobile") != "" {
		return nil
	}
	found, _ := k.find(rowKey{keyNameMobile, v.Text("name"), ""})
	return found
}

// differences lists the fields that the sheet gives and the stored customer has otherwise.
func differences(r *preparedRow, before register.Values, sealedSame func(field, plain string) bool) []string {
	var keys []string
	for _, f := range fields.Of("customers") {
		value, given := r.customer.Values[f.Key]
		if _, typed := r.given[f.Key]; !given || !typed || f.System || r.defaulted[f.Key] {
			continue
		}
		if plain, sealed := r.customer.Sealed[f.Key]; sealed {
			if !sealedSame(f.Key, plain) {
				keys = append(keys, f.Key)
			}
			continue
		}
		if !register.Same(value, before[f.Key]) {
			keys = append(keys, f.Key)
		}
	}
	return keys
}
