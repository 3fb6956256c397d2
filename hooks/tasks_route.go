package hooks

import (
	"net/http"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/fault"
)

// Faults of tasks.
var (
	ErrTaskClosed = fault.Define("task_closed", "此待办已办结", "The task is closed already")
	ErrTaskByAct  = fault.Define("task_by_act",
		"此待办须由实际操作办结：{how}", "This task closes by the act itself: {how_en}")
	ErrVerifyActive = fault.Define("verify_not_active", "只有有效客户需要核实",
		"Only an active customer is verified")
)

// mostShown bounds the lists of one's own work.
const mostShown = 200

func (h *House) bindTasks(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/me/tasks", h.myTasks).BindFunc(signedIn)
	g.POST("/tasks/{id}/done", h.taskDone).BindFunc(signedIn)
	g.POST("/customers/{id}/verify", h.customerVerify).BindFunc(signedIn)
}

// myTasks answers one's own tasks, the requests that one may decide, and what of both is overdue.
func (h *House) myTasks(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	who := personOf(e.App, e.Auth)
	open := []*core.Record{}
	err = e.App.RecordQuery("tasks").AndWhere(dbx.HashExp{"state": "open", "assignee": who.Staff}).
		OrderBy("due").Limit(mostShown).All(&open)
	if err != nil {
		return err
	}
	tasks, overdue := []map[string]any{}, []map[string]any{}
	for _, task := range open {
		shown := h.shownAs(e.App, reader, task)
		at := task.GetDateTime("due").Time()
		shown["overdue"] = !at.IsZero() && at.Before(h.now())
		tasks = append(tasks, shown)
		if shown["overdue"] == true {
			overdue = append(overdue, map[string]any{"type": "task", "id": task.Id, "kind": task.GetString("kind"),
				"customer": task.GetString("customer"), "due": task.Get("due")})
		}
	}
	requests, err := h.toDecide(e.App, language(e), who)
	if err != nil {
		return err
	}
	for _, request := range requests {
		if request["overdue"] == true {
			overdue = append(overdue, map[string]any{"type": "approval", "id": request["id"],
				"kind": request["kind"], "customer": request["customer"], "due": request["due"]})
		}
	}
	return e.JSON(http.StatusOK, map[string]any{"tasks": tasks, "approvals": requests,
		"overdue": overdue})
}

// toDecide are the open requests that this person may decide, the most urgent first.
func (h *House) toDecide(app core.App, lang string, who person) ([]map[string]any, error) {
	shown := []map[string]any{}
	query := app.RecordQuery("approvals").AndWhere(dbx.HashExp{"state": "open"}).OrderBy("due", "id")
	switch who.Role {
	case "data_admin":
	case "manager":
		below, err := collections.DepartmentsBelow(collections.Through(app.DB()), who.Department)
		if err != nil || len(below) == 0 {
			return shown, err
		}
		list := make([]any, len(below))
		for i, id := range below {
			list[i] = id
		}
		query.AndWhere(dbx.HashExp{"decider_role": string(approval.Manager)}).AndWhere(dbx.Or(
			dbx.In("department", list...), dbx.NewExp("customer IN (SELECT id FROM customers WHERE department IN "+
				"(SELECT value FROM json_each({:below})))", dbx.Params{"below": mustJSON(below)})))
	default:
		return shown, nil
	}
	open := []*core.Record{}
	if err := query.Limit(mostShown).All(&open); err != nil {
		return nil, err
	}
	for _, request := range open {
		path, err := pathOf(app, request)
		if err != nil {
			return nil, err
		}
		asked := approval.Request{Decider: approval.Decider(request.GetString("decider_role")), Path: path,
			Requester: requesterMarks(app, request)}
		if !approval.Entitled(asked, who.Candidate) {
			continue
		}
		if approval.SamePerson(asked.Requester, who.Marks) && !h.policies.Load().Review.Single {
			continue
		}
		one := h.shownRequest(request, lang)
		one["payload"] = request.Get("payload")
		shown = append(shown, one)
	}
	return shown, nil
}

func mustJSON(list []string) string {
	text, err := jsonText(list)
	if err != nil {
		return "[]" // a list of texts always has a JSON form
	}
	return text
}

// byAct are the tasks that only what they ask for closes.
var byAct = map[string][2]string{
	"complete": {"补齐缺少的资料", "fill in what is missing"},
	"approval": {"审批该申请", "decide the request"},
	"campaign": {"导入活动的线索，或在活动页说明没有线索", "import the campaign's leads, or say on its page that there are none"},
}

// taskDone closes a task of one's own; a verification is the act of verifying.
func (h *House) taskDone(e *core.RequestEvent) error {
	body := struct {
		Note string `json:"note"`
	}{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	who := personOf(e.App, e.Auth)
	err := e.App.RunInTransaction(func(tx core.App) error {
		task, err := tx.FindRecordById("tasks", e.Request.PathValue("id"))
		if err != nil || task.GetString("assignee") != who.Staff && who.Role != "data_admin" {
			return ErrMissingRecord
		}
		if task.GetString("state") != "open" {
			return ErrTaskClosed
		}
		if how, ok := byAct[task.GetString("kind")]; ok {
			return ErrTaskByAct.With("how", how[0], "how_en", how[1])
		}
		if strings.HasPrefix(task.GetString("key"), collections.NoticeKey) {
			return ErrTaskByAct.With("how", "写一条跟进记录", "how_en", "write down a follow-up")
		}
		if task.GetString("kind") == "verify" {
			return h.verify(tx, e.Auth, task.GetString("customer"))
		}
		task.Set("state", "done")
		task.Set("done_by", actorOf(e.Auth).ID)
		task.Set("done_at", h.now().UTC())
		task.Set("note", trimmed(body.Note))
		return tx.Save(task)
	})
	if err != nil {
		return refuseError(e, err)
	}
	return e.JSON(http.StatusOK, map[string]any{"id": e.Request.PathValue("id"), "state": "done"})
}

// customerVerify says that the key data of a customer were checked and hold.
func (h *House) customerVerify(e *core.RequestEvent) error {
	customer, err := h.writable(e)
	if err != nil {
		return refuseError(e, err)
	}
	err = e.App.RunInTransaction(func(tx core.App) error { return h.verify(tx, e.Auth, customer.Id) })
	if err != nil {
		return h.answered(e, "customers", err)
	}
	return e.JSON(http.StatusOK, map[string]any{"id": customer.Id,
		"verified": h.now().Format("2006-01-02")})
}

func (h *House) verify(tx core.App, auth *core.Record, customer string) error {
	record, err := tx.FindRecordById("customers", customer)
	if err != nil {
		return ErrMissingRecord
	}
	if record.GetString("status") != "active" {
		return ErrVerifyActive
	}
	record.Set("verified", h.now().Format("2006-01-02"))
	record.SetRaw(entryKey, &entry{actor: actorOf(auth), auth: auth, engine: true})
	if err := tx.Save(record); err != nil {
		return err
	}
	return collections.CloseTasks(collections.Through(tx.DB()), customer, "verify",
		actorOf(auth).ID, stampOf(h.options.Clock()))
}
