package hooks

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fault"
)

// ErrTooOften: one account asks more than a person does.
var ErrTooOften = fault.Define("too_often", "操作太频繁，请 {seconds} 秒后再试",
	"Too many requests, wait {seconds} s")

// pace is how often one account may do something. PocketBase's own limits count by address, and
// an office shares one: those hold guests only (collections.ApplySettings), these everybody who is
// signed in. Owners and this machine's commands are not held.
type pace struct {
	label string
	times int
	per   time.Duration
}

// paces is the table of limits; the first that fits a request counts, and the last in any case.
var paces = []pace{
	{"look-up", 30, time.Minute}, {"search", 100, 10 * time.Second},
	{"check", 100, 10 * time.Second}, {"batch", 200, 10 * time.Second},
	{"create", 600, 10 * time.Second}, {"any", 1500, 10 * time.Second},
}

func paceOf(r *http.Request) string {
	p := r.URL.Path
	switch {
	case p == "/api/kehu/lookup", strings.HasSuffix(p, "/reveal"):
		return "look-up"
	case p == "/api/kehu/search":
		return "search"
	case p == "/api/kehu/check":
		return "check"
	case p == "/api/batch":
		return "batch"
	case r.Method == http.MethodPost && strings.HasSuffix(p, "/records"):
		return "create"
	}
	return "any"
}

// limits refuses an account that goes beyond its pace.
func (h *House) limits(e *core.RequestEvent) error {
	if e.Auth == nil || e.Auth.IsSuperuser() || !strings.HasPrefix(e.Request.URL.Path, "/api/") {
		return e.Next()
	}
	label := paceOf(e.Request)
	for _, p := range paces {
		if p.label != label && p.label != "any" {
			continue
		}
		if wait := h.pacer.take(p.label+" "+e.Auth.Id, p.times, p.per, time.Now()); wait > 0 {
			seconds := int(wait/time.Second) + 1
			e.Response.Header().Set("Retry-After", strconv.Itoa(seconds))
			return refuse(e, http.StatusTooManyRequests, ErrTooOften.With("seconds", seconds))
		}
	}
	return e.Next()
}

// maxWindows bounds the pacer's memory; those that are over go first.
const maxWindows = 20000

// pacer counts in windows of fixed length. It is in memory: what must outlive a restart, such as
// failed sign-ins, is counted in the database.
type pacer struct {
	sync.Mutex
	windows map[string]*window
}

type window struct {
	until time.Time
	n     int
}

// take counts one and answers how long to wait when the window is full.
func (p *pacer) take(key string, times int, per time.Duration, now time.Time) time.Duration {
	p.Lock()
	defer p.Unlock()
	w := p.windows[key]
	if w == nil || !now.Before(w.until) {
		if len(p.windows) >= maxWindows {
			p.sweep(now)
		}
		w = &window{until: now.Add(per)}
		if p.windows == nil {
			p.windows = map[string]*window{}
		}
		p.windows[key] = w
	}
	w.n++
	if w.n > times {
		return w.until.Sub(now)
	}
	return 0
}

func (p *pacer) sweep(now time.Time) {
	for key, w := range p.windows {
		if !now.Before(w.until) {
			delete(p.windows, key)
		}
	}
	if len(p.windows) >= maxWindows { // a flood of accounts: start anew rather than grow
		clear(p.windows)
	}
}
