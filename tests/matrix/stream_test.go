package matrix

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"kehu/tests"
)

// stream is a realtime connection of a role.
type stream struct {
	g      *garden
	role   string
	id     string
	close  context.CancelFunc
	mu     sync.Mutex
	events map[string][]string // topic → data
}

// listen connects and waits for the client's id.
func listen(g *garden, role string) *stream {
	g.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &stream{g: g, role: role, close: cancel, events: map[string][]string{}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL+"/api/realtime", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		g.t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(make([]byte, 1<<20), 1<<20)
		topic := ""
		for lines.Scan() {
			key, value, _ := strings.Cut(lines.Text(), ":")
			switch key {
			case "event":
				topic = value
			case "data":
				s.take(topic, value, ready)
			}
		}
	}()
	select {
	case s.id = <-ready:
	case <-time.After(30 * time.Second):
		g.t.Fatal("no realtime connection")
	}
	return s
}

func (s *stream) take(topic, data string, ready chan<- string) {
	if topic == "PB_CONNECT" {
		var hello struct{ ClientID string }
		_ = json.Unmarshal([]byte(data), &hello)
		ready <- hello.ClientID
		return
	}
	topic, _, _ = strings.Cut(topic, "?")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events[topic] = append(s.events[topic], data)
}

func (s *stream) subscribe(topic string, query map[string]any) tests.Answer {
	return s.subscribeAll(map[string]map[string]any{topic: query})
}

func (s *stream) subscribeAll(topics map[string]map[string]any) tests.Answer {
	s.g.t.Helper()
	var names []string
	for topic, query := range topics {
		options, _ := json.Marshal(map[string]any{"query": query})
		names = append(names, topic+"?options="+url.QueryEscape(string(options)))
	}
	return s.g.Do(s.role, "POST", "/api/realtime", map[string]any{"clientId": s.id, "subscriptions": names})
}

// until waits for a topic's first event.
func (s *stream) until(topic string) []string {
	s.g.t.Helper()
	for range 500 {
		s.mu.Lock()
		events := append([]string(nil), s.events[topic]...)
		s.mu.Unlock()
		if len(events) > 0 {
			return events
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.g.t.Errorf("%s is told nothing of %s", s.role, topic)
	return nil
}

func (s *stream) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all strings.Builder
	for _, events := range s.events {
		all.WriteString(strings.Join(events, "\n"))
	}
	return all.String()
}
