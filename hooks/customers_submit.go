package hooks

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/places"
	"kehu/internal/register"
)

// Faults of a submission.
var (
	ErrSubmitState = fault.Define("submit_state", "只有草稿和被退回的客户可以提交",
		"Only drafts and returned customers are submitted")
	ErrSystemTag = fault.Define("system_tag_missing", "提交时至少要有一个系统标签，请选择",
		"A system tag is needed to submit, choose one")
	ErrAddressConsent = fault.Define("address_no_consent",
		"个人地址须有客户授权（用途：服务），请先登记授权",
		"A person's address needs a recorded consent (for service), record it first")
	ErrSubmitOwner = fault.Define("submit_owner",
		"客服提交时须指定接手的销售负责人（owner）",
		"Customer service names the salesperson who takes over (owner)")
	ErrCheckedAgainst = fault.Define("checked_against_unknown",
		"核对依据须是 licence、card 或 other", "What it was checked against is licence, card or other")
	ErrEvidence = fault.Define("evidence_unknown", "附件{id}不属于该客户，请核对",
		"The attachment {id} is not this customer's, check it")
)

// submitBody is POST /customers/{id}/submit.
type submitBody struct {
	Note        string   `json:"note" form:"note"`
	Attachments []string `json:"attachments" form:"attachments"`
	Checked     string   `json:"checked_against" form:"checked_against"`
	Owner       string   `json:"owner" form:"owner"`
}

// customerSubmit sends a draft to review, or makes it active where the policy asks for none.
func (h *House) customerSubmit(e *core.RequestEvent) error {
	var body submitBody
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	files, err := e.FindUploadedFiles("files")
	if err != nil && !errors.Is(err, http.ErrMissingFile) {
		files = nil // a JSON body has none
	}
	customer, err := h.writable(e)
	if err != nil {
		return refuseError(e, err)
	}
	s := &submission{House: h, e: e, body: body, files: files}
	err = e.App.RunInTransaction(func(tx core.App) error { return s.run(tx, customer.Id) })
	if err != nil {
		return h.answered(e, "customers", err)
	}
	answer := map[string]any{"id": customer.Id, "status": s.record.GetString("status"),
		"approval": nil}
	if s.request != nil {
		answer["approval"] = h.shownRequest(s.request, language(e))
	}
	return e.JSON(http.StatusOK, answer)
}

// writable finds a customer that the asker may see and write, by the same rule as REST.
func (h *House) writable(e *core.RequestEvent) (*core.Record, error) {
	record, err := e.App.FindRecordById("customers", e.Request.PathValue("id"))
	if err != nil || !h.sees(e.Auth, record.Id) {
		return nil, ErrMissingRecord
	}
	info, err := e.RequestInfo()
	if err != nil {
		return nil, err
	}
	may, err := e.App.CanAccessRecord(record, info, record.Collection().UpdateRule)
	reader, readerErr := collections.ReaderOf(e.App, e.Auth)
	if err != nil || readerErr != nil || !may || !mayCreate(reader) ||
		reader.Role == "service" && !ownsDraft(reader, record) { // the rule is wider: records_write.go
		return nil, ErrForbidden
	}
	return record, nil
}

type submission struct {
	*House
	e       *core.RequestEvent
	body    submitBody
	files   []*filesystem.File
	app     core.App
	db      collections.DB
	record  *core.Record
	request *core.Record
}

func (s *submission) run(tx core.App, id string) error {
	record, err := tx.FindRecordById("customers", id)
	if err != nil {
		return ErrMissingRecord
	}
	s.app, s.db, s.record = tx, collections.Through(tx.DB()), record
	next, ok := approval.Next(record.GetString("status"), approval.Submit)
	if !ok {
		return ErrSubmitState
	}
	if err := s.owner(); err != nil {
		return err
	}
	compliance, err := s.check()
	if err != nil {
		return err
	}
	review := s.policies.Load().Review.Entry(record.GetString("value_level"), func(key string) bool {
		return !register.Same(valuesOf(record)[key], nil)
	})
	if !review {
		next, _ = approval.Next(next, approval.Approve)
	}
	record.Set("status", next)
	record.SetRaw(entryKey, &entry{actor: actorOf(s.e.Auth), auth: s.e.Auth, engine: true})
	if err := tx.Save(record); err != nil {
		return err
	}
	if !review {
		return nil
	}
	s.request, err = s.ask(tx, s.e.Auth, wanted{row: "entry", customer: record,
		collection: "customers", id: record.Id, reason: trimmed(s.body.Note),
		checked: s.body.Checked, compliance: compliance, attachments: s.body.Attachments,
		files: s.files})
	return err
}

// owner: customer service hands its draft to a salesperson or manager.
func (s *submission) owner() error {
	who := personOf(s.app, s.e.Auth)
	if s.body.Owner == "" {
		if who.Role == "service" && s.record.GetString("owner") == who.Staff {
			return refuseField("customers", "owner", ErrSubmitOwner)
		}
		return nil
	}
	owner, err := s.app.FindRecordById("staff", s.lookup(s.app).Staff(s.body.Owner))
	if err != nil || !owner.GetBool("active") ||
		!slices.Contains([]string{"sales", "manager"}, owner.GetString("role")) {
		return refuseField("customers", "owner", ErrSubmitOwner)
	}
	if who.Role != "service" && who.Role != "data_admin" && owner.Id != s.record.GetString("owner") {
		return ErrForbidden
	}
	s.record.Set("owner", owner.Id)
	return nil
}

