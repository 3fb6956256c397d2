package hooks_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pquerna/otp/totp"

	"kehu/tests"
)

func try(h *tests.House, email, password string, header ...string) tests.Answer {
	h.TB.Helper()
	return h.Do("", "POST", "/api/kehu/signin", map[string]any{"email": email, "password": password}, header...)
}

func setPolicy(t *testing.T, h *tests.House, key string, value any) {
	t.Helper()
	a := h.Do("data_admin", "POST", "/api/collections/policies/records", map[string]any{"key": key, "value": value})
	if a.Status != 200 {
		t.Fatalf("policy %s: %d %s", key, a.Status, a.Body)
	}
}

func TestSigningInTellsNothing(t *testing.T) {
	h := tests.Start(t)
	if a := h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["finance"],
		map[string]any{"active": false}); a.Status != 200 {
		t.Fatal(a.Status)
	}
	want := try(h, "nobody@example.com", "x")
	if want.Status != 400 || want.Code("") != "signin_wrong" {
		t.Fatalf("%d %s", want.Status, want.Body)
	}
	for name, a := range map[string]tests.Answer{
		"a wrong password":       try(h, "sales@example.com", "x"),
		"a member switched off":  try(h, "finance@example.com", tests.Password("finance")),
		"an owner's wrong one":   try(h, "owner@example.com", "x"),
		"no e-mail":              try(h, "", tests.Password("sales")),
		"not an e-mail":          try(h, "sales' OR 1=1 --", "x"),
		"PocketBase's own door":  h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]any{"identity": "sales@example.com", "password": "x"}),
		"the same, nobody there": h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]any{"identity": "nobody@example.com", "password": "x"}),
		"the same, switched off": h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]any{"identity": "finance@example.com", "password": tests.Password("finance")}),
		"an owner at the same":   h.Do("", "POST", "/api/collections/_superusers/auth-with-password", map[string]any{"identity": "owner@example.com", "password": "x"}),
	} {
		if a.Status != want.Status || string(a.Body) != string(want.Body) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if a := try(h, " SALES@Example.com ", tests.Password("sales")); a.Status != 200 {
		t.Errorf("an e-mail in capitals: %d %s", a.Status, a.Body)
	}
}

// The lock grows with the failures, is the same for an e-mail that nobody has, in whatever case it is
// typed, at every door, and outlives a restart.
func TestFailuresLockAnAccount(t *testing.T) {
	h := tests.Start(t)
	for _, email := range []string{"sales@example.com", "nobody@example.com"} {
		for i := range 5 {
			if a := try(h, strings.ToUpper(email[:i])+email[i:], "x"); a.Status != 400 {
				t.Fatalf("%s, failure %d: %d %s", email, i+1, a.Status, a.Body)
			}
		}
		if a := try(h, email, tests.Password("sales")); a.Status != 429 || a.Code("") != "signin_locked" ||
			a.Header.Get("Retry-After") == "" {
			t.Errorf("%s after five failures: %d %s", email, a.Status, a.Body)
		}
	}
	h.Close()
	h.Open()
	door := h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]any{
		"identity": "sales@example.com", "password": tests.Password("sales")}, "X-Forwarded-For", "203.0.113.7")
	if door.Status != 429 {
		t.Errorf("after a restart, at PocketBase's door, with another address in a header: %d %s", door.Status, door.Body)
	}
	now := tests.Now
	for i, minutes := range []int{1, 2, 4, 8} {
		now = now.Add(time.Duration(minutes)*time.Minute - 5*time.Second)
		h.SetNow(now)
		if a := try(h, "sales@example.com", "x"); a.Status != 429 {
			t.Errorf("lock %d is over before %d minutes: %d", i, minutes, a.Status)
		}
		now = now.Add(10 * time.Second)
		h.SetNow(now)
		if a := try(h, "sales@example.com", "x"); a.Status != 400 {
			t.Errorf("lock %d lasts longer than %d minutes: %d", i, minutes, a.Status)
		}
	}
	h.SetNow(now.Add(17 * time.Minute))
	if a := try(h, "sales@example.com", tests.Password("sales")); a.Status != 200 {
		t.Errorf("the right password after the lock: %d %s", a.Status, a.Body)
	}
	if a := try(h, "sales@example.com", "x"); a.Status != 400 {
		t.Errorf("a success forgets the failures: %d", a.Status)
	}
}

