package cn

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kehu/internal/fault"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"clean", "上海澄岚仪器有限公司 2024", "上海澄岚仪器有限公司 2024"},
		{"full-width letters and digits", "ＡＢｃ１２３＋％＠", "ABc123+%@"},
		{"Chinese punctuation stays", "你好，世界：（一）！", "你好，世界：（一）！"},
		{"ideographic and no-break space", "\u3000甲\u00a0\u3000乙 ", "甲 乙"},
		{"tabs and line breaks", "甲\t乙\r\n丙", "甲 乙 丙"},
		{"zero-width and BOM", "\ufeff甲\u200b乙\u200d", "甲乙"},
		{"bidi controls", "\u202e甲\u2066乙\u2069", "甲乙"},
		{"soft hyphen and controls", "a\u00adb\x00c\x7f", "abc"},
		{"variation selector", "葛\U000e0100城", "葛城"},
		{"Kangxi radicals", "⼤⼭⽔", "大山水"},
		{"radical supplement", "⺟⻳", "母龟"},
		{"compatibility ideographs", "樂車", "樂車"},
		{"combining letters", "e\u0301", "é"},
		{"half-width kana", "ｶﾞ", "ガ"},
		{"full-width yen", "￥１", "¥1"},
		{"invalid UTF-8 shows", "a\xffb", "a\ufffdb"},
		{"only spaces", " \u3000\t", ""},
		{"only invisible", "\u200b", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("%+q, want %+q", got, c.want)
			}
		})
	}
}

func TestMultiline(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"clean", "第一行\n第二行", "第一行\n第二行"},
		{"Windows breaks", "甲\r\n乙\r丙", "甲\n乙\n丙"},
		{"spaces at the ends of lines", " 甲 \n\t 乙\u3000\n", "甲\n乙"},
		{"empty lines inside stay", "甲\n\n 乙", "甲\n\n乙"},
		{"empty lines at both ends go", "\n\n甲\n \n", "甲"},
		{"line separator", "甲\u2028乙", "甲\n乙"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Multiline(c.in); got != c.want {
				t.Errorf("%+q, want %+q", got, c.want)
			}
		})
	}
}

func TestName(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"clean", "腾讯科技（深圳）有限公司", "腾讯科技（深圳）有限公司"},
		{"half-width brackets", "腾讯科技(深圳)有限公司", "腾讯科技（深圳）有限公司"},
		{"mixed brackets and spaces", "腾讯科技 (深圳） 有限公司", "腾讯科技（深圳）有限公司"},
		{"small form brackets", "腾讯﹙深圳﹚", "腾讯（深圳）"},
		{"no Chinese: half-width brackets", "ＡＢＣ（China） Ltd", "ABC(China) Ltd"},
		{"spaces between Chinese", "张 三", "张三"},
		{"spaces between words stay", "Li  Si", "Li Si"},
		{"spaces beside Chinese", "ABC 科技 Inc 公司", "ABC科技Inc公司"},
		{"middle dots", "买买提•艾力", "买买提·艾力"},
		{"katakana dot with spaces", "阿凡提 ・ 库", "阿凡提·库"},
		{"full stop as dot", "买买提.艾力", "买买提·艾力"},
		{"full-width full stop as dot", "买买提 ．艾力", "买买提·艾力"},
		{"full stop of letters stays", "A.B 公司", "A.B公司"},
		{"full-width punctuation folds", "甲，乙＆丙", "甲,乙&丙"},
		{"case stays", "aBc", "aBc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Name(c.in); got != c.want {
				t.Errorf("%+q, want %+q", got, c.want)
			}
		})
	}
}

