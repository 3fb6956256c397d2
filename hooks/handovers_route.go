package hooks

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/types"

	"kehu/collections"
	"kehu/internal/fault"
)

// undoHandoverFor is how long a handover can be taken back.
const undoHandoverFor = 24 * time.Hour

// Faults of a handover (R8.4).
var (
	ErrHandoverStaff = fault.Define("handover_staff", "请选择两位不同的员工：移交人和接收人",
		"Choose two different members of staff: who hands over, and who takes over")
	ErrHandoverTaker = fault.Define("handover_taker",
		"{name} 不能接收客户：须是在职的销售、部门负责人或数据管理员",
		"{name} cannot take customers: choose an active member of sales, a manager or a data administrator")
	ErrHandoverNotTheirs = fault.Define("handover_not_theirs",
		"有{n}位客户的负责人不是 {name}，请刷新后重新选择",
		"{n} of these customers are not {name}'s, reload and choose again")
	ErrHandoverNothing = fault.Define("handover_nothing", "{name} 没有可移交的客户、待办或申请",
		"{name} has no customers, tasks or requests to hand over")
	ErrHandoverDrafts = fault.Define("handover_drafts", "活动「{name}」没有待移交的草稿",
		"The campaign “{name}” has no drafts to hand over")
	ErrHandoverOver = fault.Define("handover_over", "移交已超过24小时，不能撤销；请反向再移交一次",
		"The handover is more than 24 hours old; hand over the other way instead")
	ErrHandoverUndone = fault.Define("handover_undone", "这次移交已经撤销", "This handover was undone already")
	ErrHandoverLeft   = fault.Define("handover_left", "{name} 已停用，不能把客户交还；请先重新启用",
		"{name} is deactivated and cannot get customers back; activate the account first")
)

func (h *House) bindHandovers(g *router.RouterGroup[*core.RequestEvent]) {
	g.POST("/handover", h.handover).BindFunc(signedIn)
	g.POST("/handovers/{id}/undo", h.handoverUndo).BindFunc(signedIn)
}

// handoverBody is POST /handover. Customers nil: all of them, with all tasks and requests; with a campaign
// its drafts, of From or, where that is not said, of whoever has most of them.
type handoverBody struct {
	From      string   `json:"from"`
	To        string   `json:"to"`
	Customers []string `json:"customers"`
	Campaign  string   `json:"campaign"`
	DryRun    bool     `json:"dry_run"`
}

// handing is one handover, inside its transaction.
type handing struct {
	*House
	app    core.App
	db     collections.DB
	reader collections.Reader
	by     actor
	body   handoverBody
	from   *core.Record
	to     *core.Record
	whole  collections.Handover
}

