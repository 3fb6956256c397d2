package fields

// beside are the labels of what people write that the table of fields does not list: records beside the
// customers by "collection.key", and what means the same everywhere by its key.
var beside = map[string][2]string{
	"departments.name": {"部门名称", "Department's name"}, "departments.parent": {"上级部门", "Department above"},
	"departments.manager": {"部门负责人", "Head of the department"}, "path": {"部门链", "Chain of departments"},
	"staff.name": {"姓名", "Name"}, "role": {"角色", "Role"}, "department": {"部门", "Department"},
	"active": {"在职", "Active"}, "email": {"邮箱", "E-mail"}, "emailVisibility": {"公开邮箱", "Visible e-mail"},
	"verified": {"已验证", "Verified"}, "password": {"密码", "Password"}, "passwordConfirm": {"确认密码", "Password again"},
	"oldPassword": {"当前密码", "Present password"}, "tokenKey": {"令牌密钥", "Token key"},
	"tags.name": {"标签名称", "Tag"}, "system": {"系统标签", "System tag"}, "colour": {"颜色", "Colour"},
	"key": {"策略", "Policy"}, "value": {"取值", "Value"}, "note": {"说明", "Note"}, "id": {"编号", "Id"},
	"approvals.note": {"审批意见", "Note"}, "date": {"日期", "Date"}, "calendar_days.kind": {"休或班", "Holiday or working day"},
	"calendar_days.name": {"名称", "Name"}, "campaigns.name": {"活动名称", "Campaign's name"},
	"campaigns.kind": {"活动类型", "Kind of campaign"}, "place": {"地点", "Place"}, "owner": {"负责人", "Owner"},
	"starts": {"开始日期", "Start"}, "ends": {"结束日期", "End"}, "state": {"状态", "State"},
	"closed": {"办结时间", "Closed"}, "closed_by": {"由谁办结", "Closed by"}, "closed_by_name": {"办结人", "Closed by"},
	"reason": {"理由", "Reason"}, "contacts": {"联系人", "Contacts"}, "attachments": {"附件", "Attachments"},
	"files": {"证明材料", "Evidence"}, "occurred": {"线下发生的时间", "When it happened"},
	"confirmed_with": {"如何与客户确认", "How it was confirmed"}, "checked_against": {"核对依据", "Checked against"},
	"last_contact": {"最后联系日期", "Last contact"}, "filter": {"筛选条件", "Filter"}, "columns": {"列", "Columns"},
	"file": {"文件", "File"}, "created": {"创建时间", "Created"}, "updated": {"更新时间", "Updated"},
	"title": {"标题", "Title"}, "from": {"移交人", "From"}, "to": {"接收人", "To"}, "customers": {"客户", "Customers"}, "customer": {"客户", "Customer"},
}

func besideLabel(collection, key, lang string) (label string, known bool) {
	both, known := beside[collection+"."+key]
	if !known {
		both, known = beside[key]
	}
	if lang == "en" {
		return both[1], known
	}
	return both[0], known
}
