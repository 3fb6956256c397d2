package hooks

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
)

// Limits of a customer's picture.
const (
	overviewRows  = 50 // of each collection; more says that there are others
	timelineLimit = 50
)

// ErrTimelineMark: the mark of a timeline that nobody gave.
var ErrTimelineMark = fault.Define("timeline_mark", "before 须是上一页答复里的 next",
	"before must be the next of the page before")

func (h *House) bindOverview(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/customers/{id}/overview", h.overview).BindFunc(signedIn)
	g.GET("/customers/{id}/timeline", h.timeline).BindFunc(signedIn)
}

// pictured are the collections of a customer's picture with the order in which each is read and the
// moment at which a record of it stands in the timeline.
var pictured = []struct {
	name   string
	order  []string
	moment string
}{
	{"contacts", []string{"primary DESC", "created"}, ""},
	{"followups", []string{"date DESC", "created DESC"}, "date"},
	{"contracts", []string{"signed DESC", "created DESC"}, "signed"},
	{"orders", []string{"date DESC", "created DESC"}, "date"},
	{"tickets", []string{"opened DESC", "created DESC"}, "opened"},
	{"attachments", []string{"created DESC"}, "created"},
	{"consents", []string{"granted DESC", "created DESC"}, "granted"},
	{"tasks", []string{"state DESC", "due"}, "created"}, // open, done, cancelled
	{"approvals", []string{"created DESC"}, "created"},
	{"changes", []string{"at DESC", "id DESC"}, "at"},
}

// picture reads what one reader may see of a customer: the rows that the collections' own list
// rules give, masked as every answer is.
type picture struct {
	*House
	e        *core.RequestEvent
	reader   collections.Reader
	customer string
}

// pictureOf finds the customer, by the id of one that was merged into it too.
func (h *House) pictureOf(e *core.RequestEvent) (*picture, *core.Record, error) {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return nil, nil, err
	}
	id, err := collections.Survivor(collections.Through(e.App.DB()), e.Request.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	p := &picture{House: h, e: e, reader: reader, customer: id}
	found, err := p.rows("customers", "id", 1)
	if err != nil {
		return nil, nil, err
	}
	if len(found) == 0 {
		return nil, nil, ErrMissingRecord
	}
	return p, found[0], nil
}

// ordered are the next events of a collection by expressions.
func (p *picture) ordered(name string, and dbx.Expression, order ...string) ([]*core.Record, error) {
	query, err := p.query(name, "customer")
	if err != nil || query == nil {
		return nil, err
	}
	if and != nil {
		query.AndWhere(and)
	}
	return p.read(query.OrderBy(order...).Limit(timelineLimit + 1))
}

// rows are the records of a collection that name the customer in a column and that the reader may
// list; nil where the role lists none of that collection.
func (p *picture) rows(name, column string, limit int64, order ...string) ([]*core.Record, error) {
	query, err := p.query(name, column)
	if err != nil || query == nil {
		return nil, err
	}
	for _, by := range order {
		query.AndOrderBy(name + "." + by) // a rule may have joined other tables
	}
	return p.read(query.Limit(limit))
}

func (p *picture) read(query *dbx.SelectQuery) ([]*core.Record, error) {
	records := []*core.Record{}
	if err := query.All(&records); err != nil {
		return nil, err
	}
	return records, apis.EnrichRecords(p.e, records)
}

func (p *picture) query(name, column string) (*dbx.SelectQuery, error) {
	collection, err := p.e.App.FindCachedCollectionByNameOrId(name)
	if err != nil {
		return nil, nil //nolint:nilerr // a collection that this version does not have
	}
	if collection.ListRule == nil && !p.reader.Everything || p.reader.Role == "nobody" ||
		collection.Fields.GetByName(column) == nil {
		return nil, nil
	}
	l := &listing{House: p.House, e: p.e, collection: collection, reader: p.reader}
	query, resolver, err := l.query()
	if err != nil {
		return nil, err
	}
	query.AndWhere(dbx.HashExp{name + "." + column: p.customer})
	query.AndWhere(dbx.NewExp("[[" + name + "." + column + "]] != ''")) // some indexes leave out what has none
	return query, resolver.UpdateQuery(query)
}

