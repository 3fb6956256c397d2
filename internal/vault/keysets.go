package vault

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/streamingaead"
	"github.com/tink-crypto/tink-go/v2/tink"

	"kehu/internal/fault"
)

// Faults of what the keys protect.
var (
	KeysWrongRoot = fault.Define("keys_wrong_root",
		"主密钥与数据库中的密钥不匹配，请检查密钥目录（--keys）是否属于这个数据目录",
		"the root key does not fit the keys in the database: check that the keys folder (--keys) "+
			"belongs to this data directory")
	KeysFailed = fault.Define("keys_failed",
		"加密操作未能完成，请重试；仍有问题请联系管理员查看日志",
		"the encryption could not be carried out: try again, and ask the administrator to read "+
			"the log if it happens again")
	SealedDamaged = fault.Define("sealed_value_damaged",
		"加密的内容无法解密，可能被改动或移到了别的记录；请从备份恢复该记录",
		"the encrypted value cannot be opened: it was changed or moved to another record; "+
			"restore the record from a backup")
	FileDamaged = fault.Define("sealed_file_damaged",
		"加密的文件无法解密，可能被改动、截断或与记录不符；请从备份恢复该文件",
		"the encrypted file cannot be opened: it was changed, cut short or belongs elsewhere; "+
			"restore the file from a backup")
)

// IndexSize is the length of a blind index in bytes: at 10 million values, the chance that any two
// different ones collide is below 10⁻²⁴.
const IndexSize = 16

// Names of the keysets; they bind each wrapped keyset to its use.
const (
	fieldsUse = "kehu keyset fields 1"
	indexUse  = "kehu keyset index 1"
	filesUse  = "kehu keyset files 1"
)

// Keysets are the working keys. They are made once and lie in the database wrapped by the root key.
// Rotate and Primaries return others, which whoever holds these gets by Adopt. All methods may be
// called from many goroutines.
type Keysets struct{ now atomic.Pointer[ring] }

// ring is the keys of one moment; it never changes.
type ring struct {
	fields, index, files *keyset.Handle

	fieldAEAD tink.AEAD
	indexPRF  *prf.Set
	fileAEAD  tink.StreamingAEAD
}

// Adopt puts the keys of next in the place of these, for everybody who holds these. Store next
// before: what is written from now on opens by it alone.
func (k *Keysets) Adopt(next *Keysets) { k.now.Store(next.now.Load()) }

// NewKeysets makes fresh keys. Tink draws them from the system's random source.
func NewKeysets() (*Keysets, error) {
	fields, err1 := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	index, err2 := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	files, err3 := keyset.NewHandle(streamingaead.AES256GCMHKDF1MBKeyTemplate())
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, KeysFailed.Because(err)
	}
	return assemble(fields, index, files)
}

// assemble makes the primitives and tries the index once, so that it cannot fail later.
func assemble(fields, index, files *keyset.Handle) (*Keysets, error) {
	r := &ring{fields: fields, index: index, files: files}
	var err1, err2, err3, err4 error
	r.fieldAEAD, err1 = aead.New(fields)
	r.indexPRF, err2 = prf.NewPRFSet(index)
	r.fileAEAD, err3 = streamingaead.New(files)
	if err2 == nil {
		_, err4 = r.indexPRF.ComputePrimaryPRF(nil, IndexSize)
	}
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, KeysFailed.Because(err)
	}
	k := &Keysets{}
	k.now.Store(r)
	return k, nil
}

// wrapped is how keysets lie in the database: each encrypted by the root's wrapping key.
type wrapped struct {
	Version int    `json:"version"`
	Root    string `json:"root"` // fingerprint of the root key, for people who look for it
	Fields  []byte `json:"fields"`
	Index   []byte `json:"index"`
	Files   []byte `json:"files"`
}

// wrappedVersion is the version of the form that Marshal writes.
const wrappedVersion = 1

// maxWrapped bounds what Unmarshal reads; a keyset of a hundred keys is below 64 KiB.
const maxWrapped = 1 << 20

