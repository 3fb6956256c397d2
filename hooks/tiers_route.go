package hooks

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/tier"
)

// Faults of a tier that a person sets.
var (
	ErrTierUnknown = fault.Define("tier_unknown", "没有名为「{tier}」的分级，可选战略、重点、普通、潜在",
		"There is no tier “{tier}”: strategic, key, normal, potential")
	ErrTierReason = fault.Define("tier_reason", "请说明调整分级的理由（至少4个字）",
		"Say why the tier changes (at least 4 characters)")
	ErrTierSame  = fault.Define("tier_same", "分级已经如此，无需调整", "The tier is so already")
	ErrTierAsked = fault.Define("tier_asked", "此客户已有一份待审批的分级调整申请",
		"A request about this customer's tier is open already")
)

// actTier is the action of the audit log.
const actTier = "tier"

func (h *House) bindTiers(g *router.RouterGroup[*core.RequestEvent]) {
	g.POST("/customers/{id}/tier", h.customerTier).BindFunc(signedIn)
}

// tierPayload is what a request of kind tier carries. An empty tier is back to the rules.
type tierPayload struct {
	Old  string `json:"old"`
	Tier string `json:"tier"`
}

// customerTier answers POST /customers/{id}/tier (R5.4): sales ask and the manager decides; managers
// and data administrators decide at once.
func (h *House) customerTier(e *core.RequestEvent) error {
	body := struct {
		Tier   string `json:"tier"`
		Reason string `json:"reason"`
	}{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	customer, err := h.writable(e)
	if err != nil {
		return refuseError(e, err)
	}
	if _, ok := fields.MustGet("customers", "tier").Option(body.Tier); !ok && body.Tier != "" {
		return refuse(e, http.StatusBadRequest, ErrTierUnknown.With("tier", body.Tier))
	}
	if len([]rune(trimmed(body.Reason))) < minReason {
		return refuse(e, http.StatusBadRequest, ErrTierReason)
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	atOnce := reader.Role == "data_admin" || reader.Role == "manager" &&
		contains(reader.Departments, customer.GetString("department"))
	var request *core.Record
	err = e.App.RunInTransaction(func(tx core.App) error {
		if customer, err = tx.FindRecordById("customers", customer.Id); err != nil {
			return ErrMissingRecord
		}
		if overridden := customer.GetString("tier_rule") == tier.Overridden; body.Tier == "" && !overridden ||
			overridden && body.Tier == customer.GetString("tier") {
			return ErrTierSame
		}
		if atOnce {
			return h.setTier(tx, customer, body.Tier, tierAct{by: actorIn(e), reason: trimmed(body.Reason), via: "edit"})
		}
		waits, err := requestWaits(tx, "tier", "customers", customer.Id)
		if err != nil {
			return err
		}
		if waits {
			return ErrTierAsked
		}
		request, err = h.ask(tx, e.Auth, wanted{row: "tier", customer: customer, collection: "customers",
			id: customer.Id, reason: trimmed(body.Reason),
			payload: asMap(tierPayload{Old: customer.GetString("tier"), Tier: body.Tier})})
		return err
	})
	if found, ok := fault.Of(err); ok && (found.Code == ErrTierSame.Code || found.Code == ErrTierAsked.Code) {
		return refuse(e, http.StatusConflict, found)
	}
	if err != nil {
		return refuseError(e, err)
	}
	if request != nil {
		return e.JSON(http.StatusOK, map[string]any{"id": customer.Id, "approval": h.shownRequest(request, language(e))})
	}
	if customer, err = e.App.FindRecordById("customers", customer.Id); err != nil {
		return err
	}
	why, err := h.whyOf(collections.Through(e.App.DB()), customer)
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]any{"id": customer.Id, "tier": customer.GetString("tier"),
		"tier_rule": customer.GetString("tier_rule"), "why": why})
}

// tierAct is by whom and why a tier is set.
type tierAct struct {
	by, approved actor
	reason, via  string
}

// setTier sets a tier over the rules, or takes one back with "".
func (h *House) setTier(tx core.App, customer *core.Record, to string, a tierAct) error {
	db, at := collections.Through(tx.DB()), stampOf(h.options.Clock())
	c := h.classifier(db)
	c.cause = collections.Cause{By: a.by.ID, ByName: a.by.Name, ApprovedBy: a.approved.ID,
		ApprovedByName: a.approved.Name, Reason: a.reason, At: at, Via: a.via}
	if c.rules = to == ""; !c.rules {
		c.override = &tier.Override{Tier: to, Reason: a.reason, By: a.by.ID, ByName: a.by.Name, At: at,
			ApprovedBy: a.approved.ID, ApprovedByName: a.approved.Name}
	}
	was := customer.GetString("tier")
	if err := c.customers(customer.Id); err != nil {
		return err
	}
	detail := map[string]any{"number": customer.GetString("number"), "old": was, "new": to, "reason": a.reason}
	if to == "" {
		detail["new"] = "rules"
	}
	if a.approved.ID != "" {
		detail["approved_by"] = a.approved.ID
	}
	return h.note(tx, a.by, actTier, onRecord(customer), detail)
}

// tierDecided: on approval the tier is what was asked for, unless it has changed meanwhile.
func (h *House) tierDecided(d *deciding) error {
	if d.act != approval.Approve {
		return nil
	}
	var payload tierPayload
	if err := d.request.UnmarshalJSONField("payload", &payload); err != nil {
		return err
	}
	customer, err := d.app.FindRecordById("customers", d.request.GetString("customer"))
	if err != nil {
		return &staleness{gone}
	}
	if customer.GetString("tier") != payload.Old {
		return &staleness{[2]string{"客户分级已变化", "the tier has changed"}}
	}
	return h.setTier(d.app, customer, payload.Tier, tierAct{by: requesterOf(d), approved: d.actor,
		reason: d.request.GetString("reason"), via: "approval"})
}
