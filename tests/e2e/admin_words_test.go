package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// texts are all texts of the page, also those of menus that are closed: what is written, and hints,
// titles and labels. Code, styles and what somebody typed are none.
const texts = `JSON.stringify([...new Set([
	...(function* () {
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
		while (walk.nextNode()) {
			if (!walk.currentNode.parentElement.closest("script, style, pre, code, textarea, noscript, " +
				".record-json, .autoexpand-wrapper"))
				yield walk.currentNode.data.trim()
		}
	})(),
	...[...document.querySelectorAll("[placeholder], [title], [aria-label], [data-placeholder], [alt]")].flatMap((one) =>
		["placeholder", "title", "aria-label", "data-placeholder", "alt"].map((key) => one.getAttribute(key)?.trim())),
])].filter((text) => /[A-Za-z]{2}/.test(text ?? "")))`

// codes are what stays as it is in every language: ids, numbers, addresses, units, names of things.
var codes = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`[a-z0-9]{15}`, `[0-9a-f]{64}`, `KH-\d+`, `[\w.+-]+@[\w.-]+`, `[0-9A-Z]{15,18}`, `C\d+`, `EN`, `JSON`, `Excel`, `CSV`, `PDF`,
	`[\w.\-]+\.(?:xlsx|csv|zip|kehu)`, `https?://\S+`, `v?\d[\w.]*`, `Name`, `Settings`, `Search`, `SQL 控制台`,
	`[a-z]+(?:[._][a-z0-9_]+)+`, `[{\["][\s\S]*`, `null`, `__pb\w+__`, `Go|JavaScript|APP`, `（Ctrl\+S）`, `[\d.]+ [KMGT]?B`,
	// rows of the log
	`(?:INFO|WARN|ERROR|DEBUG) \(-?\d+\)`, `[A-Z]+ /\S+`, `(?:status|execTime|auth|userIP|remoteIP): .*`,
	`[A-Z]\w*(?:-[A-Z]\w*)+`, `127\.0\.0\.1 \(you\)`,
	`标记（users:create）或路径（/api/）`, `EHLO/HELO 域名`, `S3|SMTP|TLS|PLAIN|LOGIN|GET|POST|PATCH|PUT|DELETE|INFO|WARN|ERROR|DEBUG`,
}, "|") + `)$`)

// TestTheAdminUISpeaksChinese walks through the pages that are used and looks for English.
func TestTheAdminUISpeaksChinese(t *testing.T) {
	h := openHouse(t)
	id := h.company(h.staff("sales"), "Name")
	h.save("contacts", map[string]any{"customer": id, "name": "Search", "primary": true})
	p := h.adminTab("owner")
	if p == nil {
		return
	}
	english := map[string]bool{}
	look := func(at string) {
		for _, text := range js[[]string](p, "JSON.parse("+texts+")") {
			if !codes.MatchString(text) && !english[text] && mostlyLatin(text) {
				english[text] = true
				t.Errorf("%s says %q", at, text)
			}
		}
	}
	p.see(".page-table-wrapper", "Name")
	look("the list of customers")
	for _, hash := range []string{"#/collections?collection=contacts", "#/collections?collection=staff",
		"#/collections?collection=approvals", "#/collections?collection=policies", "#/kehu/tasks", "#/kehu/approvals",
		"#/kehu/import", "#/kehu/campaigns", "#/kehu/audit", "#/kehu/backups", "#/kehu/archives", "#/kehu/account",
		"#/kehu/dashboard", "#/kehu/calendar", "#/kehu/policies", "#/kehu/policies/tiers",
		"#/kehu/duplicates", "#/kehu/handover", "#/kehu/staff", "#/kehu/schema", "#/settings",
		"#/settings/mail", "#/settings/storage", "#/settings/crons", "#/logs"} {
		p.visit(hash)
		p.settle()
		look(hash)
	}
	p.visit("#/collections?collection=customers&record=" + id)
	p.see(".kehu-customer h1", "Name")
	look("a customer")
	p.press("编辑表单")
	p.settle()
	look("a customer's form")
	if name := js[string](p, `document.querySelector(".kehu-customer h1").innerText`); name != "Name" {
		t.Errorf("a customer's name was translated to %s", name)
	}
	p.clean()
}

// mostlyLatin: a Chinese sentence may hold a code.
func mostlyLatin(text string) bool {
	han := len(regexp.MustCompile(`\p{Han}`).FindAllString(text, -1))
	latin := len(regexp.MustCompile(`[A-Za-z]+`).FindAllString(text, -1))
	return latin > 0 && han < 2*latin
}

// settle waits until the page asks for nothing any more and shows no sign of loading.
func (p *tab) settle() {
	p.t.Helper()
	p.until("the page rests", `![...document.querySelectorAll(".loader, .skeleton-loader")].some((one) => one.checkVisibility()) &&
		(window.rested = (window.quiet === document.body.innerText ? (window.rested ?? 0) + 1 : 0),
		window.quiet = document.body.innerText, window.rested > 4)`)
}

// TestTheAdminUIWithoutTheExtension: where it does not load, PocketBase's own pages work, and what they
// offer to a member of sales beyond the role is refused all the same.
func TestTheAdminUIWithoutTheExtension(t *testing.T) {
	h := openHouse(t)
	own := h.company(h.staff("sales"), "上海澄岚仪器有限公司")
	other := h.save("customers", map[string]any{"kind": "enterprise", "name": "苏州北辰餐饮有限公司",
		"owner": h.staff("manager"), "status": "active", "mobile": "13612341232"})
	h.save("_superusers", map[string]any{"email": "owner@example.com"})
	h.save("_superusers", map[string]any{"email": "sales@example.com"})
	p := openTab(h.t, h.url)
	if p == nil {
		return
	}
	_, err := chromedp.Call(p.ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{
		URLPatterns: []*network.BlockPattern{{URLPattern: h.url + "/_/extensions*", Block: true}}})
	must(t, err)
	p.excused = append(p.excused, "extensions", "ERR_BLOCKED_BY_CLIENT")
	p.do(chromedp.Navigate(h.url + "/_/"))
	p.until("the sign-in", `document.querySelector("#login_identity")`)
	p.write("#login_identity", "sales@example.com")
	p.write("#login_pass", password)
	p.press("Login")
	p.see(".app-main-nav", "Collections")
	p.see(".page-table-wrapper", "周销售") // where PocketBase goes first, and would come back to
	p.visit("#/collections?collection=customers")
	p.see(".page-table-wrapper", "上海澄岚仪器有限公司")
	for what, promise := range map[string]string{
		"customers of others": `app.pb.collection("customers").getOne("` + other + `")`,
		"a plain save":        `app.pb.collection("customers").update("` + own + `", {name: "上海澄岚科技有限公司"})`,
		"settings":            `app.pb.send("/api/settings", {method: "PATCH", body: {}})`,
		"logs":                `app.pb.send("/api/logs", {})`,
		"schema":              `app.pb.collections.create({name: "x", type: "base"})`,
		"accounts":            `app.pb.collection("_superusers").getList(1, 1)`,
		"merges":              `app.pb.send("/api/kehu/merges", {method: "POST", body: {}})`,
		"backups":             `app.pb.send("/api/kehu/backups", {})`,
		"SQL":                 `app.pb.send("/api/sql", {method: "POST", body: {}})`,
	} {
		if said := p.result(promise); !strings.HasPrefix(said, "refused 4") {
			t.Errorf("without the extension sales reaches %s: %s", what, said)
		}
	}
}
