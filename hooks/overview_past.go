package hooks

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
)

// Faults of a day that is asked for.
var (
	ErrPastDay = fault.Define("past_day", "at 须是今天或以前的日期，如 2025-03-01",
		"at must be a date, today or earlier, such as 2025-03-01")
	ErrPastNone = fault.Define("past_none", "该日尚未建立这位客户的档案", "The customer was not in the register on that day yet")
)

// past is a customer as it stood at the end of a day: what is there now, with every change of its
// history since then taken back.
type past struct {
	*picture
	until   string // the first moment that no longer counts
	changes []collections.Past
	notKept []string
}

// overviewAt answers the picture of a day. It is masked as today's: by who the reader is now, and by
// whose the customer is now.
func (h *House) overviewAt(p *picture, day string) error {
	e := p.e
	at, err := time.ParseInLocation("2006-01-02", day, h.now().Location())
	if err != nil || at.After(h.now()) {
		return refuse(e, http.StatusBadRequest, ErrPastDay)
	}
	s := &past{picture: p, until: stampOf(at.AddDate(0, 0, 1).UTC())}
	customer, err := e.App.FindRecordById("customers", p.customer)
	if err != nil {
		return err
	}
	if customer.GetString("created") >= s.until {
		return refuse(e, http.StatusNotFound, ErrPastNone)
	}
	if s.changes, err = collections.ChangesSince(collections.Through(e.App.DB()), p.customer, s.until); err != nil {
		return err
	}
	shown, err := s.customerThen(customer)
	if err != nil {
		return err
	}
	answer, more := map[string]any{"at": day, "customer": shown}, map[string]bool{}
	for _, c := range pictured {
		if !slices.Contains(collections.Belongings, c.name) {
			continue
		}
		records, err := s.belongings(c.name, c.order)
		if err != nil {
			return err
		}
		if records == nil {
			continue
		}
		if len(records) > overviewRows {
			records, more[c.name] = records[:overviewRows], true
		}
		answer[c.name] = records
	}
	slices.Sort(s.notKept)
	answer["more"], answer["not_kept"] = more, s.notKept
	return e.JSON(http.StatusOK, answer)
}

// scoped are the fields by which a reader's clearance for a customer is found.
var scoped = []string{"owner", "department", "status", "kind"}

// customerThen takes the changes of the customer itself back. Its masks are those of today: who had it
// then reads it as who they are now, and the name of somebody who is or was an individual is a
// person's.
func (s *past) customerThen(r *core.Record) (map[string]any, error) {
	now := map[string]any{}
	for _, key := range scoped {
		now[key] = r.Get(key)
	}
	s.takeBack(r)
	then := map[string]any{}
	for _, key := range scoped {
		then[key] = r.Get(key)
		r.Set(key, now[key])
	}
	if then["kind"] == "individual" {
		r.Set("kind", "individual")
	}
	if err := apis.EnrichRecord(s.e, r); err != nil {
		return nil, err
	}
	s.hide(r)
	shown := r.PublicExport()
	for _, key := range scoped {
		if _, visible := shown[key]; visible {
			shown[key] = then[key]
		}
	}
	return shown, nil
}

// belongings are the records of a collection that the customer had then; nil where the role lists none.
func (s *past) belongings(name string, order []string) ([]*core.Record, error) {
	query, err := s.query(name, "customer")
	if err != nil || query == nil {
		return nil, err
	}
	query.AndWhere(dbx.NewExp("`"+name+"`.created < {:until}", dbx.Params{"until": s.until}))
	for _, by := range order {
		query.AndOrderBy(name + "." + by)
	}
	records := []*core.Record{}
	if err := query.Limit(overviewRows + 1).All(&records); err != nil {
		return nil, err
	}
	gone, err := s.gone(name)
	if err != nil {
		return nil, err
	}
	records = append(records, gone...)
	for _, r := range records {
		s.takeBack(r)
	}
	if err := apis.EnrichRecords(s.e, records); err != nil {
		return nil, err
	}
	for _, r := range records {
		s.hide(r)
	}
	return records, nil
}

// gone are records that were deleted since: their values stand in the history.
func (s *past) gone(name string) ([]*core.Record, error) {
	collection, err := s.e.App.FindCachedCollectionByNameOrId(name)
	if err != nil {
		return nil, err
	}
	var records []*core.Record
	for _, c := range s.changes {
		var created string
		if c.Collection != name || c.Field != "created" || c.New != "null" ||
			json.Unmarshal([]byte(c.Old), &created) != nil || created >= s.until {
			continue
		}
		r := core.NewRecord(collection)
		r.Id = c.Record
		r.Set("customer", s.customer)
		r.MarkAsNotNew()
		records = append(records, r)
	}
	return records, nil
}

// takeBack gives a record the values that it had, the newest change first.
func (s *past) takeBack(r *core.Record) {
	name := r.Collection().Name
	for _, f := range fields.Of(name) {
		if !kept(f) {
			r.Set(f.Key, nil)
		}
	}
	for _, c := range s.changes {
		if c.Collection != name || c.Record != r.Id {
			continue
		}
		var old any
		if json.Unmarshal([]byte(c.Old), &old) != nil {
			continue
		}
		if c.Field == "created" { // nobody sets it, but here
			old, _ = types.ParseDateTime(old)
			r.SetRaw(c.Field, old)
			continue
		}
		r.Set(c.Field, old)
	}
}

// kept tells whether history says what a field held.
func kept(f *fields.Field) bool { return historic(f) || f.Key == "number" }

// hide leaves out what the history does not hold: what the product counts and concludes.
func (s *past) hide(r *core.Record) {
	for _, f := range fields.Of(r.Collection().Name) {
		if kept(f) {
			continue
		}
		r.Hide(f.Key)
		path := f.Key
		if name := r.Collection().Name; name != "customers" {
			path = name + "." + path
		}
		if !slices.Contains(s.notKept, path) {
			s.notKept = append(s.notKept, path)
		}
	}
	r.Hide("updated")
}
