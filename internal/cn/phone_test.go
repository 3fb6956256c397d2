package cn

import (
	"slices"
	"strings"
	"testing"
)

func TestParseMobile(t *testing.T) {
	for _, c := range []struct{ name, in, want, code string }{
		{"brackets and dots", "(139)1234.1234", "13912341234", ""},
		{"dashes of all kinds", "139–1234—1234", "13912341234", ""},
		{"invisible characters", "\u202a13912341234\u202c", "13912341234", ""},
		{"country and trunk 0", "+86 013912341234", "13912341234", ""},
		{"text of a spreadsheet", "'13912341234", "13912341234", ""},
		{"formula of a CSV", `="13912341234"`, "13912341234", ""},
		{"float", "13912341234.0", "13912341234", ""},
		{"scientific with all digits", "1.3912341234E+10", "13912341234", ""},
		{"scientific", "1.38E+10", "", "mobile_scientific"},
		{"scientific with six digits", "1.38001E+10", "", "mobile_scientific"},
		{"full-width", "＋８６１３９１２３４１２３４", "13912341234", ""},
		{"masked with stars", "138****8888", "", "mobile_masked"},
		{"masked with full-width stars", "138＊＊＊＊8888", "", "mobile_masked"},
		{"masked with x", "138xxxx8888", "", "mobile_masked"},
		{"masked with blots", "138●●●●8888", "", "mobile_masked"},
		{"empty", " \u3000", "", "value_empty"},
		{"dash only", "-", "", "value_empty"},
		{"word", "无", "", "mobile_characters"},
		{"two numbers", "13912341234/13512341234", "", "mobile_characters"},
		{"ten digits", "1391234123", "", "mobile_length"},
		{"landline", "02162341234", "", "mobile_segment"},
		{"unassigned", "15412341234", "", "mobile_segment"},
		{"emergency satellite", "17406123412", "", "mobile_segment"},
		{"listed dummy", "13800138000", "", "mobile_test_number"},
		{"listed dummy of no segment", "12345678901", "", "mobile_test_number"},
		{"eleven ones", "11111111111", "", "mobile_test_number"},
		{"repeated digits", "18888888888", "18888888888", "mobile_suspicious"},
		{"running up", "13712345678", "13712345678", "mobile_suspicious"},
		{"running down", "13987654321", "13987654321", "mobile_suspicious"},
		{"Hong Kong", "+852 9123 4567", "", "mobile_foreign"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseMobile(c.in)
			if got.String() != c.want || codeOf(warnings, err) != c.code {
				t.Errorf("%q %q", got, codeOf(warnings, err))
			}
		})
	}
}

func TestOperator(t *testing.T) {
	for number, want := range map[string]string{
		"13412341234": "中国移动", "13491234123": "中国电信(卫星)", "17051234123": "虚拟运营商(移动)",
		"17401234321": "中国电信(卫星)", "16101234123": "中国广电", "18612341234": "中国联通",
	} {
		mobile, _, err := ParseMobile(number)
		if err != nil || mobile.Operator() != want || mobile.E164() != "+86"+number {
			t.Errorf("%s: %s %s %v", number, mobile.Operator(), mobile.E164(), err)
		}
	}
	if (Mobile{}).Operator() != "" || (Mobile{}).E164() != "" {
		t.Error("no number has an operator")
	}
}

func TestParseLandline(t *testing.T) {
	for _, c := range []struct{ name, in, area, want, code string }{
		{"own area code", "021-62341234", "", "021-62341234", ""},
		{"area column", "62341234", "021", "021-62341234", ""},
		{"area column without 0", "62341234", "21", "021-62341234", ""},
		{"area column as a float", "26012345", "755.0", "0755-26012345", ""},
		{"area column and extension", "26012345-801", "0755", "0755-26012345-801", ""},
		{"both agree", "0755-26012345", "0755", "0755-26012345", ""},
		{"both differ", "021-62341234", "0755", "021-62341234", "landline_area_differs"},
		{"area column of a service number", "4008008888", "021", "400-800-8888", ""},
		{"no area code", "62341234", "", "", "landline_area_code"},
		{"no such area code", "0333-1234567", "", "", "landline_area_code"},
		{"分机", "021-62341234 分机 12", "", "021-62341234-12", ""},
		{"转分机", "021-62341234转分机12", "", "021-62341234-12", ""},
		{"x", "021-62341234x801", "", "021-62341234-801", ""},
		{"hash", "021-62341234#801", "", "021-62341234-801", ""},
		{"comma", "021-62341234，801", "", "021-62341234-801", ""},
		{"grouped number with extension", "0755-2601 2345-8001", "", "0755-26012345-8001", ""},
		{"brackets", "（0755）26012345", "", "0755-26012345", ""},
		{"country", "+86-755-26012345", "", "0755-26012345", ""},
		{"0086", "0086 21 62341234", "", "021-62341234", ""},
		{"86 glued", "862162341234", "", "021-62341234", ""},
		{"86 begins a local number", "86123456", "0571", "0571-86123456", ""},
		{"mixed length, 7", "0433-2512345", "", "0433-2512345", ""},
		{"mixed length, 8", "0433-25123456", "", "0433-25123456", ""},
		{"service with extension", "400-800-8888转1", "", "400-800-8888-1", ""},
		{"service too short", "400-800-888", "", "", "landline_service_length"},
		{"too short", "0571-8888888", "", "", "landline_length"},
		{"too long", "010-62341234567", "", "", "landline_length"},
		{"subscriber begins with 0", "0755-06012345", "", "", "landline_subscriber"},
		{"extension of letters", "021-62341234转前台", "", "", "landline_extension"},
		{"extension too long", "021-62341234-1234567", "", "", "landline_extension"},
		{"masked", "021-****1234", "", "", "landline_masked"},
		{"letters", "abc", "", "", "landline_characters"},
		{"empty", "", "", "", "value_empty"},
		{"only the area column", "", "021", "", "value_empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseLandline(c.in, c.area)
			if got.String() != c.want || codeOf(warnings, err) != c.code {
				t.Errorf("%q %q", got, codeOf(warnings, err))
			}
		})
	}
}

