package commands

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// secureAddress is where a request that came by HTTP is led: the host that it asked for where the
// register has no names of its own, the page and query as they were.
func secureAddress(r *http.Request, names []string, port string) (string, bool) {
	host := r.Host
	if name, _, err := net.SplitHostPort(r.Host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if len(names) > 0 && !slices.Contains(names, host) {
		host = names[0]
	}
	if _, err := netip.ParseAddr(host); err != nil && !plainHost(host) {
		return "", false
	}
	switch {
	case port != "443":
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	target := url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	return target.String(), true
}

// plainHost: letters, digits, dashes and dots, nothing that a browser could read as more.
func plainHost(host string) bool {
	return host != "" && len(host) <= 253 && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" &&
		!strings.HasPrefix(host, ".") && !strings.HasPrefix(host, "-")
}
