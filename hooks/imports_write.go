package hooks

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/register"
)

// tableWriter inserts the records of one collection with a prepared statement.
type tableWriter struct {
	columns   []*fields.Field
	statement string
}

var tableWriters = map[string]*tableWriter{}

func init() {
	for _, name := range append([]string{"customers"}, collections.Belongings...) {
		w := &tableWriter{columns: fields.Of(name)}
		names := []string{"id", "created", "updated"}
		if name != "customers" {
			names = append(names, "customer")
		}
		for _, f := range w.columns {
			names = append(names, "`"+f.Key+"`")
		}
		w.statement = "INSERT INTO " + name + " (" + strings.Join(names, ", ") + ") VALUES (?" +
			strings.Repeat(", ?", len(names)-1) + ")"
		tableWriters[name] = w
	}
}

// insert writes one record. values hold what is not the zero value.
func insert(db collections.DB, collection, id, customer, stamp string, values register.Values) error {
	w := tableWriters[collection]
	args := make([]any, 0, len(w.columns)+4)
	args = append(args, id, stamp, stamp)
	if collection != "customers" {
		args = append(args, customer)
	}
	for _, f := range w.columns {
		value, err := sqlValue(f, values[f.Key])
		if err != nil {
			return err
		}
		args = append(args, value)
	}
	return db.Exec(w.statement, args...)
}

// sqlValue is a value as PocketBase stores it.
func sqlValue(f *fields.Field, value any) (any, error) {
	switch f.Kind {
	case fields.Money, fields.Number:
		switch n := value.(type) {
		case float64:
			return n, nil
		case int64:
			return n, nil
		}
		return 0, nil
	case fields.Bool:
		b, _ := value.(bool)
		return b, nil
	case fields.SelectMany, fields.Tags:
		list, _ := value.([]string)
		if len(list) == 0 {
			return "[]", nil
		}
		return jsonText(list)
	case fields.JSON:
		if value == nil {
			return "null", nil
		}
		return jsonText(value)
	case fields.File:
		if f.Many {
			return "[]", nil
		}
		return "", nil
	}
	text, _ := value.(string)
	return text, nil
}

