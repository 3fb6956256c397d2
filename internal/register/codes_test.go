package register

import (
	"testing"

	"kehu/internal/policy"
)

const (
	idFemale = "11010519491231002X"
	idMale   = "110105194912310038"
	card     = "6222021000012345673"
)

func TestCertificatesAndAccounts(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		typed      map[string]any
		change     func(*Rules)
		field      string
		mask       string // what is stored in the open
		err        string
	}{
		{"resident ID", "individual", map[string]any{"cert_type": "身份证", "cert_no": idFemale}, nil,
			"cert_no", "110105********002X", ""},
		{"small x, full width", "individual", map[string]any{"cert_no": "１１０１０５19491231002x"}, nil,
			"cert_no", "110105********002X", ""},
		{"passport", "individual", map[string]any{"cert_type": "护照", "cert_no": "E12345678"}, nil,
			"cert_no", "E1****678", ""},
		{"no type and no resident ID", "individual", map[string]any{"cert_no": "E12345678"}, nil,
			"cert_no", "", "cert_type_missing"},
		{"no type, one digit off", "individual", map[string]any{"cert_no": "110105194912310029"}, nil,
			"cert_no", "", "cert_check_character"},
		{"no consent", "individual", map[string]any{"cert_no": idFemale}, noConsent,
			"cert_no", "", "sensitive_no_consent"},
		{"consent for the account only", "individual", map[string]any{"cert_no": idFemale},
			func(r *Rules) { r.Consent = func(p string) bool { return p == "bank" } },
			"cert_no", "", "sensitive_no_consent"},
		{"a firm", "enterprise", map[string]any{"cert_no": idFemale}, nil,
			"cert_no", "", "sensitive_not_collected"},
		{"policy off", "individual", map[string]any{"cert_no": idFemale},
			func(r *Rules) { r.Policy.Sensitive.Fields["cert_no"]["individual"] = policy.Off },
			"cert_no", "", "sensitive_not_collected"},
		{"policy silent", "individual", map[string]any{"cert_no": idFemale},
			func(r *Rules) { r.Policy.Sensitive.Fields = nil }, "cert_no", "", "sensitive_not_collected"},
		{"policy required", "individual", map[string]any{"cert_no": idFemale},
			func(r *Rules) { r.Policy.Sensitive.Fields["cert_no"]["individual"] = policy.Mandatory },
			"cert_no", "110105********002X", ""},
		{"card", "individual", map[string]any{"bank_account": "6222 0210 0001 2345 673"}, nil,
			"bank_account", "6222***********5673", ""},
		{"card, one digit off", "individual", map[string]any{"bank_account": "6222021000012345674"}, nil,
			"bank_account", "", "bank_card_check_digit"},
		{"a firm's account", "enterprise", map[string]any{"bank_account": "31001234567890123456"}, nil,
			"bank_account", "3100************3456", ""},
		{"gender agrees", "individual", map[string]any{"cert_no": idFemale, "gender": "女"}, nil,
			"cert_no", "110105********002X", ""},
		{"gender differs", "individual", map[string]any{"cert_no": idMale, "gender": "女"}, nil,
			"gender", "", "gender_conflict"},
		{"gender unknown", "individual", map[string]any{"cert_no": idMale, "gender": "未知"}, nil,
			"gender", "male", ""},
		{"gender from the number", "individual", map[string]any{"cert_no": idFemale}, nil,
			"gender", "female", ""},
	} {
		var change []func(*Rules)
		if c.change != nil {
			change = append(change, c.change)
		}
		got := Check("customers", nil, with(c.kind, c.typed), testRules(change...))
		if code(got.Errors, c.field) != c.err || c.err == "" && got.Values.Text(c.field) != c.mask {
			t.Errorf("%s: %q (%s)", c.name, got.Values.Text(c.field), codes(got.Errors))
		}
		for _, key := range []string{"cert_no", "bank_account"} {
			if got.Originals[key] != "" {
				t.Errorf("%s: the secret stands in the originals", c.name)
			}
		}
	}
}

