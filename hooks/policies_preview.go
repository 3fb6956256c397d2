package hooks

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/policy"
	"kehu/internal/tier"
)

// ErrPreview: a policy that moves no customer.
var ErrPreview = fault.Define("policy_preview", "只有分级、价值等级、购买周期和公海的策略可以预览",
	"Only the policies tiers, value, cycle and pool have a preview")

// previewShown is how many customers a preview lists.
const previewShown = 50

func (h *House) bindPolicyPreview(g *router.RouterGroup[*core.RequestEvent]) {
	g.POST("/policies/preview", h.policyPreview).BindFunc(signedIn)
}

// move is a step of customers from one class to another, with how many take it.
type move struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
	N     int    `json:"n"`
}

// previewing counts what a policy would change; it writes nothing.
type previewing struct {
	*House
	policy tier.Policy
	cuts   tier.Cuts
	moves  map[move]int
	n      int
	items  []map[string]any
}

// policyPreview answers POST /policies/preview {key, value}: which customers would move.
func (h *House) policyPreview(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if reader.Role != "data_admin" {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	body := struct {
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	if !slices.Contains(classPolicies, body.Key) && body.Key != "pool" {
		return refuse(e, http.StatusBadRequest, ErrPreview)
	}
	set := *h.policies.Load()
	if err := set.Put(body.Key, body.Value); err != nil {
		return refuseError(e, err)
	}
	if body.Key == "pool" {
		return h.poolPreview(e, set.Pool)
	}
	p, db := &previewing{House: h, policy: set.Tiering(), moves: map[move]int{}, items: []map[string]any{}},
		collections.Through(e.App.DB())
	if err := p.run(e, db, &set); err != nil {
		return err
	}
	moves := []move{}
	for one, n := range p.moves {
		one.N = n
		moves = append(moves, one)
	}
	slices.SortFunc(moves, func(a, b move) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(b.N, a.N), cmp.Compare(a.From+a.To, b.From+b.To))
	})
	return e.JSON(http.StatusOK, map[string]any{"n": p.n, "moves": moves, "items": p.items,
		"thresholds": set.ValueLevels.Thresholds(p.cuts)})
}

func (p *previewing) run(e *core.RequestEvent, db collections.DB, set *policy.Set) (err error) {
	if p.cuts, _, err = collections.Cuts(db, set.ValueLevels, 0); err != nil {
		return err
	}
	last, err := collections.LastDoc(db)
	if err != nil {
		return err
	}
	for after := int64(0); after < last; after += tierChunk {
		if err := e.Request.Context().Err(); err != nil {
			return err
		}
		list, err := collections.TieredRows(db, after, after+tierChunk)
		if err != nil {
			return err
		}
		for _, t := range list {
			if err := p.look(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// look compares a customer's class with what it would be.
func (p *previewing) look(t *collections.Tiered) error {
	by, err := overrideOf(t)
	if err != nil {
		return err
	}
	c := p.classBy(&p.policy, t, p.cuts, by)
	is := map[string][2]string{"tier": {t.Tier, c.result.Tier}, "value_level": {t.Value, c.result.Value},
		"purchase_cycle": {t.Figures.Cycle, c.result.Cycle}}
	from, to := map[string]string{}, map[string]string{}
	for field, pair := range is {
		if pair[0] == pair[1] || field == "purchase_cycle" && pair[1] == "" {
			continue
		}
		p.moves[move{Field: field, From: pair[0], To: pair[1]}]++
		from[field], to[field] = pair[0], pair[1]
	}
	if len(from) == 0 {
		return nil
	}
	if p.n++; len(p.items) < previewShown {
		p.items = append(p.items, map[string]any{"id": t.ID, "number": t.Number, "name": t.Name, "from": from,
			"to": to, "reasons": c.result.Why.Reasons})
	}
	return nil
}

// poolPreview tells which customers a policy would give back to the pool, once their owners were told.
func (h *House) poolPreview(e *core.RequestEvent, set policy.Pool) error {
	db, n, items := collections.Through(e.App.DB()), 0, []map[string]any{}
	last, err := collections.LastDoc(db)
	if err != nil {
		return err
	}
	for after := int64(0); set.Days > 0 && after < last; after += remindChunk {
		if err := e.Request.Context().Err(); err != nil {
			return err
		}
		found, err := collections.NeglectedCustomers(db, after, after+remindChunk, h.dayBefore(set.Days))
		if err != nil {
			return err
		}
		n += len(found)
		for _, one := range found[:min(len(found), previewShown-len(items))] {
			items = append(items, map[string]any{"id": one.ID, "number": one.Number, "name": one.Name,
				"owner": h.staffName(one.Owner), "since": one.Since})
		}
	}
	return e.JSON(http.StatusOK, map[string]any{"n": n, "moves": []move{}, "items": items})
}