// Somebody elsewhere who guesses does not lock a person out of where they have signed in before, and
// a hundred guesses at once are no more than five.
func TestAnAttackFromElsewhere(t *testing.T) {
	h := tests.Start(t)
	h.Close()
	h.Proxies = loopback
	h.Open()
	from := func(n int) []string { return []string{"X-Forwarded-For", fmt.Sprintf("198.51.100.%d", n)} }
	if a := try(h, "sales@example.com", tests.Password("sales"), from(1)...); a.Status != 200 {
		t.Fatal(a.Status)
	}
	var judged sync.Map
	var all sync.WaitGroup
	for i := range 40 {
		all.Add(1)
		go func() {
			defer all.Done()
			a := try(h, "sales@example.com", fmt.Sprint("guess ", i), from(2+i%4)...)
			judged.Store(i, a.Status)
		}()
	}
	all.Wait()
	n := 0
	judged.Range(func(_, status any) bool {
		if status == 400 {
			n++
		}
		return true
	})
	if n != 5 {
		t.Errorf("%d of 40 guesses at once were judged", n)
	}
	if a := try(h, "sales@example.com", tests.Password("sales"), from(99)...); a.Status != 429 {
		t.Errorf("from a new address: %d", a.Status)
	}
	if a := try(h, "sales@example.com", tests.Password("sales"), from(1)...); a.Status != 200 {
		t.Errorf("from the office: %d %s", a.Status, a.Body)
	}
}

func TestOneAddressThatTriesEverybody(t *testing.T) {
	h := tests.Start(t)
	setPolicy(t, h, "signin", map[string]any{"lockout": map[string]any{"failures": 5, "address_failures": 10,
		"first_minutes": 1, "max_minutes": 60}})
	for i := range 10 {
		if a := try(h, fmt.Sprintf("someone%d@example.com", i), "x"); a.Status != 400 {
			t.Fatalf("try %d: %d", i, a.Status)
		}
	}
	if a := try(h, "manager@example.com", tests.Password("manager")); a.Status != 429 {
		t.Errorf("after ten failures of an address: %d", a.Status)
	}
}

func TestWhatIsTypedIsNotKept(t *testing.T) {
	h := tests.Start(t)
	try(h, "My-Secret-Passphrase", "x")
	var names []string
	if err := h.App.DB().NewQuery("SELECT name FROM kehu_failures").Column(&names); err != nil || len(names) != 2 {
		t.Fatal(names, err)
	}
	if strings.Contains(strings.ToLower(strings.Join(names, " ")), "secret") {
		t.Errorf("a password typed as an e-mail is kept: %v", names)
	}
}

// enrol sets a second factor up for the session under a name.
func enrol(t *testing.T, h *tests.House, role, password string) (secret string, recovery []any) {
	t.Helper()
	made := h.Do(role, "POST", "/api/kehu/account/factor", map[string]any{"password": password})
	if made.Status != 200 || !strings.HasPrefix(made.Text("url"), "otpauth://totp/") ||
		!strings.HasPrefix(made.Text("qr"), "data:image/png;base64,") {
		t.Fatalf("factor: %d %s", made.Status, made.Body)
	}
	secret = made.Text("secret")
	done := h.Do(role, "POST", "/api/kehu/account/factor/confirm", map[string]any{"setup": made.Text("setup"),
		"code": codeAt(t, h, secret)})
	if done.Status != 200 {
		t.Fatalf("confirm: %d %s", done.Status, done.Body)
	}
	recovery, _ = done.JSON()["recovery_codes"].([]any)
	if len(recovery) != 10 {
		t.Fatalf("recovery codes: %s", done.Body)
	}
	return secret, recovery
}

func codeAt(t *testing.T, h *tests.House, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, h.Clock())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func give(h *tests.House, ticket, code string) tests.Answer {
	h.TB.Helper()
	return h.Do("", "POST", "/api/kehu/signin/factor", map[string]any{"mfaId": ticket, "code": code})
}

