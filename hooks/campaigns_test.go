package hooks_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/tests"
)

// campaign makes one of the marketing member's, over since yesterday unless said otherwise.
func campaign(h *tests.House, role, name string, more map[string]any) string {
	h.TB.Helper()
	values := map[string]any{"name": name, "kind": "exhibition", "starts": "2026年11月2日", "ends": "2026-11-04"}
	for key, v := range more {
		values[key] = v
	}
	return idOf(h.Create(role, "campaigns", values))
}

func campaignTasks(h *tests.House, role string) (open []map[string]any) {
	h.TB.Helper()
	for _, one := range myWork(h, role)["tasks"].([]any) {
		if task := one.(map[string]any); task["kind"] == "campaign" {
			open = append(open, task)
		}
	}
	return open
}

// campaignShown is a campaign as the list of campaigns shows it to a role; nil where it does not.
func campaignShown(h *tests.House, role, id string) map[string]any {
	h.TB.Helper()
	for _, one := range h.Do(role, "GET", "/api/kehu/campaigns", nil).JSON()["items"].([]any) {
		if item := one.(map[string]any); item["id"] == id {
			return item
		}
	}
	return nil
}

func into(id string, more map[string]any) map[string]any {
	options := map[string]any{"campaign": id}
	for key, v := range more {
		options[key] = v
	}
	return map[string]any{"options": options}
}

func leads(rows ...[]any) []byte {
	return tests.Workbook(append([][]any{{"客户名称", "客户类型", "手机", "所属行业", "企业规模", "核心需求", "联系人", "负责人",
		"身份证号", "合同金额"}}, rows...)...)
}

func lead(name, mobile string) []any {
	return []any{name, "企业", mobile, "批发业", "50-200人", "光谱仪", "赵一", "周销售", "", "120000"}
}

