package collections

import "github.com/pocketbase/pocketbase/core"

// Settings that every installation has. The batch route is open because the web app and
// integrations save a customer with its contacts in one transaction; every rule and hook holds
// in it.
const (
	maxBatch      = 100
	batchTimeout  = 30 // seconds
	staffSession  = 8 * 60 * 60
	keepLogsDays  = 7
	fileTokenLife = 120
)

// ApplySettings puts PocketBase's own settings where the product needs them.
func ApplySettings(app core.App) error {
	s := app.Settings()
	if s.Meta.AppName != "Kehu 客户" || !s.Batch.Enabled || !s.Logs.LogIP ||
		s.Logs.MaxDays != keepLogsDays || s.Backups.Cron != "" || !s.RateLimits.Enabled {
		s.Meta.AppName = "Kehu 客户"
		s.Batch.Enabled, s.Batch.MaxRequests, s.Batch.Timeout = true, maxBatch, batchTimeout
		s.Logs.LogIP, s.Logs.LogAuthId, s.Logs.MaxDays = true, true, keepLogsDays
		s.Backups.Cron = "" // its backups are plain and stop writes
		s.RateLimits.Enabled = true
		s.RateLimits.Rules = []core.RateLimitRule{
			{Label: "*:auth", MaxRequests: 10, Duration: 60},
			{Label: "*:create", MaxRequests: 600, Duration: 10},
			{Label: "/api/batch", MaxRequests: 200, Duration: 10},
			{Label: "/api/", MaxRequests: 3000, Duration: 10},
		}
		if err := app.Save(s); err != nil {
			return err
		}
	}
	staff, err := app.FindCollectionByNameOrId("staff")
	if err != nil {
		return err
	}
	if staff.AuthToken.Duration == staffSession && staff.FileToken.Duration == fileTokenLife {
		return nil
	}
	staff.AuthToken.Duration, staff.FileToken.Duration = staffSession, fileTokenLife
	return app.Save(staff)
}
