package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// block keeps the browser from whatever the pattern of an address names; "" lets it through again.
func (p *tab) block(pattern string) {
	p.t.Helper()
	var blocked []*network.BlockPattern
	if pattern != "" {
		blocked = append(blocked, &network.BlockPattern{URLPattern: pattern, Block: true})
	}
	_, err := chromedp.Call(p.ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: blocked})
	must(p.t, err)
}

// cutOff is what a browser says of what block kept from it.
var cutOff = []string{"ERR_BLOCKED_BY_CLIENT", "Failed to fetch", "request failed: "}

// hold keeps back the answers to requests of the page whose address has that part, until release.
func (p *tab) hold(part string) {
	p.t.Helper()
	js[bool](p, `((plain) => { window.held = []; window.plain = plain
		window.fetch = (url, ...rest) => (String(url).includes(%s) ? new Promise((ok, no) => {
			const answer = plain(url, ...rest); window.held.push(() => answer.then(ok, no)) }) : plain(url, ...rest))
		return true })(window.plain ?? window.fetch)`, part)
}

// release lets the n-th answer through that was kept back.
func (p *tab) release(n int) {
	p.t.Helper()
	p.until("an answer is kept back", "window.held.length > %s", n)
	js[bool](p, "(window.held[%s](), true)", n)
}

// letThrough ends what hold began.
func (p *tab) letThrough() {
	p.t.Helper()
	js[bool](p, "(window.fetch = window.plain, window.held.forEach((one) => one()), true)")
}

// TestWhatCouldNotBeReadIsNotNothing: a page whose server is gone says so, and asks again; it does not say
// that there are no customers. A form that could not be sent keeps what was typed.
func TestWhatCouldNotBeReadIsNotNothing(t *testing.T) {
	h := openHouse(t)
	id := h.company(h.staff("sales"), "绍兴断线仪器有限公司")
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.excused = cutOff
	p.signIn("admin")
	p.see(".k-table", "绍兴断线仪器有限公司")
	for _, page := range []string{"tasks", "approvals", "import", "duplicates", "archives", "audit", "backups",
		"policies", "calendar", "dashboard", "staff", "handover", "campaigns", "customers/" + id, "customers"} {
		p.visit("#/" + page)
		p.until("the page is there", `document.querySelector(".k-main").innerText.trim() &&
			!document.querySelector(".k-main").innerText.includes("正在读取")`)
		p.visit("#/account")
		p.see("h1", "账号")
		p.block("*://*:*/api/*")
		p.visit("#/" + page)
		p.see("[role=alert]", "连接不上服务器")
		if said := js[string](p, `document.querySelector(".k-main").innerText.match(/还没有|没有找到|没有待|没有疑似/)?.[0] ?? ""`); said != "" {
			t.Errorf("%s says %s of what it could not read", page, said)
		}
		p.block("")
		p.until("all is asked for again", `[...document.querySelectorAll("button[name=again]")].map((one) => one.click()).length`)
		p.until("and is there", `!document.querySelector("button[name=again]") &&
			document.querySelector(".k-main").innerText.trim() !== "正在读取"`)
		p.visit("#/account")
	}
	p.visit("#/customers/" + id + "/edit")
	p.write("[name=short_name]", "断线仪器")
	p.block("*://*:*/api/*")
	p.press("保存")
	p.see(".k-toast", "连接不上服务器")
	p.shot("save-offline")
	p.block("")
	if kept := js[string](p, `document.querySelector("[name=short_name]").value`); kept != "断线仪器" {
		t.Errorf("after a failed save stands %q", kept)
	}
	p.press("保存")
	p.see(".k-facts", "断线仪器")
	p.clean()
}

