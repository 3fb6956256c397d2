package match

import (
	"slices"
	"strings"
)

// form is the kind of a legal form; forms of one kind are written for each other.
type form byte

const (
	formNone form = iota
	formLimited
	formStock
	formPlain // 公司, 总公司: which kind is not said
	formGroup
	formCoop
	formPartners
)

// forms are legal forms as they end a name, the longest first (《企业名称登记管理规定》 art. 6, counted in
// three million registered names).
var forms = []struct {
	text string
	kind form
}{
	{"农民专业合作社联合社", formCoop}, {"农民专业合作社", formCoop}, {"集团有限责任公司", formGroup},
	{"集团股份有限公司", formGroup}, {"股份合作公司", formStock}, {"有限责任公司", formLimited},
	{"股份有限公司", formStock}, {"集团有限公司", formGroup}, {"专业合作社", formCoop},
	{"集团总公司", formGroup}, {"集团公司", formGroup}, {"有限公司", formLimited}, {"股份公司", formStock},
	{"合伙企业", formPartners}, {"股份有限", formStock}, {"有限责任", formLimited}, {"合作社", formCoop},
	{"总公司", formPlain}, {"集团", formGroup}, {"公司", formPlain}, {"有限", formLimited},
	{"companylimited", formLimited}, {"corporation", formPlain}, {"coltd", formLimited},
	{"limited", formLimited}, {"company", formPlain}, {"corp", formPlain}, {"gmbh", formLimited},
	{"llc", formLimited}, {"ltd", formLimited}, {"inc", formStock},
}

// minStem is how much of a name stays when its form is taken off.
const minStem = 2

// forms that may stand in the middle, before the name of a branch.
var innerForms = []string{"有限责任公司", "股份有限公司", "有限公司", "集团公司", "总公司"}

// branchEnds are how the names of branches end.
var branchEnds = []string{"分公司", "子公司", "分理处", "营业部", "营业厅", "经营部", "门市部", "办事处", "代表处",
	"服务部", "销售部", "项目部", "专卖店", "旗舰店", "体验店", "加盟店", "直营店", "专营店", "储蓄所", "服务站", "加油站",
	"分店", "分厂", "分校", "分院", "分行", "支行", "分部", "分社", "门店", "校区", "院区", "厂区", "分号", "网点", "店"}

// chains are the words after which the name of a branch begins where no legal form does.
var chains = []string{"信用合作联社", "信用合作社", "信用联社", "信用社", "银行", "便利店", "大药房", "药房", "药店",
	"超市", "大酒店", "酒店", "宾馆", "咖啡", "火锅", "餐厅", "饭店", "奶茶", "烘焙", "书店", "影城", "健身", "眼镜",
	"幼儿园", "房产", "地产", "通讯", "证券", "保险", "快递", "速递", "家居", "电器", "汽修", "汽车", "美容", "美发",
	"诊所", "口腔", "母婴", "水果", "生鲜", "服饰", "石油", "石化"}

// remarks in brackets are not part of a name.
var remarks = []string{"原", "曾用名", "已注销", "注销", "停用", "作废", "重复", "新", "旧", "个体工商户",
	"普通合伙", "有限合伙", "特殊普通合伙", "个人独资"}

// name is the name of an organisation taken apart.
type name struct {
	full    []rune // folded, without brackets
	core    []rune // 字号 and trade: no region, no legal form, no branch
	brand   []rune // 字号, the first part of core
	trade   []rune // the rest of it
	other   []rune // core with the place before it, which may be a part of the brand
	region  string // code of the division that it names
	form    form
	group   bool
	branch  string // what tells a branch from its siblings and its head; "" of the head
	numbers string // every number in it, in order
}

// readName takes the name of an organisation apart.
func readName(text string) name {
	n := name{}
	stem := n.brackets(fold(text))
	n.full = slices.Clone(stem)
	if len(stem) == 0 {
		return n
	}
	stem = n.innerForm(stem)
	stem = n.cutForm(stem)
	stem = n.cutRegion(stem)
	stem = n.cutForm(stem) // 澄岚集团 of 澄岚集团（上海）有限公司
	if n.branch == "" {
		stem = n.cutBranch(stem)
	}
	n.core = stem
	n.cutTrade()
	n.numbers = numbersOf(n.full)
	return n
}

