package collections_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kehu/collections"
	"kehu/internal/search"
	"kehu/tests"
)

func firm(name string, more map[string]any) map[string]any {
	values := map[string]any{"kind": "enterprise", "name": name}
	for key, value := range more {
		values[key] = value
	}
	return values
}

// found are the ids that a role finds, in order.
func found(t *testing.T, h *tests.House, role, query string) []string {
	t.Helper()
	a := h.Do(role, "GET", "/api/kehu/search?q="+url.QueryEscape(query), nil)
	if a.Status != http.StatusOK {
		t.Fatalf("%s searches %q: %d %s", role, query, a.Status, a.Body)
	}
	ids := []string{}
	for _, item := range a.JSON()["items"].([]any) {
		ids = append(ids, item.(map[string]any)["id"].(string))
	}
	return ids
}

func patch(t *testing.T, h *tests.House, role, collection string, id any, values map[string]any) {
	t.Helper()
	a := h.Do(role, "PATCH", "/api/collections/"+collection+"/records/"+id.(string), values)
	if a.Status != http.StatusOK {
		t.Fatalf("change of %s as %s: %d %s", collection, role, a.Status, a.Body)
	}
}

func remove(t *testing.T, h *tests.House, role, collection string, id any) {
	t.Helper()
	a := h.Do(role, "DELETE", "/api/collections/"+collection+"/records/"+id.(string), nil)
	if a.Status != http.StatusNoContent {
		t.Fatalf("deletion in %s as %s: %d %s", collection, role, a.Status, a.Body)
	}
}

func TestACustomerIsFoundByAllThatPeopleType(t *testing.T) {
	h := tests.Start(t)
	id := h.Create("sales", "customers", firm("上海澄岚仪器(集团)有限公司", map[string]any{
		"short_name": "CL仪器", "uscc": "91110000600037341L", "mobile": "13912341239",
		"landline": "021-62345678-801"}))["id"].(string)
	h.Create("sales", "contacts", map[string]any{"customer": id, "name": "欧阳明远",
		"mobile": "15012345670"})
	h.Create("sales", "customers", firm("华东某某商行", nil))
	for _, c := range []struct {
		query string
		all   bool // also by those who read contact data masked
	}{
		{"澄岚", true}, {"上海澄岚仪器", true}, {"澄岚仪器（集团）", true}, {"澄 岚", true},
		{"shcl", true}, {"SHCL", true}, {"clyq", true}, {"cl仪", true},
		{"KH-202611001", true}, {"kh-2026110", true}, {"KH-202611001 ", true},
		{"91110000600037341L", true}, {"91110000600037341l", true}, {"341L", true},
		{"1239", false}, {"13912341239", false}, {"5678", false}, {"62345678", false},
		{"欧阳", false}, {"明远", false}, {"oymy", false}, {"5670", false}, {"15012345670", false},
	} {
		for _, role := range []string{"sales", "manager", "data_admin", "superuser"} {
			if got := found(t, h, role, c.query); !slices.Contains(got, id) {
				t.Errorf("%s does not find %q", role, c.query)
			}
		}
		for _, role := range []string{"service", "executive"} {
			if got := found(t, h, role, c.query); slices.Contains(got, id) != c.all {
				t.Errorf("%s finds %q: %v", role, c.query, got)
			}
		}
		for _, role := range []string{"sales2", "manager2", "finance", "marketing"} {
			if got := found(t, h, role, c.query); len(got) > 0 {
				t.Errorf("%s finds %q outside their rows", role, c.query)
			}
		}
	}
	for _, query := range []string{"岚澄", "澄仪", "2391", "202612", "张三", "801x"} {
		if got := found(t, h, "data_admin", query); slices.Contains(got, id) {
			t.Errorf("%q finds what does not hold it", query)
		}
	}
}

// Whatever is typed is a text: no sign of the full-text language has a meaning, and none errs.
func TestNoQueryBreaksTheSearch(t *testing.T) {
	h := tests.Start(t)
	id := h.Create("sales", "customers", firm("澄岚OR仪器NEAR有限公司", nil))["id"].(string)
	for _, query := range []string{`澄岚"`, `"澄岚"`, `澄岚*`, `澄岚%`, `澄岚_`, `澄岚'`, `'; DROP TABLE customers; --澄岚`,
		`{b}: 澄岚`, `b:澄岚`, `-澄岚`, `^澄岚`, `澄岚)`, `((澄岚`, `澄岚 AND`, `OR`, `NEAR`, `NOT 澄岚`, `AND OR`,
		`NEAR(澄岚 仪器, 2)`, `澄岚 + 仪器`, `澄岚\`, "澄岚\x00", "澄岚\n仪器", `%%%%`, `____`, "****", "????",
		"�澄岚", "\xff\xfe澄岚", "𠀀𠀁", "ｃｌｙｑ", "é́é́", "🙂🙂", "{:p0} 澄岚", "?? 澄岚", strings.Repeat("澄", 100)} {
		for _, role := range []string{"sales", "manager", "finance", "marketing", "data_admin"} {
			a := h.Do(role, "GET", "/api/kehu/search?q="+url.QueryEscape(query), nil)
			if a.Status != http.StatusOK && a.Status != http.StatusBadRequest {
				t.Errorf("%s searches %q: %d %s", role, query, a.Status, a.Body)
			}
		}
	}
	for _, query := range []string{`澄岚"`, `"澄岚"`, `澄岚*`, "OR", "NEAR", `OR仪器`} {
		if got := found(t, h, "sales", query); !slices.Equal(got, []string{id}) {
			t.Errorf("%q finds %v", query, got)
		}
	}
	if got := found(t, h, "sales2", `澄岚") OR {s}:("o`+h.Staff["sales"]); len(got) > 0 {
		t.Errorf("a query leaves its scope: %v", got)
	}
}