// TestAPageThatIsLeftKeepsItsHandsOffTheAddress: whoever goes on before a page was drawn finds the address of
// the page in view, not that of the one left.
func TestAPageThatIsLeftKeepsItsHandsOffTheAddress(t *testing.T) {
	h := openHouse(t)
	h.company(h.staff("sales"), "绍兴快步仪器有限公司")
	for _, shell := range []struct {
		name, root string
		open       func() *tab
	}{
		{"web app", "#/", func() *tab {
			p := openTab(t, h.url)
			if p != nil {
				p.signIn("admin")
			}
			return p
		}},
		{"admin UI", "#/kehu/", func() *tab { return h.adminTab("owner") }},
	} {
		t.Run(shell.name, func(t *testing.T) {
			p := shell.open()
			if p == nil {
				return
			}
			for _, page := range []string{"customers", "audit"} {
				p.visit(shell.root + page)
				p.until("the page", `document.querySelector(".k-main h1")`)
				p.visit(shell.root + "tasks")
				p.until("the tasks", `document.querySelector(".k-main h1")?.innerText.includes("待办")`)
				for pause := 0; pause <= 28; pause += 4 {
					js[bool](p, `(location.hash = %s, setTimeout(() => { location.hash = %s }, %s), true)`,
						shell.root+page, shell.root+"tasks", pause)
					time.Sleep(150 * time.Millisecond)
					if at := js[string](p, "location.hash"); at != shell.root+"tasks" {
						t.Fatalf("%d ms after %s the tasks are at %s", pause, page, at)
					}
				}
			}
			p.clean()
		})
	}
}

// TestAPageThatCannotBeFetchedSaysSo: the module of a page does not come.
func TestAPageThatCannotBeFetchedSaysSo(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.excused = cutOff
	p.signIn("admin")
	p.block("*://*:*/app/pages/dashboard.js*")
	p.visit("#/dashboard")
	p.see("[role=alert]", "连接不上服务器")
	p.block("")
	p.click("button[name=again]")
	p.see("h1", "看板")
	p.clean()
}

// TestALateAnswerOverwritesNothing: an answer to what was asked before is not taken for that to what is
// asked now, on every page that asks while people go on choosing.
func TestALateAnswerOverwritesNothing(t *testing.T) {
	h := openHouse(t)
	from, other := h.staff("sales"), h.staff("manager")
	h.company(from, "绍兴迟到仪器有限公司")
	for _, name := range []string{"宁波海潮机械有限公司", "成都金禾食品有限公司"} {
		h.save("customers", map[string]any{"kind": "enterprise", "name": name, "owner": other})
	}
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.see(".k-table", "绍兴迟到仪器有限公司")

	p.visit("#/handover")
	p.choose("select[name=from]", from)
	p.choose("select[name=to]", other)
	p.hold("/api/kehu/handover")
	p.click("button[name=preview]")
	p.choose("select[name=from]", other)
	p.until("nobody gets what is one's own", `document.querySelector("select[name=to]").value === ""`)
	p.choose("select[name=to]", h.staff("admin"))
	p.release(0)
	p.click("button[name=preview]")
	p.release(1)
	p.see("[data-said]", "客户 2 位")

	p.visit("#/archives")
	p.see(".k-table-box", "没有找到")
	p.hold("state=purged")
	p.choose("select[name=state]", "purged")
	p.until("it is asked for", "window.held.length > 0")
	p.choose("select[name=state]", "")
	p.until("the newer answer is there", `document.querySelector(".k-table-box").ariaBusy === "false"`)
	p.release(0)

	p.visit("#/customers")
	p.see(".k-table", "绍兴迟到仪器有限公司")
	p.hold("tier")
	p.choose("select[name=tier]", "key")
	p.until("it is asked for", "window.held.length > 0")
	p.choose("select[name=tier]", "")
	p.see(".k-table", "绍兴迟到仪器有限公司")
	p.release(0)
	p.until("what was asked for last stands", `document.querySelector(".k-table").innerText.includes("绍兴迟到仪器有限公司")`)

	p.visit("#/audit")
	p.see(".k-table", "登录")
	p.hold("action=merge")
	p.choose("select[name=action]", "merge")
	p.click("button[name=find]")
	p.choose("select[name=action]", "sign_in")
	p.click("button[name=find]")
	p.see(".k-table", "登录")
	p.release(0)
	p.until("the newer answer stays", `document.querySelector(".k-table tbody tr")?.innerText.includes("登录")`)
	p.clean()
}

