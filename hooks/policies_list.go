package hooks

import (
	"encoding/json"
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/internal/policy"
)

// listedPolicy is a policy as its form needs it.
type listedPolicy struct {
	Key     string          `json:"key"`
	ID      string          `json:"id,omitempty"` // of its record, where it was changed
	Note    string          `json:"note,omitempty"`
	Updated string          `json:"updated,omitempty"`
	Value   json.RawMessage `json:"value"`
	Default json.RawMessage `json:"default"`
	Shape   policy.Shape    `json:"shape"`
}

func (h *House) bindPolicies(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/policies", h.policiesList).BindFunc(signedIn, runningRegister)
}

// policiesList is GET /policies: every policy as it is in force, with its default and what a form of it
// looks like.
func (h *House) policiesList(e *core.RequestEvent) error {
	set, defaults := *h.policies.Load(), policy.Defaults()
	records, err := e.App.FindAllRecords("policies")
	if err != nil {
		return err
	}
	stored := map[string]*core.Record{}
	for _, r := range records {
		stored[r.GetString("key")] = r
	}
	items := []listedPolicy{}
	for _, key := range policy.Keys() {
		shape, _ := policy.ShapeOf(key)
		one := listedPolicy{Key: key, Shape: shape}
		if one.Value, err = set.Value(key); err != nil {
			return err
		}
		if one.Default, err = defaults.Value(key); err != nil {
			return err
		}
		if r := stored[key]; r != nil {
			one.ID, one.Note, one.Updated = r.Id, r.GetString("note"), r.GetString("updated")
		}
		items = append(items, one)
	}
	return e.JSON(http.StatusOK, map[string]any{"items": items})
}
