package hooks

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
)

// unnoted are collections whose records are made by the product's own work: what that work does is
// noted where it is done.
var unnoted = []string{"audit_log", "changes", "imports", "import_rows", "exports",
	"duplicate_pairs", "merges", "handovers", "archives", "jobs_log", "backups_log", core.CollectionNameAuthOrigins, core.CollectionNameMFAs,
	core.CollectionNameOTPs}

func (h *House) isNoted(c *core.Collection) bool {
	return h.ready.Load() && !slices.Contains(unnoted, c.Name)
}

// carriedBy takes the words of a request off a record, once.
func carriedBy(r *core.Record) *entry {
	in, _ := r.GetRaw(carriedKey).(*entry)
	r.SetRaw(carriedKey, nil)
	return in
}

// recordNote puts what a save changed on record, in the transaction of the save: an entry of the
// audit log, and for customers and what belongs to them the values in the history.
func (h *House) recordNote(e *core.RecordEvent) error {
	in := carriedBy(e.Record)
	if !h.isNoted(e.Record.Collection()) {
		return e.Next()
	}
	return inTransaction(e, func() error {
		a := h.acting(e.App, in)
		isNew := e.Record.IsNew()
		changes := changesOf(e.Record)
		if err := e.Next(); err != nil {
			return err
		}
		if len(changes) == 0 && !isNew {
			return nil // a save that changes nothing
		}
		db := collections.Through(e.App.DB())
		if customer := customerOf(e.Record); customer != "" && !isNew {
			if err := h.remember(db, a, customer, changes); err != nil {
				return err
			}
		}
		action := actUpdate
		if isNew {
			action = actCreate
		}
		if e.Record.Collection().Name == "policies" {
			action = actPolicy
		}
		return h.note(e.App, a.in.actor, action, onRecord(e.Record), a.told(e.Record, changes))
	})
}

// recordGone notes a deletion. What goes with a deleted customer is counted in the entry of the
// customer; what a customer loses while it stays is kept in its history.
func (h *House) recordGone(e *core.RecordEvent) error {
	in := carriedBy(e.Record)
	if !h.ready.Load() {
		return e.Next()
	}
	return inTransaction(e, func() error {
		a := h.acting(e.App, in)
		name := e.Record.Collection().Name
		if a.gone != nil { // a cascade
			a.gone[name]++
			return e.Next()
		}
		if !h.isNoted(e.Record.Collection()) && name != "imports" && name != "exports" {
			return e.Next()
		}
		changes := lostWith(e.Record)
		detail := a.told(e.Record, changes)
		if customer := customerOf(e.Record); customer != "" && name != "customers" {
			db := collections.Through(e.App.DB())
			if err := h.remember(db, a, customer, changes); err != nil {
				return err
			}
		}
		a.gone = map[string]int{}
		if known, ok := h.acts.Load(e.App); ok { // where cascades look
			known.(*act).gone = a.gone
		}
		err := e.Next()
		if len(a.gone) > 0 {
			detail["with"] = a.gone
		}
		if known, ok := h.acts.Load(e.App); ok {
			known.(*act).gone = nil
		}
		a.gone = nil
		if err != nil {
			return err
		}
		return h.note(e.App, a.in.actor, actDelete, onRecord(e.Record), detail)
	})
}

func (h *House) remember(db collections.DB, a *act, customer string,
	changes []collections.Change) error {
	for i := range changes {
		changes[i].Customer = customer
	}
	return collections.AppendChanges(db, a.cause(stampOf(h.options.Clock())), changes)
}

// customerOf is the customer in whose history a record's changes stand; "" for other collections.
func customerOf(r *core.Record) string {
	name := r.Collection().Name
	if name == "customers" {
		return r.Id
	}
	if slices.Contains(collections.Belongings, name) {
		return r.GetString("customer")
	}
	return ""
}

// tellable are changes that the audit log holds with their values: what is chosen from a list,
// counted or dated, of class B and F. What a customer is called or what was written about it stands
// in the history only, which goes when the person's data must go; no entry of the chain ever can.
func tellable(c collections.Change) bool {
	if c.Class != fields.Basic && c.Class != fields.Financial {
		return false
	}
	f, listed := fields.Get(c.Collection, c.Field)
	if !listed {
		return !slices.Contains(collections.Belongings, c.Collection) // staff, policies, tags …
	}
	switch f.Kind {
	case fields.Select, fields.SelectMany, fields.Bool, fields.Date, fields.Number, fields.Money,
		fields.Industry, fields.Division, fields.Staff, fields.Department, fields.Tags, fields.Customer,
		fields.Relation:
		return true
	}
	return false
}