func (h *House) handover(e *core.RequestEvent) error {
	body := handoverBody{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if !mayMerge(reader) { // the same people: managers, data administrators
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	var answer map[string]any
	err = e.App.RunInTransaction(func(tx core.App) error {
		g := &handing{House: h, app: tx, db: collections.Through(tx.DB()), reader: reader,
			by: actorIn(e), body: body}
		if answer, err = g.run(); err != nil {
			return err
		}
		if body.DryRun {
			return errRehearsed
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRehearsed) {
		return refuseError(e, err)
	}
	answer["dry_run"] = body.DryRun
	return e.JSON(http.StatusOK, answer)
}

func (g *handing) run() (map[string]any, error) {
	if err := g.drafts(); err != nil {
		return nil, err
	}
	if err := g.people(); err != nil {
		return nil, err
	}
	if err := g.collect(); err != nil {
		return nil, err
	}
	if err := g.give(g.from.Id, g.to); err != nil {
		return nil, err
	}
	collection, err := g.app.FindCachedCollectionByNameOrId("handovers")
	if err != nil {
		return nil, err
	}
	record := core.NewRecord(collection)
	record.Load(map[string]any{"from": g.from.Id, "to": g.to.Id, "customers": g.whole.Customers,
		"tasks": g.whole.Tasks, "requests": g.whole.Requests, "by": g.by.ID, "by_name": g.by.Name,
		"department": g.to.GetString("department"), "at": g.now().UTC()})
	if err := g.app.Save(record); err != nil {
		return nil, err
	}
	if err := g.noted(actHandover, record.Id, g.from.Id, g.to); err != nil {
		return nil, err
	}
	return map[string]any{"id": record.Id, "from": g.from.Id, "to": g.to.Id,
		"customers": g.whole.Customers, "tasks": g.whole.Tasks, "requests": g.whole.Requests,
		"counts": map[string]int{"customers": len(g.whole.Customers), "tasks": len(g.whole.Tasks),
			"requests": len(g.whole.Requests)}}, nil
}

// drafts are what a campaign brought and nobody has submitted yet.
func (g *handing) drafts() error {
	if g.body.Campaign == "" {
		return nil
	}
	campaign, err := collections.ReadCampaign(g.db, g.body.Campaign)
	if err != nil {
		return err
	}
	if campaign == nil || !mergesIn(g.reader, campaign.Department) {
		return ErrMissingRecord
	}
	from, list, err := collections.CampaignDrafts(g.db, campaign.ID, g.body.From, g.body.To)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return ErrHandoverDrafts.With("name", campaign.Name)
	}
	g.body.From, g.body.Customers = from, list
	return nil
}

// people reads who hands over to whom.
func (g *handing) people() (err error) {
	if g.body.From == g.body.To {
		return ErrHandoverStaff
	}
	if g.from, err = g.app.FindRecordById("staff", g.body.From); err != nil {
		return ErrHandoverStaff.Because(err)
	}
	if g.to, err = g.app.FindRecordById("staff", g.body.To); err != nil {
		return ErrHandoverStaff.Because(err)
	}
	for _, one := range []*core.Record{g.from, g.to} {
		if !mergesIn(g.reader, one.GetString("department")) {
			return ErrForbidden
		}
	}
	if !g.to.GetBool("active") ||
		!slices.Contains([]string{"sales", "manager", "data_admin"}, g.to.GetString("role")) {
		return ErrHandoverTaker.With("name", g.to.GetString("name"))
	}
	return nil
}

// collect finds what moves.
func (g *handing) collect() (err error) {
	name := g.from.GetString("name")
	if g.whole.Customers, err = collections.OwnedBy(g.db, g.from.Id, g.body.Customers); err != nil {
		return err
	}
	if n := len(g.body.Customers) - len(g.whole.Customers); n > 0 {
		return ErrHandoverNotTheirs.With("n", n, "name", name)
	}
	if g.reader.Role == "manager" {
		n, err := collections.Outside(g.db, g.whole.Customers, g.reader.Departments)
		if err != nil {
			return err
		}
		if n > 0 {
			return ErrForbidden
		}
	}
	for _, work := range g.works() {
		if *work.list, err = collections.OpenWork(g.db, work.table, work.person, g.from.Id,
			g.body.Customers); err != nil {
			return err
		}
	}
	if len(g.whole.Customers)+len(g.whole.Tasks)+len(g.whole.Requests) == 0 {
		return ErrHandoverNothing.With("name", name)
	}
	for _, list := range []*[]string{&g.whole.Customers, &g.whole.Tasks, &g.whole.Requests} {
		if *list == nil {
			*list = []string{}
		}
	}
	return nil
}

// openWork is a collection whose open records are somebody's.
type openWork struct {
	table, person string
	list          *[]string
}

// works are the collections with open work. Requests keep their requested_by: who asked may never
// decide, also when another member looks after the request.
func (g *handing) works() []openWork {
	all := []openWork{{"tasks", "assignee", &g.whole.Tasks}}
	if c, err := g.app.FindCachedCollectionByNameOrId("approvals"); err == nil &&
		c.Fields.GetByName("requester") != nil {
		all = append(all, openWork{"approvals", "requester", &g.whole.Requests})
	}
	return all
}

// give moves all of it from one member to another, as far as it is still theirs.
func (g *handing) give(from string, to *core.Record) error {
	given, err := collections.GiveCustomers(g.db, g.whole.Customers, from, to.Id, to.GetString("department"))
	if err != nil {
		return err
	}
	g.whole.Customers = append([]string{}, given...)
	for _, work := range g.works() {
		if err := collections.GiveWork(g.db, work.table, work.person, *work.list, from, to.Id); err != nil {
			return err
		}
	}
	return nil
}

func (h *House) handoverUndo(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if !mayMerge(reader) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	var answer map[string]any
	err = e.App.RunInTransaction(func(tx core.App) error {
		g := &handing{House: h, app: tx, db: collections.Through(tx.DB()), reader: reader,
			by: actorIn(e)}
		answer, err = g.undo(e.Request.PathValue("id"))
		return err
	})
	if err != nil {
		return refuseError(e, err)
	}
	return e.JSON(http.StatusOK, answer)
}

// undo gives back what is still with the taker; what moved on since stays and is listed.
func (g *handing) undo(id string) (map[string]any, error) {
	stored, err := collections.ReadHandover(g.db, id)
	if err != nil {
		return nil, err
	}
	if stored == nil {
		return nil, ErrMissingRecord
	}
	g.whole, g.body.From, g.body.To = *stored, stored.To, stored.From
	at, err := types.ParseDateTime(stored.At)
	if err != nil {
		return nil, err
	}
	if g.from, err = g.app.FindRecordById("staff", stored.From); err != nil {
		return nil, err
	}
	if g.to, err = g.app.FindRecordById("staff", stored.To); err != nil {
		return nil, err
	}
	for _, one := range []*core.Record{g.from, g.to} {
		if !mergesIn(g.reader, one.GetString("department")) {
			return nil, ErrMissingRecord
		}
	}
	switch {
	case stored.Undone != "":
		return nil, ErrHandoverUndone
	case g.now().Sub(at.Time()) > undoHandoverFor:
		return nil, ErrHandoverOver
	case !g.from.GetBool("active"):
		return nil, ErrHandoverLeft.With("name", g.from.GetString("name"))
	}
	if err := g.give(g.to.Id, g.from); err != nil {
		return nil, err
	}
	left := []string{}
	for _, customer := range stored.Customers {
		if !slices.Contains(g.whole.Customers, customer) {
			left = append(left, customer)
		}
	}
	if err := g.noted(actHandoverUndo, id, g.to.Id, g.from); err != nil {
		return nil, err
	}
	record, err := g.app.FindRecordById("handovers", id)
	if err != nil {
		return nil, err
	}
	record.Load(map[string]any{"undone": g.now().UTC(), "undone_by": g.by.ID, "undone_by_name": g.by.Name})
	return map[string]any{"id": id, "customers": g.whole.Customers, "left": left}, g.app.Save(record)
}

// handoverHint says with the answer to a deactivation what the member still has: it should be
// handed over.
func (h *House) handoverHint(e *core.RecordRequestEvent) error {
	if e.Record.GetBool("active") || !e.Record.Original().GetBool("active") {
		return e.Next()
	}
	db := collections.Through(e.App.DB())
	customers, err := collections.OwnedBy(db, e.Record.Id, nil)
	if err != nil {
		return err
	}
	tasks, err := collections.OpenWork(db, "tasks", "assignee", e.Record.Id, nil)
	if err != nil {
		return err
	}
	if len(customers)+len(tasks) > 0 {
		e.Record.WithCustomData(true).Set("handover",
			map[string]int{"customers": len(customers), "tasks": len(tasks)})
	}
	return e.Next()
}