// overview is the whole picture of a customer (R14.1).
func (h *House) overview(e *core.RequestEvent) error {
	p, customer, err := h.pictureOf(e)
	if err != nil {
		return refuseError(e, err)
	}
	if day := e.Request.URL.Query().Get("at"); day != "" {
		return h.overviewAt(p, day)
	}
	answer, more := map[string]any{"customer": customer}, map[string]bool{}
	for _, c := range pictured {
		records, err := p.rows(c.name, "customer", overviewRows+1, c.order...)
		if err != nil {
			return err
		}
		if records == nil {
			continue // withheld from this role, and said by its absence
		}
		if len(records) > overviewRows {
			records, more[c.name] = records[:overviewRows], true
		}
		answer[c.name] = records
	}
	if answer["children"], err = p.rows("customers", "parent", overviewRows, "number"); err != nil {
		return err
	}
	answer["more"] = more
	if p.reader.Reads(fields.Financial).Plain() {
		if answer["why"], err = h.whyOf(collections.Through(e.App.DB()), customer); err != nil {
			return err
		}
	}
	answer["merged_from"], err = collections.MergedInto(collections.Through(e.App.DB()), p.customer)
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, answer)
}

// event is one line of a timeline.
type event struct {
	At         string       `json:"at"`
	Collection string       `json:"collection"`
	ID         string       `json:"id"`
	Record     *core.Record `json:"record"`
}

// mark is an event's place in the order of a timeline: the newest first.
func (v event) mark() string { return v.At + "~" + v.Collection + "~" + v.ID }

func (v event) compare(o event) int {
	return -slices.Compare([]string{v.At, v.Collection, v.ID}, []string{o.At, o.Collection, o.ID})
}

// timeline is what happened with a customer, the newest first; before goes on from a page's next.
func (h *House) timeline(e *core.RequestEvent) error {
	p, _, err := h.pictureOf(e)
	if err != nil {
		return refuseError(e, err)
	}
	var before event
	if mark := e.Request.URL.Query().Get("before"); mark != "" {
		parts := strings.Split(mark, "~")
		if len(parts) != 3 {
			return refuse(e, http.StatusBadRequest, ErrTimelineMark)
		}
		before = event{At: parts[0], Collection: parts[1], ID: parts[2]}
	}
	events := []event{}
	for _, c := range pictured {
		if c.moment == "" {
			continue
		}
		some, err := p.events(c.name, c.moment, before)
		if err != nil {
			return err
		}
		events = append(events, some...)
	}
	slices.SortFunc(events, event.compare)
	next := ""
	if len(events) > timelineLimit {
		events = events[:timelineLimit]
		next = events[timelineLimit-1].mark()
	}
	return e.JSON(http.StatusOK, map[string]any{"items": events, "next": next})
}

// always are the collections whose moment is never empty.
var always = map[string]bool{"changes": true, "attachments": true, "tasks": true, "approvals": true}

// events are the next ones of one collection.
func (p *picture) events(name, moment string, before event) ([]event, error) {
	// what has no day of its own stands where it was entered
	at := "`" + name + "`.`" + moment + "`"
	if !always[name] {
		at = "(CASE WHEN " + at + " != '' THEN " + at + " ELSE `" + name + "`.created END)"
	}
	var and dbx.Expression
	if before.At != "" {
		same := "FALSE"
		switch {
		case name < before.Collection:
			same = at + " = {:mark}"
		case name == before.Collection:
			same = "(" + at + " = {:mark} AND `" + name + "`.id < {:markid})"
		}
		and = dbx.NewExp("("+at+" < {:mark} OR "+same+")",
			dbx.Params{"mark": before.At, "markid": before.ID})
	}
	records, err := p.ordered(name, and, at+" DESC", "`"+name+"`.id DESC")
	if err != nil {
		return nil, err
	}
	var events []event
	for _, r := range records {
		day := r.GetString(moment)
		if day == "" {
			day = r.GetString("created")
		}
		events = append(events, event{At: day, Collection: name, ID: r.Id, Record: r})
	}
	return events, nil
}
