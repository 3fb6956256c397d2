package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPastJourney: a salesperson looks at a customer as it was before its name was changed.
func TestPastJourney(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	sales, err := h.app.FindFirstRecordByData("staff", "name", "周销售")
	must(t, err)
	id := h.save("customers", map[string]any{"kind": "enterprise", "name": "嘉兴原名仪器有限公司", "owner": sales.Id,
		"landline": "021-62341234", "industry": "C40"})
	h.save("contacts", map[string]any{"customer": id, "name": "赵启航"})
	for _, table := range []string{"customers", "contacts"} {
		_, err = h.app.NonconcurrentDB().NewQuery("UPDATE " + table + " SET created = '2025-02-01 02:00:00.000Z'").Execute()
		must(t, err)
	}
	record, err := h.app.FindRecordById("customers", id)
	must(t, err)
	record.Set("name", "嘉兴新名仪器有限公司")
	must(t, h.app.Save(record))

	p.signIn("sales")
	p.do(chromedp.Navigate(h.url + "/#/customers/" + id))
	p.see("h1", "嘉兴新名仪器有限公司")
	p.click(`[data-act=past]`)
	p.until("the day is given", `(() => { const i = document.querySelector("dialog input[name=at]")
		i.value = "2025-03-01"; i.dispatchEvent(new Event("input", { bubbles: true })); return true })()`)
	p.click("dialog button[name=look]")
	p.see("[data-past]", "嘉兴原名仪器有限公司")
	p.see("[data-past]", "赵启航")
	p.shot("past")
}
