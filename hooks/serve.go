package hooks

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"kehu/internal/fault"
)

// CommandHeader carries the secret by which a command of this machine acts as the owner.
const CommandHeader = "X-Kehu-Command"

// Faults of the doors that stay closed.
var (
	ErrSQLClosed  = fault.Define("sql_closed", "SQL 控制台已关闭", "The SQL console is closed")
	ErrDoorClosed = fault.Define("door_closed", "此功能已关闭，请使用客户登记的相应功能",
		"This is closed; the register has its own")
)

// bindRoutes is the table of routes (api.md).
func (h *House) bindRoutes(e *core.ServeEvent) {
	r := e.Router
	r.Unbind(apis.DefaultSecurityHeadersMiddlewareId) // headers sets them, on refusals too
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuOwnBody", Func: ownBody,
		Priority: apis.DefaultActivityLoggerMiddlewarePriority - 3})
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuHeaders", Func: h.headers,
		Priority: apis.DefaultActivityLoggerMiddlewarePriority - 1})
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuWords", Func: ownWords, // outside of the log, which keeps the cause
		Priority: apis.DefaultActivityLoggerMiddlewarePriority - 1})
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuCommand", Func: h.asCommand,
		Priority: apis.DefaultLoadAuthTokenMiddlewarePriority - 1})
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuMember", Func: h.actAsMember,
		Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 1})
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuLimits", Func: h.limits,
		Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 1})
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuBodies", Func: h.bodies,
		Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 1})
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuAsk", Func: h.recordsAsk,
		Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 2})
	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuDoors", Func: h.doors,
		Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 2})

	r.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuMeasure", Func: h.measure,
		Priority: apis.DefaultActivityLoggerMiddlewarePriority - 2})
	r.BindFunc(h.countSaves, h.noteAdmin, h.endsWithTheHouse)

	g := r.Group("/api/kehu")
	g.BindFunc(noStore, h.noteRoute, plainReasons)
	g.POST("/check", h.check).BindFunc(signedIn)
	g.GET("/search", h.search).BindFunc(signedIn)
	g.GET("/fields", h.fieldTable).BindFunc(signedIn)
	g.GET("/health", h.health)
	g.GET("/openapi.json", h.openAPI)
	h.bindSignIn(g)
	h.bindImports(g)
	h.bindDuplicates(g)
	h.bindExports(g)
	h.bindMerges(g)
	h.bindReveals(g)
	h.bindHandovers(g)
	h.bindPool(g)
	h.bindCampaigns(g)
	h.bindArchives(g)
	h.bindOverview(g)
	h.bindBackups(g)
	h.bindApprovals(g)
	h.bindCalendar(g)
	h.bindKeys(g)
	h.bindTasks(g)
	h.bindDashboard(g)
	h.bindPolicies(g)
	h.bindTiers(g)
	h.bindPolicyPreview(g)
	h.bindAuditRoutes(g)
	h.bindWeb(e)
}

// signedIn lets members of staff and superusers pass.
func signedIn(e *core.RequestEvent) error {
	if e.Auth == nil || !e.Auth.IsSuperuser() && e.Auth.Collection().Name != "staff" {
		return refuse(e, http.StatusUnauthorized, ErrSignIn)
	}
	if !e.Auth.IsSuperuser() && !e.Auth.GetBool("active") {
		return refuse(e, http.StatusUnauthorized, ErrSignIn)
	}
	return e.Next()
}

func noStore(e *core.RequestEvent) error {
	e.Response.Header().Set("Cache-Control", "no-store")
	return e.Next()
}

// asCommand lets a command on this machine, which holds the secret of the keys folder, act as the
// owner.
func (h *House) asCommand(e *core.RequestEvent) error {
	secret := e.Request.Header.Get(CommandHeader)
	if secret == "" {
		return e.Next()
	}
	host, _, _ := net.SplitHostPort(e.Request.RemoteAddr)
	address := net.ParseIP(host)
	if h.options.Command == "" || address == nil || !address.IsLoopback() ||
		subtle.ConstantTimeCompare([]byte(secret), []byte(h.options.Command)) != 1 {
		return refuse(e, http.StatusUnauthorized, ErrSignIn)
	}
	superusers, err := e.App.FindCachedCollectionByNameOrId(core.CollectionNameSuperusers)
	if err != nil {
		return err
	}
	owner := core.NewRecord(superusers)
	owner.Id = commandID
	owner.SetEmail("command line")
	e.Auth = owner
	return e.Next()
}

