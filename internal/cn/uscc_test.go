package cn

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/fault"
)

func TestParseUSCC(t *testing.T) {
	zone, class99 := usccOf("91440101", "MA5AAAAA"), usccOf("99110108", "MA5AAAAA")
	for _, c := range []struct{ name, in, want, code string }{
		{"spaces, dashes, width and case", "9144-0300 ７0846113-6t", "91440300708461136T", ""},
		{"national region", "91100000000013477B", "91100000000013477B", ""},
		{"development zone", zone, zone, "uscc_region"},
		{"class outside the table", class99, class99, "uscc_class"},
		{"check character", "91440300708461136U", "", "uscc_check_character"},
		{"organisation code", "91230184MA1BUFLT57", "", "uscc_organisation_code"},
		{"letter O that would fit", "91O10000600037341L", "", "uscc_characters"},
		{"letter I for 1 that fits", "9I440300708461136T", "", "uscc_lookalike"},
		{"letter O for 0 that fits", "914403OO708461136T", "", "uscc_lookalike"},
		{"letter in the region", "9144030A708461136T", "", "uscc_characters"},
		{"province", "91990300708461136T", "", "uscc_province"},
		{"all zeros", "000000000000000000", "", "uscc_province"},
		{"17 characters", "9144030070846113T", "", "uscc_length"},
		{"Chinese characters are counted as one", "统一社会信用代码", "", "uscc_length"},
		{"old registration number", "110108000000016", "", "uscc_is_registration_number"},
		{"cut by a spreadsheet", "914403001922038000", "", "uscc_truncated"},
		{"scientific", "9.1440300192204E+17", "", "uscc_truncated"},
		{"masked", "91440300****61136T", "", "uscc_masked"},
		{"empty", "", "", "value_empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseUSCC(c.in)
			if got.String() != c.want || codeOf(warnings, err) != c.code {
				t.Errorf("%q %q", got, codeOf(warnings, err))
			}
		})
	}
}

// usccOf completes authority, class, region and organisation body with both check characters.
func usccOf(head, body string) string {
	code := head + body + string(orgCheck(body))
	return code + string(usccCheck(code))
}

// A code cut by a spreadsheet may happen to check; it is refused all the same, and taken only with
// a confirmed reason.
func TestTruncatedCodeThatChecks(t *testing.T) {
	for body := 10_000_000; body < 99_999_900; body += 100 {
		code := usccOf("91110108", digits8(body))
		if !isTruncated(code) {
			continue
		}
		if _, _, err := ParseUSCC(code); codeOf(nil, err) != "uscc_truncated" {
			t.Errorf("%s: %v", code, err)
		}
		if _, err := ParseUSCCAgainstStandard(code); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		return
	}
	t.Fatal("no such code exists")
}

func digits8(n int) string {
	b := []byte("00000000")
	for i := 7; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return string(b)
}

func TestUSCCAgainstStandard(t *testing.T) {
	for in, code := range map[string]string{
		"91340000148941384f": "", "91350100M0001TGQXM": "", "91230184MA1BUFLT57": "",
		"91340000148941384": "uscc_length", "91990000148941384F": "uscc_province",
		"914403001922038000": "uscc_truncated", "9134000014894138OF": "uscc_characters",
	} {
		got, err := ParseUSCCAgainstStandard(in)
		if codeOf(nil, err) != code || err == nil && got.String() != strings.ToUpper(in) {
			t.Errorf("%s: %q %v", in, got, err)
		}
		if err == nil && got.IsStandard() {
			t.Errorf("%s is not of the standard", in)
		}
	}
}

func TestIsOverridable(t *testing.T) {
	overridable := map[string]bool{"uscc_check_character": true, "uscc_organisation_code": true,
		"uscc_truncated": true, "regno_legacy": true}
	for _, f := range fault.Catalogue() {
		if IsOverridable(f.With("n", 1)) != overridable[f.Code] {
			t.Errorf("%s: %v", f.Code, IsOverridable(f))
		}
	}
	if IsOverridable(nil) {
		t.Error("no fault can be overridden")
	}
}

func TestUSCCParts(t *testing.T) {
	code, _, err := ParseUSCC("91440300708461136T")
	if err != nil || code.OrganisationCode() != "708461136" || code.Province() != "广东省" ||
		code.Region() != "440300" || !code.IsStandard() {
		t.Errorf("%+v %v", code, err)
	}
	var none USCC
	if none.OrganisationCode()+none.Province()+none.Region()+none.String() != "" || none.IsStandard() {
		t.Error("the zero USCC has no parts")
	}
}

