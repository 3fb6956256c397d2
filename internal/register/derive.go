package register

import (
	"strings"

	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/places"
)

// individualOnly are fields that only an individual has (R1.3).
var individualOnly = []string{"gender", "cert_type", "cert_no"}

func (c *check) deriveCustomer() {
	c.deriveStage()
	c.derivePersonal()
	c.deriveDivision()
	c.deriveIdentity()
	c.deriveOwner()
	if kind := c.textAfter("kind"); kind != "" && kind != "individual" {
		for _, key := range individualOnly {
			f := fields.MustGet("customers", key)
			if c.Errors[key] == nil && c.changed("kind", key) && !isZero(c.after(key)) {
				c.left(f, ErrOnlyIndividual.With("field", f.Zh, "field_en", f.En))
				delete(c.Values, key)
				delete(c.Sealed, key)
			}
		}
	}
}

// deriveStage gives a new customer its stage, and each stage the day on which it began.
func (c *check) deriveStage() {
	if (c.before == nil || c.changed("stage")) && isZero(c.Values["stage"]) &&
		c.Errors["stage"] == nil {
		c.Values["stage"] = "potential"
	}
	stage, changed := c.Values["stage"].(string)
	if !changed || stage == "" || stage == c.before.Text("stage") {
		return
	}
	dates := map[string]any{}
	if old, ok := c.before["stage_dates"].(map[string]any); ok {
		for k, v := range old {
			dates[k] = v
		}
	}
	dates[stage] = c.rules.Now.Format("2006-01-02")
	c.Values["stage_dates"] = dates
}

// deriveOwner: a customer belongs to the department of its owner.
func (c *check) deriveOwner() {
	if owner, changed := c.Values["owner"].(string); changed {
		c.Values["department"] = c.rules.Lookup.DepartmentOf(owner)
	}
}

// deriveDivision finds province, city and district: as typed, completed by the business address,
// else by the registered one; the macro region follows from the province (R3.6).
func (c *check) deriveDivision() {
	if !c.changed("division", "business_address", "registered_address") {
		return
	}
	typed := c.textAfter("division")
	if _, given := c.Values["division"]; !given && c.changed("business_address", "registered_address") {
		typed = "" // it was parsed from the address that now changed
	}
	code := typed
	for _, key := range []string{"business_address", "registered_address"} {
		if text := c.textAfter(key); text != "" && !precise(code) {
			code = c.refine(key, text, code)
		}
	}
	c.Values["division"] = code
	c.Values["macro_region"] = places.MacroRegion(code)
}

// refine parses an address and answers the most precise division that agrees with what is known.
func (c *check) refine(key, text, known string) string {
	address, warnings, err := places.Parse(text)
	if known != "" && err != nil { // "浦东新区张江路" in a row whose 城市 says 上海
		if together, more, err2 := places.Parse(places.FullName(known) + text); err2 == nil {
			address, warnings, err = together, more, nil
		}
	}
	if found, bad := fault.Of(err); bad && c.Errors[key] == nil {
		c.Warnings[key] = found
	} else if len(warnings) > 0 && c.Warnings[key] == nil {
		c.Warnings[key] = warnings[0]
	}
	code := address.Division()
	switch {
	case code == "", known != "" && !precise(code):
		return known
	case key == "registered_address" && !within(code, known):
		return known // registered elsewhere than where the business is
	}
	return code
}

// within tells whether a division lies in another, or is it: GB/T 2260 codes nest by pairs of
// digits.
func within(code, outer string) bool {
	for strings.HasSuffix(outer, "00") {
		outer = strings.TrimSuffix(outer, "00")
	}
	return strings.HasPrefix(code, outer)
}

func (c *check) changed(keys ...string) bool {
	for _, key := range keys {
		if _, ok := c.Values[key]; ok {
			return true
		}
	}
	return false
}

// precise tells whether nothing finer than this division is listed: a district or county, or a
// city without districts.
func precise(code string) bool { return code != "" && places.Complete(code) }
