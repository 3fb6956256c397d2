package hooks_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/tests"
)

// digestHouse collects what a digest sends.
type digestHouse struct {
	*tests.House
	robots *robotHouse
	mails  map[string][]string // by address
}

func startDigest(t *testing.T) *digestHouse {
	d := &digestHouse{tests.Start(t), startRobots(t), map[string][]string{}}
	d.collect()
	d.Do("superuser", "PATCH", "/api/settings", map[string]any{"smtp": map[string]any{"enabled": true,
		"host": "smtp.example.com", "port": 465}})
	person := idOf(d.Create("data_admin", "customers", map[string]any{"kind": "individual", "name": "陈一诺", "mobile": mobileNo(1),
		"owner": d.Staff["sales"]}))
	for _, staff := range []string{"sales", "service"} {
		put(t, d.House, "tasks", map[string]any{"customer": person, "kind": "custom", "state": "open", "assignee": d.Staff[staff],
			"title": "联系陈一诺，账号6222020200112233446", "due": "2026-11-04 10:00:00.000Z"})
	}
	id := entered(d.House, "sales", "待审一号有限公司", nil)
	submit(d.House, "sales", id)
	return d
}

func (d *digestHouse) collect() {
	d.App.OnMailerSend().BindFunc(func(e *core.MailerEvent) error {
		to := e.Message.To[0].Address
		d.mails[to] = append(d.mails[to], e.Message.Text)
		return nil // it goes nowhere
	})
}

func (d *digestHouse) send(t *testing.T) {
	t.Helper()
	d.mails = map[string][]string{}
	d.robots.got = nil
	if _, err := d.House.House.Digest(context.Background()); err != nil {
		t.Log(err)
	}
}

func TestTheDigestTellsEachWhatWaitsForThem(t *testing.T) {
	d := startDigest(t)
	robot := map[string]any{"kind": "wecom", "url": d.robots.URL + "/wecom"}
	setPolicy(t, d.House, "notify", map[string]any{"webhooks": []any{robot}, "at": "08:30"})
	d.send(t)
	if len(d.mails)+len(d.robots.got) > 0 {
		t.Fatalf("nobody asked for it: %v %v", d.mails, d.robots.got)
	}
	do(t, d.House, "data_admin", "PATCH", "/api/collections/policies/records/"+value[string](d.House,
		"SELECT id FROM policies WHERE `key` = 'notify'"), map[string]any{"value": map[string]any{"email": true, "robots": true,
		"webhooks": []any{robot}, "at": "08:30", "base_url": "https://kehu.example.cn"}})
	d.send(t)
	sales, service, manager := d.mails["sales@example.com"], d.mails["service@example.com"], d.mails["manager@example.com"]
	if len(sales) != 1 || len(service) != 1 || len(manager) != 1 || len(d.mails["finance@example.com"]) != 0 {
		t.Fatalf("%v", d.mails)
	}
	if !strings.Contains(sales[0], "联系陈一诺") || !strings.Contains(sales[0], "待办 1 项（逾期 1）") ||
		!strings.Contains(sales[0], "https://kehu.example.cn") {
		t.Errorf("who reads it plain: %s", sales[0])
	}
	if strings.Contains(service[0], "陈一诺") || !strings.Contains(service[0], "联系陈") {
		t.Errorf("who reads it masked: %s", service[0])
	}
	if !strings.Contains(manager[0], "待审批 1 项（逾期 0）") {
		t.Errorf("who decides: %s", manager[0])
	}
	if len(d.robots.got) != 1 || !strings.Contains(d.robots.got[0], "周销售：待办 1，待审批 0，逾期 1") || strings.Contains(d.robots.got[0], "陈") &&
		!strings.Contains(d.robots.got[0], "陈客服") {
		t.Errorf("the group: %v", d.robots.got)
	}
	for _, one := range slices.Concat(sales, service, manager, d.robots.got) {
		if strings.Contains(one, "6222020200112233446") || strings.Contains(one, "0200112233") {
			t.Errorf("a sensitive number leaves: %s", one)
		}
	}
}

func TestTheDigestComesOnceOnWorkingDaysOnly(t *testing.T) {
	d := startDigest(t)
	setPolicy(t, d.House, "notify", map[string]any{"email": true, "robots": true, "at": "08:30",
		"webhooks": []any{map[string]any{"kind": "wecom", "url": d.robots.URL + "/wecom"}}})
	d.robots.answer = `{"errcode":93000,"errmsg":"invalid"}`
	d.send(t)
	if len(d.robots.got) != 1 || len(d.mails) < 3 {
		t.Fatalf("%v %v", d.robots.got, d.mails)
	}
	d.robots.answer = `{"errcode":0,"code":0}`
	d.Close() // a kill, and the job is taken up again
	d.Open()
	d.collect()
	d.send(t)
	if len(d.robots.got) != 1 || len(d.mails) != 0 {
		t.Errorf("what failed comes again and nothing else: %v %v", d.robots.got, d.mails)
	}
	d.send(t)
	if len(d.robots.got)+len(d.mails) != 0 {
		t.Errorf("twice a day: %v %v", d.robots.got, d.mails)
	}
	for day, want := range map[string]bool{"2026-11-07": false, "2026-11-08": false, "2026-11-09": true} { // 六、日、一
		at, err := time.Parse("2006-01-02 15:04", day+" 02:00")
		if err != nil {
			t.Fatal(err)
		}
		d.SetNow(shanghai(at))
		d.send(t)
		if got := len(d.robots.got) == 1 && len(d.mails) >= 3; got != want || !want && len(d.mails) > 0 {
			t.Errorf("%s: %v %v", day, d.robots.got, d.mails)
		}
	}
}
