package hooks

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/fault"
	"kehu/internal/workday"
)

// Faults of the archive.
var (
	ErrArchiveStatus = fault.Define("archive_not_active",
		"只有有效客户可以归档；草稿可以删除，审核中的客户请先完成审核",
		"Only active customers are archived: delete a draft, and have a review decided first")
	ErrArchiveAsked = fault.Define("archive_asked", "该客户已有未处理的归档申请",
		"The customer's archiving was asked for already, and waits to be decided")
	ErrArchiveContact = fault.Define("archive_last_contact",
		"请填写最后联系日期（YYYY-MM-DD，不晚于今天）",
		"Give the day of the last contact (YYYY-MM-DD, not after today)")
	ErrArchiveState = fault.Define("archive_not_kept", "{number} 已不在归档库中：已恢复或已销毁",
		"{number} is no longer in the archive: it was restored or destroyed")
	ErrArchiveTaken = fault.Define("archive_number_taken",
		"“{value}”现在属于 {number}，不能恢复；请先更正那一个",
		"“{value}” now belongs to {number}: mend that one first")
	ErrArchiveRotating = fault.Define("archive_rotating", "正在更换加密密钥，带附件的客户请稍后再恢复",
		"Keys are being changed; restore a customer with files when that is done")
	ErrPurgeEarly = fault.Define("purge_too_early", "保存期限未满，{until} 起才可以申请销毁",
		"It is kept until {until} and cannot be destroyed before")
	ErrPurgeHeld  = fault.Define("purge_held", "不得销毁：{why}", "It must not be destroyed: {why}")
	ErrPurgeAsked = fault.Define("purge_asked", "该客户已有未处理的销毁申请",
		"Its destruction was asked for already, and waits to be decided")
)

// archiveConflicts are refusals that something else stands in the way of.
var archiveConflicts = []string{ErrArchiveStatus.Code, ErrArchiveAsked.Code, ErrArchiveState.Code,
	ErrArchiveTaken.Code, ErrArchiveRotating.Code, ErrPurgeEarly.Code, ErrPurgeHeld.Code, ErrPurgeAsked.Code}

// Actions of the archive in the audit log.
const (
	actArchive        = "archive"
	actArchiveRestore = "archive_restore"
	actArchivePurge   = "archive_purge"
)

func (h *House) bindArchives(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/archives", h.archiveList).BindFunc(signedIn)
	g.POST("/customers/{id}/archive", h.archiveAsk).BindFunc(signedIn)
	g.POST("/archives/{id}/restore", h.archiveRestore).BindFunc(signedIn)
	g.POST("/archives/{id}/purge", h.purgeAsk).BindFunc(signedIn)
}

func refuseArchive(e *core.RequestEvent, err error) error {
	if found, ok := fault.Of(err); ok && slices.Contains(archiveConflicts, found.Code) {
		return refuse(e, http.StatusConflict, found)
	}
	return refuseError(e, err)
}

// archiveBody is the body of the three requests.
type archiveBody struct {
	Reason      string `json:"reason"`
	LastContact string `json:"last_contact"`
}

// archiveBodyOf reads it, with a reason.
func archiveBodyOf(e *core.RequestEvent) (body archiveBody, err error) {
	if err := e.BindBody(&body); err != nil {
		return body, ErrBody.With("why", "JSON").Because(err)
	}
	body.Reason = trimmed(body.Reason)
	return body, checkReason(body.Reason, ErrReasonLength)
}

// archiveAsk asks for a customer to be archived: whoever may read it.
func (h *House) archiveAsk(e *core.RequestEvent) error {
	body, err := archiveBodyOf(e)
	if err != nil {
		return refuseError(e, err)
	}
	id := e.Request.PathValue("id")
	if !h.sees(e.Auth, id) {
		return refuse(e, http.StatusNotFound, ErrMissingRecord)
	}
	var request *core.Record
	err = e.App.RunInTransaction(func(tx core.App) error {
		customer, err := tx.FindRecordById("customers", id)
		if err != nil {
			return ErrMissingRecord
		}
		if err := h.mayArchive(tx, customer); err != nil {
			return err
		}
		body.LastContact = orDefault(trimmed(body.LastContact), customer.GetString("last_contact"))
		last, err := workday.ParseDate(body.LastContact)
		if err != nil || last.String() > h.now().Format("2006-01-02") {
			return ErrArchiveContact
		}
		request, err = h.ask(tx, e.Auth, wanted{row: "archive", customer: customer,
			collection: "customers", id: id, reason: body.Reason,
			payload: map[string]any{"last_contact": body.LastContact}})
		return err
	})
	if err != nil {
		return refuseArchive(e, err)
	}
	return e.JSON(http.StatusOK, map[string]any{"id": id,
		"approval": h.shownRequest(request, language(e))})
}