// closedRoutes of PocketBase: acting as somebody else without a trace, changing the e-mail by which
// one is linked, sign-in by a code alone, replacing the collections.
var closedRoutes = map[string]bool{
	"POST /api/collections/{collection}/impersonate/{id}":     true,
	"POST /api/collections/{collection}/request-email-change": true,
	"POST /api/collections/{collection}/confirm-email-change": true,
	"PUT /api/collections/import":                             true,
	"POST /api/collections/meta/dry-run-view":                 true, // an SQL console
	"POST /api/settings/apple/generate-client-secret":         true,
}

// doors takes over or closes PocketBase's own routes where the product's rules ask for it.
func (h *House) doors(e *core.RequestEvent) error {
	p, method := e.Request.URL.Path, e.Request.Method
	switch {
	case p == "/api/sql":
		return h.sqlConsole(e)
	case strings.HasSuffix(p, "/truncate"), closedRoutes[e.Request.Pattern]:
		return refuse(e, http.StatusForbidden, ErrDoorClosed)
	case superuserRoute(e, "auth-methods"):
		return adminMethods(e)
	case superuserRoute(e, "request-otp"), superuserRoute(e, "auth-with-otp"):
		return h.adminFactor(e)
	}
	if done, err := h.stockBackups(e); done || err != nil {
		return err
	}
	if method == http.MethodGet {
		if name, ok := listPath(p); ok {
			e.Request.SetPathValue("collection", name)
			return h.recordsList(e)
		}
		if err := h.followMerge(e); err != nil {
			return err
		}
	}
	return e.Next()
}

// closedDoor refuses a record that only the product itself writes.
func closedDoor(e *core.RecordRequestEvent) error {
	return refuse(e.RequestEvent, http.StatusForbidden, ErrDoorClosed)
}

// listPath takes the collection out of /api/collections/{collection}/records.
func listPath(p string) (collection string, ok bool) {
	rest, ok := strings.CutPrefix(p, "/api/collections/")
	if !ok {
		return "", false
	}
	collection, last, ok := strings.Cut(rest, "/")
	return collection, ok && last == "records"
}

// bindWeb serves the staff web app.
func (h *House) bindWeb(e *core.ServeEvent) {
	if h.options.Web == nil {
		return
	}
	files := h.options.Web
	revision := revisionOf(files)
	e.Router.GET("/{path...}", apis.Static(files, false)).BindFunc(func(e *core.RequestEvent) error {
		header := e.Response.Header()
		header.Set("ETag", revision)
		header.Set("Cache-Control", "no-cache")
		return e.Next()
	}).Bind(apis.Gzip())
}

// revisionOf is one mark for all files of the app: embedded files have no time of their own, and
// without a mark every visit would load them anew.
func revisionOf(files fs.FS) string {
	sum := sha256.New()
	_ = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %d\n", path, len(content))
		sum.Write(content)
		return err
	})
	return `"` + hex.EncodeToString(sum.Sum(nil)[:12]) + `"`
}

// logStrip keeps what was asked out of PocketBase's request log: a filter may hold a phone number,
// and a refusal repeats the value that it refuses. Of an error of the server itself the text stays,
// without what stands in quotes, e-mail addresses and long numbers.
func (h *House) logStrip(e *core.ModelEvent) error {
	log, ok := e.Model.(*core.Log)
	if !ok {
		return e.Next()
	}
	stripLog(log)
	if !h.refused.keeps(log, h.options.Clock()) {
		return nil
	}
	if h.options.Log != nil {
		h.options.Log(log.Level, log.Created.Time(), log.Message, log.Data)
	}
	return e.Next()
}

func stripLog(log *core.Log) {
	log.Message = scrub(withoutQuery(log.Message))
	for key, value := range log.Data {
		text, isText := value.(string)
		switch {
		case key == "url" || key == "referer":
			log.Data[key] = withoutQuery(text)
		case key == "userIP", key == "remoteIP", key == "authId", key == "auth", key == "method":
		case log.Data["type"] == "request" && (key == "error" || key == "details"):
			if status, _ := strconv.Atoi(fmt.Sprint(log.Data["status"])); status < 500 {
				delete(log.Data, key)
			} else {
				log.Data[key] = scrub(fmt.Sprint(value))
			}
		case isText:
			log.Data[key] = scrub(text)
		case key == "subscriptions": // their options are queries
			delete(log.Data, key)
		}
	}
}

// quotes is what may be somebody's data in a text: what stands in quotes, e-mail addresses, and numbers
// as long as a phone's. Of a file of a module, which has an @ too, its name and line stay.
var quotes = regexp.MustCompile(`[^\s<>]+@[^\s<>/]+|"[^"]*"|'[^']*'|“[^”]*”|「[^」]*」|[0-9０-９]{7,}`)

func scrub(text string) string { return quotes.ReplaceAllString(text, "…") }

func withoutQuery(text string) string {
	before, _, _ := strings.Cut(text, "?")
	return before
}
