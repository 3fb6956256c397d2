package commands

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long a self-signed certificate lasts: browsers and phones take up to 825 days from one that
// people let in by hand. It is made anew a month before its end.
const (
	selfSignedLife  = 825 * 24 * time.Hour
	selfSignedRenew = 30 * 24 * time.Hour
	selfSignedBack  = time.Hour // clocks of the office differ
)

// Names of the files in the keys folder.
const (
	selfSignedDir  = "https"
	selfSignedCert = "self-signed.crt"
	selfSignedKey  = "self-signed.key"
)

// selfSigned is a certificate that this machine makes for itself, for a local network. It is a
// leaf, no authority: who lets it in trusts this register and nothing else.
type selfSigned struct {
	dir    string          // the keys folder's
	names  func() []string // by which the machine is reached: names and addresses
	clock  func() time.Time
	random io.Reader
	tell   func(fingerprint string) // of a new one

	mu     sync.Mutex
	loaded *tls.Certificate
}

// open takes the certificate that is there, or makes one where there is none, it ends soon, or the
// machine has got another name or address.
func (s *selfSigned) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	pair, err := tls.LoadX509KeyPair(s.path(selfSignedCert), s.path(selfSignedKey))
	if err == nil {
		s.loaded = &pair
		if s.lasts() && len(s.missing()) == 0 {
			return nil
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return ErrCert.With("file", s.path(selfSignedCert), "why", err).Because(err)
	}
	return s.renew()
}

// current is the certificate for a connection; it is renewed in time, also where the server runs on
// for years.
func (s *selfSigned) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.lasts() {
		if err := s.renew(); err != nil && s.clock().After(s.loaded.Leaf.NotAfter) {
			return nil, err
		}
	}
	return s.loaded, nil
}

func (s *selfSigned) path(name string) string { return filepath.Join(s.dir, name) }

func (s *selfSigned) lasts() bool {
	return s.loaded != nil && s.clock().Add(selfSignedRenew).Before(s.loaded.Leaf.NotAfter)
}

// covered are the names of the certificate that is loaded.
func (s *selfSigned) covered() []string {
	if s.loaded == nil {
		return nil
	}
	names := slices.Clone(s.loaded.Leaf.DNSNames)
	for _, ip := range s.loaded.Leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

func (s *selfSigned) missing() []string {
	covered := s.covered()
	return slices.DeleteFunc(s.names(), func(name string) bool { return slices.Contains(covered, name) })
}

// renew makes a certificate and keeps it. The key stays the one that was there.
func (s *selfSigned) renew() error {
	key, _ := s.key()
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), s.random); err != nil {
			return err
		}
	}
	names := s.covered()
	names = append(names, s.missing()...)
	der, err := s.sign(key, names)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	certText := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyText := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	pair, err := tls.X509KeyPair(certText, keyText)
	if err != nil {
		return err
	}
	// the key first: it is the same, or there was none
	err = errors.Join(copyTo(s.path(selfSignedKey), bytes.NewReader(keyText)),
		copyTo(s.path(selfSignedCert), bytes.NewReader(certText)))
	if err != nil {
		return err
	}
	s.loaded = &pair
	s.tell(fingerprintOf(pair.Leaf))
	return nil
}

func (s *selfSigned) key() (*ecdsa.PrivateKey, bool) {
	if s.loaded == nil {
		return nil, false
	}
	key, ok := s.loaded.PrivateKey.(*ecdsa.PrivateKey)
	return key, ok
}

func (s *selfSigned) sign(key *ecdsa.PrivateKey, names []string) ([]byte, error) {
	number := make([]byte, 16)
	if _, err := io.ReadFull(s.random, number); err != nil {
		return nil, err
	}
	number[0] &= 0x7f // a serial number is positive and of 20 bytes at most (RFC 5280, 4.1.2.2)
	now := s.clock()
	template := &x509.Certificate{SerialNumber: new(big.Int).SetBytes(number),
		Subject:   pkix.Name{CommonName: "Kehu " + names[0], Organization: []string{"Kehu self-signed"}},
		NotBefore: now.Add(-selfSignedBack), NotAfter: now.Add(selfSignedLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return x509.CreateCertificate(s.random, template, template, &key.PublicKey, key)
}

// fingerprintOf is what a browser shows of a certificate, SHA-256, to be compared by eye.
func fingerprintOf(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// namesOfMachine are the names and addresses by which this machine is reached in its network. IPv6
// addresses change from day to day (RFC 8981), and each would bring another fingerprint.
func namesOfMachine() []string {
	names := []string{}
	if name, err := os.Hostname(); err == nil && name != "" {
		name = strings.ToLower(name)
		names = append(names, name)
		if !strings.Contains(name, ".") {
			names = append(names, name+".local")
		}
	}
	names = append(names, "localhost", "127.0.0.1", "::1")
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		ip := prefix.Addr().Unmap().WithZone("")
		if ip.Is4() && ip.IsGlobalUnicast() && !slices.Contains(names, ip.String()) {
			names = append(names, ip.String())
		}
	}
	return names
}
