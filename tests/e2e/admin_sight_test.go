package e2e

import "testing"

// TestAdminPagesAreWhole: in the admin UI at the width of an office screen the sections stand in one line,
// no card is squeezed, a list that only the product writes offers no new record, and jobs and policies go by
// their names.
func TestAdminPagesAreWhole(t *testing.T) {
	h := openHouse(t)
	h.company(h.staff("sales"), "上海澄岚仪器有限公司")
	h.save("jobs_log", map[string]any{"job": "archive proposals", "slot": "2026-11-05 02:30:00.000Z", "state": "done"})
	h.save("policies", map[string]any{"key": "pool", "value": map[string]any{"days": 30}})
	p := h.adminTab("owner")
	if p == nil {
		return
	}
	for _, width := range []int64{1280, 1920} {
		p.size(width, 700)
		p.visit("#/kehu/dashboard")
		p.see("[data-chart=created]", "每月新增客户")
		p.settle()
		if high := js[int](p, `document.querySelector(".app-header").offsetHeight`); high > 48 {
			t.Errorf("at %d the sections take %d px: more than a line", width, high)
		}
		if nav := js[int](p, `((nav) => nav.scrollWidth - nav.clientWidth)(document.querySelector(".app-main-nav"))`); nav > 1 {
			t.Errorf("at %d the sections are %d px wider than their place", width, nav)
		}
		if cut := js[[]string](p, `[...document.querySelectorAll(".k-card")].filter((card) => card.scrollHeight > card.clientHeight + 2)
			.map((card) => card.innerText.slice(0, 30))`); len(cut) > 0 {
			t.Errorf("at %d cards are cut: %q", width, cut)
		}
	}
	p.size(1280, 900)
	p.visit("#/collections?collection=customers")
	p.see(".records-table td", "上海澄岚仪器有限公司")
	if over := js[int](p, `((box) => box.scrollWidth - box.clientWidth)(document.querySelector(".records-table").parentElement)`); over > 1 {
		t.Errorf("the list of customers is %d px wider than an office screen", over)
	}
	for collection, may := range map[string]bool{"audit_log": false, "merges": false, "contacts": true} {
		p.visit("#/collections?collection=" + collection)
		p.until("the list of "+collection, `app.store.activeCollection?.name === %s`, collection)
		p.settle()
		if js[bool](p, `document.querySelector(".new-record-btn").checkVisibility()`) != may {
			t.Errorf("%s offers a new record: %v", collection, !may)
		}
	}
	for collection, name := range map[string]string{"jobs_log": "归档建议", "policies": "公海"} {
		p.visit("#/collections?collection=" + collection)
		p.until("the list of "+collection, `app.store.activeCollection?.name === %s`, collection)
		p.see("td", name)
	}
	p.clean()
}
