package hooks

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/workday"
)

// Tasks end by what they ask for, whichever way it is done.

// closeTasks: a person's edit ends the reminder that nobody edits, a score that of the call.
func (s *customerSaving) closeTasks(scored bool) error {
	r, at := s.e.Record, stampOf(s.options.Clock())
	if s.in.auth == nil {
		return nil
	}
	if err := collections.CloseUntouched(s.db, r.Id, s.in.actor.ID, at); err != nil {
		return err
	}
	if scored {
		return collections.CloseTasks(s.db, r.Id, "satisfaction", s.in.actor.ID, at)
	}
	return nil
}

// belongingTasks: a follow-up ends the follow-ups that were due and makes the next one; a call of
// customer service or a scored ticket ends the satisfaction call.
func (h *House) belongingTasks(db collections.DB, r *core.Record, in *entry, isNew bool) error {
	customer, at := r.GetString("customer"), stampOf(h.options.Clock())
	if name := r.Collection().Name; isNew && (name == "orders" || name == "contracts" || name == "tickets") {
		if err := collections.EndNotice(db, customer, in.actor.ID, at); err != nil {
			return err
		}
	}
	switch r.Collection().Name {
	case "tickets":
		if r.GetFloat("satisfaction") != 0 {
			return collections.CloseTasks(db, customer, "satisfaction", in.actor.ID, at)
		}
	case "followups":
		if isNew {
			if err := collections.CloseTasks(db, customer, "followup", in.actor.ID, at); err != nil {
				return err
			}
			if in.auth != nil && in.auth.GetString("role") == "service" {
				if err := collections.CloseTasks(db, customer, "satisfaction", in.actor.ID, at); err != nil {
					return err
				}
			}
		}
		return h.nextStep(db, r, at)
	}
	return nil
}

// nextStep is the task of a follow-up's next date: due at the end of business of that day, or of
// the next working day.
func (h *House) nextStep(db collections.DB, r *core.Record, at string) error {
	next, err := workday.ParseDate(r.GetString("next_date"))
	if err != nil {
		return nil // none was agreed
	}
	calendar := h.calendar.Load()
	if !calendar.Working(next) {
		next = calendar.Next(next)
	}
	owner, err := collections.OwnerOf(db, r.GetString("customer"))
	if err != nil {
		return err
	}
	title := "跟进"
	if step := strings.TrimSpace(r.GetString("next_step")); step != "" {
		title += "：" + firstRunes(step, 60)
	}
	due := next.At(h.hours().Closes, h.policies.Load().Company.Location())
	return collections.OpenTask(db, collections.Task{
		Key: "next:" + r.Id + ":" + r.GetString("next_date"), Kind: "followup",
		Customer: r.GetString("customer"), Assignee: orDefault(r.GetString("staff"), owner),
		Title: title, Due: stampOf(due.UTC()), Collection: "followups", Subject: r.Id}, at)
}

func firstRunes(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return text
}
