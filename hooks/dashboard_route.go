package hooks

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/industry"
)

// Limits of the dashboard.
const (
	dashboardMonths = 12
	dashboardPeople = 50     // owners and departments, those with the most customers
	dashboardMost   = 10_000 // to where overdue work and pairs are counted
	progressDays    = 30     // for which the work that was done counts
)

func (h *House) bindDashboard(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/dashboard", h.dashboard).BindFunc(signedIn)
}

// figure is one number with what leads to its list.
type figure struct {
	Key        string `json:"key"`
	Label      string `json:"label"`
	LabelEn    string `json:"label_en"`
	N          int    `json:"n"`
	Collection string `json:"collection"`
	Filter     string `json:"filter"`
	More       bool   `json:"more,omitempty"` // there are more than n
}

// dashboard answers GET /dashboard (R14.3): numbers of the rows that the asker may see.
func (h *House) dashboard(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	db := collections.Through(e.App.DB())
	if err := h.foldCounts(db); err != nil {
		return err
	}
	counts, err := collections.Counts(db, reader)
	if err != nil {
		return err
	}
	answer := map[string]any{"at": h.minute()}
	total := 0
	for _, n := range counts["kind"] {
		total += n
	}
	answer["total"] = figure{Key: "total", Label: "客户", LabelEn: "Customers", N: total, Collection: "customers"}
	for _, key := range []string{"stage", "tier", "value_level", "status", "kind", "relationship", "macro_region"} {
		answer[key] = byOption(key, counts[key])
	}
	answer["industry"] = byIndustry(counts["industry"])
	answer["created"] = h.byMonth(counts["created"])
	for _, column := range []string{"owner", "department"} {
		if answer[column], err = byPeople(db, reader, column); err != nil {
			return err
		}
	}
	quality := map[string]any{"completeness": byCompleteness(counts["complete"]),
		"freshness": h.byFreshness(counts["fresh"])}
	if reader.Role == "manager" || reader.Role == "data_admin" {
		n, err := collections.OpenPairs(db, reader, dashboardMost+1)
		if err != nil {
			return err
		}
		quality["duplicates"] = upTo(figure{Key: "duplicates", Label: "疑似重复", LabelEn: "Suspected duplicates",
			N: n, Collection: "duplicate_pairs", Filter: `state="open"`})
	}
	answer["quality"] = quality
	state, err := collections.ReadTiering(db)
	if err != nil {
		return err
	}
	answer["classifying"] = state.Todo != ""
	if answer["overdue"], err = h.overdueWork(e, db, reader); err != nil {
		return err
	}
	if reader.Role == "manager" || reader.Role == "data_admin" {
		month := stampOf(h.options.Clock().AddDate(0, 0, -progressDays))
		if answer["progress"], err = collections.ProgressOf(db, reader.Departments, reader.Role == "data_admin", h.minute(),
			month, dashboardMost, dashboardPeople); err != nil {
			return err
		}
	}
	return e.JSON(http.StatusOK, answer)
}

// minute is the present one: what is overdue is told by it, so that a filter stays the same for a while.
func (h *House) minute() string { return stampOf(h.options.Clock().Truncate(time.Minute)) }

