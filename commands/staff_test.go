package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// The last data administrator, who has lost password, phone and recovery codes, comes in again by a link
// from the machine's console, and the audit log says that it was made there.
func TestLosingTheAdministrator(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	ctx, stop := context.WithCancel(t.Context())
	out, ended := run(ctx, "serve", "--dir", dir, "--http", "127.0.0.1:0")
	defer func() {
		stop()
		<-ended
	}()
	waitForText(t, out, ended, "/#/setup/")
	c := &client{base: regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(out.String())}
	ask := func(path string, body map[string]any, into any) error {
		return c.call(ctx, http.MethodPost, path, body, into)
	}
	code, err := os.ReadFile(filepath.Join(dir+"-keys", setupName))
	const email, old, fresh = "admin@example.com", "copper lantern drift", "granite orchard window"
	if err == nil {
		err = ask("/api/kehu/setup", map[string]any{"code": strings.TrimSpace(string(code)), "company": "试例有限公司",
			"name": "程望山", "email": email, "password": old}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	session := enrolled(t, ctx, c.base, email, old)
	if err := ask("/api/kehu/signin", map[string]any{"email": email, "password": old}, nil); err == nil {
		t.Fatal("it has no second factor")
	}

	console := func(args ...string) (string, error) {
		said, ended := run(ctx, append(args, "--dir", dir)...)
		err := <-ended
		return said.String(), err
	}
	for _, nobody := range []string{"nobody@example.com", "' || email != '"} {
		if said, err := console("staff", "link", nobody); err == nil {
			t.Errorf("a link for %s: %s", nobody, said)
		}
	}
	said, err := console("staff", "link", "Admin@Example.com", "--reset-factor")
	link := regexp.MustCompile(`/#/link/(\S+)`).FindStringSubmatch(said)
	if !regexp.MustCompile(`until 20\d\d-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d\n`).MatchString(said) {
		t.Errorf("until when it is good, by this machine's clock: %s", said)
	}
	if err != nil || link == nil {
		t.Fatalf("%v %s", err, said)
	}
	if err := ask("/api/kehu/links/use", map[string]any{"code": link[1], "password": fresh}, nil); err != nil {
		t.Fatal(err)
	}
	var signed struct{ Token string }
	if err := ask("/api/kehu/signin", map[string]any{"email": email, "password": fresh}, &signed); err != nil {
		t.Fatal("the new password alone does not do: ", err)
	}
	var log struct {
		Items []struct {
			Kind   string `json:"actor_kind"`
			Detail any
		}
	}
	if status := asMember(t, ctx, c.base, session, "/api/kehu/account", nil, nil); status != http.StatusUnauthorized {
		t.Errorf("the older session goes on: %d", status)
	}
	asMember(t, ctx, c.base, signed.Token, "/api/kehu/audit?limit=100", nil, &log)
	for _, what := range []string{"link_made", "factor_reset"} {
		found := false
		for _, one := range log.Items {
			found = found || one.Kind == "cli" && strings.Contains(fmt.Sprint(one.Detail), what)
		}
		if !found {
			t.Errorf("no %s from the console in %v", what, log.Items)
		}
	}
}

// enrolled gives a member a second factor and answers the session in which it was set up.
func enrolled(t *testing.T, ctx context.Context, base, email, password string) string {
	t.Helper()
	c := &client{base: base}
	var signed struct{ Token string }
	if err := c.call(ctx, http.MethodPost, "/api/kehu/signin", map[string]any{"email": email, "password": password}, &signed); err != nil {
		t.Fatal(err)
	}
	var factor struct{ Secret, Setup string }
	asMember(t, ctx, base, signed.Token, "/api/kehu/account/factor", map[string]any{"password": password}, &factor)
	code, err := totp.GenerateCode(factor.Secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	body := map[string]any{"setup": factor.Setup, "code": code}
	if status := asMember(t, ctx, base, signed.Token, "/api/kehu/account/factor/confirm", body, nil); status != http.StatusOK {
		t.Fatalf("the factor: %d", status)
	}
	return signed.Token
}

// asMember asks by a session: GET, or POST where there is a body.
func asMember(t *testing.T, ctx context.Context, base, token, path string, body map[string]any, into any) int {
	t.Helper()
	method, content := http.MethodGet, []byte(nil)
	if body != nil {
		method = http.MethodPost
		content, _ = json.Marshal(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if into != nil && json.NewDecoder(response.Body).Decode(into) != nil {
		t.Fatalf("%s: %s", path, response.Status)
	}
	return response.StatusCode
}
