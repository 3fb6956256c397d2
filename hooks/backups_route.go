package hooks

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
)

// Backups is what the routes ask of the room that makes backups; the answers are made for JSON.
type Backups interface {
	// Summary is the state for the health page.
	Summary(ctx context.Context) (any, error)
	// Alarms are what people must look after: a code, and what it means in words.
	Alarms(ctx context.Context) (map[string]string, error)
	// Catalogue lists the backups.
	Catalogue(ctx context.Context) (any, error)
	// Files lists them as PocketBase's own page shows them: key, size, modified.
	Files(ctx context.Context) (any, error)
	Begin(ctx context.Context, by collections.Who) (any, error)
	Check(ctx context.Context, name string, by collections.Who) (any, error)
	// Rehearse restores a backup on trial, the newest where name is newest; identity may be "".
	Rehearse(ctx context.Context, name, identity string, by collections.Who) (any, error)
	// Clear removes what is past its time, or only says so.
	Clear(ctx context.Context, dry bool, by collections.Who) (any, error)
	Content(ctx context.Context, name string, by collections.Who) (content io.ReadCloser, size int64, err error)
	// Stage checks a backup to its end and leaves it ready for the next start.
	Stage(ctx context.Context, name string, by collections.Who) error
}

// backupSuffix ends the names of the files.
const backupSuffix = ".tar.zst.age"

// ErrNoBackups: this process keeps none.
var ErrNoBackups = fault.Define("backups_closed", "本进程没有启用备份",
	"This process keeps no backups")

func (h *House) bindBackups(g *router.RouterGroup[*core.RequestEvent]) {
	if h.options.Backups == nil {
		return
	}
	g.GET("/backups", h.backupList).BindFunc(signedIn, runningRegister)
	g.POST("/backups", h.backupMake).BindFunc(signedIn, runningRegister)
	g.POST("/backups/{name}/verify", h.backupVerify).BindFunc(signedIn, runningRegister)
	g.POST("/backups/{name}/drill", h.backupDrill).BindFunc(signedIn, runningRegister)
	g.GET("/backups/{name}/file", h.backupFile).BindFunc(signedIn, runningRegister)
	g.POST("/retention", h.backupClear).BindFunc(signedIn, runningRegister)
}

// runningRegister lets owners and data administrators pass.
func runningRegister(e *core.RequestEvent) error {
	if !runsRegister(e.Auth) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	return e.Next()
}

func (h *House) backupList(e *core.RequestEvent) error {
	return answerAny(e, func(a actor) (any, error) {
		return h.options.Backups.Catalogue(e.Request.Context())
	})
}

func (h *House) backupMake(e *core.RequestEvent) error {
	return answerAny(e, func(a actor) (any, error) {
		return h.options.Backups.Begin(longWork(e), a.who())
	})
}

func (h *House) backupVerify(e *core.RequestEvent) error {
	return answerAny(e, func(a actor) (any, error) {
		return h.options.Backups.Check(longWork(e), e.Request.PathValue("name"), a.who())
	})
}

func (h *House) backupDrill(e *core.RequestEvent) error {
	var body struct {
		Identity string `json:"identity"`
	}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", err))
	}
	return answerAny(e, func(a actor) (any, error) {
		return h.options.Backups.Rehearse(longWork(e), e.Request.PathValue("name"), body.Identity, a.who())
	})
}

func (h *House) backupClear(e *core.RequestEvent) error {
	var body struct {
		DryRun bool `json:"dry_run"`
	}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", err))
	}
	return answerAny(e, func(a actor) (any, error) {
		return h.options.Backups.Clear(longWork(e), body.DryRun, a.who())
	})
}

// longWork is the context of a request that may take as long as it needs; it ends when the asker
// goes away.
func longWork(e *core.RequestEvent) context.Context {
	// a response that cannot be told so is cut by the server, and the book tells how it went
	_ = http.NewResponseController(e.Response).SetWriteDeadline(time.Time{})
	return e.Request.Context()
}

func answerAny(e *core.RequestEvent, do func(actor) (any, error)) error {
	answer, err := do(actorIn(e))
	if err != nil {
		return refuseBackup(e, err)
	}
	return e.JSON(http.StatusOK, answer)
}

func refuseBackup(e *core.RequestEvent, err error) error {
	found, ok := fault.Of(err)
	if !ok {
		e.App.Logger().Error("backup", "error", err.Error())
		return err
	}
	switch found.Code {
	case "backup_unknown", "backup_none":
		return refuse(e, http.StatusNotFound, found)
	case "backup_busy":
		return refuse(e, http.StatusConflict, found)
	}
	return refuse(e, http.StatusInternalServerError, found)
}