func jsonText(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

func stampOf(now time.Time) string {
	d, _ := types.ParseDateTime(now)
	return d.String()
}

// newCustomer completes the values of a checked row to a whole new record, as customerSave does
// for one that comes over REST; a test holds the two together.
func newCustomer(result *register.Result, missing []string) register.Values {
	values := register.Values{}
	for key, value := range result.Values {
		values[key] = value
	}
	originals := map[string]any{}
	for key, text := range result.Originals {
		if text != "" {
			originals[key] = text
		}
	}
	exceptions := map[string]any{}
	for key, e := range result.Exceptions {
		exceptions[key] = e
	}
	values["originals"], values["exceptions"] = originals, exceptions
	values["missing"] = missing
	values["status"], values["relationship"] = "draft", "new"
	return values
}

// created writes a row's customer with all that belongs to it.
func (run *importRun) created(db collections.DB, r *preparedRow, doc int64, number, stamp string) (string, error) {
	id := core.GenerateDefaultRandomId()
	values := newCustomer(r.customer, r.missing)
	values["doc"], values["number"] = doc, number
	values["status"] = run.entryStatus(r)
	values["campaign"] = run.plan.options.Campaign
	if r.ownNumber != "" {
		values["originals"].(map[string]any)["number"] = r.ownNumber
	}
	if r.contract != nil || r.opening != nil {
		values["has_deal"] = true
	}
	if err := run.classifyRow(values); err != nil {
		return id, err
	}
	if err := insert(db, "customers", id, "", stamp, values); err != nil {
		return id, err
	}
	if err := collections.SealNew(db, run.keys, id, r.customer.Sealed); err != nil {
		return id, err
	}
	if err := run.belongings(db, r, id, stamp); err != nil {
		return id, err
	}
	entry := collections.Indexed{Doc: doc, Kind: values.Text("kind"), Name: values.Text("name"),
		ShortName: values.Text("short_name"), Number: number, USCC: values.Text("uscc"),
		Owner: values.Text("owner"), Department: values.Text("department"),
		HasDeal: values["has_deal"] == true,
		Phones:  []string{values.Text("mobile"), values.Text("landline")}}
	for _, contact := range r.contacts {
		v := contact.Values
		entry.Contacts = append(entry.Contacts, v.Text("name"))
		entry.Phones = append(entry.Phones, v.Text("mobile"), v.Text("landline"))
	}
	return id, collections.Index(db, entry, true)
}

// belongings writes what the row brings beside the customer, and what the customer derives of it.
func (run *importRun) belongings(db collections.DB, r *preparedRow, id, stamp string) error {
	for _, contact := range r.contacts {
		err := insert(db, "contacts", core.GenerateDefaultRandomId(), id, stamp, contact.Values)
		if err != nil {
			return err
		}
	}
	if err := run.deals(db, r, id, stamp); err != nil {
		return err
	}
	if r.followup != nil {
		err := insert(db, "followups", core.GenerateDefaultRandomId(), id, stamp, r.followup.Values)
		if err != nil {
			return err
		}
		if err := collections.RefreshContact(db, id); err != nil {
			return err
		}
	}
	if len(r.customer.Sealed) > 0 && len(run.plan.options.Consent) > 0 {
		if err := run.consent(db, id, stamp); err != nil {
			return err
		}
	}
	if len(r.missing) > 0 {
		return run.task(db, r, id, stamp)
	}
	return nil
}

func (run *importRun) deals(db collections.DB, r *preparedRow, id, stamp string) error {
	if r.contract == nil && r.opening == nil {
		return nil
	}
	if r.contract != nil {
		values := r.contract.Values
		if values.Text("number") == "" {
			numbers, err := run.numbers("contracts")
			if err != nil {
				return err
			}
			if values["number"], err = numbers.Next(db, run.plan.rules.Now, ""); err != nil {
				return err
			}
		}
		err := insert(db, "contracts", core.GenerateDefaultRandomId(), id, stamp, values)
		if err != nil {
			return err
		}
	}
	if r.opening != nil {
		err := insert(db, "orders", core.GenerateDefaultRandomId(), id, stamp, register.Values{
			"date": r.opening.last, "since": r.opening.since, "amount": r.opening.amount,
			"opening": true, "state": "done", "product": "期初"})
		if err != nil {
			return err
		}
	}
	c := run.classifier(db)
	c.fresh = true
	won, err := c.dealsChanged(id)
	if err != nil || !won {
		return err
	}
	if err := run.refreshMissing(db, id); err != nil || len(r.missing) > 0 {
		return err // there is a task for what is missing anyway
	}
	return run.wonTask(db, id)
}

func (run *importRun) consent(db collections.DB, id, stamp string) error {
	return insert(db, "consents", core.GenerateDefaultRandomId(), id, stamp, register.Values{
		"purposes": slices.Clone(run.plan.options.Consent), "method": "paper",
		"statement_version": run.plan.options.Statement,
		"granted":           run.plan.rules.Now.Format("2006-01-02"),
	})
}

const insertTask = `INSERT INTO tasks (id, created, updated, kind, customer, assignee, title, due,
	state, done_by, done_at) VALUES (?, ?, ?, 'complete', ?, ?, ?, ?, 'open', '', '')`

// task asks the owner to fill in what is missing, within two working days (R3.11).
func (run *importRun) task(db collections.DB, r *preparedRow, id, stamp string) error {
	return db.Exec(insertTask, core.GenerateDefaultRandomId(), stamp, stamp, id,
		r.customer.Values.Text("owner"), "补充客户资料："+describe(r.missing), run.due)
}

const insertRow = "INSERT INTO import_rows (id, `import`, `row`, outcome, record, errors, raw, " +
	"before, decision, stamp) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// rowResult is what became of a row.
type rowResult struct {
	outcome, record, before string
	decision                string // rowHeld: its change waits for the decision about the import
}

// account writes a row of the import's own book: every row of the sheet has one (R10.7).
func (run *importRun) account(db collections.DB, r *preparedRow, result rowResult, stamp string) error {
	errors, raw := "[]", "null"
	if len(r.faults) > 0 {
		text, err := jsonText(r.faults)
		if err != nil {
			return err
		}
		errors = text
	}
	if result.outcome == "failed" || result.outcome == "duplicate" || result.decision == rowHeld {
		text, err := r.rawJSON(run.plan, run.sealRaw)
		if err != nil {
			return err
		}
		raw = text
	}
	if result.before == "" {
		result.before = "null"
	}
	return db.Exec(insertRow, core.GenerateDefaultRandomId(), run.id, r.number, result.outcome,
		result.record, errors, raw, result.before, result.decision, stamp)
}

func (run *importRun) sealRaw(plain string, row, column int) ([]byte, error) {
	record, field := collections.CellContext(run.id, row, column)
	return run.keys.Seal([]byte(plain), "import_rows", record, field)
}
