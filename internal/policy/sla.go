package policy

// SLA is how many working days each kind of work has, and how many hours an offline change has to
// be entered (R7.2, R7.3).
type SLA struct {
	Entry          int `json:"entry"`
	Batch          int `json:"batch"`
	Ordinary       int `json:"ordinary"`
	Important      int `json:"important"`
	Completion     int `json:"completion"`
	Archive        int `json:"archive"`
	Purge          int `json:"purge"`
	Erase          int `json:"erase"`
	Export         int `json:"export"`
	Share          int `json:"share"`
	Tier           int `json:"tier"`
	SyncError      int `json:"sync_error"`
	Campaign       int `json:"campaign"`
	SubjectRequest int `json:"subject_request"`
	BackfillHours  int `json:"backfill_hours"`
}

func defaultSLA() SLA {
	return SLA{Entry: 1, Batch: 1, Ordinary: 1, Important: 2, Completion: 2, Archive: 2, Purge: 2,
		Erase: 2, Export: 2, Share: 2, Tier: 2, SyncError: 1, Campaign: 3, SubjectRequest: 15,
		BackfillHours: 24}
}

// Bounds of a term.
const (
	maxTermDays      = 250
	maxBackfillHours = 24 * 31
)

func (s SLA) check() error {
	for _, days := range []int{s.Entry, s.Batch, s.Ordinary, s.Important, s.Completion, s.Archive,
		s.Purge, s.Erase, s.Export, s.Share, s.Tier, s.SyncError, s.Campaign, s.SubjectRequest} {
		if days < 0 || days > maxTermDays {
			return because("%d个工作日不在0到%d之间", "%d working days are not between 0 and %d", days, maxTermDays)
		}
	}
	if s.BackfillHours < 1 || s.BackfillHours > maxBackfillHours {
		return beyond("sla.backfill_hours", s.BackfillHours, 1, maxBackfillHours)
	}
	return nil
}
