package hooks_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kehu/tests"
)

// Nothing that was entered is found in plain anywhere under the data directory or the temp folder:
// database, log, request log, stored workbooks and exports included, and neither after the keys were
// changed. What backups hold is looked at in backups (TestNothingIsWrittenInPlain).
func TestNothingIsOnTheDiskInPlain(t *testing.T) {
	h := tests.Start(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	h.App.Settings().Logs.MaxDays = 7
	secrets := []string{"金丝雀仪器", "13787654321", "canary-mail", "11010519491231002X", "金丝雀备注"}
	h.Create("sales", "customers", map[string]any{"kind": "individual", "name": "金丝雀仪器", "mobile": "13787654321",
		"email": "canary-mail@example-firm.cn", "cert_type": "身份证", "cert_no": "11010519491231002X", "current_need": "金丝雀备注",
		"consent": map[string]any{"purposes": []string{"sensitive_id"}, "method": "paper", "statement_version": "1"}})
	h.Import("data_admin", "金丝雀仪器13787654321.xlsx", tests.Workbook([]any{"客户名称", "手机", "身份证号"},
		[]any{"金丝雀仪器二号有限公司", "13787654321", "11010519491231002X"}), nil)
	h.Do("data_admin", "GET", "/api/collections/customers/records?filter=mobile='13787654321'", nil)
	h.Do("data_admin", "GET", "/api/kehu/search?q=金丝雀仪器", nil)
	if file := h.Export("data_admin", map[string]any{"reason": "检查磁盘明文"}); file.Status != 200 {
		t.Fatalf("%d %s", file.Status, file.Body)
	}
	look := func() {
		t.Helper()
		for _, root := range []string{h.Dir, h.Keys, temp} {
			files := 0
			_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return nil
				}
				files++
				content, err := os.ReadFile(path)
				if err != nil {
					return nil
				}
				for _, secret := range secrets {
					if bytes.Contains(content, []byte(secret)) || strings.Contains(path, secret) {
						t.Errorf("%s stands in %s", secret, path)
					}
				}
				return nil
			})
			if files == 0 && root != temp {
				t.Errorf("no file under %s: the test looks at the wrong place", root)
			}
		}
	}
	look()
	rotateKeys(t, h)
	look()
	h.Close()
	look()
}

// The certificate number is read by nobody, not even as a filter or through SQL's own column.
func TestACertificateNumberIsKeptSealed(t *testing.T) {
	h := tests.Start(t)
	values := map[string]any{"kind": "individual", "name": "陈一诺", "mobile": "13712341231", "cert_type": "resident_id",
		"cert_no": "11010519491231002X", "consent": map[string]any{"purposes": []string{"sensitive_id"}, "method": "paper"}}
	got := h.Create("sales", "customers", values)
	if got["cert_no"] != "110105********002X" || got["gender"] != "female" {
		t.Errorf("%v %v", got["cert_no"], got["gender"])
	}
	again := h.Do("sales", "PATCH", "/api/collections/customers/records/"+got["id"].(string),
		map[string]any{"cert_no": "110105********002X", "short_name": "一诺"})
	if again.Status != 200 {
		t.Errorf("the mask sent back: %d %s", again.Status, again.Body)
	}
	for _, role := range []string{"superuser", "data_admin", "sales"} {
		a := h.Do(role, "GET", "/api/collections/customers/records?filter=cert_no~'19491231'", nil)
		if strings.Contains(string(a.Body), got["id"].(string)) {
			t.Errorf("%s tells the number by a filter", role)
		}
	}
	other := map[string]any{"kind": "individual", "name": "别人", "mobile": "13712341232", "cert_type": "resident_id",
		"cert_no": "11010519491231002x", "consent": values["consent"]}
	if a := h.Do("sales2", "POST", "/api/collections/customers/records", other); a.Status != 409 || a.Code("cert_no") != "duplicate_exact" {
		t.Errorf("the same certificate: %d %s", a.Status, a.Body)
	}
	_, err := h.App.DB().NewQuery("UPDATE customers SET cert_no = '110105194912310021'").Execute()
	if err == nil {
		t.Error("a raw update wrote a plain certificate number")
	}
	without := map[string]any{"kind": "enterprise", "name": "甲公司", "cert_no": "11010519491231002X"}
	if a := h.Do("sales", "POST", "/api/collections/customers/records", without); a.Status != 400 {
		t.Errorf("a firm with a certificate number: %d", a.Status)
	}
}

