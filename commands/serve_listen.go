package commands

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// Limits against slow clients. Bodies have as long as PocketBase gives them (5 minutes): a workbook
// of 200 MB comes over a slow line too.
const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	maxHeaders = 64 << 10
)

// drainTime is how long a stop waits for requests that are at work. PocketBase gives them one
// second, after it has cancelled them.
const drainTime = 30 * time.Second

// acmeDir is the folder of the keys folder that holds certificates of a public authority and the
// account there.
const acmeDir = "acme"

// listening is what a server opens beside its own listener.
type listening struct {
	main     net.Listener // limited, in plain; the handshake stands on top
	commands net.Listener // loopback, where main speaks HTTPS or to the network; nil elsewhere
	metrics  net.Listener // loopback, for Prometheus; nil where nobody asks
	lead     net.Listener // HTTP that only leads to HTTPS; nil where there is none
	tls      *tls.Config  // nil: plain HTTP
	aside    []*http.Server
}

func (l *listening) close() {
	for _, one := range []net.Listener{l.main, l.commands, l.metrics, l.lead} {
		if one != nil {
			one.Close()
		}
	}
}

// serve listens and answers until stop. It returns once the server is ready, or failed.
func (s *server) serve(d doors) error {
	d, err := d.complete()
	if err != nil {
		return err
	}
	l, err := s.listen(d)
	if err != nil {
		return err
	}
	s.URL = d.shown(l.main.Addr())
	s.inner = "http://" + l.main.Addr().String()
	if l.commands != nil {
		s.inner = "http://" + l.commands.Addr().String()
	}
	if d.memory > 0 {
		debug.SetMemoryLimit(int64(d.memory) << 20)
	}
	s.app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: "kehuListen", Priority: -1,
		Func: func(e *core.ServeEvent) error { return s.answer(e, d, l) }})
	go func() {
		err := apis.Serve(s.app, apis.ServeConfig{HttpAddr: l.main.Addr().String(),
			AllowedOrigins: []string{s.URL}, CertificateDomains: d.domains})
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		s.ended <- err
	}()
	select {
	case <-s.ready:
		if s.first != nil {
			if err := s.first(); err != nil {
				l.close()
				return err
			}
		}
		return s.announce()
	case err := <-s.ended:
		l.close()
		return err
	}
}

// listen opens every address before anything answers: a port that is taken stops the start.
func (s *server) listen(d doors) (*listening, error) {
	l := &listening{}
	open := func(address string) net.Listener {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			l.close()
			return nil
		}
		return newLimited(listener, maxConnections, maxPerAddress, s.speaksForMany)
	}
	if d.metrics != "" {
		if l.metrics = open(d.metrics); l.metrics == nil {
			return nil, ErrListen.With("address", d.metrics)
		}
	}
	if !d.secure() {
		if l.main = open(d.http); l.main == nil {
			return nil, ErrListen.With("address", d.http)
		}
		if onLoopback(d.http) {
			return l, nil
		}
	} else if l.main = open(d.https); l.main == nil {
		return nil, ErrListen.With("address", d.https)
	}
	if l.commands = open(loopbackDoors.http); l.commands == nil {
		return nil, ErrListen.With("address", loopbackDoors.http)
	}
	if !d.secure() {
		return l, nil
	}
	if d.http != "" {
		if l.lead = open(d.http); l.lead == nil {
			return nil, ErrListen.With("address", d.http)
		}
	}
	err := s.certify(d, l)
	if err != nil {
		l.close()
	}
	return l, err
}

// speaksForMany tells of addresses that are not held to the share of one.
func (s *server) speaksForMany(from netip.Addr) bool {
	if from.IsLoopback() {
		return true
	}
	for _, proxy := range s.place.proxies {
		if proxy.Contains(from) {
			return true
		}
	}
	return false
}

// certify finds the certificate; that of a public authority comes with PocketBase's manager, once
// it is there.
func (s *server) certify(d doors, l *listening) error {
	l.tls = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	switch {
	case d.selfSigned:
		own := &selfSigned{dir: filepath.Join(s.place.keys, selfSignedDir), names: namesOfMachine,
			clock: time.Now, random: rand.Reader, tell: func(print string) {
				s.app.Logger().Info("self-signed certificate", "sha256", print)
			}}
		if err := own.open(); err != nil {
			return err
		}
		s.print = fingerprintOf(own.loaded.Leaf)
		l.tls.GetCertificate = own.current
	case d.cert != "":
		files := &certFiles{cert: d.cert, key: d.key, clock: time.Now, complain: func(err error) {
			s.app.Logger().Error("certificate", "error", err.Error())
		}}
		if _, err := files.current(nil); err != nil {
			return err
		}
		l.tls.GetCertificate = files.current
	}
	return nil
}

