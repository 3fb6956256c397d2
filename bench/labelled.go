package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"kehu/internal/match"
	divisions "kehu/internal/places"
)

// The labelled set is made by rules from names that look real: a customer as one person entered it
// and, where the label says same, as another did; hard negatives are what registers are full of.
// The hold-out part has words, places and streets of its own, and is never looked at for weights.

type vocabulary struct {
	brands, cities, trades, forms, roads, surnames, given []string
	districts                                             map[string]string // city → address up to the district
}

var trainWords = vocabulary{
	brands: strings.Fields("澄岚 启航 云帆 瑞丰 恒泰 鑫源 金石 永昌 德信 立方 海纳 博雅 天润 蓝桥 远征 飞鹏 森澜 凯歌 兆丰 景行 华联 " +
		"新华联 中科创 优乐福 汇智达 三江源 百思特 科瑞恩 普惠康 大洋洲 北极星 金手指 红太阳 一诺 九鼎 同方 正和 佰利 欧朗 赛维"),
	cities:   strings.Fields("上海 深圳 杭州 成都 武汉 西安 济南 厦门 苏州 郑州"),
	trades:   strings.Fields("仪器 科技 贸易 机械 电子 软件 建材 食品 物流 医疗器械 电子科技 商贸 环保科技 装饰工程 汽车配件 服饰 化工 包装 传媒 餐饮管理"),
	forms:    strings.Fields("有限公司 有限公司 有限公司 有限责任公司 股份有限公司"),
	roads:    strings.Fields("人民路 中山东路 解放大道 科技路 张江路 天府大道 文三路 经十路 湖滨路 中原路"),
	surnames: strings.Fields("王 李 张 刘 陈 杨 赵 黄 周 吴 欧阳"),
	given:    strings.Fields("伟 芳 娜 敏 静 丽 建国 志强 晓明 海燕 文博 雨桐 子轩 佳怡 国栋 美玲"),
	districts: map[string]string{"上海": "上海市浦东新区", "深圳": "广东省深圳市南山区", "杭州": "浙江省杭州市西湖区",
		"成都": "四川省成都市武侯区", "武汉": "湖北省武汉市武昌区", "西安": "陕西省西安市雁塔区", "济南": "山东省济南市历下区",
		"厦门": "福建省厦门市思明区", "苏州": "江苏省苏州市姑苏区", "郑州": "河南省郑州市金水区"},
}

var holdOutWords = vocabulary{
	brands: strings.Fields("霁川 翰墨 御景 禾苗 鼎盛 嘉诚 宏图 盛世 聚贤 锐博 岳麓 沐阳 星瀚 玖珑 铭洋 琥珀 拓普 纳川 睿哲 雅图 " +
		"天成 大华 金海岸 绿源康 东方红 万家乐 美嘉林 亿联网 恒嘉业 奥普特 福临门 华夏龙 八方 五洲 中恒 立信 优品 达利 康盛 佳禾"),
	cities:   strings.Fields("北京 广州 南京 重庆 长沙 青岛 大连 宁波 合肥 昆明"),
	trades:   strings.Fields("设备 实业 信息技术 五金 纺织 广告 生物科技 印刷 农业开发 家具 网络科技 塑料制品 建筑工程 咨询 药业 电气 文化传媒 新材料 模具 供应链管理"),
	forms:    strings.Fields("有限公司 有限公司 有限责任公司 有限公司 股份有限公司"),
	roads:    strings.Fields("建设路 和平街 长江路 学院路 珠江大道 滨海大街 韶山路 香港中路 北京路 望江路"),
	surnames: strings.Fields("孙 马 朱 胡 郭 何 林 高 罗 郑 司马"),
	given:    strings.Fields("勇 艳 杰 娟 涛 明 秀英 桂兰 俊杰 思远 浩然 梦琪 宇航 欣悦 振华 春梅"),
	districts: map[string]string{"北京": "北京市海淀区", "广州": "广东省广州市天河区", "南京": "江苏省南京市鼓楼区",
		"重庆": "重庆市渝中区", "长沙": "湖南省长沙市岳麓区", "青岛": "山东省青岛市市南区", "大连": "辽宁省大连市沙河口区",
		"宁波": "浙江省宁波市鄞州区", "合肥": "安徽省合肥市蜀山区", "昆明": "云南省昆明市五华区"},
}

