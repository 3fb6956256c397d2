package match

import "math"

// Level is what a pair is.
type Level string

// The levels.
const (
	Different Level = ""
	Related   Level = "related"   // branch, subsidiary, shop of one brand: parent and child instead
	Suspected Level = "suspected" // people decide
	Exact     Level = "exact"     // one and the same by an identifier
)

// Reason says in which way two customers agree. Its text is for people, its code is stored.
type Reason string

// The reasons.
const (
	SameCode      Reason = "uscc"
	SameOrg       Reason = "org_code"
	SameRegNo     Reason = "reg_no"
	SameCert      Reason = "cert_no"
	SameAccount   Reason = "bank_account"
	SameName      Reason = "name"
	SameNameOnly  Reason = "name_written"
	SamePhoneName Reason = "name_mobile"
	SameCore      Reason = "name_core"
	SameSound     Reason = "name_sound"
	OneSlip       Reason = "name_slip"
	ShortName     Reason = "name_short"
	SameBrand     Reason = "brand"
	SameMobile    Reason = "mobile"
	SharedMobile  Reason = "mobile_shared"
	SameLine      Reason = "landline"
	SameEmail     Reason = "email"
	SameDomain    Reason = "domain"
	SameAddress   Reason = "address"
	SameHouse     Reason = "address_house"
	SameLegal     Reason = "legal_representative"
	SameContact   Reason = "contact"
	SameRegion    Reason = "region"
	CodesDiffer   Reason = "uscc_differs"
	IsBranch      Reason = "branch"
	OtherBranch   Reason = "branch_sibling"
	OtherRegion   Reason = "region_differs"
	OtherTrade    Reason = "trade_differs"
	IsGroup       Reason = "group"
)

var reasonTexts = map[Reason][2]string{
	SameCode:      {"统一社会信用代码相同", "the credit code is the same"},
	SameOrg:       {"统一代码主体标识相同", "the organisation code within the credit code is the same"},
	SameRegNo:     {"注册号相同", "the registration number is the same"},
	SameCert:      {"证件号码相同", "the certificate number is the same"},
	SameAccount:   {"银行账号相同", "the bank account is the same"},
	SameName:      {"名称相同", "the name is the same"},
	SameNameOnly:  {"名称只有写法不同（全半角、括号、大小写、繁简）", "the name differs only in width, brackets, case or script"},
	SamePhoneName: {"姓名和手机号相同", "name and mobile are the same"},
	SameCore:      {"名称去除地区和组织形式后相同", "the name is the same without region and legal form"},
	SameSound:     {"名称读音相同", "the name sounds the same"},
	OneSlip:       {"名称只差一个字", "the name differs in one character"},
	ShortName:     {"一方是另一方的简称", "one is the short name of the other"},
	SameBrand:     {"字号相同", "the brand is the same"},
	SameMobile:    {"手机号相同", "the mobile is the same"},
	SharedMobile:  {"手机号相同（多个客户共用）", "the mobile is the same, shared by many"},
	SameLine:      {"座机相同", "the landline is the same"},
	SameEmail:     {"邮箱相同", "the e-mail address is the same"},
	SameDomain:    {"邮箱域名相同", "the mail domain is the same"},
	SameAddress:   {"地址相同", "the address is the same"},
	SameHouse:     {"地址在同一门牌", "the address is at the same number"},
	SameLegal:     {"法定代表人相同", "the legal representative is the same"},
	SameContact:   {"联系人相同", "a contact is the same"},
	SameRegion:    {"地区相同", "the region is the same"},
	CodesDiffer:   {"统一社会信用代码不同", "the credit codes differ"},
	IsBranch:      {"是总部与分支机构的关系", "one is a branch of the other"},
	OtherBranch:   {"是同一总部的不同分支机构", "they are branches of one head"},
	OtherRegion:   {"同一字号，地区不同", "one brand, other regions"},
	OtherTrade:    {"同一字号，行业不同", "one brand, other trades"},
	IsGroup:       {"是集团与成员的关系", "one is the group of the other"},
}

// In is the reason in a language, zh or en.
func (r Reason) In(lang string) string {
	texts := reasonTexts[r]
	if lang == "en" {
		return texts[1]
	}
	return texts[0]
}

// Known tells whether a stored code is one of the reasons.
func (r Reason) Known() bool { return reasonTexts[r] != [2]string{} }

// Verdict is what two customers were found to be.
type Verdict struct {
	Level   Level
	Bits    float64 // binary logarithm of the odds that they are one
	Reasons []Reason
}

// Score is the probability that they are one, with two decimals; an identifier makes it 1.
func (v Verdict) Score() float64 {
	switch v.Level {
	case Exact:
		return 1
	case Related:
		return 0
	}
	return math.Round(100/(1+math.Pow(2, -v.Bits))) / 100
}

// Limits are the company's choice of when to ask.
type Limits struct {
	Suspect float64 // bits from which a pair is suspected
	Shared  int     // customers from which a phone says nothing by itself
	Mobile  bool    // the same mobile is asked about by itself (R4.2)
}

// DefaultLimits asks where it is likelier than not that two are one.
var DefaultLimits = Limits{Suspect: 1, Shared: 5, Mobile: true}
