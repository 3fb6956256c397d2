package hooks

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/mail"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/signin"
)

// Faults of one-time links and of the mail server.
var (
	ErrLinkOver = fault.Define("link_over", "链接无效、已用过或已过期，请向数据管理员要一个新的",
		"The link is wrong, used or over: ask a data administrator for a new one")
	ErrMailOff = fault.Define("mail_off", "还没有设置邮件服务器（/_/ 的「系统」→「邮件设置」）",
		"No mail server is set (in /_/, System, Mail settings)")
)

// factorTry names the tries of a second factor, before its owner.
const factorTry = "factor "

const codeSize = 16 // bytes: 128 bits

// bindLinks binds one-time links for members who have no password, or forgot it.
func (h *House) bindLinks(g *router.RouterGroup[*core.RequestEvent]) {
	g.POST("/staff/{id}/link", h.staffLink).BindFunc(signedIn, administrators)
	g.DELETE("/staff/{id}/factor", h.staffFactor).BindFunc(signedIn, administrators)
	g.POST("/links/open", h.linkOpen)
	g.POST("/links/use", h.linkUse)
	g.POST("/mail/test", h.mailTest).BindFunc(signedIn, administrators)
}

// administrators lets data administrators and owners pass.
func administrators(e *core.RequestEvent) error {
	if !e.Auth.IsSuperuser() && e.Auth.GetString("role") != "data_admin" {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	return e.Next()
}

func (h *House) member(e *core.RequestEvent) (*core.Record, error) {
	member, err := e.App.FindRecordById("staff", e.Request.PathValue("id"))
	if err != nil {
		return nil, refuse(e, http.StatusNotFound, ErrMissingRecord)
	}
	return member, nil
}

// staffLink makes a one-time link in place of an older one. Only who gets it can use it: the code is
// kept as a hash.
func (h *House) staffLink(e *core.RequestEvent) error {
	member, err := h.member(e)
	if err != nil {
		return err
	}
	if !member.GetBool("active") {
		return refuse(e, http.StatusConflict, ErrMemberInactive)
	}
	random := make([]byte, codeSize)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	code := signin.Code(random)
	until := h.options.Clock().Add(time.Duration(h.policies.Load().SignIn.LinkHours) * time.Hour)
	err = e.App.RunInTransaction(func(tx core.App) error {
		err := collections.SetLink(collections.Through(tx.DB()), collections.Link{Staff: member.Id,
			Code: signin.Hash(code), MadeBy: actorOf(e.Auth).ID, Until: until.UnixMilli()})
		if err != nil {
			return err
		}
		return h.noteStaff(tx, e, member, "link_made")
	})
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]any{"code": code, "path": "/#/link/" + code,
		"expires": until.UTC().Format(time.RFC3339)})
}

// staffFactor takes away the second factor of a member who lost it, and ends their sessions.
func (h *House) staffFactor(e *core.RequestEvent) error {
	member, err := h.member(e)
	if err != nil {
		return err
	}
	err = e.App.RunInTransaction(func(tx core.App) error {
		db, owner := collections.Through(tx.DB()), actorOf(member).ID
		err := errors.Join(collections.DropFactor(db, owner), collections.ForgetFailures(db, factorTry+owner))
		if err != nil {
			return err
		}
		member.RefreshTokenKey()
		if err := tx.Save(member); err != nil {
			return err
		}
		return h.noteStaff(tx, e, member, "factor_reset")
	})
	if err != nil {
		return err
	}
	return e.NoContent(http.StatusNoContent)
}

// holderOf finds the member of a link's code. Guessing 128 bits is hopeless; it is counted all the
// same, by address.
func (h *House) holderOf(e *core.RequestEvent, code string) (*core.Record, error) {
	var member *core.Record
	err := h.newTry(e, "link "+networkOf(e.RealIP())).run(func() (bool, error) {
		link, there, err := collections.LinkOf(collections.Through(e.App.DB()), signin.Hash(code))
		if err != nil || !there || h.options.Clock().UnixMilli() > link.Until {
			return false, err
		}
		member, err = e.App.FindRecordById("staff", link.Staff)
		return err == nil && member.GetBool("active"), err
	})
	if codeOf(err) == ErrSignInWrong.Code {
		return nil, refuse(e, http.StatusBadRequest, ErrLinkOver)
	}
	return member, err
}

// linkOpen greets the holder of a link.
func (h *House) linkOpen(e *core.RequestEvent) error {
	var body struct{ Code string }
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrLinkOver)
	}
	member, err := h.holderOf(e, body.Code)
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]any{"name": member.GetString("name"), "email": member.Email()})
}

// linkUse sets the password, uses the link up and ends every session of the member, in one
// transaction: of two who bring the same code, one comes too late.
func (h *House) linkUse(e *core.RequestEvent) error {
	var body struct{ Code, Password string }
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrLinkOver)
	}
	if _, err := h.holderOf(e, body.Code); err != nil {
		return err
	}
	err := e.App.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		link, there, err := collections.LinkOf(db, signin.Hash(body.Code))
		if err != nil || !there {
			return firstOf(err, refuse(e, http.StatusBadRequest, ErrLinkOver))
		}
		member, err := tx.FindRecordById("staff", link.Staff)
		if err != nil {
			return err
		}
		member.SetPassword(body.Password)
		if err := tx.Save(member); err != nil {
			return err
		}
		if err := collections.DropLink(db, member.Id); err != nil {
			return err
		}
		if err := collections.ForgetAccount(db, h.accountName(member.Email())); err != nil {
			return err
		}
		return h.noteStaff(tx, e, member, "link_used")
	})
	if err != nil {
		return h.answered(e, "staff", err)
	}
	return e.NoContent(http.StatusNoContent)
}

// mailTest sends a mail to whoever asks, and says whether the mail server took it.
func (h *House) mailTest(e *core.RequestEvent) error {
	if !e.App.Settings().SMTP.Enabled {
		return refuse(e, http.StatusConflict, ErrMailOff)
	}
	to, err := mail.ParseAddress(e.Auth.Email())
	if err != nil {
		return refuse(e, http.StatusBadRequest, ErrNoAccount)
	}
	err = mailOne(e.Request.Context(), e.App, *to, "客户登记：邮件测试 / mail test",
		"这是一封测试邮件，收到即表示邮件服务器设置正确。\nThis is a test: the mail server works.")
	if err != nil {
		return refuseError(e, err)
	}
	return e.JSON(http.StatusOK, map[string]any{"sent": to.Address})
}
