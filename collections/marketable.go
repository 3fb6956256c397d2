package collections

import (
	"github.com/pocketbase/pocketbase/core"
)

func init() {
	core.AppMigrations.Register(addMarketable, nil, "1764000020_marketable.go")
	core.AppMigrations.Register(addExportRole, nil, "1764000021_export_role.go")
}

// addExportRole keeps for which role an export was masked.
func addExportRole(app core.App) error {
	c, err := app.FindCollectionByNameOrId("exports")
	if err != nil {
		return err
	}
	role := text("role", "导出时的角色", 20)
	role.Hidden = true
	c.Fields.Add(role)
	return app.Save(c)
}

// highIntent is the system tag that says the same as the intention "high".
const highIntent = "高意向"

// addMarketable keeps on each customer whether it stands in marketing's extract: of high intent, and
// with a consent to marketing that is not withdrawn. Row rules compare this column. Triggers keep
// it, so that every way in is counted: a record saved over REST or by an import, a consent given or
// withdrawn. PocketBase writes whole rows, so that a stale value is mended as it is written.
func addMarketable(app core.App) error {
	c, err := app.FindCollectionByNameOrId("customers")
	if err != nil {
		return err
	}
	if c.Fields.GetByName("marketable") == nil {
		c.Fields.Add(&core.BoolField{Name: "marketable", Hidden: true,
			Help: "可营销：高意向且同意营销"})
	}
	c.Indexes = append(c.Indexes, indexOn("idx_customers_marketable", "customers",
		"marketable, updated", "marketable = TRUE"))
	if err := app.Save(c); err != nil {
		return err
	}
	db := Through(app.NonconcurrentDB())
	if err := execAll(db, marketableTriggers); err != nil {
		return err
	}
	return db.Exec("UPDATE customers SET intention = intention WHERE id IN " +
		"(SELECT customer FROM consents WHERE purposes LIKE '%marketing%')")
}

const isMarketable = `((NEW.intention = 'high' OR EXISTS (
		SELECT 1 FROM json_each(NEW.tags) t JOIN tags g ON g.id = t.value WHERE g.name = '` +
	highIntent + `'))
	AND EXISTS (SELECT 1 FROM consents c, json_each(c.purposes) p
		WHERE c.customer = NEW.id AND c.withdrawn = '' AND p.value = 'marketing'))`

// touched makes the trigger of a customer's own row look again.
func touched(event, column, when string) string {
	return `CREATE TRIGGER IF NOT EXISTS kehu_marketable_consent_` + event + ` AFTER ` + event +
		` ON consents WHEN ` + when + ` BEGIN
		UPDATE customers SET intention = intention WHERE id = ` + column + `;
	END`
}

var marketableTriggers = []string{
	`CREATE TRIGGER IF NOT EXISTS kehu_marketable_insert AFTER INSERT ON customers
		WHEN NEW.marketable BEGIN
		UPDATE customers SET marketable = ` + isMarketable + ` WHERE id = NEW.id;
	END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_marketable_update
		AFTER UPDATE OF intention, tags, marketable ON customers
		WHEN NEW.marketable IS NOT ` + isMarketable + ` BEGIN
		UPDATE customers SET marketable = NOT NEW.marketable WHERE id = NEW.id;
	END`,
	touched("INSERT", "NEW.customer", "NEW.purposes LIKE '%marketing%'"),
	touched("UPDATE", "NEW.customer", "NEW.purposes || OLD.purposes LIKE '%marketing%'"),
	touched("DELETE", "OLD.customer", "OLD.purposes LIKE '%marketing%'"),
	`CREATE TRIGGER IF NOT EXISTS kehu_marketable_tag AFTER UPDATE OF name ON tags
		WHEN OLD.name != NEW.name AND '` + highIntent + `' IN (OLD.name, NEW.name) BEGIN
		UPDATE customers SET intention = intention WHERE tags LIKE '%' || NEW.id || '%';
	END`,
}