type labelled struct {
	kind string
	a, b match.Record
	same bool
}

type maker struct {
	*rand.Rand
	v     vocabulary
	phone int
}

func (m *maker) pick(list []string) string { return list[m.IntN(len(list))] }

func divisionOf(address string) string {
	parsed, _, _ := divisions.Parse(address)
	return parsed.Division()
}

func (m *maker) mobile() string {
	m.phone++
	return fmt.Sprintf("139%08d", 10_000_000+m.phone*7919%89_999_999)
}

func (m *maker) person() string { return m.pick(m.v.surnames) + m.pick(m.v.given) }

func (m *maker) address(city string) string {
	return fmt.Sprintf("%s%s%d号%d室", m.v.districts[city], m.pick(m.v.roads), 1+m.IntN(900), 101+m.IntN(30)*10)
}

// parts of a firm's name.
type firmName struct{ city, brand, trade, form string }

func (f firmName) String() string { return f.city + f.brand + f.trade + f.form }

func (m *maker) firm() (firmName, match.Record) {
	f := firmName{m.pick(m.v.cities), m.pick(m.v.brands), m.pick(m.v.trades), m.pick(m.v.forms)}
	address := m.address(f.city)
	return f, match.Record{Kind: "enterprise", Name: f.String(), Mobiles: []string{m.mobile()},
		Addresses: []string{address}, Division: divisionOf(address), Legal: m.person(),
		Landlines: []string{fmt.Sprintf("0571-8%07d", m.IntN(9_999_999))}}
}

// again is the same firm as somebody else enters it: other contact, and of the rest only some.
func (m *maker) again(a match.Record) match.Record {
	b := match.Record{Kind: a.Kind, Name: a.Name, Mobiles: []string{m.mobile()}}
	if m.IntN(2) == 0 {
		b.Addresses, b.Division = a.Addresses, a.Division
	}
	if m.IntN(4) == 0 {
		b.Landlines = a.Landlines
	}
	if m.IntN(3) == 0 {
		b.Legal = a.Legal
	}
	return b
}

const oddCharacters = "垚羿逸婵箐舷濮祺蔓岷洮翊翀燊缦珂骐荔宕彧"

// homophones are characters that people type for each other.
var homophones = func() map[rune]rune {
	table := map[rune]rune{}
	for _, group := range strings.Fields("澄成诚城 岚兰蓝 启起企 航杭 云芸 帆凡 瑞锐睿 丰风峰 恒衡横 泰太 鑫新欣心 源元园 金津锦今 石实时 " +
		"永咏泳 昌常 德得 信芯 立力利丽 方芳 海孩 纳娜 博伯 雅亚 天添 润闰 桥乔 远苑 征正 飞非 鹏朋 森参 澜栏 凯楷 歌哥 景井 华花 联连莲 " +
		"仪宜 器汽 科棵 技计 贸茂 易意 机基 械谢 电店 子紫 软阮 件建 建健 材才 食十 品聘 物务 流刘 霁济 川穿 翰汉 墨默 御玉 禾和河 苗妙 " +
		"鼎顶 盛胜圣 嘉佳家 宏鸿洪 图途 世市 聚巨 贤闲 岳月 麓鹿 沐木 阳洋扬 星兴 玖久 珑龙 铭明 琥虎 珀魄 拓妥 普朴 哲折 设社 备被 " +
		"实石 业页 信讯 息西 术树 五武 纺访 织知 广光 告高 生升 印引 刷耍 农侬 开凯 发法 具剧 网往 络洛 塑素 料廖 制治 程成 工公 咨姿 " +
		"询寻 药要 气汽 化画 传船 媒梅 模磨 供工 应英 链恋 管馆 理李") {
		list := []rune(group)
		for i, r := range list {
			table[r] = list[(i+1)%len(list)]
		}
	}
	return table
}()

