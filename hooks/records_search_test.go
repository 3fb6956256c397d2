package hooks_test

import (
	"net/url"
	"strings"
	"testing"

	"kehu/tests"
)

// boxed is the filter that the admin UI's search box makes of a text.
func boxed(text string, fields ...string) string {
	parts := make([]string, len(fields))
	for i, field := range fields {
		parts[i] = field + "?~'" + strings.ReplaceAll(text, "'", `\'`) + "'"
	}
	return strings.Join(parts, "||")
}

// The admin UI's search box works for a linked member of a lesser role: over the fields that the role
// reads plain. It tells nothing of the others, and a filter that a person writes is refused as ever.
func TestTheSearchBoxOfALinkedAccount(t *testing.T) {
	h := tests.Start(t)
	h.Link("executive")
	id := h.Create("sales", "customers", firm("澄岚'仪器有限公司", map[string]any{"mobile": "13712341231", "main_business": "光谱仪"}))["id"].(string)
	ask := func(filter string, header ...string) tests.Answer {
		return h.Do("linked_executive", "GET", "/api/collections/customers/records?filter="+url.QueryEscape(filter), nil, header...)
	}
	pbui := []string{"X-Request-Source", "pbui"}
	all := []string{"id", "number", "main_business", "mobile", "email", "cert_no", "originals", "stage"}
	if a := ask(boxed("光谱仪", all...), pbui...); a.Status != 200 || !strings.Contains(string(a.Body), id) {
		t.Errorf("the search box: %d %s", a.Status, a.Body)
	}
	for _, guess := range []string{"1371234", "13712341231", "9999999"} {
		if a := ask(boxed(guess, all...), pbui...); a.Status != 200 || strings.Contains(string(a.Body), id) {
			t.Errorf("the search box tells of a mobile by %s: %d %s", guess, a.Status, a.Body)
		}
	}
	if a := ask(boxed("1371234", "mobile", "email"), pbui...); a.Status != 403 || a.Code("") != "field_withheld" {
		t.Errorf("over masked fields alone: %d %s", a.Status, a.Body)
	}
	for _, written := range []string{"mobile~'1371234'", "mobile?~'1371234'&&number?~'1371234'", "mobile?~'1371234'||number?~'KH'",
		"(mobile?~'137'||number?~'137')", "number?~'137'||(mobile?~'137')", "mobile~'137'||number~'137'"} {
		if a := ask(written, pbui...); a.Status != 403 || a.Code("") != "field_withheld" {
			t.Errorf("%s: %d %s", written, a.Status, a.Body)
		}
	}
	if a := ask(boxed("光谱仪", all...)); a.Status != 403 {
		t.Errorf("not from the admin UI: %d", a.Status)
	}
	if a := h.Do("superuser", "GET", "/api/collections/customers/records?filter="+url.QueryEscape(boxed("1371234", all...)), nil, pbui...); !strings.Contains(string(a.Body), id) {
		t.Errorf("an owner's search: %d %s", a.Status, a.Body)
	}
}

// History shows a role the changes of the classes that it reads plain, of class S as masks, and of
// other classes nothing: no row, no count, by no filter.
func TestHistoryByRoleAndClass(t *testing.T) {
	h := tests.Start(t)
	values := person("陈一诺", "13712341231", revealed)
	id := h.Create("sales", "customers", values)["id"].(string)
	h.Create("sales", "contacts", map[string]any{"customer": id, "name": "孙联系"})
	h.Create("data_admin", "contracts", map[string]any{"customer": id, "number": "HT-1", "title": "服务", "amount": 1000, "state": "running"})
	contract := value[string](h, "SELECT id FROM contracts")
	for path, change := range map[string]map[string]any{
		"customers/records/" + id:       {"influence": "high", "mobile": "13712341239", "bank_account": "6222020200112233008", "pain_points": "交期"},
		"contracts/records/" + contract: {"amount": 2000},
	} {
		if a := h.Do("data_admin", "PATCH", "/api/collections/"+path, change); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	planted := map[byte]string{'B': "influence", 'C': "mobile", 'S': "bank_account", 'N': "pain_points", 'F': "amount"}
	reads := map[string]string{"sales": "BCSFN", "manager": "BCSFN", "executive": "BSFN", "service": "BN", "marketing": "",
		"finance": "BF", "data_admin": "BCSFN", "superuser": "BCSFN", "sales2": "", "manager2": ""}
	for role, classes := range reads {
		for class, field := range planted {
			want := strings.IndexByte(classes, class) >= 0
			for way, filter := range map[string]string{"list": "", "filter": "&filter=field='" + field + "'", "class": "&filter=class='" + string(class) + "'"} {
				a := h.Do(role, "GET", "/api/collections/changes/records?perPage=200&sort=-at"+filter, nil)
				if got := strings.Contains(string(a.Body), `"field":"`+field+`"`); got != want {
					t.Errorf("%s, %s of class %c: %v, want %v: %s", role, way, class, got, want, a.Body)
				}
				if !want && filter != "" && a.JSON()["totalItems"] != float64(0) {
					t.Errorf("%s counts class %c: %v", role, class, a.JSON()["totalItems"])
				}
				if strings.Contains(string(a.Body), "6222020200112233008") || strings.Contains(string(a.Body), revealed) {
					t.Errorf("%s reads a number of class S", role)
				}
			}
		}
	}
}
