package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestFilesOfTheApp: every file carries the policy that keeps other hosts and inline scripts out, is
// not sent twice, and what is not there is not answered by the start page.
func TestFilesOfTheApp(t *testing.T) {
	h := openHouse(t)
	get := func(path, known string) *http.Response {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, h.url+path, nil)
		must(t, err)
		request.Header.Set("If-None-Match", known)
		answer, err := http.DefaultClient.Do(request)
		must(t, err)
		must(t, answer.Body.Close())
		return answer
	}
	for path, kind := range map[string]string{"/": "text/html", "/app/main.js": "text/javascript",
		"/style/kehu.css": "text/css", "/favicon.svg": "image/svg+xml"} {
		first := get(path, "")
		if first.StatusCode != http.StatusOK || !strings.HasPrefix(first.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", path, first.StatusCode, first.Header.Get("Content-Type"))
		}
		policy := first.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", path, policy)
		}
		if again := get(path, first.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s asked for again: %d", path, again.StatusCode)
		}
	}
	for _, path := range []string{"/app/nothing.js", "/app/", "/../go.mod", "/words"} {
		if answer := get(path, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}