func homophoneOf(r rune) rune { return homophones[r] }

// toTraditional is enough for the words of the set.
var toTraditional = func() map[rune]rune {
	table := map[rune]rune{}
	pairs := []rune("岚嵐启啟云雲丰豐鑫鑫远遠飞飛鹏鵬澜瀾凯凱兴興华華联聯创創优優汇匯达達恩恩红紅阳陽诺諾赛賽维維仪儀贸貿机機" +
		"电電软軟医醫疗療环環保保装裝饰飾车車传傳媒媒饮飲陈陳刘劉张張赵趙杨楊吴吳欧歐丽麗敏敏静靜晓曉轩軒国國栋棟" +
		"霁霽苗苗诚誠图圖贤賢锐銳岳嶽龙龍铭銘纳納睿睿岛島绿綠东東万萬乐樂亿億恒恆丽麗门門设設备備实實业業术術纺紡织織" +
		"广廣农農发發网網络絡制製筑築询詢药藥气氣应應链鏈庆慶连連宁寧马馬孙孫罗羅郑鄭杰傑涛濤艳艷远遠琪琪悦悅")
	for i := 0; i+1 < len(pairs); i += 2 {
		table[pairs[i]] = pairs[i+1]
	}
	return table
}()

// written is a firm's name, written otherwise in one of many ways.
func (m *maker) written(kind string, f firmName) string {
	core := []rune(f.brand + f.trade)
	at := m.IntN(len(core))
	switch kind {
	case "no region":
		return f.brand + f.trade + f.form
	case "no form":
		return f.city + f.brand + f.trade
	case "neither":
		return f.brand + f.trade
	case "other form":
		return f.city + f.brand + f.trade + map[string]string{"有限公司": "有限责任公司",
			"有限责任公司": "有限公司", "股份有限公司": "股份公司"}[f.form]
	case "brackets":
		return f.brand + "（" + f.city + "）" + f.trade + f.form
	case "half brackets":
		return f.brand + f.trade + "(" + f.city + ") " + f.form
	case "long region":
		return m.v.districts[f.city] + f.brand + f.trade + f.form
	case "traditional":
		return strings.Map(func(r rune) rune {
			if to, ok := toTraditional[r]; ok {
				return to
			}
			return r
		}, f.String())
	case "spaces":
		return f.city + " " + f.brand + "　" + f.trade + f.form + " "
	case "homophone":
		for range core {
			if h := homophoneOf(core[at]); h != 0 {
				core[at] = h
				return f.city + string(core) + f.form
			}
			at = (at + 1) % len(core)
		}
		return f.city + string(core)
	case "wrong":
		core[at] = []rune(oddCharacters)[m.IntN(20)]
		return f.city + string(core) + f.form
	case "missing":
		return f.city + string(slices.Delete(core, at, at+1)) + f.form
	case "swapped":
		at = m.IntN(len(core) - 1)
		core[at], core[at+1] = core[at+1], core[at]
		return f.city + string(core) + f.form
	case "wrong form":
		return f.city + f.brand + f.trade + "有线公司"
	case "short":
		return f.brand
	}
	return f.String()
}

var writings = []string{"no region", "no form", "neither", "other form", "brackets", "half brackets", "long region",
	"traditional", "spaces", "homophone", "wrong", "missing", "swapped", "wrong form", "short"}

func (m *maker) positives(n int) []labelled {
	var all []labelled
	for i := range n {
		kind := writings[i%len(writings)]
		f, a := m.firm()
		b := m.again(a)
		b.Name = m.written(kind, f)
		switch kind {
		case "short":
			a.Short = ""
			b.Addresses, b.Division = a.Addresses, a.Division
		}
		all = append(all, labelled{kind, a, b, true})
	}
	for i := range n / 5 {
		all = append(all, m.samePerson(i))
	}
	return all
}

