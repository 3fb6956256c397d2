package hooks

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"kehu/collections"
	"kehu/internal/approval"
)

// purgeAsk asks for the destruction of what has been kept long enough: POST /archives/{id}/purge.
func (h *House) purgeAsk(e *core.RequestEvent) error {
	body, err := archiveBodyOf(e)
	if err != nil {
		return refuseError(e, err)
	}
	var request *core.Record
	err = e.App.RunInTransaction(func(tx core.App) error {
		a, err := h.archiveFor(tx, e.Auth, e.Request.PathValue("id"))
		if err != nil {
			return err
		}
		if err := h.mayPurge(a); err != nil {
			return err
		}
		waits, err := requestWaits(tx, "purge", "archives", a.ID)
		if err != nil {
			return err
		}
		if waits {
			return ErrPurgeAsked
		}
		request, err = h.ask(tx, e.Auth, wanted{row: "purge", department: a.Department, number: a.Number,
			collection: "archives", id: a.ID, reason: body.Reason,
			payload: map[string]any{"counts": a.Counts, "retain_until": a.RetainUntil}})
		return err
	})
	if err != nil {
		return refuseArchive(e, err)
	}
	return e.JSON(http.StatusOK, map[string]any{"id": e.Request.PathValue("id"),
		"approval": h.shownRequest(request, language(e))})
}

// mayPurge: its time has passed, also by the policy of this day, and nothing holds it.
func (h *House) mayPurge(a *collections.Archive) error {
	today := h.now().Format("2006-01-02")
	if a.State != "kept" {
		return ErrArchiveState.With("number", a.Number)
	}
	if today < a.RetainUntil {
		return ErrPurgeEarly.With("until", a.RetainUntil)
	}
	if held(a.HoldReason, a.HoldUntil, today) {
		return ErrPurgeHeld.With("why", a.HoldReason)
	}
	return nil
}

// Certificate says what was destroyed, by whom, and on whose word (R8.3).
type Certificate struct {
	Number          string         `json:"number"`
	Counts          map[string]int `json:"counts"`
	Files           int            `json:"files"`
	SnapshotSHA256  string         `json:"snapshot_sha256"` // of the sealed snapshot as it lay
	KeyDestroyed    bool           `json:"key_destroyed"`   // the key of the sensitive values
	Archived        string         `json:"archived"`
	RetainUntil     string         `json:"retain_until"`
	Reason          string         `json:"reason"`
	RequestedBy     string         `json:"requested_by"`
	RequestedByName string         `json:"requested_by_name"`
	ApprovedBy      string         `json:"approved_by"`
	ApprovedByName  string         `json:"approved_by_name"`
	Approval        string         `json:"approval"`
	Destroyed       string         `json:"destroyed"`
}

// purgeDecided destroys what lies in an archive once data management has approved it.
func (h *House) purgeDecided(d *deciding) error {
	if d.act != approval.Approve {
		return nil
	}
	a, err := collections.ReadArchive(d.db, d.request.GetString("subject_id"))
	if err != nil {
		return err
	}
	if a == nil || a.State != "kept" {
		return &staleness{moved}
	}
	if err := h.mayPurge(a); err != nil {
		return err
	}
	key, err := collections.HasSubjectKey(d.db, a.Customer)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(a.Snapshot))
	r, at := d.request, stampOf(h.options.Clock())
	certificate := Certificate{Number: a.Number, Counts: a.Counts, Files: a.Counts["files"],
		SnapshotSHA256: hex.EncodeToString(sum[:]), KeyDestroyed: key, Archived: a.Archived,
		RetainUntil: a.RetainUntil, Reason: r.GetString("reason"), RequestedBy: r.GetString("requested_by"),
		RequestedByName: r.GetString("requested_by_name"), ApprovedBy: d.actor.ID,
		ApprovedByName: d.actor.Name, Approval: r.Id, Destroyed: at}
	if err := h.step("purge destroy"); err != nil {
		return err
	}
	if err := collections.DestroyArchiveSecurely(d.db, a, d.actor.ID, d.actor.Name, at, certificate); err != nil {
		return err
	}
	if err := h.step("purge note"); err != nil {
		return err
	}
	err = h.note(d.app, d.actor, actArchivePurge, on("archives", a.ID), map[string]any{"number": a.Number,
		"customer": a.Customer, "counts": a.Counts, "snapshot_sha256": certificate.SnapshotSHA256,
		"key_destroyed": key, "approval": r.Id})
	if err != nil {
		return err
	}
	d.after = append(d.after, func() {
		if err := errors.Join(collections.EmptyLog(h.app), h.deleteGoneFiles()); err != nil {
			h.app.Logger().Error("purge", "archive", a.ID, "error", err.Error())
		}
	})
	return h.step("purge commit")
}

// goneAtOnce is how many files are deleted between two looks at the list.
const goneAtOnce = 100

// deleteGoneFiles deletes the stored files of what was destroyed. They are on a list that commits
// with the destruction, so that what a kill left is deleted at the next start.
func (h *House) deleteGoneFiles() error {
	if h.options.Still {
		return nil
	}
	for {
		gone, err := collections.GoneFiles(collections.Through(h.app.DB()), goneAtOnce)
		if err != nil || len(gone) == 0 {
			return err
		}
		if err := h.step("purge files"); err != nil {
			return err
		}
		if err := h.deleteFiles(gone); err != nil {
			return err
		}
	}
}

func (h *House) deleteFiles(gone []collections.ArchivedFile) error {
	files, err := h.app.NewFilesystem()
	if err != nil {
		return err
	}
	defer files.Close()
	for _, f := range gone {
		record, err := h.standIn(f.Place, f.Record)
		if err != nil {
			return err
		}
		key := record.BaseFilesPath() + "/" + f.Name
		if err := files.Delete(key); err != nil && !errors.Is(err, filesystem.ErrNotFound) {
			return err
		}
		if err := collections.ForgetFile(collections.Through(h.app.NonconcurrentDB()), f); err != nil {
			return err
		}
	}
	return nil
}
