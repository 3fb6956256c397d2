package policy

// Pool is the shared pool (R8.6): a customer that nobody followed up for some days goes back to it, and
// can be claimed.
type Pool struct {
	Days   int `json:"days"`           // 0 = nothing goes back
	Notice int `json:"notice_days"`    // days before, in which the owner is told
	PerDay int `json:"claims_per_day"` // of one member
	Again  int `json:"again_days"`     // for so long whoever lost it may not claim it
}

// Bounds of Pool.
const (
	maxPoolDays   = 3650
	maxPoolNotice = 90
	maxPoolClaims = 1000
)

func defaultPool() Pool { return Pool{Days: 0, Notice: 7, PerDay: 5, Again: 30} }

func (p Pool) check() error {
	switch {
	case p.Days < 0 || p.Days > maxPoolDays:
		return because("天数%d不在0到%d之间", "days %d is not between 0 and %d", p.Days, maxPoolDays)
	case p.Notice < 1 || p.Notice > maxPoolNotice:
		return because("提前通知%d天不在1到%d之间", "notice_days %d is not between 1 and %d", p.Notice, maxPoolNotice)
	case p.PerDay < 1 || p.PerDay > maxPoolClaims:
		return because("每人每天领取%d个不在1到%d之间", "claims_per_day %d is not between 1 and %d", p.PerDay, maxPoolClaims)
	case p.Again < 0 || p.Again > maxPoolDays:
		return because("间隔%d天不在0到%d之间", "again_days %d is not between 0 and %d", p.Again, maxPoolDays)
	case p.Days > 0 && p.Notice >= p.Days:
		return because("提前通知的天数（%d）须少于退回公海的天数（%d）", "notice_days (%d) must be less than days (%d)",
			p.Notice, p.Days)
	}
	return nil
}
