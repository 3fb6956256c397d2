package policy

import (
	"slices"
	"strings"

	"kehu/internal/fields"
	"kehu/internal/tier"
	"kehu/internal/watch"
)

// labels are the words of the policies and their parts, Chinese and English.
var labels = map[string][2]string{
	"company": {"公司", "Company"}, "company.name": {"公司名称", "Name"}, "company.time_zone": {"时区", "Time zone"},
	"company.open": {"上班时间", "Opens"}, "company.close": {"下班时间", "Closes"},
	"numbering": {"编号规则", "Numbering"}, "numbering.customers": {"客户编号", "Customers"},
	"numbering.contracts": {"合同编号", "Contracts"}, "numbering.tickets": {"工单编号", "Tickets"},
	"required_fields": {"必填项", "Required fields"}, "fields": {"不收集的字段", "Fields not collected"},
	"sensitive": {"敏感信息", "Sensitive data"}, "sensitive.fields": {"可否收集", "May be collected"},
	"sensitive.custodian": {"保管人", "Custodian"},
	"duplicates":          {"查重", "Duplicates"}, "duplicates.block": {"禁止重复", "Refused when the same"},
	"duplicates.warn": {"提示确认", "Asked about"}, "duplicates.suspect": {"疑似阈值", "Threshold of suspicion"},
	"duplicates.shared":           {"共用电话的客户数", "Customers that share a phone"},
	"duplicates.least_characters": {"提示所需的最少字数", "Least characters"},
	"duplicates.checks_per_hour":  {"每小时检查次数", "Checks an hour"},
	"duplicates.unseen_per_hour":  {"每小时提示他人客户次数", "Told of others’ customers an hour"},
	"imports":                     {"导入", "Imports"}, "imports.keep_days": {"工作簿保存天数", "Days a workbook is kept"},
	"exports": {"导出", "Exports"}, "exports.keep_days": {"文件保存天数", "Days a file is kept"},
	"reveal": {"查看明文", "Reveal"}, "reveal.per_day": {"每人每天查看次数", "Shown to one person a day"},
	"reveal.lookups_per_day":    {"每人每天精确查询次数", "Look-ups a day"},
	"reveal.lookups_per_minute": {"每人每分钟精确查询次数", "Look-ups a minute"},
	"reveal.numbers_per_day":    {"每人每天比对号码次数", "Numbers compared a day"},
	"reveal.notify_owner":       {"告知客户负责人", "Tell the owner"},
	"access":                    {"角色权限", "Access"}, "audit": {"审计日志", "Audit log"},
	"audit.keep_years": {"保存年数", "Years kept"},
	"backups":          {"备份", "Backups"}, "backups.at": {"每天的时间", "Each day at"}, "backups.hourly": {"每小时备份", "Hourly too"},
	"backups.hours": {"保留的时备份", "Hourly ones kept"}, "backups.local_days": {"本机保留天数", "Days kept here"},
	"backups.days": {"其他位置保留天数", "Days kept elsewhere"}, "backups.weekly": {"保留的周备份", "Weeks kept"},
	"backups.monthly": {"保留的月备份", "Months kept"}, "backups.drill": {"恢复演练", "Drill"},
	"backups.drill_days": {"演练的最长间隔（天）", "Days a proof is good"}, "backups.local": {"本机备份目录", "Local folder"},
	"backups.recipients": {"公司自己的接收公钥", "Recipients of the company"}, "backups.places": {"其他存放处", "Other places"},
	"backups.places.*.name": {"名称", "Name"}, "backups.places.*.kind": {"种类", "Kind"}, "backups.places.*.path": {"目录", "Path"},
	"backups.places.*.endpoint": {"服务地址", "Endpoint"}, "backups.places.*.region": {"区域", "Region"},
	"backups.places.*.bucket": {"存储桶", "Bucket"}, "backups.places.*.prefix": {"前缀", "Prefix"},
	"backups.places.*.path_style": {"路径式地址", "Path style"},
	"signin":                      {"登录", "Sign-in"}, "signin.second_factor": {"双重验证", "Second factor"},
	"signin.mail_code": {"可用邮件验证码", "Code by mail"}, "signin.provider_factor": {"外部登录也要双重验证", "With a provider too"},
	"signin.lockout": {"失败锁定", "Lockout"}, "signin.lockout.failures": {"账号失败次数", "Failures of an account"},
	"signin.lockout.address_failures": {"地址失败次数", "Failures of an address"},
	"signin.lockout.first_minutes":    {"首次锁定分钟", "First lock, minutes"},
	"signin.lockout.max_minutes":      {"最长锁定分钟", "Longest lock, minutes"},
	"signin.session_hours":            {"登录有效小时", "Hours of a session"}, "signin.link_hours": {"一次性链接有效小时", "Hours of a link"},
	"review": {"审核", "Review"}, "review.mode": {"审核方式", "Mode"}, "review.key_fields": {"关键字段", "Key fields"},
	"review.single_confirmation": {"允许单人确认", "Single confirmation"},
	"change_classes":             {"变更级别", "Classes of changes"}, "change_classes.free": {"自由修改", "Free"},
	"change_classes.ordinary": {"部门负责人审批", "Ordinary"}, "change_classes.important": {"数据管理审批", "Important"},
	"sla": {"办理期限", "Terms"}, "sla.entry": {"新客户（工作日）", "New customer"}, "sla.batch": {"整批客户", "Batch"},
	"sla.ordinary": {"一般变更", "Ordinary change"}, "sla.important": {"重要变更", "Important change"},
	"sla.completion": {"补充资料", "Completion"}, "sla.archive": {"归档", "Archive"}, "sla.purge": {"销毁", "Purge"},
	"sla.erase": {"个人信息删除", "Erasure"}, "sla.export": {"导出", "Export"}, "sla.share": {"对外提供", "Sharing"},
	"sla.tier": {"分级调整", "Tier"}, "sla.sync_error": {"同步错误", "Sync error"}, "sla.campaign": {"营销活动", "Campaign"},
	"sla.subject_request": {"个人请求", "Request of a person"}, "sla.backfill_hours": {"线下变更补录（小时）", "Hours to enter what was offline"},
	"reminders": {"提醒", "Reminders"}, "reminders.untouched_months": {"未更新（月）", "Untouched, months"},
	"reminders.verify_months":       {"核实关键信息（月）", "Verify, months"},
	"reminders.satisfaction_months": {"满意度回访（月）", "Satisfaction, months"},
	"reminders.review_months":       {"全面复核（月）", "Review, months"}, "reminders.task_days": {"待办期限（工作日）", "Working days of a task"},
	"reminders.cadence_days": {"跟进间隔（天）", "Days between follow-ups"},
	"notify":                 {"通知", "Notifications"}, "notify.email": {"邮件", "By mail"}, "notify.webhooks": {"群机器人", "Robots"},
	"notify.webhooks.*.kind": {"种类", "Kind"}, "notify.webhooks.*.url": {"地址", "Address"},
	"notify.webhooks.*.secret": {"签名密钥", "Secret"}, "notify.at": {"发送时间", "Sent at"},
	"notify.empty": {"无事也发", "Also when there is nothing"}, "notify.robots": {"待办数量发到群机器人", "Numbers of tasks to the robots"},
	"notify.base_url": {"链接地址", "Address of links"},
	"archive":         {"归档", "Archive"}, "archive.months": {"无业务月数", "Months without business"},
	"archive.keep_years": {"保存年数", "Years kept"},
	"pool":               {"公海", "Shared pool"}, "pool.days": {"多少天无人跟进退回公海（0为不启用）", "Days until it goes back (0: never)"},
	"pool.notice_days": {"提前通知（天）", "Notice, days"}, "pool.claims_per_day": {"每人每天最多领取", "Claims of one member a day"},
	"pool.again_days": {"原负责人多少天内不能领取", "Days in which who lost it may not claim it"},
	"alarms":          {"告警", "Alarms"}, "alarms.email": {"邮件", "By mail"}, "alarms.webhooks": {"群机器人", "Robots"},
	"alarms.conditions": {"告警内容", "Conditions"}, "alarms.repeat_hours": {"重复间隔（小时）", "Hours until told again"},
	"tiers": {"分级规则", "Rules of tiers"}, "tiers.*.key": {"代号", "Key"}, "tiers.*.tier": {"级别", "Tier"},
	"tiers.*.name": {"名称", "Name"}, "tiers.*.all": {"全部满足", "All of"}, "tiers.*.any": {"满足其一", "One of"},
	"value": {"价值等级", "Value levels"}, "value.high_percent": {"高价值占比（%）", "High, per cent"},
	"value.medium_percent": {"中价值占比（%）", "Medium, per cent"},
	"cycle":                {"采购周期", "Purchase cycle"}, "cycle.high_days": {"高频（天以内）", "High, days"},
	"cycle.medium_days": {"中频（天以内）", "Medium, days"}, "cycle.orders": {"最少采购次数", "Least purchases"},
}

