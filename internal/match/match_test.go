package match

import (
	"testing"

	"pgregory.net/rapid"
)

func one(Key) int { return 1 }

func compare(a, b Record) Verdict {
	return NewCensus().Model(0).Compare(Read(b, false), Read(a, true), one, DefaultLimits)
}

func firm(name string) Record { return Record{Kind: "enterprise", Name: name} }

func TestNamesAreTakenApart(t *testing.T) {
	for _, c := range []struct{ text, brand, trade, region, branch string }{
		{"上海市澄岚仪器有限公司", "澄岚", "仪器", "310000", ""},
		{"澄岚仪器（上海）有限责任公司", "澄岚", "仪器", "310000", ""},
		{"澄岚精密仪器销售", "澄岚", "精密仪器销售", "", ""},
		{"广东省深圳市南山区华联电子科技有限公司", "华联", "电子科技", "440305", ""},
		{"义乌恒瑞包装厂", "恒瑞包装厂", "", "330782", ""},
		{"桂林市复兴广告有限公司", "复兴", "广告", "450300", ""},
		{"北京朝阳医院", "朝阳", "医院", "110000", ""},
		{"上海澄岚仪器有限公司深圳分公司", "澄岚", "仪器", "310000", "@440300"},
		{"上海澄岚仪器有限公司第二经营部", "澄岚", "仪器", "310000", "2经营部"},
		{"上海澄岚仪器有限公司第三十四分店", "澄岚", "仪器", "310000", "34"},
		{"瑞幸咖啡人民广场店", "瑞幸", "咖啡", "", "人民广场店"},
		{"全家便利店（建设路店）", "全家", "便利店", "", "建设路店"},
		{"澄嵐儀器有線公司", "澄岚", "仪器", "", ""},
		{"ABC Trading Co., Ltd.", "abctrading", "", "", ""},
	} {
		n := readName(c.text)
		if string(n.brand) != c.brand || string(n.trade) != c.trade || n.region != c.region || n.branch != c.branch {
			t.Errorf("%s: %s|%s %s %q", c.text, string(n.brand), string(n.trade), n.region, n.branch)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		level      Level
	}{
		{"two firms told apart by a letter", "客户A有限公司", "客户B有限公司", Different},
		{"two firms with one character of a brand", "甲仪器有限公司", "乙仪器有限公司", Different},
		{"directions", "华东仪器有限公司", "华南仪器有限公司", Different},
		{"two common brands", "上海华联贸易有限公司", "上海华美贸易有限公司", Different},
		{"hospitals by number", "上海市第一人民医院", "上海市第六人民医院", Different},
		{"offices of two districts", "徐汇区教育局", "静安区教育局", Related},
		{"group and member", "北京三一重工有限公司", "北京三一重工集团有限公司", Related},
		{"one branch written twice", "中国工商银行股份有限公司上海市徐汇支行", "工商银行上海徐汇支行", Suspected},
		{"two branches", "工商银行上海徐汇支行", "工商银行上海静安支行", Related},
		{"34 and 39", "永和豆浆有限公司三十四分店", "永和豆浆有限公司三十九分店", Related},
		{"joint-stock since", "宁波睿哲模具有限公司", "宁波睿哲模具股份有限公司", Suspected},
	} {
		if v := compare(firm(c.a), firm(c.b)); v.Level != c.level {
			t.Errorf("%s: %v", c.name, v)
		}
	}
}

// Two valid credit codes that differ are two legal persons: a person decides, whatever else agrees.
func TestTwoCodesThatDifferAreNeverOneByThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Record{Kind: "enterprise", USCC: "91110000600037341L"}
		b := Record{Kind: "enterprise", USCC: "91310115DEM000014Q"}
		same := func(label string) bool { return rapid.Bool().Draw(t, label) }
		a.Name, b.Name = "上海澄岚仪器有限公司", "上海澄岚仪器有限公司"
		if same("slip") {
			b.Name = "澄岚仪器"
		}
		if same("mobile") {
			a.Mobiles, b.Mobiles = []string{"13912341234"}, []string{"13912341234"}
		}
		if same("address") {
			a.Addresses = []string{"上海市浦东新区张江路368号"}
			b.Addresses = a.Addresses
		}
		if same("legal") {
			a.Legal, b.Legal = "林知远", "林知远"
		}
		if v := compare(a, b); v.Level == Exact {
			t.Fatalf("%v", v)
		}
	})
}

