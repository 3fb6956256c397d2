package hooks_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kehu/tests"
)

func customerNow(t testing.TB, h *tests.House, id string) map[string]any {
	t.Helper()
	return do(t, h, "data_admin", "GET", "/api/collections/customers/records/"+id, nil)
}

func expect(t testing.TB, what string, record map[string]any, want map[string]any) {
	t.Helper()
	for key, value := range want {
		if fmt.Sprint(record[key]) != fmt.Sprint(value) {
			t.Errorf("%s: %s is %v, want %v", what, key, record[key], value)
		}
	}
}

func ordered(h *tests.House, customer, date string, amount float64) string {
	return idOf(h.Create("data_admin", "orders", map[string]any{"customer": customer, "date": date, "amount": amount}))
}

func TestTheClassFollowsWhatHappens(t *testing.T) {
	h := tests.Start(t)
	id := idOf(h.Create("sales", "customers", firm("甲仪器有限公司", map[string]any{"industry": "C39",
		"demand_types": []string{"purchase", "after_sales"}, "purchase_cycle": "低频"})))
	expect(t, "new", customerNow(t, h, id), map[string]any{"tier": "potential", "tier_rule": "none", "value_level": "",
		"label": "制造业-潜在客户-产品采购、售后", "purchase_cycle": "low", "stage": "potential"})
	do(t, h, "sales", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"growth": "高"})
	expect(t, "of high growth", customerNow(t, h, id), map[string]any{"tier": "key", "label": "制造业-重点客户-产品采购、售后"})
	do(t, h, "sales", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"growth": "", "influence": "high"})

	first := ordered(h, id, "2024-10-01", 900) // more than a year ago
	expect(t, "an old order", customerNow(t, h, id), map[string]any{"tier": "normal", "value_level": "", "stage": "won",
		"stage_dates": map[string]any{"potential": "2026-11-05", "won": "2024-10-01"}})
	ordered(h, id, "2026-10-01", 100)
	ordered(h, id, "2026-10-31", 100)
	expect(t, "an amount this year, long a customer", customerNow(t, h, id), map[string]any{"tier": "strategic",
		"value_level": "high", "purchase_cycle": "low"})
	do(t, h, "data_admin", "PATCH", "/api/collections/orders/records/"+first, map[string]any{"state": "cancelled"})
	expect(t, "not so long", customerNow(t, h, id), map[string]any{"tier": "key", "value_level": "high"})
	ordered(h, id, "2026-09-01", 100)
	expect(t, "each month", customerNow(t, h, id), map[string]any{"purchase_cycle": "high"})
	if a := h.Do("sales", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"purchase_cycle": "low"}); a.Status != http.StatusOK ||
		a.Text("purchase_cycle") != "high" {
		t.Errorf("what the orders tell is not typed over: %d %s", a.Status, a.Body)
	}
	steps := value[string](h, "SELECT group_concat(json_extract(new, '$'), ' ') FROM (SELECT new FROM changes WHERE customer = '"+id+
		"' AND field = 'tier' ORDER BY at, id)")
	if steps != "key potential normal strategic key" {
		t.Errorf("the history of the tier: %s", steps)
	}
	why := do(t, h, "sales", "GET", "/api/kehu/customers/"+id+"/overview", nil)["why"]
	if text := asText(why); !strings.Contains(text, "价值等级：高") || !strings.Contains(text, "在前10%之内") {
		t.Errorf("why: %s", text)
	}
	if why := do(t, h, "service", "GET", "/api/kehu/customers/"+id+"/overview", nil)["why"]; why != nil {
		t.Errorf("amounts told to who may not read them: %v", why)
	}
}

