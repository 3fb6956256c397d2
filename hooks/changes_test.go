package hooks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kehu/tests"
)

func change(h *tests.House, role, id string, body map[string]any) tests.Answer {
	if body["reason"] == nil {
		body["reason"] = "客户来电告知"
	}
	return h.Do(role, "POST", "/api/kehu/customers/"+id+"/changes", body)
}

// requestsOf are the ids of the requests that were made, by their decider.
func requestsOf(a tests.Answer) map[string]string {
	made := map[string]string{}
	list, _ := a.JSON()["approvals"].([]any)
	for _, one := range list {
		request := one.(map[string]any)
		made[request["decider_role"].(string)] = request["id"].(string)
	}
	return made
}

func valueOf(h *tests.House, collection, id, key string) any {
	return h.Do("superuser", "GET", "/api/collections/"+collection+"/records/"+id, nil).JSON()[key]
}

func decide(h *tests.House, role, request, act string) tests.Answer {
	return h.Do(role, "POST", "/api/kehu/approvals/"+request+"/"+act, map[string]any{"note": "已核对"})
}

func TestAnActiveCustomerIsEditedByField(t *testing.T) {
	h := tests.Start(t)
	id := active(h, "按字段有限公司", nil)
	patch := func(role string, values map[string]any) tests.Answer {
		return h.Do(role, "PATCH", "/api/collections/customers/records/"+id, values)
	}
	whole := h.Do("sales", "GET", "/api/collections/customers/records/"+id, nil).JSON()
	whole["paper_ref"] = "档-7"
	if a := patch("sales", whole); a.Status != 200 {
		t.Errorf("a free field in a whole record: %d %s", a.Status, a.Body)
	}
	a := patch("sales", map[string]any{"paper_ref": "档-8", "headcount": "lt50", "industry": "批发业"})
	if a.Status != http.StatusForbidden || a.Code("headcount") != "change_needs_request" ||
		a.Code("industry") != "change_needs_request" || a.Code("paper_ref") != "" {
		t.Errorf("a mixed save: %d %s", a.Status, a.Body)
	}
	if got := valueOf(h, "customers", id, "paper_ref"); got != "档-7" {
		t.Errorf("half of a refused save was stored: %v", got)
	}
	if a := patch("sales", map[string]any{"landline": "(021)6234 1234"}); a.Status != 200 {
		t.Errorf("the same value in another writing: %d %s", a.Status, a.Body)
	}
	if a := patch("manager", map[string]any{"landline": "021-62341235"}); a.Code("landline") != "change_needs_request" {
		t.Errorf("a manager: %d %s", a.Status, a.Body)
	}
	batch := h.Do("sales", "POST", "/api/batch", map[string]any{"requests": []map[string]any{{"method": "PATCH",
		"url": "/api/collections/customers/records/" + id, "body": map[string]any{"name": "批量改名有限公司"}}}})
	if batch.Status < 400 || !strings.Contains(string(batch.Body), "change_needs_request") {
		t.Errorf("in a batch: %d %s", batch.Status, batch.Body)
	}
	for _, role := range []string{"data_admin", "superuser"} {
		if a := patch(role, map[string]any{"legal_representative": "林" + role[:1]}); a.Status != 200 {
			t.Errorf("%s edits directly: %d %s", role, a.Status, a.Body)
		}
	}
	contact := h.Do("sales", "GET", "/api/collections/contacts/records?filter=customer='"+id+"'", nil).JSON()["items"].([]any)[0].(map[string]any)["id"].(string)
	for name, a := range map[string]tests.Answer{
		"add":    h.Do("sales", "POST", "/api/collections/contacts/records", map[string]any{"customer": id, "name": "钱二"}),
		"change": h.Do("sales", "PATCH", "/api/collections/contacts/records/"+contact, map[string]any{"mobile": "13712341231"}),
		"remove": h.Do("sales", "DELETE", "/api/collections/contacts/records/"+contact, nil),
	} {
		if a.Status != http.StatusForbidden || !strings.Contains(string(a.Body), "contact_needs_request") {
			t.Errorf("%s a contact: %d %s", name, a.Status, a.Body)
		}
	}
	if a := h.Do("sales", "PATCH", "/api/collections/contacts/records/"+contact, map[string]any{"note": "午后来电"}); a.Status != 200 {
		t.Errorf("a note about a contact is free: %d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "POST", "/api/collections/followups/records", map[string]any{"customer": id,
		"date": "2026-11-05", "summary": "电话沟通"}); a.Status != 200 {
		t.Errorf("other belongings are free: %d %s", a.Status, a.Body)
	}
}

