package hooks

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
)

// keptRefusals is how many refusals of one minute are kept in the request log. A flood would fill the disk
// with them; how many there were stands in the metrics.
const keptRefusals = 300

// keptEntries is how many entries the request log keeps beside its days: some 250 MB.
const keptEntries = 500_000

// trimLog keeps the request log from filling the disk on a busy day.
func (h *House) trimLog(context.Context) (string, error) {
	return "", collections.TrimLog(h.app, keptEntries)
}

// followingKey marks the last one that is kept of a minute.
const followingKey = "following"

// refusalLog counts the refusals of a minute.
type refusalLog struct {
	sync.Mutex
	minute int64
	n      int
}

// keeps tells whether an entry is kept, and marks the last one.
func (r *refusalLog) keeps(log *core.Log, now time.Time) bool {
	status, _ := strconv.Atoi(fmt.Sprint(log.Data["status"]))
	if log.Data["type"] != "request" || status < 400 || status > 499 {
		return true
	}
	r.Lock()
	defer r.Unlock()
	if minute := now.Unix() / 60; minute != r.minute {
		r.minute, r.n = minute, 0
	}
	if r.n++; r.n == keptRefusals {
		log.Data[followingKey] = "further refusals of this minute are counted, not kept"
	}
	return r.n <= keptRefusals
}
