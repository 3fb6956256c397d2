package hooks

import (
	"sync"
	"sync/atomic"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"kehu/collections"
	"kehu/internal/ledger"
)

// auditing is the part of the house that keeps the audit log.
type auditing struct {
	chain  *ledger.Key
	anchor *anchoring
	notes  *noteQueue
	acts   sync.Map // transaction → *act

	reads    atomic.Uint64
	readings sync.Map // number → *reading

	consoleMu sync.Mutex
	console   *collections.Console
}

// Priorities of the audit's hooks: who asks is bound before anything else looks at the record, and
// what changed is noted inside of every other hook, when the values are final.
const (
	outermost = -1000
	innermost = 50
)

// bindAudit is the table of what goes on record.
func (h *House) bindAudit() {
	app := h.app
	for _, request := range []interface {
		Bind(*hook.Handler[*core.RecordRequestEvent]) string
	}{
		app.OnRecordCreateRequest(), app.OnRecordUpdateRequest(), app.OnRecordDeleteRequest(),
	} {
		request.Bind(&hook.Handler[*core.RecordRequestEvent]{Id: "kehuAuditCarry", Func: h.carry,
			Priority: outermost})
	}
	for _, save := range []interface {
		Bind(*hook.Handler[*core.RecordEvent]) string
	}{app.OnRecordCreate(), app.OnRecordUpdate()} {
		save.Bind(&hook.Handler[*core.RecordEvent]{Id: "kehuAudit", Func: h.recordNote,
			Priority: innermost})
	}
	app.OnRecordDelete().Bind(&hook.Handler[*core.RecordEvent]{Id: "kehuAudit", Func: h.recordGone,
		Priority: innermost})
	h.bindReads()
	h.bindAdmin()
	for _, name := range []string{"audit_log", "changes"} { // written by nobody
		app.OnRecordCreateRequest(name).BindFunc(closedDoor)
		app.OnRecordUpdateRequest(name).BindFunc(closedDoor)
		app.OnRecordDeleteRequest(name).BindFunc(closedDoor)
	}
}

// bindReads is what is noted of reading.
func (h *House) bindReads() {
	app := h.app
	app.OnRecordsListRequest().Bind(&hook.Handler[*core.RecordsListRequestEvent]{
		Id: "kehuAudit", Func: h.noteList, Priority: outermost})
	app.OnRecordViewRequest().Bind(&hook.Handler[*core.RecordRequestEvent]{
		Id: "kehuAudit", Func: h.noteView, Priority: outermost})
	for _, request := range []interface {
		Bind(*hook.Handler[*core.RecordRequestEvent]) string
	}{app.OnRecordCreateRequest(), app.OnRecordUpdateRequest()} {
		request.Bind(&hook.Handler[*core.RecordRequestEvent]{Id: "kehuAuditAnswer",
			Func: h.noteAnswer, Priority: outermost})
	}
	app.OnRecordEnrich().Bind(&hook.Handler[*core.RecordEnrichEvent]{Id: "kehuAudit",
		Func: h.noteExpanded, Priority: outermost})
	app.OnRealtimeSubscribeRequest().Bind(&hook.Handler[*core.RealtimeSubscribeRequestEvent]{
		Id: "kehuAudit", Func: h.noteSubscribe, Priority: outermost})
	app.OnRealtimeMessageSend().Bind(&hook.Handler[*core.RealtimeMessageEvent]{Id: "kehuAudit",
		Func: h.noteMessage, Priority: outermost})
}

// bindAdmin is what is noted of signing in and of running the system.
func (h *House) bindAdmin() {
	app := h.app
	app.OnRecordAuthRequest().Bind(&hook.Handler[*core.RecordAuthRequestEvent]{Id: "kehuAudit",
		Func: h.noteSignIn, Priority: innermost})
	app.OnRecordConfirmPasswordResetRequest().BindFunc(
		func(e *core.RecordConfirmPasswordResetRequestEvent) error {
			carryHolder(e.RequestEvent, e.Record)
			return e.Next()
		})
	app.OnRecordConfirmEmailChangeRequest().BindFunc(
		func(e *core.RecordConfirmEmailChangeRequestEvent) error {
			carryHolder(e.RequestEvent, e.Record)
			return e.Next()
		})
	app.OnRecordConfirmVerificationRequest().BindFunc(
		func(e *core.RecordConfirmVerificationRequestEvent) error {
			carryHolder(e.RequestEvent, e.Record)
			return e.Next()
		})
	app.OnSettingsUpdateRequest().Bind(&hook.Handler[*core.SettingsUpdateRequestEvent]{
		Id: "kehuAudit", Func: h.noteSettings, Priority: innermost})
	for _, request := range []interface {
		Bind(*hook.Handler[*core.CollectionRequestEvent]) string
	}{app.OnCollectionCreateRequest(), app.OnCollectionUpdateRequest(), app.OnCollectionDeleteRequest()} {
		request.Bind(&hook.Handler[*core.CollectionRequestEvent]{Id: "kehuAudit",
			Func: h.noteCollection, Priority: innermost})
	}
}
