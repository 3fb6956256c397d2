package places

import "kehu/internal/fault"

// The refusals of Parse. The address is returned beside them, filled as far as it was understood.
var (
	ErrNotFound = fault.Define("division_not_found",
		"没有认出「{text}」里的省市区，请从省份写起，如 广东省深圳市南山区科技园1号",
		"no province, city or district was recognised in “{text}”, start from the province, "+
			"e.g. 广东省深圳市南山区科技园1号")
	ErrTooCoarse = fault.Define("division_too_coarse",
		"地址只写到{found}，缺少{missing}，请补充到区县{hint}",
		"the address stops at {found} and lacks the {lacking}, "+
			"add it down to the district{hint_en}")
	ErrAmbiguous = fault.Define("division_ambiguous",
		"「{text}」可能是 {candidates}，请写明省市区",
		"“{text}” may be {candidates}, write the province, city and district")
	ErrConflict = fault.Define("division_conflict",
		"「{below}」不在{above}内（{candidates}），请核对省市区",
		"“{below}” is not in {above} ({candidates}), check the province, city and district")
)

// The warnings of Parse: the address is understood, and a person may want to know how.
var (
	WarnHistoric = fault.Define("division_historic",
		"「{old}」是旧区划名，已按现行区划归入{now}，请核对",
		"“{old}” is a former division, now taken as {now}, please check")
	WarnGuessed = fault.Define("division_guessed",
		"没有写省市，按「{text}」认作{now}，请核对",
		"no province or city is written, “{text}” was taken as {now}, please check")
	WarnZone = fault.Define("division_zone",
		"「{zone}」不是行政区划，已归入{now}，请核对",
		"“{zone}” is a development zone, not a division, taken as {now}, please check")
	WarnZoneUnknown = fault.Define("division_zone_unknown",
		"「{zone}」是开发区之类的名称，不是行政区划，请写明所在区县",
		"“{zone}” is a development zone, not a division, write the district that it lies in")
)
