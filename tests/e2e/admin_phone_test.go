package e2e

import "testing"

// TestAdminNavigationOnAPhone: the section in use is seen in the navigation, and each is high enough for
// a thumb.
func TestAdminNavigationOnAPhone(t *testing.T) {
	h := openHouse(t)
	p := h.adminTab("owner")
	if p == nil {
		return
	}
	p.size(390, 844)
	for _, page := range []string{"#/kehu/dashboard", "#/kehu/audit", "#/kehu/tasks", "#/settings"} {
		p.visit(page)
		p.until(page+" is the current one", `document.querySelector(".app-main-nav .active")?.getAttribute("href") === %s`, page)
		p.until(page+" is seen in the navigation", inView, ".app-main-nav")
		if low := js[[]string](p, tooLow, ".app-main-nav a"); len(low) > 0 {
			t.Errorf("too low for a thumb: %q", low)
		}
	}
	p.shot("admin-phone")
	p.clean()
}
