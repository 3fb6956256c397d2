package hooks

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/internal/register"
)

// Faults of a change request.
var (
	ErrNotActive = fault.Define("change_not_active", "只有有效客户通过变更申请修改，草稿请直接编辑",
		"Only an active customer changes by request, edit a draft in place")
	ErrChangeReason = fault.Define("change_reason", "请说明变更理由（至少4个字）",
		"Say why it changes (at least 4 characters)")
	ErrNothingChanges = fault.Define("change_nothing", "没有需要变更的内容，请核对",
		"Nothing would change, check the values")
	ErrChangeOpen = fault.Define("change_open",
		"{field}已有一份待审批的变更申请，请等待审批或先撤回那份申请",
		"There is an open request for {field_en}: wait for it, or cancel it first")
	ErrOccurredFuture = fault.Define("occurred_future", "线下变更的时间不能在将来",
		"An offline change cannot have happened in the future")
	ErrOccurredLate = fault.Define("occurred_late",
		"线下变更须在{hours}小时内补录；已超过时限，请由数据管理员直接修改",
		"An offline change is entered within {hours} hours; it is later than that, ask a data administrator to edit it")
	ErrOccurredTime = fault.Define("occurred_time",
		"「{value}」不是时间，请按 2026-11-05T14:30:00+08:00 的格式填写",
		"“{value}” is no time, write it like 2026-11-05T14:30:00+08:00")
	ErrContactGone = fault.Define("contact_unknown", "该客户没有编号为{id}的联系人",
		"The customer has no contact {id}")
	ErrChangeField = fault.Define("change_field", "没有名为「{field}」的字段，或不能修改",
		"There is no field “{field_en}” that can be changed")
)

// changesBody is POST /customers/{id}/changes.
type changesBody struct {
	Changes     map[string]any    `json:"changes"`
	Contacts    []map[string]any  `json:"contacts"`
	Reason      string            `json:"reason"`
	Confirmed   string            `json:"confirmed_with"`
	Attachments []string          `json:"attachments"`
	Occurred    string            `json:"occurred"`
	Confirm     map[string]string `json:"confirm"`           // field → reason (R3.4)
	Duplicate   string            `json:"confirm_duplicate"` // reason for a suspected duplicate
}

// fieldChange is one field of a request: what it was, what it will be, and what was typed.
type fieldChange struct {
	Old   any `json:"old"`
	New   any `json:"new"`
	Typed any `json:"typed,omitempty"` // never of a sensitive field: that is sealed beside
}

// contactChange is one contact of a request; without ID a new one.
type contactChange struct {
	ID      string                 `json:"id,omitempty"`
	Name    string                 `json:"name,omitempty"`
	Remove  bool                   `json:"remove,omitempty"`
	Changes map[string]fieldChange `json:"changes,omitempty"`
}

// changePayload is what a request of kind change carries.
type changePayload struct {
	Changes   map[string]fieldChange `json:"changes"`
	Contacts  []contactChange        `json:"contacts"`
	Topics    []string               `json:"topics"` // what no second request may be about meanwhile
	Confirm   map[string]string      `json:"confirm,omitempty"`
	Duplicate string                 `json:"confirm_duplicate,omitempty"`
}

