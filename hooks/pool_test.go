package hooks_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"kehu/tests"
)

// pooling switches the pool on: 60 days, with ten days' notice.
func pooling(t testing.TB, h *tests.House, more map[string]any) {
	t.Helper()
	value := map[string]any{"days": 60, "notice_days": 10, "claims_per_day": 2, "again_days": 30}
	for key, v := range more {
		value[key] = v
	}
	h.Create("data_admin", "policies", map[string]any{"key": "pool", "value": value})
}

// neglectedOnes are active customers of the member, entered long ago.
func neglectedOnes(t testing.TB, h *tests.House, role string, names ...string) (ids []string) {
	t.Helper()
	for _, name := range names {
		id := idOf(h.Create("data_admin", "customers", firm(name, map[string]any{"owner": h.Staff[role],
			"confirm_duplicate": "公海的试验"})))
		execute(t, h, "UPDATE customers SET status = 'active', created = '2026-01-05 02:00:00.000Z' WHERE id = '"+id+"'")
		ids = append(ids, id)
	}
	return ids
}

func night(t testing.TB, h *tests.House, days int) string {
	t.Helper()
	h.SetNow(h.Clock().AddDate(0, 0, days))
	said, err := h.House.ReturnToPool(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func ownerNow(h *tests.House, id string) string {
	return value[string](h, "SELECT owner FROM customers WHERE id = '"+id+"'")
}

// pooled puts customers of a member of sales into the pool, as two nights do.
func pooled(t testing.TB, h *tests.House, role string, names ...string) []string {
	t.Helper()
	ids := neglectedOnes(t, h, role, names...)
	night(t, h, 0)
	night(t, h, 11)
	for _, id := range ids {
		if ownerNow(h, id) != "" {
			t.Fatalf("not in the pool: %s", id)
		}
	}
	return ids
}

func claim(h *tests.House, role, id string) tests.Answer {
	return h.Do(role, "POST", "/api/kehu/customers/"+id+"/claim", nil)
}

// What nobody follows up goes back to the pool, with notice first, with a reason in its history and on
// record; whoever follows up, sells, or has just got it, keeps it.
func TestWhatNobodyFollowsUpGoesToThePool(t *testing.T) {
	h := tests.Start(t)
	ids := neglectedOnes(t, h, "sales", "公海甲仪器有限公司", "公海乙仪器有限公司", "公海丙仪器有限公司", "公海丁仪器有限公司",
		"公海戊仪器有限公司", "公海己仪器有限公司")
	if said := night(t, h, 0); said != "off" {
		t.Errorf("by default: %s", said)
	}
	pooling(t, h, nil)
	h.Create("sales", "contracts", map[string]any{"customer": ids[4], "title": "年度合同", "signed": "2026-01-06", "state": "running"})
	execute(t, h, "UPDATE customers SET status = 'draft' WHERE id = '"+ids[5]+"'")
	if said := night(t, h, 0); said != "0 returned, 4 told" {
		t.Errorf("the first night: %s", said)
	}
	notices := "SELECT group_concat(DISTINCT title || assignee || due) FROM tasks WHERE `key` LIKE 'pool:%' AND state = 'open'"
	day := h.Clock().AddDate(0, 0, 10).Format(time.DateOnly)
	if got := value[string](h, notices); !strings.HasPrefix(got, "无人跟进，客户将于"+day+"退回公海"+h.Staff["sales"]) ||
		strings.Contains(got, ",") {
		t.Errorf("the notices: %s", got)
	}
	task := value[string](h, "SELECT id FROM tasks WHERE `key` LIKE 'pool:"+ids[0]+":%'")
	if a := h.Do("sales", "POST", "/api/kehu/tasks/"+task+"/done", map[string]any{}); a.Code("") != "task_by_act" {
		t.Errorf("a notice closes by the act itself: %d %s", a.Status, a.Body)
	}
	h.Create("sales", "followups", map[string]any{"customer": ids[1], "date": h.Clock().Format(time.DateOnly), "summary": "电话"})
	h.Create("data_admin", "orders", map[string]any{"customer": ids[2], "date": h.Clock().Format(time.DateOnly), "amount": 5})
	if n := value[int](h, "SELECT count(*) FROM tasks WHERE `key` LIKE 'pool:%' AND state = 'done'"); n != 2 {
		t.Errorf("%d notices are closed by the acts", n)
	}
	do(t, h, "data_admin", "PATCH", "/api/collections/customers/records/"+ids[3], map[string]any{"owner": h.Staff["manager"]})
	if said := night(t, h, 9); !strings.HasPrefix(said, "0 returned") {
		t.Errorf("before the day: %s", said)
	}
	if said := night(t, h, 2); said != "1 returned, 0 told" {
		t.Errorf("after the day: %s", said)
	}
	for i, want := range []string{"", h.Staff["sales"], h.Staff["sales"], h.Staff["manager"], h.Staff["sales"], h.Staff["sales"]} {
		if got := ownerNow(h, ids[i]); got != want {
			t.Errorf("%d is %q's, want %q", i, got, want)
		}
	}
	wantNone(h, "notices that are not true", "SELECT id FROM tasks WHERE `key` LIKE 'pool:%' AND state = 'open'")
	if n := value[int](h, "SELECT count(*) FROM changes WHERE record = '"+ids[0]+"' AND field = 'owner' AND via = 'system' "+
		"AND reason LIKE '自2026-01-05起超过60天无人跟进%'"); n != 1 {
		t.Errorf("%d entries of the history", n)
	}
	onRecord(t, h, "pool_return", "2026-01-05", h.Staff["sales"])
	if a := h.Do("sales", "GET", "/api/collections/customers/records/"+ids[0], nil); a.Status != http.StatusNotFound {
		t.Errorf("who lost it sees it whole: %d", a.Status)
	}
	if a := h.Do("manager", "GET", "/api/collections/customers/records/"+ids[0], nil); a.Status != http.StatusOK {
		t.Errorf("the head of the department does not: %d", a.Status)
	}
	night(t, h, 0)
	wantNone(h, "it went twice", "SELECT record FROM changes WHERE field = 'owner' AND via = 'system' GROUP BY 1 HAVING count(*) > 1")
}

// Who may claim what, and how much of it.
func TestClaimingFromThePool(t *testing.T) {
	h := tests.Start(t)
	pooling(t, h, nil)
	another := h.Save("staff", map[string]any{"email": "sales3@example.com", "password": tests.Password("sales3"), "name": "钱销售",
		"role": "sales", "department": h.Depts["east_sub"], "active": true, "verified": true})
	h.SignIn("staff", "sales3@example.com", "sales3")
	ids := pooled(t, h, "sales", "领取甲仪器有限公司", "领取乙仪器有限公司", "领取丙仪器有限公司")
	for role, want := range map[string]int{"service": 403, "marketing": 403, "finance": 403, "executive": 403, "data_admin": 403,
		"superuser": 403, "sales2": 404, "manager2": 404} {
		if a := claim(h, role, ids[0]); a.Status != want {
			t.Errorf("%s claims: %d %s", role, a.Status, a.Body)
		}
	}
	for role, want := range map[string]string{"service": "403", "marketing": "403", "finance": "403", "executive": "403", "data_admin": "200 3",
		"manager": "200 3", "manager2": "200 0", "sales": "200 3", "sales2": "200 0", "sales3": "200 3"} {
		a := h.Do(role, "GET", "/api/kehu/pool", nil)
		got := fmt.Sprint(a.Status)
		if items, ok := a.JSON()["items"].([]any); ok {
			got += fmt.Sprintf(" %d", len(items))
		}
		if got != want {
			t.Errorf("the pool of %s: %s %s", role, got, a.Body)
		}
	}
	if a := claim(h, "sales", ids[0]); a.Status != http.StatusConflict || a.Code("") != "pool_lost" {
		t.Errorf("who has just lost it: %d %s", a.Status, a.Body)
	}
	for _, id := range ids[:2] {
		if a := claim(h, "sales3", id); a.Status != http.StatusOK || ownerNow(h, id) != another {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	if a := claim(h, "sales3", ids[2]); a.Status != http.StatusTooManyRequests || a.Code("") != "pool_quota" {
		t.Errorf("beyond the day's: %d %s", a.Status, a.Body)
	}
	if a := claim(h, "manager", ids[0]); a.Status != http.StatusConflict || a.Code("") != "pool_taken" {
		t.Errorf("taken: %d %s", a.Status, a.Body)
	}
	if a := claim(h, "sales2", ids[0]); a.Status != http.StatusNotFound {
		t.Errorf("who could not see it learns nothing: %d", a.Status)
	}
	if n := value[int](h, "SELECT count(*) FROM changes WHERE record = '"+ids[0]+"' AND field = 'owner' AND reason = '从公海领取' "+
		"AND by = 'staff:"+another+"'"); n != 1 {
		t.Errorf("%d entries of the history", n)
	}
	onRecord(t, h, "pool_claim", h.Staff["sales"])
	if said := night(t, h, 30); !strings.HasPrefix(said, "0 returned") {
		t.Errorf("what was just claimed: %s", said)
	}
	if a := claim(h, "sales", ids[2]); a.Status != http.StatusOK {
		t.Errorf("later on: %d %s", a.Status, a.Body)
	}
	wantNone(h, "claimed ones are in the pool", "SELECT customer FROM kehu_pool")
	if a := claim(h, "sales", "nosuchcustomer0"); a.Status != http.StatusNotFound {
		t.Errorf("no such: %d", a.Status)
	}
}

// Of many who claim one customer at once exactly one has it; the others are told.
func TestOnlyOneClaims(t *testing.T) {
	h := tests.Start(t)
	pooling(t, h, map[string]any{"again_days": 0, "claims_per_day": 50})
	ids := pooled(t, h, "sales", "争抢甲仪器有限公司", "争抢乙仪器有限公司", "争抢丙仪器有限公司")
	for _, id := range ids {
		var mu sync.Mutex
		var wait sync.WaitGroup
		seen := map[string]int{}
		for i := range 8 {
			wait.Go(func() {
				a := claim(h, []string{"sales", "manager"}[i%2], id)
				mu.Lock()
				defer mu.Unlock()
				seen[fmt.Sprint(a.Status, a.Code(""))]++
			})
		}
		wait.Wait()
		if seen["200"] != 1 || seen["409pool_taken"] != 7 {
			t.Errorf("%v", seen)
		}
	}
}

// The names of persons are masked in the pool; the policy says beforehand which customers it moves.
func TestThePoolShowsLittleAndIsPreviewed(t *testing.T) {
	h := tests.Start(t)
	ids := neglectedOnes(t, h, "sales", "预览甲仪器有限公司", "预览乙仪器有限公司")
	value := map[string]any{"days": 60, "notice_days": 10}
	preview := func(role string, value map[string]any) tests.Answer {
		return h.Do(role, "POST", "/api/kehu/policies/preview", map[string]any{"key": "pool", "value": value})
	}
	if a := preview("data_admin", value); a.JSON()["n"] != 2.0 || !strings.Contains(string(a.Body), "周销售") ||
		!strings.Contains(string(a.Body), "2026-01-05") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := preview("data_admin", map[string]any{"days": 0}); a.JSON()["n"] != 0.0 {
		t.Errorf("off: %d %s", a.Status, a.Body)
	}
	if a := preview("data_admin", map[string]any{"days": 5, "notice_days": 5}); a.Status != http.StatusBadRequest {
		t.Errorf("no time between notice and return: %d %s", a.Status, a.Body)
	}
	if a := preview("manager", value); a.Status != http.StatusForbidden {
		t.Errorf("a manager: %d", a.Status)
	}
	if len(ids) != 2 || ownerNow(h, ids[0]) != h.Staff["sales"] {
		t.Error("the preview wrote something")
	}
	pooling(t, h, nil)
	id := idOf(h.Create("data_admin", "customers", map[string]any{"kind": "individual", "name": "陈一诺", "mobile": "13712341231"}))
	execute(t, h, "UPDATE customers SET status = 'active', owner = '"+h.Staff["sales"]+"', department = '"+h.Depts["east_sub"]+
		"', created = '2026-01-05 02:00:00.000Z' WHERE id = '"+id+"'")
	night(t, h, 0)
	night(t, h, 11)
	a := h.Do("sales", "GET", "/api/kehu/pool", nil)
	if text := string(a.Body); !strings.Contains(text, "陈*") || strings.Contains(text, "陈一诺") || strings.Contains(text, "1371234") {
		t.Errorf("%s", text)
	}
}
