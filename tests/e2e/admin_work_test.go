package e2e

import (
	"strings"
	"testing"
)

// TestStaffWorkInTheAdminUI: a salesperson and the head of the department, through their linked accounts,
// enter and approve, ask for a change and decide it, show a number for a reason, merge and part, archive
// and restore.
func TestStaffWorkInTheAdminUI(t *testing.T) {
	h := openHouse(t)
	tag, err := h.app.FindFirstRecordByData("tags", "name", "潜力客户")
	must(t, err)
	id := h.save("customers", map[string]any{"kind": "enterprise", "name": "湖州审核仪器有限公司",
		"landline": "021-62341234", "industry": "软件开发", "headcount": "50_200", "current_need": "两台光谱仪",
		"owner": h.staff("sales"), "tags": []string{tag.Id}})
	h.save("contacts", map[string]any{"customer": id, "name": "赵启航"})
	h.save("_superusers", map[string]any{"email": "manager@example.com"})
	p := h.adminTab("sales")
	if p == nil {
		return
	}
	p.adminEntry(id)
	p.adminChange(id)
	p.adminMerge(h)
	p.adminArchive(id)
	p.clean()
}

// opens shows a page of the web app within the admin UI.
func (p *tab) opens(path, text string) {
	p.t.Helper()
	p.visit("#/kehu/" + path)
	p.see(".kehu-page", text)
}

func (p *tab) approves(text string) {
	p.t.Helper()
	p.opens("approvals", text)
	p.click(`[data-act=approve]`)
	p.write("dialog textarea", "已核对")
	p.shot("admin-approve")
	p.click("dialog footer .k-primary")
	p.see(".kehu-page", "没有待审批的申请")
}

// adminEntry: a draft is submitted by its owner and approved, and a private customer with a sealed number
// is entered, whose number the head of the department has shown.
func (p *tab) adminEntry(id string) {
	p.t.Helper()
	p.opens("customers/"+id, "湖州审核仪器有限公司")
	p.click(`[data-act=submit]`)
	p.see(".k-toasts", "已提交")
	said := p.result(`app.pb.collection("customers").create({kind: "individual", name: "陈一诺",
		mobile: "13712341231", cert_type: "resident_id", cert_no: %s,
		consent: {purposes: ["sensitive_id"], method: "paper", statement_version: "1"}})`, certificate)
	if !strings.HasPrefix(said, "ok") || strings.Contains(said, certificate) {
		p.t.Fatalf("the customer was not entered, or its number came back in plain: %s", said)
	}
	person := strings.SplitN(strings.SplitN(said, `"id":"`, 2)[1], `"`, 2)[0]
	p.becomes("manager")
	p.approves("新客户")
	p.opens("customers/"+person, "陈一诺")
	p.click("[data-reveal=cert_no]")
	p.write("dialog textarea", "客户来电核对证件")
	p.press("查看")
	p.see("dialog [data-revealed]", certificate)
	p.press("关闭")
	p.until("the number is gone", `!document.body.innerText.includes(%s)`, certificate)
}

// adminChange: the owner asks, the head of the department decides with both values before them.
func (p *tab) adminChange(id string) {
	p.t.Helper()
	p.becomes("sales")
	p.opens("customers/"+id, "有效")
	p.click(`[data-act=change]`)
	p.choose("dialog select[name=field]", "landline")
	p.write("dialog input[name=landline]", "021-62349999")
	p.write("dialog input[name=reason]", "客户来电告知新号码")
	p.shot("admin-change")
	p.click("dialog footer .k-primary")
	p.see(".k-toasts", "变更申请已提交")
	p.becomes("manager")
	p.approves("信息变更")
	p.opens("customers/"+id, "021-62349999")
}

// adminMerge: two customers of the department become one, and two again.
func (p *tab) adminMerge(h *house) {
	p.t.Helper()
	keep := h.save("customers", map[string]any{"kind": "enterprise", "name": "上海澄岚仪器有限公司",
		"owner": h.staff("sales"), "uscc": "91440300708461136T"})
	merged := h.save("customers", map[string]any{"kind": "enterprise", "name": "苏州澄岚餐饮有限公司",
		"owner": h.staff("sales"), "current_need": "三台质谱仪"})
	p.opens("duplicates/merge?ids="+keep+","+merged, "苏州澄岚餐饮有限公司")
	p.click("input[name=keep][value='" + keep + "']")
	p.until("it is the survivor", `document.querySelector("input[name=keep][value='`+keep+`']").checked`)
	p.click("[data-row=name] input[value='" + keep + "']")
	p.shot("admin-merge")
	p.click("button[name=merge]")
	p.see("dialog", "原编号仍可查到")
	p.click("button[name=confirm_merge]")
	p.see(".kehu-page h1", "上海澄岚仪器有限公司")
	p.see("[data-merged]", h.number(keep)[:3])
	p.opens("duplicates", "历次合并")
	p.click("button[name=undo_merge]")
	p.until("rehearsed", `document.querySelector("button[name=confirm_undo]")?.disabled === false`)
	p.click("button[name=confirm_undo]")
	p.see(".kehu-page .k-table", "已撤销")
	p.opens("customers/"+merged, "苏州澄岚餐饮有限公司")
}

// adminArchive: the owner asks, the head of the department archives, finds it there and restores it.
func (p *tab) adminArchive(id string) {
	p.t.Helper()
	p.becomes("sales")
	p.opens("customers/"+id, "湖州审核仪器有限公司")
	p.click(`[data-act=archive]`)
	p.write("dialog textarea[name=reason]", "客户已停业，不再往来")
	p.until("the day is given", `(() => { const i = document.querySelector("dialog input[name=last_contact]")
		i.value = "2025-03-01"; i.dispatchEvent(new Event("input", { bubbles: true })); return true })()`)
	p.click("button[name=confirm_archive]")
	p.see(".k-toasts", "归档申请已提交")
	p.becomes("manager")
	p.approves("归档")
	p.opens("archives", "湖州审核仪器有限公司")
	p.shot("admin-archive")
	p.click(`[data-act=restore]`)
	p.write("dialog textarea[name=reason]", "客户恢复营业")
	p.shot("admin-restore")
	p.click("button[name=confirm_restore]")
	p.see(".kehu-page h1", "湖州审核仪器有限公司")
}
