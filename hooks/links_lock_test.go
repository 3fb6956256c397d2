package hooks_test

import (
	"testing"

	"kehu/tests"
)

// A member who locked themselves out, where they have signed in before, comes in by a one-time link; and
// the tries of a second factor count no more once it is taken away.
func TestALinkLiftsTheLock(t *testing.T) {
	h := tests.Start(t)
	signIn(t, h, "sales", "sales@example.com", tests.Password("sales"))
	for range 5 {
		try(h, "sales@example.com", "a wrong one")
	}
	if a := try(h, "sales@example.com", tests.Password("sales")); a.Status != 429 {
		t.Fatalf("five wrong tries: %d", a.Status)
	}
	code := h.Do("data_admin", "POST", "/api/kehu/staff/"+h.Staff["sales"]+"/link", nil).Text("code")
	a := h.Do("", "POST", "/api/kehu/links/use", map[string]any{"code": code, "password": tests.Password("unlocked")})
	if a.Status != 204 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	signIn(t, h, "sales", "sales@example.com", tests.Password("unlocked"))

	enrol(t, h, "manager", tests.Password("manager"))
	for range 5 {
		give(h, try(h, "manager@example.com", tests.Password("manager")).Text("mfaId"), "123456")
	}
	if a := h.Do("data_admin", "DELETE", "/api/kehu/staff/"+h.Staff["manager"]+"/factor", nil); a.Status != 204 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	var left int
	if err := h.App.DB().NewQuery("SELECT count(*) FROM kehu_failures WHERE name LIKE 'factor %'").Row(&left); err != nil || left != 0 {
		t.Errorf("%d counts of a factor that is gone, %v", left, err)
	}
}
