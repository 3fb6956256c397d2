package hooks

import (
	"encoding/hex"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/internal/register"
)

// Faults of an exact look-up.
var (
	ErrLookupField = fault.Define("lookup_field",
		"只能按客户编号、手机、电话、姓名（名称）、证件号码或银行账号精确查找",
		"A look-up is by number, mobile, phone, name, cert_no or bank_account")
	ErrLookupQuota = fault.Define("lookup_quota", "精确查找过于频繁（上限{limit}次），请稍后再试",
		"Too many look-ups (the limit is {limit}): try again later")
)

// lookUp finds customers by one exact value (roles.md): for those who may reveal its class, and of
// what they find only the rows that they may see. Nothing tells "none" from "not yours". It is
// counted, so that nobody tries numbers one after the other, and put on record without the value.
func (h *House) lookUp(e *core.RequestEvent) error {
	l := &lookingUp{House: h, e: e, who: actorIn(e)}
	if err := e.BindBody(&l.body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	err := l.allowed()
	if err == nil {
		err = l.understand()
	}
	found := []collections.Hit{}
	if err == nil {
		err = e.App.RunInTransaction(func(tx core.App) error {
			if err := l.count(tx); err != nil {
				return err
			}
			var err error
			found, err = collections.FindExact(collections.Through(tx.DB()), l.reader, l.exact)
			if err != nil {
				return err
			}
			return l.record(tx, found)
		})
	}
	if err != nil {
		return refuseError(e, err)
	}
	return e.JSON(http.StatusOK, map[string]any{"items": found})
}

type lookingUp struct {
	*House
	e      *core.RequestEvent
	who    actor
	reader collections.Reader
	exact  collections.Exact
	body   struct{ Field, Value string }
}

// lookupClasses are the fields that a look-up may be by, and whose class decides who may.
var lookupClasses = map[string]fields.Class{"number": fields.Basic, "mobile": fields.Contact,
	"phone": fields.Contact, "name": fields.Contact, "cert_no": fields.Sensitive,
	"bank_account": fields.Sensitive}

func (l *lookingUp) allowed() error {
	var err error
	if l.reader, err = collections.ReaderOf(l.e.App, l.e.Auth); err != nil {
		return err
	}
	class, known := lookupClasses[l.body.Field]
	if !known {
		return ErrLookupField
	}
	reading := l.reader.Reads(class)
	if isCommand(l.e.Auth) && class == fields.Sensitive || !reading.Plain() && reading != policy.Reveal {
		return ErrForbidden
	}
	return nil
}

// understand normalises the value as it is stored.
func (l *lookingUp) understand() error {
	x, text := &l.exact, l.body.Value
	switch l.body.Field {
	case "number":
		x.Number = cn.Text(text)
		x.Active = l.reader.Role == "finance"
		if x.Number == "" {
			return cn.ErrEmpty
		}
	case "name":
		x.Name = cn.Name(text)
	case "mobile", "phone":
		mobile, _, err := cn.ParseMobile(text)
		if err == nil {
			x.Mobile = mobile.String()
			return nil
		}
		if line, _, failed := cn.ParseLandline(text, ""); failed == nil && l.body.Field == "phone" {
			x.Phone = line.String()
			return nil
		}
		return err
	default:
		return l.understandSealed(text)
	}
	return nil
}

// understandSealed indexes the value by every key in use: a rotation may be going on.
func (l *lookingUp) understandSealed(text string) error {
	forms, err := register.Certificates(text, l.now())
	if l.body.Field == "bank_account" {
		forms, err = register.Accounts(text)
	}
	if err != nil {
		return err
	}
	l.exact.Sealed = l.body.Field
	for _, form := range forms {
		l.exact.Blind = append(l.exact.Blind, l.keys.BlindIndexes(l.body.Field, form)...)
	}
	return nil
}

// count holds the person to the quota of the day and of the minute; a look-up counts whether it
// finds or not.
func (l *lookingUp) count(tx core.App) error {
	db, set, now := collections.Through(tx.DB()), l.policies.Load().Reveals, l.now()
	for span, limit := range map[string]int{
		"lookup " + now.Format("2006-01-02"):        set.LookupsPerDay,
		"lookups " + now.Format("2006-01-02T15:04"): set.LookupsPerMinute,
	} {
		n, err := collections.CountReveal(db, l.who.ID, span)
		if err != nil {
			return err
		}
		if n > limit {
			return ErrLookupQuota.With("limit", limit)
		}
	}
	return nil
}

// record puts the look-up in the audit log: by which field, and whom it found.
func (l *lookingUp) record(tx core.App, found []collections.Hit) error {
	ids := make([]string, len(found))
	for i, hit := range found {
		ids[i] = hit.ID
	}
	return l.note(tx, l.who, actLookup, target{Collection: "customers"}, map[string]any{
		"field": l.body.Field, "print": l.print(), "ids": ids})
}

// print is how the value stands in the log: nobody reads it there, and the same value is known
// again.
func (l *lookingUp) print() string {
	return hex.EncodeToString(l.keys.BlindIndex("lookup "+l.body.Field, l.body.Value))
}
