package register

import (
	"reflect"
	"testing"
)

func TestPhonesFindTheirField(t *testing.T) {
	const mobile, other, line, line2 = "13912341234", "15012345670", "021-62341234", "010-62345678"
	both := Values{"kind": "enterprise", "name": "甲公司", "mobile": mobile, "landline": line}
	for _, c := range []struct {
		name   string
		before Values
		typed  map[string]any
		want   map[string]any
		err    string
		sheet  bool
	}{
		{"both in place", nil, map[string]any{"mobile": mobile, "landline": line},
			map[string]any{"mobile": mobile, "landline": line}, "", false},
		{"a landline for a mobile", nil, map[string]any{"mobile": line},
			map[string]any{"mobile": "", "landline": line}, "", false},
		{"a landline for a mobile, beside an empty landline", nil,
			map[string]any{"mobile": line, "landline": ""},
			map[string]any{"mobile": "", "landline": line}, "", false},
		{"a mobile for a landline", nil, map[string]any{"landline": mobile},
			map[string]any{"mobile": mobile, "landline": ""}, "", false},
		{"a mobile for a landline, beside an empty mobile", nil,
			map[string]any{"mobile": "", "landline": mobile},
			map[string]any{"mobile": mobile, "landline": ""}, "", false},
		{"exchanged", nil, map[string]any{"mobile": line, "landline": mobile},
			map[string]any{"mobile": mobile, "landline": line}, "", false},
		{"two mobiles", nil, map[string]any{"mobile": mobile + "/" + other},
			map[string]any{"mobile": mobile}, "", false},
		{"mobile and landline in one cell", nil, map[string]any{"mobile": mobile + "、" + line},
			map[string]any{"mobile": mobile, "landline": line}, "", false},
		{"landline and mobile in one cell", nil, map[string]any{"mobile": line + " " + mobile},
			map[string]any{"mobile": mobile, "landline": line}, "", false},
		{"two landlines in one cell", nil, map[string]any{"mobile": line + "/" + line2},
			map[string]any{"mobile": "", "landline": line}, "", false},
		{"the same landline twice", nil, map[string]any{"mobile": line, "landline": line},
			map[string]any{"mobile": "", "landline": line}, "", false},
		{"two landlines in a form", nil, map[string]any{"mobile": line, "landline": line2},
			nil, "mobile", false},
		{"two landlines on a sheet", nil, map[string]any{"mobile": line, "landline": line2},
			map[string]any{"mobile": "", "landline": line2}, "", true},
		{"another landline is there already", both, map[string]any{"mobile": line2},
			nil, "mobile", false},
		{"the mobile is taken away", both, map[string]any{"mobile": ""},
			map[string]any{"mobile": ""}, "", false},
		{"the mobile is exchanged for the landline", both,
			map[string]any{"mobile": line2, "landline": ""},
			map[string]any{"mobile": "", "landline": line2}, "", false},
		{"a mobile for a landline where a mobile is", both, map[string]any{"landline": other},
			nil, "landline", false},
	} {
		typed := c.typed
		if c.before == nil {
			typed = with("enterprise", c.typed)
		}
		got := Check("customers", c.before, typed, testRules(func(r *Rules) { r.Sheet = c.sheet }))
		if c.err != "" {
			if got.Errors[c.err] == nil {
				t.Errorf("%s was taken: %v", c.name, got.Values)
			}
			continue
		}
		phones := map[string]any{}
		for _, key := range []string{"mobile", "landline"} {
			if v, ok := got.Values[key]; ok {
				phones[key] = v
			}
		}
		if !reflect.DeepEqual(phones, c.want) || len(got.Errors) > 0 {
			t.Errorf("%s: %v, want %v (%s)", c.name, phones, c.want, codes(got.Errors))
		}
	}
}

// No number that was typed is lost: what has no place of its own stays in the originals.
func TestFurtherNumbersStayInTheOriginals(t *testing.T) {
	for _, typed := range []string{"13912341234/15012345670", "021-62341234 010-62345678",
		"13912341234、021-62341234"} {
		got := Check("customers", nil, with("enterprise", map[string]any{"mobile": typed}), testRules())
		if got.Originals["mobile"] != typed || code(got.Warnings, "mobile") != "phone_more" {
			t.Errorf("%s: %q %s", typed, got.Originals["mobile"], codes(got.Warnings))
		}
	}
	got := Check("customers", nil, with("enterprise", map[string]any{"mobile": "021-62341234",
		"landline": "010-62345678"}), testRules(onSheet))
	if got.Originals["mobile"] != "021-62341234" || code(got.Warnings, "mobile") != "phone_more" {
		t.Errorf("%q %s", got.Originals["mobile"], codes(got.Warnings))
	}
}

func TestPersonalAddresses(t *testing.T) {
	for address, want := range map[string]bool{"a1b2@qq.com": true, "someone@163.com": true,
		"info@chenglan-inst.cn": false, "": false} {
		for _, collection := range []string{"customers", "contacts"} {
			typed := map[string]any{"kind": "enterprise", "name": "甲乙丙", "email": address}
			if got := Check(collection, nil, typed, testRules()); got.Values["email_personal"] != want {
				t.Errorf("%s %s: %v", collection, address, got.Values["email_personal"])
			}
		}
	}
	got := Check("contacts", Values{"name": "甲乙", "email": "a@qq.com"}, map[string]any{"title": "x"},
		testRules())
	if _, set := got.Values["email_personal"]; set {
		t.Error("an address that did not change was marked anew")
	}
}
