package hooks_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
	"kehu/tests"
)

func hanIn(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
}

// wordsOf are the sentences of a refusal.
func wordsOf(t *testing.T, a tests.Answer) map[string]string {
	t.Helper()
	answer := struct {
		Message string
		Data    map[string]json.RawMessage
	}{}
	if err := json.Unmarshal(a.Body, &answer); err != nil {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	said := map[string]string{"": answer.Message}
	for key, raw := range answer.Data {
		finding := struct{ Code, Message string }{}
		if json.Unmarshal(raw, &finding) == nil && finding.Message != "" {
			said[key] = finding.Message
		}
	}
	return said
}

// writtenByPeople are the collections with a door for new records, and those that owners write.
func writtenByPeople(t *testing.T, h *tests.House) (all []*core.Collection) {
	t.Helper()
	every, err := h.App.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range every {
		if c.CreateRule != nil || c.UpdateRule != nil || c.Name == core.CollectionNameSuperusers {
			all = append(all, c)
		}
	}
	return all
}

// Every refusal of every collection names its field in the language of who asks, and no column.
func TestEveryRefusalNamesItsFieldForPeople(t *testing.T) {
	h := tests.Start(t)
	collections := writtenByPeople(t, h)
	if len(collections) < 14 {
		t.Fatalf("%d collections", len(collections))
	}
	for _, c := range collections {
		bodies := []map[string]any{{}, {}, {}, {}}
		for _, f := range c.Fields {
			if f.GetSystem() && f.GetName() != "email" && f.GetName() != "password" || f.Type() == core.FieldTypeAutodate {
				continue
			}
			label, english := fields.Label(c.Name+"."+f.GetName(), "zh"), fields.Label(c.Name+"."+f.GetName(), "en")
			if !f.GetHidden() && (!hanIn(label) || hanIn(english) || english == "") {
				t.Errorf("%s.%s is called %q and %q", c.Name, f.GetName(), label, english)
			}
			for i, bad := range []any{"无此值", strings.Repeat("长", 20000), []any{"无", "有"}} {
				bodies[i+1][f.GetName()] = bad
			}
		}
		for _, body := range bodies {
			refusedInWords(t, h, c, body)
		}
	}
}

func refusedInWords(t *testing.T, h *tests.House, c *core.Collection, body map[string]any) {
	t.Helper()
	who := "data_admin"
	if c.System {
		who = "superuser"
	}
	for _, lang := range []string{"zh-CN", "en"} {
		a := h.Do(who, "POST", "/api/collections/"+c.Name+"/records", body, "Accept-Language", lang)
		if a.Status == http.StatusOK {
			continue // a tag may be called anything
		}
		if a.Status < 400 || a.Status >= 500 {
			t.Errorf("%s %s: %d %s", c.Name, short(body), a.Status, a.Body)
			continue
		}
		for _, text := range wordsOf(t, a) {
			if said := rawWords(c, text); said != "" || lang != "en" && !hanIn(text) {
				t.Errorf("%s %s, %s: %s (%s)", c.Name, short(body), lang, text, said)
			}
		}
	}
}

// rawWords finds a column's name, or PocketBase's own words, where people should read a label.
func rawWords(c *core.Collection, text string) string {
	for _, f := range c.Fields {
		if name := f.GetName(); strings.Contains(text, c.Name+"."+name) || strings.Contains(name, "_") && strings.Contains(text, name) {
			return name
		}
	}
	for _, words := range []string{"Failed to", "went wrong", "Must be", "Invalid", "cannot be blank"} {
		if strings.Contains(text, words) {
			return words
		}
	}
	return ""
}

func short(body map[string]any) string {
	text, _ := json.Marshal(body)
	return string([]rune(string(text))[:min(60, len([]rune(string(text))))])
}

// What is written beside a request is refused in the same words: reasons, notes, times.
func TestARequestsOwnPartsAreRefusedInWords(t *testing.T) {
	h := tests.Start(t)
	id := active(h, "言辞仪器有限公司", nil)
	approvals, err := h.App.FindCollectionByNameOrId("approvals")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("长", 20000)
	customer := "/api/kehu/customers/" + id
	ask := h.Do("sales", "POST", customer+"/changes", map[string]any{"changes": map[string]any{"short_name": "言辞"},
		"reason": "客户来电更正"})
	if ask.Status != http.StatusOK {
		t.Fatalf("%d %s", ask.Status, ask.Body)
	}
	request := value[string](h, "SELECT id FROM approvals WHERE state = 'open'")
	for _, one := range []struct {
		role, path string
		body       map[string]any
	}{
		{"sales", customer + "/changes", map[string]any{"changes": map[string]any{"name": "新名"}}},
		{"sales", customer + "/changes", map[string]any{"changes": map[string]any{"status": "draft"}, "reason": "客户来电更正"}},
		{"sales", customer + "/changes", map[string]any{"changes": map[string]any{"name": "新名"}, "reason": long}},
		{"sales", customer + "/changes", map[string]any{"changes": map[string]any{"mobile": "13912345678"}, "reason": "客户来电更正",
			"confirmed_with": long}},
		{"sales", customer + "/changes", map[string]any{"changes": map[string]any{"mobile": "13912345678"}, "reason": "客户来电更正",
			"occurred": "昨天"}},
		{"sales", customer + "/changes", map[string]any{"contacts": []any{map[string]any{"id": "zzz", "name": "某"}}, "reason": "客户来电更正"}},
		{"sales", customer + "/archive", map[string]any{"reason": long}}, {"sales", customer + "/archive", map[string]any{"reason": "无"}},
		{"sales", customer + "/tier", map[string]any{"tier": "key", "reason": long}},
		{"manager", "/api/kehu/approvals/" + request + "/reject", map[string]any{"note": long}},
		{"manager", "/api/kehu/approvals/" + request + "/approve", map[string]any{"note": long}},
		{"sales", "/api/kehu/exports", map[string]any{"format": "csv", "reason": long}},
		{"data_admin", "/api/kehu/exports", map[string]any{"format": "csv", "reason": "对账用途", "filter": long}},
	} {
		for _, lang := range []string{"zh-CN", "en"} {
			a := h.Do(one.role, "POST", one.path, one.body, "Accept-Language", lang)
			if a.Status < 400 || a.Status >= 500 {
				t.Errorf("%s %s: %d %s", one.path, short(one.body), a.Status, a.Body)
				continue
			}
			for _, text := range wordsOf(t, a) {
				if rawWords(approvals, text) != "" || strings.Contains(text, "查看") || lang != "en" && !hanIn(text) || lang == "en" && strings.Contains(text, "：") {
					t.Errorf("%s %s: %s", one.path, short(one.body), text)
				}
			}
		}
	}
}

// What PocketBase refuses by itself, by a rule or because there is nothing, is said in the asker's language.
func TestWhatARuleRefusesIsSaidInWords(t *testing.T) {
	h := tests.Start(t)
	customer := active(h, "言辞仪器有限公司", nil)
	staff, department := h.Staff["sales"], value[string](h, "SELECT department FROM staff WHERE id = '"+h.Staff["sales"]+"'")
	for _, one := range []struct {
		role, method, path string
		body               any
		code               string
	}{
		{"sales", "POST", "/api/collections/calendar_days/records", map[string]any{"date": "2027-01-05", "kind": "holiday"}, "forbidden"},
		{"sales", "PATCH", "/api/collections/staff/records/" + staff, map[string]any{"role": "data_admin"}, "not_found"},
		{"sales", "DELETE", "/api/collections/departments/records/" + department, nil, "forbidden"},
		{"superuser", "DELETE", "/api/collections/departments/records/" + department, nil, ""},
		{"", "POST", "/api/kehu/nothing", nil, "not_found"},
		{"sales", "GET", "/api/collections/nothing/records", nil, "not_found"},
		{"sales", "GET", "/api/logs", nil, "forbidden"},
		{"sales", "POST", "/api/kehu/customers/" + customer + "/verify", []any{}, ""},
		{"sales", "POST", "/api/batch", map[string]any{"requests": []any{map[string]any{"method": "POST",
			"url": "/api/kehu/approvals/x/approve", "body": map[string]any{}}}}, ""},
	} {
		for _, lang := range []string{"zh-CN", "en"} {
			a := h.Do(one.role, one.method, one.path, one.body, "Accept-Language", lang)
			said := wordsOf(t, a)[""]
			if a.Status < 400 || a.Status >= 500 || hanIn(said) != (lang != "en") || one.code != "" && a.Code("") != one.code {
				t.Errorf("%s %s %s: %d %s", one.role, one.method, one.path, a.Status, a.Body)
			}
		}
	}
}
