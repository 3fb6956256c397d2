package hooks

import (
	"errors"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/internal/fault"
)

// ErrProviderUnknown: the company's provider vouches for somebody whom the register does not have.
var ErrProviderUnknown = fault.Define("provider_unknown",
	"没有与此登录账号的已验证邮箱一致的在职员工，请联系数据管理员",
	"No active member of staff has the verified e-mail of this account, ask a data administrator")

// providerRequest lets the company's identity provider sign in whom an administrator has entered,
// and nobody else: there is no sign-up, and what a request brings for a new record is dropped. The
// provider's account is bound to a member once, by an e-mail that the provider has verified
// (PocketBase gives none that is not), and by its own subject from then on.
func (h *House) providerRequest(e *core.RecordAuthWithOAuth2RequestEvent) error {
	e.CreateData = nil
	bound, err := h.boundToProvider(e)
	if err != nil {
		return err
	}
	if e.IsNewRecord || e.Record == nil || e.Collection.Name != "staff" ||
		!bound && !strings.EqualFold(e.OAuth2User.Email, e.Record.Email()) {
		return h.signInRefused(e.RequestEvent, e.OAuth2User.Email, "oauth2", refuse(e.RequestEvent, http.StatusForbidden, ErrProviderUnknown))
	}
	if ok, err := h.mayEnter(e.App, e.Record); err != nil || !ok {
		return firstOf(err, h.signInRefused(e.RequestEvent, e.OAuth2User.Email, "oauth2",
			refuse(e.RequestEvent, http.StatusForbidden, ErrProviderUnknown)))
	}
	return e.Next()
}

// boundToProvider tells whether the provider's subject has been bound to the record before.
func (h *House) boundToProvider(e *core.RecordAuthWithOAuth2RequestEvent) (bool, error) {
	if e.Record == nil {
		return false, nil
	}
	known, err := e.App.FindAllExternalAuthsByRecord(e.Record)
	for _, one := range known {
		if one.Provider() == e.ProviderName && one.ProviderId() == e.OAuth2User.Id {
			return true, nil
		}
	}
	return false, err
}

// signInRefused answers a try that failed.
func (h *House) signInRefused(e *core.RequestEvent, email, method string, err error) error {
	return firstOf(h.noteRefused(e, email, method, codeOf(err)), refuseError(e, err))
}

// factorRefused says that the code was wrong where a password would be to blame.
func (h *House) factorRefused(e *core.RequestEvent, t *ticket, err error) error {
	if codeOf(err) == ErrSignInWrong.Code {
		err = refuse(e, http.StatusBadRequest, ErrFactorWrong)
	}
	email := ""
	if record, found := e.App.FindRecordById(t.collection, t.id); found == nil {
		email = record.Email()
	}
	return firstOf(h.noteRefused(e, email, "second_factor", codeOf(err)), refuseError(e, err))
}

// codeOf is the code of a refusal.
func codeOf(err error) string {
	var known *router.ApiError
	if errors.As(err, &known) {
		code, _ := known.Data["code"].(string)
		return code
	}
	if found, ok := fault.Of(err); ok {
		return found.Code
	}
	return ""
}
