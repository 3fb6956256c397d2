package hooks

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// What a page of each part of the appliance may load: nothing from another host, ever. The built-in
// admin UI sets styles in its elements; PocketBase's own policy would also let it ask
// openstreetmap.org and whatever listens on this machine.
const (
	webPolicy = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; " +
		"base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
	adminPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; " +
		"frame-ancestors 'none'; form-action 'self'"
	apiPolicy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)

const permissions = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), " +
	"display-capture=()"

// yearOfTLS tells a browser that came by HTTPS to come no other way for a year.
const yearOfTLS = "max-age=31536000"

// headers sets the security headers of every answer, refusals and missing pages included. It takes
// the place of PocketBase's own.
func (h *House) headers(e *core.RequestEvent) error {
	if saysForwarded(e.Request) {
		e.Set(forwardedKey, true)
	}
	h.trustProxies(e.Request)
	header, p := e.Response.Header(), e.Request.URL.Path
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Permissions-Policy", permissions)
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	if e.IsTLS() || len(h.options.Proxies) > 0 && e.Request.Header.Get("X-Forwarded-Proto") == "https" {
		header.Set("Strict-Transport-Security", yearOfTLS)
	}
	switch {
	case strings.HasPrefix(p, "/_/"):
		header.Set("Content-Security-Policy", adminPolicy)
	case strings.HasPrefix(p, "/api/"):
		header.Set("Content-Security-Policy", apiPolicy)
		header.Set("Cache-Control", "no-store")
	default:
		header.Set("Content-Security-Policy", webPolicy)
	}
	return e.Next()
}

// forwarded are the headers by which a proxy tells who asks.
var forwarded = []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded",
	"X-Real-Ip", "Cf-Connecting-Ip", "True-Client-Ip", "Fly-Client-Ip", "X-Client-Ip"}

func saysForwarded(r *http.Request) bool {
	for _, name := range forwarded {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// trustProxies drops what only a named proxy may say: PocketBase believes such a header whoever
// sends it, and lock-outs, limits and the log would go by a made-up address. Of a chain of named
// proxies each adds the address that it saw: the last one that is no proxy's is who asks.
func (h *House) trustProxies(r *http.Request) {
	from, ok := addressOf(r.RemoteAddr)
	if !ok || !h.proxy(from) {
		for _, name := range forwarded {
			r.Header.Del(name)
		}
		return
	}
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(said) - 1; i >= 0; i-- {
		address, ok := addressOf(strings.TrimSpace(said[i]))
		if !ok {
			break // what stands before is no proxy's word
		}
		from = address
		if !h.proxy(address) {
			break
		}
	}
	r.Header.Set("X-Forwarded-For", from.String())
}

// proxy tells whether an address is that of a web server in front.
func (h *House) proxy(address netip.Addr) bool {
	for _, proxy := range h.options.Proxies {
		if proxy.Contains(address) {
			return true
		}
	}
	return false
}

func addressOf(hostPort string) (netip.Addr, bool) {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	address, err := netip.ParseAddr(host)
	return address.Unmap().WithZone(""), err == nil
}
