package vault

import (
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/subtle/random"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// subjectKeySize is the size of a subject's key in bytes: AES-256.
const subjectKeySize = 32

// subjectVersion is the first byte of what a subject's key sealed. Tink's own begins with 1.
const subjectVersion = 2

// Subject is the key on which the sealed values of one customer hang. It lies in the database
// wrapped by the keysets; once the wrapped key is destroyed, nothing opens the values any more, in
// no copy of them (crypto-erasure).
type Subject struct {
	key  tink.AEAD
	name string // of the customer
}

// NewSubject makes a key for a customer, and its wrapped form, which opens for that customer only.
func (k *Keysets) NewSubject(customer string) (subject *Subject, wrapped []byte, err error) {
	key := random.GetRandomBytes(subjectKeySize)
	subject, err = subjectOf(key, customer)
	if err != nil {
		return nil, nil, err
	}
	wrapped, err = k.now.Load().fieldAEAD.Encrypt(key, bind("subject", customer))
	if err != nil {
		return nil, nil, KeysFailed.Because(err)
	}
	return subject, wrapped, nil
}

// OpenSubject unwraps what NewSubject wrapped. Fault: SealedDamaged.
func (k *Keysets) OpenSubject(wrapped []byte, customer string) (*Subject, error) {
	key, err := k.now.Load().fieldAEAD.Decrypt(wrapped, bind("subject", customer))
	if err != nil {
		return nil, SealedDamaged.Because(err)
	}
	return subjectOf(key, customer)
}

func subjectOf(key []byte, customer string) (*Subject, error) {
	sealer, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, KeysFailed.Because(err)
	}
	return &Subject{sealer, customer}, nil
}

// Seal encrypts a field of one of the subject's records. It opens as the same field of the same
// record only.
func (s *Subject) Seal(plain []byte, collection, record, field string) ([]byte, error) {
	sealed, err := s.key.Encrypt(plain, s.bind(collection, record, field))
	if err != nil {
		return nil, KeysFailed.Because(err)
	}
	return append([]byte{subjectVersion}, sealed...), nil
}

// Open decrypts what Seal made. Fault: SealedDamaged.
func (s *Subject) Open(sealed []byte, collection, record, field string) ([]byte, error) {
	if !SealedBySubject(sealed) {
		return nil, SealedDamaged
	}
	plain, err := s.key.Decrypt(sealed[1:], s.bind(collection, record, field))
	if err != nil {
		return nil, SealedDamaged.Because(err)
	}
	return plain, nil
}

func (s *Subject) bind(collection, record, field string) []byte {
	return bind("subject field", s.name, collection, record, field)
}

// SealedBySubject tells what a subject's key sealed from what the keysets sealed themselves, as
// they did before customers had keys of their own.
func SealedBySubject(sealed []byte) bool {
	return len(sealed) > 0 && sealed[0] == subjectVersion
}
