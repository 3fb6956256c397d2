package hooks

import (
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/internal/register"
)

// Faults of showing a value.
var (
	ErrRevealField = fault.Define("reveal_field", "只能查看您看到掩码的联系信息、证件号码或银行账号",
		"Only contact data, certificate and account numbers that you read masked can be shown")
	ErrReasonLength = fault.Define("reason_length", "请填写原因，至少4个字，不超过200个字",
		"Give a reason of 4 to 200 characters")
	ErrRevealReason = fault.Define("reveal_reason", "请说明查看原因，至少4个字，不超过200个字",
		"Say why you need it, in 4 to 200 characters")
	ErrRevealEmpty = fault.Define("reveal_empty", "这个客户没有登记「{field}」",
		"{field_en} is not on record there")
	ErrRevealQuota = fault.Define("reveal_quota",
		"今天已查看{limit}次，已达上限；明天再查，或请数据管理员调整策略 reveal",
		"You had {limit} values shown today, which is the limit: wait until tomorrow, or ask a data "+
			"administrator about the policy “reveal”")
	ErrConsentWithdrawn = fault.Define("consent_withdrawn",
		"客户对「{field}」的授权已撤回或没有登记，不能再使用；如需删除请联系数据管理员",
		"The consent for {field_en} was withdrawn or is not on record, so it may not be used; ask a "+
			"data administrator to erase it")
)

// maxReason bounds a reason that stands in a task's title and in the audit log.
const maxReason = 200

// noticeDays is how long the notice to the owner stays among what is due.
const noticeDays = 7

func (h *House) bindReveals(g *router.RouterGroup[*core.RequestEvent]) {
	g.POST("/customers/{id}/reveal", h.revealCustomer).BindFunc(signedIn)
	g.POST("/contacts/{id}/reveal", h.revealContact).BindFunc(signedIn)
	g.POST("/lookup", h.lookUp).BindFunc(signedIn)
}

func (h *House) revealCustomer(e *core.RequestEvent) error {
	return h.reveal(e, "customers", collections.RevealCustomer)
}

func (h *House) revealContact(e *core.RequestEvent) error {
	return h.reveal(e, "contacts", collections.RevealContact)
}

// reveal shows one value that the role reads masked, for a reason: counted against the person's
// quota, put on record, and told to the customer's owner, all in one transaction.
func (h *House) reveal(e *core.RequestEvent, collection string,
	find func(collections.DB, collections.Reader, string, string) (*collections.Revealable, error)) error {
	r := &revealing{House: h, e: e, collection: collection, find: find, who: actorIn(e)}
	if err := e.BindBody(&r.body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	if err := r.allowed(); err != nil {
		return refuseError(e, err)
	}
	var value string
	err := e.App.RunInTransaction(func(tx core.App) error {
		var err error
		value, err = r.read(tx)
		return err
	})
	if err != nil {
		return refuseError(e, err)
	}
	return e.JSON(http.StatusOK, map[string]string{"value": value})
}

type revealing struct {
	*House
	e          *core.RequestEvent
	collection string
	find       func(collections.DB, collections.Reader, string, string) (*collections.Revealable, error)
	who        actor
	reader     collections.Reader
	field      *fields.Field
	body       struct{ Field, Reason string }
}

// allowed looks at the role, the field and the reason, before any record is: what it answers tells
// nothing about one.
func (r *revealing) allowed() error {
	var err error
	if r.reader, err = collections.ReaderOf(r.e.App, r.e.Auth); err != nil {
		return err
	}
	f, known := fields.Get(r.collection, r.body.Field)
	if !known || f.Class != fields.Contact && f.Class != fields.Sensitive && !r.personal() ||
		f.Kind == fields.File || f.Kind == fields.JSON {
		return ErrRevealField
	}
	r.field = f
	class := f.Class
	if r.personal() {
		class = fields.Contact
	}
	switch reading := r.reader.Reads(class); {
	case isCommand(r.e.Auth):
		return ErrForbidden // the command line reads numbers masked (decisions.md)
	case reading.Plain():
		return ErrRevealField
	case reading != policy.Reveal:
		return ErrForbidden
	}
	return checkReason(r.body.Reason, ErrRevealReason)
}

// personal: the names of customers are contact data where the customer is an individual.
func (r *revealing) personal() bool {
	return r.collection == "customers" && collections.IsPersonal(r.body.Field)
}

// isCommand tells the owner as whom a command of this machine acts.
func isCommand(auth *core.Record) bool {
	return auth != nil && auth.IsSuperuser() && auth.Id == commandID
}

// checkReason: a reason stands in tasks and in the log, so it holds no number itself.
func checkReason(reason string, wrong *fault.Fault) error {
	n := utf8.RuneCountInString(cn.Text(reason))
	if n < minReason || n > maxReason {
		return wrong
	}
	if len(cn.FindSensitive(reason)) > 0 {
		return errSensitiveReason()
	}
	return nil
}

func errSensitiveReason() error {
	return register.ErrSensitiveText.With("what", "证件或银行卡号码",
		"what_en", "certificate or card number")
}

// read answers the value. Whatever it refuses leaves no trace: the transaction is rolled back.
func (r *revealing) read(tx core.App) (string, error) {
	db := collections.Through(tx.DB())
	found, err := r.find(db, r.reader, r.e.Request.PathValue("id"), r.field.Key)
	if err != nil {
		return "", err
	}
	if found == nil || r.personal() && found.Kind != "individual" {
		return "", ErrMissingRecord
	}
	n, err := collections.CountReveal(db, r.who.ID, "reveal "+r.now().Format("2006-01-02"))
	if err != nil {
		return "", err
	}
	if limit := r.policies.Load().Reveals.PerDay; n > limit {
		return "", ErrRevealQuota.With("limit", limit)
	}
	value := found.Value
	if r.field.Class == fields.Sensitive {
		if value, err = r.unsealed(db, found.Customer); err != nil {
			return "", err
		}
	}
	if value == "" {
		return "", ErrRevealEmpty.With("field", r.field.Zh, "field_en", r.field.En)
	}
	return value, r.record(tx, db, found)
}

// unsealed opens a number of class S, as long as the person's consent stands.
func (r *revealing) unsealed(db collections.DB, customer string) (string, error) {
	value, found, err := collections.Unseal(db, r.keys, customer, r.field.Key)
	if err != nil || !found {
		return "", err
	}
	if !collections.Consented(db, customer, register.Purpose(r.field)) {
		return "", ErrConsentWithdrawn.With("field", r.field.Zh, "field_en", r.field.En)
	}
	return value, nil
}

// record puts the act in the audit log, without the value, and tells the owner.
func (r *revealing) record(tx core.App, db collections.DB, found *collections.Revealable) error {
	err := r.note(tx, r.who, actReveal, on(r.collection, r.e.Request.PathValue("id")), map[string]any{
		"field": r.field.Key, "reason": cn.Text(r.body.Reason), "customer": found.Customer})
	if err != nil {
		return err
	}
	if !r.policies.Load().Reveals.NotifyOwner || found.Owner == "" || found.Owner == r.who.Staff {
		return nil
	}
	label := r.field.Zh
	if r.collection == "contacts" {
		label = "联系人的" + label
	}
	title := r.who.Name + " 查看了客户 " + found.Number + " 的" + label + "：" + cn.Text(r.body.Reason)
	now := r.options.Clock()
	return collections.Notify(db, core.GenerateDefaultRandomId(), found.Customer, found.Owner, title,
		stampOf(now), stampOf(now.Add(noticeDays*24*time.Hour)))
}
