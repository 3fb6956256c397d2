package hooks

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/signin"
)

// Faults of signing in. The first says nothing of what was wrong, and it is the same for an e-mail
// that nobody has; so is the second, which counts by what was typed.
var (
	ErrSignInWrong = fault.Define("signin_wrong", "邮箱或密码不正确，或账号已停用",
		"Wrong e-mail or password, or the account is switched off")
	ErrSignInLocked = fault.Define("signin_locked", "失败次数过多，请 {minutes} 分钟后再试",
		"Too many failed tries, wait {minutes} minutes")
)

// signIns is what signing in keeps in memory: one try at a time for each account, and the steps
// between password and second factor.
type signIns struct {
	sync.Mutex
	busy    map[string]*turn
	tickets map[string]*ticket
	judges  chan struct{} // places of those who are judged now
}

// judge waits for a place among those whose secrets are compared now. A comparison is meant to cost
// much: with all of a flood at once nobody else would be served, so that one processor stays free.
func (s *signIns) judge(ctx context.Context) (done func(), err error) {
	s.Lock()
	if s.judges == nil {
		s.judges = make(chan struct{}, max(1, runtime.NumCPU()-1))
	}
	judges := s.judges
	s.Unlock()
	select {
	case judges <- struct{}{}:
		return func() { <-judges }, nil
	case <-ctx.Done(): // whoever asked is gone
		return nil, ctx.Err()
	}
}

type turn struct {
	sync.Mutex
	waiting int
}

// turnOf lets tries of one account wait for each other: a hundred at once would otherwise all be
// judged before the first was counted.
func (s *signIns) turnOf(name string) (done func()) {
	s.Lock()
	if s.busy == nil {
		s.busy = map[string]*turn{}
	}
	t := s.busy[name]
	if t == nil {
		t = &turn{}
		s.busy[name] = t
	}
	t.waiting++
	s.Unlock()
	t.Lock()
	return func() {
		t.Unlock()
		s.Lock()
		if t.waiting--; t.waiting == 0 {
			delete(s.busy, name)
		}
		s.Unlock()
	}
}

// try is one attempt at something that must not be guessed.
type try struct {
	h       *House
	e       *core.RequestEvent
	names   []string // under which a failure counts, the account's first
	limits  []int
	account string // the account's name, for its addresses; "" where none are kept
	address string
	now     int64
}

// accountName stands for an e-mail in the tables of failures: people type passwords into the wrong
// field, so what was typed is not kept.
func (h *House) accountName(email string) string {
	return hex.EncodeToString(h.keys.BlindIndex("signin", strings.ToLower(strings.TrimSpace(email))))
}

// signInTry is a try of a password. An address from which the account has signed in before counts
// by itself, so that somebody elsewhere who guesses does not lock the person out of the office.
func (h *House) signInTry(e *core.RequestEvent, email string) (*try, error) {
	t := h.newTry(e, h.accountName(email))
	t.account = t.names[0]
	known, err := collections.KnowsAddress(collections.Through(e.App.DB()), t.account, t.address)
	if known {
		t.names[0] += "@" + t.address
	}
	return t, err
}

// newTry is a try of anything, counted under a name and by the address it comes from.
func (h *House) newTry(e *core.RequestEvent, name string) *try {
	address := networkOf(e.RealIP())
	lockout := h.policies.Load().SignIn.Lockout
	return &try{h: h, e: e, address: address, now: h.options.Clock().UnixMilli(),
		names: []string{name, "address " + address}, limits: []int{lockout.Failures, lockout.AddressFailures}}
}

// networkOf is what one person has of addresses: an IPv6 customer is given a whole /64.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	network, _ := ip.Prefix(64)
	return network.String()
}

// run judges, one try of an account after the other, and counts. A closed account is not judged at
// all: a right guess made then would tell nothing.
func (t *try) run(judge func() (bool, error)) error {
	done := t.h.signIns.turnOf(t.names[0])
	defer done()
	judged, err := t.h.signIns.judge(t.e.Request.Context())
	if err != nil {
		return err
	}
	defer judged()
	db := collections.Through(t.e.App.DB())
	for _, name := range t.names {
		f, err := collections.FailuresOf(db, name)
		if err != nil {
			return err
		}
		if wait := f.Until - t.now; wait > 0 {
			return t.locked(time.Duration(wait) * time.Millisecond)
		}
	}
	ok, err := judge()
	if err != nil {
		return err
	}
	if !ok {
		return t.failed()
	}
	return t.succeeded()
}

func (t *try) locked(wait time.Duration) error {
	t.e.Response.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
	return refuse(t.e, http.StatusTooManyRequests,
		ErrSignInLocked.With("minutes", int(wait/time.Minute)+1))
}

func (t *try) failed() error {
	lockout := t.h.policies.Load().SignIn.Lockout
	err := t.e.App.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		for i, name := range t.names {
			f, err := collections.FailuresOf(db, name)
			if err != nil {
				return err
			}
			if t.now-f.Last > signin.Memory.Milliseconds() {
				f.N = 0
			}
			f.N, f.Last = f.N+1, t.now
			f.Until = t.now + signin.Closed(lockout, t.limits[i], f.N).Milliseconds()
			if err := collections.SetFailures(db, name, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return refuse(t.e, http.StatusBadRequest, ErrSignInWrong)
}

// succeeded forgets the account's failures. Those of the address stay: whoever has one account
// could otherwise guess at others for ever.
func (t *try) succeeded() error {
	db := collections.Through(t.e.App.DB())
	return collections.ForgetFailures(db, t.names[0])
}
