package hooks_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"kehu/tests"
)

// provider is an OpenID Connect provider on loopback: discovery, PKCE, tokens signed with RS256 whose
// key is fetched and checked.
type provider struct {
	*mockoidc.MockOIDC
	t *testing.T
	h *tests.House
}

func openProvider(t *testing.T, h *tests.House) *provider {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	a := h.Do("superuser", "PATCH", "/api/collections/staff", map[string]any{"oauth2": map[string]any{
		"enabled": true, "providers": []any{map[string]any{"name": "oidc", "displayName": "公司账号",
			"clientId": m.ClientID, "clientSecret": m.ClientSecret, "authURL": m.AuthorizationEndpoint(),
			"tokenURL": m.TokenEndpoint(), "userInfoURL": "", "pkce": true,
			"extra": map[string]any{"jwksURL": m.JWKSEndpoint(), "issuers": []string{m.Issuer()}}}}}})
	if a.Status != 200 {
		t.Fatalf("the provider's settings: %d %s", a.Status, a.Body)
	}
	return &provider{m, t, h}
}

// vouch walks the way of a browser: to the provider and back with a code.
func (p *provider) vouch(user *mockoidc.MockUser) (code, verifier string) {
	p.t.Helper()
	p.QueueUser(user)
	methods := p.h.Do("", "GET", "/api/collections/staff/auth-methods", nil).JSON()
	one := methods["oauth2"].(map[string]any)["providers"].([]any)[0].(map[string]any)
	verifier = one["codeVerifier"].(string)
	if one["codeChallengeMethod"] != "S256" || verifier == "" {
		p.t.Fatalf("no PKCE: %v", one)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(one["authURL"].(string) + url.QueryEscape(back))
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	to, err := response.Location()
	if err != nil || to.Query().Get("state") != one["state"] {
		p.t.Fatalf("%v %v", to, err)
	}
	return to.Query().Get("code"), verifier
}

const back = "http://127.0.0.1/"

func (p *provider) signIn(as string, user *mockoidc.MockUser, more map[string]any) tests.Answer {
	p.t.Helper()
	code, verifier := p.vouch(user)
	body := map[string]any{"provider": "oidc", "code": code, "codeVerifier": verifier, "redirectURL": back}
	for key, value := range more {
		body[key] = value
	}
	return p.h.Do(as, "POST", "/api/collections/staff/auth-with-oauth2", body)
}

func vouched(subject, email string, verified bool) *mockoidc.MockUser {
	return &mockoidc.MockUser{Subject: subject, Email: email, EmailVerified: verified}
}

func TestTheCompanysProvider(t *testing.T) {
	h := tests.Start(t)
	p := openProvider(t, h)
	if a := h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["finance"], map[string]any{"active": false}); a.Status != 200 {
		t.Fatal(a.Status)
	}
	before := h.Do("superuser", "GET", "/api/collections/staff/records?perPage=1", nil).JSON()["totalItems"]
	for name, c := range map[string]struct {
		user *mockoidc.MockUser
		more map[string]any
	}{
		"nobody of the firm": {vouched("s1", "stranger@example.com", true), nil},
		"nobody, with a record of their own": {vouched("s2", "stranger@example.com", true), map[string]any{
			"createData": map[string]any{"email": "stranger@example.com", "role": "data_admin", "active": true, "name": "外人",
				"password": tests.Password("x"), "passwordConfirm": tests.Password("x")}}},
		"an e-mail that is not verified": {vouched("s3", "sales@example.com", false), nil},
		"a member switched off":          {vouched("s4", "finance@example.com", true), nil},
		"an owner":                       {vouched("s5", "owner@example.com", true), nil},
		"a wrong verifier":               {vouched("s6", "sales@example.com", true), map[string]any{"codeVerifier": strings.Repeat("x", 43)}},
		"a made-up code":                 {vouched("s7", "sales@example.com", true), map[string]any{"code": "guess"}},
	} {
		if a := p.signIn("", c.user, c.more); a.Status < 400 || a.Text("token") != "" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if after := h.Do("superuser", "GET", "/api/collections/staff/records?perPage=1", nil).JSON()["totalItems"]; after != before {
		t.Errorf("a stranger became a member: %v, then %v", before, after)
	}
	in := p.signIn("", vouched("sub-sales", "Sales@Example.com", true), nil)
	if in.Status != 200 || in.Text("token") == "" {
		t.Fatalf("a member: %d %s", in.Status, in.Body)
	}
	h.Tokens["by_provider"] = in.Text("token")
	if a := h.Do("by_provider", "GET", "/api/kehu/account", nil); a.Text("role") != "sales" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	signIn(t, h, "password", "sales@example.com", tests.Password("sales")) // the provider took nothing away
	// the subject is bound: another e-mail at the provider changes nothing
	if a := p.signIn("", vouched("sub-sales", "new-name@example.com", true), nil); a.Status != 200 {
		t.Errorf("the bound subject with another e-mail: %d %s", a.Status, a.Body)
	}
	// somebody who is signed in does not bind a stranger's subject to the own account
	if a := p.signIn("data_admin", vouched("s8", "stranger@example.com", true), nil); a.Status != 403 || a.Code("") != "provider_unknown" {
		t.Errorf("a stranger's subject for the session that brings it: %d %s", a.Status, a.Body)
	}
	if a := p.signIn("superuser", vouched("s9", "stranger@example.com", true), nil); a.Status < 400 {
		t.Errorf("an owner's session makes a stranger a member: %d %s", a.Status, a.Body)
	}
}

func TestTheProviderAndTheSecondFactor(t *testing.T) {
	h := tests.Start(t)
	p := openProvider(t, h)
	enrol(t, h, "sales", tests.Password("sales"))
	if a := p.signIn("", vouched("sub-sales", "sales@example.com", true), nil); a.Status != 200 {
		t.Errorf("the provider's own factor is enough: %d %s", a.Status, a.Body)
	}
	setPolicy(t, h, "signin", map[string]any{"provider_factor": true})
	if a := p.signIn("", vouched("sub-sales", "sales@example.com", true), nil); a.Status != 401 || a.Text("mfaId") == "" {
		t.Errorf("the policy asks for one here too: %d %s", a.Status, a.Body)
	}
	// an e-mail that was given to somebody else takes its provider's accounts with it
	if a := h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"], map[string]any{"email": "gone@example.com"}); a.Status != 200 {
		t.Fatal(a.Status)
	}
	if a := p.signIn("", vouched("sub-sales", "sales@example.com", true), nil); a.Status != 403 {
		t.Errorf("the old e-mail's subject: %d %s", a.Status, a.Body)
	}
}
