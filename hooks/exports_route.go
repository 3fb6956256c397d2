package hooks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/search"

	"kehu/collections"
	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/industry"
	"kehu/internal/ledger"
	"kehu/internal/places"
	"kehu/internal/sheet"
)

// Limits of an export.
const (
	maxExportRows = 1_000_000
	exportPage    = 500
	minExportWhy  = 4
)

// Faults of an export.
var (
	ErrExportReason = fault.Define("export_reason", "请说明导出用途（至少4个字）",
		"Say what the export is for (at least 4 characters)")
	ErrExportColumn = fault.Define("export_column", "没有名为「{column}」的列，或不能导出",
		"There is no column “{column}” that can be exported")
	ErrExportFilter = fault.Define("export_filter", "筛选条件不正确，请核对",
		"The filter is wrong, check it")
	ErrExportGone = fault.Define("export_gone", "导出文件已失效或尚未完成",
		"The export is not ready, or has expired")
	ErrExportFormat = fault.Define("export_format", "格式须是 xlsx 或 csv", "The format is xlsx or csv")
	ErrExportLimit  = fault.Define("export_limit", "一次最多导出{n}行，请缩小筛选范围",
		"An export holds at most {n} rows, narrow the filter")
)

func (h *House) bindExports(g *router.RouterGroup[*core.RequestEvent]) {
	g.POST("/exports", h.exportStart).BindFunc(signedIn)
	g.GET("/exports/{id}", h.exportShow).BindFunc(signedIn)
	g.GET("/exports/{id}/file", h.exportFile).BindFunc(signedIn)
	h.bindExtracts(g)
}

// exportBody is POST /exports.
type exportBody struct {
	Collection string   `json:"collection"`
	Filter     string   `json:"filter"`
	Columns    []string `json:"columns"`
	Format     string   `json:"format"`
	Reason     string   `json:"reason"`
}

