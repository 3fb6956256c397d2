package hooks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kehu/tests"
)

// check asks the door about a customer that is not saved.
func check(t *testing.T, h *tests.House, role string, values map[string]any) []map[string]any {
	t.Helper()
	a := h.Do(role, "POST", "/api/kehu/check", map[string]any{"customer": values})
	if a.Status != http.StatusOK {
		t.Fatalf("check: %d %s", a.Status, a.Body)
	}
	var answer struct{ Duplicates []map[string]any }
	read(t, a, &answer)
	return answer.Duplicates
}

func read(t *testing.T, a tests.Answer, into any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, into); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
}

func levelOf(found []map[string]any) string {
	if len(found) == 0 {
		return ""
	}
	return found[0]["level"].(string)
}

func TestTheDoorTellsWhatIsAlikeAndWhatIsRelated(t *testing.T) {
	h := tests.Start(t)
	h.Create("data_admin", "customers", firm("上海市澄岚仪器有限公司", map[string]any{
		"uscc": "91110000600037341L", "business_address": "上海市浦东新区张江路368号", "landline": "021-62341234",
		"legal_representative": "林知远"}))
	h.Create("data_admin", "customers", map[string]any{"kind": "individual", "name": "陈一诺",
		"mobile": "15012345670", "business_address": "浙江省杭州市西湖区文三路90号2幢301室"})
	for _, c := range []struct {
		name   string
		values map[string]any
		level  string
		code   string
	}{
		{"written otherwise", firm("上海市澄嵐儀器（有限公司）", nil), "suspected", "name_written"},
		{"region and form elsewhere", firm("澄岚仪器（上海）有限责任公司", nil), "suspected", "name_core"},
		{"no region, no form", firm("澄岚仪器", nil), "suspected", "name_core"},
		{"the same sound", firm("上海澄蓝仪器有限公司", nil), "suspected", "name_sound"},
		{"one wrong character", firm("上海澄凤仪器有限公司", nil), "suspected", "name_slip"},
		{"one character missing", firm("上海澄仪器有限公司", nil), "suspected", "name_slip"},
		{"two exchanged", firm("上海澄岚器仪有限公司", nil), "suspected", "name_slip"},
		{"the brand alone", firm("澄岚", nil), "suspected", "name_short"},
		{"the same code", firm("别的名称有限公司", map[string]any{"uscc": "91110000600037341L"}), "exact", "uscc"},
		{"the same name", firm("上海市澄岚仪器有限公司", nil), "exact", "name"},
		{"the same name, another valid code", firm("上海市澄岚仪器有限公司",
			map[string]any{"uscc": "91310115DEM000014Q"}), "suspected", "uscc_differs"},
		{"a branch", firm("上海澄岚仪器有限公司深圳分公司", nil), "related", "branch"},
		{"another city", firm("成都澄岚仪器有限公司", nil), "related", "region_differs"},
		{"a neighbour", firm("上海恒瑞食品有限公司", map[string]any{
			"business_address": "上海市浦东新区张江路368号"}), "", ""},
		{"a namesake", map[string]any{"kind": "individual", "name": "陈一诺", "mobile": "15012345671"}, "", ""},
		{"name and address", map[string]any{"kind": "individual", "name": "陳一諾", "mobile": "15012345671",
			"business_address": "杭州市西湖区文三路90号2幢301室"}, "suspected", "address"},
		{"one surname at one address", map[string]any{"kind": "individual", "name": "陈一凡", "mobile": "15012345671",
			"business_address": "杭州市西湖区文三路90号2幢301室"}, "", ""},
		{"name and mobile", map[string]any{"kind": "individual", "name": "陈一诺", "mobile": "15012345670"},
			"exact", "name_mobile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := check(t, h, "data_admin", c.values)
			if levelOf(found) != c.level || c.level != "" && !strings.Contains(fmt.Sprint(found[0]["codes"]), c.code) {
				t.Errorf("%v", found)
			}
			if c.level == "suspected" && (fmt.Sprint(found[0]["number"]) == "" ||
				len(found[0]["reasons"].([]any)) == 0) {
				t.Errorf("no number or reason: %v", found)
			}
		})
	}
}

