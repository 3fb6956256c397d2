package commands

import (
	"net"
	"net/netip"
	"sync"
)

// Limits of connections. An idle one costs some kilobytes: 4,096 of them stay well within the
// memory that a register has. One address may hold an eighth; an office behind one address has
// hardly more browsers than that has room for.
const (
	maxConnections = 4096
	maxPerAddress  = 512
)

// limited is a listener that closes what goes beyond its limits at once, so that a flood from one
// address leaves the others served. This machine and named web servers in front are held by the
// whole number only: they speak for many.
type limited struct {
	net.Listener
	most, mostEach int
	free           func(netip.Addr) bool

	mu    sync.Mutex
	total int
	each  map[netip.Addr]int
}

func newLimited(l net.Listener, most, mostEach int, free func(netip.Addr) bool) *limited {
	return &limited{Listener: l, most: most, mostEach: mostEach, free: free, each: map[netip.Addr]int{}}
}

// Accept waits for a connection within the limits.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := remoteOf(c)
		if l.enter(from) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		c.Close()
	}
}

func (l *limited) enter(from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.most || l.each[from] >= l.mostEach && !l.free(from) {
		return false
	}
	l.total++
	l.each[from]++
	return true
}

func (l *limited) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.each[from]--; l.each[from] <= 0 {
		delete(l.each, from)
	}
}

// counted is a connection that gives its place back when it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}

func remoteOf(c net.Conn) netip.Addr {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}
