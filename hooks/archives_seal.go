package hooks

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/archive"
	"kehu/internal/fault"
)

// ErrArchiveUnreadable: what cannot be read back is not archived, and what is damaged not restored.
var ErrArchiveUnreadable = fault.Define("archive_unreadable",
	"{number} 的内容或附件读不出来，没有做任何改动；请检查存储或从备份恢复",
	"The content or a file of {number} cannot be read; nothing was changed: check the storage, or restore a backup")

// archiving is one customer on its way into the archive, inside the transaction of the decision.
// Nothing leaves that transaction: the stored files stay where they lie, so that a kill at any point
// leaves the customer either whole in the register or whole in the archive.
type archiving struct {
	*deciding
	id     string
	stored *collections.Archive
	shot   *archive.Snapshot
	hold   collections.Hold
}

func (a *archiving) run() error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"lapse", a.lapse}, {"take", a.take}, {"files", a.listFiles}, {"store", a.store},
		{"verify", a.verify}, {"drop", a.drop}, {"note", a.noted},
	} {
		if err := a.step("archive " + step.name); err != nil {
			return err
		}
		if err := step.do(); err != nil {
			return err
		}
	}
	return a.step("archive commit")
}

// step asks whether the work may go on.
func (h *House) step(name string) error {
	if h.options.Step == nil {
		return nil
	}
	return h.options.Step(name)
}

// lapse ends the other open requests about the customer. The one that is being decided stays with
// its department, for those who may read it.
func (a *archiving) lapse() error {
	a.request.Set("customer", "")
	if err := collections.WriteCell(a.db, "approvals", a.request.Id, "customer", ""); err != nil {
		return err
	}
	return a.staleRequests(a.app, a.id, gone)
}

func (a *archiving) take() (err error) {
	if a.hold, err = collections.HoldOf(a.db, a.id); err != nil {
		return err
	}
	a.shot, err = collections.TakeWhole(a.app, a.db, a.id, a.request.Id)
	return err
}

// listFiles reads every stored file of the customer through: one that cannot be read would be lost
// with the rows that tell of it.
func (a *archiving) listFiles() error {
	for _, table := range a.shot.Tables {
		if !Sealed(table.Name) {
			continue
		}
		collection, err := a.app.FindCachedCollectionByNameOrId(table.Name)
		if err != nil {
			return err
		}
		for _, row := range table.Rows {
			record, err := a.standIn(table.Name, row.Text("id"))
			if err != nil {
				return err
			}
			for _, f := range collection.Fields {
				if f.Type() != core.FieldTypeFile {
					continue
				}
				value, err := f.PrepareValue(record, row.Text(f.GetName()))
				if err != nil {
					return err
				}
				record.SetRaw(f.GetName(), value)
				for _, name := range record.GetStringSlice(f.GetName()) {
					if err := a.listFile(record, name); err != nil {
						return ErrArchiveUnreadable.With("number", a.request.GetString("number")).Because(err)
					}
				}
			}
		}
	}
	return nil
}

func (a *archiving) listFile(record *core.Record, name string) error {
	size, sum, err := a.fileSum(a.app, record, name)
	if err == nil {
		a.shot.Files = append(a.shot.Files, archive.File{Table: record.Collection().Name, ID: record.Id,
			Name: name, Size: size, SHA256: sum})
	}
	return err
}

// fileSum reads a stored file whole and answers its size and hash.
func (h *House) fileSum(app core.App, record *core.Record, name string) (int64, string, error) {
	plain, err := h.openStored(app, record, name)
	if err != nil {
		return 0, "", err
	}
	sum := sha256.New()
	size, err := io.Copy(sum, plain)
	return size, hex.EncodeToString(sum.Sum(nil)), errors.Join(err, plain.Close())
}

// store seals the snapshot into the archive.
func (a *archiving) store() error {
	row, r := a.shot.Row(), a.request
	if row == nil {
		return &staleness{gone}
	}
	today := a.now()
	s := collections.NewArchive()
	s.Customer, s.Number, s.Name, s.Kind = a.id, row.Text("number"), row.Text("name"), row.Text("kind")
	s.Reason, s.Archived = r.GetString("reason"), stampOf(a.options.Clock())
	s.By, s.ByName = r.GetString("requested_by"), r.GetString("requested_by_name")
	s.Approved, s.ApprovedName = a.actor.ID, a.actor.Name
	s.RetainUntil = archive.KeptUntil(today, a.policies.Load().Archive.KeepYears).Format("2006-01-02")
	s.HoldReason, s.HoldUntil = a.hold.Reason, a.hold.Until
	s.Owner, s.Department, s.LastContact = row.Text("owner"), row.Text("department"), row.Text("last_contact")
	payload := struct {
		LastContact string `json:"last_contact"`
	}{}
	if err := r.UnmarshalJSONField("payload", &payload); err == nil && payload.LastContact != "" {
		s.LastContact = payload.LastContact
	}
	s.HasDeal, s.Marketable = truth(row["has_deal"]), truth(row["marketable"])
	s.Counts = a.shot.Counts()
	if n := len(a.shot.Files); n > 0 {
		s.Counts["files"] = n
	}
	text, err := a.shot.Marshal()
	if err != nil {
		return err
	}
	if s.Snapshot, err = a.sealPacked(text, "archives", s.ID, "snapshot"); err != nil {
		return err
	}
	a.stored = s
	return errors.Join(s.Store(a.db, row), collections.KeepFiles(a.db, s.ID, a.shot.Files))
}

func truth(value any) bool {
	n, _ := value.(int64)
	return n != 0
}

// verify reads the archive back from the database, opens it and compares it with what is about to be
// taken out.
func (a *archiving) verify() error {
	unreadable := func(err error) error {
		return ErrArchiveUnreadable.With("number", a.stored.Number).Because(err)
	}
	back, err := collections.ReadArchive(a.db, a.stored.ID)
	if err != nil || back == nil {
		return unreadable(err)
	}
	text, err := a.openPacked(back.Snapshot, "archives", back.ID, "snapshot")
	if err != nil {
		return unreadable(err)
	}
	if err := a.shot.Verify(text); err != nil {
		return unreadable(err)
	}
	return nil
}

func (a *archiving) drop() error { return collections.DropWhole(a.db, a.shot) }

func (a *archiving) noted() error {
	return a.House.note(a.app, a.actor, actArchive, on("archives", a.stored.ID), map[string]any{
		"customer": a.id, "number": a.stored.Number, "counts": a.stored.Counts,
		"retain_until": a.stored.RetainUntil, "hold": a.stored.HoldReason != "",
		"requested_by": a.stored.By})
}

// openArchive opens what lies in an archive.
func (h *House) openArchive(a *collections.Archive) (*archive.Snapshot, error) {
	text, err := h.openPacked(a.Snapshot, "archives", a.ID, "snapshot")
	if err != nil {
		return nil, ErrArchiveUnreadable.With("number", a.Number).Because(err)
	}
	shot, err := archive.Unmarshal(text)
	if err != nil {
		return nil, ErrArchiveUnreadable.With("number", a.Number).Because(err)
	}
	return shot, nil
}