// exportStart takes an export from those who may: managers and data administrators; others need an
// approval (roles.md, Actions).
func (h *House) exportStart(e *core.RequestEvent) error {
	body := exportBody{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	job := &exporting{House: h, reader: reader, body: body, by: actorIn(e)}
	if job.info, err = e.RequestInfo(); err != nil {
		return err
	}
	if err := job.check(); err != nil {
		return refuseError(e, err)
	}
	record, err := job.record(mayExport(reader))
	if err != nil {
		return err
	}
	if err := h.note(e.App, actorIn(e), actExport, onRecord(record), map[string]any{
		"filter": ledger.Redact(body.Filter), "columns": record.Get("columns"),
		"reason": ledger.Redact(body.Reason), "state": record.GetString("state")}); err != nil {
		return err
	}
	state := record.GetString("state") // job.run changes the record from now on
	switch state {
	case "running":
		go job.run(record)
	case "awaiting_approval":
		if err := job.awaits(e.Auth, record); err != nil {
			return err
		}
	}
	return e.JSON(http.StatusAccepted, map[string]any{"id": record.Id, "state": state})
}

func mayExport(r collections.Reader) bool {
	return r.Everything || r.Role == "data_admin" || r.Role == "manager"
}

type exporting struct {
	*House
	reader  collections.Reader
	body    exportBody
	info    *core.RequestInfo
	by      actor
	columns []exportColumn
	tags    map[string]string
	staff   map[string]string
	deps    map[string]string
}

type exportColumn struct {
	field *fields.Field
	path  string // contacts.mobile is the primary contact's
}

func (x *exporting) check() error {
	if x.body.Collection == "" {
		x.body.Collection = "customers"
	}
	if x.body.Format == "" {
		x.body.Format = "xlsx"
	}
	switch {
	case x.body.Collection != "customers":
		return ErrCollection.With("name", x.body.Collection)
	case x.body.Format != "xlsx" && x.body.Format != "csv":
		return ErrExportFormat
	case len([]rune(strings.TrimSpace(x.body.Reason))) < minExportWhy:
		return ErrExportReason
	case len(cn.FindSensitive(x.body.Reason)) > 0:
		return errSensitiveReason()
	case x.reader.Role == "nobody":
		return ErrForbidden
	}
	if err := x.pickColumns(); err != nil {
		return err
	}
	allowed, err := x.mayFilter()
	if err != nil {
		return err
	}
	if !allowed {
		return ErrWithheld
	}
	_, err = x.query() // a wrong filter is refused now, not in the background
	return err
}

// mayFilter tells whether the reader reads all plain that the filter names.
func (x *exporting) mayFilter() (bool, error) {
	if x.reader.Everything || x.body.Filter == "" {
		return true, nil
	}
	customers, err := x.app.FindCachedCollectionByNameOrId("customers")
	if err != nil {
		return false, err
	}
	return asking{x.app, x.reader}.filters(customers, []string{x.body.Filter}), nil
}

// pickColumns: those asked for, else all; what the reader reads masked is exported masked.
func (x *exporting) pickColumns() error {
	asked := x.body.Columns
	if len(asked) == 0 {
		for _, f := range fields.Of("customers") {
			if f.Kind != fields.JSON && !f.Hidden {
				asked = append(asked, f.Key)
			}
		}
		asked = append(asked, "contacts.name", "contacts.title", "contacts.mobile", "contacts.email")
	}
	for _, path := range asked {
		collection, key := fields.Split(path)
		f, ok := fields.Get(collection, key)
		if !ok || f.Hidden || f.Kind == fields.JSON || collection != "customers" &&
			collection != "contacts" {
			return ErrExportColumn.With("column", path)
		}
		if x.reader.Reads(f.Class).Hidden() {
			continue // withheld from this role
		}
		x.columns = append(x.columns, exportColumn{f, path})
	}
	return nil
}

func (x *exporting) record(allowed bool) (*core.Record, error) {
	collection, err := x.app.FindCachedCollectionByNameOrId("exports")
	if err != nil {
		return nil, err
	}
	state := "running"
	if !allowed {
		state = "awaiting_approval"
	}
	paths := make([]string, len(x.columns))
	for i, c := range x.columns {
		paths[i] = c.path
	}
	record := core.NewRecord(collection)
	record.Load(map[string]any{"collection": x.body.Collection, "format": x.body.Format,
		"filter": x.body.Filter, "columns": paths, "reason": x.body.Reason, "state": state,
		"by": x.by.ID, "by_name": x.by.Name, "role": x.reader.Role})
	return record, x.app.RunInTransaction(func(tx core.App) error {
		if err := tx.Save(record); err != nil {
			return err
		}
		return x.note(tx, x.by, actExport, onRecord(record), map[string]any{"collection": x.body.Collection,
			"format": x.body.Format, "filter": ledger.Redact(x.body.Filter), "columns": paths,
			"reason": ledger.Redact(x.body.Reason), "state": state})
	})
}

// run writes the file and stores it encrypted.
func (x *exporting) run(record *core.Record) {
	ctx, cancel := context.WithTimeout(background(), time.Hour)
	defer cancel()
	var content bytes.Buffer
	rows, err := x.write(ctx, &content)
	if err == nil {
		var file *filesystem.File
		file, err = filesystem.NewFileFromBytes(content.Bytes(), "export."+x.body.Format)
		if err == nil {
			record.Set("file", file)
		}
	}
	record.Set("state", "done")
	record.Set("rows", rows)
	record.Set("expires", x.options.Clock().UTC().AddDate(0, 0, x.policies.Load().Exports.KeepDays))
	if err != nil {
		record.Set("state", "failed")
		record.Set("error", x.faultOf(err))
	}
	sum := sha256.Sum256(content.Bytes())
	err = x.app.RunInTransaction(func(tx core.App) error {
		if err := tx.Save(record); err != nil {
			return err
		}
		return x.note(tx, x.by, actExport, onRecord(record), map[string]any{"rows": rows,
			"state": record.GetString("state"), "sha256": hex.EncodeToString(sum[:])})
	})
	if err != nil {
		x.app.Logger().Error("export", "id", record.Id, "error", err.Error())
	}
}

// query selects the customers of the filter that the reader may see.
func (x *exporting) query() (*dbx.SelectQuery, error) {
	collection, err := x.app.FindCachedCollectionByNameOrId("customers")
	if err != nil {
		return nil, err
	}
	l := &listing{House: x.House, collection: collection, reader: x.reader, params: nil}
	query := x.app.RecordQuery(collection)
	if where := l.scope(); where != nil {
		query.AndWhere(where)
	}
	if x.body.Filter == "" {
		return query, nil
	}
	resolver := core.NewRecordFieldResolver(x.app, collection, x.info, x.reader.Everything)
	expression, err := search.FilterData(x.body.Filter).BuildExpr(resolver)
	if err != nil {
		return nil, ErrExportFilter.Because(err)
	}
	query.AndWhere(expression)
	if err := resolver.UpdateQuery(query); err != nil {
		return nil, ErrExportFilter.Because(err)
	}
	return query, nil
}

// write streams the rows in the order of their entry, page by page: memory does not grow with the
// register, and no page is read twice.
func (x *exporting) write(ctx context.Context, w io.Writer) (int, error) {
	out, err := x.open(w)
	if err != nil {
		return 0, err
	}
	if err := x.names(); err != nil {
		return 0, err
	}
	n, last := 0, int64(-1)
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		query, err := x.query()
		if err != nil {
			return n, err
		}
		page := []*core.Record{}
		err = query.AndWhere(dbx.NewExp("customers.doc > {:last}", dbx.Params{"last": last})).
			OrderBy("customers.doc").Limit(exportPage).All(&page)
		if err != nil || len(page) == 0 {
			return n, firstError(err, out.Close())
		}
		if n += len(page); n > maxExportRows {
			return n, ErrExportLimit.With("n", maxExportRows)
		}
		last = int64(page[len(page)-1].GetInt("doc"))
		if err := x.page(out, page); err != nil {
			return n, err
		}
	}
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (x *exporting) open(w io.Writer) (*sheet.Writer, error) {
	table := sheet.Table{Name: "客户"}
	for _, c := range x.columns {
		label := c.field.Zh
		if c.field.Collection == "contacts" {
			label = templateLabel(c.field)
		}
		table.Columns = append(table.Columns, sheet.Column{Header: label, Width: c.field.Width,
			Kind: sheetKind(c.field)})
	}
	if x.body.Format == "csv" {
		return sheet.NewCSV(w, nil, table)
	}
	return sheet.NewXLSX(w, x.cover(), table)
}

// cover says who, when, why, of what, and until when (R6.6).
func (x *exporting) cover() *sheet.Cover {
	now := x.now()
	return &sheet.Cover{Title: "客户导出", Lines: [][2]string{
		{"导出人", x.by.Name}, {"导出时间", now.Format("2006-01-02 15:04:05")},
		{"用途", x.body.Reason}, {"筛选", orDefault(x.body.Filter, "全部（本人可见范围）")},
		{"失效日期", now.AddDate(0, 0, x.policies.Load().Exports.KeepDays).Format("2006-01-02")},
	}}
}

// names reads the names behind the ids of the small collections, once.
func (x *exporting) names() error {
	db := collections.Through(x.app.DB())
	var err error
	for table, into := range map[string]*map[string]string{"tags": &x.tags, "staff": &x.staff,
		"departments": &x.deps} {
		if *into, err = collections.Names(db, table); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporting) page(out *sheet.Writer, page []*core.Record) error {
	contacts, err := x.primaryContacts(page)
	if err != nil {
		return err
	}
	for _, record := range page {
		row := make([]string, len(x.columns))
		for i, c := range x.columns {
			source := record
			if c.field.Collection == "contacts" {
				source = contacts[record.Id]
			}
			if source != nil {
				row[i] = x.shown(c.field, source)
			}
		}
		if err := out.Row(row); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporting) primaryContacts(page []*core.Record) (map[string]*core.Record, error) {
	first := map[string]*core.Record{}
	if !slices.ContainsFunc(x.columns, func(c exportColumn) bool {
		return c.field.Collection == "contacts"
	}) {
		return first, nil
	}
	ids := make([]any, len(page))
	for i, record := range page {
		ids[i] = record.Id
	}
	all := []*core.Record{}
	err := x.app.RecordQuery("contacts").AndWhere(dbx.In("customer", ids...)).
		OrderBy("primary DESC", "created").All(&all)
	for _, contact := range all {
		if id := contact.GetString("customer"); first[id] == nil {
			first[id] = contact
		}
	}
	return first, err
}

// shown is a value as far as the reader may read it; of class S the mask is what is stored.
func (x *exporting) shown(f *fields.Field, record *core.Record) string {
	class, _ := collections.ClassIn(record, f.Key)
	reading := x.reader.Reads(class)
	switch {
	case class == fields.Sensitive, reading.Plain():
		return x.cell(f, record)
	case reading.Hidden():
		return ""
	}
	return maskOf(f, record)
}

// cell writes a value as people read it: labels for keys, names for ids.
func (x *exporting) cell(f *fields.Field, record *core.Record) string {
	switch f.Kind {
	case fields.Select:
		return optionLabel(f, record.GetString(f.Key))
	case fields.SelectMany:
		return joinWith(record.GetStringSlice(f.Key), func(key string) string {
			return optionLabel(f, key)
		})
	case fields.Tags:
		return joinWith(record.GetStringSlice(f.Key), func(id string) string { return x.tags[id] })
	case fields.Staff:
		return x.staff[record.GetString(f.Key)]
	case fields.Department:
		return x.deps[record.GetString(f.Key)]
	case fields.Relation:
		if id := record.GetString(f.Key); f.Target == "campaigns" && id != "" {
			return collections.NameOf(collections.Through(x.app.DB()), f.Target, id)
		}
	case fields.Industry:
		i, _ := industry.Find(record.GetString(f.Key))
		return i.Name
	case fields.Division:
		return places.FullName(record.GetString(f.Key))
	case fields.Money, fields.Number:
		if n := record.GetFloat(f.Key); n != 0 {
			return strconv.FormatFloat(n, 'f', -1, 64)
		}
		return ""
	case fields.Bool:
		if record.GetBool(f.Key) {
			return "是"
		}
		return "否"
	case fields.Customer:
		number, _ := collections.NumberOf(collections.Through(x.app.DB()), record.GetString(f.Key))
		return number
	}
	return record.GetString(f.Key)
}

func optionLabel(f *fields.Field, key string) string {
	if o, ok := f.Option(key); ok {
		return o.Zh
	}
	return key
}

func joinWith(list []string, name func(string) string) string {
	names := make([]string, len(list))
	for i, one := range list {
		names[i] = name(one)
	}
	return strings.Join(names, "、")
}

func (h *House) exportShow(e *core.RequestEvent) error {
	record, err := own(e, "exports")
	if err != nil {
		return refuseError(e, err)
	}
	answer := map[string]any{"id": record.Id}
	for _, key := range []string{"collection", "format", "filter", "columns", "reason", "state",
		"rows", "error", "expires", "by", "by_name", "created"} {
		answer[key] = record.Get(key)
	}
	return e.JSON(http.StatusOK, answer)
}

// exportFile sends a finished export to whoever made it, until it expires.
func (h *House) exportFile(e *core.RequestEvent) error {
	record, err := own(e, "exports")
	if err != nil {
		return refuseError(e, err)
	}
	expired := record.GetDateTime("expires").Time().Before(h.options.Clock())
	if record.GetString("state") != "done" || expired || record.GetString("file") == "" {
		return refuse(e, http.StatusGone, ErrExportGone)
	}
	plain, err := h.openStored(e.App, record, record.GetString("file"))
	if err != nil {
		return err
	}
	defer plain.Close()
	err = h.note(e.App, actorIn(e), actDownload, onRecord(record),
		map[string]any{"rows": record.GetInt("rows")})
	if err != nil {
		return err
	}
	return sendFile(e, "客户导出-"+h.now().Format("20060102")+"."+record.GetString("format"), plain)
}