func TestTheSecondFactor(t *testing.T) {
	h := tests.Start(t)
	if a := h.Do("sales", "POST", "/api/kehu/account/factor", map[string]any{"password": "x"}); a.Code("") != "password_wrong" {
		t.Errorf("a stolen session sets up a factor: %d %s", a.Status, a.Body)
	}
	secret, recovery := enrol(t, h, "sales", tests.Password("sales"))
	var stored []string
	if err := h.App.DB().NewQuery("SELECT cast(secret AS text) || recovery FROM kehu_factors").Column(&stored); err != nil ||
		len(stored) != 1 || strings.Contains(stored[0], secret) || strings.Contains(stored[0], fmt.Sprint(recovery[0])) {
		t.Errorf("the secret or a recovery code lies in the database: %v", err)
	}
	h.SetNow(tests.Now.Add(time.Hour))
	asked := try(h, "sales@example.com", tests.Password("sales"))
	ticket := asked.Text("mfaId")
	if asked.Status != 401 || asked.Code("") != "second_factor" || ticket == "" || asked.Text("token") != "" {
		t.Fatalf("the password alone: %d %s", asked.Status, asked.Body)
	}
	if a := h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]any{"identity": "sales@example.com",
		"password": tests.Password("sales")}); a.Status != 401 || a.Text("token") != "" {
		t.Errorf("PocketBase's own door gives a session: %d %s", a.Status, a.Body)
	}
	for name, code := range map[string]string{"nothing": "", "zeros": "000000", "an old code": oldCode(t, secret), "the ticket": ticket} {
		if a := give(h, ticket, code); a.Status != 400 || a.Code("") != "factor_wrong" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	code := codeAt(t, h, secret)
	in := give(h, ticket, code)
	if in.Status != 200 || in.Text("token") == "" {
		t.Fatalf("the right code: %d %s", in.Status, in.Body)
	}
	if a := give(h, ticket, codeAt(t, h, secret)); a.Status != 401 {
		t.Errorf("a used ticket: %d", a.Status)
	}
	again := try(h, "sales@example.com", tests.Password("sales")).Text("mfaId")
	if a := give(h, again, code); a.Status != 400 {
		t.Errorf("a replayed code: %d %s", a.Status, a.Body)
	}
	if a := give(h, again, strings.ToUpper(fmt.Sprint(recovery[3]))); a.Status != 200 {
		t.Errorf("a recovery code: %d %s", a.Status, a.Body)
	}
	once := try(h, "sales@example.com", tests.Password("sales")).Text("mfaId")
	if a := give(h, once, fmt.Sprint(recovery[3])); a.Status != 400 {
		t.Errorf("a recovery code used twice: %d", a.Status)
	}
	other := try(h, "sales2@example.com", tests.Password("sales2"))
	if other.Status != 200 {
		t.Errorf("somebody without a factor: %d", other.Status)
	}
}

func oldCode(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, tests.Now)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// Codes cannot be guessed: new passwords do not forget failed codes, and a ticket ends with time, a
// new password, or the account.
func TestGuessingTheSecondFactor(t *testing.T) {
	h := tests.Start(t)
	secret, _ := enrol(t, h, "manager", tests.Password("manager"))
	h.SetNow(tests.Now.Add(time.Hour))
	last := tests.Answer{}
	for range 6 {
		ticket := try(h, "manager@example.com", tests.Password("manager")).Text("mfaId")
		last = give(h, ticket, "123456")
	}
	if last.Status != 429 {
		t.Errorf("the sixth wrong code: %d", last.Status)
	}
	h.SetNow(tests.Now.Add(2 * time.Hour))
	ticket := try(h, "manager@example.com", tests.Password("manager")).Text("mfaId")
	h.SetNow(tests.Now.Add(2*time.Hour + 6*time.Minute))
	if a := give(h, ticket, codeAt(t, h, secret)); a.Status != 401 {
		t.Errorf("a ticket after six minutes: %d", a.Status)
	}
	ticket = try(h, "manager@example.com", tests.Password("manager")).Text("mfaId")
	if a := h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["manager"], map[string]any{
		"password": tests.Password("new"), "passwordConfirm": tests.Password("new")}); a.Status != 200 {
		t.Fatal(a.Status)
	}
	if a := give(h, ticket, codeAt(t, h, secret)); a.Status != 401 {
		t.Errorf("a ticket after the password was changed: %d", a.Status)
	}
	if a := give(h, "0000", codeAt(t, h, secret)); a.Status != 401 {
		t.Errorf("a made-up ticket: %d", a.Status)
	}
}