func (m *maker) individual() match.Record {
	city := m.pick(m.v.cities)
	address := m.address(city)
	return match.Record{Kind: "individual", Name: m.person(), Mobiles: []string{m.mobile()},
		Emails: []string{fmt.Sprintf("u%d@qq.com", m.IntN(1e9))}, Addresses: []string{address},
		Division: divisionOf(address)}
}

func (m *maker) samePerson(i int) labelled {
	a := m.individual()
	b := match.Record{Kind: a.Kind, Name: a.Name, Mobiles: []string{m.mobile()}}
	kind := []string{"person, mobile", "person, address", "person, mail", "person, traditional"}[i%4]
	switch i % 4 {
	case 0:
		b.Mobiles = a.Mobiles
	case 1:
		b.Addresses, b.Division = a.Addresses, a.Division
	case 2:
		b.Emails = a.Emails
	case 3:
		b.Name = m.written("traditional", firmName{brand: a.Name, trade: "  "})
		b.Mobiles = a.Mobiles
	}
	return labelled{kind, a, b, true}
}

func (m *maker) otherThan(list []string, not string) string {
	for {
		if s := m.pick(list); s != not {
			return s
		}
	}
}

// negatives are two customers that look alike.
func (m *maker) negatives(n int) []labelled {
	var all []labelled
	for i := range n {
		f, a := m.firm()
		b := match.Record{Kind: "enterprise", Mobiles: []string{m.mobile()}, Legal: m.person()}
		other := m.otherThan(m.v.cities, f.city)
		kind := ""
		switch i % 11 {
		case 0:
			kind, b.Name = "branch of it", f.String()+other+"分公司"
			b.Legal, b.Landlines = a.Legal, a.Landlines
		case 1:
			kind, a.Name, b.Name = "two branches", f.String()+"第二分公司", f.String()+"第三分公司"
			b.Legal = a.Legal
		case 2:
			kind, b.Name = "brand in another city", firmName{other, f.brand, f.trade, f.form}.String()
			b.Addresses = []string{m.address(other)}
		case 3:
			kind, b.Name = "another trade", firmName{f.city, f.brand, m.otherTrade(f.trade), f.form}.String()
			b.Addresses = a.Addresses
		case 4:
			g, _ := m.firm()
			for g.brand == f.brand {
				g, _ = m.firm()
			}
			kind, b.Name = "neighbours", firmName{f.city, g.brand, g.trade, g.form}.String()
			b.Addresses, b.Division = a.Addresses, a.Division
		case 5:
			kind = "shops of one chain"
			a.Name = f.brand + "便利店（" + m.pick(m.v.roads) + "店）"
			b.Name = a.Name
			for b.Name == a.Name {
				b.Name = f.brand + "便利店（" + m.pick(m.v.roads) + "店）"
			}
		case 6:
			kind, b.Name = "another brand", firmName{f.city, m.otherThan(m.v.brands, f.brand), f.trade, f.form}.String()
		case 7:
			p, q := m.individual(), m.individual()
			q.Name = p.Name
			kind, a, b = "namesakes", p, q
		case 8:
			p, q := m.individual(), m.individual()
			surname := m.pick(m.v.surnames)
			first := m.pick(m.v.given)
			p.Name, q.Name = surname+first, surname+m.otherThan(m.v.given, first)
			q.Addresses, q.Division = p.Addresses, p.Division
			kind, a, b = "family at one address", p, q
		case 9:
			kind = "schools by number"
			a = match.Record{Kind: "institution", Name: f.city + "市第一中学", Mobiles: []string{m.mobile()}}
			b = match.Record{Kind: "institution", Name: f.city + "市第" + []string{"二", "三", "十一"}[m.IntN(3)] + "中学",
				Mobiles: []string{m.mobile()}}
		case 10:
			kind, b.Name = "group and member", f.city+f.brand+"集团有限公司"
			a.Name = f.city + f.brand + "有限公司"
		}
		all = append(all, labelled{kind, a, b, false})
	}
	return all
}

func (m *maker) otherTrade(not string) string {
	for {
		s := m.pick(m.v.trades)
		if !strings.Contains(s, not) && !strings.Contains(not, s) {
			return s
		}
	}
}
