package fields_test

import (
	"slices"
	"strings"
	"testing"

	"kehu/internal/fields"
)

// specified are the fields that integrations and the web app rely on: collection, key, class, kind
// of value, and the keys of a select's options. Names are fixed.
const specified = `
customers number B text
customers kind B select individual enterprise institution
customers name B name
customers short_name B name
customers uscc B uscc
customers legacy_reg_no B regno
customers exceptions B json
customers legal_representative B name
customers ownership B select state private foreign joint hmt sole other
customers industry B industry
customers headcount B select lt50 50_200 200_1000 gt1000
customers revenue B select lt5m 5m_20m 20m_100m gt100m
customers registered_address C address
customers business_address C address
customers division B division
customers macro_region B select north northeast east central south southwest northwest hmt
customers founded B date
customers registered_capital B money
customers gender B select male female unknown
customers cert_type B select resident_id passport hmt_permit foreigner_id other
customers cert_no S cert
customers bank_account S bank
customers mobile C mobile
customers landline C landline
customers email C email
customers email_personal B bool
customers main_business B text
customers products B text
customers purchased B text
customers service_level B text
customers influence B select high medium low
customers growth B select high medium low
customers relationship B select new existing
customers channel B select website wechat app exhibition referral visit survey service online partner public import other
customers source_person B text
customers stage B select potential intent won lost
customers intention B select high medium low
customers demand_types B selectmany purchase consulting after_sales support custom
customers purchase_cycle B select high medium low
customers current_need N multiline
customers potential_need N multiline
customers pain_points N multiline
customers budget N text
customers competitors N multiline
customers service_need N multiline
customers preferences N multiline
customers satisfaction N number
customers tags B tags
customers tier B select strategic key normal potential
customers tier_rule B text
customers tier_reason F json
customers stage_dates B json
customers label B text
customers value_level B select high medium low
customers first_deal F date
customers last_deal F date
customers total_amount F money
customers annual_amount F money
customers last_contact B date
customers verified B date
customers owner B staff
customers department B department
customers has_deal B bool
customers marketable B bool
customers campaign B relation
customers parent B customer
customers paper_ref B text
customers status B select draft pending active rejected
customers missing B json
customers originals C json
contacts name C name
contacts mobile C mobile
contacts landline C landline
contacts email C email
contacts wechat C text
contacts title B text
contacts email_personal B bool
contacts primary B bool
contacts authority B select info order sign
contacts decision_role N select decider influencer user purchaser gatekeeper other
contacts note N multiline
followups date N date
followups staff N staff
followups method N select phone visit email wechat meeting other
followups summary N multiline
followups question N multiline
followups solution N multiline
followups feedback N multiline
followups next_step N multiline
followups next_date N date
followups files N file
contracts number B text
contracts title B text
contracts signed B date
contracts starts B date
contracts ends B date
contracts state B select draft running done cancelled
contracts amount F money
contracts file F file
orders number B text
orders date B date
orders product B text
orders contract B relation
orders state B select placed delivering done cancelled
orders opening B bool
orders amount F money
orders note F multiline
tickets number N text
tickets kind N select inquiry complaint after_sales
tickets subject N text
tickets body N multiline
tickets resolution N multiline
tickets state N select open working done
tickets opened N date
tickets closed N date
tickets satisfaction N number
tickets assignee N staff
attachments title C text
attachments paper_ref C text
attachments contact C relation
attachments category C select licence permit contract minutes authorisation confirmation other
attachments file C file
consents purposes B selectmany service improvement marketing sensitive_id bank sharing
consents statement_version B text
consents method B select form paper electronic verbal
consents evidence B file
consents granted B date
consents withdrawn B date`

// system are the fields of customers that only the product sets.
const system = `number exceptions macro_region email_personal relationship tier tier_rule tier_reason
stage_dates label value_level first_deal last_deal total_amount annual_amount last_contact verified
department has_deal marketable campaign status missing originals doc`

func TestEveryFieldIsAsSpecified(t *testing.T) {
	for _, line := range strings.Split(strings.TrimSpace(specified), "\n") {
		words := strings.Fields(line)
		f, ok := fields.Get(words[0], words[1])
		if !ok {
			t.Errorf("no field %s.%s", words[0], words[1])
			continue
		}
		var options []string
		for _, o := range f.Options {
			options = append(options, o.Key)
		}
		if string(f.Class) != words[2] || string(f.Kind) != words[3] ||
			!slices.Equal(options, words[4:]) && len(words)+len(options) > 4 {
			t.Errorf("%s.%s is %s %s %q, want %s", words[0], words[1], f.Class, f.Kind, options, line)
		}
	}
}

