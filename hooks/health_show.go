package hooks

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/watch"
	"kehu/internal/workday"
)

// condition is what is wrong, as the health page has it.
type condition struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// watched is the state of the running register. Nothing of it is of customers.
type watched struct {
	Database bool
	Codes    []string // conditions, the weightiest first
	Jobs     map[string]any
	Failed   []string // jobs that failed last
	Backups  any      // as the keeper tells it
	Backup   backupState
	Calendar *workday.Reminder
}

// backupState is what is read of the keeper's state here.
type backupState struct {
	NewestAt string   `json:"newest_at"`
	ProvenAt string   `json:"proven_at"`
	DiskFree int64    `json:"disk_free"`
	Alarms   []string `json:"alarms"`
}

// watch looks at everything that an administrator watches.
func (h *House) watch(ctx context.Context) (*watched, error) {
	w := &watched{Database: h.readable()}
	var codes []string
	if !w.Database {
		w.Codes = []string{"database"}
		return w, nil
	}
	failed, err := h.failedJobs()
	if err != nil {
		return nil, err
	}
	w.Failed = slices.DeleteFunc(failed, func(job string) bool { return job == drillName })
	if len(w.Failed) > 0 {
		codes = append(codes, "job_failed")
	}
	if w.Jobs, err = h.jobsState(); err != nil {
		return nil, err
	}
	if h.options.Backups != nil {
		if w.Backups, err = h.options.Backups.Summary(ctx); err != nil {
			return nil, err
		}
		text, err := json.Marshal(w.Backups)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &w.Backup); err != nil {
			return nil, err
		}
		codes = append(codes, w.Backup.Alarms...)
	}
	if reminder, missing := h.calendar.Load().Reminder(workday.DateOf(h.now())); missing {
		w.Calendar = &reminder
		codes = append(codes, "calendar_missing")
	}
	w.Codes = watch.Order(codes)
	return w, nil
}

// drillName is the job that drills. Its failure has a condition of its own, which a drill by hand ends too.
const drillName = "backup_drill"

// failedJobs are the jobs whose newest run that has ended failed. One that was switched off, or that
// there no longer is, will not run again to be better.
func (h *House) failedJobs() (failed []string, err error) {
	runs, err := collections.EndedRuns(collections.Through(h.app.DB()))
	if err != nil {
		return nil, err
	}
	due := map[string]bool{}
	for _, job := range h.jobTable() {
		due[job.Name] = !job.Due(h.now()).IsZero()
	}
	for _, run := range runs {
		if run.State == "failed" && due[run.Job] {
			failed = append(failed, run.Job)
		}
	}
	return failed, nil
}

// readable tells whether the database answers.
func (h *House) readable() bool {
	rows, err := collections.Through(h.app.DB()).Query("SELECT count(*) FROM kehu_counters")
	if err != nil {
		return false
	}
	defer rows.Close()
	return rows.Next() && rows.Err() == nil
}

// health answers whether the register works; what is wrong with it is for those who run it, and for
// this machine, where a program that watches has no account.
func (h *House) health(e *core.RequestEvent) error {
	if !runsRegister(e.Auth) && (e.Auth != nil || !h.direct(e)) {
		ok := h.readable()
		return e.JSON(healthStatus(ok), map[string]any{"ok": ok})
	}
	w, err := h.watch(e.Request.Context())
	if err != nil {
		return err
	}
	conditions := []condition{}
	for _, code := range w.Codes {
		conditions = append(conditions, condition{code, watch.Text(code, language(e))})
	}
	answer := map[string]any{"ok": w.Database, "verdict": watch.Verdict(w.Codes), "conditions": conditions,
		"imports": h.imports.state(), "calendar": nil}
	if w.Database {
		answer["jobs"], answer["failed_jobs"] = w.Jobs, append([]string{}, w.Failed...)
		if w.Backups != nil {
			answer["backups"], answer["disk_free"] = w.Backups, w.Backup.DiskFree
		}
		if w.Calendar != nil {
			answer["calendar"] = map[string]any{"missing_year": w.Calendar.Year, "urgent": w.Calendar.Urgent}
		}
	}
	return e.JSON(healthStatus(w.Database), answer)
}

func healthStatus(ok bool) int {
	if ok {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

// forwardedKey marks a request that came with the word of a web server in front, named or not.
const forwardedKey = "kehuForwarded"

// direct tells of a request of this machine itself: a web server in front on the same machine says
// that it forwards, or was named.
func (h *House) direct(e *core.RequestEvent) bool {
	from, ok := addressOf(e.Request.RemoteAddr)
	return ok && from.IsLoopback() && !h.proxy(from) && e.Get(forwardedKey) == nil
}

// runsRegister tells who looks after the register: owners and data administrators.
func runsRegister(auth *core.Record) bool {
	return auth != nil && (auth.IsSuperuser() || auth.Collection().Name == "staff" &&
		auth.GetBool("active") && auth.GetString("role") == "data_admin")
}
