package hooks

import (
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/merge"
)

// Notes that a merge gives.
var (
	NotePrimary = fault.Define("merge_note_primary", "有多位主要联系人，保留原来的一位，其余改为普通联系人",
		"There were several primary contacts: the survivor's stays primary")
	NoteMobiles = fault.Define("merge_note_mobiles", "手机号 {mobile} 在多位联系人名下，均已保留，请核对",
		"The mobile {mobile} stands at several contacts; all were kept, check them")
	NoteApprovals = fault.Define("merge_note_approvals", "{n}项未决的申请因合并失效，请重新提交",
		"{n} open requests lapsed with the merge, hand them in again")
)

// merging is one merge, inside its transaction.
type merging struct {
	*House
	e       *core.RequestEvent
	app     core.App
	db      collections.DB
	reader  collections.Reader
	by      actor
	lang    string
	body    mergeBody
	records []merge.Record
	plan    *merge.Plan
	merge   *collections.Merge
	shot    *merge.Snapshot
	notes   []map[string]string
	moved   map[string]int
	kind    string // of the customers, for the class of a name
}

func newMerging(h *House, app core.App, r collections.Reader, by actor, lang string) *merging {
	return &merging{House: h, app: app, db: collections.Through(app.DB()), reader: r, by: by, lang: lang,
		notes: []map[string]string{}, moved: map[string]int{}}
}

func (m *merging) note(found *fault.Fault) {
	m.notes = append(m.notes, map[string]string{"code": found.Code, "message": found.In(m.lang)})
}

// others are the customers that leave, in the order in which they were named.
func (m *merging) others() []string { return m.body.Merge }

func (m *merging) run() (map[string]any, error) {
	if len(m.body.Merge) == 0 || contains(m.body.Merge, m.body.Keep) {
		return nil, merge.ErrFew
	}
	if err := m.read(append([]string{m.body.Keep}, m.body.Merge...)); err != nil {
		return nil, err
	}
	if err := m.unchanged(); err != nil {
		return nil, err
	}
	m.kind = m.records[0].Row.Text("kind")
	var err error
	if m.plan, err = merge.Make(m.wish()); err != nil {
		return nil, err
	}
	if m.merge, err = collections.NewMerge(m.db); err != nil {
		return nil, err
	}
	m.shot = &merge.Snapshot{Keep: m.body.Keep, Rows: map[string]merge.Row{},
		Sealed: map[string]map[string]string{}, Own: map[string][]string{}}
	for _, step := range []func() error{m.keepPrimary, m.moveBelongings, m.moveChildren, m.movePairs,
		m.lapseApprovals, m.closeDoubles, m.takeRows, m.writeKept, m.sealKept, m.lead, m.store, m.noted} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return m.answer(), nil
}

func (m *merging) answer() map[string]any {
	return map[string]any{"id": m.merge.ID, "kept": m.body.Keep, "merged": m.others(),
		"numbers": m.merge.Numbers, "moved": m.moved, "changed": sortedKeys(m.plan.Changes),
		"notes": m.notes}
}

// read loads the customers, those that the reader may merge.
func (m *merging) read(ids []string) error {
	if len(ids) > merge.MaxRecords {
		return merge.ErrMany.With("n", merge.MaxRecords)
	}
	for _, id := range ids {
		row, err := collections.ReadRow(m.db, id)
		if err != nil {
			return err
		}
		if row == nil {
			return m.absent(id)
		}
		if !mergesIn(m.reader, row.Text("department")) {
			if !collections.Sees(m.db, m.reader, id) {
				return ErrMissingRecord
			}
			return ErrForbidden
		}
		plain, err := collections.SealedValues(m.db, m.keys, id)
		if err != nil {
			return err
		}
		record := merge.Record{ID: id, Row: row}
		if plain["cert_no"] != "" {
			record.Certificate = m.print("cert_no", plain["cert_no"])
		}
		if record.Belongings, err = m.countBelongings(id); err != nil {
			return err
		}
		m.records = append(m.records, record)
	}
	return nil
}

