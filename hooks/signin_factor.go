package hooks

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"image/png"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pquerna/otp"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/signin"
)

// Faults of the second factor.
var (
	ErrSignInAgain = fault.Define("signin_again", "登录步骤已过期，请重新输入密码",
		"The sign-in took too long, give the password again")
	ErrFactorWrong = fault.Define("factor_wrong", "验证码不正确或已用过，请输入新的验证码",
		"The code is wrong or was used already, give a new one")
	ErrFactorExists = fault.Define("factor_exists", "已设置双重验证，请先停用再重新设置",
		"A second factor is set up already, remove it first")
	ErrFactorNeeded = fault.Define("factor_needed", "您的角色必须使用双重验证，不能停用",
		"Your role must have a second factor")
	ErrMail = fault.Define("mail_failed", "邮件没有发出，请联系系统所有者检查邮件服务器设置",
		"The mail was not sent, ask the owner to check the mail server")
)

// Limits of the step between password and session.
const (
	ticketLife     = 5 * time.Minute
	maxTickets     = 10000
	recoveryCodes  = 10
	recoverySize   = 10 // bytes: 80 bits
	factorGivenKey = "kehuFactorGiven"
)

// ticket is a password that was right and a second factor that is not given yet. It is in memory
// only: a restart asks for the password again.
type ticket struct {
	collection, id, tokenKey string
	owner                    string // whose factor
	methods                  []string
	until                    time.Time
	mailed                   string // hash of the mailed code
	secret                   string // of a factor that is being set up
}

func (t *ticket) may(method string) bool { return slices.Contains(t.methods, method) }

func (h *House) giveTicket(ctx context.Context, record *core.Record, owner string, methods []string) (string, error) {
	id, err := randomHex(20)
	if err != nil {
		return "", err
	}
	t := &ticket{collection: record.Collection().Name, id: record.Id, tokenKey: record.TokenKey(),
		owner: owner, methods: methods, until: h.options.Clock().Add(ticketLife)}
	if t.may("email") {
		if err := h.mailCode(ctx, record, t); err != nil {
			return "", err
		}
	}
	h.signIns.keep(id, t, h.options.Clock())
	return id, nil
}

func (s *signIns) keep(id string, t *ticket, now time.Time) {
	s.Lock()
	defer s.Unlock()
	if s.tickets == nil {
		s.tickets = map[string]*ticket{}
	}
	for old, one := range s.tickets {
		if now.After(one.until) || len(s.tickets) >= maxTickets {
			delete(s.tickets, old)
		}
	}
	s.tickets[id] = t
}

func (s *signIns) find(id string, now time.Time) *ticket {
	s.Lock()
	defer s.Unlock()
	t := s.tickets[id]
	if t == nil || now.After(t.until) {
		return nil
	}
	return t
}

// take uses a ticket up; false when somebody was faster.
func (s *signIns) take(id string) bool {
	s.Lock()
	defer s.Unlock()
	_, there := s.tickets[id]
	delete(s.tickets, id)
	return there
}

// holder finds the ticket of a request and the account it is for, as it is now.
func (h *House) holder(e *core.RequestEvent, id string) (*ticket, *core.Record, error) {
	t := h.signIns.find(id, h.options.Clock())
	if t == nil {
		return nil, nil, refuse(e, http.StatusUnauthorized, ErrSignInAgain)
	}
	record, err := e.App.FindRecordById(t.collection, t.id)
	if err != nil || record.TokenKey() != t.tokenKey {
		return nil, nil, refuse(e, http.StatusUnauthorized, ErrSignInAgain)
	}
	return t, record, nil
}

// mailCode sends six digits to the account's own address.
func (h *House) mailCode(ctx context.Context, record *core.Record, t *ticket) error {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	code := signin.Digits(random)
	t.mailed = signin.Hash(code)
	return mailOne(ctx, h.app, mail.Address{Address: record.Email()}, "登录验证码 / sign-in code",
		"您的登录验证码："+code+"，5分钟内有效。不是您本人登录时，请尽快修改密码。\n"+
			"Your sign-in code: "+code+", good for 5 minutes. If this was not you, change your password.")
}

