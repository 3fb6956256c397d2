package hooks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kehu/collections"
	"kehu/internal/match"
	"kehu/tests"
)

// keyed waits until the keys of imports are made, and compares every stored key with those that the
// records give now.
func keyed(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, h *tests.House) (n int) {
	for begin := time.Now(); value[int](h, "SELECT count(*) FROM kehu_match_pending") > 0; {
		if time.Since(begin) > time.Minute {
			t.Fatalf("the keys of an import are not made")
		}
		time.Sleep(20 * time.Millisecond)
	}
	db := collections.Through(h.App.DB())
	cards, err := collections.CardsBetween(db, 0, 1<<40)
	if err != nil {
		t.Fatalf("%v", err)
	}
	want := map[string]bool{}
	for doc, c := range cards {
		for _, key := range c.Card.Keys() {
			want[fmt.Sprint(int64(key), " ", doc)] = true
		}
		var listed []match.Key
		text := value[string](h, fmt.Sprintf(
			"SELECT coalesce((SELECT keys FROM kehu_match_docs WHERE doc = %d), '[]')", doc))
		if err := json.Unmarshal([]byte(text), &listed); err != nil || !slices.Equal(listed, c.Card.Keys()) {
			t.Errorf("%s %s has the keys %v, its list is %s", c.Number, c.Name, c.Card.Keys(), text)
		}
	}
	stored := []string{}
	if err := h.App.DB().NewQuery("SELECT h || ' ' || doc FROM kehu_match").Column(&stored); err != nil {
		t.Fatalf("%v", err)
	}
	for _, one := range stored {
		if !want[one] {
			t.Errorf("the key %s is of nobody any more", one)
		}
		delete(want, one)
	}
	for one := range want {
		t.Errorf("the key %s is missing", one)
	}
	if left := value[int](h, "SELECT count(*) FROM kehu_match_docs WHERE doc NOT IN (SELECT doc FROM customers)"); left > 0 {
		t.Errorf("%d lists of keys are of nobody", left)
	}
	return len(cards)
}

// followWorld is a register under random acts of every way in that writes customers.
type followWorld struct {
	*mergeWorld
	imports []string
}

func (w *followWorld) books() ([]any, [][]any) {
	header := []any{"客户名称", "客户类型", "手机", "经营地址", "统一社会信用代码", "联系人", "银行账号"}
	var rows [][]any
	for range rapid.IntRange(1, 4).Draw(w.T, "rows") {
		n := w.next()
		name := fmt.Sprintf("导入%d仪器有限公司", n)
		if len(w.living) > 0 && rapid.Bool().Draw(w.T, "known") {
			name = value[string](w.h, "SELECT name FROM customers WHERE id = '"+
				rapid.SampledFrom(w.living).Draw(w.T, "whose")+"'")
		}
		rows = append(rows, []any{name, "企业", mobileNo(n), fmt.Sprintf("上海市浦东新区张江路%d号", n%400+1), creditCode(n),
			"周" + string(rune('一'+n%20000)), ""})
	}
	return header, rows
}

func (w *followWorld) importBook(t *rapid.T) {
	w.T = t
	header, rows := w.books()
	show := w.h.Import("data_admin", "a.xlsx", tests.Workbook(append([][]any{header}, rows...)...),
		map[string]any{"options": map[string]any{"on_duplicate": "update", "confirm_duplicate": "试验的客户"}})
	w.imports = append(w.imports, show["id"].(string))
	w.relist()
}

func (w *followWorld) undoImport(t *rapid.T) {
	w.T = t
	if len(w.imports) == 0 {
		return
	}
	last := len(w.imports) - 1
	if a := w.post("/api/kehu/imports/"+w.imports[last]+"/undo", nil); a.Status != http.StatusOK {
		t.Fatalf("undo of an import: %d %s", a.Status, a.Body)
	}
	w.imports = w.imports[:last]
	w.relist()
}

// relist reads who is living.
func (w *followWorld) relist() {
	w.living = nil
	if err := w.h.App.DB().NewQuery("SELECT id FROM customers ORDER BY id").Column(&w.living); err != nil {
		w.Fatal(err)
	}
}

