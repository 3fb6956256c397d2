package tier

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kehu/internal/fault"
)

// Order of the tiers, the highest first.
var Order = []string{"strategic", "key", "normal", "potential"}

// Rules decide the tier, the first that holds. Where none does the tier is the last one.
type Rules []Rule

// Rule gives a tier where all conditions of All hold and, if there are any, one of Any.
type Rule struct {
	Key  string      `json:"key"`
	Tier string      `json:"tier"`
	Name string      `json:"name"`
	All  []Condition `json:"all,omitempty"`
	Any  []Condition `json:"any,omitempty"`
}

// Condition compares an input: numbers with AtLeast, words with Is. Of is how many quarters are
// looked at, the present one included.
type Condition struct {
	Input   string   `json:"input"`
	AtLeast *float64 `json:"at_least,omitempty"`
	Of      int      `json:"of,omitempty"`
	Is      []string `json:"is,omitempty"`
}

// fallback is the rule of customers for whom no other holds.
var fallback = Rule{Key: "none", Tier: Order[len(Order)-1], Name: "没有达到其他分级的条件"}

// facts are a customer's figures with what follows of them.
type facts struct {
	*Figures
	value string
	today time.Time
}

// input is one thing that a condition may compare.
type input struct {
	zh, en string
	number func(*facts, Condition) float64
	word   func(*facts) string
	words  map[string][2]string
}

var levels = map[string][2]string{"high": {"高", "high"}, "medium": {"中", "medium"}, "low": {"低", "low"}}

var inputs = map[string]input{
	"annual_amount": {zh: "近12个月成交", en: "amount of the last 12 months",
		number: func(f *facts, _ Condition) float64 { return f.Annual }},
	"total_amount": {zh: "累计成交", en: "total amount",
		number: func(f *facts, _ Condition) float64 { return f.Total }},
	"months": {zh: "合作月数", en: "months of business",
		number: func(f *facts, c Condition) float64 { return f.months(c) }},
	"quarters": {zh: "有采购的季度", en: "quarters with a purchase",
		number: func(f *facts, c Condition) float64 { return f.quarters(c.Of) }},
	"purchases": {zh: "购买次数", en: "purchases",
		number: func(f *facts, _ Condition) float64 { return float64(len(slices.Compact(slices.Clone(f.Days)))) }},
	"value_level": {zh: "价值等级", en: "value level", words: levels,
		word: func(f *facts) string { return f.value }},
	"influence": {zh: "行业影响力", en: "influence", words: levels,
		word: func(f *facts) string { return f.Influence }},
	"growth": {zh: "增长潜力", en: "growth", words: levels,
		word: func(f *facts) string { return f.Growth }},
	"intention": {zh: "合作意向", en: "intention", words: levels,
		word: func(f *facts) string { return f.Intention }},
	"stage": {zh: "合作阶段", en: "stage", word: func(f *facts) string { return f.Stage },
		words: map[string][2]string{"potential": {"潜在", "potential"}, "intent": {"意向", "interested"},
			"won": {"成交", "customer"}, "lost": {"流失", "lost"}}},
	"deal": {zh: "成交记录", en: "deal", words: map[string][2]string{"yes": {"有", "yes"}, "no": {"无", "no"}},
		word: func(f *facts) string {
			if f.Deal {
				return "yes"
			}
			return "no"
		}},
}

// months answers the wanted number where that many months have passed since the first deal, else 0:
// what matters is the day on which they are full.
func (f *facts) months(c Condition) float64 {
	if f.First == "" || c.AtLeast == nil {
		return 0
	}
	if f.First <= MonthsBefore(f.today, int(*c.AtLeast)).Format(time.DateOnly) {
		return *c.AtLeast
	}
	return 0
}

// MonthsBefore is the same day some months earlier, or the last day of that month.
func MonthsBefore(day time.Time, months int) time.Time {
	first := time.Date(day.Year(), day.Month()-time.Month(months), 1, 0, 0, 0, 0, day.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(day.Day(), last)-1)
}

// quarterOf numbers the quarters of a calendar date.
func quarterOf(day string) (int, bool) {
	t, err := time.Parse(time.DateOnly, day)
	return t.Year()*4 + (int(t.Month())-1)/3, err == nil
}

func (f *facts) quarters(of int) float64 {
	now := f.today.Year()*4 + (int(f.today.Month())-1)/3
	seen := map[int]bool{}
	for _, day := range f.Days {
		if q, ok := quarterOf(day); ok && q <= now && q > now-of {
			seen[q] = true
		}
	}
	return float64(len(seen))
}

func (c Condition) holds(f *facts) bool {
	in := inputs[c.Input]
	if in.number != nil {
		return c.AtLeast != nil && in.number(f, c) >= *c.AtLeast
	}
	return in.word != nil && slices.Contains(c.Is, in.word(f))
}

