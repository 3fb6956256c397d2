package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestDashboardPage: numbers lead to the lists whose length they are; those who run the register see how
// it fares, a salesperson only its own customers.
func TestDashboardPage(t *testing.T) {
	h := openHouse(t)
	for _, name := range []string{"嘉兴看板仪器有限公司", "宁波看板机械有限公司"} {
		h.save("customers", map[string]any{"kind": "enterprise", "name": name, "owner": h.staff("sales"),
			"stage": "intent", "landline": "021-62341234", "industry": "C40"})
	}
	h.save("customers", map[string]any{"kind": "individual", "name": "陈一诺", "mobile": "15028345671"})
	late := time.Now().Add(-24 * time.Hour).UTC()
	for who, title := range map[string]string{"sales": "给嘉兴看板仪器回电", "service": "回访"} {
		h.save("tasks", map[string]any{"kind": "custom", "title": title, "state": "open", "due": late, "assignee": h.staff(who)})
	}
	h.save("tasks", map[string]any{"kind": "custom", "title": "以后再说", "state": "open", "assignee": h.staff("sales"),
		"due": time.Now().Add(240 * time.Hour).UTC()})
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.click(`.k-header a[href="#/dashboard"]`)
	p.see("[data-figure=total]", "3")
	p.see("[data-health]", "系统状况")
	p.see("[data-chart=kind]", "企业")
	p.see("[data-chart=industry]", "制造业")
	p.until("the months are drawn", `document.querySelectorAll("[data-chart=created] a").length === 12`)
	p.shot("dashboard")
	js[bool](p, `([...document.querySelectorAll("[data-chart=stage] a")].find((one) =>
		one.innerText.includes("意向")).click(), true)`)
	p.see(".k-filters", "意向")
	p.see(".k-table", "嘉兴看板仪器有限公司")
	p.until("the list is as long as the number", `document.querySelectorAll(".k-table tbody tr").length === 2`)
	p.shot("dashboard-list")
	p.press("清除筛选")
	p.see(".k-table", "陈一诺")
	p.figuresAreLists()
	p.clean()

	p.click(`[aria-label="退出登录"]`)
	p.signIn("sales")
	p.do(chromedp.Navigate(h.url + "/#/dashboard"))
	p.see("[data-figure=total]", "2")
	p.until("nothing of the system", `!document.querySelector("[data-health]")`)
	p.clean()
}

// figuresAreLists opens what each number of the dashboard leads to and compares it with the list's total.
func (p *tab) figuresAreLists() {
	p.t.Helper()
	p.visit("#/dashboard")
	p.see("[data-figure=tasks]", "2")
	p.until("the charts are drawn", `document.querySelector("[data-chart=department] a, [data-chart=owner] a")`)
	tried := 0
	for _, one := range js[[][2]string](p, `[...document.querySelectorAll("a[data-figure], .k-bars a, [data-chart=created] a")].map(
		(one) => [one.getAttribute("href"), (one.querySelector("strong, .k-bar-n, text") ?? one).textContent.trim()])`) {
		href, n := one[0], one[1]
		if href == "#/duplicates" {
			continue // a page of pairs
		}
		p.visit(href)
		p.until("the total of "+href+" is "+n, `document.querySelector("[data-total]")?.dataset.total === %s &&
			location.hash.split("?")[0] === %s.split("?")[0]`, n, href)
		p.until("the rows of "+href+" are "+n, `document.querySelectorAll(".k-table tbody tr").length === Number(%s)`, n)
		tried++
	}
	if tried < 30 {
		p.t.Errorf("only %d numbers were tried", tried)
	}
	p.visit("#/dashboard")
	p.click("[data-figure=tasks]")
	p.see(".k-table", "给嘉兴看板仪器回电")
	p.see(".k-table", "陈客服")
	p.see(".k-filters", "超期待办")
	p.shot("dashboard-tasks")
}
