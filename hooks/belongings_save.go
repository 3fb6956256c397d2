package hooks

import (
	"net/http"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/register"
)

// ErrMoved: what belongs to a customer stays with it.
var ErrMoved = fault.Define("customer_fixed", "不能把记录移到另一个客户，请在那个客户下新建",
	"A record cannot move to another customer, make a new one there")

func (h *House) belongingRequest(e *core.RecordRequestEvent) error {
	in, err := readEntry(e)
	if err != nil {
		return err
	}
	keepSystem(e.Record)
	if err := h.keepUnwritten(e, in); err != nil {
		return err
	}
	e.Record.SetRaw(entryKey, in)
	return h.answered(e.RequestEvent, e.Record.Collection().Name, e.Next())
}

// belongingSave checks a contact, follow-up, contract …, and refreshes what its customer derives
// from it.
func (h *House) belongingSave(e *core.RecordEvent) error {
	in := entryOf(e.Record)
	return inTransaction(e, func() error {
		db, isNew := collections.Through(e.App.DB()), e.Record.IsNew()
		suspected, err := h.belongingCheck(e, in, db)
		if err != nil {
			return err
		}
		if err := e.Next(); err != nil {
			return err
		}
		customer := e.Record.GetString("customer")
		for _, d := range suspected {
			err := collections.ConfirmPair(db, customer, d, in.duplicate, in.actor.ID)
			if err != nil {
				return err
			}
		}
		if err := h.belongingTasks(db, e.Record, in, isNew); err != nil {
			return err
		}
		return h.refresh(db, e.Record.Collection().Name, customer)
	})
}

func (h *House) belongingCheck(e *core.RecordEvent, in *entry, db collections.DB) (
	[]collections.Duplicate, error) {
	r, name := e.Record, e.Record.Collection().Name
	isNew := r.IsNew()
	var before register.Values
	if !isNew {
		before = valuesOf(r.Original())
	}
	typed := in.given(r)
	if isNew {
		h.belongingDefaults(name, in, typed)
	}
	result := register.Check(name, before, typed, &register.Rules{Policy: h.policies.Load(),
		Now: h.now(), Lookup: collections.NewLookup(db), Actor: in.actor.ID})
	if !isNew && r.GetString("customer") != r.Original().GetString("customer") {
		result.Errors["customer"] = ErrMoved
	}
	if len(result.Errors) > 0 {
		return nil, &refusal{collection: name, status: http.StatusBadRequest,
			findings: result.Errors}
	}
	if err := h.contactGuard(e.App, in, r, typed); err != nil {
		return nil, err
	}
	apply(r, typed, result.Values)
	if isNew && (name == "contracts" || name == "tickets") && r.GetString("number") == "" {
		numbers, err := h.numbers(name)
		if err != nil {
			return nil, err
		}
		number, err := numbers.Next(db, h.now(), "")
		if err != nil {
			return nil, err
		}
		r.Set("number", number)
	}
	return h.contactDuplicates(e.App, r, in, db)
}

// contactDuplicates: the same mobile at another customer is a suspected duplicate (R4.2).
func (h *House) contactDuplicates(app core.App, r *core.Record, in *entry, db collections.DB) (
	[]collections.Duplicate, error) {
	mobile := r.GetString("mobile")
	if r.Collection().Name != "contacts" || mobile == "" ||
		!r.IsNew() && mobile == r.Original().GetString("mobile") {
		return nil, nil
	}
	customer, err := app.FindRecordById("customers", r.GetString("customer"))
	if err != nil {
		return nil, nil // the relation itself is refused
	}
	found, err := h.findDuplicates(db, &compared{id: customer.Id, values: valuesOf(customer),
		exact:    collections.Candidate{ID: customer.Id, ContactMobiles: []string{mobile}},
		contacts: []register.Values{{"name": r.GetString("name"), "mobile": mobile}}})
	if err != nil {
		return nil, err
	}
	if found, err = settled(db, customer.Id, by(toAsk(found), []string{"mobile"})); err != nil ||
		len(found) == 0 {
		return nil, err
	}
	return found, h.duplicateRefusal(in, customer.GetString("name"), found)
}

// belongingDefaults fills what is plain from the circumstances.
func (h *House) belongingDefaults(name string, in *entry, typed map[string]any) {
	blank := func(key string) bool { return register.Same(typed[key], nil) }
	today := h.now().Format("2006-01-02")
	switch name {
	case "followups":
		if blank("staff") && in.actor.Staff != "" {
			typed["staff"] = in.actor.Staff
		}
	case "contracts":
		if blank("state") {
			typed["state"] = "running"
		}
	case "orders":
		if blank("state") {
			typed["state"] = "placed"
		}
	case "tickets":
		if blank("state") {
			typed["state"] = "open"
		}
		if blank("opened") {
			typed["opened"] = today
		}
	}
}

func (h *House) belongingDelete(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		if err := e.Next(); err != nil {
			return err
		}
		return h.refresh(collections.Through(e.App.DB()), e.Record.Collection().Name,
			e.Record.GetString("customer"))
	})
}

// refresh derives anew what a customer takes from one of its collections.
func (h *House) refresh(db collections.DB, changed, customer string) error {
	won := false
	switch changed {
	case "contracts", "orders":
		var err error
		if won, err = h.classifier(db).dealsChanged(customer); err != nil {
			return err
		}
	case "followups":
		if err := collections.RefreshContact(db, customer); err != nil {
			return err
		}
	}
	if slices.Contains([]string{"contacts", "contracts", "orders", "followups", "consents"}, changed) {
		if err := h.refreshMissing(db, customer); err != nil {
			return err
		}
	}
	if won {
		if err := h.wonTask(db, customer); err != nil {
			return err
		}
	}
	if changed == "contacts" || changed == "contracts" || changed == "orders" {
		return collections.Reindex(db, customer)
	}
	return nil
}

func (h *House) refreshMissing(db collections.DB, customer string) error {
	set := h.policies.Load()
	values, err := collections.RequiredValues(db, customer, set)
	if err != nil || values == nil {
		return err
	}
	needs, err := collections.Needs(db, customer, set)
	if err != nil {
		return err
	}
	missing := register.Missing(values, needs, set)
	if len(missing) == 0 {
		err := collections.CloseTasks(db, customer, "complete", system.ID, stampOf(h.options.Clock()))
		if err != nil {
			return err
		}
	}
	return collections.StoreMissing(db, customer, missing)
}
