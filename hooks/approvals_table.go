package hooks

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/fault"
	"kehu/internal/policy"
	"kehu/internal/workday"
)

// Faults of requests.
var (
	ErrDecided = fault.Define("approval_decided", "此申请已是“{state}”状态，不能再处理",
		"The request is {state_en} already")
	ErrStale = fault.Define("approval_stale", "申请已过时：{why}，请重新提交",
		"The request is out of date ({why_en}): make it anew")
	ErrRejectNote = fault.Define("approval_reject_note", "退回时请说明原因",
		"Say why it is returned")
	ErrNotYours = fault.Define("approval_not_yours", "只有申请人和数据管理员可以撤回此申请",
		"Only who asked, and data administrators, can cancel a request")
)

// approvalKind is one row of the table: who decides, within how many working days, and what
// happens when it is approved, rejected or cancelled. A nil consequence leaves all to the record.
type approvalKind struct {
	decider approval.Decider
	days    func(policy.SLA) int
	decided func(*deciding) error
}

// approvalTable is the table of requests, by kind; a change of important fields has a row of its
// own. Never the person who asked, whatever the row says (internal/approval).
func (h *House) approvalTable() map[string]approvalKind {
	const manager, admin = approval.Manager, approval.Admin
	return map[string]approvalKind{
		"entry":     {manager, func(s policy.SLA) int { return s.Entry }, h.entryDecided},
		"change":    {manager, func(s policy.SLA) int { return s.Ordinary }, h.changeDecided},
		"important": {admin, func(s policy.SLA) int { return s.Important }, h.changeDecided},
		"batch":     {manager, func(s policy.SLA) int { return s.Batch }, h.batchDecided},
		"archive":   {manager, func(s policy.SLA) int { return s.Archive }, h.archiveDecided},
		"tier":      {manager, func(s policy.SLA) int { return s.Tier }, h.tierDecided},
		"purge":     {admin, func(s policy.SLA) int { return s.Purge }, h.purgeDecided},
		"erase":     {admin, func(s policy.SLA) int { return s.Erase }, nil},
		"export":    {admin, func(s policy.SLA) int { return s.Export }, h.exportDecided},
		"share":     {admin, func(s policy.SLA) int { return s.Share }, nil},
	}
}

// approvalKindOf is the value of the field kind for a row of the table.
func approvalKindOf(row string) string {
	if row == "important" {
		return "change"
	}
	return row
}

// rowOf finds the row of a stored request.
func (h *House) rowOf(request *core.Record) approvalKind {
	row := request.GetString("kind")
	if row == "change" && request.GetString("decider_role") == string(approval.Admin) {
		row = "important"
	}
	return h.approvalTable()[row]
}

func (h *House) bindApprovals(g *router.RouterGroup[*core.RequestEvent]) {
	g.POST("/customers/{id}/submit", h.customerSubmit).BindFunc(signedIn)
	g.POST("/customers/{id}/changes", h.customerChanges).BindFunc(signedIn)
	g.POST("/approvals/{id}/approve", h.approvalAct(approval.Approve)).BindFunc(signedIn)
	g.POST("/approvals/{id}/reject", h.approvalAct(approval.Reject)).BindFunc(signedIn)
	g.POST("/approvals/{id}/cancel", h.approvalAct(approval.Cancel)).BindFunc(signedIn)
}

// wanted is a request about to be made.
type wanted struct {
	row         string // of the table
	customer    *core.Record
	department  string // where there is no customer
	number      string // of what it is about, where there is no customer
	collection  string // what it is about
	id          string
	payload     map[string]any
	reason      string
	confirmed   string
	checked     string
	compliance  map[string]any
	occurred    time.Time
	attachments []string
	files       []*filesystem.File
}

// ask stores a request, in the transaction of what it locks.
func (h *House) ask(app core.App, auth *core.Record, a wanted) (*core.Record, error) {
	return h.askAs(app, actorOf(auth), personOf(app, auth), auth, a)
}

// askAs stores a request of somebody who is not there to ask: auth is the account that asks, nil where
// none is at work.
func (h *House) askAs(app core.App, by actor, who person, auth *core.Record, a wanted) (*core.Record, error) {
	collection, err := app.FindCachedCollectionByNameOrId("approvals")
	if err != nil {
		return nil, err
	}
	row := h.approvalTable()[a.row]
	r := core.NewRecord(collection)
	r.Load(map[string]any{"kind": approvalKindOf(a.row), "subject_collection": a.collection,
		"subject_id": a.id, "department": a.department, "number": a.number, "payload": a.payload, "reason": a.reason,
		"confirmed_with": a.confirmed, "checked_against": a.checked, "attachments": a.attachments,
		"requested_by": by.ID, "requested_by_name": by.Name, "requester": who.Staff,
		"persons": who.Marks, "requested": h.now().UTC(), "state": "open",
		"decider_role": string(row.decider)})
	if a.compliance != nil {
		r.Set("compliance", a.compliance)
	}
	if a.customer != nil {
		r.Set("customer", a.customer.Id)
		r.Set("number", a.customer.GetString("number"))
		r.Set("department", a.customer.GetString("department"))
	}
	if !a.occurred.IsZero() {
		r.Set("occurred", a.occurred.UTC())
	}
	if len(a.files) > 0 {
		r.Set("files", a.files)
	}
	stampDue(r, h.dueIn(row.days(h.policies.Load().SLA)))
	r.SetRaw(carriedKey, &entry{actor: by, auth: auth})
	if err := app.Save(r); err != nil {
		return nil, err
	}
	return r, h.note(app, by, actAsk, onRecord(r), map[string]any{"kind": r.GetString("kind"),
		"number": r.GetString("number")})
}

