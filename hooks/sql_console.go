package hooks

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/ledger"
)

// maxStatement is how long a statement may be, as in PocketBase.
const maxStatement = 5000

// sqlConsole answers POST /api/sql in PocketBase's place: not at all, unless the server was started
// with --sql-console, and then to owners of the system, read only. Every statement is on record
// before it runs.
func (h *House) sqlConsole(e *core.RequestEvent) error {
	switch {
	case !h.options.SQLConsole:
		return refuse(e, http.StatusForbidden, ErrSQLClosed)
	case e.Auth == nil:
		return refuse(e, http.StatusUnauthorized, ErrSignIn)
	case !e.Auth.IsSuperuser():
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	var body struct {
		Query string `json:"query"`
	}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	if n := len(body.Query); n == 0 || n > maxStatement {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "query"))
	}
	err := h.note(e.App, actorIn(e), actSQL, target{},
		map[string]any{"statement": ledger.Redact(body.Query)})
	if err != nil {
		return err
	}
	console, err := h.openConsole()
	if err != nil {
		return err
	}
	answer, err := console.Run(e.Request.Context(), body.Query)
	if err != nil {
		return refuseError(e, err)
	}
	return e.JSON(http.StatusOK, answer)
}

func (h *House) openConsole() (*collections.Console, error) {
	h.consoleMu.Lock()
	defer h.consoleMu.Unlock()
	if h.console != nil {
		return h.console, nil
	}
	console, err := collections.OpenConsole(h.app.DataDir(), h.options.Root())
	h.console = console
	return console, err
}

func (h *House) closeConsole() error {
	h.consoleMu.Lock()
	defer h.consoleMu.Unlock()
	if h.console == nil {
		return nil
	}
	console := h.console
	h.console = nil
	return console.Close()
}
