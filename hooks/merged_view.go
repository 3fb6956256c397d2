package hooks

import (
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
)

// MergedHeader names the customer that was asked for, where the answer is the one it was merged into.
const MergedHeader = "X-Kehu-Merged-From"

// mergedFrom is the same beside the record's own fields.
const mergedFrom = "merged_from"

// followMerge lets the id of a merged customer lead to its survivor: the record's route answers the
// survivor, under the survivor's own rules.
func (h *House) followMerge(e *core.RequestEvent) error {
	id, ok := strings.CutPrefix(e.Request.URL.Path, "/api/collections/customers/records/")
	if !ok || e.Request.Method != http.MethodGet || id == "" || strings.Contains(id, "/") {
		return nil
	}
	survivor, err := collections.Survivor(collections.Through(e.App.DB()), id)
	if err != nil || survivor == id || survivor == "" {
		return err
	}
	e.Request.SetPathValue("id", survivor)
	e.Set(MergedHeader, id)
	return nil
}

// mergedNumbers are the numbers that lead to a customer, by the ids of those that were merged into it.
const mergedNumbers = "merged_numbers"

// customerView says from which customers an answer came.
func (h *House) customerView(e *core.RecordRequestEvent) error {
	numbers, err := collections.MergedInto(collections.Through(e.App.DB()), e.Record.Id)
	if err != nil {
		return err
	}
	if len(numbers) > 0 {
		e.Record.WithCustomData(true).Set(mergedNumbers, numbers)
	}
	if from, ok := e.Get(MergedHeader).(string); ok {
		e.Response.Header().Set(MergedHeader, from)
		e.Record.Set(mergedFrom, from)
	}
	return e.Next()
}
