package hooks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/router"

	"crypto/sha256"
	"encoding/hex"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/sheet"
)

// Limits of an upload beside the workbook itself.
const maxUpload = 210 << 20

// Faults of the routes of an import.
var (
	ErrNoFile = fault.Define("file_missing", "请选择要导入的文件（.xlsx 或 .csv）",
		"Choose the file to import (.xlsx or .csv)")
	ErrCollection = fault.Define("import_collection", "不能导入到「{name}」",
		"Nothing can be imported into “{name}”")
	ErrNoErrors = fault.Define("import_no_errors", "这次导入没有错误行", "This import has no wrong rows")
	ErrFileGone = fault.Define("import_file_gone", "工作簿已超过保存期限，不能再使用",
		"The workbook is past its retention and gone")
)

// importable are the collections that have imports of their own.
var importable = []string{"customers", "contacts", "followups", "contracts", "orders"}

func (h *House) bindImports(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/imports/template", h.importTemplate).BindFunc(signedIn)
	g.POST("/imports", h.importUpload).BindFunc(signedIn).Bind(apis.BodyLimit(maxUpload))
	g.PATCH("/imports/{id}", h.importChange).BindFunc(signedIn, h.alone)
	g.PATCH("/imports/{id}/rows/{row}", h.importMend).BindFunc(signedIn, h.alone)
	g.POST("/imports/{id}/start", h.importStart).BindFunc(signedIn, h.alone)
	g.GET("/imports/{id}", h.importShow).BindFunc(signedIn)
	g.GET("/imports/{id}/events", h.importEvents).BindFunc(signedIn)
	g.POST("/imports/{id}/cancel", h.importCancel).BindFunc(signedIn, h.alone)
	g.GET("/imports/{id}/errors.xlsx", h.importErrors).BindFunc(signedIn)
	g.POST("/imports/{id}/undo", h.importUndo).BindFunc(signedIn, h.alone)
}

// mayImport: managers into their own department, data administrators, marketing into its own campaigns
// (roles.md, Actions).
func mayImport(r collections.Reader) bool {
	return r.Everything || r.Role == "data_admin" || r.Role == "manager" && len(r.Departments) > 0 ||
		r.Role == "marketing"
}

// upload is the multipart form of POST /imports, read as a stream: nothing spills to the disk.
type upload struct {
	name, collection, sheet string
	content                 *pieces
	mapping                 map[string]string
	options                 importOptions
}

func (h *House) importUpload(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if !mayImport(reader) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	up, err := readUpload(e)
	if err != nil {
		return refuseError(e, err)
	}
	if err := h.scopeOptions(reader, up.collection, &up.options); err != nil {
		return refuseError(e, err)
	}
	if err := checkChosen(up.preview()); err != nil {
		return refuseError(e, err)
	}
	record, err := h.storeUpload(e, up)
	if err != nil {
		return refuseError(e, err)
	}
	h.imports.aside(func() { h.preview(record.Id) })
	return e.JSON(http.StatusAccepted, map[string]any{"id": record.Id, "state": "previewing"})
}

// preview is where the preview begins: with what the person chose.
func (up *upload) preview() importPreview {
	return importPreview{Sheet: up.sheet, Chosen: up.mapping, Options: up.options}
}

func readUpload(e *core.RequestEvent) (*upload, error) {
	up := &upload{collection: "customers"}
	parts, err := e.Request.MultipartReader()
	if err != nil {
		return nil, ErrNoFile.Because(err)
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, ErrBody.With("why", "multipart").Because(err)
		}
		if err := up.take(part.FormName(), part.FileName(), part); err != nil {
			return nil, err
		}
	}
	if up.content == nil {
		return nil, ErrNoFile
	}
	if !slices.Contains(importable, up.collection) {
		return nil, ErrCollection.With("name", up.collection)
	}
	return up, nil
}

const maxFormValue = 1 << 20

func (up *upload) take(field, fileName string, part io.Reader) error {
	if field == "file" {
		return up.takeFile(fileName, part)
	}
	content, err := io.ReadAll(io.LimitReader(part, maxFormValue))
	if err != nil {
		return ErrBody.With("why", field).Because(err)
	}
	switch field {
	case "sheet":
		up.sheet = string(content)
	case "collection":
		up.collection = string(content)
	case "mapping":
		return decodeJSON(content, &up.mapping, field)
	case "options":
		return decodeJSON(content, &up.options, field)
	}
	return nil
}

func (up *upload) takeFile(name string, part io.Reader) error {
	limit := sheet.DefaultLimits.FileBytes
	content, err := readPieces(part, limit)
	switch {
	case errors.Is(err, errPiecesLimit):
		return sheet.ErrFileTooLarge.With("limit", limit>>20)
	case err != nil:
		return ErrBody.With("why", "file").Because(err)
	}
	up.content, up.name = content, fileTitle(name)
	return nil
}