func TestAChangeIsAskedForAndHappensByItself(t *testing.T) {
	h := tests.Start(t)
	id := active(h, "变更有限公司", nil)
	a := change(h, "sales", id, map[string]any{"confirmed_with": "电话与赵经理确认", "occurred": "2026-11-04T15:00:00+08:00",
		"changes": map[string]any{"landline": "０２１ 62349999", "name": "变更之后有限公司", "paper_ref": "档-9", "headcount": "50_200"}})
	made := requestsOf(a)
	if a.Status != 200 || len(made) != 2 || strings.Join(texts(a.JSON()["applied"]), ",") != "paper_ref" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	ordinary := approvalOf(h, made["manager"])
	if ordinary["due"] != "2026-11-06 10:00:00.000Z" || ordinary["confirmed_with"] != "电话与赵经理确认" ||
		ordinary["occurred"] != "2026-11-04 07:00:00.000Z" || ordinary["reason"] != "客户来电告知" {
		t.Errorf("%v", ordinary)
	}
	changes := ordinary["payload"].(map[string]any)["changes"].(map[string]any)
	landline, _ := changes["landline"].(map[string]any)
	if len(changes) != 1 || landline["old"] != "021-62341234" || landline["new"] != "021-62349999" {
		t.Errorf("%v", changes)
	}
	if due := approvalOf(h, made["data_admin"])["due"]; due != "2026-11-09 10:00:00.000Z" {
		t.Errorf("important: %v", due)
	}
	if got := valueOf(h, "customers", id, "landline"); got != "021-62341234" {
		t.Fatalf("changed before the decision: %v", got)
	}
	if a := decide(h, "manager", made["data_admin"], "approve"); a.Status != 403 || a.Code("") != "approval_not_decider" {
		t.Errorf("a manager decides an important change: %d %s", a.Status, a.Body)
	}
	if a := decide(h, "manager", made["manager"], "approve"); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := decide(h, "data_admin", made["data_admin"], "approve"); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	record := h.Do("sales", "GET", "/api/collections/customers/records/"+id, nil).JSON()
	if record["landline"] != "021-62349999" || record["name"] != "变更之后有限公司" || record["paper_ref"] != "档-9" {
		t.Errorf("%v", record)
	}
	if originals, _ := record["originals"].(map[string]any); originals["landline"] != "０２１ 62349999" {
		t.Errorf("what was typed is lost: %v", originals)
	}
	history := h.Do("superuser", "GET", "/api/collections/changes/records?filter=customer='"+id+"'%26%26field='landline'", nil).JSON()["items"].([]any)
	if len(history) != 1 {
		t.Fatalf("%d entries of history", len(history))
	}
	for key, want := range map[string]any{"via": "approval", "by": "staff:" + h.Staff["sales"], "approved_by": "staff:" + h.Staff["manager"],
		"reason": "客户来电告知", "old": "021-62341234", "new": "021-62349999"} {
		if got := history[0].(map[string]any)[key]; got != want {
			t.Errorf("history %s: %v, want %v", key, got, want)
		}
	}
	found := h.Do("sales", "GET", "/api/kehu/search?q=变更之后", nil)
	if !strings.Contains(string(found.Body), id) {
		t.Errorf("the search does not know the new name: %s", found.Body)
	}
}