// Comparing is the same from both sides, and a record is never different from itself written again.
func TestComparingIsSymmetric(t *testing.T) {
	words := []string{"上海", "深圳市", "澄岚", "华联", "仪器", "电子科技", "（集团）", "有限公司", "有限责任公司",
		"分公司", "第二", "北京", "A", "一", "医院", "人民路店", "便利店"}
	name := rapid.Custom(func(t *rapid.T) string {
		text := ""
		for range rapid.IntRange(1, 6).Draw(t, "words") {
			text += rapid.SampledFrom(words).Draw(t, "word")
		}
		return text
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := firm(name.Draw(t, "a")), firm(name.Draw(t, "b"))
		m := NewCensus().Model(0)
		x, y := Read(a, true), Read(b, true)
		if v, w := m.Compare(x, y, one, DefaultLimits), m.Compare(y, x, one, DefaultLimits); v.Level != w.Level {
			t.Fatalf("%s / %s: %v, %v", a.Name, b.Name, v, w)
		}
		if v := m.Compare(x, Read(a, true), one, DefaultLimits); v.Level != Suspected && len(x.main.core) > 0 {
			t.Fatalf("%s itself: %v", a.Name, v)
		}
	})
}

// Texts one slip apart share a key.
func TestSlipsShareAKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		core := []rune(rapid.StringOfN(rapid.RuneFrom([]rune("澄岚启航知远云帆星禾")), minSlip, maxSlip, -1).Draw(t, "core"))
		other := append([]rune{}, core...)
		at := rapid.IntRange(0, len(core)-2).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "slip") {
		case 0:
			other[at] = '误'
		case 1:
			other = append(other[:at], other[at+1:]...)
		case 2:
			other[at], other[at+1] = other[at+1], other[at]
		}
		if len(other) < minSlip {
			return
		}
		for _, k := range slips(core) {
			for _, l := range slips(other) {
				if k == l {
					return
				}
			}
		}
		t.Fatalf("%s / %s", string(core), string(other))
	})
}

func TestGroupsHonourTheVetoAndTheCap(t *testing.T) {
	groups := Groups([]Link{{"1", "a", "b", .9}, {"2", "b", "c", .8}, {"3", "c", "d", .7}},
		func(a, b string) bool { return a+b == "ac" || a+b == "ca" })
	if len(groups) != 2 {
		t.Errorf("%v", groups)
	}
	var chain []Link
	for i := range 3 * MostInGroup {
		chain = append(chain, Link{string(rune('0' + i)), string(rune('A' + i)), string(rune('B' + i)), 1})
	}
	for _, g := range Groups(chain, func(string, string) bool { return false }) {
		if len(g.Customers) > MostInGroup {
			t.Errorf("a group of %d", len(g.Customers))
		}
	}
}

func FuzzReadName(f *testing.F) {
	for _, s := range []string{"上海澄岚仪器有限公司", "（）", "有限公司", "第", "((", "A公司A", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := Read(Record{Kind: "enterprise", Name: text, Addresses: []string{text}, Short: text}, false)
		c.Keys()
		c.Sketch()
	})
}

func BenchmarkRead(b *testing.B) {
	r := Record{Kind: "enterprise", Name: "上海澄岚启航仪器有限公司", USCC: "91310115DEM000014Q",
		Mobiles: []string{"13912341234"}, Emails: []string{"info@example7.cn"},
		Addresses: []string{"上海市浦东新区张江路368号"}, Division: "310115"}
	for b.Loop() {
		Read(r, true).Keys()
	}
}