// conditionLabels are those of a condition, wherever it stands.
var conditionLabels = map[string][2]string{"input": {"依据", "Of"}, "at_least": {"至少", "At least"},
	"of": {"最近季度数", "Of quarters"}, "is": {"为", "Is"}}

func labelOf(path, key string) (zh, en string) {
	words := labels[path]
	if isCondition(path) {
		words = conditionLabels[key]
	}
	return words[0], words[1]
}

func isCondition(path string) bool {
	return len(path) > len("tiers.*.all.*.") && (path[:len("tiers.*.all.*.")] == "tiers.*.all.*." ||
		path[:len("tiers.*.any.*.")] == "tiers.*.any.*.")
}

// bounds are those of numbers; a test holds them to what Put takes.
var bounds = map[string][2]float64{
	"duplicates.suspect": {-2, 12}, "duplicates.shared": {2, 1000}, "duplicates.least_characters": {2, 20},
	"duplicates.checks_per_hour": {10, 100_000}, "duplicates.unseen_per_hour": {1, 10_000},
	"imports.keep_days": {1, 3650}, "exports.keep_days": {1, 365},
	"reveal.per_day": {0, 10_000}, "reveal.lookups_per_day": {0, 10_000}, "reveal.lookups_per_minute": {0, 10_000},
	"reveal.numbers_per_day": {0, 10_000}, "audit.keep_years": {minAuditYears, maxAuditYears},
	"backups.hours": {1, maxKept}, "backups.local_days": {1, maxKept}, "backups.days": {1, maxKept},
	"backups.weekly": {0, maxKept}, "backups.monthly": {0, maxKept}, "backups.drill_days": {1, maxKept},
	"signin.lockout.failures": {3, 10}, "signin.lockout.address_failures": {10, 1000},
	"signin.lockout.first_minutes": {1, 60}, "signin.lockout.max_minutes": {1, 24 * 60},
	"signin.session_hours": {1, 24}, "signin.link_hours": {1, 168},
	"sla.entry": {0, maxTermDays}, "sla.batch": {0, maxTermDays}, "sla.ordinary": {0, maxTermDays},
	"sla.important": {0, maxTermDays}, "sla.completion": {0, maxTermDays}, "sla.archive": {0, maxTermDays},
	"sla.purge": {0, maxTermDays}, "sla.erase": {0, maxTermDays}, "sla.export": {0, maxTermDays},
	"sla.share": {0, maxTermDays}, "sla.tier": {0, maxTermDays}, "sla.sync_error": {0, maxTermDays},
	"sla.campaign": {0, maxTermDays}, "sla.subject_request": {0, maxTermDays},
	"sla.backfill_hours":         {1, maxBackfillHours},
	"reminders.untouched_months": {0, maxReminderMonths}, "reminders.verify_months": {0, maxReminderMonths},
	"reminders.satisfaction_months": {0, maxReminderMonths}, "reminders.review_months": {0, maxReminderMonths},
	"reminders.task_days": {0, maxTermDays}, "reminders.cadence_days.*": {0, maxCadenceDays},
	"archive.months": {0, maxArchiveMonths}, "archive.keep_years": {minArchiveYears, maxArchiveYears},
	"pool.days": {0, maxPoolDays}, "pool.notice_days": {1, maxPoolNotice}, "pool.claims_per_day": {1, maxPoolClaims},
	"pool.again_days":     {0, maxPoolDays},
	"alarms.repeat_hours": {1, maxRepeat},
	"value.high_percent":  {1, 100}, "value.medium_percent": {0, 100},
	"cycle.high_days": {1, 3650}, "cycle.medium_days": {1, 3650}, "cycle.orders": {2, 100},
}

