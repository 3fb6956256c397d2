package hooks_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"kehu/tests"
)

func firm(name string, more map[string]any) map[string]any {
	values := map[string]any{"kind": "enterprise", "name": name}
	for key, value := range more {
		values[key] = value
	}
	return values
}

func TestACustomerIsNormalisedAndKeepsWhatWasTyped(t *testing.T) {
	h := tests.Start(t)
	got := h.Create("sales", "customers", map[string]any{
		"kind": "企业", "name": "上海澄岚仪器(集团)有限公司 ", "mobile": "+86 139-1234-1234",
		"uscc": "91110000600037341l", "founded": "2016年3月18日", "registered_capital": "500万",
		"headcount": "120人", "industry": "制造业-专用设备制造", "email": "Info@QQ.com",
		"business_address": "上海浦东张江路368号", "tags": []string{"潜力客户"},
	})
	for key, want := range map[string]any{
		"kind": "enterprise", "name": "上海澄岚仪器（集团）有限公司", "mobile": "13912341234",
		"uscc": "91110000600037341L", "founded": "2016-03-18", "registered_capital": 5e6,
		"headcount": "50_200", "industry": "C35", "division": "310115", "macro_region": "east",
		"number": "KH-202611001", "status": "draft", "stage": "potential",
		"email_personal": true, "owner": h.Staff["sales"], "department": h.Depts["east_sub"],
		"source_person": "周销售",
	} {
		if got[key] != want {
			t.Errorf("%s: %v, want %v", key, got[key], want)
		}
	}
	originals := got["originals"].(map[string]any)
	for key, want := range map[string]string{"mobile": "+86 139-1234-1234",
		"founded": "2016年3月18日", "registered_capital": "500万"} {
		if originals[key] != want {
			t.Errorf("original %s: %v", key, originals[key])
		}
	}
}

