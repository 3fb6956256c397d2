package hooks

import (
	"maps"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/cn"
	"kehu/internal/fields"
	"kehu/internal/register"
)

// entryKey is where a request's extra words travel on a record; it is no field, so it is neither
// stored nor answered.
const entryKey = "@kehu"

// entry is what a request says about a record beside its fields.
type entry struct {
	typed     map[string]any    // the values as they came; nil: what the record holds
	confirm   map[string]string // reasons for values against the standard
	duplicate string            // reason for a suspected duplicate
	consent   *consent
	actor     actor
	auth      *core.Record
	engine    bool // the approvals engine writes what was decided

	via        string // how the change came about (collections.Vias); "" is an edit
	reason     string // why, where somebody had to say
	approvedBy actor  // who allowed it, where somebody had to
}

// consent is what the body of a creation may carry (decisions.md, Sensitive numbers).
type consent struct {
	Purposes  []string `json:"purposes"`
	Method    string   `json:"method"`
	Statement string   `json:"statement_version"`
}

// entryOf reads the words off the record, once: a record saved again later must not repeat them.
func entryOf(record *core.Record) *entry {
	in, _ := record.GetRaw(entryKey).(*entry)
	record.SetRaw(entryKey, nil)
	if in != nil {
		record.SetRaw(carriedKey, in)
	}
	if in == nil {
		in = &entry{actor: system}
	}
	return in
}

// readEntry collects the words from a request's body.
func readEntry(e *core.RecordRequestEvent) (*entry, error) {
	info, err := e.RequestInfo()
	if err != nil {
		return nil, err
	}
	in := &entry{typed: map[string]any{}, actor: actorIn(e.RequestEvent), auth: e.Auth}
	collection := e.Record.Collection().Name
	raw := map[string]any{}
	if err := e.BindBody(&raw); err != nil {
		return nil, err
	}
	for _, f := range fields.Of(collection) {
		value, given := info.Body[f.Key]
		if text, isText := raw[f.Key].(string); isText && f.Kind != fields.File {
			value = text // PocketBase has made a number of "500万" by now
		}
		if given && !f.System {
			in.typed[f.Key] = value
		}
	}
	in.duplicate, _ = info.Body["confirm_duplicate"].(string)
	in.confirm = texts(info.Body["confirm"])
	for _, reason := range append(slices.Collect(maps.Values(in.confirm)), in.duplicate) {
		if len(cn.FindSensitive(reason)) > 0 {
			return nil, refuseError(e.RequestEvent, errSensitiveReason())
		}
	}
	in.consent = readConsent(info.Body["consent"])
	return in, nil
}

func texts(value any) map[string]string {
	out := map[string]string{}
	if given, ok := value.(map[string]any); ok {
		for key, v := range given {
			if s, ok := v.(string); ok {
				out[key] = s
			}
		}
	}
	return out
}

func readConsent(value any) *consent {
	given, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	c := &consent{}
	c.Method, _ = given["method"].(string)
	c.Statement, _ = given["statement_version"].(string)
	if purposes, ok := given["purposes"].([]any); ok {
		for _, p := range purposes {
			if s, ok := p.(string); ok {
				c.Purposes = append(c.Purposes, s)
			}
		}
	}
	return c
}

// given are the values to check: those of the request that differ from what is stored, or, for a
// record saved in Go, those that changed.
func (in *entry) given(record *core.Record) map[string]any {
	typed := map[string]any{}
	for _, f := range fields.Of(record.Collection().Name) {
		if f.System || f.Kind == fields.File {
			continue
		}
		value, ok := in.typed[f.Key]
		if in.typed == nil {
			value, ok = stored(f, record), record.IsNew() || changed(f, record)
		} else if ok && !record.IsNew() {
			ok = !same(value, stored(f, record.Original()))
		}
		if ok {
			typed[f.Key] = value
		}
	}
	return typed
}

func changed(f *fields.Field, record *core.Record) bool {
	return !same(stored(f, record), stored(f, record.Original()))
}

func same(a, b any) bool { return register.Same(a, b) }

// valuesOf is a record's values in the rules' own form.
func valuesOf(record *core.Record) register.Values {
	values := register.Values{}
	for _, f := range fields.Of(record.Collection().Name) {
		values[f.Key] = stored(f, record)
	}
	return values
}

func stored(f *fields.Field, record *core.Record) any {
	switch f.Kind {
	case fields.Money, fields.Number:
		return record.GetFloat(f.Key)
	case fields.Bool:
		return record.GetBool(f.Key)
	case fields.SelectMany, fields.Tags:
		return slices.Clone(record.GetStringSlice(f.Key))
	case fields.JSON:
		var value any
		if err := record.UnmarshalJSONField(f.Key, &value); err != nil {
			return nil
		}
		return value
	}
	return record.GetString(f.Key)
}

// keepSystem puts back what only the product sets: such fields of a request are ignored, not
// refused, because the admin UI sends whole records (data.md).
func keepSystem(record *core.Record) {
	original := record.Original()
	for _, f := range fields.Of(record.Collection().Name) {
		if f.System {
			record.SetRaw(f.Key, original.GetRaw(f.Key))
		}
	}
}

// apply sets the checked values on the record. What was typed and is not among them was left out:
// the stored value stays.
func apply(record *core.Record, typed map[string]any, values register.Values) {
	for key := range typed {
		if _, kept := values[key]; !kept {
			record.SetRaw(key, record.Original().GetRaw(key))
		}
	}
	for key, value := range values {
		record.Set(key, value)
	}
}

// mergeJSON keeps what is known under other keys; an empty value erases its key.
func mergeJSON[T comparable](record *core.Record, field string, changes map[string]T) {
	kept := map[string]any{}
	_ = record.UnmarshalJSONField(field, &kept) // null and "" leave it empty
	if kept == nil {
		kept = map[string]any{}
	}
	var empty T
	for key, value := range changes {
		delete(kept, key)
		if value != empty {
			kept[key] = value
		}
	}
	record.Set(field, kept)
}

func (h *House) lookup(app core.App) *collections.Lookup {
	return collections.NewLookup(collections.Through(app.DB()))
}
