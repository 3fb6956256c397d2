package collections

import (
	"encoding/json"

	"kehu/internal/ledger"
)

// AuditRestore is the entry of a restore.
type AuditRestore struct {
	Seq int64  `json:"seq"`
	At  string `json:"at"`
	By  string `json:"by"`
	Restoring
}

// Restoring is what the audit log keeps of a restore. From and To are the entries that the log had
// beyond the backup, as the anchors knew; they are 0 where it had none, or another key.
type Restoring struct {
	Backup string `json:"backup"`
	Made   string `json:"made"`
	From   int64  `json:"lost_from,omitempty"`
	To     int64  `json:"lost_to,omitempty"`
	Aside  string `json:"aside,omitempty"` // what the folder of the data before is called
}

// NoteRestore puts a restore on record at the end of the restored log, within db's transaction, and
// gives the content of the anchors from now on. found are the anchors of the data that were there,
// last is the number of the last entry in the backup.
func NoteRestore(db DB, key *ledger.Key, found ledger.Anchors, last int64, by Who, at string,
	r Restoring) ([]byte, error) {
	for _, m := range found.Marks {
		if m.Seq > max(last, r.To) {
			r.From, r.To = last+1, m.Seq
		}
	}
	detail, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	mark, err := AppendAudit(db, key, &ledger.Entry{At: at, Actor: by.ID, Name: by.Name, Kind: by.Kind,
		Role: by.Role, IP: by.IP, Remote: by.Remote, Action: ledger.RestoreAction,
		Collection: "backups_log", Detail: string(detail)})
	if err != nil {
		return nil, err
	}
	return key.AnchorFile(found.Generation, mark), nil
}

// Who is somebody who acts, as rooms that do not know of requests pass it on.
type Who struct {
	ID, Name, Kind, Role string
	IP, Remote           string // of the client and of the connection
}
