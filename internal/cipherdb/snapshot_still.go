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

// ErrMoving: the file did not come to a rest, because somebody reads on in an older moment.
var ErrMoving = errors.New("the database file does not stand still")

// Held is a database as it stands at one moment, read where it lies: its file is kept still meanwhile.
type Held struct {
	conn *sql.Conn
	file vfs.File
	key  Key
	size int64
}

// Hold makes the file of db hold still until Close, by SQLite's own rules
// (https://sqlite.org/wal.html#checkpointing): while one connection holds the right to write, another
// brings the whole log into the file and begins to read. From there on, for as long as it reads, no
// checkpoint may write what is newer than its moment into the file; writers go on in the log, which
// grows meanwhile. Two connections of db are needed, one of them until Close. The error is ErrMoving
// where the file does not come to a rest.
func Hold(ctx context.Context, db *sql.DB) (h *Held, err error) {
	if db.Stats().MaxOpenConnections == 1 {
		return nil, ErrMoving
	}
	h = &Held{}
	if h.conn, err = db.Conn(ctx); err != nil {
		return nil, err
	}
	err = On(h.conn, func(reader *sqlite3.Conn) (err error) {
		if err := beginStill(ctx, db, reader); err != nil {
			return err
		}
		if err := h.open(reader); err != nil {
			return errors.Join(err, reader.Exec("ROLLBACK"))
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, h.conn.Close())
	}
	return h, nil
}

// open finds the file under the reader. It is read through SQLite's own handle: to open and close
// another one could drop its locks.
func (h *Held) open(reader *sqlite3.Conn) (err error) {
	name := reader.Filename("main")
	file, ok := vfsutil.UnwrapFile[*cipherFile](name.DatabaseFile())
	key, known := recall(name.URIParameter(parameter))
	if !ok || !known {
		return ErrMoving
	}
	h.file, h.key = file.File, key
	if h.size, err = h.file.Size(); err != nil {
		return err
	}
	if h.size == 0 || h.size%sectorSize != 0 {
		return ErrMoving
	}
	return nil
}

// DB reads the moment, one query at a time.
func (h *Held) DB() Queryer { return h.conn }

// Size is the size of the plain database in bytes.
func (h *Held) Size() int64 { return h.size }

// Plain reads the whole database as any SQLite opens it, decrypted as it goes. It has no log.
func (h *Held) Plain() (io.ReadCloser, error) {
	return newPlainReader(io.NewSectionReader(h.file, 0, h.size), nil, h.key), nil
}

// Close lets the file move again.
func (h *Held) Close() error {
	_, err := h.conn.ExecContext(context.Background(), "ROLLBACK")
	h.key = Key{}
	return errors.Join(err, h.conn.Close())
}

// fillStill copies the file while it stands still, which costs a third of copying page by page
// through SQLite.
func (s *Snapshot) fillStill(ctx context.Context, db *sql.DB) error {
	held, err := Hold(ctx, db)
	if err != nil {
		return err
	}
	return errors.Join(s.recode(ctx, held), held.Close())
}

// beginStill begins to read at a moment at which the file holds everything.
func beginStill(ctx context.Context, db *sql.DB, reader *sqlite3.Conn) error {
	if _, _, err := reader.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE); err != nil { // most of it, nobody waits
		return ErrMoving
	}
	for range stillTries {
		err := Native(ctx, db, func(writer *sqlite3.Conn) (err error) {
			if err := writer.Exec("BEGIN IMMEDIATE"); err != nil {
				return ErrMoving
			}
			defer func() { err = errors.Join(err, writer.Exec("ROLLBACK")) }()
			inLog, inFile, err := reader.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
			if err != nil || inLog != inFile { // somebody reads an older moment
				return ErrMoving
			}
			return reader.Exec("BEGIN; SELECT count(*) FROM sqlite_schema")
		})
		if !errors.Is(err, ErrMoving) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(stillPause):
		}
	}
	return ErrMoving
}

// recode copies the file block by block, from its key to the snapshot's.
func (s *Snapshot) recode(ctx context.Context, from *Held) error {
	to, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	var next atomic.Int64
	failed := make([]error, min(stillCopiers, runtime.GOMAXPROCS(0)))
	var copiers sync.WaitGroup
	for i := range failed {
		copiers.Go(func() {
			one := recoder{open: newXTS(from.key), seal: newXTS(s.key), block: make([]byte, snapshotRead)}
			for failed[i] == nil {
				at := next.Add(snapshotRead) - snapshotRead
				if at >= from.size {
					return
				}
				if failed[i] = ctx.Err(); failed[i] == nil {
					failed[i] = one.copy(from.file, to, at, min(snapshotRead, from.size-at))
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
