package hooks

import (
	"net/http"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/register"
	"kehu/internal/serial"
)

// customerRequest takes the words of a request off its body and answers refusals in its language.
func (h *House) customerRequest(e *core.RecordRequestEvent) error {
	in, err := readEntry(e)
	if err != nil {
		return err
	}
	keepSystem(e.Record)
	if err := h.keepUnwritten(e, in); err != nil {
		return err
	}
	if err := h.mayOwn(e); err != nil {
		return err
	}
	e.Record.SetRaw(entryKey, in)
	return h.answered(e.RequestEvent, "customers", e.Next())
}

// mayOwn: sales keep customers for themselves, managers within their departments.
func (h *House) mayOwn(e *core.RecordRequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	owner := e.Record.GetString("owner")
	if reader.Role == "data_admin" || owner == "" || owner == reader.ID ||
		owner == e.Record.Original().GetString("owner") {
		return nil
	}
	lookup := h.lookup(e.App)
	id := lookup.Staff(owner)
	if id == reader.ID || reader.Role == "manager" &&
		contains(reader.Departments, lookup.DepartmentOf(id)) {
		return nil
	}
	return refuse(e.RequestEvent, http.StatusForbidden, ErrForbidden)
}

func contains(list []string, item string) bool {
	for _, one := range list {
		if one == item && item != "" {
			return true
		}
	}
	return false
}

// customerSave checks, numbers and completes a customer, whichever way it comes, and writes its
// side tables in the same transaction.
func (h *House) customerSave(e *core.RecordEvent) error {
	in := entryOf(e.Record)
	return inTransaction(e, func() error {
		s := &customerSaving{h, e, in, collections.Through(e.App.DB()), nil}
		return s.run()
	})
}

type customerSaving struct {
	*House
	e      *core.RecordEvent
	in     *entry
	db     collections.DB
	result *register.Result
}

func (s *customerSaving) run() error {
	isNew := s.e.Record.IsNew()
	typed := s.typed(isNew)
	s.check(typed, isNew)
	if len(s.result.Errors) > 0 {
		return &refusal{collection: "customers", status: http.StatusBadRequest,
			findings: s.result.Errors}
	}
	if err := s.guard(typed); err != nil {
		return err
	}
	apply(s.e.Record, typed, s.result.Values)
	s.e.Record.SetRaw(resealedKey, sortedKeys(s.result.Sealed))
	suspected, err := s.refuseDuplicates(isNew)
	if err != nil {
		return err
	}
	if err := s.complete(isNew); err != nil {
		return err
	}
	score := s.e.Record.GetFloat("satisfaction")
	scored := score != 0 && score != s.e.Record.Original().GetFloat("satisfaction")
	if err := s.e.Next(); err != nil {
		return err
	}
	if !isNew {
		if err := s.closeTasks(scored); err != nil {
			return err
		}
	}
	return s.beside(suspected)
}

// typed completes what was typed by the defaults of a new customer.
func (s *customerSaving) typed(isNew bool) map[string]any {
	typed := s.in.given(s.e.Record)
	if isNew {
		if register.Same(typed["owner"], nil) && s.in.actor.Staff != "" {
			typed["owner"] = s.in.actor.Staff
		}
		if register.Same(typed["source_person"], nil) && s.in.actor.Staff != "" {
			typed["source_person"] = s.in.actor.Name
		}
	}
	return typed
}

func (s *customerSaving) check(typed map[string]any, isNew bool) {
	var before register.Values
	if !isNew {
		before = valuesOf(s.e.Record.Original())
	}
	s.result = register.Check("customers", before, typed, &register.Rules{
		Policy: s.policies.Load(), Now: s.now(), Lookup: collections.NewLookup(s.db),
		Confirm: s.in.confirm, Actor: s.in.actor.ID, Consent: s.consented,
	})
	// only a parent that is being given: a record is not refused for what it held before
	parent, given := s.result.Values["parent"].(string)
	if given && parent != "" && collections.StandsAbove(s.db, s.e.Record.Id, parent) {
		s.result.Errors["parent"] = register.ErrSelfParent
	}
}

// consented looks at the consent that comes with the creation, and at those on record.
func (s *customerSaving) consented(purpose string) bool {
	if s.in.consent != nil && contains(s.in.consent.Purposes, purpose) {
		return true
	}
	return !s.e.Record.IsNew() && collections.Consented(s.db, s.e.Record.Id, purpose)
}

