package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pocketbase/pocketbase/core"
)

// TestRecordsInTheAdminUI: an owner, then the head of a department through a linked account, have at hand
// what a customer's work takes: the columns that matter in view, marks, the reason of the tier, files and
// records in the customer's panel, a handover, and refusals at their place with the way on.
func TestRecordsInTheAdminUI(t *testing.T) {
	h := openHouse(t)
	id := h.company(h.staff("sales"), "上海澄岚仪器有限公司")
	contact := h.save("contacts", map[string]any{"customer": id, "name": "赵启航", "primary": true, "mobile": "13907351286"})
	h.save("orders", map[string]any{"customer": id, "date": time.Now().Format(time.DateOnly), "amount": 8800, "state": "done"})
	quiet := h.save("policies", map[string]any{"key": "duplicates", "value": map[string]any{"warn": []string{}}})
	h.save("customers", map[string]any{"kind": "enterprise", "name": "澄岚仪器（上海）有限公司", "owner": h.staff("sales"),
		"status": "active"})
	policy, err := h.app.FindRecordById("policies", quiet)
	must(t, err)
	must(t, h.app.Delete(policy)) // what was saved unasked is found by the scan
	h.save(core.CollectionNameSuperusers, map[string]any{"email": "manager@example.com"})
	p := h.adminTab("owner")
	if p == nil {
		return
	}
	p.scans()
	for _, who := range []string{"owner", "manager"} {
		if who != "owner" {
			p.becomes(who)
		}
		p.columnsInView(h)
		p.newCustomerIsChecked()
		p.visit("#/collections?collection=customers&record=" + id)
		p.click("dialog [name=confirm]") // the new one is not made
		p.see(".kehu-customer h1", "上海澄岚仪器有限公司")
		p.attaches(h, id, who)
		p.editsBelongings(h, contact, who)
		p.closesModal()
		p.confirmsDuplicate(h, who)
	}
	p.handsOver(h, id)
	p.clean()
}

// scans compares the register, and begins anew with what was found.
func (p *tab) scans() {
	p.t.Helper()
	p.result(`app.pb.send("/api/kehu/duplicates/scan", {method: "POST"})`)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(glance) {
		said := p.result(`app.pb.send("/api/kehu/duplicates", {})`)
		if strings.Contains(said, `"state":"done"`) && strings.Contains(said, `"level"`) {
			p.do(chromedp.Reload())
			return
		}
	}
	p.t.Fatal("the scan finds nothing")
}

// columnsInView: at the width of an office screen the number, the name, the certificate's button and the
// mark of what is missing are seen without moving the table.
func (p *tab) columnsInView(h *house) {
	p.t.Helper()
	said := p.result(`app.pb.collection("customers").getList(1, 1, {filter: 'kind = "individual"'})`)
	if strings.Contains(said, `"totalItems":0`) {
		p.result(`app.pb.collection("customers").create({kind: "individual", name: "陈一诺", mobile: "13712341231",
			owner: %s, cert_type: "resident_id", cert_no: %s, consent: {purposes: ["sensitive_id"], method: "paper",
			statement_version: "1"}})`, h.staff("sales"), certificate)
	}
	p.visit("#/collections?collection=customers")
	p.see(".page-table-wrapper tr", "陈一诺")
	p.settle()
	hidden := js[[]string](p, `["number", "name", "kind", "mobile", "cert_no", "missing"].filter((key) => {
		const edge = document.querySelector("th.col-meta").getBoundingClientRect().left
		return [...document.querySelectorAll(".records-table .col-field-name-" + key)].some((one) =>
			!one.checkVisibility() || one.getBoundingClientRect().right > edge + 1)
	})`)
	if len(hidden) > 0 {
		p.t.Errorf("not in view at 1280: %q", hidden)
	}
	p.until("the mark of a suspected duplicate", `document.querySelector(".records-table .kehu-mark")?.innerText === "疑似重复"`)
	p.until("why a tier", `document.querySelector(".col-field-name-tier .label").title.length > 4`)
}

// newCustomerIsChecked: a new customer is entered where every value is checked while it is typed.
func (p *tab) newCustomerIsChecked() {
	p.t.Helper()
	p.click(".new-record-btn")
	p.see(".kehu-page h1", "新建客户")
	p.write(".kehu-page [data-field=uscc] input", "91440300708461136U")
	p.do(chromedp.Blur(chromedp.CSS(".kehu-page [data-field=uscc] input")))
	p.see(".kehu-page [data-field=uscc] .k-said-bad", "校验不通过")
}

