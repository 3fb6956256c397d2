package hooks

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/mask"
	alike "kehu/internal/match"
)

// ErrPairDecided: somebody was faster.
var ErrPairDecided = fault.Define("pair_decided", "这一对已经有人处理过了，请刷新列表",
	"Somebody has decided on this pair already, reload the list")

// ErrReasonShort: a decision has a reason that others understand later.
var ErrReasonShort = fault.Define("reason_short", "请填写理由，至少{n}个字", "Give a reason of {n} characters at least")

// Lengths of the list of pairs.
const (
	pairsUsual = 100
	pairsMost  = 500
)

func (h *House) bindDuplicates(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/duplicates", h.duplicatesList).BindFunc(signedIn)
	g.POST("/duplicates/scan", h.duplicatesScan).BindFunc(signedIn)
	g.POST("/duplicates/{id}/distinct", h.duplicatesDistinct).BindFunc(signedIn)
}

// judge is who decides on duplicates: managers in their departments, data administrators (roles.md).
func (h *House) judge(e *core.RequestEvent) (collections.Reader, error) {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err == nil && !reader.Everything && reader.Role != "manager" && reader.Role != "data_admin" {
		err = ErrForbidden
	}
	return reader, err
}

// duplicatesList answers the pairs of the reader's rows, and the groups that they make.
func (h *House) duplicatesList(e *core.RequestEvent) error {
	reader, err := h.judge(e)
	if err != nil {
		return refuseError(e, err)
	}
	query := e.Request.URL.Query()
	state := query.Get("state")
	if !slices.Contains([]string{"open", "distinct", "merged"}, state) {
		state = "open"
	}
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit < 1 {
		limit = pairsUsual
	}
	db := collections.Through(e.App.DB())
	list, err := collections.Pairs(db, reader, state, min(limit, pairsMost))
	if err != nil {
		return err
	}
	groups, err := collections.GroupPairs(db, list)
	if err != nil {
		return err
	}
	shown, ids := []map[string]any{}, map[string]bool{}
	for _, p := range list {
		shown = append(shown, h.shownPair(reader, p, language(e)))
		ids[p.A.ID], ids[p.B.ID] = ids[p.A.ID] || p.A.Seen, ids[p.B.ID] || p.B.Seen
	}
	for i := range groups { // of those out of the reader's sight, only the pairs tell
		groups[i].Customers = slices.DeleteFunc(groups[i].Customers, func(id string) bool { return !ids[id] })
	}
	scan := h.scanShown()
	if scan["pending"], err = collections.PendingTotal(db); err != nil {
		return err
	}
	if scan["todo"], err = collections.TodoTotal(db, todoMost); err != nil {
		return err
	}
	if len(list) > 0 {
		if err := h.noteLater(actorIn(e), actList, on("duplicate_pairs", ""),
			map[string]any{"n": len(list), "state": state}); err != nil {
			return err
		}
	}
	return e.JSON(http.StatusOK, map[string]any{"pairs": shown, "groups": groups, "scan": scan})
}

func (h *House) shownPair(reader collections.Reader, p collections.Pair, lang string) map[string]any {
	reasons, codes := []string{}, []string{}
	for _, r := range p.Reasons {
		reasons, codes = append(reasons, r.In(lang)), append(codes, string(r))
	}
	shown := map[string]any{"id": p.ID, "state": p.State, "level": p.Level, "score": p.Score,
		"reasons": reasons, "codes": codes, "a": h.shownSide(reader, p.A), "b": h.shownSide(reader, p.B)}
	for key, text := range map[string]string{"reason": p.Reason, "decided_by": p.By,
		"confirmed_reason": p.ConfirmedReason, "confirmed_by": p.ConfirmedBy} {
		if text != "" {
			shown[key] = text
		}
	}
	return shown
}

// shownSide is one customer of a pair: of one that the reader may not see, only who owns it (R4.3).
func (h *House) shownSide(reader collections.Reader, side collections.PairSide) map[string]any {
	shown := map[string]any{"owner": h.staffName(side.Owner)}
	if !side.Seen {
		return shown
	}
	shown["id"], shown["number"], shown["kind"] = side.ID, side.Number, side.Kind
	if side.Kind == "individual" && !reader.Reads(fields.Contact).Plain() {
		shown["masked"] = map[string]string{"name": mask.Person(side.Name)}
	} else {
		shown["name"] = side.Name
	}
	return shown
}

func (h *House) scanShown() map[string]any {
	s := h.scanState()
	shown := map[string]any{"state": s.State, "pairs": s.Pairs}
	switch s.State {
	case "":
		shown["state"] = "never"
	case "running":
		shown["progress"] = alike.Progress(s.At)
	case "done":
		shown["progress"] = 1
	}
	if !s.Started.IsZero() {
		shown["started"] = stampOf(s.Started)
	}
	if !s.Finished.IsZero() {
		shown["finished"] = stampOf(s.Finished)
	}
	return shown
}

// duplicatesScan has the whole register compared, in the background.
func (h *House) duplicatesScan(e *core.RequestEvent) error {
	if _, err := h.judge(e); err != nil {
		return refuseError(e, err)
	}
	if h.scanState().State != "running" {
		if err := h.note(e.App, actorIn(e), actScan, on("duplicate_pairs", ""), nil); err != nil {
			return err
		}
		if err := h.beginScan(); err != nil {
			return err
		}
	}
	h.wakeUpkeep()
	return e.JSON(http.StatusAccepted, h.scanShown())
}

// duplicatesDistinct remembers that two customers are not one.
func (h *House) duplicatesDistinct(e *core.RequestEvent) error {
	reader, err := h.judge(e)
	if err != nil {
		return refuseError(e, err)
	}
	var body struct {
		Reason string `json:"reason"`
	}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	if len([]rune(body.Reason)) < minReason {
		return refuse(e, http.StatusBadRequest, ErrReasonShort.With("n", minReason))
	}
	who := actorIn(e)
	err = e.App.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		pair, err := collections.PairOf(db, reader, e.Request.PathValue("id"))
		if err != nil {
			return err
		}
		if pair == nil {
			return ErrMissingRecord
		}
		ok, err := collections.MarkDistinct(db, pair, body.Reason, who.ID, who.Name,
			stampOf(h.options.Clock().UTC()))
		if err == nil && !ok {
			err = ErrPairDecided
		}
		if err != nil {
			return err
		}
		return h.note(tx, who, actDistinct, on("duplicate_pairs", pair.ID),
			map[string]any{"a": pair.A.ID, "b": pair.B.ID, "reason": body.Reason})
	})
	if err != nil {
		return refuseError(e, err)
	}
	return e.JSON(http.StatusOK, map[string]any{"id": e.Request.PathValue("id"), "state": "distinct"})
}
