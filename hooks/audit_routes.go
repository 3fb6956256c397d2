package hooks

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// routeNote is how the use of a route goes on record.
type routeNote struct{ action, collection string }

// itself marks the routes whose work notes itself, in the transaction of what it changes, with more
// than a route knows; none those that tell and change nothing of anybody.
var (
	itself = routeNote{}
	none   = routeNote{action: "-"}
)

// routeNotes is how every route of the register's own goes on record; a test asks for a line for each.
var routeNotes = map[string]routeNote{
	"GET /fields": none, "GET /health": none, "GET /openapi.json": none,
	"GET /setup": none, "GET /imports/template": none,
	"GET /imports/{id}/events": none, "GET /calendar": none, "GET /account": none,
	"POST /links/open": none, "POST /signin/enrol": none,

	"POST /check": itself, "GET /search": itself, "GET /audit": itself, "GET /audit/verify": itself,
	"POST /customers/{id}/reveal": itself, "POST /contacts/{id}/reveal": itself, "POST /lookup": itself,
	"POST /signin": itself, "POST /signin/factor": itself, "POST /setup": itself,
	"POST /account/password": itself, "POST /account/factor": none,
	"POST /account/factor/confirm": itself, "DELETE /account/factor": itself,
	"POST /account/signout": itself, "POST /staff/{id}/link": itself,
	"DELETE /staff/{id}/factor": itself, "POST /links/use": itself,
	"POST /customers/{id}/submit": itself, "POST /customers/{id}/changes": itself,
	"POST /approvals/{id}/approve": itself, "POST /approvals/{id}/reject": itself,
	"POST /approvals/{id}/cancel": itself, "POST /tasks/{id}/done": itself,
	"POST /customers/{id}/verify": itself, "POST /imports/{id}/undo": itself, "POST /exports": itself,
	"GET /duplicates": itself, "POST /duplicates/scan": itself,
	"POST /duplicates/{id}/distinct": itself,
	"POST /merges":                   itself, "POST /merges/{id}/undo": itself,
	"POST /backups": itself, "POST /backups/{name}/verify": itself,
	"POST /backups/{name}/drill": itself, "GET /backups/{name}/file": itself, "POST /retention": itself,
	"POST /policies/preview": {actList, "customers"}, "POST /customers/{id}/tier": itself, "POST /handover": itself, "POST /handovers/{id}/undo": itself,

	"GET /customers/{id}/overview":   {actView, "customers"},
	"GET /customers/{id}/timeline":   {actView, "customers"},
	"GET /merges/preview":            {actView, "customers"},
	"GET /extracts/high-intent":      {actExport, "customers"},
	"GET /extracts/contract-amounts": {actExport, "contracts"},
	"POST /customers/{id}/archive":   itself, "POST /archives/{id}/restore": itself,
	"POST /archives/{id}/purge": itself, "GET /archives": {actList, "archives"},
	"GET /me/tasks":                  {actList, "tasks"},
	"GET /policies":                  {actList, "policies"},
	"GET /dashboard":                 {actList, "customers"},
	"GET /pool":                      {actList, "customers"},
	"GET /campaigns":                 {actList, "campaigns"},
	"POST /campaigns/{id}/close":     itself,
	"POST /customers/{id}/claim":     itself,
	"POST /imports":                  {actImport, "imports"},
	"GET /imports/{id}":              {actView, "imports"},
	"PATCH /imports/{id}":            {actImport, "imports"},
	"PATCH /imports/{id}/rows/{row}": itself,
	"POST /imports/{id}/start":       {actImport, "imports"},
	"POST /imports/{id}/cancel":      {actImport, "imports"},
	"GET /imports/{id}/errors.xlsx":  {actDownload, "imports"},
	"GET /exports/{id}":              {actView, "exports"},
	"GET /exports/{id}/file":         {actDownload, "exports"},
	"GET /backups":                   {actBackup, ""},
	"GET /keys":                      {actAdmin, ""},
	"POST /keys/rotate":              {actAdmin, ""},
	"POST /mail/test":                {actAdmin, ""},
	"POST /calendar/notices":         {actAdmin, "calendar_days"},
}

const registerRoutes = "/api/kehu"

// noteRoute notes the use of one of the register's own routes, once it has answered.
func (h *House) noteRoute(e *core.RequestEvent) error {
	if err := e.Next(); err != nil {
		return err
	}
	note := routeNotes[routeOf(e.Request)]
	if note == itself || note == none {
		return nil
	}
	record := cmp.Or(e.Request.PathValue("id"), e.Request.PathValue("name"))
	return h.noteLater(actorIn(e), note.action, on(note.collection, record),
		map[string]any{"route": routeOf(e.Request)})
}

// routeOf is the pattern of a request's route, without what all of them begin with.
func routeOf(r *http.Request) string {
	method, path, _ := strings.Cut(r.Pattern, " ")
	return method + " " + strings.TrimPrefix(path, registerRoutes)
}
