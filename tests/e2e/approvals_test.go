package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestReviewJourney: a draft is submitted and approved, a change asked for and approved.
func TestReviewJourney(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	sales, err := h.app.FindFirstRecordByData("staff", "name", "周销售")
	must(t, err)
	tag, err := h.app.FindFirstRecordByData("tags", "name", "潜力客户")
	must(t, err)
	id := h.save("customers", map[string]any{"kind": "enterprise", "name": "湖州审核仪器有限公司",
		"landline": "021-62341234", "industry": "软件开发", "headcount": "50_200", "current_need": "两台光谱仪",
		"owner": sales.Id, "tags": []string{tag.Id}})
	h.save("contacts", map[string]any{"customer": id, "name": "赵启航"})
	open := func() {
		p.do(chromedp.Navigate(h.url + "/#/customers/" + id))
		p.see("h1", "湖州审核仪器有限公司")
	}

	p.signIn("sales")
	open()
	p.click(`[data-act=submit]`)
	p.see(".k-toasts", "已提交")
	p.see(".k-tags", "待审核")
	p.shot("customer-pending")
	p.click(`.k-header a[href="#/approvals"]`)
	p.see("td small", "待部门负责人处理")
	p.click(`[aria-label="退出登录"]`)

	p.signIn("manager")
	p.click(`.k-header a[href="#/approvals"]`)
	p.see("main", "待我审批")
	p.see("main", "新客户")
	p.shot("approvals")
	p.click(`[data-act=approve]`)
	p.write("dialog textarea", "已核对")
	p.click("dialog footer .k-primary")
	p.see("main", "没有待审批的申请")
	p.click(`[aria-label="退出登录"]`)

	p.signIn("sales")
	p.click(`.k-header a[href="#/approvals"]`)
	p.see("tbody", "：已核对") // who decided, and with what words
	open()
	p.see(".k-tags", "有效")
	p.click(`[data-act=change]`)
	p.choose("dialog select[name=field]", "landline")
	p.write("dialog input[name=landline]", "021-62349999")
	p.excused = append(p.excused, "/changes", "400")
	p.click("dialog footer .k-primary")
	p.see("dialog .k-said-bad", "请说明变更理由")
	p.until("one goes on where it lacks", `document.activeElement.name === "reason" && !document.querySelector(".k-toast")`)
	p.write("dialog input[name=reason]", "客户来电告知新号码")
	p.shot("change-request")
	p.click("dialog footer .k-primary")
	p.see(".k-toasts", "变更申请已提交")
	p.click(`.k-header a[href="#/tasks"]`)
	p.see("h1", "待办")
	p.shot("tasks")
	p.click(`[aria-label="退出登录"]`)

	p.signIn("manager")
	p.click(`.k-header a[href="#/approvals"]`)
	p.see("main", "信息变更")
	p.click(`[data-act=approve]`)
	p.see("dialog", "座机")
	p.see("dialog", "021-62341234")
	p.see("dialog", "021-62349999")
	p.shot("change-decision")
	p.click("dialog footer .k-primary")
	p.see("main", "没有待审批的申请")
	open()
	p.see("main", "021-62349999")
	p.clean()
}
