package hooks

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
)

// optimizeJob is PocketBase's own, which empties the logs at midnight and then measures the tables.
const optimizeJob = "__pbDBOptimize__"

// keepPlans has PocketBase leave no statistics of the tables: it makes them at midnight and whenever a
// collection is changed (decision 25).
func (h *House) keepPlans() {
	h.app.Cron().MustAdd(optimizeJob, "0 0 * * *", func() {
		for _, db := range []collections.DB{collections.Through(h.app.NonconcurrentDB()), collections.Through(h.app.AuxNonconcurrentDB())} {
			if err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				h.app.Logger().Warn("the log was not emptied", "error", err)
			}
		}
	})
	forget := func(e *core.CollectionEvent) error {
		return errors.Join(e.Next(), collections.ForgetStatistics(e.App))
	}
	h.app.OnCollectionAfterCreateSuccess().BindFunc(forget)
	h.app.OnCollectionAfterUpdateSuccess().BindFunc(forget)
}
