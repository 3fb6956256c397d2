package cipherdb

import (
	"container/list"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/ncruces/go-sqlite3"

	"kehu/internal/fault"
)

// ScratchFailed is answered when the disk refuses intermediate data.
var ScratchFailed = fault.Define("scratch_failed",
	"临时数据无法写入数据目录，请检查磁盘空间和写权限后重试",
	"intermediate data cannot be written to the data directory: "+
		"check its free space and permissions, then try again")

// Limits of a scratch file.
const (
	scratchPattern   = "scratch-*.tmpdb"
	scratchBlock     = 4 << 10 // bytes of strings that are stored, read and cached together
	scratchCache     = 2048    // blocks kept decoded: some 12 MiB
	scratchPerCommit = 16384   // blocks
	scratchCacheKiB  = 2 << 10
)

// ScratchStrings is a long list of strings on disk, encrypted with a key that only this process
// ever holds: what a crash leaves cannot be read by anyone. It is for one goroutine.
//
// Strings are kept in blocks of about 4 KiB: appending costs half a microsecond, a walk in roughly
// the order of appending finds most strings in memory, and one far away costs some 40 µs.
type ScratchStrings struct {
	path   string
	key    Key
	conn   *sqlite3.Conn
	insert *sqlite3.Stmt
	fetch  *sqlite3.Stmt

	tail   []byte // encoded strings of the block that is still open
	count  int    // strings appended
	firsts []int  // the number of the first string of each stored block
	open   int    // the number of the first string in tail

	tailValues []string // tail decoded, since the last string was appended

	blocks map[int]*list.Element // decoded blocks by number
	recent *list.List            // of *scratchBlockData, the latest used in front
}

type scratchBlockData struct {
	number int
	values []string
}

// NewScratchStrings makes an empty list in a file of its own in dir. The key is read from random.
func NewScratchStrings(dir string, random io.Reader) (*ScratchStrings, error) {
	s := &ScratchStrings{blocks: map[int]*list.Element{}, recent: list.New()}
	if _, err := io.ReadFull(random, s.key[:]); err != nil {
		return nil, ScratchFailed.Because(err)
	}
	file, err := os.CreateTemp(dir, scratchPattern)
	if err != nil {
		return nil, ScratchFailed.Because(err)
	}
	s.path = file.Name()
	if err := errors.Join(file.Close(), s.connect()); err != nil {
		return nil, errors.Join(ScratchFailed.Because(err), s.Close())
	}
	return s, nil
}

// connect opens the file. Nothing in it needs to survive, so there is no journal and no waiting
// for the disk.
func (s *ScratchStrings) connect() (err error) {
	remember(s.key)
	if s.conn, err = sqlite3.Open(uri(s.path, s.key, nil)); err != nil {
		return err
	}
	err = s.conn.Exec(fmt.Sprintf(`PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
		PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-%d;
		CREATE TABLE blocks (number INTEGER PRIMARY KEY, body BLOB NOT NULL); BEGIN`,
		scratchCacheKiB))
	if err != nil {
		return err
	}
	if s.insert, _, err = s.conn.Prepare("INSERT INTO blocks VALUES (?, ?)"); err != nil {
		return err
	}
	s.fetch, _, err = s.conn.Prepare("SELECT body FROM blocks WHERE number = ?")
	return err
}

// Len is the number of strings appended.
func (s *ScratchStrings) Len() int { return s.count }

// Append adds a string at the end.
func (s *ScratchStrings) Append(value string) error {
	s.tail = binary.AppendUvarint(s.tail, uint64(len(value)))
	s.tail = append(s.tail, value...)
	s.count++
	s.tailValues = nil
	if len(s.tail) < scratchBlock {
		return nil
	}
	return s.store()
}

// store writes the open block and begins the next one.
func (s *ScratchStrings) store() error {
	number := len(s.firsts)
	err := errors.Join(
		s.insert.BindInt(1, number), s.insert.BindBlob(2, s.tail), s.insert.Exec())
	if err == nil && (number+1)%scratchPerCommit == 0 {
		err = s.conn.Exec("COMMIT; BEGIN")
	}
	if err != nil {
		return ScratchFailed.Because(err)
	}
	s.firsts = append(s.firsts, s.open)
	s.open, s.tail = s.count, s.tail[:0]
	return nil
}

// ErrNoString is answered for a number that no string has.
var ErrNoString = errors.New("cipherdb: no string of that number")

// Get returns the i-th string, counted from zero.
func (s *ScratchStrings) Get(i int) (string, error) {
	if i < 0 || i >= s.count {
		return "", ErrNoString
	}
	if i >= s.open {
		return s.fromTail(i - s.open)
	}
	number := sort.SearchInts(s.firsts, i+1) - 1
	values, err := s.block(number)
	if err != nil {
		return "", err
	}
	return values[i-s.firsts[number]], nil
}

func (s *ScratchStrings) fromTail(i int) (_ string, err error) {
	if s.tailValues == nil {
		s.tailValues, err = decodeBlock(s.tail)
	}
	if err != nil {
		return "", err
	}
	return s.tailValues[i], nil
}

// block returns a stored block, from memory when it was used lately.
func (s *ScratchStrings) block(number int) ([]string, error) {
	if e, ok := s.blocks[number]; ok {
		s.recent.MoveToFront(e)
		return e.Value.(*scratchBlockData).values, nil
	}
	values, err := s.read(number)
	if err != nil {
		return nil, ScratchFailed.Because(err)
	}
	s.blocks[number] = s.recent.PushFront(&scratchBlockData{number, values})
	if s.recent.Len() > scratchCache {
		oldest := s.recent.Remove(s.recent.Back()).(*scratchBlockData)
		delete(s.blocks, oldest.number)
	}
	return values, nil
}

func (s *ScratchStrings) read(number int) ([]string, error) {
	if err := s.fetch.BindInt(1, number); err != nil {
		return nil, err
	}
	if !s.fetch.Step() {
		return nil, errors.Join(errDamagedBlock, s.fetch.Reset())
	}
	values, err := decodeBlock(s.fetch.ColumnRawBlob(0))
	return values, errors.Join(err, s.fetch.Reset())
}

var errDamagedBlock = errors.New("cipherdb: damaged scratch block")

// decodeBlock reads strings, each behind its length as a varint. They share one allocation.
func decodeBlock(body []byte) ([]string, error) {
	var values []string
	text := string(body)
	for at := 0; at < len(body); {
		n, width := binary.Uvarint(body[at:])
		if width <= 0 || n > uint64(len(body)-at-width) {
			return nil, errDamagedBlock
		}
		at += width
		values = append(values, text[at:at+int(n)])
		at += int(n)
	}
	return values, nil
}

// Close removes the file and forgets the key.
func (s *ScratchStrings) Close() error {
	var err error
	if s.conn != nil {
		err = errors.Join(s.insert.Close(), s.fetch.Close(), s.conn.Close())
		s.conn = nil
	}
	forget(s.key)
	s.key = Key{}
	if gone := os.Remove(s.path); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// SweepScratch removes what killed processes have left in dir. It is for the start, when no other
// process works on the data directory.
func SweepScratch(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if left, _ := filepath.Match(scratchPattern+"*", e.Name()); left {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}
