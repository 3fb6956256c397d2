package e2e

import (
	"testing"

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
	p.clean()

	p.click(`[aria-label="退出登录"]`)
	p.signIn("sales")
	p.do(chromedp.Navigate(h.url + "/#/dashboard"))
	p.see("[data-figure=total]", "2")
	p.until("nothing of the system", `!document.querySelector("[data-health]")`)
	p.clean()
}
