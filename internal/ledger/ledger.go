// Package ledger is a log whose entries are chained: each carries a keyed hash over itself and
// over the hash of the one before. Whoever changes, removes, inserts or moves an entry without the
// key breaks the chain at that entry, and signed anchors kept elsewhere show a tail that was cut
// off.
package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Hash is the keyed hash of an entry, HMAC-SHA-256 (RFC 2104).
type Hash [sha256.Size]byte

// String is the hash in hex, as it is stored.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads what String wrote; ok is false for anything else.
func ParseHash(text string) (h Hash, ok bool) {
	if len(text) != hex.EncodedLen(len(h)) {
		return h, false
	}
	_, err := hex.Decode(h[:], []byte(text))
	return h, err == nil && h.String() == text // in one way only
}

// Entry is who did what, to what, when and from where. All texts are as they are stored.
type Entry struct {
	Seq        int64  // from 1, without gaps
	At         string // UTC, 2006-01-02 15:04:05.000Z
	Actor      string // staff:ID, superuser:ID, public or system
	Name       string // the actor's, as it was
	Kind       string // staff, superuser, public, system or cli
	Role       string
	IP         string // of the client
	Remote     string // of the connection, where a proxy stands between
	Action     string
	Collection string
	Record     string
	Detail     string // JSON
}

// AtLayout is the form of Entry.At.
const AtLayout = "2006-01-02 15:04:05.000Z"

// ID is the name of the entry with that number: a text that sorts as the numbers do.
func ID(seq int64) string { return fmt.Sprintf("%015d", seq) }

// Mark is a place in the chain: the entry with that number has that hash.
type Mark struct {
	Seq  int64
	Hash Hash
}

// Key makes and checks the chain.
type Key struct{ secret []byte }

// NewKey takes the secret of the chain.
func NewKey(secret [32]byte) *Key { return &Key{secret: secret[:]} }

// Format implements [fmt.Formatter], so that no verb ever prints the key.
func (k *Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, "ledger key") }

// Uses of the key: what is hashed for one is never valid for another.
const (
	useGenesis = 'g'
	useEntry   = 'e'
	useAnchor  = 'a'
	useCut     = 'c'
)

// canonicalVersion is the version of the form that is hashed.
const canonicalVersion = 1

// Genesis is the mark before the first entry.
func (k *Key) Genesis() Mark { return Mark{Hash: k.mac(useGenesis, nil)} }

// Next is the mark of an entry that follows prev. The entry's number must be the next one.
func (k *Key) Next(prev Mark, e *Entry) Mark {
	return Mark{Seq: e.Seq, Hash: k.mac(useEntry, e.canonical(prev.Hash))}
}

func (k *Key) mac(use byte, message []byte) (h Hash) {
	m := hmac.New(sha256.New, k.secret)
	m.Write([]byte{use})
	m.Write(message)
	m.Sum(h[:0])
	return h
}

// canonical is the only form of an entry and of what it follows: every text with its length before
// it, so that no two different entries have the same.
func (e *Entry) canonical(prev Hash) []byte {
	texts := [...]string{e.At, e.Actor, e.Name, e.Kind, e.Role, e.IP, e.Remote, e.Action,
		e.Collection, e.Record, e.Detail}
	size := 1 + len(prev) + binary.MaxVarintLen64
	for _, text := range texts {
		size += binary.MaxVarintLen32 + len(text)
	}
	b := make([]byte, 0, size)
	b = append(b, canonicalVersion)
	b = append(b, prev[:]...)
	b = binary.AppendVarint(b, e.Seq)
	for _, text := range texts {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return b
}

// SignCut signs the mark up to which old entries were purged.
func (k *Key) SignCut(m Mark) Hash { return k.mac(useCut, m.bytes()) }

// CheckCut tells whether SignCut made the signature.
func (k *Key) CheckCut(m Mark, signature Hash) bool {
	want := k.SignCut(m)
	return hmac.Equal(want[:], signature[:])
}

func (m Mark) bytes() []byte {
	return append(binary.AppendVarint(nil, m.Seq), m.Hash[:]...)
}
