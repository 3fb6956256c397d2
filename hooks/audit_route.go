package hooks

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/types"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/ledger"
)

// Limits of a page of the audit log.
const (
	auditPage    = 100
	maxAuditPage = 500
)

// ErrWhen: a bound of time that cannot be read.
var ErrWhen = fault.Define("time_invalid", "时间「{value}」不正确，请写成 2026-11-05 或 2026-11-05 09:30:00",
	"The time “{value}” is wrong, write it like 2026-11-05 or 2026-11-05 09:30:00")

func (h *House) bindAuditRoutes(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/audit", h.auditSearch).BindFunc(signedIn, auditors)
	g.GET("/audit/verify", h.auditVerify).BindFunc(signedIn, auditors)
}

// auditors: data administrators and executives read the audit log (roles.md, Actions).
func auditors(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if !reader.Everything && reader.Role != "data_admin" && reader.Role != "executive" {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	return e.Next()
}

// auditSearch is GET /audit: the newest entries first; next is where the next page begins.
func (h *House) auditSearch(e *core.RequestEvent) error {
	params := e.Request.URL.Query()
	q, err := h.auditQuery(params)
	if err != nil {
		return refuseError(e, err)
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	db := collections.Through(e.App.DB())
	if q.Record, err = collections.AuditedRecord(db, reader, q.Record); err != nil {
		return err
	}
	if err := h.flushNotes(); err != nil { // what was read a moment ago is there too
		return err
	}
	limit := q.Limit
	q.Limit++
	found, err := collections.SearchAudit(db, q)
	if err != nil {
		return err
	}
	answer := map[string]any{"items": found}
	if len(found) > limit {
		found = found[:limit]
		answer["items"], answer["next"] = found, found[limit-1].Seq
	}
	if err := collections.CallAudited(db, reader, found); err != nil {
		return err
	}
	detail := map[string]any{"found": len(found)}
	for _, key := range []string{"actor", "action", "collection", "record", "from", "to", "page"} {
		if text := params.Get(key); text != "" {
			detail[key] = ledger.Redact(text)
		}
	}
	if err := h.noteLater(actorIn(e), actList, on("audit_log", ""), detail); err != nil {
		return err
	}
	return e.JSON(http.StatusOK, answer)
}

func (h *House) auditQuery(params url.Values) (collections.AuditQuery, error) {
	q := collections.AuditQuery{Actor: params.Get("actor"), Action: params.Get("action"),
		Collection: params.Get("collection"), Record: params.Get("record"), Limit: auditPage}
	if n := atoi(params.Get("limit")); n > 0 {
		q.Limit = min(n, maxAuditPage)
	}
	q.Before, _ = strconv.ParseInt(params.Get("page"), 10, 64)
	for key, into := range map[string]*string{"from": &q.From, "to": &q.To} {
		text := params.Get(key)
		if text == "" {
			continue
		}
		at, err := h.readTime(text, key == "to")
		if err != nil {
			return q, err
		}
		*into = at
	}
	return q, nil
}

// readTime reads a moment in the company's zone, or in UTC where it ends in Z. A day alone is its
// beginning; as the last one it is meant whole.
func (h *House) readTime(text string, last bool) (string, error) {
	zone := h.policies.Load().Company.Location()
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		if last {
			day = day.AddDate(0, 0, 1)
		}
		return stampOf(day), nil
	}
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05"} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return stampOf(at), nil
		}
	}
	for _, layout := range []string{types.DefaultDateLayout, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return stampOf(at), nil
		}
	}
	return "", ErrWhen.With("value", text)
}

// verdict is what GET /audit/verify answers.
type auditVerdict struct {
	OK      bool   `json:"ok"`
	Entries int64  `json:"entries"` // that hold
	From    int64  `json:"from"`    // the first one that is kept
	First   int64  `json:"first_bad,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Restores are the backups that were brought back.
	Restores []collections.AuditRestore `json:"restores,omitempty"`
}

// auditVerify checks the whole log, entry by entry.
func (h *House) auditVerify(e *core.RequestEvent) error {
	if err := h.flushNotes(); err != nil {
		return err
	}
	anchors, err := h.anchor.read()
	if err != nil {
		return err
	}
	report, err := collections.CheckAudit(collections.Through(e.App.DB()), h.chain, anchors)
	if err != nil {
		return err
	}
	verdict := auditVerdict{OK: report.Broken == nil, Entries: report.Entries, From: report.From,
		Restores: report.Restores}
	if b := report.Broken; b != nil {
		verdict.First, verdict.Code, verdict.Message = b.Seq, b.Why.Code, b.Why.In(language(e))
	}
	err = h.noteLater(actorIn(e), actView, on("audit_log", ""),
		map[string]any{"verified": verdict.Entries, "ok": verdict.OK})
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, verdict)
}
