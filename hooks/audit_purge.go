package hooks

import (
	"context"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/ledger"
)

// purgeChunk is how many entries go in one transaction: whoever saves meanwhile waits for one.
const purgeChunk = 2000

// purgeAt is the hour of the nightly purge, after the sweep of files.
const purgeAt = 4

// PurgeAudit removes the entries past their retention (policy audit). What is left of them is the
// signed mark of the last one, on which the chain goes on, and an entry that says so. It removes
// nothing of a log that does not hold: that is evidence.
func (h *House) PurgeAudit(ctx context.Context) (string, error) {
	years := h.policies.Load().Audit.KeepYears
	before := stampOf(h.now().AddDate(-years, 0, 0))
	db := collections.Through(h.app.DB())
	if _, old, err := collections.AuditBefore(db, before, 1); err != nil || !old {
		return "0 entries", err
	}
	if err := h.holds(db); err != nil {
		return "", err
	}
	first := true
	removed := int64(0)
	for ctx.Err() == nil {
		n, err := h.purgeSome(before, years, first)
		if err != nil {
			return "", err
		}
		if n == 0 {
			break
		}
		if removed += n; first {
			first = false
		}
	}
	return fmt.Sprintf("%d entries", removed), ctx.Err()
}

// purgeSome removes the oldest entries, and answers how many.
func (h *House) purgeSome(before string, years int, first bool) (removed int64, err error) {
	err = h.app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		last, found, err := collections.AuditBefore(db, before, purgeChunk)
		if err != nil || !found {
			return err
		}
		cut, _, err := collections.AuditCut(db, h.chain)
		if err != nil {
			return err
		}
		if first {
			err := h.note(tx, system, actPurge, on("audit_log", ""), map[string]any{
				"before": before, "keep_years": years, "from": cut.Seq + 1})
			if err != nil {
				return err
			}
		}
		removed = last.Seq - cut.Seq
		return collections.CutAudit(db, h.chain, last, stampOf(h.options.Clock()))
	})
	return removed, err
}

// holds refuses a log whose old entries do not hold any more.
func (h *House) holds(db collections.DB) error {
	report, err := collections.CheckAudit(db, h.chain, ledger.Anchors{})
	if err != nil {
		return err
	}
	switch b := report.Broken; {
	case b == nil, b.Why.Code == ledger.ErrAnchorMissing.Code, b.Why.Code == ledger.ErrGap.Code:
		return nil // the anchors are no matter of the oldest entries
	default:
		return b
	}
}
