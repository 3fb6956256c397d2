package hooks

import (
	"net/http"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	alike "kehu/internal/match"
	"kehu/internal/register"
)

// compared is a customer as it would be stored, on the way to being compared.
type compared struct {
	id       string // "" of a new one
	exact    collections.Candidate
	values   register.Values
	contacts []register.Values
	certs    [][]byte
	accounts [][]byte
}

// findDuplicates asks who is here already: every door comes through it.
func (h *House) findDuplicates(db collections.DB, c *compared) ([]collections.Duplicate, error) {
	set := h.policies.Load().Duplicates
	v := c.values
	record := alike.Record{Kind: v.Text("kind"), Name: v.Text("name"), Short: v.Text("short_name"),
		USCC: v.Text("uscc"), RegNo: v.Text("legacy_reg_no"), Mobiles: []string{v.Text("mobile")},
		Landlines: []string{v.Text("landline")}, Emails: []string{v.Text("email")},
		Addresses: []string{v.Text("business_address"), v.Text("registered_address")},
		Division:  v.Text("division"), Legal: v.Text("legal_representative"),
		Certificates: c.certs, Accounts: c.accounts}
	for _, contact := range c.contacts {
		record.AddContact(contact.Text("name"), contact.Text("mobile"), contact.Text("landline"),
			contact.Text("email"))
	}
	if c.id != "" {
		if err := collections.AddContacts(db, c.id, &record); err != nil {
			return nil, err
		}
	}
	look := collections.Look{Card: alike.Read(record, c.id != ""), Self: c.id, Policy: set,
		Model: h.model.Load()}
	if record.Kind != "individual" {
		look.Grams = record.Name
	}
	return collections.Duplicates(db, c.exact, look)
}

// toAsk are the duplicates that a person is asked about: relatives are only told of.
func toAsk(found []collections.Duplicate) []collections.Duplicate {
	return slices.DeleteFunc(slices.Clone(found), func(d collections.Duplicate) bool {
		return d.Level == "related"
	})
}

// ofFields are the fields that a reason comes of.
var ofFields = map[alike.Reason][]string{
	alike.SameMobile: {"mobile"}, alike.SharedMobile: {"mobile"}, alike.SameLine: {"landline"},
	alike.SameEmail: {"email"}, alike.SameDomain: {"email"},
	alike.SameAddress: {"business_address", "registered_address", "division"},
	alike.SameHouse:   {"business_address", "registered_address", "division"},
	alike.SameOrg:     {"uscc"}, alike.SameRegNo: {"legacy_reg_no"}, alike.SameAccount: {"bank_account"},
	alike.SameLegal: {"legal_representative"},
}

// identity are the fields that customers are compared by.
var identity = []string{"name", "kind", "short_name", "uscc", "legacy_reg_no", "mobile", "landline", "email",
	"business_address", "registered_address", "division", "legal_representative"}

// by leaves the duplicates that follow from some field that changed: an old record is not asked
// about again for what was accepted.
func by(found []collections.Duplicate, changed []string) []collections.Duplicate {
	return slices.DeleteFunc(found, func(d collections.Duplicate) bool {
		return !d.Blocks() && !slices.ContainsFunc(d.Reasons, func(r alike.Reason) bool {
			fields := ofFields[r]
			if fields == nil {
				fields = []string{"name", "kind", "short_name"}
			}
			return slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(changed, f) })
		})
	})
}

// settled leaves out the pairs that people have decided on, unless what they are compared by has
// changed since.
func settled(db collections.DB, id string, found []collections.Duplicate) ([]collections.Duplicate, error) {
	decided, err := collections.DecidedPairs(db, id)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(d collections.Duplicate) bool {
		return d.Level == "suspected" && decided[d.ID]
	}), nil
}

// told is what the asker may learn: of customers out of their sight only that there is one and who
// owns it (R4.3), and that only so often and only for a name that is more than a guess.
func (h *House) told(auth *core.Record, name string, found []collections.Duplicate) (
	[]collections.Duplicate, error) {
	if auth == nil { // the register itself
		return found, nil
	}
	reader, err := collections.ReaderOf(h.app, auth)
	if err != nil || reader.SeesAll() {
		return found, err
	}
	set := h.policies.Load().Duplicates
	short := len([]rune(alike.Folded(name))) < set.Least
	unseen := false
	var kept []collections.Duplicate
	for _, d := range found {
		if !h.seesDuplicate(auth, d) {
			if !d.Blocks() && d.Key == "name" && short || d.Level == "related" {
				continue
			}
			unseen = true
		}
		kept = append(kept, d)
	}
	if unseen && !h.quota.take(auth.Id+" unseen", set.Unseen, h.options.Clock()) {
		return nil, ErrQuota
	}
	return kept, nil
}

// mayCheck counts a check against the person's quota.
func (h *House) mayCheck(e *core.RequestEvent, reader collections.Reader) error {
	if reader.Everything || reader.Role == "data_admin" || h.quota.take(e.Auth.Id+" checks", h.policies.Load().Duplicates.Checks,
		h.options.Clock()) {
		return nil
	}
	return refuse(e, http.StatusTooManyRequests, ErrQuota)
}
