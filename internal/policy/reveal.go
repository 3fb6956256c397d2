package policy

// Reveals bounds what one person may read in the open of values that are otherwise masked. Who may
// at all stands in Access.
type Reveals struct {
	PerDay           int  `json:"per_day"`            // values shown to one person
	LookupsPerDay    int  `json:"lookups_per_day"`    // exact look-ups by one person
	LookupsPerMinute int  `json:"lookups_per_minute"` // against trying numbers one after the other
	NumbersPerDay    int  `json:"numbers_per_day"`    // certificate and account numbers compared for one
	NotifyOwner      bool `json:"notify_owner"`       // a task tells the customer's owner
}

// DefaultReveals is generous for work at a desk and far too little for harvesting a register.
func DefaultReveals() Reveals {
	return Reveals{PerDay: 50, LookupsPerDay: 200, LookupsPerMinute: 20, NumbersPerDay: 200,
		NotifyOwner: true}
}

func (r Reveals) check() error {
	const most = 10_000
	for key, n := range map[string]int{"per_day": r.PerDay, "lookups_per_day": r.LookupsPerDay,
		"lookups_per_minute": r.LookupsPerMinute, "numbers_per_day": r.NumbersPerDay} {
		if n < 0 || n > most {
			return beyond("reveal."+key, n, 0, most)
		}
	}
	return nil
}