func TestAFactorThatTheRoleMustHave(t *testing.T) {
	h := tests.Start(t)
	setPolicy(t, h, "signin", map[string]any{"second_factor": map[string]any{"sales": "required", "owner": "required"}})
	for who, email := range map[string]string{"sales": "sales@example.com", "owner": "owner@example.com"} {
		asked := try(h, email, tests.Password(who))
		ticket := asked.Text("mfaId")
		if asked.Status != 401 || !strings.Contains(string(asked.Body), `"enrol"`) {
			t.Fatalf("%s: %d %s", who, asked.Status, asked.Body)
		}
		if a := give(h, ticket, "000000"); a.Status != 400 {
			t.Errorf("%s: a code before there is a secret: %d", who, a.Status)
		}
		shown := h.Do("", "POST", "/api/kehu/signin/enrol", map[string]any{"mfaId": ticket})
		if shown.Status != 200 {
			t.Fatalf("%s: %d %s", who, shown.Status, shown.Body)
		}
		in := give(h, ticket, codeAt(t, h, shown.Text("secret")))
		if in.Status != 200 || !strings.Contains(string(in.Body), "recovery_codes") {
			t.Fatalf("%s: %d %s", who, in.Status, in.Body)
		}
		h.Tokens[who] = in.Text("token")
		if a := h.Do(who, "DELETE", "/api/kehu/account/factor", map[string]any{"password": tests.Password(who), "code": "1"}); a.Code("") != "factor_needed" {
			t.Errorf("%s removes it: %d %s", who, a.Status, a.Body)
		}
		if a := h.Do("", "POST", "/api/kehu/signin/enrol", map[string]any{"mfaId": try(h, email, tests.Password(who)).Text("mfaId")}); a.Status != 409 {
			t.Errorf("%s: whoever knows the password sets up another: %d", who, a.Status)
		}
	}
	admin := h.Do("", "POST", "/api/collections/staff/auth-with-password", map[string]any{
		"identity": "sales2@example.com", "password": tests.Password("sales2")}, "X-Request-Source", "pbui")
	if admin.Status != 403 || admin.Code("") != "second_factor_setup" {
		t.Errorf("the admin UI, which cannot set it up: %d %s", admin.Status, admin.Body)
	}
	if a := h.Do("data_admin", "DELETE", "/api/kehu/staff/"+h.Staff["sales"]+"/factor", nil); a.Status != 204 {
		t.Fatalf("a lost phone: %d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "GET", "/api/kehu/account", nil); a.Status != 401 {
		t.Errorf("the session goes on without the factor: %d", a.Status)
	}
	if a := h.Do("manager", "DELETE", "/api/kehu/staff/"+h.Staff["sales"]+"/factor", nil); a.Status != 403 {
		t.Errorf("a manager takes a factor away: %d", a.Status)
	}
}

// TestTheAdminUIsOwnSignIn walks the three requests of its page.
func TestTheAdminUIsOwnSignIn(t *testing.T) {
	h := tests.Start(t)
	h.Tokens["owner"] = h.Tokens["superuser"]
	secret, _ := enrol(t, h, "owner", tests.Password("owner"))
	h.SetNow(tests.Now.Add(time.Hour))
	methods := h.Do("", "GET", "/api/collections/_superusers/auth-methods", nil)
	if !strings.Contains(string(methods.Body), `"otp":{"duration":300,"enabled":true}`) {
		t.Errorf("%s", methods.Body)
	}
	asked := h.Do("", "POST", "/api/collections/_superusers/auth-with-password", map[string]any{
		"identity": "owner@example.com", "password": tests.Password("owner")}, "X-Request-Source", "pbui")
	if asked.Status != 401 || asked.Text("mfaId") == "" {
		t.Fatalf("%d %s", asked.Status, asked.Body)
	}
	sent := h.Do("", "POST", "/api/collections/_superusers/request-otp", map[string]any{"email": "owner@example.com"})
	nobody := h.Do("", "POST", "/api/collections/_superusers/request-otp", map[string]any{"email": "nobody@example.com"})
	if sent.Status != 200 || len(sent.Text("otpId")) != len(nobody.Text("otpId")) {
		t.Errorf("%s, nobody: %s", sent.Body, nobody.Body)
	}
	wrong := h.Do("", "POST", "/api/collections/_superusers/auth-with-otp", map[string]any{
		"otpId": sent.Text("otpId"), "password": codeAt(t, h, secret)})
	if wrong.Status != 401 {
		t.Errorf("a code without a password: %d %s", wrong.Status, wrong.Body)
	}
	in := h.Do("", "POST", "/api/collections/_superusers/auth-with-otp", map[string]any{
		"otpId": sent.Text("otpId"), "password": codeAt(t, h, secret), "mfaId": asked.Text("mfaId")})
	if in.Status != 200 || in.Text("token") == "" {
		t.Errorf("%d %s", in.Status, in.Body)
	}
}

func TestSessionsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		who  string
		body map[string]any
	}{
		"switched off":   {"superuser", map[string]any{"active": false}},
		"another role":   {"data_admin", map[string]any{"role": "service"}},
		"a new password": {"superuser", map[string]any{"password": tests.Password("new"), "passwordConfirm": tests.Password("new")}},
		"another e-mail": {"superuser", map[string]any{"email": "moved@example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := tests.Start(t)
			signIn(t, h, "sales", "sales@example.com", tests.Password("sales"))
			s := connect(t, h, "sales", "customers/*")
			file := h.Do("sales", "POST", "/api/files/token", nil).Text("token")
			if a := h.Do(c.who, "PATCH", "/api/collections/staff/records/"+h.Staff["sales"], c.body); a.Status != 200 {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			if !s.ended() {
				t.Error("the realtime connection goes on")
			}
			for _, path := range []string{"/api/kehu/account", "/api/kehu/search?q=上海"} {
				if a := h.Do("sales", "GET", path, nil); a.Status != 401 {
					t.Errorf("%s: %d", path, a.Status)
				}
			}
			if a := h.Do("sales", "POST", "/api/collections/staff/auth-refresh", nil); a.Status < 400 {
				t.Errorf("the session is renewed: %s", a.Body)
			}
			if _, err := h.App.FindAuthRecordByToken(file, "file"); err == nil {
				t.Error("the file token is good")
			}
		})
	}
}

