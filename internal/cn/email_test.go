package cn

import (
	"slices"
	"strings"
	"testing"
)

func TestParseEmail(t *testing.T) {
	longest := strings.Repeat("a", 64) + "@kehu.cn"
	for _, c := range []struct{ name, in, want, code string }{
		{"clean", "li.si+crm@kehu.cn", "li.si+crm@kehu.cn", ""},
		{"angle brackets", "<Li@Kehu.cn>", "li@kehu.cn", ""},
		{"spaces beside the parts", "li @ kehu . cn", "li@kehu.cn", ""},
		{"space inside", "li si@kehu.cn", "", "email_syntax"},
		{"no @", "kehu.cn", "", "email_syntax"},
		{"dot at the end of the mailbox", "li.@kehu.cn", "", "email_syntax"},
		{"underscore in the domain", "li@ke_hu.cn", "", "email_domain"},
		{"one label", "li@kehu", "", "email_domain"},
		{"digits at the top", "li@192.168.1.1", "", "email_domain"},
		{"Chinese domain", "li@客户.中国", "", "email_domain"},
		{"punycode at the top", "li@kehu.xn--fiqs8s", "li@kehu.xn--fiqs8s", ""},
		{"two addresses", "a@qq.com、b@qq.com", "", "email_several"},
		{"masked", "a***@qq.com", "", "email_masked"},
		{"masked with full-width stars", "a＊＊＊@qq.com", "", "email_masked"},
		{"mailbox of 64", longest, longest, ""},
		{"mailbox of 65", strings.Repeat("a", 65) + "@kehu.cn", "", "email_length"},
		{"typo", "li@gmial.com", "li@gmial.com", "email_typo"},
		{"typo at the top", "li@huawei.con", "li@huawei.con", "email_typo"},
		{"placeholder", "test@kehu.cn", "test@kehu.cn", "email_placeholder"},
		{"reserved domain", "li@example.com", "li@example.com", "email_placeholder"},
		{"QQ number", "10001@qq.com", "10001@qq.com", ""},
		{"QQ number too long", "123456789012@qq.com", "123456789012@qq.com", "email_qq_number"},
		{"empty", "\u3000", "", "value_empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseEmail(c.in)
			if got.String() != c.want || codeOf(warnings, err) != c.code {
				t.Errorf("%q %q", got, codeOf(warnings, err))
			}
		})
	}
}

func TestIsPersonal(t *testing.T) {
	for address, want := range map[string]bool{
		"a1@qq.com": true, "a1@163.com": true, "a1@vip.163.com": true, "a1@wo.cn": true,
		"a1@263.net":      true,
		"a1@chinaren.com": true, "a1@gmail.com": true, "a1@huawei.com": false, "a1@mail.qq.com": false,
	} {
		email, _, err := ParseEmail(address)
		if err != nil || email.IsPersonal() != want {
			t.Errorf("%s: %v %v", address, email.IsPersonal(), err)
		}
	}
	if (Email{}).IsPersonal() || (Email{}).Domain() != "" {
		t.Error("the zero Email is no mailbox")
	}
}

func TestSuggestEmail(t *testing.T) {
	email, warnings, err := ParseEmail("li@163.con")
	right, ok := SuggestEmail(email)
	if err != nil || !ok || right.String() != "li@163.com" {
		t.Errorf("%q %v %v", right, ok, err)
	}
	if !strings.Contains(warnings[0].In("en"), "163.com") {
		t.Error(warnings[0].In("en"))
	}
	for wrong, domain := range typos() {
		if !isDomain(wrong) || !freeMail()[domain] {
			t.Errorf("%s → %s", wrong, domain)
		}
	}
}

func TestSplitEmails(t *testing.T) {
	for in, want := range map[string][]string{
		"a@qq.com":                      {"a@qq.com"},
		"a@qq.com;b@qq.com":             {"a@qq.com", "b@qq.com"},
		"a@qq.com, b@qq.com、c@qq.com\n": {"a@qq.com", "b@qq.com", "c@qq.com"},
		" a b@qq.com ":                  {"a b@qq.com"},
		"":                              nil,
	} {
		if got := SplitEmails(in); !slices.Equal(got, want) {
			t.Errorf("%q: %q", in, got)
		}
	}
}
