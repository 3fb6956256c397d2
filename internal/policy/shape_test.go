package policy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"kehu/internal/fault"
)

// visit goes through a shape with the path of each part, a list's by its first member.
func visit(path string, s *Shape, see func(path string, s *Shape)) {
	see(path, s)
	for i := range s.Parts {
		visit(path+"."+s.Parts[i].Key, &s.Parts[i], see)
	}
	if s.Item != nil {
		visit(path+".0", s.Item, see)
	}
}

// TestEveryPartOfEveryPolicyHasWords: a form says each part in Chinese and English, and each option.
func TestEveryPartOfEveryPolicyHasWords(t *testing.T) {
	seen := 0
	for _, key := range Keys() {
		s, ok := ShapeOf(key)
		if !ok {
			t.Fatalf("%s has no shape", key)
		}
		visit(key, &s, func(path string, s *Shape) {
			seen++
			inList := strings.HasSuffix(path, ".0")
			if !inList && (s.Label == "" || s.LabelEn == "" || !strings.ContainsFunc(s.Label, isHan)) {
				t.Errorf("%s is said %q, %q", path, s.Label, s.LabelEn)
			}
			for _, o := range s.Options {
				if o.Key == "" || o.Label == "" || o.LabelEn == "" {
					t.Errorf("%s offers %+v", path, o)
				}
			}
			if (s.Kind == Group && len(s.Parts) == 0) || (s.Kind == List && s.Item == nil) ||
				((s.Kind == Choice || s.Kind == Choices || s.Kind == Alternatives) && len(s.Options) == 0) {
				t.Errorf("%s is %s and holds nothing", path, s.Kind)
			}
			if s.Kind == Number && s.Min == nil && !strings.HasPrefix(path, "tiers.") {
				t.Errorf("%s has no bounds", path)
			}
		})
	}
	if seen < 200 {
		t.Errorf("only %d parts were seen", seen)
	}
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// TestShapesFitTheDefaults: what a company has that changed nothing is without a problem, and every part
// of it is in the form.
func TestShapesFitTheDefaults(t *testing.T) {
	set := Defaults()
	for _, key := range Keys() {
		value, err := set.Value(key)
		if err != nil {
			t.Fatal(err)
		}
		for path, found := range Problems(key, value) {
			t.Errorf("%s.%s: %s", key, path, found.In("en"))
		}
		s, _ := ShapeOf(key)
		var given any
		if err := json.Unmarshal(value, &given); err != nil {
			t.Fatal(err)
		}
		covered(t, key, &s, given)
	}
}

func covered(t *testing.T, path string, s *Shape, given any) {
	t.Helper()
	switch given := given.(type) {
	case map[string]any:
		parts := map[string]*Shape{}
		for i := range s.Parts {
			parts[s.Parts[i].Key] = &s.Parts[i]
		}
		for key, value := range given {
			if parts[key] == nil {
				t.Errorf("the form of %s lacks %s", path, key)
			} else {
				covered(t, path+"."+key, parts[key], value)
			}
		}
	case []any:
		for i, item := range given {
			if s.Item != nil {
				covered(t, fmt.Sprint(path, ".", i), s.Item, item)
			}
		}
	}
}

// TestBoundsAreThoseOfTheChecks: a number at its bound is no problem and is taken, one beyond it is a
// problem and is refused, as far as nothing else hangs on it.
func TestBoundsAreThoseOfTheChecks(t *testing.T) {
	tied := map[string]bool{ // to another part of the policy
		"signin.lockout.first_minutes": true, "signin.lockout.max_minutes": true, "value.high_percent": true,
		"value.medium_percent": true, "cycle.high_days": true, "cycle.medium_days": true}
	set, tried := Defaults(), 0
	for _, key := range Keys() {
		s, _ := ShapeOf(key)
		value, err := set.Value(key)
		if err != nil {
			t.Fatal(err)
		}
		visit(key, &s, func(path string, s *Shape) {
			if s.Kind != Number || s.Min == nil {
				return
			}
			tried++
			for n, good := range map[float64]bool{*s.Min: true, *s.Max: true, *s.Min - 1: false, *s.Max + 1: false} {
				changed := with(t, value, strings.Split(path, ".")[1:], n)
				_, problem := Problems(key, changed)[strings.TrimPrefix(path, key+".")]
				next := Defaults()
				err := next.Put(key, changed)
				if problem == good || (err == nil) != good && !(good && tied[path]) {
					t.Errorf("%s = %v: problem %v, put %v", path, n, problem, err)
				}
			}
		})
	}
	if tried < 50 {
		t.Errorf("only %d numbers were tried", tried)
	}
}

// with is a value whose part at the path is n.
func with(t *testing.T, value []byte, path []string, n float64) []byte {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal(value, &whole); err != nil {
		t.Fatal(err)
	}
	at := whole
	for _, key := range path[:len(path)-1] {
		at = at[key].(map[string]any)
	}
	at[path[len(path)-1]] = n
	changed, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestProblemsOfParts(t *testing.T) {
	for _, c := range []struct{ key, value, path, code string }{
		{"company", `{"open": "9 o'clock"}`, "open", "policy_time"},
		{"backups", `{"places": [{"kind": "tape"}]}`, "places.0.kind", "policy_choice"},
		{"signin", `{"second_factor": {"sales": "never"}}`, "second_factor.sales", "policy_choice"},
		{"access", `{"sales": {"S": "write"}}`, "sales.S", "policy_choice"},
		{"sla", `{"entry": "two"}`, "entry", "policy_kind"},
		{"sla", `{"entry": 1.5}`, "entry", "policy_number"},
		{"duplicates", `{"block": ["similar"]}`, "block", "policy_choice"},
		{"notify", `{"email": "yes"}`, "email", "policy_kind"},
		{"fields", `["name"]`, "", "policy_choice"},
		{"tiers", `[{"all": [{"input": "weather"}]}]`, "0.all.0.input", "policy_choice"},
	} {
		found := Problems(c.key, []byte(c.value))
		if found[c.path] == nil || found[c.path].Code != c.code {
			t.Errorf("%s %s: %v, wanted %s at %q", c.key, c.value, found, c.code, c.path)
		}
	}
	for _, good := range [][2]string{{"review", `"none"`}, {"review", `{"mode": "key"}`}, {"sla", `{}`}} {
		if found := Problems(good[0], []byte(good[1])); len(found) > 0 {
			t.Errorf("%s %s: %v", good[0], good[1], found)
		}
	}
}

// TestEveryCheckIsSaidInChinese: whatever is wrong with a policy is told in both languages, with no word
// of the other but codes.
func TestEveryCheckIsSaidInChinese(t *testing.T) {
	deal := `{"key": "a", "tier": "normal", "name": "有成交", "all": [{"input": "deal", "is": ["yes"]}]}`
	rule := func(condition string) string {
		return `[{"key": "a", "tier": "key", "name": "重点", "all": [` + condition + `]}]`
	}
	for _, c := range [][2]string{
		{"company", `{"open": "18:00", "close": "09:00"}`}, {"company", `{"time_zone": "北京"}`}, {"company", `{"opens": 1}`},
		{"numbering", `{"customers": "KH"}`}, {"numbering", `{"tickets": "客户{SEQ:3}"}`}, {"numbering", `{"contracts": "{SEQ}"}`},
		{"numbering", `{"contracts": "{WEEK}{SEQ:3}"}`}, {"numbering", `{"customers": "{SEQ:3}{SUB:2}-"}`},
		{"fields", `["name"]`}, {"required_fields", `{"enterprise": {"won": ["x"]}}`}, {"required_fields", `{"club": {}}`},
		{"required_fields", `{"enterprise": {"met": []}}`}, {"sensitive", `{"fields": {"name": {}}}`},
		{"sensitive", `{"fields": {"cert_no": {"individual": "maybe"}}}`}, {"imports", `{"keep_days": 0}`},
		{"exports", `{"keep_days": 0}`}, {"audit", `{"keep_years": 0}`}, {"reveal", `{"per_day": -1}`},
		{"duplicates", `{"block": ["similar"]}`}, {"duplicates", `{"shared": 1}`},
		{"backups", `{"places": [{"name": "A B", "kind": "folder", "path": "/mnt"}]}`}, {"backups", `{"at": "3 Uhr"}`},
		{"backups", `{"places": [{"name": "nas", "kind": "folder", "path": "mnt"}]}`}, {"backups", `{"drill": "hourly"}`},
		{"backups", `{"days": 0}`}, {"backups", `{"places": [{"name": "nas", "kind": "tape"}]}`},
		{"notify", `{"base_url": "kehu"}`}, {"notify", `{"at": "8"}`}, {"notify", `{"webhooks": [{"kind": "irc"}]}`},
		{"access", `{"data_admin": {"F": "read"}}`}, {"access", `{"guest": {}}`}, {"access", `{"sales": {"X": "read"}}`},
		{"access", `{"sales": {"S": "write"}}`}, {"alarms", `{"conditions": ["rain"]}`}, {"alarms", `{"repeat_hours": 0}`},
		{"archive", `{"months": -1}`}, {"archive", `{"keep_years": 0}`}, {"reminders", `{"untouched_months": -1}`},
		{"reminders", `{"task_days": -1}`}, {"reminders", `{"cadence_days": {"gold": 1}}`},
		{"reminders", `{"cadence_days": {"key": -1}}`}, {"review", `{"mode": "some"}`}, {"review", `{"key_fields": ["x"]}`},
		{"signin", `{"second_factor": {"guest": "required"}}`}, {"signin", `{"second_factor": {"sales": "never"}}`},
		{"signin", `{"lockout": {"failures": 1}}`}, {"sla", `{"entry": -1}`}, {"sla", `{"backfill_hours": 0}`},
		{"change_classes", `{"free": ["cert_no"], "ordinary": [], "important": []}`}, {"change_classes", `{"free": ["x"]}`},
		{"value", `{"high_percent": 0}`}, {"value", `{"high_percent": 80, "medium_percent": 30}`},
		{"cycle", `{"high_days": 90, "medium_days": 30}`}, {"cycle", `{"orders": 1}`}, {"tiers", `{}`},
		{"tiers", `[` + deal + `, ` + deal + `]`}, {"tiers", `[{"key": "a", "tier": "gold", "name": "金"}]`},
		{"tiers", `[{"key": "a", "tier": "key", "name": ""}]`}, {"tiers", `[{"key": "a", "tier": "key", "name": "重点"}]`},
		{"tiers", `[` + deal + `, {"key": "b", "tier": "key", "name": "重点"}]`}, {"tiers", rule(`{"input": "weather"}`)},
		{"tiers", rule(`{"input": "growth"}`)}, {"tiers", rule(`{"input": "growth", "is": ["yes"]}`)},
		{"tiers", rule(`{"input": "purchases"}`)}, {"tiers", rule(`{"input": "purchases", "at_least": 0}`)},
		{"tiers", rule(`{"input": "quarters", "at_least": 5, "of": 4}`)},
		{"tiers", rule(`{"input": "months", "at_least": 700}`)},
	} {
		set := Defaults()
		found, ok := fault.Of(set.Put(c[0], []byte(c[1])))
		if !ok {
			t.Errorf("%s takes %s", c[0], c[1])
			continue
		}
		_, why, _ := strings.Cut(found.In("zh"), "不正确：")
		_, whyEn, _ := strings.Cut(found.In("en"), ": ")
		if han, words := strings.IndexFunc(why, isHan), regexp.MustCompile(`[a-z]+ [a-z]+ [a-z]+`); han < 0 || han > 24 ||
			words.MatchString(why) && !strings.Contains(why, "格式") || strings.Contains(why, "%!") {
			t.Errorf("%s %s: %s", c[0], c[1], found.In("zh"))
		}
		for _, name := range []string{"客户{SEQ:3}", "客户", "重点", "有成交", "北京", "金"} { // what was typed is quoted
			whyEn = strings.ReplaceAll(whyEn, name, "")
		}
		if whyEn == "" || strings.ContainsFunc(whyEn, isHan) || strings.Contains(whyEn, "%!") {
			t.Errorf("%s %s: %s", c[0], c[1], found.In("en"))
		}
	}
}

// TestInputsOfConditionsSayWhatTheyUse: a form shows of a condition what its input is compared by.
func TestInputsOfConditionsSayWhatTheyUse(t *testing.T) {
	shape, _ := ShapeOf("tiers")
	var condition Shape
	for _, part := range shape.Item.Parts {
		if part.Key == "all" {
			condition = *part.Item
		}
	}
	parts := map[string]bool{}
	for _, part := range condition.Parts {
		parts[part.Key] = true
	}
	for _, input := range condition.Parts[0].Options {
		for _, part := range input.Parts {
			if !parts[part] {
				t.Errorf("%s uses %q, which a condition has not", input.Key, part)
			}
		}
		if len(input.Parts) == 0 || (input.Parts[0] == "is") != (len(input.Words) > 0) {
			t.Errorf("%s uses %q with the words %q", input.Key, input.Parts, input.Words)
		}
	}
	if n := len(condition.Parts[0].Options); n < 10 {
		t.Errorf("only %d inputs", n)
	}
}