func TestAnImportDropsCertificatesWithoutConsentAndSaysSo(t *testing.T) {
	h := tests.Start(t)
	rows := tests.Workbook([]any{"姓名", "手机", "身份证号"}, []any{"陈一诺", "13712341231", "11010519491231002X"})
	show := h.Import("data_admin", "a.xlsx", rows, nil)
	wantCounts(t, show, map[string]int{"incomplete": 1})
	if codes := rowCodes(h, show["id"].(string)); !strings.Contains(fmt.Sprint(codes), "sensitive_no_consent") {
		t.Errorf("%v", codes)
	}
	with := h.Import("data_admin", "a.xlsx", rows, map[string]any{"options": map[string]any{
		"consent": []string{"sensitive_id"}, "on_duplicate": "update"}})
	wantCounts(t, with, map[string]int{"updated": 1})
	if c := find(h, "陈一诺"); c["cert_no"] != "110105********002X" {
		t.Errorf("%v", c["cert_no"])
	} else if a := reveal(h, "data_admin", "customers", c["id"].(string), "cert_no"); a.Text("value") != "11010519491231002X" {
		t.Errorf("the consent that came with the import is not on record: %d %s", a.Status, a.Body)
	}
}

// Reasons are kept and shown, so they hold no number of class S.
func TestAReasonWithANumberIsRefused(t *testing.T) {
	h := tests.Start(t)
	const number = "11010519491231002X"
	for name, a := range map[string]tests.Answer{
		"duplicate": h.Do("sales", "POST", "/api/collections/customers/records", firm("甲有限公司", map[string]any{
			"confirm_duplicate": "同一人 " + number})),
		"standard": h.Do("sales", "POST", "/api/collections/customers/records", firm("乙有限公司", map[string]any{
			"confirm": map[string]string{"uscc": "证件 " + number}})),
		"export": h.Do("data_admin", "POST", "/api/kehu/exports", map[string]any{"reason": "查 " + number, "format": "csv"}),
	} {
		if a.Status != 400 || a.Code("") != "sensitive_in_text" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// Whatever route a reason or a note goes through, and however it is sent.
func TestNoRouteTakesANumberAmongItsReasons(t *testing.T) {
	h := tests.Start(t)
	const number = "同一人 11010519491231002X"
	active := entered(h, "sales", "上海澄岚仪器有限公司", nil)
	execute(t, h, "UPDATE customers SET status = 'active' WHERE id = '"+active+"'")
	draft := entered(h, "sales", "苏州北辰餐饮有限公司", nil)
	waiting := entered(h, "sales", "宁波海潮机械有限公司", nil)
	request := submit(h, "sales", waiting)
	pair := put(t, h, "duplicate_pairs", map[string]any{"a": min(active, draft), "b": max(active, draft), "state": "open", "score": 0.9})
	before := cells(t, h)
	for _, c := range []struct {
		role, path string
		body       map[string]any
	}{
		{"data_admin", "/customers/" + active + "/tier", map[string]any{"tier": "key", "reason": number}},
		{"sales", "/customers/" + active + "/tier", map[string]any{"tier": "key", "reason": number}},
		{"sales", "/customers/" + active + "/changes", map[string]any{"changes": map[string]any{"short_name": "甲"}, "reason": number}},
		{"sales", "/customers/" + active + "/changes", map[string]any{"changes": map[string]any{"short_name": "甲"}, "reason": "来电说明",
			"confirmed_with": number}},
		{"sales", "/customers/" + draft + "/submit", map[string]any{"note": number}},
		{"manager", "/approvals/" + request + "/reject", map[string]any{"note": number}},
		{"data_admin", "/duplicates/" + pair + "/distinct", map[string]any{"reason": number}},
		{"data_admin", "/merges", mergeOf(active, []string{draft}, map[string]any{"reason": number})},
		{"sales", "/customers/" + active + "/archive", map[string]any{"reason": number, "last_contact": "2020-03-01"}},
	} {
		if a := h.Do(c.role, "POST", "/api/kehu"+c.path, c.body); a.Status != 400 || a.Code("") != "sensitive_in_text" {
			t.Errorf("%s %v: %d %s", c.path, c.body, a.Status, a.Body)
		}
	}
	a := h.Send("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称"}, []any{"丙有限公司"}),
		map[string]any{"options": map[string]any{"confirm_duplicate": number}})
	if a.Status != 400 || a.Code("") != "sensitive_in_text" {
		t.Errorf("the options of an import: %d %s", a.Status, a.Body)
	}
	same(t, h, before)
	if a := h.Do("manager", "POST", "/api/kehu/approvals/"+request+"/approve", map[string]any{"note": "已核对"}); a.Status != 200 {
		t.Errorf("a note without one: %d %s", a.Status, a.Body)
	}
}
