package collections

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // PocketBase's own tables
)

// Lengths of texts in the collections that are not in the field table, in runes.
const (
	lineMax = 500
	noteMax = 10_000
)

func init() {
	core.AppMigrations.Register(createRegister, nil, "1763000000_register.go")
}

// createRegister builds the collections of the first version.
func createRegister(app core.App) error {
	if users, err := app.FindCollectionByNameOrId("users"); err == nil {
		if err := app.Delete(users); err != nil { // PocketBase's own, open for public sign-up
			return err
		}
	}
	for _, step := range []func(core.App) error{
		createPeople, createDictionaries, createCustomers, createBelongings, createWork,
		createSideTables,
	} {
		if err := step(app); err != nil {
			return err
		}
	}
	return nil
}

func createPeople(app core.App) error {
	parent := relation("parent", "departments", "上级部门", false)
	if err := create(app, "departments", []core.Field{requiredText("name", "部门名称", 100)},
		uniqueOn("idx_departments_name", "departments", "name", "")); err != nil {
		return err
	}
	if err := createStaff(app); err != nil {
		return err
	}
	c, err := app.FindCollectionByNameOrId("departments")
	if err != nil {
		return err
	}
	path := text("path", "所在的部门链", lineMax) // /head/below/: what row rules compare
	path.Hidden = true
	c.Fields.Add(parent, relation("manager", "staff", "部门负责人", false), path)
	return app.Save(c)
}

// Roles are what a member of staff may be (roles.md).
var Roles = []string{
	"sales", "service", "marketing", "finance", "manager", "executive", "data_admin",
}

func createStaff(app core.App) error {
	c := core.NewAuthCollection("staff", ids["staff"])
	role := choice("role", "角色：销售、客服、市场、财务、部门负责人、高管、数据管理", Roles...)
	role.Required = true
	c.Fields.Add(requiredText("name", "姓名", 100), role,
		relation("department", "departments", "部门", false),
		&core.BoolField{Name: "active", Help: "在职；停用后不能登录"})
	stamp(c)
	c.AuthRule = nil
	c.Indexes = append(c.Indexes, indexOn("idx_staff_department", "staff", "department", ""),
		indexOn("idx_staff_name", "staff", "name", ""))
	c.PasswordAuth.Enabled = true
	c.PasswordAuth.IdentityFields = []string{"email"}
	return app.Save(c)
}

func createDictionaries(app core.App) error {
	code := func() core.Field { // the id is the standard's code
		return &core.TextField{Name: "id", Pattern: `^[A-Z0-9]+$`, Min: 1, Max: 10,
			PrimaryKey: true, Required: true, System: true}
	}
	return errors.Join(
		create(app, "tags", []core.Field{requiredText("name", "标签，不超过10个字", 10),
			&core.BoolField{Name: "system", Help: "系统标签"}, text("colour", "颜色", 20)},
			uniqueOn("idx_tags_name", "tags", "name", "")),
		create(app, "industries", []core.Field{code(), requiredText("name", "行业名称", 100),
			text("parent", "上级", 10), &core.NumberField{Name: "level", Help: "1门类 2大类 3中类 4小类"}},
			indexOn("idx_industries_parent", "industries", "parent", "")),
		create(app, "divisions", []core.Field{code(), requiredText("name", "名称", 100),
			text("parent", "上级", 10), &core.NumberField{Name: "level", Help: "1省 2市 3区县"}},
			indexOn("idx_divisions_parent", "divisions", "parent", "")),
		create(app, "policies", []core.Field{requiredText("key", "策略", 50),
			jsonField("value", "取值"), text("note", "说明", lineMax)},
			uniqueOn("idx_policies_key", "policies", "key", "")),
	)
}

func createCustomers(app core.App) error {
	c := core.NewBaseCollection("customers", ids["customers"])
	for _, f := range fromTable("customers") {
		if f.GetName() != "parent" && f.GetName() != "campaign" { // of collections that are not there yet
			c.Fields.Add(f)
		}
	}
	stamp(c)
	const t = "customers"
	c.Indexes = []string{
		uniqueOn("idx_customers_number", t, "number", "number != ''"),
		uniqueOn("idx_customers_uscc", t, "uscc", "uscc != ''"),
		uniqueOn("idx_customers_doc", t, "doc", ""),
		indexOn("idx_customers_name", t, "name, mobile", ""),
		indexOn("idx_customers_mobile", t, "mobile", "mobile != ''"),
		indexOn("idx_customers_owner", t, "owner, updated", ""),
		indexOn("idx_customers_department", t, "department, updated", ""),
		indexOn("idx_customers_updated", t, "updated", ""),
		indexOn("idx_customers_deal", t, "has_deal, updated", "has_deal = TRUE"),
	}
	if err := app.Save(c); err != nil {
		return err
	}
	c.Fields.Add(relation("parent", "customers", "上级客户：集团客户的上级", false))
	c.Indexes = append(c.Indexes, indexOn("idx_customers_parent", t, "parent", "parent != ''"))
	return app.Save(c)
}

