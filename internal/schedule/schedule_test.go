package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	m, err := time.ParseInLocation("2006-01-02 15:04:05", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDue(t *testing.T) {
	for name, c := range map[string]struct {
		due  Due
		now  string
		want string
	}{
		"on the dot":              {Daily(3, 0), "2026-11-05 03:00:00", "2026-11-05 03:00:00"},
		"a second before":         {Daily(3, 0), "2026-11-05 02:59:59", "2026-11-04 03:00:00"},
		"over the new year":       {Daily(3, 0), "2027-01-01 00:30:00", "2026-12-31 03:00:00"},
		"over a leap day":         {Daily(3, 30), "2028-03-01 01:00:00", "2028-02-29 03:30:00"},
		"same weekday, later":     {Weekly(time.Thursday, 4, 0), "2026-11-05 05:00:00", "2026-11-05 04:00:00"},
		"same weekday, too early": {Weekly(time.Thursday, 4, 0), "2026-11-05 03:00:00", "2026-10-29 04:00:00"},
		"the Sunday before":       {Weekly(time.Sunday, 4, 0), "2026-11-05 05:00:00", "2026-11-01 04:00:00"},
		"first of the month":      {Monthly(1, 6, 0), "2026-11-05 05:00:00", "2026-11-01 06:00:00"},
		"month before":            {Monthly(28, 6, 0), "2026-01-05 05:00:00", "2025-12-28 06:00:00"},
		"the hour":                {Every(time.Hour), "2026-11-05 05:59:59", "2026-11-05 05:00:00"},
		"half an hour":            {Every(30 * time.Minute), "2026-11-05 05:59:59", "2026-11-05 05:30:00"},
		"seven hours, new day":    {Every(7 * time.Hour), "2026-11-05 01:00:00", "2026-11-05 00:00:00"},
	} {
		if got := c.due(moment(t, c.now)); !got.Equal(moment(t, c.want)) {
			t.Errorf("%s: %v, not %s", name, got, c.want)
		}
	}
	if !Never(moment(t, "2026-11-05 05:00:00")).IsZero() {
		t.Error("never came")
	}
}

// A moment is never in the future, and asking at the moment itself gives the same one.
func TestDueIsPastAndStays(t *testing.T) {
	dues := map[string]Due{"daily": Daily(3, 17), "weekly": Weekly(time.Saturday, 23, 59),
		"monthly": Monthly(28, 0, 0), "every": Every(13 * time.Minute)}
	zones := []string{"Asia/Shanghai", "UTC", "Asia/Urumqi"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(rapid.Int64Range(1_500_000_000, 4_000_000_000).Draw(t, "now"), 0).In(zone)
		for name, due := range dues {
			slot := due(now)
			if slot.After(now) || slot.Before(now.AddDate(0, -1, -1)) {
				t.Errorf("%s at %v: %v", name, now, slot)
			}
			if again := due(slot); !again.Equal(slot) {
				t.Errorf("%s: at %v it is %v", name, slot, again)
			}
		}
	})
}
