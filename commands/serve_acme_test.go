package commands

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// freeAddress is one on loopback at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A certificate is asked for under the name that was given and no other: whoever asks for another one, or
// for none, has nothing fetched.
func TestOnlyTheNamedDomainIsAskedFor(t *testing.T) {
	var asked atomic.Int64
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "not today", http.StatusForbidden)
	}))
	defer authority.Close()
	lead := freeAddress(t)
	s, _ := running(t, doors{domains: []string{"kehu.example.com"}, https: "127.0.0.1:0", http: lead, authority: authority.URL})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "https://"))
	greet := func(name string) error {
		c, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		if err == nil {
			c.Close()
		}
		return err
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d calls before anybody came", n)
	}
	for _, name := range []string{"other.example.com", "www.kehu.example.com", "kehu.example.com.evil.example", "localhost", ""} {
		if greet(name) == nil || asked.Load() != 0 {
			t.Errorf("asked as %q: %d calls out of the building", name, asked.Load())
		}
	}
	if greet("kehu.example.com") == nil || asked.Load() == 0 {
		t.Error("nothing was asked for under the own name")
	}
	for host, want := range map[string]int{"other.example.com": http.StatusForbidden, "kehu.example.com": http.StatusNotFound} {
		request, err := http.NewRequest(http.MethodGet, "http://"+lead+"/.well-known/acme-challenge/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("a proof for %s: %d", host, response.StatusCode)
		}
	}
	if kept, _ := os.ReadDir(filepath.Join(s.place.keys, acmeDir)); len(kept) == 0 {
		t.Error("the account's key does not lie in the keys folder")
	}
}

// Files that are renewed while the server runs are served from the next connection on.
func TestARenewedCertificateIsServed(t *testing.T) {
	now := time.Now()
	first := ownCertificate(t, filepath.Join(t.TempDir(), "one"), &now, "one.example")
	second := ownCertificate(t, filepath.Join(t.TempDir(), "two"), &now, "two-longer.example")
	s, _ := running(t, doors{cert: first.path(selfSignedCert), key: first.path(selfSignedKey), https: "127.0.0.1:0"})
	shown := func() string {
		t.Helper()
		c, err := tls.Dial("tcp", strings.TrimPrefix(s.URL, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].DNSNames[0]
	}
	if got := shown(); got != "one.example" {
		t.Fatal(got)
	}
	for _, name := range []string{selfSignedCert, selfSignedKey} {
		text, err := os.ReadFile(second.path(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(first.path(name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(lookAgain + 100*time.Millisecond)
	if got := shown(); got != "two-longer.example" {
		t.Errorf("after the renewal: %s", got)
	}
}

// Behind a named proxy the log has the address of who asks; a header from anybody else is nothing.
func TestTheLogHasRealAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		proxies []string
		want    string
	}{
		"behind its network": {[]string{"127.0.0.0/8"}, "203.0.113.9"},
		"from anybody":       {nil, "127.0.0.1"},
	} {
		proxies, err := prefixes(c.proxies)
		if err != nil {
			t.Fatal(err)
		}
		s, stop := running(t, doors{http: "127.0.0.1:0"}, func(p *place) { p.proxies = proxies })
		request, err := http.NewRequest(http.MethodPost, s.inner+"/api/kehu/signin", strings.NewReader(`{"email":"x@example.com","password":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Forwarded-For", "198.51.100.1, 203.0.113.9")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		found := map[string]int{}
		for range 100 { // entries are written together, every few seconds
			logs := []*core.Log{}
			if err := s.app.LogQuery().All(&logs); err != nil {
				t.Fatal(err)
			}
			for _, log := range logs {
				if from := fmt.Sprint(log.Data["userIP"]); log.Data["userIP"] != nil {
					found[from]++
				}
			}
			if len(found) > 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if found[c.want] == 0 || len(found) != 1 {
			t.Errorf("%s: %v", name, found)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
	if !(&server{place: &place{proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}}).speaksForMany(netip.MustParseAddr("10.0.0.7")) {
		t.Error("a proxy is held to the share of one")
	}
}
