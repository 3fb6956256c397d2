package hooks_test

import (
	"net/http"
	"testing"

	"kehu/tests"
)

// Customer service writes two fields of others' customers; what else it sends is ignored, and a
// change of nothing but that is refused.
func TestCustomerServiceWritesWhatIsItsOwn(t *testing.T) {
	h := tests.Start(t)
	id := h.Create("sales", "customers", firm("甲有限公司", map[string]any{"mobile": "13912345071"}))["id"].(string)
	path := "/api/collections/customers/records/" + id
	a := h.Do("service", "PATCH", path, map[string]any{"satisfaction": 4, "service_need": "上门安装", "short_name": "改", "mobile": "13912345079"})
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	now := h.Do("data_admin", "GET", path, nil).JSON()
	if now["satisfaction"] != 4.0 || now["service_need"] != "上门安装" || now["short_name"] != "" || now["mobile"] != "13912345071" {
		t.Errorf("%v %v %v %v", now["satisfaction"], now["service_need"], now["short_name"], now["mobile"])
	}
	for _, role := range []string{"service", "executive", "finance", "marketing"} {
		if a := h.Do(role, "PATCH", path, map[string]any{"short_name": "改"}); a.Status == http.StatusOK {
			t.Errorf("%s writes a short name: %s", role, a.Body)
		}
	}
}

// A draft that customer service entered is its own: it reads back what it typed, and nothing of
// class S is taken from it.
func TestADraftIsReadByWhoEnteredIt(t *testing.T) {
	h := tests.Start(t)
	draft := h.Create("service", "customers", map[string]any{"kind": "individual", "name": "金丝雀", "mobile": "13912345076",
		"cert_type": "resident_id", "cert_no": "11010519491231002X", "consent": map[string]any{"purposes": []string{"sensitive_id"}, "method": "paper"}})
	id := draft["id"].(string)
	if draft["name"] != "金丝雀" || draft["mobile"] != "13912345076" || draft["cert_no"] != nil {
		t.Errorf("%v", draft)
	}
	if now := h.Do("data_admin", "GET", "/api/collections/customers/records/"+id, nil).JSON(); now["cert_no"] != "" {
		t.Errorf("customer service entered a certificate: %v", now["cert_no"])
	}
	contact := h.Create("service", "contacts", map[string]any{"customer": id, "name": "赵启航", "mobile": "13912345077"})
	if contact["name"] != "赵启航" || contact["mobile"] != "13912345077" {
		t.Errorf("%v", contact)
	}
	if _, err := h.App.DB().NewQuery("UPDATE customers SET status = 'active'").Execute(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"customers/records/" + id: "金*雀", "contacts/records/" + contact["id"].(string): "赵*航"} {
		now := h.Do("service", "GET", "/api/collections/"+path, nil).JSON()
		masked, _ := now["masked"].(map[string]any)
		if now["name"] != nil || now["mobile"] != nil || masked["name"] != want {
			t.Errorf("%s: %v", path, now)
		}
	}
}
