package commands

import (
	"net/http"
	"testing"
	"testing/fstest"
)

// TestOnlyTheOwnAddressMayAsk: pages of other hosts read nothing here. A page that comes from the
// register itself, under whatever name a web server in front gives it, needs no permission.
func TestOnlyTheOwnAddressMayAsk(t *testing.T) {
	dir := t.TempDir()
	p := &place{dir: dir + "/data", keys: dir + "/keys"}
	c, done, err := p.connect(t.Context(), fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := done(); err != nil {
			t.Error(err)
		}
	}()
	for origin, want := range map[string]string{"https://evil.example": "", "null": "", c.base: c.base,
		"http://127.0.0.1:1": ""} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			request, err := http.NewRequest(method, c.base+"/api/kehu/health", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Origin", origin)
			request.Header.Set("Access-Control-Request-Method", "GET")
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if got := response.Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s from %s is allowed to %q", method, origin, got)
			}
			if response.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s from %s brings credentials", method, origin)
			}
		}
	}
	request, err := http.NewRequest(http.MethodGet, c.base+"/api/kehu/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "crm.example.com" // a web server in front passes its own name on
	request.Header.Set("Origin", "https://crm.example.com")
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", response, err)
	}
	response.Body.Close()
	for path, want := range map[string]string{"/_/": adminCSP, "/": webCSP} {
		response, err := http.Get(c.base + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Content-Security-Policy"); response.StatusCode != 200 || got != want {
			t.Errorf("%s: %d %s", path, response.StatusCode, got)
		}
	}
}

// The policies of the pages, as browsers get them: no host but the own one.
const (
	adminCSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
		"object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
	webCSP = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; " +
		"frame-ancestors 'none'; form-action 'self'"
)
