package register

import (
	"slices"
	"time"
	"unicode/utf8"

	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/policy"
)

const residentIDLength = 18 // GB 11643-1999

// parseUSCC checks the credit code; 15 digits are an old registration number and go to its field.
func (c *check) parseUSCC(f *fields.Field, text string) {
	code, warnings, err := cn.ParseUSCC(text)
	if found, bad := fault.Of(err); bad {
		if old, _, err := cn.ParseRegNo15(text); err == nil &&
			asText(c.typed["legacy_reg_no"]) == "" {
			c.Values[f.Key] = ""
			c.takeLegacy(fields.MustGet("customers", "legacy_reg_no"), f, old.String(), text)
			return
		}
		c.againstStandard(f, found, text)
		return
	}
	c.warn(f, warnings)
	c.store(f, code.String(), text)
}

// againstStandard takes a code that breaks the standard where its holder's licence was seen and a
// reason is given (R3.4: about 6 in 100,000 registered codes do).
func (c *check) againstStandard(f *fields.Field, found *fault.Fault, text string) {
	code, err := cn.ParseUSCCAgainstStandard(text)
	if err != nil || !cn.IsOverridable(found) || !c.confirmed(f.Key, code.String()) {
		c.refuse(f, found)
		return
	}
	c.Warnings[f.Key] = found
	c.store(f, code.String(), text)
}

// confirmed looks for the reason under which a value may stand: given now, or given earlier for
// the same value.
func (c *check) confirmed(field, value string) bool {
	reason := cn.Text(c.rules.Confirm[field])
	switch {
	case reason == "" && c.before.Text(field) == value:
		return true
	case reason == "":
		return false
	case utf8.RuneCountInString(reason) < 4:
		c.Errors["confirm"] = ErrReason
		return false
	}
	c.Exceptions[field] = Exception{reason, c.rules.Actor,
		c.rules.Now.UTC().Format(time.RFC3339)}
	return true
}

func (c *check) parseRegNo(f *fields.Field, text string) {
	number, warnings, err := cn.ParseRegNo15(text)
	if found, bad := fault.Of(err); bad {
		c.refuse(f, found)
		return
	}
	c.warn(f, warnings)
	c.takeLegacy(f, f, number.String(), text)
}

// takeLegacy keeps an old registration number with a confirmed reason. typedIn is the field in
// which it stood, where the reason and the refusal belong.
func (c *check) takeLegacy(f, typedIn *fields.Field, number, text string) {
	if !c.confirmed("legacy_reg_no", number) && !c.confirmed(typedIn.Key, number) {
		c.refuse(typedIn, ErrLegacy)
		return
	}
	if exception, ok := c.Exceptions[typedIn.Key]; ok { // it is the stored value's, not the code's
		delete(c.Exceptions, typedIn.Key)
		c.Exceptions[f.Key] = exception
	}
	c.Warnings[typedIn.Key] = ErrLegacy
	c.store(f, number, text)
}

// parseSealed takes a certificate or account number, which only policy and consent allow (R6.4).
func (c *check) parseSealed(f *fields.Field, text string) {
	if text == c.before.Text(f.Key) {
		return // the mask that was read comes back: nothing changed
	}
	if found := c.mayCollect(f); found != nil {
		c.left(f, found)
		return
	}
	plain, warnings, err := c.sealedValue(f, text)
	if found, bad := fault.Of(err); bad {
		c.refuse(f, found)
		return
	}
	c.warn(f, warnings)
	c.Sealed[f.Key] = plain
	c.Values[f.Key] = maskOf(f, plain)
}

func (c *check) sealedValue(f *fields.Field, text string) (string, []*fault.Fault, error) {
	kind := c.textAfter("kind")
	if f.Kind == fields.Bank {
		account, warnings, err := cn.ParseBankAccount(text, kind)
		return account.String(), warnings, err
	}
	certType := c.textAfter("cert_type")
	if certType == "" {
		id, _, err := cn.ParseResidentID(text, c.rules.Now)
		found, bad := fault.Of(err)
		switch {
		case !bad:
			c.Values["cert_type"] = "resident_id"
			return id.String(), nil, nil
		case found.Code == "cert_masked" || utf8.RuneCountInString(cn.Text(text)) == residentIDLength:
			return "", nil, found // what is wrong with it as a resident ID says more
		}
		return "", nil, ErrCertType
	}
	certificate, warnings, err := cn.ParseCertificate(certType, text, c.rules.Now)
	return certificate.String(), warnings, err
}

// Purpose is what a person must have consented to before a sensitive field is taken or shown.
func Purpose(f *fields.Field) string {
	if f.Kind == fields.Bank {
		return "bank"
	}
	return "sensitive_id"
}

// Certificates are the ways in which a certificate number may be stored, for an exact look-up by
// someone who does not know its kind. Fault: that of a resident ID, where no kind takes it.
func Certificates(text string, now time.Time) ([]string, error) {
	id, _, err := cn.ParseResidentID(text, now)
	var forms []string
	if err == nil {
		forms = append(forms, id.String())
	}
	for _, kind := range fields.MustGet("customers", "cert_type").Options {
		certificate, _, failed := cn.ParseCertificate(kind.Key, text, now)
		if failed == nil && !slices.Contains(forms, certificate.String()) {
			forms = append(forms, certificate.String())
		}
	}
	if len(forms) > 0 {
		return forms, nil
	}
	return nil, err
}

// Accounts are the ways in which a bank account may be stored.
func Accounts(text string) ([]string, error) {
	var forms []string
	var first error
	for _, kind := range []string{"enterprise", cn.KindIndividual} {
		account, _, err := cn.ParseBankAccount(text, kind)
		if err == nil && !slices.Contains(forms, account.String()) {
			forms = append(forms, account.String())
		}
		if first == nil {
			first = err
		}
	}
	if len(forms) > 0 {
		return forms, nil
	}
	return nil, first
}

func (c *check) mayCollect(f *fields.Field) *fault.Fault {
	kind := c.textAfter("kind")
	answer := c.rules.Policy.Sensitive.Fields[f.Key][kind]
	if answer == "" || answer == policy.Off {
		return ErrSensitiveOff.With("field", f.Zh, "field_en", f.En)
	}
	if c.rules.Consent == nil || !c.rules.Consent(Purpose(f)) {
		return ErrNoConsent.With("field", f.Zh, "field_en", f.En)
	}
	return nil
}

// deriveIdentity compares the resident ID with the gender, or takes the gender from it.
func (c *check) deriveIdentity() {
	plain := c.Sealed["cert_no"]
	id, _, err := cn.ParseResidentID(plain, c.rules.Now)
	if plain == "" || err != nil || c.textAfter("cert_type") != "resident_id" {
		return
	}
	sex := id.Sex()
	switch c.textAfter("gender") {
	case "", "unknown":
		c.Values["gender"] = sex
	case sex:
	default:
		c.Errors["gender"] = ErrGender
	}
}
