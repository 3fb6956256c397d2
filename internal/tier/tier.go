// Package tier classifies a customer (R5.3–R5.5): value level, purchase cycle, tier and the combined
// label, by figures and by the company's rules. Every result says why.
package tier

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Figures are what is known of a customer. Days are civil dates.
type Figures struct {
	Annual, Total float64
	First         string   // first deal, "" = none
	Deal          bool     // has an order that was not cancelled, or a contract that runs or is done
	Days          []string // of purchases, in order: no refunds, no opening totals of an old register
	Influence     string
	Growth        string
	Intention     string
	Stage         string
	Cycle         string // as it was typed
}

// Override is a tier set by a person.
type Override struct {
	Tier   string `json:"tier"`
	Reason string `json:"reason"`
	By     string `json:"by"`
	ByName string `json:"by_name"`
	At     string `json:"at"`
	// ApprovedBy is who agreed, where somebody else had asked.
	ApprovedBy     string `json:"approved_by,omitempty"`
	ApprovedByName string `json:"approved_by_name,omitempty"`
}

// Overridden is the name of the rule that a person is.
const Overridden = "override"

// Reason is one fact that decided, for people.
type Reason struct {
	Input string `json:"input"`
	Zh    string `json:"zh"`
	En    string `json:"en"`
}

// Result is a customer's class. Cycle is empty where the orders do not tell: what was typed stays.
type Result struct {
	Tier, Rule, Value, Cycle string
	Why                      Why
}

// Why is stored beside a tier: by which rule and on what facts. It
// holds nothing that time alone changes, so that it stays as it is while the customer does.
type Why struct {
	Tier     string    `json:"tier"` // that the rules give, also where a person decided
	Rule     string    `json:"rule"`
	Name     string    `json:"name"`
	Annual   float64   `json:"annual_amount"`
	Reasons  []Reason  `json:"reasons"`
	Value    *Reason   `json:"value,omitempty"`
	Cycle    *Reason   `json:"cycle,omitempty"`
	Override *Override `json:"override,omitempty"`
	// WonFrom is the stage before a first deal made it 成交 by itself; "" where a person set the stage.
	WonFrom string `json:"won_from,omitempty"`
}

// Same tells whether two say the same.
func (w Why) Same(other Why) bool { return reflect.DeepEqual(w, other) }

// Policy are the three policies together.
type Policy struct {
	Rules Rules
	Value Value
	Cycle Cycle
}

// Classify decides by the policy, the register's cuts, and the day. An override stands over the rules.
func Classify(f *Figures, p *Policy, cuts Cuts, today time.Time, by *Override) Result {
	why := Why{Annual: f.Annual, Override: by}
	level, valueWhy := p.Value.level(f, cuts)
	cycle, cycleWhy := p.Cycle.of(f)
	why.Value, why.Cycle = valueWhy, cycleWhy
	facts := &facts{f, level, today}
	rule := p.Rules.first(facts)
	why.Tier, why.Rule, why.Name, why.Reasons = rule.Tier, rule.Key, rule.Name, rule.reasons(facts)
	result := Result{Tier: rule.Tier, Rule: rule.Key, Value: level, Cycle: cycle, Why: why}
	if by != nil {
		result.Tier, result.Rule = by.Tier, Overridden
	}
	return result
}

// Label is the combined label, as 制造业-重点客户-产品采购; parts that are not known are left out.
func Label(industry, tier string, demands []string) string {
	var parts []string
	if industry != "" {
		parts = append(parts, industry)
	}
	if tier != "" {
		parts = append(parts, tier+"客户")
	}
	if len(demands) > 0 {
		parts = append(parts, strings.Join(demands, "、"))
	}
	return strings.Join(parts, "-")
}

// Value is the policy of the value level: among customers with an annual amount the first High
// percent are high, the next Medium percent are medium, ties included.
type Value struct {
	High   int `json:"high_percent"`
	Medium int `json:"medium_percent"`
}