// check looks at everything again, as the customer stands and as the policies are now.
func (s *submission) check() (compliance map[string]any, err error) {
	findings, err := s.findings()
	if err != nil {
		return nil, err
	}
	compliance, bad, err := s.compliance(s.app, s.record)
	if err != nil {
		return nil, err
	}
	maps.Copy(findings, bad)
	switch {
	case !slices.Contains([]string{"", "licence", "card", "other"}, s.body.Checked):
		findings["checked_against"] = ErrCheckedAgainst
	case len(findings) == 0:
		return compliance, errors.Join(s.evidence(), s.duplicates())
	}
	return nil, &refusal{collection: "customers", status: http.StatusBadRequest, findings: findings}
}

func (s *submission) findings() (register.Findings, error) {
	set := s.policies.Load()
	values := valuesOf(s.record)
	result := register.Check("customers", nil, retyped(values), &register.Rules{Policy: set,
		Now: s.now(), Lookup: collections.NewLookup(s.db), Confirm: confirmed(values),
		Consent: func(string) bool { return true }})
	findings := result.Errors
	needs, err := collections.Needs(s.db, s.record.Id, set)
	if err != nil {
		return nil, err
	}
	for _, path := range register.Missing(values, needs, set) {
		findings[path] = register.ErrRequired.With("field", fields.Label(path, "zh"),
			"field_en", fields.Label(path, "en"))
		if path == "division" {
			findings[path] = coarse(values)
		}
	}
	tagged, err := collections.HasSystemTag(s.db, s.record.Id)
	if err != nil {
		return nil, err
	}
	if !tagged {
		findings["tags"] = ErrSystemTag
	}
	if personsAddress(values) && !collections.Consented(s.db, s.record.Id, "service") {
		findings["business_address"] = ErrAddressConsent
	}
	return findings, nil
}

// retyped are the stored values as if they were typed now: what the rules would refuse today is
// found. Sensitive numbers are held as masks and were checked when they came.
func retyped(values register.Values) map[string]any {
	typed := map[string]any{}
	for _, f := range fields.Of("customers") {
		if f.System || f.Class == fields.Sensitive || register.Same(values[f.Key], nil) {
			continue
		}
		typed[f.Key] = values[f.Key]
	}
	return typed
}

// confirmed are the reasons with which values against the standard were taken.
func confirmed(values register.Values) map[string]string {
	reasons := map[string]string{}
	kept, _ := values["exceptions"].(map[string]any)
	for key, one := range kept {
		if exception, ok := one.(map[string]any); ok {
			reasons[key], _ = exception["reason"].(string)
		}
	}
	return reasons
}

// coarse says where the address stops.
func coarse(values register.Values) *fault.Fault {
	_, _, err := places.Parse(orDefault(values.Text("business_address"), values.Text("registered_address")))
	if found, ok := fault.Of(err); ok {
		return found
	}
	return places.ErrTooCoarse
}

func personsAddress(values register.Values) bool {
	return values.Text("kind") == "individual" &&
		values.Text("business_address")+values.Text("registered_address") != ""
}

// duplicates looks for the exact keys again: another may have been entered since.
func (s *submission) duplicates() error {
	r := s.record
	found, err := collections.FindDuplicates(s.db, collections.Candidate{ID: r.Id,
		Kind: r.GetString("kind"), Name: r.GetString("name"), USCC: r.GetString("uscc"),
		Mobile: r.GetString("mobile")}, s.policies.Load().Duplicates)
	if err != nil {
		return err
	}
	exact := slices.DeleteFunc(found, func(d collections.Duplicate) bool { return !d.Blocks() })
	if len(exact) == 0 {
		return nil
	}
	return s.duplicateRefusal(&entry{auth: s.e.Auth}, r.GetString("name"), exact)
}

// evidence: the attachments named are this customer's.
func (s *submission) evidence() error { return evidenceOf(s.app, s.record.Id, s.body.Attachments) }

func evidenceOf(app core.App, customer string, ids []string) error {
	for _, id := range ids {
		a, err := app.FindRecordById("attachments", id)
		if err != nil || a.GetString("customer") != customer {
			return ErrEvidence.With("id", id)
		}
	}
	return nil
}

// searched are the collections whose texts are looked at for numbers that belong in no text.
var searched = []string{"contacts", "followups", "contracts", "orders", "tickets"}

// compliance looks through every text of the customer for certificate and card numbers; the result
// stands on the request, for those who decide and those who audit.
func (h *House) compliance(app core.App, customer *core.Record) (map[string]any, register.Findings,
	error) {
	findings, looked := register.Findings{}, 0
	look := func(record *core.Record, prefix string) {
		for _, f := range fields.Of(record.Collection().Name) {
			if !f.IsText() || f.System || f.Class == fields.Sensitive || !freeText[f.Kind] {
				continue
			}
			looked++
			if found := cn.FindSensitive(record.GetString(f.Key)); len(found) > 0 {
				findings[prefix+f.Key] = ErrTextHolds.With("field", f.Zh, "field_en", f.En)
			}
		}
	}
	look(customer, "")
	for _, name := range searched {
		records := []*core.Record{}
		err := app.RecordQuery(name).AndWhere(dbx.HashExp{"customer": customer.Id}).All(&records)
		if err != nil {
			return nil, nil, err
		}
		for _, record := range records {
			look(record, name+".")
		}
	}
	return map[string]any{"ok": len(findings) == 0, "checked": looked,
		"found": slices.Sorted(maps.Keys(findings)), "at": stampOf(h.options.Clock())}, findings, nil
}

var freeText = map[fields.Kind]bool{fields.Text: true, fields.Multiline: true, fields.Name: true,
	fields.Address: true}

// ErrTextHolds: a number that is kept sealed stands in a text.
var ErrTextHolds = fault.Define("text_holds_number",
	"「{field}」中有证件号码或银行账号，请删去后再提交",
	"{field_en} holds a certificate or account number, take it out and submit again")
