package hooks

import (
	"context"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/archive"
	"kehu/internal/fault"
)

// proposalsANight bounds what one night proposes: each proposal is a decision for somebody, and the
// next night goes on. A register taken over from elsewhere may hold thousands.
const proposalsANight = 1000

// ProposeArchive asks the heads of departments to archive the customers without business and contact
// (R8.2), and reminds data management of what has been kept long enough (R8.3).
func (h *House) ProposeArchive(ctx context.Context) (string, error) {
	if err := h.remindPurge(); err != nil {
		return "", err
	}
	months := h.policies.Load().Archive.Months
	if months == 0 {
		return "off", nil
	}
	reader := collections.Through(h.app.DB())
	last, err := collections.LastDoc(reader)
	if err != nil {
		return "", err
	}
	day, n := archive.QuietSince(h.now(), months).Format("2006-01-02"), 0
	for after := int64(0); after < last && n < proposalsANight; after += remindChunk {
		quiet, err := collections.QuietCustomers(reader, after, after+remindChunk, day, proposalsANight-n)
		if err != nil {
			return "", err
		}
		for _, q := range quiet {
			if err := ctx.Err(); err != nil {
				return "", err // the next run goes on
			}
			h.giveWay(ctx)
			if err := h.propose(q, months); err != nil {
				return "", err
			}
			n++
		}
	}
	return fmt.Sprintf("%d customers", n), nil
}

// propose asks for one customer in the name of the system.
func (h *House) propose(q collections.Quiet, months int) error {
	err := h.app.RunInTransaction(func(tx core.App) error {
		customer, err := tx.FindRecordById("customers", q.ID)
		if err != nil {
			return nil // gone meanwhile
		}
		if err := h.mayArchive(tx, customer); err != nil {
			return err
		}
		_, err = h.ask(tx, nil, wanted{row: "archive", customer: customer, collection: "customers", id: q.ID,
			reason:  fmt.Sprintf("自%s起已有%d个月没有业务往来和联系，系统提议归档", q.Since, months),
			payload: map[string]any{"last_contact": q.LastContact, "since": q.Since, "proposed": true}})
		return err
	})
	if found, ok := fault.Of(err); ok &&
		(found.Code == ErrArchiveAsked.Code || found.Code == ErrArchiveStatus.Code) {
		return nil // somebody was faster
	}
	return err
}

// remindPurge tells data management, once a month, of what may be destroyed.
func (h *House) remindPurge() error {
	now := h.now()
	n, err := collections.CountPurgeable(collections.Through(h.app.DB()), now.Format("2006-01-02"))
	if err != nil || n == 0 {
		return err
	}
	db := collections.Through(h.app.NonconcurrentDB())
	admins, err := collections.ActiveAdmins(db)
	if err != nil {
		return err
	}
	due := h.dueIn(h.policies.Load().Reminders.Days)
	provisional, err := jsonText(yearsOf(due))
	if err != nil {
		return err
	}
	for _, staff := range admins {
		err := collections.OpenTask(db, collections.Task{Key: "purge:" + now.Format("2006-01") + ":" + staff,
			Kind: "custom", Assignee: staff, Title: fmt.Sprintf("归档库中有%d个客户保存期满，可以申请销毁", n),
			Due: stampOf(due.At.UTC()), Provisional: provisional}, stampOf(h.options.Clock()))
		if err != nil {
			return err
		}
	}
	return nil
}
