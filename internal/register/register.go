// Package register holds the rules of what a customer's record may contain: each value parsed
// into the form in which it is stored, what was typed kept beside it, what follows from it
// derived, and what is wrong, doubtful or missing said field by field. Every way in — REST,
// admin UI, import, command line — asks Check, and nothing else decides (R3.9).
package register

import (
	"strings"
	"time"

	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/mask"
	"kehu/internal/policy"
)

// Values are a record's values by field key as they are stored: string, float64, bool, []string,
// or the decoded JSON of a JSON field.
type Values map[string]any

// Text is a text value, "" where there is none.
func (v Values) Text(key string) string {
	s, _ := v[key].(string)
	return s
}

// Findings are faults by field key.
type Findings map[string]*fault.Fault

// Lookup finds what a person named. Each answers the id, or "" where there is none.
type Lookup interface {
	Tag(name string) string
	Staff(nameOrEmailOrID string) string
	DepartmentOf(staff string) string
	Customer(numberOrNameOrID string) string
	Record(collection, id string) bool
}

// Rules are what a check depends on beside the values.
type Rules struct {
	Policy  *policy.Set
	Now     time.Time // in the company's zone
	Lookup  Lookup
	Confirm map[string]string // field → reason for a value against the standard (R3.4)
	Actor   string            // "staff:ID", "superuser:ID" or "system"
	// Consent tells whether the person agreed to the processing of certificate or account numbers.
	Consent func(purpose string) bool
	// Sheet is set for the rows of a spreadsheet: a masked or unwanted value is left out with a
	// warning where a form would be refused, because the row must not be lost.
	Sheet bool
}

// Result is what Check found out.
type Result struct {
	Values   Values   // what changes, in stored form, derived values included
	Errors   Findings // the record must not be stored
	Warnings Findings // it may be stored; people should look
	// Originals are texts as typed, of the fields that changed; "" where the stored form is the same.
	Originals map[string]string
	Sealed    map[string]string // plain canonical values of class S; "" erases
	// Exceptions are the values taken against the standard, with their reasons.
	Exceptions map[string]Exception
}

// Exception is why a value stands against the standard.
type Exception struct {
	Reason string `json:"reason"`
	By     string `json:"by"`
	At     string `json:"at"` // UTC, RFC 3339
}

type check struct {
	*Result
	rules      *Rules
	collection string
	before     Values
	typed      map[string]any
}

// Check takes what was typed for a record of a collection — only the fields that are given or
// changed — and the record as it was before (nil for a new one). It never fails as a whole: what
// is wrong stands in Errors.
func Check(collection string, before Values, typed map[string]any, rules *Rules) *Result {
	c := &check{&Result{Values: make(Values, len(typed)+8), Errors: Findings{}, Warnings: Findings{},
		Originals: make(map[string]string, len(typed)), Sealed: map[string]string{},
		Exceptions: map[string]Exception{}}, rules, collection, before, typed}
	c.fields(true) // first, so that a number typed into the wrong field may fill an empty one
	c.fields(false)
	switch collection {
	case "customers":
		c.deriveCustomer()
	case "contacts":
		c.deriveContact()
	case "contracts":
		c.inOrder("starts", "ends")
	case "tickets":
		c.inOrder("opened", "closed")
	case "consents":
		c.inOrder("granted", "withdrawn")
	}
	c.requireOwn()
	c.quoteMasked()
	return c.Result
}

// quoteMasked masks certificate and account numbers that a finding quotes: they were typed into
// another field, and findings are kept, shown and handed out.
func (c *check) quoteMasked() {
	for _, found := range []Findings{c.Errors, c.Warnings} {
		for key, f := range found {
			found[key] = f.Rewritten(mask.Text)
		}
	}
}

// fields goes through the given values that are empty, or those that are not.
func (c *check) fields(empty bool) {
	for _, f := range fields.Of(c.collection) {
		value, given := c.typed[f.Key]
		if !given || f.System {
			continue
		}
		// PocketBase stores and sends an empty number as 0
		if text := asText(value); empty == (text == "" || f.Min > 0 && value == float64(0)) {
			c.field(f, value, text)
		}
	}
}

// field parses one value and files what came of it.
func (c *check) field(f *fields.Field, value any, text string) {
	if c.collection == "customers" && !c.rules.Policy.Collects(f.Key) {
		if text != "" {
			c.unwanted(f)
		}
		return
	}
	if text == "" || f.Min > 0 && value == float64(0) {
		c.clear(f)
		return
	}
	c.parse(f, value, text)
}

// unwanted: the company does not collect this field (最小必要).
func (c *check) unwanted(f *fields.Field) {
	if c.rules.Sheet {
		c.Warnings[f.Key] = ErrNotCollected
		return
	}
	c.Errors[f.Key] = ErrNotCollected
}

func (c *check) clear(f *fields.Field) {
	c.Values[f.Key] = zero(f)
	c.Originals[f.Key] = ""
	if f.Class == fields.Sensitive {
		c.Sealed[f.Key] = ""
	}
}

// store files a parsed value, and the typed text where it differs.
func (c *check) store(f *fields.Field, stored any, typed string) {
	c.Values[f.Key] = stored
	if f.Class == fields.Sensitive {
		return // what was typed is the secret itself
	}
	c.Originals[f.Key] = ""
	if text, ok := stored.(string); ok && text != typed && typed != "" {
		c.Originals[f.Key] = typed
	}
}

// refuse files a fault. A masked value that nothing needs does not cost a sheet its row.
func (c *check) refuse(f *fields.Field, found *fault.Fault) {
	if strings.HasSuffix(found.Code, "_masked") && !f.Required {
		c.left(f, found)
		return
	}
	c.Errors[f.Key] = found
}

// left says that a value was left out: a warning on a sheet, a refusal in a form.
func (c *check) left(f *fields.Field, found *fault.Fault) {
	if c.rules.Sheet {
		c.Warnings[f.Key] = found
		return
	}
	c.Errors[f.Key] = found
}

func (c *check) warn(f *fields.Field, found []*fault.Fault) {
	if len(found) > 0 {
		c.Warnings[f.Key] = found[0]
	}
}

// after is a field's value as it will be stored.
func (c *check) after(key string) any {
	if v, ok := c.Values[key]; ok {
		return v
	}
	return c.before[key]
}

func (c *check) textAfter(key string) string {
	s, _ := c.after(key).(string)
	return s
}

// requireOwn refuses a record without the values that the database itself requires.
func (c *check) requireOwn() {
	for _, f := range fields.Of(c.collection) {
		if f.Required && f.Kind != fields.File && c.Errors[f.Key] == nil &&
			isZero(c.after(f.Key)) {
			c.Errors[f.Key] = ErrRequired.With("field", f.Zh, "field_en", f.En)
		}
	}
}

func (c *check) inOrder(first, second string) {
	a, b := c.textAfter(first), c.textAfter(second)
	if a != "" && b != "" && b < a {
		c.Errors[second] = ErrOrder.With("first", a, "second", b)
	}
}

// Same compares two values as a person would: absent and empty are the same, and so are a number
// and its text.
func Same(a, b any) bool {
	if isZero(a) && isZero(b) {
		return true
	}
	return asText(a) == asText(b)
}
