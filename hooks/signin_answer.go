package hooks

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/policy"
)

// Faults between password and session.
var (
	ErrSecondFactor = fault.Define("second_factor", "请输入第二重验证码",
		"Give the code of the second factor")
	ErrFactorSetUp = fault.Define("second_factor_setup",
		"您的角色要求双重验证，请先在网页登录页完成设置", "Your role needs a second factor: sign in "+
			"at the web page once and set it up")
)

// bindSignIn binds the routes of signing in and of one's own account.
func (h *House) bindSignIn(g *router.RouterGroup[*core.RequestEvent]) {
	h.app.OnRecordAuthWithPasswordRequest(accounts...).BindFunc(h.passwordRequest)
	h.app.OnRecordAuthWithOAuth2Request(accounts...).BindFunc(h.providerRequest)
	h.app.OnRecordAuthRequest(accounts...).BindFunc(h.authAnswer)

	g.POST("/signin", h.signIn)
	g.POST("/signin/enrol", h.signInEnrol)
	g.POST("/signin/factor", h.signInFactor)
	h.bindAccount(g)
	h.bindLinks(g)
	h.bindSetup(g)
}

// signIn takes an e-mail and a password of a member or of an owner, whichever it is.
func (h *House) signIn(e *core.RequestEvent) error {
	var body struct{ Email, Password string }
	if err := e.BindBody(&body); err != nil || len(body.Email) > 255 || len(body.Password) > 255 {
		return refuse(e, http.StatusBadRequest, ErrSignInWrong)
	}
	body.Email = strings.TrimSpace(body.Email)
	var found *core.Record
	t, err := h.signInTry(e, body.Email)
	if err != nil {
		return err
	}
	err = t.run(func() (bool, error) {
		for _, collection := range accounts {
			record, err := findAccount(e.App, collection, body.Email)
			if err != nil {
				return false, err
			}
			// every try costs the same two comparisons, whoever has that e-mail
			if h.passwordFits(record, body.Password) && found == nil {
				found = record
			}
		}
		return h.mayEnter(e.App, found)
	})
	if err != nil {
		return h.signInRefused(e, body.Email, "password", err)
	}
	return apis.RecordAuthResponse(e, found, core.MFAMethodPassword, nil)
}

// passwordRequest guards PocketBase's own door in the same way.
func (h *House) passwordRequest(e *core.RecordAuthWithPasswordRequestEvent) error {
	t, err := h.signInTry(e.RequestEvent, e.Identity)
	if err != nil {
		return err
	}
	err = t.run(func() (bool, error) {
		if !h.passwordFits(e.Record, e.Password) {
			return false, nil
		}
		return h.mayEnter(e.App, e.Record)
	})
	if err != nil {
		return h.signInRefused(e.RequestEvent, e.Identity, "password", err)
	}
	return e.Next()
}

// dummy is compared with where there is no account, so that the time tells nothing.
var dummy = struct {
	sync.Once
	record *core.Record
}{}

func (h *House) passwordFits(record *core.Record, password string) bool {
	if record != nil {
		return record.ValidatePassword(password)
	}
	dummy.Do(func() {
		if c, err := h.app.FindCachedCollectionByNameOrId("staff"); err == nil {
			dummy.record = core.NewRecord(c)
			dummy.record.SetRandomPassword()
		}
	})
	if dummy.record != nil {
		dummy.record.ValidatePassword(password)
	}
	return false
}

// mayEnter tells whether an account is switched on, and the member behind it.
func (h *House) mayEnter(app core.App, record *core.Record) (bool, error) {
	switch {
	case record == nil:
		return false, nil
	case record.Collection().Name == "staff":
		return record.GetBool("active"), nil
	}
	member, err := memberFor(app, record)
	return member == nil || member.GetBool("active"), err
}

// authAnswer stands before every token that is given out: it asks for the second factor, and keeps
// the address once all is well.
func (h *House) authAnswer(e *core.RecordAuthRequestEvent) error {
	if ok, err := h.mayEnter(e.App, e.Record); err != nil || !ok {
		return firstOf(err, refuse(e.RequestEvent, http.StatusBadRequest, ErrSignInWrong))
	}
	if e.AuthMethod != "" {
		asked, err := h.askFactor(e)
		if err != nil || asked {
			return err
		}
	}
	if e.AuthMethod != "" || e.Get(factorGivenKey) != nil {
		if err := h.entered(e); err != nil {
			return err
		}
	}
	return e.Next()
}

func firstOf(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// entered gives a session of a fixed length, however busy it is, and keeps from where it came.
func (h *House) entered(e *core.RecordAuthRequestEvent) error {
	signIn := h.policies.Load().SignIn
	token, err := e.Record.NewStaticAuthToken(time.Duration(signIn.SessionHours) * time.Hour)
	if err != nil {
		return err
	}
	e.Token = token
	t := h.newTry(e.RequestEvent, "")
	db := collections.Through(e.App.DB())
	return collections.KeepAddress(db, h.accountName(e.Record.Email()), t.address, t.now)
}

// askFactor answers 401 with a ticket where a second factor is due. The shape is PocketBase's own
// (mfaId), which its admin UI and its clients know.
func (h *House) askFactor(e *core.RecordAuthRequestEvent) (asked bool, err error) {
	signIn := h.policies.Load().SignIn
	if e.AuthMethod == core.MFAMethodOAuth2 && !signIn.ProviderFactor {
		return false, nil // the company's provider has its own
	}
	owner, role, err := factorOwner(e.App, e.Record)
	if err != nil {
		return false, err
	}
	_, enrolled, err := collections.FactorOf(collections.Through(e.App.DB()), owner)
	if err != nil || !enrolled && !signIn.Asks(role) {
		return false, err
	}
	methods := []string{"totp", "recovery"}
	if !enrolled {
		methods = []string{"enrol"}
		if h.mailsCodes(signIn) {
			methods = []string{"email", "enrol"}
		}
	}
	if methods[0] == "enrol" && e.Request.Header.Get("X-Request-Source") == "pbui" {
		return true, refuse(e.RequestEvent, http.StatusForbidden, ErrFactorSetUp)
	}
	id, err := h.giveTicket(e.Request.Context(), e.Record, owner, methods)
	if err != nil {
		return false, err
	}
	found := ErrSecondFactor
	return true, e.JSON(http.StatusUnauthorized, map[string]any{
		"status": http.StatusUnauthorized, "message": found.In(language(e.RequestEvent)), "mfaId": id,
		"data": map[string]any{"code": found.Code, "methods": methods},
	})
}

// factorOwner is whose second factor counts: a linked account of the admin UI uses its member's.
func factorOwner(app core.App, record *core.Record) (owner, role string, err error) {
	if !record.IsSuperuser() {
		return actorOf(record).ID, record.GetString("role"), nil
	}
	member, err := memberFor(app, record)
	if err != nil || member == nil {
		return actorOf(record).ID, policy.OwnerRole, err
	}
	return actorOf(member).ID, member.GetString("role"), nil
}

// mailsCodes tells whether a code can go by mail.
func (h *House) mailsCodes(signIn policy.SignIn) bool {
	return signIn.MailCode && h.app.Settings().SMTP.Enabled
}

// randomHex is what nobody guesses.
func randomHex(bytes int) (string, error) {
	random := make([]byte, bytes)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	return hex.EncodeToString(random), nil
}
