package hooks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/cipherdb"
	"kehu/internal/fields"
	alike "kehu/internal/match"
	"kehu/internal/register"
	"kehu/internal/sheet"
)

// A chunk of rows is one transaction. It ends by time, not by rows: whoever saves a customer
// meanwhile waits for at most one chunk.
const (
	chunkTime  = 120 * time.Millisecond
	chunkFirst = 50
	chunkMost  = 2000
)

// importOptions are what a person may choose (api.md).
type importOptions struct {
	OnDuplicate string            `json:"on_duplicate,omitempty"` // skip, update or review
	Owner       string            `json:"owner,omitempty"`
	Department  string            `json:"department,omitempty"`
	DryRun      bool              `json:"dry_run,omitempty"`
	Hidden      bool              `json:"hidden,omitempty"`            // import hidden rows too
	Consent     []string          `json:"consent,omitempty"`           // purposes agreed to
	Statement   string            `json:"statement_version,omitempty"` // the wording of that consent
	Confirm     map[string]string `json:"confirm,omitempty"`           // field → reason (R3.4)
	Duplicate   string            `json:"confirm_duplicate,omitempty"` // reason for shared mobiles
	Campaign    string            `json:"campaign,omitempty"`          // of which the rows come
	importer    string
}

// counts are the rows by outcome; together they are all rows below the header.
type counts struct {
	Total      int `json:"total"`
	Created    int `json:"created"`
	Updated    int `json:"updated"`
	Unchanged  int `json:"unchanged"`
	Incomplete int `json:"incomplete"`
	Duplicate  int `json:"duplicate"`
	Failed     int `json:"failed"`
	Blank      int `json:"blank"`
	Restored   int `json:"restored,omitempty"` // by an undo
	Touched    int `json:"touched,omitempty"`  // left by an undo: changed since
	Pending    int `json:"pending,omitempty"`  // of those created: waiting for the decision about the import
	Held       int `json:"held,omitempty"`     // of those unchanged: their change waits for it
}

func (c *counts) add(outcome string, n int) {
	switch outcome {
	case "created":
		c.Created += n
	case "updated":
		c.Updated += n
	case "unchanged":
		c.Unchanged += n
	case "incomplete":
		c.Incomplete += n
	case "duplicate":
		c.Duplicate += n
	case "failed":
		c.Failed += n
	case "blank":
		c.Blank += n
	}
	c.Total += n
}

// importRun is one import at work.
type importRun struct {
	*House
	id       string
	plan     *rowPlan
	reader   collections.Reader
	actor    actor
	counts   counts
	after    int // rows up to this number are done
	index    *keyIndex
	mine     map[string]int32 // customers that this import made, and the row of each
	lookup   *collections.Lookup
	due      string     // of tasks
	size     int        // of the next chunk
	blanks   int        // blank rows one after the other
	told     chunkNotes // of the chunk at work
	submits  bool       // complete rows go to review with the import
	approved actor      // who allowed what waited for a decision
	log      *logKeeper
}

// maxListedBlank is how many blank rows in a row get an entry each; the ones after are counted.
const maxListedBlank = 1000

// rows runs the import over a sheet, from where it stands.
func (run *importRun) rows(ctx context.Context, rows *sheet.Rows, progress func(counts)) error {
	run.size = chunkFirst
	chunk := make([]*preparedRow, 0, chunkMost)
	for {
		chunk = chunk[:0]
		for len(chunk) < run.size && rows.Next() {
			row := rows.Row()
			if row.Number > run.plan.mapping.Row && row.Number > run.after {
				chunk = append(chunk, run.plan.read(row))
			}
		}
		if err := errors.Join(rows.Err(), ctx.Err()); err != nil {
			return err
		}
		if len(chunk) == 0 {
			return nil
		}
		run.giveWay(ctx)
		if err := errors.Join(run.commit(ctx, chunk), run.log.empty(ctx, run.giveWay)); err != nil {
			return err
		}
		progress(run.counts)
	}
}

