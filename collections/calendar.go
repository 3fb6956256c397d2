package collections

import (
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/workday"
)

// CalendarDays reads the days that stand on top of the built-in calendar.
func CalendarDays(db DB) ([]workday.Day, error) {
	rows, err := db.Query("SELECT date, kind, name FROM calendar_days ORDER BY date")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var days []workday.Day
	for rows.Next() {
		var date, kind, name string
		if err := rows.Scan(&date, &kind, &name); err != nil {
			return nil, err
		}
		if d, err := workday.ParseDate(date); err == nil {
			days = append(days, workday.Day{Date: d, Kind: workday.Kind(kind), Name: name})
		}
	}
	return days, rows.Err()
}

// StoreCalendar writes the days of a notice; one that is there already takes the notice's word.
func StoreCalendar(db DB, days []workday.Day) error {
	for _, day := range days {
		err := db.Exec(`INSERT INTO calendar_days (id, date, kind, name, created, updated)
			VALUES (?, ?, ?, ?, `+sqlNow+`, `+sqlNow+`)
			ON CONFLICT (date) DO UPDATE SET kind = excluded.kind, name = excluded.name,
				updated = excluded.updated`,
			core.GenerateDefaultRandomId(), day.Date.String(), string(day.Kind), day.Name)
		if err != nil {
			return err
		}
	}
	return nil
}
