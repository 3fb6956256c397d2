package fields

var kindOptions = []Option{
	{"individual", "个人", "Individual", []string{"个人客户", "自然人", "私人"}},
	{"enterprise", "企业", "Enterprise", []string{"企业客户", "公司", "单位客户", "公司客户", "法人"}},
	{"institution", "机构", "Institution", []string{"机构客户", "事业单位", "政府机构", "社会团体", "机关"}},
}

var ownershipOptions = []Option{
	{"state", "国企", "State-owned", []string{"国有企业", "国有", "央企", "国有控股", "国营"}},
	{"private", "民企", "Private", []string{"民营企业", "民营", "私营", "私营企业", "内资"}},
	{"foreign", "外企", "Foreign-invested", []string{"外资企业", "外资", "外商独资", "外商投资"}},
	{"joint", "合资", "Joint venture", []string{"合资企业", "中外合资", "中外合作"}},
	{"hmt", "港澳台", "HK, Macao or Taiwan-invested", []string{"港资", "台资", "港澳台资", "港澳台企业"}},
	{"sole", "个体工商户", "Individual business", []string{"个体", "个体户"}},
	{"other", "其他", "Other", []string{"其它"}},
}

var headcountOptions = []Option{
	{"lt50", "50人以下", "Under 50", []string{"小型", "<50", "50以下"}},
	{"50_200", "50-200人", "50 to 199", []string{"50-200", "中小型"}},
	{"200_1000", "200-1000人", "200 to 999", []string{"200-1000", "中型"}},
	{"gt1000", "1000人以上", "1,000 and more", []string{"大型", ">1000", "1000以上"}},
}

var revenueOptions = []Option{
	{"lt5m", "500万以下", "Under 5 million", nil},
	{"5m_20m", "500万-2000万", "5 to 20 million", nil},
	{"20m_100m", "2000万-1亿", "20 to 100 million", nil},
	{"gt100m", "1亿以上", "100 million and more", nil},
}

var regionOptions = []Option{
	{"north", "华北", "North", nil}, {"northeast", "东北", "Northeast", nil},
	{"east", "华东", "East", nil}, {"central", "华中", "Central", nil},
	{"south", "华南", "South", nil}, {"southwest", "西南", "Southwest", nil},
	{"northwest", "西北", "Northwest", nil}, {"hmt", "港澳台", "HK, Macao and Taiwan", nil},
}

var genderOptions = []Option{
	{"male", "男", "Male", []string{"男性", "先生"}},
	{"female", "女", "Female", []string{"女性", "女士", "小姐"}},
	{"unknown", "未知", "Unknown", []string{"保密", "不详"}},
}

var certTypeOptions = []Option{
	{"resident_id", "身份证", "Resident ID", []string{"居民身份证", "二代身份证"}},
	{"passport", "护照", "Passport", nil},
	{"hmt_permit", "港澳台通行证", "HK, Macao or Taiwan permit",
		[]string{"回乡证", "台胞证", "港澳居民来往内地通行证", "台湾居民来往大陆通行证", "港澳通行证"}},
	{"foreigner_id", "外国人永居证", "Foreigner's residence card",
		[]string{"外国人永久居留身份证", "永居证"}},
	{"other", "其他", "Other", []string{"其它", "军官证"}},
}

var levelOptions = []Option{
	{"high", "高", "High", []string{"强", "大", "高意向", "高价值"}},
	{"medium", "中", "Medium", []string{"一般", "中等", "中意向", "中价值"}},
	{"low", "低", "Low", []string{"弱", "小", "低意向", "低价值"}},
}

var relationshipOptions = []Option{
	{"new", "新客户", "New", []string{"新"}},
	{"existing", "老客户", "Existing", []string{"老"}},
}

var channelOptions = []Option{
	{"website", "官网", "Website", []string{"网站", "官方网站"}},
	{"wechat", "公众号", "WeChat account", []string{"微信", "微信公众号", "企业微信"}},
	{"app", "APP", "App", []string{"小程序", "客户端"}},
	{"exhibition", "展会", "Exhibition", []string{"展览", "展销会", "博览会"}},
	{"referral", "转介绍", "Referral", []string{"介绍", "老客户介绍", "朋友介绍", "推荐"}},
	{"visit", "拜访", "Visit", []string{"上门拜访", "陌拜", "上门", "地推"}},
	{"survey", "问卷", "Survey", []string{"调查问卷", "问卷调查"}},
	{"service", "客服", "Customer service", []string{"客服热线", "热线", "来电", "电话咨询"}},
	{"online", "线上推广", "Online promotion",
		[]string{"线上", "网络推广", "网络", "百度", "抖音", "广告", "网推"}},
	{"partner", "合作伙伴", "Partner", []string{"渠道", "代理商", "经销商", "伙伴"}},
	{"public", "公开信息", "Public information", []string{"企查查", "天眼查", "公开渠道"}},
	{"import", "导入", "Import", []string{"批量导入"}},
	{"other", "其他", "Other", []string{"其它"}},
}