// Marshal writes the keysets, wrapped by the root key, as JSON.
func (k *Keysets) Marshal(root *Root) ([]byte, error) {
	w, r := wrapped{Version: wrappedVersion, Root: root.Fingerprint()}, k.now.Load()
	wrap, err := root.wrapping()
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		to   *[]byte
		from *keyset.Handle
		use  string
	}{
		{&w.Fields, r.fields, fieldsUse},
		{&w.Index, r.index, indexUse},
		{&w.Files, r.files, filesUse},
	} {
		var b bytes.Buffer
		err := part.from.WriteWithAssociatedData(keyset.NewBinaryWriter(&b), wrap, []byte(part.use))
		if err != nil {
			return nil, KeysFailed.Because(err)
		}
		*part.to = b.Bytes()
	}
	return json.Marshal(w)
}

// Unmarshal reads what Marshal wrote. Fault: KeysWrongRoot, also for changed bytes: what does not
// authenticate cannot be told from what another root key wrapped.
func Unmarshal(root *Root, data []byte) (*Keysets, error) {
	var w wrapped
	if len(data) > maxWrapped {
		return nil, KeysWrongRoot
	}
	if err := json.Unmarshal(data, &w); err != nil || w.Version != wrappedVersion {
		return nil, KeysWrongRoot
	}
	wrap, err := root.wrapping()
	if err != nil {
		return nil, err
	}
	fields, err1 := unwrap(wrap, w.Fields, fieldsUse)
	index, err2 := unwrap(wrap, w.Index, indexUse)
	files, err3 := unwrap(wrap, w.Files, filesUse)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, KeysWrongRoot.Because(err)
	}
	return assemble(fields, index, files)
}

func unwrap(wrap tink.AEAD, data []byte, use string) (*keyset.Handle, error) {
	reader := keyset.NewBinaryReader(bytes.NewReader(data))
	return keyset.ReadWithAssociatedData(reader, wrap, []byte(use))
}

func (r *Root) wrapping() (tink.AEAD, error) {
	wrap, err := subtle.NewAESGCM(r.derive(wrappingLabel, wrappingKeySize))
	if err != nil {
		return nil, KeysFailed.Because(err)
	}
	return wrap, nil
}

// Rotate returns keysets with a new primary key each: what is written from now on uses it, and
// what was written before is still read. Store them before using them.
func (k *Keysets) Rotate() (*Keysets, error) {
	r := k.now.Load()
	fields, err1 := withNewPrimary(r.fields, aead.AES256GCMKeyTemplate())
	index, err2 := withNewPrimary(r.index, prf.HMACSHA256PRFKeyTemplate())
	files, err3 := withNewPrimary(r.files, streamingaead.AES256GCMHKDF1MBKeyTemplate())
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, KeysFailed.Because(err)
	}
	return assemble(fields, index, files)
}

func withNewPrimary(h *keyset.Handle, template *tinkpb.KeyTemplate) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(h)
	id, err := m.Add(template)
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, err
	}
	return m.Handle()
}

// Primaries returns keysets without the older keys, for the end of a rotation: everything must
// have been written anew by then, or it is neither found nor opened any more.
func (k *Keysets) Primaries() (*Keysets, error) {
	r := k.now.Load()
	fields, err1 := onlyPrimary(r.fields)
	index, err2 := onlyPrimary(r.index)
	files, err3 := onlyPrimary(r.files)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, KeysFailed.Because(err)
	}
	return assemble(fields, index, files)
}

func onlyPrimary(h *keyset.Handle) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(h)
	for i := range h.Len() {
		entry, err := h.Entry(i)
		if err == nil && !entry.IsPrimary() {
			err = m.Delete(entry.KeyID())
		}
		if err != nil {
			return nil, err
		}
	}
	return m.Handle()
}

// The names of the three keysets.
const (
	FieldsKeyset = "fields"
	IndexKeyset  = "index"
	FilesKeyset  = "files"
)

// Key names one key of a keyset. The number is drawn by chance when the key is made and tells
// nothing about it.
type Key struct {
	Keyset  string `json:"keyset"`
	ID      uint32 `json:"id"`
	Primary bool   `json:"primary"`
}

// Fingerprint is how people compare keys.
func (k Key) Fingerprint() string { return fmt.Sprintf("%08x", k.ID) }

