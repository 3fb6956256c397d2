package hooks_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"kehu/tests"
)

// figures are all numbers of a dashboard, under their group and key.
func figures(answer map[string]any) map[string]map[string]any {
	all := map[string]map[string]any{}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(name, one)
			}
		case map[string]any:
			if _, ok := v["filter"].(string); ok {
				all[name+" "+v["key"].(string)] = v
				return
			}
			for key, one := range v {
				walk(name+"/"+key, one)
			}
		}
	}
	walk("", answer)
	return all
}

// lengthOf is the length of the list to which a figure leads; -1 where the role has no such list.
func lengthOf(t *testing.T, h *tests.House, role string, f map[string]any) int {
	t.Helper()
	a := h.Do(role, "GET", "/api/collections/"+f["collection"].(string)+"/records?perPage=1&filter="+
		url.QueryEscape(f["filter"].(string)), nil)
	if a.Status != http.StatusOK {
		t.Errorf("%s: the filter %v: %d %s", role, f["filter"], a.Status, a.Body)
		return -1
	}
	return int(a.JSON()["totalItems"].(float64))
}

func TestEveryNumberOfTheDashboardLeadsToItsList(t *testing.T) {
	h := tests.Start(t)
	for i, own := range []map[string]any{
		{"industry": "C3911", "stage": "intent", "business_address": "上海市浦东新区祖冲之路887弄"},
		{"industry": "C", "owner": h.Staff["sales2"]}, {"industry": "J66", "owner": h.Staff["sales2"]},
		{"owner": h.Staff["manager"]}, {"intention": "high"},
	} {
		h.Create("data_admin", "customers", firm(fmt.Sprintf("第%d仪器有限公司", i), own))
	}
	mine := idOf(h.Create("sales", "customers", firm("老客户有限公司", nil)))
	h.Create("sales", "orders", map[string]any{"customer": mine, "date": "2026-10-01", "amount": 5000})
	execute(t, h, "UPDATE customers SET created = '2026-09-30 17:00:00.000Z', updated = '2026-02-01 00:00:00.000Z' WHERE id = '"+mine+"'")
	put(t, h, "tasks", map[string]any{"customer": mine, "kind": "custom", "title": "回电", "state": "open",
		"assignee": h.Staff["sales"], "due": "2026-11-01 00:00:00.000Z"})
	for role, want := range map[string]int{"sales": 1, "sales2": 2, "manager": 2, "finance": 1, "marketing": 0,
		"service": 6, "executive": 6, "data_admin": 6, "superuser": 6} {
		t.Run(role, func(t *testing.T) {
			answer := do(t, h, role, "GET", "/api/kehu/dashboard", nil)
			if n := answer["total"].(map[string]any)["n"]; fmt.Sprint(n) != fmt.Sprint(want) {
				t.Errorf("%v customers, want %d", n, want)
			}
			for name, f := range figures(answer) {
				if f["collection"] == "duplicate_pairs" {
					continue // has a route of its own
				}
				if n := lengthOf(t, h, role, f); n != int(f["n"].(float64)) {
					t.Errorf("%s says %v, the list %s has %d", name, f["n"], f["filter"], n)
				}
			}
		})
	}
	all := figures(do(t, h, "data_admin", "GET", "/api/kehu/dashboard", nil))
	for name, n := range map[string]int{"/industry C": 2, "/stage intent": 1, "/created 2026-10": 1,
		"/quality/freshness m12": 1, "/macro_region east": 1, "/overdue tasks": 1} {
		if f := all[name]; f == nil || int(f["n"].(float64)) != n {
			t.Errorf("%s: %v, want %d", name, f, n)
		}
	}
	if a := h.Do("", "GET", "/api/kehu/dashboard", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", a.Status)
	}
}

// counters compares every counter with a count of the rows.
func counters(t *testing.T, h *tests.House, after string) {
	t.Helper()
	for name, term := range map[string]string{"stage": "stage", "tier": "tier", "value_level": "value_level",
		"status": "status", "industry": "substr(industry, 1, 1)", "macro_region": "macro_region",
		"relationship": "relationship", "created": "substr(datetime(created, '+8 hours'), 1, 7)",
		"fresh":    "max(substr(verified, 1, 7), substr(datetime(updated, '+8 hours'), 1, 7))",
		"complete": "CASE WHEN missing IN ('', '[]', 'null') THEN 'yes' ELSE 'no' END"} {
		const by = "owner || '/' || department || '/' || has_deal || '/' || marketable"
		want := rowsOf(t, h, "SELECT "+term+" || '/' || "+by+", count(*) FROM customers GROUP BY 1")
		noted := rowsOf(t, h, "SELECT v || '/' || "+by+", sum(n) FROM (SELECT value AS v, owner, department, has_deal, "+
			"marketable, n FROM kehu_counts WHERE dimension = '"+name+"' UNION ALL SELECT coalesce(by_"+name+", ''), owner, "+
			"department, has_deal, marketable, sign FROM kehu_counts_log) GROUP BY 1 HAVING sum(n) != 0")
		if !maps.Equal(want, noted) {
			t.Fatalf("%s: by %s the counters say %v, the register %v", after, name, noted, want)
		}
	}
}

func rowsOf(t *testing.T, h *tests.House, query string) map[string]string {
	t.Helper()
	rows, err := h.App.DB().NewQuery(query).Rows()
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var key, n string
		if err := rows.Scan(&key, &n); err != nil {
			t.Fatal(err)
		}
		found[key] = n
	}
	return found
}