// customerChanges asks for changes of an active customer: a request for each decider. What needs
// none is written at once.
func (h *House) customerChanges(e *core.RequestEvent) error {
	c := &changing{House: h, e: e, payloads: map[policy.ChangeClass]*changePayload{}}
	if err := e.BindBody(&c.body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	c.files, _ = e.FindUploadedFiles("files") // a JSON body has none
	customer, err := h.writable(e)
	if err != nil {
		return refuseError(e, err)
	}
	err = e.App.RunInTransaction(func(tx core.App) error { return c.run(tx, customer.Id) })
	if err != nil {
		return h.answered(e, "customers", err)
	}
	shown := []map[string]any{}
	for _, request := range c.requests {
		shown = append(shown, h.shownRequest(request, language(e)))
	}
	return e.JSON(http.StatusOK, map[string]any{"approvals": shown, "applied": c.applied})
}

type changing struct {
	*House
	e        *core.RequestEvent
	body     changesBody
	files    []*filesystem.File
	app      core.App
	db       collections.DB
	customer *core.Record
	occurred time.Time
	result   *register.Result
	payloads map[policy.ChangeClass]*changePayload
	sealed   map[string]string
	requests []*core.Record
	applied  []string
}

func (c *changing) run(tx core.App, id string) error {
	record, err := tx.FindRecordById("customers", id)
	if err != nil {
		return ErrMissingRecord
	}
	c.app, c.db, c.customer, c.applied = tx, collections.Through(tx.DB()), record, []string{}
	if err := c.whole(); err != nil {
		return err
	}
	if err := c.fieldChanges(); err != nil {
		return err
	}
	if err := c.contactChanges(); err != nil {
		return err
	}
	if len(c.payloads) == 0 {
		return ErrNothingChanges
	}
	if err := c.parallel(); err != nil {
		return err
	}
	return c.store()
}

// whole checks what stands beside the values.
func (c *changing) whole() error {
	switch c.customer.GetString("status") {
	case "active":
	case "pending":
		return ErrPending
	default:
		return ErrNotActive
	}
	if len([]rune(trimmed(c.body.Reason))) < minReason {
		return refuseField("customers", "reason", ErrChangeReason)
	}
	for key := range c.body.Changes {
		if f, ok := fields.Get("customers", key); !ok || f.System || f.Kind == fields.File {
			return refuseField("customers", key, ErrChangeField.With("field", fields.Label(key, "zh"), "field_en", fields.Label(key, "en")))
		}
	}
	if err := evidenceOf(c.app, c.customer.Id, c.body.Attachments); err != nil {
		return err
	}
	return c.when()
}

// when: an offline change is entered within its hours (R7.3).
func (c *changing) when() error {
	if c.body.Occurred == "" {
		return nil
	}
	at, err := parseMoment(c.body.Occurred, c.policies.Load().Company.Location())
	if err != nil {
		return refuseField("customers", "occurred", ErrOccurredTime.With("value", c.body.Occurred))
	}
	hours := c.policies.Load().SLA.BackfillHours
	switch now := c.now(); {
	case at.After(now):
		return refuseField("customers", "occurred", ErrOccurredFuture)
	case now.Sub(at) > time.Duration(hours)*time.Hour:
		return refuseField("customers", "occurred", ErrOccurredLate.With("hours", hours))
	}
	c.occurred = at
	return nil
}

// parseMoment reads a time stamp; one without zone is the company's.
func parseMoment(text string, zone *time.Location) (time.Time, error) {
	var first error
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999Z07:00",
		"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		at, err := time.ParseInLocation(layout, text, zone)
		if err == nil {
			return at, nil
		}
		first = errors.Join(first, err)
	}
	return time.Time{}, first
}

// fieldChanges checks the values as a save would, and sorts what changes by who decides it.
func (c *changing) fieldChanges() error {
	if len(c.body.Changes) == 0 {
		return nil
	}
	before := valuesOf(c.customer)
	typed := map[string]any{}
	for key, value := range c.body.Changes {
		if !same(value, before[key]) {
			typed[key] = value
		}
	}
	c.result = register.Check("customers", before, typed, &register.Rules{
		Policy: c.policies.Load(), Now: c.now(), Lookup: collections.NewLookup(c.db),
		Confirm: c.body.Confirm, Actor: actorOf(c.e.Auth).ID, Consent: func(purpose string) bool {
			return collections.Consented(c.db, c.customer.Id, purpose)
		}})
	if parent, _ := c.result.Values["parent"].(string); parent != "" &&
		collections.StandsAbove(c.db, c.customer.Id, parent) {
		c.result.Errors["parent"] = register.ErrSelfParent
	}
	if len(c.result.Errors) > 0 {
		return &refusal{collection: "customers", status: http.StatusBadRequest,
			findings: c.result.Errors}
	}
	keys, err := changedKeys(c.House, c.db, c.customer, typed, c.result)
	if err != nil {
		return err
	}
	c.sealed = map[string]string{}
	for _, key := range keys {
		change := fieldChange{Old: before[key], New: c.result.Values[key], Typed: typed[key]}
		if plain, sealed := c.result.Sealed[key]; sealed {
			change.Typed, c.sealed[key] = nil, plain
		}
		p := c.payload(c.needs(c.policies.Load().ChangeClasses.Of(key)))
		p.Changes[key] = change
		p.Topics = append(p.Topics, key)
	}
	return c.duplicates(keys)
}

