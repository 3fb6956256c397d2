// Package collections says what is stored and who may touch it: the collections with their
// fields and indexes, the access rules that are re-applied at every start, and the plain SQL
// tables that stand beside them (numbers, totals, search index, sealed values) with the functions
// that keep them in step with a customer's row, whichever way in it was written.
package collections

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"kehu/internal/fields"
)

// Limits of stored files (R14.1).
const (
	MaxFileSize  = 10 << 20
	maxJSONSize  = 1 << 20
	maxTags      = 50
	maxManyFiles = 10
)

var fileTypes = []string{"application/pdf", "image/jpeg", "image/png"}

// ids are fixed, so that relations and exports mean the same in every installation.
var ids = map[string]string{
	"departments": "kehudepartments", "staff": "kehustaff000001", "tags": "kehutags0000001",
	"industries": "kehuindustries0", "divisions": "kehudivisions00", "policies": "kehupolicies000",
	"customers": "kehucustomers00", "contacts": "kehucontacts000", "followups": "kehufollowups00",
	"contracts": "kehucontracts00", "orders": "kehuorders00000", "tickets": "kehutickets0000",
	"attachments": "kehuattachments", "consents": "kehuconsents000", "tasks": "kehutasks000000",
	"imports": "kehuimports0000", "import_rows": "kehuimportrows0",
	"approvals": "kehuapprovals00", "calendar_days": "kehucalendar000",
	"exports": "kehuexports0000", "duplicate_pairs": "kehuduplicates0",
}

// Belongings are the collections whose records belong to a customer and go with it.
var Belongings = []string{
	"contacts", "followups", "contracts", "orders", "tickets", "attachments", "consents",
}

// create builds a base collection with its fields, indexes and time stamps, without rules:
// those are Rules, applied at every start.
func create(app core.App, name string, own []core.Field, indexes ...string) error {
	c := core.NewBaseCollection(name, ids[name])
	c.Fields.Add(own...)
	stamp(c)
	c.Indexes = indexes
	return app.Save(c)
}

func stamp(c *core.Collection) {
	c.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true})
}

// fromTable turns a collection's rows of the field table into PocketBase fields.
func fromTable(collection string) []core.Field {
	var out []core.Field
	for _, f := range fields.Of(collection) {
		out = append(out, schemaField(f))
	}
	return out
}

func schemaField(f *fields.Field) core.Field {
	help := f.Zh
	if f.Help != "" {
		help += "：" + f.Help
	}
	switch f.Kind {
	case fields.Select:
		return &core.SelectField{Name: f.Key, Help: help, Hidden: f.Hidden, Values: optionKeys(f),
			MaxSelect: 1, Required: f.Required}
	case fields.SelectMany:
		return &core.SelectField{Name: f.Key, Help: help, Hidden: f.Hidden, Values: optionKeys(f),
			MaxSelect: len(f.Options), Required: f.Required}
	case fields.Money, fields.Number:
		return numberField(f, help)
	case fields.Bool:
		return &core.BoolField{Name: f.Key, Help: help, Hidden: f.Hidden}
	case fields.JSON:
		return &core.JSONField{Name: f.Key, Help: help, Hidden: f.Hidden, MaxSize: maxJSONSize}
	case fields.File:
		return &core.FileField{Name: f.Key, Help: help, MaxSize: MaxFileSize, MimeTypes: fileTypes,
			Protected: true, MaxSelect: manyOr1(f.Many, maxManyFiles), Required: f.Required}
	case fields.Industry:
		return relation(f.Key, "industries", help, false)
	case fields.Division:
		return relation(f.Key, "divisions", help, false)
	case fields.Staff, fields.Department, fields.Customer, fields.Tags, fields.Relation:
		r := relation(f.Key, f.Target, help, f.Required)
		r.MaxSelect = manyOr1(f.Many, maxTags)
		return r
	}
	return &core.TextField{Name: f.Key, Help: help, Hidden: f.Hidden, Max: f.Max,
		Required: f.Required, Presentable: f.Key == "name"}
}

func numberField(f *fields.Field, help string) core.Field {
	n := &core.NumberField{Name: f.Key, Help: help, Hidden: f.Hidden, Required: f.Required}
	if f.Max != 0 {
		n.Max = types.Pointer(float64(f.Max)) // no Min: PocketBase stores an empty number as 0
	}
	return n
}

func optionKeys(f *fields.Field) []string {
	keys := make([]string, len(f.Options))
	for i, o := range f.Options {
		keys[i] = o.Key
	}
	return keys
}

func manyOr1(many bool, limit int) int {
	if many {
		return limit
	}
	return 1
}

func relation(name, target, help string, required bool) *core.RelationField {
	return &core.RelationField{Name: name, CollectionId: ids[target], Help: help, MaxSelect: 1,
		Required: required}
}

// owned is the relation of a belonging to its customer: it goes when the customer goes.
func owned() *core.RelationField {
	r := relation("customer", "customers", "客户：属于哪个客户", true)
	r.CascadeDelete = true
	return r
}

func text(name, help string, max int) *core.TextField {
	return &core.TextField{Name: name, Help: help, Max: max}
}

func requiredText(name, help string, max int) *core.TextField {
	t := text(name, help, max)
	t.Required = true
	return t
}

func choice(name, help string, values ...string) *core.SelectField {
	return &core.SelectField{Name: name, Help: help, Values: values, MaxSelect: 1}
}

func jsonField(name, help string) *core.JSONField {
	return &core.JSONField{Name: name, Help: help, MaxSize: maxJSONSize}
}

func indexOn(name, table, columns, where string) string {
	return index("", name, table, columns, where)
}

func uniqueOn(name, table, columns, where string) string {
	return index("UNIQUE ", name, table, columns, where)
}

func index(unique, name, table, columns, where string) string {
	sql := fmt.Sprintf("CREATE %sINDEX `%s` ON `%s` (%s)", unique, name, table, columns)
	if where != "" {
		sql += " WHERE " + where
	}
	return sql
}

// Own tells whether a collection is the product's or PocketBase's, not one that an owner added.
func Own(c *core.Collection) bool {
	if c.System {
		return true
	}
	for _, id := range ids {
		if c.Id == id {
			return true
		}
	}
	return false
}