func createBelongings(app core.App) error {
	indexes := map[string][]string{
		"contacts": {indexOn("idx_contacts_mobile", "contacts", "mobile", "mobile != ''")},
		"contracts": {uniqueOn("idx_contracts_number", "contracts", "number", "number != ''"),
			indexOn("idx_contracts_signed", "contracts", "signed", "")},
		"orders": {indexOn("idx_orders_number", "orders", "number", "number != ''"),
			indexOn("idx_orders_date", "orders", "date", "")},
		"tickets": {uniqueOn("idx_tickets_number", "tickets", "number", "number != ''")},
	}
	for _, name := range Belongings {
		own := append([]core.Field{owned()}, fromTable(name)...)
		all := append([]string{indexOn("idx_"+name+"_customer", name, "customer", "")},
			indexes[name]...)
		if err := create(app, name, own, all...); err != nil {
			return err
		}
	}
	return nil
}

func createWork(app core.App) error {
	return errors.Join(createTasks(app), createImports(app), createExports(app), createPairs(app))
}

func createTasks(app core.App) error {
	customer := owned()
	customer.Required = false
	return create(app, "tasks", []core.Field{
		choice("kind", "类型", "complete", "verify", "review", "satisfaction", "followup",
			"campaign", "sync_error", "subject", "approval", "custom"),
		customer, relation("assignee", "staff", "由谁办理", false),
		requiredText("title", "标题", lineMax),
		&core.DateField{Name: "due", Help: "期限"},
		choice("state", "状态", "open", "done", "cancelled"),
		text("done_by", "办理人", 100), &core.DateField{Name: "done_at", Help: "办理时间"},
	},
		indexOn("idx_tasks_assignee", "tasks", "assignee, state, due", ""),
		indexOn("idx_tasks_customer", "tasks", "customer, kind, state", ""))
}

func createImports(app core.App) error {
	file := &core.FileField{Name: "file", Help: "工作簿，加密保存", Protected: true, MaxSelect: 1,
		MaxSize: 1 << 30, Hidden: true}
	err := create(app, "imports", []core.Field{
		text("file_name", "文件名", 300), text("hash", "文件的SHA-256", 64), file,
		text("collection", "导入到", 50),
		choice("state", "状态", "previewing", "ready", "running", "done", "failed", "cancelled",
			"undone"),
		jsonField("mapping", "列的对应关系"), jsonField("options", "选项"),
		jsonField("counts", "各种结果的行数"), jsonField("preview", "预览"),
		text("error", "失败原因", noteMax), text("note", "说明", noteMax),
		&core.NumberField{Name: "total", Help: "行数"},
		&core.NumberField{Name: "next_row", Help: "下一行", Hidden: true},
		&core.DateField{Name: "started", Help: "开始"},
		&core.DateField{Name: "finished", Help: "结束"},
		text("by", "由谁导入", 100), text("by_name", "姓名", 100),
		relation("department", "departments", "部门", false),
	}, indexOn("idx_imports_created", "imports", "created", ""))
	if err != nil {
		return err
	}
	parent := relation("import", "imports", "导入任务", true)
	parent.CascadeDelete = true
	before := jsonField("before", "更新之前的值")
	before.Hidden = true
	return createBare(app, "import_rows", []core.Field{
		parent, &core.NumberField{Name: "row", Help: "行号"},
		choice("outcome", "结果", "created", "updated", "unchanged", "incomplete", "duplicate",
			"failed", "blank"),
		text("record", "写入的记录", 15), jsonField("errors", "错误"),
		jsonField("raw", "原文"), before,
		choice("decision", "处理", "create", "update", "skip", "undone"),
		text("stamp", "写入时间", 30),
	}, uniqueOn("idx_import_rows_row", "import_rows", "`import`, `row`", ""),
		indexOn("idx_import_rows_outcome", "import_rows", "`import`, outcome, `row`",
			"outcome != 'created' AND outcome != 'unchanged'"))
}

// createBare is create without time stamps: a row of an import is as old as its import.
func createBare(app core.App, name string, own []core.Field, indexes ...string) error {
	c := core.NewBaseCollection(name, ids[name])
	c.Fields.Add(own...)
	c.Indexes = indexes
	return app.Save(c)
}

func createExports(app core.App) error {
	file := &core.FileField{Name: "file", Help: "文件，加密保存", Protected: true, MaxSelect: 1,
		MaxSize: 1 << 30, Hidden: true}
	return create(app, "exports", []core.Field{
		text("collection", "内容", 50), choice("format", "格式", "xlsx", "csv"),
		text("filter", "筛选", noteMax), jsonField("columns", "列"),
		requiredText("reason", "用途", noteMax),
		choice("state", "状态", "awaiting_approval", "running", "done", "failed", "expired"),
		&core.NumberField{Name: "rows", Help: "行数"}, text("error", "失败原因", noteMax), file,
		&core.DateField{Name: "expires", Help: "失效时间"}, text("by", "由谁导出", 100),
		text("by_name", "姓名", 100),
	}, indexOn("idx_exports_created", "exports", "created", ""))
}

func createPairs(app core.App) error {
	a, b := relation("a", "customers", "客户", true), relation("b", "customers", "客户", true)
	a.CascadeDelete, b.CascadeDelete = true, true
	return create(app, "duplicate_pairs", []core.Field{a, b,
		&core.NumberField{Name: "score", Help: "相似度"}, jsonField("reasons", "理由"),
		choice("state", "状态", "open", "merged", "distinct"),
		text("decided_by", "由谁决定", 100), text("confirmed_reason", "确认理由", noteMax),
		text("confirmed_by", "由谁确认", 100),
	}, uniqueOn("idx_pairs", "duplicate_pairs", "a, b", ""),
		indexOn("idx_pairs_b", "duplicate_pairs", "b", ""))
}
