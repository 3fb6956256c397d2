package hooks_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kehu/tests"
)

// rested waits until no pass over the register is marked.
func rested(t *testing.T, h *tests.House) {
	t.Helper()
	for range 500 {
		if value[string](h, "SELECT todo FROM kehu_tiering") == "" {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the pass does not end")
}

func TestTheNightClassifiesByTheClock(t *testing.T) {
	h := tests.Start(t)
	long := idOf(h.Create("data_admin", "customers", firm("甲仪器有限公司", map[string]any{"influence": "high"})))
	ordered(h, long, "2025-03-01", 10) // 24 months are full on 1 March 2027
	ordered(h, long, "2026-11-01", 900)
	once := idOf(h.Create("data_admin", "customers", firm("乙仪器有限公司", nil)))
	ordered(h, once, "2026-10-01", 500)
	expect(t, "as entered", customerNow(t, h, once), map[string]any{"annual_amount": 500, "value_level": "low", "tier": "normal"})
	updated := customerNow(t, h, once)["updated"]
	for _, day := range []struct {
		at   time.Time
		want [2]map[string]any
	}{
		{time.Date(2027, 2, 27, 17, 0, 0, 0, time.UTC), // 28 February in China
			[2]map[string]any{{"tier": "key"}, {"annual_amount": 500, "value_level": "low"}}},
		{time.Date(2027, 2, 28, 17, 0, 0, 0, time.UTC), [2]map[string]any{{"tier": "strategic"}, {"value_level": "low"}}},
		{time.Date(2027, 10, 1, 1, 0, 0, 0, time.UTC), [2]map[string]any{{"tier": "strategic"}, {"annual_amount": 0, "value_level": "", "tier": "normal"}}},
		{time.Date(2027, 11, 2, 1, 0, 0, 0, time.UTC), [2]map[string]any{{"annual_amount": 0, "value_level": "", "tier": "normal"}, {"tier": "normal"}}},
	} {
		h.SetNow(day.at)
		if _, err := h.House.Classify(context.Background()); err != nil {
			t.Fatal(err)
		}
		for i, id := range []string{long, once} {
			expect(t, day.at.String(), customerNow(t, h, id), day.want[i])
		}
	}
	if customerNow(t, h, once)["updated"] != updated {
		t.Error("the night is no hand that touches a customer")
	}
	if n := value[int](h, "SELECT count(*) FROM changes WHERE customer = '"+once+"' AND field = 'value_level' AND via = 'system' AND new = '\"\"'"); n != 1 {
		t.Errorf("%d entries of the history", n)
	}
	if result, err := h.House.Classify(context.Background()); err != nil || result != "0 customers" {
		t.Errorf("a second night writes: %s %v", result, err)
	}
	counters(t, h, "the nights")
}

// A pass that a stop cut off goes on at its place at the next start.
func TestAPassGoesOnAfterAStop(t *testing.T) {
	h := tests.Start(t)
	ids := make([]string, 6)
	for i := range ids {
		ids[i] = idOf(h.Create("data_admin", "customers", firm(fmt.Sprintf("第%d号仪器有限公司", i), nil)))
	}
	execute(t, h, "UPDATE customers SET tier = 'key', label = ''")
	execute(t, h, "UPDATE kehu_tiering SET todo = 'tiers', place = (SELECT doc FROM customers WHERE id = '"+ids[2]+"')")
	h.Close()
	h.Open()
	rested(t, h)
	for i, id := range ids {
		want := "potential"
		if i <= 2 {
			want = "key" // done before the stop, as far as the mark knows
		}
		expect(t, fmt.Sprint(i), customerNow(t, h, id), map[string]any{"tier": want})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.House.Classify(ctx); err == nil {
		t.Error("a pass that is told to stop stops")
	}
	if todo := value[string](h, "SELECT todo FROM kehu_tiering"); todo != "amounts" {
		t.Errorf("what is left to do: %q", todo)
	}
	if _, err := h.House.Classify(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := value[int](h, "SELECT count(*) FROM customers WHERE tier != 'potential'"); n != 0 {
		t.Errorf("%d customers were left out", n)
	}
}

func TestAPolicyIsPreviewedAndThenMovesTheRegister(t *testing.T) {
	h := tests.Start(t)
	ids := make([]string, 3)
	for i := range ids {
		ids[i] = idOf(h.Create("sales", "customers", firm(fmt.Sprintf("第%d号仪器有限公司", i), nil)))
		ordered(h, ids[i], "2026-10-01", float64(1000*(i+1)))
	}
	do(t, h, "data_admin", "POST", "/api/kehu/customers/"+ids[0]+"/tier", map[string]any{"tier": "potential", "reason": "停止供货"})
	before := cells(t, h)
	rules := []map[string]any{{"key": "big", "tier": "strategic", "name": "年成交两千元以上",
		"all": []map[string]any{{"input": "annual_amount", "at_least": 2000}}},
		{"key": "deal", "tier": "normal", "name": "有成交", "any": []map[string]any{{"input": "deal", "is": []string{"yes"}}}}}
	body := map[string]any{"key": "tiers", "value": rules}
	got := do(t, h, "data_admin", "POST", "/api/kehu/policies/preview", body)
	if text := asText(got); got["n"] != 2.0 || !strings.Contains(text, ids[1]) || !strings.Contains(text, ids[2]) || strings.Contains(text, ids[0]) {
		t.Errorf("preview: %s", text)
	}
	for _, line := range differing(before, cells(t, h)) {
		t.Errorf("the preview wrote: %s", line)
	}
	for name, c := range map[string]struct {
		role string
		body map[string]any
		want int
	}{
		"a manager":       {"manager", body, http.StatusForbidden},
		"a wrong policy":  {"data_admin", map[string]any{"key": "tiers", "value": []any{map[string]any{"key": "a"}}}, http.StatusBadRequest},
		"another policy":  {"data_admin", map[string]any{"key": "company", "value": map[string]any{}}, http.StatusBadRequest},
		"an unknown word": {"data_admin", map[string]any{"key": "value", "value": map[string]any{"hihg_percent": 3}}, http.StatusBadRequest},
	} {
		if a := h.Do(c.role, "POST", "/api/kehu/policies/preview", c.body); a.Status != c.want {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	h.Create("data_admin", "policies", map[string]any{"key": "tiers", "value": rules})
	rested(t, h)
	for i, want := range []string{"potential", "strategic", "strategic"} {
		expect(t, fmt.Sprint(i), customerNow(t, h, ids[i]), map[string]any{"tier": want})
	}
	if reason := asText(customerNow(t, h, ids[1])["tier_reason"]); !strings.Contains(reason, "近12个月成交 2000 元，达到门槛 2000 元") {
		t.Errorf("why: %s", reason)
	}
	if got := do(t, h, "data_admin", "POST", "/api/kehu/policies/preview", body); got["n"] != 0.0 {
		t.Errorf("nobody moves any more: %v", got)
	}
}
