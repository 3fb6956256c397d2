// Package hooks is what happens: it alone binds record events, routes and jobs. A hook reads a
// record, asks a pure function of internal/, and writes the result or answers its refusal. A file
// per noun: <noun>_<verb>.go.
package hooks

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"kehu/collections"
	alike "kehu/internal/match"
	"kehu/internal/policy"
	"kehu/internal/vault"
	"kehu/internal/workday"
)

// Options are what the outside gives.
type Options struct {
	Root  func() *vault.Root // the root key, known once the database is open
	Clock func() time.Time   // nil: the system's
	Web   fs.FS              // the staff web app
	Admin fs.FS              // what is added to the built-in admin UI
	// SQLConsole opens /api/sql to owners of the system, read only.
	SQLConsole bool
	// Command is the secret by which this machine's own commands act as the owner; "" = none.
	Command string
	// Keys is the keys folder, where the audit log is anchored; "" = no anchors.
	Keys string
	// Jobs is work of other rooms that happens by the clock.
	Jobs []Job
	// Backups makes and keeps backups; nil closes their routes.
	Backups Backups
	// Restart starts the program anew after a restore; nil: PocketBase's own way.
	Restart func() error
	// Alone says that no other process can hold this database: runs of jobs that the book calls
	// running were left by one that is gone.
	Alone bool
	// NoJobs leaves the jobs to the next process, for one that is gone soon.
	NoJobs bool
	// Still keeps everything from happening by itself: no jobs, no imports taken up. It is for a
	// copy that is only looked at.
	Still bool
	// Step is asked before each step of what happens whole or not at all; its error ends the work
	// there. nil: nobody asks.
	Step func(name string) error
	// Log takes each entry of the log once its secrets are out; nil takes none.
	Log func(level int, at time.Time, message string, data map[string]any)
	// Proxies are the addresses of web servers in front, whose word about who asks is taken.
	Proxies []netip.Prefix
	// SetupCode opens the first set-up while there is no administrator; "" = it is closed.
	SetupCode string
	SetUp     func() // is called once there is one
}

// House is the running product: what hooks, routes and jobs share.
type House struct {
	auditing
	streaming
	watching
	app          core.App
	options      Options
	keys         *vault.Keysets
	policies     atomic.Pointer[policy.Set]
	calendar     atomic.Pointer[workday.Calendar]
	imports      *importQueue
	jobs         *jobRunner
	ready        atomic.Bool
	rotation     rotation
	saves        atomic.Int32 // requests at work that may want the writing connection
	pacer        pacer
	refused      refusalLog
	signIns      signIns
	model        atomic.Pointer[alike.Model]
	quota        quotas
	numbersAsked numbersAsked
	upkeep       upkeep
	resort       resorting
}

// Bind puts the product on an app. Prepare must run after the migrations; serving does it.
func Bind(app core.App, options Options) *House {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	h := &House{app: app, options: options, streaming: newStreaming()}
	h.imports, h.jobs = newImportQueue(h), newJobRunner(h)
	h.notes = newNoteQueue()
	h.upkeep.wake = make(chan struct{}, 1)
	h.bindRecords()
	h.bindStockBackups()
	h.keepPlans()
	app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: "kehu", Func: func(e *core.ServeEvent) error {
		if err := h.Prepare(); err != nil {
			return err
		}
		h.bindRoutes(e)
		h.bindAdminFiles(e)
		if err := e.Next(); err != nil {
			return err
		}
		if options.Still {
			return nil
		}
		h.goRotate()
		return errors.Join(h.imports.resume(), h.startUpkeep(), h.startClassify(), h.startJobs())
	}})
	app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Id: "kehu",
		Func: func(e *core.TerminateEvent) error {
			h.imports.stop()
			h.stopUpkeep()
			h.stopClassify()
			h.stopRotation()
			return errors.Join(h.stopJobs(), h.closeAudit(), e.Next())
		}})
	return h
}

// Prepare makes a migrated database ready: rules re-applied, keys open, policies read.
func (h *House) Prepare() error {
	if h.ready.Load() {
		return nil
	}
	keys, err := collections.Keysets(h.app, h.options.Root())
	if err != nil {
		return err
	}
	h.keys = keys
	if err := h.openAudit(); err != nil {
		return err
	}
	if err := h.readPolicies(); err != nil {
		return err
	}
	if err := errors.Join(collections.ApplyAccess(h.app), collections.ForgetStatistics(h.app)); err != nil {
		return err
	}
	if err := h.readCalendar(); err != nil {
		return err
	}
	if err := h.applySettings(h.app); err != nil {
		return err
	}
	if err := errors.Join(h.readModel(), h.replayErasures(), h.deleteGoneFiles()); err != nil {
		return err
	}
	h.ready.Store(true)
	h.startNotes()
	return nil
}

func (h *House) readPolicies() error {
	set, err := collections.Policies(collections.Through(h.app.DB()))
	if err != nil {
		return err
	}
	h.policies.Store(set)
	collections.SetAccess(h.app, set.Access)
	return nil
}

// now is the moment in the company's zone.
func (h *House) now() time.Time {
	return h.options.Clock().In(h.policies.Load().Company.Location())
}