func TestRefusalsNameTheFieldACodeAndASentence(t *testing.T) {
	h := tests.Start(t)
	for _, c := range []struct {
		name, field, code string
		values            map[string]any
	}{
		{"no name", "name", "required", map[string]any{"kind": "enterprise"}},
		{"eight digits", "mobile", "mobile_length", firm("甲公司", map[string]any{"mobile": "13912341"})},
		{"test number", "mobile", "mobile_test_number", firm("甲公司", map[string]any{"mobile": "13800138000"})},
		{"masked", "mobile", "mobile_masked", firm("甲公司", map[string]any{"mobile": "138****8888"})},
		{"check character", "uscc", "uscc_check_character", firm("甲公司", map[string]any{"uscc": "91110000600037341A"})},
		{"30 February", "founded", "date_impossible", firm("甲公司", map[string]any{"founded": "2024-02-30"})},
		{"unknown option", "stage", "option_unknown", firm("甲公司", map[string]any{"stage": "恋爱中"})},
		{"unknown tag", "tags", "tag_unknown", firm("甲公司", map[string]any{"tags": []string{"没有的标签"}})},
		{"a person's field", "gender", "only_individual", firm("甲公司", map[string]any{"gender": "男"})},
		{"text as number", "registered_capital", "amount_format", firm("甲公司", map[string]any{"registered_capital": "很多"})},
		{"unknown owner", "owner", "staff_unknown", firm("甲公司", map[string]any{"owner": "查无此人"})},
		{"certificate in a note", "current_need", "sensitive_in_text",
			firm("甲公司", map[string]any{"current_need": "证件 11010519491231002X"})},
		{"certificate without consent", "cert_no", "sensitive_no_consent",
			map[string]any{"kind": "individual", "name": "张三丰", "cert_no": "11010519491231002X"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			role := "data_admin"
			a := h.Do(role, "POST", "/api/collections/customers/records", c.values)
			if a.Status != http.StatusBadRequest || a.Code(c.field) != c.code {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			english := h.Do(role, "POST", "/api/collections/customers/records", c.values,
				"Accept-Language", "en")
			if strings.ContainsAny(english.Text("message"), "，；请") {
				t.Errorf("the English sentence: %s", english.Text("message"))
			}
		})
	}
}

func TestExactDuplicatesAreRefusedAndSuspectedOnesNeedAReason(t *testing.T) {
	h := tests.Start(t)
	h.Create("sales2", "customers", firm("上海澄岚仪器有限公司", map[string]any{
		"mobile": "13912341234", "uscc": "91110000600037341L"}))
	post := func(role string, values map[string]any) tests.Answer {
		return h.Do(role, "POST", "/api/collections/customers/records", values)
	}
	name := post("sales", firm("上海澄岚仪器有限公司", nil))
	if name.Status != http.StatusConflict || name.Code("name") != "duplicate_exact" {
		t.Fatalf("same name: %d %s", name.Status, name.Body)
	}
	if !strings.Contains(string(name.Body), "吴销售") || strings.Contains(string(name.Body), "KH-") {
		t.Errorf("the answer names the owner and not the number: %s", name.Body)
	}
	code := post("manager2", firm("另一家公司", map[string]any{"uscc": "91110000600037341L"}))
	if code.Status != http.StatusConflict || !strings.Contains(string(code.Body), "KH-202611001") {
		t.Errorf("same code, asked by who may see it: %d %s", code.Status, code.Body)
	}
	mobile := post("sales", firm("第三家公司", map[string]any{"mobile": "13912341234"}))
	if mobile.Status != http.StatusConflict || mobile.Code("mobile") != "duplicate_suspected" {
		t.Fatalf("same mobile: %d %s", mobile.Status, mobile.Body)
	}
	confirmed := h.Create("sales", "customers", firm("第三家公司",
		map[string]any{"mobile": "13912341234", "confirm_duplicate": "同一位联系人代管两家公司"}))
	pairs := h.Do("superuser", "GET", "/api/collections/duplicate_pairs/records", nil)
	if !strings.Contains(string(pairs.Body), "同一位联系人") ||
		!strings.Contains(string(pairs.Body), confirmed["id"].(string)) {
		t.Errorf("the reason is not kept: %s", pairs.Body)
	}
	if letter := post("sales", firm("上海澄岚仪器有限公司A", nil)); letter.Status != http.StatusOK {
		t.Errorf("a name told apart by a letter: %d %s", letter.Status, letter.Body)
	}
	slip := post("sales", firm("上海澄岚义器有限公司", nil))
	if slip.Status != http.StatusConflict || slip.Code("name") != "duplicate_suspected" {
		t.Errorf("a name with one wrong character: %d %s", slip.Status, slip.Body)
	}
	if other := post("sales", firm("上海澄海物流有限公司", nil)); other.Status != http.StatusOK {
		t.Errorf("another name: %d %s", other.Status, other.Body)
	}
}

func TestACodeAgainstTheStandardNeedsAReasonAndStaysMarked(t *testing.T) {
	h := tests.Start(t)
	values := firm("某某有限公司", map[string]any{"uscc": "91340000148941384F"})
	if a := h.Do("sales", "POST", "/api/collections/customers/records", values); a.Status != 400 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	values["confirm"] = map[string]string{"uscc": "已核对营业执照原件"}
	got := h.Create("sales", "customers", values)
	exceptions := got["exceptions"].(map[string]any)
	if got["uscc"] != "91340000148941384F" || exceptions["uscc"] == nil {
		t.Errorf("%v", got)
	}
	old := h.Create("sales", "customers", firm("旧号公司", map[string]any{"uscc": "110108000000016",
		"confirm": map[string]string{"uscc": "尚未换发新执照"}}))
	if old["legacy_reg_no"] != "110108000000016" || old["uscc"] != "" {
		t.Errorf("%v", old)
	}
}

func TestSystemFieldsOfARequestAreIgnored(t *testing.T) {
	h := tests.Start(t)
	got := h.Create("data_admin", "customers", firm("甲有限公司", map[string]any{"number": "KH-1",
		"status": "active", "tier": "strategic", "total_amount": 1e9, "missing": []string{}}))
	if got["number"] != "KH-202611001" || got["status"] != "draft" || got["tier"] != "potential" ||
		got["total_amount"] != 0.0 || len(got["missing"].([]any)) == 0 {
		t.Errorf("%v", got)
	}
	again := h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+got["id"].(string), got)
	if again.Status != http.StatusOK {
		t.Errorf("the whole record sent back: %d %s", again.Status, again.Body)
	}
}

func TestMissingFollowsContactsAndStage(t *testing.T) {
	h := tests.Start(t)
	got := h.Create("sales", "customers", firm("甲有限公司", map[string]any{"landline": "021-62341234",
		"industry": "C40", "headcount": "50_200", "current_need": "两台光谱仪"}))
	wantMissing := func(want ...any) {
		t.Helper()
		now := h.Do("sales", "GET", "/api/collections/customers/records/"+got["id"].(string), nil).JSON()
		if fmt.Sprintf("%v", now["missing"]) != fmt.Sprintf("%v", want) {
			t.Errorf("missing %v, want %v", now["missing"], want)
		}
	}
	wantMissing("contacts.name")
	contact := h.Create("sales", "contacts", map[string]any{"customer": got["id"], "name": "赵启航"})
	wantMissing()
	h.Do("sales", "PATCH", "/api/collections/customers/records/"+got["id"].(string),
		map[string]any{"stage": "won"})
	wantMissing("intention", "contracts.number", "contracts.amount", "contracts.starts",
		"contracts.ends", "satisfaction")
	h.Create("sales", "contracts", map[string]any{"customer": got["id"], "amount": 1000,
		"starts": "2026-01-01", "ends": "2026-12-31", "signed": "2026-01-01"})
	wantMissing("intention", "satisfaction")
	h.Do("sales", "DELETE", "/api/collections/contacts/records/"+contact["id"].(string), nil)
	wantMissing("contacts.name", "intention", "satisfaction")
}

