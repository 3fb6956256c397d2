package collections

import (
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
	"kehu/internal/policy"
)

// accessKey is where the app keeps the matrix in force.
const accessKey = "kehu.access"

// AccessOf is the matrix in force on an app: the company's policy, or roles.md's own until a
// policy was read.
func AccessOf(app core.App) policy.Access {
	if access, ok := app.Store().Get(accessKey).(policy.Access); ok {
		return access
	}
	return policy.DefaultAccess()
}

// SetAccess puts a matrix in force. The access rules follow with ApplyAccess.
func SetAccess(app core.App, access policy.Access) { app.Store().Set(accessKey, access) }

// ClassOf is the class of a stored field; ok is false where nobody has given it one.
func ClassOf(collection, field string) (class fields.Class, ok bool) {
	if f, found := fields.Get(collection, field); found {
		return f.Class, true
	}
	switch field {
	case "id", "created", "updated", "customer":
		return fields.Basic, true
	}
	class, ok = others[collection][field]
	return class, ok
}

// ClassIn is ClassOf for one record: the names of an individual are contact data.
func ClassIn(record *core.Record, field string) (class fields.Class, ok bool) {
	name := record.Collection().Name
	if (name == "customers" || name == "archives") && IsPersonal(field) && record.GetString("kind") == "individual" {
		return fields.Contact, true
	}
	return ClassOf(name, field)
}

// IsPersonal tells whether a field of customers is a name, which is a person's where the customer
// is an individual.
func IsPersonal(field string) bool { return field == "name" || field == "short_name" }

// others are the classes of fields that stand beside the field table. Whoever adds a collection or
// a field adds it here: until then it is withheld from every role that does not read all plain.
var others = map[string]map[string]fields.Class{
	"departments": each(fields.Basic, "name", "parent", "manager", "path"),
	"staff": each(fields.Basic, "name", "role", "department", "active", "email",
		"emailVisibility", "verified", "password", "tokenKey"),
	"tags":       each(fields.Basic, "name", "system", "colour"),
	"industries": each(fields.Basic, "name", "parent", "level"),
	"divisions":  each(fields.Basic, "name", "parent", "level"),
	"policies":   each(fields.Basic, "key", "value", "note"),
	// a title may hold the name of a person: records_show.go masks the name within it
	"tasks": with(each(fields.Contact, "title"), each(fields.Notes, "note"), each(fields.Basic, "kind", "assignee", "due",
		"state", "done_by", "done_at", "key", "subject_collection", "subject_id", "provisional")),
	// the payload of a request holds values of any class: for who reads all plain
	"approvals": with(each(fields.Contact, "reason", "confirmed_with", "note", "files",
		"attachments"), each(fields.Basic, "kind", "number", "department", "subject_collection",
		"subject_id", "checked_against", "compliance", "requested_by", "requested_by_name",
		"requester", "requested", "occurred", "state", "decider_role", "decided_by",
		"decided_by_name", "decided", "single", "due", "provisional", "escalated")),
	"calendar_days": each(fields.Basic, "date", "kind", "name"),
	// texts of a workbook are whatever stood in it
	"imports": with(each(fields.Contact, "file_name", "file", "preview", "error", "note"),
		each(fields.Basic, "hash", "collection", "state", "mapping", "options", "counts", "total",
			"next_row", "started", "finished", "by", "by_name", "department")),
	"import_rows": with(each(fields.Contact, "errors", "raw", "before"),
		each(fields.Basic, "import", "row", "outcome", "record", "decision", "stamp")),
	"exports": each(fields.Basic, "collection", "format", "filter", "columns", "reason", "state",
		"rows", "error", "file", "expires", "by", "by_name", "approval", "role"),
	"merges": each(fields.Basic, "kept", "merged", "numbers", "choices", "reason", "by", "by_name",
		"department", "undone", "undone_by", "undone_by_name", "left"),
	"handovers": each(fields.Basic, "from", "to", "customers", "tasks", "requests", "by", "by_name",
		"department", "at", "undone", "undone_by", "undone_by_name"),
	"campaigns": each(fields.Basic, "name", "kind", "place", "owner", "department", "starts", "ends", "state",
		"reason", "closed", "closed_by", "closed_by_name"),
	"jobs_log": each(fields.Basic, "job", "slot", "state", "attempts", "started", "finished",
		"duration", "result", "error", "holder"),
	"backups_log": each(fields.Basic, "name", "kind", "at", "size", "sha256", "location", "state",
		"verified_at", "duration", "places", "counts", "error", "by", "by_name"),
	"duplicate_pairs": each(fields.Basic, "a", "b", "score", "reasons", "state", "decided_by",
		"confirmed_reason", "confirmed_by"),
}

func each(class fields.Class, names ...string) map[string]fields.Class {
	all := make(map[string]fields.Class, len(names))
	for _, name := range names {
		all[name] = class
	}
	return all
}

func with(parts ...map[string]fields.Class) map[string]fields.Class {
	all := map[string]fields.Class{}
	for _, part := range parts {
		for name, class := range part {
			all[name] = class
		}
	}
	return all
}