// commit writes a chunk with its part of the import's book in one transaction, and sets the size
// of the next by the time this one held the database.
func (run *importRun) commit(ctx context.Context, chunk []*preparedRow) error {
	before := run.counts
	begin := time.Now()
	durable := begin.Sub(run.told.durable) >= durableEvery
	err := run.transaction(ctx, durable, func(db collections.DB) error { return run.chunk(db, chunk) })
	if err != nil {
		run.counts = before
		return err
	}
	if durable {
		run.told.durable = begin
		run.anchor.set(run.told.mark)
	}
	run.after = chunk[len(chunk)-1].number
	took := max(time.Since(begin), time.Millisecond)
	next := int(float64(len(chunk)) * float64(chunkTime) / float64(took))
	run.size = min(max(next, 10), 2*run.size, chunkMost)
	return nil
}

// transaction runs on the one writing connection, with prepared statements. Its commits reach the
// disk at the next checkpoint only: after a power cut the import goes on from where the disk is.
func (run *importRun) transaction(ctx context.Context, durable bool,
	do func(db collections.DB) error) error {
	pool, ok := run.app.NonconcurrentDB().(*dbx.DB)
	if !ok {
		return errors.New("import: no database pool")
	}
	conn, err := pool.DB().Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	pragmas := BulkPragmas
	if durable {
		pragmas += "; PRAGMA synchronous = FULL"
	}
	if _, err := conn.ExecContext(ctx, pragmas); err != nil {
		return err
	}
	defer conn.ExecContext(background(), "PRAGMA synchronous = FULL")
	if err := cipherdb.On(conn, run.log.watch); err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	bulk := collections.NewBulk(ctx, tx)
	if err := do(bulk); err != nil {
		return err
	}
	if err := bulk.Flush(); err != nil {
		return err
	}
	return tx.Commit()
}

// BulkPragmas are for the writing connection while an import runs: random keys want a large cache.
// usualPragmas takes them back. BulkCache is what of them any long work of small transactions may have.
const (
	BulkCache    = "PRAGMA cache_size = -98304"
	BulkPragmas  = "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000; " + BulkCache
	usualPragmas = "PRAGMA synchronous = FULL; PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 1000; PRAGMA shrink_memory"
)

// chunk decides every row of a chunk and writes what follows.
func (run *importRun) chunk(db collections.DB, rows []*preparedRow) error {
	run.lookup.Use(db)
	if run.plan.collection == "customers" {
		if err := run.index.load(db, rows); err != nil {
			return err
		}
	}
	stamp := stampOf(run.options.Clock())
	run.told.begin()
	for _, r := range rows {
		result, err := run.row(db, r, stamp)
		if err != nil {
			return fmt.Errorf("row %d: %w", r.number, err)
		}
		run.counts.add(result.outcome, 1)
		if run.unlisted(r, result) {
			continue
		}
		if err := run.account(db, r, result, stamp); err != nil {
			return err
		}
		run.told.add(r.number, result)
	}
	if err := errors.Join(run.noteChunk(db, stamp), collections.FoldCounts(db)); err != nil {
		return err
	}
	return run.note(db, rows[len(rows)-1].number)
}

// unlisted: a sheet formatted down to its last row has a million blank ones; after a thousand in a
// row they are counted and not listed.
func (run *importRun) unlisted(r *preparedRow, result rowResult) bool {
	if result.outcome != "blank" || !r.blank {
		run.blanks = 0
		return false
	}
	run.blanks++
	return run.blanks > maxListedBlank
}

func (run *importRun) note(db collections.DB, last int) error {
	text, err := jsonText(run.counts)
	if err != nil {
		return err
	}
	return db.Exec("UPDATE imports SET counts = ?, next_row = ? WHERE id = ?", text, last+1, run.id)
}

func (run *importRun) parent(r *preparedRow) string { return r.customer.Values.Text("parent") }

