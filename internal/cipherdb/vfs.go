package cipherdb

import (
	"crypto/rand"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// Names by which SQLite is told about encryption in the URI of a file.
const (
	vfsName   = "kehu"
	parameter = "key_id" // holds the public id of a key in the keyring
)

// magic is how every SQLite database begins
// (https://sqlite.org/fileformat.html#magic_header_string).
const magic = "SQLite format 3\x00"

func init() { vfs.Register(vfsName, cipherVFS{vfs.Find("")}) }

// cipherVFS is the operating system's files, encrypted, with a gate before every write-ahead log
// and a look at every database's key before SQLite touches anything.
type cipherVFS struct{ vfs.VFS }

// Open implements [vfs.VFS]. SQLite calls OpenFilename instead.
func (v cipherVFS) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if name == "" {
		return v.OpenFilename(nil, flags)
	}
	return nil, flags, sqlite3.CANTOPEN
}

// OpenFilename implements [vfs.VFSFilename].
func (v cipherVFS) OpenFilename(
	name *vfs.Filename, flags vfs.OpenFlag,
) (vfs.File, vfs.OpenFlag, error) {
	if flags&(vfs.OPEN_SUPER_JOURNAL|vfs.OPEN_MEMORY) != 0 { // holds names of files, or is no file
		return vfsutil.WrapOpenFilename(v.VFS, name, flags)
	}
	x := cipherOf(name, flags)
	if x == nil {
		return nil, flags, sqlite3.IOERR_BADKEY
	}
	base, out, err := vfsutil.WrapOpenFilename(v.VFS, name, flags)
	if err != nil {
		return nil, out, err
	}
	f := &cipherFile{File: base, xts: x}
	if flags&vfs.OPEN_WAL != 0 {
		return newGatedFile(f, name.String()), out, nil
	}
	if flags&vfs.OPEN_MAIN_DB != 0 {
		if err := f.checkKey(); err != nil {
			f.Close() // the reason of the refusal is worth more than a second error
			return nil, out, err
		}
	}
	return f, out, nil
}

// cipherOf finds the cipher for a file: a journal's or log's is that of its database, a temporary
// file's has a key that nobody ever learns. It is nil when the key is not in the keyring.
func cipherOf(name *vfs.Filename, flags vfs.OpenFlag) *xts {
	if name == nil {
		var key Key
		rand.Read(key[:]) // never fails: see crypto/rand
		return newXTS(key)
	}
	if flags&(vfs.OPEN_MAIN_JOURNAL|vfs.OPEN_WAL) != 0 {
		if f, ok := vfsutil.UnwrapFile[*cipherFile](name.DatabaseFile()); ok {
			return f.xts
		}
	}
	key, ok := recall(name.URIParameter(parameter))
	if !ok {
		return nil
	}
	return newXTS(key)
}

// checkKey reads the beginning of a database and refuses a key that does not fit. SQLite would
// find out too, but late: it takes a log that it cannot read for an empty one and removes it when
// it closes, and with it every write that had not reached the database file.
func (f *cipherFile) checkKey() error {
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
	if string(head) == magic {
		return nil
	}
	why := KeyWrong
	if _, err := f.File.ReadAt(head, 0); err == nil && string(head) == magic {
		why = NotEncrypted
	}
	return vfs.SystemError(why, sqlite3.IOERR_BADKEY)
}
