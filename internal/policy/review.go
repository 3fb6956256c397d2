package policy

import (
	"encoding/json"
	"slices"

	"kehu/internal/fields"
)

// The three ways of reviewing (R7.1).
const (
	ReviewAll  = "all"  // every customer, every change of an active one
	ReviewKey  = "key"  // customers of high value, and those with a key field; important changes
	ReviewNone = "none" // a one-person firm
)

// Review says which customers two pairs of eyes look at.
type Review struct {
	Mode      string   `json:"mode"`
	KeyFields []string `json:"key_fields"` // of the mode "key": a customer that has one is reviewed
	// Single lets the only person who could decide confirm it with a note (单人确认).
	Single bool `json:"single_confirmation"`
}

func defaultReview() Review {
	return Review{Mode: ReviewAll, KeyFields: []string{"uscc", "cert_no", "bank_account"}}
}

// UnmarshalJSON reads the whole policy, or the mode alone: "none".
func (r *Review) UnmarshalJSON(text []byte) error {
	var mode string
	if json.Unmarshal(text, &mode) == nil {
		r.Mode = mode
		return nil
	}
	type plain Review
	next := plain(*r)
	if err := strict(text, &next); err != nil {
		return err
	}
	*r = Review(next)
	return nil
}

func (r Review) check() error {
	if !slices.Contains([]string{ReviewAll, ReviewKey, ReviewNone}, r.Mode) {
		return because("审核方式“%s”须为 all、key 或 none", "mode %q is not all, key or none", r.Mode)
	}
	for _, key := range r.KeyFields {
		if _, ok := fields.Get("customers", key); !ok {
			return because("没有名为“%s”的字段", "field %q is not known", key)
		}
	}
	return nil
}

// Entry tells whether a customer with these filled fields and value level is reviewed before it
// becomes active.
func (r Review) Entry(valueLevel string, filled func(key string) bool) bool {
	switch r.Mode {
	case ReviewNone:
		return false
	case ReviewKey:
		return valueLevel == "high" || slices.ContainsFunc(r.KeyFields, filled)
	}
	return true
}

// Change tells whether a change of that class to an active customer needs a request (R7.2).
func (r Review) Change(class ChangeClass, valueLevel string) bool {
	switch {
	case class == Free, r.Mode == ReviewNone:
		return false
	case r.Mode == ReviewKey:
		return class == Important || valueLevel == "high"
	}
	return true
}
