package matrix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
	"kehu/tests"
)

// A guess is one question about a stored value, put once with a part of the value and once with
// something that it does not hold. Who gains nothing cannot tell the two answers apart.

// withheld are the fields that a role does not read plain, by path from customers and from their
// own collection.
func (g *garden) withheld(role string) []secret {
	var all []secret
	for collection := range dataMD {
		if g.records[collection] == nil || len(fields.Of(collection)) == 0 {
			continue
		}
		for _, f := range fields.Of(collection) {
			class := classMD(collection, f.Key)
			if collection == "customers" && (f.Key == "name" || f.Key == "short_name") {
				class = 'C'
			}
			if class == 'H' || reads(role, class) == 'P' {
				continue
			}
			all = append(all, secret{collection, f.Key, stored(g.records[collection], f)})
		}
	}
	return all
}

type secret struct{ collection, field, value string }

func stored(record *core.Record, f *fields.Field) string {
	switch f.Kind {
	case fields.Money, fields.Number:
		return fmt.Sprint(record.GetFloat(f.Key))
	case fields.JSON:
		return letters(700)
	}
	return record.GetString(f.Key)
}

// part is a piece of a value, and twin a piece of the same shape that the value does not hold.
func part(value string) (right, wrong string) {
	runes := []rune(value)
	if len(runes) == 0 {
		return "甲", "癸"
	}
	half := runes[:(len(runes)+1)/2]
	twin := slices.Clone(half)
	for i, r := range twin {
		switch {
		case r >= '0' && r <= '9':
			twin[i] = '9' - (r - '0')
		case r > 0x80:
			twin[i] = '癸'
		case r >= 'a' && r <= 'y':
			twin[i] = r + 1
		}
	}
	return string(half), string(twin)
}

// routesTo are the paths by which a field can be named in a filter on a collection.
func routesTo(s secret) map[string]string {
	to := map[string]string{s.collection: s.field}
	if s.collection == "customers" {
		for _, belonging := range []string{"contacts", "consents", "orders", "tasks"} {
			to[belonging] = "customer." + s.field
		}
		to["staff"] = "customers_via_owner." + s.field
		to["departments"] = "customers_via_department." + s.field
		to["tags"] = "customers_via_tags." + s.field
		to["industries"] = "customers_via_industry." + s.field
		return to
	}
	to["customers"] = s.collection + "_via_customer." + s.field
	to["consents"] = "customer." + s.collection + "_via_customer." + s.field
	to["staff"] = "customers_via_owner." + s.collection + "_via_customer." + s.field
	return to
}

// conditions ask for a part of a value in every way that the filter language has.
func conditions(field, text string) []string {
	quoted := `"` + text + `"`
	return []string{
		field + `~` + quoted, field + `!~` + quoted, field + `?~` + quoted, field + `>` + quoted, field + `<=` + quoted,
		field + `=` + quoted, `id!="" && (kind="x" || ` + field + `?!=` + quoted + `)`, quoted + `~` + field,
		field + `:lower~` + quoted, `strftime("%Y", ` + field + `)=` + quoted, `id="x" || ` + field + `:length>1` + ` // ` + text,
	}
}

// TestGuessTheDigit plays against each withheld field, through each parameter, as each role.
func TestGuessTheDigit(t *testing.T) {
	g := plant(t)
	asked, longest, all := 0, 0, map[string][]secret{}
	for role := range rolesMD {
		if role != "superuser" { // the owner of the system reads what is stored: of class S the mask
			all[role] = g.withheld(role)
			longest = max(longest, len(all[role]))
		}
	}
	for i := range longest { // in turns: an account may only ask so often
		for role, secrets := range all {
			if i < len(secrets) {
				asked += g.guess(role, secrets[i], i)
			}
		}
	}
	if asked < 500 {
		t.Errorf("only %d fields were asked for", asked)
	}
}

