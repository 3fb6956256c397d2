package hooks

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
)

// actor is who acts: in "by" columns, in reasons, and in the audit log.
type actor struct {
	ID, Name, Staff string
	Kind            string // collections.ActorKinds
	Role            string
	IP, Remote      string // the client's address, and that of the connection
	Source          string // "admin" where the built-in admin UI asked
}

var (
	system = actor{ID: "system", Name: "系统", Kind: "system"}
	public = actor{ID: "public", Kind: "public"}
)

// actorOf is a signed-in record as an actor, without the address: see actorIn.
func actorOf(auth *core.Record) actor {
	switch {
	case auth == nil:
		return system
	case auth.IsSuperuser():
		a := actor{ID: "superuser:" + auth.Id, Name: auth.Email(), Kind: "superuser",
			Role: "data_admin"}
		if isCommand(auth) {
			a.Kind = "cli"
		}
		return a
	}
	return actor{ID: "staff:" + auth.Id, Name: auth.GetString("name"), Staff: auth.Id,
		Kind: "staff", Role: auth.GetString("role")}
}

// actorIn is who sends a request, and from where.
func actorIn(e *core.RequestEvent) actor {
	a := public
	if e.Auth != nil {
		a = actorOf(e.Auth)
	}
	a.IP, a.Remote = e.RealIP(), e.RemoteIP()
	if strings.EqualFold(e.Request.Header.Get("X-Request-Source"), "pbui") {
		a.Source = "admin"
	}
	return a
}

// carriedKey is where the words of a request travel on a record until it is saved or deleted. Like
// entryKey it is no field.
const carriedKey = "@kehu_acts"

// carry binds who asks to a record that a request saves or deletes, whatever its collection.
func (h *House) carry(e *core.RecordRequestEvent) error {
	e.Record.SetRaw(carriedKey, &entry{actor: actorIn(e.RequestEvent), auth: e.Auth})
	return e.Next()
}

// act is one transaction's work: what is saved in it without words of its own, by hooks and
// cascades, was done by whoever began it.
type act struct {
	in   *entry
	gone map[string]int // records that went with a deleted one, by collection
}

// acting finds the act of a transaction. in are the words on the record; nil where it has none.
func (h *House) acting(app core.App, in *entry) *act {
	if known, ok := h.acts.Load(app); ok {
		a := known.(*act)
		if in != nil && in != a.in {
			return &act{in: in, gone: a.gone}
		}
		return a
	}
	if in == nil {
		in = &entry{actor: system}
	}
	a := &act{in: in}
	h.acts.Store(app, a)
	app.TxInfo().OnComplete(func(error) error {
		h.acts.Delete(app)
		return nil
	})
	return a
}

// cause is the act as history tells it.
func (a *act) cause(at string) collections.Cause {
	in := a.in
	c := collections.Cause{By: in.actor.ID, ByName: in.actor.Name, ApprovedBy: in.approvedBy.ID,
		ApprovedByName: in.approvedBy.Name, Reason: in.reason, At: at, Via: in.via}
	if c.Via == "" {
		c.Via = "edit"
		if in.actor.ID == system.ID {
			c.Via = "system"
		}
	}
	return c
}
