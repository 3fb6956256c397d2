package commands

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

func speaksForNobody(netip.Addr) bool { return false }

// fakeConn is a connection from one of two addresses.
type fakeConn struct {
	net.Conn
	port bool
}

func (f fakeConn) RemoteAddr() net.Addr {
	if f.port {
		return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 2}
	}
	return &net.TCPAddr{IP: net.ParseIP("::ffff:10.0.0.1"), Port: 1}
}

func ownCertificate(t *testing.T, dir string, now *time.Time, names ...string) *selfSigned {
	t.Helper()
	s := &selfSigned{dir: dir, names: func() []string { return names }, random: rand.Reader,
		clock: func() time.Time { return *now }, tell: func(string) {}}
	if err := s.open(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSelfSignedCertificate(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "https"), time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)
	first := ownCertificate(t, dir, &now, "server", "192.168.1.5")
	leaf := first.loaded.Leaf
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	for _, name := range []string{"server", "192.168.1.5"} {
		_, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: name, CurrentTime: now})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if leaf.IsCA || leaf.NotAfter.Sub(now) > 825*24*time.Hour {
		t.Errorf("an authority %v, until %v", leaf.IsCA, leaf.NotAfter)
	}
	for _, name := range []string{selfSignedKey, selfSignedCert} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	again := ownCertificate(t, dir, &now, "server")
	if fingerprintOf(again.loaded.Leaf) != fingerprintOf(leaf) {
		t.Error("a restart makes another certificate")
	}
	moved := ownCertificate(t, dir, &now, "server", "192.168.1.77")
	if fingerprintOf(moved.loaded.Leaf) == fingerprintOf(leaf) || len(moved.loaded.Leaf.IPAddresses) != 2 {
		t.Errorf("a new address is not taken up: %v", moved.loaded.Leaf.IPAddresses)
	}
	now = moved.loaded.Leaf.NotAfter.Add(-29 * 24 * time.Hour) // the server ran on all the time
	renewed, err := moved.current(nil)
	if err != nil || !renewed.Leaf.NotAfter.After(now.Add(700*24*time.Hour)) {
		t.Fatalf("not renewed before its end: %v %v", renewed.Leaf.NotAfter, err)
	}
	if !renewed.Leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool }).Equal(leaf.PublicKey) {
		t.Error("the key changed with the certificate")
	}
	kept := ownCertificate(t, dir, &now, "server")
	if fingerprintOf(kept.loaded.Leaf) != fingerprintOf(renewed.Leaf) {
		t.Error("the renewed certificate was not kept")
	}
}

func TestCertificateFilesAreReadAgain(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)
	made := ownCertificate(t, filepath.Join(dir, "one"), &now, "one.example")
	var complaints []error
	f := &certFiles{cert: made.path(selfSignedCert), key: made.path(selfSignedKey),
		clock: func() time.Time { return now }, complain: func(err error) { complaints = append(complaints, err) }}
	get := func() string {
		t.Helper()
		c, err := f.current(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.DNSNames[0]
	}
	if got := get(); got != "one.example" {
		t.Fatal(got)
	}
	other := ownCertificate(t, filepath.Join(dir, "two"), &now, "two-longer.example")
	for _, name := range []string{selfSignedCert, selfSignedKey} { // renewed while the server runs
		text, err := os.ReadFile(other.path(name))
		if err != nil || os.WriteFile(made.path(name), text, 0o600) != nil {
			t.Fatal(err)
		}
	}
	if got := get(); got != "one.example" {
		t.Errorf("the files are looked at for every connection: %s", got)
	}
	now = now.Add(2 * time.Second)
	if got := get(); got != "two-longer.example" {
		t.Errorf("the new certificate is not taken: %s", got)
	}
	if err := os.WriteFile(made.path(selfSignedCert), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Second)
	if got := get(); got != "two-longer.example" || len(complaints) != 1 {
		t.Errorf("a damaged file stops the server: %s %v", got, complaints)
	}
	lost := &certFiles{cert: "nowhere", key: "nowhere", clock: f.clock, complain: f.complain}
	if _, err := lost.current(nil); err == nil {
		t.Error("a start without a certificate")
	}
}