// Whoever may not see a customer learns that it exists and who owns it, and not more; and not
// without end.
func TestTheDoorCannotBeUsedToReadTheRegister(t *testing.T) {
	h := tests.Start(t)
	h.Create("sales2", "customers", firm("南京沐阳阀门有限公司", map[string]any{"mobile": "13912345555"}))
	found := check(t, h, "sales", firm("沐阳阀门", nil))
	if levelOf(found) != "suspected" || found[0]["owner"] != "吴销售" || found[0]["number"] != nil ||
		found[0]["id"] != nil {
		t.Errorf("unseen: %v", found)
	}
	if found := check(t, h, "sales", firm("沐阳", nil)); len(found) != 0 {
		t.Errorf("two characters tell of customers out of sight: %v", found)
	}
	if found := check(t, h, "sales2", firm("沐阳", nil)); levelOf(found) != "suspected" {
		t.Errorf("the owner is not told: %v", found)
	}
	refused := 0
	for range 80 {
		a := h.Do("sales", "POST", "/api/kehu/check", map[string]any{"customer": firm("沐阳阀门", nil)})
		if a.Status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("a person may ask about others' customers without end")
	}
	save := h.Do("sales", "POST", "/api/collections/customers/records", firm("沐阳阀门", nil))
	if save.Status != http.StatusTooManyRequests {
		t.Errorf("saving goes round the quota: %d %s", save.Status, save.Body)
	}
	h.SetNow(tests.Now.Add(2 * time.Hour))
	if a := h.Do("sales", "POST", "/api/kehu/check", map[string]any{"customer": firm("沐阳阀门", nil)}); a.Status != 200 {
		t.Errorf("after an hour: %d %s", a.Status, a.Body)
	}
}

// listed waits until the upkeep has come to rest and lists the open pairs.
func listed(t *testing.T, h *tests.House, role, query string, want int) map[string]any {
	t.Helper()
	var answer map[string]any
	for range 200 {
		a := h.Do(role, "GET", "/api/kehu/duplicates"+query, nil)
		if a.Status != http.StatusOK {
			t.Fatalf("list: %d %s", a.Status, a.Body)
		}
		answer = map[string]any{}
		read(t, a, &answer)
		if len(answer["pairs"].([]any)) == want {
			return answer
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%d pairs are wanted: %v", want, answer)
	return nil
}

func TestWhatAnImportBringsIsComparedAndGrouped(t *testing.T) {
	h := tests.Start(t)
	h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称", "客户类型"},
		[]any{"宁波睿哲模具有限公司", "企业"}, []any{"睿哲模具（宁波）有限公司", "企业"},
		[]any{"寧波睿哲模具", "企业"}, []any{"宁波睿哲模具有限公司北仑分公司", "企业"},
		[]any{"青岛拓普家具有限公司", "企业"}), nil)
	answer := listed(t, h, "data_admin", "", 3)
	groups := answer["groups"].([]any)
	if len(groups) != 1 || len(groups[0].(map[string]any)["customers"].([]any)) != 3 {
		t.Errorf("groups: %v", groups)
	}
	pair := answer["pairs"].([]any)[0].(map[string]any)
	path := "/api/kehu/duplicates/" + pair["id"].(string) + "/distinct"
	if a := h.Do("sales", "POST", path, map[string]any{"reason": "两家公司"}); a.Status != http.StatusForbidden {
		t.Errorf("sales decide: %d", a.Status)
	}
	if a := h.Do("manager", "POST", path, map[string]any{"reason": "两家公司"}); a.Status != http.StatusNotFound {
		t.Errorf("a manager decides on others' customers: %d", a.Status)
	}
	if a := h.Do("data_admin", "POST", path, map[string]any{"reason": "不"}); a.Status != http.StatusBadRequest {
		t.Errorf("no reason: %d", a.Status)
	}
	if a := h.Do("data_admin", "POST", path, map[string]any{"reason": "两家不同的公司"}); a.Status != http.StatusOK {
		t.Fatalf("distinct: %d %s", a.Status, a.Body)
	}
	if a := h.Do("data_admin", "POST", path, map[string]any{"reason": "两家不同的公司"}); a.Status != http.StatusBadRequest {
		t.Errorf("decided twice: %d", a.Status)
	}
	scan(t, h)
	listed(t, h, "data_admin", "", 2) // remembered
	listed(t, h, "data_admin", "?state=distinct", 1)
	if len(listed(t, h, "manager", "", 0)["groups"].([]any)) != 0 {
		t.Error("a manager sees pairs of other departments")
	}
	id := pair["a"].(map[string]any)["id"].(string)
	a := h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+id, map[string]any{
		"business_address": "浙江省宁波市鄞州区长江路12号", "confirm_duplicate": "核对中的地址"})
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	listed(t, h, "data_admin", "", 3) // what they are compared by has changed
}

