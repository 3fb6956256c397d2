package cipherdb

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// slowFile writes byte by byte and lets others run in between.
type slowFile struct {
	vfs.File
	mu   sync.Mutex
	data [16]byte
}

func (f *slowFile) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		f.mu.Lock()
		p[i] = f.data[off+int64(i)]
		f.mu.Unlock()
		linger()
	}
	return len(p), nil
}

func (f *slowFile) WriteAt(p []byte, off int64) (int, error) {
	for i := range p {
		f.mu.Lock()
		f.data[off+int64(i)] = p[i]
		f.mu.Unlock()
		linger()
	}
	return len(p), nil
}

// linger lets others run, now and then more than one of them: a reader and a writer that take turns would
// never overtake each other.
func linger() {
	for range rand.IntN(3) {
		runtime.Gosched()
	}
}

func (f *slowFile) Close() error { return nil }

// tornReads counts the reads of two handles on one slow file that mix two writes.
func tornReads(a, b vfs.File) (torn int) {
	var writer sync.WaitGroup
	stop, begun := make(chan struct{}), make(chan struct{})
	writer.Go(func() {
		for i := 0; ; i++ {
			if i == 1 {
				close(begun)
			}
			select {
			case <-stop:
				return
			default:
				a.WriteAt(bytes.Repeat([]byte{byte(i)}, 16), 0)
			}
		}
	})
	<-begun
	got := make([]byte, 16)
	for range 2000 {
		b.ReadAt(got, 0)
		if !bytes.Equal(got, bytes.Repeat(got[:1], 16)) {
			torn++
		}
	}
	close(stop)
	writer.Wait()
	return torn
}

func TestGateKeepsWritesWhole(t *testing.T) {
	bare := &slowFile{}
	if tornReads(bare, bare) == 0 {
		t.Fatal("the slow file tears nothing, so that the gate cannot be tested with it")
	}
	file := &slowFile{}
	a, b := newGatedFile(file, "/gate/data.db-wal"), newGatedFile(file, "/gate/data.db-wal")
	if n := tornReads(a, b); n != 0 {
		t.Errorf("%d torn reads behind the gate", n)
	}
	if a.gate != b.gate {
		t.Error("one log, two gates")
	}
	a.Close()
	a.Close() // closing twice must not count twice
	if _, open := gates.byPath["/gate/data.db-wal"]; !open {
		t.Error("the gate went with its first user")
	}
	b.Close()
	if _, open := gates.byPath["/gate/data.db-wal"]; open {
		t.Error("the gate stayed behind its last user")
	}
}

// The database file must reach SQLite with its shared memory, and the log behind its gate.
func TestWhatSQLiteIsGiven(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	db, err := Open(path, Key{1}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE a (b)"); err != nil {
		t.Fatal(err)
	}
	err = Native(t.Context(), db, func(c *sqlite3.Conn) error {
		file, err := c.FileControl("main", sqlite3.FCNTL_FILE_POINTER)
		if err != nil {
			return err
		}
		if f, ok := file.(vfs.FileSharedMemory); !ok || f.SharedMemory() == nil {
			t.Error("the database has no shared memory")
		}
		log, err := c.FileControl("main", sqlite3.FCNTL_JOURNAL_POINTER)
		if _, ok := log.(*gatedFile); !ok {
			t.Errorf("the log is a %T", log)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := openGates(path); n != 1 {
		t.Errorf("%d gates for one database", n)
	}
	db.Close()
	if n := openGates(path); n != 0 {
		t.Errorf("%d gates after closing", n)
	}
}

func openGates(path string) (n int) {
	gates.Lock()
	defer gates.Unlock()
	for open := range gates.byPath {
		if strings.EqualFold(filepath.Dir(open), filepath.Dir(path)) {
			n++
		}
	}
	return n
}
