package demo

import (
	"slices"

	"kehu/internal/places"
)

// mailDomain is reserved by RFC 2606: no message leaves for it.
const mailDomain = "demo.example"

// ownerEmail is the superuser's, for the admin pages.
const ownerEmail = "owner@" + mailDomain

// member is one of the staff.
type member struct{ login, name, role, department string }

func (m member) email() string { return m.login + "@" + mailDomain }

// staff has everyone that the product's roles know, and enough sales for lists to look real.
var staff = []member{
	{"sales1", "林知夏", "sales", "华东销售部"},
	{"sales2", "周以宁", "sales", "华东销售部"},
	{"sales3", "方清远", "sales", "华南销售部"},
	{"sales4", "罗一帆", "sales", "华南销售部"},
	{"service", "苏念真", "service", "客服部"},
	{"marketing", "唐星若", "marketing", "市场部"},
	{"finance", "何明澈", "finance", "财务部"},
	{"manager", "程望山", "manager", "销售中心"},
	{"manager2", "顾云深", "manager", "华东销售部"},
	{"executive", "沈怀瑾", "executive", "总经办"},
	{"data", "叶书言", "data_admin", "数据管理部"},
	{"data2", "白亦舒", "data_admin", "数据管理部"},
}

// department and the one above it; above stands first in the list.
type department struct{ name, above, manager string }

var departments = []department{
	{"总经办", "", "executive"},
	{"销售中心", "总经办", "manager"},
	{"华东销售部", "销售中心", "manager2"},
	{"华南销售部", "销售中心", "manager"},
	{"客服部", "总经办", "service"},
	{"市场部", "总经办", "marketing"},
	{"财务部", "总经办", "finance"},
	{"数据管理部", "总经办", "data"},
}

func memberOf(login string) member {
	return staff[slices.IndexFunc(staff, func(m member) bool { return m.login == login })]
}

// eastern tells the places that 华东销售部 looks after; 华南销售部 has the others.
func eastern(p place) bool {
	return slices.Contains([]string{"east", "north", "northeast"}, places.MacroRegion(p.code))
}
