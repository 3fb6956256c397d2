package hooks_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kehu/tests"
)

const revealed = "11010519491231002X"

// revealHouse has one customer of sales with everything that can be shown, and one of sales2.
func revealHouse(t *testing.T) (h *tests.House, id, contact, other string) {
	h = tests.Start(t)
	values := person("陈一诺", "13712341231", revealed)
	values["bank_account"], values["landline"] = "6222020200112233008", "021-62341234"
	values["business_address"] = "上海市浦东新区祖冲之路887弄"
	id = h.Create("sales", "customers", values)["id"].(string)
	contact = h.Create("sales", "contacts", map[string]any{"customer": id, "name": "孙联系", "mobile": "13612341232"})["id"].(string)
	other = h.Create("sales2", "customers", person("李二诺", "13512341233", certificate(7)))["id"].(string)
	return h, id, contact, other
}

func reveal(h *tests.House, role, collection, id, field string) tests.Answer {
	h.TB.Helper()
	return h.Do(role, "POST", "/api/kehu/"+collection+"/"+id+"/reveal", map[string]any{"field": field, "reason": "核对身份资料"})
}

// roles.md, rows and classes: M may be shown one value at a time, m never.
func TestWhoMayHaveAValueShown(t *testing.T) {
	h, id, contact, _ := revealHouse(t)
	all := []string{"sales", "manager", "service", "marketing", "finance", "executive", "data_admin", "superuser", ""}
	for _, c := range []struct{ collection, record, field, want, may string }{
		{"customers", id, "cert_no", revealed, "manager executive data_admin superuser"},
		{"customers", id, "bank_account", "6222020200112233008", "manager executive data_admin superuser"},
		{"customers", id, "mobile", "13712341231", "service executive"},
		{"customers", id, "landline", "021-62341234", "service executive"},
		{"customers", id, "name", "陈一诺", "service executive"},
		{"customers", id, "business_address", "上海市浦东新区祖冲之路887弄", "service executive"},
		{"contacts", contact, "mobile", "13612341232", "service executive"},
		{"contacts", contact, "name", "孙联系", "service executive"},
	} {
		for _, role := range all {
			a := reveal(h, role, c.collection, c.record, c.field)
			may := role != "" && strings.Contains(" "+c.may+" ", " "+role+" ")
			if may && (a.Status != 200 || a.Text("value") != c.want) {
				t.Errorf("%s of %s to %s: %d %s", c.field, c.collection, role, a.Status, a.Body)
			}
			if !may && (a.Status < 400 || strings.Contains(string(a.Body), c.want)) {
				t.Errorf("%s of %s is shown to %q: %d", c.field, c.collection, role, a.Status)
			}
			if got := a.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: %q", got)
			}
		}
	}
	for _, field := range []string{"number", "stage", "current_need", "total_amount", "originals", "nothing", "", "email_personal"} {
		if a := reveal(h, "executive", "customers", id, field); a.Status != 400 || a.Code("") != "reveal_field" {
			t.Errorf("%q: %d %s", field, a.Status, a.Body)
		}
	}
	command := h.Do("", "POST", "/api/kehu/customers/"+id+"/reveal", map[string]any{"field": "cert_no", "reason": "核对身份资料"},
		"X-Kehu-Command", tests.Secret)
	if command.Status != 403 {
		t.Errorf("the command line: %d %s", command.Status, command.Body)
	}
}

// A record that is not there and one that is not the asker's answer the same, byte for byte.
func TestAMissingAndAForbiddenRecordAnswerTheSame(t *testing.T) {
	h, _, contact, other := revealHouse(t)
	missing := reveal(h, "manager", "customers", "nothinghere0000", "cert_no")
	foreign := reveal(h, "manager", "customers", other, "cert_no")
	if missing.Status != 404 || foreign.Status != 404 || string(missing.Body) != string(foreign.Body) {
		t.Errorf("%d %s\n%d %s", missing.Status, missing.Body, foreign.Status, foreign.Body)
	}
	own := reveal(h, "service", "contacts", contact, "email")
	none := reveal(h, "service", "contacts", "nothinghere0000", "mobile")
	if own.Code("") != "reveal_empty" || none.Status != 404 {
		t.Errorf("%s\n%s", own.Body, none.Body)
	}
}

