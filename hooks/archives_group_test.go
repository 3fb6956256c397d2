package hooks_test

import (
	"net/http"
	"strings"
	"testing"

	"kehu/tests"
)

// A head (P) and its branch (C) leave for the archive and come back in every order: the branch
// stands below its head again.
func TestAGroupComesBackInAnyOrder(t *testing.T) {
	for _, order := range []string{"+P +C -P -C", "+P +C -C -P", "+C +P -C -P", "+C +P -P -C", "+C +P -C +C -P -C",
		"+P +C -P +P -C -P"} {
		h := tests.Start(t)
		ids := map[string]string{"P": idOf(h.Create("data_admin", "customers", firm("总部仪器有限公司", nil)))}
		branch := firm("上海分部仪器有限公司", nil)
		branch["parent"] = ids["P"]
		ids["C"] = idOf(h.Create("data_admin", "customers", branch))
		execute(t, h, "UPDATE customers SET status = 'active'")
		kept := map[string]string{}
		for _, move := range strings.Fields(order) {
			id := ids[move[1:]]
			if move[0] == '+' {
				kept[id] = archived(t, h, "superuser", "data_admin", id)
				continue
			}
			restoreArchive(t, h, kept[id])
			if above := parentOf(h, ids["C"]); above != "" && above != ids["P"] || above != "" &&
				value[int](h, "SELECT count(*) FROM customers WHERE id = '"+above+"'") == 0 {
				t.Errorf("%s, after %s: the branch stands below %q, which is not there", order, move, above)
			}
		}
		if above := parentOf(h, ids["C"]); above != ids["P"] {
			t.Errorf("%s: the branch stands below %q", order, above)
		}
		wantNone(h, order+": still waiting", "SELECT record FROM kehu_archive_parted")
	}
}

// What was said meanwhile stays, and a customer that comes back never stands above itself.
func TestAGroupThatChangedMeanwhile(t *testing.T) {
	h := tests.Start(t)
	head := idOf(h.Create("data_admin", "customers", firm("总部仪器有限公司", nil)))
	between := idOf(h.Create("data_admin", "customers", firm("中间仪器有限公司", nil)))
	branch := firm("分部仪器有限公司", nil)
	branch["parent"] = between
	below := idOf(h.Create("data_admin", "customers", branch))
	execute(t, h, "UPDATE customers SET status = 'active'")
	execute(t, h, "UPDATE customers SET parent = '"+head+"' WHERE id = '"+between+"'")
	archive := archived(t, h, "superuser", "data_admin", between)
	if parentOf(h, below) != "" {
		t.Fatal("the branch still stands below what is in the archive")
	}
	execute(t, h, "UPDATE customers SET parent = '"+below+"' WHERE id = '"+head+"'")
	restoreArchive(t, h, archive)
	for _, id := range []string{head, between, below} {
		steps, at := 0, id
		for at != "" && steps < 5 {
			at, steps = parentOf(h, at), steps+1
		}
		if at != "" {
			t.Fatalf("%s stands above itself", id)
		}
	}
	if parentOf(h, head) != below {
		t.Error("what was said meanwhile is gone")
	}
}

func parentOf(h *tests.House, id string) string {
	return value[string](h, "SELECT coalesce((SELECT parent FROM customers WHERE id = '"+id+"'), '')")
}

func restoreArchive(t testing.TB, h *tests.House, id string) {
	t.Helper()
	a := h.Do("data_admin", "POST", "/api/kehu/archives/"+id+"/restore", map[string]any{"reason": "客户恢复营业"})
	if a.Status != http.StatusOK {
		t.Fatalf("restored: %d %s", a.Status, a.Body)
	}
}

// What was decided of two customers outlives the archive of both, whoever comes back first.
func TestAPairComesBackInAnyOrder(t *testing.T) {
	for _, order := range []string{"+A +B -A -B", "+A +B -B -A", "+B +A -A +A -B -A", "+A -A"} {
		h := tests.Start(t)
		h.House.StopUpkeep() // it would find the two of its own accord
		ids := map[string]string{}
		for _, name := range []string{"A", "B"} {
			ids[name] = idOf(h.Create("data_admin", "customers", firm(name+"澄岚仪器有限公司", nil)))
		}
		execute(t, h, "UPDATE customers SET status = 'active'")
		a, b := min(ids["A"], ids["B"]), max(ids["A"], ids["B"])
		execute(t, h, "DELETE FROM duplicate_pairs")
		put(t, h, "duplicate_pairs", map[string]any{"a": a, "b": b, "state": "distinct", "confirmed_reason": "两家公司", "score": 0.9})
		before := cells(t, h)
		kept := map[string]string{}
		for _, move := range strings.Fields(order) {
			if id := ids[move[1:]]; move[0] == '+' {
				kept[id] = archived(t, h, "superuser", "data_admin", id)
			} else {
				restoreArchive(t, h, kept[id])
			}
		}
		same(t, h, before)
		wantNone(h, order+": still waiting", "SELECT a FROM kehu_archive_pairs")
	}
}
