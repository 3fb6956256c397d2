package hooks_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"kehu/collections"
	"kehu/tests"
)

// pastFields are compared with what was read on the day itself.
var pastFields = []string{"number", "name", "short_name", "mobile", "industry", "owner", "department", "status", "stage",
	"tags", "current_need", "satisfaction", "registered_capital", "demand_types", "verified"}

func pastOf(customer map[string]any, contacts []any) string {
	out := map[string]any{}
	for _, key := range pastFields {
		out[key] = customer[key]
	}
	people := map[string]any{}
	for _, one := range contacts {
		c := one.(map[string]any)
		people[c["id"].(string)] = []any{c["name"], c["mobile"], c["title"]}
	}
	out["contacts"] = people
	return asText(out)
}

// Whatever is done on which day, the picture of a day is what was read on it.
func TestACustomerIsShownAsItWasOnADay(t *testing.T) {
	h := tests.Start(t)
	h.SetNow(shanghai(time.Now()))
	source := rand.New(rand.NewPCG(7, 2026))
	id := idOf(h.Create("data_admin", "customers", ready("时点仪器有限公司", map[string]any{"owner": h.Staff["sales"]})))
	people := []string{idOf(h.Create("data_admin", "contacts", map[string]any{"customer": id, "name": "赵启航", "title": "经理"}))}
	seen, day := map[string]string{}, h.Clock()
	edit := func(values map[string]any) {
		do(t, h, "data_admin", "PATCH", "/api/collections/customers/records/"+id, values)
	}
	for n := range 25 {
		switch source.IntN(8) {
		case 0:
			edit(map[string]any{"short_name": fmt.Sprintf("简称%d", n), "mobile": mobileNo(n)})
		case 1:
			edit(map[string]any{"owner": h.Staff[[]string{"sales", "sales2", "manager"}[n%3]]})
		case 2:
			edit(map[string]any{"tags": []string{[]string{"潜力客户", "重点维护"}[n%2]}, "stage": []string{"intent", "potential"}[n%2]})
		case 3:
			edit(map[string]any{"satisfaction": n%5 + 1, "registered_capital": n * 1000, "demand_types": []string{"purchase", "support"}[:n%3%2+1]})
		case 4:
			people = append(people, idOf(h.Create("data_admin", "contacts", map[string]any{"customer": id, "name": givenName("孙", n)})))
			execute(t, h, "UPDATE contacts SET created = '"+collections.Stamp(day)+"' WHERE id = '"+people[len(people)-1]+"'")
		case 5:
			if len(people) > 1 {
				h.Do("data_admin", "DELETE", "/api/collections/contacts/records/"+people[0], nil)
				people = people[1:]
			}
		case 6:
			do(t, h, "data_admin", "PATCH", "/api/collections/contacts/records/"+people[0], map[string]any{"title": fmt.Sprintf("职务%d", n)})
		case 7: // a quiet day
		}
		whole := do(t, h, "data_admin", "GET", "/api/kehu/customers/"+id+"/overview", nil)
		seen[day.Format("2006-01-02")] = pastOf(whole["customer"].(map[string]any), whole["contacts"].([]any))
		day = day.Add(24 * time.Hour)
		h.SetNow(day)
	}
	for date, want := range seen {
		then := do(t, h, "data_admin", "GET", "/api/kehu/customers/"+id+"/overview?at="+date, nil)
		if got := pastOf(then["customer"].(map[string]any), then["contacts"].([]any)); got != want {
			t.Errorf("%s:\n%s, was\n%s", date, got, want)
		}
	}
}

// shanghai is a moment by the company's clock. Records are stamped by the machine's.
func shanghai(at time.Time) time.Time { return at.In(time.FixedZone("", 8*3600)) }

func TestThePastIsMaskedAsTodaysIs(t *testing.T) {
	h := tests.Start(t)
	h.SetNow(shanghai(time.Now()))
	id := idOf(h.Create("data_admin", "customers", ready("时点仪器有限公司", map[string]any{"owner": h.Staff["sales"],
		"mobile": mobileNo(1)})))
	contact := idOf(h.Create("data_admin", "contacts", map[string]any{"customer": id, "name": "赵启航", "mobile": mobileNo(3)}))
	first := h.Clock()
	h.SetNow(first.Add(72 * time.Hour))
	do(t, h, "data_admin", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"mobile": mobileNo(2),
		"owner": h.Staff["sales2"], "current_need": "三台质谱仪"})
	h.Do("data_admin", "DELETE", "/api/collections/contacts/records/"+contact, nil)
	path := "/api/kehu/customers/" + id + "/overview?at=" + first.Format("2006-01-02")
	for role, want := range map[string][2]any{ // the mobile then, its mask
		"sales2": {mobileNo(1), nil}, "data_admin": {mobileNo(1), nil},
		"service": {nil, mobileNo(1)[:3] + "****" + mobileNo(1)[7:]}, "executive": {nil, mobileNo(1)[:3] + "****" + mobileNo(1)[7:]},
	} {
		got := do(t, h, role, "GET", path, nil)
		customer := got["customer"].(map[string]any)
		masked, _ := customer["masked"].(map[string]any)
		if customer["mobile"] != want[0] || masked["mobile"] != want[1] {
			t.Errorf("%s reads %v, masked %v", role, customer["mobile"], masked["mobile"])
		}
		if customer["owner"] != h.Staff["sales"] {
			t.Errorf("%s: the owner then: %v", role, customer["owner"])
		}
		people, _ := got["contacts"].([]any)
		if len(people) != 1 || (people[0].(map[string]any)["mobile"] == nil) != (want[0] == nil) {
			t.Errorf("%s: the contact that is gone: %v", role, people)
		}
		if _, there := customer["total_amount"]; there {
			t.Errorf("%s: what history does not keep is told", role)
		}
	}
	if a := h.Do("sales", "GET", path, nil); a.Status != http.StatusNotFound {
		t.Errorf("who had it then and has it no more: %d %s", a.Status, a.Body)
	}
	for at, code := range map[string]string{"2019-01-01": "past_none", "2099-01-01": "past_day", "gestern": "past_day"} {
		if a := h.Do("data_admin", "GET", "/api/kehu/customers/"+id+"/overview?at="+at, nil); a.Code("") != code {
			t.Errorf("%s: %d %s", at, a.Status, a.Body)
		}
	}
}
