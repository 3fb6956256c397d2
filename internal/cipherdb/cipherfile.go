package cipherdb

import (
	"io"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// cipherFile encrypts what SQLite writes to a file and decrypts what it reads. The file has the
// format of the driver's own "xts" file system, which can open it with the same key. Unlike that,
// it moves any number of sectors with one call to the operating system.
type cipherFile struct {
	vfs.File
	xts *xts
	buf []byte
}

// span is the whole sectors that a range of bytes touches.
func span(off int64, length int) (first, last int64) {
	first = off &^ (sectorSize - 1)
	last = roundUp(off + int64(length))
	return first, last
}

func roundUp(n int64) int64 { return (n + sectorSize - 1) &^ (sectorSize - 1) }

// room gives a buffer of n bytes that lasts until the next call.
func (f *cipherFile) room(n int64) []byte {
	if int64(cap(f.buf)) < n {
		f.buf = make([]byte, n)
	}
	return f.buf[:n]
}

// ReadAt implements [io.ReaderAt]. A sector that the file ends in counts as not there.
func (f *cipherFile) ReadAt(p []byte, off int64) (int, error) {
	first, last := span(off, len(p))
	sectors := p
	if aligned := first == off && last == off+int64(len(p)); !aligned {
		sectors = f.room(last - first)
	}
	n, err := f.File.ReadAt(sectors, first)
	n &^= sectorSize - 1
	f.xts.decrypt(sectors[:n], uint64(first/sectorSize))
	if n == len(sectors) {
		err = nil
	} else if err == nil {
		err = io.ErrUnexpectedEOF
	}
	if len(sectors) == len(p) {
		return n, err
	}
	skip := int(off - first)
	return copy(p, sectors[min(skip, n):n]), err
}

// WriteAt implements [io.WriterAt]. Sectors that are written in part are read first; those past
// the end of the file begin as zeros.
func (f *cipherFile) WriteAt(p []byte, off int64) (int, error) {
	first, last := span(off, len(p))
	sectors := f.room(last - first)
	if first < off {
		if err := f.readSector(sectors[:sectorSize], first); err != nil {
			return 0, err
		}
	}
	if end := off + int64(len(p)); end < last && (first == off || last-first > sectorSize) {
		if err := f.readSector(sectors[len(sectors)-sectorSize:], last-sectorSize); err != nil {
			return 0, err
		}
	}
	copy(sectors[off-first:], p)
	f.xts.encrypt(sectors, uint64(first/sectorSize))
	if _, err := f.File.WriteAt(sectors, first); err != nil {
		return 0, err
	}
	return len(p), nil
}

// readSector reads and decrypts one sector. A sector that is not there, or cut off, is all zeros:
// what is left of a cut one cannot be decrypted.
func (f *cipherFile) readSector(sector []byte, at int64) error {
	n, err := f.File.ReadAt(sector, at)
	if n == sectorSize {
		f.xts.decrypt(sector, uint64(at/sectorSize))
		return nil
	}
	if err != nil && err != io.EOF {
		return err
	}
	clear(sector)
	return nil
}

// Truncate implements [vfs.File].
func (f *cipherFile) Truncate(size int64) error { return f.File.Truncate(roundUp(size)) }

// SectorSize implements [vfs.File]. Both sizes are powers of two.
func (f *cipherFile) SectorSize() int { return max(f.File.SectorSize(), sectorSize) }

// DeviceCharacteristics implements [vfs.File]: what still holds when writing a byte rewrites its
// sector. Above all, bytes beside those written are at risk when the power fails, so SQLite must
// pad its log (https://sqlite.org/psow.html).
func (f *cipherFile) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return f.File.DeviceCharacteristics() & (vfs.IOCAP_ATOMIC512 | vfs.IOCAP_IMMUTABLE |
		vfs.IOCAP_SEQUENTIAL | vfs.IOCAP_SUBPAGE_READ | vfs.IOCAP_BATCH_ATOMIC |
		vfs.IOCAP_UNDELETABLE_WHEN_OPEN)
}

// Unwrap implements [vfs.FileUnwrap].
func (f *cipherFile) Unwrap() vfs.File { return f.File }

// The optional methods are passed on, because an embedded interface hides them and SQLite would
// silently do without: without shared memory there would be no log. Memory mapping is left out on
// purpose; it would show SQLite the encrypted bytes.

func (f *cipherFile) ChunkSize(n int) { vfsutil.WrapChunkSize(f.File, int(roundUp(int64(n)))) }

func (f *cipherFile) SizeHint(n int64) error { return vfsutil.WrapSizeHint(f.File, roundUp(n)) }

func (f *cipherFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }

func (f *cipherFile) LockState() vfs.LockLevel { return vfsutil.WrapLockState(f.File) }

func (f *cipherFile) PersistWAL() bool { return vfsutil.WrapPersistWAL(f.File) }

func (f *cipherFile) SetPersistWAL(keep bool) { vfsutil.WrapSetPersistWAL(f.File, keep) }

func (f *cipherFile) HasMoved() (bool, error) { return vfsutil.WrapHasMoved(f.File) }

func (f *cipherFile) Overwrite() error { return vfsutil.WrapOverwrite(f.File) }

func (f *cipherFile) SyncSuper(name string) error { return vfsutil.WrapSyncSuper(f.File, name) }

func (f *cipherFile) CommitPhaseTwo() error { return vfsutil.WrapCommitPhaseTwo(f.File) }

func (f *cipherFile) BeginAtomicWrite() error { return vfsutil.WrapBeginAtomicWrite(f.File) }

func (f *cipherFile) CommitAtomicWrite() error { return vfsutil.WrapCommitAtomicWrite(f.File) }

func (f *cipherFile) RollbackAtomicWrite() error {
	return vfsutil.WrapRollbackAtomicWrite(f.File)
}

func (f *cipherFile) CheckpointStart() { vfsutil.WrapCheckpointStart(f.File) }

func (f *cipherFile) CheckpointDone() { vfsutil.WrapCheckpointDone(f.File) }

func (f *cipherFile) BusyHandler(busy func() bool) { vfsutil.WrapBusyHandler(f.File, busy) }
