package hooks

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/industry"
	"kehu/internal/tier"
)

// exactCuts is up to how many customers with an amount the value levels follow every change at once;
// of more of them the night takes the cuts anew (decision 21).
const exactCuts = 1000

// classified is what classification makes of a customer: the values of its columns.
type classified struct {
	result tier.Result
	label  string
}

// classOfCustomer decides by the policies in force.
func (h *House) classOfCustomer(t *collections.Tiered, cuts tier.Cuts, by *tier.Override) classified {
	policy := h.policies.Load().Tiering()
	return h.classBy(&policy, t, cuts, by)
}

func (h *House) classBy(policy *tier.Policy, t *collections.Tiered, cuts tier.Cuts, by *tier.Override) classified {
	result := tier.Classify(&t.Figures, policy, cuts, h.now(), by)
	return classified{result, labelFor(t.Industry, result.Tier, t.Demands)}
}

// labelFor is the combined label by the names that people know.
func labelFor(trade, class, demands string) string {
	section := ""
	if trade != "" {
		found, _ := industry.Find(trade[:1])
		section = found.Name
	}
	var keys, names []string
	_ = json.Unmarshal([]byte(demands), &keys) // what PocketBase stored
	for _, key := range keys {
		if o, ok := fields.MustGet("customers", "demand_types").Option(key); ok {
			name := o.Zh
			if key == "purchase" {
				name = "产品采购"
			}
			names = append(names, name)
		}
	}
	o, _ := fields.MustGet("customers", "tier").Option(class)
	return tier.Label(section, o.Zh, names)
}

// differences are the columns that are otherwise than decided, with their values.
func (c classified) differences(t *collections.Tiered) (map[string]any, error) {
	changes := map[string]any{}
	put := func(name, was, is string) {
		if was != is {
			changes[name] = is
		}
	}
	put("tier", t.Tier, c.result.Tier)
	put("tier_rule", t.Rule, c.result.Rule)
	put("value_level", t.Value, c.result.Value)
	put("label", t.Label, c.label)
	if c.result.Cycle != "" {
		put("purchase_cycle", t.Figures.Cycle, c.result.Cycle)
	}
	why, err := t.Why()
	if err != nil {
		return nil, err
	}
	if c.result.Why.WonFrom = t.WonFrom; t.Reason == "" || t.Reason == "null" || !why.Same(c.result.Why) {
		text, err := json.Marshal(c.result.Why)
		if err != nil {
			return nil, err
		}
		changes["tier_reason"] = string(text)
	}
	return changes, nil
}

// classifying is one customer's classification in the transaction of what it follows from.
type classifying struct {
	*House
	db       collections.DB
	cause    collections.Cause
	fresh    bool           // it has just come: its history begins later
	still    bool           // the cuts stay: nothing new came in
	override *tier.Override // set now; nil: the one that stands, unless rules
	rules    bool           // back to the rules
}

// classify decides anew about customers whose figures may have changed, writes what is otherwise and
// puts it into their history.
func (h *House) classify(db collections.DB, ids ...string) error {
	return h.classifier(db).customers(ids...)
}

func (h *House) classifier(db collections.DB) *classifying {
	return &classifying{House: h, db: db, cause: collections.Cause{By: system.ID, ByName: system.Name,
		At: stampOf(h.options.Clock()), Via: "system"}}
}

func (c *classifying) customers(ids ...string) error {
	state, err := collections.ReadTiering(c.db)
	if err != nil {
		return err
	}
	cuts, valued := state.Cuts, false
	var list []*collections.Tiered
	for _, id := range ids {
		t, err := collections.ReadTiered(c.db, id)
		if err != nil {
			return err
		}
		if t != nil {
			list, valued = append(list, t), valued || t.Figures.Annual > 0 || t.Value != ""
		}
	}
	if valued && !c.still {
		now, exact, err := collections.Cuts(c.db, c.policies.Load().ValueLevels, exactCuts)
		if err != nil {
			return err
		}
		if exact && now != cuts {
			if err := collections.StoreCuts(c.db, now); err != nil {
				return err
			}
			cuts = now
		} else {
			exact = false
		}
		if exact { // those whose level moved with the cuts
			crossed, err := collections.Crossed(c.db, cuts)
			if err != nil {
				return err
			}
			for _, id := range crossed {
				if slices.Contains(ids, id) {
					continue
				}
				t, err := collections.ReadTiered(c.db, id)
				if err != nil {
					return err
				}
				if err := (&classifying{House: c.House, db: c.db, cause: c.cause}).write(t, cuts); err != nil {
					return err
				}
			}
		}
	}
	for _, t := range list {
		if err := c.write(t, cuts); err != nil {
			return err
		}
	}
	return nil
}

