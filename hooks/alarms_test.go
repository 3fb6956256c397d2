package hooks_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/hooks"
	"kehu/internal/schedule"
	"kehu/tests"
)

// alarmHouse collects the alarms of a register.
type alarmHouse struct {
	*tests.House
	refuse func(address string) bool
	mails  []string
}

// startAlarms opens a register whose data administrators get mails about the conditions named.
func startAlarms(t *testing.T, conditions ...string) *alarmHouse {
	a := &alarmHouse{House: tests.Start(t), refuse: func(string) bool { return false }}
	a.App.OnMailerSend().BindFunc(func(e *core.MailerEvent) error {
		to := e.Message.To[0].Address
		if a.refuse(to) {
			return errors.New("550 5.1.1 <" + to + ">: no such user")
		}
		a.mails = append(a.mails, to+" "+e.Message.Text)
		return nil // it goes nowhere
	})
	mailServer(a.House, "smtp.example.com", 465)
	setPolicy(t, a.House, "alarms", map[string]any{"email": true, "repeat_hours": 24, "conditions": conditions})
	return a
}

func mailServer(h *tests.House, host string, port int) {
	h.Do("superuser", "PATCH", "/api/settings", map[string]any{"smtp": map[string]any{"enabled": true,
		"host": host, "port": port}})
}

// look works the alarms ten minutes later.
func (a *alarmHouse) look(t *testing.T) error {
	t.Helper()
	a.mails = nil
	a.SetNow(a.Clock().Add(10 * time.Minute))
	_, err := a.House.House.WorkJob(context.Background(), "alarms")
	return err
}

func TestOneBadMailboxRepeatsNothingToTheOthers(t *testing.T) {
	a := startAlarms(t, "recovery_key_on_machine")
	bad := ""
	a.refuse = func(address string) bool {
		if bad == "" {
			bad = address
		}
		return address == bad
	}
	if err := a.look(t); err == nil || len(a.mails) != 1 {
		t.Fatalf("%v: %v", a.mails, err)
	}
	for range 3 {
		if err := a.look(t); err != nil || len(a.mails) != 0 {
			t.Errorf("told again within the day: %v: %v", a.mails, err)
		}
	}
}

func TestAnEndThatNobodyTookIsToldLater(t *testing.T) {
	a := startAlarms(t, "recovery_key_on_machine")
	if err := a.look(t); err != nil || len(a.mails) != 2 {
		t.Fatalf("%v: %v", a.mails, err)
	}
	removeRecovery(t, a.House)
	a.refuse = func(string) bool { return true }
	if err := a.look(t); err == nil || len(a.mails) != 0 {
		t.Fatalf("%v: %v", a.mails, err)
	}
	a.refuse = func(string) bool { return false }
	if err := a.look(t); err != nil || len(a.mails) != 2 || !strings.Contains(a.mails[0], "已恢复") {
		t.Errorf("the end is not told: %v: %v", a.mails, err)
	}
	if err := a.look(t); err != nil || len(a.mails) != 0 {
		t.Errorf("the end is told twice: %v: %v", a.mails, err)
	}
}

// ran writes a run of a job into the book, as it stands.
func ran(t *testing.T, h *tests.House, job string, ago time.Duration, state string) {
	t.Helper()
	db, at := collections.Through(h.App.NonconcurrentDB()), h.Clock().Add(-ago)
	claim, err := collections.ClaimJob(db, job, at, at, "another", 1, 0)
	if err != nil || claim == nil {
		t.Fatalf("%s is not to be had: %v", job, err)
	}
	if state == "running" {
		return
	}
	if err := collections.EndJob(db, claim, at, state, "", "it was the disk"); err != nil {
		t.Fatal(err)
	}
}

