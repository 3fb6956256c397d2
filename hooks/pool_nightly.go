package hooks

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/policy"
)

// Bounds of the night's work for the pool: those who are told and those who go back in one night, and
// how many tasks are made in one transaction. The next night goes on.
const (
	poolANight = 2000
	poolChunk  = 100
)

// Actions of the pool in the audit log.
const (
	actPoolReturn = "pool_return"
	actPoolClaim  = "pool_claim"
)

// ReturnToPool gives back to the shared pool what nobody followed up, and tells the owners of those whose
// turn comes next (R8.6, decision 22).
func (h *House) ReturnToPool(ctx context.Context) (string, error) {
	set, at := h.policies.Load().Pool, stampOf(h.options.Clock())
	if err := h.endNotices(ctx, set.Days > 0); err != nil || set.Days == 0 {
		return "off", err
	}
	due, err := collections.DueForPool(collections.Through(h.app.DB()), h.dayBefore(set.Days), at, poolANight)
	if err != nil {
		return "", err
	}
	returned := 0
	for _, n := range due {
		if err := ctx.Err(); err != nil {
			return "", err // the next run goes on
		}
		done, err := h.toPool(n.ID, set)
		if err != nil {
			return "", err
		}
		if done {
			returned++
		}
	}
	told, err := h.tellOwners(ctx, set)
	return fmt.Sprintf("%d returned, %d told", returned, told), err
}

// endNotices ends those that no longer say what will be, or all, in parts: whoever saves meanwhile waits for
// one of them at most.
func (h *House) endNotices(ctx context.Context, stale bool) error {
	ids, err := collections.OpenNotices(collections.Through(h.app.DB()), stale)
	if err != nil {
		return err
	}
	db, at := collections.Through(h.app.NonconcurrentDB()), stampOf(h.options.Clock())
	for part := range slices.Chunk(ids, poolChunk) {
		if err := ctx.Err(); err != nil {
			return err // the next run goes on
		}
		h.giveWay(ctx)
		if err := collections.EndNotices(db, part, stale, at); err != nil {
			return err
		}
	}
	return nil
}

func (h *House) dayBefore(days int) string { return h.now().AddDate(0, 0, -days).Format(time.DateOnly) }

// toPool takes one customer from its owner, unless somebody was faster.
func (h *House) toPool(id string, set policy.Pool) (done bool, err error) {
	h.giveWay(background())
	err = h.app.RunInTransaction(func(tx core.App) error {
		db, at := collections.Through(tx.DB()), stampOf(h.options.Clock())
		n, err := collections.StillDue(db, id, h.dayBefore(set.Days))
		if err != nil || n == nil {
			return err
		}
		if err := collections.ToPool(db, *n, at); err != nil {
			return err
		}
		done = true
		reason := fmt.Sprintf("自%s起超过%d天无人跟进，按公海规则退回", n.Since, set.Days)
		owner := fields.MustGet("customers", "owner")
		err = collections.AppendChanges(db, collections.Cause{By: system.ID, ByName: system.Name, Reason: reason, At: at,
			Via: "system"}, []collections.Change{{Customer: id, Collection: "customers", Record: id, Field: owner.Key,
			Class: owner.Class, Old: n.Owner, New: ""}})
		if err != nil {
			return err
		}
		return h.note(tx, system, actPoolReturn, on("customers", id), map[string]any{"number": n.Number,
			"from": n.Owner, "since": n.Since, "days": set.Days, "reason": reason})
	})
	return done && err == nil, err
}

// tellOwners makes the notices: a task that a follow-up closes, due when the customer goes back.
func (h *House) tellOwners(ctx context.Context, set policy.Pool) (told int, err error) {
	reader := collections.Through(h.app.DB())
	last, err := collections.LastDoc(reader)
	if err != nil {
		return 0, err
	}
	day := h.dayBefore(set.Days - set.Notice)
	for after := int64(0); after < last && told < poolANight; after += remindChunk {
		if err := ctx.Err(); err != nil {
			return told, err
		}
		found, err := collections.NeglectedCustomers(reader, after, after+remindChunk, day)
		if err != nil {
			return told, err
		}
		for part := range slices.Chunk(found, poolChunk) {
			h.giveWay(ctx)
			err := h.app.RunInTransaction(func(tx core.App) error { return h.tell(tx, part, set) })
			if err != nil {
				return told, err
			}
			told += len(part)
		}
	}
	return told, nil
}

func (h *House) tell(tx core.App, list []collections.Neglected, set policy.Pool) error {
	db, at, now := collections.Through(tx.DB()), stampOf(h.options.Clock()), h.now()
	for _, n := range list {
		since, err := time.ParseInLocation(time.DateOnly, n.Since, now.Location())
		if err != nil {
			return fmt.Errorf("%s: %w", n.Number, err)
		}
		goes := since.AddDate(0, 0, set.Days)
		earliest := time.Date(now.Year(), now.Month(), now.Day()+set.Notice, 0, 0, 0, 0, now.Location())
		if goes.Before(earliest) {
			goes = earliest // nobody loses a customer without having been told in time
		}
		err = collections.OpenTask(db, collections.Task{Key: n.NoticeTask(), Kind: "followup", Customer: n.ID,
			Assignee: n.Owner, Title: "无人跟进，客户将于" + goes.Format(time.DateOnly) + "退回公海",
			Due: stampOf(goes.UTC())}, at)
		if err != nil {
			return err
		}
	}
	return nil
}
