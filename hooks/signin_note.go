package hooks

import "github.com/pocketbase/pocketbase/core"

// actAccount is what was done to somebody's way of signing in: password, second factor, one-time
// link, sessions; the detail says which.
const actAccount = "account"

// noteAccount keeps in the audit log what a person did to their own way of signing in.
func (h *House) noteAccount(e *core.RequestEvent, account *core.Record, what string) error {
	return h.noteStaff(e.App, e, account, what)
}

// noteStaff keeps in the audit log what was done to an account. Within a transaction it commits with
// the change.
func (h *House) noteStaff(app core.App, e *core.RequestEvent, account *core.Record, what string) error {
	return h.note(app, actorIn(e), actAccount, onRecord(account), map[string]any{"what": what})
}