func (r Rule) holds(f *facts) bool {
	for _, c := range r.All {
		if !c.holds(f) {
			return false
		}
	}
	return len(r.Any) == 0 || slices.ContainsFunc(r.Any, func(c Condition) bool { return c.holds(f) })
}

func (rules Rules) first(f *facts) Rule {
	for _, r := range rules {
		if r.holds(f) {
			return r
		}
	}
	return fallback
}

// reasons are the conditions that held, in words.
func (r Rule) reasons(f *facts) []Reason {
	found := []Reason{}
	for _, c := range slices.Concat(r.All, r.Any) {
		if c.holds(f) {
			found = append(found, c.reason(f))
		}
	}
	return found
}

func (c Condition) reason(f *facts) Reason {
	in := inputs[c.Input]
	if in.word != nil {
		words := in.words[in.word(f)]
		return Reason{c.Input, in.zh + "：" + words[0], in.en + ": " + words[1]}
	}
	least := plain(*c.AtLeast)
	switch c.Input {
	case "months":
		return Reason{c.Input, "自" + f.First + "起合作，已满" + least + "个月",
			"in business since " + f.First + ", " + least + " months at least"}
	case "quarters":
		n, of := plain(f.quarters(c.Of)), strconv.Itoa(c.Of)
		return Reason{c.Input, "最近" + of + "个季度中有" + n + "个季度采购（门槛" + least + "个）",
			"purchases in " + n + " of the last " + of + " quarters (" + least + " wanted)"}
	case "annual_amount", "total_amount":
		n := in.number(f, c)
		return Reason{c.Input, in.zh + " " + yuan(n) + "，达到门槛 " + yuan(*c.AtLeast),
			in.en + ": " + amountEn(n) + ", " + amountEn(*c.AtLeast) + " wanted"}
	}
	n := plain(in.number(f, c))
	return Reason{c.Input, in.zh + " " + n + "，达到门槛 " + least, in.en + ": " + n + ", " + least + " wanted"}
}

// Limits of the rules.
const (
	maxRules      = 50
	maxConditions = 20
	maxQuarters   = 40
	maxMonths     = 600
	maxNumber     = 1e15
	maxName       = 100
)

// Check tells what is wrong with the rules. They go from the highest tier to the lowest: a rule
// below one of a lower tier could never raise anybody.
func (rules Rules) Check() error {
	if len(rules) > maxRules {
		return fault.Because("%d条规则太多，最多%d条", "%d rules are more than %d", len(rules), maxRules)
	}
	keys, last := map[string]bool{Overridden: true, fallback.Key: true}, 0
	for i, r := range rules {
		if r.Key == "" || len(r.Key) > maxName || keys[r.Key] {
			return wrong(i, r, "代号“%s”为空、重复或过长", "the key %q is empty, taken or too long", r.Key)
		}
		keys[r.Key] = true
		if name := len([]rune(strings.TrimSpace(r.Name))); name == 0 || name > maxName {
			return wrong(i, r, "须填写名称，不超过%d个字", "it needs a name of at most %d characters", maxName)
		}
		place := slices.Index(Order, r.Tier)
		if place < 0 {
			return wrong(i, r, "没有名为“%s”的客户级别", "tier %q is not known", r.Tier)
		}
		if place < last {
			return wrong(i, r, "须排在较低级别的规则之前", "it stands below one of a lower tier")
		}
		last = place
		if err := r.check(); err != nil {
			zh, en := fault.Why(err)
			return wrong(i, r, "：%[1]s", "%[2]s", zh, en)
		}
	}
	return nil
}

// wrong says what is wrong with a rule, by its place and name.
func wrong(i int, r Rule, zh, en string, values ...any) error {
	return fault.Reason{Zh: fmt.Sprintf("第%d条规则「%s」", i+1, cmp.Or(strings.TrimSpace(r.Name), r.Key)) +
		fmt.Sprintf(zh, values...), En: fmt.Sprintf("rule %d %q: ", i+1, r.Key) + fmt.Sprintf(en, values...)}
}

// wrong says what is wrong with a condition, by what it compares.
func (c Condition) wrong(in input, zh, en string, values ...any) error {
	return fault.Reason{Zh: "「" + in.zh + "」" + fmt.Sprintf(zh, values...),
		En: c.Input + " " + fmt.Sprintf(en, values...)}
}

func (r Rule) check() error {
	all := slices.Concat(r.All, r.Any)
	if len(all) == 0 || len(all) > maxConditions {
		return fault.Because("有%d个条件，须有1到%d个", "%d conditions are not between 1 and %d", len(all), maxConditions)
	}
	for _, c := range all {
		if err := c.check(); err != nil {
			return err
		}
	}
	return nil
}

