package collections

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"
)

func init() {
	core.AppMigrations.Register(addApprovals, nil, "1764000070_approvals.go")
}

// ApprovalKinds are what a request may be for (data.md).
var ApprovalKinds = []string{
	"entry", "change", "archive", "purge", "erase", "export", "share", "tier", "batch",
}

// addApprovals adds the requests, the company's own days, and what tasks need to be made once.
func addApprovals(app core.App) error {
	return errors.Join(createApprovals(app), createCalendar(app), extendTasks(app),
		extendExports(app), createApprovalTables(app))
}

func createApprovals(app core.App) error {
	files := &core.FileField{Name: "files", Help: "证明材料，PDF、JPG、PNG，不超过10 MB",
		MaxSize: MaxFileSize, MimeTypes: fileTypes, Protected: true, MaxSelect: maxManyFiles}
	attachments := relation("attachments", "attachments", "引用的附件", false)
	attachments.MaxSelect = maxManyFiles
	requester := relation("requester", "staff", "申请人账号", false)
	persons := jsonField("persons", "申请人的身份标记")
	requester.Hidden, persons.Hidden = true, true
	return create(app, "approvals", []core.Field{
		choice("kind", "类型", ApprovalKinds...),
		relation("customer", "customers", "客户", false), text("number", "客户编号", 60),
		relation("department", "departments", "客户所属部门", false),
		text("subject_collection", "对象", 50), text("subject_id", "对象编号", 15),
		jsonField("payload", "内容"), files, attachments,
		choice("checked_against", "核对依据", "licence", "card", "other"),
		jsonField("compliance", "合规检查：普通字段中没有敏感号码"),
		text("reason", "理由", noteMax), text("confirmed_with", "如何与客户确认", lineMax),
		text("requested_by", "申请人", 100), text("requested_by_name", "申请人姓名", 100),
		requester, persons,
		&core.DateField{Name: "requested", Help: "申请时间"},
		&core.DateField{Name: "occurred", Help: "线下发生的时间"},
		choice("state", "状态", "open", "approved", "rejected", "stale", "cancelled"),
		choice("decider_role", "由谁审批", "manager", "data_admin"),
		text("decided_by", "审批人", 100), text("decided_by_name", "审批人姓名", 100),
		&core.DateField{Name: "decided", Help: "审批时间"}, text("note", "审批意见", noteMax),
		&core.BoolField{Name: "single", Help: "单人确认"},
		&core.DateField{Name: "due", Help: "期限"},
		jsonField("provisional", "期限所依据的、放假安排尚未公布的年份"),
		&core.DateField{Name: "escalated", Help: "超期上报的时间"},
	},
		indexOn("idx_approvals_state", "approvals", "state, decider_role, due", ""),
		indexOn("idx_approvals_customer", "approvals", "customer, state", "customer != ''"),
		indexOn("idx_approvals_subject", "approvals", "subject_collection, subject_id, state", ""),
		indexOn("idx_approvals_requester", "approvals", "requester, state", ""))
}

func createCalendar(app core.App) error {
	kind := choice("kind", "休或班", "holiday", "workday")
	kind.Required = true
	date := requiredText("date", "日期，YYYY-MM-DD", 10)
	date.Pattern = `^\d{4}-\d{2}-\d{2}$`
	return create(app, "calendar_days", []core.Field{date, kind, text("name", "名称", 60)},
		uniqueOn("idx_calendar_date", "calendar_days", "date", ""))
}

// extendTasks: key makes a task once, subject is the record it is about.
func extendTasks(app core.App) error {
	c, err := app.FindCollectionByNameOrId("tasks")
	if err != nil {
		return err
	}
	key := text("key", "唯一标识", 200)
	key.Hidden = true
	c.Fields.Add(key, text("subject_collection", "对象", 50), text("subject_id", "对象编号", 15),
		text("note", "办理结果", noteMax), jsonField("provisional", "放假安排尚未公布的年份"))
	c.Indexes = append(c.Indexes, uniqueOn("idx_tasks_key", "tasks", "`key`", "`key` != ''"),
		indexOn("idx_tasks_due", "tasks", "state, due", "state = 'open'"))
	return app.Save(c)
}

// extendExports ties an export that waits to its request.
func extendExports(app core.App) error {
	c, err := app.FindCollectionByNameOrId("exports")
	if err != nil {
		return err
	}
	c.Fields.Add(relation("approval", "approvals", "审批", false))
	return app.Save(c)
}

// createApprovalTables: the sealed values that a request carries, and what happens once a day.
func createApprovalTables(app core.App) error {
	db := Through(app.NonconcurrentDB())
	return errors.Join(
		db.Exec(`CREATE TABLE IF NOT EXISTS kehu_approval_sealed (
			approval TEXT NOT NULL REFERENCES approvals (id) ON DELETE CASCADE,
			field TEXT NOT NULL, sealed BLOB NOT NULL, before BLOB NOT NULL,
			PRIMARY KEY (approval, field)) WITHOUT ROWID`),
		db.Exec(`CREATE TABLE IF NOT EXISTS kehu_once (
			name TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID`))
}
