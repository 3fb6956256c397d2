package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"kehu/internal/fields"
)

// said are the labels on a page, by the key of their field.
type said map[string]string

// holds compares labels with those of the one table of fields, for at least so many of them.
func (s said) holds(t *testing.T, where, collection string, least int) {
	t.Helper()
	known := 0
	for key, label := range s {
		f, ok := fields.Get(collection, key)
		if !ok {
			continue
		}
		known++
		if label != f.Zh {
			t.Errorf("%s says %q for %s.%s, the table of fields says %q", where, label, collection, key, f.Zh)
		}
	}
	if known < least {
		t.Errorf("%s has only %d labels of %s: %v", where, known, collection, s)
	}
}

// TestLabelsAreThoseOfTheFieldTable: forms and lists of both faces call a field what the table calls it.
func TestLabelsAreThoseOfTheFieldTable(t *testing.T) {
	h := openHouse(t)
	id := h.company(h.staff("sales"), "上海澄岚仪器有限公司")
	h.save("contacts", map[string]any{"customer": id, "name": "赵启航", "primary": true})
	p := h.adminTab("owner")
	if p == nil {
		return
	}
	for _, collection := range []string{"customers", "contacts", "followups", "contracts", "orders", "tickets"} {
		p.visit("#/collections?collection=" + collection)
		p.until("the columns of "+collection, `document.querySelector(".records-table th.col-field-name-id") &&
			location.hash.includes(%s)`, collection)
		p.settle()
		js[said](p, `Object.fromEntries([...document.querySelectorAll(".records-table th")].map((one) =>
			[/col-field-name-(\w+)/.exec(one.className)?.[1] ?? "", one.textContent.trim()]))`).
			holds(t, "the list of "+collection, collection, 4)
	}
	p.visit("#/collections?collection=customers&record=" + id)
	p.see(".kehu-customer h1", "上海澄岚仪器有限公司")
	p.press("编辑表单")
	p.see(".kehu-record .modal-content", "客户名称")
	p.settle()
	js[said](p, `Object.fromEntries([...document.querySelectorAll(".kehu-record .modal-content [name]")].map((one) =>
		[one.getAttribute("name"), one.closest(".field")?.querySelector("label")?.innerText.trim() ?? ""]).filter(
		([, label]) => label))`).holds(t, "the form of the admin UI", "customers", 40)

	p.do(chromedp.Navigate(h.url + "/"))
	p.signIn("admin")
	p.visit("#/customers/" + id + "/edit")
	p.see("h1", "上海澄岚仪器有限公司")
	js[said](p, `Object.fromEntries([...document.querySelectorAll("[data-field]")].reverse().map((one) =>
		[one.dataset.field, one.querySelector("label, legend").firstChild.data.trim()]))`).
		holds(t, "the form of the web app", "customers", 20)
	p.clean()
}
