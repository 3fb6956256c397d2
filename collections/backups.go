package collections

import (
	"github.com/pocketbase/pocketbase/core"
)

func init() {
	core.AppMigrations.Register(createBackups, nil, "1764000091_backups.go")
	ids["backups_log"] = "kehubackupslog0"
}

// createBackups builds the book of backups, drills and restores, and the table of those to whom
// backups are encrypted.
func createBackups(app core.App) error {
	err := create(app, "backups_log", []core.Field{
		requiredText("name", "备份", 200),
		choice("kind", "类型", "daily", "hourly", "manual", "drill", "restore"),
		&core.DateField{Name: "at", Help: "时间"}, &core.NumberField{Name: "size", Help: "字节"},
		text("sha256", "文件的SHA-256", 64), text("location", "位置", noteMax),
		choice("state", "状态", "running", "done", "incomplete", "failed"),
		&core.DateField{Name: "verified_at", Help: "最近校验"},
		&core.NumberField{Name: "duration", Help: "毫秒"},
		jsonField("places", "各处的副本"), jsonField("counts", "各表的行数"),
		text("error", "失败原因", noteMax), text("by", "由谁操作", 100), text("by_name", "姓名", 100),
	}, indexOn("idx_backups_at", "backups_log", "kind, at", ""),
		indexOn("idx_backups_name", "backups_log", "name", ""))
	if err != nil {
		return err
	}
	return Through(app.NonconcurrentDB()).Exec(`CREATE TABLE IF NOT EXISTS kehu_recipients (
		role TEXT PRIMARY KEY, recipient TEXT NOT NULL, made TEXT NOT NULL) WITHOUT ROWID`)
}
