package vault

// auditLabel derives the key of the audit log's chain.
const (
	auditLabel   = "kehu audit chain key 1"
	auditKeySize = 32
)

// AuditKey is the key that chains and anchors the audit log: who edits the database without it
// cannot make the chain fit again.
func (r *Root) AuditKey() [auditKeySize]byte {
	return [auditKeySize]byte(r.derive(auditLabel, auditKeySize))
}