// told is what the audit log says of a save or deletion.
func (a *act) told(r *core.Record, changes []collections.Change) map[string]any {
	detail := map[string]any{}
	if number := r.GetString("number"); number != "" && r.Collection().Name == "customers" {
		detail["number"] = number
	}
	changed := map[string]any{}
	for _, c := range changes {
		changed[c.Field] = "changed"
		if tellable(c) {
			changed[c.Field] = map[string]any{"old": c.Old, "new": c.New}
		}
	}
	if len(changed) > 0 {
		detail["fields"] = changed
	}
	if customer := customerOf(r); customer != "" && customer != r.Id {
		detail["customer"] = customer
	}
	for key, value := range map[string]string{"via": a.in.via, "reason": a.in.reason,
		"approved_by": a.in.approvedBy.ID} {
		if value != "" {
			detail[key] = value
		}
	}
	return detail
}

// systemHistory are the fields that only the product sets and that people ask about all the same.
var systemHistory = []string{"status", "department", "tier", "value_level", "verified"}

func historic(f *fields.Field) bool {
	return f.Kind != fields.JSON && (!f.System || slices.Contains(systemHistory, f.Key))
}

// classOf is the class of one value: the name of an individual is contact data.
func classOf(f *fields.Field, kind string) fields.Class {
	if f.Collection == "customers" && kind == "individual" &&
		(f.Key == "name" || f.Key == "short_name") {
		return fields.Contact
	}
	return f.Class
}

// resealedKey is where a save tells which fields of class S got another value: the mask may be the
// same. It is no field.
const resealedKey = "@kehu_resealed"

// changesOf are the fields that a save gives another value.
func changesOf(r *core.Record) []collections.Change {
	name, was := r.Collection().Name, r.Original()
	resealed, _ := r.GetRaw(resealedKey).([]string)
	r.SetRaw(resealedKey, nil)
	if len(fields.Of(name)) == 0 {
		return otherChanges(r)
	}
	var changes []collections.Change
	for _, f := range fields.Of(name) {
		if !historic(f) {
			continue
		}
		old, now := stored(f, was), stored(f, r)
		if f.Kind == fields.File {
			old, now = fileNames(f, was), fileNames(f, r)
		}
		if same(old, now) && (r.IsNew() || !slices.Contains(resealed, f.Key)) {
			continue
		}
		if r.IsNew() {
			old = nil
		}
		changes = append(changes, collections.Change{Collection: name, Record: r.Id, Field: f.Key,
			Class: classOf(f, r.GetString("kind")), Old: old, New: now})
	}
	return changes
}

func fileNames(f *fields.Field, r *core.Record) any {
	if names := r.GetStringSlice(f.Key); f.Many {
		return slices.Clone(names)
	}
	return r.GetString(f.Key)
}

// lostWith are the values that go with a deleted belonging, and when it was made: from them the
// history can tell what the customer had.
func lostWith(r *core.Record) []collections.Change {
	name := r.Collection().Name
	if name == "customers" || len(fields.Of(name)) == 0 {
		return nil
	}
	changes := []collections.Change{{Collection: name, Record: r.Id, Field: "created",
		Class: fields.Basic, Old: r.GetString("created")}}
	for _, f := range fields.Of(name) {
		old := stored(f, r)
		if f.Kind == fields.File {
			old = fileNames(f, r)
		}
		if historic(f) && !same(old, nil) {
			changes = append(changes, collections.Change{Collection: name, Record: r.Id,
				Field: f.Key, Class: f.Class, Old: old})
		}
	}
	return changes
}

// otherChanges are those of staff, departments, tags, policies, approvals …: told by value only where
// the field has a class that allows it.
func otherChanges(r *core.Record) []collections.Change {
	var changes []collections.Change
	was := r.Original()
	for _, f := range r.Collection().Fields {
		name := f.GetName()
		if f.Type() == core.FieldTypeAutodate || name == core.FieldNameId ||
			name == core.FieldNameTokenKey {
			continue
		}
		old, now := otherValue(f, was), otherValue(f, r)
		if same(old, now) {
			continue
		}
		c := collections.Change{Collection: r.Collection().Name, Record: r.Id, Field: name,
			Class: fields.Notes}
		class, known := collections.ClassOf(c.Collection, name)
		if known && f.Type() != core.FieldTypePassword {
			c.Class, c.Old, c.New = class, old, now
		}
		if r.IsNew() {
			c.Old = nil
		}
		changes = append(changes, c)
	}
	return changes
}

func otherValue(f core.Field, r *core.Record) any {
	switch f.Type() {
	case core.FieldTypePassword:
		return r.GetString(f.GetName() + ":hash")
	case core.FieldTypeBool:
		return r.GetBool(f.GetName())
	case core.FieldTypeJSON:
		var value any
		_ = r.UnmarshalJSONField(f.GetName(), &value) // null and "" are nil
		return value
	case core.FieldTypeNumber:
		return r.GetFloat(f.GetName())
	}
	if many, ok := f.(core.MultiValuer); ok && many.IsMultiple() {
		return slices.Clone(r.GetStringSlice(f.GetName()))
	}
	return r.GetString(f.GetName())
}
