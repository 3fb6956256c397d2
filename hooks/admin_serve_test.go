package hooks_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kehu/hooks"
	"kehu/tests"
)

func withAdmin(o *hooks.Options) { o.Admin = os.DirFS(filepath.Join("..", "admin_ui")) }

// TestNoOldAdminUIIsKept: what a browser has of the admin UI it asks for again with every visit, and
// gets a new one only when there is one.
func TestNoOldAdminUIIsKept(t *testing.T) {
	h := tests.Start(t, withAdmin)
	for _, path := range []string{"/_/extensions.js", "/_/extensions/kehu/start.js",
		"/_/extensions/kehu/style.css"} {
		a := h.Do("", "GET", path, nil)
		if a.Status != http.StatusOK || a.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d, kept as %q", path, a.Status, a.Header.Get("Cache-Control"))
		}
		policy := a.Header.Get("Content-Security-Policy")
		if strings.Contains(policy, "http") || !strings.Contains(policy, "default-src 'self'") {
			t.Errorf("%s may load %q", path, policy)
		}
		mark := a.Header.Get("ETag")
		if path == "/_/extensions.js" {
			continue // it is put together with every request
		}
		if again := h.Do("", "GET", path, nil, "If-None-Match", mark); again.Status != http.StatusNotModified {
			t.Errorf("%s is sent again although nothing has changed: %d, mark %s", path, again.Status, mark)
		}
		if other := h.Do("", "GET", path, nil, "If-None-Match", `"earlier"`); other.Status != http.StatusOK {
			t.Errorf("%s of another version is not replaced: %d", path, other.Status)
		}
	}
	if body := string(h.Do("", "GET", "/_/extensions.js", nil).Body); !strings.Contains(body, "kehu/start.js") {
		t.Errorf("the admin UI does not run the extension: %s", body)
	}
}

// TestAccountSaysWhoWorks: an account of the admin UI with a member's e-mail is that member.
func TestAccountSaysWhoWorks(t *testing.T) {
	h := tests.Start(t)
	h.Link("sales")
	for role, want := range map[string]string{"linked_sales": "staff", "sales": "staff",
		"superuser": "_superusers"} {
		if a := h.Do(role, "GET", "/api/kehu/account", nil); a.Text("collection") != want {
			t.Errorf("%s works as one of %q, not %q", role, a.Text("collection"), want)
		}
	}
	if a := h.Do("linked_sales", "GET", "/api/kehu/account", nil); a.Text("id") != h.Staff["sales"] {
		t.Errorf("the linked account is %s, not the member %s", a.Text("id"), h.Staff["sales"])
	}
	for _, role := range []string{"linked_sales", "superuser"} {
		if a := h.Do(role, "GET", "/api/collections/meta/oauth2-providers", nil); a.Status != http.StatusOK {
			t.Errorf("the admin UI of %s cannot start: %d %s", role, a.Status, a.Body)
		}
	}
	if a := h.Do("sales", "GET", "/api/collections/meta/oauth2-providers", nil); a.Status == http.StatusOK {
		t.Error("the staff app reads what is the admin UI's")
	}
}
