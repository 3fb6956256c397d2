package search

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func columns(fill func(d *Document)) (b, c, s string) {
	var d Document
	fill(&d)
	return d.Columns()
}

func TestNamesAreIndexedByPairsAndInitials(t *testing.T) {
	b, _, _ := columns(func(d *Document) { d.Name("广西生物（集团）ABC") })
	for _, token := range []string{"广西", "西生", "物集", "团a", "ab", "gxs", "xsw", "tab"} {
		if !strings.Contains(" "+b+" ", " "+token+" ") {
			t.Errorf("no token %s in %s", token, b)
		}
	}
}

func TestPersonsAndPhonesStayInTheContactColumn(t *testing.T) {
	b, c, s := columns(func(d *Document) {
		d.Person("欧阳明")
		d.Phone("13912341234")
		d.Phone("021-62345678-801")
		d.Scope("owner1", "dep1", true)
	})
	if b != "" {
		t.Errorf("basic column holds %q", b)
	}
	if !strings.Contains(c, "t1234 ") || !strings.Contains(c, "t5678 ") || strings.Contains(c, "801") {
		t.Errorf("contact column %q", c)
	}
	if s != "deal oowner1 ddep1" {
		t.Errorf("scope %q", s)
	}
}

func TestQueries(t *testing.T) {
	for typed, want := range map[string]string{
		"公司":      `{b} : (("公司"))`,
		"澄岚仪器":    `{b} : (("澄岚" AND "岚仪" AND "仪器"))`,
		"gxsw":    `{b} : (("gx" AND "xs" AND "sw") OR ("gxs" AND "xsw") OR "tgxsw")`,
		"1234":    `{b} : ("t1234")`,
		"KH-2026": `{b} : (("kh" AND "h2" AND "20" AND "02" AND "26") OR "t2026")`,
	} {
		q, err := Parse(typed)
		if err != nil {
			t.Fatalf("%s: %v", typed, err)
		}
		if got := q.Match(false, nil); got != want {
			t.Errorf("%s: %s, want %s", typed, got, want)
		}
	}
	q, _ := Parse("公司")
	if got := q.Match(true, []string{"oa", "db"}); got != `{s} : ("oa" OR "db") AND {b c} : (("公司"))` {
		t.Error(got)
	}
}

func TestQueriesThatAreTooShort(t *testing.T) {
	for _, typed := range []string{"", "公", "1", "123", "。", "a"} {
		if _, err := Parse(typed); err == nil {
			t.Errorf("%q passed", typed)
		}
	}
	if _, err := Parse(strings.Repeat("长", 101)); err == nil {
		t.Error("101 characters passed")
	}
}

func TestHits(t *testing.T) {
	for _, c := range []struct {
		typed, text string
		want        bool
	}{
		{"澄岚", "上海澄岚仪器有限公司", true},
		{"澄仪", "上海澄岚仪器有限公司", false},
		{"clyq", "上海澄岚仪器有限公司", true},
		{"xm", "厦门大学", true},
		{"1007", "KH-202611007", true},
		{"1107", "KH-202611007", false},
		{"611007", "KH-202611007", true},
	} {
		q, err := Parse(c.typed)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Hits(c.text); got != c.want {
			t.Errorf("%s in %s: %v", c.typed, c.text, got)
		}
	}
}

// Whatever part of a name is typed, its grams are among the name's.
func TestEveryPartOfANameIsFound(t *testing.T) {
	letters := rapid.SampledFrom([]rune("上海澄岚仪器有限公司（）ABc重庆长沙"))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SliceOfN(letters, 2, 20).Draw(t, "name")
		from := rapid.IntRange(0, len(name)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(name)).Draw(t, "to")
		q, err := Parse(string(name[from:to]))
		if err != nil {
			return
		}
		b, _, _ := columns(func(d *Document) { d.Name(string(name)) })
		for _, gram := range strings.Fields(strings.NewReplacer("(", "", ")", "", `"`, "").
			Replace(joined(q.Folded, 2))) {
			if gram != "AND" && !strings.Contains(" "+b+" ", " "+gram+" ") {
				t.Fatalf("%s of %s: no gram %s", string(name[from:to]), string(name), gram)
			}
		}
		if !q.Hits(string(name)) {
			t.Fatalf("%s does not hit %s", string(name[from:to]), string(name))
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"公司", "a\"b", "KH-2026", "𠀀𠀁", "{s}:x", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		q, err := Parse(typed)
		if err == nil && strings.Count(q.Match(true, nil), `"`)%2 != 0 {
			t.Errorf("%q breaks out of its quotes", typed)
		}
	})
}

func BenchmarkDocument(b *testing.B) {
	for b.Loop() {
		var d Document
		d.Name("上海澄岚仪器设备有限公司")
		d.Code("KH-202611001")
		d.Code("91310115MA1K4L3A5P")
		d.Person("赵启航")
		d.Phone("13912341234")
		d.Scope("abcdefghijklmno", "abcdefghijklmno", false)
		d.Columns()
	}
}