func TestOnlyTheProductSetsSystemFields(t *testing.T) {
	want := strings.Fields(system)
	for _, f := range fields.Of("customers") {
		if f.System != slices.Contains(want, f.Key) {
			t.Errorf("%s: system is %v", f.Key, f.System)
		}
	}
}

// Two fields of one collection never carry the same label: a header, a form or an export could
// not tell them apart.
func TestLabelsTellFieldsApart(t *testing.T) {
	seen := map[string]string{}
	for _, f := range fields.All() {
		if f.Zh == "" || f.En == "" || f.Help == "" || f.HelpEn == "" {
			t.Errorf("%s.%s lacks a label or help: %q %q %q %q", f.Collection, f.Key, f.Zh, f.En,
				f.Help, f.HelpEn)
		}
		for _, lang := range []string{"zh", "en"} {
			key := f.Collection + " " + strings.ToLower(f.Label(lang))
			if seen[key] != "" {
				t.Errorf("%s: both %s and %s", key, seen[key], f.Key)
			}
			seen[key] = f.Key
		}
	}
}

// What people write for an option means one option only.
func TestOptionsAreUnambiguous(t *testing.T) {
	for _, f := range fields.All() {
		isSelect := f.Kind == fields.Select || f.Kind == fields.SelectMany
		if isSelect != (len(f.Options) > 0) {
			t.Errorf("%s.%s is %s with %d options", f.Collection, f.Key, f.Kind, len(f.Options))
		}
		meant := map[string]string{}
		for _, o := range f.Options {
			if o.Zh == "" || o.En == "" {
				t.Errorf("%s.%s %s lacks a label", f.Collection, f.Key, o.Key)
			}
			for _, name := range append([]string{o.Key, o.Zh, o.En}, o.Synonyms...) {
				name = strings.ToLower(strings.Join(strings.Fields(name), ""))
				if other := meant[name]; other != "" && other != o.Key {
					t.Errorf("%s.%s: %q is both %s and %s", f.Collection, f.Key, name, other, o.Key)
				}
				meant[name] = o.Key
			}
			if got, ok := f.Option(o.Key); !ok || got.Zh != o.Zh {
				t.Errorf("%s.%s: option %s is not found", f.Collection, f.Key, o.Key)
			}
		}
		if _, ok := f.Option("no such option"); ok {
			t.Errorf("%s.%s finds an option that is not there", f.Collection, f.Key)
		}
	}
}

func TestLabelsOfPaths(t *testing.T) {
	for _, c := range []struct{ path, lang, want string }{
		{"name", "zh", "客户名称"}, {"name", "en", "Name"}, {"name", "fr", "客户名称"},
		{"contacts.name", "zh", "联系人·联系人"}, {"contracts.amount", "en", "Contracts·Amount"},
		{"nosuch", "zh", "nosuch"}, {"contacts.2.name", "zh", "contacts.2.name"},
		{".name", "en", ".name"}, {"", "zh", ""},
	} {
		if got := fields.Label(c.path, c.lang); got != c.want {
			t.Errorf("%q in %s: %q, want %q", c.path, c.lang, got, c.want)
		}
	}
	for _, f := range fields.All() {
		for _, lang := range []string{"zh", "en"} {
			if fields.CollectionLabel(f.Collection, lang) == f.Collection {
				t.Errorf("%s has no label", f.Collection)
			}
		}
	}
	if got := fields.CollectionLabel("nosuch", "en"); got != "nosuch" {
		t.Error(got)
	}
}

func TestRelationsNameTheirTarget(t *testing.T) {
	for _, f := range fields.All() {
		switch f.Kind {
		case fields.Staff, fields.Department, fields.Customer, fields.Tags, fields.Relation:
			if f.Target == "" {
				t.Errorf("%s.%s names no collection", f.Collection, f.Key)
			}
		default:
			if f.Target != "" {
				t.Errorf("%s.%s is no relation and names %s", f.Collection, f.Key, f.Target)
			}
		}
	}
}
