package hooks_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kehu/tests"
)

// ready is a firm that may be submitted.
func ready(name string, more map[string]any) map[string]any {
	values := firm(name, map[string]any{"landline": "021-62341234", "industry": "软件开发",
		"headcount": "50_200", "current_need": "两台光谱仪", "tags": []string{"潜力客户"}})
	for key, value := range more {
		values[key] = value
	}
	return values
}

// entered makes a complete draft with its contact and answers its id.
func entered(h *tests.House, role, name string, more map[string]any) string {
	h.TB.Helper()
	id := h.Create(role, "customers", ready(name, more))["id"].(string)
	h.Create(role, "contacts", map[string]any{"customer": id, "name": "赵启航", "title": "经理"})
	return id
}

// active makes a customer of sales that a manager has approved.
func active(h *tests.House, name string, more map[string]any) string {
	h.TB.Helper()
	id := entered(h, "sales", name, more)
	request := submit(h, "sales", id)
	if a := h.Do("manager", "POST", "/api/kehu/approvals/"+request+"/approve", map[string]any{}); a.Status != 200 {
		h.TB.Fatalf("approve: %d %s", a.Status, a.Body)
	}
	return id
}

func submit(h *tests.House, role, id string) string {
	h.TB.Helper()
	a := h.Do(role, "POST", "/api/kehu/customers/"+id+"/submit", map[string]any{"note": "请审核"})
	if a.Status != http.StatusOK {
		h.TB.Fatalf("submit: %d %s", a.Status, a.Body)
	}
	return requestOf(a)
}

func requestOf(a tests.Answer) string {
	request, _ := a.JSON()["approval"].(map[string]any)
	id, _ := request["id"].(string)
	return id
}

func statusOf(h *tests.House, id string) string {
	return h.Do("superuser", "GET", "/api/collections/customers/records/"+id, nil).Text("status")
}

func approvalOf(h *tests.House, id string) map[string]any {
	return h.Do("superuser", "GET", "/api/collections/approvals/records/"+id, nil).JSON()
}

func TestADraftIsSubmittedReviewedAndActive(t *testing.T) {
	h := tests.Start(t)
	id := entered(h, "sales", "待审一号有限公司", nil)
	a := h.Do("sales", "POST", "/api/kehu/customers/"+id+"/submit",
		map[string]any{"note": "名片已核对", "checked_against": "card"})
	if a.Status != http.StatusOK || a.Text("status") != "pending" || statusOf(h, id) != "pending" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	request := approvalOf(h, requestOf(a))
	for key, want := range map[string]any{"kind": "entry", "state": "open", "customer": id,
		"requested_by": "staff:" + h.Staff["sales"], "requested_by_name": "周销售", "decider_role": "manager",
		"checked_against": "card", "reason": "名片已核对", "due": "2026-11-06 10:00:00.000Z"} {
		if request[key] != want {
			t.Errorf("%s: %v, want %v", key, request[key], want)
		}
	}
	if compliance, _ := request["compliance"].(map[string]any); compliance["ok"] != true {
		t.Errorf("compliance: %v", request["compliance"])
	}
	for _, role := range []string{"sales", "manager", "data_admin", "superuser"} {
		edit := h.Do(role, "PATCH", "/api/collections/customers/records/"+id, map[string]any{"short_name": "锁"})
		if edit.Status != http.StatusForbidden || edit.Code("short_name") != "customer_pending" {
			t.Errorf("%s edits a customer under review: %d %s", role, edit.Status, edit.Body)
		}
	}
	if a := h.Do("data_admin", "DELETE", "/api/collections/customers/records/"+id, nil); a.Status != http.StatusForbidden {
		t.Errorf("deleted under review: %d", a.Status)
	}
	ok := h.Do("manager", "POST", "/api/kehu/approvals/"+request["id"].(string)+"/approve", map[string]any{"note": "同意"})
	if ok.Status != http.StatusOK || statusOf(h, id) != "active" {
		t.Fatalf("%d %s", ok.Status, ok.Body)
	}
	decided := approvalOf(h, request["id"].(string))
	if decided["decided_by"] != "staff:"+h.Staff["manager"] || decided["state"] != "approved" || decided["note"] != "同意" {
		t.Errorf("%v", decided)
	}
	again := h.Do("data_admin", "POST", "/api/kehu/approvals/"+request["id"].(string)+"/reject", map[string]any{"note": "不"})
	if again.Status != http.StatusConflict || again.Code("") != "approval_decided" || statusOf(h, id) != "active" {
		t.Errorf("decided twice: %d %s", again.Status, again.Body)
	}
}

