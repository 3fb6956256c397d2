package collections

import (
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

func init() {
	core.AppMigrations.Register(createJobs, nil, "1764000090_jobs.go")
	ids["jobs_log"] = "kehujobslog0000"
}

// createJobs builds the book of what the clock has done.
func createJobs(app core.App) error {
	holder := text("holder", "由哪个进程执行", 50)
	holder.Hidden = true
	return create(app, "jobs_log", []core.Field{
		requiredText("job", "任务", 100), &core.DateField{Name: "slot", Help: "应执行的时间", Required: true},
		choice("state", "状态", "running", "done", "failed", "stopped"),
		&core.NumberField{Name: "attempts", Help: "第几次"},
		&core.DateField{Name: "started", Help: "开始"}, &core.DateField{Name: "finished", Help: "结束"},
		&core.NumberField{Name: "duration", Help: "毫秒"},
		text("result", "结果", noteMax), text("error", "失败原因", noteMax), holder,
	}, uniqueOn("idx_jobs_slot", "jobs_log", "job, slot", ""),
		indexOn("idx_jobs_started", "jobs_log", "job, started", ""))
}

// MaxInterruptions is how often a run that a stop or a crash broke off is taken up again: a job
// that brings the process down must not do so at every start.
const MaxInterruptions = 3

// stampLayout is how PocketBase writes moments.
const stampLayout = "2006-01-02 15:04:05.000Z"

// Stamp is a moment as a column holds it.
func Stamp(t time.Time) string { return t.UTC().Format(stampLayout) }

// JobClaim is one run of a job that this process has taken.
type JobClaim struct {
	Job     string
	Slot    time.Time
	Attempt int
	started time.Time
}

// ClaimJob takes the run of a job for a moment. It is one statement, so of several processes, or
// of a process and the one after a restart, one gets it. A run that was broken off is given again,
// one that failed up to retries more times, again after it ended; one that is done never.
// The claim is nil where somebody else has it, or it is done.
func ClaimJob(db DB, job string, slot, now time.Time, holder string, retries int,
	again time.Duration) (*JobClaim, error) {
	c := &JobClaim{Job: job, Slot: slot, started: now}
	found, err := one(db, []any{&c.Attempt}, `INSERT INTO jobs_log
		(id, job, slot, state, attempts, started, finished, duration, result, error, holder, created, updated)
		VALUES (?, ?, ?, 'running', 1, ?, '', 0, '', '', ?, ?, ?)
		ON CONFLICT (job, slot) DO UPDATE SET state = 'running', attempts = attempts + 1,
			started = excluded.started, finished = '',
			error = CASE state WHEN 'failed' THEN error ELSE '' END,
			holder = excluded.holder, updated = excluded.updated
		WHERE state = 'stopped' AND attempts <= ? OR
			state = 'failed' AND attempts <= ? AND finished <= ?
		RETURNING attempts`,
		security.RandomStringWithAlphabet(15, "abcdefghijklmnopqrstuvwxyz0123456789"), job, Stamp(slot),
		Stamp(now), holder, Stamp(now), Stamp(now), MaxInterruptions, retries, Stamp(now.Add(-again)))
	if err != nil || !found {
		return nil, err
	}
	return c, nil
}

// EndJob writes how a run ended: done, failed, or stopped before its end.
func EndJob(db DB, c *JobClaim, now time.Time, state, result, why string) error {
	took := max(now.Sub(c.started).Milliseconds(), 0) // a clock that was set back took no time
	return db.Exec(`UPDATE jobs_log SET state = ?, finished = ?, duration = ?, result = ?, error = ?,
		updated = ? WHERE job = ? AND slot = ? AND attempts = ?`,
		state, Stamp(now), took, cut(result, noteMax), cut(why, noteMax), Stamp(now),
		c.Job, Stamp(c.Slot), c.Attempt)
}

func cut(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit])
	}
	return s
}

// JobSettled tells whether a run is over for good: done, or failed as often as it may.
func JobSettled(db DB, job string, slot time.Time, retries int) (bool, error) {
	var n int
	return one(db, []any{&n}, `SELECT 1 FROM jobs_log WHERE job = ? AND slot = ? AND
		(state = 'done' OR state = 'failed' AND attempts > ? OR state = 'stopped' AND attempts > ?)`,
		job, Stamp(slot), retries, MaxInterruptions)
}

// StopJobs marks the runs that a process which is gone has left behind.
func StopJobs(db DB, now time.Time) error {
	return db.Exec(`UPDATE jobs_log SET state = 'stopped', error = 'interrupted', finished = ?
		WHERE state = 'running'`, Stamp(now))
}

// PruneJobs forgets runs due before a moment, but for each job's newest: its moment stays taken.
func PruneJobs(db DB, before time.Time) error {
	return db.Exec(`DELETE FROM jobs_log WHERE slot < ? AND state <> 'running' AND EXISTS (
		SELECT 1 FROM jobs_log AS newer WHERE newer.job = jobs_log.job AND newer.slot > jobs_log.slot)`,
		Stamp(before))
}

// JobRun is the newest run of a job, for people who run the register.
type JobRun struct {
	Job      string `json:"job"`
	Slot     string `json:"slot"`
	State    string `json:"state"`
	Started  string `json:"started"`
	Duration int64  `json:"duration_ms"`
	Attempts int    `json:"attempts"`
	Result   string `json:"result,omitempty"`
	Error    string `json:"error,omitempty"`
}

// NewestRuns gives each job's run that began last, by name.
func NewestRuns(db DB) ([]JobRun, error) {
	return jobRuns(db, `SELECT job, slot, state, max(started), duration, attempts, result,
		CASE state WHEN 'running' THEN '' ELSE error END FROM jobs_log GROUP BY job ORDER BY job`)
}

// EndedRuns gives each job's newest run that has ended, by name. One that failed and is being tried
// again has failed until it does better: its error is kept for that.
func EndedRuns(db DB) ([]JobRun, error) {
	return jobRuns(db, `SELECT job, slot, CASE state WHEN 'running' THEN 'failed' ELSE state END, max(started),
		duration, attempts, result, error FROM jobs_log WHERE state <> 'running' OR error <> '' GROUP BY job ORDER BY job`)
}

func jobRuns(db DB, query string) ([]JobRun, error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	runs := []JobRun{}
	for rows.Next() {
		var r JobRun
		err := rows.Scan(&r.Job, &r.Slot, &r.State, &r.Started, &r.Duration, &r.Attempts, &r.Result,
			&r.Error)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, rows.Err()
}
