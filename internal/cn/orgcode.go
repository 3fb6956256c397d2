package cn

import (
	"strings"

	"kehu/internal/fault"
)

const orgCodeLength = 9

// Organisation code faults.
var (
	ErrOrgCodeLength = fault.Define("org_code_length",
		"组织机构代码应为 9 位（8 位本体加 1 位校验码），请核对",
		"An organisation code has 9 characters, the last a check character; check it")
	ErrOrgCodeCharacters = fault.Define("org_code_characters",
		"组织机构代码只含数字和大写字母，末位为数字或 X，请核对",
		"An organisation code has digits and capitals only, the last a digit or X; check it")
	ErrOrgCodeCheck = fault.Define("org_code_check_character",
		"组织机构代码校验不通过，请按证书逐位核对",
		"The organisation code's check character does not fit; check it against the certificate")
)

// OrgCode is an organisation code of GB 11714-1997.
type OrgCode struct{ code string }

// ParseOrgCode reads an organisation code, with or without the dash before its check character.
func ParseOrgCode(s string) (OrgCode, []*fault.Fault, error) {
	code := foldCode(s)
	switch {
	case code == "":
		return OrgCode{}, nil, ErrEmpty
	case len([]rune(code)) != orgCodeLength:
		return OrgCode{}, nil, ErrOrgCodeLength
	case !isPlainCode(code) || !isDigit(code[8]) && code[8] != 'X',
		strings.Trim(code, "0") == "":
		return OrgCode{}, nil, ErrOrgCodeCharacters
	case orgCheck(code[:8]) != code[8]:
		return OrgCode{}, nil, ErrOrgCodeCheck
	}
	return OrgCode{code}, nil, nil
}

// String is the nine characters without a dash.
func (c OrgCode) String() string { return c.code }
