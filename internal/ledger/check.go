package ledger

import (
	"fmt"
	"slices"
	"time"

	"kehu/internal/fault"
)

// What a check finds. {seq} is the first entry that does not hold.
var (
	ErrChanged = fault.Define("audit_entry_changed",
		"审计日志第{seq}条的内容被改动过；请保留现场，用备份核对这一条及其后的记录",
		"Entry {seq} of the audit log was changed: keep everything as it is, and compare it and "+
			"what follows with a backup")
	ErrMissing = fault.Define("audit_entry_missing",
		"审计日志缺少第{seq}条；请保留现场，用备份核对这一条及其后的记录",
		"Entry {seq} of the audit log is missing: keep everything as it is, and compare it and "+
			"what follows with a backup")
	ErrUnreadable = fault.Define("audit_entry_unreadable",
		"审计日志从第{seq}条起无法读取，数据库文件可能损坏；请从备份恢复",
		"The audit log cannot be read from entry {seq} on, the database file may be damaged: "+
			"restore a backup")
	ErrTail = fault.Define("audit_tail_cut",
		"审计日志从第{seq}条起被截断：库外的锚点记到第{to}条；如果是恢复了较早的备份，请记录在案，否则请核对",
		"The audit log was cut off from entry {seq} on: the anchor outside the database knows "+
			"entries up to {to}; if an older backup was restored, put that on record, else inquire")
	ErrAnchorMissing = fault.Define("audit_anchor_missing",
		"密钥目录中的审计锚点文件不见了或被改动，不能证明第{seq}条起没有记录被截去",
		"The audit anchor in the keys folder is gone or was changed: it cannot be shown that no "+
			"entries from {seq} on were cut off")
	ErrAnchorOld = fault.Define("audit_anchor_old",
		"密钥目录中的审计锚点是旧的，第{seq}条起没有锚点；锚点文件可能被换成了旧文件",
		"The audit anchor in the keys folder is an old one, entries from {seq} on are not "+
			"anchored: the file may have been replaced by an older copy")
	ErrCut = fault.Define("audit_cut_forged",
		"审计日志的清理记录被改动过，不能证明第{seq}条之前的记录是按规定清理的",
		"The record of the audit log's purge was changed: it cannot be shown that the entries "+
			"before {seq} were purged by the rules")
	ErrGap = fault.Define("audit_gap",
		"审计日志第{seq}条记下：当时日志与库外的锚点不符（{why}）",
		"Entry {seq} of the audit log says that the log did not fit its anchor then ({why})")
)

// AlarmAction is the action of the entry that a start leaves when the log does not fit its
// anchors.
const AlarmAction = "audit_alarm"

// RestoreAction is the action of the entry that a restore leaves behind the last one of its backup.
// It is chained with the key like any other: nobody without the key can make one, nor carry one to
// another place of the chain.
const RestoreAction = "restored"

// Broken is the first entry that does not hold, and why.
type Broken struct {
	Seq int64
	Why *fault.Fault
}

func broken(seq int64, why *fault.Fault, pairs ...any) *Broken {
	return &Broken{seq, why.With(append([]any{"seq", seq}, pairs...)...)}
}

// Error is the fault's sentence.
func (b *Broken) Error() string { return b.Why.Error() }

// Unwrap gives the fault.
func (b *Broken) Unwrap() error { return b.Why }

// Row is an entry as it is stored.
type Row struct {
	ID string
	Entry
	Prev, Hash string
}

// Check goes through a log from its beginning or its last purge.
type Check struct {
	key     *Key
	last    Mark
	anchors Anchors
	loose   string // Entry.At of the first entry after the newest anchor
	at      string // of the last entry
	alarm   *Broken
	restore []Row // entries of restores
}

// Check begins after the mark up to which entries were purged (Genesis where none were). The
// anchors must have been read before the rows.
func (k *Key) Check(cut Mark, anchors Anchors) *Check {
	return &Check{key: k, last: cut, anchors: anchors}
}

// Next takes the next row in the order of ids.
func (c *Check) Next(r *Row) *Broken {
	seq := c.last.Seq + 1
	switch {
	case r.ID != ID(seq):
		return broken(seq, ErrMissing)
	case r.Seq != seq, r.Prev != c.last.Hash.String():
		return broken(seq, ErrChanged)
	}
	mark := c.key.Next(c.last, &r.Entry)
	if mark.Hash.String() != r.Hash {
		return broken(seq, ErrChanged)
	}
	for _, a := range c.anchors.Marks {
		if a.Seq == seq && a.Hash != mark.Hash {
			return broken(seq, ErrChanged) // another history from here on, an older copy continued
		}
	}
	if marks := c.anchors.Marks; c.loose == "" && len(marks) > 0 && marks[0].Seq < seq {
		c.loose = r.At
	}
	if r.Action == AlarmAction && c.alarm == nil {
		c.alarm = broken(seq, ErrGap, "why", r.Detail)
	}
	if r.Action == RestoreAction {
		c.restore = append(c.restore, *r)
	}
	c.last, c.at = mark, r.At
	return nil
}

// Restores are the entries that say that a backup was brought back, the oldest first.
func (c *Check) Restores() []Row { return c.restore }

// Unreadable is what an error of reading the next row means.
func (c *Check) Unreadable(err error) *Broken {
	b := broken(c.last.Seq+1, ErrUnreadable)
	b.Why = b.Why.Because(err)
	return b
}

// Alarm is the first entry that says that the log did not fit its anchors once; nil where none does.
func (c *Check) Alarm() *Broken { return c.alarm }

// Last is the mark of the last row that held.
func (c *Check) Last() Mark { return c.last }

// End compares the tail with the anchors. A crash may leave the last entries without an anchor; they
// were then written within lag of each other, however long nothing had happened before them.
func (c *Check) End(lag time.Duration) *Broken {
	if len(c.anchors.Marks) == 0 {
		if c.at == "" && c.last == c.key.Genesis() {
			return nil // nothing was ever written
		}
		return broken(c.last.Seq+1, ErrAnchorMissing)
	}
	newest := slices.MaxFunc(c.anchors.Marks, func(a, b Mark) int { return int(a.Seq - b.Seq) })
	if newest.Seq > c.last.Seq {
		return broken(c.last.Seq+1, ErrTail, "to", newest.Seq)
	}
	if c.anchors.Marks[0].Seq < c.last.Seq && c.lags(lag) {
		return broken(c.anchors.Marks[0].Seq+1, ErrAnchorOld)
	}
	return nil
}

// lags tells whether the entries without an anchor were written over a longer time than lag.
func (c *Check) lags(lag time.Duration) bool {
	from, err1 := time.Parse(AtLayout, c.loose)
	to, err2 := time.Parse(AtLayout, c.at)
	return err1 != nil || err2 != nil || to.Sub(from) > lag
}

// String names the place for logs.
func (m Mark) String() string { return fmt.Sprintf("entry %d %s", m.Seq, m.Hash) }
