package collections

import (
	"encoding/json"
	"strconv"
	"strings"

	"kehu/internal/fields"
	"kehu/internal/industry"
	"kehu/internal/mask"
	"kehu/internal/places"
)

// ExtractRow is one row of an extract by column. Values that are only recognised stand under
// "masked", as in the answer of a record.
type ExtractRow map[string]any

// Text is a column as a sheet shows it, masked values included.
func (r ExtractRow) Text(key string) string {
	masked, _ := r["masked"].(map[string]string)
	switch v := r[key].(type) {
	case string:
		if key == "state" {
			return optionLabel("contracts", key, v)
		}
		return v
	case []string:
		return strings.Join(v, "、")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return masked[key]
}

func (r ExtractRow) mask(key, shown string) {
	masked, _ := r["masked"].(map[string]string)
	if masked == nil {
		masked = map[string]string{}
		r["masked"] = masked
	}
	if shown != "" {
		masked[key] = shown
	}
}

// named puts a customer's name on a row, masked where it is a person's and the reader does not
// read it.
func (r ExtractRow) named(reader Reader, kind, name string) {
	if kind != "individual" || reader.ReadsContact() {
		r["name"] = name
		return
	}
	if !reader.Reads(fields.Contact).Hidden() {
		r.mask("name", mask.Person(name))
	}
}

func optionLabel(collection, key, value string) string {
	if o, ok := fields.MustGet(collection, key).Option(value); ok {
		return o.Zh
	}
	return value
}

// HighIntent reads marketing's extract: the customers whose column marketable is set, each with its
// first contact.
func HighIntent(db DB, reader Reader, yield func(ExtractRow) error) error {
	tags, err := Names(db, "tags")
	if err != nil {
		return err
	}
	staff, err := Names(db, "staff")
	if err != nil {
		return err
	}
	rows, err := db.Query(`SELECT c.number, c.kind, c.name, c.tags, c.industry, c.division,
			c.macro_region, c.owner, c.mobile, c.landline, c.email, coalesce(p.name, ''),
			coalesce(p.mobile, ''), coalesce(p.landline, ''), coalesce(p.email, '')
		FROM customers c LEFT JOIN contacts p ON p.id = (SELECT id FROM contacts
			WHERE customer = c.id ORDER BY ` + "`primary`" + ` DESC, created LIMIT 1)
		WHERE c.marketable = TRUE ORDER BY c.doc`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number, kind, name, tagged, trade, division, region, owner string
		var own, first [3]string // mobile, landline, email
		var contact string
		if err := rows.Scan(&number, &kind, &name, &tagged, &trade, &division, &region, &owner,
			&own[0], &own[1], &own[2], &contact, &first[0], &first[1], &first[2]); err != nil {
			return err
		}
		sector, _ := industry.Find(trade)
		row := ExtractRow{"number": number, "kind": kind, "tags": namesOf(tagged, tags),
			"industry": sector.Name, "region": regionOf(division, region), "owner": staff[owner]}
		row.named(reader, kind, name)
		if contact == "" && kind == "individual" {
			contact = name
		}
		row.mask("contact", mask.Person(contact))
		for i, key := range []string{"mobile", "landline", "email"} {
			value := own[i]
			if value == "" {
				value = first[i]
			}
			row.mask(key, mask.Value(fields.MustGet("customers", key), value))
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

func namesOf(list string, names map[string]string) []string {
	var ids []string
	_ = json.Unmarshal([]byte(list), &ids) // what PocketBase stored
	found := []string{}
	for _, id := range ids {
		found = append(found, names[id])
	}
	return found
}

func regionOf(division, region string) string {
	if name := places.FullName(division); name != "" {
		return name
	}
	return optionLabel("customers", "macro_region", region)
}

// ContractAmounts reads finance's extract: every contract of the customers that finance sees.
func ContractAmounts(db DB, reader Reader, yield func(ExtractRow) error) error {
	rows, err := db.Query(`SELECT c.number, c.kind, c.name, k.number, k.amount, k.signed, k.starts,
			k.ends, k.state
		FROM contracts k JOIN customers c ON c.id = k.customer
		WHERE c.has_deal = TRUE ORDER BY k.created, k.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number, kind, name, contract, signed, starts, ends, state string
		var amount float64
		if err := rows.Scan(&number, &kind, &name, &contract, &amount, &signed, &starts, &ends,
			&state); err != nil {
			return err
		}
		row := ExtractRow{"number": number, "kind": kind, "contract_number": contract,
			"amount": amount, "signed": signed, "starts": starts, "ends": ends, "state": state}
		row.named(reader, kind, name)
		if err := yield(row); err != nil {
			return err
		}
	}
	return rows.Err()
}