// answer puts the listeners and their limits on the server that PocketBase is about to start.
func (s *server) answer(e *core.ServeEvent, d doors, l *listening) error {
	e.InstallerFunc = nil
	e.Listener = l.main
	e.Server.ReadHeaderTimeout, e.Server.IdleTimeout = headerTime, idleTime
	e.Server.MaxHeaderBytes = maxHeaders
	var lead http.Handler = leadToHTTPS(d, l)
	if len(d.domains) > 0 {
		e.CertManager.Cache = autocert.DirCache(filepath.Join(s.place.keys, acmeDir))
		e.CertManager.HostPolicy = autocert.HostWhitelist(d.domains...) // PocketBase adds www. to each
		if d.authority != "" {
			e.CertManager.Client = &acme.Client{DirectoryURL: d.authority}
		}
		l.tls.GetCertificate = e.CertManager.GetCertificate
		l.tls.NextProtos = append(l.tls.NextProtos, acme.ALPNProto)
		lead = e.CertManager.HTTPHandler(lead)
	}
	if l.tls != nil {
		e.Server.TLSConfig = l.tls
		e.Listener = tls.NewListener(l.main, l.tls)
	}
	s.drainAtTheEnd(e.Server, l)
	if err := e.Next(); err != nil {
		return err
	}
	if s.upgraded != nil {
		if err := s.house.NoteUpgrade(s.upgraded.detail()); err != nil {
			return err
		}
	}
	if l.commands != nil {
		go e.Server.Serve(l.commands)
	}
	aside := func(handler http.Handler, at net.Listener) {
		if at == nil {
			return
		}
		one := &http.Server{Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: headerTime,
			WriteTimeout: headerTime, IdleTimeout: headerTime, MaxHeaderBytes: maxHeaders,
			ErrorLog: e.Server.ErrorLog}
		l.aside = append(l.aside, one)
		go one.Serve(at)
	}
	aside(lead, l.lead)
	aside(http.HandlerFunc(s.metrics), l.metrics)
	s.ready <- true
	return nil
}

// drainAtTheEnd lets requests that are at work finish before what is left is cancelled: PocketBase
// would cancel them as the stop begins. Live streams would never end: they are told to.
func (s *server) drainAtTheEnd(answering *http.Server, l *listening) {
	atWork, cut := context.WithCancel(context.Background())
	answering.BaseContext = func(net.Listener) context.Context { return atWork }
	s.app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Id: "kehuDrain", Priority: -10_000,
		Func: func(e *core.TerminateEvent) error {
			s.house.EndStreams()
			ctx, cancel := context.WithTimeout(context.Background(), drainTime)
			defer cancel()
			defer cut()
			for _, one := range l.aside {
				one.Close()
			}
			if err := answering.Shutdown(ctx); err != nil {
				s.app.Logger().Warn("requests were cut off by the stop", "error", err.Error())
			}
			return e.Next()
		}})
}

// metrics answers a Prometheus server on this machine.
func (s *server) metrics(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/metrics" {
		http.NotFound(w, r)
		return
	}
	var text bytes.Buffer
	if err := s.house.WriteMetrics(r.Context(), &text, s.place.version); err != nil {
		s.app.Logger().Error("metrics", "error", err.Error())
		http.Error(w, "see the log", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = text.WriteTo(w) // whoever asked may be gone
}

// leadToHTTPS sends whoever came by HTTP to the same page by HTTPS.
func leadToHTTPS(d doors, l *listening) http.Handler {
	_, port, _ := net.SplitHostPort(l.main.Addr().String())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target, ok := secureAddress(r, d.domains, port)
		if !ok {
			http.Error(w, "HTTPS", http.StatusBadRequest)
			return
		}
		w.Header().Set("Connection", "close")
		http.Redirect(w, r, target, http.StatusPermanentRedirect)
	})
}
