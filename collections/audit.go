package collections

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
	"kehu/internal/ledger"
)

func init() {
	others["audit_log"] = each(fields.Basic, strings.Split(auditColumns, ", ")...)
	others["changes"] = each(fields.Basic, "collection", "record", "field", "class", "old", "new",
		"by", "by_name", "approved_by", "approved_by_name", "reason", "at", "via") // rows by class
	ids["audit_log"], ids["changes"] = "kehuauditlog000", "kehuchanges0000"
	core.AppMigrations.Register(createAudit, nil, "1764000010_audit.go")
}

// ActorKinds are who may have acted: a member of staff, an owner of the system, the system itself,
// somebody who is not signed in, a command on this machine.
var ActorKinds = []string{"superuser", "staff", "public", "system", "cli"}

// Vias are the ways by which a value of a customer changes.
var Vias = []string{"edit", "approval", "import", "sync", "merge", "system"}

func createAudit(app core.App) error {
	for _, step := range []func(core.App) error{createAuditLog, createChanges, GuardAudit} {
		if err := step(app); err != nil {
			return err
		}
	}
	return nil
}

func createAuditLog(app core.App) error {
	const t = "audit_log"
	return createBare(app, t, []core.Field{
		&core.NumberField{Name: "seq", Help: "序号，连续", OnlyInt: true},
		&core.DateField{Name: "at", Help: "时间"},
		text("actor", "谁：staff:ID、superuser:ID、public 或 system", 100),
		text("actor_name", "姓名", 200), choice("actor_kind", "身份", ActorKinds...),
		text("role", "角色", 50), text("ip", "客户端地址", 100),
		text("remote", "经过代理时，代理的地址", 100),
		text("action", "做了什么", 50), text("collection", "对哪类记录", 100),
		text("record", "对哪条记录", 100), jsonField("detail", "详情"),
		text("prev", "上一条的校验值", 64), text("hash", "本条的校验值", 64),
	},
		indexOn("idx_audit_actor", t, "actor, seq", ""),
		indexOn("idx_audit_action", t, "action, collection, seq", ""),
		indexOn("idx_audit_record", t, "record, seq", "record != ''"),
		indexOn("idx_audit_at", t, "at", ""))
}

func createChanges(app core.App) error {
	const t = "changes"
	customer := owned()
	customer.Required = false
	class := make([]string, 0, 5)
	for _, c := range []fields.Class{fields.Basic, fields.Contact, fields.Sensitive,
		fields.Financial, fields.Notes} {
		class = append(class, string(c))
	}
	return create(app, t, []core.Field{
		customer, text("collection", "哪类记录", 100), text("record", "哪条记录", 15),
		text("field", "哪个字段", 100), choice("class", "字段的类别", class...),
		jsonField("old", "原值；敏感号码只有掩码"), jsonField("new", "新值；敏感号码只有掩码"),
		text("by", "由谁修改", 100), text("by_name", "姓名", 200),
		text("approved_by", "由谁批准", 100), text("approved_by_name", "批准人姓名", 200),
		text("reason", "理由", noteMax), &core.DateField{Name: "at", Help: "时间"},
		choice("via", "途径：修改、审批、导入、同步、合并、系统", Vias...),
	},
		indexOn("idx_changes_customer", t, "customer, at", ""),
		indexOn("idx_changes_record", t, "record, field, at", ""))
}

// auditGuards hold whatever statement comes, by whatever way: entries are never changed, and go
// only where the signed cut of a purge has gone before; history is never changed, but that a merge
// may carry it to the customer that was kept, and goes only when its customer has gone.
var auditGuards = []string{
	`CREATE TABLE IF NOT EXISTS kehu_audit_cut (id INTEGER PRIMARY KEY CHECK (id = 1),
		seq INTEGER NOT NULL, hash TEXT NOT NULL, signature TEXT NOT NULL, at TEXT NOT NULL)`,
	`CREATE TRIGGER IF NOT EXISTS kehu_audit_cut_update BEFORE UPDATE ON kehu_audit_cut
		WHEN NEW.seq < OLD.seq BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_audit_cut_delete BEFORE DELETE ON kehu_audit_cut
		BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_audit_insert BEFORE INSERT ON audit_log
		WHEN NEW.id IS NOT printf('%015d', NEW.seq) OR length(NEW.hash) != 64
		BEGIN SELECT RAISE(ABORT, 'the audit log is written by the register only'); END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_audit_update BEFORE UPDATE ON audit_log
		BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_audit_delete BEFORE DELETE ON audit_log
		WHEN NOT EXISTS (SELECT 1 FROM kehu_audit_cut WHERE seq >= OLD.seq)
		BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_changes_update BEFORE UPDATE OF id, collection, record,
		field, class, old, new, by, by_name, approved_by, approved_by_name, reason, at, via,
		created ON changes BEGIN SELECT RAISE(ABORT, 'history is not changed'); END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_changes_delete BEFORE DELETE ON changes
		WHEN EXISTS (SELECT 1 FROM customers WHERE id = OLD.customer)
		BEGIN SELECT RAISE(ABORT, 'history is not changed'); END`,
}

// GuardAudit puts the guards of the audit log and of history in place, at every start anew.
func GuardAudit(app core.App) error {
	return execAll(Through(app.NonconcurrentDB()), auditGuards)
}

