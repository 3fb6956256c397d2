package policy

// Audit says how long the entries of the audit log are kept (R9.1).
type Audit struct {
	KeepYears int `json:"keep_years"`
}

// Bounds of Audit.KeepYears: two years is what the rule demands.
const (
	auditYears    = 3
	minAuditYears = 2
	maxAuditYears = 30
)

// DefaultAudit is three years.
func DefaultAudit() Audit { return Audit{KeepYears: auditYears} }

func (a Audit) check() error {
	if a.KeepYears < minAuditYears || a.KeepYears > maxAuditYears {
		return beyond("audit.keep_years", a.KeepYears, minAuditYears, maxAuditYears)
	}
	return nil
}