// Cuts are the least annual amounts of the two levels, as the register stands. Of counts the
// customers among whom they were taken; 0: there is none.
type Cuts struct {
	High   float64 `json:"high"`
	Medium float64 `json:"medium"`
	Of     int     `json:"of"`
}

// Places are how many customers come first for high, and for high and medium together.
func (v Value) Places(of int) (high, both int) {
	up := func(percent int) int { return (of*percent + 99) / 100 }
	return up(v.High), up(min(v.High+v.Medium, 100))
}

func (v Value) level(f *Figures, cuts Cuts) (string, *Reason) {
	if f.Annual <= 0 || cuts.Of == 0 {
		return "", nil
	}
	level := "low"
	switch {
	case f.Annual >= cuts.High:
		level = "high"
	case f.Annual >= cuts.Medium:
		level = "medium"
	}
	n := strconv.Itoa(v.High)
	if level != "high" {
		n = strconv.Itoa(v.High + v.Medium)
	}
	zh, en := "，在前"+n+"%之内", ", among the first "+n+" %"
	if level == "low" {
		zh, en = "，在前"+n+"%之外", ", not among the first "+n+" %"
	}
	return level, &Reason{"annual_amount", "近12个月成交 " + yuan(f.Annual) + zh + "：价值" + levels[level][0],
		amountEn(f.Annual) + " in the last 12 months" + en + ": value " + levels[level][1]}
}

// Thresholds say from which amounts the levels begin, as the register stands.
func (v Value) Thresholds(cuts Cuts) []Reason {
	if cuts.Of == 0 {
		return []Reason{}
	}
	one := func(percent int, cut float64, level string) Reason {
		n := strconv.Itoa(percent)
		return Reason{level, "价值" + levels[level][0] + "：前" + n + "%，门槛 " + yuan(cut),
			"value " + levels[level][1] + ": the first " + n + " %, from " + amountEn(cut)}
	}
	return []Reason{one(v.High, cuts.High, "high"), one(v.High+v.Medium, cuts.Medium, "medium")}
}

// Cycle is the policy of the purchase cycle: the median interval of purchases in days.
type Cycle struct {
	High   int `json:"high_days"`
	Medium int `json:"medium_days"`
	Orders int `json:"orders"` // the least number of purchases that tell
}

func (c Cycle) of(f *Figures) (string, *Reason) {
	days := slices.Compact(slices.Clone(f.Days)) // orders of one day are one purchase
	if len(days) < c.Orders {
		return "", nil
	}
	var gaps []float64
	for i := 1; i < len(days); i++ {
		from, err := time.Parse(time.DateOnly, days[i-1])
		to, err2 := time.Parse(time.DateOnly, days[i])
		if err == nil && err2 == nil {
			gaps = append(gaps, to.Sub(from).Hours()/24)
		}
	}
	if len(gaps) == 0 {
		return "", nil
	}
	slices.Sort(gaps)
	median := (gaps[(len(gaps)-1)/2] + gaps[len(gaps)/2]) / 2
	level, zh, en := "low", "低频", "rare"
	switch {
	case median <= float64(c.High):
		level, zh, en = "high", "高频", "frequent"
	case median <= float64(c.Medium):
		level, zh, en = "medium", "中频", "regular"
	}
	n, gap := strconv.Itoa(len(days)), strconv.FormatFloat(median, 'f', -1, 64)
	return level, &Reason{"orders", n + "次购买，间隔的中位数 " + gap + " 天：" + zh,
		n + " purchases, " + gap + " days apart in the median: " + en}
}

// yuan is an amount as people say it: 12.3 万元.
func yuan(amount float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e8, " 亿元"}, {1e4, " 万元"}} {
		if amount >= unit.size {
			return plain(amount/unit.size) + unit.name
		}
	}
	return plain(amount) + " 元"
}

func amountEn(amount float64) string { return plain(amount) + " yuan" }

func plain(n float64) string {
	text := strconv.FormatFloat(n, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
