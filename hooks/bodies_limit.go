package hooks

import (
	"io"
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/internal/fault"
)

// Limits of bodies. PocketBase keeps a copy of what it reads of a body and writes what is above 16 MiB
// of it to the temp folder, in plain. Whoever is not signed in has a form to send and no more, so that
// many of them at once cost little memory.
const (
	maxBody      = 16<<20 - 1
	maxGuestBody = 1 << 20
)

// ErrTooLarge: the request is refused before all of it was read.
var ErrTooLarge = fault.Define("body_too_large", "内容超过{limit} MB，请分开提交",
	"The body is over {limit} MB, send it in parts")

// workbookRoute takes more, as a stream; it has a limit of its own.
const workbookRoute = "POST /api/kehu/imports"

// ownBody gives the HTTP server its own body back, around which PocketBase has put another: only so does it
// see that a part was not read, and end the connection. It would take that part for the next request.
func ownBody(e *core.RequestEvent) error {
	if copied, ok := e.Request.Body.(*router.RereadableReadCloser); ok {
		request, own := e.Request, copied.ReadCloser
		defer func() { request.Body = own }()
	}
	return e.Next()
}

// bodies holds every request to the size that it may have, whether it announced it or not.
func (h *House) bodies(e *core.RequestEvent) error {
	if e.Request.Pattern == workbookRoute && e.Auth != nil {
		if copied, ok := e.Request.Body.(*router.RereadableReadCloser); ok {
			e.Request.Body = copied.ReadCloser // read once, so that no copy is kept
		}
		return e.Next()
	}
	limit := int64(maxBody)
	if e.Auth == nil {
		limit = maxGuestBody
	}
	refused := func() error {
		return refuse(e, http.StatusRequestEntityTooLarge, ErrTooLarge.With("limit", (limit+1)>>20))
	}
	if e.Request.ContentLength > limit {
		return refused()
	}
	body := &boundedBody{ReadCloser: e.Request.Body, limit: limit, left: limit}
	e.Request.Body = body
	err := e.Next()
	if body.over && !e.Written() {
		return refused()
	}
	return err
}

// boundedBody is a body that fails when it goes on beyond its limit. Like PocketBase's it begins anew
// once it was read to its end.
type boundedBody struct {
	io.ReadCloser
	limit, left int64
	over        bool
}

// Read reads up to the limit, and one byte more to see whether there is any.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.over {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		b.over = true
		return n - 1, ErrTooLarge
	}
	if err == io.EOF {
		b.left = b.limit
	}
	return n, err
}

// Reread begins anew.
func (b *boundedBody) Reread() {
	if body, ok := b.ReadCloser.(router.Rereader); ok {
		body.Reread()
	}
	b.left = b.limit
}
