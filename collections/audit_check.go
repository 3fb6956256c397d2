package collections

import (
	"encoding/json"
	"time"

	"kehu/internal/ledger"
)

// auditLag is how old the newest entries may be without an anchor, after a crash.
const auditLag = 10 * time.Second

// AuditReport is what a check of the whole log found.
type AuditReport struct {
	Entries int64          // that hold
	From    int64          // the first one that is kept
	Broken  *ledger.Broken // nil: all hold
	// Restores are the backups that were brought back, with what the log lost by it.
	Restores []AuditRestore
}

// CheckAudit goes through the whole log in the order of its entries, one row at a time. The anchors
// must have been read before.
func CheckAudit(db DB, key *ledger.Key, anchors ledger.Anchors) (*AuditReport, error) {
	cut, signed, err := AuditCut(db, key)
	if err != nil {
		return nil, err
	}
	report := &AuditReport{From: cut.Seq + 1}
	if !signed {
		report.Broken = &ledger.Broken{Seq: report.From,
			Why: ledger.ErrCut.With("seq", report.From)}
		return report, nil
	}
	c := key.Check(cut, anchors)
	report.Broken, err = checkRows(db, c, 0)
	report.Entries = c.Last().Seq - cut.Seq
	for _, r := range c.Restores() {
		restore := AuditRestore{Seq: r.Seq, At: r.At, By: r.Name}
		if err := json.Unmarshal([]byte(r.Detail), &restore.Restoring); err != nil {
			return nil, err
		}
		report.Restores = append(report.Restores, restore)
	}
	if report.Broken == nil {
		report.Broken = c.End(auditLag)
	}
	if alarm := c.Alarm(); alarm != nil && (report.Broken == nil || alarm.Seq < report.Broken.Seq) {
		report.Broken = alarm
	}
	return report, err
}

// checkRows checks every row after the entry with that number.
func checkRows(db DB, c *ledger.Check, after int64) (*ledger.Broken, error) {
	rows, err := db.Query("SELECT "+auditColumns+" FROM audit_log WHERE id > ? ORDER BY id",
		idAfter(after))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var r ledger.Row
	for rows.Next() {
		if err := auditRow(rows, &r); err != nil {
			return c.Unreadable(err), nil
		}
		if broken := c.Next(&r); broken != nil {
			return broken, nil
		}
	}
	if err := rows.Err(); err != nil {
		return c.Unreadable(err), nil
	}
	return nil, nil
}

// idAfter is what the ids of later entries are greater than: of all rows, whatever id somebody gave
// them, where there is no earlier one.
func idAfter(seq int64) string {
	if seq == 0 {
		return ""
	}
	return ledger.ID(seq)
}

// CheckAuditTail checks the entries since the oldest anchor that is left: what a start can afford.
func CheckAuditTail(db DB, key *ledger.Key, anchors ledger.Anchors) (*ledger.Broken, error) {
	cut, signed, err := AuditCut(db, key)
	if err != nil {
		return nil, err
	}
	if !signed {
		return &ledger.Broken{Seq: cut.Seq + 1, Why: ledger.ErrCut.With("seq", cut.Seq+1)}, nil
	}
	from := cut
	for _, m := range anchors.Marks { // the newest first
		if m.Seq > cut.Seq {
			from = m
		}
	}
	if len(anchors.Marks) == 0 { // all of it would have to be checked; the missing file is enough
		head, err := AuditHead(db, key)
		if err != nil || head == key.Genesis() {
			return nil, err
		}
		c := key.Check(head, anchors)
		return c.End(auditLag), nil
	}
	if from != cut {
		broken, err := checkMark(db, key, from, anchors)
		if err != nil || broken != nil {
			return broken, err
		}
	}
	c := key.Check(from, anchors)
	broken, err := checkRows(db, c, from.Seq)
	if err != nil || broken != nil {
		return broken, err
	}
	return c.End(auditLag), nil
}

// checkMark compares an anchor with the entry that it is of.
func checkMark(db DB, key *ledger.Key, m ledger.Mark, anchors ledger.Anchors) (*ledger.Broken, error) {
	var hash string
	found, err := one(db, []any{&hash}, "SELECT hash FROM audit_log WHERE id = ?", ledger.ID(m.Seq))
	if err != nil || found && hash == m.Hash.String() {
		return nil, err
	}
	if found {
		return &ledger.Broken{Seq: m.Seq, Why: ledger.ErrChanged.With("seq", m.Seq)}, nil
	}
	head, err := AuditHead(db, key)
	if err != nil {
		return nil, err
	}
	if head.Seq < m.Seq {
		return key.Check(head, anchors).End(auditLag), nil
	}
	return &ledger.Broken{Seq: m.Seq, Why: ledger.ErrMissing.With("seq", m.Seq)}, nil
}
