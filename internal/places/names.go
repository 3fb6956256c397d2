package places

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The suffixes that people leave out, longest first.
var suffixes = []string{
	"特别行政区", "自治州", "自治县", "自治旗", "自治区", "地区", "林区", "新区", "矿区", "特区",
	"省", "市", "区", "县", "旗", "盟",
}

// peoples are the names that stand before 自治… and 族区, without 族 where the list writes so.
var peoples = []string{
	"达斡尔族", "鄂温克族", "柯尔克孜族", "布依族", "土家族", "哈尼族", "哈萨克族", "拉祜族", "布朗族",
	"景颇族", "傈僳族", "仫佬族", "毛南族", "仡佬族", "撒拉族", "裕固族", "保安族", "东乡族", "独龙族",
	"普米族", "朝鲜族", "蒙古族", "维吾尔", "柯尔克孜", "哈萨克", "塔吉克", "锡伯", "蒙古",
	"满族", "回族", "藏族", "苗族", "彝族", "壮族", "侗族", "瑶族", "白族", "傣族", "黎族", "佤族", "畲族",
	"水族", "土族", "羌族", "怒族", "各族",
}

// minShort is the least length of a name without its suffix: 沧县 has none.
const minShort = 2

// shortName leaves out the suffix and the peoples: 恩施土家族苗族自治州 → 恩施. Empty where less
// than two characters would remain.
func shortName(name string) string {
	for _, suffix := range suffixes {
		base, found := strings.CutSuffix(name, suffix)
		switch {
		case !found:
		case len(suffix) == len("自治州") || strings.HasSuffix(base, "族"):
			return stripPeoples(base)
		case utf8.RuneCountInString(base) < minShort:
			return ""
		default:
			return base
		}
	}
	return ""
}

func stripPeoples(base string) string {
	for {
		shorter := base
		for _, p := range peoples {
			if b, found := strings.CutSuffix(base, p); found {
				shorter = b
				break
			}
		}
		if shorter == base || utf8.RuneCountInString(shorter) < minShort {
			break
		}
		base = shorter
	}
	if utf8.RuneCountInString(base) < minShort {
		return ""
	}
	if b, found := strings.CutSuffix(base, "族"); found && utf8.RuneCountInString(b) >= minShort {
		return b // 东乡族自治县, 鄂温克族自治旗: only the people is named
	}
	return base
}

// colloquial is the short name with a one-character suffix: 恩施州, 长阳县, 梅里斯区.
func colloquial(name, short string) string {
	switch {
	case strings.HasSuffix(name, "自治州"):
		return short + "州"
	case strings.HasSuffix(name, "自治县"):
		return short + "县"
	case strings.HasSuffix(name, "自治旗"):
		return short + "旗"
	case strings.HasSuffix(name, "族区"):
		return short + "区"
	}
	return ""
}

// Short names that are never read without their suffix: they begin ordinary words (市中心).
var neverShort = []string{"市中"}

// Short names of cities and of county-level cities that are ordinary words or brands as well: they
// do not open an address without the province above (阿里巴巴, 东方大厦, 永安里).
var neverAlone = []string{
	"阿里", "海西", "海北", "山南", "东方", "永安", "双河", "新星", "白杨", "安宁", "永康", "兴平", "和平",
	"平安", "高平", "安达", "北安", "昌平", "长乐", "长安", "瑞安", "华蓥", "富锦", "铁力", "新民", "吉安",
}

// shortestOld is the year from which former divisions may be written without their suffix.
const shortestOld = 2000

// addUnitNames puts the names of unit i into the index.
func (t *tables) addUnitNames(b *indexBuilder, i int) {
	u := t.units[i]
	if u.old {
		t.addOldNames(b, i)
		return
	}
	b.add(u.name, entry{ref: i, use: useOwn | useFull})
	short := u.short
	if short == "" {
		return
	}
	if also := colloquial(u.name, short); also != "" && also != u.name {
		b.add(also, entry{ref: i, use: useOwn | useFull})
	}
	if use, ok := t.shortUse(i, short); ok {
		b.add(short, entry{ref: i, use: use})
	}
}

