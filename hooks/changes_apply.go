package hooks

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/fields"
)

func asMap(payload any) map[string]any {
	out := map[string]any{}
	text, err := json.Marshal(payload)
	if err == nil {
		_ = json.Unmarshal(text, &out) // our own JSON
	}
	return out
}

// changeDecided: on approval the customer changes by itself, through the same save as any other
// change; otherwise nothing happens to it.
func (h *House) changeDecided(d *deciding) error {
	if d.act != approval.Approve {
		return nil
	}
	w := &changeWriting{House: h, app: d.app, db: d.db, payload: &changePayload{},
		request: d.request.Id, entry: entry{actor: requesterOf(d), auth: d.auth, engine: true,
			via: "approval", reason: d.request.GetString("reason"), approvedBy: d.actor}}
	if err := d.request.UnmarshalJSONField("payload", w.payload); err != nil {
		return err
	}
	return w.write(d.request.GetString("customer"))
}

// requesterOf is who asked, as the one who changes what was approved.
func requesterOf(d *deciding) actor {
	a := actor{ID: d.request.GetString("requested_by"),
		Name: d.request.GetString("requested_by_name"), Staff: d.request.GetString("requester")}
	a.Kind, _, _ = strings.Cut(a.ID, ":")
	a.IP, a.Remote = d.actor.IP, d.actor.Remote // the request that brought it about
	return a
}

// changeWriting writes the fields and contacts of a request.
type changeWriting struct {
	*House
	app     core.App
	db      collections.DB
	payload *changePayload
	request string            // whose sealed values are to be opened
	sealed  map[string]string // or the plain values of what is written at once
	entry   entry
}

func (w *changeWriting) write(customer string) error {
	record, err := w.app.FindRecordById("customers", customer)
	if err != nil {
		return &staleness{gone}
	}
	if record.GetString("status") != "active" {
		return &staleness{moved}
	}
	if err := w.fields(record); err != nil {
		return err
	}
	for _, change := range w.payload.Contacts {
		if err := w.contact(customer, change); err != nil {
			return err
		}
	}
	return nil
}

// fields refuses the whole request when one of its fields has changed since it was asked for.
func (w *changeWriting) fields(record *core.Record) error {
	typed := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(w.payload.Changes)) {
		change, f := w.payload.Changes[key], fields.MustGet("customers", key)
		value, current, err := w.value(record, f, change)
		if err != nil {
			return err
		}
		if !current {
			return &staleness{changedSince(key)}
		}
		typed[key] = value
	}
	if len(typed) == 0 {
		return nil
	}
	in := w.entry
	in.typed, in.confirm, in.duplicate = typed, w.payload.Confirm, w.payload.Duplicate
	for key, value := range typed {
		record.Set(key, value) // whatever is compared with the original sees a change
	}
	record.SetRaw(entryKey, &in)
	return w.app.Save(record)
}

// value is what the request writes, and whether what it replaces still stands.
func (w *changeWriting) value(record *core.Record, f *fields.Field, change fieldChange) (any, bool,
	error) {
	if f.Class != fields.Sensitive {
		typed := change.Typed
		if typed == nil {
			typed = change.New
		}
		return typed, same(fromJSON(f, change.Old), stored(f, record)), nil
	}
	if w.request == "" {
		return w.sealed[f.Key], true, nil
	}
	sealed, before, found, err := collections.SealedOfRequest(w.db, w.request, f.Key)
	if err != nil || !found {
		return nil, false, err
	}
	now, err := collections.BlindOf(w.db, record.Id, f.Key)
	if err != nil || !bytes.Equal(before, now) {
		return nil, false, err
	}
	plain, err := w.keys.Open(sealed, "approvals", w.request, f.Key)
	return string(plain), true, err
}

func changedSince(key string) [2]string {
	return [2]string{"「" + fields.Label(key, "zh") + "」在申请之后已被修改",
		fields.Label(key, "en") + " has changed since"}
}

func (w *changeWriting) contact(customer string, change contactChange) error {
	record, err := w.contactRecord(customer, change)
	if err != nil {
		return err
	}
	if change.Remove {
		return w.app.Delete(record)
	}
	typed := map[string]any{}
	for key, one := range change.Changes {
		f := fields.MustGet("contacts", key)
		if change.ID != "" && !same(fromJSON(f, one.Old), stored(f, record)) {
			return &staleness{changedSince("contacts." + key)}
		}
		typed[key] = one.Typed
		record.Set(key, one.Typed)
	}
	in := w.entry
	in.typed, in.duplicate = typed, w.payload.Duplicate
	record.SetRaw(entryKey, &in)
	return w.app.Save(record)
}

func (w *changeWriting) contactRecord(customer string, change contactChange) (*core.Record, error) {
	if change.ID == "" {
		collection, err := w.app.FindCachedCollectionByNameOrId("contacts")
		if err != nil {
			return nil, err
		}
		record := core.NewRecord(collection)
		record.Set("customer", customer)
		return record, nil
	}
	record, err := w.app.FindRecordById("contacts", change.ID)
	if err != nil || record.GetString("customer") != customer {
		return nil, &staleness{[2]string{"联系人已被删除或移走", "the contact was removed"}}
	}
	if change.Remove {
		for key, one := range change.Changes {
			f := fields.MustGet("contacts", key)
			if !same(fromJSON(f, one.Old), stored(f, record)) {
				return nil, &staleness{changedSince("contacts." + key)}
			}
		}
	}
	return record, nil
}
