package hooks

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/schedule"
)

// remindChunk is how many customers one write of the night looks at: whoever saves meanwhile waits
// for one of them at most, and they stay in the cache of the writing connection from rule to rule.
const remindChunk = 1000

// escalatePage is how many overdue requests are read at a time.
const escalatePage = 100

// taskJobs are the jobs of requests and tasks.
func (h *House) taskJobs() []Job {
	return []Job{
		h.digestJob(),
		{Name: "reminders", Due: schedule.Daily(1, 30), Run: h.Remind, Retries: 2, Again: time.Minute},
		{Name: "archive proposals", Due: schedule.Daily(2, 30), Run: h.ProposeArchive, Retries: 2,
			Again: time.Minute},
		{Name: "pool", Due: schedule.Daily(1, 0), Run: h.ReturnToPool, Retries: 2, Again: time.Minute},
		{Name: "campaigns", Due: schedule.Daily(1, 20), Run: h.CampaignTasks, Retries: 2, Again: time.Minute},
		{Name: "escalation", Due: schedule.Every(time.Hour), Run: h.Escalate},
		{Name: "calendar notice", Due: schedule.Daily(1, 10), Run: func(ctx context.Context) (string, error) { return "", h.AskNotice(ctx) }},
	}
}

// Remind makes the day's tasks over the whole register, in parts.
func (h *House) Remind(ctx context.Context) (string, error) {
	reader := collections.Through(h.app.DB())
	rules, err := h.reminders(reader)
	if err != nil {
		return "", err
	}
	last, err := collections.LastDoc(reader)
	if err != nil {
		return "", err
	}
	due := h.dueIn(h.policies.Load().Reminders.Days)
	provisional, err := jsonText(yearsOf(due))
	if err != nil {
		return "", err
	}
	at, db := stampOf(h.options.Clock()), collections.Through(h.app.NonconcurrentDB())
	for after := int64(0); after < last; after += remindChunk {
		for _, rule := range rules { // one after the other, while the customers are in the cache
			if err := ctx.Err(); err != nil {
				return "", err // the keys make the rest at the next run
			}
			h.giveWay(ctx)
			err := collections.Remind(db, rule, after, after+remindChunk, stampOf(due.At.UTC()),
				provisional, at)
			if err != nil {
				return "", fmt.Errorf("%s: %w", rule.Prefix, err)
			}
		}
	}
	return fmt.Sprintf("%d rules", len(rules)), nil
}

// SQL of the reminders. A customer's clock runs from its entry, or what people did to it later.
const (
	entered      = "substr(c.created, 1, 10)"
	lastVerified = "max(c.verified, " + entered + ")"
	lastTouched  = "max(c.verified, substr(c.updated, 1, 10))"
	lastSpoken   = "max(c.last_contact, " + entered + ")"
	noneOpen     = " AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.customer = c.id AND t.state = 'open' AND t.kind = ?)"
)

