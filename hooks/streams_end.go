package hooks

import (
	"context"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// streaming is what ends the answers that have no end of their own.
type streaming struct {
	streams    context.Context
	endStreams context.CancelFunc
}

func newStreaming() streaming {
	streams, end := context.WithCancel(background())
	return streaming{streams, end}
}

// EndStreams ends live connections and the progress of imports: a clean stop waits for requests that
// are at work, and these would be at work for ever. Their clients come again by themselves.
func (h *House) EndStreams() { h.endStreams() }

// endsWithTheHouse ties a live stream to the house.
func (h *House) endsWithTheHouse(e *core.RequestEvent) error {
	if !streams(e.Request) {
		return e.Next()
	}
	ctx, cancel := context.WithCancel(e.Request.Context())
	defer cancel()
	defer context.AfterFunc(h.streams, cancel)()
	e.Request = e.Request.WithContext(ctx)
	return e.Next()
}

// streams tells of a request whose answer lasts as long as its reader likes.
func streams(r *http.Request) bool {
	p := r.URL.Path
	return r.Method == http.MethodGet && (p == "/api/realtime" ||
		strings.HasPrefix(p, registerRoutes+"/imports/") && strings.HasSuffix(p, "/events"))
}
