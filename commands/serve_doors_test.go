package commands

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestDoors(t *testing.T) {
	for name, c := range map[string]struct {
		given       doors
		http, https string
		refused     error
	}{
		"nothing":                   {doors{}, "127.0.0.1:8090", "", nil},
		"another port":              {doors{http: "localhost:80"}, "localhost:80", "", nil},
		"IPv6 loopback":             {doors{http: "[::1]:80"}, "[::1]:80", "", nil},
		"the network, in plain":     {doors{http: "0.0.0.0:80"}, "", "", ErrPlainHTTP},
		"every address, in plain":   {doors{http: ":8090"}, "", "", ErrPlainHTTP},
		"an office address":         {doors{http: "192.168.1.5:8090"}, "", "", ErrPlainHTTP},
		"a name":                    {doors{http: "server:8090"}, "", "", ErrPlainHTTP},
		"loopback as a longer name": {doors{http: "127.0.0.1.example.com:80"}, "", "", ErrPlainHTTP},
		"forced":                    {doors{http: "0.0.0.0:80", anyway: true}, "0.0.0.0:80", "", nil},
		"a domain":                  {doors{domains: []string{"kehu.example.com"}}, "0.0.0.0:80", "0.0.0.0:443", nil},
		"self-signed":               {doors{selfSigned: true}, "", "0.0.0.0:8443", nil},
		"self-signed, leading":      {doors{selfSigned: true, http: "0.0.0.0:80"}, "0.0.0.0:80", "0.0.0.0:8443", nil},
		"files":                     {doors{cert: "a", key: "b", https: "0.0.0.0:443"}, "", "0.0.0.0:443", nil},
		"a certificate without key": {doors{cert: "a"}, "", "", ErrOneHTTPS},
		"a key without certificate": {doors{key: "a"}, "", "", ErrOneHTTPS},
		"two ways":                  {doors{selfSigned: true, domains: []string{"kehu.example.com"}}, "", "", ErrOneHTTPS},
		"an address without a way":  {doors{https: "0.0.0.0:443"}, "", "", ErrOneHTTPS},
		"an address as a domain":    {doors{domains: []string{"192.168.1.5"}}, "", "", ErrDomain},
		"a name of the office":      {doors{domains: []string{"server"}}, "", "", ErrDomain},
		"a local name":              {doors{domains: []string{"server.local"}}, "", "", ErrDomain},
		"a file as a domain":        {doors{domains: []string{"../x.com"}}, "", "", ErrDomain},
	} {
		got, err := c.given.complete()
		if !errors.Is(err, c.refused) {
			t.Errorf("%s: %v", name, err)
		} else if err == nil && (got.http != c.http || got.https != c.https) {
			t.Errorf("%s: %q %q", name, got.http, got.https)
		}
	}
}

func TestLeadingToHTTPS(t *testing.T) {
	for name, c := range map[string]struct {
		host, path, port string
		names            []string
		want             string
	}{
		"as it was asked":   {"crm.office", "/a?b=%20c", "443", nil, "https://crm.office/a?b=%20c"},
		"another port":      {"crm.office:80", "/", "8443", nil, "https://crm.office:8443/"},
		"an address":        {"192.168.1.5", "/", "8443", nil, "https://192.168.1.5:8443/"},
		"IPv6":              {"[fd00::1]:80", "/", "443", nil, "https://[fd00::1]/"},
		"a name not ours":   {"evil.example", "/x", "443", []string{"crm.example.com"}, "https://crm.example.com/x"},
		"one of ours":       {"www.example.com", "/", "443", []string{"example.com", "www.example.com"}, "https://www.example.com/"},
		"a user in front":   {"a@evil.example", "/", "443", nil, ""},
		"nothing":           {"", "/", "443", nil, ""},
		"a slash":           {"evil.example/x", "/", "443", nil, ""},
		"two slashes ahead": {"crm.office", "//evil.example/", "443", nil, "https://crm.office//evil.example/"},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://x"+c.path, nil)
		r.Host = c.host
		got, ok := secureAddress(r, c.names, c.port)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q %v", name, got, ok)
		}
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	l := newLimited(inner, 3, 2, speaksForNobody)
	from := remoteOf(fakeConn{})
	other := remoteOf(fakeConn{port: true})
	for range 2 {
		if !l.enter(from) {
			t.Error("an address does not get its share")
		}
	}
	if l.enter(from) {
		t.Error("one address is not held to its share")
	}
	if !l.enter(other) || l.enter(other) {
		t.Error("all together are not held to the whole")
	}
	l.leave(from)
	if !l.enter(other) || len(l.each) != 2 {
		t.Error("a place that was given back is not given again")
	}
	l.leave(from)
	if len(l.each) != 1 {
		t.Errorf("addresses that are gone are remembered: %v", l.each)
	}
}

// A domain is the same in capitals: browsers ask for it in small letters.
func TestDomainsAreInSmallLetters(t *testing.T) {
	given := []string{"Kehu.Example.COM"}
	d, err := doors{domains: given}.complete()
	if err != nil || d.domains[0] != "kehu.example.com" || given[0] != "Kehu.Example.COM" {
		t.Errorf("%v %v %v", d.domains, given, err)
	}
}

// Commands come by loopback wherever people come in.
func TestCommandsComeByLoopback(t *testing.T) {
	s, _ := running(t, doors{http: "0.0.0.0:0", anyway: true})
	if !strings.HasPrefix(s.inner, "http://127.0.0.1:") || s.inner == s.URL {
		t.Errorf("commands come by %s", s.inner)
	}
	c := &client{base: s.inner, secret: s.secret}
	if err := c.call(t.Context(), "GET", "/api/kehu/backups", nil, nil); err != nil {
		t.Error(err)
	}
}
