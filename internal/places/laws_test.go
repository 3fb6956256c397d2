package places

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Any division, any separator, any street: the code comes back.
func TestLawFullNameAndStreetGiveTheCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(All()).Draw(t, "division")
		sep := rapid.SampledFrom([]string{"", " ", "-", "/", "，", "　"}).Draw(t, "separator")
		street := rapid.StringMatching(`(建设|人民|中山|解放|北京|朝阳)(东|西)?路[1-9][0-9]{0,3}号`)
		rest := street.Draw(t, "rest")
		a, _, err := Parse(FullName(d.Code) + sep + rest)
		if a.Division() != d.Code || a.Rest != rest || a.Complete != (err == nil) {
			t.Fatalf("%s: %s rest %q %v", FullName(d.Code), a.Division(), a.Rest, err)
		}
	})
}

func TestLawParsingTheNormalTextChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(All()).Draw(t, "division")
		text := rapid.SampledFrom([]string{"", "　", "中国", "地址："}).Draw(t, "before") +
			FullName(d.Code) + rapid.String().Draw(t, "after")
		once, _, _ := Parse(text)
		twice, _, _ := Parse(once.Text)
		same := once.Text == twice.Text && once.Division() == twice.Division()
		if !same || once.Rest != twice.Rest {
			t.Fatalf("%q: %+v then %+v", text, once, twice)
		}
	})
}

func TestLawNormaliseTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		once := Normalise(text)
		if twice := Normalise(once); twice != once {
			t.Fatalf("%q: %q then %q", text, once, twice)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"广东省深圳市南山区科技园1号", "朝阳区建国路87号", "", "\x00\xff", "中国", "北京北京北京北京",
		"苏州工业园区", "香港九龙", "518000", "上海路", "（", "县县县", "重庆县县", "𠀀𠀁市区",
		strings.Repeat("广东省深圳市", 40),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, _, err := Parse(text)
		if !utf8.ValidString(a.Text) || !strings.HasSuffix(a.Text, a.Rest) {
			t.Fatalf("%q: text %q rest %q", text, a.Text, a.Rest)
		}
		if a.Complete != (err == nil) {
			t.Fatalf("%q: complete %v, %v", text, a.Complete, err)
		}
		for _, code := range append(a.Alternatives, a.Province, a.City, a.District) {
			if _, ok := Find(code); !ok && code != "" {
				t.Fatalf("%q: %s is not in force", text, code)
			}
		}
		if a.Complete && !Complete(a.Division()) {
			t.Fatalf("%q: %s is told as complete", text, a.Division())
		}
		if Normalise(a.Text) != a.Text {
			t.Fatalf("%q: %q is not normal", text, a.Text)
		}
	})
}

var benchmarkAddresses = []string{
	"广东省深圳市南山区深南大道10000号腾讯大厦",
	"北京市朝阳区建国路87号",
	"江苏省苏州市昆山市玉山镇前进路1号",
	"上海浦东张江高科技园区郭守敬路498号",
	"湖北省武汉市洪山区珞喻路1037号",
	"四川成都武侯人民南路四段1号",
}

func BenchmarkParse(b *testing.B) {
	load()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		Parse(benchmarkAddresses[i%len(benchmarkAddresses)])
		i++
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		build()
	}
}
