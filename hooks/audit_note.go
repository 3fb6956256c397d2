package hooks

import (
	"encoding/json"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/ledger"
)

// Actions are what may be done, as the audit log names it.
const (
	actList        = "list"
	actView        = "view"
	actSearch      = "search"
	actCheck       = "check"
	actLookup      = "lookup"
	actSubscribe   = "subscribe"
	actDownload    = "download"
	actCreate      = "create"
	actUpdate      = "update"
	actDelete      = "delete"
	actPolicy      = "policy"
	actReveal      = "reveal"
	actExport      = "export"
	actImport      = "import"
	actUndo        = "import_undo"
	actSignIn      = "sign_in"
	actSignInFail  = "sign_in_failed"
	actImpersonate = "impersonate"
	actSettings    = "settings"
	actCollection  = "collection"
	actAdmin       = "admin"
	actSQL         = "sql"
	actBackup      = "backup"
	actUpgrade     = "upgrade"
	actPurge       = "audit_purge"
	actScan        = "duplicates_scan"
	actDistinct    = "duplicates_distinct"
)

// target is what an act was done to; both are empty where it was done to nothing in particular.
type target struct{ Collection, Record string }

// on names a collection and a record.
func on(collection, record string) target { return target{collection, record} }

// onRecord is the record as a target.
func onRecord(r *core.Record) target { return target{r.Collection().Name, r.Id} }

// note puts an act on record. Within a transaction (app of a hook, tx of RunInTransaction) the
// entry commits with the change that it records, or not at all; elsewhere it commits before note
// returns. detail becomes JSON: it names fields, ids, counts and reasons, and never holds a value of
// class S, nor one of class C where the history holds it.
func (h *House) note(app core.App, who actor, action string, to target, detail map[string]any) error {
	e, err := h.entryFor(who, action, to, detail)
	if err != nil {
		return err
	}
	return h.append(app, e)
}

// entryFor writes an entry without its place in the chain.
func (h *House) entryFor(who actor, action string, to target, detail map[string]any) (
	*ledger.Entry, error) {
	text := []byte("{}")
	if who.Source != "" {
		detail = with(detail, "source", who.Source)
	}
	if len(detail) > 0 {
		var err error
		if text, err = json.Marshal(detail); err != nil {
			return nil, fmt.Errorf("audit of %s: %w", action, err)
		}
	}
	e := &ledger.Entry{At: stampOf(h.options.Clock()), Actor: who.ID, Name: who.Name, Kind: who.Kind,
		Role: who.Role, IP: who.IP, Action: action, Collection: to.Collection, Record: to.Record,
		Detail: string(text)}
	if who.Remote != who.IP {
		e.Remote = who.Remote
	}
	return e, nil
}

// with is detail with one more word.
func with(detail map[string]any, key string, value any) map[string]any {
	more := make(map[string]any, len(detail)+1)
	for k, v := range detail {
		more[k] = v
	}
	more[key] = value
	return more
}

// append chains entries within app's transaction, or in one of their own, and anchors them once
// they are committed.
func (h *House) append(app core.App, entries ...*ledger.Entry) error {
	if !app.IsTransactional() {
		return app.RunInTransaction(func(tx core.App) error { return h.append(tx, entries...) })
	}
	mark, err := collections.AppendAudit(collections.Through(app.DB()), h.chain, entries...)
	if err != nil {
		return fmt.Errorf("the audit log: %w", err)
	}
	app.TxInfo().OnComplete(func(failed error) error {
		if failed == nil {
			h.anchor.set(mark)
		}
		return nil
	})
	return nil
}
