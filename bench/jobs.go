package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/tools/types"
)

// The limits of each job of the night over the whole register.
const (
	jobRatio   = 5.0 // × the CPU of reading the rows
	jobMemory  = 256 // MiB above what was used before
	jobLatency = 250 // ms, p99 of others meanwhile
	jobShare   = 30  // one customer in so many comes due in one night
	jobOthers  = 2 * time.Second
	jobRows    = 100_000 // below, what a night does at the most is more than the rows
)

// measureJobs works every job of the list twice, each time with as many customers come due as a night
// finds: alone, for CPU and memory, and beside others.
func measureJobs(ctx context.Context, report *Report, r *register, _ string, o Options) error {
	id, err := r.ownCustomer("夜间修改的客户")
	if err != nil {
		return err
	}
	if err := r.readyForNight(); err != nil {
		return err
	}
	floor, err := r.readRows()
	if err != nil {
		return err
	}
	night := 0
	for _, name := range r.house.JobNames() {
		if err := errors.Join(r.lookAfter(), r.comeDue(night)); err != nil {
			return err
		}
		runtime.GC()
		debug.FreeOSMemory()
		memory, base, before, begin := watchMemory(os.Getpid()), residentMiB(os.Getpid()), cpuTime(), time.Now()
		said, err := r.house.WorkJob(ctx, name)
		spent, wall, most := cpuTime()-before, time.Since(begin), memory.end()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		report.note("job %s: %s, in %.1f s", name, said, wall.Seconds())
		if o.Rows >= jobRows {
			report.ratio("job "+name+": CPU against reading the rows", spent, floor, jobRatio)
		} else {
			report.note("job %s: %.1f × the CPU of reading so few rows", name, float64(spent)/float64(floor))
		}
		report.under("job "+name+": memory above the rest", most-base, jobMemory, "MiB")
		if err := r.comeDue(night + 1); err != nil {
			return err
		}
		night += 2
		others := r.besideClasses(ctx, id)
		begin = time.Now()
		_, err = r.house.WorkJob(ctx, name)
		time.Sleep(max(0, jobOthers-time.Since(begin))) // a job that takes no time is asked beside all the same
		report.meanwhile("job "+name, others.end(), jobLatency)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// readyForNight makes the register one that has been at work for long: all is approved, looked after, and
// was touched this month; the pool is in use, and there are some campaigns.
func (r *register) readyForNight() error {
	owner := ""
	err := r.app.DB().NewQuery("SELECT id FROM staff WHERE role = 'manager'").Row(&owner)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"UPDATE customers SET status = 'active', owner = {:owner} WHERE status = 'pending' OR owner = ''",
		"UPDATE approvals SET state = 'approved' WHERE state = 'open'",
	} {
		if _, err := r.app.NonconcurrentDB().NewQuery(statement).Bind(dbx.Params{"owner": owner}).Execute(); err != nil {
			return err
		}
	}
	run := time.Now().Unix()
	for i := range 20 {
		_, err := r.save("campaigns", map[string]any{"name": fmt.Sprintf("夜间活动%d号%02d", run, i), "owner": r.dataAdmin(),
			"ends": time.Now().AddDate(0, 0, i-10).Format(time.DateOnly)})
		if err != nil {
			return err
		}
	}
	if _, err := r.app.FindFirstRecordByData("policies", "key", "pool"); err == nil {
		return nil // of an earlier run
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = r.save("policies", map[string]any{"key": "pool", "value": map[string]any{"days": 180, "notice_days": 15}})
	return err
}

func (r *register) dataAdmin() (id string) {
	_ = r.app.DB().NewQuery("SELECT id FROM staff WHERE role = 'data_admin'").Row(&id) // the save says so
	return id
}

// lookAfter makes those that came due for the job before customers that somebody has looked after since:
// else each job would find what all before it found.
func (r *register) lookAfter() error {
	_, err := r.app.NonconcurrentDB().NewQuery("UPDATE customers SET created = {:now}, updated = {:now} WHERE created = {:due}").
		Bind(dbx.Params{"now": time.Now().UTC().Format(types.DefaultDateLayout), "due": longAgo}).Execute()
	return err
}

// longAgo is when a customer was entered that comes due.
const longAgo = "2020-03-01 02:00:00.000Z"

// comeDue makes one customer in jobShare one that nobody has touched for more than a year; whoever was told
// that a customer goes to the pool was told long ago.
func (r *register) comeDue(night int) error {
	_, err := r.app.NonconcurrentDB().NewQuery("UPDATE tasks SET due = '2020-04-01 02:00:00.000Z' WHERE " +
		"substr(`key`, 1, 5) = 'pool:' AND state = 'open'").Execute()
	if err != nil {
		return err
	}
	_, err = r.app.NonconcurrentDB().NewQuery(`WITH RECURSIVE due(doc) AS (SELECT {:night} UNION ALL
			SELECT doc + {:share} FROM due WHERE doc < (SELECT max(doc) FROM customers))
		UPDATE customers SET verified = '', last_contact = '', last_deal = '', created = {:at}, updated = {:at}
		WHERE doc IN (SELECT doc FROM due) AND owner != ''`).
		Bind(dbx.Params{"at": longAgo, "share": jobShare, "night": night % jobShare}).Execute()
	return err
}
