package hooks_test

import (
	"net/http"
	"strings"
	"testing"

	"kehu/tests"
)

// The rules hold in a batch as they do one by one, and a batch is stored whole or not at all.
func TestABatchIsCheckedAndStoredWhole(t *testing.T) {
	h := tests.Start(t)
	batch := func(requests ...map[string]any) tests.Answer {
		return h.Do("sales", "POST", "/api/batch", map[string]any{"requests": requests})
	}
	post := func(collection string, body map[string]any) map[string]any {
		return map[string]any{"method": "POST", "url": "/api/collections/" + collection + "/records", "body": body}
	}
	good := batch(
		post("customers", firm("批量一号有限公司", map[string]any{"id": "batchcustomer01", "mobile": "１３９１２３４１２３４",
			"registered_capital": "500万"})),
		post("contacts", map[string]any{"customer": "batchcustomer01", "name": "王一", "mobile": "13712341231"}))
	if good.Status != http.StatusOK || !strings.Contains(string(good.Body), `"13912341234"`) ||
		!strings.Contains(string(good.Body), `"registered_capital":5000000`) {
		t.Fatalf("%d %s", good.Status, good.Body)
	}
	bad := batch(
		post("customers", firm("批量二号有限公司", map[string]any{"id": "batchcustomer02"})),
		post("contacts", map[string]any{"customer": "batchcustomer02", "name": "王二", "mobile": "137"}))
	if bad.Status == http.StatusOK || !strings.Contains(string(bad.Body), "mobile_length") {
		t.Errorf("a wrong contact: %d %s", bad.Status, bad.Body)
	}
	twice := batch(post("customers", firm("批量三号有限公司", nil)), post("customers", firm("批量三号有限公司", nil)))
	if twice.Status == http.StatusOK {
		t.Errorf("the same name twice in one batch: %s", twice.Body)
	}
	list := h.Do("sales", "GET", "/api/collections/customers/records", nil).JSON()
	if list["totalItems"] != 1.0 {
		t.Errorf("%v customers, want the first batch's only", list["totalItems"])
	}
}

// Numbers go on past the digits of the pattern, and skip one that another pattern has made.
func TestNumbersWidenPast999And9999(t *testing.T) {
	h := tests.Start(t)
	for start, want := range map[int]string{999: "KH-2026111000", 9999: "KH-20261110000"} {
		_, err := h.App.DB().NewQuery("INSERT INTO kehu_counters VALUES ('customers KH-202611{SEQ}', {:n}) " +
			"ON CONFLICT (name) DO UPDATE SET value = excluded.value").Bind(map[string]any{"n": start}).Execute()
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Create("sales", "customers", firm(want+"有限公司", nil))["number"]; got != want {
			t.Errorf("after %d: %v, want %s", start, got, want)
		}
	}
}