// TestTheCountersAgreeWithTheRegister does what may change a count, at random, and counts after each.
func TestTheCountersAgreeWithTheRegister(t *testing.T) {
	h := tests.Start(t)
	const seed = 20261105
	random := rand.New(rand.NewPCG(seed, 1))
	names := 0
	var customers, archived, merges, orders []string
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	living := func() []string {
		return slices.Collect(maps.Keys(rowsOf(t, h, "SELECT id, 1 FROM customers")))
	}
	acts := map[string]func(){
		"create": func() {
			names++
			h.Create(pick([]string{"sales", "sales2", "manager"}), "customers", firm(fmt.Sprintf("%s第%d有限公司",
				pick([]string{"青山", "流水", "白云", "高原", "海风"}), names), map[string]any{"industry": pick([]string{"C39", "J66", ""})}))
		},
		"edit": func() {
			h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+pick(customers), map[string]any{
				"stage": pick([]string{"intent", "potential"}), "growth": pick([]string{"high", "low"}), "current_need": "采购光谱仪"})
		},
		"order": func() {
			a := h.Do("data_admin", "POST", "/api/collections/orders/records", map[string]any{"customer": pick(customers),
				"date": fmt.Sprintf("2026-0%d-11", 1+random.IntN(9)), "amount": 100 * random.IntN(100)})
			orders = append(orders, a.Text("id"))
		},
		"no order": func() {
			if len(orders) > 0 {
				h.Do("data_admin", "DELETE", "/api/collections/orders/records/"+pick(orders), nil)
			}
		},
		"merge": func() {
			if a, b := pick(customers), pick(customers); a != b {
				got := h.Do("data_admin", "POST", "/api/kehu/merges", map[string]any{"keep": a, "merge": []string{b}, "choices": map[string]any{}})
				if got.Status == http.StatusOK {
					merges = append(merges, got.Text("id"))
				}
			}
		},
		"unmerge": func() {
			if len(merges) > 0 {
				h.Do("data_admin", "POST", "/api/kehu/merges/"+pick(merges)+"/undo", nil)
			}
		},
		"archive": func() {
			id := pick(customers)
			execute(t, h, "UPDATE customers SET status = 'active' WHERE id = '"+id+"'")
			a := h.Do("data_admin", "POST", "/api/kehu/customers/"+id+"/archive", map[string]any{"reason": endedReason, "last_contact": "2020-03-01"})
			if a.Status == http.StatusOK { // 409 where an order is under way
				h.Do("data_admin2", "POST", "/api/kehu/approvals/"+requestOf(a)+"/approve", map[string]any{"note": "同意"})
				archived = append(archived, value[string](h, "SELECT coalesce((SELECT id FROM archives WHERE customer = '"+id+"' AND state = 'kept'), '')"))
			}
		},
		"restore": func() {
			if len(archived) > 0 {
				h.Do("data_admin", "POST", "/api/kehu/archives/"+pick(archived)+"/restore", map[string]any{"reason": "恢复往来"})
			}
		},
		"hand over": func() {
			h.Do("data_admin", "POST", "/api/kehu/handover", map[string]any{"from": h.Staff[pick([]string{"sales", "sales2"})],
				"to": h.Staff[pick([]string{"sales", "sales2", "manager"})]})
		},
		"delete": func() { h.Do("data_admin", "DELETE", "/api/collections/customers/records/"+pick(customers), nil) },
		"import": func() {
			names++
			id := h.Upload("data_admin", "名单.csv", []byte(fmt.Sprintf("客户名称,客户类型,手机,行业\n新进%d有限公司,企业,1391234%04d,制造业\n", names, names)), nil)["id"].(string)
			h.Do("data_admin", "POST", "/api/kehu/imports/"+id+"/start", nil)
			h.Wait("data_admin", id, "running")
			if random.IntN(2) == 0 {
				h.Do("data_admin", "POST", "/api/kehu/imports/"+id+"/undo", nil)
			}
		},
		"fold": func() {
			if err := h.House.FoldCounts(); err != nil {
				t.Fatal(err)
			}
		},
	}
	order := slices.Sorted(maps.Keys(acts))
	for range 4 {
		acts["create"]()
	}
	for range 120 {
		if customers = living(); len(customers) < 3 {
			acts["create"]()
			continue
		}
		name := pick(order)
		acts[name]()
		counters(t, h, name)
	}
	if len(merges) == 0 || len(archived) == 0 || len(orders) == 0 {
		t.Errorf("%d merges, %d archived, %d orders: too little happened", len(merges), len(archived), len(orders))
	}
}

// However much was noted of changes, a reader adds it up in parts; a decision about an import leaves little.
func TestMuchThatWasNotedIsAddedUpInParts(t *testing.T) {
	h := tests.Start(t)
	rows := [][]any{{"客户名称", "客户类型", "行业", "当前需求"}}
	for i := range 60 {
		rows = append(rows, []any{fmt.Sprintf("计数%d号有限公司", i), "企业", "制造业", "仪器"})
	}
	h.Import("data_admin", "名单.xlsx", tests.Workbook(rows...), nil)
	for i := range 700 { // each notes two rows of each customer
		stage := []string{"interested", "won"}[i%2]
		execute(t, h, "UPDATE customers SET stage = '"+stage+"', owner = '"+h.Staff[[]string{"sales", "sales2", "manager"}[i%3]]+"'")
	}
	if n := value[int](h, "SELECT count(*) FROM kehu_counts_log"); n < 80_000 {
		t.Fatalf("%d rows were noted", n)
	}
	counters(t, h, "the changes")
	if a := h.Do("executive", "GET", "/api/kehu/dashboard", nil); a.JSON()["total"].(map[string]any)["n"] != 60.0 {
		t.Error(a.Status, a.JSON()["total"])
	}
	if n := value[int](h, "SELECT count(*) FROM kehu_counts_log"); n != 0 {
		t.Errorf("%d rows are still in the log", n)
	}
	counters(t, h, "adding up")
}
