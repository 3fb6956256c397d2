package hooks_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/tests"
)

func TestEveryAnswerHasItsSecurityHeaders(t *testing.T) {
	h := tests.Start(t)
	for name, a := range map[string]tests.Answer{
		"a list":          h.Do("sales", "GET", "/api/collections/customers/records", nil),
		"a refusal":       h.Do("", "GET", "/api/collections/customers/records", nil),
		"a closed door":   h.Do("superuser", "POST", "/api/sql", map[string]any{}),
		"nothing there":   h.Do("", "GET", "/api/nosuch", nil),
		"a false command": h.Do("", "GET", "/api/health", nil, "X-Kehu-Command", "guess"),
		"health":          h.Do("", "GET", "/api/kehu/health", nil),
	} {
		for header, want := range map[string]string{"X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
		policy := a.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "default-src 'none'") ||
			strings.Contains(policy, "http") || a.Header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: %s", name, policy)
		}
		if a.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS over plain HTTP", name)
		}
		if a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: open to other origins", name)
		}
	}
}

// A header that says who asks counts only from a proxy that was named.
func TestForwardedAddresses(t *testing.T) {
	h := tests.Start(t)
	h.Close()
	ipOf := func() string {
		t.Helper()
		a := h.Do("superuser", "GET", "/api/kehu/health", nil, "X-Forwarded-For", "203.0.113.9", "X-Real-IP",
			"203.0.113.9", "X-Forwarded-Proto", "https")
		if (a.Header.Get("Strict-Transport-Security") != "") != (len(h.Proxies) > 0) {
			t.Errorf("HSTS with proxies %v: %q", h.Proxies, a.Header.Get("Strict-Transport-Security"))
		}
		h.Do("", "POST", "/api/kehu/signin", map[string]any{"email": "x@example.com", "password": "x"},
			"X-Forwarded-For", "198.51.100.1, 203.0.113.9")
		var names []string
		err := h.App.DB().NewQuery("SELECT name FROM kehu_failures WHERE name LIKE 'address%'").Column(&names)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(names, ",")
	}
	h.Open()
	if got := ipOf(); got != "address 127.0.0.1" {
		t.Errorf("nobody is trusted, and the failure counts for %s", got)
	}
	h.Close()
	h.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	h.Open()
	if got := ipOf(); !strings.Contains(got, "address 203.0.113.9") || strings.Contains(got, "198.51") {
		t.Errorf("behind the named proxy the failure counts for %s", got)
	}
}

