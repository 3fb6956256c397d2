package hooks

import (
	"io"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/industry"
	"kehu/internal/mapping"
	"kehu/internal/policy"
	"kehu/internal/sheet"
)

// importTemplate sends the workbook to fill in (R10.1).
func (h *House) importTemplate(e *core.RequestEvent) error {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(h.WriteTemplate(writer)) }()
	defer reader.Close()
	return sendFile(e, "客户导入模板.xlsx", reader)
}

// WriteTemplate makes the template out of the table of fields, the company's policies and the real
// lists.
func (h *House) WriteTemplate(w io.Writer) error {
	set := h.policies.Load()
	spec := sheet.TemplateSpec{Title: "客户导入模板填写说明"}
	db := collections.Through(h.app.DB())
	tags, err := collections.TagNames(db)
	if err != nil {
		return err
	}
	staff, err := collections.StaffNames(db)
	if err != nil {
		return err
	}
	for _, f := range templateFields(set) {
		column := sheet.TemplateField{Key: f.Collection + "_" + f.Key, Label: templateLabel(f),
			Required: alwaysRequired(set, f), Note: f.Help, Kind: sheetKind(f), Width: f.Width,
			Example: f.Example, Options: templateOptions(f, tags, staff)}
		spec.Fields = append(spec.Fields, column)
	}
	return sheet.WriteTemplate(w, spec)
}

// templateFields are the fields that the company collects and a template offers, the contact's
// behind the customer's.
func templateFields(set *policy.Set) []*fields.Field {
	var all []*fields.Field
	for _, collection := range []string{"customers", "contacts"} {
		for _, f := range fields.Of(collection) {
			path := f.Key
			if collection != "customers" {
				path = collection + "." + f.Key
			}
			if f.Sheet && set.Collects(path) {
				all = append(all, f)
			}
		}
	}
	return all
}

// templateLabel is a header that the import maps back to the same field.
func templateLabel(f *fields.Field) string {
	if f.Collection == "contacts" && !strings.HasPrefix(f.Zh, "联系人") {
		return "联系人" + f.Zh
	}
	return f.Zh
}

func alwaysRequired(set *policy.Set, f *fields.Field) bool {
	path := f.Key
	if f.Collection != "customers" {
		path = f.Collection + "." + f.Key
	}
	for _, kind := range []string{"individual", "enterprise", "institution"} {
		for _, wanted := range set.Required[kind]["always"] {
			if wanted == path {
				return true
			}
		}
	}
	return false
}

func sheetKind(f *fields.Field) sheet.ColumnKind {
	switch f.Kind {
	case fields.Date:
		return sheet.AsDate
	case fields.Money:
		return sheet.AsMoney
	case fields.Number:
		return sheet.AsNumber
	}
	return sheet.AsText
}

func templateOptions(f *fields.Field, tags, staff []string) []string {
	switch f.Kind {
	case fields.Select:
		labels := make([]string, len(f.Options))
		for i, o := range f.Options {
			labels[i] = o.Zh
		}
		return labels
	case fields.Industry:
		return industryNames()
	case fields.Tags:
		return tags
	case fields.Staff:
		return staff
	}
	return nil
}

// industryNames are the sections and divisions: enough to choose from, and each finds itself.
func industryNames() []string {
	var names []string
	for _, i := range industry.All() {
		if i.Level <= industry.LevelDivision {
			names = append(names, i.Name)
		}
	}
	return names
}

// fieldTable answers the table of fields, for forms and lists.
func (h *House) fieldTable(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	set := h.policies.Load()
	out := map[string][]map[string]any{}
	for _, f := range fields.All() {
		if f.Hidden || f.Collection == "customers" && !set.Collects(f.Key) ||
			reader.Reads(f.Class).Hidden() {
			continue
		}
		options := []map[string]string{}
		for _, o := range f.Options {
			options = append(options, map[string]string{"key": o.Key, "zh": o.Zh, "en": o.En})
		}
		out[f.Collection] = append(out[f.Collection], map[string]any{"key": f.Key, "zh": f.Zh,
			"en": f.En, "kind": f.Kind, "class": f.Class, "system": f.System, "required": f.Required,
			"options": options, "help": f.Help, "help_en": f.HelpEn, "max": f.Max, "many": f.Many,
			"reveal": reader.Reads(f.Class) == policy.Reveal && f.Kind != fields.JSON && f.Kind != fields.File})
	}
	labels := map[string]map[string]string{}
	for collection := range out {
		labels[collection] = map[string]string{"zh": fields.CollectionLabel(collection, "zh"),
			"en": fields.CollectionLabel(collection, "en")}
	}
	return e.JSON(http.StatusOK, map[string]any{"collections": out, "labels": labels,
		"zone": set.Company.TimeZone, "import_targets": mapping.Targets("customers")})
}
