package register

import (
	"maps"
	"reflect"
	"testing"
)

func TestDivisionAndMacroRegion(t *testing.T) {
	for _, c := range []struct {
		name                        string
		division, business, reg     any
		want, region                string
		businessWarns, coarseMissed bool
	}{
		{"business address", nil, "上海市浦东新区祖冲之路887弄", nil, "310115", "east", false, false},
		{"registered address alone", nil, nil, "浙江省杭州市西湖区文三路90号", "330106", "east", false, false},
		{"business before registered", nil, "上海市浦东新区祖冲之路887弄", "浙江省杭州市西湖区文三路90号",
			"310115", "east", false, false},
		{"division alone", "440305", nil, nil, "440305", "south", false, false},
		{"division by name", "广东省深圳市南山区", nil, nil, "440305", "south", false, false},
		{"city completed by the address", "上海市", "浦东新区祖冲之路887弄", nil, "310115", "east", false, false},
		{"city and an unreadable address", "上海市", "某某路1号", nil, "310000", "east", true, true},
		{"nothing known", nil, "某某路1号", nil, "", "", true, true},
		{"stops at the city", nil, "浙江省杭州市", nil, "330100", "east", true, true},
		{"completed by the registered address", nil, "浙江省杭州市", "浙江省杭州市西湖区文三路90号",
			"330106", "east", true, false},
		{"registered in another city", nil, "浙江省杭州市", "上海市浦东新区张江路368号",
			"330100", "east", true, true},
		{"typed city, registered in another", "上海市", nil, "浙江省杭州市西湖区文三路90号",
			"310000", "east", false, false},
		{"a city without districts", nil, "广东省东莞市南城街道1号", nil, "441900", "south", false, false},
		{"Hong Kong", "810000", nil, nil, "810000", "hmt", false, false},
	} {
		typed := with("enterprise", map[string]any{})
		for key, value := range map[string]any{"division": c.division, "business_address": c.business,
			"registered_address": c.reg} {
			if value != nil {
				typed[key] = value
			}
		}
		got := Check("customers", nil, typed, testRules())
		if got.Values["division"] != c.want || got.Values["macro_region"] != c.region ||
			len(got.Errors) > 0 {
			t.Errorf("%s: %v %v, want %s %s (%s)", c.name, got.Values["division"],
				got.Values["macro_region"], c.want, c.region, codes(got.Errors))
		}
		if warns := got.Warnings["business_address"] != nil; warns != c.businessWarns {
			t.Errorf("%s: warnings %s", c.name, codes(got.Warnings))
		}
		if c.business != nil && coarse(got.Values) != c.coarseMissed {
			t.Errorf("%s: coarse is %v", c.name, coarse(got.Values))
		}
	}
}

func TestDivisionFollowsItsAddress(t *testing.T) {
	before := Values{"kind": "enterprise", "name": "甲公司", "division": "310115",
		"macro_region": "east", "business_address": "上海市浦东新区祖冲之路887弄"}
	moved := Check("customers", before, map[string]any{"business_address": "广东省深圳市南山区科苑路1号"},
		testRules())
	if moved.Values["division"] != "440305" || moved.Values["macro_region"] != "south" {
		t.Errorf("after a move: %v", moved.Values)
	}
	gone := Check("customers", before, map[string]any{"business_address": ""}, testRules())
	if gone.Values["division"] != "" || gone.Values["macro_region"] != "" {
		t.Errorf("without an address: %v", gone.Values)
	}
	other := Check("customers", before, map[string]any{"mobile": "13912341234"}, testRules())
	if _, set := other.Values["division"]; set {
		t.Error("the division was derived anew though no address changed")
	}
}

func TestStagesHaveTheirDates(t *testing.T) {
	fresh := Check("customers", nil, with("enterprise", nil), testRules())
	if fresh.Values["stage"] != "potential" ||
		!reflect.DeepEqual(fresh.Values["stage_dates"], map[string]any{"potential": "2026-11-05"}) {
		t.Errorf("a new customer: %v", fresh.Values)
	}
	before := Values{"kind": "enterprise", "name": "甲公司", "stage": "potential",
		"stage_dates": map[string]any{"potential": "2026-01-01"}}
	kept := maps.Clone(before["stage_dates"].(map[string]any))
	won := Check("customers", before, map[string]any{"stage": "成交"}, testRules())
	if !reflect.DeepEqual(won.Values["stage_dates"],
		map[string]any{"potential": "2026-01-01", "won": "2026-11-05"}) {
		t.Errorf("won: %v", won.Values)
	}
	if !reflect.DeepEqual(before["stage_dates"], kept) {
		t.Error("the record as it was has changed")
	}
	same := Check("customers", before, map[string]any{"stage": "潜在"}, testRules())
	if _, set := same.Values["stage_dates"]; set {
		t.Error("a stage that stays gets a new date")
	}
	cleared := Check("customers", Values{"kind": "enterprise", "name": "甲公司", "stage": "won"},
		map[string]any{"stage": ""}, testRules())
	if cleared.Values["stage"] != "potential" {
		t.Errorf("a cleared stage: %v", cleared.Values["stage"])
	}
}

func TestTheOwnerBringsTheDepartment(t *testing.T) {
	got := Check("customers", nil, with("enterprise", map[string]any{"owner": "周销售"}), testRules())
	if got.Values["owner"] != "staff1" || got.Values["department"] != "department1" {
		t.Error(got.Values)
	}
	before := Values{"kind": "enterprise", "name": "甲公司", "owner": "staff1", "department": "department1"}
	none := Check("customers", before, map[string]any{"owner": ""}, testRules())
	if none.Values["owner"] != "" || none.Values["department"] != "" {
		t.Error(none.Values)
	}
}

func TestAPersonWhoBecomesAFirm(t *testing.T) {
	before := Values{"kind": "individual", "name": "陈一诺", "gender": "female",
		"cert_type": "resident_id", "cert_no": "110105********002X"}
	got := Check("customers", before, map[string]any{"kind": "enterprise"}, testRules())
	for _, key := range individualOnly {
		if code(got.Errors, key) != "only_individual" {
			t.Errorf("%s stays with a firm: %s", key, codes(got.Errors))
		}
	}
	got = Check("customers", before, map[string]any{"kind": "enterprise", "gender": "",
		"cert_type": "", "cert_no": ""}, testRules())
	if plain, erased := got.Sealed["cert_no"]; len(got.Errors) > 0 || !erased || plain != "" {
		t.Errorf("taken away with the kind: %s %v", codes(got.Errors), got.Sealed)
	}
	old := Values{"kind": "enterprise", "name": "甲公司", "gender": "female"}
	if got := Check("customers", old, map[string]any{"mobile": ""}, testRules()); len(got.Errors) > 0 {
		t.Errorf("an old record cannot be edited: %s", codes(got.Errors))
	}
}
