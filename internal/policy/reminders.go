package policy

import (
	"kehu/internal/fields"
)

// Reminders are the intervals of R8.1 and R8.5; 0 turns one off.
type Reminders struct {
	Untouched    int            `json:"untouched_months"`    // nobody updated or verified it
	Verify       int            `json:"verify_months"`       // key data, by the owner
	Satisfaction int            `json:"satisfaction_months"` // by customer service
	Review       int            `json:"review_months"`       // the whole record
	Days         int            `json:"task_days"`           // working days that such a task has
	Cadence      map[string]int `json:"cadence_days"`        // tier → days between follow-ups
}

func defaultReminders() Reminders {
	return Reminders{Untouched: 3, Verify: 1, Satisfaction: 3, Review: 6, Days: 5,
		Cadence: map[string]int{"strategic": 14, "key": 30, "normal": 90, "potential": 90}}
}

// Bounds of the intervals.
const (
	maxReminderMonths = 60
	maxCadenceDays    = 3650
)

func (r Reminders) check() error {
	for key, months := range map[string]int{"untouched_months": r.Untouched, "verify_months": r.Verify,
		"satisfaction_months": r.Satisfaction, "review_months": r.Review} {
		if months < 0 || months > maxReminderMonths {
			return beyond("reminders."+key, months, 0, maxReminderMonths)
		}
	}
	if r.Days < 0 || r.Days > maxTermDays {
		return beyond("reminders.task_days", r.Days, 0, maxTermDays)
	}
	for tier, days := range r.Cadence {
		if _, ok := fields.MustGet("customers", "tier").Option(tier); !ok {
			return because("没有名为“%s”的客户级别", "tier %q is not known", tier)
		}
		if days < 0 || days > maxCadenceDays {
			return beyond("reminders.cadence_days", days, 0, maxCadenceDays)
		}
	}
	return nil
}
