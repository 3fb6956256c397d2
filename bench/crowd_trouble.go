package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// How many make trouble, and how.
const (
	slowClients  = 20
	oversized    = 32 << 20 // bytes of a body
	oversizeEach = 2 * time.Second
	floodClients = 4
)

// idleEnds is when the server itself lets go of a connection on which nothing happens; a browser comes back then.
const idleEnds = 5 * time.Minute

// idle holds a realtime connection on which nothing happens until the end, as a browser does.
func (c *crowd) idle(ctx context.Context) {
	for {
		begun := time.Now()
		err := c.listen(ctx)
		held := time.Since(begun)
		if errors.Is(err, errTooFast) && !c.over(ctx) { // so many from one address at once wait, as they are told
			c.wait(paceWindow)
			continue
		}
		if err == nil && !c.over(ctx) {
			if held >= idleEnds-10*time.Second {
				continue // it comes back
			}
			err = fmt.Errorf("let go of after %.0f s", held.Seconds())
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if err == nil {
			c.alive++
		} else if len(c.strayed) < crowdTold {
			c.strayed = append(c.strayed, err.Error())
		}
		return
	}
}

// listen holds one connection until it ends or the run does; an error is one that was not taken.
func (c *crowd) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", *c.base.Load()+"/api/realtime", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultTransport.RoundTrip(request) // no limit of time
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusTooManyRequests:
		return errTooFast
	default:
		return errors.New(response.Status)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, response.Body)
	}()
	select {
	case <-c.stop:
	case <-ended:
	}
	return nil
}

// trouble is what a server meets: clients that send a byte at a time, bodies that are too large, one
// account that asks without end. The rest must not feel it.
func (c *crowd) trouble(ctx context.Context) {
	for range slowClients {
		c.done.Go(func() { c.crawl(ctx) })
	}
	c.done.Go(func() { c.oversize(ctx) })
	token := c.r.tokens["manager"]
	for range floodClients {
		c.done.Go(func() { c.flood(ctx, token) })
	}
}

// crawl sends a header byte by byte; the server ends that.
func (c *crowd) crawl(ctx context.Context) {
	at, err := url.Parse(*c.base.Load())
	if err != nil {
		return
	}
	for !c.over(ctx) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at.Host)
		if err != nil {
			c.note(false, "a slow client: %v", err)
			return
		}
		begun := time.Now()
		for _, b := range []byte("GET /api/health HTTP/1.1\r\nHost: x\r\nX-Slow: " + strings.Repeat("x", 600)) {
			if _, err := conn.Write([]byte{b}); err != nil || c.over(ctx) {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		_ = conn.Close()
		if !c.over(ctx) {
			c.note(time.Since(begun) < time.Minute, "a slow client was held for %v", time.Since(begun))
		}
	}
}

func (c *crowd) over(ctx context.Context) bool {
	select {
	case <-c.stop:
		return true
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

// oversize sends bodies that no record has.
func (c *crowd) oversize(ctx context.Context) {
	for !c.over(ctx) {
		body := io.MultiReader(strings.NewReader(`{"name":"`), io.LimitReader(endless{}, oversized), strings.NewReader(`"}`))
		request, err := http.NewRequestWithContext(ctx, "POST", *c.base.Load()+"/api/collections/customers/records", body)
		if err != nil {
			return
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", c.tokens[0])
		response, err := c.client.Do(request)
		if err == nil {
			response.Body.Close()
			c.note(response.StatusCode >= 400 && response.StatusCode < 500, "a body too large: %d", response.StatusCode)
		} // an error: the connection was closed while the body was sent, which is an answer too
		c.wait(oversizeEach)
	}
}

// wait ends with the run, too.
func (c *crowd) wait(long time.Duration) {
	select {
	case <-c.stop:
	case <-time.After(long):
	}
}

// endless is a text without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// flood asks as one account without a pause; it is told to wait.
func (c *crowd) flood(ctx context.Context, token string) {
	for !c.over(ctx) {
		request, err := http.NewRequestWithContext(ctx, "GET", *c.base.Load()+"/api/kehu/search?q="+url.QueryEscape("公司"), nil)
		if err != nil {
			return
		}
		request.Header.Set("Authorization", token)
		response, err := c.client.Do(request)
		if err != nil {
			c.note(c.over(ctx), "a flood: %v", err)
			return
		}
		_, _ = bufio.NewReader(response.Body).WriteTo(io.Discard)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			c.note(response.StatusCode == http.StatusTooManyRequests, "a flood: %d", response.StatusCode)
			time.Sleep(10 * time.Millisecond)
		}
	}
}