// write stores what is otherwise.
func (c *classifying) write(t *collections.Tiered, cuts tier.Cuts) error {
	by, err := c.standing(t)
	if err != nil {
		return err
	}
	changes, err := c.classOfCustomer(t, cuts, by).differences(t)
	if err != nil || len(changes) == 0 {
		return err
	}
	if err := collections.WriteTiered(c.db, t.ID, changes); err != nil || c.fresh {
		return err
	}
	return c.remember(t, changes)
}

// standing is the override that counts for a customer.
func (c *classifying) standing(t *collections.Tiered) (*tier.Override, error) {
	if c.override != nil || c.rules {
		return c.override, nil
	}
	return overrideOf(t)
}

func overrideOf(t *collections.Tiered) (*tier.Override, error) {
	if t.Rule != tier.Overridden {
		return nil, nil
	}
	why, err := t.Why()
	return why.Override, err
}

func (c *classifying) remember(t *collections.Tiered, changes map[string]any) error {
	was := map[string]any{"tier": t.Tier, "value_level": t.Value, "purchase_cycle": t.Figures.Cycle,
		"stage": t.Figures.Stage}
	var list []collections.Change
	for _, key := range sortedKeys(changes) {
		old, told := was[key]
		if !told {
			continue
		}
		f := fields.MustGet("customers", key)
		list = append(list, collections.Change{Customer: t.ID, Collection: "customers", Record: t.ID, Field: key,
			Class: f.Class, Old: old, New: changes[key]})
	}
	return collections.AppendChanges(c.db, c.cause, list)
}

// dealsChanged derives anew what a customer takes from its orders and contracts: amounts and dates,
// the stage, the class. won tells that the stage became 成交 by it.
func (c *classifying) dealsChanged(customer string) (won bool, err error) {
	if err := collections.RefreshDeals(c.db, customer, c.now()); err != nil {
		return false, err
	}
	t, err := collections.ReadTiered(c.db, customer)
	if err != nil || t == nil {
		return false, err
	}
	if changes := c.stageByDeals(t); changes != nil {
		if err := collections.WriteTiered(c.db, customer, changes); err != nil {
			return false, err
		}
		if !c.fresh {
			if err := c.remember(t, changes); err != nil {
				return false, err
			}
		}
		if won = changes["stage"] == "won"; !won {
			if err := collections.CancelTask(c.db, wonKey(customer), c.cause.At); err != nil {
				return false, err
			}
		}
	}
	return won, c.customers(customer)
}

// stageByDeals: the first order or running contract makes a customer of somebody, one that was lost by
// a first deal after that day; where the deals that did it are gone, the stage is what it was. nil
// leaves it.
func (c *classifying) stageByDeals(t *collections.Tiered) map[string]any {
	dates := map[string]string{}
	_ = json.Unmarshal([]byte(t.StageDates), &dates) // what PocketBase stored
	f, to := &t.Figures, "won"
	switch {
	case f.Stage == "won" && !f.Deal && t.WonFrom != "":
		if to, t.WonFrom = t.WonFrom, ""; to != "lost" {
			delete(dates, "won")
		}
	case f.Stage == "won" || !f.Deal || f.Stage == "lost" && f.First <= dates["lost"]:
		return nil
	default:
		t.WonFrom = f.Stage
		if dates["won"] == "" {
			dates["won"] = orDefault(f.First, c.now().Format("2006-01-02"))
		}
	}
	text, err := jsonText(dates)
	why, whyErr := t.Why()
	if err != nil || whyErr != nil {
		return nil // what is stored is no JSON: a person looks at the stage
	}
	why.WonFrom = t.WonFrom
	reason, err := jsonText(why)
	if err != nil {
		return nil
	}
	return map[string]any{"stage": to, "stage_dates": text, "tier_reason": reason}
}