// TestWhatIsSentIsWhatStandsThere: while a dialog is being sent nothing in it changes, it is sent once, and
// what went wrong is said in it, where it can be read and closed.
func TestWhatIsSentIsWhatStandsThere(t *testing.T) {
	h := openHouse(t)
	id := h.company(h.staff("sales"), "绍兴对话仪器有限公司")
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.excused = cutOff
	p.signIn("admin")
	p.visit("#/customers/" + id)
	p.click("[data-act=archive]")
	p.write("dialog [name=reason]", "客户已搬迁，业务终止")
	p.block("*://*:*/api/*")
	p.click("dialog [name=confirm_archive]")
	p.see("dialog .k-toast", "连接不上服务器")
	p.shot("dialog-offline")
	p.click("dialog .k-toast button")
	p.until("it can be closed", `!document.querySelector(".k-toast")`)
	p.block("")
	p.press("取消")

	p.click("[data-collection=followups] [data-act=add]")
	p.write("dialog [name=summary]", "电话沟通了设备的验收时间")
	p.hold("/followups/records")
	p.do(chromedp.Focus(chromedp.CSS("dialog [name=summary]")))
	js[bool](p, `((form) => (form.requestSubmit(), form.requestSubmit(), true))(document.querySelector("dialog form"))`)
	p.until("it is on its way", `window.held.length === 1 && document.querySelector("dialog .k-dialog-body").inert`)
	p.release(0)
	p.release(1) // the list, read anew
	p.until("it is stored", `!document.querySelector("dialog")`)
	p.see("[data-collection=followups]", "验收时间")
	p.clean()
}

// TestASessionThatEndsSaysSo: whoever is signed out by the server is told why, and goes on where it was.
func TestASessionThatEndsSaysSo(t *testing.T) {
	h := openHouse(t)
	h.company(h.staff("sales"), "绍兴到期仪器有限公司")
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.excused = []string{"401", "403"}
	p.until("nothing is said before", `document.querySelector("#email") && !document.querySelector("[data-ended]")`)
	p.signIn("sales")
	p.see(".k-table", "绍兴到期仪器有限公司")
	record, err := h.app.FindAuthRecordByEmail("staff", "sales@example.com")
	must(t, err)
	record.RefreshTokenKey()
	must(t, h.app.Save(record))
	p.visit("#/tasks")
	p.see("[data-ended]", "请重新登录")
	p.shot("session-ended")
	p.signIn("sales")
	p.see("h1", "待办")
	p.click(`.k-header button[title="退出登录"]`)
	p.until("one who leaves is told nothing", `document.querySelector("#email") && !document.querySelector("[data-ended]")`)
	p.clean()
}

// TestAClickWhileAnImportIsCheckedCounts: what was typed is still being checked when the start is clicked;
// the import starts with it. What most rows have wrong is said once, with its number of rows.
func TestAClickWhileAnImportIsCheckedCounts(t *testing.T) {
	h := openHouse(t)
	file := filepath.Join(t.TempDir(), "客户.csv")
	must(t, os.WriteFile(file, []byte("客户名称,手机,负责人\n绍兴点击仪器有限公司,13912845078,查无此人\n"+
		"宁波海潮机械有限公司,13912845079,查无此人\n成都金禾食品有限公司,13912845080,\n"), 0o600))
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.visit("#/import")
	p.do(chromedp.SetUploadFiles(chromedp.CSS("[name=workbook]"), []string{file}))
	p.see("[data-commonest]", "员工中没有「查无此人」")
	p.see("[data-commonest]", "2 行")
	p.shot("import-commonest")
	p.hold("/api/kehu/imports/")
	p.write("[name=confirm_duplicate]", "同一位采购负责两家公司")
	p.click("[name=start]")
	p.until("the change is on its way, the start is not", "window.held.length === 1")
	p.letThrough()
	p.see("[data-rows]", "员工中没有「查无此人」")
	record, err := h.app.FindFirstRecordByFilter("imports", "file_name != ''")
	must(t, err)
	if options := record.GetString("options"); !strings.Contains(options, "同一位采购负责两家公司") {
		t.Errorf("started with %s", options)
	}
	p.clean()
}

// TestABatchSaysHowManyItDecides: whoever decides about an import is told how many customers it holds.
func TestABatchSaysHowManyItDecides(t *testing.T) {
	h := openHouse(t)
	h.save("approvals", map[string]any{"kind": "batch", "subject_collection": "imports", "state": "open",
		"department": "", "reason": "导入：客户.xlsx", "payload": map[string]any{"customers": 359},
		"requested_by": "staff:" + h.staff("sales"), "requested_by_name": "周销售"})
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.visit("#/approvals")
	p.click("[data-act=approve]")
	p.see("dialog [data-batch]", "359 位客户")
	p.clean()
}
