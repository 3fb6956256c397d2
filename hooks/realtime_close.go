package hooks

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/subscriptions"
)

// Keys of a request and of a realtime client.
const (
	viaKey      = "kehuVia"      // on a request: the linked account behind the member
	accountsKey = "kehuAccounts" // on a client: map[string]string
)

const clientsChunk = 150

// accountMark is what must stay as it was for a connection to go on.
func accountMark(r *core.Record) (key, mark string) {
	return r.Collection().Name + ":" + r.Id, r.TokenKey() + " " + r.Email()
}

// realtimeSubscribe notes on the client whose accounts it hangs on: the member's, and that of the
// admin UI through which the member came.
func (h *House) realtimeSubscribe(e *core.RealtimeSubscribeRequestEvent) error {
	marks := map[string]string{}
	via, _ := e.Get(viaKey).(*core.Record)
	for _, account := range []*core.Record{e.Auth, via} {
		if account != nil && account.Id != commandID {
			key, mark := accountMark(account)
			marks[key] = mark
		}
	}
	e.Client.Set(accountsKey, marks)
	if err := e.Next(); err != nil {
		return err
	}
	// the account may have been switched off between its token being read and now
	for _, account := range []*core.Record{e.Auth, via} {
		if account == nil || account.Id == commandID {
			continue
		}
		now, err := e.App.FindRecordById(account.Collection(), account.Id)
		if err != nil {
			e.App.SubscriptionsBroker().Unregister(e.Client.Id())
			return nil
		}
		h.closeChanged(e.App, now)
	}
	return nil
}

// accountChanged ends what hung on an account as it was before.
func (h *House) accountChanged(e *core.RecordEvent) error {
	h.closeChanged(e.App, e.Record)
	if e.Record.Collection().Name == "staff" {
		if err := h.closeLinked(e.App, e.Record); err != nil {
			return err
		}
	}
	return e.Next()
}

// closeChanged ends the connections of an account whose sign-ins have ended or whose e-mail is
// another.
func (h *House) closeChanged(app core.App, account *core.Record) {
	key, mark := accountMark(account)
	closeClients(app, func(marks map[string]string) bool {
		had, hangs := marks[key]
		return hangs && had != mark
	})
}

// closeLinked ends the connections that an account made as an owner before it became a member's.
func (h *House) closeLinked(app core.App, member *core.Record) error {
	superuser, err := findAccount(app, core.CollectionNameSuperusers, member.Email())
	if err != nil || superuser == nil {
		return err
	}
	owner, _ := accountMark(superuser)
	own, _ := accountMark(member)
	closeClients(app, func(marks map[string]string) bool {
		_, asOwner := marks[owner]
		_, asMember := marks[own]
		return asOwner && !asMember
	})
	return nil
}

// accountDeleted ends a deleted account's connections.
func (h *House) accountDeleted(e *core.RecordEvent) error {
	key, _ := accountMark(e.Record)
	closeClients(e.App, func(marks map[string]string) bool {
		_, hangs := marks[key]
		return hangs
	})
	return e.Next()
}

func closeClients(app core.App, over func(marks map[string]string) bool) {
	broker := app.SubscriptionsBroker()
	for _, chunk := range broker.ChunkedClients(clientsChunk) {
		for _, client := range chunk {
			if over(accountMarks(client)) {
				broker.Unregister(client.Id())
			}
		}
	}
}

func accountMarks(client subscriptions.Client) map[string]string {
	marks, _ := client.Get(accountsKey).(map[string]string)
	return marks
}
