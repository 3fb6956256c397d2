package mask

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
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