func TestReturnedCancelledAndSubmittedAgain(t *testing.T) {
	h := tests.Start(t)
	id := entered(h, "sales", "退回一号有限公司", nil)
	request := submit(h, "sales", id)
	path := "/api/kehu/approvals/" + request
	if a := h.Do("manager", "POST", path+"/reject", map[string]any{}); a.Code("") != "approval_reject_note" {
		t.Errorf("returned without a reason: %d %s", a.Status, a.Body)
	}
	if a := h.Do("sales2", "POST", path+"/cancel", map[string]any{}); a.Status != http.StatusNotFound {
		t.Errorf("a stranger cancels: %d %s", a.Status, a.Body)
	}
	if a := h.Do("manager", "POST", path+"/reject", map[string]any{"note": "行业不对"}); a.Status != 200 || statusOf(h, id) != "rejected" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"industry": "批发业"}); a.Status != 200 {
		t.Errorf("a returned customer is edited like a draft: %d %s", a.Status, a.Body)
	}
	second := submit(h, "sales", id)
	if a := h.Do("manager", "POST", "/api/kehu/approvals/"+second+"/cancel", nil); a.Status != http.StatusForbidden {
		t.Errorf("a manager cancels another's: %d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "POST", "/api/kehu/approvals/"+second+"/cancel", nil); a.Status != 200 || statusOf(h, id) != "draft" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestWhatStopsASubmission(t *testing.T) {
	h := tests.Start(t)
	for _, c := range []struct {
		name, field, code string
		more              map[string]any
	}{
		{"industry missing", "industry", "required", map[string]any{"industry": ""}},
		{"no system tag", "tags", "system_tag_missing", map[string]any{"tags": []string{}}},
		{"address above the district", "division", "division_too_coarse", map[string]any{"business_address": "浙江省杭州市"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := entered(h, "sales", c.name+"有限公司", c.more)
			a := h.Do("sales", "POST", "/api/kehu/customers/"+id+"/submit", map[string]any{})
			if a.Status != http.StatusBadRequest || a.Code(c.field) != c.code || statusOf(h, id) != "draft" {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
	t.Run("a tag of one's own is no system tag", func(t *testing.T) {
		h.Create("sales", "tags", map[string]any{"name": "老乡"})
		id := entered(h, "sales", "自有标签有限公司", map[string]any{"tags": []string{"老乡"}})
		if a := h.Do("sales", "POST", "/api/kehu/customers/"+id+"/submit", map[string]any{}); a.Code("tags") != "system_tag_missing" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("a person's address needs consent", func(t *testing.T) {
		person := h.Create("sales", "customers", map[string]any{"kind": "individual", "name": "陈一诺",
			"mobile": "13912341239", "current_need": "净水设备", "tags": []string{"潜力客户"},
			"business_address": "浙江省杭州市西湖区文三路90号"})["id"].(string)
		if a := h.Do("sales", "POST", "/api/kehu/customers/"+person+"/submit", nil); a.Code("business_address") != "address_no_consent" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		h.Create("sales", "consents", map[string]any{"customer": person, "purposes": []string{"service"},
			"method": "form", "granted": "2026-11-01"})
		submit(h, "sales", person)
	})
	t.Run("who may submit", func(t *testing.T) {
		id := entered(h, "sales", "谁能提交有限公司", nil)
		for role, want := range map[string]int{"sales2": 404, "marketing": 404, "finance": 404, "executive": 403, "service": 403, "": 401} {
			if a := h.Do(role, "POST", "/api/kehu/customers/"+id+"/submit", nil); a.Status != want {
				t.Errorf("%s: %d, want %d: %s", role, a.Status, want, a.Body)
			}
		}
		submit(h, "manager", id)
		if a := h.Do("sales", "POST", "/api/kehu/customers/"+id+"/submit", nil); a.Code("") != "submit_state" {
			t.Errorf("submitted twice: %d %s", a.Status, a.Body)
		}
	})
	t.Run("customer service hands its draft over", func(t *testing.T) {
		id := entered(h, "service", "客服录入有限公司", nil)
		if a := h.Do("service", "POST", "/api/kehu/customers/"+id+"/submit", nil); a.Code("owner") != "submit_owner" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		a := h.Do("service", "POST", "/api/kehu/customers/"+id+"/submit", map[string]any{"owner": h.Staff["sales"]})
		record := h.Do("superuser", "GET", "/api/collections/customers/records/"+id, nil).JSON()
		if a.Status != 200 || record["owner"] != h.Staff["sales"] || record["department"] != h.Depts["east_sub"] {
			t.Errorf("%d %s, %v", a.Status, a.Body, record["owner"])
		}
	})
}

// Nobody decides their own, whichever way they come.
func TestNobodyDecidesTheirOwn(t *testing.T) {
	h := tests.Start(t)
	approve := func(role, request string) tests.Answer {
		return h.Do(role, "POST", "/api/kehu/approvals/"+request+"/approve", map[string]any{"note": "我自己批"})
	}
	t.Run("the manager who submitted", func(t *testing.T) {
		request := submit(h, "manager", entered(h, "manager", "经理自己有限公司", nil))
		if a := approve("manager", request); a.Status != 403 || a.Code("") != "approval_own" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := approve("data_admin", request); a.Status != 200 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("a superuser's account with the same e-mail", func(t *testing.T) {
		h.Save("_superusers", map[string]any{"email": "Manager@Example.com", "password": "Zhuo7-mian-Haiou"})
		h.SignIn("_superusers", "Manager@Example.com", "linked")
		request := submit(h, "manager", entered(h, "manager", "双账号有限公司", nil))
		if a := approve("linked", request); a.Status != 403 || a.Code("") != "approval_own" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		own := submit(h, "linked", entered(h, "linked", "双账号反过来有限公司", map[string]any{"owner": h.Staff["sales"]}))
		if a := approve("manager", own); a.Status != 403 || a.Code("") != "approval_own" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("promoted between request and decision", func(t *testing.T) {
		request := submit(h, "sales2", entered(h, "sales2", "升职有限公司", nil))
		h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["sales2"], map[string]any{"role": "data_admin"})
		h.SignIn("staff", "sales2@example.com", "sales2") // a new role ends the old sessions
		if a := approve("sales2", request); a.Status != 403 || a.Code("") != "approval_own" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["sales2"], map[string]any{"email": "other@example.com"})
		h.SignIn("staff", "other@example.com", "sales2")
		if a := approve("sales2", request); a.Status != 403 {
			t.Errorf("with another e-mail: %d %s", a.Status, a.Body)
		}
	})
	t.Run("a second owner's account and the command line", func(t *testing.T) {
		h.Save("_superusers", map[string]any{"email": "owner2@example.com", "password": "Zhuo8-deng-Haiou"})
		h.SignIn("_superusers", "owner2@example.com", "owner2")
		request := submit(h, "superuser", entered(h, "superuser", "所有者有限公司", map[string]any{"owner": h.Staff["sales"]}))
		if a := approve("owner2", request); a.Status != 403 || a.Code("") != "approval_own" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		a := h.Do("", "POST", "/api/kehu/approvals/"+request+"/approve", nil, "X-Kehu-Command", tests.Secret)
		if a.Status != 403 || a.Code("") != "approval_own" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("a batch, and the records themselves", func(t *testing.T) {
		id := entered(h, "sales", "直接改有限公司", nil)
		request := submit(h, "sales", id)
		for _, role := range []string{"sales", "manager", "data_admin", "superuser"} {
			for method, path := range map[string]string{"PATCH": "/" + request, "DELETE": "/" + request, "POST": ""} {
				a := h.Do(role, method, "/api/collections/approvals/records"+path, map[string]any{"state": "approved"})
				if a.Status < 400 {
					t.Errorf("%s %s: %d", role, method, a.Status)
				}
			}
			a := h.Do(role, "POST", "/api/batch", map[string]any{"requests": []map[string]any{{"method": "PATCH",
				"url": "/api/collections/approvals/records/" + request, "body": map[string]any{"state": "approved"}}}})
			if a.Status < 400 {
				t.Errorf("%s in a batch: %d", role, a.Status)
			}
			h.Do(role, "PATCH", "/api/collections/customers/records/"+id, map[string]any{"status": "active"})
			if got := statusOf(h, id); got != "pending" {
				t.Fatalf("%s made it %s", role, got)
			}
		}
		if got := approvalOf(h, request)["state"]; got != "open" {
			t.Errorf("the request is %v", got)
		}
	})
}

func TestWhoDecidesAnEntry(t *testing.T) {
	h := tests.Start(t)
	for i, c := range []struct {
		role string
		want int
	}{
		{"manager", 200}, {"manager2", 404}, {"data_admin", 200}, {"superuser", 200}, {"sales", 403},
		{"sales2", 404}, {"service", 404}, {"executive", 404}, {"finance", 404}, {"marketing", 404}, {"", 401},
	} {
		request := submit(h, "sales", entered(h, "sales", fmt.Sprintf("谁审批%d有限公司", i), nil))
		if a := h.Do(c.role, "POST", "/api/kehu/approvals/"+request+"/approve", nil); a.Status != c.want {
			t.Errorf("%s: %d, want %d: %s", c.role, a.Status, c.want, a.Body)
		}
	}
	t.Run("no department: data management", func(t *testing.T) {
		id := entered(h, "data_admin", "无部门有限公司", nil)
		request := submit(h, "data_admin", id)
		if a := h.Do("manager", "POST", "/api/kehu/approvals/"+request+"/approve", nil); a.Status != 404 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := h.Do("data_admin2", "POST", "/api/kehu/approvals/"+request+"/approve", nil); a.Status != 200 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("the customer moved to another department meanwhile", func(t *testing.T) {
		request := submit(h, "sales", entered(h, "sales", "调动有限公司", nil))
		h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"], map[string]any{"department": h.Depts["south"]})
		if a := h.Do("manager", "POST", "/api/kehu/approvals/"+request+"/approve", nil); a.Status != 404 {
			t.Errorf("the former manager: %d %s", a.Status, a.Body)
		}
		if a := h.Do("manager2", "POST", "/api/kehu/approvals/"+request+"/approve", nil); a.Status != 200 {
			t.Errorf("the manager now: %d %s", a.Status, a.Body)
		}
	})
	t.Run("the requester has left", func(t *testing.T) {
		id := entered(h, "sales2", "离职有限公司", nil)
		request := submit(h, "sales2", id)
		h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["sales2"], map[string]any{"active": false})
		if a := h.Do("sales2", "POST", "/api/kehu/approvals/"+request+"/cancel", nil); a.Status != 401 {
			t.Errorf("who left cancels: %d", a.Status)
		}
		if a := h.Do("manager2", "POST", "/api/kehu/approvals/"+request+"/approve", nil); a.Status != 200 || statusOf(h, id) != "active" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

func TestReviewIsAPolicy(t *testing.T) {
	h := tests.Start(t)
	h.Create("data_admin", "policies", map[string]any{"key": "review", "value": "none"})
	id := entered(h, "sales", "一人公司有限公司", nil)
	a := h.Do("sales", "POST", "/api/kehu/customers/"+id+"/submit", nil)
	if a.Status != 200 || a.Text("status") != "active" || requestOf(a) != "" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"name": "改名有限公司"}); a.Status != 200 {
		t.Errorf("with nobody to ask: %d %s", a.Status, a.Body)
	}
}

func TestSinglePersonConfirmation(t *testing.T) {
	h := tests.Start(t)
	for _, other := range []string{"manager", "manager2", "data_admin2"} {
		h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff[other], map[string]any{"active": false})
	}
	request := submit(h, "data_admin", entered(h, "data_admin", "单人有限公司", nil))
	approve := func(note string) tests.Answer {
		return h.Do("data_admin", "POST", "/api/kehu/approvals/"+request+"/approve", map[string]any{"note": note})
	}
	if a := approve("已核对执照原件"); a.Code("") != "approval_own" {
		t.Fatalf("off by default: %d %s", a.Status, a.Body)
	}
	h.Create("data_admin", "policies", map[string]any{"key": "review",
		"value": map[string]any{"mode": "all", "single_confirmation": true}})
	if a := approve(""); a.Code("") != "approval_single_note" {
		t.Fatalf("without a note: %d %s", a.Status, a.Body)
	}
	if a := approve("已核对执照原件"); a.Status != 200 || approvalOf(h, request)["single"] != true {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
}

// The due time of a request, through the door.
func TestDueTimesOfRequests(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	for i, c := range []struct{ name, at, want string }{
		{"17:59 counts today", "2026-11-05 17:59:00", "2026-11-06 18:00"},
		{"a second before closing", "2026-11-05 17:59:59", "2026-11-06 18:00"},
		{"18:01 counts tomorrow", "2026-11-05 18:01:00", "2026-11-09 18:00"},
		{"Friday to Monday", "2026-11-06 10:00:00", "2026-11-09 18:00"},
		{"before 国庆, with its make-up Sunday", "2026-09-30 10:00:00", "2026-10-08 18:00"},
		{"on the make-up day of 春节", "2026-02-14 10:00:00", "2026-02-24 18:00"},
		{"before midnight of the company, after that of UTC", "2026-11-05 07:30:00", "2026-11-06 18:00"},
		{"over the year's end", "2026-12-31 19:00:00", "2027-01-05 18:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := tests.Start(t)
			at, err := time.ParseInLocation("2006-01-02 15:04:05", c.at, shanghai)
			if err != nil {
				t.Fatal(err)
			}
			h.SetNow(at)
			a := h.Do("sales", "POST", "/api/kehu/customers/"+entered(h, "sales", fmt.Sprintf("期限%d有限公司", i), nil)+"/submit", nil)
			request, _ := a.JSON()["approval"].(map[string]any)
			due, _ := request["due"].(string)
			got, err := time.Parse("2006-01-02 15:04:05.000Z", due)
			if err != nil || got.In(shanghai).Format("2006-01-02 15:04") != c.want {
				t.Errorf("%s, want %s: %s", due, c.want, a.Body)
			}
			warned := strings.Contains(string(a.Body), "calendar_provisional")
			if want := strings.HasPrefix(c.want, "2027"); warned != want {
				t.Errorf("provisional said: %v", warned)
			}
		})
	}
}
