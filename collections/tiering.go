package collections

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/tier"
)

func init() {
	core.AppMigrations.Register(createTiering, nil, "1764000101_tiering.go")
}

// createTiering keeps beside the customers how the register is classified: the least amounts of the
// value levels, and how far a pass over the whole register is.
func createTiering(app core.App) error {
	c, err := app.FindCollectionByNameOrId("customers")
	if err != nil {
		return err
	}
	c.Indexes = append(c.Indexes, indexOn("idx_customers_annual", "customers", "annual_amount", "annual_amount > 0"))
	if err := app.Save(c); err != nil {
		return err
	}
	db := Through(app.NonconcurrentDB())
	if err := db.Exec(`CREATE TABLE IF NOT EXISTS kehu_tiering (
		id INTEGER PRIMARY KEY CHECK (id = 1), high REAL NOT NULL, medium REAL NOT NULL, counted INTEGER NOT NULL,
		todo TEXT NOT NULL, place INTEGER NOT NULL)`); err != nil {
		return err
	}
	return db.Exec(`INSERT INTO kehu_tiering SELECT 1, 0, 0, 0,
		CASE WHEN EXISTS (SELECT 1 FROM customers) THEN ? ELSE '' END, 0`, TodoAmounts)
}

// What a pass over the register still has to do; "" is nothing.
const (
	TodoAmounts = "amounts" // what the year's window has left, then the cuts, then all
	TodoTiers   = "tiers"   // all customers beyond the place
)

// Tiering is how the classification of the register stands.
type Tiering struct {
	Cuts  tier.Cuts
	Todo  string
	Place int64
}

// ReadTiering reads it.
func ReadTiering(db DB) (Tiering, error) {
	var t Tiering
	_, err := one(db, []any{&t.Cuts.High, &t.Cuts.Medium, &t.Cuts.Of, &t.Todo, &t.Place},
		"SELECT high, medium, counted, todo, place FROM kehu_tiering")
	return t, err
}

// StoreCuts keeps the least amounts of the levels.
func StoreCuts(db DB, cuts tier.Cuts) error {
	return db.Exec("UPDATE kehu_tiering SET high = ?, medium = ?, counted = ?", cuts.High, cuts.Medium, cuts.Of)
}

// MarkTiering notes what a pass has still to do, and from where on.
func MarkTiering(db DB, todo string, place int64) error {
	return db.Exec("UPDATE kehu_tiering SET todo = ?, place = ?", todo, place)
}

// Cuts are the least amounts of the levels, as the register stands. Beyond most customers with an
// amount ok is false and nothing is read; 0 reads them all.
func Cuts(db DB, v tier.Value, most int) (cuts tier.Cuts, ok bool, err error) {
	const valued = "SELECT 1 FROM customers WHERE annual_amount > 0"
	if most > 0 {
		_, err = one(db, []any{&cuts.Of}, "SELECT count(*) FROM ("+valued+" LIMIT ?)", most+1)
	} else {
		_, err = one(db, []any{&cuts.Of}, "SELECT count(*) FROM ("+valued+")")
	}
	if err != nil || most > 0 && cuts.Of > most {
		return cuts, false, err
	}
	high, both := v.Places(cuts.Of)
	for _, at := range []struct {
		place int
		into  *float64
	}{{high, &cuts.High}, {both, &cuts.Medium}} {
		_, err := one(db, []any{at.into}, `SELECT annual_amount FROM customers WHERE annual_amount > 0
			ORDER BY annual_amount DESC LIMIT 1 OFFSET ?`, max(at.place-1, 0))
		if err != nil {
			return cuts, false, err
		}
	}
	return cuts, true, nil
}

// Crossed lists the customers whose value level is not that of the cuts.
func Crossed(db DB, cuts tier.Cuts) ([]string, error) {
	return column(db, `SELECT id FROM customers WHERE annual_amount > 0 AND value_level != CASE
		WHEN annual_amount >= ? THEN 'high' WHEN annual_amount >= ? THEN 'medium' ELSE 'low' END`,
		cuts.High, cuts.Medium)
}

// Tiered is a customer as classification sees it.
type Tiered struct {
	Doc                      int64
	ID, Number, Kind, Name   string
	Figures                  tier.Figures
	Tier, Rule, Value, Label string
	Industry, Demands        string // demands: a JSON list
	Reason, StageDates       string // JSON
	Owner                    string
	WonFrom                  string // of the reason
}

const tieredColumns = `doc, id, number, kind, name, stage, intention, influence, growth, purchase_cycle,
	annual_amount, total_amount, first_deal, relationship = 'existing', tier, tier_rule, value_level, label,
	industry, demand_types, owner, coalesce(tier_reason, '')`

func (t *Tiered) places() []any {
	f := &t.Figures
	return []any{&t.Doc, &t.ID, &t.Number, &t.Kind, &t.Name, &f.Stage, &f.Intention, &f.Influence, &f.Growth,
		&f.Cycle, &f.Annual, &f.Total, &f.First, &f.Deal, &t.Tier, &t.Rule, &t.Value, &t.Label, &t.Industry,
		&t.Demands, &t.Owner, &t.Reason}
}

