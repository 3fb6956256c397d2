package collections

import (
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/industry"
	"kehu/internal/places"
)

// The side tables are plain SQL, out of reach of every record route, filter, expand and of the
// collection editor.
var sideTables = []string{
	// counters of numbers: the last one given out, by the key of its pattern
	`CREATE TABLE IF NOT EXISTS kehu_counters (
		name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID`,
	// totals of customers by department, kept by triggers, so that every way in is counted
	`CREATE TABLE IF NOT EXISTS kehu_totals (
		department TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID`,
	`CREATE TRIGGER IF NOT EXISTS kehu_totals_insert AFTER INSERT ON customers BEGIN
		INSERT INTO kehu_totals VALUES (NEW.department, 1)
			ON CONFLICT (department) DO UPDATE SET n = n + 1;
	END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_totals_delete AFTER DELETE ON customers BEGIN
		UPDATE kehu_totals SET n = n - 1 WHERE department = OLD.department;
	END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_totals_move AFTER UPDATE OF department ON customers
		WHEN OLD.department <> NEW.department BEGIN
		UPDATE kehu_totals SET n = n - 1 WHERE department = OLD.department;
		INSERT INTO kehu_totals VALUES (NEW.department, 1)
			ON CONFLICT (department) DO UPDATE SET n = n + 1;
	END`,
	// the search index; its rowid is customers.doc, which VACUUM does not renumber
	`CREATE VIRTUAL TABLE IF NOT EXISTS kehu_search USING fts5(
		b, c, s, content='', contentless_delete=1, detail=column, tokenize='ascii')`,
	`CREATE TRIGGER IF NOT EXISTS kehu_search_delete AFTER DELETE ON customers BEGIN
		DELETE FROM kehu_search WHERE rowid = OLD.doc;
	END`,
	// sealed values: what the columns of class S hold only as masks
	`CREATE TABLE IF NOT EXISTS kehu_sealed (
		customer TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
		field TEXT NOT NULL, sealed BLOB NOT NULL, blind BLOB NOT NULL,
		PRIMARY KEY (customer, field)) WITHOUT ROWID`,
	`CREATE INDEX IF NOT EXISTS kehu_sealed_blind ON kehu_sealed (field, blind)`,
	// no plain certificate or account number passes into its column, by whatever way
	plainGuard("INSERT"), plainGuard("UPDATE"),
	// the keysets, wrapped by the root key
	`CREATE TABLE IF NOT EXISTS kehu_keysets (
		id INTEGER PRIMARY KEY CHECK (id = 1), wrapped BLOB NOT NULL)`,
}

func plainGuard(event string) string {
	const nine = `*[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]*`
	return `CREATE TRIGGER IF NOT EXISTS kehu_plain_` + event + ` BEFORE ` + event +
		` ON customers WHEN NEW.cert_no GLOB '` + nine + `' OR NEW.bank_account GLOB '` + nine +
		`' BEGIN SELECT RAISE(ABORT, 'plain sensitive value'); END`
}

func createSideTables(app core.App) error {
	db := Through(app.NonconcurrentDB())
	if err := execAll(db, sideTables); err != nil {
		return err
	}
	if err := fillDivisions(db); err != nil {
		return err
	}
	if err := fillIndustries(db); err != nil {
		return err
	}
	return fillTags(app)
}

const insertDictionary = ` (id, name, parent, level, created, updated)
	VALUES (?, ?, ?, ?, strftime('%Y-%m-%d %H:%M:%fZ'), strftime('%Y-%m-%d %H:%M:%fZ'))
	ON CONFLICT (id) DO UPDATE SET name = excluded.name, parent = excluded.parent`

func fillDivisions(db DB) error {
	for _, d := range places.All() {
		err := db.Exec("INSERT INTO divisions"+insertDictionary, d.Code, d.Name, d.Parent, d.Level)
		if err != nil {
			return err
		}
	}
	return nil
}

func fillIndustries(db DB) error {
	for _, i := range industry.All() {
		err := db.Exec("INSERT INTO industries"+insertDictionary, i.ID, i.Name, i.Parent, i.Level)
		if err != nil {
			return err
		}
	}
	return nil
}

// SystemTags are the preset tags of R5.6.
var SystemTags = []string{
	"高价值客户", "重点维护", "潜力客户", "高意向", "高新技术企业", "决策链复杂", "价格敏感型",
	"注重服务", "长期合作", "新开发", "行业标杆", "需要回访",
}

func fillTags(app core.App) error {
	c, err := app.FindCollectionByNameOrId("tags")
	if err != nil {
		return err
	}
	for _, name := range SystemTags {
		tag := core.NewRecord(c)
		tag.Set("name", name)
		tag.Set("system", true)
		if err := app.Save(tag); err != nil {
			return err
		}
	}
	return nil
}
