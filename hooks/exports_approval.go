package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/approval"
	"kehu/internal/fault"
)

// ErrExportRefused is what an export says that nobody approved.
var ErrExportRefused = fault.Define("export_refused", "导出申请未获批准：{note}",
	"The export was not approved: {note}")

// awaits asks for the export of somebody who needs an approval, and ties the two together.
func (x *exporting) awaits(auth, export *core.Record) error {
	return x.app.RunInTransaction(func(tx core.App) error {
		request, err := x.ask(tx, auth, wanted{row: "export", collection: "exports", id: export.Id,
			reason: x.body.Reason, payload: map[string]any{"collection": x.body.Collection,
				"format": x.body.Format, "filter": x.body.Filter, "columns": export.Get("columns")}})
		if err != nil {
			return err
		}
		export.Set("approval", request.Id)
		return tx.Save(export)
	})
}

// exportDecided runs an approved export with what its requester may read now; somebody who left
// gets nothing.
func (h *House) exportDecided(d *deciding) error {
	export, err := d.app.FindRecordById("exports", d.request.GetString("subject_id"))
	if err != nil || export.GetString("state") != "awaiting_approval" {
		return &staleness{[2]string{"导出任务已不存在或已处理", "the export is gone or done"}}
	}
	if d.act != approval.Approve {
		export.Set("state", "failed")
		export.Set("error", ErrExportRefused.With("note", orDefault(d.remark, "已撤回")).In("zh"))
		return d.app.Save(export)
	}
	requester, err := d.app.FindRecordById("staff", d.request.GetString("requester"))
	if err != nil || !requester.GetBool("active") {
		return &staleness{[2]string{"申请人已停用", "the requester is deactivated"}}
	}
	job, err := h.exportAgain(d.app, requester, export)
	if err != nil {
		return err
	}
	export.Set("state", "running")
	export.Set("role", job.reader.Role)
	if err := d.app.Save(export); err != nil {
		return err
	}
	d.after = append(d.after, func() { go job.run(export) })
	return nil
}

// exportAgain checks a stored export anew, for its requester's role as it is now.
func (h *House) exportAgain(app core.App, requester, export *core.Record) (*exporting, error) {
	reader, err := collections.ReaderOf(app, requester)
	if err != nil {
		return nil, err
	}
	body := exportBody{Collection: export.GetString("collection"), Filter: export.GetString("filter"),
		Format: export.GetString("format"), Reason: export.GetString("reason")}
	if err := export.UnmarshalJSONField("columns", &body.Columns); err != nil {
		return nil, err
	}
	job := &exporting{House: h, reader: reader, body: body, by: actorOf(requester),
		info: &core.RequestInfo{Context: core.RequestInfoContextDefault, Method: "POST",
			Auth: requester, Query: map[string]string{}, Headers: map[string]string{},
			Body: map[string]any{}}}
	return job, job.check()
}