// brackets takes what stands in brackets: a place, a form, a branch, a remark; anything else stays
// where it is.
func (n *name) brackets(text []rune) []rune {
	out := make([]rune, 0, len(text))
	for len(text) > 0 {
		at := slices.Index(text, '(')
		if at < 0 {
			break
		}
		out = append(out, text[:at]...)
		rest := text[at+1:]
		size := slices.IndexFunc(rest, func(r rune) bool { return r == ')' || r == '(' })
		if size < 0 {
			size = len(rest)
		}
		inner := rest[:size]
		if size < len(rest) && rest[size] == ')' {
			rest = rest[size+1:]
		} else {
			rest = rest[size:]
		}
		out = append(out, n.bracket(inner, len(out) == 0, len(rest) == 0)...)
		text = rest
	}
	for _, r := range text {
		if r != ')' {
			out = append(out, r)
		}
	}
	return out
}

func (n *name) bracket(inner []rune, first, last bool) []rune {
	word := string(inner)
	switch {
	case word == "中国":
		return nil
	case word == "集团" || word == "股份":
		n.group = n.group || word == "集团"
		return nil
	case wholePlace(inner) != "":
		if first { // （上海）澄岚仪器
			return inner
		}
		n.region = wholePlace(inner)
		return nil
	case slices.ContainsFunc(remarks, func(r string) bool {
		return word == r || (r == "原" || r == "曾用名") && strings.HasPrefix(word, r)
	}):
		return nil
	case last && endsAny(inner, branchEnds):
		n.branch = branchKey(inner)
		return nil
	}
	return inner
}

// innerForm finds a legal form that is followed by the name of a branch.
func (n *name) innerForm(stem []rune) []rune {
	for _, f := range innerForms {
		word := []rune(f)
		for at := minStem; at+len(word) < len(stem); at++ {
			if !equalRunes(stem[at:at+len(word)], word) {
				continue
			}
			if tail := stem[at+len(word):]; len(tail) >= 2 && !hasPrefix(tail, []rune("公司")) {
				n.branch = branchKey(tail)
				return stem[:at+len(word)]
			}
		}
	}
	if at := strings.Index(string(stem), "公司"); at > 0 && endsAny(stem, branchEnds) {
		head := []rune(string(stem)[:at+len("公司")])
		if tail := stem[len(head):]; len(tail) > 2 && len(head) > minStem+1 {
			n.branch = branchKey(tail)
			return head
		}
	}
	return stem
}

// cutForm takes the legal form off the end, also with one slip in it: 有线公司, 有限公, 限公司.
func (n *name) cutForm(stem []rune) []rune {
	for _, f := range forms {
		word := []rune(f.text)
		if len(stem)-len(word) < minStem || !hasSuffix(stem, word) || f.text == "集团" && n.form != formNone &&
			len(stem)-len(word) < minStem {
			continue
		}
		if f.text == "公司" && len(stem) >= minStem+4 { // 有线公司
			if d := difference(stem[len(stem)-4:], []rune("有限公司")); d.kind == editOne || d.kind == editSound {
				n.form = formLimited
				return n.cutGroup(stem[:len(stem)-4])
			}
		}
		if f.kind == formGroup {
			n.group = true
		}
		if n.form == formNone {
			n.form = f.kind
		}
		rest := stem[:len(stem)-len(word)]
		if f.text == "公司" || f.text == "总公司" || f.kind == formLimited || f.kind == formStock {
			return n.cutGroup(rest)
		}
		return rest
	}
	if n.form != formNone {
		return stem
	}
	if last := len(stem) - 1; stem[last] < 0x80 && isHan(stem[max(last-1, 0)]) { // 某某有限公司A
		if rest := n.cutForm(stem[:last]); n.form != formNone {
			return append(slices.Clone(rest), stem[last])
		}
		return stem
	}
	for size := 5; size >= 3; size-- {
		if len(stem)-size < minStem {
			continue
		}
		tail := stem[len(stem)-size:]
		if d := difference(tail, []rune("有限公司")); d.kind != editFar {
			n.form = formLimited
			return stem[:len(stem)-size]
		}
	}
	return stem
}

