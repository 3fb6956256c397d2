package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/pocketbase/pocketbase/core"
)

// adminTab opens the built-in admin UI as the owner of the system, or as the account of the member
// with that name.
func (h *house) adminTab(who string) *tab {
	h.t.Helper()
	h.save(core.CollectionNameSuperusers, map[string]any{"email": "owner@example.com"})
	if who != "owner" {
		h.save(core.CollectionNameSuperusers, map[string]any{"email": who + "@example.com"})
	}
	p := openTab(h.t, h.url)
	if p == nil {
		return nil
	}
	p.do(chromedp.Navigate(h.url + "/_/"))
	p.until("the sign-in", `document.querySelector("#login_identity")`)
	p.write("#login_identity", who+"@example.com")
	p.write("#login_pass", password)
	p.press("登录")
	p.see(".app-main-nav", "客户")
	return p
}

func TestOwnerWorksInTheAdminUI(t *testing.T) {
	h := openHouse(t)
	sales, err := h.app.FindAuthRecordByEmail("staff", "sales@example.com")
	must(t, err)
	id := h.save("customers", map[string]any{"kind": "enterprise", "name": "Name",
		"owner": sales.Id, "status": "active", "mobile": "13912845078", "industry": "C40",
		"uscc": "91440300708461136T"})
	_ = id
	p := h.adminTab("owner")
	if p == nil {
		return
	}
	p.see(".page-table-wrapper", "Name")
	p.shot("admin-list")
	p.clean()
}
