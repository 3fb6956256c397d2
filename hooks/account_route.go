package hooks

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
)

// Faults of one's own account.
var (
	ErrPasswordWrong = fault.Define("password_wrong", "当前密码不正确", "The present password is wrong")
	ErrNoAccount     = fault.Define("account_command", "命令行没有自己的账号",
		"The command line has no account of its own")
)

// bindAccount binds the routes of one's own account.
func (h *House) bindAccount(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/account", h.account).BindFunc(signedIn)
	g.POST("/account/password", h.accountPassword).BindFunc(signedIn)
	g.POST("/account/factor", h.accountFactor).BindFunc(signedIn)
	g.POST("/account/factor/confirm", h.accountFactorConfirm).BindFunc(signedIn)
	g.DELETE("/account/factor", h.accountFactorRemove).BindFunc(signedIn)
	g.POST("/account/signout", h.accountSignOut).BindFunc(signedIn)
}

// account tells how one signs in.
func (h *House) account(e *core.RequestEvent) error {
	owner, role, err := factorOwner(e.App, e.Auth)
	if err != nil {
		return err
	}
	f, enrolled, err := collections.FactorOf(collections.Through(e.App.DB()), owner)
	if err != nil {
		return err
	}
	signIn := h.policies.Load().SignIn
	return e.JSON(http.StatusOK, map[string]any{
		"id": e.Auth.Id, "collection": e.Auth.Collection().Name,
		"name": e.Auth.GetString("name"), "email": e.Auth.Email(), "role": role,
		"session_hours": signIn.SessionHours,
		"second_factor": map[string]any{"enrolled": enrolled, "required": signIn.Asks(role),
			"recovery_left": len(f.Recovery)},
	})
}

// passwordGiven checks the present password before what a stolen session must not do. It counts as
// a sign-in does.
func (h *House) passwordGiven(e *core.RequestEvent, password string) error {
	if e.Auth.Id == commandID {
		return refuse(e, http.StatusBadRequest, ErrNoAccount)
	}
	t, err := h.signInTry(e, e.Auth.Email())
	if err != nil {
		return err
	}
	err = t.run(func() (bool, error) { return e.Auth.ValidatePassword(password), nil })
	if codeOf(err) == ErrSignInWrong.Code {
		return refuse(e, http.StatusBadRequest, ErrPasswordWrong)
	}
	return err
}

// accountPassword changes one's own password and ends every session, this one too.
func (h *House) accountPassword(e *core.RequestEvent) error {
	var body struct{ Old, Password string }
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "old, password"))
	}
	if err := h.passwordGiven(e, body.Old); err != nil {
		return err
	}
	record, err := e.App.FindRecordById(e.Auth.Collection(), e.Auth.Id)
	if err != nil {
		return err
	}
	record.SetPassword(body.Password)
	if err := e.App.Save(record); err != nil {
		return h.answered(e, record.Collection().Name, err)
	}
	if err := h.noteAccount(e, record, "password"); err != nil {
		return err
	}
	return e.NoContent(http.StatusNoContent)
}

// accountFactor shows the secret of a second factor that is to be set up; it counts once confirmed.
func (h *House) accountFactor(e *core.RequestEvent) error {
	var body struct{ Password string }
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "password"))
	}
	if err := h.passwordGiven(e, body.Password); err != nil {
		return err
	}
	owner, _, err := factorOwner(e.App, e.Auth)
	if err != nil {
		return err
	}
	if _, there, err := collections.FactorOf(collections.Through(e.App.DB()), owner); err != nil || there {
		return firstOf(err, refuse(e, http.StatusConflict, ErrFactorExists))
	}
	secret, shown, err := h.newSecret(e.Auth)
	if err != nil {
		return err
	}
	id, err := randomHex(20)
	if err != nil {
		return err
	}
	t := &ticket{collection: e.Auth.Collection().Name, id: e.Auth.Id, tokenKey: e.Auth.TokenKey(),
		owner: owner, until: h.options.Clock().Add(2 * ticketLife), secret: secret}
	h.signIns.keep(id, t, h.options.Clock())
	shown["setup"] = id
	return e.JSON(http.StatusOK, shown)
}

// accountFactorConfirm takes the first code of the app and answers the recovery codes, once.
func (h *House) accountFactorConfirm(e *core.RequestEvent) error {
	var body struct{ Setup, Code string }
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrFactorWrong)
	}
	t, record, err := h.holder(e, body.Setup)
	if err != nil {
		return refuse(e, http.StatusBadRequest, ErrSignInAgain)
	}
	if record.Id != e.Auth.Id || record.Collection().Name != e.Auth.Collection().Name {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	var fresh []string
	err = h.newTry(e, factorTry+t.owner).run(func() (bool, error) {
		fresh, err = h.enrolled(e.App, t, body.Code)
		return fresh != nil, err
	})
	if err != nil {
		return h.factorRefused(e, t, err)
	}
	h.signIns.take(body.Setup)
	if err := h.noteAccount(e, e.Auth, "factor_set"); err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]any{"recovery_codes": fresh})
}

// accountFactorRemove takes one's own second factor away, against password and code.
func (h *House) accountFactorRemove(e *core.RequestEvent) error {
	var body struct{ Password, Code string }
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "password, code"))
	}
	owner, role, err := factorOwner(e.App, e.Auth)
	if err != nil {
		return err
	}
	if h.policies.Load().SignIn.Asks(role) {
		return refuse(e, http.StatusConflict, ErrFactorNeeded)
	}
	if err := h.passwordGiven(e, body.Password); err != nil {
		return err
	}
	err = h.newTry(e, factorTry+owner).run(func() (bool, error) {
		return h.factorFits(e.App, owner, body.Code)
	})
	if err != nil {
		return h.factorRefused(e, nil, err)
	}
	if err := collections.DropFactor(collections.Through(e.App.DB()), owner); err != nil {
		return err
	}
	if err := h.noteAccount(e, e.Auth, "factor_removed"); err != nil {
		return err
	}
	return e.NoContent(http.StatusNoContent)
}

// accountSignOut ends every session of one's own, here and elsewhere.
func (h *House) accountSignOut(e *core.RequestEvent) error {
	if e.Auth.Id == commandID {
		return refuse(e, http.StatusBadRequest, ErrNoAccount)
	}
	record, err := e.App.FindRecordById(e.Auth.Collection(), e.Auth.Id)
	if err != nil {
		return err
	}
	record.RefreshTokenKey()
	if err := e.App.Save(record); err != nil {
		return err
	}
	if via, ok := e.Get(viaKey).(*core.Record); ok { // the admin UI's account as well
		if err := endLinkedSessions(e.App, via.Email()); err != nil {
			return err
		}
	}
	if err := h.noteAccount(e, record, "signout"); err != nil {
		return err
	}
	return e.NoContent(http.StatusNoContent)
}
