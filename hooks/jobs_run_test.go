package hooks_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/hooks"
	"kehu/internal/schedule"
	"kehu/internal/vault"
	"kehu/tests"
)

// counted is a daily job that counts its runs.
type counted struct {
	runs atomic.Int32
	do   func(ctx context.Context, run int32) (string, error)
	job  hooks.Job
}

func daily(do func(ctx context.Context, run int32) (string, error)) *counted {
	c := &counted{do: do}
	c.job = hooks.Job{Name: "counted", Due: schedule.Daily(6, 0),
		Run: func(ctx context.Context) (string, error) {
			n := c.runs.Add(1)
			if c.do == nil {
				return "three things", nil
			}
			return c.do(ctx, n)
		}}
	return c
}

func (c *counted) options(o *hooks.Options) { o.Jobs = append(o.Jobs, c.job) }

// settle waits until the runs at the start are over.
func settle(t *testing.T, h *tests.House, c *counted, want int32) {
	t.Helper()
	for range 200 {
		if c.runs.Load() >= want && len(running(t, h)) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := c.runs.Load(); got != want {
		t.Fatalf("%d runs, not %d: %v", got, want, runs(t, h))
	}
}

// work has the jobs take their turn until the counted one has run so often: a turn passes over a job whose
// last run is just being ended, or that the clock's own turn has begun.
func work(t *testing.T, h *tests.House, c *counted, want int32) {
	t.Helper()
	for range 200 {
		if err := h.House.RunJobs(context.Background()); err != nil {
			t.Fatal(err)
		}
		if c.runs.Load() >= want {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	settle(t, h, c, want)
}

func running(t *testing.T, h *tests.House) []*core.Record {
	t.Helper()
	r, err := h.App.FindRecordsByFilter("jobs_log", "job = 'counted' && state = 'running'", "slot", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// runs are the lines of the book about the counted job.
func runs(t *testing.T, h *tests.House) []string {
	t.Helper()
	records, err := h.App.FindRecordsByFilter("jobs_log", "job = 'counted'", "slot", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range records {
		lines = append(lines, fmt.Sprintf("%s %s %d %s%s", r.GetDateTime("slot").Time().Format("01-02 15"),
			r.GetString("state"), r.GetInt("attempts"), r.GetString("result"), r.GetString("error")))
	}
	return lines
}

func expectRuns(t *testing.T, h *tests.House, want ...string) {
	t.Helper()
	got := runs(t, h)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the book says\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestMissedRunsAreMadeUpOnceAtTheNextStart(t *testing.T) {
	c := daily(nil)
	h := tests.Start(t, c.options)
	settle(t, h, c, 1) // never ran before
	h.Close()
	h.SetNow(tests.Now.AddDate(0, 0, 5)) // the machine was off for five days
	h.Open()
	settle(t, h, c, 2)
	expectRuns(t, h, "11-04 22 done 1 three things", "11-09 22 done 1 three things")
	h.Close()
	h.Open() // a restart runs nothing again
	if err := h.House.RunJobs(context.Background()); err != nil {
		t.Fatal(err)
	}
	settle(t, h, c, 2)
}

func TestAClockThatIsSetRunsNothingTwiceAndMissesNothing(t *testing.T) {
	c := daily(nil)
	h := tests.Start(t, c.options)
	settle(t, h, c, 1)
	for _, step := range []struct {
		days int
		want int32
	}{{1, 2}, {365, 3}, {1, 3}, {2, 4}, {3, 5}, {2, 5}, {364, 6}, {365, 6}, {366, 7}} {
		h.SetNow(tests.Now.AddDate(0, 0, step.days))
		work(t, h, c, step.want)
	}
}

func TestTwoProcessesRunAJobOnce(t *testing.T) {
	c := daily(func(context.Context, int32) (string, error) {
		time.Sleep(20 * time.Millisecond)
		return "", nil
	})
	h := tests.Start(t, func(o *hooks.Options) { c.options(o); o.Alone = false })
	settle(t, h, c, 1)
	other := second(t, h, c)
	for day := 1; day <= 20; day++ {
		h.SetNow(tests.Now.AddDate(0, 0, day))
		var both sync.WaitGroup
		for _, house := range []*hooks.House{h.House, other} {
			both.Go(func() {
				if err := house.RunJobs(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if got := c.runs.Load(); got != int32(1+day) {
			t.Fatalf("day %d: %d runs", day, got)
		}
	}
}

// second opens the same databases once more, as another process would.
func second(t *testing.T, h *tests.House, c *counted) *hooks.House {
	t.Helper()
	root, err := vault.OpenRoot(h.Keys)
	if err != nil {
		t.Fatal(err)
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: h.Dir, DBConnect: collections.Connect(root)})
	options := hooks.Options{Root: func() *vault.Root { return root }, Clock: h.Clock}
	c.options(&options)
	house := hooks.Bind(app, options)
	if err := errors.Join(app.Bootstrap(), house.Prepare()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.ResetBootstrapState() })
	return house
}

func TestARunThatWasBrokenOffIsTakenUpAFewTimes(t *testing.T) {
	c := daily(nil)
	h := tests.Start(t, c.options)
	settle(t, h, c, 1)
	for start := 1; start <= collections.MaxInterruptions+2; start++ {
		// as a kill leaves it
		_, err := h.App.DB().NewQuery("UPDATE jobs_log SET state = 'running', holder = 'gone' " +
			"WHERE job = 'counted'").Execute()
		if err != nil {
			t.Fatal(err)
		}
		h.Close()
		h.Open()
		settle(t, h, c, int32(1+min(start, collections.MaxInterruptions)))
	}
	expectRuns(t, h, fmt.Sprintf("11-04 22 stopped %d three thingsinterrupted", collections.MaxInterruptions+1))
}

func TestAFailureIsWrittenAndTriedAgainAsOftenAsTheJobSays(t *testing.T) {
	c := daily(func(_ context.Context, run int32) (string, error) {
		if run == 1 {
			panic("broken")
		}
		return "", hooks.ErrForbidden
	})
	c.job.Retries, c.job.Again = 1, time.Hour
	h := tests.Start(t, c.options)
	settle(t, h, c, 1)
	if got := runs(t, h); len(got) != 1 || !strings.HasPrefix(got[0], "11-04 22 failed 1 panic: broken") {
		t.Errorf("the book says %q", got)
	}
	for _, step := range []struct {
		after time.Duration
		want  int32
	}{{30 * time.Minute, 1}, {2 * time.Hour, 2}, {4 * time.Hour, 2}} {
		h.SetNow(tests.Now.Add(step.after))
		_ = h.House.RunJobs(context.Background()) // the failure is in the book
		if got := c.runs.Load(); got != step.want {
			t.Errorf("after %v: %d runs, not %d", step.after, got, step.want)
		}
	}
	if got := runs(t, h); len(got) != 1 || !strings.Contains(got[0], "failed 2 您的角色") {
		t.Errorf("the book says %q", got)
	}
}

func TestStoppingWaitsForTheJobAtWork(t *testing.T) {
	begun, ended := make(chan struct{}), atomic.Bool{}
	c := daily(func(ctx context.Context, run int32) (string, error) {
		if run > 1 {
			return "again", nil
		}
		close(begun)
		<-ctx.Done()
		time.Sleep(50 * time.Millisecond) // what it still has to put away
		ended.Store(true)
		return "", ctx.Err()
	})
	h := tests.Start(t, c.options)
	<-begun
	h.Close()
	if !ended.Load() {
		t.Error("the stop did not wait")
	}
	h.Open()
	settle(t, h, c, 2)
	expectRuns(t, h, "11-04 22 done 2 again")
}

func TestHealthShowsJobsToThoseWhoRunTheRegister(t *testing.T) {
	c := daily(nil)
	h := tests.Start(t, c.options)
	settle(t, h, c, 1)
	for role, shown := range map[string]bool{"": false, "sales": false, "manager": false,
		"executive": false, "data_admin": true, "superuser": true} {
		a := h.Do(role, "GET", "/api/kehu/health", nil, "X-Forwarded-For", "203.0.113.9")
		jobs, ok := a.JSON()["jobs"].(map[string]any)
		if a.Status != 200 || ok != shown {
			t.Errorf("%s: %d %s", role, a.Status, a.Body)
		}
		if shown && !strings.Contains(fmt.Sprint(jobs["newest"]), "counted") {
			t.Errorf("%s: %v", role, jobs)
		}
	}
}

func TestOldRunsAreForgottenTheNewestNot(t *testing.T) {
	c := daily(nil)
	h := tests.Start(t, c.options)
	settle(t, h, c, 1)
	for i, days := range []int{1, 2, 200} {
		h.SetNow(tests.Now.AddDate(0, 0, days))
		work(t, h, c, int32(i)+2)
	}
	db := collections.Through(h.App.NonconcurrentDB())
	if err := collections.PruneJobs(db, tests.Now.AddDate(0, 0, 110)); err != nil {
		t.Fatal(err)
	}
	expectRuns(t, h, "05-23 22 done 1 three things")
	if err := collections.PruneJobs(db, tests.Now.AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	expectRuns(t, h, "05-23 22 done 1 three things")
}
