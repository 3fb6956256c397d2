package register

import "kehu/internal/fault"

// Faults of a record.
var (
	ErrRequired = fault.Define("required", "请填写{field}", "Give {field_en}")
	ErrTooLong  = fault.Define("too_long", "内容过长，最多{max}个字",
		"Too long, at most {max} characters")
	ErrOption = fault.Define("option_unknown", "「{value}」不在选项中，可选：{options}",
		"“{value}” is not one of the options: {options}")
	ErrNumber = fault.Define("number_invalid", "「{value}」不是数字，请填写数字",
		"“{value}” is not a number, give a number")
	ErrRange = fault.Define("number_range", "须在{min}到{max}之间",
		"It must lie between {min} and {max}")
	ErrNotFound = fault.Define("reference_unknown", "找不到「{value}」，请核对后填写",
		"“{value}” is not in the register, check it")
	ErrNobody = fault.Define("staff_unknown", "员工中没有「{value}」，请先在员工页建立，或改填已有员工的姓名",
		"No member of staff is called “{value}”: enter the member first, or give another name")
	ErrTag = fault.Define("tag_unknown", "没有标签「{value}」，请先建立该标签或从列表中选择",
		"There is no tag “{value}”, create it first or choose from the list")
	ErrOrder = fault.Define("date_order", "结束日期{second}早于开始日期{first}，请核对",
		"The end {second} is before the start {first}, check both")
	ErrFuture = fault.Define("date_future", "日期{value}在将来，请核对",
		"The date {value} is in the future, check it")
	ErrNotCollected = fault.Define("not_collected", "本公司不收集此项信息，请勿填写",
		"This company does not collect this, leave it empty")
	ErrSensitiveOff = fault.Define("sensitive_not_collected",
		"按本公司策略不得收集此类客户的{field}，请勿填写",
		"The company's policy does not allow {field_en} for this kind of customer, leave it empty")
	ErrNoConsent = fault.Define("sensitive_no_consent",
		"没有客户对{field}的授权记录，请先登记授权",
		"There is no recorded consent for {field_en}, record it first")
	ErrSensitiveText = fault.Define("sensitive_in_text",
		"内容中有{what}，请删去；证件号码和银行账号只能填在专门的字段里",
		"The text holds a {what_en}; take it out, such numbers belong in their own field only")
	ErrOnlyIndividual = fault.Define("only_individual", "只有个人客户可以填写{field}",
		"Only an individual has {field_en}")
	ErrCertType = fault.Define("cert_type_missing", "填写证件号码时请选择证件类型",
		"Choose the certificate type of the number")
	ErrGender = fault.Define("gender_conflict", "性别与身份证号码不一致，请核对",
		"The gender does not agree with the resident ID, check both")
	ErrLegacy = fault.Define("legacy_reg_no_confirm",
		"15位旧注册号须说明理由并确认后才能保存，请优先填写18位统一社会信用代码",
		"An old 15-digit number is kept only with a confirmed reason; give the 18-character code if you can")
	ErrMaskedText = fault.Define("value_masked", "「{value}」是打了掩码的值，请填写完整内容",
		"“{value}” is masked, give the whole value")
	ErrBand = fault.Define("band_spans", "「{value}」跨越两个档次，请从选项中选择：{options}",
		"“{value}” spans two bands, choose one of {options}")
	ErrReason = fault.Define("confirm_reason", "确认理由至少4个字",
		"The reason must have at least 4 characters")
	ErrSeveralPhones = fault.Define("phone_more",
		"一格里有多个号码，只保存了第一个，其余保留在原始值里",
		"Several numbers in one cell: the first is stored, the others stay in the originals")
	ErrSeveralEmails = fault.Define("email_more",
		"一格里有多个邮箱，只保存了第一个，其余保留在原始值里",
		"Several addresses in one cell: the first is stored, the others stay in the originals")
	ErrSelfParent = fault.Define("parent_self", "上级客户不能是客户自己或其下级",
		"A customer cannot stand above itself")
)
