package hooks

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ganigeorgiev/fexpr"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/dbutils"
	"github.com/pocketbase/pocketbase/tools/search"

	"kehu/collections"
	"kehu/internal/cipherdb"
	"kehu/internal/fault"
)

// ErrUnreadable answers for a list that breaks off: what stands before is not all.
var ErrUnreadable = fault.Define("database_unreadable", "数据库有一部分读不出来，磁盘可能损坏；请告诉管理员从备份恢复",
	"A part of the database cannot be read, the disk may be damaged: tell whoever runs the register to restore a backup")

// Limits of a list.
const (
	maxPerPage   = 500
	countedUpTo  = 1000 // a filtered total beyond is −1: it would read the whole register
	unknownTotal = -1
	walkedFrom   = 20_000 // rows of a scope
)

// recordsList answers GET /api/collections/{collection}/records in place of PocketBase's handler,
// with the same parameters and answer. It differs where a million rows ask for it: the rows of a
// reader are narrowed by indexed columns instead of the rule's OR, unfiltered totals come from
// counters, and filtered ones are counted up to a thousand.
func (h *House) recordsList(e *core.RequestEvent) error {
	collection, err := e.App.FindCachedCollectionByNameOrId(e.Request.PathValue("collection"))
	if err != nil {
		return refuse(e, http.StatusNotFound, ErrMissingRecord)
	}
	if collection.System || collection.IsAuth() || collection.IsView() {
		return e.Next() // PocketBase's own
	}
	if e.Auth == nil {
		return refuse(e, http.StatusUnauthorized, ErrSignIn)
	}
	l := &listing{House: h, e: e, collection: collection}
	return l.answer()
}

type listing struct {
	*House
	e          *core.RequestEvent
	collection *core.Collection
	reader     collections.Reader
	params     url.Values
}

func (l *listing) answer() error {
	var err error
	if l.reader, err = collections.ReaderOf(l.e.App, l.e.Auth); err != nil {
		return err
	}
	l.params = l.e.Request.URL.Query()
	if l.reader.Role == "nobody" || !l.reader.Everything && l.collection.ListRule == nil {
		return refuse(l.e, http.StatusForbidden, ErrForbidden)
	}
	records := []*core.Record{}
	result, err := l.fetch(&records)
	if cipherdb.Unreadable(err) {
		l.e.App.Logger().Error("list", "collection", l.collection.Name, "error", err.Error())
		return refuse(l.e, http.StatusInternalServerError, ErrUnreadable)
	}
	if err != nil {
		return l.e.BadRequestError("", err)
	}
	if err := l.total(result); err != nil {
		return err
	}
	event := &core.RecordsListRequestEvent{RequestEvent: l.e, Records: records, Result: result}
	event.Collection = l.collection
	return l.e.App.OnRecordsListRequest().Trigger(event, func(e *core.RecordsListRequestEvent) error {
		if err := apis.EnrichRecords(e.RequestEvent, e.Records); err != nil {
			return err
		}
		return e.JSON(http.StatusOK, e.Result)
	})
}

func (l *listing) fetch(records *[]*core.Record) (*search.Result, error) {
	query, resolver, err := l.query()
	if err != nil {
		return nil, err
	}
	params := url.Values{"skipTotal": {"1"}}
	for _, key := range []string{"page", "perPage", "filter"} {
		if l.params.Get(key) != "" {
			params.Set(key, l.params.Get(key))
		}
	}
	if sort := l.sort(); sort != "" {
		params.Set("sort", sort)
	}
	provider := search.NewProvider(resolver).Query(query).CountCol("_rowid_")
	if err := provider.Parse(params.Encode()); err != nil {
		return nil, err
	}
	if perPage := atoi(l.params.Get("perPage")); perPage > maxPerPage {
		provider.PerPage(maxPerPage)
	}
	return provider.Exec(records)
}

// query selects the rows that the reader may see.
func (l *listing) query() (*dbx.SelectQuery, *core.RecordFieldResolver, error) {
	info, err := l.e.RequestInfo()
	if err != nil {
		return nil, nil, err
	}
	query := l.e.App.RecordQuery(l.collection)
	resolver := core.NewRecordFieldResolver(l.e.App, l.collection, info, true)
	switch {
	case l.reader.Everything:
	case l.collection.Name == "customers":
		if where := l.scope(); where != nil {
			query.AndWhere(where)
		}
	case *l.collection.ListRule != "":
		rule, err := search.FilterData(*l.collection.ListRule).BuildExpr(resolver)
		if err != nil {
			return nil, nil, err
		}
		query.AndWhere(rule)
		if l.reader.Role == "sales" && slices.Contains(collections.Belongings, l.collection.Name) {
			query.AndWhere(l.own())
		}
	}
	for _, field := range l.held() {
		query.AndWhere(dbx.NewExp("[[" + l.collection.Name + "." + field + "]] != ''"))
	}
	resolver.SetAllowHiddenFields(l.reader.Everything)
	return query, resolver, nil
}

// own narrows what belongs to customers by what follows from the rule for sales: by their own customers, who
// are few. The rule alone would look at every row of the register for its customer's owner.
func (l *listing) own() dbx.Expression {
	name := l.collection.Name
	return dbx.NewExp("[["+name+".id]] IN (SELECT b.id FROM customers o CROSS JOIN {{"+name+"}} b ON b.customer = o.id "+
		"WHERE o.owner = {:own})", dbx.Params{"own": l.reader.ID})
}