// mayArchive: an active customer about which no such request waits.
func (h *House) mayArchive(app core.App, customer *core.Record) error {
	if customer.GetString("status") != "active" {
		return ErrArchiveStatus
	}
	waits, err := requestWaits(app, "archive", "customers", customer.Id)
	if err == nil && waits {
		err = ErrArchiveAsked
	}
	return err
}

func requestWaits(app core.App, kind, collection, id string) (bool, error) {
	n, err := app.CountRecords("approvals", dbx.HashExp{"kind": kind, "state": "open",
		"subject_collection": collection, "subject_id": id})
	return n > 0, err
}

// archiveDecided archives a customer once it is approved.
func (h *House) archiveDecided(d *deciding) error {
	if d.act != approval.Approve {
		return nil
	}
	id := d.request.GetString("customer")
	status, _, err := collections.StatusOf(d.db, id)
	if err != nil {
		return err
	}
	if status != "active" {
		return &staleness{moved}
	}
	return (&archiving{deciding: d, id: id}).run()
}

// mayRestore: managers of the customer's department, data administrators.
func (h *House) mayRestore(auth *core.Record, department string) bool {
	reader, err := collections.ReaderOf(h.app, auth)
	return err == nil && mergesIn(reader, department)
}

// archiveFor finds an archive that the asker may act on.
func (h *House) archiveFor(app core.App, auth *core.Record, id string) (*collections.Archive, error) {
	db := collections.Through(app.DB())
	a, err := collections.ReadArchive(db, id)
	if err != nil {
		return nil, err
	}
	reader, err := collections.ReaderOf(app, auth)
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return nil, ErrMissingRecord
	case !mergesIn(reader, a.Department):
		if collections.SeesArchived(db, reader, a.Customer) {
			return nil, ErrForbidden
		}
		return nil, ErrMissingRecord
	case a.State != "kept":
		return nil, ErrArchiveState.With("number", a.Number)
	}
	return a, nil
}

// mostArchives bounds a page of the archive.
const mostArchives = 100

// archiveList answers what lies in the archive, for those who could see the customer, as they read
// it: GET /archives?q=&state=&page=&perPage=.
func (h *House) archiveList(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	params := e.Request.URL.Query()
	number := func(key string, fallback, most int) int {
		n, err := strconv.Atoi(params.Get(key))
		if err != nil || n < 1 {
			return fallback
		}
		return min(n, most)
	}
	page, size := number("page", 1, 1_000_000), number("perPage", 30, mostArchives)
	query := e.App.RecordQuery("archives").OrderBy("archived DESC", "id").Limit(int64(size + 1)).
		Offset(int64((page - 1) * size))
	if where, args := reader.WhereIn("archives"); where != "" {
		query.AndWhere(placed(where, args))
	}
	if state := params.Get("state"); state != "" {
		query.AndWhere(dbx.HashExp{"state": state})
	}
	if q := strings.TrimSpace(params.Get("q")); q != "" {
		like := "%" + likeEscaper.Replace(q) + "%"
		name := "name LIKE {:q} ESCAPE '\\'"
		if !reader.ReadsContact() { // a person's name is contact data
			name = "(" + name + " AND kind != 'individual')"
		}
		query.AndWhere(dbx.NewExp("(number LIKE {:q} ESCAPE '\\' OR "+name+")", dbx.Params{"q": like}))
	}
	records := []*core.Record{}
	if err := query.All(&records); err != nil {
		return err
	}
	more := len(records) > size
	items := []map[string]any{}
	today := h.now().Format("2006-01-02")
	for _, record := range records[:min(size, len(records))] {
		shown := h.shownAs(e.App, reader, record)
		kept := record.GetString("state") == "kept"
		mine := kept && mergesIn(reader, record.GetString("department"))
		shown["may_restore"] = mine
		shown["may_purge"] = mine && record.GetString("retain_until") <= today &&
			!held(record.GetString("hold_reason"), record.GetString("hold_until"), today)
		items = append(items, shown)
	}
	return e.JSON(http.StatusOK, map[string]any{"items": items, "page": page, "perPage": size, "more": more})
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// placed gives a condition with question marks to PocketBase's query builder.
func placed(where string, args []any) dbx.Expression {
	params, out := dbx.Params{}, strings.Builder{}
	for i, piece := range strings.Split(where, "?") {
		if i > 0 {
			name := "scope" + strconv.Itoa(i)
			out.WriteString("{:" + name + "}")
			params[name] = args[i-1]
		}
		out.WriteString(piece)
	}
	return dbx.NewExp(out.String(), params)
}

// held tells whether something keeps an archive from being destroyed on a day.
func held(reason, until, today string) bool { return reason != "" && (until == "" || today <= until) }