// signInEnrol shows the secret of a second factor that is to be set up before the first session.
func (h *House) signInEnrol(e *core.RequestEvent) error {
	var body struct {
		MfaID string `json:"mfaId" form:"mfaId"`
	}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrSignInAgain)
	}
	t, record, err := h.holder(e, body.MfaID)
	if err != nil {
		return err
	}
	if !t.may("enrol") {
		return refuse(e, http.StatusConflict, ErrFactorExists)
	}
	secret, shown, err := h.newSecret(record)
	if err != nil {
		return err
	}
	h.signIns.Lock()
	t.secret = secret
	h.signIns.Unlock()
	return e.JSON(http.StatusOK, shown)
}

// newSecret makes a secret and the ways to put it into an app.
func (h *House) newSecret(record *core.Record) (string, map[string]any, error) {
	random := make([]byte, signin.SecretSize)
	if _, err := rand.Read(random); err != nil {
		return "", nil, err
	}
	secret := signin.Secret(random)
	firm := h.policies.Load().Company.Name
	if firm == "" {
		firm = "Kehu"
	}
	address := "otpauth://totp/" + url.PathEscape(firm+":"+record.Email()) + "?" + url.Values{
		"secret": {secret}, "issuer": {firm}, "algorithm": {"SHA1"}, "digits": {"6"},
		"period": {"30"}}.Encode()
	key, err := otp.NewKeyFromURL(strings.ReplaceAll(address, "+", "%20"))
	if err != nil {
		return "", nil, err
	}
	picture, err := key.Image(240, 240)
	if err != nil {
		return "", nil, err
	}
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, picture); err != nil {
		return "", nil, err
	}
	return secret, map[string]any{"secret": secret, "url": key.URL(),
		"qr": "data:image/png;base64," + base64.StdEncoding.EncodeToString(drawn.Bytes())}, nil
}

// signInFactor takes the second factor and gives the session.
func (h *House) signInFactor(e *core.RequestEvent) error {
	var body struct {
		MfaID string `json:"mfaId" form:"mfaId"`
		Code  string `json:"code" form:"code"`
	}
	if err := e.BindBody(&body); err != nil || len(body.Code) > 100 {
		return refuse(e, http.StatusBadRequest, ErrFactorWrong)
	}
	return h.factorGiven(e, body.MfaID, body.Code)
}

func (h *House) factorGiven(e *core.RequestEvent, id, code string) error {
	t, record, err := h.holder(e, id)
	if err != nil {
		return err
	}
	var fresh []string
	err = h.newTry(e, factorTry+t.owner).run(func() (bool, error) {
		var ok bool
		var err error
		switch {
		case t.mailed != "" && signin.Hash(code) == t.mailed:
			ok = true
		case t.may("enrol"):
			fresh, err = h.enrolled(e.App, t, code)
			ok = fresh != nil
		case t.may("totp"):
			ok, err = h.factorFits(e.App, t.owner, code)
		}
		if err != nil || !ok || !h.signIns.take(id) {
			return false, err
		}
		return h.mayEnter(e.App, record)
	})
	if err != nil {
		return h.factorRefused(e, t, err)
	}
	e.Set(factorGivenKey, true)
	var meta any
	if fresh != nil {
		meta = map[string]any{"recovery_codes": fresh}
	}
	return apis.RecordAuthResponse(e, record, "", meta)
}

// enrolled keeps a new factor once its first code has shown that the app has the secret; it answers
// the recovery codes, nil when the code is wrong.
func (h *House) enrolled(app core.App, t *ticket, code string) ([]string, error) {
	h.signIns.Lock()
	secret := t.secret
	h.signIns.Unlock()
	if secret == "" {
		return nil, nil
	}
	return h.keepFactor(app, t.owner, secret, code)
}

