package hooks_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"kehu/collections"
	"kehu/internal/signin"
	"kehu/tests"
)

// onRecord finds the newest entry of an action whose detail tells of all that.
func onRecord(t *testing.T, h *tests.House, action string, told ...string) map[string]any {
	t.Helper()
	items, _ := h.Do("data_admin", "GET", "/api/kehu/audit?action="+action, nil).JSON()["items"].([]any)
	for _, item := range items {
		e := item.(map[string]any)
		if !slices.ContainsFunc(told, func(text string) bool { return !strings.Contains(fmt.Sprint(e["detail"]), text) }) {
			return e
		}
	}
	t.Fatalf("nothing of %s %v is on record: %v", action, told, items)
	return nil
}

func TestARotationAndAnErasureAreOnRecord(t *testing.T) {
	h := tests.Start(t)
	id, traces := erasedPerson(t, h)
	number := value[string](h, "SELECT number FROM customers WHERE id = '"+id+"'")
	if a := h.Do("data_admin", "POST", "/api/kehu/keys/rotate", nil); a.Status >= 300 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	e := onRecord(t, h, "admin", "keys rotate")
	if e["actor"] != "staff:"+h.Staff["data_admin"] || e["role"] != "data_admin" || e["ip"] != "127.0.0.1" {
		t.Errorf("the rotation: %v", e)
	}
	erase(t, h, id)
	e = onRecord(t, h, "erase")
	detail, _ := json.Marshal(e["detail"])
	if e["actor"] != "staff:"+h.Staff["data_admin"] || e["collection"] != "customers" || e["record"] != id ||
		!strings.Contains(string(detail), number) || !strings.Contains(string(detail), "本人要求删除") {
		t.Errorf("the erasure: %v", e)
	}
	for _, trace := range traces {
		if strings.Contains(string(detail), trace) {
			t.Errorf("the entry tells %s", trace)
		}
	}
}

// A member who goes to another department takes the customers along; each one's history tells of it,
// and who did it.
func TestHistoryTellsOfAMoveOfDepartment(t *testing.T) {
	h := tests.Start(t)
	mine := h.Create("sales", "customers", firm("甲有限公司", nil))["id"].(string)
	other := h.Create("sales2", "customers", firm("乙有限公司", map[string]any{"mobile": "13612341299"}))["id"].(string)
	if a := h.Do("data_admin", "PATCH", "/api/collections/staff/records/"+h.Staff["sales"], map[string]any{"department": h.Depts["south"]}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if got := valueOf(h, "customers", mine, "department"); got != h.Depts["south"] {
		t.Fatalf("the customer stays in %v", got)
	}
	history := func(id string) []any {
		return h.Do("data_admin", "GET", "/api/collections/changes/records?filter=customer='"+id+"'%26%26field='department'", nil).JSON()["items"].([]any)
	}
	moved := history(mine)
	if len(moved) != 1 {
		t.Fatalf("%v", moved)
	}
	for key, want := range map[string]any{"old": h.Depts["east_sub"], "new": h.Depts["south"], "by": "staff:" + h.Staff["data_admin"],
		"by_name": "沈数据", "via": "edit"} {
		if got := moved[0].(map[string]any)[key]; got != want {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
	if n := len(history(other)); n != 0 {
		t.Errorf("another's customer has %d entries", n)
	}
}

// The log holds the client's address and the proxy's behind a proxy that was named, and believes
// nobody else's word for it.
func TestTheLogKnowsWhoIsBehindAProxy(t *testing.T) {
	h := tests.Start(t)
	h.Close()
	look := func(forwarded string) (ip, remote any) {
		t.Helper()
		path := "/api/collections/customers/records?filter=stage='won'"
		if a := h.Do("manager", "GET", path, nil, "X-Forwarded-For", forwarded, "X-Real-IP", "192.0.2.77",
			"CF-Connecting-IP", "192.0.2.78", "Forwarded", "for=192.0.2.79"); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		items := h.Do("data_admin", "GET", "/api/kehu/audit?action=list&collection=customers&actor=staff:"+h.Staff["manager"], nil).JSON()["items"].([]any)
		e := items[0].(map[string]any)
		return e["ip"], e["remote"]
	}
	h.Open()
	if ip, remote := look("203.0.113.9"); ip != "127.0.0.1" || remote != "" && remote != nil {
		t.Errorf("nobody was named, and the log says %v by way of %v", ip, remote)
	}
	h.Close()
	h.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	h.Open()
	if ip, _ := look("203.0.113.9"); ip != "127.0.0.1" {
		t.Errorf("another proxy was named, and the log believes %v", ip)
	}
	h.Close()
	h.Proxies = loopback
	h.Open()
	if ip, remote := look("198.51.100.1, 203.0.113.9"); ip != "203.0.113.9" || remote != "127.0.0.1" {
		t.Errorf("behind the named proxy: %v by way of %v", ip, remote)
	}
	if ip, _ := look("no address"); ip != "127.0.0.1" {
		t.Errorf("what is no address: %v", ip)
	}
	try(h, "sales@example.com", "wrong", "X-Forwarded-For", "198.51.100.1, 203.0.113.10")
	if e := onRecord(t, h, "sign_in_failed"); e["ip"] != "203.0.113.10" {
		t.Errorf("a failed sign-in: %v", e)
	}
}

// What no longer counts of signing in goes with the nightly sweep, a lock in force does not.
func TestTheSweepForgetsOldSignIns(t *testing.T) {
	h := tests.Start(t)
	db := collections.Through(h.App.NonconcurrentDB())
	at := tests.Now.UnixMilli()
	day := (24 * time.Hour).Milliseconds()
	for name, f := range map[string]collections.Failures{
		"old": {N: 3, Last: at - 2*day}, "fresh": {N: 3, Last: at - day/48},
		"locked": {N: 9, Last: at - 2*day, Until: at + day},
	} {
		if err := collections.SetFailures(db, name, f); err != nil {
			t.Fatal(err)
		}
	}
	for address, seen := range map[string]int64{"192.0.2.1": at - 200*day, "192.0.2.2": at - 100*day} {
		if err := collections.KeepAddress(db, "somebody", address, seen); err != nil {
			t.Fatal(err)
		}
	}
	for member, until := range map[string]int64{"sales": at - 1000, "manager": at + day} {
		if err := collections.SetLink(db, collections.Link{Staff: h.Staff[member], Code: signin.Hash(member), MadeBy: "x", Until: until}); err != nil {
			t.Fatal(err)
		}
	}
	h.Close()
	h.SetNow(tests.Now.Add(24 * time.Hour / 3)) // over the hour of the sweep, which is made up at the start
	h.Open()
	h.Close()
	h.SetNow(tests.Now.Add(23 * time.Hour))
	h.Open()
	left := ""
	for range 200 {
		left = fmt.Sprint(value[string](h, "SELECT group_concat(name) FROM (SELECT name FROM kehu_failures WHERE name IN ('old','fresh','locked') ORDER BY name)"), " ",
			value[string](h, "SELECT group_concat(address) FROM kehu_addresses WHERE account = 'somebody'"), " ",
			value[int](h, "SELECT count(*) FROM kehu_links"))
		if left == "fresh,locked 192.0.2.2 1" {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("left: %s", left)
}
