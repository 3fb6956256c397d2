package hooks

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/ledger"
	"kehu/internal/search"
)

// Limits of a search.
const (
	searchLimit    = 20
	maxSearchLimit = 50
)

// search finds customers by what a person types (R14.2).
func (h *House) search(e *core.RequestEvent) error {
	params := e.Request.URL.Query()
	query, err := search.Parse(params.Get("q"))
	if err != nil {
		return refuseError(e, err)
	}
	limit := atoi(params.Get("limit"))
	if limit <= 0 {
		limit = searchLimit
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	found, err := collections.Search(collections.Through(e.App.DB()), reader, query,
		min(limit, maxSearchLimit))
	if err != nil {
		return err
	}
	err = h.noteLater(actorIn(e), actSearch, on("customers", ""),
		map[string]any{"q": ledger.Redact(params.Get("q")), "ids": hitIDs(found)})
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]any{"items": found})
}

// hitIDs are the customers that were found.
func hitIDs(found []collections.Hit) []string {
	ids := make([]string, len(found))
	for i, hit := range found {
		ids[i] = hit.ID
	}
	return ids
}
