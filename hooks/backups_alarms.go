package hooks

import (
	"context"
	"fmt"
	"time"

	"kehu/collections"
	"kehu/internal/schedule"
)

// Tasks of alarms of backups.
const (
	alarmPrefix = "backup:" // of their keys
	alarmLook   = time.Hour
	alarmDays   = 1 // working days until they are due
)

// alarmJobs look after the alarms of backups, where this process keeps any.
func (h *House) alarmJobs() []Job {
	if h.options.Backups == nil {
		return nil
	}
	return []Job{{Name: "backup_alarms", Due: schedule.Every(alarmLook), Run: h.AlarmTasks}}
}

// AlarmTasks makes a task of every data administrator for each alarm of the backups, and ends those
// whose alarm is over. One that a person has ended is not made again while the alarm goes on.
func (h *House) AlarmTasks(ctx context.Context) (string, error) {
	alarms, err := h.options.Backups.Alarms(ctx)
	if err != nil {
		return "", err
	}
	admins, err := collections.ActiveAdmins(collections.Through(h.app.DB()))
	if err != nil {
		return "", err
	}
	codes, at := sortedKeys(alarms), stampOf(h.options.Clock())
	db := collections.Through(h.app.NonconcurrentDB())
	if err := collections.EndAlarms(db, alarmPrefix, codes, system.ID, at); err != nil {
		return "", err
	}
	due := stampOf(h.dueIn(alarmDays).At.UTC())
	for _, code := range codes {
		for _, staff := range admins {
			if err := collections.OpenTask(db, collections.Task{Key: alarmPrefix + code + ":" + staff,
				Kind: "custom", Assignee: staff, Title: "备份：" + alarms[code], Due: due}, at); err != nil {
				return "", err
			}
		}
	}
	return fmt.Sprintf("%d alarms", len(codes)), nil
}
