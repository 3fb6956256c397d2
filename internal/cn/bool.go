package cn

import (
	"strings"

	"kehu/internal/fault"
)

// ErrBoolFormat is the fault of an answer that is neither yes nor no.
var ErrBoolFormat = fault.Define("bool_format", "请填 是 或 否", "Write yes or no (是 or 否)")

// ParseBool reads yes and no as people write them in sheets: 是 否, 有 无, √ ×, Y N, 1 0….
func ParseBool(s string) (bool, []*fault.Fault, error) {
	switch strings.ToLower(Name(s)) {
	case "":
		return false, nil, ErrEmpty
	case "是", "有", "对", "真", "已", "√", "✓", "✔", "☑", "v", "y", "yes", "t", "true", "on",
		"1", "1.0":
		return true, nil, nil
	case "否", "无", "没有", "不", "不是", "错", "假", "未", "×", "✗", "✘", "☐", "x", "n", "no", "f",
		"false", "off", "0", "0.0":
		return false, nil, nil
	}
	return false, nil, ErrBoolFormat
}
