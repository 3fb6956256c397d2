package cipherdb

import (
	"bytes"
	"crypto/aes"
	"crypto/rand"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
	aesxts "github.com/ncruces/go-sqlite3/vfs/xts"
	"golang.org/x/crypto/xts"
)

// vfsName is the name under which SQLite knows the encrypted file system.
const vfsName = "kehu"

// magic is how every SQLite database begins (https://sqlite.org/fileformat.html#magic_header_string).
const magic = "SQLite format 3\x00"

// sectorSize is the unit that is encrypted at once; no database is smaller.
const sectorSize = 512

func init() {
	encrypted := aesxts.Wrap(vfs.Find(""), keyringCipher{})
	vfs.Register(vfsName, gatedVFS{encrypted.(vfs.VFSFilename)})
}

// keyringCipher makes the ciphers for the encrypting file system. What that takes for the text of
// a key is the public id of a key in the keyring here.
type keyringCipher struct{}

// KDF implements [aesxts.XTSCreator]. Temporary files, which have no name to carry an id, get a
// key that nobody ever learns. An unknown id gives no key, and the file does not open.
func (keyringCipher) KDF(id string) []byte {
	if id == "" {
		var key Key
		rand.Read(key[:]) // never fails: see crypto/rand
		return key[:]
	}
	key, ok := recall(id)
	if !ok {
		return nil
	}
	return key[:]
}

// XTS implements [aesxts.XTSCreator].
func (keyringCipher) XTS(key []byte) *xts.Cipher {
	if len(key) != KeySize {
		return nil
	}
	c, err := xts.NewCipher(aes.NewCipher, key)
	if err != nil {
		return nil
	}
	return c
}

// gatedVFS is the encrypting file system with a gate before every write-ahead log and a look at
// every database's key before SQLite touches its files.
type gatedVFS struct{ vfs.VFSFilename }

// OpenFilename implements [vfs.VFSFilename].
func (v gatedVFS) OpenFilename(
	name *vfs.Filename, flags vfs.OpenFlag,
) (vfs.File, vfs.OpenFlag, error) {
	f, out, err := v.VFSFilename.OpenFilename(name, flags)
	if err != nil {
		return nil, out, err
	}
	switch {
	case flags&vfs.OPEN_WAL != 0:
		return newGatedFile(f, name.String()), out, nil
	case flags&vfs.OPEN_MAIN_DB != 0:
		if err := checkKey(f); err != nil {
			f.Close() // the reason of the refusal is worth more than a second error
			return nil, out, err
		}
	}
	return f, out, nil
}

// checkKey reads the beginning of a database and refuses a key that does not fit. SQLite would
// find out too, but late: it takes a log that it cannot read for an empty one and removes it when
// it closes, and with it every write that had not reached the database file.
func checkKey(f vfs.File) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	if size < sectorSize {
		return nil // new, or cut off during its very first transaction
	}
	head := make([]byte, len(magic))
	if _, err := f.ReadAt(head, 0); err != nil {
		return err
	}
	if bytes.Equal(head, []byte(magic)) {
		return nil
	}
	return vfs.SystemError(whyUnreadable(f), sqlite3.IOERR_BADKEY)
}

// whyUnreadable tells a database that was never encrypted from one with another key.
func whyUnreadable(f vfs.File) error {
	head := make([]byte, len(magic))
	if w, ok := f.(vfs.FileUnwrap); ok {
		if _, err := w.Unwrap().ReadAt(head, 0); err == nil && bytes.Equal(head, []byte(magic)) {
			return NotEncrypted
		}
	}
	return KeyWrong
}
