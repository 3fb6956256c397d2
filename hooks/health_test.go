package hooks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/watch"
	"kehu/tests"
)

func codesOf(t *testing.T, a tests.Answer) []string {
	t.Helper()
	var body struct {
		Conditions []struct{ Code, Message string }
	}
	if err := json.Unmarshal(a.Body, &body); err != nil {
		t.Fatal(err)
	}
	codes := []string{}
	for _, c := range body.Conditions {
		if c.Message == "" {
			t.Errorf("%s has no words", c.Code)
		}
		codes = append(codes, c.Code)
	}
	return codes
}

// What is wrong is for those who run the register and for this machine; all others learn whether it
// works and no more.
func TestHealthIsForWhoRunsTheRegister(t *testing.T) {
	h := tests.Start(t)
	afar := []string{"X-Forwarded-For", "203.0.113.9"}
	for name, c := range map[string]struct {
		role   string
		header []string
		detail bool
	}{
		"this machine": {"", nil, true}, "a web server in front": {"", afar, false},
		"a header of another name": {"", []string{"X-Real-Ip", "203.0.113.9"}, false},
		"a salesperson":            {"sales", nil, false}, "a salesperson from afar": {"sales", afar, false},
		"an executive": {"executive", nil, false}, "a data administrator": {"data_admin", afar, true},
		"an owner": {"superuser", afar, true},
	} {
		a := h.Do(c.role, "GET", "/api/kehu/health", nil, c.header...)
		if a.Status != 200 || a.JSON()["ok"] != true {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
		if (len(a.JSON()) > 1) != c.detail {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	h.Close()
	h.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	h.Open()
	if a := h.Do("", "GET", "/api/kehu/health", nil); len(a.JSON()) != 1 {
		t.Errorf("through the named web server on this machine: %s", a.Body)
	}
}

func TestHealthNamesWhatIsWrong(t *testing.T) {
	h := tests.Start(t)
	a := h.Do("data_admin", "GET", "/api/kehu/health", nil)
	if got := codesOf(t, a); a.Text("verdict") != watch.Bad || !slices.Contains(got, "no_backup") ||
		!slices.Contains(got, "recovery_key_on_machine") || a.JSON()["disk_free"].(float64) <= 0 {
		t.Errorf("a new register: %s", a.Body)
	}
	if a := h.Do("data_admin", "POST", "/api/kehu/backups", map[string]any{}); a.Status != 200 {
		t.Fatalf("%s", a.Body)
	}
	a = h.Do("data_admin", "GET", "/api/kehu/health", nil)
	if got := codesOf(t, a); slices.Contains(got, "no_backup") || a.Text("verdict") != watch.Attention {
		t.Errorf("after a backup: %s", a.Body)
	}
	h.SetNow(tests.Now.AddDate(0, 1, 15)) // the middle of December, and no notice of the next year
	a = h.Do("data_admin", "GET", "/api/kehu/health", nil)
	if got := codesOf(t, a); !slices.Contains(got, "calendar_missing") || !slices.Contains(got, "no_backup") {
		t.Errorf("in December: %s", a.Body)
	}
}

// robotHouse stands for the three chat services.
type robotHouse struct {
	*httptest.Server
	got    []string // path and body
	answer string
}

func startRobots(t *testing.T) *robotHouse {
	r := &robotHouse{answer: `{"errcode":0,"code":0}`}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.got = append(r.got, q.URL.Path+" "+string(body))
		io.WriteString(w, r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

func TestAlarms(t *testing.T) {
	h := tests.Start(t)
	robots := startRobots(t)
	var mails []string
	h.App.OnMailerSend().BindFunc(func(e *core.MailerEvent) error {
		mails = append(mails, e.Message.To[0].Address+" "+e.Message.Text)
		return nil // it goes nowhere
	})
	look := func(after time.Duration) {
		t.Helper()
		h.SetNow(h.Clock().Add(after))
		robots.got, mails = nil, nil
		if err := h.House.RunJobs(context.Background()); err != nil {
			t.Log(err) // other jobs of that moment
		}
	}
	setPolicy(t, h, "notify", map[string]any{"webhooks": []any{
		map[string]any{"kind": "wecom", "url": robots.URL + "/wecom"},
		map[string]any{"kind": "dingtalk", "url": robots.URL + "/dingtalk", "secret": "SEC"},
		map[string]any{"kind": "feishu", "url": robots.URL + "/feishu"}}, "at": "08:30"})
	look(time.Hour)
	if len(robots.got)+len(mails) != 0 {
		t.Fatalf("something left the building that nobody asked for: %v %v", robots.got, mails)
	}
	h.Do("superuser", "PATCH", "/api/settings", map[string]any{"smtp": map[string]any{"enabled": true,
		"host": "smtp.example.com", "port": 465}})
	setPolicy(t, h, "alarms", map[string]any{"email": true, "webhooks": true, "repeat_hours": 24,
		"conditions": []string{"recovery_key_on_machine"}})
	look(time.Hour)
	if len(robots.got) != 3 || len(mails) != 2 {
		t.Fatalf("robots %v, mails %v", robots.got, mails)
	}
	for _, one := range append(robots.got, mails...) {
		if !strings.Contains(one, watch.Text("recovery_key_on_machine", "zh")) || strings.Contains(one, watch.Text("no_drill", "zh")) {
			t.Errorf("%s", one)
		}
	}
	for _, mail := range mails {
		if !strings.HasPrefix(mail, "data_admin") {
			t.Errorf("told to %s", mail)
		}
	}
	look(time.Hour)
	if len(robots.got)+len(mails) != 0 {
		t.Errorf("told again within the day: %v", robots.got)
	}
	look(24 * time.Hour)
	if len(robots.got) != 3 {
		t.Errorf("not told again after a day: %v", robots.got)
	}
	removeRecovery(t, h)
	look(time.Hour)
	if len(robots.got) != 3 || !strings.Contains(robots.got[0], "已恢复") {
		t.Errorf("the end is not told: %v", robots.got)
	}
}

// A robot that refuses is told again, and its address, which holds its key, is in no log.
func TestARobotThatRefuses(t *testing.T) {
	h := tests.Start(t)
	robots := startRobots(t)
	robots.answer = `{"errcode":93000,"errmsg":"invalid webhook url"}`
	setPolicy(t, h, "notify", map[string]any{"webhooks": []any{map[string]any{"kind": "wecom",
		"url": robots.URL + "/send?key=robots-own-key"}}, "at": "08:30"})
	setPolicy(t, h, "alarms", map[string]any{"webhooks": true, "repeat_hours": 24, "conditions": []string{"no_backup"}})
	for range 2 {
		h.SetNow(h.Clock().Add(11 * time.Minute))
		robots.got = nil
		err := h.House.RunJobs(context.Background())
		if len(robots.got) != 1 || err == nil || strings.Contains(err.Error(), "robots-own-key") {
			t.Fatalf("%v: %v", robots.got, err)
		}
	}
	a := h.Do("data_admin", "GET", "/api/kehu/health", nil)
	if strings.Contains(string(a.Body), "robots-own-key") || !slices.Contains(codesOf(t, a), "job_failed") {
		t.Errorf("%s", a.Body)
	}
}

func removeRecovery(t *testing.T, h *tests.House) {
	t.Helper()
	if err := removeIdentity(h.Keys); err != nil {
		t.Fatal(err)
	}
}

func TestMetrics(t *testing.T) {
	h := tests.Start(t)
	h.Do("sales", "GET", "/api/kehu/search?q=试例", nil)
	h.Do("", "GET", "/api/kehu/search?q=试例", nil)
	var text bytes.Buffer
	if err := h.House.WriteMetrics(context.Background(), &text, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`kehu_database_up 1`, `kehu_condition{code="no_backup"} 1`,
		`kehu_answers_total{class="4xx"} 1`, `kehu_answers_total{class="2xx"} 1`, `kehu_answer_seconds_count 2`,
		`kehu_answer_seconds_bucket{le="+Inf"} 2`, `kehu_backup_newest_timestamp_seconds 0`} {
		if !strings.Contains(text.String(), "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, text.String())
		}
	}
	if strings.Contains(text.String(), "试例") {
		t.Error("what was asked is in the metrics")
	}
	families := map[string]bool{}
	for line := range strings.Lines(text.String()) {
		name, isType := strings.CutPrefix(line, "# TYPE ")
		if isType && families[name] {
			t.Errorf("the family %s begins twice", name)
		}
		families[name] = true
		if line[0] != '#' {
			value := strings.TrimSpace(line[strings.LastIndex(line, " ")+1:])
			if _, err := strconv.ParseFloat(value, 64); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}

// What goes to the log's file has been through the same filter as what goes to the database.
func TestTheLogFileHoldsNoQueries(t *testing.T) {
	lines := []string{}
	h := tests.Start(t, func(o *hooksOptions) {
		o.Log = func(_ int, _ time.Time, message string, data map[string]any) {
			lines = append(lines, fmt.Sprint(message, data["url"], data["error"]))
		}
	})
	h.Do("sales", "GET", "/api/collections/customers/records?filter=name~'13912345678'", nil)
	h.Do("sales", "GET", "/api/kehu/search?q=13912345678", nil)
	h.Close()
	if len(lines) == 0 {
		t.Fatal("nothing is logged")
	}
	for _, line := range lines {
		if strings.Contains(line, "13912345678") {
			t.Errorf("%s", line)
		}
	}
}
