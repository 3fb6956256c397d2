package password

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCheck(t *testing.T) {
	about := []string{"周晓燕", "zhouxiaoyan@chenglan.cn", "上海澄岚仪器有限公司"}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"eleven characters":            {"kR7#mq2Lx9t", ErrShort},
		"a long phrase":                {"青山 遮不住 毕竟东流去", nil},
		"four words":                   {"copper-lantern-drift-seven", nil},
		"random of a manager program":  {"kR7#mq2Lx9tW", nil},
		"password with a year":         {"Password2026!", ErrCommon},
		"exchanges":                    {"P@ssw0rd!!!!", ErrCommon},
		"keys in a row":                {"qwertyuiop12", ErrCommon},
		"keys in columns":              {"1qaz2wsx3edc", ErrCommon},
		"one character":                {"aaaaaaaaaaaaaaaa", ErrCommon},
		"counting":                     {"123456789012", ErrCommon},
		"the alphabet":                 {"abcdefghijklm", ErrCommon},
		"the own e-mail":               {"zhouxiaoyan88", ErrCommon},
		"the own e-mail with password": {"password-zhouxiaoyan", ErrCommon},
		"the firm":                     {"chenglan2026!!", ErrCommon},
		"the own name":                 {"周晓燕周晓燕周晓燕周晓燕", ErrCommon},
		"the full width of a common":   {"ｐａｓｓｗｏｒｄ２０２６", ErrCommon},
		"woaini":                       {"woaini5201314", ErrCommon},
		"72 bytes":                     {strings.Repeat("kR7#mq2L", 9), ErrLong},
	} {
		if err := Check(c.text, about...); !errors.Is(err, c.want) && (err != nil || c.want != nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// What a generator makes is never refused for being common, and no input breaks the check.
func TestGeneratedPasswordsPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alphabet := []rune("23456789abcdefghjkmnpqrstuvwxyz")
		text := rapid.StringOfN(rapid.SampledFrom(alphabet), 24, 24, -1).Draw(t, "text")
		seen := map[rune]bool{}
		for _, r := range text {
			seen[r] = true
		}
		if err := Check(text, "a@b.cn", "王五"); err != nil && len(seen) > 14 {
			t.Fatalf("%q: %v", text, err)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		_ = Check(rapid.String().Draw(t, "text"), rapid.String().Draw(t, "about"))
	})
}
