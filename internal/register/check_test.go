package register

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kehu/internal/fields"
	"kehu/internal/policy"
)

// people is a register in which the lists are small and known.
type people struct{}

func (people) Tag(name string) string {
	return map[string]string{"潜力客户": "tag1", "重点维护": "tag2", "tag1": "tag1", "tag2": "tag2"}[name]
}

func (people) Staff(name string) string {
	return map[string]string{"周销售": "staff1", "zhou@example.com": "staff1", "staff1": "staff1"}[name]
}

func (people) DepartmentOf(staff string) string {
	return map[string]string{"staff1": "department1"}[staff]
}

func (people) Customer(name string) string {
	return map[string]string{"KH-202611001": "customer1", "上海澄岚（集团）有限公司": "customer1",
		"customer1": "customer1"}[name]
}

func (people) Record(collection, id string) bool {
	return collection == "contracts" && id == "contract1" || collection == "contacts" && id == "contact1"
}

var testNow = time.Date(2026, 11, 5, 9, 30, 0, 0, time.FixedZone("Asia/Shanghai", 8*60*60))

func testRules(change ...func(*Rules)) *Rules {
	set := policy.Defaults()
	rules := &Rules{Policy: &set, Now: testNow, Lookup: people{}, Actor: "staff:staff1",
		Consent: func(string) bool { return true }}
	for _, c := range change {
		c(rules)
	}
	return rules
}

func onSheet(r *Rules)   { r.Sheet = true }
func noConsent(r *Rules) { r.Consent = nil }

// with gives the smallest customer of a kind, and more.
func with(kind string, more map[string]any) map[string]any {
	typed := map[string]any{"kind": kind, "name": "上海澄岚仪器有限公司"}
	if kind == "individual" {
		typed["name"] = "陈一诺"
	}
	for key, value := range more {
		typed[key] = value
	}
	return typed
}

func code(f Findings, key string) string {
	if f[key] == nil {
		return ""
	}
	return f[key].Code
}