// cutGroup takes 集团 off that stands before the form.
func (n *name) cutGroup(stem []rune) []rune {
	if word := []rune("集团"); hasSuffix(stem, word) && len(stem)-len(word) >= minStem {
		n.group = true
		return stem[:len(stem)-len(word)]
	}
	if word := []rune("股份"); hasSuffix(stem, word) && len(stem)-len(word) >= minStem+1 {
		n.form = formStock
		return stem[:len(stem)-len(word)]
	}
	return stem
}

// cutRegion takes the places off the beginning, or one off the end.
func (n *name) cutRegion(stem []rune) []rune {
	if rest, ok := cutCountry(stem); ok {
		stem = rest
	}
	code, taken, bare := readPlaces(stem)
	if taken > 0 {
		rest := stem[taken:]
		if bare > 0 && isTrade(rest) { // 北京朝阳医院: the place is the brand
			rest = stem[taken-bare:]
			if taken == bare {
				return stem
			}
		} else if bare > 0 && mayBeBrand(stem[taken-bare:taken], code) {
			n.other = stem[taken-bare:]
		}
		if n.region == "" || inside(code, n.region) {
			n.region = code
		}
		return rest
	}
	if n.region != "" {
		return stem
	}
	for size := min(longestPlace, len(stem)-minAfterBare); size >= 2; size-- {
		if code := wholePlace(stem[len(stem)-size:]); code != "" {
			n.region = code
			return stem[:len(stem)-size]
		}
	}
	return stem
}

// cutCountry takes 中国 off the beginning of a name that is one without it: 中国工商银行.
func cutCountry(stem []rune) ([]rune, bool) {
	const after = 4
	word := []rune("中国")
	if hasPrefix(stem, word) && len(stem) >= len(word)+after {
		return stem[len(word):], true
	}
	return stem, false
}

// mayBeBrand: the short name of a district, or of a city whose name is an ordinary word.
func mayBeBrand(place []rune, code string) bool {
	_, word := bareCities[string(place)]
	return word || len(significant(code)) == len(code)
}

// cutBranch finds the name of a branch behind a word of a chain: 某某便利店人民路店.
func (n *name) cutBranch(stem []rune) []rune {
	if !endsAny(stem, branchEnds) {
		return stem
	}
	text := string(stem)
	for _, word := range chains {
		at := strings.Index(text, word)
		if at <= 0 {
			continue
		}
		head := []rune(text[:at+len(word)])
		if tail := stem[len(head):]; len(tail) >= 2 {
			n.branch = branchKey(tail)
			return head
		}
	}
	if at := strings.LastIndex(text, "第"); at > 0 { // 某某第三分店
		head := []rune(text[:at])
		if len(head) >= minStem && numbersOf(stem[len(head):]) != "" {
			n.branch = branchKey(stem[len(head):])
			return head
		}
	}
	return stem
}

// cutTrade parts the core in brand and trade: known trades are taken off its end while two
// characters of a brand stay.
func (n *name) cutTrade() {
	brand := n.core
	for {
		size := tradeSize(brand)
		if size == 0 {
			break
		}
		brand = brand[:len(brand)-size]
	}
	n.brand, n.trade = brand, n.core[len(brand):]
}

// branchKey is what tells one branch from another: without what all branches are called, with
// numbers in digits and places without their suffix.
func branchKey(tail []rune) string {
	for _, end := range []string{"分公司", "子公司", "公司", "分店", "门店"} {
		if word := []rune(end); hasSuffix(tail, word) && len(tail) > len(word) {
			tail = tail[:len(tail)-len(word)]
			break
		}
	}
	if code := wholePlace(tail); code != "" {
		return "@" + code
	}
	if code, taken, _ := readPlaces(tail); taken > 0 && taken < len(tail) {
		return "@" + code + digitsFor(tail[taken:])
	}
	return digitsFor(tail)
}

func endsAny(text []rune, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return hasSuffix(text, []rune(end)) })
}