// guess asks for one field by all paths that lead to it, in turns through the ways of the filter
// language: over the fields of a class each way is asked on each collection.
func (g *garden) guess(role string, s secret, turn int) (asked int) {
	right, wrong := part(s.value)
	for collection, field := range routesTo(s) {
		rights, wrongs := conditions(field, right), conditions(field, wrong)
		list := path(collection) + "?filter="
		for i := range rights {
			own := collection == s.collection
			if own && (turn+i)%2 == 0 || !own && (turn+asked+i)%8 == 0 {
				g.same(role, "filter", list+url.QueryEscape(rights[i]), list+url.QueryEscape(wrongs[i]))
			}
		}
		asked++
		up := g.Do(role, "GET", path(collection)+"?sort="+field, nil)
		down := g.Do(role, "GET", path(collection)+"?sort=-"+field+",id", nil)
		g.gained(role, "sort by "+field+" of "+collection, up, down)
		if collection != s.collection {
			continue
		}
		count := path(collection) + "?perPage=1&skipTotal=0&fields=id&filter="
		g.same(role, "count", count+url.QueryEscape(field+`~"`+right+`"`), count+url.QueryEscape(field+`~"`+wrong+`"`))
	}
	return asked
}

// same asks twice and fails where the answers differ, or where one is no refusal.
func (g *garden) same(role, way, right, wrong string) {
	g.t.Helper()
	g.gained(role, way+" "+right, g.Do(role, "GET", right, nil), g.Do(role, "GET", wrong, nil))
}

func (g *garden) gained(role, way string, right, wrong tests.Answer) {
	g.t.Helper()
	if right.Status != wrong.Status || !bytes.Equal(right.Body, wrong.Body) {
		g.t.Errorf("%s gains by %s: %d %.120s / %d %.120s", role, way, right.Status, right.Body, wrong.Status, wrong.Body)
	}
	if right.Status < 300 {
		g.t.Errorf("%s is answered by %s: %d %.120s", role, way, right.Status, right.Body)
	}
	if right.Status == http.StatusForbidden && right.Code("") == "" {
		g.t.Errorf("%s is refused without a code by %s", role, way)
	}
}

// TestGuessTheDigitElsewhere plays where a value is asked by without a filter of a list: search,
// check, export, batch, and look-ups by a part of a number.
func TestGuessTheDigitElsewhere(t *testing.T) {
	g := plant(t)
	customer, contact := g.records["customers"], g.records["contacts"]
	values := map[string]string{"mobile": customer.GetString("mobile"), "landline": customer.GetString("landline"),
		"email": customer.GetString("email"), "name": customer.GetString("name"), "contact": contact.GetString("name"),
		"contact's mobile": contact.GetString("mobile"), "cert_no": "11010519491231002X", "bank_account": "6222026006705354216",
		"need": customer.GetString("current_need"), "amount": "8765001"}
	for role := range rolesMD {
		for name, value := range values {
			class := map[string]byte{"cert_no": 'S', "bank_account": 'S', "need": 'N', "amount": 'F'}[name]
			if class == 0 {
				class = 'C'
			}
			if reads(role, class) == 'P' {
				continue
			}
			for _, text := range []string{value, string([]rune(value)[len([]rune(value))/2:])} {
				_, twin := part(text + text)
				twin = string([]rune(twin)[:len([]rune(text))])
				g.alike(role, "search for a part of "+name, "GET", "/api/kehu/search?q="+url.QueryEscape(text), nil, "/api/kehu/search?q="+url.QueryEscape(twin), nil)
			}
			right, wrong := part(value)
			if lookups := []string{"mobile", "cert_no", "bank_account"}; slices.Contains(lookups, name) {
				body := func(text string) map[string]any { return map[string]any{"field": name, "value": text} }
				g.alike(role, "look up a part of "+name, "POST", "/api/kehu/lookup", body(right), "/api/kehu/lookup", body(wrong))
			}
			if role != "superuser" {
				filter := func(text string) map[string]any {
					return map[string]any{"reason": "猜猜数字", "filter": fieldOf(name) + `~"` + text + `"`}
				}
				g.alike(role, "export by "+name, "POST", "/api/kehu/exports", filter(right), "/api/kehu/exports", filter(wrong))
			}
		}
	}
}

func fieldOf(name string) string {
	return map[string]string{"contact": "contacts_via_customer.name", "contact's mobile": "contacts_via_customer.mobile",
		"need": "current_need", "amount": "total_amount"}[name] + map[bool]string{true: name}[!strings.Contains("contact's mobile need amount", name)]
}

