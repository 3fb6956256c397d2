package cn

import "testing"

func BenchmarkText(b *testing.B) {
	for name, s := range map[string]string{
		"clean": "上海市浦东新区张江路368号5幢201室", "dirty": "上海市　浦东新区ＡＢＣ路３６８号",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Text(s)
			}
		})
	}
}

func BenchmarkName(b *testing.B) {
	for name, s := range map[string]string{
		"clean": "上海澄岚仪器（集团）有限公司", "dirty": "上海澄岚仪器(集团)有限公司",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Name(s)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ kind, name, in string }{
		{"mobile", "digits", "13912341234"}, {"mobile", "spaced", "139 1234 1234"},
		{"uscc", "clean", "91440300708461136T"}, {"uscc", "lower case", "91440300708461136t"},
		{"email", "clean", "zhangsan@huawei.com"}, {"email", "capitals", "ZhangSan@Huawei.com"},
		{"landline", "dashes", "021-62341234-801"}, {"resident_id", "clean", "11010519491231002X"},
		{"bankcard", "clean", "6222026006705354216"}, {"date", "stored", "2024-05-01"},
		{"date", "Chinese", "2024年5月1日"}, {"amount", "plain", "1234.50"},
		{"amount", "groups", "1,234.50"}, {"amount", "万", "100万元"},
	} {
		parse := allParsers()[c.kind]
		b.Run(c.kind+" "+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := parse(c.in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFindSensitive(b *testing.B) {
	for name, s := range map[string]string{
		"short": "上海澄岚仪器有限公司", "note": "客户下周到访，预算50万，联系13912341234，要求7月前交付，发票已开，报价单202405发出",
		"long digits": "订单202405011234567890 电话13912341234 010-62341234",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				FindSensitive(s)
			}
		})
	}
}
