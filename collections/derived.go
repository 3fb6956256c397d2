package collections

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/internal/register"
)

// deals are a customer's orders that were not cancelled, and its contracts, running or done, that
// have no orders, at their signing date (decisions.md, Amounts). An opening order carries an old
// register's totals: since is the first deal of that time, and it counts in no year.
const deals = `SELECT date AS last, CASE WHEN since != '' THEN since ELSE date END AS first,
		amount, opening FROM orders WHERE customer = ?1 AND state != 'cancelled'
	UNION ALL
	SELECT signed, signed, amount, FALSE FROM contracts WHERE customer = ?1
		AND state IN ('running', 'done') AND signed != ''
		AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.contract = contracts.id
			AND o.state != 'cancelled')`

var updateDeals = numbered(`UPDATE customers SET
	(first_deal, last_deal, total_amount, annual_amount, relationship) = (
		SELECT coalesce(min(first), ''), coalesce(max(last), ''),
			coalesce(round(sum(amount), 2), 0),
			coalesce(round(sum(CASE WHEN last > ?2 AND NOT opening THEN amount END), 2), 0),
			CASE WHEN count(*) > 0 THEN 'existing' ELSE 'new' END
		FROM (` + deals + `)),
	has_deal = EXISTS (SELECT 1 FROM orders WHERE customer = ?1)
		OR EXISTS (SELECT 1 FROM contracts WHERE customer = ?1)
	WHERE id = ?1`)

// numberedStatement keeps the order in which ?1 and ?2 are bound as plain question marks.
type numberedStatement struct {
	text  string
	order []int
}

func numbered(text string) numberedStatement {
	var out strings.Builder
	s := numberedStatement{}
	for i := 0; i < len(text); i++ {
		out.WriteByte(text[i])
		if text[i] == '?' {
			i++
			s.order = append(s.order, int(text[i]-'1'))
		}
	}
	s.text = out.String()
	return s
}

func (s numberedStatement) exec(db DB, args ...any) error {
	bound := make([]any, len(s.order))
	for i, n := range s.order {
		bound[i] = args[n]
	}
	return db.Exec(s.text, bound...)
}

// RefreshDeals derives a customer's amounts and deal dates (R1.5) after an order or a contract
// changed. today is the company's civil date.
func RefreshDeals(db DB, customer string, now time.Time) error {
	yearAgo := now.AddDate(0, 0, -365).Format("2006-01-02")
	return updateDeals.exec(db, customer, yearAgo)
}

// RefreshContact sets the day of the last follow-up.
func RefreshContact(db DB, customer string) error {
	return db.Exec(`UPDATE customers SET last_contact = coalesce(
		(SELECT max(date) FROM followups WHERE customer = ?), '') WHERE id = ?`, customer, customer)
}

// neededOf are the columns of a belonging that a policy may ask for, scanned as text.
var neededOf = map[string][]string{
	"contacts":  {"name", "title", "mobile", "landline", "email", "wechat"},
	"contracts": {"number", "title", "signed", "starts", "ends", "amount"},
	"orders":    {"number", "date", "product", "amount"},
	"followups": {"date", "summary"},
	"consents":  {"granted"},
}

// Needs reads the belongings that the policy asks for of a customer, for register.Missing.
func Needs(db DB, customer string, set *policy.Set) (map[string][]register.Values, error) {
	needs := map[string][]register.Values{}
	for collection := range needed(set) {
		columns := neededOf[collection]
		if columns == nil {
			continue
		}
		rows, err := db.Query("SELECT "+strings.Join(columns, ", ")+" FROM "+collection+
			" WHERE customer = ?", customer)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			texts := make([]string, len(columns))
			into := make([]any, len(columns))
			for i := range texts {
				into[i] = &texts[i]
			}
			if err := rows.Scan(into...); err != nil {
				rows.Close()
				return nil, err
			}
			one := register.Values{}
			for i, key := range columns {
				if f := fields.MustGet(collection, key); f.Kind != fields.Money || texts[i] != "0" {
					one[key] = texts[i]
				}
			}
			needs[collection] = append(needs[collection], one)
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return needs, nil
}

// needed are the collections beside customers that the policy of required fields names.
func needed(set *policy.Set) map[string]bool {
	named := map[string]bool{}
	for _, stages := range set.Required {
		for _, wanted := range stages {
			for _, alternatives := range wanted {
				for _, path := range strings.Split(alternatives, "|") {
					if collection, _ := fields.Split(path); collection != "customers" {
						named[collection] = true
					}
				}
			}
		}
	}
	return named
}

// StoreMissing writes the list of what a customer lacks, where it changed.
func StoreMissing(db DB, customer string, missing []string) error {
	list, err := json.Marshal(missing)
	if err != nil {
		return err
	}
	return db.Exec("UPDATE customers SET missing = ? WHERE id = ? AND missing IS NOT ?",
		string(list), customer, string(list))
}

// RequiredValues reads of a customer what Missing looks at; nil where there is no such customer.
func RequiredValues(db DB, customer string, set *policy.Set) (register.Values, error) {
	keys := requiredColumns(set)
	into := make([]any, len(keys))
	texts := make([]string, len(keys))
	for i := range texts {
		into[i] = &texts[i]
	}
	found, err := one(db, into, "SELECT "+strings.Join(keys, ", ")+
		" FROM customers WHERE id = ?", customer)
	if err != nil || !found {
		return nil, err
	}
	values := register.Values{}
	for i, key := range keys {
		values[key] = texts[i]
		if absent(fields.MustGet("customers", key).Kind, texts[i]) {
			values[key] = ""
		}
	}
	return values, nil
}

// absent tells the stored form of no value, by kind of field.
func absent(kind fields.Kind, text string) bool {
	switch kind {
	case fields.Money, fields.Number, fields.Bool:
		return text == "0"
	case fields.Tags, fields.SelectMany, fields.JSON:
		return text == "[]" || text == "null"
	}
	return false
}

func requiredColumns(set *policy.Set) []string {
	keys := []string{"kind", "stage", "division", "business_address", "registered_address"}
	for _, stages := range set.Required {
		for _, wanted := range stages {
			for _, alternatives := range wanted {
				for _, path := range strings.Split(alternatives, "|") {
					collection, key := fields.Split(path)
					if collection == "customers" && !slices.Contains(keys, key) {
						keys = append(keys, key)
					}
				}
			}
		}
	}
	return keys
}
