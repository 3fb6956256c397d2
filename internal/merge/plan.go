package merge

import (
	"encoding/json"
	"slices"

	"kehu/internal/fields"
	"kehu/internal/tier"
)

// Limits of a merge.
const (
	MaxRecords = 20
	maxTags    = 50
	minReason  = 4
)

// Wish is what a person asks for.
type Wish struct {
	Keep    string
	Records []Record          // all of them, the survivor among them
	Choices map[string]string // field → the record whose value stays
	Reason  string
	// Reviewed is set for people whose changes to an active customer need a request: a merge must not
	// carry in what nobody reviewed.
	Reviewed bool
	Above    func(id string) string // the parent of a customer
}

// Plan is what becomes of the survivor.
type Plan struct {
	Changes Row               // columns of the survivor that change
	Sources map[string]string // field → the record whose value stays
}

// Make decides every column of the survivor. What was not chosen stays the survivor's own; where it
// has nothing, what another one has. Faults: those of this package.
func Make(w *Wish) (*Plan, error) {
	p := &planning{Wish: w, plan: &Plan{Changes: Row{}, Sources: map[string]string{}}}
	if err := p.check(); err != nil {
		return nil, err
	}
	for _, f := range fields.Of("customers") {
		if Choosable(f) && f.Key != "tags" && f.Key != "parent" {
			p.plan.Sources[f.Key] = p.source(f.Key)
		}
	}
	if err := p.reviewed(); err != nil {
		return nil, err
	}
	for field, id := range p.plan.Sources {
		p.put(field, p.record(id).Row[field])
	}
	p.follow()
	p.parent()
	p.system()
	return p.plan, p.tags()
}

type planning struct {
	*Wish
	plan *Plan
}

func (p *planning) record(id string) Record {
	i := slices.IndexFunc(p.Records, func(r Record) bool { return r.ID == id })
	return p.Records[i]
}

func (p *planning) kept() Record { return p.record(p.Keep) }

func (p *planning) check() error {
	if err := p.checkRecords(); err != nil {
		return err
	}
	for field, id := range p.Choices {
		f, known := fields.Get("customers", field)
		if !known || !Choosable(f) || !slices.ContainsFunc(p.Records, func(r Record) bool {
			return r.ID == id
		}) {
			return ErrChoice.With("field", fields.Label(field, "zh"))
		}
	}
	return p.checkKeys()
}

func (p *planning) checkRecords() error {
	known := map[string]bool{}
	for _, r := range p.Records {
		known[r.ID] = true
	}
	switch {
	case len(known) < 2 || len(known) != len(p.Records) || !known[p.Keep]:
		return ErrFew
	case len(p.Records) > MaxRecords:
		return ErrMany.With("n", MaxRecords)
	}
	persons := 0
	for _, r := range p.Records {
		if r.Row.Text("status") == "pending" {
			return ErrPending.With("number", r.Row.Text("number"))
		}
		if r.Row.Text("kind") == "individual" {
			persons++
		}
	}
	if persons != 0 && persons != len(p.Records) {
		return ErrKinds
	}
	return nil
}

// checkKeys: two keys that each identify somebody are two customers, unless a person says otherwise.
func (p *planning) checkKeys() error {
	codes, certificates := map[string]bool{}, map[string]bool{}
	for _, r := range p.Records {
		if code := r.Row.Text("uscc"); code != "" && !r.excepted("uscc") {
			codes[code] = true
		}
		if r.Certificate != "" {
			certificates[r.Certificate] = true
		}
	}
	explained := len([]rune(p.Reason)) >= minReason
	switch {
	case len(codes) > 1 && (p.Choices["uscc"] == "" || !explained):
		return ErrCodes
	case len(certificates) > 1 && (p.Choices["cert_no"] == "" || !explained):
		return ErrCertificates
	}
	return nil
}

// followers take their value from where another field's came, unless they were chosen themselves.
var followers = map[string][]string{
	"division":  {"business_address", "registered_address"},
	"cert_type": {"cert_no"},
}

// source is the record whose value of a field stays.
func (p *planning) source(field string) string {
	if id := p.Choices[field]; id != "" {
		return id
	}
	for _, leader := range followers[field] {
		if id := p.source(leader); !blank(p.record(id).Row[leader]) {
			return id
		}
	}
	if kept := p.kept(); !blank(kept.Row[field]) &&
		!(field == "uscc" && kept.excepted(field) && p.valid(field) != "") {
		return p.Keep
	}
	if field == "uscc" && p.valid(field) != "" {
		return p.valid(field)
	}
	for _, r := range p.Records {
		if !blank(r.Row[field]) && p.mayGive(field, r) {
			return r.ID
		}
	}
	return p.Keep
}

// valid is the first record whose value needs no exception.
func (p *planning) valid(field string) string {
	for _, r := range p.Records {
		if !blank(r.Row[field]) && !r.excepted(field) && p.mayGive(field, r) {
			return r.ID
		}
	}
	return ""
}

// reviewed refuses what the person chose and nobody reviewed.
func (p *planning) reviewed() error {
	for field, id := range p.plan.Sources {
		if r := p.record(id); !blank(r.Row[field]) && !p.mayGive(field, r) &&
			!Same(r.Row[field], p.kept().Row[field]) {
			return ErrReviewed.With("field", fields.Label(field, "zh"))
		}
	}
	return nil
}