const auditColumns = "id, seq, at, actor, actor_name, actor_kind, role, ip, remote, action, " +
	"collection, record, detail, prev, hash"

const insertAudit = "INSERT INTO audit_log (" + auditColumns +
	") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// AppendAudit chains entries to the log within db's transaction, which must be the only writer,
// and gives the mark of the last one.
func AppendAudit(db DB, key *ledger.Key, entries ...*ledger.Entry) (ledger.Mark, error) {
	head, err := AuditHead(db, key)
	if err != nil {
		return head, err
	}
	for _, e := range entries {
		e.Seq = head.Seq + 1
		next := key.Next(head, e)
		err := db.Exec(insertAudit, ledger.ID(e.Seq), e.Seq, e.At, e.Actor, e.Name, e.Kind, e.Role,
			e.IP, e.Remote, e.Action, e.Collection, e.Record, e.Detail, head.Hash.String(),
			next.Hash.String())
		if err != nil {
			return head, err
		}
		head = next
	}
	return head, nil
}

// AuditHead is the mark of the newest entry.
func AuditHead(db DB, key *ledger.Key) (ledger.Mark, error) {
	var seq int64
	var text string
	found, err := one(db, []any{&seq, &text}, "SELECT seq, hash FROM audit_log ORDER BY id DESC LIMIT 1")
	if err != nil {
		return ledger.Mark{}, err
	}
	if !found {
		mark, _, err := AuditCut(db, key)
		return mark, err
	}
	hash, ok := ledger.ParseHash(text)
	if !ok { // the chain is broken here already; what follows must be linked to it all the same
		copy(hash[:], text)
	}
	return ledger.Mark{Seq: seq, Hash: hash}, nil
}

// AuditCut is the mark up to which old entries were purged, Genesis where none were; ok is false
// where its signature does not hold.
func AuditCut(db DB, key *ledger.Key) (cut ledger.Mark, ok bool, err error) {
	var hash, signature string
	found, err := one(db, []any{&cut.Seq, &hash, &signature},
		"SELECT seq, hash, signature FROM kehu_audit_cut WHERE id = 1")
	if err != nil || !found {
		return key.Genesis(), true, err
	}
	var ok1, ok2 bool
	var signed ledger.Hash
	cut.Hash, ok1 = ledger.ParseHash(hash)
	signed, ok2 = ledger.ParseHash(signature)
	return cut, ok1 && ok2 && key.CheckCut(cut, signed), nil
}

// auditRow scans a row of auditColumns, whatever stands in it.
func auditRow(rows *sql.Rows, r *ledger.Row) error {
	var seq sql.NullString
	texts := make([]sql.NullString, 13)
	into := []any{&r.ID, &seq}
	for i := range texts {
		into = append(into, &texts[i])
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	var err error
	if r.Seq, err = strconv.ParseInt(seq.String, 10, 64); err != nil {
		r.Seq = -1 // no number: the check says that the entry was changed
	}
	for i, to := range []*string{&r.At, &r.Actor, &r.Name, &r.Kind, &r.Role, &r.IP, &r.Remote,
		&r.Action, &r.Collection, &r.Record, &r.Detail, &r.Prev, &r.Hash} {
		*to = texts[i].String
	}
	return nil
}

// Change is one field of a customer, or of what belongs to it, that got another value.
type Change struct {
	Customer, Collection, Record, Field string
	Class                               fields.Class
	Old, New                            any // of class S only masks
}

// Cause is by whom, when and how changes came about.
type Cause struct {
	By, ByName, ApprovedBy, ApprovedByName, Reason, At, Via string
}

const insertChange = `INSERT INTO changes (id, customer, collection, record, field, class, old, new,
	by, by_name, approved_by, approved_by_name, reason, at, via, created, updated)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// AppendChanges writes history, in the transaction that makes it.
func AppendChanges(db DB, cause Cause, changes []Change) error {
	for _, c := range changes {
		was, err := json.Marshal(c.Old)
		if err != nil {
			return err
		}
		is, err := json.Marshal(c.New)
		if err != nil {
			return err
		}
		err = db.Exec(insertChange, core.GenerateDefaultRandomId(), c.Customer, c.Collection, c.Record,
			c.Field, string(c.Class), string(was), string(is), cause.By, cause.ByName,
			cause.ApprovedBy, cause.ApprovedByName, cause.Reason, cause.At, cause.Via, cause.At, cause.At)
		if err != nil {
			return fmt.Errorf("history of %s: %w", c.Collection, err)
		}
	}
	return nil
}

// Past is one change as the history holds it; Old and New are JSON.
type Past struct{ Collection, Record, Field, Old, New string }

// ChangesSince are a customer's changes from a moment on, the newest first.
func ChangesSince(db DB, customer, from string) ([]Past, error) {
	rows, err := db.Query(`SELECT collection, record, field, coalesce(old, 'null'), coalesce(new, 'null') FROM changes
		WHERE customer = ? AND at >= ? ORDER BY at DESC, rowid DESC`, customer, from)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Past
	for rows.Next() {
		var p Past
		if err := rows.Scan(&p.Collection, &p.Record, &p.Field, &p.Old, &p.New); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}
