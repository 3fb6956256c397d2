package collections

import (
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

func init() {
	core.AppMigrations.Register(indexFacets, nil, "1764000162_facets.go")
}

// indexFacets makes the index of the order of change hold what lists are filtered by, and whose rows they
// are: a filter that few customers meet is decided in the index, without reading every row.
func indexFacets(app core.App) error {
	c, err := app.FindCollectionByNameOrId("customers")
	if err != nil {
		return err
	}
	const name = "idx_customers_updated"
	c.Indexes = append(slices.DeleteFunc(c.Indexes, func(one string) bool { return strings.Contains(one, name) }),
		indexOn(name, "customers", "updated, status, stage, tier, kind, department, owner, has_deal", ""))
	return app.Save(c)
}
