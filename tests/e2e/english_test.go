package e2e

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/chromedp/chromedp"
)

// chinese are the texts of the page with Chinese in them.
var chinese = strings.Replace(texts, "/[A-Za-z]{2}/", `/\p{Script=Han}/u`, 1)

// inEnglish are what a page in English may say in Chinese: the switch back, and what is stored, the longest
// first.
func (h *house) inEnglish() []string {
	names := []string{"中文", "没有达到其他分级的条件"} // the name of a rule, which goes with the customer
	for collection, field := range map[string]string{"staff": "name", "departments": "name", "tags": "name",
		"customers": "label", "industries": "name", "divisions": "name", "calendar_days": "name", "tasks": "title",
		"audit_log": "actor_name"} {
		records, err := h.app.FindRecordsByFilter(collection, "", "", 0, 0)
		must(h.t, err)
		for _, r := range records {
			names = append(names, r.GetString(field))
		}
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return names
}

// TestEnglishByTheSwitch: one click, and both faces speak English on every page.
func TestEnglishByTheSwitch(t *testing.T) {
	h := openHouse(t)
	id := h.company(h.staff("sales"), "Acme")
	h.save("contacts", map[string]any{"customer": id, "name": "Smith", "primary": true})
	p := h.adminTab("owner")
	if p == nil {
		return
	}
	names, found := h.inEnglish(), map[string]bool{}
	look := func(at string) {
		for _, text := range js[[]string](p, "JSON.parse("+chinese+")") {
			rest := text
			for _, name := range names {
				if name != "" {
					rest = strings.ReplaceAll(rest, name, "")
				}
			}
			if strings.ContainsFunc(rest, func(r rune) bool { return unicode.Is(unicode.Han, r) }) && !found[text] {
				found[text] = true
				t.Errorf("%s says %q", at, text)
			}
		}
	}
	p.do(chromedp.Click(chromedp.CSS(".kehu-language")), chromedp.WaitVisible(chromedp.CSS("html[lang=en] .app-main-nav")))
	p.see(".app-main-nav", "Customers")
	p.see(".page-table-wrapper", "Acme")
	look("the list in the admin UI")
	sections := js[[]string](p, `[...document.querySelectorAll(".app-main-nav a")].map((a) => a.getAttribute("href"))`)
	for _, page := range slices.DeleteFunc(sections, func(href string) bool { return !strings.HasPrefix(href, "#/kehu/") }) {
		p.visit(page)
		p.settle()
		look(page)
	}
	p.visit("#/collections?collection=customers&record=" + id)
	p.see(".kehu-customer h1", "Acme")
	look("a customer in the admin UI")
	p.press("Edit form")
	p.settle()
	look("a customer's form")

	p.do(chromedp.Navigate(h.url + "/"))
	p.until("the sign-in", `document.querySelector("#email")`)
	look("the sign-in")
	p.write("#email", "admin@example.com")
	p.write("#password", password)
	p.press("Sign in")
	p.see(".k-table", "Acme")
	for _, page := range js[[]string](p, `[...document.querySelectorAll(".k-header nav a")].map((a) => a.getAttribute("href"))`) {
		p.visit(page)
		p.until(page+" is there", `document.querySelector("h1")?.innerText`)
		p.settle()
		look(page)
	}
	for _, key := range []string{"tiers", "required_fields", "access", "signin", "notify", "review", "numbering"} {
		p.visit("#/policies/" + key)
		p.until(key+" is there", `document.querySelector("form [data-policy]")`)
		look("the policy " + key)
	}
	p.visit("#/customers/" + id)
	p.see("h1", "Acme")
	look("a customer")
	p.clean()
}
