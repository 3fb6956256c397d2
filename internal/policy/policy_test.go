package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"kehu/internal/fault"
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
		"unknown mode":     {"review", `"sometimes"`},
		"misspelt review":  {"review", `{"mdoe":"all"}`},
		"no such field":    {"review", `{"key_fields":["colour"]}`},
		"field twice":      {"change_classes", `{"free":["tags","name"]}`},
		"system's field":   {"change_classes", `{"free":["number"]}`},
		"free certificate": {"change_classes", `{"free":["cert_no"],"important":["name"]}`},
		"negative term":    {"sla", `{"entry":-1}`},
		"no back-fill":     {"sla", `{"backfill_hours":0}`},
		"unknown tier":     {"reminders", `{"cadence_days":{"gold":3}}`},
		"tier of metal":    {"tiers", `[{"key":"a","tier":"gold","name":"金","any":[{"input":"deal","is":["yes"]}]}]`},
		"unknown input":    {"tiers", `[{"key":"a","tier":"key","name":"甲","any":[{"input":"mood","is":["good"]}]}]`},
		"misspelt rule":    {"tiers", `[{"key":"a","teir":"key","name":"甲","any":[{"input":"deal","is":["yes"]}]}]`},
		"words as number":  {"tiers", `[{"key":"a","tier":"key","name":"甲","any":[{"input":"deal","at_least":1}]}]`},
		"number as words":  {"tiers", `[{"key":"a","tier":"key","name":"甲","any":[{"input":"months","is":["24"]}]}]`},
		"too many in year": {"tiers", `[{"key":"a","tier":"key","name":"甲","any":[{"input":"quarters","at_least":5,"of":4}]}]`},
		"rule of nothing":  {"tiers", `[{"key":"a","tier":"key","name":"甲"}]`},
		"lower tier first": {"tiers", `[{"key":"a","tier":"normal","name":"甲","any":[{"input":"deal","is":["yes"]}]},` +
			`{"key":"b","tier":"key","name":"乙","any":[{"input":"growth","is":["high"]}]}]`},
		"key twice": {"tiers", `[{"key":"a","tier":"key","name":"甲","any":[{"input":"deal","is":["yes"]}]},` +
			`{"key":"a","tier":"key","name":"乙","any":[{"input":"growth","is":["high"]}]}]`},
		"key of people":    {"tiers", `[{"key":"override","tier":"key","name":"甲","any":[{"input":"deal","is":["yes"]}]}]`},
		"more than all":    {"value", `{"high_percent":80,"medium_percent":30}`},
		"nobody high":      {"value", `{"high_percent":0}`},
		"cycle upside":     {"cycle", `{"high_days":90,"medium_days":45}`},
		"one order":        {"cycle", `{"orders":1}`},
		"negative months":  {"reminders", `{"verify_months":-1}`},
		"unknown robot":    {"notify", `{"webhooks":[{"kind":"slack","url":"https://a.cn"}]}`},
		"no address":       {"notify", `{"webhooks":[{"kind":"wecom","url":"ftp://a.cn"}]}`},
		"no time":          {"notify", `{"at":"8 Uhr"}`},
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

func TestReview(t *testing.T) {
	has := func(keys ...string) func(string) bool {
		return func(key string) bool { return slices.Contains(keys, key) }
	}
	for _, c := range []struct {
		name, value, level   string
		filled               []string
		entry, free, ord, im bool
	}{
		{"all", `"all"`, "", nil, true, false, true, true},
		{"none", `"none"`, "high", []string{"uscc"}, false, false, false, false},
		{"key, plain customer", `"key"`, "low", []string{"mobile"}, false, false, false, true},
		{"key, high value", `"key"`, "high", nil, true, false, true, true},
		{"key, with a credit code", `{"mode":"key"}`, "", []string{"uscc"}, true, false, false, true},
	} {
		set := Defaults()
		if err := set.Put("review", []byte(c.value)); err != nil {
			t.Fatal(err)
		}
		if got := set.Review.Entry(c.level, has(c.filled...)); got != c.entry {
			t.Errorf("%s: entry %v", c.name, got)
		}
		for class, want := range map[ChangeClass]bool{Free: c.free, Ordinary: c.ord, Important: c.im} {
			if got := set.Review.Change(class, c.level); got != want {
				t.Errorf("%s: %s change %v", c.name, class, got)
			}
		}
	}
}

func TestChangeClasses(t *testing.T) {
	classes := Defaults().ChangeClasses
	for path, want := range map[string]ChangeClass{
		"name": Important, "uscc": Important, "cert_no": Important, "bank_account": Important,
		"mobile": Ordinary, "business_address": Ordinary, "headcount": Ordinary, "owner": Ordinary,
		"contacts": Ordinary, "contacts.mobile": Ordinary, "contacts.title": Ordinary,
		"tags": Free, "stage": Free, "paper_ref": Free, "current_need": Free, "contacts.note": Free,
	} {
		if got := classes.Of(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// A policy that is refused or put on a copy leaves the lists of the set it was copied from alone.
func TestPutSharesNothingWithTheSetItWasCopiedFrom(t *testing.T) {
	first := Defaults()
	if err := first.Put("fields", []byte(`["email"]`)); err != nil {
		t.Fatal(err)
	}
	second := first
	if err := second.Put("fields", []byte(`["landline"]`)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first.Fields, []string{"email"}) {
		t.Errorf("the first set now says %v", first.Fields)
	}
}

// What is of the wrong shape is refused in people's words, without those of a decoder.
func TestAWrongShapeIsSaidInWords(t *testing.T) {
	for _, one := range []struct{ key, value, zh, en string }{
		{"tiers", `{}`, "须是列表", "a list is wanted"},
		{"tiers", `"x"`, "须是列表", "a list is wanted"},
		{"tiers", ``, "内容不完整，或不是 JSON", "incomplete"},
		{"tiers", `[{"key": "strategic"`, "内容不完整，或不是 JSON", "incomplete"},
		{"value", `{"high": 0.5}`, "没有名为「high」的项", "there is no part “high”"},
		{"value", `{"high_percent": "多"}`, "「high_percent」须是数字", "high_percent: a number is wanted"},
		{"company", `{"name": 5}`, "「name」须是文本", "name: a text is wanted"},
	} {
		set := Defaults()
		found, bad := fault.Of(set.Put(one.key, []byte(one.value)))
		if !bad || !strings.Contains(found.In("zh"), one.zh) || !strings.Contains(found.In("en"), one.en) ||
			strings.Contains(found.In("zh"), "json") {
			t.Errorf("%s = %s: %v", one.key, one.value, found)
		}
	}
}
