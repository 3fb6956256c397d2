// Package bench measures the register at the size it is built for, and each figure against a floor
// measured in the same run: ratios say more than seconds on a machine that is shared.
package bench

import (
	"fmt"
	"io"

	"kehu/internal/sheet"
)

// headers are the twenty columns of the measured workbook.
var headers = []string{"客户名称", "客户类型", "统一社会信用代码", "所属行业", "企业规模", "注册资本(万元)",
	"成立日期", "经营地址", "法定代表人", "联系人", "联系人职务", "手机", "邮箱", "合作阶段", "合作意向",
	"核心需求", "合作渠道", "信息来源人", "标签", "企业类型"}

var (
	cities = []string{"上海市浦东新区张江路", "广东省深圳市南山区科技路", "浙江省杭州市西湖区文三路",
		"江苏省苏州市姑苏区人民路", "四川省成都市武侯区天府路", "湖北省武汉市武昌区中南路",
		"北京市海淀区中关村大街", "陕西省西安市雁塔区科技路", "山东省济南市历下区经十路",
		"福建省厦门市思明区湖滨路"}
	places     = []string{"上海", "深圳", "杭州", "苏州", "成都", "武汉", "北京", "西安", "济南", "厦门"}
	syllables  = []rune("澄岚启航知远云帆星禾瑞丰恒泰宏盛嘉诚鼎新博雅天润蓝桥金石华兴永昌德信安达立方")
	trades     = []string{"仪器", "科技", "贸易", "机械", "电子", "软件", "建材", "食品", "物流", "医疗器械"}
	industries = []string{"专用设备制造业", "软件和信息技术服务业", "批发业", "通用设备制造业", "零售业",
		"房屋建筑业", "食品制造业", "道路运输业", "研究和试验发展", "商务服务业"}
	surnames = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
	given    = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚")
	stages   = []string{"潜在", "意向", "潜在", "意向", "潜在"}
	sizes    = []string{"50人以下", "50-200人", "200-1000人", "1000人以上"}
)

// WriteWorkbook writes rows of clean, all different customers; of a hundred rows, wrong have a
// mobile that is refused.
func WriteWorkbook(w io.Writer, rows, wrong int) error {
	table := sheet.Table{Name: "客户"}
	for _, h := range headers {
		table.Columns = append(table.Columns, sheet.Column{Header: h})
	}
	out, err := sheet.NewXLSX(w, nil, table)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := out.Row(row(i, i%100 < wrong)); err != nil {
			return err
		}
	}
	return out.Close()
}

func row(i int, wrong bool) []string {
	at := i % len(places)
	name := places[at] + brand(i) + trades[i/7%len(trades)] + "有限公司"
	mobile := mobileOf(i)
	if wrong {
		mobile = mobile[:9]
	}
	return []string{name, "企业", creditCode(i), industries[i%len(industries)], sizes[i%len(sizes)],
		fmt.Sprint(100 + i%900), fmt.Sprintf("20%02d-%02d-%02d", i%24, 1+i%12, 1+i%28),
		cities[at] + fmt.Sprint(1+i%999) + "号", person(i * 7), person(i * 13), "采购经理", mobile,
		fmt.Sprintf("info%d@example%d.cn", i, i%1000), stages[i%len(stages)], "高",
		"年内采购两台设备，需要安装与培训", "展会", "周销售", "潜力客户", "民企"}
}

// brand is four characters that differ for every i below 1.3 million.
func brand(i int) string {
	n := len(syllables)
	x := i * 7919 % (n * n * n * n)
	return string([]rune{syllables[x%n], syllables[x/n%n], syllables[x/n/n%n], syllables[x/n/n/n%n]})
}

func person(i int) string {
	return string([]rune{surnames[i%len(surnames)], given[i/3%len(given)], given[i/61%len(given)]})
}

var segments = []string{"139", "138", "137", "136", "135", "159", "158", "150", "151", "188"}

func mobileOf(i int) string {
	return fmt.Sprintf("%s%08d", segments[i%len(segments)], 12_340_000+i*37%80_000_000)
}

const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditCode is a code of GB 32100-2015 with both of its check characters.
func creditCode(i int) string {
	body := fmt.Sprintf("MA%06d", i)
	weights := []int{3, 7, 9, 10, 5, 8, 4, 2} // GB 11714-1997
	sum := 0
	for k, r := range body {
		value := int(r - '0')
		if r >= 'A' {
			value = int(r-'A') + 10
		}
		sum += value * weights[k]
	}
	body += string("0123456789X0"[(11-sum%11)%11:][0:1])
	code := "91310115" + body
	sum, weight := 0, 1
	for _, r := range code {
		for k, a := range alphabet {
			if a == r {
				sum += k * weight
			}
		}
		weight = weight * 3 % 31
	}
	return code + string(alphabet[(31-sum%31)%31])
}
