package hooks

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// inRequest runs a request's hook so that what it saves and the entry about it commit together. The
// answer goes out after the commit.
func (h *House) inRequest(e *core.RequestEvent, next func() error, after func(tx core.App) error) error {
	outer := e.App
	defer func() { e.App = outer }()
	return outer.RunInTransaction(func(tx core.App) error {
		e.App = tx
		if err := next(); err != nil {
			return err
		}
		return after(tx)
	})
}

// noteSettings notes a change of PocketBase's settings: which, never to what; there are secrets
// among them.
func (h *House) noteSettings(e *core.SettingsUpdateRequestEvent) error {
	parts := changedParts(e.OldSettings, e.NewSettings)
	return h.inRequest(e.RequestEvent, e.Next, func(tx core.App) error {
		return h.note(tx, actorIn(e.RequestEvent), actSettings, target{},
			map[string]any{"changed": parts})
	})
}

func changedParts(old, now *core.Settings) []string {
	was, is := reflect.ValueOf(old).Elem(), reflect.ValueOf(now).Elem()
	var names []string
	for i := range was.NumField() {
		field := was.Type().Field(i)
		if field.IsExported() && !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()) {
			names = append(names, field.Name)
		}
	}
	return names
}

// noteCollection notes what an owner does to a collection. Views are refused: one over the
// register's tables would show them without the rules.
func (h *House) noteCollection(e *core.CollectionRequestEvent) error {
	act := map[string]string{http.MethodPost: "create", http.MethodPatch: "update",
		http.MethodDelete: "delete"}[e.Request.Method]
	if e.Collection.IsView() && act != "delete" {
		return refuse(e.RequestEvent, http.StatusForbidden, ErrDoorClosed)
	}
	name := e.Collection.Name
	return h.inRequest(e.RequestEvent, e.Next, func(tx core.App) error {
		return h.note(tx, actorIn(e.RequestEvent), actCollection, on(name, ""),
			map[string]any{"act": act})
	})
}

// noteAdmin notes what owners of the system do on PocketBase's own routes that have no hook.
func (h *House) noteAdmin(e *core.RequestEvent) error {
	action := adminAction(e.Request.Method, e.Request.URL.Path)
	if action == "" {
		return e.Next()
	}
	if err := e.Next(); err != nil {
		return err
	}
	who := actorIn(e)
	if e.Auth == nil { // a download authenticates by the token of a file
		who = h.byFileToken(e)
	}
	if who.Kind == public.Kind {
		return nil // nobody got anything
	}
	return h.noteLater(who, action, target{},
		map[string]any{"method": e.Request.Method, "path": e.Request.URL.Path})
}

func adminAction(method, path string) string {
	get := method == http.MethodGet || method == http.MethodHead
	switch {
	case strings.HasPrefix(path, "/api/backups"):
		return actBackup
	case strings.HasPrefix(path, "/api/logs"), strings.HasPrefix(path, "/api/crons") && !get,
		strings.HasPrefix(path, "/api/settings/"):
		return actAdmin
	}
	return ""
}

// byFileToken is who asks for a file, by the token in its address.
func (h *House) byFileToken(e *core.RequestEvent) actor {
	who := actorIn(e)
	auth, err := e.App.FindAuthRecordByToken(e.Request.URL.Query().Get("token"), core.TokenTypeFile)
	if err != nil {
		return who
	}
	signed := actorOf(auth)
	signed.IP, signed.Remote, signed.Source = who.IP, who.Remote, who.Source
	return signed
}

// noteSignIn notes that somebody was let in, and by what way. It stands behind the question for the
// second factor. A session that is only prolonged is none.
func (h *House) noteSignIn(e *core.RecordAuthRequestEvent) error {
	method := e.AuthMethod
	if e.Get(factorGivenKey) != nil {
		method = "second_factor"
	}
	if err := e.Next(); err != nil || method == "" {
		return err
	}
	who, from := actorOf(e.Record), actorIn(e.RequestEvent)
	who.IP, who.Remote, who.Source = from.IP, from.Remote, from.Source
	return h.note(e.App, who, actSignIn, onRecord(e.Record), map[string]any{"method": method})
}

// noteRefused notes a failed sign-in at the account that has the e-mail. Another e-mail is not kept:
// people type passwords into the wrong field.
func (h *House) noteRefused(e *core.RequestEvent, email, method, code string) error {
	to, detail := target{}, map[string]any{"method": method}
	if code != "" {
		detail["code"] = code
	}
	for _, collection := range accounts {
		if record, err := findAccount(e.App, collection, email); err == nil && record != nil {
			to = onRecord(record)
			break
		}
	}
	if to.Record == "" {
		detail["unknown"] = true
	}
	return h.noteLater(actorIn(e), actSignInFail, to, detail)
}

// carryHolder: whoever holds the token of a mailed link changes the record.
func carryHolder(e *core.RequestEvent, record *core.Record) {
	if record != nil {
		record.SetRaw(carriedKey, &entry{actor: actorIn(e)})
	}
}
