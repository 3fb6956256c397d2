package e2e

import (
	"strings"
	"testing"
)

// TestPurgeInTheAdminUI: what was kept long enough is destroyed on the word of two, and a certificate
// stays that anybody who saw the customer can read.
func TestPurgeInTheAdminUI(t *testing.T) {
	h := openHouse(t)
	id := h.save("customers", map[string]any{"kind": "enterprise", "name": "嘉兴销毁仪器有限公司",
		"owner": h.staff("sales"), "landline": "021-62341234"})
	h.sql("UPDATE customers SET status = 'active' WHERE id = '" + id + "'")
	for _, who := range []string{"manager", "admin"} {
		h.save("_superusers", map[string]any{"email": who + "@example.com"})
	}
	p := h.adminTab("sales")
	if p == nil {
		return
	}
	said := p.result(`app.pb.send("/api/kehu/customers/" + %s + "/archive", {method: "POST",
		body: {reason: "客户已停业，不再往来", last_contact: "2020-03-01"}})`, id)
	if !strings.HasPrefix(said, "ok") {
		t.Fatal(said)
	}
	p.becomes("manager")
	p.approves("归档")
	p.opens("archives", "嘉兴销毁仪器有限公司")
	p.until("it cannot be destroyed yet", `!document.querySelector("[data-act=purge]")`)
	h.sql("UPDATE archives SET retain_until = '2025-01-01'")
	p.click("button[name=find]")
	p.click("[data-act=purge]")
	p.see("dialog", "不能恢复")
	p.write("dialog textarea[name=reason]", "保存期满，按制度销毁")
	p.shot("admin-purge")
	p.click("button[name=confirm_purge]")
	p.see(".k-toasts", "销毁申请已提交")
	p.becomes("admin")
	p.approves("销毁")
	p.opens("archives", "归档库")
	p.choose("select[name=state]", "purged")
	p.click("[data-act=certificate]")
	p.see("dialog [data-certificate]", "保存期满，按制度销毁")
	p.see("dialog [data-certificate]", "沈数据")
	p.see("dialog [data-certificate]", "郑经理")
	p.shot("admin-certificate")
	for _, text := range js[[]string](p, "JSON.parse("+texts+")") {
		if !codes.MatchString(text) && mostlyLatin(text) {
			t.Errorf("the certificate says %q", text)
		}
	}
	p.clean()
}

func (h *house) sql(statement string) {
	h.t.Helper()
	_, err := h.app.NonconcurrentDB().NewQuery(statement).Execute()
	must(h.t, err)
}
