package hooks

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/cipherdb"
)

// An import, or the decision about one, shares the one writing connection with everybody who saves
// something. Two things made them wait longer than one chunk, and are kept off here: whoever waits for
// a connection gets it by lot (database/sql), so that an import that asks again at once wins every other
// time; and a commit that fills the log has to empty it into the database before the next may begin.
const (
	yieldMost   = 250 * time.Millisecond // then the import goes on, whoever waits
	yieldStep   = 2 * time.Millisecond
	logPages    = 4000 // of 4 KiB: the log is emptied beyond
	restartWait = 20 * time.Millisecond
)

// countSaves counts the requests at work that may want the writing connection.
func (h *House) countSaves(e *core.RequestEvent) error {
	switch method := e.Request.Method; {
	case method == http.MethodGet, method == http.MethodHead, method == http.MethodOptions,
		strings.HasPrefix(e.Request.URL.Path, "/api/kehu/imports"):
		return e.Next()
	}
	h.saves.Add(1)
	defer h.saves.Add(-1)
	return e.Next()
}

// giveWay lets those who are saving something go first, for a while.
func (h *House) giveWay(ctx context.Context) {
	for waited := time.Duration(0); h.saves.Load() > 0 && waited < yieldMost; waited += yieldStep {
		select {
		case <-ctx.Done():
			return
		case <-time.After(yieldStep):
		}
	}
}

// logKeeper empties the log of a long work of many commits.
type logKeeper struct {
	app   core.App
	pages atomic.Int32 // in the log
}

// watch learns how full the log is from each commit, in place of emptying it there and then.
func (k *logKeeper) watch(native *sqlite3.Conn) error {
	native.WALHook(func(_ *sqlite3.Conn, _ string, pages int) error {
		k.pages.Store(int32(pages))
		return nil
	})
	return nil
}

// empty moves the log into the database on a reading connection, beside those who write, and
// then has it begin anew. Only that last step holds the writers up: for what they added meanwhile,
// and for readers who still look at the log, whom it waits for no longer than restartWait.
func (k *logKeeper) empty(ctx context.Context, giveWay func(context.Context)) error {
	if k.pages.Load() < logPages {
		return nil
	}
	beside, ok := k.app.ConcurrentDB().(*dbx.DB)
	writer, ok2 := k.app.NonconcurrentDB().(*dbx.DB)
	if !ok || !ok2 {
		return nil
	}
	if err := cipherdb.Native(ctx, beside.DB(), func(native *sqlite3.Conn) error {
		return checkpoint(native, sqlite3.CHECKPOINT_PASSIVE)
	}); err != nil {
		return err
	}
	giveWay(ctx)
	return cipherdb.Native(ctx, writer.DB(), func(native *sqlite3.Conn) error {
		if err := native.BusyTimeout(restartWait); err != nil {
			return err
		}
		defer native.BusyTimeout(cipherdb.BusyWait)
		return checkpoint(native, sqlite3.CHECKPOINT_RESTART)
	})
}

// checkpoint leaves what somebody else is using for the next time.
func checkpoint(native *sqlite3.Conn, mode sqlite3.CheckpointMode) error {
	if _, _, err := native.WALCheckpoint("main", mode); !errors.Is(err, sqlite3.BUSY) {
		return err
	}
	return nil
}