// reminders turns the policy into the rules of this day; an interval of 0 makes none.
func (h *House) reminders(db collections.DB) ([]collections.Reminder, error) {
	set, now := h.policies.Load().Reminders, h.now()
	monthsAgo := func(n int) string { return now.AddDate(0, -n, 0).Format("2006-01-02") }
	period := func(n int) string {
		return fmt.Sprintf("%d/%d", n, (now.Year()*12+int(now.Month())-1)/max(n, 1))
	}
	var rules []collections.Reminder
	add := func(months int, r collections.Reminder) {
		if months > 0 {
			rules = append(rules, r)
		}
	}
	add(set.Verify, collections.Reminder{Kind: "verify", Prefix: "verify", Title: "核实客户关键信息",
		Assignee: "c.owner", Period: "?", PeriodArgs: []any{period(set.Verify)},
		Where: lastVerified + " <= ?" + noneOpen, Args: []any{monthsAgo(set.Verify), "verify"}})
	add(set.Untouched, collections.Reminder{Kind: "verify", Prefix: "untouched",
		Title: fmt.Sprintf("已有%d个月没有更新，请核实", set.Untouched), Assignee: "c.owner",
		Period: lastTouched, Where: lastTouched + " <= ?", Args: []any{monthsAgo(set.Untouched)}})
	add(set.Review, collections.Reminder{Kind: "review", Prefix: "review", Title: "全面复核客户资料",
		Assignee: "c.owner", Period: "?", PeriodArgs: []any{period(set.Review)},
		Where: entered + " <= ?" + noneOpen, Args: []any{monthsAgo(set.Review), "review"}})
	service, err := collections.ServiceStaff(db)
	if err != nil {
		return nil, err
	}
	if len(service) > 0 {
		list, err := json.Marshal(service)
		if err != nil {
			return nil, err
		}
		add(set.Satisfaction, collections.Reminder{Kind: "satisfaction", Prefix: "satisfaction",
			Title: "满意度回访", Assignee: "json_extract(?, '$[' || (c.doc % ?) || ']')",
			AssigneeArgs: []any{string(list), len(service)}, Period: "?",
			PeriodArgs: []any{period(set.Satisfaction)},
			Where:      "c.stage = 'won' AND " + entered + " <= ?" + noneOpen,
			Args:       []any{monthsAgo(set.Satisfaction), "satisfaction"}})
	}
	for tier, days := range set.Cadence {
		add(days, collections.Reminder{Kind: "followup", Prefix: "cadence",
			Title: fmt.Sprintf("按分级应每%d天跟进一次", days), Assignee: "c.owner", Period: lastSpoken,
			Where: "coalesce(nullif(c.tier, ''), 'potential') = ? AND " + lastSpoken + " <= ?" + noneOpen,
			Args:  []any{tier, now.AddDate(0, 0, -days).Format("2006-01-02"), "followup"}})
	}
	return rules, nil
}

// Escalate tells the decider's superior and data management of requests that are overdue (R7.5).
func (h *House) Escalate(ctx context.Context) (string, error) {
	n := 0
	for {
		now := stampOf(h.options.Clock())
		ids, err := collections.Overdue(collections.Through(h.app.DB()), now, escalatePage)
		if err != nil || len(ids) == 0 {
			return fmt.Sprintf("%d requests", n), err
		}
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				return "", err
			}
			h.giveWay(ctx)
			if err := h.app.RunInTransaction(func(tx core.App) error { return h.escalate(tx, id) }); err != nil {
				return "", err
			}
			n++
		}
	}
}

func (h *House) escalate(tx core.App, id string) error {
	request, err := tx.FindRecordById("approvals", id)
	if err != nil || request.GetString("state") != "open" || !request.GetDateTime("escalated").IsZero() {
		return err
	}
	db := collections.Through(tx.DB())
	path, err := pathOf(tx, request)
	if err != nil {
		return err
	}
	managers, err := collections.ManagersAbove(db, path)
	if err != nil {
		return err
	}
	told, err := collections.ActiveAdmins(db)
	if err != nil {
		return err
	}
	requester := request.GetString("requester")
	superior := approval.Superior(approval.Decider(request.GetString("decider_role")), managers, requester)
	for _, staff := range append(told, superior) {
		if staff == "" || staff == requester {
			continue
		}
		err := collections.OpenTask(db, collections.Task{Key: "escalation:" + id + ":" + staff,
			Kind: "approval", Customer: request.GetString("customer"), Assignee: staff,
			Title: "审批已超期，请处理或督促：" + request.GetString("number"),
			Due:   stampOf(h.dueIn(0).At.UTC()), Collection: "approvals", Subject: id},
			stampOf(h.options.Clock()))
		if err != nil {
			return err
		}
	}
	request.Set("escalated", h.now().UTC())
	return tx.Save(request)
}

// AskNotice reminds data management in November to import the notice of the next year.
func (h *House) AskNotice(context.Context) error {
	reminder, ok := h.calendar.Load().Reminder(h.civil(h.now()))
	if !ok {
		return nil
	}
	admins, err := collections.ActiveAdmins(collections.Through(h.app.DB()))
	if err != nil {
		return err
	}
	due := stampOf(h.dueIn(h.policies.Load().Reminders.Days).At.UTC())
	db := collections.Through(h.app.NonconcurrentDB())
	for _, staff := range admins {
		err := collections.OpenTask(db, collections.Task{
			Key: fmt.Sprintf("notice:%d:%s", reminder.Year, staff), Kind: "custom", Assignee: staff,
			Title: reminder.Warning().In("zh"), Due: due}, stampOf(h.options.Clock()))
		if err != nil {
			return err
		}
	}
	return nil
}
