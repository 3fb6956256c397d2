package hooks

import (
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/pocketbase/pocketbase/core"
)

// sweepAt is when files past their time go: the hour at which nobody works.
const sweepAt = 4

// jobs is the table of what happens by the clock.
func (h *House) jobs() (gocron.Scheduler, error) {
	scheduler, err := gocron.NewScheduler(
		gocron.WithLocation(h.policies.Load().Company.Location()),
		gocron.WithStopTimeout(10*time.Second))
	if err != nil {
		return nil, err
	}
	for name, when := range map[string]gocron.JobDefinition{
		"sweep": gocron.DailyJob(1, gocron.NewAtTimes(gocron.NewAtTime(sweepAt, 0, 0))),
		// makes up for a night in which the register was stopped
		"sweep at the start": gocron.OneTimeJob(gocron.OneTimeJobStartImmediately()),
	} {
		_, err := scheduler.NewJob(when, gocron.NewTask(h.sweepLogged), gocron.WithName(name),
			gocron.WithSingletonMode(gocron.LimitModeReschedule))
		if err != nil {
			return nil, err
		}
	}
	return scheduler, nil
}

func (h *House) startJobs() error {
	scheduler, err := h.jobs()
	if err != nil {
		return err
	}
	h.clock = scheduler
	scheduler.Start()
	return nil
}

// stopJobs waits for the job at work.
func (h *House) stopJobs() error {
	if h.clock == nil {
		return nil
	}
	return h.clock.Shutdown()
}

func (h *House) sweepLogged() {
	if err := h.Sweep(); err != nil {
		h.app.Logger().Error("sweep", "error", err.Error())
	}
}

// Sweep deletes the files whose time has passed: workbooks of imports, finished exports. What the
// records tell of them stays.
func (h *House) Sweep() error {
	now, set := h.options.Clock().UTC(), h.policies.Load()
	err := h.sweepFiles("imports", "file != '' && state != 'running' && created < {:before}",
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
			map[string]any{"before": before.Format("2006-01-02 15:04:05.000Z")})
		if err != nil || len(records) == 0 {
			return err
		}
		for _, record := range records {
			if err := h.dropFile(record, state); err != nil {
				return err
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
