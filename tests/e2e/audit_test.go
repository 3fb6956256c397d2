package e2e

import (
	"strings"
	"testing"
)

// TestAuditPage: an administrator finds what was done to a customer, reads one entry, and has the log
// checked; a change that went past the register is found by it.
func TestAuditPage(t *testing.T) {
	h := openHouse(t)
	id := h.company(h.staff("sales"), "嘉兴审计仪器有限公司")
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.visit("#/customers/" + id)
	p.see("h1", "嘉兴审计仪器有限公司")
	p.click(`.k-header a[href="#/audit"]`)
	p.see(".k-table", "登录")
	p.see(".k-table", "沈数据")
	p.choose("select[name=action]", "view")
	p.choose("select[name=collection]", "customers")
	p.click("button[name=find]")
	p.until("only what was asked for", `((rows) => rows.length > 0 && rows.every((row) => row.innerText.includes("查看")))(
		[...document.querySelectorAll(".k-table tbody tr")])`)
	number := h.number(id)
	p.see(".k-table", number)
	p.click("[data-record='" + id + "']")
	p.until("the customer is asked for by its number", `document.querySelector("[name=record]").value === %s`, number)
	p.see(".k-table", number)
	p.click("button[data-seq]")
	p.see("dialog", id)
	p.see("dialog", "链接标记")
	p.see("dialog", "沈数据")
	p.shot("audit-entry")
	p.press("关闭")
	p.until("the dialog is gone", `!document.querySelector("dialog")`)
	if hash := js[string](p, "location.hash"); !strings.Contains(hash, "action=view") {
		t.Errorf("what was asked for is not in the address: %s", hash)
	}
	p.press("清除筛选")
	p.see(".k-table", "登录")
	p.click("button[name=verify]")
	p.see("[data-verdict=good]", "日志完整")
	p.shot("audit")
	p.clean()
}
