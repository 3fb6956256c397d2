package hooks

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/pocketbase/pocketbase/tools/security"

	"kehu/collections"
	"kehu/internal/fault"
)

// jobTick is how often each job's moment is looked at. The moments themselves come of the wall
// clock at each look, so a changed policy, a suspended machine or a clock that was set counts at
// once; looking costs a comparison until a new moment has come.
const jobTick = 20 * time.Second

// jobRunner works the table of jobs.
type jobRunner struct {
	house     *House
	holder    string // this process, in the book of runs
	scheduler gocron.Scheduler
	stop      context.CancelFunc

	mu      sync.Mutex
	work    sync.WaitGroup
	closed  bool
	running map[string]time.Time // name → begin
	settled map[string]time.Time // name → the moment known to be over
}

func newJobRunner(h *House) *jobRunner {
	return &jobRunner{house: h, holder: security.RandomString(20), running: map[string]time.Time{},
		settled: map[string]time.Time{}}
}

func (h *House) startJobs() error {
	if h.options.Alone {
		err := collections.StopJobs(collections.Through(h.app.NonconcurrentDB()), h.options.Clock())
		if err != nil {
			return err
		}
	}
	if h.options.NoJobs {
		return nil
	}
	return h.jobs.start(h.jobTable())
}

// start lets gocron look at each job again and again, never twice at a time.
func (r *jobRunner) start(table []Job) error {
	scheduler, err := gocron.NewScheduler(gocron.WithLocation(r.house.policies.Load().Company.Location()))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(background())
	r.scheduler, r.stop = scheduler, cancel
	for _, job := range table {
		_, err := scheduler.NewJob(gocron.DurationJob(jobTick),
			gocron.NewTask(func() { r.logged(job, r.turn(ctx, job)) }), gocron.WithName(job.Name),
			gocron.WithSingletonMode(gocron.LimitModeReschedule),
			gocron.WithStartAt(gocron.WithStartImmediately()))
		if err != nil {
			cancel()
			return err
		}
	}
	scheduler.Start()
	return nil
}

func (r *jobRunner) logged(job Job, err error) {
	if err != nil {
		r.house.app.Logger().Error("job", "job", job.Name, "error", err.Error())
	}
}

// stopJobs tells the job at work to end and waits for it. What it leaves undone is taken up at the
// next start.
func (h *House) stopJobs() error {
	r := h.jobs
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	if r.scheduler == nil {
		return nil
	}
	r.stop()
	r.work.Wait()
	return r.scheduler.Shutdown()
}

// RunJobs works every job that is due now, one after the other, and answers what failed.
func (h *House) RunJobs(ctx context.Context) error {
	var failed error
	for _, job := range h.jobTable() {
		failed = errors.Join(failed, h.jobs.turn(ctx, job))
	}
	return failed
}

// turn works a job where its moment has come and nobody has worked it.
func (r *jobRunner) turn(ctx context.Context, job Job) error {
	slot := job.Due(r.house.now())
	if slot.IsZero() || !r.enter(job.Name, slot) {
		return nil
	}
	defer r.leave(job.Name)
	db := collections.Through(r.house.app.NonconcurrentDB())
	claim, err := collections.ClaimJob(db, job.Name, slot, r.house.options.Clock(), r.holder,
		job.Retries, job.Again)
	if err != nil {
		return err
	}
	if claim != nil {
		err = r.run(ctx, job, claim)
	}
	over, settledErr := collections.JobSettled(db, job.Name, slot, job.Retries)
	if over {
		r.mu.Lock()
		r.settled[job.Name] = slot
		r.mu.Unlock()
	}
	return errors.Join(err, settledErr)
}

// enter takes a job for this turn, unless it is at work, its moment is over, or the end has come.
func (r *jobRunner) enter(name string, slot time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, busy := r.running[name]; busy || r.closed || r.settled[name].Equal(slot) {
		return false
	}
	r.running[name] = r.house.options.Clock()
	r.work.Add(1)
	return true
}

func (r *jobRunner) leave(name string) {
	r.mu.Lock()
	delete(r.running, name)
	r.mu.Unlock()
	r.work.Done()
}

// run works a claimed moment and writes how it ended, also when the work panics.
func (r *jobRunner) run(ctx context.Context, job Job, claim *collections.JobClaim) error {
	result, err := safely(ctx, job)
	state, why := "done", ""
	switch {
	case err != nil && ctx.Err() != nil:
		state, why = "stopped", "interrupted"
	case err != nil:
		state, why = "failed", sentenceOf(err)
	}
	db := collections.Through(r.house.app.NonconcurrentDB())
	ended := collections.EndJob(db, claim, r.house.options.Clock(), state, result, why)
	if state == "stopped" {
		return ended
	}
	return errors.Join(err, ended)
}

func safely(ctx context.Context, job Job) (result string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return job.Run(ctx)
}

// sentenceOf is an error for the book of runs: a fault in its words, anything else as it is.
func sentenceOf(err error) string {
	if found, ok := fault.Of(err); ok {
		return found.In("zh") + " / " + found.In("en")
	}
	return err.Error()
}

// jobsState is what people who run the register see of the jobs.
func (h *House) jobsState() (map[string]any, error) {
	runs, err := collections.NewestRuns(collections.Through(h.app.DB()))
	if err != nil {
		return nil, err
	}
	h.jobs.mu.Lock()
	defer h.jobs.mu.Unlock()
	now := []string{}
	for name := range h.jobs.running {
		now = append(now, name)
	}
	return map[string]any{"running": now, "newest": runs}, nil
}
