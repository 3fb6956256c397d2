package collections

import (
	"encoding/json"

	"github.com/pocketbase/pocketbase/core"
)

// Settings that every installation has. The batch route is open because the web app and
// integrations save a customer with its contacts in one transaction; every rule and hook holds
// in it.
const (
	appName        = "Kehu 客户"
	maxBatch       = 100
	batchTimeout   = 30 // seconds
	keepLogsDays   = 7
	fileTokenLife  = 120
	resetTokenLife = 30 * 60
)

// guests are the limits by address of those who are not signed in. An office shares one address,
// so they stop floods and no more: guessing is stopped account by account (hooks, signin).
var guests = []core.RateLimitRule{
	{Label: "*:auth", MaxRequests: 300, Duration: 60},
	{Label: "*:requestPasswordReset", MaxRequests: 20, Duration: 300},
	{Label: "/api/kehu/signin", MaxRequests: 300, Duration: 60},
	{Label: "/api/kehu/signin/", MaxRequests: 300, Duration: 60},
	{Label: "/api/kehu/setup", MaxRequests: 20, Duration: 60},
	{Label: "/api/kehu/links/", MaxRequests: 60, Duration: 60},
	{Label: "/api/kehu/forms/", MaxRequests: 30, Duration: 60},
	{Label: "/api/", MaxRequests: 1000, Duration: 10},
}

// ApplySettings puts PocketBase's own settings where the product needs them, at every start and
// when the policy of sessions changes: what somebody changed past the guards lasts until then.
func ApplySettings(app core.App, sessionHours int, behindProxy bool) error {
	s := app.Settings()
	before, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if s.Meta.AppName == "Acme" { // PocketBase's own
		s.Meta.AppName = appName
	}
	s.Batch = core.BatchConfig{Enabled: true, MaxRequests: maxBatch, Timeout: batchTimeout}
	s.Logs = core.LogsConfig{MaxDays: keepLogsDays, LogIP: true, LogAuthId: true}
	s.Backups.Cron = "" // its backups are plain and stop writes
	s.RateLimits = core.RateLimitsConfig{Enabled: true}
	for _, rule := range guests {
		rule.Audience = core.RateLimitRuleAudienceGuest
		s.RateLimits.Rules = append(s.RateLimits.Rules, rule)
	}
	s.TrustedProxy = core.TrustedProxyConfig{}
	if behindProxy {
		s.TrustedProxy.Headers = []string{"X-Forwarded-For"}
	}
	after, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if string(before) != string(after) {
		if err := app.Save(s); err != nil {
			return err
		}
	}
	for _, name := range []string{"staff", core.CollectionNameSuperusers} {
		if err := applySessions(app, name, int64(sessionHours)*60*60); err != nil {
			return err
		}
	}
	return nil
}

// applySessions sets how long an account's tokens live.
func applySessions(app core.App, name string, seconds int64) error {
	c, err := app.FindCollectionByNameOrId(name)
	if err != nil {
		return err
	}
	if c.AuthToken.Duration == seconds && c.FileToken.Duration == fileTokenLife &&
		c.PasswordResetToken.Duration == resetTokenLife {
		return nil
	}
	c.AuthToken.Duration, c.FileToken.Duration = seconds, fileTokenLife
	c.PasswordResetToken.Duration = resetTokenLife
	return app.Save(c)
}