func decodeJSON(content []byte, into any, field string) error {
	if len(strings.TrimSpace(string(content))) == 0 {
		return nil
	}
	if err := json.Unmarshal(content, into); err != nil {
		return ErrBody.With("why", field+": JSON").Because(err)
	}
	return nil
}

// scopeOptions keeps a manager's import within the manager's departments, and finds who is meant.
func (h *House) scopeOptions(reader collections.Reader, collection string, o *importOptions) error {
	if !slices.Contains([]string{"", "skip", "update", "review"}, o.OnDuplicate) {
		return ErrBody.With("why", "on_duplicate: skip, update, review")
	}
	if err := h.intoCampaign(reader, collection, o); err != nil || reader.Role == "marketing" {
		return err
	}
	lookup := h.lookup(h.app)
	if o.Owner != "" {
		id := lookup.Staff(o.Owner)
		if id == "" || !reader.SeesAll() && !contains(reader.Departments, lookup.DepartmentOf(id)) {
			return ErrOwnerUnknown.With("value", o.Owner)
		}
		o.Owner = id
	}
	if o.Department != "" {
		id := lookup.Department(o.Department)
		if id == "" || !reader.SeesAll() && !contains(reader.Departments, id) {
			return ErrOwnerUnknown.With("value", o.Department)
		}
		o.Department = id
	}
	if !reader.SeesAll() && o.Department == "" {
		o.Department = reader.Departments[0]
	}
	return nil
}

// ErrOwnerUnknown: an owner or department that is not there, or not the importer's.
var ErrOwnerUnknown = fault.Define("owner_unknown", "没有「{value}」，或不在您的部门内",
	"There is no “{value}” within your departments")

func (h *House) storeUpload(e *core.RequestEvent, up *upload) (*core.Record, error) {
	collection, err := e.App.FindCachedCollectionByNameOrId("imports")
	if err != nil {
		return nil, err
	}
	by := actorOf(e.Auth)
	name := "workbook" + fileEnding(up.name)
	file := &filesystem.File{Reader: up.content, Name: name, OriginalName: name, Size: up.content.size}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(up.content, 0, up.content.size)); err != nil {
		return nil, err
	}
	record := core.NewRecord(collection)
	record.Load(map[string]any{"file_name": up.name, "hash": hex.EncodeToString(sum.Sum(nil)),
		"collection": up.collection, "state": "previewing", "by": by.ID, "by_name": by.Name,
		"department": up.options.Department, "options": up.options,
		"preview": up.preview()})
	record.Set("file", file)
	return record, e.App.Save(record)
}

// ownImport finds an import that the asker may work with: their own, or any for data administrators.
func (h *House) ownImport(e *core.RequestEvent) (*core.Record, error) { return own(e, "imports") }

// own finds a record of an import or export that the asker may work with.
func own(e *core.RequestEvent, collection string) (*core.Record, error) {
	record, err := e.App.FindRecordById(collection, e.Request.PathValue("id"))
	if err != nil {
		return nil, ErrMissingRecord
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return nil, err
	}
	if reader.Role != "data_admin" && record.GetString("by") != actorOf(e.Auth).ID ||
		!reads(reader, record) {
		return nil, ErrMissingRecord
	}
	return record, nil
}

// reads: neither a workbook nor an export can be masked for somebody whose role has changed since.
func reads(reader collections.Reader, record *core.Record) bool {
	if record.Collection().Name == "imports" {
		return reader.ReadsContact() || reader.Role == "marketing"
	}
	role := record.GetString("role")
	return role == "" || role == reader.Role || reader.Role == "data_admin"
}

func wrongState(record *core.Record, act, actEn string) error {
	return ErrImportState.With("state", record.GetString("state"), "act", act, "act_en", actEn)
}

