package hooks_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kehu/tests"
)

// marketed makes customers that differ in what puts them into marketing's extract, and answers
// their ids.
func marketed(h *tests.House) map[string]string {
	ids := map[string]string{}
	agree := map[string]any{"purposes": []string{"marketing"}, "method": "paper", "statement_version": "1"}
	for name, more := range map[string]map[string]any{
		"高意向同意有限公司":  {"intention": "high", "consent": agree, "mobile": "13912345071"},
		"标签同意有限公司":   {"tags": []string{"高意向"}, "consent": agree, "mobile": "13912345072"},
		"高意向未同意有限公司": {"intention": "high", "mobile": "13912345073"},
		"低意向同意有限公司":  {"intention": "low", "consent": agree, "mobile": "13912345074"},
		"撤回有限公司":     {"intention": "high", "consent": agree, "mobile": "13912345075"},
	} {
		ids[name] = h.Create("data_admin", "customers", firm(name, more))["id"].(string)
	}
	person := map[string]any{"kind": "individual", "name": "金丝雀", "mobile": "13912345076", "intention": "high", "consent": agree}
	ids["person"] = h.Create("data_admin", "customers", person)["id"].(string)
	consents := h.Do("data_admin", "GET", `/api/collections/consents/records?filter=customer="`+ids["撤回有限公司"]+`"`, nil)
	consent := consents.JSON()["items"].([]any)[0].(map[string]any)["id"].(string)
	h.Do("data_admin", "PATCH", "/api/collections/consents/records/"+consent, map[string]any{"withdrawn": "2026-11-05"})
	return ids
}

func TestMarketingSeesItsExtractAndNothingMore(t *testing.T) {
	h := tests.Start(t)
	ids := marketed(h)
	in := map[string]bool{"高意向同意有限公司": true, "标签同意有限公司": true, "person": true}
	list := string(h.Do("marketing", "GET", "/api/collections/customers/records?sort=-updated", nil).Body)
	extract := h.Do("marketing", "GET", "/api/kehu/extracts/high-intent", nil)
	found := string(h.Do("marketing", "GET", "/api/kehu/search?q=有限公司", nil).Body)
	for name, id := range ids {
		view := h.Do("marketing", "GET", "/api/collections/customers/records/"+id, nil)
		if (view.Status == http.StatusOK) != in[name] || strings.Contains(list, id) != in[name] {
			t.Errorf("%s: view %d, listed %v", name, view.Status, strings.Contains(list, id))
		}
		if name != "person" && (strings.Contains(found, id) != in[name] || strings.Contains(string(extract.Body), name) != in[name]) {
			t.Errorf("%s: found %v, in the extract %v", name, strings.Contains(found, id), !in[name])
		}
	}
	if extract.Status != http.StatusOK || len(extract.JSON()["items"].([]any)) != 3 {
		t.Errorf("%d %s", extract.Status, extract.Body)
	}
	for _, secret := range []string{"13912345071", "13912345076", "金丝雀"} {
		if strings.Contains(string(extract.Body), secret) || strings.Contains(list, secret) {
			t.Errorf("marketing reads %s", secret)
		}
	}
	for _, want := range []string{"139****5071", "金*雀"} {
		if !strings.Contains(string(extract.Body), want) {
			t.Errorf("the extract lacks %s: %s", want, extract.Body)
		}
	}
	h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+ids["person"], map[string]any{"intention": "low"})
	if a := h.Do("marketing", "GET", "/api/collections/customers/records/"+ids["person"], nil); a.Status == http.StatusOK {
		t.Error("a customer of low intent stays in the extract")
	}
}

func TestAnImportedCustomerEntersTheExtractWithItsConsent(t *testing.T) {
	h := tests.Start(t)
	h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称", "合作意向"}, []any{"导入一号有限公司", "高"},
		[]any{"导入二号有限公司", "低"}), nil)
	items := func() []any {
		return h.Do("marketing", "GET", "/api/kehu/extracts/high-intent", nil).JSON()["items"].([]any)
	}
	if before := items(); len(before) != 0 {
		t.Errorf("without consent: %v", before)
	}
	for _, name := range []string{"导入一号有限公司", "导入二号有限公司"} {
		h.Create("data_admin", "consents", map[string]any{"customer": find(h, name)["id"], "purposes": []string{"marketing", "service"}, "granted": "2026-11-01"})
	}
	if after := items(); len(after) != 1 || after[0].(map[string]any)["name"] != "导入一号有限公司" {
		t.Errorf("%v", after)
	}
}

func TestFinanceGetsContractAmounts(t *testing.T) {
	h := tests.Start(t)
	person := h.Create("sales", "customers", map[string]any{"kind": "individual", "name": "金丝雀", "mobile": "13912345076"})
	h.Create("sales", "contracts", map[string]any{"customer": person["id"], "number": "HT-1", "amount": 1234.5, "signed": "2026-03-01"})
	for _, role := range []string{"finance", "data_admin", "superuser"} {
		a := h.Do(role, "GET", "/api/kehu/extracts/contract-amounts", nil)
		items, _ := a.JSON()["items"].([]any)
		if len(items) != 1 || items[0].(map[string]any)["amount"] != 1234.5 ||
			strings.Contains(string(a.Body), "金丝雀") != (role != "finance") {
			t.Errorf("%s: %d %s", role, a.Status, a.Body)
		}
	}
	for _, format := range []string{"xlsx", "csv"} {
		a := h.Do("finance", "GET", "/api/kehu/extracts/contract-amounts?format="+format, nil)
		text := string(a.Body)
		if format == "xlsx" {
			book, err := excelize.OpenReader(bytes.NewReader(a.Body))
			if err != nil {
				t.Fatal(err)
			}
			text = ""
			for _, name := range book.GetSheetList() {
				rows, _ := book.GetRows(name)
				for _, row := range rows {
					text += strings.Join(row, " ") + "\n"
				}
			}
		}
		for _, want := range []string{"HT-1", "金*雀", "执行中"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %s: %s", format, want, text)
			}
		}
	}
}

func TestAnExtractIsItsOwnRolesOnly(t *testing.T) {
	h := tests.Start(t)
	for path, allowed := range map[string]string{"high-intent": "marketing", "contract-amounts": "finance"} {
		for role := range h.Tokens {
			a := h.Do(role, "GET", "/api/kehu/extracts/"+path, nil)
			may := role == allowed || strings.HasPrefix(role, "data_admin") || role == "superuser"
			if (a.Status == http.StatusOK) != may {
				t.Errorf("%s gets %s: %d", role, path, a.Status)
			}
		}
		log := h.Do("data_admin", "GET", "/api/collections/audit_log/records?perPage=200&filter="+url.QueryEscape(`action="export"`), nil)
		if !strings.Contains(string(log.Body), "extract") {
			t.Errorf("an extract is not on record: %s", log.Body)
		}
		if a := h.Do("data_admin", "GET", "/api/kehu/extracts/"+path+"?format=pdf", nil); a.Code("") != "extract_format" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
}