// shortUse tells how a short name may be used. A county named like its city (朝阳市朝阳县) has
// none: 辽宁朝阳 is the city.
func (t *tables) shortUse(i int, short string) (use, bool) {
	u := t.units[i]
	if slices.Contains(neverShort, short) {
		return 0, false
	}
	if u.parent != none && t.units[u.parent].short == short {
		return 0, false
	}
	switch {
	case slices.Contains(neverAlone, short):
		return useEdge, true
	case u.level != LevelCounty:
		return useEdge | useOwn, true
	case strings.HasSuffix(u.name, "市"):
		return useEdge | useOwn | useGuess, true
	}
	return useEdge | useLast, true
}

func (t *tables) addOldNames(b *indexBuilder, i int) {
	u := t.units[i]
	own := useOwn
	if utf8.RuneCountInString(u.name) <= minShort { // 郊区, 城区: only below their city
		own = 0
	}
	b.add(u.name, entry{ref: i, use: own | useFull})
	short := u.short
	if short == "" || u.until < shortestOld || slices.Contains(neverShort, short) {
		return
	}
	if u.parent != none && t.units[u.parent].short == short {
		return
	}
	b.add(short, entry{ref: i, use: useEdge})
}

func (t *tables) buildIndex() {
	b := newIndexBuilder()
	for i := range t.units {
		t.addUnitNames(b, i)
	}
	for line := range strings.Lines(aliasesTSV) {
		t.addAlias(b, strings.TrimSpace(line))
	}
	for i, z := range t.zones {
		for _, name := range z.names {
			use := useZone
			if commonZones[name] {
				use |= useCommon
			}
			b.add(name, entry{ref: i, use: use})
		}
	}
	for _, name := range fillers {
		b.add(name, entry{ref: none, use: useFiller})
	}
	for _, name := range outside {
		for _, n := range name.names {
			b.add(n, entry{ref: t.current[name.code], use: useOwn | useFull | useKeep})
		}
	}
	t.index = b.build()
}

func (t *tables) addAlias(b *indexBuilder, line string) {
	f := strings.Split(line, "\t")
	if strings.HasPrefix(line, "#") || len(f) != 3 {
		return
	}
	use := useEdge
	if f[2] == "own" {
		use |= useOwn
	}
	for name := range strings.SplitSeq(f[1], ",") {
		b.add(name, entry{ref: t.current[f[0]], use: use})
	}
}

// fillers stand between two divisions and say nothing: the pseudo-divisions of the list as forms
// and exports write them, and parts of free trade zones.
var fillers = []string{
	"市辖区", "省直辖县级行政区划", "省直辖县级行政单位", "自治区直辖县级行政区划",
	"自治区直辖县级行政单位", "省直辖行政单位", "省直辖县", "直辖县级", "片区",
}

// outside lists places that the divisions do not reach, so that they lead to their province. The
// name stays in the rest of the address.
var outside = []struct {
	code  string
	names []string
}{
	{"710000", []string{
		"台北市", "新北市", "桃园市", "台中市", "台南市", "高雄市", "基隆市", "新竹市", "嘉义市",
		"新竹县", "嘉义县", "苗栗县", "彰化县", "南投县", "云林县", "屏东县", "宜兰县", "花莲县",
		"台东县", "澎湖县",
	}},
	{"810000", []string{
		"九龙城", "九龙湾", "九龙塘", "九龙旺角", "九龙尖沙咀", "九龙油麻地", "九龙红磡", "九龙观塘",
		"九龙深水埗", "九龙长沙湾", "九龙荔枝角", "九龙官塘", "新界沙田", "新界元朗", "新界屯门",
		"新界荃湾", "新界葵涌", "新界大埔", "新界西贡", "新界粉岭", "新界上水", "新界将军澳", "香港岛",
	}},
}

// ShortName leaves out what people leave out of a division's name: 深圳市 → 深圳. Empty where less
// than two characters would remain.
func ShortName(name string) string { return shortName(name) }