// importChange mends the mapping, the sheet or the options, and makes the preview anew.
func (h *House) importChange(e *core.RequestEvent) error {
	record, err := h.ownImport(e)
	if err != nil {
		return refuseError(e, err)
	}
	if !changeable(record) {
		return refuseError(e, wrongState(record, "修改", "be changed"))
	}
	for field, fresh := range map[string]any{"next_row": 0, "counts": counts{}, "started": "",
		"finished": ""} {
		record.Set(field, fresh)
	}
	var p importPreview
	if err := record.UnmarshalJSONField("preview", &p); err != nil {
		return err
	}
	body := struct {
		Sheet   *string           `json:"sheet"`
		Mapping map[string]string `json:"mapping"`
		Options *importOptions    `json:"options"`
	}{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	if body.Sheet != nil && *body.Sheet != p.Sheet {
		p.Sheet, p.Chosen = *body.Sheet, nil
	}
	if body.Mapping != nil {
		p.Chosen = body.Mapping
	}
	if body.Options != nil {
		reader, err := collections.ReaderOf(e.App, e.Auth)
		if err != nil {
			return err
		}
		if err := h.scopeOptions(reader, record.GetString("collection"), body.Options); err != nil {
			return refuseError(e, err)
		}
		p.Options = *body.Options
	}
	if err := checkChosen(p); err != nil {
		return refuseError(e, err)
	}
	record.Set("preview", p)
	if err := h.safePreview(e.Request.Context(), record); err != nil {
		return refuseError(e, err)
	}
	if err := e.App.Save(record); err != nil {
		return err
	}
	return h.sendImport(e, record)
}

// changeable: before the start, and after a dry run, which wrote nothing. Started again, it goes the
// whole way.
func changeable(record *core.Record) bool {
	var options importOptions
	_ = record.UnmarshalJSONField("options", &options) // unreadable: no dry run
	switch record.GetString("state") {
	case "ready", "failed":
		return options.DryRun || record.GetInt("next_row") == 0
	case "done", "cancelled":
		return options.DryRun
	}
	return false
}

func (h *House) importStart(e *core.RequestEvent) error {
	record, err := h.ownImport(e)
	if err != nil {
		return refuseError(e, err)
	}
	if record.GetString("state") != "ready" {
		return refuseError(e, wrongState(record, "开始", "start"))
	}
	run, err := h.newRun(record)
	if err != nil {
		return refuseError(e, err)
	}
	if err := run.may(); err != nil {
		return refuseError(e, err)
	}
	if err := run.plan.mapping.Check(record.GetString("collection")); err != nil {
		return refuseError(e, err)
	}
	db := collections.Through(e.App.NonconcurrentDB()) // what an earlier dry run listed
	if err := db.Exec("DELETE FROM import_rows WHERE `import` = ?", record.Id); err != nil {
		return err
	}
	record.Set("state", "running")
	record.Set("started", h.options.Clock().UTC())
	if err := e.App.Save(record); err != nil {
		return err
	}
	h.imports.add(record.Id)
	return e.JSON(http.StatusAccepted, map[string]any{"id": record.Id, "state": "running"})
}

func (h *House) importShow(e *core.RequestEvent) error {
	record, err := h.ownImport(e)
	if err != nil {
		return refuseError(e, err)
	}
	return h.sendImport(e, record)
}

func (h *House) sendImport(e *core.RequestEvent, record *core.Record) error {
	answer := map[string]any{"id": record.Id}
	for _, key := range []string{"file_name", "collection", "state", "error", "note", "by",
		"by_name", "started", "finished", "created", "counts", "preview", "mapping", "options",
		"total"} {
		answer[key] = record.Get(key)
	}
	if p, running := h.imports.watch(record.Id); running {
		answer["progress"] = p
		answer["counts"] = p.Counts
		if p.Error != "" { // ended, but not written yet
			answer["state"], answer["error"] = p.State, p.Error
		}
	}
	var p importPreview
	if record.UnmarshalJSONField("preview", &p) == nil && p.Headers != nil {
		answer["headers"], answer["unmapped"] = p.Headers, p.Unmapped
		answer["sample"] = p.Sample
	}
	return e.JSON(http.StatusOK, answer)
}

// importEvents sends the progress as server-sent events until the import has ended.
func (h *House) importEvents(e *core.RequestEvent) error {
	record, err := h.ownImport(e)
	if err != nil {
		return refuseError(e, err)
	}
	header := e.Response.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no")
	control := http.NewResponseController(e.Response)
	for {
		_ = control.SetWriteDeadline(time.Now().Add(time.Minute))
		state, err := h.importState(record.Id)
		if err != nil {
			return nil
		}
		text, _ := json.Marshal(state)
		if _, err := fmt.Fprintf(e.Response, "data: %s\n\n", text); err != nil {
			return nil
		}
		_ = control.Flush()
		if state.State != "running" && state.State != "previewing" {
			return nil
		}
		select {
		case <-e.Request.Context().Done():
			return nil
		case <-time.After(400 * time.Millisecond):
		}
	}
}

func (h *House) importState(id string) (progress, error) {
	if p, running := h.imports.watch(id); running {
		return p, nil
	}
	record, err := h.app.FindRecordById("imports", id)
	if err != nil {
		return progress{}, err
	}
	p := progress{State: record.GetString("state"), Total: record.GetInt("total")}
	_ = record.UnmarshalJSONField("counts", &p.Counts)
	p.Done = p.Counts.Total
	return p, nil
}

func (h *House) importCancel(e *core.RequestEvent) error {
	record, err := h.ownImport(e)
	if err != nil {
		return refuseError(e, err)
	}
	switch record.GetString("state") {
	case "running":
		if !h.imports.stopOne(record.Id) {
			return refuseError(e, wrongState(record, "取消", "be cancelled"))
		}
	case "ready", "previewing":
		h.endImport(record.Id, "cancelled", "", nil)
	default:
		return refuseError(e, wrongState(record, "取消", "be cancelled"))
	}
	return e.JSON(http.StatusOK, map[string]any{"id": record.Id, "state": "cancelled"})
}
