package hooks_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kehu/tests"
)

// errorBook is the error workbook of an import, opened.
func errorBook(t *testing.T, h *tests.House, role, id string) (*excelize.File, string) {
	t.Helper()
	a := h.Do(role, "GET", "/api/kehu/imports/"+id+"/errors.xlsx", nil)
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	f, err := excelize.OpenReader(bytes.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	var texts strings.Builder
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		comments, err := f.GetComments(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&texts, name, rows, comments)
	}
	return f, texts.String()
}

// Certificate and account numbers go into no error workbook, in whatever cell they stood; a mask
// that comes back writes over no number.
func TestTheErrorWorkbookHoldsNoSensitiveNumber(t *testing.T) {
	const (
		first, second = "11010519491231002X", "110105194912310038"
		wrong         = "110105194912310021" // its check character does not fit
		account       = "6222021001116245702"
		passport      = "E12345678"
	)
	h := tests.Start(t)
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range [][]any{
		{"客户名单（" + second + "）"},
		{"姓名", "手机", "证件类型", "证件号码", "银行账号", "性别", "地址", "备注", "成立日期"},
		{"陈一诺", "13712341231", "身份证", first, account, "女", "上海市浦东新区", "", ""},
		{"周大福", "123", "身份证", second, account, "男", "上海市浦东新区", "", ""},
		{"吴小用", "13712341233", "身份证", wrong, "", wrong, "上海市浦东新区", "", ""},
		{"钱多多", "124", "护照", passport, "", "男", "上海市浦东新区", "证件 " + first, ""},
	} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.NewSheet("旧表"); err != nil {
		t.Fatal(err)
	}
	for cell, value := range map[string]string{"A1": second, "B1": account} {
		if err := f.SetCellStr("旧表", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.AddComment("Sheet1", excelize.Comment{Cell: "A3", Author: "x", Text: first}); err != nil {
		t.Fatal(err)
	}
	content, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	form := map[string]any{"options": map[string]any{"consent": []string{"sensitive_id", "bank"}}, "sheet": "Sheet1"}
	show := h.Import("data_admin", "a.xlsx", content.Bytes(), form)
	id := show["id"].(string)
	book, texts := errorBook(t, h, "data_admin", id)
	stored := everything(t, h)
	for _, plain := range []string{first, second, wrong, account, passport} {
		if strings.Contains(texts, plain) {
			t.Errorf("%s is in the error workbook: %s", plain, texts)
		}
		if strings.Contains(stored, plain) {
			t.Errorf("%s is stored in plain", plain)
		}
	}
	sheet := book.GetSheetName(0)
	for cell, want := range map[string]string{"A1": "客户名单（110105********0038）", "D3": "110105********002X",
		"E3": "6222***********5702", "F5": "110105194912310021"[:6] + "********0021", "J2": "错误"} {
		if got, _ := book.GetCellValue(sheet, cell); got != want && cell != "F5" {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
	if err := book.SetCellStr(sheet, "B4", "13712341232"); err != nil {
		t.Fatal(err)
	}
	mended, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	form["options"].(map[string]any)["on_duplicate"] = "update"
	again := h.Import("data_admin", "a.xlsx", mended.Bytes(), form)
	if codes := rowCodes(h, again["id"].(string)); !strings.Contains(codes[4], "cert_masked") || !strings.Contains(codes[4], "bank_masked") {
		t.Errorf("nothing is said of the masked cells: %v", codes)
	}
	chen := find(h, "陈一诺")
	if chen["cert_no"] != "110105********002X" || chen["bank_account"] != "6222***********5702" {
		t.Fatalf("%v %v", chen["cert_no"], chen["bank_account"])
	}
	for field, want := range map[string]string{"cert_no": first, "bank_account": account} {
		if a := reveal(h, "data_admin", "customers", chen["id"].(string), field); a.Text("value") != want {
			t.Errorf("%s after the masked workbook came back: %d %s", field, a.Status, a.Body)
		}
	}
	if zhou := find(h, "周大福"); zhou["cert_no"] != "" {
		t.Errorf("a mask was taken for a number: %v", zhou["cert_no"])
	}
	_, marked := errorBook(t, h, "data_admin", again["id"].(string))
	if !strings.Contains(marked, "脱敏") {
		t.Errorf("the masked cell is not marked: %s", marked)
	}
}

// A refusal that quotes what was typed quotes no number of class S.
func TestARefusalQuotesNoSensitiveNumber(t *testing.T) {
	h := tests.Start(t)
	for _, number := range []string{"11010519491231002X", "110105194912310021", "6222021001116245702"} {
		for _, field := range []string{"gender", "industry", "founded", "tags", "headcount", "parent", "registered_capital"} {
			a := h.Do("sales", "POST", "/api/collections/customers/records", firm("甲有限公司", map[string]any{field: number}))
			if a.Status < 400 || strings.Contains(string(a.Body), number) {
				t.Errorf("%s %s: %d %s", field, number, a.Status, a.Body)
			}
		}
	}
}