func TestASessionHasTheLengthOfThePolicy(t *testing.T) {
	h := tests.Start(t)
	setPolicy(t, h, "signin", map[string]any{"session_hours": 2})
	signIn(t, h, "sales", "sales@example.com", tests.Password("sales"))
	first := h.Tokens["sales"]
	if left := expiryOf(t, first); left < 119*time.Minute || left > 2*time.Hour {
		t.Errorf("a session of %v", left)
	}
	again := h.Do("sales", "POST", "/api/collections/staff/auth-refresh", nil)
	if again.Text("token") != first {
		t.Errorf("a session is renewed for ever: %d", again.Status)
	}
	if a := h.Do("data_admin", "POST", "/api/collections/policies/records", map[string]any{"key": "nosuch", "value": 1}); a.Status != 400 {
		t.Error(a.Status)
	}
}

func TestOnesOwnPassword(t *testing.T) {
	h := tests.Start(t)
	for name, c := range map[string]struct{ old, password, code string }{
		"a wrong old one": {"x", tests.Password("new"), "password_wrong"},
		"a short one":     {tests.Password("sales"), "kR7#mq2Lx9", "password_short"},
		"a common one":    {tests.Password("sales"), "Password2026!", "password_common"},
		"the own name":    {tests.Password("sales"), "周销售周销售周销售123", "password_common"},
	} {
		a := h.Do("sales", "POST", "/api/kehu/account/password", map[string]any{"old": c.old, "password": c.password})
		if a.Status != 400 || a.Code("") != c.code && a.Code("password") != c.code {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if a := h.Do("sales", "POST", "/api/kehu/account/password", map[string]any{"old": tests.Password("sales"),
		"password": tests.Password("new")}); a.Status != 204 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "GET", "/api/kehu/account", nil); a.Status != 401 {
		t.Errorf("the old session goes on: %d", a.Status)
	}
	signIn(t, h, "sales", "sales@example.com", tests.Password("new"))
	elsewhere := h.Tokens["sales"]
	if a := h.Do("sales", "POST", "/api/kehu/account/signout", nil); a.Status != 204 {
		t.Fatal(a.Status)
	}
	h.Tokens["elsewhere"] = elsewhere
	if a := h.Do("elsewhere", "GET", "/api/kehu/account", nil); a.Status != 401 {
		t.Errorf("signed out everywhere: %d", a.Status)
	}
	if a := h.Do("", "GET", "/api/kehu/account", nil, "X-Kehu-Command", tests.Secret); a.Status != 200 {
		t.Errorf("the command line: %d %s", a.Status, a.Body)
	}
	if a := h.Do("", "POST", "/api/kehu/account/signout", nil, "X-Kehu-Command", tests.Secret); a.Status != 400 {
		t.Errorf("the command line signs out: %d %s", a.Status, a.Body)
	}
	if a := h.Do("data_admin", "POST", "/api/collections/staff/records", map[string]any{"email": "weak@example.com",
		"name": "王五", "role": "sales", "active": true, "password": "123456789012", "passwordConfirm": "123456789012"}); a.Code("password") != "password_common" {
		t.Errorf("a weak password over REST: %d %s", a.Status, a.Body)
	}
}

func TestOneTimeLinks(t *testing.T) {
	h := tests.Start(t)
	path := "/api/kehu/staff/" + h.Staff["sales"] + "/link"
	for _, role := range []string{"sales", "manager", "executive", "service"} {
		if a := h.Do(role, "POST", path, nil); a.Status != 403 {
			t.Errorf("%s makes a link: %d", role, a.Status)
		}
	}
	first := h.Do("data_admin", "POST", path, nil).Text("code")
	made := h.Do("data_admin2", "POST", path, nil)
	code := made.Text("code")
	if made.Status != 200 || made.Text("path") != "/#/link/"+code || len(strings.ReplaceAll(code, "-", "")) < 26 {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	open := func(code string) tests.Answer {
		return h.Do("", "POST", "/api/kehu/links/open", map[string]any{"code": code})
	}
	if a := open(first); a.Code("") != "link_over" {
		t.Errorf("the older link: %d %s", a.Status, a.Body)
	}
	if a := open(strings.ToUpper(code)); a.Text("name") != "周销售" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	use := func(code, password string) tests.Answer {
		return h.Do("", "POST", "/api/kehu/links/use", map[string]any{"code": code, "password": password})
	}
	if a := use(code, "short"); a.Code("password") != "password_short" {
		t.Errorf("a short password: %d %s", a.Status, a.Body)
	}
	var all sync.WaitGroup
	var good sync.Map
	for i := range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			if use(code, tests.Password(fmt.Sprint("link", i))).Status == 204 {
				good.Store(i, true)
			}
		}()
	}
	all.Wait()
	n, winner := 0, 0
	good.Range(func(i, _ any) bool { n, winner = n+1, i.(int); return true })
	if n != 1 {
		t.Fatalf("a link was used %d times", n)
	}
	if a := h.Do("sales", "GET", "/api/kehu/account", nil); a.Status != 401 {
		t.Errorf("the sessions before the link go on: %d", a.Status)
	}
	signIn(t, h, "sales", "sales@example.com", tests.Password(fmt.Sprint("link", winner)))
	late := h.Do("superuser", "POST", path, nil).Text("code")
	h.SetNow(tests.Now.Add(25 * time.Hour))
	if a := open(late); a.Code("") != "link_over" {
		t.Errorf("after 25 hours: %d %s", a.Status, a.Body)
	}
	off := h.Do("superuser", "POST", "/api/kehu/staff/"+h.Staff["service"]+"/link", nil).Text("code")
	if a := h.Do("superuser", "PATCH", "/api/collections/staff/records/"+h.Staff["service"], map[string]any{"active": false}); a.Status != 200 {
		t.Fatal(a.Status)
	}
	if a := use(off, tests.Password("off")); a.Code("") != "link_over" {
		t.Errorf("a member switched off: %d %s", a.Status, a.Body)
	}
	if a := h.Do("superuser", "POST", "/api/kehu/staff/"+h.Staff["service"]+"/link", nil); a.Status != 409 {
		t.Errorf("a link for a member switched off: %d", a.Status)
	}
}

