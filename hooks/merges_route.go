package hooks

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/merge"
)

// Faults of merges.
var (
	ErrMergedAlready = fault.Define("merge_gone", "{id} 已合并到 {number}，请刷新后重新选择",
		"{id} was merged into {number} meanwhile: reload and choose again")
	ErrMergeStale = fault.Define("merge_stale", "{number} 刚刚被修改过，请刷新后重新核对",
		"{number} was changed meanwhile: reload and compare again")
	ErrMergeOwnDraft = fault.Define("merge_own_draft",
		"{number} 是您自己未审核的客户，不能自行并入有效客户；请先提交审核，或请数据管理员合并",
		"{number} is your own and nobody reviewed it: submit it first, or ask a data administrator to merge it")
	ErrMergeUndone = fault.Define("merge_undone", "这次合并已经撤销", "This merge was undone already")
	ErrUnmergeOn   = fault.Define("unmerge_merged_on",
		"保留的客户后来又合并到 {number}，请先撤销那次合并",
		"The survivor was merged into {number} since: undo that merge first")
	ErrUnmergeGone = fault.Define("unmerge_gone",
		"保留的客户已归档或删除，不能撤销合并；如已归档请先恢复",
		"The survivor was archived or deleted; restore it from the archive first")
	ErrUnmergeErased = fault.Define("unmerge_erased", "合并前的内容已按个人信息请求删除，不能撤销合并",
		"What was there before the merge was erased on request, so the merge cannot be undone")
	ErrUnmergeTaken = fault.Define("unmerge_code_taken",
		"统一社会信用代码 {code} 现在属于 {number}，不能撤销合并；请先更正那个代码",
		"The credit code {code} now belongs to {number}: mend that code first")
)

// conflicts are refusals that something else stands in the way of.
var conflicts = []string{
	merge.ErrCodes.Code, merge.ErrCertificates.Code, merge.ErrPending.Code, merge.ErrKinds.Code,
	ErrMergedAlready.Code, ErrMergeStale.Code, ErrMergeUndone.Code, ErrUnmergeOn.Code,
	ErrUnmergeGone.Code, ErrUnmergeErased.Code, ErrUnmergeTaken.Code,
}

func (h *House) bindMerges(g *router.RouterGroup[*core.RequestEvent]) {
	g.POST("/merges", h.mergeStart).BindFunc(signedIn)
	g.GET("/merges/preview", h.mergePreview).BindFunc(signedIn)
	g.POST("/merges/{id}/undo", h.mergeUndo).BindFunc(signedIn)
}

// refuseMerge answers what a merge refused.
func refuseMerge(e *core.RequestEvent, err error) error {
	if found, ok := fault.Of(err); ok {
		switch {
		case slices.Contains(conflicts, found.Code):
			return refuse(e, http.StatusConflict, found)
		case found.Code == merge.ErrReviewed.Code || found.Code == ErrMergeOwnDraft.Code:
			return refuse(e, http.StatusForbidden, found)
		}
	}
	return refuseError(e, err)
}

// mayMerge: managers within their departments, data administrators everywhere.
func mayMerge(r collections.Reader) bool {
	return r.Everything || r.Role == "data_admin" || r.Role == "manager"
}

// mergesIn tells whether the reader may merge customers of a department.
func mergesIn(r collections.Reader, department string) bool {
	return r.Everything || r.Role == "data_admin" ||
		r.Role == "manager" && contains(r.Departments, department)
}

// mergeBody is POST /merges.
type mergeBody struct {
	Keep    string            `json:"keep"`
	Merge   []string          `json:"merge"`
	Choices map[string]string `json:"choices"`
	Reason  string            `json:"reason"`
	Updated map[string]string `json:"updated"` // as the person saw them: refused when changed since
	DryRun  bool              `json:"dry_run"`
}

// errRehearsed takes a dry run back.
var errRehearsed = errors.New("rehearsed")

func (h *House) mergeStart(e *core.RequestEvent) error {
	body := mergeBody{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if !mayMerge(reader) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	var answer map[string]any
	err = e.App.RunInTransaction(func(tx core.App) error {
		m := newMerging(h, tx, reader, actorIn(e), language(e))
		m.body = body
		m.e = e
		if answer, err = m.run(); err != nil {
			return err
		}
		if body.DryRun {
			return errRehearsed
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRehearsed) {
		return refuseMerge(e, err)
	}
	answer["dry_run"] = body.DryRun
	return e.JSON(http.StatusOK, answer)
}

// mergePreview puts customers side by side: GET /merges/preview?ids=a,b&keep=a.
func (h *House) mergePreview(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if !mayMerge(reader) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	params := e.Request.URL.Query()
	m := newMerging(h, e.App, reader, actorIn(e), language(e))
	var ids []string
	for _, id := range strings.Split(params.Get("ids"), ",") {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	m.body.Keep = params.Get("keep")
	answer, err := m.preview(ids)
	if err != nil {
		return refuseMerge(e, err)
	}
	return e.JSON(http.StatusOK, answer)
}

// undoBody is POST /merges/{id}/undo.
type undoBody struct {
	DryRun bool `json:"dry_run"`
}

func (h *House) mergeUndo(e *core.RequestEvent) error {
	body := undoBody{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if !mayMerge(reader) {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	var answer map[string]any
	err = e.App.RunInTransaction(func(tx core.App) error {
		u := &unmerging{merging: newMerging(h, tx, reader, actorIn(e), language(e))}
		u.e = e
		if answer, err = u.run(e.Request.PathValue("id")); err != nil {
			return err
		}
		if body.DryRun {
			return errRehearsed
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRehearsed) {
		return refuseMerge(e, err)
	}
	answer["dry_run"] = body.DryRun
	return e.JSON(http.StatusOK, answer)
}