// mayGive: into an active customer the values of a draft come by request only.
func (p *planning) mayGive(field string, r Record) bool {
	return MayGive(fields.MustGet("customers", field), r, p.Records, p.Reviewed)
}

// MayGive tells whether a record's value of a field may become the survivor's.
func MayGive(f *fields.Field, r Record, all []Record, reviewed bool) bool {
	return !reviewed || Free(f) || r.active() || !slices.ContainsFunc(all, Record.active)
}

// put files a column of the survivor that changes.
func (p *planning) put(column string, value any) {
	if !Same(value, p.kept().Row[column]) {
		p.plan.Changes[column] = value
	}
}

// follow sets what stands beside a value: the original and the exception of each field, and the
// columns that are derived from one.
func (p *planning) follow() {
	originals, exceptions := map[string]any{}, map[string]any{}
	for _, f := range fields.Of("customers") {
		id := p.plan.Sources[f.Key]
		if id == "" {
			id = p.Keep
		}
		row := p.record(id).Row
		if typed, ok := jsonMap(row["originals"])[f.Key]; ok {
			originals[f.Key] = typed
		}
		if why, ok := jsonMap(row["exceptions"])[f.Key]; ok {
			exceptions[f.Key] = why
		}
	}
	p.putJSON("originals", originals)
	p.putJSON("exceptions", exceptions)
	for derived, from := range map[string]string{"macro_region": "division",
		"email_personal": "email", "department": "owner"} {
		p.put(derived, p.record(p.plan.Sources[from]).Row[derived])
	}
	if p.kept().Row.Text("owner") == "" && p.record(p.plan.Sources["owner"]).Row.Text("owner") == "" {
		delete(p.plan.Changes, "department") // of customers that nobody owns
	}
}

func (p *planning) putJSON(column string, value map[string]any) {
	if asJSON(value) != asJSON(jsonMap(p.kept().Row[column])) {
		p.plan.Changes[column] = asJSON(value)
	}
}

func (p *planning) parent() {
	id := p.Choices["parent"]
	if id == "" {
		id = p.Keep
		for _, r := range p.Records {
			if blank(p.kept().Row["parent"]) && r.Row.Text("parent") != "" && p.mayGive("parent", r) {
				id = r.ID
				break
			}
		}
	}
	p.plan.Sources["parent"] = id
	ones := []string{}
	for _, r := range p.Records {
		ones = append(ones, r.ID)
	}
	p.put("parent", Parent(p.record(id).Row.Text("parent"), ones, p.Above))
}

// system joins what the product itself sets.
func (p *planning) system() {
	verified, dates := p.kept().Row.Text("verified"), jsonMap(p.kept().Row["stage_dates"])
	for _, r := range p.Records {
		verified = max(verified, r.Row.Text("verified"))
		for stage, date := range jsonMap(r.Row["stage_dates"]) {
			known, _ := dates[stage].(string)
			if text, ok := date.(string); ok && (known == "" || text < known) {
				dates[stage] = text
			}
		}
	}
	p.put("verified", verified)
	p.putJSON("stage_dates", dates)
	if slices.ContainsFunc(p.Records, Record.active) {
		p.put("status", "active")
	}
	p.override()
}

// override: a tier that a person set stands over the rules. Where the survivor has none it takes the
// newest of the others'; the rest of what explains its class stays its own.
func (p *planning) override() {
	if overrideOf(p.kept().Row) != nil {
		return
	}
	var from *Record
	for i, r := range p.Records {
		if by := overrideOf(r.Row); by != nil && (from == nil || by.At > overrideOf(from.Row).At) {
			from = &p.Records[i]
		}
	}
	if from == nil {
		return
	}
	why := jsonMap(p.kept().Row["tier_reason"])
	why["override"] = jsonMap(from.Row["tier_reason"])["override"]
	p.put("tier", from.Row["tier"])
	p.put("tier_rule", tier.Overridden)
	p.put("tier_reason", asJSON(why))
}

// overrideOf is the tier that a person set, nil where the rules decide.
func overrideOf(r Row) *tier.Override {
	if r.Text("tier_rule") != tier.Overridden {
		return nil
	}
	var why tier.Why
	if err := json.Unmarshal([]byte(r.Text("tier_reason")), &why); err != nil {
		return nil
	}
	return why.Override
}

// tags are all kept, unless one record's were chosen.
func (p *planning) tags() error {
	own := jsonList(p.kept().Row["tags"])
	union := slices.Clone(own)
	if id := p.Choices["tags"]; id != "" {
		union = jsonList(p.record(id).Row["tags"])
	} else {
		for _, r := range p.Records {
			for _, tag := range jsonList(r.Row["tags"]) {
				if !slices.Contains(union, tag) {
					union = append(union, tag)
				}
			}
		}
	}
	if len(union) > maxTags {
		return ErrTags.With("n", maxTags)
	}
	if !slices.Equal(own, union) {
		p.plan.Changes["tags"] = asJSON(union)
	}
	return nil
}