func (s *customerSaving) refuseDuplicates(isNew bool) ([]collections.Duplicate, error) {
	changed := s.changed(isNew)
	if len(changed) == 0 {
		return nil, nil
	}
	if err := s.mayCompare(s.in.auth, s.result.Sealed); err != nil {
		return nil, err
	}
	c := &compared{exact: s.candidate(isNew), values: valuesOf(s.e.Record),
		certs: s.blind("cert_no"), accounts: s.blind("bank_account")}
	if !isNew {
		c.id = s.e.Record.Id
	}
	found, err := s.findDuplicates(s.db, c)
	if err != nil {
		return nil, err
	}
	if found = by(toAsk(found), changed); len(found) == 0 {
		return nil, nil
	}
	if found, err = settled(s.db, c.id, found); err != nil || len(found) == 0 {
		return nil, err
	}
	return found, s.duplicateRefusal(s.in, s.e.Record.GetString("name"), found)
}

// changed lists the fields by which customers are compared and which this save changes.
func (s *customerSaving) changed(isNew bool) []string {
	var keys []string
	for _, key := range identity {
		if isNew || s.e.Record.GetString(key) != s.e.Record.Original().GetString(key) {
			keys = append(keys, key)
		}
	}
	for _, key := range []string{"cert_no", "bank_account"} {
		if s.result.Sealed[key] != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// blind are the blind indexes of a sensitive value that was typed.
func (s *customerSaving) blind(field string) [][]byte {
	if plain := s.result.Sealed[field]; plain != "" {
		return s.keys.BlindIndexes(field, plain)
	}
	return nil
}

// candidate compares only what changed: an old record is not refused again for what was accepted.
func (s *customerSaving) candidate(isNew bool) collections.Candidate {
	r, original := s.e.Record, s.e.Record.Original()
	c := collections.Candidate{ID: r.Id, Kind: r.GetString("kind")}
	fresh := func(keys ...string) bool {
		for _, key := range keys {
			if isNew || r.GetString(key) != original.GetString(key) {
				return true
			}
		}
		return false
	}
	if fresh("uscc") {
		c.USCC = r.GetString("uscc")
	}
	if fresh("name", "kind") || c.Kind == "individual" && fresh("mobile") {
		c.Name = r.GetString("name")
	}
	if fresh("mobile") || c.Kind == "individual" && c.Name != "" {
		c.Mobile = r.GetString("mobile")
	}
	c.Certificates = s.blind("cert_no")
	return c
}

// duplicateRefusal is 409, unless all are merely suspected and the body carries a reason.
func (h *House) duplicateRefusal(in *entry, name string, found []collections.Duplicate) error {
	code, exact := ErrDuplicateSuspected, false
	for _, d := range found {
		exact = exact || d.Blocks()
	}
	if !exact && len([]rune(in.duplicate)) >= minReason {
		return nil
	}
	found, err := h.told(in.auth, name, found)
	if err != nil || len(found) == 0 {
		return err
	}
	first := found[0]
	if at := slices.IndexFunc(found, collections.Duplicate.Blocks); exact && at >= 0 {
		if first, code = found[at], ErrDuplicateExact; first.Archive != "" {
			code = ErrDuplicateArchived
		}
	}
	r := &refusal{collection: "customers", status: http.StatusConflict, duplicates: found,
		findings: register.Findings{}, names: h.staffName,
		visible:  func(d collections.Duplicate) bool { return h.seesDuplicate(in.auth, d) },
		restores: func(d collections.Duplicate) bool { return h.mayRestore(in.auth, d.Department) }}
	r.findings[duplicateField(first.Key)] = code.With("owner", h.ownerOf(first))
	return r
}

// minReason is how many characters a reason has at least.
const minReason = 4

func duplicateField(key string) string {
	switch key {
	case "name_mobile":
		return "name"
	}
	return key
}

func (h *House) ownerOf(d collections.Duplicate) string {
	if name := h.staffName(d.Owner); name != "" {
		return name
	}
	return "数据管理"
}

// complete gives a new customer what only the system gives, and any customer what follows from
// its new values.
func (s *customerSaving) complete(isNew bool) error {
	r := s.e.Record
	mergeJSON(r, "originals", s.result.Originals)
	exceptions := s.result.Exceptions
	for _, key := range []string{"uscc", "legacy_reg_no"} {
		if _, changed := s.result.Values[key]; changed && exceptions[key].Reason == "" {
			exceptions[key] = register.Exception{} // a new value stands on its own reason
		}
	}
	mergeJSON(r, "exceptions", exceptions)
	if isNew {
		if err := s.number(); err != nil {
			return err
		}
		r.Set("status", orDefault(r.GetString("status"), "draft"))
		r.Set("relationship", orDefault(r.GetString("relationship"), "new"))
	}
	if err := s.classifySave(isNew); err != nil {
		return err
	}
	needs := map[string][]register.Values{}
	if !isNew {
		var err error
		if needs, err = collections.Needs(s.db, r.Id, s.policies.Load()); err != nil {
			return err
		}
	}
	r.Set("missing", register.Missing(valuesOf(r), needs, s.policies.Load()))
	return nil
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func (s *customerSaving) number() error {
	doc, err := collections.Take(s.db, collections.MarkSequence, 1)
	if err != nil {
		return err
	}
	s.e.Record.Set("doc", doc)
	numbers, err := s.numbers("customers")
	if err != nil {
		return err
	}
	parent, err := collections.NumberOf(s.db, s.e.Record.GetString("parent"))
	if err != nil {
		return err
	}
	number, err := numbers.Next(s.db, s.now(), parent)
	s.e.Record.Set("number", number)
	return err
}

// numbers is the policy's numbering of a collection.
func (h *House) numbers(collection string) (collections.Numbers, error) {
	set := h.policies.Load().Numbering
	text := map[string]string{"customers": set.Customers, "contracts": set.Contracts,
		"tickets": set.Tickets}[collection]
	pattern, err := serial.Parse(text)
	return collections.Numbers{Collection: collection, Pattern: pattern}, err
}

// beside writes what stands beside the row: sealed values, the consent, the search entry, the
// confirmed duplicates.
func (s *customerSaving) beside(suspected []collections.Duplicate) error {
	r := s.e.Record
	var missing []string
	if err := r.UnmarshalJSONField("missing", &missing); err == nil && len(missing) == 0 {
		err := collections.CloseTasks(s.db, r.Id, "complete", s.in.actor.ID, stampOf(s.options.Clock()))
		if err != nil {
			return err
		}
	}
	for field, plain := range s.result.Sealed {
		if err := collections.Seal(s.db, s.keys, r.Id, field, plain); err != nil {
			return err
		}
	}
	if s.in.consent != nil {
		if err := s.storeConsent(); err != nil {
			return err
		}
	}
	if err := s.storePairs(suspected); err != nil {
		return err
	}
	return collections.Reindex(s.db, r.Id)
}

func (s *customerSaving) storeConsent() error {
	collection, err := s.e.App.FindCachedCollectionByNameOrId("consents")
	if err != nil {
		return err
	}
	c := core.NewRecord(collection)
	c.Set("customer", s.e.Record.Id)
	c.Set("purposes", s.in.consent.Purposes)
	c.Set("method", s.in.consent.Method)
	c.Set("statement_version", s.in.consent.Statement)
	c.Set("granted", s.now().Format("2006-01-02"))
	c.SetRaw(entryKey, &entry{actor: s.in.actor, auth: s.in.auth})
	return s.e.App.Save(c)
}

// storePairs keeps why suspected duplicates were saved all the same.
func (s *customerSaving) storePairs(suspected []collections.Duplicate) error {
	for _, d := range suspected {
		err := collections.ConfirmPair(s.db, s.e.Record.Id, d, s.in.duplicate, s.in.actor.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *House) staffName(id string) string {
	if id == "" {
		return ""
	}
	staff, err := h.app.FindRecordById("staff", id)
	if err != nil {
		return ""
	}
	return staff.GetString("name")
}

// seesDuplicate tells whether someone may read the row of a duplicate, in the register or the archive.
func (h *House) seesDuplicate(auth *core.Record, d collections.Duplicate) bool {
	if d.Archive == "" {
		return h.sees(auth, d.ID)
	}
	reader, err := collections.ReaderOf(h.app, auth)
	return err == nil && collections.SeesArchived(collections.Through(h.app.DB()), reader, d.ID)
}

// sees tells whether someone may read a customer's row.
func (h *House) sees(auth *core.Record, customer string) bool {
	reader, err := collections.ReaderOf(h.app, auth)
	if err != nil {
		return false
	}
	return collections.Sees(collections.Through(h.app.DB()), reader, customer)
}
