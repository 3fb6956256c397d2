package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPairsJourney: the register is scanned; a pair that it suspects is compared and merged, found by its
// old number, parted again, and said to be two customers.
func TestPairsJourney(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	keep := h.save("customers", map[string]any{"kind": "enterprise", "name": "上海澄岚仪器有限公司",
		"business_address": "上海市浦东新区祖冲之路887弄", "current_need": "两台光谱仪", "industry": "C40",
		"uscc": "91440300708461136T"})
	quiet := h.save("policies", map[string]any{"key": "duplicates", "value": map[string]any{"warn": []string{}}})
	merged := h.save("customers", map[string]any{"kind": "enterprise", "name": "澄岚仪器（上海）有限公司",
		"business_address": "上海市浦东新区", "mobile": "13912845078", "current_need": "三台质谱仪"})
	h.save("customers", map[string]any{"kind": "enterprise", "name": "宁波海潮机械有限公司"})
	policy, err := h.app.FindRecordById("policies", quiet)
	must(t, err)
	must(t, h.app.Delete(policy)) // what was saved unasked is found now
	h.save("contacts", map[string]any{"customer": merged, "name": "赵启航", "primary": true})
	h.save("orders", map[string]any{"customer": merged, "date": "2026-03-04", "amount": 8800})
	number := h.number(merged)

	p.signIn("admin")
	p.see(".k-table", "上海澄岚仪器有限公司")
	p.click(`.k-header a[href="#/duplicates"]`)
	p.see("h1", "疑似重复")
	p.click("button[name=scan]")
	p.see(".k-toast", "已开始查重")
	p.see("button[name=scan]", "全面查重") // it has ended, and the page saw it
	p.see("[data-group]", "上海澄岚仪器有限公司")
	p.see("[data-group]", "名称去除地区和组织形式后相同")
	p.shot("pairs")
	p.press("比较并合并")
	p.see(".k-compare", "澄岚仪器（上海）有限公司")
	p.until("the fuller address is suggested",
		`document.querySelector("[data-row=business_address]").innerText.includes("更完整")`)
	p.shot("pairs-compare")
	p.click("input[name=keep][value='" + keep + "']")
	p.until("it is the survivor", `document.querySelector("input[name=keep][value='`+keep+`']").checked`)
	p.click("[data-row=name] input[value='" + keep + "']")
	p.click("[data-row=current_need] input[value='" + merged + "']")
	p.click("button[name=merge]")
	p.see("dialog", "原编号仍可查到")
	p.shot("pairs-confirm")
	p.click("button[name=confirm_merge]")
	p.see(".k-toast", "已合并到")
	p.see("h1", "上海澄岚仪器有限公司")
	p.see(".k-facts", "三台质谱仪")
	p.see("[data-merged]", number)
	p.see("body", "赵启航")
	p.shot("pairs-survivor")
	p.do(chromedp.Navigate(h.url + "/#/customers/" + merged))
	p.see("[data-merged]", number+" 已合并到此客户")

	p.click(`.k-header a[href="#/duplicates"]`)
	p.see(".k-card", "历次合并")
	p.click("button[name=undo_merge]")
	p.see("dialog", number)
	p.until("the undo was rehearsed", `!document.querySelector("button[name=confirm_undo]").disabled`)
	p.shot("pairs-undo")
	p.click("button[name=confirm_undo]")
	p.see(".k-toast", "已撤销合并")
	p.see(".k-table", "已撤销")
	p.see("[data-group]", "澄岚仪器（上海）有限公司")
	p.click("button[name=distinct]")
	p.click("button[name=confirm_distinct]")
	p.see("dialog .k-said-bad", "理由至少4个字")
	p.write("dialog textarea", "两家独立的公司")
	p.shot("pairs-not-the-same")
	p.click("button[name=confirm_distinct]")
	p.see(".k-toast", "已记下")
	p.see("body", "没有疑似重复的客户")
	p.click("button[name=scan]")
	p.see("button[name=scan]", "全面查重")
	p.see("body", "没有疑似重复的客户") // remembered

	p.do(chromedp.Navigate(h.url + "/#/customers/" + keep))
	p.click("a[name=merge_with]")
	p.see("body", "请至少选择两位客户")
	p.write("input[name=finder]", "澄岚")
	p.click("[data-pick='" + merged + "']")
	p.see(".k-compare", "澄岚仪器（上海）有限公司")
	p.size(390, 844)
	p.shot("pairs-phone")
	p.clean()
}

// TestABranchIsOfferedItsHead: a branch is no duplicate of its head: the form asks for no reason and
// offers the head as the customer above.
func TestABranchIsOfferedItsHead(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	head := h.save("customers", map[string]any{"kind": "enterprise", "name": "上海澄岚仪器有限公司"})
	p.signIn("admin")
	p.see(".k-table", "上海澄岚仪器有限公司")
	p.do(chromedp.Navigate(h.url + "/#/customers/new"))
	p.write("[name=name]", "上海澄岚仪器有限公司深圳分公司")
	p.see(".k-relatives", "是总部与分支机构的关系")
	p.shot("branch")
	p.click("button[name=as_parent]")
	p.until("the head is filled in", `document.querySelector("[name=parent]").value === "`+h.number(head)+`"`)
	p.until("no reason is asked for", `!document.querySelector("[name=confirm_duplicate]")`)
	p.press("保存")
	p.see("h1", "深圳分公司")
	record, err := h.app.FindFirstRecordByFilter("customers", "name = '上海澄岚仪器有限公司深圳分公司'")
	must(t, err)
	if record.GetString("parent") != head {
		t.Errorf("the customer above is %q", record.GetString("parent"))
	}
	p.clean()
}
