package register

import (
	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
)

// parseMobile takes a mobile; a landline where a mobile was asked for goes to its own field
// (R3.2). Of several numbers in one cell the first of each sort is stored.
func (c *check) parseMobile(f *fields.Field, text string) {
	numbers := cn.SplitPhones(text)
	if len(numbers) == 0 {
		numbers = []string{text}
	}
	first := true
	for _, number := range numbers {
		mobile, warnings, err := cn.ParseMobile(number)
		found, bad := fault.Of(err)
		switch {
		case !bad && first:
			c.warn(f, warnings)
			c.store(f, mobile.String(), text)
			first = false
		case bad && c.takeLandline(f, number, text, found):
		case bad && first:
			c.refuse(f, found)
			return
		}
	}
	if len(numbers) > 1 {
		c.Originals[f.Key] = text
		c.Warnings[f.Key] = ErrSeveralPhones
	}
}

// takeLandline stores a landline that stood in the mobile's place. Where another landline is there
// already, a form is refused with the fault of the mobile, and a sheet keeps it in the originals.
func (c *check) takeLandline(f *fields.Field, number, typed string, found *fault.Fault) bool {
	landline, _, err := cn.ParseLandline(number, "")
	if err != nil {
		return false
	}
	_, mobile := c.Values[f.Key].(string)
	switch c.otherLandline() {
	case "":
		c.store(fields.MustGet(c.collection, "landline"), landline.String(), typed)
	case landline.String():
	default:
		if !mobile && !c.rules.Sheet {
			c.refuse(f, found)
			return true
		}
		c.Warnings[f.Key] = ErrSeveralPhones
	}
	if !mobile {
		c.Values[f.Key] = ""
		c.Originals[f.Key] = typed
	}
	return true
}

// otherLandline is the landline that the record has or is being given in its own field.
func (c *check) otherLandline() string {
	if typed := asText(c.typed["landline"]); typed != "" {
		landline, _, err := cn.ParseLandline(typed, "")
		if err == nil {
			return landline.String()
		}
		if _, _, err := cn.ParseMobile(typed); err != nil {
			return typed
		}
		return "" // the two stand in each other's place
	}
	return c.textAfter("landline")
}

// parseLandline is the mirror: a mobile in the landline's place.
func (c *check) parseLandline(f *fields.Field, text string) {
	landline, warnings, err := cn.ParseLandline(text, "")
	if err == nil {
		c.warn(f, warnings)
		c.store(f, landline.String(), text)
		return
	}
	if mobile, _, err := cn.ParseMobile(text); err == nil && c.textAfter("mobile") == "" &&
		c.Errors["mobile"] == nil {
		c.Values["mobile"] = mobile.String()
		c.Originals["mobile"] = text
		if _, exchanged := c.Values[f.Key]; !exchanged {
			c.Values[f.Key] = ""
		}
		return
	}
	found, _ := fault.Of(err)
	c.refuse(f, found)
}

func (c *check) parseEmail(f *fields.Field, text string) {
	addresses := cn.SplitEmails(text)
	if len(addresses) == 0 {
		addresses = []string{text}
	}
	email, warnings, err := cn.ParseEmail(addresses[0])
	if found, bad := fault.Of(err); bad {
		c.refuse(f, found)
		return
	}
	c.warn(f, warnings)
	c.store(f, email.String(), text)
	if len(addresses) > 1 {
		c.Warnings[f.Key] = ErrSeveralEmails
	}
}

// derivePersonal marks free-mail addresses (R3.3).
func (c *check) derivePersonal() {
	if _, changed := c.Values["email"]; !changed {
		return
	}
	email, _, err := cn.ParseEmail(c.textAfter("email"))
	c.Values["email_personal"] = err == nil && email.IsPersonal()
}

func (c *check) deriveContact() { c.derivePersonal() }