// held are the fields that the filter holds equal to some text and whose index leaves out what is empty.
// That they are not empty follows from the filter, but SQLite wants it said before it takes such an
// index (https://sqlite.org/partialindex.html): whoever asks for a number would read the whole register.
func (l *listing) held() (fields []string) {
	parsed, err := fexpr.Parse(l.params.Get("filter"))
	if err != nil {
		return nil // told of where it is used
	}
	for _, text := range l.collection.Indexes {
		index := dbutils.ParseIndex(text)
		if len(index.Columns) == 0 {
			continue
		}
		field := index.Columns[0].Name
		if strings.ReplaceAll(index.Where, "`", "") == field+" != ''" && heldEqual(parsed, field) &&
			!slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// heldEqual tells whether a filter is met only where a field is some text.
func heldEqual(filter []fexpr.ExprGroup, field string) bool {
	for _, group := range filter {
		if group.Join != fexpr.JoinAnd {
			return false
		}
	}
	for _, group := range filter {
		switch item := group.Item.(type) {
		case fexpr.Expr:
			if item.Op == fexpr.SignEq && item.Left.Type == fexpr.TokenIdentifier && item.Left.Literal == field &&
				item.Right.Type == fexpr.TokenText && item.Right.Literal != "" {
				return true
			}
		case []fexpr.ExprGroup:
			if heldEqual(item, field) {
				return true
			}
		}
	}
	return false
}

// scope narrows customers by the reader's rows. For a manager's or marketing's page in the order of an index it
// takes the first rows of each department from that index and merges them: an IN would sort them
// all.
func (l *listing) scope() dbx.Expression {
	condition, args := l.reader.Where()
	if condition == "" {
		return nil
	}
	if order, ok := l.indexedOrder(); ok &&
		(l.reader.Role == "manager" || l.reader.Role == "marketing") {
		condition, args = l.reader.FirstOfEach(order, l.lastRow())
	} else if l.walks() {
		condition = strings.ReplaceAll(condition, "customers.", "+customers.") // no index of the scope's own
	}
	params := dbx.Params{}
	var out strings.Builder
	for i, piece := range strings.Split(condition, "?") {
		if i > 0 {
			name := "scope" + string(rune('a'+(i-1)/26)) + string(rune('a'+(i-1)%26))
			params[name] = args[i-1]
			out.WriteString("{:" + name + "}")
		}
		out.WriteString(piece)
	}
	return dbx.NewExp(out.String(), params)
}

// walks tells whether a filtered page in the order of change is found sooner by going through the index of
// that order, which holds what customers are filtered by and whose they are, than by reading and
// sorting all rows of a scope.
func (l *listing) walks() bool {
	if l.params.Get("filter") == "" || strings.TrimLeft(l.sort(), "+-") != "updated" {
		return false
	}
	n, ok, err := collections.Total(collections.Through(l.e.App.DB()), l.reader)
	return err == nil && ok && n > walkedFrom
}

// indexedOrder tells whether the page is asked for in the order of an index behind owner and
// department, with nothing filtered.
func (l *listing) indexedOrder() (order string, ok bool) {
	if l.params.Get("filter") != "" {
		return "", false
	}
	switch sort := l.sort(); strings.TrimLeft(sort, "+-") {
	case "created", "updated":
		order = strings.TrimLeft(sort, "+-")
		if sort[0] == '-' {
			order += " DESC"
		}
	}
	return order, order != ""
}

// sort is what the page is to be sorted by. The order of the row ids, which the admin UI asks for, is
// that of creation, but for what compacting the database does to it; for customers there is an index.
func (l *listing) sort() string {
	sort := l.params.Get("sort")
	if l.collection.Name == "customers" && strings.TrimLeft(sort, "+-") == "@rowid" {
		return strings.Replace(sort, "@rowid", "created", 1)
	}
	return sort
}

func (l *listing) lastRow() int {
	perPage := min(max(atoi(l.params.Get("perPage")), 0), maxPerPage)
	if perPage == 0 {
		perPage = search.DefaultPerPage
	}
	return perPage * max(1, atoi(l.params.Get("page")))
}

// total fills the totals, unless they were not asked for.
func (l *listing) total(result *search.Result) error {
	if skip := l.params.Get("skipTotal"); skip == "1" || skip == "true" {
		return nil
	}
	n, err := l.count()
	if err != nil {
		return err
	}
	result.TotalItems, result.TotalPages = n, n
	if n >= 0 {
		result.TotalPages = int(math.Ceil(float64(n) / float64(result.PerPage)))
	}
	return nil
}

func (l *listing) count() (int, error) {
	if l.collection.Name == "customers" && l.params.Get("filter") == "" {
		if n, ok, err := collections.Total(collections.Through(l.e.App.DB()), l.reader); ok {
			return n, err
		}
	}
	query, resolver, err := l.query()
	if err != nil {
		return 0, err
	}
	if filter := l.params.Get("filter"); filter != "" {
		expression, err := search.FilterData(filter).BuildExpr(resolver)
		if err != nil {
			return 0, err
		}
		query.AndWhere(expression)
	}
	if err := resolver.UpdateQuery(query); err != nil {
		return 0, err
	}
	query.Select("[[" + l.collection.Name + "]].[[id]]").Limit(countedUpTo + 1)
	found := []string{}
	if err := query.Column(&found); err != nil {
		return 0, err
	}
	if len(found) > countedUpTo {
		return unknownTotal, nil
	}
	return len(found), nil
}

func atoi(text string) int {
	n := 0
	for _, r := range text {
		if r < '0' || r > '9' || n > 1<<30 {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}
