package e2e

import (
	"encoding/json"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
)

// openProvider runs an OpenID Connect provider on loopback and makes it the company's.
func (h *house) openProvider() *mockoidc.MockOIDC {
	h.t.Helper()
	m, err := mockoidc.Run()
	must(h.t, err)
	h.t.Cleanup(func() { _ = m.Shutdown() })
	staff, err := h.app.FindCollectionByNameOrId("staff")
	must(h.t, err)
	settings, err := json.Marshal(map[string]any{"oauth2": map[string]any{"enabled": true,
		"providers": []any{map[string]any{"name": "oidc", "displayName": "公司账号", "clientId": m.ClientID,
			"clientSecret": m.ClientSecret, "authURL": m.AuthorizationEndpoint(), "tokenURL": m.TokenEndpoint(),
			"pkce":  true,
			"extra": map[string]any{"jwksURL": m.JWKSEndpoint(), "issuers": []string{m.Issuer()}}}}}})
	must(h.t, err)
	must(h.t, json.Unmarshal(settings, staff))
	must(h.t, h.app.Save(staff))
	return m
}

// TestProviderJourney: a member of the firm comes in through the company's own sign-in, a stranger whom
// it vouches for does not.
func TestProviderJourney(t *testing.T) {
	h := openHouse(t)
	m := h.openProvider()
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.excused = append(p.excused, "auth-with-oauth2", "403 (Forbidden)")
	m.QueueUser(&mockoidc.MockUser{Subject: "s1", Email: "stranger@example.com", EmailVerified: true})
	p.press("用公司账号登录")
	p.see(".k-signin [role=alert]", "没有与此登录账号")
	p.shot("provider-stranger")
	m.QueueUser(&mockoidc.MockUser{Subject: "s2", Email: "sales@example.com", EmailVerified: true})
	p.press("用公司账号登录")
	p.see(".k-header", "周销售")
	p.until("the code is not in the address any more", `location.search === ""`)
	p.until("nothing of the way stays in the tab", `sessionStorage.getItem("kehu.provider") === null`)
	p.clean()
}
