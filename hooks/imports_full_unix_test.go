//go:build unix

package hooks_test

import (
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kehu/tests"
)

// roomVariable says how far past the database's size the log may grow in the child: beyond it every
// write fails, as on a full disk. A signal makes room.
const roomVariable = "KEHU_HOOKS_ROOM"

func prepareChild() {
	room, err := strconv.ParseUint(os.Getenv(roomVariable), 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // a write past the limit is an error, not the end
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		panic(err)
	}
	full := usual
	full.Cur = room
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		for s := range signals {
			limit := &full
			if s == syscall.SIGUSR2 {
				limit = &usual
			}
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, limit); err != nil {
				panic(err)
			}
		}
	}()
}

// The disk is full in the midst of an import: it fails with a sentence, the server answers, nothing
// is half written, and with room again it is undone, and sent again runs to its end.
func TestTheDiskIsFull(t *testing.T) {
	all, _ := crashBooks(t)
	h := tests.Start(t)
	h.Close()
	info, err := os.Stat(filepath.Join(h.Dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(roomVariable, strconv.FormatInt(info.Size()+1<<20, 10))
	p := &program{House: h}
	p.start()
	t.Cleanup(p.kill)
	id := p.Upload("data_admin", "客户.xlsx", all, nil)["id"].(string)
	p.signal(syscall.SIGUSR1)
	if a := p.post(id + "/start"); a.Status != http.StatusAccepted {
		t.Fatalf("start: %d %s", a.Status, a.Body)
	}
	show := p.Wait("data_admin", id, "running")
	sentence, _ := show["error"].(string)
	if show["state"] != "failed" || !strings.Contains(sentence, "磁盘") {
		t.Fatalf("on a full disk: %v %q", show["state"], sentence)
	}
	t.Log(sentence, tests.Counts(show))
	list := p.Do("data_admin", "GET", "/api/collections/customers/records?perPage=1", nil)
	if list.Status != http.StatusOK {
		t.Errorf("the server answers %d %s", list.Status, list.Body)
	}
	for range 40 { // some may still find room; none may hang, or answer with more than a sentence
		a := p.Do("data_admin", "POST", "/api/collections/customers/records",
			firm("磁盘满时的公司"+strconv.Itoa(time.Now().Nanosecond()), nil))
		if strings.Contains(string(a.Body), "sqlite") || strings.Contains(string(a.Body), "goroutine") {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	p.signal(syscall.SIGUSR2)
	undo := p.undo(id)
	if undo.Status != http.StatusOK || len(undo.JSON()["touched"].([]any)) != 0 {
		t.Fatalf("undo: %d %s", undo.Status, undo.Body)
	}
	again := p.Wait("data_admin", p.begin("客户.xlsx", all, nil), "running")
	if counts := tests.Counts(again); again["state"] != "done" || counts["total"] != crashRows ||
		counts["failed"] != crashRows*crashWrong/100 {
		t.Errorf("sent again: %v %v %v", again["state"], again["error"], counts)
	}
	p.take()
	wantNone(p.House, "imported customers without their contact", "SELECT id FROM customers c WHERE "+
		"name NOT LIKE '磁盘满%' AND NOT EXISTS (SELECT 1 FROM contacts WHERE customer = c.id)")
	wantNone(p.House, "customers without a search entry",
		"SELECT doc FROM customers EXCEPT SELECT rowid FROM kehu_search")
	if found := value[string](p.House, "PRAGMA integrity_check"); found != "ok" {
		t.Error(found)
	}
	p.Close()
}

func (p *program) signal(s os.Signal) {
	p.TB.Helper()
	if err := p.process.Process.Signal(s); err != nil {
		p.TB.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
}

// undo asks until the end of the failed import is written.
func (p *program) undo(id string) tests.Answer {
	p.TB.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		a := p.post(id + "/undo")
		if a.Status == http.StatusOK || time.Now().After(deadline) {
			return a
		}
		time.Sleep(100 * time.Millisecond)
	}
}