func TestSealedValuesAreWholeAndCanBeErased(t *testing.T) {
	got := Check("customers", nil, with("individual", map[string]any{"cert_no": idFemale}), testRules())
	if got.Sealed["cert_no"] != idFemale || got.Values["cert_type"] != "resident_id" {
		t.Errorf("%v %v", got.Sealed, got.Values)
	}
	before := Values{"kind": "individual", "name": "陈一诺", "cert_no": "110105********002X",
		"cert_type": "resident_id", "gender": "female"}
	mask := Check("customers", before, map[string]any{"cert_no": "110105********002X"}, testRules(noConsent))
	if _, sealed := mask.Sealed["cert_no"]; sealed || len(mask.Errors) > 0 {
		t.Errorf("the mask came back: %v %s", mask.Sealed, codes(mask.Errors))
	}
	erased := Check("customers", before, map[string]any{"cert_no": ""}, testRules(noConsent))
	if plain, ok := erased.Sealed["cert_no"]; !ok || plain != "" || erased.Values["cert_no"] != "" {
		t.Errorf("erased: %v", erased.Sealed)
	}
}

func TestExceptionsNeedAReason(t *testing.T) {
	const against, legacy = "91340000148941384F", "110108000000016"
	confirm := func(field, reason string) func(*Rules) {
		return func(r *Rules) { r.Confirm = map[string]string{field: reason} }
	}
	for _, c := range []struct {
		name, field, value string
		change             func(*Rules)
		stored, err        string
	}{
		{"no reason", "uscc", against, confirm("", ""), "", "uscc"},
		{"a short reason", "uscc", against, confirm("uscc", "是的"), "", "uscc confirm"},
		{"blanks for a reason", "uscc", against, confirm("uscc", "      "), "", "uscc"},
		{"another field's reason", "uscc", against, confirm("name", "已核对营业执照"), "", "uscc"},
		{"a reason", "uscc", against, confirm("uscc", "已核对营业执照"), "uscc", ""},
		{"a reason cannot mend the length", "uscc", "9134000014894138", confirm("uscc", "已核对营业执照"),
			"", "uscc"},
		{"old number", "legacy_reg_no", legacy, confirm("legacy_reg_no", "尚未换照"), "legacy_reg_no", ""},
		{"old number in the code's field", "uscc", legacy, confirm("uscc", "尚未换照"), "legacy_reg_no", ""},
		{"old number, no reason", "uscc", legacy, confirm("", ""), "", "uscc"},
	} {
		typed := with("enterprise", map[string]any{c.field: c.value})
		got := Check("customers", nil, typed, testRules(c.change))
		errs := ""
		for _, key := range []string{"uscc", "legacy_reg_no", "confirm"} {
			if got.Errors[key] != nil {
				errs += " " + key
			}
		}
		if errs != "" {
			errs = errs[1:]
		}
		if errs != c.err {
			t.Errorf("%s: errors %s", c.name, codes(got.Errors))
		}
		if c.stored != "" {
			e := got.Exceptions[c.stored]
			if got.Values.Text(c.stored) != c.value || e.By != "staff:staff1" ||
				e.At != "2026-11-05T01:30:00Z" || len(e.Reason) < 4 || len(got.Exceptions) != 1 {
				t.Errorf("%s: %v %+v", c.name, got.Values, got.Exceptions)
			}
		} else if len(got.Values.Text("uscc")+got.Values.Text("legacy_reg_no")) > 0 {
			t.Errorf("%s: stored %v", c.name, got.Values)
		}
	}
	before := Values{"kind": "enterprise", "name": "甲公司", "uscc": against}
	if got := Check("customers", before, map[string]any{"uscc": against}, testRules()); len(got.Errors) > 0 {
		t.Errorf("asked again for the same value: %s", codes(got.Errors))
	}
	fine := Check("customers", nil, with("enterprise", map[string]any{"uscc": "91110000600037341L"}),
		testRules(confirm("uscc", "已核对营业执照")))
	if len(fine.Exceptions) != 0 {
		t.Error("a code that keeps the standard is marked as an exception")
	}
	both := Check("customers", nil, with("enterprise", map[string]any{"uscc": legacy, "legacy_reg_no": ""}),
		testRules(confirm("uscc", "尚未换照")))
	if both.Values["legacy_reg_no"] != legacy {
		t.Errorf("beside an empty field the old number is lost: %v", both.Values)
	}
}
