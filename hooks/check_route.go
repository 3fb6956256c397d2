package hooks

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/register"
)

// checkBody is POST /check: a customer that is not saved yet, or changes to the one with an id.
type checkBody struct {
	Customer map[string]any    `json:"customer"`
	Contacts []map[string]any  `json:"contacts"`
	ID       string            `json:"id"`
	Confirm  map[string]string `json:"confirm"`
	Consent  *consent          `json:"consent"`
}

// check validates, normalises and looks for duplicates without saving.
func (h *House) check(e *core.RequestEvent) error {
	var body checkBody
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if !mayCreate(reader) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	if err := h.mayCheck(e, reader); err != nil {
		return err
	}
	c := &checking{House: h, e: e, body: &body, db: collections.Through(e.App.DB())}
	return c.answer(reader)
}

// mayCreate: sales, service, managers and data administrators (roles.md, Actions).
func mayCreate(r collections.Reader) bool {
	switch r.Role {
	case "sales", "service", "manager", "data_admin":
		return true
	}
	return r.Everything
}

type checking struct {
	*House
	e    *core.RequestEvent
	body *checkBody
	db   collections.DB
	lang string
}

func (c *checking) answer(reader collections.Reader) error {
	c.lang = language(c.e)
	before, err := c.before(reader)
	if err != nil {
		return refuseError(c.e, err)
	}
	rules := &register.Rules{Policy: c.policies.Load(), Now: c.now(),
		Lookup: collections.NewLookup(c.db), Confirm: c.body.Confirm,
		Actor: actorOf(c.e.Auth).ID, Consent: c.consented}
	result := register.Check("customers", before, c.body.Customer, rules)
	after := register.Values{}
	for _, values := range []register.Values{before, result.Values} {
		for key, value := range values {
			after[key] = value
		}
	}
	errors, warnings := c.said("", result.Errors), c.said("", result.Warnings)
	contacts, mobiles := c.contacts(rules, errors, warnings)
	found, err := c.duplicates(after, result, contacts, mobiles)
	if err != nil {
		return refuseError(c.e, err)
	}
	needs := map[string][]register.Values{}
	if c.body.ID != "" {
		if needs, err = collections.Needs(c.db, c.body.ID, rules.Policy); err != nil {
			return err
		}
	}
	needs["contacts"] = append(needs["contacts"], contacts...)
	shown := &refusal{duplicates: found, names: c.staffName,
		visible:  func(d collections.Duplicate) bool { return c.seesDuplicate(c.e.Auth, d) },
		restores: func(d collections.Duplicate) bool { return c.mayRestore(c.e.Auth, d.Department) }}
	alike := make([]string, len(found))
	for i, d := range found {
		alike[i] = d.ID
	}
	err = c.noteLater(actorIn(c.e), actCheck, on("customers", c.body.ID),
		map[string]any{"duplicates": alike})
	if err != nil {
		return err
	}
	return c.e.JSON(http.StatusOK, map[string]any{
		"normalized": result.Values, "contacts": contacts, "errors": errors, "warnings": warnings,
		"missing":    register.Missing(after, needs, rules.Policy),
		"duplicates": shown.shown(c.lang),
	})
}

// before is the stored customer whose change is checked; it must be the asker's to read.
func (c *checking) before(reader collections.Reader) (register.Values, error) {
	if c.body.ID == "" {
		return nil, nil
	}
	if !collections.Sees(c.db, reader, c.body.ID) {
		return nil, ErrMissingRecord
	}
	record, err := c.e.App.FindRecordById("customers", c.body.ID)
	if err != nil {
		return nil, ErrMissingRecord
	}
	return valuesOf(record), nil
}

func (c *checking) consented(purpose string) bool {
	if c.body.Consent != nil && contains(c.body.Consent.Purposes, purpose) {
		return true
	}
	return c.body.ID != "" && collections.Consented(c.db, c.body.ID, purpose)
}

func (c *checking) contacts(rules *register.Rules, errors, warnings map[string]said) (
	[]register.Values, []string) {
	checked, mobiles := []register.Values{}, []string{}
	for i, typed := range c.body.Contacts {
		result := register.Check("contacts", nil, typed, rules)
		prefix := "contacts." + string(rune('0'+i%10)) + "."
		for key, s := range c.said(prefix, result.Errors) {
			errors[key] = s
		}
		for key, s := range c.said(prefix, result.Warnings) {
			warnings[key] = s
		}
		checked = append(checked, result.Values)
		if mobile := result.Values.Text("mobile"); mobile != "" {
			mobiles = append(mobiles, mobile)
		}
	}
	return checked, mobiles
}

// duplicates compares what would be stored. An update tells of no customer that people have decided
// on.
func (c *checking) duplicates(after register.Values, result *register.Result,
	contacts []register.Values, mobiles []string) ([]collections.Duplicate, error) {
	if err := c.mayCompare(c.e.Auth, result.Sealed); err != nil {
		return nil, err
	}
	blind := func(field string) [][]byte {
		if plain := result.Sealed[field]; plain != "" {
			return c.keys.BlindIndexes(field, plain)
		}
		return nil
	}
	exact := collections.Candidate{ID: c.body.ID, Kind: after.Text("kind"), Name: after.Text("name"),
		USCC: after.Text("uscc"), Mobile: after.Text("mobile"), ContactMobiles: mobiles,
		Certificates: blind("cert_no")}
	found, err := c.findDuplicates(c.db, &compared{id: c.body.ID, exact: exact, values: after,
		contacts: contacts, certs: exact.Certificates, accounts: blind("bank_account")})
	if err != nil {
		return nil, err
	}
	if found, err = settled(c.db, c.body.ID, found); err != nil {
		return nil, err
	}
	return c.told(c.e.Auth, after.Text("name"), found)
}

// said is a finding as the answer shows it.
type said struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (c *checking) said(prefix string, findings register.Findings) map[string]said {
	out := map[string]said{}
	for key, found := range findings {
		out[prefix+key] = said{found.Code, found.In(c.lang)}
	}
	return out
}
