package register

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"kehu/internal/cn"
)

// Endings of names that tell the kind of customer where a sheet has no column for it.
var (
	firmEndings = []string{"公司", "厂", "合作社", "集团", "事务所", "商行", "经营部", "工作室", "店",
		"中心", "超市", "企业", "商场", "酒店", "银行", "支行", "分行", "营业部", "有限合伙", "酒楼", "农场"}
	institutionEndings = []string{"大学", "学院", "学校", "中学", "小学", "幼儿园", "医院", "卫生院",
		"研究院", "研究所", "委员会", "管理局", "局", "协会", "学会", "基金会", "图书馆", "博物馆", "政府",
		"办公室", "总队", "支队", "法院", "检察院", "出版社", "站"}
)

// GuessKind tells the kind of a customer whose row does not say it, or "" where it is not clear:
// by its credit code, by the end of its name, by what only a person has.
func GuessKind(typed map[string]any) string {
	if code, _, err := cn.ParseUSCC(asText(typed["uscc"])); err == nil {
		if code.String()[0] == '9' || code.String()[0] == 'N' {
			return "enterprise"
		}
		return "institution"
	}
	name := cn.Name(asText(typed["name"]))
	for _, bracketed := range []string{"（有限合伙）", "（普通合伙）", "（特殊普通合伙）", "（个体工商户）"} {
		if strings.HasSuffix(name, bracketed) {
			return "enterprise"
		}
	}
	for _, ending := range firmEndings {
		if strings.HasSuffix(name, ending) {
			return "enterprise"
		}
	}
	for _, ending := range institutionEndings {
		if strings.HasSuffix(name, ending) {
			return "institution"
		}
	}
	if asText(typed["gender"]) != "" || asText(typed["cert_no"]) != "" || personal(name) {
		return "individual"
	}
	return ""
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