func TestAmountsFollowOrdersAndContracts(t *testing.T) {
	h := tests.Start(t)
	c := h.Create("sales", "customers", firm("甲有限公司", nil))
	id := c["id"].(string)
	contract := h.Create("sales", "contracts", map[string]any{"customer": id, "amount": 500,
		"signed": "2026-03-01", "state": "running"})
	h.Create("sales", "orders", map[string]any{"customer": id, "date": "2024-05-01", "amount": 100.5})
	h.Create("sales", "orders", map[string]any{"customer": id, "date": "2026-10-01", "amount": 200})
	h.Create("sales", "orders", map[string]any{"customer": id, "date": "2026-10-05", "amount": -50})
	h.Create("sales", "orders", map[string]any{"customer": id, "date": "2026-10-09", "amount": 999,
		"state": "cancelled"})
	check := func(total, annual float64, first, last string) {
		t.Helper()
		now := h.Do("sales", "GET", "/api/collections/customers/records/"+id, nil).JSON()
		if now["total_amount"] != total || now["annual_amount"] != annual ||
			now["first_deal"] != first || now["last_deal"] != last || now["relationship"] != "existing" {
			t.Errorf("%v %v %v %v %v", now["total_amount"], now["annual_amount"], now["first_deal"],
				now["last_deal"], now["relationship"])
		}
	}
	check(750.5, 650, "2024-05-01", "2026-10-05")
	h.Create("sales", "orders", map[string]any{"customer": id, "date": "2026-10-06", "amount": 10,
		"contract": contract["id"]})
	check(260.5, 160, "2024-05-01", "2026-10-06") // the contract has an order now
}

func TestNumbersAreUniqueUnder200ConcurrentCreates(t *testing.T) {
	h := tests.Start(t)
	const n = 200
	numbers := make([]string, n)
	var group sync.WaitGroup
	for i := range n {
		group.Add(1)
		go func() {
			defer group.Done()
			a := h.Do("data_admin", "POST", "/api/collections/customers/records",
				firm(fmt.Sprintf("并发%03d有限公司", i), nil))
			numbers[i] = a.Text("number")
		}()
	}
	group.Wait()
	seen := map[string]bool{}
	for _, number := range numbers {
		if number == "" || seen[number] {
			t.Fatalf("number %q twice or missing", number)
		}
		seen[number] = true
	}
	if !seen["KH-202611001"] || !seen["KH-202611200"] {
		t.Error("the numbers have gaps")
	}
}

func TestNumbersOverTheMonthsTurnAfterDeletionAndRollback(t *testing.T) {
	h := tests.Start(t)
	number := func(name string) string {
		t.Helper()
		return h.Create("data_admin", "customers", firm(name, nil))["number"].(string)
	}
	if got := number("甲公司"); got != "KH-202611001" {
		t.Error(got)
	}
	b := h.Create("data_admin", "customers", firm("乙公司", nil))
	h.Do("data_admin", "DELETE", "/api/collections/customers/records/"+b["id"].(string), nil)
	if got := number("丙公司"); got != "KH-202611003" {
		t.Errorf("after a deletion %s", got)
	}
	if a := h.Do("data_admin", "POST", "/api/collections/customers/records",
		firm("丁公司", map[string]any{"mobile": "1"})); a.Status != 400 {
		t.Fatal(a.Status)
	}
	h.SetNow(time.Date(2026, 11, 30, 15, 59, 0, 0, time.UTC)) // 23:59 in Shanghai
	if got := number("戊公司"); got != "KH-202611004" {
		t.Error(got)
	}
	h.SetNow(time.Date(2026, 11, 30, 16, 0, 1, 0, time.UTC)) // December in Shanghai
	if got := number("己公司"); got != "KH-202612001" {
		t.Error(got)
	}
}

func TestHousePatternsWithGroupNumbers(t *testing.T) {
	h := tests.Start(t)
	h.Create("data_admin", "policies", map[string]any{"key": "numbering",
		"value": map[string]string{"customers": "CRM{YYYY}{MM}{SEQ:3}-{SUB:3}"}})
	head := h.Create("data_admin", "customers", firm("总公司", nil))
	child := h.Create("data_admin", "customers", firm("子公司", map[string]any{"parent": head["id"]}))
	grandchild := h.Create("data_admin", "customers",
		firm("孙公司", map[string]any{"parent": child["number"]}))
	other := h.Create("data_admin", "customers", firm("别家公司", nil))
	for got, want := range map[any]string{head["number"]: "CRM202611001-001",
		child["number"]: "CRM202611001-002", grandchild["number"]: "CRM202611001-003",
		other["number"]: "CRM202611002-001"} {
		if got != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	loop := h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+head["id"].(string),
		map[string]any{"parent": grandchild["id"]})
	if loop.Code("parent") != "parent_self" {
		t.Errorf("a loop of parents: %d %s", loop.Status, loop.Body)
	}
	bad := h.Do("data_admin", "POST", "/api/collections/policies/records",
		map[string]any{"key": "fields", "value": []string{"nmae"}})
	if bad.Code("value") != "policy_value" {
		t.Errorf("a wrong policy: %d %s", bad.Status, bad.Body)
	}
}
