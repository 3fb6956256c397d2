package policy

import (
	"slices"

	"kehu/internal/watch"
)

// Alarms says which conditions of the running register are told to those who look after it, and
// how. Off unless a data administrator turns it on: nothing leaves the building otherwise. Robots are
// those of the policy notify.
type Alarms struct {
	Email       bool     `json:"email"`        // to the data administrators
	Webhooks    bool     `json:"webhooks"`     // to the robots
	Conditions  []string `json:"conditions"`   // that are told; all of them by default
	RepeatHours int      `json:"repeat_hours"` // while one lasts
}

func defaultAlarms() Alarms {
	return Alarms{Conditions: watch.Codes(), RepeatHours: 24}
}

// Outgoing tells whether anything is sent at all.
func (a Alarms) Outgoing() bool { return a.Email || a.Webhooks }

// maxRepeat is a month, in hours.
const maxRepeat = 31 * 24

func (a Alarms) check() error {
	for _, c := range a.Conditions {
		if !slices.Contains(watch.Codes(), c) {
			return because("没有名为“%s”的告警内容", "condition %q is not known", c)
		}
	}
	if a.RepeatHours < 1 || a.RepeatHours > maxRepeat {
		return beyond("alarms.repeat_hours", a.RepeatHours, 1, maxRepeat)
	}
	return nil
}
