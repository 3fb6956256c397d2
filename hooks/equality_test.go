package hooks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/fields"
	"kehu/tests"
)

// sheetColumns are the columns of the generated rows, and texts that people write in them.
var sheetColumns = map[string][]string{
	"kind":               {"企业", "机构", "enterprise"},
	"short_name":         {"", "澄岚", "ＡＢＣ 科技", "蓝桥（华东）"},
	"ownership":          {"", "民企", "国有企业", "外资"},
	"industry":           {"", "软件开发", "制造业-专用设备制造", "C39", "批发业"},
	"headcount":          {"", "50-200人", "120", "30-500人", "1000人以上"},
	"revenue":            {"", "3000万", "1亿以上", "500万-2000万"},
	"founded":            {"", "2016-03-18", "2016/3/8", "2016年3月18日", "20160318"},
	"email":              {"", "Info@Example-Firm.cn", "zhang@QQ.com", "a@b-c.cn; d@e-f.cn"},
	"landline":           {"", "021-62341234", "(010)6234 1234", "0755-26012345-8001"},
	"stage":              {"", "潜在", "意向客户", "won"},
	"intention":          {"", "高", "medium"},
	"demand_types":       {"", "采购、售后", "咨询"},
	"current_need":       {"", "两台光谱仪", "第一行\n第二行"},
	"satisfaction":       {"", "4"},
	"tags":               {"", "潜力客户", "潜力客户、重点维护"},
	"main_business":      {"", "研发 与　销售"},
	"paper_ref":          {"", "档-001"},
	"registered_capital": {"", "500万", "1,234.50", "100"},
	"business_address": {"", "上海浦东张江路368号", "浙江省杭州市", "朝阳区建国路87号",
		"广西南宁青秀区民族大道1号"},
	"registered_address":   {"", "广东省深圳市南山区科技路1号"},
	"legal_representative": {"", "林知远", "欧阳 明"},
	"gender":               {""},
}

// notCompared differ by their nature: who is asked first, and when.
var notCompared = map[string]bool{"id": true, "number": true, "doc": true, "created": true,
	"updated": true, "name": true, "mobile": true, "originals": true}

// A row imported and the same row created over REST are equal, field by field.
func TestARowImportedEqualsTheSameRowOverREST(t *testing.T) {
	h := tests.Start(t)
	keys := slices.Sorted(maps.Keys(sheetColumns))
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		values := map[string]any{}
		header, row := []any{"客户名称"}, []any{fmt.Sprintf("导入%06d有限公司", n)}
		for _, key := range keys {
			text := rapid.SampledFrom(sheetColumns[key]).Draw(rt, key)
			header = append(header, fields.MustGet("customers", key).Zh)
			row = append(row, text)
			if text != "" {
				values[key] = text
			}
		}
		show := h.Import("data_admin", "a.xlsx", tests.Workbook(header, row), nil)
		imported := find(h, fmt.Sprintf("导入%06d有限公司", n))
		values["name"], values["channel"] = fmt.Sprintf("直接%06d有限公司", n), "import"
		values["source_person"] = "沈数据"
		values["confirm_duplicate"] = "与导入的同一行比较" // an import does not compare what is alike
		a := h.Do("data_admin", "POST", "/api/collections/customers/records", values)
		if imported == nil || a.Status != 200 {
			if imported != nil || a.Status == 200 {
				rt.Fatalf("imported: %v, REST: %d %s", show["counts"], a.Status, a.Body)
			}
			return // both refused it
		}
		// the creator owns a customer entered by hand; an import has no owner unless told
		h.Do("superuser", "PATCH", "/api/collections/customers/records/"+a.Text("id"), map[string]any{"owner": ""})
		created := h.Do("superuser", "GET", "/api/collections/customers/records/"+a.Text("id"), nil).JSON()
		for key, want := range created {
			if !notCompared[key] && !reflect.DeepEqual(imported[key], want) {
				rt.Errorf("%s: imported %#v, created %#v", key, imported[key], want)
			}
		}
		was, is := imported["originals"].(map[string]any), created["originals"].(map[string]any)
		if !reflect.DeepEqual(was, is) {
			text, _ := json.Marshal([]any{was, is})
			rt.Errorf("originals: %s", text)
		}
	})
}

func find(h *tests.House, name string) map[string]any {
	list := h.Do("superuser", "GET", "/api/collections/customers/records?filter=name='"+name+"'", nil).JSON()
	items, _ := list["items"].([]any)
	if len(items) == 0 {
		return nil
	}
	return items[0].(map[string]any)
}
