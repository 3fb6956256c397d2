package backups

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kehu/collections"
	"kehu/internal/policy"
	"kehu/internal/schedule"
	"kehu/internal/watch"
)

// State is what people who run the register see of its backups. A member of Alarms is a code of the
// page, each with its sentence there.
type State struct {
	Newest        string   `json:"newest,omitempty"` // name of the newest that was made
	NewestAt      string   `json:"newest_at,omitempty"`
	NewestState   string   `json:"newest_state,omitempty"`
	Proven        string   `json:"proven,omitempty"` // name of the newest that a drill restored
	ProvenAt      string   `json:"proven_at,omitempty"`
	ProvenTook    int64    `json:"proven_ms,omitempty"`
	DrillFailed   string   `json:"drill_failed,omitempty"` // why, where the last drill failed
	RecoveryHere  bool     `json:"recovery_key_on_machine"`
	DrillKey      bool     `json:"drill_key"`
	DiskFree      int64    `json:"disk_free"`
	LocalDiskFree int64    `json:"backup_disk_free,omitempty"`
	Alarms        []string `json:"alarms"`
}

// Alarms.
const (
	AlarmNoBackup    = "no_backup"        // none, or the newest is older than two days
	AlarmFailed      = "backup_failed"    // the last one failed
	AlarmIncomplete  = "backup_partial"   // a place failed, or a stored file is missing
	AlarmUnproven    = "restore_unproven" // the newest proven restore is older than the policy allows
	AlarmDrillFailed = "drill_failed"
	AlarmRecovery    = "recovery_key_on_machine" // not moved to paper yet
	AlarmNoDrill     = "no_drill"                // nobody drills: key removed, or off
	AlarmDisk        = "disk_low"
)

const (
	oldBackup = 48 * time.Hour
	busyPause = 200 * time.Millisecond
	lowDisk   = 1 << 30
)

// State reads the book; it asks no place, so it is quick.
func (k *Keeper) State(context.Context) (*State, error) {
	set, err := k.policies()
	if err != nil {
		return nil, err
	}
	s := &State{RecoveryHere: k.HasIdentity(RecoveryRole), DrillKey: k.HasIdentity(DrillRole),
		Alarms: []string{}}
	last, err := k.newest("kind NOT IN ('drill', 'restore') AND state <> 'running'")
	if err != nil {
		return nil, err
	}
	good, err := k.newest("kind NOT IN ('drill', 'restore') AND state IN ('done', 'incomplete')")
	if err != nil {
		return nil, err
	}
	s.Newest, s.NewestAt, s.NewestState = good.name, good.at, good.state
	drill, err := k.newest("kind = 'drill' AND state <> 'running'")
	if err != nil {
		return nil, err
	}
	proven, err := k.newest("kind = 'drill' AND state = 'done'")
	if err != nil {
		return nil, err
	}
	s.Proven, s.ProvenAt, s.ProvenTook = proven.name, proven.at, proven.took
	if drill.state == "failed" {
		s.DrillFailed = drill.why
	}
	s.DiskFree, _ = freeBytes(k.DataDir)
	if places, err := k.places(set.Backups); err == nil {
		s.LocalDiskFree, _ = freeBytes(places[0].(folder).path)
	}
	s.alarms(k.Clock(), set.Backups, last, drill)
	return s, nil
}

func (s *State) alarms(now time.Time, p policy.Backups, last, drill line) {
	for _, a := range []struct {
		code string
		on   bool
	}{
		{AlarmNoBackup, olderThan(s.NewestAt, now, oldBackup)},
		{AlarmFailed, last.state == "failed"},
		{AlarmIncomplete, last.state == "incomplete"},
		{AlarmUnproven, s.Newest != "" && olderThan(s.ProvenAt, now, time.Duration(p.DrillDays+1)*24*time.Hour)},
		{AlarmDrillFailed, drill.state == "failed"},
		{AlarmRecovery, s.RecoveryHere},
		{AlarmNoDrill, p.Drill == "off" || !s.DrillKey},
		{AlarmDisk, s.DiskFree > 0 && s.DiskFree < lowDisk},
	} {
		if a.on {
			s.Alarms = append(s.Alarms, a.code)
		}
	}
}

func olderThan(stamp string, now time.Time, span time.Duration) bool {
	at, err := time.Parse("2006-01-02 15:04:05.000Z", stamp)
	return err != nil || now.Sub(at) > span
}

// line is a line of the book.
type line struct {
	name, at, state, why string
	took                 int64
}

func (k *Keeper) newest(where string) (l line, err error) {
	rows, err := k.db().Query("SELECT name, at, state, error, duration FROM backups_log WHERE " + where +
		" ORDER BY at DESC, created DESC LIMIT 1")
	if err != nil {
		return l, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&l.name, &l.at, &l.state, &l.why, &l.took)
	}
	if err == nil {
		err = rows.Err()
	}
	return l, err
}

// Work is a job of the keeper.
type Work struct {
	Name    string
	Due     schedule.Due
	Run     func(ctx context.Context) (string, error)
	Retries int
	Again   time.Duration
}

// drillAfter is how long after the daily backup a drill begins.
const drillAfter = time.Hour

