package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// asksBeforeClosing says whether the browser would ask before the tab is closed or loaded anew.
func (p *tab) asksBeforeClosing() bool {
	p.t.Helper()
	return js[bool](p, `((event) => (dispatchEvent(event), event.defaultPrevented))(
		new Event("beforeunload", { cancelable: true }))`)
}

// isAsked expects the question of a form that is being left, and the address to be its own still.
func (p *tab) isAsked(hash string) {
	p.t.Helper()
	p.see("dialog", "还有没保存的内容")
	if at := js[string](p, "location.hash"); at != hash {
		p.t.Errorf("while it is asked the address is %s, not %s", at, hash)
	}
}

// TestWhatIsTypedIsNotLeftWithoutAQuestion: a link, the way back and the closing of the tab ask before the
// content of a form is lost; they do not where nothing was typed, or all of it was saved.
func TestWhatIsTypedIsNotLeftWithoutAQuestion(t *testing.T) {
	h := openHouse(t)
	id := h.company(h.staff("sales"), "绍兴未存仪器有限公司")
	other := h.save("customers", map[string]any{"kind": "enterprise", "name": "宁波未存机械有限公司"})
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.see(".k-table", "绍兴未存仪器有限公司")
	form := "#/customers/" + id + "/edit"
	p.visit(form)
	p.until("the form", `document.querySelector("[name=short_name]")`)
	p.click("[name=short_name]")
	if p.asksBeforeClosing() {
		t.Error("nothing was typed, and it asks")
	}
	p.press("取消")
	p.see(".k-facts", "绍兴未存仪器有限公司")

	p.visit(form)
	p.write("[name=short_name]", "未存仪器")
	if !p.asksBeforeClosing() {
		t.Error("the tab is closed without a question")
	}
	p.click(`.k-header a[href="#/tasks"]`)
	p.isAsked(form)
	p.shot("unsaved")
	p.press("取消")
	p.until("it stays", `!document.querySelector("dialog") &&
		document.querySelector("[name=short_name]").value === "未存仪器"`)
	js[bool](p, "(history.back(), true)")
	p.isAsked(form)
	p.click("dialog [name=confirm]")
	p.until("it is left", `!document.querySelector("[name=short_name]")`)

	p.visit(form)
	p.write("[name=short_name]", "未存仪器")
	p.press("保存")
	p.see(".k-facts", "未存仪器")
	p.until("what was saved is not asked for", `!document.querySelector("dialog")`)

	p.visit("#/policies/review")
	p.write("[name=note]", "试用期间")
	p.visit("#/policies")
	p.isAsked("#/policies/review")
	p.press("取消")
	p.click("button[name=save]")
	p.see(".k-toast", "已")
	p.visit("#/policies")
	p.until("all of them", `document.querySelector("[data-policy=merge], [data-policy=backups]")`)

	merge := "#/duplicates/merge?ids=" + id + "," + other
	p.visit(merge)
	p.click("[data-row=name] input[value='" + other + "']")
	p.visit("#/duplicates")
	p.isAsked(merge)
	p.click("dialog [name=confirm]")
	p.see(".k-card", "历次合并")
	p.clean()
}

// TestTheAdminUIAsksBeforeAFormIsLeft: its router is another than the web app's.
func TestTheAdminUIAsksBeforeAFormIsLeft(t *testing.T) {
	h := openHouse(t)
	p := h.adminTab("owner")
	if p == nil {
		return
	}
	p.visit("#/kehu/policies/review")
	p.write("[name=note]", "试用期间")
	p.do(chromedp.Click(chromedp.CSS(`a[href="#/kehu/tasks"]`)))
	p.isAsked("#/kehu/policies/review")
	p.press("取消")
	p.until("it stays", `!document.querySelector("dialog") && document.querySelector("[name=note]").value === "试用期间"`)
	js[bool](p, "(history.back(), true)")
	p.isAsked("#/kehu/policies/review")
	p.click("dialog [name=confirm]")
	p.until("it is left", `!document.querySelector("[name=note]")`)
	p.clean()
}
