package hooks

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
)

// recordShow withholds what the reader's role does not read plain. Only hiding, after the rest has
// run: a mask that was set on a column would be carried on by a batch, a realtime message or a
// later save.
func (h *House) recordShow(e *core.RecordEnrichEvent) error {
	if err := e.Next(); err != nil {
		return err
	}
	auth := e.RequestInfo.Auth
	if auth == nil || auth.IsSuperuser() {
		return nil
	}
	withhold(e.Record, auth.GetString("role"))
	return nil
}

func withhold(record *core.Record, role string) {
	kind := record.GetString("kind")
	for _, f := range fields.Of(record.Collection().Name) {
		reading := collections.ReadsField(role, f, kind)
		if reading == collections.Absent ||
			reading == collections.Masked && f.Class != fields.Sensitive {
			record.Hide(f.Key)
		}
	}
}

// identifiers of PocketBase's filter language: texts are taken out first.
var (
	quoted     = regexp.MustCompile(`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"`)
	identifier = regexp.MustCompile(`[@_a-zA-Z][\w.:@]*`)
	literals   = map[string]bool{"true": true, "false": true, "null": true}
)

// asksWithheld tells whether a list's filter or sort names something that the role does not read
// plain: its answer would tell the value. Roles that read all plain may use what they see.
func asksWithheld(role, collection string, query url.Values) bool {
	if collections.ReadsAllPlain(role) {
		return false
	}
	asked := quoted.ReplaceAllString(query.Get("filter"), "''") + " " + query.Get("sort")
	for _, name := range identifier.FindAllString(asked, -1) {
		if literals[name] || strings.HasPrefix(name, "@now") || strings.HasPrefix(name, "@today") {
			continue
		}
		if !readsPath(role, collection, name) {
			return true
		}
	}
	return false
}

// plainPaths are not in the field table and hold nothing of a customer.
var plainPaths = map[string]bool{"id": true, "created": true, "updated": true, "customer": true,
	"@random": true, "@rowid": true}

func readsPath(role, collection, path string) bool {
	path, _, _ = strings.Cut(path, ":")
	if plainPaths[path] || len(fields.Of(collection)) == 0 {
		return !strings.Contains(path, ".") || plainPaths[path]
	}
	f, ok := fields.Get(collection, path) // a path through a relation is no field
	if !ok || collection == "customers" && (path == "name" || path == "short_name") {
		return false // the name of an individual is contact data: search is the way
	}
	return collections.Reads(role, f.Class) == collections.Plain
}
