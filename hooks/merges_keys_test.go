package hooks_test

import (
	"strings"
	"testing"

	"kehu/tests"
)

// twoPersons are one person twice, each with numbers of its own, and texts by which the second is
// known.
func twoPersons(t *testing.T, h *tests.House) (keep, other string, traces []string) {
	t.Helper()
	one, two := person("陈一诺", "13712341231", certificate(31)), person("陈依诺", "13712349876", certificate(32))
	two["bank_account"], two["business_address"] = "6222020200112233008", "上海市浦东新区祖冲之路887弄"
	two["current_need"], two["email"] = "金丝雀需求", "canary@example-firm.cn"
	keep, other = idOf(h.Create("data_admin", "customers", one)), idOf(h.Create("data_admin", "customers", two))
	h.Create("data_admin", "contacts", map[string]any{"customer": other, "name": "孙联系", "mobile": "13612341232"})
	h.Create("data_admin", "followups", map[string]any{"customer": other, "date": "2026-11-01", "summary": "金丝雀跟进"})
	return keep, other, []string{"陈依诺", "13712349876", certificate(32), "6222020200112233008", "6222****", "887弄",
		"金丝雀", "canary@", "孙联系", "13612341232"}
}

func mergePersons(t *testing.T, h *tests.House, keep, other string) string {
	t.Helper()
	return do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(keep, []string{other}, map[string]any{
		"choices": map[string]string{"cert_no": other, "mobile": other}, "reason": "旧号码抄错了"}))["id"].(string)
}

// What a merge keeps for its undoing is sealed by the keys in use: a rotation seals it anew before the
// old keys go, and after two of them the merge is taken back as if there had been none.
func TestAMergeIsTakenBackAfterRotations(t *testing.T) {
	h := tests.Start(t)
	keep, other, _ := twoPersons(t, h)
	before := cells(t, h)
	id := mergePersons(t, h, keep, other)
	merged := cells(t, h)
	sealed := func() string {
		return value[string](h, "SELECT snapshot || ' ' || sealed FROM merges WHERE id = '"+id+"'")
	}
	for range 2 {
		old := sealed()
		rotateKeys(t, h)
		for _, part := range strings.Fields(strings.NewReplacer(`"`, " ", ":", " ", ",", " ", "{", " ", "}", " ").Replace(old)) {
			if len(part) > 60 && strings.Contains(sealed(), part) && !strings.HasPrefix(part, id) && len(part) != 64 {
				t.Fatalf("the rotation left a value sealed by the old key: %.40s…", part)
			}
		}
		if n := value[int](h, "SELECT count(*) FROM kehu_canaries"); n != 3 {
			t.Fatalf("%d canaries: the old keys are still there, the test proves nothing", n)
		}
	}
	for _, line := range differing(merged, cells(t, h)) {
		t.Errorf("a rotation changed the register: %s", line)
	}
	h.Close()
	h.Open()
	do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
	for _, line := range differing(before, cells(t, h)) {
		t.Error(line)
	}
	for key, n := range map[string]int{keep: 31, other: 32} {
		if a := reveal(h, "data_admin", "customers", key, "cert_no"); a.JSON()["value"] != certificate(n) {
			t.Errorf("revealed: %d %s", a.Status, a.Body)
		}
	}
	keyed(t, h)
}

// A rotation in the middle of which a merge is taken back leaves nothing behind that its end cannot
// open.
func TestAMergeIsTakenBackWithinARotation(t *testing.T) {
	h := tests.Start(t)
	keep, other, _ := twoPersons(t, h)
	before := cells(t, h)
	id := mergePersons(t, h, keep, other)
	if err := h.House.BeginRotation("test"); err != nil {
		t.Fatal(err)
	}
	undone := false
	for step, more := 0, true; more; step++ {
		var err error
		if more, err = h.House.RotateStep(); err != nil {
			t.Fatal(err)
		}
		if step == 2 {
			do(t, h, "data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
			undone = true
		}
	}
	if !undone {
		t.Fatal("the rotation had no middle")
	}
	if problem := value[string](h, "SELECT stage || problem FROM kehu_rotation"); problem != "" {
		t.Errorf("the rotation ended with %s", problem)
	}
	for _, line := range differing(before, cells(t, h)) {
		t.Error(line)
	}
	keyed(t, h)
}

// Of a person who was merged an erasure leaves nothing either: not in the survivor, not in what the
// merge kept, and the merge cannot be taken back.
func TestAMergedPersonIsErased(t *testing.T) {
	h := tests.Start(t)
	keep, other, traces := twoPersons(t, h)
	third := idOf(h.Create("data_admin", "customers", person("陈意诺", "13712345555", certificate(33))))
	first := mergePersons(t, h, keep, other)
	second := do(t, h, "data_admin", "POST", "/api/kehu/merges", mergeOf(third, []string{keep}, map[string]any{
		"choices": map[string]string{"cert_no": third}, "reason": "确认是同一个人"}))["id"].(string)
	before := everything(t, h)
	for _, trace := range []string{"金丝雀", "孙联系"} {
		if !strings.Contains(before, trace) {
			t.Fatalf("%s is not there before: the test looks at the wrong place", trace)
		}
	}
	erase(t, h, third)
	after := everything(t, h)
	for _, trace := range append(traces, "陈一诺", "陈意诺", "13712341231", "13712345555", certificate(31), certificate(33)) {
		if i := strings.Index(after, trace); i >= 0 {
			t.Errorf("%s is still there: %s", trace, after[max(0, i-200):min(len(after), i+100)])
		}
	}
	if n := value[int](h, "SELECT count(*) FROM merges WHERE snapshot != '' OR sealed NOT IN ('', '{}')"); n != 0 {
		t.Errorf("%d merges still hold what they kept", n)
	}
	if n := value[int](h, "SELECT count(*) FROM kehu_sealed") + value[int](h, "SELECT count(*) FROM kehu_subject_keys"); n != 0 {
		t.Errorf("%d sealed values and keys are left", n)
	}
	for _, id := range []string{second, first} {
		a := h.Do("data_admin", "POST", "/api/kehu/merges/"+id+"/undo", nil)
		if a.Status != 409 {
			t.Errorf("the merge of an erased person is taken back: %d %s", a.Status, a.Body)
		}
	}
	for _, role := range []string{"data_admin", "superuser"} {
		for _, path := range []string{"/api/collections/merges/records", "/api/kehu/customers/" + third + "/overview"} {
			body := string(h.Do(role, "GET", path, nil).Body)
			for _, trace := range traces {
				if strings.Contains(body, trace) {
					t.Errorf("%s as %s tells %s", path, role, trace)
				}
			}
		}
	}
	keyed(t, h)
}
