package policy

import (
	"errors"
	"slices"
	"testing"
)

func TestDefaultsPassTheirOwnChecks(t *testing.T) {
	for _, key := range Keys() {
		defaults := Defaults()
		value, err := defaults.Value(key)
		if err != nil {
			t.Fatal(err)
		}
		set := Defaults()
		if err := set.Put(key, value); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestPutRefusesAndKeeps(t *testing.T) {
	for name, c := range map[string][2]string{
		"unknown zone":     {"company", `{"time_zone":"Mars/Olympus"}`},
		"closing first":    {"company", `{"open":"18:00","close":"09:00"}`},
		"no sequence":      {"numbering", `{"customers":"KH"}`},
		"unknown field":    {"required_fields", `{"enterprise":{"always":["nmae"]}}`},
		"unknown stage":    {"required_fields", `{"enterprise":{"soon":["name"]}}`},
		"required left":    {"fields", `["name"]`},
		"not sensitive":    {"sensitive", `{"fields":{"name":{"individual":"off"}}}`},
		"unknown answer":   {"sensitive", `{"fields":{"cert_no":{"individual":"maybe"}}}`},
		"unknown key":      {"duplicates", `{"block":["colour"]}`},
		"kept for ever":    {"imports", `{"keep_days":99999}`},
		"misspelt key":     {"company", `{"nmae":"x"}`},
		"not JSON":         {"company", `{`},
		"wrong type":       {"fields", `{"a":1}`},
		"zero days":        {"exports", `{"keep_days":0}`},
		"unknown kind":     {"required_fields", `{"robot":{"always":["name"]}}`},
		"sub before seq":   {"numbering", `{"customers":"{SUB:3}{SEQ:3}"}`},
		"S for sales":      {"access", `{"sales":{"S":"reveal"}}`},
		"S plain":          {"access", `{"manager":{"S":"read"}}`},
		"unknown role":     {"access", `{"boss":{"B":"read"}}`},
		"unknown class":    {"access", `{"sales":{"X":"read"}}`},
		"unknown reading":  {"access", `{"sales":{"C":"peek"}}`},
		"nothing of basic": {"access", `{"sales":{"B":"absent"}}`},
		"admin locked out": {"access", `{"data_admin":{"C":"masked"}}`},
		"a list":           {"access", `[]`},
		"unknown of child": {"required_fields", `{"enterprise":{"always":["contacts.nmae"]}}`},
	} {
		set := Defaults()
		if err := set.Put(c[0], []byte(c[1])); !errors.Is(err, ErrValue) {
			t.Errorf("%s: %v", name, err)
		}
		defaults := Defaults()
		want, _ := defaults.Value(c[0])
		got, _ := set.Value(c[0])
		if string(got) != string(want) {
			t.Errorf("%s: the refused value stayed: %s", name, got)
		}
	}
	if err := new(Set).Put("nosuch", []byte(`1`)); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

func TestPutKeepsDefaultsOfWhatIsLeftOut(t *testing.T) {
	set := Defaults()
	if err := set.Put("numbering", []byte(`{"customers":"CUST{YYYY}{SEQ:4}"}`)); err != nil {
		t.Fatal(err)
	}
	if set.Numbering.Customers != "CUST{YYYY}{SEQ:4}" || set.Numbering.Contracts == "" {
		t.Errorf("%+v", set.Numbering)
	}
}

func TestRequiredGrowsWithTheStage(t *testing.T) {
	r := Defaults().Required
	if !slices.Contains(r.Of("enterprise", "won"), "contracts.number") {
		t.Error("a won enterprise needs its contract's number")
	}
	if slices.Contains(r.Of("individual", "potential"), "headcount|revenue") {
		t.Error("a person has no size band")
	}
	if slices.Contains(r.Of("enterprise", "lost"), "current_need") {
		t.Error("lost adds nothing")
	}
}
