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

// customerView says from which customer an answer came.
func (h *House) customerView(e *core.RecordRequestEvent) error {
	if from, ok := e.Get(MergedHeader).(string); ok {
		e.Response.Header().Set(MergedHeader, from)
		e.Record.WithCustomData(true).Set(mergedFrom, from)
	}
	return e.Next()
}