func TestAReasonIsAskedForAndHoldsNoNumber(t *testing.T) {
	h, id, _, _ := revealHouse(t)
	for reason, code := range map[string]string{"": "reveal_reason", "核对": "reveal_reason", "    　 ": "reveal_reason",
		strings.Repeat("长", 201): "reveal_reason", "核对 " + revealed: "sensitive_in_text"} {
		a := h.Do("manager", "POST", "/api/kehu/customers/"+id+"/reveal", map[string]any{"field": "cert_no", "reason": reason})
		if a.Status != 400 || a.Code("") != code {
			t.Errorf("%q: %d %s", reason, a.Status, a.Body)
		}
	}
	if n := value[int](h, "SELECT count(*) FROM tasks"); n != 0 {
		t.Errorf("%d notices of what was refused", n)
	}
}

// The owner is told who saw which field and why, and not what.
func TestTheOwnerIsTold(t *testing.T) {
	h, id, contact, _ := revealHouse(t)
	if a := reveal(h, "manager", "customers", id, "cert_no"); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	reveal(h, "service", "contacts", contact, "mobile")
	reveal(h, "service", "customers", "nothinghere0000", "mobile")
	list := h.Do("sales", "GET", "/api/collections/tasks/records?sort=created", nil)
	items, _ := list.JSON()["items"].([]any)
	if len(items) != 2 {
		t.Fatalf("%d notices: %s", len(items), list.Body)
	}
	for i, want := range [][]string{{"郑经理", "证件号码", "核对身份资料"}, {"陈客服", "联系人", "手机", "核对身份资料"}} {
		title := fmt.Sprint(items[i].(map[string]any)["title"])
		for _, part := range want {
			if !strings.Contains(title, part) {
				t.Errorf("%q does not say %s", title, part)
			}
		}
	}
	for _, secret := range []string{revealed, "13612341232"} {
		if strings.Contains(string(list.Body), secret) {
			t.Errorf("the notice tells %s", secret)
		}
	}
	if n := value[int](h, "SELECT count(*) FROM tasks WHERE assignee != '"+h.Staff["sales"]+"'"); n != 0 {
		t.Errorf("%d others are told", n)
	}
}

// Every reveal and look-up is on record, and no value stands there.
func TestRevealsAndLookUpsAreOnRecord(t *testing.T) {
	h, id, _, _ := revealHouse(t)
	reveal(h, "manager", "customers", id, "cert_no")
	lookUp(h, "executive", "cert_no", revealed)
	for action, want := range map[string][]string{"reveal": {"staff:" + h.Staff["manager"], id, "cert_no", "核对身份资料"},
		"lookup": {"staff:" + h.Staff["executive"], id, "cert_no"}} {
		text := value[string](h, "SELECT group_concat(actor || record || detail) FROM audit_log WHERE action = '"+action+"'")
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %s: %s", action, part, text)
			}
		}
		if strings.Contains(text, revealed) {
			t.Errorf("%s tells the number: %s", action, text)
		}
	}
}

func TestADaysQuotaOfValues(t *testing.T) {
	h, id, _, _ := revealHouse(t)
	h.Create("data_admin", "policies", map[string]any{"key": "reveal", "value": map[string]any{"per_day": 3}})
	for i := range 5 {
		a := reveal(h, "manager", "customers", id, "cert_no")
		if want := map[bool]int{true: 200, false: 429}[i < 3]; a.Status != want {
			t.Errorf("value %d: %d %s", i+1, a.Status, a.Body)
		}
	}
	if a := reveal(h, "executive", "customers", id, "cert_no"); a.Status != 200 {
		t.Errorf("another person's quota: %d", a.Status)
	}
	h.SetNow(tests.Now.Add(24 * time.Hour))
	if a := reveal(h, "manager", "customers", id, "cert_no"); a.Status != 200 {
		t.Errorf("the next day: %d %s", a.Status, a.Body)
	}
	if err := h.House.Sweep(); err != nil {
		t.Fatal(err)
	}
	if n := value[int](h, "SELECT count(*) FROM kehu_reveals"); n != 1 {
		t.Errorf("%d counts are kept, want that of today", n)
	}
}