// bindRecords is the table of what happens to records.
func (h *House) bindRecords() {
	app := h.app
	app.OnRecordCreateRequest("customers").BindFunc(h.customerRequest)
	app.OnRecordUpdateRequest("customers").BindFunc(h.customerRequest)
	app.OnRecordViewRequest("customers").BindFunc(h.customerView)
	app.OnRecordDeleteRequest("customers").BindFunc(h.customerDeleteRequest)
	app.OnRecordDeleteRequest("contacts").BindFunc(h.contactDeleteRequest)
	h.closeApprovals(app)
	app.OnRecordCreate("customers").BindFunc(h.customerSave)
	app.OnRecordUpdate("customers").BindFunc(h.customerSave)

	app.OnRecordCreateRequest(collections.Belongings...).BindFunc(h.belongingRequest)
	app.OnRecordUpdateRequest(collections.Belongings...).BindFunc(h.belongingRequest)
	app.OnRecordCreate(collections.Belongings...).BindFunc(h.belongingSave)
	app.OnRecordUpdate(collections.Belongings...).BindFunc(h.belongingSave)
	app.OnRecordDelete(collections.Belongings...).BindFunc(h.belongingDelete)

	h.bindAccounts()

	app.OnRecordCreate("departments").BindFunc(departmentSave)
	app.OnRecordUpdate("departments").BindFunc(departmentSave)
	app.OnRecordDelete("departments").BindFunc(departmentDelete)
	app.OnRecordDeleteRequest("departments").BindFunc(h.refusals)
	app.OnRecordUpdate("staff").BindFunc(h.staffSave)
	app.OnRecordUpdateRequest("staff").BindFunc(h.handoverHint)
	app.OnRecordCreate("tags").BindFunc(tagSave)
	app.OnRecordUpdate("tags").BindFunc(tagSave)
	app.OnRecordCreate("policies").BindFunc(h.policySave)
	app.OnRecordUpdate("policies").BindFunc(h.policySave)
	app.OnRecordDelete("policies").BindFunc(h.policySave)
	app.OnRecordAfterCreateSuccess("policies").BindFunc(h.policyApply)
	app.OnRecordAfterUpdateSuccess("policies").BindFunc(h.policyApply)
	app.OnRecordAfterDeleteSuccess("policies").BindFunc(h.policyApply)
	app.OnRecordDelete("staff").BindFunc(h.staffDelete)
	for _, name := range []string{"departments", "staff", "tags", "policies"} {
		app.OnRecordCreateRequest(name).BindFunc(h.refusals)
		app.OnRecordUpdateRequest(name).BindFunc(h.refusals)
	}
	for _, name := range []string{"imports", "import_rows", "exports", // written by their routes only
		"jobs_log", "backups_log", "merges", "handovers", "archives"} {
		app.OnRecordCreateRequest(name).BindFunc(closedDoor)
		app.OnRecordUpdateRequest(name).BindFunc(closedDoor)
	}
	app.OnRecordDeleteRequest("archives", "campaigns").BindFunc(closedDoor)
	app.OnRecordCreateRequest("campaigns").BindFunc(h.campaignRequest)
	app.OnRecordUpdateRequest("campaigns").BindFunc(h.campaignRequest)
	app.OnRecordCreate("campaigns").BindFunc(h.campaignSave)
	app.OnRecordUpdate("campaigns").BindFunc(h.campaignSave)
	for _, name := range []string{"customers", "contacts"} {
		app.OnRecordAfterCreateSuccess(name).BindFunc(h.recordCompared)
		app.OnRecordAfterUpdateSuccess(name).BindFunc(h.recordCompared)
	}
	app.OnRecordEnrich().BindFunc(h.recordShow) // every collection, those to come included
	app.OnBatchRequest().BindFunc(h.batchAsk)
	app.OnRealtimeSubscribeRequest().BindFunc(h.realtimeAsk)
	app.OnRecordDeleteRequest("imports").BindFunc(h.importDelete)
	app.OnFileDownloadRequest().BindFunc(h.fileDownload)
	app.OnRecordCreateExecute(sealedFiles...).BindFunc(h.fileSeal)
	app.OnRecordUpdateExecute(sealedFiles...).BindFunc(h.fileSeal)
	app.OnModelCreate(core.LogsTableName).BindFunc(h.logStrip)
	h.bindAudit()
}

// inTransaction runs a record hook so that all it writes commits with the record, or not at all.
func inTransaction(e *core.RecordEvent, do func() error) error {
	if e.App.IsTransactional() {
		return do()
	}
	outer := e.App
	defer func() { e.App = outer }()
	return outer.RunInTransaction(func(tx core.App) error {
		e.App = tx
		return do()
	})
}

// background is the context of work that outlives a request.
func background() context.Context { return context.Background() }

// Sealed tells whether a collection's files are encrypted when they are stored.
func Sealed(collection string) bool { return slices.Contains(sealedFiles, collection) }

// sealedFiles are the collections whose files are encrypted when they are stored.
var sealedFiles = []string{
	"attachments", "followups", "contracts", "consents", "imports", "exports", "approvals",
}
