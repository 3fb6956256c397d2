package mapping

import "testing"

// headers are column names as they stand in registers of small firms.
var headers = []struct{ header, field, unit string }{
	// the labels themselves, and their decorations
	{"客户名称", "name", ""},
	{"★客户名称", "name", ""},
	{"☆客户名称", "name", ""},
	{"* 客户名称", "name", ""},
	{"客户名称*", "name", ""},
	{"＊客户名称", "name", ""},
	{"客户名称（必填）", "name", ""},
	{"客户名称(必填)", "name", ""},
	{"客户名称【必填】", "name", ""},
	{"客户名称[必填]", "name", ""},
	{"客户名称\n（必填项）", "name", ""},
	{"*必填 客户名称", "name", ""},
	{"【客户名称】", "name", ""},
	{"●客户名称：", "name", ""},
	{"客 户 名 称", "name", ""},
	{"客户\r\n名称", "name", ""},
	{"　客户名称　", "name", ""},
	{"\ufeff客户名称", "name", ""},
	{"客户名称（与营业执照一致）", "name", ""},
	{"手机（选填）", "mobile", ""},
	{"手机号码(11位)", "mobile", ""},

	// units
	{"注册资本(万元)", "registered_capital", "万元"},
	{"注册资本（万元）", "registered_capital", "万元"},
	{"注册资本[元]", "registered_capital", "元"},
	{"注册资本【亿元】", "registered_capital", "亿元"},
	{"注册资本（单位：万元）", "registered_capital", "万元"},
	{"注册资本/万元", "registered_capital", "万元"},
	{"注册资本万元", "registered_capital", "万元"},
	{"注册资金（人民币）", "registered_capital", "人民币"},
	{"年营业额(万)", "revenue", "万"},
	{"员工人数（人）", "headcount", "人"},
	{"合同金额（元）", "contracts.amount", "元"},
	{"累计交易金额(元)", "total_amount", "元"},

	// brackets that belong to the name
	{"负责人(法人)", "legal_representative", ""},
	{"负责人（法人）", "legal_representative", ""},
	{"负责人", "owner", ""},

	// what people write for the name
	{"公司名称", "name", ""},
	{"企业名称", "name", ""},
	{"单位名称", "name", ""},
	{"客户全称", "name", ""},
	{"客户姓名", "name", ""},
	{"公司", "name", ""},
	{"简称", "short_name", ""},

	// codes and firms
	{"统一社会信用代码", "uscc", ""},
	{"统一社会信用代码/税号", "uscc", ""},
	{"税号", "uscc", ""},
	{"工商注册号", "legacy_reg_no", ""},
	{"法人代表", "legal_representative", ""},
	{"企业性质", "ownership", ""},
	{"行业", "industry", ""},
	{"规模", "headcount", ""},
	{"成立时间", "founded", ""},
	{"客户编码", "number", ""},
	{"客户类别", "kind", ""},

	// ways of contact
	{"电话", "mobile", ""},
	{"联系方式", "mobile", ""},
	{"手机/电话", "mobile", ""},
	{"固话", "landline", ""},
	{"办公电话", "landline", ""},
	{"Email", "email", ""},
	{"e-mail", "email", ""},
	{"E-MAIL", "email", ""},
	{"电子邮箱", "email", ""},
	{"微信", "contacts.wechat", ""},

	// places
	{"地址", "business_address", ""},
	{"通讯地址", "business_address", ""},
	{"注册地址", "registered_address", ""},
	{"省", "division.province", ""},
	{"省份", "division.province", ""},
	{"市", "division.city", ""},
	{"城市", "division.city", ""},
	{"区", "division.district", ""},
	{"区/县", "division.district", ""},
	{"省市区", "division", ""},
	{"省/市/区", "division", ""},
	{"区号", "area_code", ""},

	// contacts
	{"联系人", "contacts.name", ""},
	{"联系人姓名", "contacts.name", ""},
	{"职位", "contacts.title", ""},
	{"联系人手机", "contacts.mobile", ""},
	{"联系人电话", "contacts.mobile", ""},
	{"联系人邮箱", "contacts.email", ""},
	{"决策链", "contacts.decision_role", ""},
	{"联系人1", "contacts.name", ""},
	{"联系人1手机", "contacts.mobile", ""},
	{"第一联系人电话", "contacts.mobile", ""},
	{"联系人2", "contacts.2.name", ""},
	{"联系人2手机", "contacts.2.mobile", ""},
	{"联系人2-手机", "contacts.2.mobile", ""},
	{"联系人2 职务", "contacts.2.title", ""},
	{"联系人二姓名", "contacts.2.name", ""},
	{"第二联系人", "contacts.2.name", ""},
	{"第二联系人电话", "contacts.2.mobile", ""},
	{"第3联系人邮箱", "contacts.3.email", ""},
	{"联系人3微信", "contacts.3.wechat", ""},
	{"联系人2星座", "", ""},

	// sensitive, deals, notes
	{"身份证号", "cert_no", ""},
	{"对公账号", "bank_account", ""},
	{"合同编号", "contracts.number", ""},
	{"签订日期", "contracts.signed", ""},
	{"首次合作时间", "first_deal", ""},
	{"最近合作时间", "last_deal", ""},
	{"备注", "followups.summary", ""},
	{"跟进记录", "followups.summary", ""},
	{"最近跟进", "followups.summary", ""},
	{"客户来源", "channel", ""},
	{"业务员", "owner", ""},
	{"客户标签", "tags", ""},
	{"意向程度", "intention", ""},
	{"客户状态", "stage", ""},

	// columns that are no field
	{"序号", "ignore", ""},
	{"No.", "ignore", ""},
	{"错误", "ignore", ""},

	// English labels and keys of fields
	{"Name", "name", ""},
	{"Credit code", "uscc", ""},
	{"CREDIT CODE", "uscc", ""},
	{"Contact's mobile", "contacts.mobile", ""},
	{"business_address", "business_address", ""},
	{"contacts.name", "contacts.name", ""},
	{"registered_capital", "registered_capital", ""},

	// what means nothing to us
	{"", "", ""},
	{"星座", "", ""},
	{"客户等级评定依据", "", ""},
	{"状态码", "", ""},
	{"联系", "", ""},
	{"★", "", ""},
	{"（万元）", "", "万元"},
	{"系统标签数", "", ""},
	{"客户分级", "", ""}, // set by rules, never imported
	{"首元", "", ""},   // no unit behind a field's name
}