func TestSuggestUSCC(t *testing.T) {
	if got, ok := SuggestUSCC("9l44o300708461136T"); ok {
		t.Errorf("L is a letter of the alphabet: %q", got)
	}
	got, ok := SuggestUSCC("9I44o300708461136T")
	if !ok || got.String() != "91440300708461136T" {
		t.Errorf("%q %v", got, ok)
	}
	if _, ok := SuggestUSCC("91440300708461136T"); ok {
		t.Error("a right code needs no suggestion")
	}
	if _, ok := SuggestUSCC("9144030070846113ST"); ok {
		t.Error("suggested a code that does not check")
	}
}

// GB 32100 detects every slip of one character and every swap of two neighbours.
func TestUSCCDetectsSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[0-9A-HJ-NP-RTUW-Y]{8}`).Draw(t, "body")
		code := usccOf("91440300", body)
		if _, _, err := ParseUSCC(code); err != nil && !isTruncated(code) {
			t.Fatalf("%s: %v", code, err)
		}
		at := rapid.IntRange(0, 16).Draw(t, "place")
		wrong := []byte(code)
		wrong[at] = usccAlphabet[rapid.IntRange(0, 30).Draw(t, "character")]
		if _, _, err := ParseUSCC(string(wrong)); err == nil && string(wrong) != code {
			t.Fatalf("%s for %s passed", wrong, code)
		}
		swapped := []byte(code)
		swapped[at], swapped[at+1] = swapped[at+1], swapped[at]
		if _, _, err := ParseUSCC(string(swapped)); err == nil && string(swapped) != code {
			t.Fatalf("%s for %s passed", swapped, code)
		}
	})
}

func TestParseOrgCode(t *testing.T) {
	for in, code := range map[string]string{
		"70846113-6": "", "ma1buflt-4": "", "７０８４６１１３６": "", "708461137": "org_code_check_character",
		"7084611": "org_code_length", "70846113Y": "org_code_characters",
		"00000000-0": "org_code_characters",
		"":           "value_empty", "7084611三6": "org_code_characters",
	} {
		if _, _, err := ParseOrgCode(in); codeOf(nil, err) != code {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestParseRegNo(t *testing.T) {
	for in, code := range map[string]string{
		"110108000000016": "", "110108000000010": "regno_check_digit", "110000.0": "regno_length",
		"1.10108E+14": "regno_truncated", "1101082400053": "regno_legacy",
		"企独沪总字第000001号": "regno_legacy", "990108000000016": "regno_province",
		"44030110309741A": "regno_characters", "91440300708461136T": "regno_length",
		"110108****00016": "regno_masked", "": "value_empty",
	} {
		_, warnings, err := ParseRegNo15(in)
		if codeOf(warnings, err) != code {
			t.Errorf("%s: %q", in, codeOf(warnings, err))
		}
	}
}

func TestParseRegNoAgainstStandard(t *testing.T) {
	for in, want := range map[string]string{
		"110108000000016": "110108000000016", "1101082400053": "1101082400053",
		"企独沪总字第 000001 号": "企独沪总字第000001号",
	} {
		if got, err := ParseRegNoAgainstStandard(in); err != nil || got.String() != want {
			t.Errorf("%s: %q %v", in, got, err)
		}
	}
	for in, code := range map[string]string{
		"990108000000016": "regno_province", "字第" + strings.Repeat("1", 40): "regno_characters",
	} {
		if _, err := ParseRegNoAgainstStandard(in); codeOf(nil, err) != code {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestRegionTables(t *testing.T) {
	listed := 0
	for code := range 1_000_000 {
		region := digits8(code)[2:]
		if isListedRegion(region) {
			listed++
			if provinces()[region[:2]] == "" && region != taiwanResidents {
				t.Errorf("%s lies in no province", region)
			}
		}
	}
	if listed != 6451 || len(provinces()) != 34 { // the 6,450 of the lists and 830000
		t.Errorf("%d regions, %d provinces", listed, len(provinces()))
	}
	if !isListedRegion("110103") || isListedRegion("110199") {
		t.Error("崇文区 was a district until 2010, 110199 never was one")
	}
}
