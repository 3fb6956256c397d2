package hooks

import "github.com/pocketbase/pocketbase/core"

// noteAccount keeps in the log what a person did to their own way of signing in.
func (h *House) noteAccount(e *core.RequestEvent, account *core.Record, action string) error {
	return h.noteStaff(e.App, e, account, action)
}

// noteStaff keeps in the log what was done to an account.
func (h *House) noteStaff(app core.App, e *core.RequestEvent, account *core.Record, action string) error {
	app.Logger().Info("account", "action", action, "account", actorOf(account).ID,
		"by", actorOf(e.Auth).ID, "address", e.RealIP())
	return nil
}
