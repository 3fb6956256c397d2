package cipherdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// Limits of a snapshot.
const (
	snapshotStep     = 4096    // pages copied between two looks at the context
	snapshotRead     = 1 << 20 // bytes decrypted at a time
	plainBlocks      = 3       // of that size, decrypted ahead
	snapshotCacheKiB = 4 << 10
)

// Places in the header of a database (https://sqlite.org/fileformat.html#file_format_version_numbers)
// and the value there of a file without a write-ahead log.
const (
	writeVersionAt = 18
	readVersionAt  = 19
	rollbackFormat = 1
)

// Moment is a database as it stands, or stood, at one moment.
type Moment interface {
	// DB reads the moment.
	DB() Queryer
	// Size is the size of the plain database in bytes.
	Size() int64
	// Plain reads the whole database as any SQLite opens it, decrypted as it goes. It has no log.
	Plain() (io.ReadCloser, error)
	Close() error
}

// Queryer asks a database: one connection of it, or any.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Snapshot is a database as it stood at one moment, in a file of its own that is encrypted with a
// key which only this process ever holds: what a crash leaves can be read by nobody.
type Snapshot struct {
	path string
	key  Key
	size int64
	db   *sql.DB
}

// NewSnapshot copies db into a new file in dir. It holds a read transaction meanwhile; writers go on
// in the log. The key is read from random.
func NewSnapshot(ctx context.Context, db *sql.DB, dir string, random io.Reader) (*Snapshot, error) {
	s := &Snapshot{}
	if _, err := io.ReadFull(random, s.key[:]); err != nil {
		return nil, ScratchFailed.Because(err)
	}
	file, err := os.CreateTemp(dir, scratchPattern)
	if err != nil {
		return nil, ScratchFailed.Because(err)
	}
	s.path = file.Name()
	if err := errors.Join(file.Close(), s.fill(ctx, db)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// fill copies the file, or page by page where somebody reads on in an older moment.
func (s *Snapshot) fill(ctx context.Context, db *sql.DB) error {
	remember(s.key)
	err := s.fillStill(ctx, db)
	if errors.Is(err, ErrMoving) {
		err = s.fillPages(ctx, db)
	}
	if err != nil {
		return ScratchFailed.Because(err)
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return ScratchFailed.Because(err)
	}
	s.size = info.Size()
	s.db, err = driver.Open(uri(s.path, s.key, url.Values{"mode": {"ro"}, "immutable": {"1"}}),
		func(c *sqlite3.Conn) error {
			return c.Exec(fmt.Sprintf("PRAGMA temp_store=MEMORY; PRAGMA cache_size=-%d", snapshotCacheKiB))
		})
	if err != nil {
		return ScratchFailed.Because(err)
	}
	s.db.SetMaxOpenConns(1)
	return nil
}

// fillPages copies within one read transaction: a writer in between would make SQLite begin anew.
func (s *Snapshot) fillPages(ctx context.Context, db *sql.DB) error {
	return Native(ctx, db, func(c *sqlite3.Conn) (err error) {
		if err := c.Exec("BEGIN; SELECT count(*) FROM sqlite_schema"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Exec("ROLLBACK")) }()
		b, err := c.BackupInit("main", uri(s.path, s.key, nil))
		if err != nil {
			return err
		}
		return errors.Join(s.copyPages(ctx, b), b.Close())
	})
}

func (s *Snapshot) copyPages(ctx context.Context, b *sqlite3.Backup) error {
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if done, err = b.Step(snapshotStep); err != nil {
			return err
		}
	}
	return nil
}

// DB reads the snapshot.
func (s *Snapshot) DB() Queryer { return s.db }

// Size is the size of the plain database in bytes.
func (s *Snapshot) Size() int64 { return s.size }

// Plain reads the whole database as any SQLite opens it, decrypted as it goes. It has no log.
func (s *Snapshot) Plain() (io.ReadCloser, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return nil, ScratchFailed.Because(err)
	}
	return newPlainReader(file, file, s.key), nil
}

// Close removes the file and forgets the key.
func (s *Snapshot) Close() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	forget(s.key)
	s.key = Key{}
	for _, beside := range []string{"", "-journal"} {
		if gone := os.Remove(s.path + beside); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// plainReader decrypts a database file from its beginning to its end, a few blocks ahead of whoever
// reads: to decrypt takes half as long as what a backup does with it.
type plainReader struct {
	blocks chan []byte // decrypted
	empty  chan []byte
	stop   chan struct{}
	failed error // once blocks is closed; io.EOF at the end
	block  []byte
	rest   []byte
}

// newPlainReader reads from, which is closed with it unless it is nil.
func newPlainReader(from io.Reader, closes io.Closer, key Key) *plainReader {
	r := &plainReader{blocks: make(chan []byte, plainBlocks), empty: make(chan []byte, plainBlocks),
		stop: make(chan struct{})}
	for range plainBlocks {
		r.empty <- make([]byte, snapshotRead)
	}
	go func() {
		defer close(r.blocks)
		r.failed = r.decrypt(from, newXTS(key))
		if closes != nil {
			_ = closes.Close() // it was only read
		}
	}()
	return r
}

func (r *plainReader) decrypt(from io.Reader, key *xts) error {
	for sector := uint64(0); ; {
		var block []byte
		select {
		case <-r.stop:
			return os.ErrClosed
		case block = <-r.empty:
		}
		n, err := io.ReadFull(from, block[:snapshotRead])
		if n%sectorSize != 0 {
			return ScratchFailed.Because(io.ErrUnexpectedEOF)
		}
		if n == 0 {
			return err
		}
		block = block[:n]
		key.decrypt(block, sector)
		if sector == 0 {
			block[writeVersionAt], block[readVersionAt] = rollbackFormat, rollbackFormat
		}
		sector += uint64(n / sectorSize)
		r.blocks <- block // there is room for all
	}
}

// Read implements [io.Reader].
func (r *plainReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.block != nil {
			r.empty <- r.block
		}
		var more bool
		if r.block, more = <-r.blocks; !more {
			return 0, r.failed
		}
		r.rest = r.block
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Close implements [io.Closer]. Nothing is read any more when it returns.
func (r *plainReader) Close() error {
	close(r.stop)
	for range r.blocks {
	}
	return nil
}

// NewWriter encrypts a plain database that is written to it from its beginning to its end, so that
// what reaches w can be opened with Open. Close must be called, and does not close w.
func NewWriter(w io.Writer, key Key) io.WriteCloser {
	return &cipherWriter{w: w, xts: newXTS(key), buf: make([]byte, 0, snapshotRead)}
}

type cipherWriter struct {
	w      io.Writer
	xts    *xts
	buf    []byte
	sector uint64
}

// Write implements [io.Writer].
func (w *cipherWriter) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := copy(w.buf[len(w.buf):cap(w.buf)], p)
		w.buf = w.buf[:len(w.buf)+n]
		p, written = p[n:], written+n
		if len(w.buf) == cap(w.buf) {
			if err := w.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

func (w *cipherWriter) flush() error {
	w.xts.encrypt(w.buf, w.sector)
	w.sector += uint64(len(w.buf) / sectorSize)
	_, err := w.w.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// Close writes what is left. A database ends with a whole sector.
func (w *cipherWriter) Close() error {
	if len(w.buf)%sectorSize != 0 {
		return io.ErrUnexpectedEOF
	}
	return w.flush()
}
