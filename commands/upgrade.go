package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/backups"
	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/vault"
)

// Faults of bringing tables up to date.
var (
	ErrSchemaNewer = fault.Define("schema_newer",
		"数据目录 {dir} 由更新版本的程序升级过（{schema}），本程序是 {version}，只认识到 {known}；什么都没有改动。"+
			"请使用更新的程序，或恢复升级前的备份",
		"The data directory {dir} was upgraded by a newer program ({schema}); this one is {version} and knows "+
			"{known}. Nothing was touched: use the newer program, or restore the backup from before the upgrade")
	ErrUpgradeBackup = fault.Define("upgrade_backup",
		"升级前的备份没有完成：{why}。数据没有升级，可以换回旧版程序继续使用；解决后再启动本程序",
		"The backup before the upgrade was not made: {why}. Nothing was upgraded, the older program goes on "+
			"with these data: mend that and start this one again")
	ErrUpgrade = fault.Define("upgrade_failed",
		"数据从 {from} 升级到 {to} 没有成功：{why}。数据仍是升级前的样子：换回旧版程序即可继续使用；"+
			"升级前的备份是 {backup}，需要时用旧版程序执行 kehu backup restore",
		"The upgrade of the data from {from} to {to} failed: {why}. The data are as they were: go back to the "+
			"older program and work on; the backup from before is {backup}, for kehu backup restore of the older program")
)

// upgraded is what an upgrade did.
type upgraded struct {
	From, To string
	Backup   string   // its name
	Applied  []string // changes of tables
	Added    []string // tables and columns that are new
	Gone     []string
	Log      string // what the audit log lacks
	Rows     int64  // of what people entered, the same before and after
}

// schemaOf reads how far the tables are, before anything opens the register: a program that is
// older than the data must not even look at them as its own.
func (p *place) schemaOf(root *vault.Root) (s collections.Schema, err error) {
	if isFresh(p.dir) {
		return collections.CompareSchema(nil), nil
	}
	db, err := collections.Connect(root)(filepath.Join(p.dir, "data.db"))
	if err != nil {
		return s, err
	}
	defer db.Close()
	made, err := collections.SchemaMade(collections.Through(db))
	if err != nil {
		return s, err
	}
	s = collections.CompareSchema(made)
	if len(s.Unknown) > 0 {
		return s, ErrSchemaNewer.With("dir", p.dir, "schema", strings.Join(s.Unknown, ", "), "version", p.version,
			"known", collections.NewestSchema(core.AppMigrations))
	}
	return s, nil
}

// upgrade brings the tables of an older program up to date: a backup that is proven, then every
// change in one transaction, which also checks itself; it is there whole or not at all.
func (s *server) upgrade(ctx context.Context, from collections.Schema) error {
	u := &upgraded{From: from.Newest(), To: collections.NewestSchema(core.AppMigrations)}
	made, err := s.keeper.BeforeUpgrade(ctx)
	if errors.Is(err, backups.ErrDrill) { // the backup is there; the upgrade of a copy of it failed
		return ErrUpgrade.With("from", u.From, "to", u.To, "why", sentence(err), "backup", made.Name).Because(err)
	}
	if err != nil {
		return ErrUpgradeBackup.With("why", sentence(err)).Because(err)
	}
	u.Backup, u.Log = made.Name, made.Log
	err = s.app.AuxRunInTransaction(func(aux core.App) error {
		return aux.RunInTransaction(func(tx core.App) error { return u.migrate(tx) })
	})
	if err != nil {
		return ErrUpgrade.With("from", u.From, "to", u.To, "why", err, "backup", u.Backup).Because(err)
	}
	s.upgraded = u
	return nil
}

// migrate makes the changes and holds what comes out to what was there.
func (u *upgraded) migrate(tx core.App) error {
	db := collections.Through(tx.DB())
	columnsBefore, rowsBefore, err := collections.Shape(db)
	if err != nil {
		return err
	}
	all := core.MigrationsList{}
	all.Copy(core.SystemMigrations)
	all.Copy(core.AppMigrations)
	if u.Applied, err = core.NewMigrationsRunner(tx, all).Up(); err != nil {
		return err
	}
	columns, rows, err := collections.Shape(db)
	if err != nil {
		return err
	}
	for name, n := range rowsBefore {
		if rows[name] != n {
			return fmt.Errorf("%s: %d rows, not %d", name, rows[name], n)
		}
		u.Rows += n
	}
	made, err := collections.SchemaMade(db)
	if err != nil {
		return err
	}
	if left := collections.CompareSchema(made); len(left.Pending)+len(left.Unknown) > 0 {
		return fmt.Errorf("changes that were not made: %v %v", left.Pending, left.Unknown)
	}
	if wrong, err := collections.Sound(db); err != nil || wrong != "" {
		return fmt.Errorf("quick_check: %s %w", wrong, err)
	}
	u.Added, u.Gone = compared(columnsBefore, columns), compared(columns, columnsBefore)
	return nil
}

// compared are the columns of the second list that the first lacks; a table that is new as a whole
// stands as one.
func compared(before, after []string) []string {
	tables := map[string]bool{}
	for _, column := range before {
		table, _, _ := strings.Cut(column, ".")
		tables[table] = true
	}
	var found []string
	for _, column := range after {
		table, _, _ := strings.Cut(column, ".")
		switch {
		case tables[table] && !slices.Contains(before, column):
			found = append(found, column)
		case !tables[table] && !slices.Contains(found, table):
			found = append(found, table)
		}
	}
	return found
}

// tell says what an upgrade did.
func (u *upgraded) tell(out io.Writer) {
	fmt.Fprintf(out, "数据已升级 / upgraded: %s → %s\n  升级前的备份 backup from before: %s\n"+
		"  %d 项变更 changes: %s\n  新增 new: %s\n", u.From, u.To, u.Backup, len(u.Applied), strings.Join(u.Applied, ", "),
		strings.Join(u.Added, ", "))
	if len(u.Gone) > 0 {
		fmt.Fprintf(out, "  不再有 gone: %s\n", strings.Join(u.Gone, ", "))
	}
	if u.Log != "" {
		fmt.Fprintf(out, "  审计日志不完整，请查看审计页 / the audit log is not whole, see its page: %s\n", u.Log)
	}
	fmt.Fprintf(out, "  检查通过，客户及所属记录 %d 条，升级前后一致 / checked: as many rows as before\n"+
		"  要退回：停止服务，换回旧版程序，恢复上面的备份 / to go back: stop, put the older program back, "+
		"restore that backup\n", u.Rows)
}

// detail is what the audit log keeps of it.
func (u *upgraded) detail() map[string]any {
	return map[string]any{"from": u.From, "to": u.To, "backup": u.Backup, "applied": u.Applied}
}
