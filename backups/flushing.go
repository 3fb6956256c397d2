package backups

import (
	"io"
	"os"
	"sync"
)

// flushEvery is how much of a file is written before it goes to the disk.
const flushEvery = 8 << 20

// flushing writes a file and brings it to the disk as it goes, beside the writing: where a large file is
// flushed at its end alone, whoever saves in the register waits behind all of it.
type flushing struct {
	file   io.Writer
	sync   func() error
	since  int
	turn   chan struct{} // held by the flush that is under way
	done   sync.WaitGroup
	mu     sync.Mutex
	failed error // of a flush: the system tells it once
}

func newFlushing(file *os.File) *flushing {
	return &flushing{file: file, sync: file.Sync, turn: make(chan struct{}, 1)}
}

func (f *flushing) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	if f.since += n; f.since < flushEvery {
		return n, err
	}
	select {
	case f.turn <- struct{}{}:
		f.since = 0
		f.done.Go(f.flush)
	default: // with the next one
	}
	return n, err
}

func (f *flushing) flush() {
	err := f.sync()
	f.mu.Lock()
	if f.failed == nil {
		f.failed = err
	}
	f.mu.Unlock()
	<-f.turn
}

// end brings the rest to the disk. The error is the first of any flush.
func (f *flushing) end() error {
	f.done.Wait()
	f.turn <- struct{}{}
	f.flush()
	return f.failed
}