func texts(list any) []string {
	var out []string
	all, _ := list.([]any)
	for _, one := range all {
		out = append(out, one.(string))
	}
	return out
}

func TestContactsChangeByRequest(t *testing.T) {
	h := tests.Start(t)
	id := active(h, "联系人变更有限公司", nil)
	contacts := func() []any {
		return h.Do("sales", "GET", "/api/collections/contacts/records?sort=created&filter=customer='"+id+"'", nil).JSON()["items"].([]any)
	}
	first := contacts()[0].(map[string]any)["id"].(string)
	a := change(h, "sales", id, map[string]any{"contacts": []map[string]any{
		{"id": first, "mobile": "137 1234 1231"}, {"name": "钱二", "email": "qian@example-firm.cn"}}})
	if a.Status != 200 || len(requestsOf(a)) != 1 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := decide(h, "manager", requestsOf(a)["manager"], "approve"); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if got := valueOf(h, "contacts", first, "mobile"); got != "13712341231" || len(contacts()) != 2 {
		t.Errorf("%v, %d contacts", got, len(contacts()))
	}
	gone := change(h, "sales", id, map[string]any{"contacts": []map[string]any{{"id": first, "remove": true}}})
	decide(h, "manager", requestsOf(gone)["manager"], "approve")
	if len(contacts()) != 1 {
		t.Errorf("%d contacts are left", len(contacts()))
	}
	other := change(h, "sales", id, map[string]any{"contacts": []map[string]any{{"id": "nosuchcontact00", "mobile": "13712341231"}}})
	if other.Code("contacts") != "contact_unknown" {
		t.Errorf("%d %s", other.Status, other.Body)
	}
}

