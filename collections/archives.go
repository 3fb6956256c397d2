package collections

import (
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
)

func init() {
	ids["archives"] = "kehuarchives000"
	others["archives"] = with(each(fields.Contact, "reason", "restore_reason"), each(fields.Basic,
		"number", "name", "kind", "archived", "archived_by", "archived_by_name", "approved_by",
		"approved_by_name", "retain_until", "hold_reason", "hold_until", "owner", "department",
		"last_contact", "state", "counts", "restored", "restored_by", "restored_by_name", "purged",
		"purged_by", "purged_by_name", "certificate"))
	SealedPlaces = append(SealedPlaces, SealedPlace{Table: "archives", Column: "snapshot",
		Again: WholeValue("archives", "snapshot")})
	core.AppMigrations.Register(createArchives, nil, "1764000110_archives.go")
}

// archiveTables stand beside the archives. A customer in the archive keeps its sealed values and
// its key where they are: kehu_sealed and kehu_subject_keys let go of the customers' table, so that
// a rotation of keys and an erasure reach them as before, and no copy of the key is made.
var archiveTables = []string{
	// by what a customer in the archive is found: its exact keys, and who could see it
	`CREATE TABLE IF NOT EXISTS kehu_archived (
		customer TEXT PRIMARY KEY, archive TEXT NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL,
		name TEXT NOT NULL, uscc TEXT NOT NULL, mobile TEXT NOT NULL, owner TEXT NOT NULL,
		department TEXT NOT NULL, has_deal INTEGER NOT NULL, marketable INTEGER NOT NULL)
		WITHOUT ROWID`,
	`CREATE INDEX IF NOT EXISTS kehu_archived_number ON kehu_archived (number)`,
	`CREATE INDEX IF NOT EXISTS kehu_archived_name ON kehu_archived (name)`,
	`CREATE INDEX IF NOT EXISTS kehu_archived_uscc ON kehu_archived (uscc) WHERE uscc != ''`,
	// its stored files; gone: destroyed, and to be deleted from the store
	`CREATE TABLE IF NOT EXISTS kehu_archive_files (
		place TEXT NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL, archive TEXT NOT NULL,
		gone INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (place, record, name)) WITHOUT ROWID`,
	`CREATE INDEX IF NOT EXISTS kehu_archive_files_of ON kehu_archive_files (archive)`,
	// values that name a customer and wait until both are back in the register
	`CREATE TABLE IF NOT EXISTS kehu_archive_parted (
		place TEXT NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL, customer TEXT NOT NULL,
		PRIMARY KEY (place, record, name)) WITHOUT ROWID`,
	// and suspicions about two of whom one is in the archive, as rows of duplicate_pairs
	`CREATE TABLE IF NOT EXISTS kehu_archive_pairs (
		a TEXT NOT NULL, b TEXT NOT NULL, pair TEXT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID`,

	`DROP INDEX IF EXISTS kehu_sealed_blind`,
	`ALTER TABLE kehu_sealed RENAME TO kehu_sealed_before`,
	`CREATE TABLE kehu_sealed (
		customer TEXT NOT NULL, field TEXT NOT NULL, sealed BLOB NOT NULL, blind BLOB NOT NULL,
		index_key INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (customer, field)) WITHOUT ROWID`,
	`INSERT INTO kehu_sealed SELECT customer, field, sealed, blind, index_key
		FROM kehu_sealed_before`,
	`DROP TABLE kehu_sealed_before`,
	`CREATE INDEX kehu_sealed_blind ON kehu_sealed (field, blind)`,
	`ALTER TABLE kehu_subject_keys RENAME TO kehu_subject_keys_before`,
	`CREATE TABLE kehu_subject_keys (
		customer TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID`,
	`INSERT INTO kehu_subject_keys SELECT customer, wrapped FROM kehu_subject_keys_before`,
	`DROP TABLE kehu_subject_keys_before`,
	`CREATE TRIGGER IF NOT EXISTS kehu_sealed_gone AFTER DELETE ON customers
		WHEN NOT EXISTS (SELECT 1 FROM kehu_archived WHERE customer = OLD.id) BEGIN
		DELETE FROM kehu_sealed WHERE customer = OLD.id;
		DELETE FROM kehu_subject_keys WHERE customer = OLD.id;
	END`,
}

// ArchiveStates are what became of what was archived.
var ArchiveStates = []string{"kept", "restored", "purged"}

func createArchives(app core.App) error {
	snapshot := text("snapshot", "归档内容，加密保存", 0)
	deal := &core.BoolField{Name: "has_deal", Help: "有交易", Hidden: true}
	market := &core.BoolField{Name: "marketable", Help: "可营销", Hidden: true}
	customer := text("customer", "客户的内部编号", 15)
	snapshot.Hidden, customer.Hidden = true, true
	err := create(app, "archives", []core.Field{
		customer, text("number", "客户编号", 60), text("name", "客户名称", 200),
		choice("kind", "客户类型", "enterprise", "individual", "institution"),
		text("reason", "归档原因", noteMax), &core.DateField{Name: "archived", Help: "归档时间"},
		text("archived_by", "由谁提出归档", 100), text("archived_by_name", "姓名", 100),
		text("approved_by", "由谁批准", 100), text("approved_by_name", "姓名", 100),
		text("retain_until", "保存期限：此日起可以申请销毁", 10),
		text("hold_reason", "不得销毁的原因", noteMax), text("hold_until", "不得销毁至", 10),
		relation("owner", "staff", "负责人", false), relation("department", "departments", "部门", false),
		text("last_contact", "最后联系日期", 10), choice("state", "状态：已归档、已恢复、已销毁",
			ArchiveStates...), jsonField("counts", "内容的数量"), snapshot, deal, market,
		&core.DateField{Name: "restored", Help: "恢复时间"}, text("restored_by", "由谁恢复", 100),
		text("restored_by_name", "姓名", 100), text("restore_reason", "恢复原因", noteMax),
		&core.DateField{Name: "purged", Help: "销毁时间"}, text("purged_by", "由谁批准销毁", 100),
		text("purged_by_name", "姓名", 100), jsonField("certificate", "销毁证明"),
	},
		uniqueOn("idx_archives_customer", "archives", "customer", "state = 'kept'"),
		indexOn("idx_archives_number", "archives", "number", ""),
		indexOn("idx_archives_name", "archives", "name", ""),
		indexOn("idx_archives_state", "archives", "state, archived", ""))
	if err != nil {
		return err
	}
	return execAll(Through(app.NonconcurrentDB()), archiveTables)
}
