package policy

// Archive says after how many months without business and contact a customer is proposed for the
// archive, and how many years it is kept there (R8.2, R8.3).
type Archive struct {
	Months    int `json:"months"` // 0 = nothing is proposed
	KeepYears int `json:"keep_years"`
}

// Bounds of Archive: three years is what the rule demands.
const (
	archiveMonths    = 12
	maxArchiveMonths = 120
	archiveYears     = 5
	minArchiveYears  = 3
	maxArchiveYears  = 50
)

func defaultArchive() Archive { return Archive{Months: archiveMonths, KeepYears: archiveYears} }

func (a Archive) check() error {
	if a.Months < 0 || a.Months > maxArchiveMonths {
		return beyond("archive.months", a.Months, 0, maxArchiveMonths)
	}
	if a.KeepYears < minArchiveYears || a.KeepYears > maxArchiveYears {
		return beyond("archive.keep_years", a.KeepYears, minArchiveYears, maxArchiveYears)
	}
	return nil
}