func TestParseName(t *testing.T) {
	for _, c := range []struct {
		name, in string
		kind     NameKind
		want     string
		code     string // of the error, else of the warning
	}{
		{"company", "上海 澄岚(集团)", OrganisationName, "上海澄岚（集团）", ""},
		{"person", "欧阳 娜娜", PersonName, "欧阳娜娜", ""},
		{"Latin person", "John Smith", PersonName, "John Smith", ""},
		{"Mr", "王建国先生", PersonName, "王建国", "name_honorific"},
		{"Ms in brackets", "李娜（女士）", PersonName, "李娜", "name_honorific"},
		{"a company called 先生", "面包先生", OrganisationName, "面包先生", ""},
		{"only the honorific", "女士", PersonName, "", "name_no_letters"},
		{"empty", " \u200b", PersonName, "", "value_empty"},
		{"digits", "12345", OrganisationName, "", "name_no_letters"},
		{"signs", "—— / ——", PersonName, "", "name_no_letters"},
		{"star", "张*", PersonName, "", "name_masked"},
		{"two stars", "王＊＊", PersonName, "", "name_masked"},
		{"某", "李某某", PersonName, "", "name_masked"},
		{"某 with honorific", "李某先生", PersonName, "", "name_masked"},
		{"x", "张XX", PersonName, "", "name_masked"},
		{"company with stars", "北京**科技有限公司", OrganisationName, "", "name_masked"},
		{"company with 某 is a name", "某某科技有限公司", OrganisationName, "某某科技有限公司", ""},
		{"circles in a person's name", "张○○", PersonName, "", "name_masked"},
		{"circle as zero", "北京二○一二文化有限公司", OrganisationName, "北京二○一二文化有限公司", ""},
		{"cross", "甲×乙品牌管理有限公司", OrganisationName, "甲×乙品牌管理有限公司", ""},
		{"200 characters", strings.Repeat("长", 200), OrganisationName, strings.Repeat("长", 200), ""},
		{"201 characters", strings.Repeat("长", 201), OrganisationName, "", "name_too_long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseName(c.in, c.kind)
			if got != c.want || codeOf(warnings, err) != c.code {
				t.Errorf("%q %q", got, codeOf(warnings, err))
			}
		})
	}
}

// codeOf is the code of the error, else of the first warning, else empty.
func codeOf(warnings []*fault.Fault, err error) string {
	if f, ok := fault.Of(err); ok {
		return f.Code
	}
	if len(warnings) > 0 {
		return warnings[0].Code
	}
	return ""
}

// messy draws texts of the characters on which the rules of normalising meet.
func messy() *rapid.Generator[string] {
	special := rapid.SampledFrom([]rune(" \u3000\u00a0\t\n\r\u2028\u200b\ufeff\u00ad\u202e" +
		"\u0301\u3099ＡＺａ０９（）()．.・•·，：!～ｶﾞ⼤⺟樂ﾠ\u3164葛\U000e0100李某*xX先生女士年月日一二十-/'=\"@+#转"))
	any := rapid.OneOf(special, rapid.RuneFrom([]rune("中文字abcXYZ0123456789")), rapid.Rune())
	return rapid.StringOfN(any, 2, 24, -1)
}

func TestNormalisingTwiceIsNormalisingOnce(t *testing.T) {
	for name, normal := range map[string]func(string) string{
		"Text": Text, "Multiline": Multiline, "Name": Name,
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			once := normal(messy().Draw(t, "text"))
			if twice := normal(once); twice != once {
				t.Fatalf("%+q then %+q", once, twice)
			}
			if strings.TrimSpace(once) != once || !utf8.ValidString(once) {
				t.Fatalf("not clean: %+q", once)
			}
		}))
	}
}

// The fast path must only say yes where the slow one changes nothing.
func TestFastPathsAgreeWithTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := messy().Draw(t, "text")
		if got := normalise(s, false, foldText); Text(s) != got {
			t.Fatalf("Text %+q, rules %+q", Text(s), got)
		}
		if got := normalise(s, true, foldText); Multiline(s) != got {
			t.Fatalf("Multiline %+q, rules %+q", Multiline(s), got)
		}
		if isCleanName(s) && slowName(s) != s {
			t.Fatalf("Name %+q, rules %+q", s, slowName(s))
		}
	})
}

// slowName is Name without its fast path: a leading tab makes the text unclean.
func slowName(s string) string { return Name("\t" + s) }

func TestFastPathTakesOrdinaryTexts(t *testing.T) {
	for _, s := range []string{"上海市浦东新区张江路368号", "hello world", "他说：“好的”，然后……", "é·ü"} {
		if !isClean(s, false) {
			t.Errorf("%q takes the slow path", s)
		}
	}
	if got := testing.AllocsPerRun(100, func() { Text("上海澄岚仪器有限公司"); Name("澄岚（上海）") }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}