// attaches puts a paper to the customer and has it sent back.
func (p *tab) attaches(h *house, id, who string) {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), who+".pdf")
	must(p.t, os.WriteFile(path, []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"), 0o600))
	p.click(".kehu-customer [data-collection=attachments] [data-act=add]")
	p.see("dialog", "未选择")
	p.press("保存")
	p.see("dialog [data-field=category] .k-said-bad", "请")
	p.choose("dialog select[name=category]", "licence")
	p.write("dialog input[name=title]", "营业执照 "+who)
	p.do(chromedp.SetUploadFiles(chromedp.CSS("dialog input[name=file]"), []string{path}))
	p.see("dialog", who+".pdf")
	p.shot("admin-attachment")
	p.press("保存")
	p.see(".kehu-customer [data-collection=attachments] td", "营业执照 "+who)
	js[bool](p, `([...document.querySelectorAll(".kehu-customer [data-collection=attachments] tr")].find((row) =>
		row.innerText.includes(%s)).querySelector("[data-file]").click(), true)`, who)
	content, err := os.ReadFile(p.download(".pdf"))
	if err != nil || !strings.HasPrefix(string(content), "%PDF") {
		p.t.Errorf("the paper came back as %q, %v", content, err)
	}
	p.emptyDownloads()
	p.excused = append(p.excused, "status of 400", "/attachments/records")
	if n, err := h.app.CountRecords("attachments"); err != nil || n == 0 {
		p.t.Errorf("%d papers of %s, %v", n, id, err)
	}
}

func (p *tab) emptyDownloads() {
	p.t.Helper()
	files, err := os.ReadDir(p.downloads)
	must(p.t, err)
	for _, f := range files {
		must(p.t, os.Remove(filepath.Join(p.downloads, f.Name())))
	}
}

// editsBelongings changes one value of a record of the customer; another's change of a second value stays.
func (p *tab) editsBelongings(h *house, contact, who string) {
	p.t.Helper()
	h.sql("UPDATE customers SET status = 'draft'") // contacts of an active one are changed on request
	p.click(`.kehu-customer [data-edit="` + contact + `"]`)
	p.see("dialog", "修改联系人")
	must(p.t, h.update("contacts", contact, map[string]any{"email": who + "@chenglan.cn"}))
	p.write("dialog input[name=mobile]", "1381234")
	p.press("保存")
	p.see("dialog [data-field=mobile] .k-said-bad", "手机")
	p.write("dialog input[name=mobile]", map[string]string{"owner": "13907351287", "manager": "13907351289"}[who])
	p.press("保存")
	p.until("saved", `!document.querySelector("dialog[open]")`)
	record, err := h.app.FindRecordById("contacts", contact)
	must(p.t, err)
	if record.GetString("email") != who+"@chenglan.cn" || record.GetString("mobile") == "13907351286" {
		p.t.Errorf("after the edit the contact has %s and %s", record.GetString("email"), record.GetString("mobile"))
	}
	h.sql("UPDATE customers SET status = 'active'")
	p.excused = append(p.excused, "/contacts/records/"+contact)
}

func (p *tab) closesModal() {
	p.t.Helper()
	js[bool](p, `(app.modals.close(null, true), true)`)
	p.until("the dialog is gone", `!document.querySelector(".kehu-record")`)
}

// confirmsDuplicate: a suspected duplicate is told of above PocketBase's own form, with the reason for
// which it may stand.
func (p *tab) confirmsDuplicate(h *house, who string) {
	p.t.Helper()
	phone := map[string]string{"owner": "13612341231", "manager": "13612341232"}[who]
	h.save("customers", map[string]any{"kind": "individual", "name": "林" + who, "owner": h.staff("manager"), "mobile": phone})
	other := h.save("customers", map[string]any{"kind": "individual", "name": "孙" + who, "owner": h.staff("manager"),
		"mobile": "137073512" + phone[9:], "status": "draft"})
	p.visit("#/collections?collection=customers&record=" + other)
	p.press("编辑表单")
	p.until("the form", `document.querySelector(".kehu-record [name=mobile]")`)
	p.settle()
	js[bool](p, `((one) => { one.value = %s; one.dispatchEvent(new Event("input", {bubbles: true}));
		return true })(document.querySelector(".kehu-record [name=mobile]"))`, phone)
	if who != "owner" {
		p.press("解锁后编辑")
	}
	save := `([...document.querySelectorAll(".kehu-record .modal-footer .btn")].find((one) =>
		one.innerText.trim() === "保存").click(), true)`
	js[bool](p, save)
	p.see(".kehu-refused", "可能与已有客户重复")
	p.shot("admin-refused-" + who)
	p.write(".kehu-refused input[name=confirm_duplicate]", "母女共用一个号码")
	js[bool](p, save)
	p.see(".toasts-container", "已保存")
	record, err := h.app.FindRecordById("customers", other)
	must(p.t, err)
	if record.GetString("mobile") != phone {
		p.t.Errorf("%s could not confirm: the phone is %s", who, record.GetString("mobile"))
	}
	p.excused = append(p.excused, "status of 409", "/customers/records/"+other)
	p.until("the dialog is gone", `!document.querySelector(".kehu-record")`)
}

// handsOver gives the customer to another member in its panel.
func (p *tab) handsOver(h *house, id string) {
	p.t.Helper()
	p.visit("#/collections?collection=customers&record=" + id)
	p.click(".kehu-customer [data-act=handover]")
	p.click("dialog button[name=confirm_handover]")
	p.see("dialog [role=alert]", "请选择接收人")
	p.choose("dialog select[name=to]", h.staff("manager"))
	p.shot("admin-handover")
	p.click("dialog button[name=confirm_handover]")
	p.see(".kehu-customer .k-title", "郑经理")
	record, err := h.app.FindRecordById("customers", id)
	must(p.t, err)
	if record.GetString("owner") != h.staff("manager") {
		p.t.Errorf("the customer is still %s's", record.GetString("owner"))
	}
}
