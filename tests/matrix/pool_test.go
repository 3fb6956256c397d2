package matrix

import (
	"net/http"
	"strings"
	"testing"

	"kehu/tests"
)

// poolMD says who is shown the shared pool, and how many of the planted customers: one of the eastern
// department, one of the south (roles.md, rows; decision 22).
var poolMD = map[string]int{"sales": 1, "manager": 1, "sales2": 1, "manager2": 1, "data_admin": 2, "superuser": 2}

// TestThePoolAsEveryRole puts the customer of canaries into the pool: whoever is shown it learns what it
// may learn of a customer that is nobody's, the others nothing.
func TestThePoolAsEveryRole(t *testing.T) {
	g := plant(t)
	g.Create("data_admin", "policies", map[string]any{"key": "pool", "value": map[string]any{"days": 60, "notice_days": 10}})
	id := g.records["customers"].Id
	for customer, department := range map[string]string{id: g.Depts["east_sub"], g.other: g.Depts["south"]} {
		g.sql(`UPDATE customers SET owner = '', status = 'active', department = '` + department + `' WHERE id = '` + customer + `'`)
		g.sql(`INSERT INTO kehu_pool (customer, lost_by, since, at) VALUES ('` + customer + `', '` + g.Staff["service"] +
			`', '2026-01-05', '2026-03-06 01:00:00.000Z')`)
	}
	for _, role := range everyRole() {
		a := g.Do(role, "GET", "/api/kehu/pool", nil)
		want, sees := poolMD[role]
		if !sees {
			if a.Status != http.StatusForbidden || strings.Contains(string(a.Body), id) {
				t.Errorf("%s: %d %s", role, a.Status, a.Body)
			}
			continue
		}
		items, _ := a.JSON()["items"].([]any)
		if a.Status != http.StatusOK || len(items) != want {
			t.Errorf("%s: %d, %d customers, want %d", role, a.Status, len(items), want)
		}
		g.poolHolds(role, a)
		for _, item := range items {
			for key := range item.(map[string]any) {
				if !strings.Contains(" id number kind stage tier industry department since at claimable masked name ", " "+key+" ") {
					t.Errorf("%s is shown %s", role, key)
				}
			}
		}
	}
	if a := g.Do("", "GET", "/api/kehu/pool", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("anybody: %d", a.Status)
	}
}

// poolHolds fails for every canary of class C, S, F and N in an answer of the pool, to whomever.
func (g *garden) poolHolds(role string, a tests.Answer) {
	g.t.Helper()
	for _, c := range g.canary {
		if c.class != 'B' && strings.Contains(string(a.Body), c.text) {
			g.t.Errorf("%s meets %s.%s in the pool", role, c.collection, c.field)
		}
	}
}
