package cipherdb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
)

// KeySize is the size of a database key in bytes: two AES-256 keys, as AES-256-XTS needs them
// (IEEE Std 1619-2018, 5.1).
const KeySize = 64

// Key opens one encrypted database. It prints as its public id, whatever the verb.
type Key [KeySize]byte

// idLabel separates the public id from every other use of the key.
const idLabel = "kehu database key id 1\x00"

// idBytes is the length of the public id before it is written in hex.
const idBytes = 8

// ID is a short public name of the key, in hex. It stands in file names given to SQLite in the
// key's place, and tells nothing about the key.
func (k Key) ID() string {
	sum := sha256.Sum256(append([]byte(idLabel), k[:]...))
	return hex.EncodeToString(sum[:idBytes])
}

// Format implements [fmt.Formatter], so that no verb ever prints the key.
func (k Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, "database key ", k.ID()) }

// MarshalText implements [encoding.TextMarshaler], so that no encoder ever writes the key.
func (k Key) MarshalText() ([]byte, error) { return []byte("database key " + k.ID()), nil }

// keyring holds the keys of the databases that this process has opened, by public id. SQLite is
// told the id only: a key in a file name or in SQL would end up in errors, logs and traces.
var keyring struct {
	sync.RWMutex
	keys map[string]Key
}

func remember(k Key) {
	keyring.Lock()
	defer keyring.Unlock()
	if keyring.keys == nil {
		keyring.keys = map[string]Key{}
	}
	keyring.keys[k.ID()] = k
}

func forget(k Key) {
	keyring.Lock()
	defer keyring.Unlock()
	delete(keyring.keys, k.ID())
}

func recall(id string) (Key, bool) {
	keyring.RLock()
	defer keyring.RUnlock()
	k, ok := keyring.keys[id]
	return k, ok
}
