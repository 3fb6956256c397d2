package hooks

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/ganigeorgiev/fexpr"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/search"
	"github.com/pocketbase/pocketbase/tools/subscriptions"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
)

// ErrWithheld: the same for a value that is there and one that is not.
var ErrWithheld = fault.Define("field_withheld",
	"不能按您的角色看不到（或只能看到掩码）的字段筛选、排序或展开，请改用其他字段",
	"You cannot filter, sort or expand by what your role does not read plain, use another field")

// recordsAsk refuses, before any query runs, what asks by a value that the asker does not read
// plain: its rows, their order or their number would tell it. It stands in front of every route of
// records, whoever answers it.
func (h *House) recordsAsk(e *core.RequestEvent) error {
	if err := h.searchBox(e); err != nil {
		return err
	}
	allowed, err := mayAsk(e.App, e.Auth, e.Request.URL.Path, e.Request.URL.Query())
	if err != nil {
		return err
	}
	if !allowed {
		return refuse(e, http.StatusForbidden, ErrWithheld)
	}
	return e.Next()
}

// batchAsk is recordsAsk for the requests within a batch.
func (h *House) batchAsk(e *core.BatchRequestEvent) error {
	for _, request := range e.Batch {
		to, err := url.Parse(request.URL)
		if err != nil {
			continue // no such action: the batch is refused
		}
		allowed, err := mayAsk(e.App, e.Auth, to.Path, to.Query())
		if err != nil {
			return err
		}
		if !allowed {
			return refuse(e.RequestEvent, http.StatusForbidden, ErrWithheld)
		}
	}
	return e.Next()
}

// realtimeAsk is recordsAsk for the options of subscriptions. They are read by the framework's own
// reader.
func (h *House) realtimeAsk(e *core.RealtimeSubscribeRequestEvent) error {
	reader := subscriptions.NewDefaultClient()
	reader.Subscribe(e.Subscriptions...)
	for topic, options := range reader.Subscriptions() {
		name, _, _ := strings.Cut(topic, "?")
		name, _, _ = strings.Cut(name, "/")
		query := url.Values{}
		for key, value := range options.Query {
			query.Set(key, value)
		}
		allowed, err := mayAsk(e.App, e.Auth, recordsPath(name), query)
		if err != nil {
			return err
		}
		if !allowed {
			return refuse(e.RequestEvent, http.StatusForbidden, ErrWithheld)
		}
	}
	return e.Next()
}

func recordsPath(collection string) string {
	return "/api/collections/" + url.PathEscape(collection) + "/records"
}

// mayAsk tells whether a request's filter, sort and expand name only what the asker reads plain.
func mayAsk(app core.App, auth *core.Record, path string, query url.Values) (bool, error) {
	rest, ok := strings.CutPrefix(path, "/api/collections/")
	if !ok || auth != nil && auth.IsSuperuser() {
		return true, nil
	}
	name, action, _ := strings.Cut(rest, "/")
	collection, err := app.FindCachedCollectionByNameOrId(name)
	if err != nil {
		return true, nil // the route answers that there is none
	}
	reader, err := collections.ReaderOf(app, auth)
	if err != nil {
		return false, err
	}
	a := asking{app, reader}
	return a.filters(collection, query["filter"]) && a.sorts(collection, query["sort"]) &&
		a.expands(collection, query["expand"], strings.HasPrefix(action, "auth-")), nil
}

type asking struct {
	app    core.App
	reader collections.Reader
}

// filters reads the filter as PocketBase will. One that cannot be read is refused by the route.
func (a asking) filters(c *core.Collection, texts []string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool {
		parsed, err := fexpr.Parse(text)
		return err == nil && !a.groups(c, parsed)
	})
}

func (a asking) groups(c *core.Collection, groups []fexpr.ExprGroup) bool {
	for _, group := range groups {
		allowed := true
		switch item := group.Item.(type) {
		case fexpr.Expr:
			allowed = a.token(c, item.Left) && a.token(c, item.Right)
		case fexpr.ExprGroup:
			allowed = a.groups(c, []fexpr.ExprGroup{item})
		case []fexpr.ExprGroup:
			allowed = a.groups(c, item)
		default:
			allowed = false
		}
		if !allowed {
			return false
		}
	}
	return true
}

func (a asking) token(c *core.Collection, token fexpr.Token) bool {
	switch token.Type {
	case fexpr.TokenText, fexpr.TokenNumber:
		return true
	case fexpr.TokenIdentifier:
		return a.path(c, token.Literal)
	case fexpr.TokenFunction:
		arguments, _ := token.Meta.([]fexpr.Token)
		return !slices.ContainsFunc(arguments, func(one fexpr.Token) bool { return !a.token(c, one) })
	}
	return false
}

func (a asking) sorts(c *core.Collection, texts []string) bool {
	for _, text := range texts {
		for _, field := range search.ParseSortFromString(text) {
			if field.Name != "" && !a.path(c, field.Name) {
				return false
			}
		}
	}
	return true
}

// back is a relation seen from its other end: contacts_via_customer.
var back = regexp.MustCompile(`^(\w+)_via_(\w+)$`)

