package register

import "testing"

var bandCases = []struct {
	field, text, want string // "" = spans two bands, "?" = not understood
}{
	{"headcount", "0", "lt50"}, {"headcount", "49", "lt50"}, {"headcount", "50", "50_200"},
	{"headcount", "199人", "50_200"}, {"headcount", "200", "200_1000"}, {"headcount", "999", "200_1000"},
	{"headcount", "1000", "gt1000"}, {"headcount", "1,200", "gt1000"}, {"headcount", "1.5千", "gt1000"},
	{"headcount", "１２０人", "50_200"}, {"headcount", "120 名员工", "50_200"},
	{"headcount", "<50", "lt50"}, {"headcount", "50人以下", "lt50"}, {"headcount", "不足50人", "lt50"},
	{"headcount", "51人以下", ""}, {"headcount", "200人以内", ""}, {"headcount", "49人以内", "lt50"},
	{"headcount", "1000以上", "gt1000"}, {"headcount", ">1000", "gt1000"}, {"headcount", "1000+", "gt1000"},
	{"headcount", "超过1000人", "gt1000"}, {"headcount", "500人以上", ""}, {"headcount", "≥200", ""},
	{"headcount", "约100人", "50_200"}, {"headcount", "100人左右", "50_200"},
	{"headcount", "100多人", "50_200"}, {"headcount", "近200人", "50_200"}, {"headcount", "近30人", "lt50"},
	{"headcount", "50-200", "50_200"}, {"headcount", "50-199人", "50_200"},
	{"headcount", "200人-1000人", "200_1000"}, {"headcount", "10~49", "lt50"},
	{"headcount", "10～49", "lt50"}, {"headcount", "5至10", "lt50"}, {"headcount", "10—49", "lt50"},
	{"headcount", "20-99人", ""}, {"headcount", "100-499", ""}, {"headcount", "50-1000", ""},
	{"headcount", "200-50", "?"}, {"headcount", "一百人", "?"}, {"headcount", "很多", "?"},
	{"headcount", "-5", "?"}, {"headcount", "100-", "?"}, {"headcount", "50-200人以上", "?"},
	{"revenue", "499万", "lt5m"}, {"revenue", "500万", "5m_20m"}, {"revenue", "5百万", "5m_20m"},
	{"revenue", "8000", "lt5m"}, {"revenue", "5000000", "5m_20m"}, {"revenue", "3千万", "20m_100m"},
	{"revenue", "3000w", "20m_100m"}, {"revenue", "0.5亿", "20m_100m"}, {"revenue", "1亿", "gt100m"},
	{"revenue", "9999万元", "20m_100m"}, {"revenue", "500万元以下", "lt5m"},
	{"revenue", "1亿以上", "gt100m"}, {"revenue", "1亿元以下", ""}, {"revenue", "100-500万", "lt5m"},
	{"revenue", "500-2000万", "5m_20m"}, {"revenue", "2000万-1亿", "20m_100m"},
	{"revenue", "2000万至1亿元", "20m_100m"}, {"revenue", "500万-1亿", ""}, {"revenue", "1-2亿", "gt100m"},
	{"revenue", "人民币3000万元", "20m_100m"}, {"revenue", "3000万RMB", "20m_100m"},
	{"revenue", "未知", "?"},
}

func TestSizesFindTheirBand(t *testing.T) {
	if len(bandCases) < 40 {
		t.Fatalf("only %d cases", len(bandCases))
	}
	for _, c := range bandCases {
		got := Check("customers", nil, with("enterprise", map[string]any{c.field: c.text}), testRules())
		stored := got.Values.Text(c.field)
		switch {
		case c.want == "?" && code(got.Errors, c.field) != "option_unknown":
			t.Errorf("%s %s was taken as %q", c.field, c.text, stored)
		case c.want == "" && (stored != "" || code(got.Warnings, c.field) != "band_spans" ||
			got.Originals[c.field] != c.text):
			t.Errorf("%s %s: %q, warnings %s", c.field, c.text, stored, codes(got.Warnings))
		case c.want != "?" && (stored != c.want || len(got.Errors) > 0):
			t.Errorf("%s %s: %q, want %q (%s)", c.field, c.text, stored, c.want, codes(got.Errors))
		}
	}
}
