package merge

import "kehu/internal/fault"

// Faults of a merge that looks wrong.
var (
	ErrFew = fault.Define("merge_few", "请至少选择两位不同的客户：一位保留，其余合并到它",
		"Choose at least two different customers: one that stays, and the others")
	ErrMany = fault.Define("merge_many", "一次最多合并{n}位客户，请分几次进行",
		"At most {n} customers are merged at once, do it in parts")
	ErrChoice = fault.Define("merge_choice", "「{field}」不能这样选择：请从参与合并的客户中选一位",
		"{field} cannot be chosen like this: name one of the customers that are merged")
	ErrKinds = fault.Define("merge_kinds", "个人客户不能与企业或机构合并，可以设为上级客户或联系人",
		"An individual is not merged with an organisation; make it a contact or a parent instead")
	ErrPending = fault.Define("merge_pending", "{number} 正在审核中，请先审核或撤回后再合并",
		"{number} is under review: have it decided or withdrawn first")
	ErrCodes = fault.Define("merge_codes",
		"统一社会信用代码都有效但不同，通常不是同一客户；确认合并请选定一个代码并填写理由",
		"Both credit codes are valid and differ, so these are mostly two customers; to merge them choose "+
			"the code and give a reason")
	ErrCertificates = fault.Define("merge_certificates",
		"证件号码不同，通常不是同一个人；确认合并请选定一个号码并填写理由",
		"The certificate numbers differ, so these are mostly two persons; to merge them choose the number "+
			"and give a reason")
	ErrReviewed = fault.Define("merge_reviewed",
		"「{field}」的值来自未经审核的客户，不能通过合并写入有效客户；请选已审核的值，或提交变更申请",
		"{field} would come from a customer that nobody reviewed; choose a reviewed value, or request the change")
	ErrTags = fault.Define("merge_tags", "合并后的标签超过{n}个，请选择保留哪一位的标签",
		"There would be more than {n} tags, choose whose tags stay")
)

// Because are the reasons of a suggestion.
var (
	BecauseSame  = fault.Define("merge_because_same", "各记录相同", "The same in all of them")
	BecauseOnly  = fault.Define("merge_because_only", "只有这条记录有值", "The only one that has a value")
	BecauseValid = fault.Define("merge_because_valid", "符合标准，其他值是例外",
		"Fits the standard, the others are exceptions")
	BecauseComplete = fault.Define("merge_because_complete", "更完整", "More complete")
	BecauseVerified = fault.Define("merge_because_verified", "核实日期更近（{date}）",
		"Verified later ({date})")
	BecauseNewer  = fault.Define("merge_because_newer", "更新时间更近", "Updated later")
	BecauseUnion  = fault.Define("merge_because_union", "标签合在一起保留", "All tags are kept")
	BecauseActive = fault.Define("merge_because_active", "已审核生效", "It is active")
	BecauseMore   = fault.Define("merge_because_more", "业务记录更多", "It has more records")
	BecauseOlder  = fault.Define("merge_because_older", "建档更早", "It was entered first")
	BecauseReview = fault.Define("merge_because_reviewed", "已审核的值", "The value that was reviewed")
)
