package register

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"kehu/internal/cn"
)

// Endings of names that tell the kind of customer where a sheet has no column for it. The longest
// that fits decides: 加油站 is a firm, 站 an institution.
var (
	firmEndings = []string{"公司", "厂", "合作社", "集团", "事务所", "律所", "商行", "车行", "部", "工作室",
		"店", "中心", "超市", "企业", "商场", "酒店", "宾馆", "茶馆", "饭馆", "银行", "支行", "分行", "联社",
		"信用社", "有限合伙", "酒楼", "农场", "养殖场", "加油站", "充电站", "药房", "诊所", "网吧",
		"代表处", "美容院", "个体工商户", "（有限合伙）", "（普通合伙）", "（特殊普通合伙）", "（个体工商户）"}
	institutionEndings = []string{"大学", "学院", "学校", "中学", "小学", "幼儿园", "医院", "卫生院",
		"卫生服务中心", "疾病预防控制中心", "研究院", "研究所", "委员会", "管理局", "局", "协会", "学会",
		"商会", "联合会", "红十字会", "总工会", "基金会", "图书馆", "博物馆", "政府", "办公室", "办事处",
		"派出所", "总队", "支队", "部队", "法院", "检察院", "出版社", "养老院", "福利院", "敬老院", "党委",
		"站"}
	// latinEndings are legal forms abroad, in small letters and without dots.
	latinEndings = []string{"ltd", "limited", "inc", "llc", "llp", "plc", "gmbh", "ag", "corp",
		"corporation", "company", "co", "kg", "sa", "srl", "bv", "pte"}
	// firmOnly are fields that no person has.
	firmOnly = []string{"legal_representative", "registered_capital", "ownership", "headcount",
		"revenue"}
)

// GuessKind tells the kind of a customer whose row does not say it, or "" where it is not clear:
// by its credit code, by the end of its name, by what only a firm or only a person has.
func GuessKind(typed map[string]any) string {
	if code, _, err := cn.ParseUSCC(asText(typed["uscc"])); err == nil {
		if code.String()[0] == '9' || code.String()[0] == 'N' {
			return "enterprise"
		}
		return "institution"
	}
	name := cn.Name(asText(typed["name"]))
	firm, institution := longestEnding(name, firmEndings), longestEnding(name, institutionEndings)
	switch {
	case firm > institution:
		return "enterprise"
	case institution > 0:
		return "institution"
	case foreignFirm(name) || anyGiven(typed, firmOnly...):
		return "enterprise"
	case anyGiven(typed, "gender", "cert_no") || personal(name):
		return "individual"
	}
	return ""
}

func longestEnding(name string, endings []string) int {
	longest := 0
	for _, ending := range endings {
		if strings.HasSuffix(name, ending) {
			longest = max(longest, len(ending))
		}
	}
	return longest
}

func foreignFirm(name string) bool {
	words := strings.Fields(strings.ToLower(strings.ReplaceAll(name, ".", "")))
	for _, ending := range latinEndings {
		if len(words) > 1 && words[len(words)-1] == ending {
			return true
		}
	}
	return false
}

func anyGiven(typed map[string]any, keys ...string) bool {
	for _, key := range keys {
		if asText(typed[key]) != "" {
			return true
		}
	}
	return false
}

// personal: two to four Chinese characters, or a name with a dot as of many minorities.
func personal(name string) bool {
	if strings.Contains(name, "·") {
		return true
	}
	for _, r := range name {
		if !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	n := utf8.RuneCountInString(name)
	return n >= 2 && n <= 4
}
