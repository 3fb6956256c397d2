package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestArchiveJourney: a customer is proposed for the archive by its owner, archived by the head of the
// department, found there by its number, and restored.
func TestArchiveJourney(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	sales, err := h.app.FindFirstRecordByData("staff", "name", "周销售")
	must(t, err)
	id := h.save("customers", map[string]any{"kind": "enterprise", "name": "嘉兴归档仪器有限公司", "owner": sales.Id,
		"landline": "021-62341234", "current_need": "两台光谱仪"})
	h.save("contacts", map[string]any{"customer": id, "name": "赵启航"})
	_, err = h.app.NonconcurrentDB().NewQuery("UPDATE customers SET status = 'active' WHERE id = '" + id + "'").Execute()
	must(t, err)
	number := h.number(id)

	p.signIn("sales")
	p.do(chromedp.Navigate(h.url + "/#/customers/" + id))
	p.see("h1", "嘉兴归档仪器有限公司")
	p.click(`[data-act=archive]`)
	p.excused = append(p.excused, "/archive", "400")
	p.click("button[name=confirm_archive]")
	p.see("dialog .k-said-bad", "请填写原因")
	p.write("dialog textarea[name=reason]", "客户已停业，不再往来")
	p.until("the day is given", `(() => { const i = document.querySelector("dialog input[name=last_contact]")
		i.value = "2025-03-01"; i.dispatchEvent(new Event("input", { bubbles: true })); return true })()`)
	p.shot("archive-ask")
	p.click("button[name=confirm_archive]")
	p.see(".k-toasts", "归档申请已提交")
	p.click(`[aria-label="退出登录"]`)

	p.signIn("manager")
	p.click(`.k-header a[href="#/approvals"]`)
	p.see("main", "归档")
	p.click(`[data-act=approve]`)
	p.see("dialog", "停业")
	p.click("dialog footer .k-primary")
	p.see("main", "没有待审批的申请")
	p.click(`.k-header a[href="#/archives"]`)
	p.see(".k-table", "嘉兴归档仪器有限公司")
	p.write("input[name=q]", number)
	p.click("button[name=find]")
	p.see(".k-table", number)
	p.shot("archive-list")
	p.click(`[data-act=restore]`)
	p.see("dialog", "原编号")
	p.write("dialog textarea[name=reason]", "客户恢复营业")
	p.shot("archive-restore")
	p.click("button[name=confirm_restore]")
	p.see("h1", "嘉兴归档仪器有限公司")
	p.see("main", "赵启航")
	if restored := h.number(id); restored != number {
		t.Errorf("restored as %s, was %s", restored, number)
	}
	p.clean()
}