// Each case of two people at one customer has its answer.
func TestRequestsThatCrossEachOther(t *testing.T) {
	h := tests.Start(t)
	t.Run("a second request for the same field", func(t *testing.T) {
		id := active(h, "并行有限公司", nil)
		first := change(h, "sales", id, map[string]any{"changes": map[string]any{"headcount": "lt50"}})
		second := change(h, "manager", id, map[string]any{"changes": map[string]any{"headcount": "gt1000", "revenue": "lt5m"}})
		if second.Status != http.StatusConflict || second.Code("headcount") != "change_open" {
			t.Fatalf("%d %s", second.Status, second.Body)
		}
		if a := change(h, "manager", id, map[string]any{"changes": map[string]any{"revenue": "lt5m"}}); a.Status != 200 {
			t.Errorf("another field: %d %s", a.Status, a.Body)
		}
		decide(h, "sales", requestsOf(first)["manager"], "cancel")
		if a := change(h, "manager", id, map[string]any{"changes": map[string]any{"headcount": "gt1000"}}); a.Status != 200 {
			t.Errorf("after the cancellation: %d %s", a.Status, a.Body)
		}
	})
	t.Run("the field has changed since", func(t *testing.T) {
		id := active(h, "过时有限公司", nil)
		request := requestsOf(change(h, "sales", id, map[string]any{"changes": map[string]any{"headcount": "lt50", "revenue": "lt5m"}}))["manager"]
		h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"headcount": "200_1000"})
		a := decide(h, "manager", request, "approve")
		if a.Status != http.StatusConflict || a.Code("") != "approval_stale" || approvalOf(h, request)["state"] != "stale" {
			t.Fatalf("%d %s, %v", a.Status, a.Body, approvalOf(h, request)["state"])
		}
		if valueOf(h, "customers", id, "headcount") != "200_1000" || valueOf(h, "customers", id, "revenue") != "" {
			t.Error("part of a stale request was written")
		}
	})
	t.Run("the customer is deleted", func(t *testing.T) {
		id := active(h, "删除有限公司", nil)
		request := requestsOf(change(h, "sales", id, map[string]any{"changes": map[string]any{"headcount": "lt50"}}))["manager"]
		if a := h.Do("data_admin", "DELETE", "/api/collections/customers/records/"+id, nil); a.Status != 204 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if got := approvalOf(h, request)["state"]; got != "stale" {
			t.Errorf("%v", got)
		}
		if a := decide(h, "data_admin", request, "approve"); a.Status != http.StatusConflict {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("the new value is a duplicate by now", func(t *testing.T) {
		id := active(h, "撞名有限公司", nil)
		request := requestsOf(change(h, "sales", id, map[string]any{"changes": map[string]any{"name": "后来者有限公司"}}))["data_admin"]
		h.Create("sales2", "customers", firm("后来者有限公司", nil))
		a := decide(h, "data_admin", request, "approve")
		if a.Status != http.StatusConflict || a.Code("name") != "duplicate_exact" || approvalOf(h, request)["state"] != "open" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if got := valueOf(h, "customers", id, "name"); got != "撞名有限公司" {
			t.Errorf("%v", got)
		}
	})
	t.Run("the requester has lost the customer", func(t *testing.T) {
		id := active(h, "换人有限公司", nil)
		request := requestsOf(change(h, "sales", id, map[string]any{"changes": map[string]any{"headcount": "lt50"}}))["manager"]
		h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"owner": h.Staff["sales2"]})
		if a := decide(h, "manager2", request, "approve"); a.Status != 200 || valueOf(h, "customers", id, "headcount") != "lt50" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

func TestWhatARequestIsRefusedFor(t *testing.T) {
	h := tests.Start(t)
	id, draft := active(h, "拒绝申请有限公司", nil), entered(h, "sales", "草稿申请有限公司", nil)
	for _, c := range []struct {
		name, role, id, field, code string
		body                        map[string]any
	}{
		{"a draft", "sales", draft, "", "change_not_active", map[string]any{"changes": map[string]any{"headcount": "lt50"}}},
		{"no reason", "sales", id, "reason", "change_reason", map[string]any{"reason": "改", "changes": map[string]any{"headcount": "lt50"}}},
		{"nothing changes", "sales", id, "", "change_nothing", map[string]any{"changes": map[string]any{"headcount": "50_200"}}},
		{"a system field", "sales", id, "status", "change_field", map[string]any{"changes": map[string]any{"status": "draft"}}},
		{"a wrong value", "sales", id, "mobile", "mobile_length", map[string]any{"changes": map[string]any{"mobile": "139"}}},
		{"the future", "sales", id, "occurred", "occurred_future", map[string]any{"occurred": "2026-11-06T09:00:00+08:00", "changes": map[string]any{"headcount": "lt50"}}},
		{"25 hours ago", "sales", id, "occurred", "occurred_late", map[string]any{"occurred": "2026-11-04T08:00:00+08:00", "changes": map[string]any{"headcount": "lt50"}}},
		{"no time", "sales", id, "occurred", "occurred_time", map[string]any{"occurred": "昨天", "changes": map[string]any{"headcount": "lt50"}}},
		{"evidence of another", "sales", id, "", "evidence_unknown", map[string]any{"attachments": []string{"nosuchattach000"}, "changes": map[string]any{"headcount": "lt50"}}},
		{"another's customer", "sales2", id, "", "", map[string]any{"changes": map[string]any{"headcount": "lt50"}}},
		{"an executive", "executive", id, "", "forbidden", map[string]any{"changes": map[string]any{"headcount": "lt50"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := change(h, c.role, c.id, c.body)
			if a.Status < 400 || c.code != "" && a.Code(c.field) != c.code {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
}

// A sensitive number passes through a request sealed: no answer, no column holds it in plain.
func TestASensitiveNumberIsChangedByRequest(t *testing.T) {
	h := tests.Start(t)
	id := active(h, "账号变更有限公司", nil)
	h.Create("sales", "consents", map[string]any{"customer": id, "purposes": []string{"bank"}, "method": "paper", "granted": "2026-11-01"})
	const account = "6222021001116245702"
	a := change(h, "sales", id, map[string]any{"changes": map[string]any{"bank_account": account}})
	if a.Status != 200 || strings.Contains(string(a.Body), account) {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	request := requestsOf(a)["data_admin"]
	if text := string(h.Do("superuser", "GET", "/api/collections/approvals/records/"+request, nil).Body); strings.Contains(text, account) || !strings.Contains(text, "6222***********5702") {
		t.Errorf("%s", text)
	}
	if a := decide(h, "data_admin", request, "approve"); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if got := valueOf(h, "customers", id, "bank_account"); got != "6222***********5702" {
		t.Errorf("%v", got)
	}
	if a := change(h, "sales", id, map[string]any{"changes": map[string]any{"bank_account": account}}); a.Code("") != "change_nothing" {
		t.Errorf("the same number again: %d %s", a.Status, a.Body)
	}
	var left int
	if err := h.App.DB().NewQuery("SELECT count(*) FROM kehu_approval_sealed").Row(&left); err != nil || left != 0 {
		t.Errorf("%d sealed values are left of decided requests, %v", left, err)
	}
}

func TestTheCalendarTakesANotice(t *testing.T) {
	h := tests.Start(t)
	h.SetNow(time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC))
	show := h.Do("sales", "GET", "/api/kehu/calendar?from=2027-02-01&to=2027-02-20", nil)
	if !strings.Contains(string(show.Body), "calendar_notice_missing") {
		t.Errorf("no reminder in November: %s", show.Body)
	}
	lines := "2027-01-01 休 元旦\n2027-02-05至2027-02-12 休 春节\n2027-02-20 班 春节\n2027-04-05 休 清明\n" +
		"2027-05-01至2027-05-05 休 劳动节\n2027-06-09 休 端午\n2027-09-15 休 中秋\n2027-10-01至2027-10-07 休 国庆节\n"
	plain := []string{"Content-Type", "text/plain"}
	if a := h.Do("manager", "POST", "/api/kehu/calendar/notices", strings.NewReader(lines), plain...); a.Status != 403 {
		t.Errorf("a manager imports: %d", a.Status)
	}
	// a text that is said to be JSON reaches the route cut off: it is refused, not half stored
	if a := h.Do("data_admin", "POST", "/api/kehu/calendar/notices", strings.NewReader(strings.Repeat(lines, 5))); a.Code("") != "body_invalid" {
		t.Errorf("a text as JSON: %d %s", a.Status, a.Body)
	}
	a := h.Do("data_admin", "POST", "/api/kehu/calendar/notices", strings.NewReader(lines), plain...)
	if a.Status != 200 || a.JSON()["years"].(map[string]any)["2027"] != true {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	after := h.Do("sales", "GET", "/api/kehu/calendar?from=2027-02-01&to=2027-02-20", nil)
	if strings.Contains(string(after.Body), "calendar_notice_missing") || strings.Contains(string(after.Body), `"provisional":true`) {
		t.Errorf("%s", after.Body)
	}
	if !strings.Contains(string(after.Body), `"why":"春节调休上班","working":true`) {
		t.Errorf("the make-up Saturday: %s", after.Body)
	}
	h.Create("data_admin", "calendar_days", map[string]any{"date": "2026-11-06", "kind": "holiday", "name": "司庆"})
	request := submit(h, "sales", entered(h, "sales", "司庆有限公司", nil))
	if due := approvalOf(h, request)["due"]; due != "2026-11-04 10:00:00.000Z" {
		t.Errorf("%v", due)
	}
	h.SetNow(tests.Now)
	request = submit(h, "sales", entered(h, "sales", "司庆之后有限公司", nil))
	if due := approvalOf(h, request)["due"]; due != "2026-11-09 10:00:00.000Z" {
		t.Errorf("the company's own holiday: %v", due)
	}
	if a := h.Do("data_admin", "POST", "/api/collections/calendar_days/records", map[string]any{"date": "2026-13-40", "kind": "holiday"}); a.Status != 400 {
		t.Errorf("an impossible date: %d", a.Status)
	}
}
