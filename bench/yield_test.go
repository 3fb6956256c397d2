package bench

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// logBound is three fillings of the log beyond which it is emptied; the whole import writes more.
const logBound = 3 * 4000 * 4096

// TestImportsLeaveRoomForOthers: while an import runs, others list and save, none is refused, and
// the write-ahead log is emptied again and again: it never holds the whole import.
func TestImportsLeaveRoomForOthers(t *testing.T) {
	const rows = 16_000
	dir := t.TempDir()
	book := filepath.Join(dir, "clean.xlsx")
	if _, err := writeFile(book, rows, 0); err != nil {
		t.Fatal(err)
	}
	r, err := open(t.Context(), filepath.Join(dir, "register"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if err := r.people(); err != nil {
		t.Fatal(err)
	}
	others := startLoad(context.Background(), r, true)
	largest := watchSize(filepath.Join(dir, "register", "data", "data.db-wal"))
	counts, err := r.importBook(context.Background(), book, nil)
	most := largest()
	if err != nil || counts["created"]+counts["incomplete"] != rows {
		t.Fatal(counts, err)
	}
	latencies := others.end().all()
	for _, took := range latencies {
		if took >= time.Minute {
			t.Error("a request beside the import was refused")
		}
	}
	if len(latencies) < 5 {
		t.Errorf("only %d requests went beside the import: is it too short to tell?", len(latencies))
	}
	if most == 0 || most > logBound {
		t.Errorf("the log grew to %d MiB", most>>20)
	}
}

// watchSize looks at a file every few milliseconds until it is asked how large it was at the most.
func watchSize(path string) (end func() int64) {
	stop, answer := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		for {
			if info, err := os.Stat(path); err == nil {
				most = max(most, info.Size())
			}
			select {
			case <-stop:
				answer <- most
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(stop)
		return <-answer
	}
}