// A withdrawn consent stops the use: the number stays until it is erased, and nobody is shown it.
func TestAWithdrawnConsentStopsTheUse(t *testing.T) {
	h, id, _, _ := revealHouse(t)
	consents := h.Do("data_admin", "GET", "/api/collections/consents/records?filter=customer='"+id+"'", nil).JSON()["items"].([]any)
	consent := consents[0].(map[string]any)["id"].(string)
	a := h.Do("data_admin", "PATCH", "/api/collections/consents/records/"+consent, map[string]any{"withdrawn": "2026-11-05"})
	if a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for _, role := range []string{"manager", "executive", "data_admin", "superuser"} {
		if a := reveal(h, role, "customers", id, "cert_no"); a.Status != 403 || a.Code("") != "consent_withdrawn" {
			t.Errorf("%s: %d %s", role, a.Status, a.Body)
		}
	}
	path := "/api/collections/customers/records/" + id
	if a := h.Do("data_admin", "PATCH", path, map[string]any{"cert_no": certificate(3)}); a.Status == 200 && a.Text("cert_no") != "110105********002X" {
		t.Errorf("a new number is taken without consent: %s", a.Body)
	}
	if a := h.Do("data_admin", "PATCH", path, map[string]any{"cert_no": "", "bank_account": ""}); a.Status != 200 || a.Text("cert_no") != "" {
		t.Errorf("the data administrator cannot erase it: %d %s", a.Status, a.Body)
	}
	if n := value[int](h, "SELECT count(*) FROM kehu_sealed WHERE customer = '"+id+"'") +
		value[int](h, "SELECT count(*) FROM kehu_subject_keys WHERE customer = '"+id+"'"); n != 0 {
		t.Errorf("%d rows are left of what was erased", n)
	}
}

func lookUp(h *tests.House, role, field, value string) tests.Answer {
	h.TB.Helper()
	return h.Do(role, "POST", "/api/kehu/lookup", map[string]any{"field": field, "value": value})
}

func TestExactLookUps(t *testing.T) {
	h, id, _, other := revealHouse(t)
	h.Create("data_admin", "customers", firm("乙有限公司", map[string]any{"uscc": ""}))
	number := value[string](h, "SELECT number FROM customers WHERE id = '"+id+"'")
	if _, err := h.App.DB().NewQuery("UPDATE customers SET status = 'active' WHERE id = '" + id + "'").Execute(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		role, field, value string
		want               string // "" nothing, "403", or the customer
	}{
		{"service", "mobile", "+86 137-1234-1231", id}, {"service", "mobile", "13612341232", id},
		{"service", "phone", "021-62341234", id}, {"service", "phone", "13712341231", id},
		{"service", "name", "陈一诺", id}, {"service", "name", "孙联系", id}, {"service", "name", "陈一", ""},
		{"service", "cert_no", revealed, "403"}, {"service", "bank_account", "6222020200112233008", "403"},
		{"executive", "cert_no", revealed, id}, {"executive", "mobile", "13712341231", id},
		{"manager", "cert_no", "11010519491231002x", id}, {"manager", "cert_no", certificate(7), ""},
		{"manager2", "cert_no", certificate(7), other}, {"manager2", "cert_no", revealed, ""},
		{"manager", "bank_account", "6222 0202 0011 2233 008", id},
		{"data_admin", "cert_no", certificate(8), ""}, {"superuser", "cert_no", revealed, id},
		{"sales", "mobile", "13712341231", id}, {"sales2", "mobile", "13712341231", ""}, {"sales", "cert_no", revealed, "403"},
		{"marketing", "mobile", "13712341231", "403"}, {"finance", "mobile", "13712341231", "403"},
		{"marketing", "cert_no", revealed, "403"}, {"finance", "cert_no", revealed, "403"},
		{"finance", "number", number, id}, {"sales2", "number", number, ""}, {"service", "number", number, id},
	} {
		a := lookUp(h, c.role, c.field, c.value)
		if c.want == "403" {
			if a.Status != 403 {
				t.Errorf("%s by %s: %d %s", c.role, c.field, a.Status, a.Body)
			}
			continue
		}
		items, _ := a.JSON()["items"].([]any)
		if a.Status != 200 || c.want == "" && string(a.Body) != "{\"items\":[]}\n" || c.want != "" && (len(items) != 1 ||
			items[0].(map[string]any)["id"] != c.want) {
			t.Errorf("%s by %s %s: %d %s", c.role, c.field, c.value, a.Status, a.Body)
		}
		plain := c.role != "service" && c.role != "executive" && c.role != "finance"
		if !plain && (strings.Contains(string(a.Body), "陈一诺") || strings.Contains(string(a.Body), "13712341231")) ||
			strings.Contains(string(a.Body), revealed) {
			t.Errorf("%s reads more than the mask: %s", c.role, a.Body)
		}
	}
	for field, text := range map[string]string{"mobile": "137", "cert_no": "123", "bank_account": "abc", "stage": "won", "number": " "} {
		if a := lookUp(h, "data_admin", field, text); a.Status != 400 {
			t.Errorf("%s %q: %d %s", field, text, a.Status, a.Body)
		}
	}
}

