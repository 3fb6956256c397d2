package sheet

import (
	"slices"
	"strings"
)

// The names of the sheets of a template.
const (
	TemplateSheetName = "客户"
	GuideSheet        = "填写说明"
	OptionsSheet      = "选项" // hidden: the long lists behind the drop-downs
)

// RequiredMark stands before the header of a required field.
const RequiredMark = "★"

// ExampleMark begins a cell of each example row: the first plain text field, usually the name.
// Whoever types over an example replaces the name and with it the mark, so an example left in is
// recognised and a row filled in is not lost. A separate marker column would stay behind when the
// rest of the row is overwritten.
const ExampleMark = "【示例】"

// IsExampleRow tells whether a row is an example of the template that was left in: some cell
// begins with ExampleMark.
func IsExampleRow(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool {
		return strings.HasPrefix(strings.TrimSpace(cell), ExampleMark)
	})
}

// IsOwnSheet tells whether a sheet is one that our templates and exports carry beside the data:
// it holds no rows to import.
func IsOwnSheet(name string) bool {
	return name == CoverSheet || name == GuideSheet || name == OptionsSheet
}

// TemplateField is one column of a template.
type TemplateField struct {
	Key      string // letters, digits and underscores; names the list of options
	Label    string // the header
	Required bool
	Note     string // how to fill it in: the comment of the header, and in the guide
	Kind     ColumnKind
	Options  []string  // a drop-down; other values draw a question, not a refusal
	Example  [2]string // of the two example rows
	Width    float64   // in characters; 0 means by the label's length
}

// TemplateSheet is one sheet to fill in.
type TemplateSheet struct {
	Name   string
	Fields []TemplateField
}

// TemplateSpec is a template: Fields make the sheet 客户, Sheets further ones.
type TemplateSpec struct {
	Title  string // of the guide
	Fields []TemplateField
	Sheets []TemplateSheet
}

func (t TemplateSpec) sheets() []TemplateSheet {
	first := TemplateSheet{Name: TemplateSheetName, Fields: t.Fields}
	return append([]TemplateSheet{first}, t.Sheets...)
}

// header is what the header cell of a field says.
func (f TemplateField) header() string {
	if f.Required {
		return RequiredMark + f.Label
	}
	return f.Label
}

// format tells in words what the field takes.
func (f TemplateField) format() string {
	if len(f.Options) > 0 {
		return "从下拉列表中选择"
	}
	switch f.Kind {
	case AsNumber:
		return "数字"
	case AsMoney:
		return "金额，单位元"
	case AsDate:
		return "日期，如 2026-01-15"
	}
	return "文本"
}

// guideOptions is how many options the guide lists.
const guideOptions = 12

func (f TemplateField) choices() string {
	if len(f.Options) <= guideOptions {
		return strings.Join(f.Options, "、")
	}
	return strings.Join(f.Options[:guideOptions], "、") + " 等，见下拉列表"
}

// markedField is the field whose examples carry ExampleMark: the first plain text, else the first.
func markedField(fields []TemplateField) int {
	return max(0, slices.IndexFunc(fields, func(f TemplateField) bool {
		return f.Kind == AsText && len(f.Options) == 0
	}))
}

// example gives the values of one example row.
func example(fields []TemplateField, which int) []string {
	marked := markedField(fields)
	row := make([]string, len(fields))
	for i, f := range fields {
		row[i] = f.Example[which]
		if i == marked {
			row[i] = ExampleMark + row[i]
		}
	}
	return row
}
