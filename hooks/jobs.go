package hooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/schedule"
	"kehu/internal/signin"
)

// Job is what happens by the clock. Each moment at which it is due is worked once, whatever
// restarts, other processes or the clock do; a moment that was missed is made up at the next
// start, the newest one only.
type Job struct {
	Name string
	Due  schedule.Due // asked with the time in the company's zone
	// Run does the work and says in a few words what it did. It ends soon when ctx does.
	Run     func(ctx context.Context) (result string, err error)
	Retries int           // more attempts after a failure
	Again   time.Duration // how long to wait before each
}

// sweepAt is when files past their time go: the hour at which nobody works.
const sweepAt = 4

// jobTable is the list of what happens by the clock. Work of other rooms comes with the options.
func (h *House) jobTable() []Job {
	own := append([]Job{
		{Name: "sweep", Due: schedule.Daily(sweepAt, 0), Run: h.sweepJob},
		{Name: "audit_purge", Due: schedule.Daily(purgeAt, 30), Run: h.PurgeAudit},
		{Name: alarmsName, Due: schedule.Every(alarmEvery), Run: h.alarmJob},
		{Name: "logs", Due: schedule.Every(time.Hour), Run: h.trimLog},
	}, append(h.classifyJobs(), h.taskJobs()...)...)
	return append(append(own, h.alarmJobs()...), h.options.Jobs...)
}

// JobNames lists what happens by the clock.
func (h *House) JobNames() (names []string) {
	for _, job := range h.jobTable() {
		names = append(names, job.Name)
	}
	return names
}

// WorkJob works a job of the list now, whether its moment has come or not and outside of the book of runs;
// it says what it did.
func (h *House) WorkJob(ctx context.Context, name string) (string, error) {
	for _, job := range h.jobTable() {
		if job.Name == name {
			return job.Run(ctx)
		}
	}
	return "", fmt.Errorf("there is no job %q", name)
}

// keepRuns is how long the book of runs goes back.
const keepRuns = 90 // days

func (h *House) sweepJob(context.Context) (string, error) {
	if err := errors.Join(h.Sweep(), h.sweepSignIn(), collections.EmptyLog(h.app)); err != nil {
		return "", err
	}
	db, now := collections.Through(h.app.NonconcurrentDB()), h.options.Clock()
	return "", errors.Join(collections.PruneJobs(db, now.AddDate(0, 0, -keepRuns)),
		collections.ForgetTasks(db, now.AddDate(-keepTasks, 0, 0)),
		collections.ForgetImportRows(db, now.AddDate(-keepRows, 0, 0), ErrUndoBegun.In("zh")))
}

// How many years tasks are kept once they have ended, and the rows of an import, by which it is undone.
const (
	keepTasks = 2
	keepRows  = 1
)

// keepAddresses is how many days an address from which somebody signed in stays a known one.
const keepAddresses = 180

// sweepSignIn forgets what no longer counts of signing in: failures, old addresses, spent links.
func (h *House) sweepSignIn() error {
	now := h.options.Clock()
	return collections.SweepSignIn(collections.Through(h.app.NonconcurrentDB()),
		now.Add(-signin.Memory).UnixMilli(), now.AddDate(0, 0, -keepAddresses).UnixMilli(), now.UnixMilli())
}

// Sweep deletes the files whose time has passed: workbooks of imports, finished exports. What the
// records tell of them stays.
func (h *House) Sweep() error {
	now, set := h.options.Clock().UTC(), h.policies.Load()
	err := collections.ForgetReveals(collections.Through(h.app.NonconcurrentDB()),
		h.now().Format("2006-01-02"))
	if err != nil {
		return err
	}
	err = h.sweepFiles("imports", "file != '' && state != 'running' && created < {:before}",
		now.AddDate(0, 0, -set.Imports.KeepDays), "")
	if err != nil {
		return err
	}
	return h.sweepFiles("exports", "state = 'done' && expires < {:before}", now, "expired")
}

const sweepPage = 100

func (h *House) sweepFiles(collection, filter string, before time.Time, state string) error {
	for {
		records, err := h.app.FindRecordsByFilter(collection, filter, "created", sweepPage, 0,
			map[string]any{"before": collections.Stamp(before)})
		if err != nil || len(records) == 0 {
			return err
		}
		for _, record := range records {
			if err := h.dropFile(record, state); err != nil {
				return fmt.Errorf("%s %s: %w", collection, record.Id, err)
			}
		}
	}
}

func (h *House) dropFile(record *core.Record, state string) error {
	record.Set("file", "")
	if state != "" {
		record.Set("state", state)
	}
	return h.app.Save(record)
}
