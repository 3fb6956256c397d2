package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestCampaignJourney: marketing makes a campaign that is over, is asked for its leads, imports them, and
// sees them as drafts; the task is gone. In the admin UI a data administrator finds the same page.
func TestCampaignJourney(t *testing.T) {
	h := openHouse(t)
	h.save("staff", map[string]any{"email": "marketing@example.com", "role": "marketing", "name": "褚市场", "active": true,
		"verified": true})
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("marketing")
	p.click(`.k-header a[href="#/campaigns"]`)
	p.see("main", "还没有活动")
	p.click("button[name=new_campaign]")
	p.write("dialog input[name=name]", "秋季仪器展")
	p.write("dialog input[name=place]", "上海新国际博览中心")
	for name, days := range map[string]int{"starts": -4, "ends": -1} {
		p.until("the day is given", `(() => { const i = document.querySelector("dialog input[name=" + %s + "]")
			i.value = %s; i.dispatchEvent(new Event("input", { bubbles: true })); return true })()`, name,
			time.Now().AddDate(0, 0, days).Format(time.DateOnly))
	}
	p.shot("campaign-new")
	p.click("button[name=save_campaign]")
	p.see(".k-table", "秋季仪器展")
	p.see(".k-table", "待录入")
	p.click(`.k-header a[href="#/tasks"]`)
	p.see(".k-table", "录入活动线索：秋季仪器展")
	p.until("nobody ticks it off", `document.querySelectorAll(".k-table button").length === 0`)
	p.click(`.k-table a[href="#/campaigns"]`)
	p.click("[data-act=import]")
	p.until("the campaign is chosen", `document.querySelector("select[name=campaign]")?.selectedOptions[0]?.text === "秋季仪器展"`)
	p.shot("campaign-import")
	p.upload("leads.csv", "客户名称,客户类型,手机,负责人\n苏州展会仪器有限公司,企业,13712340011,周销售\n")
	p.see(".k-mapping", "客户名称")
	p.click("[name=start]")
	p.see("main", "已完成")
	p.click(`.k-header a[href="#/campaigns"]`)
	p.see(".k-table", "已录入")
	p.shot("campaigns")
	p.until("one draft", `[...document.querySelectorAll(".k-table td a")].some((one) => one.innerText === "1")`)
	js[bool](p, `([...document.querySelectorAll(".k-table td a")].find((one) => one.innerText === "1").click(), true)`)
	p.see(".k-table", "苏州展会仪器有限公司")
	p.click(`.k-header a[href="#/tasks"]`)
	p.see(".k-table", "补充客户资料") // of the draft, which lacks its trade
	p.until("the campaign's task is over", `!document.body.innerText.includes("录入活动线索")`)
	customer, err := h.app.FindFirstRecordByData("customers", "name", "苏州展会仪器有限公司")
	must(t, err)
	p.do(chromedp.Navigate(h.url + "/#/customers/" + customer.Id))
	p.see("main", "秋季仪器展")
	p.see("main", "褚市场")
	p.click(`[aria-label="退出登录"]`)
	p.signIn("admin")
	p.handsDraftsOver(h, customer.Id)
	p.clean()
}

// handsDraftsOver gives a campaign's drafts to sales, takes them back, and gives them again.
func (p *tab) handsDraftsOver(h *house, customer string) {
	p.t.Helper()
	owner := func() string {
		record, err := h.app.FindRecordById("customers", customer)
		must(p.t, err)
		member, err := h.app.FindRecordById("staff", record.GetString("owner"))
		must(p.t, err)
		return member.GetString("role")
	}
	give := func() {
		p.do(chromedp.Navigate(h.url + "/#/campaigns"))
		p.click("[data-act=handover]")
		p.until("sales is chosen", `(() => { const s = document.querySelector("dialog select[name=to]")
			const one = [...(s?.options ?? [])].find((o) => o.text === "周销售")
			if (!one) return false
			s.value = one.value; s.dispatchEvent(new Event("change", { bubbles: true })); return true })()`)
		p.see("dialog [data-said]", "将从褚市场移交：草稿 1 份")
		p.shot("campaign-handover")
		p.click("dialog button[name=hand_over]")
		p.see("dialog [data-done]", "已将 1 份草稿移交给周销售")
	}
	give()
	if role := owner(); role != "sales" {
		p.t.Errorf("the draft is %s's", role)
	}
	p.click("dialog button[name=undo_handover]")
	p.until("it is taken back", `!document.querySelector("dialog")`)
	if role := owner(); role != "marketing" {
		p.t.Errorf("taken back, the draft is %s's", role)
	}
	give()
	p.click("dialog footer button")
	p.until("it closes", `!document.querySelector("dialog")`)
}
