package hooks

import (
	"errors"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/archive"
)

// archiveRestore answers POST /archives/{id}/restore.
func (h *House) archiveRestore(e *core.RequestEvent) error {
	body, err := archiveBodyOf(e)
	if err != nil {
		return refuseError(e, err)
	}
	r := &restoring{House: h, e: e, reason: body.Reason, by: actorIn(e)}
	err = e.App.RunInTransaction(func(tx core.App) error {
		r.app, r.db = tx, collections.Through(tx.DB())
		return r.run(e.Request.PathValue("id"))
	})
	if err != nil {
		return refuseArchive(e, err)
	}
	return e.JSON(http.StatusOK, map[string]any{"id": r.stored.ID, "customer": r.stored.Customer,
		"number": r.stored.Number, "counts": r.stored.Counts})
}

// restoring is one customer on its way back, inside its transaction.
type restoring struct {
	*House
	e      *core.RequestEvent
	app    core.App
	db     collections.DB
	by     actor
	reason string
	stored *collections.Archive
	shot   *archive.Snapshot
}

func (r *restoring) run(id string) (err error) {
	if r.stored, err = r.archiveFor(r.app, r.e.Auth, id); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"open", r.open}, {"files", r.files}, {"put", r.put}, {"derive", r.deriveAll}, {"end", r.end},
	} {
		if err := r.step("restore " + step.name); err != nil {
			return err
		}
		if err := step.do(); err != nil {
			return err
		}
	}
	return r.step("restore commit")
}

func (r *restoring) open() (err error) {
	if r.shot, err = r.openArchive(r.stored); err != nil {
		return err
	}
	value, number, err := collections.TakenBy(r.db, r.shot)
	if err == nil && value != "" {
		err = ErrArchiveTaken.With("value", value, "number", number)
	}
	return err
}

// files sees to it that every file is there as it was. While keys are being changed, files go back
// to records that the change may have passed by: it waits.
func (r *restoring) files() error {
	if len(r.shot.Files) == 0 {
		return nil
	}
	state, err := collections.ReadRotation(r.db)
	if err != nil {
		return err
	}
	if state.Stage != "" {
		return ErrArchiveRotating
	}
	for _, f := range r.shot.Files {
		record, err := r.standIn(f.Table, f.ID)
		if err != nil {
			return err
		}
		size, sum, err := r.fileSum(r.app, record, f.Name)
		if err != nil || size != f.Size || sum != f.SHA256 {
			return ErrArchiveUnreadable.With("number", r.stored.Number).Because(err)
		}
	}
	return nil
}

func (r *restoring) put() error {
	return errors.Join(collections.PutWhole(r.db, r.shot), collections.ReturnRequests(r.db, r.stored.Customer))
}

// deriveAll computes anew what time has changed, and the customer's entries in the search index and
// among the keys of comparison.
func (r *restoring) deriveAll() error {
	id, counts := r.stored.Customer, r.shot.Counts()
	if counts["orders"]+counts["contracts"] > 0 {
		if err := collections.RefreshDeals(r.db, id, r.House.now()); err != nil {
			return err
		}
	}
	class := r.classifier(r.db)
	class.still = true // nobody else moves because one comes back
	if err := errors.Join(r.refreshMissing(r.db, id), class.customers(id)); err != nil {
		return err
	}
	return collections.Reindex(r.db, id)
}

func (r *restoring) end() error {
	err := collections.EndRestored(r.db, r.stored, r.by.ID, r.by.Name, r.reason, stampOf(r.options.Clock()))
	if err != nil {
		return err
	}
	if err := r.staleSubject(r.app, "archives", r.stored.ID); err != nil {
		return err
	}
	return r.House.note(r.app, r.by, actArchiveRestore, on("customers", r.stored.Customer), map[string]any{
		"archive": r.stored.ID, "number": r.stored.Number, "counts": r.stored.Counts, "reason": r.reason})
}

// staleSubject ends the open requests about a record that is no longer what they ask about.
func (h *House) staleSubject(app core.App, collection, id string) error {
	return collections.StaleSubject(collections.Through(app.DB()), collection, id, moved[0],
		stampOf(h.options.Clock()))
}