// path walks a path through relations. Every field on it must be read plain, and every collection
// that it passes into must show its rows to the reader whenever it shows the row before.
func (a asking) path(c *core.Collection, path string) bool {
	if strings.HasPrefix(path, "@") {
		return !strings.HasPrefix(path, "@collection") && !strings.HasPrefix(path, "@request")
	}
	parts := strings.Split(path, ".")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, ":")
		field := c.Fields.GetByName(name)
		if field == nil {
			next := a.through(c, name)
			if next == nil || !a.enters(c, next) {
				return next == nil && !back.MatchString(name) // unknown: the route refuses it
			}
			c = next
			continue
		}
		if !a.reads(c, field) {
			return false
		}
		relation, isRelation := field.(*core.RelationField)
		if i == len(parts)-1 || !isRelation || parts[i+1] == core.FieldNameId {
			return true // the rest of a JSON field is its own, and an id is the relation itself
		}
		next, err := a.app.FindCachedCollectionByNameOrId(relation.CollectionId)
		if err != nil || !a.enters(c, next) {
			return false
		}
		c = next
	}
	return true
}

// through is the collection at the other end of a back-relation.
func (a asking) through(c *core.Collection, name string) *core.Collection {
	found := back.FindStringSubmatch(name)
	if found == nil {
		return nil
	}
	next, err := a.app.FindCachedCollectionByNameOrId(found[1])
	if err != nil {
		return nil
	}
	relation, ok := next.Fields.GetByName(found[2]).(*core.RelationField)
	if !ok || relation.CollectionId != c.Id || !a.reads(next, relation) {
		return nil
	}
	return next
}

// reads: what has no class is for those who read all plain. The names of customers are persons'
// among others.
func (a asking) reads(c *core.Collection, field core.Field) bool {
	name := field.GetName()
	if field.GetHidden() {
		return false
	}
	if (c.Name == "customers" || c.Name == "archives") && collections.IsPersonal(name) {
		return a.reader.Reads(fields.Basic).Plain() && a.reader.ReadsContact()
	}
	class, known := collections.ClassOf(c.Name, name)
	if !known {
		return a.reader.ReadsAllPlain()
	}
	return a.reader.Reads(class).Plain()
}

// enters tells whether a path may pass into a collection. PocketBase limits such a join by the
// list rule only in part (a back-relation's "all of them" is not), so that it must not be able to
// meet rows that the reader does not see.
func (a asking) enters(from, into *core.Collection) bool {
	switch {
	case into.ListRule == nil:
		return false
	case slices.Contains(dictionaries, into.Name), a.reader.Role == "data_admin":
		return true
	case into.Name == "campaigns": // marketing sees its own, the others all
		return a.reader.Role != "marketing"
	case into.Name == "customers":
		return a.reader.SeesAll() || slices.Contains(collections.Belongings, from.Name)
	case from.Name != "customers" || !slices.Contains(collections.Belongings, into.Name):
		return false
	}
	switch into.Name {
	case "attachments": // sales do not see all of them
		return a.reader.Role == "manager" && a.reader.ReadsContact()
	case "followups", "tickets":
		return a.reader.Reads(fields.Notes).Plain()
	case "contracts", "orders":
		return !a.reader.Reads(fields.Financial).Hidden()
	}
	return true
}

// dictionaries are seen whole by every member of staff.
var dictionaries = []string{"tags", "industries", "divisions", "departments", "staff"}

// expands: what is expanded is shown by its own rules, so only relations are looked at that are
// not to be followed at all: PocketBase itself follows hidden ones. Who signs in is not known yet.
func (a asking) expands(c *core.Collection, texts []string, signingIn bool) bool {
	for _, text := range texts {
		for _, path := range strings.Split(text, ",") {
			path = strings.Trim(strings.ReplaceAll(path, " ", ""), ".")
			if path != "" && !a.expand(c, path, signingIn) {
				return false
			}
		}
	}
	return true
}

func (a asking) expand(c *core.Collection, path string, signingIn bool) bool {
	for _, part := range strings.Split(path, ".") {
		owner, name := c, part
		if found := back.FindStringSubmatch(oldBack.ReplaceAllString(part, "${1}_via_${2}")); found != nil {
			next, err := a.app.FindCachedCollectionByNameOrId(found[1])
			if err != nil {
				return true // there is nothing to follow
			}
			owner, name = next, found[2]
		}
		relation, ok := owner.Fields.GetByName(name).(*core.RelationField)
		if !ok {
			return true
		}
		if relation.Hidden || !signingIn && !a.reads(owner, relation) {
			return false
		}
		next := owner
		if owner == c {
			var err error
			if next, err = a.app.FindCachedCollectionByNameOrId(relation.CollectionId); err != nil {
				return true
			}
		}
		if next.ViewRule == nil {
			return false
		}
		c = next
	}
	return true
}

// oldBack is how PocketBase once wrote a back-relation, and still reads it.
var oldBack = regexp.MustCompile(`^(\w+)\((\w+)\)$`)