// Jobs are what the keeper does by the clock. Their moments follow the policy as it stands.
func (k *Keeper) Jobs() []Work {
	return []Work{
		{Name: "backup", Due: k.when(func(b policy.Backups) schedule.Due { return schedule.Daily(b.Clock()) }),
			Run: k.dailyJob, Retries: 3, Again: 15 * time.Minute},
		{Name: "backup_hourly", Due: k.when(func(b policy.Backups) schedule.Due {
			if !b.Hourly {
				return schedule.Never
			}
			return schedule.Every(time.Hour)
		}), Run: k.hourlyJob},
		{Name: "backup_copies", Due: schedule.Every(time.Hour), Run: k.copyJob},
		{Name: "backup_drill", Due: k.when(drillDue), Run: k.drillJob, Retries: 1, Again: time.Hour},
	}
}

func drillDue(b policy.Backups) schedule.Due {
	hour, minute := b.Clock()
	at := time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC).Add(drillAfter)
	switch b.Drill {
	case "daily":
		return schedule.Daily(at.Hour(), at.Minute())
	case "weekly":
		return schedule.Weekly(time.Sunday, at.Hour(), at.Minute())
	}
	return schedule.Never
}

func (k *Keeper) when(of func(policy.Backups) schedule.Due) schedule.Due {
	return func(now time.Time) time.Time {
		set, err := k.policies()
		if err != nil {
			return time.Time{}
		}
		return of(set.Backups)(now)
	}
}

// dailyJob makes the backup of the day, where the drill of the first day has not made it already.
func (k *Keeper) dailyJob(ctx context.Context) (said string, err error) {
	set, err := k.policies()
	if err != nil {
		return "", err
	}
	err = k.inTurn(ctx, func() error {
		now := k.Clock().In(set.Company.Location())
		due := schedule.Daily(set.Backups.Clock())(now)
		made, err := k.newest(fmt.Sprintf("kind = 'daily' AND state = 'done' AND at BETWEEN '%s' AND '%s'",
			collections.Stamp(due), collections.Stamp(now))) // one from before the clock was set back is none of today
		if err == nil && made.name != "" {
			said = made.name
			return nil
		}
		said, err = k.byClock(ctx, Daily)
		return err
	})
	return said, err
}

func (k *Keeper) hourlyJob(ctx context.Context) (said string, err error) {
	err = k.inTurn(ctx, func() (err error) {
		said, err = k.byClock(ctx, Hourly)
		return err
	})
	return said, err
}

func (k *Keeper) byClock(ctx context.Context, kind string) (string, error) {
	made, err := k.Make(ctx, kind, system)
	if err != nil {
		return "", err
	}
	return made.Name + " " + made.State, nil
}

// inTurn waits until nothing else is at work with backups: the clock asks for several at one time, above
// all at a start that makes up for what was missed.
func (k *Keeper) inTurn(ctx context.Context, act func() error) error {
	for {
		err := act()
		if busy := errors.Is(err, ErrBusy); !busy || !wait(ctx, busyPause) {
			return err
		}
	}
}

// drillJob proves the newest backup, and makes one where there is none, as on the first day. Where the
// drill key was removed nobody drills by itself, and the state says so.
func (k *Keeper) drillJob(ctx context.Context) (string, error) {
	if !k.HasIdentity(DrillRole) {
		return "no drill key", nil
	}
	var d *Drilled
	err := k.inTurn(ctx, func() (err error) {
		if d, err = k.Drill(ctx, "", nil, system); errors.Is(err, ErrNone) {
			if _, err = k.Make(ctx, Daily, system); err == nil {
				d, err = k.Drill(ctx, "", nil, system)
			}
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return d.Name, nil
}

// copyJob brings the newest backup to places that lack it: what failed in the night is made up in
// the day.
func (k *Keeper) copyJob(ctx context.Context) (string, error) {
	release, err := k.hold()
	if err != nil {
		return "busy", nil
	}
	defer release()
	set, err := k.policies()
	if err != nil {
		return "", err
	}
	places, err := k.places(set.Backups)
	if err != nil {
		return "", err
	}
	k.clear(ctx, places)
	label, from, err := k.pick(ctx, "", true)
	if err != nil {
		return "none", nil
	}
	text, err := rawLabel(ctx, from, label.Name)
	if err != nil {
		return "", err
	}
	brought, failed := "", error(nil)
	for _, to := range places {
		here, err := k.inPlace(ctx, to)
		if err != nil {
			failed = explain(to.name(), err)
			continue
		}
		if f := here[label.Name]; f != nil && f.whole {
			continue
		}
		if c := k.bring(ctx, from, to, label.Name, text); c.State == "done" {
			brought += " " + to.name()
		} else {
			failed = ErrFailed.With("where", to.name(), "why", c.Error)
		}
	}
	if brought != "" {
		err := k.db().Exec(`UPDATE backups_log SET updated = ?, state = CASE WHEN ? THEN 'done' ELSE state END
			WHERE name = ? AND state = 'incomplete' AND error NOT LIKE '缺少%'`,
			collections.Stamp(k.Clock()), failed == nil, label.Name)
		if err != nil {
			return "", err
		}
	}
	return label.Name + brought, failed
}

// AlarmText is an alarm in words.
func AlarmText(code string) string { return watch.Both(code) }
