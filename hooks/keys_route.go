package hooks

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
)

func (h *House) bindKeys(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/keys", h.keysShow).BindFunc(signedIn)
	g.POST("/keys/rotate", h.keysRotate).BindFunc(signedIn)
}

// keysShow names the keys, how old they are, and how far a rotation is. No key is in it.
func (h *House) keysShow(e *core.RequestEvent) error {
	if !h.keepsKeys(e) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	db := collections.Through(e.App.DB())
	made, err := collections.KeysMade(db, h.keys)
	if err != nil {
		return err
	}
	state, err := collections.ReadRotation(db)
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]any{"root": h.options.Root().Fingerprint(),
		"keys": made, "rotation": state})
}

// keysRotate begins a rotation; it goes on by itself, also after a restart.
func (h *House) keysRotate(e *core.RequestEvent) error {
	if !h.keepsKeys(e) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	if err := h.beginRotation(actorIn(e)); err != nil {
		return refuseError(e, err)
	}
	h.goRotate()
	state, err := collections.ReadRotation(collections.Through(e.App.DB()))
	if err != nil {
		return err
	}
	return e.JSON(http.StatusAccepted, map[string]any{"rotation": state})
}

// keepsKeys: the owner of the system and data administrators.
func (h *House) keepsKeys(e *core.RequestEvent) bool {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	return err == nil && reader.Role == "data_admin"
}