// row decides one row and writes it.
func (run *importRun) row(db collections.DB, r *preparedRow, stamp string) (rowResult, error) {
	switch {
	case r.blank:
		return rowResult{outcome: "blank"}, nil
	case r.blocked:
		return rowResult{outcome: "failed"}, nil
	case run.plan.collection != "customers":
		return run.belongingRow(db, r, stamp)
	}
	v, err := run.index.judge(r, run.policies.Load().Duplicates.Block)
	if err != nil {
		return rowResult{}, err
	}
	switch {
	case len(v.same) > 0:
		return run.existing(db, r, v.same, stamp)
	case len(v.archived) > 0:
		r.fault(run.plan, "name", ErrDuplicateArchived.With("owner", run.ownerName(v.archived[0])), false)
		return rowResult{outcome: "duplicate"}, nil
	case len(run.index.namesakes(r)) > 0:
		if result, same, err := run.sameAsNamesake(db, r); same || err != nil {
			return result, err
		}
	}
	if len(v.suspected) > 0 && len([]rune(run.plan.options.Duplicate)) < minReason {
		m := v.suspected[0]
		if m.why == alike.CodesDiffer {
			r.fault(run.plan, "uscc", ErrNameOtherCode.With("owner", run.ownerName(m)), false)
		} else {
			r.fault(run.plan, "mobile", ErrSuspectedRow.With("owner", run.ownerName(m)), false)
		}
		return rowResult{outcome: "duplicate", record: run.shown(m)}, nil
	}
	return run.create(db, r, v.suspected, stamp)
}

func (run *importRun) ownerName(m match) string {
	if name := run.staffName(m.Owner); name != "" {
		return name
	}
	return "数据管理"
}

func (run *importRun) create(db collections.DB, r *preparedRow, suspected []match, stamp string) (
	rowResult, error) {
	outcome := "created"
	if len(r.missing) > 0 {
		outcome = "incomplete"
	}
	if given, ok := r.given["number"].(string); ok {
		r.ownNumber = given
	}
	if run.plan.options.DryRun {
		run.index.add(r, match{})
		return rowResult{outcome: outcome}, nil
	}
	doc, err := collections.Take(db, collections.MarkSequence, 1)
	if err != nil {
		return rowResult{}, err
	}
	number, err := run.nextNumber(db, r)
	if err != nil {
		return rowResult{}, err
	}
	id, err := run.created(db, r, doc, number, stamp)
	if err != nil {
		return rowResult{}, err
	}
	for _, m := range suspected {
		reasons := []alike.Reason{alike.SameMobile}
		if m.why == alike.CodesDiffer {
			reasons = []alike.Reason{alike.SameName, alike.CodesDiffer}
		}
		err := collections.ConfirmPair(db, id, collections.Duplicate{ID: m.ID, Score: 1, Reasons: reasons},
			run.plan.options.Duplicate, run.actor.ID)
		if err != nil {
			return rowResult{}, err
		}
	}
	run.index.add(r, match{ID: id, Number: number, Owner: r.customer.Values.Text("owner"),
		Department: r.customer.Values.Text("department"), USCC: r.customer.Values.Text("uscc")})
	run.mine[id] = int32(r.number)
	return rowResult{outcome: outcome, record: id}, nil
}

func (run *importRun) nextNumber(db collections.DB, r *preparedRow) (string, error) {
	numbers, err := run.numbers("customers")
	if err != nil {
		return "", err
	}
	parent := ""
	if numbers.Pattern.HasSub() {
		if parent, err = collections.NumberOf(db, run.parent(r)); err != nil {
			return "", err
		}
	}
	return numbers.Next(db, run.plan.rules.Now, parent)
}

// existing handles a row whose customer is in the register already, or in an earlier row.
func (run *importRun) existing(db collections.DB, r *preparedRow, same []match, stamp string) (
	rowResult, error) {
	m := same[0]
	if len(same) > 1 {
		r.fault(run.plan, "name", ErrDuplicateExact.With("owner", run.ownerName(m)), false)
		return rowResult{outcome: "duplicate", record: run.shown(m)}, nil
	}
	if m.ID == "" { // an earlier row of a dry run
		r.fault(run.plan, "name", ErrSameAsRow.With("row", m.Row), false)
		return rowResult{outcome: "duplicate"}, nil
	}
	if !run.covers(m) {
		r.fault(run.plan, "name", ErrDuplicateExact.With("owner", run.ownerName(m)), false)
		return rowResult{outcome: "duplicate"}, nil
	}
	c, err := run.compare(db, r, m)
	if err != nil {
		return rowResult{}, err
	}
	return run.resolve(db, r, m, c, stamp)
}

// shown is the id of a customer that the importer may read, else "".
func (run *importRun) shown(m match) string {
	if run.covers(m) {
		return m.ID
	}
	return ""
}