// Why is what is stored about a tier; nothing where nothing is.
func (t *Tiered) Why() (why tier.Why, err error) {
	if t.Reason == "" || t.Reason == "null" {
		return why, nil
	}
	return why, json.Unmarshal([]byte(t.Reason), &why)
}

const purchases = "state != 'cancelled' AND NOT opening AND amount >= 0 AND date != ''"

// ReadTiered reads one customer; nil where there is none.
func ReadTiered(db DB, id string) (*Tiered, error) {
	t := &Tiered{}
	found, err := one(db, append(t.places(), &t.StageDates), "SELECT "+tieredColumns+
		", coalesce(stage_dates, '') FROM customers WHERE id = ?", id)
	if err != nil || !found {
		return nil, err
	}
	why, err := t.Why()
	if err != nil {
		return nil, err
	}
	t.WonFrom = why.WonFrom
	if t.Figures.Deal {
		t.Figures.Days, err = column(db, "SELECT date FROM orders WHERE customer = ? AND "+purchases+
			" ORDER BY date", id)
	}
	return t, err
}

// TieredRows reads the customers of a part of the order of entry.
func TieredRows(db DB, after, to int64) ([]*Tiered, error) {
	rows, err := db.Query("SELECT "+tieredColumns+" FROM customers WHERE doc > ? AND doc <= ? ORDER BY doc", after, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*Tiered
	withDeals := map[string]*Tiered{}
	for rows.Next() {
		t := &Tiered{}
		if err := rows.Scan(t.places()...); err != nil {
			return nil, err
		}
		list = append(list, t)
		if t.Figures.Deal {
			withDeals[t.ID] = t
		}
	}
	if err := rows.Err(); err != nil || len(withDeals) == 0 {
		return list, err
	}
	return list, readDays(db, withDeals, after, to)
}

func readDays(db DB, of map[string]*Tiered, after, to int64) error {
	rows, err := db.Query("SELECT o.customer, o.date FROM customers c CROSS JOIN orders o ON o.customer = c.id "+
		"WHERE c.doc > ? AND c.doc <= ? AND c.relationship = 'existing' AND "+purchases+
		" ORDER BY o.customer, o.date", after, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, day string
		if err := rows.Scan(&id, &day); err != nil {
			return err
		}
		if t := of[id]; t != nil {
			t.Figures.Days = append(t.Figures.Days, day)
		}
	}
	return rows.Err()
}

// WriteTiered changes columns of a customer that classification keeps. Its time stamp stays: nobody
// touched the customer.
func WriteTiered(db DB, id string, changes map[string]any) error {
	var columns []string
	var values []any
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		columns, values = append(columns, "`"+name+"` = ?"), append(values, changes[name])
	}
	return db.Exec("UPDATE customers SET "+strings.Join(columns, ", ")+" WHERE id = ?", append(values, id)...)
}

// SlidAmounts lists customers of a part of the order of entry whose yearly amount is no longer that of
// the last 365 days.
func SlidAmounts(db DB, after, to int64, yearAgo string) ([]string, error) {
	return column(db, `SELECT id FROM customers c WHERE doc > ? AND doc <= ? AND annual_amount != 0
		AND annual_amount IS NOT coalesce(round((SELECT sum(amount) FROM (
			SELECT amount FROM orders WHERE customer = c.id AND state != 'cancelled' AND NOT opening AND date > ?
			UNION ALL SELECT amount FROM contracts k WHERE k.customer = c.id AND state IN ('running', 'done')
				AND signed > ? AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.contract = k.id
					AND o.state != 'cancelled'))), 2), 0)`, after, to, yearAgo, yearAgo)
}

// LastDealOf is what a customer's record takes from its deals, as it stands now.
func LastDealOf(db DB, id string) (map[string]any, error) {
	var first, last, relationship string
	var total, annual float64
	var deal bool
	found, err := one(db, []any{&first, &last, &total, &annual, &relationship, &deal}, `SELECT first_deal, last_deal,
		total_amount, annual_amount, relationship, has_deal FROM customers WHERE id = ?`, id)
	if err != nil || !found {
		return nil, err
	}
	return map[string]any{"first_deal": first, "last_deal": last, "total_amount": total,
		"annual_amount": annual, "relationship": relationship, "has_deal": deal}, nil
}

// MissingOf is what a customer lacks, and who looks after it.
func MissingOf(db DB, customer string) (missing []string, owner string, err error) {
	var list string
	found, err := one(db, []any{&list, &owner}, "SELECT missing, owner FROM customers WHERE id = ?", customer)
	if err != nil || !found || list == "" {
		return nil, owner, err
	}
	return missing, owner, json.Unmarshal([]byte(list), &missing)
}

// CancelTask ends a task that asks for what is no longer wanted, and gives its key free.
func CancelTask(db DB, key, at string) error {
	return db.Exec("UPDATE tasks SET state = 'cancelled', updated = ?, `key` = `key` || '#' || id "+
		"WHERE `key` = ? AND `key` != '' AND state = 'open'", at, key)
}