func (w *followWorld) rename(t *rapid.T) {
	w.T = t
	if len(w.living) == 0 {
		return
	}
	id := rapid.SampledFrom(w.living).Draw(t, "whose")
	n := w.next()
	values := map[string]any{"confirm_duplicate": "试验的客户", "name": fmt.Sprintf("改名%d设备有限公司", n),
		"mobile": mobileNo(n), "business_address": fmt.Sprintf("上海市浦东新区祖冲之路%d号", n%700+1),
		"bank_account": rapid.SampledFrom([]string{"", "6222020200112233446", "6228480402564890018"}).Draw(t, "account"),
		"consent":      map[string]any{"purposes": []string{"sensitive_id", "bank"}, "method": "paper"}}
	if value[string](w.h, "SELECT kind FROM customers WHERE id = '"+id+"'") == "individual" {
		values["name"] = fmt.Sprintf("李%c二", '一'+rune(n%20000))
	}
	if a := w.h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+id, values); a.Status != http.StatusOK {
		t.Fatalf("rename: %d %s", a.Status, a.Body)
	}
}

// merge merges two of a kind, undo takes a merge back; what is refused changes nothing.
func (w *followWorld) merge(t *rapid.T) {
	w.T = t
	ids := []string{}
	if err := w.h.App.DB().NewQuery("SELECT id FROM customers WHERE (kind = 'individual') = " +
		rapid.SampledFrom([]string{"TRUE", "FALSE"}).Draw(t, "individuals") + " ORDER BY id").Column(&ids); err != nil {
		t.Fatal(err)
	}
	if len(ids) < 2 {
		return
	}
	two := rapid.Permutation(ids).Draw(t, "ones")[:2]
	choices := map[string]string{}
	for _, field := range []string{"name", "mobile", "bank_account", "business_address", "uscc", "cert_no"} {
		choices[field] = rapid.SampledFrom(two).Draw(t, field)
	}
	a := w.post("/api/kehu/merges", mergeOf(two[0], two[1:], map[string]any{"choices": choices, "reason": "确认是同一客户"}))
	if a.Status == http.StatusOK {
		w.merges++
		w.standing = append(w.standing, a.Text("id"))
	}
	w.relist()
}

func (w *followWorld) undo(t *rapid.T) {
	w.T = t
	if len(w.standing) == 0 {
		return
	}
	at := rapid.IntRange(0, len(w.standing)-1).Draw(t, "which")
	if a := w.post("/api/kehu/merges/"+w.standing[at]+"/undo", nil); a.Status == http.StatusOK {
		w.standing = slices.Delete(w.standing, at, at+1)
	}
	w.relist()
}

// contact changes or deletes somebody's contact.
func (w *followWorld) contact(t *rapid.T) {
	w.T = t
	ids := []string{}
	if err := w.h.App.DB().NewQuery("SELECT id FROM contacts ORDER BY id").Column(&ids); err != nil || len(ids) == 0 {
		return
	}
	id, method, body := rapid.SampledFrom(ids).Draw(t, "contact"), "DELETE", any(nil)
	if rapid.Bool().Draw(t, "change") {
		method, body = "PATCH", map[string]any{"mobile": mobileNo(w.next()), "name": "钱" + string(rune('一'+w.next()%20000)),
			"confirm_duplicate": "同一个号码"}
	}
	if a := w.h.Do("data_admin", method, "/api/collections/contacts/records/"+id, body); a.Status >= 300 {
		t.Fatalf("%s of a contact: %d %s", method, a.Status, a.Body)
	}
}

func (w *followWorld) remove(t *rapid.T) {
	w.T = t
	if len(w.living) < 3 {
		return
	}
	id := rapid.SampledFrom(w.living).Draw(t, "whose")
	// a customer above others is not deleted
	w.h.Do("data_admin", "DELETE", "/api/collections/customers/records/"+id, nil)
	w.relist()
}

func (w *followWorld) erase(t *rapid.T) {
	w.T = t
	if len(w.living) < 3 {
		return
	}
	admin, err := w.h.App.FindRecordById("staff", w.h.Staff["data_admin"])
	if err != nil {
		t.Fatal(err)
	}
	id := rapid.SampledFrom(w.living).Draw(t, "whose")
	if err := w.h.House.EraseSubject(id, admin, "本人要求删除"); err != nil {
		return // erased before
	}
}

