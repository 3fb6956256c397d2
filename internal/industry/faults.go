package industry

import "kehu/internal/fault"

// The refusals of Match.
var (
	ErrUnknown = fault.Define("industry_unknown",
		"没有认出行业「{text}」，请从行业列表中选择，如 制造业-专用设备制造业",
		"the industry “{text}” is not known, choose one from the list, e.g. 制造业-专用设备制造业")
	ErrAmbiguous = fault.Define("industry_ambiguous",
		"行业「{text}」可能是 {candidates}，请从中选择一个",
		"the industry “{text}” may be {candidates}, choose one of them")
)
