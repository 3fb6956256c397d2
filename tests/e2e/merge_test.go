package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestMergeJourney: a customer is searched, compared field by field and merged, found by its old id and
// number, and parted again.
func TestMergeJourney(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	keep := h.save("customers", map[string]any{"kind": "enterprise", "name": "上海澄岚仪器有限公司",
		"business_address": "上海市浦东新区祖冲之路887弄", "current_need": "两台光谱仪", "industry": "C40",
		"uscc": "91440300708461136T"})
	merged := h.save("customers", map[string]any{"kind": "enterprise", "name": "苏州澄岚餐饮有限公司",
		"business_address": "上海市浦东新区", "mobile": "13912845078", "current_need": "三台质谱仪"})
	h.save("contacts", map[string]any{"customer": merged, "name": "赵启航", "primary": true})
	h.save("orders", map[string]any{"customer": merged, "date": "2026-03-04", "amount": 8800})
	number := h.number(merged)
	p.signIn("admin")
	p.see(".k-table", "上海澄岚仪器有限公司")
	p.do(chromedp.Navigate(h.url + "/#/duplicates/merge?ids=" + keep))
	p.see("body", "请至少选择两位客户")
	p.write("input[name=finder]", "澄岚")
	p.click("[data-pick='" + merged + "']")
	p.see(".k-compare", "苏州澄岚餐饮有限公司")
	p.shot("merge-compare")
	p.until("the fuller address is suggested",
		`document.querySelector("[data-row=business_address]").innerText.includes("更完整")`)
	p.click("[data-row=name] input[value='" + keep + "']")
	p.click("input[name=keep][value='" + merged + "']")
	p.until("the other would stay", `document.querySelector(".k-compare th.k-kept").innerText.includes("餐饮")`)
	p.click("input[name=keep][value='" + keep + "']")
	p.until("this one stays", `document.querySelector(".k-compare th.k-kept").innerText.includes("仪器")`)
	p.until("the name chosen before is still chosen",
		`document.querySelector("[data-row=name] input[value='`+keep+`']").checked`)
	p.click("[data-row=current_need] input[value='" + merged + "']")
	p.click("button[name=merge]")
	p.see("dialog", "原编号仍可查到")
	p.click("button[name=confirm_merge]")
	p.see("h1", "上海澄岚仪器有限公司")
	p.see(".k-toast", "已合并到")
	p.see(".k-facts", "三台质谱仪")
	p.see("[data-merged]", number)
	p.shot("merge-survivor")
	p.do(chromedp.Navigate(h.url + "/#/customers/" + merged))
	p.see("[data-merged]", number+" 已合并到此客户")
	p.click(`.k-header a[href="#/duplicates"]`)
	p.see(".k-card", "历次合并")
	p.click("button[name=undo_merge]")
	p.see("dialog", number)
	p.until("rehearsed", `!document.querySelector("button[name=confirm_undo]").disabled`)
	p.shot("merge-undo")
	p.click("button[name=confirm_undo]")
	p.see(".k-table", "已撤销")
	p.see(".k-toast", "已撤销合并")
	p.clean()
}

// TestHandoverJourney: a leaver's customers go to a colleague, and back.
func TestHandoverJourney(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	from, err := h.app.FindAuthRecordByEmail("staff", "sales@example.com")
	must(t, err)
	to, err := h.app.FindAuthRecordByEmail("staff", "manager@example.com")
	must(t, err)
	id := h.save("customers", map[string]any{"kind": "enterprise", "name": "宁波海潮机械有限公司", "owner": from.Id})
	p.signIn("manager")
	p.see(".k-table", "宁波海潮机械有限公司")
	p.click(`.k-header a[href="#/handover"]`)
	p.choose("select[name=from]", from.Id)
	p.choose("select[name=to]", to.Id)
	p.click("button[name=preview]")
	p.see("[data-said]", "客户 1 位")
	p.shot("handover")
	p.click("button[name=hand_over]")
	p.see("dialog", "周销售")
	p.click("button[name=confirm_handover]")
	p.see(".k-toast", "已移交 1 位客户")
	record, err := h.app.FindRecordById("customers", id)
	must(t, err)
	if record.GetString("owner") != to.Id {
		t.Errorf("the owner is %s", record.GetString("owner"))
	}
	p.click("button[name=undo_handover]")
	p.see(".k-toast", "1 位客户回到原负责人")
	p.see(".k-table", "已撤销")
	p.clean()
}

func (h *house) number(customer string) string {
	h.t.Helper()
	record, err := h.app.FindRecordById("customers", customer)
	must(h.t, err)
	number := record.GetString("number")
	if !strings.HasPrefix(number, "KH-") {
		h.t.Fatalf("number %q", number)
	}
	return number
}