var clocks = map[string]bool{"company.open": true, "company.close": true, "backups.at": true, "notify.at": true}

var roleWords = map[string][2]string{"sales": {"销售", "Sales"}, "service": {"客服", "Service"},
	"marketing": {"市场", "Marketing"}, "finance": {"财务", "Finance"}, "manager": {"部门负责人", "Manager"},
	"executive": {"高管", "Executive"}, "data_admin": {"数据管理", "Data administrator"},
	OwnerRole: {"系统所有者", "System owner"}}

// list makes options of key, Chinese, English, key …
func list(words ...string) (all []ShapedOption) {
	for i := 0; i < len(words); i += 3 {
		all = append(all, option(words[i], words[i+1], words[i+2]))
	}
	return all
}

func choicesOf(key string) (all []ShapedOption) {
	for _, o := range fields.MustGet("customers", key).Options {
		all = append(all, option(o.Key, o.Zh, o.En))
	}
	return all
}

func roles(most int) (all []ShapedOption) {
	for _, role := range signInRoles[:most] {
		all = append(all, option(role, roleWords[role][0], roleWords[role][1]))
	}
	return all
}

// ofFields offers the fields of some collections that fit.
func ofFields(fits func(*fields.Field) bool, collections ...string) (all []ShapedOption) {
	for _, collection := range collections {
		for _, f := range fields.Of(collection) {
			path := f.Key
			if collection != "customers" {
				path = collection + "." + f.Key
			}
			if !fits(f) {
				continue
			}
			zh, en := fields.Label(path, "zh"), fields.Label(path, "en")
			if strings.HasPrefix(f.Zh, fields.CollectionLabel(collection, "zh")) { // it says itself whose it is
				zh, en = f.Zh, f.En
			}
			all = append(all, option(path, zh, en))
		}
	}
	return all
}

