package collections

import "github.com/pocketbase/pocketbase/core"

func init() {
	ids["merges"] = "kehumerges00000"
	core.AppMigrations.Register(createMerges, nil, "1764000060_merges.go")
}

// mergeTables stand beside the merges: where the id and the number of a merged customer lead, and
// which customers' rows a merge changed.
var mergeTables = []string{
	`CREATE TABLE IF NOT EXISTS kehu_merged (
		id TEXT PRIMARY KEY, number TEXT NOT NULL, survivor TEXT NOT NULL,
		merge TEXT NOT NULL) WITHOUT ROWID`,
	`CREATE INDEX IF NOT EXISTS kehu_merged_number ON kehu_merged (number)`,
	`CREATE INDEX IF NOT EXISTS kehu_merged_survivor ON kehu_merged (survivor)`,
	`CREATE TABLE IF NOT EXISTS kehu_merge_touched (
		customer TEXT NOT NULL, merge TEXT NOT NULL,
		PRIMARY KEY (customer, merge)) WITHOUT ROWID`,
}

func createMerges(app core.App) error {
	snapshot := text("snapshot", "合并前的全部内容，加密保存", 0)
	sealed := text("sealed", "敏感号码，逐项加密", 0)
	snapshot.Hidden, sealed.Hidden = true, true
	err := create(app, "merges", []core.Field{
		text("kept", "保留的客户", 15), jsonField("merged", "合并进来的客户"),
		jsonField("numbers", "客户编号"), jsonField("choices", "逐项选择"), snapshot, sealed,
		text("reason", "理由", noteMax), text("by", "由谁合并", 100), text("by_name", "姓名", 100),
		relation("department", "departments", "部门", false),
		&core.NumberField{Name: "seq", Help: "次序", Hidden: true},
		&core.DateField{Name: "undone", Help: "撤销时间"},
		text("undone_by", "由谁撤销", 100), text("undone_by_name", "姓名", 100),
		jsonField("left", "撤销后留在保留客户上的内容"),
	}, indexOn("idx_merges_kept", "merges", "kept", ""), uniqueOn("idx_merges_seq", "merges", "seq", ""),
		indexOn("idx_merges_created", "merges", "created", ""))
	if err != nil {
		return err
	}
	return execAll(Through(app.NonconcurrentDB()), mergeTables)
}