func TestSettingsCannotBeLoosened(t *testing.T) {
	h := tests.Start(t)
	for name, change := range map[string]map[string]any{
		"limits off":    {"rateLimits": map[string]any{"enabled": false}},
		"a limit wider": {"rateLimits": map[string]any{"rules": []any{}}},
		"a free office": {"rateLimits": map[string]any{"excludedIPs": []string{"0.0.0.0/0"}}},
		"any proxy":     {"trustedProxy": map[string]any{"headers": []string{"X-Forwarded-For"}}},
		"big batches":   {"batch": map[string]any{"enabled": true, "maxRequests": 100000, "timeout": 3}},
		"no log":        {"logs": map[string]any{"maxDays": 0}},
		"plain backups": {"backups": map[string]any{"cron": "* * * * *"}},
		"files to S3":   {"s3": map[string]any{"enabled": true, "bucket": "b", "region": "r", "endpoint": "https://s3.example", "accessKey": "k", "secret": "s"}},
	} {
		a := h.Do("superuser", "PATCH", "/api/settings", change)
		if a.Status != 403 || a.Code("") != "settings_fixed" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	a := h.Do("superuser", "PATCH", "/api/settings", map[string]any{"smtp": map[string]any{"enabled": true,
		"host": "smtp.example.com", "port": 465, "username": "u", "password": "p", "tls": true},
		"meta": map[string]any{"appName": "我们的客户", "appURL": "https://crm.example.com", "senderName": "客户登记",
			"senderAddress": "crm@example.com"}})
	if a.Status != 200 || h.App.Settings().SMTP.Password != "p" {
		t.Errorf("the mail server: %d %s", a.Status, a.Body)
	}
	h.Close()
	h.Open()
	s := h.App.Settings()
	if s.Meta.AppName != "我们的客户" || !s.RateLimits.Enabled || s.SMTP.Host != "smtp.example.com" {
		t.Errorf("after a restart: %s", s)
	}
}

func TestTheProductsCollectionsStayAsTheyAre(t *testing.T) {
	h := tests.Start(t)
	staff, err := h.App.FindCollectionByNameOrId("staff")
	if err != nil {
		t.Fatal(err)
	}
	secret := staff.AuthToken.Secret
	for name, c := range map[string]struct {
		path string
		body map[string]any
	}{
		"a rule":          {"customers", map[string]any{"listRule": ""}},
		"sign-up":         {"staff", map[string]any{"createRule": ""}},
		"a known secret":  {"staff", map[string]any{"authToken": map[string]any{"duration": 28800, "secret": strings.Repeat("a", 50)}}},
		"long sessions":   {"staff", map[string]any{"authToken": map[string]any{"duration": 86400}}},
		"a field":         {"customers", map[string]any{"fields": []any{}}},
		"another name":    {"customers", map[string]any{"name": "clients"}},
		"sign-in by mail": {"staff", map[string]any{"otp": map[string]any{"enabled": true, "duration": 180, "length": 4}}},
		"owners by id":    {"pbc_3142635823", map[string]any{"authToken": map[string]any{"duration": 86400}}},
	} {
		a := h.Do("superuser", "PATCH", "/api/collections/"+c.path, c.body)
		if a.Status != 403 || a.Code("") != "collection_fixed" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if staff, _ = h.App.FindCollectionByNameOrId("staff"); staff.AuthToken.Secret != secret {
		t.Error("the secret of the members' tokens is another")
	}
	for name, a := range map[string]tests.Answer{
		"delete":        h.Do("superuser", "DELETE", "/api/collections/tags", nil),
		"truncate":      h.Do("superuser", "DELETE", "/api/collections/tags/truncate", nil),
		"import":        h.Do("superuser", "PUT", "/api/collections/import", map[string]any{"collections": []any{}}),
		"impersonate":   h.Do("superuser", "POST", "/api/collections/staff/impersonate/"+h.Staff["sales"], map[string]any{}),
		"e-mail change": h.Do("sales", "POST", "/api/collections/staff/request-email-change", map[string]any{"newEmail": "owner@example.com"}),
		"an open view": h.Do("superuser", "POST", "/api/collections", map[string]any{"name": "leak", "type": "view",
			"viewQuery": "SELECT id, mobile FROM customers", "listRule": ""}),
		"more accounts": h.Do("superuser", "POST", "/api/collections", map[string]any{"name": "users", "type": "auth"}),
	} {
		if a.Status != 403 {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	a := h.Do("superuser", "POST", "/api/collections", map[string]any{"name": "notes_of_owner", "type": "base"})
	if a.Status != 200 {
		t.Errorf("an owner's own collection: %d %s", a.Status, a.Body)
	}
}

// TestNothingThatWasAskedIsInTheRequestLog plants a value in every place that a request has.
func TestNothingThatWasAskedIsInTheRequestLog(t *testing.T) {
	h := tests.Start(t)
	const canary = "13912845078"
	h.Do("sales", "GET", "/api/collections/customers/records?filter=mobile%3D'"+canary+"'", nil)
	h.Do("sales", "GET", "/api/collections/customers/records?filter=mobile%3D%3D'"+canary+"'(", nil)
	h.Do("service", "GET", "/api/collections/customers/records?sort=mobile&filter=mobile~%22"+canary+"%22", nil,
		"Referer", "http://127.0.0.1/?q="+canary)
	h.Do("sales", "GET", "/api/kehu/search?q="+canary, nil)
	h.Do("sales", "POST", "/api/collections/customers/records", map[string]any{"kind": canary, "mobile": canary + "1", "name": canary})
	h.Do("", "POST", "/api/kehu/signin", map[string]any{"email": canary, "password": canary})
	h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]any{"identity": canary, "password": canary})
	var n int
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if err := h.App.AuxDB().NewQuery("SELECT count(*) FROM _logs").Row(&n); err != nil {
			t.Fatal(err)
		}
		if n >= 6 {
			break
		}
	}
	logs := []*core.Log{}
	if err := h.App.LogQuery().All(&logs); err != nil || len(logs) < 6 {
		t.Fatalf("%d entries: %v", len(logs), err)
	}
	for _, log := range logs {
		text, err := log.Data.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(log.Message+string(text), canary[:7]) {
			t.Errorf("%s %s", log.Message, text)
		}
	}
}

// One account is held, and its colleagues at the same address are not.
func TestAnAccountIsHeldAndTheOfficeIsNot(t *testing.T) {
	h := tests.Start(t)
	last := 0
	for range 101 {
		last = h.Do("sales", "GET", "/api/kehu/search?q=上海", nil).Status
	}
	if last != 429 {
		t.Errorf("the 101st search in ten seconds: %d", last)
	}
	if a := h.Do("sales2", "GET", "/api/kehu/search?q=上海", nil); a.Status != 200 {
		t.Errorf("a colleague: %d", a.Status)
	}
	if a := h.Do("sales", "GET", "/api/kehu/fields", nil); a.Status != 200 {
		t.Errorf("the same account elsewhere: %d", a.Status)
	}
}