func (w *followWorld) rotate(t *rapid.T) {
	w.T = t
	rotateKeys(t, w.h)
}

// rotateKeys changes every key of the register.
func rotateKeys(t interface{ Fatal(...any) }, h *tests.House) {
	if err := h.House.BeginRotation("test"); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = h.House.RotateStep(); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever writes customers, over REST or with SQL, their keys follow: what is stored equals what the
// records give.
func TestKeysFollowEveryAct(t *testing.T) {
	fewChecks(t, 5, 40)
	h := tests.Start(t)
	// a failing case is made smaller many times over
	setPolicy(t, h, "reveal", map[string]any{"numbers_per_day": 10_000})
	runs, seen, merges := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := &followWorld{mergeWorld: &mergeWorld{T: rt, tb: t, h: h, serial: runs*200 + 5000, expected: map[string]string{},
			children: map[string]string{}}}
		runs++
		w.populate()
		rt.Repeat(map[string]func(*rapid.T){"merge": w.merge, "undo": w.undo, "edit": w.rename, "add": w.add,
			"contact": w.contact, "delete": w.remove, "import": w.importBook, "undo import": w.undoImport,
			"erase": w.erase, "rotate": w.rotate})
		w.T = rt
		seen += keyed(rt, h)
		merges += w.merges
		w.clear()
		execute(t, h, "DELETE FROM kehu_match_pending")
		keyed(rt, h)
	})
	if seen == 0 || merges == 0 {
		t.Errorf("%d customers were compared, %d merged: the test does not do what it says", seen, merges)
	}
}

// A rotation of the keys is no news of a customer: what people decided of a pair stands, and an
// account is still found by its index.
func TestDecisionsOutliveARotation(t *testing.T) {
	h := tests.Start(t)
	consent := map[string]any{"purposes": []string{"bank"}, "method": "paper"}
	for i, name := range []string{"上海澄岚仪器有限公司", "澄岚仪器有限公司"} {
		h.Create("data_admin", "customers", map[string]any{"kind": "enterprise", "name": name, "mobile": mobileNo(i),
			"bank_account": "6222020200112233446", "consent": consent, "confirm_duplicate": "试验的客户"})
	}
	execute(t, h, "UPDATE duplicate_pairs SET confirmed_reason = '', confirmed_by = ''")
	scan(t, h)
	pair := listed(t, h, "data_admin", "", 1)["pairs"].([]any)[0].(map[string]any)
	do(t, h, "data_admin", "POST", "/api/kehu/duplicates/"+idOf(pair)+"/distinct", map[string]any{"reason": "两家不同的公司"})
	before := value[string](h, "SELECT print FROM duplicate_pairs")
	rotateKeys(t, h)
	if value[string](h, "SELECT print FROM duplicate_pairs") == before {
		t.Error("the rotation changed no key: the test proves nothing")
	}
	keyed(t, h)
	scan(t, h)
	if state := value[string](h, "SELECT state FROM duplicate_pairs"); state != "distinct" {
		t.Errorf("after a rotation and a scan the pair is %s", state)
	}
}

// Two entries of one person that agree in name and account alone, whose mobiles and addresses differ,
// are found by a scan: the account's index is one of its keys.
func TestAScanFindsPersonsByTheirAccount(t *testing.T) {
	h := tests.Start(t)
	h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称", "客户类型", "手机", "银行账号"},
		[]any{"陈一诺", "个人", "13712341231", "6222020200112233446"},
		[]any{"陈一诺", "个人", "13812341232", "6222020200112233446"},
		[]any{"陈一诺", "个人", "13912341233", "6228480402564890018"}),
		map[string]any{"options": map[string]any{"consent": []string{"bank"}}})
	if n := value[int](h, "SELECT count(*) FROM kehu_sealed WHERE field = 'bank_account'"); n != 3 {
		t.Fatalf("%d accounts are stored", n)
	}
	keyed(t, h)
	listed(t, h, "data_admin", "", 1)
	execute(t, h, "DELETE FROM duplicate_pairs")
	scan(t, h)
	pair := listed(t, h, "data_admin", "", 1)["pairs"].([]any)[0].(map[string]any)
	if codes := fmt.Sprint(pair["codes"]); codes != "[name bank_account]" {
		t.Errorf("the reasons are %s", codes)
	}
}
