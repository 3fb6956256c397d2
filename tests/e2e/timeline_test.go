package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTimelineOfACustomer: everything that happened with a customer stands in one line of time: what was
// entered, what was changed from what to what and by whom, what was asked for; an order and a paper name the
// contract and the contact that they belong to.
func TestTimelineOfACustomer(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	sales := h.staff("sales")
	id := h.company(sales, "上海澄岚仪器有限公司")
	contact := h.save("contacts", map[string]any{"customer": id, "name": "赵启航"})
	contract := h.save("contracts", map[string]any{"customer": id, "number": "HT-7001", "title": "年度采购", "amount": 5000,
		"signed": "2026-03-02"})
	h.save("followups", map[string]any{"customer": id, "date": "2026-02-03", "method": "visit", "summary": "看了样机",
		"next_step": "寄送报价", "staff": sales})
	must(t, h.update("customers", id, map[string]any{"stage": "intent", "industry": "I65"}))

	p.signIn("sales")
	p.do(chromedp.Navigate(h.url + "/#/customers/" + id))
	p.click("[data-tab=timeline]")
	p.see("[data-timeline]", "看了样机")
	p.see("[data-timeline]", "HT-7001")
	for _, text := range []string{"拜访", "寄送报价", "周销售", "合作阶段", "意向", "软件和信息技术服务业"} {
		p.see("[data-timeline] li", text)
	}
	if first := js[string](p, `document.querySelector("[data-timeline] li").innerText`); len(first) == 0 {
		t.Error("the newest event is empty")
	}
	days := js[[]string](p, `[...document.querySelectorAll("[data-timeline] time")].map((one) => one.innerText)`)
	for i := 1; i < len(days); i++ {
		if days[i] > days[i-1] {
			t.Errorf("%s stands below %s", days[i], days[i-1])
		}
	}
	p.click("[data-tab=timeline_rows]")

	p.click(`[data-collection=orders] [data-act=add]`)
	p.until("the contracts can be chosen", `[...document.querySelectorAll("dialog select[name=contract] option")].some(
		(one) => one.value === %s)`, contract)
	p.write("dialog input[name=product]", "在线监测仪")
	p.write("dialog input[name=amount]", "1200")
	p.choose("dialog select[name=contract]", contract)
	p.press("保存")
	p.see("[data-collection=orders] td", "HT-7001")
	p.click(`[data-collection=attachments] [data-act=add]`)
	p.until("the contacts can be chosen", `[...document.querySelectorAll("dialog select[name=contact] option")].some(
		(one) => one.value === %s)`, contact)
	p.clean()
}

// TestPagesOfOtherRoles: the address of a page that a role does not use says so, and asks the server for nothing.
func TestPagesOfOtherRoles(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("service")
	for _, path := range []string{"duplicates", "campaigns", "import", "handover", "audit", "backups", "policies",
		"policies/tiers", "calendar", "staff"} {
		p.do(chromedp.Navigate(h.url + "/#/" + path))
		p.see("[data-closed]", "您的角色不使用本页")
	}
	p.clean()
}

// TestTasksNameTheirCustomer: whoever has work to do, or has asked for something, reads for whom; a dialog begins
// in its first field.
func TestTasksNameTheirCustomer(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	id := h.company(h.staff("sales"), "上海澄岚仪器有限公司")
	h.save("tasks", map[string]any{"kind": "followup", "title": "跟进：寄送报价", "assignee": h.staff("sales"), "customer": id,
		"state": "open", "due": "2026-12-04 10:00:00.000Z"})
	p.signIn("sales")
	p.do(chromedp.Navigate(h.url + "/#/tasks"))
	p.see("td", "跟进：寄送报价")
	p.see("td", "上海澄岚仪器有限公司")

	p.do(chromedp.Navigate(h.url + "/#/customers/" + id))
	p.click("[data-act=archive]")
	p.until("the reason has the focus", `document.activeElement?.matches("dialog textarea")`)
	p.write("dialog textarea", "客户已停业两年，多次联系不上")
	p.until("the day is given", `(() => { const i = document.querySelector("dialog .k-date input[type=text]")
		i.value = "2026-03-01"; return i.dispatchEvent(new Event("input", { bubbles: true })) })()`)
	p.click("dialog [name=confirm_archive]")
	p.see(".k-toasts", "归档")
	p.do(chromedp.Navigate(h.url + "/#/approvals"))
	p.see("td small", "上海澄岚仪器有限公司")
	p.clean()
}
