package vault

import (
	"bytes"
	"io"

	"kehu/internal/fault"
)

// ErrSelfTest stops a start with keys that are not those of the data: with a wrong index key the
// register would find nothing and take every customer twice.
var ErrSelfTest = fault.Define("keys_self_test",
	"密钥自检没有通过（{keyset} {key}）：数据库中的密钥与数据不符。为避免查不到已有客户或打不开数据，系统不启动；"+
		"请从备份恢复整个数据目录，不要只替换其中一部分",
	"The keys failed their self-test ({keyset} {key}): the keys in the database are not those of "+
		"the data. Started all the same the register would find nothing, so it does not start; "+
		"restore the whole data directory from a backup, not a part of it")

// canary is what every key once worked on.
const canary = "kehu canary 1"

// Canary is known work of one key: kept beside the data, it tells at a start whether the key is
// there and still the same.
type Canary struct {
	Keyset string
	Key    uint32
	Value  []byte
}

// Canaries makes one for each primary key.
func (k *Keysets) Canaries() ([]Canary, error) {
	var all []Canary
	for _, key := range k.Keys() {
		if !key.Primary {
			continue
		}
		value, err := k.canaryOf(key)
		if err != nil {
			return nil, err
		}
		all = append(all, Canary{key.Keyset, key.ID, value})
	}
	return all, nil
}

func (k *Keysets) canaryOf(key Key) ([]byte, error) {
	switch key.Keyset {
	case FieldsKeyset:
		return k.Seal([]byte(canary), canary, "", "")
	case IndexKeyset:
		return k.BlindIndex(canary, canary), nil
	}
	var file bytes.Buffer
	w, err := k.EncryptWriter(&file, canary)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, canary); err != nil {
		return nil, KeysFailed.Because(err)
	}
	if err := w.Close(); err != nil {
		return nil, KeysFailed.Because(err)
	}
	return file.Bytes(), nil
}

// Check compares what the keys do with what they did. Fault: ErrSelfTest.
func (k *Keysets) Check(canaries []Canary) error {
	for _, c := range canaries {
		if !k.has(c.Keyset, c.Key) || !k.knows(c) {
			return ErrSelfTest.With("keyset", c.Keyset, "key", Key{ID: c.Key}.Fingerprint())
		}
	}
	return nil
}

func (k *Keysets) has(name string, id uint32) bool {
	for _, key := range k.Keys() {
		if key.Keyset == name && key.ID == id {
			return true
		}
	}
	return false
}

func (k *Keysets) knows(c Canary) bool {
	switch c.Keyset {
	case FieldsKeyset:
		plain, err := k.Open(c.Value, canary, "", "")
		return err == nil && string(plain) == canary
	case IndexKeyset:
		value, ok := k.IndexedBy(c.Key, canary, canary)
		return ok && bytes.Equal(value, c.Value)
	case FilesKeyset:
		r, err := k.DecryptReader(bytes.NewReader(c.Value), canary)
		if err != nil {
			return false
		}
		plain, err := io.ReadAll(r)
		return err == nil && string(plain) == canary
	}
	return false
}