// expectFailed compares the jobs that count as failed, on the page and in the metrics.
func expectFailed(t *testing.T, h *tests.House, job string, page, metric bool) {
	t.Helper()
	a := h.Do("data_admin", "GET", "/api/kehu/health", nil)
	if got := slices.Contains(codesOf(t, a), "job_failed"); got != page {
		t.Errorf("%s: the page says %v: %s", job, got, a.Body)
	}
	var text bytes.Buffer
	if err := h.House.WriteMetrics(context.Background(), &text, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	if got := strings.Contains(text.String(), "\nkehu_job_failed{job=\""+job+"\"} 1\n"); got != metric {
		t.Errorf("%s: the metric says %v:\n%s", job, got, text.String())
	}
}

// seldom is a job that is due, but whose moment the test's own runs do not touch.
func seldom(name string, due schedule.Due) func(o *hooks.Options) {
	return func(o *hooks.Options) {
		o.NoJobs = true
		o.Jobs = append(o.Jobs, hooks.Job{Name: name, Due: due,
			Run: func(context.Context) (string, error) { return "", nil }})
	}
}

func TestARunInProgressHidesNoFailure(t *testing.T) {
	h := tests.Start(t, seldom("seldom", schedule.Daily(6, 0)))
	ran(t, h, "seldom", 3*time.Hour, "failed")
	expectFailed(t, h, "seldom", true, true)
	ran(t, h, "seldom", 2*time.Hour, "running")
	expectFailed(t, h, "seldom", true, true)
	a := h.Do("data_admin", "GET", "/api/kehu/health", nil)
	if !strings.Contains(string(a.Body), `"state":"running"`) {
		t.Errorf("the page does not show what runs: %s", a.Body)
	}
	ran(t, h, "seldom", time.Hour, "done")
	expectFailed(t, h, "seldom", false, false)
	ran(t, h, "seldom", time.Minute, "failed")
	ran(t, h, "seldom", time.Minute, "running") // the same moment once more
	expectFailed(t, h, "seldom", true, true)
}

func TestAJobThatIsOffHasNotFailed(t *testing.T) {
	h := tests.Start(t, seldom("seldom", schedule.Never))
	ran(t, h, "seldom", time.Hour, "failed")
	expectFailed(t, h, "seldom", false, false)
	ran(t, h, "gone", time.Hour, "failed")
	expectFailed(t, h, "gone", false, false)
}

// Whether a drill failed is told by the book of backups, which knows those by hand too.
func TestADrillSpeaksForItself(t *testing.T) {
	h := tests.Start(t, seldom("backup_drill", schedule.Daily(6, 0)))
	ran(t, h, "backup_drill", time.Hour, "failed")
	expectFailed(t, h, "backup_drill", false, true)
}

func TestAlarmsDoNotTellOfThemselves(t *testing.T) {
	a := startAlarms(t, "job_failed")
	if err := a.House.House.RunJobs(context.Background()); err != nil {
		t.Log(err)
	}
	db := collections.Through(a.App.NonconcurrentDB())
	if err := db.Exec("DELETE FROM jobs_log"); err != nil {
		t.Fatal(err)
	}
	ran(t, a.House, "alarms", time.Minute, "failed")
	if err := a.look(t); err != nil || len(a.mails) != 0 {
		t.Errorf("%v: %v", a.mails, err)
	}
	expectFailed(t, a.House, "alarms", true, true)
	ran(t, a.House, "sweep", time.Minute, "failed")
	if err := a.look(t); err != nil || len(a.mails) != 2 {
		t.Errorf("another job beside them: %v: %v", a.mails, err)
	}
}

// silent is a mail server that takes connections and says nothing.
func silent(t *testing.T) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	held := make(chan net.Conn, 100)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				close(held)
				return
			}
			held <- c
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		for c := range held {
			c.Close()
		}
	})
	return listener.Addr().(*net.TCPAddr).Port
}

func TestASilentMailServerHoldsNothingUp(t *testing.T) {
	h := tests.Start(t)
	mailServer(h, "127.0.0.1", silent(t))
	robots := startRobots(t)
	setPolicy(t, h, "notify", map[string]any{"at": "08:30",
		"webhooks": []any{map[string]any{"kind": "wecom", "url": robots.URL + "/wecom"}}})
	setPolicy(t, h, "alarms", map[string]any{"email": true, "webhooks": true, "repeat_hours": 24,
		"conditions": []string{"recovery_key_on_machine"}})
	ctx, stop := context.WithCancel(context.Background())
	time.AfterFunc(300*time.Millisecond, stop) // the mails are at it, the robots were told
	begin := time.Now()
	_, err := h.House.WorkJob(ctx, "alarms")
	if err == nil || !strings.Contains(err.Error(), "mail") || len(robots.got) != 1 || time.Since(begin) > 5*time.Second {
		t.Errorf("a stop after %v: %v, %v", time.Since(begin), robots.got, err)
	}
	defer hooks.WaitForMail(100 * time.Millisecond)()
	begin = time.Now()
	a := h.Do("data_admin", "POST", "/api/kehu/mail/test", nil)
	if a.Code("") != "mail_failed" || time.Since(begin) > 5*time.Second {
		t.Errorf("the test of the mail server: %v, %d %s", time.Since(begin), a.Status, a.Body)
	}
}

func TestTheLogHoldsNoMailAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"550 5.1.1 <chen.wei@firm.cn>: no such user":  "550 5.1.1 <…>: no such user",
		"to chen.wei@firm.cn and wang@firm.cn":        "to … and …",
		"/go/pkg/mod/example.com/x@v1.2.3/send.go:12": "…/send.go:12",
		"nothing to hide":                             "nothing to hide",
	} {
		if got := hooks.Scrub(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
