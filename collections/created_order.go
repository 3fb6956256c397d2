package collections

import "github.com/pocketbase/pocketbase/core"

func init() {
	core.AppMigrations.Register(indexCreated, nil, "1764000150_created_order.go")
}

// indexCreated gives the lists in the order of creation, which is the admin UI's, indexes to stand on.
func indexCreated(app core.App) error {
	c, err := app.FindCollectionByNameOrId("customers")
	if err != nil {
		return err
	}
	c.AddIndex("idx_customers_created", false, "created", "")
	c.AddIndex("idx_customers_department_created", false, "department, created", "")
	return app.Save(c)
}
