package hooks

import (
	"errors"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/approval"
)

// deciding is one decision at work, in its transaction.
type deciding struct {
	*House
	app     core.App // the transaction
	db      collections.DB
	request *core.Record
	auth    *core.Record
	actor   actor
	act     approval.Act
	remark  string
	single  bool
	after   []func() // what follows once it has committed
}

// Actions of the audit log.
const (
	actAsk    = "request"
	actDecide = "decide"
)

// staleness ends a request that no longer fits what is there: nothing of the decision is kept.
type staleness struct{ why [2]string }

func (s *staleness) Error() string { return s.why[0] }

// approvalAct answers POST /approvals/{id}/approve, reject and cancel.
func (h *House) approvalAct(act approval.Act) func(*core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		body := struct {
			Note string `json:"note" form:"note"`
		}{}
		if err := e.BindBody(&body); err != nil {
			return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
		}
		request, err := h.visibleRequest(e)
		if err != nil {
			return refuseError(e, err)
		}
		d := &deciding{House: h, auth: e.Auth, actor: actorIn(e), act: act,
			remark: trimmed(body.Note)}
		err = e.App.RunInTransaction(func(tx core.App) error { return d.run(tx, request.Id) })
		var old *staleness
		if errors.As(err, &old) {
			if err := h.expire(e.App, request.Id, old); err != nil {
				return err
			}
			return refuseRequest(e, ErrStale.With("why", old.why[0], "why_en", old.why[1]))
		}
		if err != nil {
			return refuseRequest(e, err)
		}
		for _, follow := range d.after {
			follow()
		}
		return e.JSON(http.StatusOK, h.shownRequest(d.request, language(e)))
	}
}

// visibleRequest finds a request that the asker may read.
func (h *House) visibleRequest(e *core.RequestEvent) (*core.Record, error) {
	request, err := e.App.FindRecordById("approvals", e.Request.PathValue("id"))
	if err != nil {
		return nil, ErrMissingRecord
	}
	info, err := e.RequestInfo()
	if err != nil {
		return nil, err
	}
	may, err := e.App.CanAccessRecord(request, info, request.Collection().ViewRule)
	if err != nil || !may {
		return nil, ErrMissingRecord
	}
	return request, nil
}

// run decides in one transaction: what was read before it is read again.
func (d *deciding) run(tx core.App, id string) error {
	request, err := tx.FindRecordById("approvals", id)
	if err != nil {
		return ErrMissingRecord
	}
	d.app, d.db, d.request = tx, collections.Through(tx.DB()), request
	if state := request.GetString("state"); state != "open" {
		return decidedFault(state)
	}
	if err := d.may(); err != nil {
		return err
	}
	if d.act == approval.Approve && request.GetString("number") != "" &&
		request.GetString("subject_collection") != "archives" {
		if _, there, err := collections.DepartmentOfCustomer(d.db,
			request.GetString("customer")); err != nil || !there {
			return errors.Join(err, &staleness{gone})
		}
	}
	if decided := d.rowOf(request).decided; decided != nil {
		if err := decided(d); err != nil {
			return err
		}
	}
	return d.store()
}

// may tells whether this person, as they are at this moment, may do this to the request.
func (d *deciding) may() error {
	who := personOf(d.app, d.auth)
	marks := requesterMarks(d.app, d.request)
	if d.act == approval.Cancel {
		if who.Active && (approval.SamePerson(marks, who.Marks) || who.Role == "data_admin") {
			return nil
		}
		return ErrNotYours
	}
	path, err := pathOf(d.app, d.request)
	if err != nil {
		return err
	}
	asked := approval.Request{Decider: approval.Decider(d.request.GetString("decider_role")),
		Path: path, Requester: marks}
	others, err := d.others(asked)
	if err != nil {
		return err
	}
	verdict := approval.Decide(asked, who.Candidate, others, d.policies.Load().Review.Single, d.remark)
	if !verdict.Allowed {
		return verdict.Why
	}
	if d.act == approval.Reject && d.remark == "" {
		return ErrRejectNote
	}
	d.single = verdict.Single
	return nil
}

// others counts the people beside the requester who could decide.
func (d *deciding) others(asked approval.Request) (n int, err error) {
	all, err := deciders(d.app)
	for _, p := range all {
		if approval.Entitled(asked, p.Candidate) && !approval.SamePerson(asked.Requester, p.Marks) {
			n++
		}
	}
	return n, err
}

// store writes the decision on the request, and ends what reminded of it.
func (d *deciding) store() error {
	r := d.request
	r.Set("state", approval.Outcome(d.act))
	r.Set("decided_by", d.actor.ID)
	r.Set("decided_by_name", d.actor.Name)
	r.Set("decided", d.now().UTC())
	r.Set("note", d.remark)
	r.Set("single", d.single)
	r.SetRaw(carriedKey, &entry{actor: d.actor, auth: d.auth})
	if err := d.app.Save(r); err != nil {
		return err
	}
	detail := map[string]any{"act": string(d.act), "kind": r.GetString("kind"),
		"number": r.GetString("number")}
	if d.single {
		detail["single"] = "单人确认"
	}
	return errors.Join(d.House.note(d.app, d.actor, actDecide, onRecord(r), detail),
		collections.DropSealedOfRequest(d.db, r.Id),
		collections.CloseTasksOf(d.db, "approvals", r.Id, d.actor.ID, stampOf(d.options.Clock())))
}

// expire marks a request as stale, unless somebody else has decided it by now.
func (h *House) expire(app core.App, id string, why *staleness) error {
	return app.RunInTransaction(func(tx core.App) error {
		request, err := tx.FindRecordById("approvals", id)
		if err != nil || request.GetString("state") != "open" {
			return err
		}
		request.Set("state", "stale")
		request.Set("note", why.why[0])
		request.Set("decided", h.now().UTC())
		if err := tx.Save(request); err != nil {
			return err
		}
		db := collections.Through(tx.DB())
		return errors.Join(collections.DropSealedOfRequest(db, id),
			collections.CloseTasksOf(db, "approvals", id, system.ID, stampOf(h.options.Clock())))
	})
}

// setStatus moves a customer on in the machine of its status.
func (d *deciding) setStatus(customer string) error {
	record, err := d.app.FindRecordById("customers", customer)
	if err != nil {
		return &staleness{gone}
	}
	next, ok := approval.Next(record.GetString("status"), d.act)
	if !ok {
		return &staleness{moved}
	}
	record.Set("status", next)
	record.SetRaw(entryKey, &entry{actor: d.actor, auth: d.auth, engine: true,
		via: "approval", reason: d.remark})
	return d.app.Save(record)
}

// entryDecided: a new customer becomes active, is returned, or is a draft again.
func (h *House) entryDecided(d *deciding) error {
	return d.setStatus(d.request.GetString("customer"))
}
