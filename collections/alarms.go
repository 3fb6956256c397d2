package collections

import (
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/watch"
)

func init() {
	core.AppMigrations.Register(createAlarms, nil, "1764000120_alarms.go")
}

// createAlarms builds the table of what is wrong with the register: since when, and when it was told.
func createAlarms(app core.App) error {
	return Through(app.NonconcurrentDB()).Exec(`CREATE TABLE IF NOT EXISTS kehu_alarms (
		code TEXT PRIMARY KEY, since TEXT NOT NULL, told TEXT NOT NULL) WITHOUT ROWID`)
}

// Standing reads what was known to be wrong.
func Standing(db DB) (map[string]watch.Standing, error) {
	rows, err := db.Query("SELECT code, since, told FROM kehu_alarms")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]watch.Standing{}
	for rows.Next() {
		var code, since, told string
		if err := rows.Scan(&code, &since, &told); err != nil {
			return nil, err
		}
		known[code] = watch.Standing{Since: stampTime(since), Told: stampTime(told)}
	}
	return known, rows.Err()
}

// KeepStanding writes what is known to be wrong now.
func KeepStanding(db DB, known map[string]watch.Standing) error {
	if err := db.Exec("DELETE FROM kehu_alarms"); err != nil {
		return err
	}
	for code, s := range known {
		told := ""
		if !s.Told.IsZero() {
			told = Stamp(s.Told)
		}
		if err := db.Exec("INSERT INTO kehu_alarms VALUES (?, ?, ?)", code, Stamp(s.Since), told); err != nil {
			return err
		}
	}
	return nil
}

// stampTime reads what Stamp wrote; what is empty is zero.
func stampTime(text string) time.Time {
	at, err := time.Parse(stampLayout, text)
	if err != nil {
		return time.Time{}
	}
	return at
}
