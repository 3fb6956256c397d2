package hooks

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/register"
	"kehu/internal/workday"
)

// Faults of a campaign (R12.5).
var (
	ErrCampaignName = fault.Define("campaign_name", "请填写活动名称，且不要与其他活动重名",
		"Give the campaign a name that no other one has")
	ErrCampaignDay = fault.Define("campaign_day", "「{value}」不是日期，请按 2026-11-05 的格式填写",
		"“{value}” is no date, write it like 2026-11-05")
	ErrCampaignOrder = fault.Define("campaign_order", "活动的结束日期早于开始日期，请核对",
		"The campaign ends before it starts, check the dates")
	ErrCampaignOwner = fault.Define("campaign_owner", "活动的负责人须是在职的市场人员或数据管理员",
		"A campaign's owner is an active member of marketing or a data administrator")
)

// campaignKept are the fields of a campaign that only the product sets.
var campaignKept = []string{"department", "state", "reason", "closed", "closed_by", "closed_by_name"}

// campaignRequest fills in what a request left out, and puts back what is not a person's to set.
func (h *House) campaignRequest(e *core.RecordRequestEvent) error {
	original := e.Record.Original()
	for _, key := range campaignKept {
		e.Record.SetRaw(key, original.GetRaw(key))
	}
	if e.Record.GetString("owner") == "" {
		e.Record.Set("owner", actorIn(e.RequestEvent).Staff)
	}
	return h.answeredOf(e.RequestEvent, "campaigns", e.Record, e.Next())
}

// campaignSave checks a campaign, whichever way it comes, and keeps its task in step.
func (h *House) campaignSave(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		r := e.Record
		if r.IsNew() {
			r.Set("state", "open")
		}
		if err := h.checkCampaign(e.App, r); err != nil {
			return err
		}
		newOwner := ""
		if owner := r.GetString("owner"); owner != r.Original().GetString("owner") {
			newOwner = owner
		}
		if err := e.Next(); err != nil {
			return err
		}
		return h.campaignTask(collections.Through(e.App.DB()), campaignOf(r), newOwner)
	})
}

func campaignOf(r *core.Record) *collections.Campaign {
	return &collections.Campaign{ID: r.Id, Name: r.GetString("name"), Owner: r.GetString("owner"),
		Department: r.GetString("department"), Ends: r.GetString("ends"), State: r.GetString("state")}
}

func (h *House) checkCampaign(app core.App, r *core.Record) error {
	findings := register.Findings{}
	r.Set("name", trimmed(r.GetString("name")))
	if same, _ := app.FindFirstRecordByData("campaigns", "name", r.GetString("name")); r.GetString("name") == "" ||
		same != nil && same.Id != r.Id {
		findings["name"] = ErrCampaignName
	}
	for _, key := range []string{"name", "place"} {
		if len(cn.FindSensitive(r.GetString(key))) > 0 {
			findings[key], _ = fault.Of(errSensitiveReason())
		}
	}
	for _, key := range []string{"starts", "ends"} {
		text := trimmed(r.GetString(key))
		if text == "" {
			if key == "ends" {
				findings[key] = register.ErrRequired.With("field", fields.Label("campaigns.ends", "zh"),
					"field_en", fields.Label("campaigns.ends", "en"))
			}
			continue
		}
		day, _, err := cn.ParseDate(text, cn.DateOptions{})
		if err != nil {
			findings[key] = ErrCampaignDay.With("value", text)
			continue
		}
		r.Set(key, day.String())
	}
	if starts := r.GetString("starts"); findings["ends"] == nil && findings["starts"] == nil && starts > r.GetString("ends") {
		findings["ends"] = ErrCampaignOrder
	}
	if r.IsNew() || r.GetString("owner") != r.Original().GetString("owner") {
		owner, err := app.FindRecordById("staff", r.GetString("owner"))
		if err != nil || !owner.GetBool("active") || !contains([]string{"marketing", "data_admin"}, owner.GetString("role")) {
			findings["owner"] = ErrCampaignOwner
		} else {
			r.Set("department", owner.GetString("department"))
		}
	}
	if len(findings) > 0 {
		return &refusal{collection: "campaigns", status: http.StatusBadRequest, findings: findings}
	}
	return nil
}

// campaignDue is when a campaign's data are due in the register: at the end of business of the n-th
// working day after its last one.
func (h *House) campaignDue(ends string) (workday.Deadline, error) {
	last, err := workday.ParseDate(ends)
	if err != nil {
		return workday.Deadline{}, err
	}
	set := h.policies.Load()
	calendar, days := h.calendar.Load(), set.SLA.Campaign
	if !calendar.Working(last) && days > 0 {
		days-- // the first working day after it is the first, not the one that counts as its own
	}
	return calendar.Due(last.At(0, set.Company.Location()), days, h.hours()), nil
}

// campaignTask makes the task of a campaign that is over, brings it up to date, or ends it.
// newOwner is who does it from now on, "" for nobody else.
func (h *House) campaignTask(db collections.DB, c *collections.Campaign, newOwner string) error {
	at := stampOf(h.options.Clock())
	if c.State != "open" {
		return collections.CloseTasksOf(db, "campaigns", c.ID, system.ID, at)
	}
	if c.Ends >= h.now().Format(time.DateOnly) {
		return collections.CancelTasksOf(db, "campaigns", c.ID, at) // its end was put off
	}
	due, err := h.campaignDue(c.Ends)
	if err != nil {
		return err
	}
	years, err := jsonText(yearsOf(due))
	if err != nil {
		return err
	}
	assignee, err := campaignWorker(db, c.Owner)
	if err != nil {
		return err
	}
	title, moment := "录入活动线索："+c.Name, stampOf(due.At.UTC())
	err = collections.OpenTask(db, collections.Task{Key: "campaign:" + c.ID, Kind: "campaign", Assignee: assignee,
		Title: title, Due: moment, Provisional: years, Collection: "campaigns", Subject: c.ID}, at)
	if err != nil {
		return err
	}
	return collections.RenewTask(db, c.ID, title, newOwner, assignee, moment, years, at)
}

// campaignWorker is who enters a campaign's leads: its owner, or a data administrator where the owner
// has left.
func campaignWorker(db collections.DB, owner string) (string, error) {
	if collections.IsActive(db, owner) {
		return owner, nil
	}
	admins, err := collections.ActiveAdmins(db)
	if err != nil || len(admins) == 0 {
		return owner, err
	}
	return admins[0], nil
}

// CampaignTasks asks for the leads of the campaigns that are over (R12.5).
func (h *House) CampaignTasks(ctx context.Context) (string, error) {
	ended, err := collections.EndedCampaigns(collections.Through(h.app.DB()), h.now().Format(time.DateOnly))
	if err != nil {
		return "", err
	}
	for _, id := range ended {
		if err := ctx.Err(); err != nil {
			return "", err // the keys make the rest at the next run
		}
		err := h.app.RunInTransaction(func(tx core.App) error {
			db := collections.Through(tx.DB())
			c, err := collections.ReadCampaign(db, id)
			if err != nil || c == nil || c.State != "open" {
				return err
			}
			return h.campaignTask(db, c, "")
		})
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d ended", len(ended)), nil
}
