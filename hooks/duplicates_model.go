package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
)

// readModel takes up how common things are in this register, and sees that the keys of its
// customers are those of this version.
func (h *House) readModel() error {
	if err := h.app.RunInTransaction(func(tx core.App) error {
		return collections.RenewKeys(collections.Through(tx.DB()))
	}); err != nil {
		return err
	}
	m, err := collections.ReadModel(collections.Through(h.app.DB()))
	if err == nil {
		h.model.Store(m)
	}
	return err
}