// needs is the class as the policy of review leaves it: what needs no request is free.
func (c *changing) needs(class policy.ChangeClass) policy.ChangeClass {
	if !c.policies.Load().Review.Change(class, c.customer.GetString("value_level")) {
		return policy.Free
	}
	return class
}

func (c *changing) payload(class policy.ChangeClass) *changePayload {
	if c.payloads[class] == nil {
		c.payloads[class] = &changePayload{Changes: map[string]fieldChange{},
			Contacts: []contactChange{}, Topics: []string{}, Confirm: c.body.Confirm,
			Duplicate: c.body.Duplicate}
	}
	return c.payloads[class]
}

// duplicates are refused when asked for, not only when decided.
func (c *changing) duplicates(keys []string) error {
	if err := c.mayCompare(c.e.Auth, c.sealed); err != nil {
		return err
	}
	value := func(key string) string {
		if text, ok := c.result.Values[key].(string); ok {
			return text
		}
		return c.customer.GetString(key)
	}
	fresh := func(key string) bool { return slices.Contains(keys, key) }
	candidate := collections.Candidate{ID: c.customer.Id, Kind: value("kind")}
	person := candidate.Kind == "individual"
	if fresh("uscc") {
		candidate.USCC = value("uscc")
	}
	if fresh("name") || fresh("kind") || person && fresh("mobile") {
		candidate.Name = value("name")
	}
	if fresh("mobile") || person && candidate.Name != "" {
		candidate.Mobile = value("mobile")
	}
	if plain := c.sealed["cert_no"]; plain != "" {
		candidate.Certificates = c.keys.BlindIndexes("cert_no", plain)
	}
	values := valuesOf(c.customer)
	for key, v := range c.result.Values {
		values[key] = v
	}
	found, err := c.findDuplicates(c.db, &compared{id: c.customer.Id, exact: candidate, values: values,
		certs: candidate.Certificates})
	if err != nil {
		return err
	}
	if found, err = settled(c.db, c.customer.Id, by(toAsk(found), keys)); err != nil || len(found) == 0 {
		return err
	}
	return c.duplicateRefusal(&entry{auth: c.e.Auth, duplicate: c.body.Duplicate}, value("name"), found)
}

// contactChanges checks contacts to be added, changed and removed.
func (c *changing) contactChanges() error {
	for _, given := range c.body.Contacts {
		id, _ := given["id"].(string)
		remove, _ := given["remove"].(bool)
		change, topics, err := c.contactChange(id, remove, given)
		if err != nil {
			return err
		}
		if !remove && len(change.Changes) == 0 {
			continue
		}
		class := policy.Free
		set := c.policies.Load()
		if remove || id == "" {
			class = set.ChangeClasses.Of("contacts")
		}
		for key := range change.Changes {
			if contactClass(set, key) != policy.Free {
				class = contactClass(set, key)
			}
		}
		p := c.payload(c.needs(class))
		p.Contacts = append(p.Contacts, change)
		p.Topics = append(p.Topics, topics...)
	}
	return nil
}