// The levels are shares of the register: a new amount moves others too.
func TestTheValueLevelsAreShares(t *testing.T) {
	h := tests.Start(t)
	ids := make([]string, 12)
	for i := range ids {
		ids[i] = idOf(h.Create("data_admin", "customers", firm(fmt.Sprintf("第%d号仪器有限公司", i), nil)))
		ordered(h, ids[i], "2026-10-01", float64(100*(i+1)))
	}
	levels := func() (out string) {
		for _, id := range ids {
			out += customerNow(t, h, id)["value_level"].(string)[:1]
		}
		return out
	}
	// of 12 the first 2 are high, 5 are high or medium
	if got := levels(); got != "lllllllmmmhh" {
		t.Errorf("levels %s", got)
	}
	ordered(h, ids[0], "2026-10-02", 5000)
	if got := levels(); got != "hlllllllmmmh" {
		t.Errorf("one overtook the others: %s", got)
	}
	ordered(h, ids[9], "2026-10-02", 200) // 1200, as the second
	if got := levels(); got != "hlllllllmhmh" {
		t.Errorf("ties: %s", got)
	}
}

func TestATierIsSetByAPersonWithAReason(t *testing.T) {
	h := tests.Start(t)
	id := idOf(h.Create("sales", "customers", firm("甲仪器有限公司", nil)))
	path := "/api/kehu/customers/" + id + "/tier"
	for name, c := range map[string]struct {
		role string
		body map[string]any
		want int
		code string
	}{
		"no reason":          {"manager", map[string]any{"tier": "key"}, 400, "tier_reason"},
		"no such tier":       {"manager", map[string]any{"tier": "gold", "reason": "集团总部指定"}, 400, "tier_unknown"},
		"nothing to undo":    {"manager", map[string]any{"tier": "", "reason": "集团总部指定"}, 409, "tier_same"},
		"service":            {"service", map[string]any{"tier": "key", "reason": "集团总部指定"}, 403, ""},
		"who sees it not":    {"sales2", map[string]any{"tier": "key", "reason": "集团总部指定"}, 404, ""},
		"another department": {"manager2", map[string]any{"tier": "key", "reason": "集团总部指定"}, 404, ""},
	} {
		if a := h.Do(c.role, "POST", path, c.body); a.Status != c.want || c.code != "" && a.Code("") != c.code {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	asked := do(t, h, "sales", "POST", path, map[string]any{"tier": "strategic", "reason": "集团总部指定"})
	if asked["approval"] == nil || customerNow(t, h, id)["tier"] != "potential" {
		t.Fatalf("sales only ask: %v", asked)
	}
	if a := h.Do("sales", "POST", path, map[string]any{"tier": "key", "reason": "集团总部指定"}); a.Code("") != "tier_asked" {
		t.Errorf("asked twice: %d %s", a.Status, a.Body)
	}
	request := asked["approval"].(map[string]any)["id"].(string)
	if a := approve(h, "sales", request); a.Status != http.StatusForbidden {
		t.Errorf("approved by who asked: %d", a.Status)
	}
	if a := approve(h, "manager", request); a.Status != http.StatusOK {
		t.Fatalf("approve: %d %s", a.Status, a.Body)
	}
	ordered(h, id, "2026-10-01", 500) // the rules would say otherwise
	now := customerNow(t, h, id)
	expect(t, "approved", now, map[string]any{"tier": "strategic", "tier_rule": "override", "label": "战略客户"})
	reason := now["tier_reason"].(map[string]any)
	if by := reason["override"].(map[string]any); by["reason"] != "集团总部指定" || by["by_name"] != "周销售" ||
		by["approved_by_name"] != "郑经理" || reason["tier"] != "key" {
		t.Errorf("who, why, and what the rules say: %v", reason)
	}
	if n := value[int](h, "SELECT count(*) FROM changes WHERE customer = '"+id+"' AND field = 'tier' AND via = 'approval' "+
		"AND reason = '集团总部指定' AND by = 'staff:"+h.Staff["sales"]+"' AND approved_by = 'staff:"+h.Staff["manager"]+"'"); n != 1 {
		t.Errorf("%d entries of the history", n)
	}
	do(t, h, "manager", "POST", path, map[string]any{"tier": "", "reason": "总部已撤销指定"})
	expect(t, "back to the rules", customerNow(t, h, id), map[string]any{"tier": "key", "tier_rule": "key"})

	asked = do(t, h, "sales", "POST", path, map[string]any{"tier": "normal", "reason": "采购转向他处"})
	do(t, h, "data_admin", "POST", path, map[string]any{"tier": "potential", "reason": "已停止采购"})
	if a := approve(h, "manager", asked["approval"].(map[string]any)["id"].(string)); a.Status != http.StatusConflict ||
		a.Code("") != "approval_stale" {
		t.Errorf("a request that was overtaken: %d %s", a.Status, a.Body)
	}
}

// What an import writes is classified like what people enter, and an undo takes it back.
func TestAnImportIsClassified(t *testing.T) {
	h := tests.Start(t)
	id := idOf(h.Create("data_admin", "customers", firm("乙仪器有限公司", nil)))
	before := customerNow(t, h, id)
	show := h.Import("data_admin", "a.csv", []byte("客户名称,客户类型,行业,累计交易金额,首次合作时间,最近合作时间\n"+
		"丙仪器有限公司,企业,制造业,120000,2020-01-01,2026-10-01\n"), nil)
	made := find(h, "丙仪器有限公司")
	expect(t, "of an old register", made, map[string]any{"tier": "normal", "stage": "won", "label": "制造业-普通客户", "value_level": ""})
	orders := h.Import("data_admin", "b.csv", []byte("客户编号,日期,金额\n"+before["number"].(string)+",2026-10-01,500\n"),
		map[string]any{"collection": "orders"})
	expect(t, "an imported order", customerNow(t, h, id), map[string]any{"tier": "key", "value_level": "high", "stage": "won"})
	for _, one := range []map[string]any{orders, show} {
		do(t, h, "data_admin", "POST", "/api/kehu/imports/"+one["id"].(string)+"/undo", nil)
		h.Wait("data_admin", one["id"].(string), "done")
	}
	expect(t, "undone", customerNow(t, h, id), map[string]any{"tier": "potential", "value_level": "", "annual_amount": 0})
}

// A stage that a deal brought goes with it, one that a person set stays.
func TestTheStageFollowsTheDeals(t *testing.T) {
	h := tests.Start(t)
	id := idOf(h.Create("sales", "customers", firm("甲仪器有限公司", map[string]any{"stage": "意向"})))
	order := ordered(h, id, "2026-10-01", 100)
	expect(t, "a first order", customerNow(t, h, id), map[string]any{"stage": "won"})
	if n := value[int](h, "SELECT count(*) FROM tasks WHERE customer = '"+id+"' AND kind = 'complete' AND state = 'open'"); n != 1 {
		t.Errorf("%d tasks ask for what the stage demands", n)
	}
	h.Do("data_admin", "DELETE", "/api/collections/orders/records/"+order, nil)
	expect(t, "the order is gone", customerNow(t, h, id), map[string]any{"stage": "intent",
		"stage_dates": map[string]any{"intent": "2026-11-05"}})
	if n := value[int](h, "SELECT count(*) FROM tasks WHERE customer = '"+id+"' AND state = 'open'"); n != 0 {
		t.Errorf("%d tasks still ask", n)
	}
	ordered(h, id, "2026-10-01", 100)
	do(t, h, "sales", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"stage": "lost"})
	ordered(h, id, "2026-10-20", 100)
	expect(t, "lost by hand", customerNow(t, h, id), map[string]any{"stage": "lost"})
	contract := idOf(h.Create("sales", "customers", firm("乙仪器有限公司", nil)))
	h.Create("data_admin", "contracts", map[string]any{"customer": contract, "title": "维护", "signed": "2026-11-01", "amount": 10})
	expect(t, "a running contract", customerNow(t, h, contract), map[string]any{"stage": "won"})
}
