package policy

import (
	"encoding/json"
	"fmt"
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
				((s.Kind == Choice || s.Kind == Choices) && len(s.Options) == 0) {
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

// TestWhatHangsTogetherIsSaidInChinese: what no single part can tell is told in both languages too.
func TestWhatHangsTogetherIsSaidInChinese(t *testing.T) {
	for key, value := range map[string]string{
		"company": `{"open": "18:00", "close": "09:00"}`, "fields": `["name"]`, "required_fields": `{"enterprise": {"won": ["x"]}}`,
		"backups": `{"places": [{"name": "A B", "kind": "folder", "path": "/mnt"}]}`,
		"notify":  `{"base_url": "kehu"}`, "access": `{"data_admin": {"F": "read"}}`,
		"change_classes": `{"free": ["cert_no"], "ordinary": [], "important": []}`,
	} {
		set := Defaults()
		found, ok := fault.Of(set.Put(key, []byte(value)))
		if !ok {
			t.Errorf("%s takes %s", key, value)
			continue
		}
		_, why, _ := strings.Cut(found.In("zh"), "不正确：")
		if !strings.ContainsFunc(why, isHan) || strings.ContainsFunc(found.In("en"), isHan) {
			t.Errorf("%s: %s / %s", key, found.In("zh"), found.In("en"))
		}
	}
}
