package fields_test

import (
	"testing"
	"time"

	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/internal/register"
)

// everything is a register in which whatever is named exists.
type everything struct{}

func (everything) Tag(name string) string           { return name }
func (everything) Staff(name string) string         { return name }
func (everything) DepartmentOf(string) string       { return "department" }
func (everything) Customer(name string) string      { return name }
func (everything) Record(collection, _ string) bool { return collection != "" }

// The template's example rows are what the product itself would take, and take as they stand.
func TestExamplesPassTheProductsOwnChecks(t *testing.T) {
	set := policy.Defaults()
	rules := register.Rules{Policy: &set, Lookup: everything{},
		Now: time.Date(2026, 11, 5, 9, 30, 0, 0, time.FixedZone("Asia/Shanghai", 8*60*60))}
	for _, collection := range []string{"customers", "contacts"} {
		for row := range 2 {
			typed := map[string]any{}
			for _, f := range fields.Of(collection) {
				if f.Example[row] != "" {
					typed[f.Key] = f.Example[row]
				}
			}
			if len(typed) == 0 {
				continue
			}
			got := register.Check(collection, nil, typed, &rules)
			for key, found := range got.Errors {
				t.Errorf("%s row %d %s: %v", collection, row+1, key, found)
			}
			for key, found := range got.Warnings {
				t.Errorf("%s row %d %s warns: %v", collection, row+1, key, found)
			}
			for key, typed := range got.Originals {
				if typed != "" {
					t.Errorf("%s row %d %s: %q would be stored otherwise", collection, row+1, key, typed)
				}
			}
		}
	}
}

func TestOnlyFieldsOfTheTemplateHaveExamples(t *testing.T) {
	for _, f := range fields.All() {
		if !f.Sheet && f.Example != [2]string{} {
			t.Errorf("%s.%s has an example that nobody sees", f.Collection, f.Key)
		}
		if f.Sheet && (f.Width <= 0 || f.System || f.Hidden) {
			t.Errorf("%s.%s does not belong into the template", f.Collection, f.Key)
		}
	}
}
