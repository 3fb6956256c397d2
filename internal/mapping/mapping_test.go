package mapping

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kehu/internal/fields"
)

func fieldsOf(m Mapping) []string {
	out := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		out[i] = c.Field
	}
	return out
}

func TestColumnsThatShareAField(t *testing.T) {
	for name, c := range map[string]struct{ headers, want []string }{
		"mobile and phone": {[]string{"手机", "电话"}, []string{"mobile", "landline"}},
		"phone and mobile": {[]string{"电话", "手机"}, []string{"mobile", "landline"}},
		"a third phone":    {[]string{"手机", "电话", "联系方式"}, []string{"mobile", "landline", ""}},
		"the landline's own column keeps it": {[]string{"手机", "电话", "座机"},
			[]string{"mobile", "", "landline"}},
		"two addresses": {[]string{"公司地址", "联系地址"},
			[]string{"business_address", "registered_address"}},
		"the registered address's own column keeps it": {[]string{"公司地址", "联系地址", "注册地址"},
			[]string{"business_address", "", "registered_address"}},
		"a contact's two phones": {[]string{"联系人", "联系人手机", "联系人电话"},
			[]string{"contacts.name", "contacts.mobile", "contacts.landline"}},
		"the second contact's two phones": {[]string{"联系人2", "联系人2手机", "联系人2电话"},
			[]string{"contacts.2.name", "contacts.2.mobile", "contacts.2.landline"}},
		"the same header twice":   {[]string{"客户名称", "客户名称"}, []string{"name", ""}},
		"two columns left out":    {[]string{"序号", "错误", "名称"}, []string{"ignore", "ignore", "name"}},
		"empty headers":           {[]string{"", "", "名称"}, []string{"", "", "name"}},
		"contact and customer":    {[]string{"手机", "联系人手机"}, []string{"mobile", "contacts.mobile"}},
		"first and second":        {[]string{"联系人1", "联系人2"}, []string{"contacts.name", "contacts.2.name"}},
		"persons":                 {[]string{"姓名", "手机", "性别"}, []string{"name", "mobile", "gender"}},
		"persons behind a number": {[]string{"序号", "★姓名"}, []string{"ignore", "name"}},
		"a firm and its person":   {[]string{"姓名", "公司"}, []string{"contacts.name", "name"}},
		"a contact is not the customer": {[]string{"联系人", "手机"},
			[]string{"contacts.name", "mobile"}},
	} {
		if got := fieldsOf(Map("customers", Line{1, c.headers})); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFindPicksTheHeader(t *testing.T) {
	header := []string{"客户名称", "手机", "所属行业", "合作阶段"}
	data := []string{"上海澄岚仪器有限公司", "13912341234", "制造业", "意向"}
	for _, c := range []struct {
		name  string
		lines []Line
		want  int
	}{
		{"first row", []Line{{1, header}, {2, data}}, 1},
		{"under a title", []Line{{1, []string{"2026年客户信息登记表"}}, {2, header}, {3, data}}, 2},
		{"under a title that is a label", []Line{{1, []string{"客户"}}, {2, header}, {3, data}}, 2},
		{"under notes", []Line{{1, []string{"说明：带★的必填"}}, {2, nil},
			{3, []string{"填表人：", "周某", "日期：", "2026-11-05"}}, {7, header}}, 7},
		{"under group headings", []Line{{1, []string{"客户", "", "联系人", ""}}, {2, header}}, 2},
		{"over data that reads like a header", []Line{{1, header},
			{2, []string{"客户", "电话", "行业", "意向"}}, {3, data}}, 1},
		{"repeated further down", []Line{{1, header}, {2, data}, {3, header}}, 1},
		{"over a fuller row of options", []Line{{1, []string{"客户名称", "合作渠道", "证件类型"}},
			{2, []string{"某某公司", "微信", "身份证"}}}, 1},
	} {
		m, err := Find("customers", c.lines)
		if err != nil || m.Row != c.want {
			t.Errorf("%s: row %d, want %d (%v)", c.name, m.Row, c.want, err)
		}
	}
}

func TestFindWithoutAHeader(t *testing.T) {
	for name, lines := range map[string][]Line{
		"nothing":   nil,
		"blank":     {{1, nil}, {2, []string{"", " "}}},
		"only data": {{1, []string{"上海澄岚仪器有限公司", "13912341234"}}},
		"broken":    {{1, []string{"\xff\xfe", "\x00"}}},
	} {
		if _, err := Find("customers", lines); !errors.Is(err, ErrNoHeader) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Find("no such collection", []Line{{1, []string{"星座"}}}); !errors.Is(err, ErrNoHeader) {
		t.Error(err)
	}
}

func TestOverride(t *testing.T) {
	headers := []string{"客户名称", "电话", "星座", "星座", "区域2"}
	for _, c := range []struct {
		name   string
		chosen map[string]string
		want   []string
	}{
		{"nothing chosen", nil, []string{"name", "mobile", "", "", ""}},
		{"by header", map[string]string{"电话": "landline"}, []string{"name", "landline", "", "", ""}},
		{"by number", map[string]string{"4": "budget"}, []string{"name", "mobile", "", "budget", ""}},
		{"a number is surer than a header", map[string]string{"星座": "ignore", "3": "budget"},
			[]string{"name", "mobile", "budget", "ignore", ""}},
		{"left out", map[string]string{"电话": ""}, []string{"name", "", "", "", ""}},
		{"ignored", map[string]string{"电话": "ignore"}, []string{"name", "ignore", "", "", ""}},
		{"exchanged", map[string]string{"1": "mobile", "2": "name"},
			[]string{"mobile", "name", "", "", ""}},
		{"a part of a division", map[string]string{"区域2": "division.district"},
			[]string{"name", "mobile", "", "", "division.district"}},
		{"a further contact", map[string]string{"5": "contacts.9.title"},
			[]string{"name", "mobile", "", "", "contacts.9.title"}},
		{"a header of another workbook", map[string]string{"手机号": "mobile"},
			[]string{"name", "mobile", "", "", ""}},
	} {
		m := Map("customers", Line{1, headers})
		if err := m.Override("customers", c.chosen); err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := fieldsOf(m); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestOverrideRefuses(t *testing.T) {
	headers := []string{"客户名称", "电话", "星座"}
	for _, c := range []struct {
		name, collection string
		chosen           map[string]string
		want             error
	}{
		{"no such field", "customers", map[string]string{"3": "zodiac"}, ErrUnknownTarget},
		{"no such field, of no column", "customers", map[string]string{"9": "zodiac"}, ErrUnknownTarget},
		{"set by the system", "customers", map[string]string{"3": "status"}, ErrUnknownTarget},
		{"a tenth contact", "customers", map[string]string{"3": "contacts.10.name"}, ErrUnknownTarget},
		{"a contact's system field", "customers",
			map[string]string{"3": "contacts.2.email_personal"}, ErrUnknownTarget},
		{"another collection's field", "contracts", map[string]string{"3": "contacts.2.name"},
			ErrUnknownTarget},
		{"a header for a field", "customers", map[string]string{"3": "客户名称"}, ErrUnknownTarget},
		{"two columns of one field", "customers", map[string]string{"3": "name"}, ErrTwice},
		{"one header twice", "customers", map[string]string{"客户名称": "mobile"}, ErrTwice},
	} {
		m := Map(c.collection, Line{1, headers})
		if err := m.Override(c.collection, c.chosen); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestCheckNeedsAKey(t *testing.T) {
	for _, c := range []struct {
		collection, header string
		want               error
	}{
		{"customers", "客户名称", nil}, {"customers", "姓名", nil},
		{"customers", "手机", ErrNoKey}, {"customers", "联系人", ErrNoKey},
		{"contacts", "客户编号", nil}, {"contacts", "统一社会信用代码", nil},
		{"contacts", "公司名称", nil}, {"contacts", "姓名", ErrNoKey}, {"orders", "金额", ErrNoKey},
	} {
		m := Map(c.collection, Line{1, []string{c.header}})
		if err := m.Check(c.collection); !errors.Is(err, c.want) {
			t.Errorf("%s with %s: %v", c.collection, c.header, err)
		}
	}
}

func TestUnmappedListsWhatIsLeft(t *testing.T) {
	m := Map("customers", Line{1, []string{"客户名称", " 星座 ", "", "序号"}})
	want := []Column{{Index: 1, Header: "星座"}}
	if got := m.Unmapped(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if _, ok := m.Field("budget"); ok {
		t.Error("a field of no column was found")
	}
}

// templateHeaders are the headers of the template, as hooks writes them.
func templateHeaders() (headers, targets []string) {
	for _, collection := range []string{"customers", "contacts"} {
		for _, f := range fields.Of(collection) {
			switch label := f.Zh; {
			case !f.Sheet:
			case collection == "customers":
				headers, targets = append(headers, "★"+label), append(targets, f.Key)
			default:
				if !strings.HasPrefix(label, "联系人") {
					label = "联系人" + label
				}
				headers, targets = append(headers, label), append(targets, "contacts."+f.Key)
			}
		}
	}
	return headers, targets
}

func TestTheTemplateMapsBackToItself(t *testing.T) {
	headers, targets := templateHeaders()
	if len(headers) < 25 {
		t.Fatalf("only %d columns", len(headers))
	}
	if got := fieldsOf(Map("customers", Line{1, headers})); !slices.Equal(got, targets) {
		t.Errorf("%q,\nwant %q", got, targets)
	}
	slices.Reverse(headers)
	slices.Reverse(targets)
	if got := fieldsOf(Map("customers", Line{1, headers})); !slices.Equal(got, targets) {
		t.Errorf("in another order %q,\nwant %q", got, targets)
	}
}

// Every target that a person is offered can be chosen, and its key as a header leads back to it.
func TestTargetsCanBeChosen(t *testing.T) {
	for _, collection := range []string{"customers", "contacts", "followups", "contracts", "orders",
		"tickets"} {
		targets := Targets(collection)
		if len(targets) < 5 {
			t.Errorf("%s: only %d targets", collection, len(targets))
		}
		for _, target := range targets {
			m := Map(collection, Line{1, []string{"星座"}})
			if err := m.Override(collection, map[string]string{"1": target.Field}); err != nil {
				t.Errorf("%s %s: %v", collection, target.Field, err)
			}
			if target.Header == "" || strings.Contains(target.Header, ".") {
				t.Errorf("%s %s has no label: %q", collection, target.Field, target.Header)
			}
		}
	}
}

// shared are headers that stand for several things; the mapping takes the first.
var shared = map[string]string{
	"customers 城市":       "division.city",   // else 行政区划
	"customers name":     "name",            // else contacts
	"customers mobile":   "mobile",          // else contacts
	"customers landline": "landline",        // else contacts
	"customers email":    "email",           // else contacts
	"customers number":   "number",          // else contracts
	"customers title":    "contacts.title",  // else contracts
	"contacts name":      "customer.name",   // else the contact's own
	"contracts number":   "customer.number", // else the contract's own
	"orders number":      "customer.number", // else the order's own
	"tickets number":     "customer.number", // else the ticket's own
	"contacts 主要联系人":     "primary",         // else a synonym of the name
	"customers 姓名":       "name",            // alone; else the contact
}

func TestEveryNameMeansOneField(t *testing.T) {
	for _, collection := range []string{"customers", "contacts", "followups", "contracts", "orders",
		"tickets"} {
		meant := map[string]map[string]bool{}
		for _, target := range Targets(collection) {
			for _, name := range namesOf(collection, target.Field) {
				if meant[name] == nil {
					meant[name] = map[string]bool{}
				}
				meant[name][target.Field] = true
			}
		}
		for name, targets := range meant {
			got := Map(collection, Line{1, []string{name}}).Columns[0].Field
			switch want, listed := shared[collection+" "+name]; {
			case listed && got != want:
				t.Errorf("%s %q: %s, want %s", collection, name, got, want)
			case !listed && len(targets) > 1:
				t.Errorf("%s %q may mean %v", collection, name, targets)
			case !listed && !targets[got]:
				t.Errorf("%s %q is %q, not of %v", collection, name, got, targets)
			}
		}
	}
}

// namesOf are the names under which the table knows the field of a target.
func namesOf(collection, target string) []string {
	key := target
	if before, after, ok := strings.Cut(target, "."); ok {
		collection, key = before, after
		if before == "customer" {
			collection = "customers"
		}
	}
	f, ok := fields.Get(collection, key)
	if !ok {
		return nil
	}
	names := []string{}
	for _, name := range append([]string{f.Zh, f.En, f.Key}, f.Synonyms...) {
		names = append(names, normal(name))
	}
	return names
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"客户名称\t手机\n上海\t139", "第\t联系人\t联系人2", "（\t）\t[\t【万元】",
		"注册资本(万元)", "\xff", "", "联系人\xff手机", "第二联系人第二联系人"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var lines []Line
		for i, line := range strings.Split(text, "\n") {
			lines = append(lines, Line{i + 1, strings.Split(line, "\t")})
		}
		for _, collection := range []string{"customers", "contacts"} {
			m, err := Find(collection, lines)
			if err != nil {
				continue
			}
			checkMapping(t, collection, m)
		}
	})
}

// checkMapping: no field twice, and every field that was found may also be chosen.
func checkMapping(t *testing.T, collection string, m Mapping) {
	seen := map[string]bool{}
	for i, c := range m.Columns {
		if c.Index != i {
			t.Errorf("column %d says %d", i, c.Index)
		}
		if c.Field == "" || c.Field == "ignore" {
			continue
		}
		if seen[c.Field] {
			t.Errorf("%s twice in %+v", c.Field, m)
		}
		seen[c.Field] = true
		if !valid(collection, c.Field) {
			t.Errorf("%q leads to %q, which nobody may choose", c.Header, c.Field)
		}
	}
}