var belongings = []string{"customers", "contacts", "followups", "contracts", "orders", "tickets",
	"attachments"}

func changeable(f *fields.Field) bool { return !f.System && !f.Hidden }

// optionsOf are those of a choice, nil where anything may be written.
func optionsOf(path string) []ShapedOption {
	switch path {
	case "fields":
		return ofFields(func(f *fields.Field) bool { return changeable(f) && !f.Required }, belongings...)
	case "required_fields.*.*":
		return ofFields(func(f *fields.Field) bool { return !f.Hidden }, belongings...)
	case "sensitive.fields.*.*":
		return list("off", "不收集", "Off", "optional", "可选", "Optional", "required", "必填", "Required")
	case "duplicates.block", "duplicates.warn":
		exact := list("uscc", "统一社会信用代码", "Credit code", "cert_no", "证件号码", "Certificate number",
			"name", "名称", "Name", "name_mobile", "姓名和手机", "Name and mobile", "mobile", "手机", "Mobile")
		if path == "duplicates.warn" {
			exact = append(exact, option(Similar, "名称地址相似", "Similar names and addresses"))
		}
		return exact
	case "access.*.*":
		return list("absent", "不可见", "Absent", "masked", "掩码", "Masked", "reveal", "掩码，可查看", "Masked, may be shown",
			"read", "可读", "Read", "write", "可写", "Write")
	case "backups.drill":
		return list("weekly", "每周", "Weekly", "daily", "每天", "Daily", "off", "关闭", "Off")
	case "backups.places.*.kind":
		return list("folder", "目录", "Folder", "s3", "对象存储（S3）", "Object store (S3)")
	case "signin.second_factor.*":
		return list("optional", "自愿", "Optional", "required", "必须", "Required")
	case "review.mode":
		return list("all", "全部审核", "All", "key", "只审核重点", "Key ones", "none", "不审核", "None")
	case "review.key_fields":
		return ofFields(changeable, "customers")
	case "change_classes.free", "change_classes.ordinary", "change_classes.important":
		return append(list("contacts", "联系人", "Contacts"), ofFields(changeable, belongings...)...)
	case "notify.webhooks.*.kind":
		return list("wecom", "企业微信", "WeCom", "dingtalk", "钉钉", "DingTalk", "feishu", "飞书", "Feishu")
	case "alarms.conditions":
		var all []ShapedOption
		for _, code := range watch.Codes() {
			all = append(all, option(code, watch.Text(code, "zh"), watch.Text(code, "en")))
		}
		return all
	case "tiers.*.tier":
		return choicesOf("tier")
	case "tiers.*.all.*.input", "tiers.*.any.*.input":
		all := inputs(tier.Inputs())
		for i := range all {
			all[i].Parts, all[i].Words = tier.PartsOf(all[i].Key), tier.WordsOf(all[i].Key)
		}
		return all
	case "tiers.*.all.*.is", "tiers.*.any.*.is":
		return inputs(tier.Words())
	}
	return nil
}

func option(key, zh, en string) ShapedOption { return ShapedOption{Key: key, Label: zh, LabelEn: en} }

func inputs(words [][3]string) (all []ShapedOption) {
	for _, w := range words {
		all = append(all, option(w[0], w[1], w[2]))
	}
	return all
}

// keysOf are the keys of a map.
func keysOf(path string) []ShapedOption {
	switch path {
	case "required_fields", "sensitive.fields.*":
		return choicesOf("kind")
	case "required_fields.*":
		return append(list("always", "任何阶段", "At every stage"), choicesOf("stage")...)
	case "sensitive.fields":
		return ofFields(func(f *fields.Field) bool { return f.Class == fields.Sensitive && changeable(f) }, "customers")
	case "access":
		return roles(slices.Index(signInRoles, OwnerRole))
	case "access.*":
		return list("B", "基本信息", "Basic", "C", "联系信息", "Contact", "S", "敏感信息", "Sensitive",
			"F", "财务信息", "Financial", "N", "备注", "Notes")
	case "reminders.cadence_days":
		return choicesOf("tier")
	case "signin.second_factor":
		return roles(len(signInRoles))
	}
	return nil
}