// Nobody tries numbers one after the other.
func TestLookUpsAreCounted(t *testing.T) {
	h := tests.Start(t)
	h.Create("data_admin", "policies", map[string]any{"key": "reveal", "value": map[string]any{"lookups_per_day": 7,
		"lookups_per_minute": 4}})
	statuses := ""
	for i := range 12 {
		if i%6 == 0 {
			h.SetNow(tests.Now.Add(time.Duration(i) * time.Minute))
		}
		statuses += fmt.Sprint(lookUp(h, "service", "mobile", fmt.Sprintf("1371234%04d", i+1)).Status, " ")
	}
	if want := strings.Repeat("200 ", 4) + "429 429 " + strings.Repeat("200 ", 3) + "429 429 429 "; statuses != want {
		t.Errorf("%s, want %s", statuses, want)
	}
	if a := lookUp(h, "executive", "mobile", "13712341231"); a.Status != 200 {
		t.Errorf("another person's quota: %d", a.Status)
	}
}

// Checking and saving tell whether a certificate is on record: so many numbers a day, and beyond
// them the same answer for one that is there and one that is not. A number asked about again is
// free, and so is everything without a number.
func TestNumbersComparedAreCounted(t *testing.T) {
	h := tests.Start(t)
	h.Create("data_admin", "policies", map[string]any{"key": "reveal", "value": map[string]any{"numbers_per_day": 3}})
	h.Create("sales2", "customers", person("陈一诺", "13712341231", revealed))
	ask := func(n string) tests.Answer {
		return h.Do("sales", "POST", "/api/kehu/check", map[string]any{"customer": person("李二", "13512341233", n),
			"consent": person("", "", "")["consent"]})
	}
	save := func(name, n string) tests.Answer {
		return h.Do("sales", "POST", "/api/collections/customers/records", person(name, "13512341233", n))
	}
	for i := range 5 {
		if a := ask(revealed); a.Status != 200 || !strings.Contains(string(a.Body), "exact") {
			t.Fatalf("check %d of the same number: %d %s", i, a.Status, a.Body)
		}
	}
	for i := 1; i <= 2; i++ {
		if a := ask(certificate(i)); a.Status != 200 {
			t.Fatalf("number %d: %d %s", i, a.Status, a.Body)
		}
	}
	h.Create("sales2", "customers", person("赵三多", "13612341235", certificate(8)))
	refused := map[string]bool{}
	for _, a := range []tests.Answer{ask(certificate(8)), ask(certificate(9)), save("王五", certificate(8)), save("王五", certificate(9))} {
		refused[fmt.Sprint(a.Status, string(a.Body))] = true
		if a.Status != 429 || a.Code("") != "numbers_quota" {
			t.Errorf("beyond the quota: %d %s", a.Status, a.Body)
		}
	}
	if len(refused) != 1 {
		t.Errorf("a number on record and one that is not are told apart: %v", refused)
	}
	if a := save("李二", certificate(1)); a.Status != 200 {
		t.Errorf("a number asked about before: %d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "POST", "/api/kehu/check", map[string]any{"customer": firm("甲有限公司", nil)}); a.Status != 200 {
		t.Errorf("without a number: %d %s", a.Status, a.Body)
	}
	if a := h.Do("sales2", "POST", "/api/kehu/check", map[string]any{"customer": person("李二", "13512341233", certificate(9))}); a.Status != 200 {
		t.Errorf("another person: %d %s", a.Status, a.Body)
	}
	h.SetNow(tests.Now.Add(24 * time.Hour))
	if a := ask(certificate(9)); a.Status != 200 {
		t.Errorf("the next day: %d %s", a.Status, a.Body)
	}
}