func TestTheSearchFollowsItsCustomer(t *testing.T) {
	h := tests.Start(t)
	customer := h.Create("sales", "customers", firm("上海澄岚仪器有限公司", map[string]any{
		"mobile": "13912341239"}))
	id := customer["id"].(string)
	sees := func(role, query string, want bool) {
		t.Helper()
		if got := slices.Contains(found(t, h, role, query), id); got != want {
			t.Errorf("%s finds %q: %v", role, query, got)
		}
	}
	patch(t, h, "sales", "customers", id, map[string]any{"name": "北京远山科技有限公司",
		"mobile": "13912340000"})
	sees("sales", "澄岚", false)
	sees("sales", "远山", true)
	sees("sales", "1239", false)
	sees("sales", "0000", true)

	contact := h.Create("sales", "contacts", map[string]any{"customer": id, "name": "赵启航"})["id"]
	sees("sales", "启航", true)
	patch(t, h, "sales", "contacts", contact, map[string]any{"name": "钱望舒", "mobile": "15012345670"})
	sees("sales", "启航", false)
	sees("sales", "望舒", true)
	sees("sales", "5670", true)
	remove(t, h, "sales", "contacts", contact)
	sees("sales", "望舒", false)
	sees("sales", "5670", false)

	patch(t, h, "data_admin", "customers", id, map[string]any{"owner": h.Staff["sales2"]})
	sees("sales", "远山", false)
	sees("sales2", "远山", true)
	sees("manager", "远山", false)
	sees("manager2", "远山", true)

	sees("finance", "远山", false)
	order := h.Create("sales2", "orders", map[string]any{"customer": id, "date": "2026-01-01", "amount": 5})["id"]
	sees("finance", "远山", true)
	remove(t, h, "data_admin", "orders", order)
	sees("finance", "远山", false)

	patch(t, h, "data_admin", "customers", id, map[string]any{"kind": "individual", "name": "林远山"})
	sees("service", "远山", false)
	sees("sales2", "远山", true)
	remove(t, h, "data_admin", "customers", id)
	sees("data_admin", "远山", false)
	sees("data_admin", customer["number"].(string), false)
}

func TestTheScopeFollowsStaffAndDepartments(t *testing.T) {
	h := tests.Start(t)
	id := h.Create("sales", "customers", firm("上海澄岚仪器有限公司", nil))["id"].(string)
	sees := func(step, role string, want bool) {
		t.Helper()
		if got := slices.Contains(found(t, h, role, "澄岚"), id); got != want {
			t.Errorf("%s: %s finds it: %v", step, role, got)
		}
		view := h.Do(role, "GET", "/api/collections/customers/records/"+id, nil)
		if got := view.Status == http.StatusOK; got != want {
			t.Errorf("%s: %s reads it: %d", step, role, view.Status)
		}
	}
	sees("at first", "manager", true)
	patch(t, h, "data_admin", "staff", h.Staff["sales"], map[string]any{"department": h.Depts["south"]})
	sees("a member moved", "manager", false)
	sees("a member moved", "manager2", true)
	sees("a member moved", "sales", true)
	patch(t, h, "data_admin", "staff", h.Staff["sales"], map[string]any{"department": ""})
	sees("a member of no department", "manager2", false)
	sees("a member of no department", "sales", true)
	patch(t, h, "data_admin", "staff", h.Staff["sales"], map[string]any{"department": h.Depts["east_sub"]})
	sees("a member came back", "manager", true)
	patch(t, h, "data_admin", "departments", h.Depts["east_sub"], map[string]any{"parent": h.Depts["south"]})
	sees("a department moved", "manager", false)
	sees("a department moved", "manager2", true)
}

func TestThePageIsBoundedAndTheNewestComeFirst(t *testing.T) {
	h := tests.Start(t)
	var ids []string
	for _, name := range []string{"甲", "乙", "丙", "丁"} {
		ids = append(ids, h.Create("sales", "customers", firm(name+"澄岚有限公司", nil))["id"].(string))
	}
	slices.Reverse(ids)
	if got := found(t, h, "sales", "澄岚"); !slices.Equal(got, ids) {
		t.Errorf("%v, want %v", got, ids)
	}
	db := collections.Through(h.App.DB())
	query, err := search.Parse("澄岚")
	if err != nil {
		t.Fatal(err)
	}
	hits, err := collections.Search(db, collections.Reader{Role: "data_admin"}, query, 3)
	if err != nil || len(hits) != 3 {
		t.Errorf("%d hits, %v", len(hits), err)
	}
	none, err := collections.Search(db, collections.Reader{Role: "nobody"}, query, 3)
	if err != nil || len(none) != 0 {
		t.Errorf("nobody finds %d, %v", len(none), err)
	}
}
