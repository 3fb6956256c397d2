package hooks_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kehu/collections"
	"kehu/hooks"
	"kehu/tests"
)

// erasedPerson is a customer with something of every kind, and texts by which its data are known.
func erasedPerson(t *testing.T, h *tests.House) (id string, traces []string) {
	t.Helper()
	values := person("陈一诺", "13712341231", revealed)
	values["bank_account"], values["business_address"] = "6222020200112233008", "上海市浦东新区祖冲之路887弄"
	values["current_need"], values["email"] = "金丝雀需求", "canary@example-firm.cn"
	id = h.Create("sales", "customers", values)["id"].(string)
	h.Create("sales", "contacts", map[string]any{"customer": id, "name": "孙联系", "mobile": "13612341232"})
	h.Create("sales", "followups", map[string]any{"customer": id, "date": "2026-11-01", "method": "phone", "summary": "金丝雀跟进"})
	h.Create("service", "tickets", map[string]any{"customer": id, "kind": "inquiry", "subject": "金丝雀工单"})
	h.Create("sales", "orders", map[string]any{"customer": id, "date": "2026-10-01", "amount": 1200, "number": "D-1"})
	h.Create("sales", "contracts", map[string]any{"customer": id, "number": "HT-1", "title": "服务合同", "signed": "2026-10-02", "amount": 800})
	if a := attach(h, "data_admin", id, "other", "a.png", picture(t, "")); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	reveal(h, "manager", "customers", id, "cert_no")
	return id, []string{"陈一诺", "13712341231", revealed, "110105********002X", "6222****", "887弄", "金丝雀", "canary@", "孙联系", "13612341232"}
}

// everything is every text of the database that an owner can read.
func everything(t *testing.T, h *tests.House) string {
	t.Helper()
	var out strings.Builder
	all, err := h.App.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.IsView() || c.System {
			continue
		}
		records, err := h.App.FindAllRecords(c.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			text, err := json.Marshal(r.IgnoreEmailVisibility(true).Unhide(c.Fields.FieldNames()...))
			if err != nil {
				t.Fatal(err)
			}
			out.Write(text)
		}
	}
	return out.String()
}

func storedFiles(h *tests.House) (n int) {
	_ = filepath.WalkDir(filepath.Join(h.Dir, "storage"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(path, ".attrs") {
			n++
		}
		return nil
	})
	return n
}

func erase(t *testing.T, h *tests.House, id string) {
	t.Helper()
	admin, err := h.App.FindRecordById("staff", h.Staff["data_admin"])
	if err != nil {
		t.Fatal(err)
	}
	if err := h.House.EraseSubject(id, admin, "本人要求删除"); err != nil {
		t.Fatal(err)
	}
	if err := h.House.EraseSubject(id, admin, "本人要求删除"); !errors.Is(err, collections.ErrErased) {
		t.Errorf("erased twice: %v", err)
	}
}

// What an erasure takes and what it leaves: number, dates and amounts for the accounts.
func TestAPersonIsErased(t *testing.T) {
	h := tests.Start(t)
	id, traces := erasedPerson(t, h)
	number := value[string](h, "SELECT number FROM customers WHERE id = '"+id+"'")
	before := everything(t, h)
	for _, trace := range traces {
		if trace != revealed && !strings.Contains(before, trace) {
			t.Errorf("%s is not there before: the test looks at the wrong place", trace)
		}
	}
	erase(t, h, id)
	after := everything(t, h)
	for _, trace := range traces {
		if i := strings.Index(after, trace); i >= 0 {
			t.Errorf("%s is still there: %s", trace, after[max(0, i-200):min(len(after), i+100)])
		}
	}
	c := h.Do("data_admin", "GET", "/api/collections/customers/records/"+id, nil).JSON()
	if c["number"] != number || c["total_amount"] != float64(2000) || c["first_deal"] != "2026-10-01" || c["name"] != "已删除" ||
		c["owner"] != h.Staff["sales"] {
		t.Errorf("what should stay: %v", c)
	}
	if o := h.Do("data_admin", "GET", "/api/collections/orders/records", nil); !strings.Contains(string(o.Body), `"amount":1200`) {
		t.Errorf("the order's amount is gone: %s", o.Body)
	}
	if n := storedFiles(h); n != 0 {
		t.Errorf("%d files are left", n)
	}
	for _, query := range []string{"陈一诺", "1231", "孙联系"} {
		if a := h.Do("data_admin", "GET", "/api/kehu/search?q="+query, nil); strings.Contains(string(a.Body), id) {
			t.Errorf("the search still finds %s", query)
		}
	}
	if a := lookUp(h, "data_admin", "cert_no", revealed); string(a.Body) != "{\"items\":[]}\n" {
		t.Errorf("found by the number: %s", a.Body)
	}
	if a := reveal(h, "data_admin", "customers", id, "cert_no"); a.Code("") != "reveal_empty" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "POST", "/api/collections/customers/records", person("陈一诺", "13712341231", revealed)); a.Status != 200 {
		t.Errorf("the same person cannot become a customer again: %d %s", a.Status, a.Body)
	}
}

// A backup from before an erasure is brought up to it at the first start: the key of the sealed
// values is in neither any more.
func TestARestoreReplaysTheErasures(t *testing.T) {
	h := tests.Start(t)
	id, traces := erasedPerson(t, h)
	h.Close()
	backup := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(backup, os.DirFS(h.Dir)); err != nil {
		t.Fatal(err)
	}
	h.Open()
	erase(t, h, id)
	old := h.On(backup, h.Keys)
	if n := value[int](old, "SELECT count(*) FROM kehu_sealed") + value[int](old, "SELECT count(*) FROM kehu_subject_keys"); n != 0 {
		t.Errorf("%d sealed values and keys came back", n)
	}
	after := everything(t, old)
	for _, trace := range traces {
		if strings.Contains(after, trace) {
			t.Errorf("%s came back", trace)
		}
	}
	list, err := collections.Erasures(collections.Through(old.App.DB()))
	if err != nil || len(list) != 1 || list[0].Customer != id || list[0].By != "staff:"+h.Staff["data_admin"] {
		t.Errorf("%v %v", list, err)
	}
}

// The list holds nothing of the person, and a forged line erases nobody.
func TestTheListOfErasures(t *testing.T) {
	h := tests.Start(t)
	id, traces := erasedPerson(t, h)
	other := h.Create("sales", "customers", person("李二诺", "13512341233", certificate(7)))["id"].(string)
	erase(t, h, id)
	path := filepath.Join(h.Keys, hooks.ErasuresFile)
	text, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(text, []byte(id)) {
		t.Fatalf("%s %v", text, err)
	}
	for _, trace := range append(traces, "本人要求删除") {
		if bytes.Contains(text, []byte(trace)) {
			t.Errorf("the list tells %s", trace)
		}
	}
	root, err := collections.OpenKeys(h.Dir, h.Keys, collections.Random)
	if err != nil {
		t.Fatal(err)
	}
	forged := bytes.ReplaceAll(text, []byte(id), []byte(other))
	if _, err := collections.ReadErasures(bytes.NewReader(forged), root); !errors.Is(err, collections.ErrErasures) {
		t.Errorf("a forged line: %v", err)
	}
	if _, err := collections.ReadErasures(bytes.NewReader(text[:len(text)-5]), root); !errors.Is(err, collections.ErrErasures) {
		t.Errorf("a cut line: %v", err)
	}
	list, err := collections.ReadErasures(bytes.NewReader(text), root)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	if n, err := collections.ReplayErasures(h.App, list); n != 0 || err != nil {
		t.Errorf("replayed where it is done: %d %v", n, err)
	}
}
