// Package cipherdb opens SQLite databases that are encrypted at rest: the database file, its
// write-ahead log and every temporary file. It uses AES-256-XTS in sectors of 512 bytes.
//
// XTS hides the content of a stolen disk or copy. It does not prove that nobody changed it, and
// two copies of one file tell which sectors differ: backups are encrypted and authenticated again.
//
// One process at a time may hold a database open for writing. Within the process any number of
// connections may read beside one writer.
package cipherdb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"

	"kehu/internal/fault"
)

// Faults of opening a database.
var (
	KeyWrong = fault.Define("database_key_wrong",
		"密钥与数据库不匹配，请检查密钥目录（--keys）是否属于这个数据目录，或用恢复表还原密钥",
		"the key does not fit the database: check that the keys folder (--keys) belongs to this "+
			"data directory, or restore the key from the recovery sheet")
	NotEncrypted = fault.Define("database_not_encrypted",
		"数据库文件没有加密，不是本系统创建的；请换一个数据目录，或从备份恢复",
		"the database file is not encrypted, so this system did not make it: "+
			"choose another data directory or restore a backup")
	CannotOpen = fault.Define("database_cannot_open",
		"无法打开数据库 {name}，请检查目录是否存在、是否有读写权限、磁盘是否已满",
		"the database {name} cannot be opened: check that its folder exists, "+
			"that it may be read and written, and that the disk is not full")
)

// Synchronous says when a commit is on the disk
// (https://sqlite.org/pragma.html#pragma_synchronous).
type Synchronous string

// The levels that the product uses. Full is the zero Options' level: an acknowledged write
// survives a power cut. With Normal the last commits may be lost in one, never the database.
const (
	Full   Synchronous = "FULL"
	Normal Synchronous = "NORMAL"
)

// Limits of a connection.
const (
	DefaultCacheKiB = 8 << 10          // page cache of one connection
	BusyWait        = 10 * time.Second // how long a writer waits for the one before
	logSizeLimit    = 200_000_000      // bytes of a log kept after a checkpoint, as in PocketBase
)

// Options of a database. The zero value is what the server uses.
type Options struct {
	ReadOnly    bool
	CacheKiB    int         // page cache of each connection in KiB; 0 means DefaultCacheKiB
	Synchronous Synchronous // "" means Full
	// Authorize is asked about every step of a statement while SQLite reads it, on every
	// connection (https://sqlite.org/c3ref/set_authorizer.html); nil allows all.
	Authorize Authorizer
	// Unread is told the error at which a list broke off, which its reader gets as an error of a value;
	// nil tells nobody.
	Unread func(error)
}

// Authorizer tells whether a statement may do an action on the two names that SQLite gives for it,
// in that schema, within that trigger or view.
type Authorizer = func(action sqlite3.AuthorizerActionCode, first, second, schema, inner string) sqlite3.AuthorizerReturnCode

// Open opens the database at path, which is made when it does not exist. The first connection is
// made at once, so that a wrong key or folder is known here; the faults are KeyWrong,
// NotEncrypted and CannotOpen. The size of the pool is the caller's to set.
//
// Its driver name for dbx.NewFromDB is "sqlite3".
func Open(path string, key Key, o Options) (*sql.DB, error) {
	remember(key)
	query := url.Values{"_txlock": {"immediate"}}
	if o.ReadOnly {
		query.Set("mode", "ro")
		query.Set("_pragma", "query_only(ON)")
	}
	db, err := openDB(uri(path, key, query), o.setUp, o.Unread)
	if err != nil {
		return nil, CannotOpen.With("name", filepath.Base(path)).Because(err)
	}
	if err := db.Ping(); err != nil {
		db.Close()
		return nil, explain(err, path)
	}
	return db, nil
}

// explain gives the fault behind an error of opening a database.
func explain(err error, path string) error {
	if f, ok := fault.Of(err); ok {
		return f
	}
	return CannotOpen.With("name", filepath.Base(path)).Because(err)
}

// uri names an encrypted file to SQLite. It holds the key's public id, never the key.
func uri(path string, key Key, query url.Values) string {
	if query == nil {
		query = url.Values{}
	}
	query.Set("vfs", vfsName)
	query.Set(parameter, key.ID())
	return "file:" + uriPath(filepath.ToSlash(path)) + "?" + query.Encode()
}

// uriPath is a path with slashes as it stands in a URI (https://sqlite.org/uri.html#the_uri_path). A drive
// stands without the slash that SQLite takes away on Windows: this build of it is not of any system, and
// would look for the file "/C:/…". What begins with two slashes would be taken for the name of a machine.
func uriPath(slashed string) string {
	escaped := (&url.URL{Path: slashed}).EscapedPath()
	if strings.HasPrefix(slashed, "//") {
		return "//" + escaped
	}
	return escaped
}

// setUp prepares a new connection. The busy timeout comes first: switching to the write-ahead log
// already needs it when several connections open a new database.
func (o Options) setUp(c *sqlite3.Conn) error {
	if err := fts5.Register(c); err != nil {
		return err
	}
	if o.CacheKiB == 0 {
		o.CacheKiB = DefaultCacheKiB
	}
	if o.Synchronous == "" {
		o.Synchronous = Full
	}
	pragmas := []string{
		fmt.Sprintf("busy_timeout=%d", BusyWait.Milliseconds()),
		"temp_store=MEMORY",
		fmt.Sprintf("cache_size=-%d", o.CacheKiB),
		"foreign_keys=ON",
	}
	if !o.ReadOnly {
		pragmas = append(pragmas,
			"journal_mode=WAL",
			fmt.Sprintf("journal_size_limit=%d", logSizeLimit),
			"secure_delete=FAST", // what was deleted goes from the pages that are written anyway
			"synchronous="+string(o.Synchronous))
	}
	err := c.Exec("PRAGMA " + strings.Join(pragmas, "; PRAGMA "))
	if err == nil && o.Authorize != nil {
		err = c.SetAuthorizer(o.Authorize)
	}
	return err
}

// Native lends the driver's own connection to fn for as long as it runs, for what database/sql
// cannot say, such as backups and checkpoints. It is no faster for bulk inserts than a prepared
// statement of database/sql. fn must end the transactions that it begins.
func Native(ctx context.Context, db *sql.DB, fn func(*sqlite3.Conn) error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return On(conn, fn)
}

// On is Native for a connection that is held already.
func On(conn *sql.Conn, fn func(*sqlite3.Conn) error) error {
	return conn.Raw(func(d any) error { return fn(d.(driver.Conn).Raw()) })
}
