package commands

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"kehu/internal/fault"
)

// ErrCert: the certificate cannot be used.
var ErrCert = fault.Define("https_certificate", "证书 {file} 不能使用：{why}",
	"The certificate {file} cannot be used: {why}")

// lookAgain is how long the files of a certificate are not looked at after a look.
const lookAgain = time.Second

// certFiles is a certificate in two files. It is read again when they change, so that whoever renews
// it has nothing to restart.
type certFiles struct {
	cert, key string
	clock     func() time.Time
	complain  func(error) // about files that changed and cannot be used

	mu     sync.Mutex
	loaded *tls.Certificate
	stamp  string
	looked time.Time
}

// current is the certificate of the files as they are; where they cannot be used any more, the last
// one that could.
func (f *certFiles) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock()
	if f.loaded != nil && now.Sub(f.looked) < lookAgain && !now.Before(f.looked) {
		return f.loaded, nil
	}
	f.looked = now
	stamp := stampOfFiles(f.cert, f.key)
	if f.loaded != nil && stamp == f.stamp {
		return f.loaded, nil
	}
	f.stamp = stamp
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	switch {
	case err == nil:
		f.loaded = &pair
	case f.loaded == nil:
		return nil, ErrCert.With("file", f.cert, "why", err).Because(err)
	default:
		f.complain(ErrCert.With("file", f.cert, "why", err).Because(err))
	}
	return f.loaded, nil
}

// stampOfFiles changes when one of the files does.
func stampOfFiles(names ...string) string {
	stamp := ""
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			stamp += fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), ";")
		}
	}
	return stamp
}