func codes(f Findings) string {
	var all []string
	for key, found := range f {
		all = append(all, key+":"+found.Code)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// A value as typed, and what becomes of it: stored, original, error and warning.
var oneValues = []struct {
	collection, key string
	typed           any
	stored          any // nil: not stored
	original        string
	err, warning    string
}{
	// texts
	{"customers", "main_business", "分析仪器", "分析仪器", "", "", ""},
	{"customers", "main_business", " ＡＢＣ　仪器 ", "ABC 仪器", "ＡＢＣ　仪器", "", ""},
	{"customers", "main_business", strings.Repeat("长", 501), nil, "", "too_long", ""},
	{"customers", "main_business", strings.Repeat("长", 500), strings.Repeat("长", 500), "", "", ""},
	{"customers", "main_business", "证件11010519491231002X", nil, "", "sensitive_in_text", ""},
	{"customers", "main_business", "卡6222021000012345673", nil, "", "sensitive_in_text", ""},
	{"customers", "main_business", 12.5, "12.5", "", "", ""},
	{"customers", "main_business", []any{"甲", "乙"}, "甲、乙", "", "", ""},
	{"customers", "main_business", nil, "", "", "", ""},
	{"customers", "main_business", "   ", "", "", "", ""},
	{"customers", "current_need", "一\r\n二 ", "一\n二", "一\r\n二", "", ""},
	{"customers", "short_name", "澄岚(仪器)", "澄岚（仪器）", "澄岚(仪器)", "", ""},

	// names
	{"customers", "name", "上海澄岚(集团)有限公司", "上海澄岚（集团）有限公司", "上海澄岚(集团)有限公司", "", ""},
	{"customers", "name", "", "", "", "required", ""},
	{"customers", "name", "＊＊＊", nil, "", "name_masked", ""},
	{"customers", "name", "。。。", nil, "", "name_no_letters", ""},
	{"customers", "legal_representative", "林知远", "林知远", "", "", ""},
	{"customers", "legal_representative", "林**", nil, "", "name_masked", ""},
	{"contacts", "name", "赵启航先生", "赵启航", "赵启航先生", "", "name_honorific"},

	// selects
	{"customers", "stage", "意向", "intent", "", "", ""},
	{"customers", "stage", "intent", "intent", "", "", ""},
	{"customers", "stage", "Interested", "intent", "", "", ""},
	{"customers", "stage", "意 向", "intent", "意 向", "", ""},
	{"customers", "stage", "洽谈", "intent", "洽谈", "", ""},
	{"customers", "stage", "恋爱", nil, "", "option_unknown", ""},
	{"customers", "stage", 1.0, nil, "", "option_unknown", ""},
	{"customers", "stage", []any{"意向"}, "intent", "", "", ""},
	{"customers", "stage", []any{"意向", "成交"}, nil, "", "option_unknown", ""},
	{"customers", "channel", "app", "app", "", "", ""},
	{"customers", "headcount", "120人", "50_200", "120人", "", ""},
	{"customers", "headcount", 120.0, "50_200", "120", "", ""},
	{"customers", "headcount", "100-499人", "", "100-499人", "", "band_spans"},
	{"customers", "headcount", "很多", nil, "", "option_unknown", ""},
	{"customers", "influence", "120", nil, "", "option_unknown", ""},
	{"customers", "demand_types", "采购、售后", []string{"purchase", "after_sales"}, "", "", ""},
	{"customers", "demand_types", []any{"purchase", "采购", ""}, []string{"purchase"}, "", "", ""},
	{"customers", "demand_types", []string{"采购", "租赁"}, nil, "", "option_unknown", ""},
	{"customers", "demand_types", []any{}, []string{}, "", "", ""},
	{"customers", "tags", "潜力客户,重点维护", []string{"tag1", "tag2"}, "", "", ""},
	{"customers", "tags", []string{"没有"}, nil, "", "tag_unknown", ""},
	{"customers", "tags", "", []string{}, "", "", ""},

	// numbers
	{"customers", "registered_capital", 5e6, 5e6, "", "", ""},
	{"customers", "registered_capital", "500万", 5e6, "500万", "", ""},
	{"customers", "registered_capital", "1,234.50", 1234.5, "1,234.50", "", ""},
	{"customers", "registered_capital", "5000000", 5e6, "", "", ""},
	{"customers", "registered_capital", "很多", nil, "", "amount_format", ""},
	{"customers", "registered_capital", "-1", nil, "", "amount_negative", ""},
	{"customers", "registered_capital", -1.0, nil, "", "amount_negative", ""},
	{"customers", "registered_capital", "0.005", nil, "", "amount_decimals", ""},
	{"customers", "registered_capital", 0.005, nil, "", "amount_decimals", ""},
	{"customers", "registered_capital", 1e300, nil, "", "amount_range", ""},
	{"customers", "registered_capital", "", 0.0, "", "", ""},
	{"customers", "registered_capital", 0.1 + 0.2, 0.3, "", "", ""},
	{"orders", "amount", "-100", -100.0, "", "", ""},
	{"orders", "amount", -100.0, -100.0, "", "", ""},
	{"contracts", "amount", -100.0, nil, "", "amount_negative", ""},
	{"customers", "satisfaction", 5.0, 5.0, "", "", ""},
	{"customers", "satisfaction", "4", 4.0, "", "", ""},
	{"customers", "satisfaction", 6.0, nil, "", "number_range", ""},
	{"customers", "satisfaction", "0", nil, "", "number_range", ""},
	{"customers", "satisfaction", 0.0, 0.0, "", "", ""}, // an empty number as it is stored

	// dates
	{"customers", "founded", "2016年3月18日", "2016-03-18", "2016年3月18日", "", ""},
	{"customers", "founded", "20160318", "2016-03-18", "20160318", "", ""},
	{"customers", "founded", "2016-03-18", "2016-03-18", "", "", ""},
	{"customers", "founded", "2016-02-30", nil, "", "date_impossible", ""},
	{"customers", "founded", "2026-11-06", nil, "", "date_future", ""},
	{"customers", "founded", "2026-11-05", "2026-11-05", "", "", ""},
	{"customers", "founded", "昨天", nil, "", "date_format", ""},
	{"contracts", "ends", "2027-01-01", "2027-01-01", "", "", ""},
	{"followups", "date", "2026-11-06", nil, "", "date_future", ""},

	// phones and addresses of e-mail
	{"customers", "mobile", "+86 139-1234-1234", "13912341234", "+86 139-1234-1234", "", ""},
	{"customers", "mobile", 13912341234.0, "13912341234", "", "", ""},
	{"customers", "mobile", "１３９１２３４１２３４", "13912341234", "１３９１２３４１２３４", "", ""},
	{"customers", "mobile", "1391234123", nil, "", "mobile_length", ""},
	{"customers", "mobile", "139****1234", nil, "", "mobile_masked", ""},
	{"customers", "mobile", "13800138000", nil, "", "mobile_test_number", ""},
	{"customers", "landline", "(021)62341234转801", "021-62341234-801", "(021)62341234转801", "", ""},
	{"customers", "landline", "62341234", nil, "", "landline_area_code", ""},
	{"customers", "landline", "021-6234****", nil, "", "landline_masked", ""},
	{"customers", "email", "info@chenglan-inst.cn", "info@chenglan-inst.cn", "", "", ""},
	{"customers", "email", "info@", nil, "", "email_domain", ""},
	{"customers", "email", "i***@chenglan-inst.cn", nil, "", "email_masked", ""},
	{"customers", "email", []any{"a@chenglan-inst.cn", "b@chenglan-inst.cn"}, "a@chenglan-inst.cn",
		"a@chenglan-inst.cn、b@chenglan-inst.cn", "", "email_more"},

	// codes
	{"customers", "uscc", "91110000600037341l", "91110000600037341L", "91110000600037341l", "", ""},
	{"customers", "uscc", "91110000600037341A", nil, "", "uscc_check_character", ""},
	{"customers", "uscc", "9111********37341L", nil, "", "uscc_masked", ""},
	{"customers", "uscc", "110108000000016", "", "", "legacy_reg_no_confirm", ""},
	{"customers", "legacy_reg_no", "110108000000016", nil, "", "legacy_reg_no_confirm", ""},
	{"customers", "legacy_reg_no", "1234", nil, "", "regno_length", ""},

	// industry and division
	{"customers", "industry", "制造业-专用设备制造", "C35", "制造业-专用设备制造", "", ""},
	{"customers", "industry", "C35", "C35", "", "", ""},
	{"customers", "industry", "卖艺卖唱", nil, "", "industry_unknown", ""},
	{"customers", "division", "310115", "310115", "", "", ""},
	{"customers", "division", "上海市浦东新区", "310115", "上海市浦东新区", "", ""},
	{"customers", "division", "月球", "", "", "division_not_found", ""},

	// references and yes or no
	{"customers", "owner", "周销售", "staff1", "", "", ""},
	{"customers", "owner", "查无此人", nil, "", "staff_unknown", ""},
	{"customers", "parent", "上海澄岚(集团)有限公司", "customer1", "", "", ""},
	{"customers", "parent", "没有的公司", nil, "", "reference_unknown", ""},
	{"customers", "parent", "", "", "", "", ""},
	{"orders", "contract", "contract1", "contract1", "", "", ""},
	{"orders", "contract", "contract2", nil, "", "reference_unknown", ""},
	{"contacts", "primary", true, true, "", "", ""},
	{"contacts", "primary", "是", true, "", "", ""},
	{"contacts", "primary", "否", false, "", "", ""},
	{"contacts", "primary", "", false, "", "", ""},
	{"contacts", "primary", "也许", nil, "", "bool_format", ""},
}

// required are the values that a record of each collection cannot do without.
var required = map[string]map[string]any{
	"customers": {"kind": "enterprise", "name": "上海澄岚仪器有限公司"},
	"contacts":  {"name": "赵启航"}, "contracts": {}, "orders": {"date": "2026-01-01"},
	"followups": {"date": "2026-01-01", "summary": "拜访"},
}

func TestEveryKindOfValue(t *testing.T) {
	for _, c := range oneValues {
		typed := map[string]any{}
		for key, value := range required[c.collection] {
			typed[key] = value
		}
		typed[c.key] = c.typed
		got := Check(c.collection, nil, typed, testRules())
		stored := got.Values[c.key]
		if c.err != "" {
			stored, c.stored = nil, nil
		}
		if !reflect.DeepEqual(stored, c.stored) || code(got.Errors, c.key) != c.err ||
			code(got.Warnings, c.key) != c.warning || c.err == "" && got.Originals[c.key] != c.original {
			t.Errorf("%s %v: stored %#v, original %q, errors %s, warnings %s", c.key, c.typed,
				got.Values[c.key], got.Originals[c.key], codes(got.Errors), codes(got.Warnings))
		}
	}
}

func TestSystemFieldsAndUnknownKeysAreLeftAlone(t *testing.T) {
	typed := with("enterprise", map[string]any{"number": "KH-1", "tier": "strategic",
		"total_amount": 1e9, "no_such_field": "x", "has_deal": true})
	got := Check("customers", nil, typed, testRules())
	for _, key := range []string{"number", "tier", "total_amount", "no_such_field", "has_deal"} {
		if _, set := got.Values[key]; set {
			t.Errorf("%s was taken", key)
		}
	}
	if len(got.Errors) > 0 {
		t.Error(codes(got.Errors))
	}
}

func TestWhatTheCompanyDoesNotCollect(t *testing.T) {
	lean := func(r *Rules) { r.Policy.Fields = []string{"budget"} }
	typed := with("enterprise", map[string]any{"budget": "10万"})
	if got := Check("customers", nil, typed, testRules(lean)); code(got.Errors, "budget") != "not_collected" {
		t.Error(codes(got.Errors))
	}
	got := Check("customers", nil, typed, testRules(lean, onSheet))
	if _, set := got.Values["budget"]; set || code(got.Warnings, "budget") != "not_collected" ||
		len(got.Errors) > 0 {
		t.Errorf("on a sheet: %v %s", got.Values["budget"], codes(got.Errors))
	}
	typed["budget"] = ""
	if got := Check("customers", nil, typed, testRules(lean)); len(got.Errors) > 0 {
		t.Errorf("an empty field of a whole record: %s", codes(got.Errors))
	}
}

// A sheet keeps its row where a form would be refused, and never stores the value.
func TestASheetKeepsItsRow(t *testing.T) {
	for _, c := range []struct {
		name, kind, key, value, want string
		change                       func(*Rules)
	}{
		{"masked mobile", "enterprise", "mobile", "138****8888", "mobile_masked", onSheet},
		{"masked landline", "enterprise", "landline", "021-6234****", "landline_masked", onSheet},
		{"masked e-mail", "enterprise", "email", "i***@qq.com", "email_masked", onSheet},
		{"masked code", "enterprise", "uscc", "9111********37341L", "uscc_masked", onSheet},
		{"masked certificate", "individual", "cert_no", "110105********002X", "cert_masked", onSheet},
		{"masked account", "individual", "bank_account", "6222********5673", "bank_masked", onSheet},
		{"masked representative", "enterprise", "legal_representative", "林**", "name_masked", onSheet},
		{"certificate without consent", "individual", "cert_no", "11010519491231002X",
			"sensitive_no_consent", noConsent},
		{"a firm's certificate", "enterprise", "cert_no", "11010519491231002X",
			"sensitive_not_collected", onSheet},
		{"a firm's gender", "enterprise", "gender", "男", "only_individual", onSheet},
		{"unknown place", "enterprise", "division", "月球", "division_not_found", onSheet},
	} {
		typed := with(c.kind, map[string]any{c.key: c.value, "cert_type": ""})
		form := Check("customers", nil, typed, testRules(c.change, func(r *Rules) { r.Sheet = false }))
		if code(form.Errors, c.key) != c.want {
			t.Errorf("%s in a form: %s", c.name, codes(form.Errors))
		}
		got := Check("customers", nil, typed, testRules(c.change, onSheet))
		if code(got.Warnings, c.key) != c.want || len(got.Errors) > 0 {
			t.Errorf("%s: %s, warnings %s", c.name, codes(got.Errors), codes(got.Warnings))
		}
		if !isZero(got.Values[c.key]) || got.Sealed[c.key] != "" {
			t.Errorf("%s: %v was stored", c.name, got.Values[c.key])
		}
	}
}

func TestAMaskedNameStillRefusesARow(t *testing.T) {
	got := Check("customers", nil, map[string]any{"kind": "individual", "name": "陈**"}, testRules(onSheet))
	if code(got.Errors, "name") != "name_masked" {
		t.Error(codes(got.Errors))
	}
}

func TestDatesInOrder(t *testing.T) {
	for _, c := range []struct{ collection, first, second string }{
		{"contracts", "starts", "ends"}, {"tickets", "opened", "closed"},
		{"consents", "granted", "withdrawn"},
	} {
		typed := map[string]any{c.first: "2026-02-01", c.second: "2026-01-31", "kind": "咨询",
			"subject": "x", "purposes": "营销"}
		if got := Check(c.collection, nil, typed, testRules()); code(got.Errors, c.second) != "date_order" {
			t.Errorf("%s: %s", c.collection, codes(got.Errors))
		}
		typed[c.second] = "2026-02-01"
		if got := Check(c.collection, nil, typed, testRules()); len(got.Errors) > 0 {
			t.Errorf("%s on one day: %s", c.collection, codes(got.Errors))
		}
	}
	before := Values{"starts": "2026-02-01", "ends": "2026-03-01"}
	got := Check("contracts", before, map[string]any{"starts": "2026-04-01"}, testRules())
	if code(got.Errors, "ends") != "date_order" {
		t.Errorf("against what is stored: %s", codes(got.Errors))
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b any
		want bool
	}{
		{nil, "", true}, {nil, 0.0, true}, {"", []string{}, true}, {false, nil, true},
		{"5", 5.0, true}, {5.0, "5.0", false}, {"a", "a ", true}, {"a", "b", false},
		{[]string{"a", "b"}, []any{"a", "b"}, true}, {[]string{"a", "b"}, []string{"b", "a"}, false},
		{true, "true", true}, {true, false, false}, {13912341234.0, "13912341234", true},
	} {
		if got := Same(c.a, c.b); got != c.want {
			t.Errorf("%#v and %#v: %v", c.a, c.b, got)
		}
	}
}

// Every kind of value in the table is met by a case above or is the product's own.
func TestEveryKindHasItsCase(t *testing.T) {
	met := map[fields.Kind]bool{fields.Cert: true, fields.Bank: true, fields.JSON: true,
		fields.File: true, fields.Address: true, fields.Department: true}
	for _, c := range oneValues {
		met[fields.MustGet(c.collection, c.key).Kind] = true
	}
	for _, f := range fields.All() {
		if !met[f.Kind] {
			t.Errorf("no case for %s, as of %s.%s", f.Kind, f.Collection, f.Key)
		}
	}
}