func (c *changing) contactChange(id string, remove bool, given map[string]any) (contactChange,
	[]string, error) {
	change := contactChange{ID: id, Remove: remove, Changes: map[string]fieldChange{}}
	var before register.Values
	if id != "" {
		contact, err := c.app.FindRecordById("contacts", id)
		if err != nil || contact.GetString("customer") != c.customer.Id {
			return change, nil, refuseField("customers", "contacts", ErrContactGone.With("id", id))
		}
		before, change.Name = valuesOf(contact), contact.GetString("name")
		if remove {
			for key, value := range before {
				change.Changes[key] = fieldChange{Old: value}
			}
			return change, []string{"contacts/" + id}, nil
		}
	}
	typed := map[string]any{}
	for _, f := range fields.Of("contacts") {
		if value, ok := given[f.Key]; ok && !f.System && !same(value, before[f.Key]) {
			typed[f.Key] = value
		}
	}
	result := register.Check("contacts", before, typed, &register.Rules{Policy: c.policies.Load(),
		Now: c.now(), Lookup: collections.NewLookup(c.db), Actor: actorOf(c.e.Auth).ID})
	if len(result.Errors) > 0 {
		return change, nil, &refusal{collection: "contacts", status: http.StatusBadRequest,
			findings: result.Errors}
	}
	for key, value := range typed {
		if stored, kept := result.Values[key]; kept && !same(stored, before[key]) {
			change.Changes[key] = fieldChange{Old: before[key], New: stored, Typed: value}
		}
	}
	if id == "" {
		change.Name = result.Values.Text("name")
		return change, []string{"contacts+" + change.Name}, nil
	}
	return change, []string{"contacts/" + id}, nil
}

// parallel: while one request about a field is open, a second is refused: two old values cannot
// both be the right one.
func (c *changing) parallel() error {
	for _, p := range c.payloads {
		_, topic, err := collections.OpenRequest(c.db, c.customer.Id, p.Topics)
		if err != nil {
			return err
		}
		if topic != "" {
			zh, en := topicLabel(topic, "zh"), topicLabel(topic, "en")
			return &refusal{collection: "customers", status: http.StatusConflict,
				findings: register.Findings{topicField(topic): ErrChangeOpen.With("field", zh, "field_en", en)}}
		}
	}
	return nil
}

func topicField(topic string) string {
	if _, ok := fields.Get("customers", topic); ok {
		return topic
	}
	return "contacts"
}

func topicLabel(topic, lang string) string {
	if _, ok := fields.Get("customers", topic); ok {
		return fields.Label(topic, lang)
	}
	return fields.CollectionLabel("contacts", lang)
}

// store writes what is free at once, and a request for each decider.
func (c *changing) store() error {
	if p := c.payloads[policy.Free]; p != nil {
		w := &changeWriting{House: c.House, app: c.app, db: c.db, payload: p, sealed: c.sealed,
			entry: entry{actor: actorOf(c.e.Auth), auth: c.e.Auth, engine: true}}
		if err := w.write(c.customer.Id); err != nil {
			return err
		}
		c.applied = slices.Sorted(slices.Values(p.Topics))
	}
	for _, class := range []policy.ChangeClass{policy.Ordinary, policy.Important} {
		p := c.payloads[class]
		if p == nil {
			continue
		}
		row := map[policy.ChangeClass]string{policy.Ordinary: "change", policy.Important: "important"}
		request, err := c.ask(c.app, c.e.Auth, wanted{row: row[class], customer: c.customer,
			collection: "customers", id: c.customer.Id, payload: asMap(p),
			reason: trimmed(c.body.Reason), confirmed: trimmed(c.body.Confirmed),
			occurred: c.occurred, attachments: c.body.Attachments, files: c.files})
		if err != nil {
			return err
		}
		if err := c.seal(request.Id, p); err != nil {
			return err
		}
		c.requests = append(c.requests, request)
	}
	return nil
}

// seal keeps the sensitive values of a request encrypted beside it.
func (c *changing) seal(request string, p *changePayload) error {
	for _, field := range slices.Sorted(maps.Keys(p.Changes)) {
		plain, is := c.sealed[field]
		if !is {
			continue
		}
		sealed, err := c.keys.Seal([]byte(plain), "approvals", request, field)
		if err != nil {
			return err
		}
		before, err := collections.BlindOf(c.db, c.customer.Id, field)
		if err != nil {
			return err
		}
		if err := collections.SealForRequest(c.db, request, field, sealed, before); err != nil {
			return err
		}
	}
	return nil
}
