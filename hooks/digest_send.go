package hooks

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/mask"
	"kehu/internal/policy"
	"kehu/internal/schedule"
)

// Limits of a digest, and how long the notes of what was sent are kept.
const (
	digestTasks = 20 // titles in a mail
	digestKept  = 30 // days
	digestName  = "digest:"
)

// digestJob tells everybody what waits for them, once on each working day, where the policy notify asks
// for it. A day that was missed is made up with the next: what is told is what is open now.
func (h *House) digestJob() Job {
	return Job{Name: "digest", Retries: 3, Again: 10 * time.Minute, Run: h.Digest,
		Due: func(now time.Time) time.Time {
			at, err := time.Parse("15:04", h.policies.Load().Notify.At)
			if err != nil { // the policy is checked when it is saved
				return schedule.Never(now)
			}
			return schedule.Daily(at.Hour(), at.Minute())(now)
		}}
}

// workOf is what waits for one member.
type workOf struct {
	name            string
	open, overdue   int
	decide, decided int // to decide, and overdue of these
	lines           []string
}

func (w *workOf) none() bool { return w.open+w.decide == 0 }

// Digest sends the day's digests. Each is noted before it is sent: one that a kill cuts off may be
// missing, none comes twice.
func (h *House) Digest(ctx context.Context) (string, error) {
	p := h.policies.Load()
	today := h.civil(h.now())
	switch {
	case !p.Notify.Email && !p.Notify.Robots:
		return "off", nil
	case !h.calendar.Load().Working(today):
		return "no working day", nil
	}
	db := collections.Through(h.app.NonconcurrentDB())
	if err := collections.PruneOnce(db, digestName, h.options.Clock().AddDate(0, 0, -digestKept)); err != nil {
		return "", err
	}
	members, err := h.app.FindAllRecords("staff", dbx.HashExp{"active": true})
	if err != nil {
		return "", err
	}
	sent, day, group := 0, digestName+today.String()+":", []*workOf{}
	var failed error
	for _, m := range members {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		w, err := h.workOf(m)
		if err != nil {
			return "", err
		}
		if w.none() && !p.Notify.Empty {
			continue
		}
		group = append(group, w)
		if p.Notify.Email {
			did, err := h.once(db, day+m.Id, func() error { return h.mailDigest(ctx, p, m, w) })
			failed = errors.Join(failed, err)
			if did {
				sent++
			}
		}
	}
	if p.Notify.Robots && len(group) > 0 {
		n, err := h.robotDigest(ctx, db, day, p, group)
		sent, failed = sent+n, errors.Join(failed, err)
	}
	return fmt.Sprintf("%d sent", sent), failed
}

// once does what was not done yet; what failed is done again by the next try.
func (h *House) once(db collections.DB, name string, do func() error) (bool, error) {
	first, err := collections.Once(db, name, h.options.Clock())
	if err != nil || !first {
		return false, err
	}
	if err := do(); err != nil {
		return false, errors.Join(err, collections.ForgetOnce(db, name))
	}
	return true, nil
}

// workOf reads what waits for a member, told as the member may read it.
func (h *House) workOf(m *core.Record) (*workOf, error) {
	db, w := collections.Through(h.app.DB()), &workOf{name: m.GetString("name")}
	reader, err := collections.ReaderOf(h.app, m)
	if err != nil {
		return nil, err
	}
	if w.open, w.overdue, err = collections.OpenTasks(db, m.Id, stampOf(h.options.Clock())); err != nil {
		return nil, err
	}
	requests, err := h.toDecide(h.app, "zh", memberOf(m))
	if err != nil {
		return nil, err
	}
	for _, request := range requests {
		w.decide++
		if request["overdue"] == true {
			w.decided++
		}
	}
	tasks := []*core.Record{}
	err = h.app.RecordQuery("tasks").AndWhere(dbx.HashExp{"state": "open", "assignee": m.Id}).
		OrderBy("due", "id").Limit(digestTasks).All(&tasks)
	if err != nil {
		return nil, err
	}
	for _, task := range tasks {
		w.lines = append(w.lines, h.taskLine(db, reader, task))
	}
	return w, nil
}

// taskLine is one task: until when, what, and the customer's number. A mail lies where the register has
// no say: sensitive numbers never go, and names only to those who read them.
func (h *House) taskLine(db collections.DB, reader collections.Reader, task *core.Record) string {
	shown := h.shownAs(h.app, reader, task)
	title, plain := shown["title"].(string)
	if !plain {
		masked, _ := shown[maskedKey].(map[string]any)
		title, _ = masked["title"].(string)
	}
	line := mask.Text(title)
	if number, err := collections.NumberOf(db, task.GetString("customer")); err == nil && number != "" {
		line += " " + number
	}
	if due := task.GetDateTime("due").Time(); !due.IsZero() {
		line = due.In(h.now().Location()).Format("2006-01-02") + " " + line
	}
	return line
}

func (w *workOf) String() string {
	return fmt.Sprintf("待办 %d 项（逾期 %d），待审批 %d 项（逾期 %d）\nTasks: %d (overdue %d), requests to decide: %d (overdue %d)\n",
		w.open, w.overdue, w.decide, w.decided, w.open, w.overdue, w.decide, w.decided)
}

func (h *House) mailDigest(ctx context.Context, p *policy.Set, m *core.Record, w *workOf) error {
	to, err := mail.ParseAddress(m.Email())
	if err != nil {
		return nil // nobody can be reached there
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s，您好：\n\n%s\n", w.name, w)
	for _, line := range w.lines {
		text.WriteString("· " + line + "\n")
	}
	if w.open > len(w.lines) {
		fmt.Fprintf(&text, "……另有 %d 项 and %d more\n", w.open-len(w.lines), w.open-len(w.lines))
	}
	if p.Notify.BaseURL != "" {
		text.WriteString("\n" + p.Notify.BaseURL + "\n")
	}
	_, err = sendMail(ctx, h.app, []mail.Address{*to}, "今日待办 / Your tasks of today", text.String())
	return err
}

// robotDigest tells a group how much waits for whom, and nothing of whom it is about.
func (h *House) robotDigest(ctx context.Context, db collections.DB, day string, p *policy.Set,
	group []*workOf) (sent int, failed error) {
	var text strings.Builder
	text.WriteString("今日待办 / Tasks of today\n")
	for _, w := range group {
		fmt.Fprintf(&text, "%s：待办 %d，待审批 %d，逾期 %d\n", w.name, w.open, w.decide, w.overdue+w.decided)
	}
	if p.Notify.BaseURL != "" {
		text.WriteString(p.Notify.BaseURL + "\n")
	}
	for i, hook := range p.Notify.Webhooks {
		did, err := h.once(db, fmt.Sprintf("%srobot:%d", day, i), func() error {
			return sendRobot(ctx, hook, text.String(), h.options.Clock())
		})
		failed = errors.Join(failed, err)
		if did {
			sent++
		}
	}
	return sent, failed
}
