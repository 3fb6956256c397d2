package hooks

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/workday"
)

func (h *House) bindCalendar(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/calendar", h.calendarShow).BindFunc(signedIn)
	g.POST("/calendar/notices", h.calendarImport).BindFunc(signedIn)
}

// readCalendar reads the company's own days and imported notices.
func (h *House) readCalendar() error {
	days, err := collections.CalendarDays(collections.Through(h.app.DB()))
	if err != nil {
		return err
	}
	h.calendar.Store(workday.New(days))
	return nil
}

// hours are the company's business hours.
func (h *House) hours() workday.Hours {
	company := h.policies.Load().Company
	hours, err := workday.ParseHours(company.Open, company.Close)
	if err != nil {
		return workday.Office // the policy's own check lets no other through
	}
	return hours
}

// dueIn is the end of business of the n-th working day from now.
func (h *House) dueIn(days int) workday.Deadline {
	return h.calendar.Load().Due(h.now(), days, h.hours())
}

// stampDue writes a deadline on a record: the moment, and the years that make it provisional.
func stampDue(record *core.Record, due workday.Deadline) {
	record.Set("due", due.At.UTC())
	record.Set("provisional", yearsOf(due))
}

func yearsOf(due workday.Deadline) []int {
	if due.Years == nil {
		return []int{}
	}
	return due.Years
}

// calendarDaySave keeps the calendar in step with its records.
func (h *House) calendarDaySave(e *core.RecordEvent) error {
	if _, err := workday.ParseDate(e.Record.GetString("date")); err != nil &&
		e.Type != core.ModelEventTypeDelete {
		return refuseField("calendar_days", "date", workday.ErrDate.With("value",
			e.Record.GetString("date")))
	}
	return e.Next()
}

// calendarStored reads the calendar anew once a change has committed.
func (h *House) calendarStored(e *core.RecordEvent) error {
	if err := h.readCalendar(); err != nil {
		return err
	}
	return e.Next()
}

// calendarShow answers what the days from..to are, the years that are provisional, and whether a
// notice has to be imported.
func (h *House) calendarShow(e *core.RequestEvent) error {
	calendar, today := h.calendar.Load(), workday.DateOf(h.now())
	query := e.Request.URL.Query()
	from, to := today, today+31
	for name, into := range map[string]*workday.Date{"from": &from, "to": &to} {
		if text := query.Get(name); text != "" {
			day, err := workday.ParseDate(text)
			if err != nil {
				return refuseError(e, err)
			}
			*into = day
		}
	}
	to = min(to, from+maxShownDays)
	days := []map[string]any{}
	for day := from; day <= to; day++ {
		status := calendar.On(day)
		days = append(days, map[string]any{"date": day, "working": status.Working,
			"why": status.Why, "provisional": status.Provisional})
	}
	answer := map[string]any{"days": days, "reminder": nil}
	if reminder, ok := calendar.Reminder(today); ok {
		answer["reminder"] = map[string]any{"year": reminder.Year, "urgent": reminder.Urgent,
			"code": workday.WarnNoticeMissing.Code, "message": reminder.Warning().In(language(e))}
	}
	return e.JSON(http.StatusOK, answer)
}

// maxShownDays bounds one answer of the calendar.
const maxShownDays = 400

// calendarImport takes the year's notice: the text of 国务院办公厅, JSON, ICS or lines, as the body.
// All of it is stored, or nothing.
func (h *House) calendarImport(e *core.RequestEvent) error {
	if personOf(e.App, e.Auth).Role != "data_admin" {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	content, err := io.ReadAll(io.LimitReader(e.Request.Body, workday.MaxNotice+1))
	if err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "body").Because(err))
	}
	// What says that it is JSON is read as such before this route; of a text nothing but its beginning is left.
	if strings.HasPrefix(e.Request.Header.Get("Content-Type"), "application/json") && !json.Valid(content) {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "Content-Type: text/plain"))
	}
	days, err := workday.ParseNotice(content)
	if err != nil {
		return refuseError(e, err)
	}
	err = e.App.RunInTransaction(func(tx core.App) error {
		return collections.StoreCalendar(collections.Through(tx.DB()), days)
	})
	if err != nil {
		return err
	}
	if err := h.readCalendar(); err != nil {
		return err
	}
	years := map[int]bool{}
	for _, day := range days {
		years[day.Date.Year()] = h.calendar.Load().Published(day.Date.Year())
	}
	return e.JSON(http.StatusOK, map[string]any{"days": len(days), "years": years})
}

// civil is a moment's date in the company's zone.
func (h *House) civil(t time.Time) workday.Date {
	return workday.DateOf(t.In(h.policies.Load().Company.Location()))
}