func (c Condition) check() error {
	in, known := inputs[c.Input]
	switch {
	case !known:
		return fault.Because("没有名为“%s”的依据", "input %q is not known", c.Input)
	case in.word != nil && (len(c.Is) == 0 || c.AtLeast != nil || c.Of != 0):
		return c.wrong(in, "须选择「为」哪一项，不填「至少」", "is compared with the words of is")
	case in.word != nil:
		for _, word := range c.Is {
			if _, ok := in.words[word]; !ok {
				return c.wrong(in, "不能为“%s”", "cannot be %q", word)
			}
		}
		return nil
	case c.AtLeast == nil || len(c.Is) > 0 || (c.Of != 0) != (c.Input == "quarters"):
		return c.wrong(in, "须填写「至少」多少，采购季度还须填写「最近季度数」",
			"is compared with the number at_least, quarters with of too")
	}
	least := *c.AtLeast
	whole := least == float64(int64(least))
	switch {
	case least <= 0 || least > maxNumber:
		return c.wrong(in, "「至少」须大于0，不能是%s", "at_least %s is not above 0", plain(least))
	case c.Input == "quarters" && (!whole || c.Of < 1 || c.Of > maxQuarters || int(least) > c.Of):
		return c.wrong(in, "不能在最近%[2]d个季度中有%[1]s个", "%[1]s of %[2]d quarters cannot be", plain(least), c.Of)
	case c.Input == "months" && (!whole || least > maxMonths):
		return c.wrong(in, "%s个月不在1到%d之间", "%s months are not between 1 and %d", plain(least), maxMonths)
	}
	return nil
}

// Check tells what is wrong with the shares.
func (v Value) Check() error {
	if v.High < 1 || v.Medium < 0 || v.High+v.Medium > 100 {
		return fault.Because("高价值占比%d%%与中价值占比%d%%不成立：高价值至少1%%，两者合计不超过100%%",
			"high_percent %d and medium_percent %d are not shares of 100", v.High, v.Medium)
	}
	return nil
}

// Check tells what is wrong with the intervals.
func (c Cycle) Check() error {
	if c.High < 1 || c.Medium <= c.High || c.Medium > 3650 {
		return fault.Because("高频%d天须少于中频%d天，中频不超过3650天",
			"high_days %d must be below medium_days %d", c.High, c.Medium)
	}
	if c.Orders < 2 || c.Orders > 100 {
		return fault.Because("最少采购次数须在2到100之间，不能是%d", "orders %d is not between 2 and 100", c.Orders)
	}
	return nil
}

func number(n float64) *float64 { return &n }

// Defaults are the rules of a company that changed nothing.
func Defaults() Policy {
	high := []string{"high"}
	return Policy{
		Rules: Rules{
			{Key: "strategic", Tier: "strategic", Name: "高价值、长期合作、行业影响力高", All: []Condition{
				{Input: "value_level", Is: high}, {Input: "months", AtLeast: number(24)},
				{Input: "influence", Is: high}}},
			{Key: "key", Tier: "key", Name: "高价值、经常采购或增长潜力高", Any: []Condition{
				{Input: "value_level", Is: high}, {Input: "quarters", AtLeast: number(3), Of: 4},
				{Input: "growth", Is: high}}},
			{Key: "deal", Tier: "normal", Name: "有成交", All: []Condition{{Input: "deal", Is: []string{"yes"}}}},
		},
		Value: Value{High: 10, Medium: 30},
		Cycle: Cycle{High: 45, Medium: 135, Orders: 3},
	}
}

// Inputs are what conditions may compare: key, Chinese, English, in the order of the keys.
func Inputs() (all [][3]string) {
	for _, key := range slices.Sorted(maps.Keys(inputs)) {
		all = append(all, [3]string{key, inputs[key].zh, inputs[key].en})
	}
	return all
}

// wordOrder is how the words of an input stand beside each other.
var wordOrder = []string{"high", "medium", "low", "potential", "intent", "won", "lost", "yes", "no"}

// WordsOf are what an input may be; a figure has none, it is compared with a number.
func WordsOf(key string) (words []string) {
	for _, word := range wordOrder {
		if _, ok := inputs[key].words[word]; ok {
			words = append(words, word)
		}
	}
	return words
}

// PartsOf are the parts of a condition, beside the input, that this input makes use of.
func PartsOf(key string) []string {
	switch {
	case inputs[key].word != nil:
		return []string{"is"}
	case key == "quarters":
		return []string{"at_least", "of"}
	}
	return []string{"at_least"}
}

// Words are all that the inputs may be.
func Words() (all [][3]string) {
	for _, key := range slices.Sorted(maps.Keys(inputs)) {
		for _, word := range slices.Sorted(maps.Keys(inputs[key].words)) {
			known := slices.ContainsFunc(all, func(one [3]string) bool { return one[0] == word })
			if w := inputs[key].words[word]; !known {
				all = append(all, [3]string{word, w[0], w[1]})
			}
		}
	}
	return all
}