// backupFile sends the encrypted file.
func (h *House) backupFile(e *core.RequestEvent) error {
	a := actorIn(e)
	return h.sendBackup(e, e.Request.PathValue("name"), a)
}

func (h *House) sendBackup(e *core.RequestEvent, name string, a actor) error {
	content, size, err := h.options.Backups.Content(longWork(e), name, a.who())
	if err != nil {
		return refuseBackup(e, err)
	}
	defer content.Close()
	e.Response.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	return sendFile(e, strings.TrimSuffix(name, backupSuffix)+backupSuffix, content)
}

// bindStockBackups makes PocketBase's own page and its Go functions produce and restore ours. The
// stock step never runs: it would stop writes, write in plain, and drop the locks of the databases.
func (h *House) bindStockBackups() {
	h.app.OnBackupCreate().BindFunc(func(e *core.BackupEvent) error {
		if h.options.Backups == nil {
			return ErrNoBackups
		}
		_, err := h.options.Backups.Begin(e.Context, system.who())
		return err
	})
	h.app.OnBackupRestore().BindFunc(func(e *core.BackupEvent) error {
		if h.options.Backups == nil {
			return ErrNoBackups
		}
		if err := h.options.Backups.Stage(e.Context, e.Name, system.who()); err != nil {
			return err
		}
		return h.restart()
	})
}

func (h *House) restart() error {
	if h.options.Restart != nil {
		return h.options.Restart()
	}
	return h.app.Restart()
}

// stockBackups answers PocketBase's backup routes with ours; done is false where they are not asked.
func (h *House) stockBackups(e *core.RequestEvent) (done bool, err error) {
	key, ok := strings.CutPrefix(e.Request.URL.Path, "/api/backups")
	if !ok || key != "" && key[0] != '/' {
		return false, nil
	}
	key = strings.Trim(key, "/")
	name, restore := strings.CutSuffix(key, "/restore")
	method := e.Request.Method
	if method == http.MethodGet && key != "" {
		return true, h.stockDownload(e, key)
	}
	if !runsRegister(e.Auth) {
		return false, nil // PocketBase refuses
	}
	switch {
	case h.options.Backups == nil:
		return true, refuse(e, http.StatusForbidden, ErrDoorClosed)
	case method == http.MethodGet && key == "":
		files, err := h.options.Backups.Files(e.Request.Context())
		if err != nil {
			return true, refuseBackup(e, err)
		}
		return true, e.JSON(http.StatusOK, files)
	case method == http.MethodPost && key == "":
		a := actorIn(e)
		if _, err := h.options.Backups.Begin(longWork(e), a.who()); err != nil {
			return true, refuseBackup(e, err)
		}
		return true, e.NoContent(http.StatusNoContent)
	case method == http.MethodPost && restore:
		a := actorIn(e)
		if err := h.options.Backups.Stage(longWork(e), name, a.who()); err != nil {
			return true, refuseBackup(e, err)
		}
		go h.restartSoon()
		return true, e.NoContent(http.StatusNoContent)
	}
	return true, refuse(e, http.StatusForbidden, ErrDoorClosed) // no uploads; the policy removes
}

// answerTime is left for an answer to reach its asker before the restart.
const answerTime = time.Second

func (h *House) restartSoon() {
	time.Sleep(answerTime)
	if err := h.restart(); err != nil {
		h.app.Logger().Error("restart after a restore", "error", err.Error())
	}
}

// stockDownload sends a backup to an owner by PocketBase's file token.
func (h *House) stockDownload(e *core.RequestEvent, key string) error {
	owner, err := e.App.FindAuthRecordByToken(e.Request.URL.Query().Get("token"), core.TokenTypeFile)
	if err != nil || !owner.IsSuperuser() || h.options.Backups == nil {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	a := actorOf(owner)
	a.IP, a.Remote = e.RealIP(), e.RemoteIP()
	return h.sendBackup(e, key, a)
}

// NoteBackup puts an act on backups into the audit log.
func (h *House) NoteBackup(by collections.Who, action, name string, detail map[string]any) error {
	who := actor{ID: by.ID, Name: by.Name, Kind: by.Kind, Role: by.Role, IP: by.IP, Remote: by.Remote}
	if who.Kind == "" {
		who.Kind, _, _ = strings.Cut(by.ID, ":")
	}
	detail = with(with(detail, "act", action), "name", name)
	return h.note(h.app, who, actBackup, on("backups_log", ""), detail)
}

// who is the actor as other rooms pass it on.
func (a actor) who() collections.Who {
	return collections.Who{ID: a.ID, Name: a.Name, Kind: a.Kind, Role: a.Role, IP: a.IP,
		Remote: a.Remote}
}
