// Package merge decides what becomes of several records of one customer: which value the survivor
// keeps of each field, and why; where the group of companies hangs afterwards; and how a merge is
// taken back, whatever was edited or merged since. It sees rows as the database holds them and
// writes nothing.
package merge

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"kehu/internal/fields"
)

// Row is a row of customers by column, as SQLite stores it: string, int64, float64 or nil.
type Row map[string]any

// Text is a column's text, "" where it holds none.
func (r Row) Text(column string) string {
	s, _ := r[column].(string)
	return s
}

// Record is one of the customers that are to be one.
type Record struct {
	ID  string
	Row Row
	// Certificate tells equal certificate numbers by their blind index; "" = none.
	Certificate string
	// Belongings is how many records belong to it.
	Belongings int
}

func (r Record) active() bool { return r.Row.Text("status") == "active" }

// excepted tells whether a value stands against the standard.
func (r Record) excepted(field string) bool {
	_, ok := jsonMap(r.Row["exceptions"])[field]
	return ok
}

// Same compares two stored values.
func Same(a, b any) bool { return canonical(a) == canonical(b) }

// canonical is a stored value as text; numbers are told from texts.
func canonical(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "'" + v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if v == float64(int64(v)) {
			return strconv.FormatInt(int64(v), 10)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case json.Number:
		return canonical(number(v))
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	text, _ := json.Marshal(v)
	return "?" + string(text)
}

// number gives a number that went through JSON its own form again.
func number(n json.Number) any {
	if whole, err := n.Int64(); err == nil {
		return whole
	}
	broken, _ := n.Float64()
	return broken
}

// blank tells the stored forms of no value.
func blank(v any) bool {
	switch canonical(v) {
	case "null", "'", "0", "'[]", "'{}", "'null", `'""`:
		return true
	}
	return false
}

// compound are the columns whose parts are compared and taken back one by one.
var compound = map[string]bool{"originals": true, "exceptions": true, "stage_dates": true,
	"tags": true}

func jsonMap(v any) map[string]any {
	out := map[string]any{}
	if text, ok := v.(string); ok {
		_ = json.Unmarshal([]byte(text), &out) // "" and null leave it empty
	}
	if out == nil {
		out = map[string]any{}
	}
	return out
}

func jsonList(v any) []string {
	out := []string{}
	if text, ok := v.(string); ok {
		_ = json.Unmarshal([]byte(text), &out)
	}
	if out == nil {
		out = []string{}
	}
	return out
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("merge: " + err.Error()) // texts, lists and maps of them always marshal
	}
	return string(text)
}

// Choosable tells whether a person chooses the field's value among the records: what is typed, but
// not what the product sets.
func Choosable(f *fields.Field) bool { return !f.System && f.Collection == "customers" }

// free are the fields that are edited in place on an active customer (policies.change_classes).
var free = []string{"tags", "stage", "intention", "products", "purchased", "paper_ref"}

// Free tells whether a field changes without a request on an active customer.
func Free(f *fields.Field) bool {
	return f.Class == fields.Notes || slices.Contains(free, f.Key)
}

// Parent is where the survivor hangs in its group of companies, wished for by the choice: never
// below itself or one of those that become it. above answers the parent of a customer.
func Parent(wished string, ones []string, above func(id string) string) string {
	chain := []string{}
	for at := wished; at != "" && len(chain) < maxGroupDepth && !slices.Contains(chain, at); at = above(at) {
		chain = append(chain, at)
	}
	parent := wished
	for i, id := range chain {
		if slices.Contains(ones, id) {
			parent = ""
			if i+1 < len(chain) {
				parent = chain[i+1]
			}
		}
	}
	return parent
}

// Ring is the way from a customer up to itself, empty where it does not stand above itself. above
// answers the parent of a customer.
func Ring(id string, above func(id string) string) []string {
	way := []string{id}
	for at := above(id); at != "" && (at == id || !slices.Contains(way, at)); at = above(at) {
		if at == id {
			return way
		}
		way = append(way, at)
	}
	return nil
}

// maxGroupDepth bounds how deep a group of companies may be.
const maxGroupDepth = 20

// longer tells whether one text holds the other and more.
func longer(a, b string) bool { return len(a) > len(b) && strings.Contains(a, b) }

// Replaced is a JSON list of ids in which one customer stands for another, once.
func Replaced(list any, from, to string) any {
	var out []string
	for _, id := range jsonList(list) {
		if id == from {
			id = to
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return asJSON(out)
}
