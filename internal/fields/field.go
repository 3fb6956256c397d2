// Package fields is the one table of everything that is stored of a customer: key, label, kind of
// value, class of access, options, help, and the headers under which a spreadsheet may carry it.
//
// Collections' help texts, import mapping, the template, export headers, error labels and the
// web app's forms are all made from it, so that a new field is one row here and one migration.
package fields

import "slices"

// Kind says how a value is parsed, stored and shown.
type Kind string

// The kinds of value. In brackets what is stored.
const (
	Text       Kind = "text"       // one line
	Multiline  Kind = "multiline"  // text with line breaks
	Name       Kind = "name"       // name of an organisation or person
	Address    Kind = "address"    // text from which the division is parsed
	Select     Kind = "select"     // one key of Options
	SelectMany Kind = "selectmany" // keys of Options
	Industry   Kind = "industry"   // id of industries
	Division   Kind = "division"   // id of divisions
	Tags       Kind = "tags"       // ids of tags
	Staff      Kind = "staff"      // id of staff
	Department Kind = "department" // id of departments
	Customer   Kind = "customer"   // id of customers
	Relation   Kind = "relation"   // id of the collection named in Target
	Money      Kind = "money"      // yuan, two decimals
	Number     Kind = "number"     // number between Min and Max
	Date       Kind = "date"       // civil date YYYY-MM-DD as text
	Bool       Kind = "bool"
	Mobile     Kind = "mobile"   // 11 digits
	Landline   Kind = "landline" // 021-62341234-801
	Email      Kind = "email"
	USCC       Kind = "uscc"  // GB 32100, 18 characters
	RegNo      Kind = "regno" // GS 15-2006, 15 digits
	Cert       Kind = "cert"  // sealed
	Bank       Kind = "bank"  // sealed
	JSON       Kind = "json"
	File       Kind = "file"
	Autodate   Kind = "autodate" // UTC time stamp
)

// Class is a field's class of access (roles.md).
type Class string

// The classes: basic, contact, sensitive, financial, notes.
const (
	Basic     Class = "B"
	Contact   Class = "C"
	Sensitive Class = "S"
	Financial Class = "F"
	Notes     Class = "N"
)

// Option is one value of a select: its stored key, its labels, and what people also write for it.
type Option struct {
	Key, Zh, En string
	Synonyms    []string
}

// Field is one row of the table.
type Field struct {
	Collection string
	Key        string
	Zh, En     string
	Kind       Kind
	Class      Class
	System     bool     // set by the product only
	Hidden     bool     // never sent to anyone but the product's own code
	Required   bool     // the database refuses a record without it
	Options    []Option // of selects
	Target     string   // collection of a Relation
	Many       bool     // a Relation or File with several values
	Max        int      // runes of a text, or the largest number; 0 = the kind's default
	Min        int      // the smallest number
	Help       string   // Chinese; shown under the field
	HelpEn     string
	Synonyms   []string // further headers of a spreadsheet column
	Example    [2]string
	Sheet      bool // offered by the template
	Parts      bool // JSON by field: each part has the class of its field
	Width      float64
}

// Label is the field's label in the language: "en", or Chinese.
func (f *Field) Label(lang string) string {
	if lang == "en" {
		return f.En
	}
	return f.Zh
}

// Option finds an option by its stored key.
func (f *Field) Option(key string) (Option, bool) {
	i := slices.IndexFunc(f.Options, func(o Option) bool { return o.Key == key })
	if i < 0 {
		return Option{}, false
	}
	return f.Options[i], true
}

// IsText tells whether the stored value is one text.
func (f *Field) IsText() bool {
	switch f.Kind {
	case Money, Number, Bool, JSON, File, SelectMany, Tags, Autodate:
		return false
	}
	return !f.Many
}

var (
	index = map[string]map[string]*Field{}
	lists = map[string][]*Field{}
)

func init() {
	for i := range table {
		f := &table[i]
		if index[f.Collection] == nil {
			index[f.Collection] = map[string]*Field{}
		}
		if index[f.Collection][f.Key] != nil {
			panic("fields: listed twice: " + f.Collection + "." + f.Key)
		}
		index[f.Collection][f.Key] = f
		lists[f.Collection] = append(lists[f.Collection], f)
	}
}

// All returns the whole table in its order.
func All() []Field { return table }

// Of returns a collection's fields in the table's order. The list is shared: read only.
func Of(collection string) []*Field { return lists[collection] }

// Get finds a field.
func Get(collection, key string) (*Field, bool) {
	f, ok := index[collection][key]
	return f, ok
}

// MustGet is Get for keys written in code.
func MustGet(collection, key string) *Field {
	f, ok := Get(collection, key)
	if !ok {
		panic("fields: no such field: " + collection + "." + key)
	}
	return f
}

// Label gives the label of "key" of customers or of "collection.key", of what stands beside the table
// too; the key itself where nobody knows it.
func Label(path, lang string) string {
	collection, key := Split(path)
	if f, ok := Get(collection, key); ok {
		if collection != "customers" {
			return CollectionLabel(collection, lang) + "·" + f.Label(lang)
		}
		return f.Label(lang)
	}
	if label, known := besideLabel(collection, key, lang); known {
		return label
	}
	return path
}

// Split parts "contacts.name" into collection and key; a key alone belongs to customers.
func Split(path string) (collection, key string) {
	for i := range path {
		if path[i] == '.' {
			return path[:i], path[i+1:]
		}
	}
	return "customers", path
}