func wonKey(customer string) string { return "complete:" + customer + ":won" }

// wonTask asks for what the stage demands: the system moved it, so nothing is refused.
func (h *House) wonTask(db collections.DB, customer string) error {
	missing, owner, err := collections.MissingOf(db, customer)
	if err != nil || len(missing) == 0 {
		return err
	}
	return collections.OpenTask(db, collections.Task{Key: wonKey(customer), Kind: "complete",
		Customer: customer, Assignee: owner, Title: "补充客户资料：" + describe(missing),
		Due: stampOf(h.dueIn(h.policies.Load().SLA.Completion).At.UTC())}, stampOf(h.options.Clock()))
}

// classifySave puts a customer's class on a record that is about to be saved, with its deals as they
// stand in this transaction: the record was read before it began.
func (s *customerSaving) classifySave(isNew bool) error {
	r := s.e.Record
	t := &collections.Tiered{}
	state := collections.Tiering{}
	if !isNew {
		deals, err := collections.LastDealOf(s.db, r.Id)
		if err != nil {
			return err
		}
		for name, value := range deals {
			r.Set(name, value)
		}
		stored, err := collections.ReadTiered(s.db, r.Id)
		if err != nil {
			return err
		}
		if stored != nil {
			t = stored
		}
		if state, err = collections.ReadTiering(s.db); err != nil {
			return err
		}
	}
	f := &t.Figures
	if f.Stage != r.GetString("stage") {
		t.WonFrom = "" // a person sets it
	}
	f.Influence, f.Growth, f.Intention, f.Stage = r.GetString("influence"), r.GetString("growth"),
		r.GetString("intention"), r.GetString("stage")
	f.Cycle, t.Industry = r.GetString("purchase_cycle"), r.GetString("industry")
	demands, err := json.Marshal(r.GetStringSlice("demand_types"))
	if err != nil {
		return err
	}
	t.Demands = string(demands)
	by, err := overrideOf(t)
	if err != nil {
		return err
	}
	changes, err := s.classOfCustomer(t, state.Cuts, by).differences(t)
	for name, value := range changes {
		r.Set(name, value)
	}
	for name, value := range map[string]string{"tier": t.Tier, "tier_rule": t.Rule, "value_level": t.Value,
		"label": t.Label} {
		if _, changed := changes[name]; !changed && !isNew {
			r.Set(name, value) // as it stands: another transaction may have written it meanwhile
		}
	}
	if _, changed := changes["tier_reason"]; !changed && !isNew {
		r.Set("tier_reason", t.Reason)
	}
	return err
}

// classifyRow is the class of a row that an import is about to insert; it has no deals yet.
func (h *House) classifyRow(values map[string]any) error {
	text := func(key string) string { s, _ := values[key].(string); return s }
	t := &collections.Tiered{Industry: text("industry"), Figures: tier.Figures{Influence: text("influence"),
		Growth: text("growth"), Intention: text("intention"), Stage: text("stage")}}
	if list, ok := values["demand_types"].([]string); ok {
		demands, err := json.Marshal(list)
		if err != nil {
			return err
		}
		t.Demands = string(demands)
	}
	c := h.classOfCustomer(t, tier.Cuts{}, nil)
	values["tier"], values["tier_rule"], values["tier_reason"] = c.result.Tier, c.result.Rule, c.result.Why
	values["label"] = c.label
	return nil
}

// whyOf explains a customer's class to a reader of class F, with the amounts from which the value
// levels begin.
func (h *House) whyOf(db collections.DB, r *core.Record) (map[string]any, error) {
	state, err := collections.ReadTiering(db)
	if err != nil {
		return nil, err
	}
	var why tier.Why
	if text := strings.TrimSpace(r.GetString("tier_reason")); text != "" && text != "null" {
		if err := json.Unmarshal([]byte(text), &why); err != nil {
			return nil, err
		}
	}
	o, _ := fields.MustGet("customers", "tier").Option(r.GetString("tier"))
	return map[string]any{"tier": r.GetString("tier"), "tier_label": o.Zh, "tier_label_en": o.En,
		"rule": r.GetString("tier_rule"), "value_level": r.GetString("value_level"), "reason": why,
		"thresholds": h.policies.Load().ValueLevels.Thresholds(state.Cuts)}, nil
}