// scan asks for a scan and waits for its end.
func scan(t *testing.T, h *tests.House) {
	t.Helper()
	if a := h.Do("data_admin", "POST", "/api/kehu/duplicates/scan", nil); a.Status != http.StatusAccepted {
		t.Fatalf("scan: %d %s", a.Status, a.Body)
	}
	for range 400 {
		var answer struct{ Scan struct{ State string } }
		read(t, h.Do("data_admin", "GET", "/api/kehu/duplicates", nil), &answer)
		if answer.Scan.State == "done" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the scan does not end")
}

// A scan finds the same pairs as the comparison one by one, and goes on after a restart.
func TestAScanFindsThePairsAndSurvivesARestart(t *testing.T) {
	h := tests.Start(t)
	rows := [][]any{}
	for i := range 40 {
		rows = append(rows, []any{firmOf(i), "企业"},
			[]any{otherwise(i), "企业"})
	}
	h.Import("data_admin", "a.xlsx", tests.Workbook(append([][]any{{"客户名称", "客户类型"}}, rows...)...), nil)
	listed(t, h, "data_admin", "?limit=500", 40)
	if _, err := h.App.NonconcurrentDB().NewQuery("DELETE FROM duplicate_pairs").Execute(); err != nil {
		t.Fatal(err)
	}
	h.Do("data_admin", "POST", "/api/kehu/duplicates/scan", nil)
	h.Close()
	h.Open()
	listed(t, h, "data_admin", "?limit=500", 40)
}

// brandOf makes brands of which two that share a character have another trade or city (firmOf).
func brandOf(i int) string {
	a, b := []rune("澄霁翰玖铭琥沐翊"), []rune("岚川墨珑洋珀阳瀚")
	return string([]rune{a[i%len(a)], b[i/len(a)%len(b)]})
}

var (
	someTrades = []string{"药业", "仪器", "物流", "模具", "服饰", "印刷", "五金", "食品"}
	someCities = []string{"合肥", "宁波", "青岛", "昆明", "长沙"}
)

func firmOf(i int) string { return someCities[i/8%5] + brandOf(i) + someTrades[i%8] + "有限公司" }

func otherwise(i int) string {
	return brandOf(i) + someTrades[i%8] + "（" + someCities[i/8%5] + "）有限责任公司"
}

// The keys go with their customer, follow its changes, and are made anew for another version.
func TestTheKeysFollowTheCustomers(t *testing.T) {
	h := tests.Start(t)
	one := h.Create("data_admin", "customers", firm("昆明星瀚咨询有限公司", nil))
	id := one["id"].(string)
	if n := value[int](h, "SELECT count(*) FROM kehu_match"); n < 6 {
		t.Errorf("%d keys", n)
	}
	a := h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"name": "昆明玖珑咨询有限公司"})
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if found := check(t, h, "data_admin", firm("星瀚咨询", nil)); len(found) != 0 {
		t.Errorf("found by its old name: %v", found)
	}
	if found := check(t, h, "data_admin", firm("玖珑咨询", nil)); levelOf(found) != "suspected" {
		t.Errorf("not found by its new name: %v", found)
	}
	if stale := value[int](h, "SELECT count(*) FROM kehu_match m WHERE m.h NOT IN (SELECT value FROM "+
		"kehu_match_docs d, json_each(d.keys) WHERE d.doc = m.doc)"); stale != 0 {
		t.Errorf("%d keys are left over", stale)
	}
	if _, err := h.App.NonconcurrentDB().NewQuery("UPDATE kehu_match_state SET value = '0' WHERE name = 'version'").
		Execute(); err != nil {
		t.Fatal(err)
	}
	h.Close()
	h.Open()
	if found := check(t, h, "data_admin", firm("玖珑咨询", nil)); levelOf(found) != "suspected" {
		t.Errorf("not found while the keys are made anew: %v", found)
	}
	if a := h.Do("data_admin", "DELETE", "/api/collections/customers/records/"+id, nil); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for range 100 {
		if value[int](h, "SELECT count(*) FROM kehu_match")+value[int](h, "SELECT count(*) FROM kehu_match_docs")+
			value[int](h, "SELECT count(*) FROM kehu_match_pending") == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("keys of a deleted customer are left over")
}

// One phone at a thousand customers says nothing by itself; at two it asks.
func TestASharedPhoneDoesNotAsk(t *testing.T) {
	h := tests.Start(t)
	for i := range 7 {
		h.Create("data_admin", "customers", firm(firmOf(i*9),
			map[string]any{"mobile": "13912349999", "confirm_duplicate": "代理记账的电话"}))
	}
	if found := check(t, h, "data_admin", firm("青岛美嘉林家具有限公司",
		map[string]any{"mobile": "13912349999"})); len(found) != 0 {
		t.Errorf("asked about a phone that seven customers share: %v", found)
	}
}