// shownRequest is a request as the routes answer it.
func (h *House) shownRequest(r *core.Record, lang string) map[string]any {
	shown := map[string]any{"id": r.Id}
	for _, key := range []string{"kind", "customer", "number", "state", "decider_role", "due",
		"provisional", "requested", "requested_by", "requested_by_name", "decided", "decided_by",
		"decided_by_name", "note", "single", "escalated", "subject_collection", "subject_id",
		"reason"} {
		shown[key] = r.Get(key)
	}
	var years []int
	_ = r.UnmarshalJSONField("provisional", &years) // null: the due date is certain
	due := workday.Deadline{Provisional: len(years) > 0, Years: years}
	if warning := due.Warning(); warning != nil {
		shown["warning"] = map[string]string{"code": warning.Code, "message": warning.In(lang)}
	}
	at := r.GetDateTime("due").Time()
	shown["overdue"] = r.GetString("state") == "open" && !at.IsZero() && at.Before(h.now())
	return shown
}

// closeApprovals are the doors to requests: written by routes only, whoever asks.
func (h *House) closeApprovals(app core.App) {
	app.OnRecordCreateRequest("approvals").BindFunc(closedDoor)
	app.OnRecordUpdateRequest("approvals").BindFunc(closedDoor)
	app.OnRecordDeleteRequest("approvals").BindFunc(closedDoor)
	app.OnRecordDelete("customers").BindFunc(h.customerGone)
	for _, name := range []string{"calendar_days"} {
		app.OnRecordCreate(name).BindFunc(h.calendarDaySave)
		app.OnRecordUpdate(name).BindFunc(h.calendarDaySave)
		app.OnRecordCreateRequest(name).BindFunc(h.refusals)
		app.OnRecordUpdateRequest(name).BindFunc(h.refusals)
		app.OnRecordAfterCreateSuccess(name).BindFunc(h.calendarStored)
		app.OnRecordAfterUpdateSuccess(name).BindFunc(h.calendarStored)
		app.OnRecordAfterDeleteSuccess(name).BindFunc(h.calendarStored)
	}
}

// customerGone ends the open requests about a customer that is deleted.
func (h *House) customerGone(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		if err := h.staleRequests(e.App, e.Record.Id, gone); err != nil {
			return err
		}
		return e.Next()
	})
}

// Reasons why a request is stale.
var (
	gone  = [2]string{"客户已被删除、合并或归档", "the customer was deleted, merged or archived"}
	moved = [2]string{"客户状态已变化", "the customer's status has changed"}
)

// staleRequests ends the open requests of a customer before it goes: when it is deleted, merged
// into another or archived.
func (h *House) staleRequests(app core.App, customer string, why [2]string) error {
	return collections.StaleRequests(collections.Through(app.DB()), customer, why[0],
		stampOf(h.options.Clock()))
}

// stateLabels say a request's state for people.
var stateLabels = map[string][2]string{
	"open": {"待审批", "open"}, "approved": {"已批准", "approved"},
	"rejected": {"已退回", "rejected"}, "stale": {"已过时", "out of date"},
	"cancelled": {"已撤回", "cancelled"},
}

func decidedFault(state string) *fault.Fault {
	label := stateLabels[state]
	return ErrDecided.With("state", label[0], "state_en", label[1])
}

// trimmed is a text without blanks around it.
func trimmed(text string) string { return strings.TrimSpace(text) }

// conflict are the faults that mean: somebody was faster.
var conflict = []string{ErrDecided.Code, ErrStale.Code}

func refuseRequest(e *core.RequestEvent, err error) error {
	if found, ok := fault.Of(err); ok {
		switch {
		case slices.Contains(conflict, found.Code):
			return refuse(e, http.StatusConflict, found)
		case slices.Contains([]string{approval.ErrOwn.Code, approval.ErrNotDecider.Code,
			approval.ErrInactive.Code, ErrNotYours.Code}, found.Code):
			return refuse(e, http.StatusForbidden, found)
		}
	}
	return refuseError(e, err)
}