// Keys lists every key in use.
func (k *Keysets) Keys() []Key {
	r := k.now.Load()
	var all []Key
	for _, part := range []struct {
		name string
		keys *keyset.Handle
	}{{FieldsKeyset, r.fields}, {IndexKeyset, r.index}, {FilesKeyset, r.files}} {
		for i := range part.keys.Len() {
			if entry, err := part.keys.Entry(i); err == nil {
				all = append(all, Key{part.name, entry.KeyID(), entry.IsPrimary()})
			}
		}
	}
	return all
}

// Format implements [fmt.Formatter], so that no verb ever prints a key.
func (k *Keysets) Format(s fmt.State, _ rune) {
	r := k.now.Load()
	fmt.Fprintf(s, "keysets of %d, %d and %d keys", r.fields.Len(), r.index.Len(), r.files.Len())
}

// bind joins the parts of a context so that no two different lists of parts give the same bytes.
func bind(parts ...string) []byte {
	var b []byte
	for _, part := range parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

// Seal encrypts a field's value. It can only be opened as the same field of the same record:
// a value copied to another row does not open there.
func (k *Keysets) Seal(plain []byte, collection, record, field string) ([]byte, error) {
	sealed, err := k.now.Load().fieldAEAD.Encrypt(plain, bind("field", collection, record, field))
	if err != nil {
		return nil, KeysFailed.Because(err)
	}
	return sealed, nil
}

// Open decrypts what Seal made. Fault: SealedDamaged.
func (k *Keysets) Open(sealed []byte, collection, record, field string) ([]byte, error) {
	plain, err := k.now.Load().fieldAEAD.Decrypt(sealed, bind("field", collection, record, field))
	if err != nil {
		return nil, SealedDamaged.Because(err)
	}
	return plain, nil
}

// SealedByPrimary tells whether what Seal or NewSubject made was made by the primary key: what a
// rotation asks of every value. Tink writes the key's number before the ciphertext.
func (k *Keysets) SealedByPrimary(sealed []byte) bool {
	return bytes.HasPrefix(sealed, k.PrimaryPrefix())
}

// PrimaryPrefix is how everything that the primary key sealed begins.
func (k *Keysets) PrimaryPrefix() []byte {
	primary, err := k.now.Load().fields.Primary()
	if err != nil {
		return nil // assemble made primitives of the keyset, so it has one
	}
	return binary.BigEndian.AppendUint32([]byte{1}, primary.KeyID())
}

// BlindIndex is what a value is found by without being told: equal normalised values of one field
// have equal indexes, and without the key nothing can be learned from them. IndexSize bytes, by
// the primary key.
func (k *Keysets) BlindIndex(field, normalised string) []byte {
	r := k.now.Load()
	return r.indexBy(r.indexPRF.PrimaryID, field, normalised)
}

// Indexed is the blind index by the primary key and that key's number, of one moment.
func (k *Keysets) Indexed(field, normalised string) (blind []byte, key uint32) {
	r := k.now.Load()
	return r.indexBy(r.indexPRF.PrimaryID, field, normalised), r.indexPRF.PrimaryID
}

// BlindIndexes are the value's indexes by every key in use, the primary one first: what to look
// for while a rotation is going on.
func (k *Keysets) BlindIndexes(field, normalised string) [][]byte {
	r := k.now.Load()
	all := [][]byte{r.indexBy(r.indexPRF.PrimaryID, field, normalised)}
	for id := range r.indexPRF.PRFs {
		if id != r.indexPRF.PrimaryID {
			all = append(all, r.indexBy(id, field, normalised))
		}
	}
	return all
}

// IndexKey is the number of the key that BlindIndex uses, to be stored beside the index.
func (k *Keysets) IndexKey() uint32 { return k.now.Load().indexPRF.PrimaryID }

// IndexedBy is the blind index by the key of that number; false where the keysets have none.
func (k *Keysets) IndexedBy(key uint32, field, normalised string) ([]byte, bool) {
	r := k.now.Load()
	if _, ok := r.indexPRF.PRFs[key]; !ok {
		return nil, false
	}
	return r.indexBy(key, field, normalised), true
}

func (r *ring) indexBy(id uint32, field, normalised string) []byte {
	sum, err := r.indexPRF.PRFs[id].ComputePRF(bind("index", field, normalised), IndexSize)
	if err != nil {
		panic("vault: " + err.Error()) // assemble has tried: only the length could be wrong
	}
	return sum
}
