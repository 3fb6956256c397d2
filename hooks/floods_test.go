package hooks_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kehu/tests"
)

// A flood of sign-ins from one address for everybody, and one from everywhere for one account, are
// judged a few times and then turned away; those who are signed in work on, and others sign in.
func TestFloodsOfSignIns(t *testing.T) {
	h := tests.Start(t)
	h.Close()
	h.Proxies = loopback
	h.Open()
	from := func(format string, n int) []string { return []string{"X-Forwarded-For", fmt.Sprintf(format, n)} }
	var judged, away, other atomic.Int64
	var all sync.WaitGroup
	count := func(a tests.Answer) {
		switch a.Status {
		case http.StatusBadRequest:
			judged.Add(1)
		case http.StatusTooManyRequests:
			away.Add(1)
		default:
			other.Add(1)
		}
	}
	begun := time.Now()
	for i := range 150 {
		all.Go(func() { count(try(h, fmt.Sprintf("someone%d@example.com", i), "x", "X-Forwarded-For", "203.0.113.9")) })
		all.Go(func() { count(try(h, "manager@example.com", fmt.Sprint("guess ", i), from("198.51.100.%d", i)...)) })
	}
	ended := make(chan struct{})
	go func() { all.Wait(); close(ended) }()
	var worst time.Duration
	asked := 0
	for over := false; !over; {
		begin := time.Now()
		a := h.Do("sales", "GET", "/api/collections/customers/records?sort=-updated&skipTotal=1", nil, from("192.0.2.%d", 1)...)
		worst = max(worst, time.Since(begin))
		if asked++; a.Status != 200 {
			t.Errorf("who is signed in meanwhile: %d %s", a.Status, a.Body)
		}
		select {
		case <-ended:
			over = true
		case <-time.After(20 * time.Millisecond):
		}
	}
	// 50 failures close the address, 5 the account
	if judged.Load() > 55 || away.Load() < 245 || other.Load() > 0 {
		t.Errorf("%d were judged, %d turned away, %d otherwise", judged.Load(), away.Load(), other.Load())
	}
	if worst > 2*time.Second {
		t.Errorf("a list took %v meanwhile", worst)
	}
	t.Logf("%d lists beside the floods of %v, the slowest took %v", asked, time.Since(begun), worst)
	if a := try(h, "sales@example.com", tests.Password("sales"), from("192.0.2.%d", 2)...); a.Status != 200 {
		t.Errorf("another account from another address: %d %s", a.Status, a.Body)
	}
	if a := try(h, "manager@example.com", tests.Password("manager"), from("192.0.2.%d", 2)...); a.Status != 429 {
		t.Errorf("the account that was guessed at: %d", a.Status)
	}
}

// A flood of requests that are refused does not fill the disk: the log keeps the first of each minute and
// says that there were more; what else happens is kept.
func TestAFloodDoesNotFillTheLog(t *testing.T) {
	h := tests.Start(t)
	for range 400 {
		h.Do("", "GET", "/api/nosuch", nil)
	}
	h.Do("sales", "GET", "/api/collections/customers/records", nil)
	var refused, marked, served int
	for range 100 { // entries are written together, every few seconds
		err := h.App.AuxDB().NewQuery("SELECT coalesce(sum(data ->> 'status' = 404), 0), coalesce(sum(data ->> 'following' <> ''), 0), "+
			"coalesce(sum(data ->> 'status' = 200), 0) FROM _logs").Row(&refused, &marked, &served)
		if err != nil {
			t.Fatal(err)
		}
		if served > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if refused != 300 || marked != 1 || served == 0 {
		t.Errorf("%d refusals are kept, %d say that there were more, %d answers", refused, marked, served)
	}
}