// covers tells whether the importer may read that customer.
func (run *importRun) covers(m match) bool {
	if run.reader.Role == "marketing" { // what it entered, until somebody takes it over
		return m.ID != "" && collections.IsOwnDraft(run.index.db, m.ID, run.reader.ID)
	}
	return run.reader.SeesAll() || m.Owner == run.reader.ID && m.Owner != "" ||
		slices.Contains(run.reader.Departments, m.Department) && m.Department != ""
}

// comparison is what a row says other than the stored customer.
type comparison struct {
	record   *core.Record
	before   register.Values
	keys     []string           // fields that differ
	contacts []*register.Result // that the customer does not have
}

func (run *importRun) compare(db collections.DB, r *preparedRow, m match) (*comparison, error) {
	record, err := collections.ReadCustomer(run.app, db, m.ID)
	if err != nil {
		return nil, err
	}
	c := &comparison{record: record, before: valuesOf(record)}
	c.keys = differences(r, c.before, func(field, plain string) bool {
		for _, blind := range run.keys.BlindIndexes(field, plain) {
			found, err := collections.BySealed(db, field, blind)
			if err == nil && slices.ContainsFunc(found, func(d collections.Duplicate) bool {
				return d.ID == m.ID
			}) {
				return true
			}
		}
		return false
	})
	for _, contact := range r.contacts {
		has, err := collections.HasContact(db, m.ID, contact.Values)
		if err != nil {
			return nil, err
		}
		if !has {
			c.contacts = append(c.contacts, contact)
		}
	}
	return c, nil
}

// resolve: what the row and the person's choice ask for.
func (run *importRun) resolve(db collections.DB, r *preparedRow, m match, c *comparison,
	stamp string) (rowResult, error) {
	row, here := run.mine[m.ID]
	updates := run.plan.options.OnDuplicate == "update"
	switch {
	case len(c.keys) == 0 && len(c.contacts) == 0 && here:
		r.fault(run.plan, "name", ErrSameAsRow.With("row", row), false)
		return rowResult{outcome: "duplicate", record: m.ID}, nil
	case len(c.keys) == 0 && len(c.contacts) == 0:
		return rowResult{outcome: "unchanged", record: m.ID}, nil
	case here && len(c.contacts) > 0 && onlyReach(c.keys): // one row for each contact of a customer
		c.keys = nil
		return run.update(db, r, m, c, stamp)
	case updates && !here && c.record.GetString("status") == "pending":
		r.fault(run.plan, "name", ErrPending, false)
		return rowResult{outcome: "duplicate", record: m.ID}, nil
	case updates && run.needsDecision(c):
		return run.hold(r, m, c)
	case updates:
		return run.update(db, r, m, c, stamp)
	}
	keys := slices.Clone(c.keys)
	if len(c.contacts) > 0 {
		keys = append(keys, "contacts.name")
	}
	r.fault(run.plan, "name", ErrAlreadyThere.With("number", m.Number, "fields", describe(keys)),
		false)
	return rowResult{outcome: "duplicate", record: m.ID}, nil
}

// onlyReach: the phone and e-mail of such a row are its contact's.
func onlyReach(keys []string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool {
		return key != "mobile" && key != "landline" && key != "email"
	})
}

// sameAsNamesake finds the same keyless person again: only where nothing differs.
func (run *importRun) sameAsNamesake(db collections.DB, r *preparedRow) (rowResult, bool, error) {
	for _, m := range run.index.namesakes(r) {
		if m.ID == "" || !run.covers(m) {
			continue
		}
		c, err := run.compare(db, r, m)
		if err != nil {
			return rowResult{}, false, err
		}
		if len(c.keys) == 0 && len(c.contacts) == 0 {
			result, err := run.resolve(db, r, m, c, "")
			return result, true, err
		}
	}
	return rowResult{}, false, nil
}

// beforeUpdate is what undoing an update needs.
type beforeUpdate struct {
	Values   register.Values `json:"values"`
	Contacts []string        `json:"contacts"` // ids that were added
	Updated  string          `json:"updated"`
}

