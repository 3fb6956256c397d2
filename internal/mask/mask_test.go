package mask

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/fields"
)

func TestMasks(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"resident ID", Certificate("11010119000307123X"), "110101********123X"},
		{"passport", Certificate("E12345678"), "E1****678"},
		{"bank card", Account("6222026006705354216"), "6222***********4216"},
		{"short account", Account("12345678"), "12****78"},
		{"tiny", Account("123"), "****"},
		{"empty", Account(""), ""},
		{"two characters", Person("张三"), "张*"},
		{"three characters", Person("王小明"), "王*明"},
		{"compound surname", Person("欧阳小明"), "欧阳*明"},
		{"compound surname, short", Person("欧阳明"), "欧阳*"},
		{"one character", Person("王"), "*"},
		{"no name", Person(""), ""},
		{"mobile", Mobile("13812348888"), "138****8888"},
		{"no mobile after all", Mobile("1381234888"), "13******88"},
		{"landline", Landline("021-62341234"), "021-****1234"},
		{"landline with extension", Landline("0755-26771234-801"), "0755-****1234"},
		{"landline without area", Landline("62341234"), "****1234"},
		{"service number", Landline("95588"), "****"},
		{"e-mail", Email("anna@qq.com"), "a***@qq.com"},
		{"e-mail of one character", Email("a@qq.com"), "***@qq.com"},
		{"Chinese e-mail", Email("张三@例子.中国"), "张***@例子.中国"},
		{"no e-mail", Email("anna"), "***"},
		{"address", Address("上海市浦东新区张江路368号2栋501"), "上海市浦东新区***"},
		{"address without suffixes", Address("浙江杭州西湖文三路90号"), "浙江省杭州市西湖区***"},
		{"address of a city only", Address("江苏省苏州市"), "江苏省苏州市***"},
		{"address of nowhere", Address("张三家楼下"), "***"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestAMaskAlwaysHidesSomething(t *testing.T) {
	digits := rapid.StringMatching(`[0-9X]{1,32}`)
	rapid.Check(t, func(t *rapid.T) {
		s := digits.Draw(t, "number")
		for _, masked := range []string{Certificate(s), Account(s)} {
			shown := len(strings.ReplaceAll(masked, "*", ""))
			if shown >= len(s) || !strings.Contains(masked, "****") {
				t.Fatalf("%s of %s", masked, s)
			}
		}
	})
}

// Of what a masked value keeps, nobody can tell the middle: two values that differ only there have
// one mask.
func TestWhatIsHiddenMakesNoDifference(t *testing.T) {
	digit := rapid.StringMatching(`[0-9]{4}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := digit.Draw(t, "a"), digit.Draw(t, "b")
		street := rapid.StringMatching(`[甲乙丙丁]{1,6}路[1-9]{1,3}号`)
		for _, pair := range [][2]string{
			{Mobile("138" + a + "8888"), Mobile("138" + b + "8888")},
			{Landline("021-" + a + "1234"), Landline("021-" + b + "1234")},
			{Landline("021-62341234-" + a), Landline("021-62341234-" + b)},
			{Email("a" + a + "@qq.com"), Email("a" + b + b + "@qq.com")},
			{Certificate("110101" + a + a + "1234"), Certificate("110101" + b + b + "1234")},
			{Account("6222" + a + a + "1234"), Account("6222" + b + b + "1234")},
			{Address("上海市浦东新区" + street.Draw(t, "s")), Address("上海市浦东新区" + street.Draw(t, "t"))},
		} {
			if pair[0] != pair[1] {
				t.Fatalf("%s and %s", pair[0], pair[1])
			}
		}
	})
}

// Every kind of text has a mask that never is the text itself.
func TestEveryKindOfTextIsMasked(t *testing.T) {
	for _, f := range fields.All() {
		if !f.IsText() {
			continue
		}
		for _, text := range []string{"13812348888", "021-62341234", "a@qq.com", "张三", "上海市浦东新区张江路1号",
			"x", "draft", "上海市浦东新区", "***", "****"} {
			if got := Value(&f, text); got == text && strings.Trim(text, "*") != "" || got == "" {
				t.Errorf("%s.%s: %q of %q", f.Collection, f.Key, got, text)
			}
		}
		if got := Value(&f, ""); got != "" {
			t.Errorf("%s.%s: %q of nothing", f.Collection, f.Key, got)
		}
	}
}