// keepFactor seals a secret whose code is right.
func (h *House) keepFactor(app core.App, owner, secret, code string) (fresh []string, err error) {
	now := h.options.Clock()
	step, ok := signin.Step(secret, code, now, 0)
	if !ok {
		return nil, nil
	}
	f := collections.Factor{Account: owner, Step: step, Made: now.UnixMilli()}
	for range recoveryCodes {
		random := make([]byte, recoverySize)
		if _, err := rand.Read(random); err != nil {
			return nil, err
		}
		one := signin.Code(random)
		fresh, f.Recovery = append(fresh, one), append(f.Recovery, signin.Hash(one))
	}
	if f.Secret, err = h.keys.Seal([]byte(secret), "accounts", owner, collections.FactorField); err != nil {
		return nil, err
	}
	err = app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		if _, there, err := collections.FactorOf(db, owner); err != nil || there {
			return firstOf(err, ErrFactorExists)
		}
		return collections.SetFactor(db, f)
	})
	return fresh, err
}

// factorFits judges a code of the app or a recovery code, and uses it up in the same transaction.
func (h *House) factorFits(app core.App, owner, code string) (fits bool, err error) {
	err = app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		f, there, err := collections.FactorOf(db, owner)
		if err != nil || !there {
			return err
		}
		secret, err := h.keys.Open(f.Secret, "accounts", owner, collections.FactorField)
		if err != nil {
			return err
		}
		if step, ok := signin.Step(string(secret), code, h.options.Clock(), f.Step); ok {
			f.Step, fits = step, true
		} else if at := slices.Index(f.Recovery, signin.Hash(code)); at >= 0 {
			f.Recovery, fits = slices.Delete(f.Recovery, at, at+1), true
		}
		if !fits {
			return nil
		}
		return collections.SetFactor(db, f)
	})
	return fits, err
}

// adminFactor answers the two steps of the built-in admin UI's own sign-in page: it asks for a code
// to be sent (it is on its way, or in the person's app, since the password was right), and brings it.
func (h *House) adminFactor(e *core.RequestEvent) error {
	if e.Request.Pattern == "POST /api/collections/{collection}/request-otp" {
		id, err := randomHex(8)
		if err != nil {
			return err
		}
		return e.JSON(http.StatusOK, map[string]string{"otpId": id}) // the same for everybody
	}
	var body struct {
		MfaID    string `json:"mfaId" form:"mfaId"`
		Password string `json:"password" form:"password"`
	}
	if err := e.BindBody(&body); err != nil || len(body.Password) > 100 {
		return refuse(e, http.StatusBadRequest, ErrFactorWrong)
	}
	if body.MfaID == "" {
		body.MfaID = e.Request.URL.Query().Get("mfaId")
	}
	return h.factorGiven(e, body.MfaID, body.Password)
}

// superuserRoute tells whether a request goes to one of PocketBase's routes of the admin UI's
// accounts.
func superuserRoute(e *core.RequestEvent, action string) bool {
	if !strings.HasSuffix(e.Request.Pattern, " /api/collections/{collection}/"+action) {
		return false
	}
	c, err := e.App.FindCachedCollectionByNameOrId(e.Request.PathValue("collection"))
	return err == nil && c.Name == core.CollectionNameSuperusers
}

// adminMethods tells the admin UI's sign-in page that a code may be asked for after the password.
func adminMethods(e *core.RequestEvent) error {
	return e.JSON(http.StatusOK, map[string]any{
		"password":      map[string]any{"enabled": true, "identityFields": []string{"email"}},
		"oauth2":        map[string]any{"enabled": false, "providers": []string{}},
		"mfa":           map[string]any{"enabled": false, "duration": 0},
		"otp":           map[string]any{"enabled": true, "duration": int(ticketLife / time.Second)},
		"authProviders": []string{}, "usernamePassword": false, "emailPassword": true,
	})
}