func TestACampaignsLeadsAreDueInTheRegister(t *testing.T) {
	h := tests.Start(t)
	theirs := idOf(h.Create("sales", "customers", firm("展会老客户有限公司", map[string]any{"mobile": "13712340001"})))
	id := campaign(h, "marketing", "秋季仪器展", nil)
	tasks := campaignTasks(h, "marketing")
	if len(tasks) != 1 || tasks[0]["title"] != "录入活动线索：秋季仪器展" || tasks[0]["due"] != "2026-11-09 10:00:00.000Z" {
		t.Fatalf("%v", tasks)
	}
	if a := h.Do("marketing", "POST", "/api/kehu/tasks/"+tasks[0]["id"].(string)+"/done", nil); a.Code("") != "task_by_act" {
		t.Errorf("ticked off: %d %s", a.Status, a.Body)
	}
	book := leads(lead("展会新客户有限公司", "13712340011"), lead("展会老客户有限公司", "13712340012"),
		lead("展会同号客户有限公司", "13712340001"))
	if show := h.Import("marketing", "leads.xlsx", book, into(id, map[string]any{"dry_run": true})); tests.Counts(show)["created"] != 1 ||
		len(campaignTasks(h, "marketing")) != 1 {
		t.Fatalf("dry run: %v", show["counts"])
	}
	show := h.Import("marketing", "leads.xlsx", book, into(id, map[string]any{"on_duplicate": "update", "owner": h.Staff["sales"]}))
	if got := tests.Counts(show); got["created"] != 1 || got["duplicate"] != 2 || got["pending"] != 0 {
		t.Fatalf("%v", show["counts"])
	}
	draft := find(h, "展会新客户有限公司")
	if draft["status"] != "draft" || draft["owner"] != h.Staff["marketing"] || draft["campaign"] != id || draft["has_deal"] == true {
		t.Errorf("%v", draft)
	}
	told := toldOf(h, "marketing", show["id"].(string))
	if strings.Contains(told, theirs) || strings.Contains(told, "13712340001\"") && strings.Contains(told, "KH-") ||
		!strings.Contains(told, "周销售") || !strings.Contains(told, "column_not_yours") {
		t.Errorf("what marketing is told of what it may not see: %s", told)
	}
	if a := h.Do("marketing", "GET", "/api/kehu/imports/"+show["id"].(string)+"/errors.xlsx", nil); a.Status != 200 {
		t.Errorf("the error workbook: %d", a.Status)
	}
	shown := campaignShown(h, "marketing", id)
	if shown["state"] != "entered" || shown["customers"].(map[string]any)["draft"] != 1.0 || len(campaignTasks(h, "marketing")) != 0 {
		t.Errorf("%v, %v", shown, campaignTasks(h, "marketing"))
	}
	undone := h.Do("marketing", "POST", "/api/kehu/imports/"+show["id"].(string)+"/undo", nil)
	if shown = campaignShown(h, "marketing", id); undone.Status != 200 || shown["state"] != "open" || len(campaignTasks(h, "marketing")) != 1 {
		t.Fatalf("undone: %d %s, %v", undone.Status, undone.Body, shown)
	}
	for _, c := range []struct{ outcome, reason, code string }{{"entered", "", "campaign_empty"}, {"gone", "", "campaign_outcome"}} {
		if a := closing(h, "marketing", id, c.outcome, c.reason); a.Code("") != c.code {
			t.Errorf("%s: %d %s", c.outcome, a.Status, a.Body)
		}
	}
	if a := closing(h, "marketing", id, "none", "无"); a.Code("reason") == "" {
		t.Errorf("without a reason: %d %s", a.Status, a.Body)
	}
	if a := closing(h, "marketing", id, "none", "只有同行来看展"); a.Status != 200 || len(campaignTasks(h, "marketing")) != 0 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := closing(h, "marketing", id, "none", "只有同行来看展"); a.Code("") != "campaign_closed" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func closing(h *tests.House, role, id, outcome, reason string) tests.Answer {
	return h.Do(role, "POST", "/api/kehu/campaigns/"+id+"/close", map[string]any{"outcome": outcome, "reason": reason})
}

// toldOf is what a role is told of an import's rows.
func toldOf(h *tests.House, role, id string) string {
	h.TB.Helper()
	a := h.Do(role, "GET", "/api/collections/import_rows/records?filter="+url.QueryEscape(`import="`+id+`"`), nil)
	if a.Status != http.StatusOK {
		h.TB.Fatalf("%d %s", a.Status, a.Body)
	}
	return string(a.Body)
}

// The days run over holidays and make-up Saturdays, and from a day off as from a working day.
func TestACampaignsDueTime(t *testing.T) {
	h := tests.Start(t)
	for i, c := range []struct{ now, ends, due string }{
		{"2026-09-25", "2026-09-30", "2026-10-10"}, // 国庆: 8, 9 and the make-up Saturday
		{"2026-09-25", "2026-10-03", "2026-10-10"},
		{"2026-10-12", "2026-10-17", "2026-10-21"}, // a Saturday
		{"2026-10-12", "2026-10-19", "2026-10-22"},
	} {
		at, err := time.Parse(time.DateOnly, c.now)
		if err != nil {
			t.Fatal(err)
		}
		h.SetNow(at.Add(2 * time.Hour))
		id := campaign(h, "marketing", fmt.Sprintf("线上活动%d", i), map[string]any{"starts": "", "ends": c.ends})
		nights := func(day string) (found []map[string]any) {
			at, _ := time.Parse(time.DateOnly, day)
			h.SetNow(at.Add(2 * time.Hour))
			for range 2 {
				if _, err := h.House.CampaignTasks(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			for _, task := range campaignTasks(h, "marketing") {
				if task["subject_id"] == id {
					found = append(found, task)
				}
			}
			return found
		}
		if found := nights(c.ends); len(found) != 0 {
			t.Errorf("a campaign that runs until %s: %v", c.ends, found)
		}
		last, _ := time.Parse(time.DateOnly, c.ends)
		found := nights(last.AddDate(0, 0, 1).Format(time.DateOnly))
		if len(found) != 1 || found[0]["due"] != c.due+" 10:00:00.000Z" {
			t.Errorf("over since %s: %v", c.ends, found)
		}
		if i > 0 {
			continue
		}
		later := h.Do("marketing", "PATCH", "/api/collections/campaigns/records/"+id, map[string]any{"ends": "2026-10-09"})
		if found := campaignTasks(h, "marketing"); later.Status != 200 || len(found) != 0 {
			t.Errorf("put off: %d %s, %v", later.Status, later.Body, found)
		}
		if found := nights("2026-10-10"); len(found) != 1 || found[0]["due"] != "2026-10-13 10:00:00.000Z" {
			t.Errorf("over for the second time: %v", found)
		}
	}
}

func TestWhoWorksWithCampaigns(t *testing.T) {
	h := tests.Start(t)
	h.Save("staff", map[string]any{"email": "marketing2@example.com", "password": tests.Password("marketing2"), "name": "尤市场",
		"role": "marketing", "active": true, "verified": true})
	h.SignIn("staff", "marketing2@example.com", "marketing2")
	id := campaign(h, "marketing", "谁的展会", nil)
	foreign := campaign(h, "data_admin", "数据部的展会", map[string]any{"owner": h.Staff["data_admin"]})
	record := "/api/collections/campaigns/records/" + id
	for role, want := range map[string]struct{ create, change, list, close int }{
		"marketing": {200, 200, 200, 400}, "data_admin": {200, 200, 200, 400}, "superuser": {400, 200, 200, 400},
		"marketing2": {200, 404, 200, 404}, "manager": {400, 404, 200, 404}, "executive": {400, 404, 200, 404},
		"sales": {400, 404, 403, 404}, "service": {400, 404, 403, 404}, "finance": {400, 404, 403, 404},
	} {
		got := struct{ create, change, list, close int }{
			h.Do(role, "POST", "/api/collections/campaigns/records", map[string]any{"name": role + "的活动", "ends": "2026-12-01"}).Status,
			h.Do(role, "PATCH", record, map[string]any{"place": "上海"}).Status,
			h.Do(role, "GET", "/api/kehu/campaigns", nil).Status, closing(h, role, id, "entered", "").Status}
		if got != want {
			t.Errorf("%s: %+v, want %+v", role, got, want)
		}
		if a := h.Do(role, "DELETE", record, nil); a.Status < 400 {
			t.Errorf("%s deletes: %d", role, a.Status)
		}
	}
	for what, body := range map[string]map[string]any{
		"owner":  {"name": "别人的活动", "ends": "2026-12-01", "owner": h.Staff["data_admin"]},
		"ends":   {"name": "坏日期", "ends": "12/31"},
		"starts": {"name": "坏开始", "ends": "2026-12-01", "starts": "去年"},
		"name":   {"name": "110101199003078515", "ends": "2026-12-01"},
	} {
		if a := h.Do("marketing", "POST", "/api/collections/campaigns/records", body); a.Status != 400 {
			t.Errorf("%s: %d %s", what, a.Status, a.Body)
		}
	}
	h.Do("marketing", "PATCH", record, map[string]any{"state": "none", "closed_by_name": "别人"})
	if shown := campaignShown(h, "marketing", id); shown["state"] != "open" || shown["closed_by_name"] != "" {
		t.Errorf("%v", shown)
	}
	for code, form := range map[string]map[string]any{"campaign_needed": nil, "campaign_unknown": into(foreign, nil),
		"campaign_rows": {"collection": "contacts", "options": map[string]any{"campaign": id}}} {
		if a := h.Send("marketing", "x.xlsx", leads(), form); a.Code("") != code {
			t.Errorf("%s: %d %s", code, a.Status, a.Body)
		}
	}
	if a := h.Send("manager", "x.xlsx", leads(), into(id, nil)); a.Code("") != "campaign_unknown" {
		t.Errorf("a manager, elsewhere: %d %s", a.Status, a.Body)
	}
	show := h.Upload("marketing", "x.xlsx", leads(lead("改了角色有限公司", "13712340021")), into(id, nil))
	h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["marketing"], map[string]any{"role": "sales"})
	h.SignIn("staff", "marketing@example.com", "marketing")
	if a := h.Do("marketing", "POST", "/api/kehu/imports/"+show["id"].(string)+"/start", nil); a.Status != http.StatusForbidden {
		t.Errorf("as somebody who is not in marketing any more: %d %s", a.Status, a.Body)
	}
}

// The task of somebody who has left comes to a data administrator, and with the campaign to its new owner;
// one that a handover gave to somebody who cannot end it comes back.
func TestACampaignsTaskFindsWhoCanEndIt(t *testing.T) {
	h := tests.Start(t)
	id := campaign(h, "marketing", "换人的展会", nil)
	staff := "/api/collections/staff/records/" + h.Staff["marketing"]
	night := func() {
		if _, err := h.House.CampaignTasks(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	has := func(want string) {
		t.Helper()
		got := value[string](h, "SELECT assignee FROM tasks WHERE kind = 'campaign' AND state = 'open' AND subject_id = '"+id+"'")
		if got != h.Staff[want] {
			t.Errorf("it is not %s's: %s", want, got)
		}
	}
	do(t, h, "data_admin", "POST", "/api/kehu/handover", map[string]any{"from": h.Staff["marketing"], "to": h.Staff["sales"]})
	has("sales")
	night()
	has("marketing")
	do(t, h, "data_admin", "PATCH", staff, map[string]any{"active": false})
	night()
	if who := value[string](h, "SELECT s.role FROM tasks t JOIN staff s ON s.id = t.assignee WHERE t.kind = 'campaign'"); who != "data_admin" {
		t.Errorf("who does the work of somebody who left: %s", who)
	}
	do(t, h, "data_admin", "PATCH", "/api/collections/campaigns/records/"+id, map[string]any{"owner": h.Staff["data_admin2"]})
	has("data_admin2")
}

// Another member of marketing does not meet a campaign by any other door.
func TestOtherDoorsToACampaign(t *testing.T) {
	h := tests.Start(t)
	h.Save("staff", map[string]any{"email": "marketing2@example.com", "password": tests.Password("marketing2"), "name": "尤市场",
		"role": "marketing", "active": true, "verified": true})
	h.SignIn("staff", "marketing2@example.com", "marketing2")
	id := campaign(h, "marketing", "暗号展会", nil)
	h.Import("marketing", "x.xlsx", leads(lead("暗号客户有限公司", "13712340031")), into(id, nil))
	customer := find(h, "暗号客户有限公司")["id"].(string)
	execute(t, h, "UPDATE customers SET marketable = TRUE, status = 'active', owner = '"+h.Staff["sales"]+"' WHERE id = '"+customer+"'")
	for _, path := range []string{"campaigns/records", "campaigns/records/" + id, "customers/records?expand=campaign",
		"customers/records/" + customer + "?expand=campaign", "tasks/records"} {
		a := h.Do("marketing2", "GET", "/api/collections/"+path, nil)
		if strings.Contains(string(a.Body), "暗号展会") {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
	for _, filter := range []string{`campaign.name~"暗号"`, `campaign.owner.name~"褚"`} {
		a := h.Do("marketing2", "GET", "/api/collections/customers/records?filter="+url.QueryEscape(filter), nil)
		if a.Code("") != "field_withheld" {
			t.Errorf("%s: %d %s", filter, a.Status, a.Body)
		}
	}
	if a := h.Do("marketing2", "GET", "/api/collections/campaigns/records?filter="+url.QueryEscape(`customers_via_campaign.name~"暗号"`), nil); a.Status != http.StatusForbidden {
		t.Errorf("back: %d %s", a.Status, a.Body)
	}
	batch := h.Do("marketing2", "POST", "/api/batch", map[string]any{"requests": []map[string]any{{"method": "PATCH",
		"url": "/api/collections/campaigns/records/" + id, "body": map[string]any{"place": "我的"}}}})
	if batch.Status < 400 || value[string](h, "SELECT place FROM campaigns WHERE id = '"+id+"'") != "" {
		t.Errorf("batch: %d %s", batch.Status, batch.Body)
	}
	c, err := h.App.FindCollectionByNameOrId("campaigns")
	if err != nil {
		t.Fatal(err)
	}
	record, err := h.App.FindRecordById(c, id)
	if err != nil {
		t.Fatal(err)
	}
	for email, want := range map[string]bool{"marketing2@example.com": false, "marketing@example.com": true, "sales@example.com": true} {
		auth, err := h.App.FindAuthRecordByEmail("staff", email)
		if err != nil {
			t.Fatal(err)
		}
		if may, _ := h.App.CanAccessRecord(record, &core.RequestInfo{Auth: auth}, c.ListRule); may != want { // what realtime asks
			t.Errorf("%s is told of a change: %v", email, may)
		}
	}
	if a := h.Do("sales", "GET", "/api/collections/customers/records/"+customer+"?expand=campaign", nil); !strings.Contains(string(a.Body), "暗号展会") {
		t.Errorf("who has the customer: %d %s", a.Status, a.Body)
	}
}

// What a campaign brought goes to sales in one step: said beforehand, taken back within a day; what was
// submitted meanwhile, and what others have of it, stays.
func TestACampaignsDraftsAreHandedOver(t *testing.T) {
	h := tests.Start(t)
	id := campaign(h, "marketing", "秋季仪器展", nil)
	other := campaign(h, "marketing", "春季仪器展", nil)
	hand := func(role string, more map[string]any) tests.Answer {
		body := map[string]any{"campaign": id, "to": h.Staff["sales"]}
		for key, v := range more {
			body[key] = v
		}
		return h.Do(role, "POST", "/api/kehu/handover", body)
	}
	if a := hand("data_admin", nil); a.Code("") != "handover_drafts" {
		t.Errorf("nothing there: %d %s", a.Status, a.Body)
	}
	h.Import("marketing", "leads.xlsx", leads(lead("展会甲客户有限公司", "13712340011"), lead("展会乙客户有限公司", "13712340012")), into(id, nil))
	h.Import("marketing", "other.xlsx", leads(lead("展会丙客户有限公司", "13712340013")), into(other, nil))
	for _, role := range []string{"marketing", "sales", "service", "finance", "executive"} {
		if a := hand(role, nil); a.Status != http.StatusForbidden {
			t.Errorf("%s: %d %s", role, a.Status, a.Body)
		}
	}
	if a := hand("manager", nil); a.Status != http.StatusNotFound {
		t.Errorf("a manager of another department: %d %s", a.Status, a.Body)
	}
	for _, wrong := range []map[string]any{{"campaign": "nothing"}, {"to": h.Staff["service"]}, {"to": ""}, {"from": h.Staff["sales2"]},
		{"from": h.Staff["sales"]}, {"campaign": []string{"x"}}} {
		if a := hand("data_admin", wrong); a.Status < 400 || a.Status >= 500 {
			t.Errorf("%v: %d %s", wrong, a.Status, a.Body)
		}
	}
	before := cells(t, h)
	said := hand("data_admin", map[string]any{"dry_run": true}).JSON()
	if asText(said["counts"]) != `{"customers":2,"requests":0,"tasks":2}` && asText(said["counts"]) != `{"customers":2,"requests":0,"tasks":0}` ||
		said["from"] != h.Staff["marketing"] {
		t.Errorf("the preview: %v", said)
	}
	for _, line := range differing(before, cells(t, h)) {
		t.Error("the preview wrote: ", line)
	}
	made := hand("data_admin", nil)
	if made.Status != http.StatusOK {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	owner := func(name string) any { return find(h, name)["owner"] }
	if owner("展会甲客户有限公司") != h.Staff["sales"] || owner("展会丙客户有限公司") != h.Staff["marketing"] ||
		find(h, "展会甲客户有限公司")["campaign"] != id || find(h, "展会甲客户有限公司")["department"] == "" {
		t.Errorf("%v", find(h, "展会甲客户有限公司"))
	}
	if a := hand("data_admin", nil); a.Code("") != "handover_drafts" {
		t.Errorf("a second time: %d %s", a.Status, a.Body)
	}
	if a := h.Do("data_admin", "POST", "/api/kehu/handovers/"+made.Text("id")+"/undo", nil); a.Status != http.StatusOK ||
		owner("展会乙客户有限公司") != h.Staff["marketing"] {
		t.Errorf("undone: %d %s", a.Status, a.Body)
	}
}