func TestTheFirstSetUp(t *testing.T) {
	h := tests.StartEmpty(t)
	body := func(code string) map[string]any {
		return map[string]any{"code": code, "company": "澄岚仪器", "name": "沈数据", "email": "Shen@Chenglan.cn",
			"password": tests.Password("admin"), "owner_email": "it@chenglan.cn", "owner_password": tests.Password("it")}
	}
	if a := h.Do("", "GET", "/api/kehu/setup", nil); string(a.Body) != "{\"open\":true}\n" {
		t.Errorf("%d %q", a.Status, a.Body)
	}
	for name, c := range map[string]struct {
		change map[string]any
		code   string
	}{
		"a wrong code": {map[string]any{"code": "0123"}, "setup_code"}, "no code": {map[string]any{"code": ""}, "setup_code"},
		"no company": {map[string]any{"company": " "}, "setup_field"}, "no e-mail": {map[string]any{"email": "shen"}, "setup_field"},
		"one e-mail twice": {map[string]any{"owner_email": "shen@chenglan.cn"}, "setup_same"},
	} {
		sent := body(tests.SetupCode)
		for key, value := range c.change {
			sent[key] = value
		}
		if a := h.Do("", "POST", "/api/kehu/setup", sent); a.Status < 400 || a.Code("") != c.code {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	weak := body(tests.SetupCode)
	weak["owner_password"] = "chenglan2026"
	if a := h.Do("", "POST", "/api/kehu/setup", weak); a.Code("password") != "password_common" {
		t.Errorf("a weak password: %d %s", a.Status, a.Body)
	}
	for _, field := range []string{"password", "owner_password"} {
		named := body(tests.SetupCode)
		named["company"], named[field] = "Granite Orchard Ltd", "graniteorchard"
		if a := h.Do("", "POST", "/api/kehu/setup", named); a.Status != 400 || a.Code("password") != "password_common" {
			t.Errorf("the firm's name as %s: %d %s", field, a.Status, a.Body)
		}
	}
	if a := try(h, "shen@chenglan.cn", tests.Password("admin")); a.Status != 400 {
		t.Error("a set-up that was refused left an account")
	}
	if a := h.Do("", "POST", "/api/kehu/setup", body(tests.SetupCode)); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	signIn(t, h, "admin", "shen@chenglan.cn", tests.Password("admin"))
	signIn(t, h, "it", "it@chenglan.cn", tests.Password("it"))
	if a := h.Do("admin", "GET", "/api/collections/policies/records?filter=key%3D'company'", nil); !strings.Contains(string(a.Body), "澄岚仪器") {
		t.Errorf("%s", a.Body)
	}
	if a := h.Do("it", "GET", "/api/settings", nil); a.Status != 200 {
		t.Errorf("the owner: %d", a.Status)
	}
	if a := h.Do("", "POST", "/api/kehu/setup", body(tests.SetupCode)); a.Status != http.StatusConflict || a.Code("") != "setup_closed" {
		t.Errorf("a second set-up: %d %s", a.Status, a.Body)
	}
	if a := h.Do("", "GET", "/api/kehu/setup", nil); string(a.Body) != "{\"open\":false}\n" {
		t.Errorf("%d %q", a.Status, a.Body)
	}
}

func TestTheSetUpCodeCannotBeGuessedForLong(t *testing.T) {
	h := tests.StartEmpty(t)
	last := 0
	for range 6 {
		last = h.Do("", "POST", "/api/kehu/setup", map[string]any{"code": "guess"}).Status
	}
	if last != 429 {
		t.Errorf("the sixth guess: %d", last)
	}
}

func TestACodeByMail(t *testing.T) {
	h := tests.Start(t)
	var sent []string
	h.App.OnMailerSend().BindFunc(func(e *core.MailerEvent) error {
		sent = append(sent, e.Message.To[0].Address+" "+e.Message.Text)
		return nil
	})
	if a := h.Do("data_admin", "POST", "/api/kehu/mail/test", nil); a.Status != 409 || a.Code("") != "mail_off" {
		t.Errorf("without a mail server: %d %s", a.Status, a.Body)
	}
	setPolicy(t, h, "signin", map[string]any{"second_factor": map[string]any{"sales": "required"}})
	if a := h.Do("superuser", "PATCH", "/api/settings", map[string]any{"smtp": map[string]any{"enabled": true,
		"host": "smtp.example.com", "port": 587}}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	asked := try(h, "sales@example.com", tests.Password("sales"))
	if asked.Status != 401 || len(sent) != 1 || !strings.HasPrefix(sent[0], "sales@example.com ") {
		t.Fatalf("%d %s %v", asked.Status, asked.Body, sent)
	}
	code := regexp.MustCompile(`[0-9]{6}`).FindString(sent[0])
	if a := give(h, asked.Text("mfaId"), "000000"+code[:0]); a.Status != 400 && code != "000000" {
		t.Errorf("another code: %d", a.Status)
	}
	in := give(h, asked.Text("mfaId"), code)
	if in.Status != 200 || in.Text("token") == "" {
		t.Errorf("the mailed code: %d %s", in.Status, in.Body)
	}
	second := try(h, "sales@example.com", tests.Password("sales")).Text("mfaId")
	if a := give(h, second, code); a.Status != 400 {
		t.Errorf("the code of another sign-in: %d", a.Status)
	}
	if a := try(h, "nobody@example.com", tests.Password("sales")); a.Status != 400 || len(sent) != 2 {
		t.Errorf("mails to %v", sent)
	}
	if a := h.Do("superuser", "POST", "/api/kehu/mail/test", nil); a.Status != 200 || !strings.HasPrefix(sent[2], "owner@") {
		t.Errorf("the test mail: %d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "POST", "/api/kehu/mail/test", nil); a.Status != 403 {
		t.Errorf("sales tests the mail server: %d", a.Status)
	}
}

// What is done to a way of signing in stands in the audit log, with who did it and never a secret.
func TestWaysOfSigningInAreAudited(t *testing.T) {
	h := tests.Start(t)
	secret, recovery := enrol(t, h, "sales", tests.Password("sales"))
	code := h.Do("data_admin", "POST", "/api/kehu/staff/"+h.Staff["manager"]+"/link", nil).Text("code")
	if a := h.Do("", "POST", "/api/kehu/links/use", map[string]any{"code": code, "password": tests.Password("link")}); a.Status != 204 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.Do("data_admin", "DELETE", "/api/kehu/staff/"+h.Staff["sales"]+"/factor", nil)
	h.Do("manager2", "POST", "/api/kehu/account/signout", nil)
	var entries []string
	err := h.App.DB().NewQuery("SELECT actor || ' ' || record || ' ' || detail FROM audit_log " +
		"WHERE action = 'account' ORDER BY seq").Column(&entries)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(entries, "\n")
	for i, want := range []string{
		"staff:" + h.Staff["sales"] + " " + h.Staff["sales"] + ` {"what":"factor_set"}`,
		"staff:" + h.Staff["data_admin"] + " " + h.Staff["manager"] + ` {"what":"link_made"}`,
		" " + h.Staff["manager"] + ` {"what":"link_used"}`,
		"staff:" + h.Staff["data_admin"] + " " + h.Staff["sales"] + ` {"what":"factor_reset"}`,
		"staff:" + h.Staff["manager2"] + " " + h.Staff["manager2"] + ` {"what":"signout"}`,
	} {
		if i >= len(entries) || !strings.HasSuffix(entries[i], want) {
			t.Fatalf("entry %d is not %q:\n%s", i, want, all)
		}
	}
	for _, hidden := range []string{secret, fmt.Sprint(recovery[0]), code, tests.Password("link")} {
		if strings.Contains(all, hidden) {
			t.Errorf("the log tells %q", hidden)
		}
	}
}
