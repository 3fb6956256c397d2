package commands

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// howMany is few in a usual run and all that is asked for in a full one.
func howMany(few, all int) int {
	if os.Getenv("KEHU_FULL") != "" {
		return all
	}
	return few
}

// isServed expects that others are: they look, save and sign in within the time that a person waits.
func isServed(t *testing.T, s *server, beside string) {
	t.Helper()
	c := &client{base: s.inner, secret: s.secret}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var worst time.Duration
	for i := range 10 {
		begin := time.Now()
		err := c.call(ctx, http.MethodGet, "/api/collections/customers/records?sort=-updated", nil, nil)
		if err == nil {
			err = c.call(ctx, http.MethodPost, "/api/collections/customers/records",
				map[string]any{"kind": "enterprise", "name": fmt.Sprintf("%s旁的%d有限公司", beside, i), "confirm_duplicate": "test"}, nil)
		}
		if err != nil {
			t.Fatalf("beside %s: %v", beside, err)
		}
		worst = max(worst, time.Since(begin))
	}
	t.Logf("beside %s a look and a save took %v at the most", beside, worst)
	if worst > 5*time.Second {
		t.Errorf("beside %s a look and a save took %v", beside, worst)
	}
}

// Whoever sends a body a byte at a time holds nothing that another needs.
func TestSlowBodies(t *testing.T) {
	s, _ := running(t, doors{http: "127.0.0.1:0"})
	address := strings.TrimPrefix(s.inner, "http://")
	paths := []string{"/api/kehu/signin", "/api/kehu/setup", "/api/collections/staff/auth-with-password", "/api/realtime"}
	var open []net.Conn
	for i := range howMany(100, 400) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
			paths[i%len(paths)]); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	stop := make(chan struct{})
	var crawling sync.WaitGroup
	crawling.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
			for _, c := range open {
				_, _ = c.Write([]byte(" "))
			}
		}
	})
	isServed(t, s, "slow bodies")
	close(stop)
	crawling.Wait()
}

// A thousand who only listen cost little, are all kept, and leave nothing behind.
func TestIdleRealtimeConnections(t *testing.T) {
	s, _ := running(t, doors{http: "127.0.0.1:0"})
	isServed(t, s, "nothing")
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := howMany(200, 1000)
	transport := &http.Transport{DisableKeepAlives: true}
	var mu sync.Mutex
	var all sync.WaitGroup
	lost, greeted := 0, make(chan bool, n)
	for range n {
		all.Go(func() {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.inner+"/api/realtime", nil)
			if err != nil {
				greeted <- false
				return
			}
			response, err := transport.RoundTrip(request)
			if err != nil {
				greeted <- false
				return
			}
			defer response.Body.Close()
			lines := bufio.NewReader(response.Body)
			first, err := lines.ReadString('\n')
			greeted <- err == nil && strings.HasPrefix(first, "id:")
			_, _ = io.Copy(io.Discard, lines)
			if ctx.Err() == nil { // the server let it go
				mu.Lock()
				lost++
				mu.Unlock()
			}
		})
	}
	for range n {
		if !<-greeted {
			t.Fatal("a connection was not greeted")
		}
	}
	isServed(t, s, "those who listen")
	cancel()
	all.Wait()
	if lost > 0 {
		t.Errorf("%d of %d were let go", lost, n)
	}
	transport.CloseIdleConnections()
	after := 0
	for range 100 { // the server notices that they are gone
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		if after = runtime.NumGoroutine(); after <= before+20 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d once all %d are gone", before, after, n)
}