// absent says what became of a customer that is no longer there.
func (m *merging) absent(id string) error {
	led, err := collections.Survivor(m.db, id)
	if err != nil || led == id || led == "" || !collections.Sees(m.db, m.reader, led) {
		return errors.Join(err, ErrMissingRecord)
	}
	number, err := collections.NumberOf(m.db, led)
	if err != nil {
		return err
	}
	return ErrMergedAlready.With("id", id, "number", number)
}

func (m *merging) countBelongings(id string) (all int, err error) {
	for _, name := range collections.Belongings {
		n, err := collections.CountBelongings(m.db, name, id)
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}

// unchanged refuses a merge of what the person has not seen, and of what must be reviewed first.
func (m *merging) unchanged() error {
	anyActive := slices.ContainsFunc(m.records, func(r merge.Record) bool {
		return r.Row.Text("status") == "active"
	})
	for _, r := range m.records {
		if seen := m.body.Updated[r.ID]; seen != "" && seen != r.Row.Text("updated") {
			return ErrMergeStale.With("number", r.Row.Text("number"))
		}
		if m.reviewed() && anyActive && r.Row.Text("status") != "active" &&
			r.Row.Text("owner") == m.reader.ID {
			return ErrMergeOwnDraft.With("number", r.Row.Text("number"))
		}
	}
	return nil
}

// reviewed: the changes of managers to active customers need a request; a merge is no way round.
func (m *merging) reviewed() bool { return !m.reader.Everything && m.reader.Role != "data_admin" }

func (m *merging) wish() *merge.Wish {
	return &merge.Wish{Keep: m.body.Keep, Records: m.records, Choices: m.body.Choices,
		Reason: m.body.Reason, Reviewed: m.reviewed(),
		Above: func(id string) string { return collections.ParentOf(m.db, id) }}
}

// keepPrimary: where both have a primary contact the survivor's stays it; nobody is deleted.
func (m *merging) keepPrimary() error {
	first, err := collections.FirstPrimary(m.db, m.body.Keep)
	if err != nil {
		return err
	}
	for _, id := range m.others() {
		primaries, err := collections.Primaries(m.db, id)
		if err != nil {
			return err
		}
		for _, contact := range primaries {
			if first == "" {
				first = contact
				continue
			}
			m.shot.Change("contacts", contact, "primary", int64(1), int64(0))
			if err := collections.WriteCell(m.db, "contacts", contact, "primary", false); err != nil {
				return err
			}
			if !slices.ContainsFunc(m.notes, func(n map[string]string) bool {
				return n["code"] == NotePrimary.Code
			}) {
				m.note(NotePrimary)
			}
		}
	}
	return nil
}

// moveBelongings makes every record that names a merged customer name the survivor.
func (m *merging) moveBelongings() error {
	references, err := collections.References(m.app)
	if err != nil {
		return err
	}
	for _, r := range references {
		if err := m.moveReference(r); err != nil {
			return err
		}
	}
	shared, err := collections.SharedMobiles(m.db, m.body.Keep)
	for _, mobile := range shared {
		m.note(NoteMobiles.With("mobile", mobile))
	}
	return err
}

func (m *merging) moveReference(r collections.Reference) error {
	if !r.Many && r.Table != history {
		own, err := r.Holders(m.db, m.body.Keep)
		if err != nil {
			return err
		}
		m.shot.Own[r.Table] = own
	}
	for _, from := range m.others() {
		holders, err := r.Holders(m.db, from)
		if err != nil {
			return err
		}
		for _, id := range holders {
			before, after := any(from), any(m.body.Keep)
			if r.Many {
				if before, _, err = collections.ReadCell(m.db, r.Table, id, r.Column); err != nil {
					return err
				}
				after = merge.Replaced(before, from, m.body.Keep)
			}
			m.shot.Change(r.Table, id, r.Column, before, after)
			if err := collections.WriteCell(m.db, r.Table, id, r.Column, after); err != nil {
				return err
			}
		}
		if len(holders) > 0 {
			m.moved[r.Table] += len(holders)
		}
	}
	return nil
}

// history is the collection of changes: it follows a merge and is no business of its own.
const history = "changes"

// moveChildren hangs the customers below the merged ones under the survivor.
func (m *merging) moveChildren() error {
	for _, id := range m.others() {
		children, err := collections.Children(m.db, id)
		if err != nil {
			return err
		}
		for _, child := range children {
			if child == m.body.Keep || contains(m.others(), child) {
				continue
			}
			m.shot.Change("customers", child, "parent", id, m.body.Keep)
			change := merge.Row{"parent": m.body.Keep}
			if err := collections.UpdateRow(m.db, child, change); err != nil {
				return err
			}
			m.moved["children"]++
		}
	}
	return nil
}

// movePairs: suspicions and decisions about a merged customer are the survivor's now, where it has
// none itself; those about the merged ones among themselves are settled.
func (m *merging) movePairs() error {
	ones := append([]string{m.body.Keep}, m.others()...)
	for _, id := range m.others() {
		pairs, err := collections.PairsOf(m.db, id)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			done := false
			if !contains(ones, p.A) || !contains(ones, p.B) {
				if done, err = collections.PointPair(m.db, p, id, m.body.Keep); err != nil {
					return err
				}
			}
			if done {
				m.shot.Pairs = append(m.shot.Pairs, merge.Pair{ID: p.ID, From: id, To: m.body.Keep})
				continue
			}
			m.shot.Change("duplicate_pairs", p.ID, "state", p.State, "merged")
			if err := collections.WriteCell(m.db, "duplicate_pairs", p.ID, "state", "merged"); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeRows keeps the merged customers whole in the snapshot and takes them out of the register.
func (m *merging) takeRows() error {
	numbers := map[string]string{}
	for _, r := range m.records {
		numbers[r.ID] = r.Row.Text("number")
		if r.ID == m.body.Keep {
			continue
		}
		m.shot.Rows[r.ID] = r.Row
		sealed, err := m.sealedOf(r.ID)
		if err != nil {
			return err
		}
		m.shot.Sealed[r.ID] = sealed
	}
	m.merge.Numbers = numbers
	return nil
}

// writeKept gives the survivor its values.
func (m *merging) writeKept() error {
	if err := m.sealedCells(); err != nil {
		return err
	}
	for _, id := range m.others() {
		if err := collections.DropCustomer(m.db, id); err != nil {
			return err
		}
	}
	before := m.records[0].Row
	for _, column := range sortedKeys(m.plan.Changes) {
		m.shot.Change("customers", m.body.Keep, column, before[column], m.plan.Changes[column])
	}
	return collections.UpdateRow(m.db, m.body.Keep, m.plan.Changes)
}

// lead makes the old ids and numbers lead to the survivor, and derives it anew.
func (m *merging) lead() error {
	for _, id := range m.others() {
		err := collections.Alias(m.db, id, m.merge.Numbers[id], m.body.Keep, m.merge.ID)
		if err != nil {
			return err
		}
	}
	if err := m.derive(m.body.Keep); err != nil {
		return err
	}
	var err error
	if m.shot.After, err = collections.ReadRow(m.db, m.body.Keep); err != nil {
		return err
	}
	m.cycleFollows()
	return nil
}

// cycleFollows: the deals of all tell another purchase cycle, which the survivor's alone may be too few to
// tell; so that undoing has to know what it was.
func (m *merging) cycleFollows() {
	const column = "purchase_cycle"
	chosen, ok := m.plan.Changes[column]
	if !ok {
		chosen = m.records[0].Row[column]
	}
	now := m.shot.After[column]
	if !m.shot.Redirect("customers", m.body.Keep, column, chosen, now) {
		m.shot.Change("customers", m.body.Keep, column, chosen, now)
	}
}

// derive computes what a customer takes from what belongs to it, and its search entry.
func (h *House) derive(db collections.DB, customer string) error {
	if err := collections.RefreshDeals(db, customer, h.now()); err != nil {
		return err
	}
	if err := collections.RefreshContact(db, customer); err != nil {
		return err
	}
	if err := errors.Join(h.refreshMissing(db, customer), h.classify(db, customer)); err != nil {
		return err
	}
	return collections.Reindex(db, customer)
}

func (m *merging) derive(customer string) error { return m.House.derive(m.db, customer) }

// store writes the merge with its sealed snapshot.
func (m *merging) store() error {
	touched := []string{}
	for _, c := range m.shot.Cells {
		if c.Table == "customers" || c.Table == sealedTable {
			touched = append(touched, c.ID)
		}
	}
	touched = append(append(touched, m.body.Keep), m.others()...)
	if err := collections.TouchedBy(m.db, m.merge.ID, touched); err != nil {
		return err
	}
	if err := m.sealSnapshot(m.merge, m.shot); err != nil {
		return err
	}
	m.merge.Kept, m.merge.Merged, m.merge.Choices = m.body.Keep, m.others(), m.body.Choices
	m.merge.Reason = m.body.Reason
	m.merge.By, m.merge.ByName = m.by.ID, m.by.Name
	m.merge.Department = m.shot.After.Text("department")
	return m.merge.Store(m.db)
}

// lapseApprovals: what was asked of a merged customer alone is void: its old values are gone.
func (m *merging) lapseApprovals() error {
	if _, err := m.app.FindCachedCollectionByNameOrId("approvals"); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	}
	lapsed := 0
	for _, c := range slices.Clone(m.shot.Cells) {
		if c.Table != "approvals" {
			continue
		}
		state, _, err := collections.ReadCell(m.db, "approvals", c.ID, "state")
		if err != nil {
			return err
		}
		if state != "open" {
			continue
		}
		lapsed++
		if err := m.closeTasks(c.ID); err != nil {
			return err
		}
		m.shot.Change("approvals", c.ID, "state", "open", "stale")
		if err := collections.WriteCell(m.db, "approvals", c.ID, "state", "stale"); err != nil {
			return err
		}
	}
	if lapsed > 0 {
		m.note(NoteApprovals.With("n", lapsed))
	}
	return nil
}

// closeTasks ends the tasks to decide a request that lapsed.
func (m *merging) closeTasks(request string) error {
	tasks, err := collections.TasksAbout(m.db, "approvals", request)
	if err != nil {
		return err
	}
	for _, id := range tasks {
		m.shot.Change("tasks", id, "state", "open", "cancelled")
		if err := collections.WriteCell(m.db, "tasks", id, "state", "cancelled"); err != nil {
			return err
		}
	}
	return nil
}

// closeDoubles: what was to be done for each of them is to be done once. The survivor's own task stays,
// else that of the first that was named.
func (m *merging) closeDoubles() error {
	open, err := collections.KeyedTasks(m.db, m.body.Keep)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	for _, id := range append([]string{m.body.Keep}, m.others()...) {
		for _, t := range open {
			form := strings.Replace(t.Key, id, "", 1)
			if form == t.Key {
				continue // not of this one, or not of a customer
			}
			if !asked[form] {
				asked[form] = true
				continue
			}
			m.shot.Change("tasks", t.ID, "state", "open", "cancelled")
			if err := collections.WriteCell(m.db, "tasks", t.ID, "state", "cancelled"); err != nil {
				return err
			}
		}
	}
	return nil
}

// labelOf names a column of the survivor for people.
func labelOf(column, lang string) string { return fields.Label(column, lang) }

// columnsOf are a customer's columns that people enter.
func columnsOf() []string {
	var columns []string
	for _, f := range fields.Of("customers") {
		if merge.Choosable(f) {
			columns = append(columns, f.Key)
		}
	}
	return columns
}

func idsOf[T any](rows map[string]T) []string { return slices.Sorted(maps.Keys(rows)) }
