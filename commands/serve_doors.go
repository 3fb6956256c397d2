package commands

import (
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"

	"kehu/internal/fault"
)

// Faults of how a register is asked to listen.
var (
	ErrPlainHTTP = fault.Define("http_not_loopback",
		"{address} 会把未加密的 HTTP 开放给网络；请用 kehu serve 域名、--cert 和 --key、或 --self-signed 提供 HTTPS，"+
			"确实需要时加 --http-anyway",
		"{address} would open plain HTTP to the network: serve HTTPS by kehu serve DOMAIN, by --cert and --key, "+
			"or by --self-signed; add --http-anyway where it must be")
	ErrOneHTTPS = fault.Define("https_one_way",
		"域名、--cert/--key、--self-signed 只能选一种；--https 须与其中一种同用",
		"Choose one of a domain, --cert with --key, and --self-signed; --https goes with one of them")
	ErrMetrics = fault.Define("metrics_not_loopback", "--metrics {address} 只能是本机地址，例如 127.0.0.1:9091",
		"--metrics {address} must be an address of this machine such as 127.0.0.1:9091")
	ErrDomain = fault.Define("https_domain", "“{name}”不是公网域名，例如 kehu.example.com；局域网请用 --self-signed",
		"“{name}” is no public domain name such as kehu.example.com; use --self-signed in a local network")
)

// Default addresses. A domain's certificate is asked for and proven on 443 and 80; a certificate of
// one's own needs no port that only root may open.
const (
	defaultAddress = "127.0.0.1:8090"
	domainHTTPS    = "0.0.0.0:443"
	domainHTTP     = "0.0.0.0:80"
	ownHTTPS       = "0.0.0.0:8443"
)

// doors are the addresses at which a register answers, and how.
type doors struct {
	http, https string   // in front of HTTPS, http only leads there
	domains     []string // with certificates of a public authority
	cert, key   string   // files
	selfSigned  bool
	anyway      bool   // plain HTTP, also to the network
	metrics     string // loopback, for Prometheus; "" = none
	memory      int    // MiB at which the collector of garbage begins to work harder
	authority   string // where domains' certificates are asked for; "" = Let's Encrypt
}

// loopbackDoors are those of a command's own server.
var loopbackDoors = doors{http: "127.0.0.1:0"}

// secure tells whether people come by HTTPS.
func (d doors) secure() bool { return len(d.domains) > 0 || d.cert != "" || d.selfSigned }

// complete fills in what was left out and refuses what makes no sense or would be unsafe.
func (d doors) complete() (doors, error) {
	ways := 0
	for _, chosen := range []bool{len(d.domains) > 0, d.cert != "" || d.key != "", d.selfSigned} {
		if chosen {
			ways++
		}
	}
	if ways > 1 || (d.cert == "") != (d.key == "") || d.https != "" && ways == 0 {
		return d, ErrOneHTTPS
	}
	domains := slices.Clone(d.domains)
	for i, name := range domains {
		if !publicName(name) {
			return d, ErrDomain.With("name", name)
		}
		domains[i] = strings.ToLower(name)
	}
	d.domains = domains
	if d.metrics != "" && !onLoopback(d.metrics) {
		return d, ErrMetrics.With("address", d.metrics)
	}
	if !d.secure() {
		if d.http == "" {
			d.http = defaultAddress
		}
		if !onLoopback(d.http) && !d.anyway {
			return d, ErrPlainHTTP.With("address", d.http)
		}
		return d, nil
	}
	if len(d.domains) > 0 && d.http == "" {
		d.http = domainHTTP
	}
	if d.https == "" {
		d.https = ownHTTPS
		if len(d.domains) > 0 {
			d.https = domainHTTPS
		}
	}
	return d, nil
}

// domainName is a name with a dot, of labels of letters, digits and dashes, whose last is no number.
var domainName = regexp.MustCompile(
	`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// localEnds are names that no public authority gives a certificate for.
var localEnds = []string{".local", ".lan", ".internal", ".home.arpa", ".localhost", ".test", ".invalid"}

func publicName(name string) bool {
	if len(name) > 253 || !domainName.MatchString(strings.ToLower(name)) {
		return false
	}
	for _, end := range localEnds {
		if strings.HasSuffix(strings.ToLower(name), end) {
			return false
		}
	}
	return true
}

// onLoopback tells whether an address is reached from this machine only.
func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// shown is the address that people type: a listener on every address is shown by the machine's name.
func (d doors) shown(listening net.Addr) string {
	scheme, usual := "http", "80"
	if d.secure() {
		scheme, usual = "https", "443"
	}
	host, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return scheme + "://" + listening.String()
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	if len(d.domains) > 0 {
		host = d.domains[0]
	}
	if port != usual {
		return scheme + "://" + net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host
}
