package collections

import (
	"encoding/json"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
)

func init() {
	ids["campaigns"] = "kehucampaigns00"
	core.AppMigrations.Register(createCampaigns, nil, "1764000160_campaigns.go")
}

// createCampaigns adds campaigns (R12.5), and on each customer that of which it came.
func createCampaigns(app core.App) error {
	owner := relation("owner", "staff", "负责人：市场人员或数据管理员", true)
	err := create(app, "campaigns", []core.Field{
		requiredText("name", "活动名称", 100), choice("kind", "类型：展会、线上活动、其他", "exhibition", "online", "other"),
		text("place", "地点或网址", 200), owner, relation("department", "departments", "部门", false),
		text("starts", "开始日期", 10), requiredText("ends", "结束日期", 10),
		choice("state", "状态：进行中、已录入、没有线索", "open", "entered", "none"),
		text("reason", "没有线索的原因", lineMax), &core.DateField{Name: "closed", Help: "办结时间"},
		text("closed_by", "由谁办结", 100), text("closed_by_name", "姓名", 100),
	},
		uniqueOn("idx_campaigns_name", "campaigns", "name", ""),
		indexOn("idx_campaigns_owner", "campaigns", "owner, ends", ""),
		indexOn("idx_campaigns_state", "campaigns", "state, ends", ""))
	if err != nil {
		return err
	}
	c, err := app.FindCollectionByNameOrId("customers")
	if err != nil {
		return err
	}
	c.Fields.Add(schemaField(fields.MustGet("customers", "campaign")))
	c.Indexes = append(c.Indexes, indexOn("idx_customers_campaign", "customers", "campaign, status", "campaign != ''"))
	return app.Save(c)
}

// Campaign is what an import and the night need of one.
type Campaign struct{ ID, Name, Owner, Department, Ends, State string }

const campaignColumns = "SELECT id, name, owner, department, ends, state FROM campaigns WHERE "

// ReadCampaign finds a campaign; nil where there is none.
func ReadCampaign(db DB, id string) (*Campaign, error) {
	c := &Campaign{}
	found, err := one(db, []any{&c.ID, &c.Name, &c.Owner, &c.Department, &c.Ends, &c.State}, campaignColumns+"id = ?", id)
	if err != nil || !found {
		return nil, err
	}
	return c, nil
}

// EndedCampaigns lists those that are over and whose data nobody has entered yet.
func EndedCampaigns(db DB, today string) ([]string, error) {
	return column(db, "SELECT id FROM campaigns WHERE state = 'open' AND ends < ? ORDER BY ends, id", today)
}

// CampaignsOf lists campaigns, the newest first: all of them, those of some departments, or a member's own.
func CampaignsOf(db DB, every bool, departments []string, owner string, offset, limit int) ([]string, error) {
	return column(db, `SELECT id FROM campaigns WHERE ? OR owner = ? OR department IN (SELECT value FROM json_each(?))
		ORDER BY ends DESC, id LIMIT ? OFFSET ?`, every, owner, jsonList(departments...), limit, offset)
}

// CampaignCustomers counts the customers of campaigns by campaign and status.
func CampaignCustomers(db DB, campaigns []string) (map[string]map[string]int, error) {
	counts := map[string]map[string]int{}
	rows, err := db.Query(`SELECT c.campaign, c.status, count(*) FROM json_each(?) k
		CROSS JOIN customers c ON c.campaign = k.value AND c.campaign != '' GROUP BY 1, 2`, jsonList(campaigns...))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var campaign, status string
		var n int
		if err := rows.Scan(&campaign, &status, &n); err != nil {
			return nil, err
		}
		if counts[campaign] == nil {
			counts[campaign] = map[string]int{}
		}
		counts[campaign][status] = n
	}
	return counts, rows.Err()
}

// HasCampaignCustomers tells whether any customer came of a campaign.
func HasCampaignCustomers(db DB, campaign string) (bool, error) {
	var id string
	return one(db, []any{&id}, "SELECT id FROM customers WHERE campaign = ? AND campaign != '' LIMIT 1", campaign)
}

// IsOwnDraft tells whether a customer is a draft of a member's own.
func IsOwnDraft(db DB, customer, staff string) bool {
	var id string
	found, err := one(db, []any{&id}, `SELECT id FROM customers WHERE id = ? AND owner = ? AND owner != ''
		AND status IN ('draft', 'rejected')`, customer, staff)
	return err == nil && found
}

// RenewTask brings the open task of a campaign up to date. newOwner does it from now on; with "" whoever does
// it keeps it, unless it has come to somebody who cannot: then it is the worker's.
func RenewTask(db DB, campaign, title, newOwner, worker, due, provisional, at string) error {
	return db.Exec(`UPDATE tasks SET title = ?, due = ?, provisional = json(?), updated = ?, assignee = n.whose
		FROM (SELECT t.id AS task, CASE WHEN ? != '' THEN ? WHEN EXISTS (SELECT 1 FROM staff s WHERE s.id = t.assignee
			AND s.active AND s.role IN ('marketing', 'data_admin')) THEN t.assignee ELSE ? END AS whose
			FROM tasks t WHERE t.subject_collection = 'campaigns' AND t.subject_id = ? AND t.subject_id != '' AND +t.state = 'open') n
		WHERE tasks.id = n.task AND (title != ? OR due != ? OR assignee != n.whose)`,
		title, due, provisional, at, newOwner, newOwner, worker, campaign, title, due)
}

// CancelTasksOf takes back the tasks about a record, so that they can be made again.
func CancelTasksOf(db DB, collection, id, at string) error {
	return db.Exec("UPDATE tasks SET state = 'cancelled', updated = ?, `key` = CASE WHEN `key` = '' THEN '' "+
		"ELSE `key` || '#' || id END WHERE "+aboutRecord+" AND +state = 'open'",
		at, collection, id)
}

// ImportCampaign is the campaign that an import goes into, "" for none.
func ImportCampaign(options string) string {
	var o struct {
		Campaign string `json:"campaign"`
		DryRun   bool   `json:"dry_run"`
	}
	if json.Unmarshal([]byte(options), &o) != nil || o.DryRun {
		return ""
	}
	return o.Campaign
}

// CampaignDrafts are the customers of a campaign that nobody has submitted and that from owns; where from is
// "", of the one beside to who owns most of them.
func CampaignDrafts(db DB, campaign, from, to string) (owner string, ids []string, err error) {
	const drafts = " FROM customers WHERE campaign = ? AND status IN ('draft', 'rejected')"
	if from == "" {
		if _, err := one(db, []any{&from}, "SELECT owner"+drafts+" AND owner NOT IN ('', ?) GROUP BY owner "+
			"ORDER BY count(*) DESC, owner LIMIT 1", campaign, to); err != nil {
			return "", nil, err
		}
	}
	ids, err = column(db, "SELECT id"+drafts+" AND owner = ? ORDER BY id", campaign, from)
	return from, ids, err
}
