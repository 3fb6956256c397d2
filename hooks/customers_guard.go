package hooks

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/internal/register"
)

// Faults of edits that need somebody else.
var (
	ErrPending = fault.Define("customer_pending",
		"客户正在审核，审核结束或撤回之前不能修改",
		"The customer is under review: it is not changed until that is decided or cancelled")
	ErrNeedsRequest = fault.Define("change_needs_request",
		"有效客户的{field}须通过变更申请修改（客户页面的“申请变更”）",
		"{field_en} of an active customer changes through a request (“Request a change” on its page)")
	ErrContactRequest = fault.Define("contact_needs_request",
		"有效客户的联系人须通过变更申请增加、修改或删除（客户页面的“申请变更”）",
		"Contacts of an active customer change through a request (“Request a change” on its page)")
)

// guarded tells whether somebody's hand is on the record: not the system's, not the engine's.
func (in *entry) guarded() bool { return in.auth != nil && !in.engine }

// administers: data administrators and the owner edit active customers directly (decisions.md).
func administers(app core.App, auth *core.Record) bool {
	return personOf(app, auth).Role == "data_admin"
}

// guard refuses an edit of a customer under review, and an edit of an active one that needs a
// request. Only what really changes counts; a mixed save is refused whole, each field listed.
func (s *customerSaving) guard(typed map[string]any) error {
	original := s.e.Record.Original()
	status := original.GetString("status")
	if s.e.Record.IsNew() || !s.in.guarded() || status != "pending" && status != "active" {
		return nil
	}
	keys, err := s.changes(typed)
	if err != nil || len(keys) == 0 {
		return err
	}
	findings := register.Findings{}
	set := s.policies.Load()
	admin := administers(s.e.App, s.in.auth)
	for _, key := range keys {
		switch {
		case status == "pending":
			findings[key] = ErrPending
		case !admin && set.Review.Change(set.ChangeClasses.Of(key), original.GetString("value_level")):
			findings[key] = needsRequest(key)
		}
	}
	if len(findings) == 0 {
		return nil
	}
	return &refusal{collection: "customers", status: http.StatusForbidden, findings: findings}
}

func needsRequest(key string) *fault.Fault {
	return ErrNeedsRequest.With("field", fields.Label(key, "zh"), "field_en", fields.Label(key, "en"))
}

// changes lists the typed fields whose checked value is another than the stored one.
func (s *customerSaving) changes(typed map[string]any) ([]string, error) {
	return changedKeys(s.House, s.db, s.e.Record.Original(), typed, s.result)
}

func changedKeys(h *House, db collections.DB, original *core.Record, typed map[string]any,
	result *register.Result) ([]string, error) {
	var keys []string
	for _, f := range fields.Of("customers") {
		if _, given := typed[f.Key]; !given {
			continue
		}
		value, checked := result.Values[f.Key]
		plain, sealed := result.Sealed[f.Key]
		switch {
		case sealed:
			same, err := h.sameSealed(db, original.Id, f.Key, plain)
			if err != nil {
				return nil, err
			}
			if !same {
				keys = append(keys, f.Key)
			}
		case checked && !same(value, stored(f, original)):
			keys = append(keys, f.Key)
		}
	}
	return keys, nil
}

// sameSealed compares a plain value with a sealed one without opening it.
func (h *House) sameSealed(db collections.DB, customer, field, plain string) (bool, error) {
	blind, err := collections.BlindOf(db, customer, field)
	if err != nil {
		return false, err
	}
	if plain == "" || len(blind) == 0 {
		return plain == "" && len(blind) == 0, nil
	}
	for _, candidate := range h.keys.BlindIndexes(field, plain) {
		if string(candidate) == string(blind) {
			return true, nil
		}
	}
	return false, nil
}

// contactGuard is the same for contacts: of a customer under review nobody changes them, of an
// active one they change by request. Notes about a contact are free.
func (h *House) contactGuard(app core.App, in *entry, r *core.Record, typed map[string]any) error {
	if r.Collection().Name != "contacts" || !in.guarded() {
		return nil
	}
	status, level, err := collections.StatusOf(collections.Through(app.DB()), r.GetString("customer"))
	if err != nil {
		return err
	}
	refused := func(key string, found *fault.Fault) error {
		return &refusal{collection: "contacts", status: http.StatusForbidden,
			findings: register.Findings{key: found}}
	}
	switch {
	case status == "pending":
		return refused("name", ErrPending)
	case status != "active" || administers(app, in.auth):
		return nil
	}
	set := h.policies.Load()
	if typed == nil || r.IsNew() {
		if set.Review.Change(set.ChangeClasses.Of("contacts"), level) {
			return refused("name", ErrContactRequest)
		}
		return nil
	}
	for key, value := range typed {
		f := fields.MustGet("contacts", key)
		if !same(value, stored(f, r.Original())) && set.Review.Change(contactClass(set, key), level) {
			return refused(key, ErrContactRequest)
		}
	}
	return nil
}

// contactClass: a contact's field is as free as its own class, and else as a contact is.
func contactClass(set *policy.Set, key string) policy.ChangeClass {
	if set.ChangeClasses.Of("contacts."+key) == policy.Free {
		return policy.Free
	}
	return set.ChangeClasses.Of("contacts")
}

// contactDeleteRequest guards the removal of a contact.
func (h *House) contactDeleteRequest(e *core.RecordRequestEvent) error {
	in := &entry{actor: actorOf(e.Auth), auth: e.Auth}
	if err := h.contactGuard(e.App, in, e.Record, nil); err != nil {
		return refuseError(e.RequestEvent, err)
	}
	return h.answered(e.RequestEvent, "contacts", e.Next())
}

// customerDeleteRequest: a customer under review stays until that is decided or cancelled.
func (h *House) customerDeleteRequest(e *core.RecordRequestEvent) error {
	if e.Record.GetString("status") == "pending" {
		return refuse(e.RequestEvent, http.StatusForbidden, ErrPending)
	}
	return h.refusals(e)
}
