package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPoolJourney: a salesperson finds in the shared pool what a colleague let go, claims it once, and has it;
// a person's name is masked there, and the colleague cannot take it back yet.
func TestPoolJourney(t *testing.T) {
	h := openHouse(t)
	east, err := h.app.FindFirstRecordByData("departments", "name", "华东销售部")
	must(t, err)
	lost := h.save("staff", map[string]any{"email": "sales2@example.com", "role": "sales", "name": "吴销售",
		"department": east.Id, "active": true, "verified": true})
	h.save("policies", map[string]any{"key": "pool", "value": map[string]any{"days": 60, "notice_days": 10,
		"claims_per_day": 1, "again_days": 30}})
	firm := h.save("customers", map[string]any{"kind": "enterprise", "name": "嘉兴公海仪器有限公司", "landline": "021-62341234"})
	person := h.save("customers", map[string]any{"kind": "individual", "name": "陈一诺", "mobile": "15028345671"})
	for _, id := range []string{firm, person} {
		for _, statement := range []string{
			"UPDATE customers SET status = 'active', department = '%[2]s', owner = '' WHERE id = '%[1]s'",
			"INSERT INTO kehu_pool (customer, lost_by, since, at) VALUES ('%[1]s', '%[3]s', '2026-01-05', " +
				"strftime('%%Y-%%m-%%d 01:00:00.000Z', 'now'))",
		} {
			_, err := h.app.NonconcurrentDB().NewQuery(fmt.Sprintf(statement+" -- %[1]s %[2]s %[3]s", id, east.Id, lost)).Execute()
			must(t, err)
		}
	}
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("sales2")
	p.click(`a[href="#/customers?pool=1"]`)
	p.see(".k-table", "嘉兴公海仪器有限公司")
	p.until("who lost it waits", `[...document.querySelectorAll("button[name=claim]")].every((one) => one.disabled)`)
	p.click(`[aria-label="退出登录"]`)

	p.signIn("sales")
	p.click(`a[href="#/customers?pool=1"]`)
	p.see(".k-table", "嘉兴公海仪器有限公司")
	p.see(".k-table", "陈*")
	p.until("the name of a person is masked", `!document.body.innerText.includes("陈一诺")`)
	p.shot("pool")
	p.until("the firm's button", `((row) => row && (row.querySelector("button[name=claim]").click(), true))(
		[...document.querySelectorAll(".k-table tbody tr")].find((row) => row.innerText.includes("嘉兴公海")))`)
	p.see("dialog", "嘉兴公海仪器有限公司")
	p.shot("pool-claim")
	p.click("button[name=confirm]")
	p.see(".k-toasts", h.number(firm))
	p.until("the day's claims are spent", `document.querySelectorAll("button[name=claim]").length === 1 &&
		document.querySelector("button[name=claim]").disabled`)
	p.do(chromedp.Navigate(h.url + "/#/customers/" + firm))
	p.see("h1", "嘉兴公海仪器有限公司")
	p.see("main", "周销售")
	p.clean()
}