// running starts a register and stops it with the test.
func running(t *testing.T, d doors, change ...func(*place)) (s *server, stop func() error) {
	t.Helper()
	dir := t.TempDir()
	p := &place{dir: dir + "/data", keys: dir + "/keys"}
	for _, c := range change {
		c(p)
	}
	lock, _, err := p.lockDir()
	if err != nil {
		t.Fatal(err)
	}
	s, err = p.open(lock, fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}, serving)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.serve(d); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceValue(s.stop)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return s, stop
}

func TestServingHTTPS(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0") // a free port
	if err != nil {
		t.Fatal(err)
	}
	plain.Close()
	lead := plain.Addr().String()
	s, _ := running(t, doors{selfSigned: true, https: "127.0.0.1:0", http: lead})
	var seen string
	pinned := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, VerifyConnection: func(c tls.ConnectionState) error {
			seen = fingerprintOf(c.PeerCertificates[0])
			return nil
		}}}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer pinned.CloseIdleConnections()
	response, err := pinned.Get(s.URL + "/api/kehu/health")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 || response.Proto != "HTTP/2.0" || seen != s.print ||
		!strings.HasPrefix(response.Header.Get("Strict-Transport-Security"), "max-age=") {
		t.Errorf("%d %s, HSTS %q, fingerprint %s of %s", response.StatusCode, response.Proto,
			response.Header.Get("Strict-Transport-Security"), seen, s.print)
	}
	response, err = pinned.Get("http://" + lead + "/page?a=b")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if at := response.Header.Get("Location"); response.StatusCode != 308 || at != s.URL+"/page?a=b" ||
		response.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("%d to %s, HSTS %q", response.StatusCode, at, response.Header.Get("Strict-Transport-Security"))
	}
	old := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}
	if c, err := tls.Dial("tcp", s.URL[len("https://"):], old); err == nil {
		c.Close()
		t.Error("TLS 1.1 is spoken")
	}
	c, err := s.place.find(t.Context())
	if err != nil || !strings.HasPrefix(c.base, "http://127.0.0.1:") {
		t.Errorf("a command finds %v, %v", c, err)
	}
}

// A stop lets a request that is at work finish, ends live streams, and takes nothing new.
func TestStoppingLetsRequestsFinish(t *testing.T) {
	s, stop := running(t, doors{http: "127.0.0.1:0"})
	live, err := http.Get(s.URL + "/api/realtime")
	if err != nil {
		t.Fatal(err)
	}
	defer live.Body.Close()
	if _, err := io.ReadAtLeast(live.Body, make([]byte, 8), 8); err != nil {
		t.Fatal(err)
	}
	const first, second = `{"email":"x@example.com",`, `"password":"not the right one"}`
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = fmt.Fprintf(c, "POST /api/kehu/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", len(first)+len(second), first)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // it is at work
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	if _, err := io.Copy(io.Discard, live.Body); err != nil && !strings.Contains(err.Error(), "EOF") {
		t.Errorf("the live stream: %v", err)
	}
	// the stop waits for it: longer than the second that PocketBase gives
	time.Sleep(1500 * time.Millisecond)
	if _, err := io.WriteString(c, second); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusBadRequest || !strings.Contains(string(said), "signin_wrong") {
		t.Errorf("the request at work was answered %d %s, %v", response.StatusCode, said, err)
	}
	response.Body.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(s.URL + "/api/kehu/health"); err == nil {
		t.Error("it still answers")
	}
}

// Whoever sends nothing is let go, and the others are served meanwhile.
func TestSlowClients(t *testing.T) {
	s, _ := running(t, doors{http: "127.0.0.1:0"})
	address := strings.TrimPrefix(s.URL, "http://")
	var idle []net.Conn
	for range 300 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")); err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/kehu/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != 200 {
		t.Fatalf("behind 300 slow clients: %v %v", response, err)
	}
	response.Body.Close()
	_ = idle[0].SetReadDeadline(time.Now().Add(2 * headerTime))
	if _, err := io.Copy(io.Discard, idle[0]); err != nil {
		t.Errorf("a client that never ends its header is kept: %v", err)
	}
	huge, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer huge.Close()
	go io.Copy(huge, strings.NewReader("GET / HTTP/1.1\r\nHost: x\r\nX-Huge: "+strings.Repeat("a", 1<<20)+"\r\n\r\n"))
	answer := make([]byte, 12)
	if _, err := io.ReadFull(huge, answer); err != nil || string(answer) != "HTTP/1.1 431" {
		t.Errorf("a header of a megabyte: %s %v", answer, err)
	}
}
