package e2e

import (
	_ "embed"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// lacks finds what a page lacks for people who use no mouse, or see little.
//
//go:embed access.js
var lacks string

// TestPagesForEverybody: on every page, in both themes, controls have names, texts stand out from their
// ground as WCAG 2.1 asks (AA), numbers stand under each other, and heads of tables stay.
func TestPagesForEverybody(t *testing.T) {
	h := openHouse(t)
	id := h.company(h.staff("sales"), "宁波海潮机械有限公司")
	h.save("contacts", map[string]any{"customer": id, "name": "赵启航", "primary": true})
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.see(".k-signin", "登录")
	look := func(at string) {
		for _, scheme := range []string{"dark", "light"} {
			p.scheme(scheme)
			for _, finding := range js[[]string](p, "JSON.parse("+lacks+")") {
				t.Errorf("%s, %s: %s", at, scheme, finding)
			}
		}
	}
	look("the sign-in")
	p.signIn("admin")
	p.see(".k-table", "宁波海潮机械有限公司")
	pages := js[[]string](p, `[...document.querySelectorAll(".k-header nav a")].map((a) => a.getAttribute("href"))`)
	for _, page := range append(pages, "#/customers/new", "#/calendar", "#/policies/tiers", "#/policies/access", "#/policies/signin",
		"#/account", "#/customers/"+id) {
		p.visit(page)
		p.until(page+" is there", `document.querySelector("h1")?.innerText`)
		p.settle()
		look(page)
	}
	for _, act := range []string{"archive", "change", "handover", "past"} {
		p.click("[data-act=" + act + "]")
		p.see("dialog[open]", "")
		look("the dialog " + act)
		p.do(chromedp.KeyEvent(kb.Escape))
		p.until("Escape closes "+act, `!document.querySelector("dialog")`)
		p.until("the focus is back at "+act, `document.activeElement?.dataset.act === %s`, act)
	}
	p.clean()
}

// TestWithoutAMouse: signing in, finding, opening, entering and saving by keys alone; what has the focus
// shows it.
func TestWithoutAMouse(t *testing.T) {
	h := openHouse(t)
	for i := range 40 {
		h.save("customers", map[string]any{"kind": "enterprise", "name": fmt.Sprintf("宁波海潮机械第%d有限公司", i),
			"owner": h.staff("sales"), "landline": fmt.Sprintf("021-6234%04d", 1200+i)})
	}
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.see(".k-signin", "登录")
	p.tabsTo("#email")
	p.do(chromedp.KeyEvent("sales@example.com"))
	p.tabsTo("#password")
	p.do(chromedp.KeyEvent(password), chromedp.KeyEvent(kb.Enter))
	p.see(".k-table", "宁波海潮机械第39有限公司")
	p.headStays()

	p.do(chromedp.KeyEvent(kb.Home))
	p.tabsTo("input[type=search]")
	p.do(chromedp.KeyEvent("第17有限"))
	p.until("found", `document.querySelectorAll(".k-table tbody tr").length === 1`)
	p.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
	p.see("h1", "宁波海潮机械第17有限公司")
	p.tabsTo("[data-collection=followups] [data-act=add]")
	p.do(chromedp.KeyEvent(kb.Enter))
	p.see("dialog", "跟进内容")
	p.tabsTo("dialog [name=method]")
	p.do(chromedp.KeyEvent(kb.ArrowDown))
	p.tabsTo("dialog [name=next_date]")
	p.do(chromedp.KeyEvent("20270308"))
	p.tabsTo("dialog footer .k-primary")
	p.do(chromedp.KeyEvent(kb.Enter))
	p.see("dialog [data-field=summary] .k-said-bad", "请填写")
	p.excused = append(p.excused, "/followups/records", "status of 400")
	p.tabsTo("dialog [name=summary]")
	p.do(chromedp.KeyEvent("电话里谈了交货期"))
	p.tabsTo("dialog [name=next_date]")
	p.do(chromedp.KeyEvent(kb.Enter)) // in a line of a form Enter sends it
	p.see("[data-collection=followups] td", "电话里谈了交货期")
	p.see("[data-collection=followups] td", "2027-03-08")
	p.clean()
}

// tabsTo presses Tab until an element has the focus; each one on the way shows that it has it.
func (p *tab) tabsTo(selector string) {
	p.t.Helper()
	for range 80 {
		p.do(chromedp.KeyEvent(kb.Tab))
		if hidden := js[string](p, `((one) => { if (!one || one === document.body || one.matches("main")) return ""
			const shown = one.classList.contains("k-hidden") ? one.nextElementSibling : one
			const style = getComputedStyle(shown)
			return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 ? "" : one.outerHTML.slice(0, 120)
			})(document.activeElement)`); hidden != "" {
			p.t.Errorf("nothing shows the focus of %s", hidden)
		}
		if js[bool](p, `Boolean(document.activeElement?.matches(%s))`, selector) {
			return
		}
	}
	p.shot("stuck")
	p.t.Fatalf("Tab does not reach %s", selector)
}

// headStays: at the end of a long list its columns are still named.
func (p *tab) headStays() {
	p.t.Helper()
	p.until("the head is seen at the end of the list", `((rows, head) => {
		rows[rows.length - 1].scrollIntoView({ block: "end" })
		const at = head.getBoundingClientRect()
		return rows.length >= 40 && document.elementFromPoint(at.left + 40, at.top + at.height / 2)?.closest("thead") &&
			rows[rows.length - 1].getBoundingClientRect().bottom <= innerHeight + 1
	})(document.querySelectorAll(".k-table tbody tr"), document.querySelector(".k-table thead th"))`)
}
