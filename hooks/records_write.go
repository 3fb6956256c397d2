package hooks

import (
	"net/http"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/policy"
)

// keepUnwritten puts back the values that the writer's role may not write on this row. Like those of
// system fields they are ignored, not refused, because the admin UI sends whole records (data.md);
// a request that holds nothing else is refused.
func (h *House) keepUnwritten(e *core.RecordRequestEvent, in *entry) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	original, given, kept := e.Record.Original(), len(in.typed), 0
	own := ownsDraft(reader, e.Record)
	for _, f := range fields.Of(e.Record.Collection().Name) {
		if f.System || writes(reader, f, own) {
			continue
		}
		if _, typed := in.typed[f.Key]; typed {
			delete(in.typed, f.Key)
			kept++
		}
		e.Record.SetRaw(f.Key, original.GetRaw(f.Key))
	}
	if kept > 0 && kept == given && !e.Record.IsNew() {
		return refuse(e.RequestEvent, http.StatusForbidden, ErrForbidden)
	}
	return nil
}

// ownsDraft: what a member of customer service or marketing enters is its own until it is taken
// over. What belongs to a customer is written under the same rule, which its access rule has asked.
func ownsDraft(r collections.Reader, record *core.Record) bool {
	if r.Role != "service" && r.Role != "marketing" {
		return false
	}
	before := record.Original()
	return record.IsNew() || record.Collection().Name != "customers" ||
		isDraft(before.GetString("status")) && before.GetString("owner") == r.ID
}

// serviceFields are what customer service writes on customers of others (decisions.md).
var serviceFields = []string{"satisfaction", "service_need"}

// writes tells whether a role writes a field of a row that its access rule lets it write.
func writes(r collections.Reader, f *fields.Field, ownDraft bool) bool {
	switch {
	case r.Role == "data_admin":
		return true
	case slices.Contains([]string{"followups", "tickets", "contracts", "orders"}, f.Collection):
		return true // who may write them at all, writes them whole
	case ownDraft:
		return f.Class != fields.Sensitive
	case r.Role == "service":
		return f.Collection == "customers" && slices.Contains(serviceFields, f.Key)
	case f.Class == fields.Sensitive: // written in plain, read masked
		return !r.Reads(f.Class).Hidden() && r.Reads(fields.Contact) == policy.Write
	}
	return r.Reads(f.Class) == policy.Write
}