func TestLandlineParts(t *testing.T) {
	line, _, err := ParseLandline("0755-26012345-801", "")
	if err != nil || line.City() != "广东省深圳市" || line.AreaCode() != "0755" ||
		line.Extension() != "801" || line.E164() != "+8675526012345" {
		t.Errorf("%+v %v", line, err)
	}
	service, _, err := ParseLandline("800-820-8820", "")
	if err != nil || service.E164() != "" || service.City() != "" {
		t.Errorf("%+v %v", service, err)
	}
	if (Landline{}).String() != "" || (Landline{}).E164() != "" {
		t.Error("the zero Landline is no number")
	}
}

func TestParsePhone(t *testing.T) {
	for _, c := range []struct {
		in, want, code string
		mobile         bool
	}{
		{"139 1234 1234", "13912341234", "", true},
		{"013912341234", "13912341234", "", true},
		{"010-62341234", "010-62341234", "", false},
		{"+86 10 6234 1234", "010-62341234", "", false},
		{"400-800-8888", "400-800-8888", "", false},
		{"1391234123", "", "mobile_length", false},
		{"0333-1234567", "", "landline_area_code", false},
		{"138****8888", "", "mobile_masked", false},
		{"0571-****1234", "", "landline_masked", false},
		{"", "", "value_empty", false},
		{"18888888888", "18888888888", "mobile_suspicious", true},
	} {
		t.Run(c.in, func(t *testing.T) {
			got, warnings, err := ParsePhone(c.in)
			if got.String() != c.want || got.IsMobile() != c.mobile || codeOf(warnings, err) != c.code {
				t.Errorf("%q %v %q", got, got.IsMobile(), codeOf(warnings, err))
			}
		})
	}
}

func TestSplitPhones(t *testing.T) {
	for in, want := range map[string][]string{
		"13912341234":                  {"13912341234"},
		"13912341234/13512341234":      {"13912341234", "13512341234"},
		"13912341234、010-62341234":     {"13912341234", "010-62341234"},
		"13912341234;13512341234；":     {"13912341234", "13512341234"},
		"13912341234\n13512341234":     {"13912341234", "13512341234"},
		"13912341234,13512341234":      {"13912341234", "13512341234"},
		"13912341234 13512341234":      {"13912341234", "13512341234"},
		"139 1234 1234":                {"139 1234 1234"},
		"010 6234 1234":                {"010 6234 1234"},
		"021-62341234,801":             {"021-62341234,801"},
		"021-62341234,801,13912341234": {"021-62341234,801", "13912341234"},
		"021-62341234或13912341234":     {"021-62341234", "13912341234"},
		"１３９１２３４１２３４／１３５１２３４１２３４":          {"１３９１２３４１２３４", "１３５１２３４１２３４"},
		"+86 139 1234 1234 / 0755 2601234": {"+86 139 1234 1234", "0755 2601234"},
		"":                                 nil,
		" / ":                              nil,
	} {
		if got := SplitPhones(in); !slices.Equal(got, want) {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// The tables are data: a slip in them must fail here.
func TestPhoneTables(t *testing.T) {
	if n := len(areas()); n != 323 {
		t.Errorf("%d area codes", n)
	}
	eight, mixed := 0, 0
	for code, area := range areas() {
		switch {
		case code[0] != '0' || area.city == "" || len(code) != 3 && len(code) != 4:
			t.Errorf("%s: %+v", code, area)
		case len(area.lengths) == 2:
			mixed++
		case area.lengths[0] == 8 && len(code) == 4:
			eight++
		}
		if len(code) == 3 && !slices.Equal(area.lengths, []int{8}) {
			t.Errorf("%s has numbers of 8 digits", code)
		}
	}
	if mixed != 4 || eight != 40 { // together the 44 of the metadata
		t.Errorf("%d mixed, %d of eight digits", mixed, eight)
	}
	for _, prefix := range strings.Fields("142 143 154 161 163 164 168 169 179 194") {
		if segmentOf(prefix+"99") != 0 {
			t.Errorf("%s is unassigned", prefix)
		}
	}
	for number, verdict := range dummies() {
		if len(number) != mobileDigits || !allDigits(number) || verdict != "refuse" && verdict != "warn" {
			t.Errorf("%s %s", number, verdict)
		}
	}
}
