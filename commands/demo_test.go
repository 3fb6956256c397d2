package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"kehu/demo"
)

// screen is what a command prints, readable while it runs.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// run starts a command line and answers what it prints and how it ends.
func run(ctx context.Context, args ...string) (*screen, chan error) {
	out, ended := &screen{}, make(chan error, 1)
	root := Root(fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}, "test")
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(out)
	go func() { ended <- root.ExecuteContext(ctx) }()
	return out, ended
}

func waitForText(t *testing.T, out *screen, ended chan error, text string) {
	t.Helper()
	for range 600 {
		if strings.Contains(out.String(), text) {
			return
		}
		select {
		case err := <-ended:
			t.Fatalf("ended with %v:\n%s", err, out.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatalf("no %q in\n%s", text, out.String())
}

var signInLine = regexp.MustCompile(`(\S+@demo\.example)\s+(\S{12,})`)

// TestServeDemo: on an empty machine one command gives a company to sign in to and a file to
// import.
func TestServeDemo(t *testing.T) {
	home := t.TempDir()
	dir := filepath.Join(home, "data")
	kept := filepath.Join(home, demo.WorkbookName)
	if err := os.WriteFile(kept, []byte("edited by a person"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	out, ended := run(ctx, "serve", "--demo", "--dir", dir, "--http", "127.0.0.1:0")
	waitForText(t, out, ended, "now import this file: ")
	printed := out.String()
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(printed)
	signIns := signInLine.FindAllStringSubmatch(printed, -1)
	if len(signIns) != 13 {
		t.Fatalf("%d sign-ins in\n%s", len(signIns), printed)
	}
	for _, s := range signIns[:2] {
		signIn(t, url, s[1], s[2])
	}
	_, sample, _ := strings.Cut(printed, "now import this file: ")
	sample = strings.TrimSpace(sample)
	if sample != filepath.Join(home, "示例客户表-2.xlsx") {
		t.Errorf("the sample is %s", sample)
	}
	if content, err := os.ReadFile(sample); err != nil || !bytes.HasPrefix(content, []byte("PK")) {
		t.Errorf("the sample cannot be read: %v", err)
	}
	if content, _ := os.ReadFile(kept); string(content) != "edited by a person" {
		t.Error("a file that was there is written over")
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	_, ended = run(context.Background(), "serve", "--demo", "--dir", dir, "--http", "127.0.0.1:0")
	if err := <-ended; !errors.Is(err, ErrDemo) {
		t.Errorf("a second demonstration in the same directory: %v", err)
	}
}

// signIn asks for a token and, with it, for the customers that the account sees.
func signIn(t *testing.T, url, email, password string) {
	t.Helper()
	collection := "staff"
	if strings.HasPrefix(email, "owner@") {
		collection = "_superusers"
	}
	body, err := json.Marshal(map[string]string{"identity": email, "password": password})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url+"/api/collections/"+collection+"/auth-with-password",
		"application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var signedIn struct{ Token string }
	if err := json.NewDecoder(response.Body).Decode(&signedIn); err != nil || signedIn.Token == "" {
		t.Fatalf("%s cannot sign in: %s, %v", email, response.Status, err)
	}
	request, err := http.NewRequest("GET", url+"/api/collections/customers/records?perPage=5", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", signedIn.Token)
	list, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Body.Close()
	var page struct{ Items []any }
	if err := json.NewDecoder(list.Body).Decode(&page); err != nil || len(page.Items) != 5 {
		t.Errorf("%s sees %d customers, %v", email, len(page.Items), err)
	}
}