func TestHeaders(t *testing.T) {
	if len(headers) < 80 {
		t.Fatalf("only %d headers", len(headers))
	}
	for _, c := range headers {
		got := Map("customers", Line{1, []string{c.header}}).Columns[0]
		if got.Field != c.field || got.Unit != c.unit {
			t.Errorf("%q: %q %q, want %q %q", c.header, got.Field, got.Unit, c.field, c.unit)
		}
	}
}

func TestHeadersOfBelongings(t *testing.T) {
	for _, c := range []struct{ collection, header, field, unit string }{
		{"contacts", "客户名称", "customer.name", ""},
		{"contacts", "客户编号", "customer.number", ""},
		{"contacts", "税号", "customer.uscc", ""},
		{"contacts", "联系人", "name", ""},
		{"contacts", "主要联系人", "primary", ""},
		{"contacts", "姓名", "name", ""},
		{"contacts", "联系人手机", "mobile", ""},
		{"followups", "跟进日期", "date", ""},
		{"followups", "日期", "date", ""},
		{"followups", "跟进内容", "summary", ""},
		{"followups", "附件", "", ""},
		{"contracts", "合同编号", "number", ""},
		{"contracts", "合同金额（万元）", "amount", "万元"},
		{"contracts", "合同总金额/元", "amount", "元"},
		{"contracts", "合同文件", "", ""},
		{"orders", "订单号", "number", ""},
		{"orders", "金额", "amount", ""},
		{"orders", "金额元", "amount", "元"},
		{"orders", "备注", "note", ""},
		{"orders", "产品/服务", "product", ""},
		{"orders", "所属合同", "", ""},
		{"orders", "联系人2手机", "", ""},
		{"orders", "负责人(法人)", "", ""}, // a name of customers, not of orders
	} {
		got := Map(c.collection, Line{1, []string{c.header}}).Columns[0]
		if got.Field != c.field || got.Unit != c.unit {
			t.Errorf("%s %q: %q %q, want %q %q", c.collection, c.header, got.Field, got.Unit,
				c.field, c.unit)
		}
	}
}