var stageOptions = []Option{
	{"potential", "潜在", "Potential", []string{"潜在客户", "线索", "初步接触"}},
	{"intent", "意向", "Interested", []string{"意向客户", "有意向", "跟进中", "洽谈"}},
	{"won", "成交", "Customer", []string{"成交客户", "已成交", "合作中", "已签约", "签约"}},
	{"lost", "流失", "Lost", []string{"流失客户", "已流失", "终止合作"}},
}

var demandOptions = []Option{
	{"purchase", "采购", "Purchase", []string{"购买", "产品采购"}},
	{"consulting", "咨询", "Consulting", []string{"咨询服务"}},
	{"after_sales", "售后", "After-sales", []string{"售后服务", "维修"}},
	{"support", "技术支持", "Technical support", []string{"技术服务"}},
	{"custom", "定制开发", "Custom development", []string{"定制", "开发"}},
}

var cycleOptions = []Option{
	{"high", "高频", "Frequent", []string{"每月", "月度", "高"}},
	{"medium", "中频", "Regular", []string{"每季", "季度", "中"}},
	{"low", "低频", "Rare", []string{"年度", "每年", "半年", "低", "不定期"}},
}

var tierOptions = []Option{
	{"strategic", "战略", "Strategic", []string{"战略客户", "S"}},
	{"key", "重点", "Key", []string{"重点客户", "A", "VIP"}},
	{"normal", "普通", "Normal", []string{"普通客户", "B", "一般"}},
	{"potential", "潜在", "Potential", []string{"潜在客户", "C"}},
}

var statusOptions = []Option{
	{"draft", "草稿", "Draft", nil}, {"pending", "待审核", "Under review", nil},
	{"active", "有效", "Active", nil}, {"rejected", "退回", "Returned", nil},
}

var authorityOptions = []Option{
	{"info", "了解信息", "Information", []string{"信息"}},
	{"order", "下单", "Order", []string{"订货"}},
	{"sign", "签约", "Sign", []string{"签字", "签署"}},
}

var decisionOptions = []Option{
	{"decider", "决策者", "Decider", []string{"决策人", "拍板人"}},
	{"influencer", "影响者", "Influencer", []string{"影响人"}},
	{"user", "使用者", "User", []string{"使用人", "使用部门"}},
	{"purchaser", "采购者", "Purchaser", []string{"采购人", "采购"}},
	{"gatekeeper", "把关者", "Gatekeeper", []string{"把关人"}},
	{"other", "其他", "Other", []string{"其它"}},
}

var methodOptions = []Option{
	{"phone", "电话", "Phone", []string{"电话沟通", "致电"}},
	{"visit", "拜访", "Visit", []string{"上门", "上门拜访", "面谈"}},
	{"email", "邮件", "E-mail", []string{"电子邮件"}},
	{"wechat", "微信", "WeChat", []string{"企业微信"}},
	{"meeting", "会议", "Meeting", []string{"线上会议", "视频会议"}},
	{"other", "其他", "Other", []string{"其它"}},
}

var contractStateOptions = []Option{
	{"draft", "草稿", "Draft", []string{"拟定"}},
	{"running", "执行中", "Running", []string{"履行中", "有效"}},
	{"done", "已完成", "Done", []string{"完成", "到期", "已结束"}},
	{"cancelled", "已取消", "Cancelled", []string{"取消", "作废", "终止"}},
}

var orderStateOptions = []Option{
	{"placed", "已下单", "Placed", []string{"下单", "新建"}},
	{"delivering", "交付中", "Delivering", []string{"发货中", "已发货"}},
	{"done", "已完成", "Done", []string{"完成", "已签收"}},
	{"cancelled", "已取消", "Cancelled", []string{"取消", "作废", "退单"}},
}

var ticketKindOptions = []Option{
	{"inquiry", "咨询", "Inquiry", nil}, {"complaint", "投诉", "Complaint", nil},
	{"after_sales", "售后", "After-sales", []string{"维修"}},
}

var ticketStateOptions = []Option{
	{"open", "待处理", "Open", nil}, {"working", "处理中", "Working", nil},
	{"done", "已完成", "Done", []string{"完成", "已解决"}},
}

var attachmentOptions = []Option{
	{"licence", "营业执照", "Business licence", nil}, {"permit", "许可证", "Permit", nil},
	{"contract", "合同扫描件", "Contract scan", nil}, {"minutes", "纪要", "Minutes", nil},
	{"authorisation", "授权书", "Authorisation", nil},
	{"confirmation", "客户确认单", "Customer's confirmation", nil}, {"other", "其他", "Other", nil},
}

var purposeOptions = []Option{
	{"service", "提供服务", "Service", nil}, {"improvement", "改进服务", "Improvement", nil},
	{"marketing", "营销", "Marketing", nil},
	{"sensitive_id", "处理证件号码", "Certificate number", nil},
	{"bank", "处理银行账号", "Bank account", nil}, {"sharing", "向第三方提供", "Sharing", nil},
}

var consentMethodOptions = []Option{
	{"form", "表单", "Form", nil}, {"paper", "纸质", "Paper", nil},
	{"electronic", "电子", "Electronic", nil}, {"verbal", "口头", "Verbal", nil},
}
