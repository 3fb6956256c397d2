package backups

import (
	"bytes"
	"errors"
	"sync/atomic"
	"testing"
)

// A large file goes to the disk as it is written, beside the writing; a flush that fails is told at the end,
// though the later ones succeed, as the system tells an error of writing once.
func TestALargeFileIsFlushedAsItGoes(t *testing.T) {
	var to bytes.Buffer
	var flushes, under atomic.Int32
	broken := errors.New("the disk is gone")
	f := &flushing{file: &to, turn: make(chan struct{}, 1), sync: func() error {
		if under.Add(1) > 1 {
			t.Error("two flushes at once")
		}
		defer under.Add(-1)
		if flushes.Add(1) == 2 {
			return broken
		}
		return nil
	}}
	part := bytes.Repeat([]byte("客户"), 1<<16)
	const parts = 100
	for range parts {
		if n, err := f.Write(part); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
		if f.since == 0 {
			f.done.Wait() // a disk that keeps up
		}
	}
	begun := int(flushes.Load())
	if want := parts * len(part) / flushEvery; begun < want-1 || begun > want {
		t.Errorf("%d flushes while %d bytes were written", begun, parts*len(part))
	}
	if err := f.end(); !errors.Is(err, broken) {
		t.Errorf("the end says %v", err)
	}
	if flushes.Load() != int32(begun)+1 {
		t.Error("the rest was not flushed")
	}
	if !bytes.Equal(to.Bytes(), bytes.Repeat(part, parts)) {
		t.Error("other bytes were written")
	}
}
