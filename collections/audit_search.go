package collections

import (
	"encoding/json"
	"strings"

	"kehu/internal/ledger"
)

// AuditQuery is what to look for in the audit log; "" means anything.
type AuditQuery struct {
	Actor, Action, Collection, Record string
	From, To                          string // Entry.At; To is not included
	Before                            int64  // entries with lower numbers; 0 means from the newest on
	Limit                             int
}

// AuditEntry is an entry as it is answered.
type AuditEntry struct {
	Seq        int64           `json:"seq"`
	At         string          `json:"at"`
	Actor      string          `json:"actor"`
	Name       string          `json:"actor_name"`
	Kind       string          `json:"actor_kind"`
	Role       string          `json:"role"`
	IP         string          `json:"ip"`
	Remote     string          `json:"remote,omitempty"`
	Action     string          `json:"action"`
	Collection string          `json:"collection"`
	Record     string          `json:"record"`
	Called     string          `json:"record_called,omitempty"` // a customer's number, a person's name
	Detail     json.RawMessage `json:"detail"`
	Prev       string          `json:"prev"`
	Hash       string          `json:"hash"`
}

// SearchAudit finds entries, the newest first.
func SearchAudit(db DB, q AuditQuery) ([]AuditEntry, error) {
	where, args := q.where()
	rows, err := db.Query("SELECT "+auditColumns+" FROM audit_log WHERE "+where+
		" ORDER BY seq DESC LIMIT ?", append(args, q.Limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []AuditEntry{}
	for rows.Next() {
		var r ledger.Row
		if err := auditRow(rows, &r); err != nil {
			return nil, err
		}
		detail := json.RawMessage(r.Detail)
		if !json.Valid(detail) {
			detail, _ = json.Marshal(r.Detail)
		}
		found = append(found, AuditEntry{Seq: r.Seq, At: r.At, Actor: r.Actor, Name: r.Name, Kind: r.Kind, Role: r.Role,
			IP: r.IP, Remote: r.Remote, Action: r.Action, Collection: r.Collection, Record: r.Record, Detail: detail,
			Prev: r.Prev, Hash: r.Hash})
	}
	return found, rows.Err()
}

func (q AuditQuery) where() (string, []any) {
	terms, args := []string{"TRUE"}, []any{}
	term := func(expression string, value any, given bool) {
		if given {
			terms, args = append(terms, expression), append(args, value)
		}
	}
	term("actor = ?", q.Actor, q.Actor != "")
	term("action = ?", q.Action, q.Action != "")
	term("collection = ?", q.Collection, q.Collection != "")
	term("record = ? AND record != ''", q.Record, q.Record != "")
	term("at >= ?", q.From, q.From != "")
	term("at < ?", q.To, q.To != "")
	term("seq < ?", q.Before, q.Before > 0)
	return strings.Join(terms, " AND "), args
}
