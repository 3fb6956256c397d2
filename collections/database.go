package collections

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/cipherdb"
	"kehu/internal/fault"
	"kehu/internal/vault"
)

// Connection caps. PocketBase's own defaults (120 readers) were seen to grow memory past 1 GB with
// 16 busy clients; two cores are kept busy by far fewer.
const (
	MaxReaders     = 16
	MaxIdleReaders = 4
	cacheKiB       = 4 << 10
)

// ErrKeysMissing stops a start that could only make new keys for old data.
var ErrKeysMissing = fault.Define("keys_missing_for_data",
	"数据目录 {dir} 已有数据库，但密钥目录 {keys} 中没有密钥；请用 --keys 指定原来的密钥目录，或用恢复表还原密钥",
	"The data directory {dir} holds a database, but the keys folder {keys} holds no key: give "+
		"the right folder with --keys, or restore the key from the recovery sheet")

// OpenKeys opens the root key of a data directory. A key is made only where there is no database
// yet: data without its key must never be joined by a key that cannot open it.
func OpenKeys(dataDir, keysDir string, random interface{ Read([]byte) (int, error) }) (*vault.Root, error) {
	root, err := vault.OpenRoot(keysDir)
	if err == nil || !os.IsNotExist(err) && !missing(err) {
		return root, err
	}
	if _, statErr := os.Stat(filepath.Join(dataDir, "data.db")); statErr == nil {
		return nil, ErrKeysMissing.With("dir", dataDir, "keys", keysDir).Because(err)
	}
	return vault.CreateRoot(keysDir, random)
}

func missing(err error) bool {
	found, ok := fault.Of(err)
	return ok && found.Code == "keys_missing"
}

// Connect gives PocketBase databases that are encrypted on disk. An error at which a list breaks off is
// told to each of unread besides the list's reader.
func Connect(root *vault.Root, unread ...func(error)) core.DBConnectFunc {
	return func(path string) (*dbx.DB, error) {
		db, err := cipherdb.Open(path, cipherdb.Key(root.DatabaseKey()),
			cipherdb.Options{CacheKiB: cacheKiB, Unread: func(err error) {
				for _, tell := range unread {
					tell(err)
				}
			}})
		if err != nil {
			return nil, err
		}
		return dbx.NewFromDB(db, "sqlite3"), nil
	}
}

// StorageFailed tells an error of the disk (full, unreadable, unwritable) from one of the program.
func StorageFailed(err error) bool {
	var path *os.PathError
	return errors.Is(err, sqlite3.FULL) || errors.Is(err, sqlite3.IOERR) ||
		errors.Is(err, sqlite3.READONLY) || errors.Is(err, sqlite3.CANTOPEN) || errors.As(err, &path)
}
