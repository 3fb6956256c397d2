package cipherdb

import (
	"runtime"
	"strings"
	"sync"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// A gate makes the reads and writes of one write-ahead log atomic to each other.
//
// SQLite lets readers look at committed frames while a writer appends behind them, because on a
// plain file the two never touch the same bytes. On an encrypted file they do: the cipher works
// on blocks of 16 bytes and frames are 4120 bytes long, so an append rewrites the block that
// holds the end of the frame before it. A reader in that instant would see half of each.
type gate struct {
	sync.RWMutex
	users int // open files on this log, guarded by gates
}

// gates holds the gate of every log that is open in this process, by canonical path.
var gates = struct {
	sync.Mutex
	byPath map[string]*gate
}{byPath: map[string]*gate{}}

// enterGate finds or makes the gate of a log. SQLite passes absolute paths with symbolic links
// resolved, so equal files have equal paths but for letter case on Windows.
func enterGate(path string) (*gate, string) {
	if runtime.GOOS == "windows" {
		path = strings.ToLower(path)
	}
	gates.Lock()
	defer gates.Unlock()
	g := gates.byPath[path]
	if g == nil {
		g = &gate{}
		gates.byPath[path] = g
	}
	g.users++
	return g, path
}

// leaveGate drops a gate with its last user.
func leaveGate(g *gate, path string) {
	gates.Lock()
	defer gates.Unlock()
	if g.users--; g.users == 0 {
		delete(gates.byPath, path)
	}
}

// gatedFile is a write-ahead log behind its gate. Only logs are wrapped: the main database file
// is handed to SQLite as it is, with its shared memory and all its optional methods.
type gatedFile struct {
	vfs.File
	gate *gate
	path string
	once sync.Once
}

func newGatedFile(f vfs.File, path string) *gatedFile {
	g, canonical := enterGate(path)
	return &gatedFile{File: f, gate: g, path: canonical}
}

func (f *gatedFile) ReadAt(p []byte, off int64) (int, error) {
	f.gate.RLock()
	defer f.gate.RUnlock()
	return f.File.ReadAt(p, off)
}

func (f *gatedFile) WriteAt(p []byte, off int64) (int, error) {
	f.gate.Lock()
	defer f.gate.Unlock()
	return f.File.WriteAt(p, off)
}

func (f *gatedFile) Truncate(size int64) error {
	f.gate.Lock()
	defer f.gate.Unlock()
	return f.File.Truncate(size)
}

func (f *gatedFile) Close() error {
	f.once.Do(func() { leaveGate(f.gate, f.path) })
	return f.File.Close()
}

// Unwrap gives the encrypted file, for [vfsutil.UnwrapFile].
func (f *gatedFile) Unwrap() vfs.File { return f.File }

// The optional methods that SQLite may call on a log are passed on: an embedded interface hides
// them otherwise, and SQLite would silently do without.

// SizeHint implements [vfs.FileSizeHint].
func (f *gatedFile) SizeHint(size int64) error { return vfsutil.WrapSizeHint(f.File, size) }

// ChunkSize implements [vfs.FileChunkSize].
func (f *gatedFile) ChunkSize(size int) { vfsutil.WrapChunkSize(f.File, size) }

// HasMoved implements [vfs.FileHasMoved].
func (f *gatedFile) HasMoved() (bool, error) { return vfsutil.WrapHasMoved(f.File) }

// LockState implements [vfs.FileLockState].
func (f *gatedFile) LockState() vfs.LockLevel { return vfsutil.WrapLockState(f.File) }
