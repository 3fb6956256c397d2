package cipherdb

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// Limits of copying a file that stands still.
const (
	stillTries   = 100 // checkpoints, while somebody reads an older moment
	stillPause   = 20 * time.Millisecond
	stillCopiers = 4 // blocks copied side by side, where there are so many processors
)

// errMoving: the file did not come to a rest, so it is copied page by page.
var errMoving = errors.New("the database file does not stand still")

// fillStill copies the database file itself, which costs a third of copying page by page through
// SQLite. It makes the file hold still first, by SQLite's own rules
// (https://sqlite.org/wal.html#checkpointing): while one connection holds the right to write, another
// brings the whole log into the file and begins to read. From there on, for as long as it reads, no
// checkpoint may write what is newer than its moment into the file; writers go on in the log.
func (s *Snapshot) fillStill(ctx context.Context, db *sql.DB) error {
	if db.Stats().MaxOpenConnections == 1 { // two connections are needed
		return errMoving
	}
	return Native(ctx, db, func(reader *sqlite3.Conn) (err error) {
		if err := beginStill(ctx, db, reader); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, reader.Exec("ROLLBACK")) }()
		name := reader.Filename("main")
		file, ok := vfsutil.UnwrapFile[*cipherFile](name.DatabaseFile())
		key, known := recall(name.URIParameter(parameter))
		if !ok || !known {
			return errMoving
		}
		// read through SQLite's own handle: to open and close another one could drop its locks
		return s.recode(ctx, file.File, key)
	})
}

// beginStill begins to read at a moment at which the file holds everything.
func beginStill(ctx context.Context, db *sql.DB, reader *sqlite3.Conn) error {
	if _, _, err := reader.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE); err != nil { // most of it, nobody waits
		return errMoving
	}
	for range stillTries {
		err := Native(ctx, db, func(writer *sqlite3.Conn) (err error) {
			if err := writer.Exec("BEGIN IMMEDIATE"); err != nil {
				return errMoving
			}
			defer func() { err = errors.Join(err, writer.Exec("ROLLBACK")) }()
			inLog, inFile, err := reader.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
			if err != nil || inLog != inFile { // somebody reads an older moment
				return errMoving
			}
			return reader.Exec("BEGIN; SELECT count(*) FROM sqlite_schema")
		})
		if !errors.Is(err, errMoving) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(stillPause):
		}
	}
	return errMoving
}

// recode copies the file block by block, from its key to the snapshot's.
func (s *Snapshot) recode(ctx context.Context, from vfs.File, key Key) error {
	size, err := from.Size()
	if err != nil {
		return err
	}
	if size == 0 || size%sectorSize != 0 {
		return errMoving
	}
	to, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	var next atomic.Int64
	failed := make([]error, min(stillCopiers, runtime.GOMAXPROCS(0)))
	var copiers sync.WaitGroup
	for i := range failed {
		copiers.Go(func() {
			one := recoder{open: newXTS(key), seal: newXTS(s.key), block: make([]byte, snapshotRead)}
			for failed[i] == nil {
				at := next.Add(snapshotRead) - snapshotRead
				if at >= size {
					return
				}
				if failed[i] = ctx.Err(); failed[i] == nil {
					failed[i] = one.copy(from, to, at, min(snapshotRead, size-at))
				}
			}
		})
	}
	copiers.Wait()
	return errors.Join(append(failed, to.Close())...)
}

// recoder copies blocks; each has ciphers and room of its own.
type recoder struct {
	open, seal *xts
	block      []byte
}

func (r *recoder) copy(from io.ReaderAt, to io.WriterAt, at, length int64) error {
	block := r.block[:length]
	if n, err := from.ReadAt(block, at); int64(n) != length {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	r.open.decrypt(block, uint64(at/sectorSize))
	if at == 0 {
		block[writeVersionAt], block[readVersionAt] = rollbackFormat, rollbackFormat // it has no log
	}
	r.seal.encrypt(block, uint64(at/sectorSize))
	_, err := to.WriteAt(block, at)
	return err
}