// FoldCounts adds up the counters of the dashboard, in parts: whoever saves meanwhile waits for one of them.
func (h *House) FoldCounts() error {
	for more := true; more; {
		err := h.app.RunInTransaction(func(tx core.App) (err error) {
			more, err = collections.FoldSome(collections.Through(tx.DB()))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// foldCounts does so where much was noted.
func (h *House) foldCounts(db collections.DB) error {
	much, err := collections.CountsToFold(db)
	if err != nil || !much {
		return err
	}
	return h.FoldCounts()
}

// upTo says of a number that was counted to a limit that there are more.
func upTo(f figure) figure {
	if f.N > dashboardMost {
		f.N, f.More = dashboardMost, true
	}
	return f
}

const unknownZh, unknownEn = "未填写", "Not given"

// byOption lists a select's values in their order, then those without one.
func byOption(key string, counts map[string]int) []figure {
	list := []figure{}
	for _, o := range fields.MustGet("customers", key).Options {
		list = append(list, figure{o.Key, o.Zh, o.En, counts[o.Key], "customers", fmt.Sprintf("%s=%q", key, o.Key), false})
	}
	if counts[""] > 0 {
		list = append(list, figure{"", unknownZh, unknownEn, counts[""], "customers", key + `=""`, false})
	}
	return list
}

func byIndustry(counts map[string]int) []figure {
	list := []figure{}
	for section, n := range counts {
		if n <= 0 {
			continue
		}
		one := figure{section, unknownZh, unknownEn, n, "customers", `industry=""`, false}
		if found, ok := industry.Find(section); ok {
			one.Label, one.LabelEn, one.Filter = found.Name, found.Name, fmt.Sprintf(`industry~"%s%%"`, section)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, mostFirst)
	return list
}

func mostFirst(a, b figure) int {
	return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Key, b.Key))
}

// china is the zone of the months by which customers are counted.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// months are the last ones, the present first, as moments at which each begins.
func (h *House) months(n int) []time.Time {
	now := h.options.Clock().In(china)
	list := make([]time.Time, n)
	for i := range list {
		list[i] = time.Date(now.Year(), now.Month()-time.Month(i), 1, 0, 0, 0, 0, china)
	}
	return list
}

func (h *House) byMonth(counts map[string]int) []figure {
	list := []figure{}
	for _, begin := range h.months(dashboardMonths) {
		key := begin.Format("2006-01")
		list = append(list, figure{key, key, key, counts[key], "customers", fmt.Sprintf("created>=%q && created<%q",
			collections.Stamp(begin), collections.Stamp(begin.AddDate(0, 1, 0))), false})
	}
	return list
}

// byFreshness tells when customers were last saved or verified, by whole months.
func (h *House) byFreshness(counts map[string]int) []figure {
	bands := []struct {
		months  int
		zh, en  string
		through string
	}{{3, "3个月内更新", "Within 3 months", "m3"}, {6, "3至6个月未更新", "3 to 6 months ago", "m6"},
		{12, "6至12个月未更新", "6 to 12 months ago", "m12"}, {0, "12个月以上未更新", "Longer ago", "older"}}
	list, newer := []figure{}, time.Time{}
	for _, b := range bands {
		one := figure{Key: b.through, Label: b.zh, LabelEn: b.en, Collection: "customers"}
		var from time.Time
		var parts []string
		if b.months > 0 {
			all := h.months(b.months)
			from = all[len(all)-1]
			parts = append(parts, fmt.Sprintf("(verified>=%q || updated>=%q)", from.Format(time.DateOnly),
				collections.Stamp(from)))
		}
		if !newer.IsZero() {
			parts = append(parts, fmt.Sprintf("verified<%q && updated<%q", newer.Format(time.DateOnly),
				collections.Stamp(newer)))
		}
		for month, n := range counts {
			if (from.IsZero() || month >= from.Format("2006-01")) && (newer.IsZero() || month < newer.Format("2006-01")) {
				one.N += n
			}
		}
		one.Filter, newer = strings.Join(parts, " && "), from
		list = append(list, one)
	}
	return list
}

func byCompleteness(counts map[string]int) []figure {
	return []figure{
		{"yes", "资料完整", "Complete", counts["yes"], "customers", `missing="[]"`, false},
		{"no", "资料待补充", "Incomplete", counts["no"], "customers", `missing!="[]"`, false},
	}
}

// byPeople are the owners or departments with the most customers.
func byPeople(db collections.DB, reader collections.Reader, column string) ([]figure, error) {
	counts, err := collections.CountsOfPeople(db, reader, column)
	if err != nil {
		return nil, err
	}
	names, err := collections.Names(db, map[string]string{"owner": "staff", "department": "departments"}[column])
	if err != nil {
		return nil, err
	}
	list := []figure{}
	for id, n := range counts {
		if n <= 0 {
			continue
		}
		one := figure{id, unknownZh, unknownEn, n, "customers", fmt.Sprintf("%s=%q", column, id), false}
		if name := names[id]; name != "" {
			one.Label, one.LabelEn = name, name
		}
		list = append(list, one)
	}
	slices.SortFunc(list, mostFirst)
	return list[:min(len(list), dashboardPeople)], nil
}

// overdueWork counts tasks and requests past their time, those that the asker may list.
func (h *House) overdueWork(e *core.RequestEvent, db collections.DB, reader collections.Reader) ([]figure, error) {
	now := h.minute()
	all := reader.Role == "data_admin"
	tasks, err := collections.OverdueTasks(db, reader.ID, all, now, dashboardMost+1)
	if err != nil {
		return nil, err
	}
	filter := fmt.Sprintf(`state="open" && due!="" && due<%q`, now)
	list := []figure{upTo(figure{Key: "tasks", Label: "超期待办", LabelEn: "Overdue tasks", N: tasks,
		Collection: "tasks", Filter: filter})}
	requests, err := h.overdueRequests(e, reader, now)
	if err != nil {
		return nil, err
	}
	return append(list, upTo(figure{Key: "approvals", Label: "超期审批", LabelEn: "Overdue requests", N: requests,
		Collection: "approvals", Filter: filter})), nil
}

func (h *House) overdueRequests(e *core.RequestEvent, reader collections.Reader, now string) (int, error) {
	collection, err := e.App.FindCachedCollectionByNameOrId("approvals")
	if err != nil {
		return 0, err
	}
	if collection.ListRule == nil && !reader.Everything || reader.Role == "nobody" {
		return 0, nil
	}
	l := &listing{House: h, e: e, collection: collection, reader: reader}
	query, resolver, err := l.query()
	if err != nil {
		return 0, err
	}
	query.AndWhere(dbx.NewExp("approvals.state = 'open' AND approvals.due != '' AND approvals.due < {:dashnow}",
		dbx.Params{"dashnow": now}))
	if err := resolver.UpdateQuery(query); err != nil {
		return 0, err
	}
	ids := []string{}
	err = query.Select("approvals.id").Distinct(true).Limit(dashboardMost + 1).Column(&ids)
	return len(ids), err
}