// alike asks twice and fails where the answers differ, but for what the asker typed.
func (g *garden) alike(role, way, method, right string, rightBody any, wrong string, wrongBody any) {
	g.t.Helper()
	a, b := g.Do(role, method, right, rightBody), g.Do(role, method, wrong, wrongBody)
	if a.Status != b.Status || len(itemsOf(a)) != len(itemsOf(b)) || a.Code("") != b.Code("") {
		g.t.Errorf("%s gains by %s: %d %.150s / %d %.150s", role, way, a.Status, a.Body, b.Status, b.Body)
	}
}

func itemsOf(a tests.Answer) []any {
	items, _ := a.JSON()["items"].([]any)
	return items
}

// TestRealtimeGuesses subscribes with filters on withheld fields, also within a batch's expands and
// by a collection's id: all are refused, the same for right and wrong.
func TestRealtimeGuesses(t *testing.T) {
	g := plant(t)
	mobile := g.records["customers"].GetString("mobile")
	for _, role := range []string{"service", "marketing", "finance", "executive", "sales"} {
		field, text := "mobile", mobile
		if role == "sales" {
			field, text = "cert_no", "110105"
		}
		stream := listen(g, role)
		for _, topic := range []string{"customers/*", "customers/" + g.records["customers"].Id, g.records["customers"].Collection().Id + "/*", "CUSTOMERS/*"} {
			for _, filter := range []string{field + `~"` + text + `"`, field + `~"999"`, `id!="" && (` + field + `:lower>"1")`} {
				a := stream.subscribe(topic, map[string]any{"filter": filter})
				if a.Status != http.StatusForbidden || a.Code("") != "field_withheld" {
					t.Errorf("%s subscribes to %s by %s: %d %s", role, topic, filter, a.Status, a.Body)
				}
			}
		}
		a := stream.subscribe("contacts/*", map[string]any{"filter": "customer." + field + `~"` + text + `"`})
		if a.Status != http.StatusForbidden {
			t.Errorf("%s subscribes through a relation: %d %s", role, a.Status, a.Body)
		}
		stream.close()
	}
	batch := g.Do("service", "POST", "/api/batch", map[string]any{"requests": []map[string]any{{"method": "PATCH",
		"url": path("customers") + "/" + g.records["customers"].Id + "?expand=a_pair&filter=" + url.QueryEscape(`mobile~"1"`), "body": map[string]any{"satisfaction": 3}}}})
	if batch.Status != http.StatusForbidden || batch.Code("") != "field_withheld" {
		t.Errorf("a filter within a batch: %d %s", batch.Status, batch.Body)
	}
}

// TestRealtimeIsMasked changes every planted record and searches what each role is told.
func TestRealtimeIsMasked(t *testing.T) {
	g := plant(t)
	streams := map[string]*stream{}
	for _, role := range everyRole() {
		s := listen(g, role)
		defer s.close()
		streams[role] = s
		topics := map[string]map[string]any{}
		for collection := range dataMD {
			if !stranger(role) && !seesMD(role, collection) {
				continue
			}
			topics[collection+"/*"] = map[string]any{"expand": expands[collection], "fields": "*,expand.*,masked.*"}
		}
		if a := s.subscribeAll(topics); a.Status != http.StatusNoContent {
			t.Fatalf("%s: %d %s", role, a.Status, a.Body)
		}
	}
	changed := map[string]map[string]any{"customers": {"products": letters(950)}, "contacts": {"title": letters(951)},
		"followups": {"solution": letters(952)}, "contracts": {"title": letters(953)}, "orders": {"product": letters(954)},
		"tickets": {"body": letters(955)}, "consents": {"statement_version": letters(956)}}
	g.canary = slices.DeleteFunc(g.canary, func(c canary) bool { // last_contact, of class B, follows from it
		return c.collection == "followups" && c.field == "date"
	})
	for collection, values := range changed {
		if a := g.Do("data_admin", "PATCH", path(collection)+"/"+g.records[collection].Id, values); a.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", collection, a.Status, a.Body)
		}
	}
	for role, s := range streams {
		for collection := range changed {
			id := g.records[collection].Id
			if !stranger(role) && seesMD(role, collection) {
				for _, event := range s.until(collection + "/*") {
					var told struct{ Record map[string]any }
					if err := json.Unmarshal([]byte(event), &told); err != nil {
						t.Fatal(err)
					}
					if told.Record["id"] == id {
						g.checkRecord("realtime", role, collection, told.Record)
					}
				}
			}
		}
		g.checkLeaks("realtime", role, s.all())
	}
}
