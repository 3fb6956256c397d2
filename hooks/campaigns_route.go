package hooks

import (
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
)

// Faults of saying how a campaign came out.
var (
	ErrCampaignOutcome = fault.Define("campaign_outcome", "办结方式须是 entered（已录入）或 none（没有线索）",
		"A campaign comes out as entered or none")
	ErrCampaignRunning = fault.Define("campaign_running", "活动到{ends}结束，结束之前不能办结",
		"The campaign runs until {ends} and is not closed before")
	ErrCampaignClosed = fault.Define("campaign_closed", "这次活动已经办结", "The campaign is closed already")
	ErrCampaignEmpty  = fault.Define("campaign_empty", "还没有导入这次活动的客户，请先导入，或说明没有线索",
		"No customer of this campaign has been imported: import them, or say that there are none")
	ErrCampaignHasLeads = fault.Define("campaign_has_leads", "登记簿里已有这次活动的客户，不能说没有线索",
		"There are customers of this campaign in the register, it cannot have brought none")
)

// campaignPage is how many campaigns a page holds.
const campaignPage = 50

func (h *House) bindCampaigns(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/campaigns", h.campaigns).BindFunc(signedIn)
	g.POST("/campaigns/{id}/close", h.campaignClose).BindFunc(signedIn)
}

// campaigns answers those that the asker works with, with what became of their customers.
func (h *House) campaigns(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if !contains([]string{"marketing", "manager", "executive", "data_admin"}, reader.Role) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	db, page := collections.Through(e.App.DB()), max(1, atoi(e.Request.URL.Query().Get("page")))
	ids, err := collections.CampaignsOf(db, reader.Role == "executive" || reader.Role == "data_admin",
		reader.Departments, reader.ID, (page-1)*campaignPage, campaignPage+1)
	if err != nil {
		return err
	}
	shown := ids[:min(len(ids), campaignPage)]
	counts, err := collections.CampaignCustomers(db, shown)
	if err != nil {
		return err
	}
	items, today := []map[string]any{}, h.now().Format(time.DateOnly)
	for _, id := range shown {
		record, err := e.App.FindRecordById("campaigns", id)
		if err != nil {
			return err
		}
		due, err := h.campaignDue(record.GetString("ends"))
		if err != nil {
			return err
		}
		one := h.shownAs(e.App, reader, record)
		one["owner_name"] = collections.NameOf(db, "staff", record.GetString("owner"))
		one["due"], one["provisional"] = stampOf(due.At.UTC()), yearsOf(due)
		one["ended"] = record.GetString("ends") < today
		one["overdue"] = record.GetString("state") == "open" && due.At.Before(h.now())
		one["mine"] = keepsCampaign(reader, campaignOf(record))
		one["customers"] = customersByStatus(counts[id])
		items = append(items, one)
	}
	return e.JSON(http.StatusOK, map[string]any{"items": items, "more": len(ids) > campaignPage})
}

func customersByStatus(counts map[string]int) map[string]int {
	all := map[string]int{"draft": 0, "pending": 0, "active": 0, "rejected": 0, "total": 0}
	for status, n := range counts {
		all[status] += n
		all["total"] += n
	}
	return all
}

// campaignClose says how a campaign came out: its leads are entered, or there were none.
func (h *House) campaignClose(e *core.RequestEvent) error {
	body := struct {
		Outcome string `json:"outcome"`
		Reason  string `json:"reason"`
	}{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	id := e.Request.PathValue("id")
	err = e.App.RunInTransaction(func(tx core.App) error {
		campaign, err := tx.FindRecordById("campaigns", id)
		if err != nil || !keepsCampaign(reader, campaignOf(campaign)) {
			return ErrMissingRecord
		}
		has, err := collections.HasCampaignCustomers(collections.Through(tx.DB()), id)
		if err != nil {
			return err
		}
		switch ends := campaign.GetString("ends"); {
		case campaign.GetString("state") != "open":
			return ErrCampaignClosed
		case ends > h.now().Format(time.DateOnly):
			return ErrCampaignRunning.With("ends", ends)
		case body.Outcome == "entered" && !has:
			return ErrCampaignEmpty
		case body.Outcome == "none" && has:
			return ErrCampaignHasLeads
		case body.Outcome == "none" && len([]rune(trimmed(body.Reason))) < minReason:
			return refuseField("campaigns", "reason", ErrReasonShort.With("n", minReason))
		case body.Outcome != "entered" && body.Outcome != "none":
			return ErrCampaignOutcome
		}
		return h.closeCampaign(tx, campaign, actorIn(e), body.Outcome, trimmed(body.Reason))
	})
	if err != nil {
		return h.answered(e, "campaigns", err)
	}
	return e.JSON(http.StatusOK, map[string]any{"id": id, "state": body.Outcome})
}