// update writes what the row has otherwise. An empty cell never erases.
func (run *importRun) update(db collections.DB, r *preparedRow, m match, c *comparison,
	stamp string) (rowResult, error) {
	typed := map[string]any{}
	for _, key := range c.keys {
		typed[key] = r.given[key]
	}
	rules := *run.plan.rules
	result := register.Check("customers", c.before, typed, &rules)
	if len(result.Errors) > 0 {
		r.collect(run.plan, "", &register.Result{Errors: result.Errors})
		return rowResult{outcome: "failed", record: m.ID}, nil
	}
	if run.plan.options.DryRun {
		return rowResult{outcome: "updated", record: m.ID}, nil
	}
	was := beforeUpdate{Values: register.Values{}, Updated: c.record.GetString("updated")}
	run.remembered(m.ID, c, result.Values, result.Sealed)
	if err := run.writeUpdate(db, m.ID, c, result, &was, stamp); err != nil {
		return rowResult{}, err
	}
	for _, contact := range c.contacts {
		id := core.GenerateDefaultRandomId()
		contact.Values["primary"] = false
		if err := insert(db, "contacts", id, m.ID, stamp, contact.Values); err != nil {
			return rowResult{}, err
		}
		was.Contacts = append(was.Contacts, id)
	}
	if err := errors.Join(run.refreshMissing(db, m.ID), run.classify(db, m.ID)); err != nil {
		return rowResult{}, err
	}
	before, err := jsonText(was)
	if err != nil {
		return rowResult{}, err
	}
	return rowResult{outcome: "updated", record: m.ID, before: before},
		collections.Reindex(db, m.ID)
}

func (run *importRun) writeUpdate(db collections.DB, id string, c *comparison,
	result *register.Result, was *beforeUpdate, stamp string) error {
	values := result.Values
	originals := map[string]any{}
	if old, ok := c.before["originals"].(map[string]any); ok {
		for key, text := range old {
			originals[key] = text
		}
	}
	for key, text := range result.Originals {
		delete(originals, key)
		if text != "" {
			originals[key] = text
		}
	}
	values["originals"] = originals
	for _, key := range sortedKeys(values) {
		f := fields.MustGet("customers", key)
		stored, err := sqlValue(f, values[key])
		if err != nil {
			return err
		}
		was.Values[key] = c.before[key]
		if err := db.Exec("UPDATE customers SET `"+key+"` = ? WHERE id = ?", stored, id); err != nil {
			return err
		}
	}
	for field, plain := range result.Sealed {
		if err := collections.Seal(db, run.keys, id, field, plain); err != nil {
			return err
		}
		purpose := register.Purpose(fields.MustGet("customers", field))
		if plain != "" && !collections.Consented(db, id, purpose) { // it is the import's own
			if err := run.consent(db, id, stamp); err != nil {
				return err
			}
		}
	}
	return db.Exec("UPDATE customers SET updated = ? WHERE id = ?", stamp, id)
}

// belongingRow writes a row of contacts, follow-ups, contracts or orders.
func (run *importRun) belongingRow(db collections.DB, r *preparedRow, stamp string) (rowResult, error) {
	customer := run.lookup.Customer(r.key)
	if customer == "" || !collections.Sees(db, run.reader, customer) {
		r.fault(run.plan, "customer.name", ErrNoCustomer.With("value", r.key), false)
		return rowResult{outcome: "failed"}, nil
	}
	refused, err := run.contactRefused(db, customer)
	if err != nil {
		return rowResult{}, err
	}
	if refused != nil {
		r.fault(run.plan, "customer.name", refused, false)
		return rowResult{outcome: "failed"}, nil
	}
	collection, values := run.plan.collection, r.customer.Values
	if id, same, err := collections.SameBelonging(db, collection, customer, values); err != nil ||
		id != "" {
		if same {
			return rowResult{outcome: "unchanged", record: id}, err
		}
		r.fault(run.plan, "number", ErrUnique.With("field", fields.Label(collection+".number", "zh"),
			"field_en", fields.Label(collection+".number", "en")), false)
		return rowResult{outcome: "duplicate", record: id}, err
	}
	if run.plan.options.DryRun {
		return rowResult{outcome: "created"}, nil
	}
	if collection == "contracts" && values.Text("number") == "" {
		numbers, err := run.numbers(collection)
		if err != nil {
			return rowResult{}, err
		}
		if values["number"], err = numbers.Next(db, run.plan.rules.Now, ""); err != nil {
			return rowResult{}, err
		}
	}
	id := core.GenerateDefaultRandomId()
	if err := insert(db, collection, id, customer, stamp, values); err != nil {
		return rowResult{}, err
	}
	return rowResult{outcome: "created", record: id}, run.refresh(db, collection, customer)
}
