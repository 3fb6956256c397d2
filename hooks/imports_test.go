package hooks_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"kehu/tests"
)

func sumOf(counts map[string]int) int {
	return counts["created"] + counts["updated"] + counts["unchanged"] + counts["incomplete"] +
		counts["duplicate"] + counts["failed"] + counts["blank"]
}

func wantCounts(t *testing.T, show map[string]any, want map[string]int) {
	t.Helper()
	got := tests.Counts(show)
	if show["state"] != "done" {
		t.Fatalf("the import ended %v: %v", show["state"], show["error"])
	}
	for _, key := range []string{"created", "updated", "unchanged", "incomplete", "duplicate",
		"failed", "blank"} {
		if got[key] != want[key] {
			t.Errorf("%s: %d, want %d (%v)", key, got[key], want[key], got)
		}
	}
	if sumOf(got) != got["total"] {
		t.Errorf("the outcomes are %d of %d rows", sumOf(got), got["total"])
	}
}

var messy = [][]any{
	{"客户信息登记表"},
	{"填表日期：2026年11月"},
	{"★客户\n名称", "所属行业", "联系人", "手机号码", "统一社会信用代码", "注册资本(万元)", "成立时间", "地址", "备注"},
	{"上海澄岚仪器有限公司", "制造业-专用设备制造", "赵启航", 13912341234, "91110000600037341L", 500, "2016.3.18", "上海浦东张江路368号", "老客户介绍"},
	{" "},
	{"坏手机有限公司", "软件开发", "钱多多", 12345, "", "", "", "", ""},
	{"坏代码有限公司", "软件开发", "孙小美", "13612345679", "91110000600037341A", "", "", "", ""},
	{"截断代码有限公司", "软件开发", "李大白", "13612345670", 911101081234560000.0, "", "", "", ""},
	{"坏日期有限公司", "软件开发", "周大福", "13612345671", "", "", "2024-02-30", "", ""},
	{"上海澄岚仪器有限公司", "制造业-专用设备制造", "赵启航", 13912341234, "91110000600037341L", 500, "2016.3.18", "上海浦东张江路368号", ""},
	{"陈一诺", "", "", "15012345670", "", "", "", "浙江杭州西湖区文三路90号", ""},
	{"秘密有限公司", "软件开发", "吴用", "13612345672", "", "", "", "", "证件 11010519491231002X"},
}

func TestAMessyWorkbookBecomesAStandardRegister(t *testing.T) {
	h := tests.Start(t)
	show := h.Import("data_admin", "客户.xlsx", tests.Workbook(messy...), nil)
	wantCounts(t, show, map[string]int{"incomplete": 2, "failed": 5, "duplicate": 1, "blank": 1})
	list := h.Do("data_admin", "GET", "/api/collections/customers/records?sort=number", nil).JSON()
	items := list["items"].([]any)
	if len(items) != 2 {
		t.Fatalf("%d customers", len(items))
	}
	first := items[0].(map[string]any)
	for key, want := range map[string]any{"name": "上海澄岚仪器有限公司", "kind": "enterprise",
		"registered_capital": 5e6, "founded": "2016-03-18", "industry": "C35", "division": "310115",
		"mobile": "13912341234", "channel": "import", "number": "KH-202611001"} {
		if first[key] != want {
			t.Errorf("%s: %v, want %v", key, first[key], want)
		}
	}
	contacts := h.Do("data_admin", "GET", "/api/collections/contacts/records", nil).JSON()
	contact := contacts["items"].([]any)[0].(map[string]any)
	if contact["name"] != "赵启航" || contact["mobile"] != "13912341234" || contact["primary"] != true {
		t.Errorf("%v", contact)
	}
	codes := rowCodes(h, show["id"].(string))
	for row, code := range map[int]string{6: "mobile_length", 7: "uscc_check_character",
		8: "digits_lost", 9: "date_impossible", 10: "duplicate_row", 12: "sensitive_in_text"} {
		if !strings.Contains(codes[row], code) {
			t.Errorf("row %d: %s, want %s", row, codes[row], code)
		}
	}
	again := h.Import("data_admin", "客户.xlsx", tests.Workbook(messy...), nil)
	if n := tests.Counts(again); n["created"]+n["incomplete"]+n["updated"] != 0 || n["unchanged"] < 2 {
		t.Errorf("the same file again: %v", n)
	}
	tasks := h.Do("superuser", "GET", "/api/collections/tasks/records", nil).JSON()
	if n := len(tasks["items"].([]any)); n != 2 {
		t.Errorf("%d tasks for what is missing, want 2", n)
	}
}

// rowCodes are the codes of an import's rows by row number.
func rowCodes(h *tests.House, id string) map[int]string {
	codes := map[int]string{}
	list := h.Do("superuser", "GET", "/api/collections/import_rows/records?perPage=500&filter="+
		"import='"+id+"'", nil).JSON()
	for _, item := range list["items"].([]any) {
		row := item.(map[string]any)
		codes[int(row["row"].(float64))] = fmt.Sprint(row["errors"])
	}
	return codes
}

func TestTheErrorWorkbookIsTheUsersOwnFileMendedAndSentAgain(t *testing.T) {
	h := tests.Start(t)
	show := h.Import("data_admin", "客户.xlsx", tests.Workbook(messy...), nil)
	a := h.Do("data_admin", "GET", "/api/kehu/imports/"+show["id"].(string)+"/errors.xlsx", nil)
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	f, err := excelize.OpenReader(bytes.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if title, _ := f.GetCellValue("Sheet1", "A1"); title != "客户信息登记表" {
		t.Errorf("the title row is %q", title)
	}
	reason, _ := f.GetCellValue("Sheet1", "J6")
	if header, _ := f.GetCellValue("Sheet1", "J3"); header != "错误" || !strings.Contains(reason, "11 位") {
		t.Errorf("column 错误: %q, %q", header, reason)
	}
	comments, _ := f.GetComments("Sheet1")
	if len(comments) < 5 {
		t.Errorf("%d comments", len(comments))
	}
	for cell, value := range map[string]any{"D6": "13612345673", "E7": "", "E8": "", "G9": "2024-02-28",
		"I12": "无"} {
		if err := f.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	buffer, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	mended := h.Import("data_admin", "客户-错误.xlsx", buffer.Bytes(), nil)
	wantCounts(t, mended, map[string]int{"incomplete": 5, "unchanged": 3, "blank": 1})
}

func TestCSVInEveryEncodingGivesTheSameCustomers(t *testing.T) {
	text := "客户名称,联系人,手机,成立日期\n甲乙科技有限公司,王大明,13712341235,2020/1/2\n"
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String(text)
	for name, content := range map[string][]byte{"UTF-8": []byte(text),
		"UTF-8 with BOM": []byte("\ufeff" + text), "GBK": []byte(gbk)} {
		t.Run(name, func(t *testing.T) {
			h := tests.Start(t)
			show := h.Import("data_admin", "客户.csv", content, nil)
			wantCounts(t, show, map[string]int{"incomplete": 1})
			found := h.Do("data_admin", "GET", "/api/kehu/search?q=甲乙", nil)
			if !strings.Contains(string(found.Body), "甲乙科技有限公司") {
				t.Errorf("%s", found.Body)
			}
			errors := h.Do("data_admin", "GET", "/api/kehu/imports/"+show["id"].(string)+"/errors.xlsx", nil)
			if errors.Status != http.StatusOK {
				t.Errorf("error workbook of a CSV: %d %s", errors.Status, errors.Body)
			}
		})
	}
}

func TestADryRunWritesNothingAndCountsTheSame(t *testing.T) {
	h := tests.Start(t)
	dry := h.Import("data_admin", "客户.xlsx", tests.Workbook(messy...),
		map[string]any{"options": map[string]any{"dry_run": true}})
	wantCounts(t, dry, map[string]int{"incomplete": 2, "failed": 5, "duplicate": 1, "blank": 1})
	if list := h.Do("data_admin", "GET", "/api/collections/customers/records", nil).JSON(); list["totalItems"] != 0.0 {
		t.Errorf("a dry run stored %v customers", list["totalItems"])
	}
	wet := h.Import("data_admin", "客户.xlsx", tests.Workbook(messy...), nil)
	if fmt.Sprint(tests.Counts(wet)) != fmt.Sprint(tests.Counts(dry)) {
		t.Errorf("the dry run said %v, the run %v", tests.Counts(dry), tests.Counts(wet))
	}
}

func TestUpdateWritesWhatDiffersAndUndoBringsItBack(t *testing.T) {
	h := tests.Start(t)
	h.Import("data_admin", "甲.xlsx", tests.Workbook(
		[]any{"客户名称", "联系人", "手机", "主营业务", "企业规模"},
		[]any{"甲有限公司", "王一", "13712341231", "旧业务", "50-200人"},
		[]any{"乙有限公司", "王二", "13712341232", "旧业务", ""},
		[]any{"丙有限公司", "王三", "13712341233", "旧业务", ""}), nil)
	second := tests.Workbook(
		[]any{"客户名称", "联系人", "手机", "主营业务", "企业规模"},
		[]any{"甲有限公司", "王一", "13712341231", "新业务", ""},
		[]any{"乙有限公司", "赵新", "13712341239", "新业务", ""},
		[]any{"丙有限公司", "王三", "13712341233", "旧业务", ""},
		[]any{"丁有限公司", "王四", "13712341234", "", ""})
	skipped := h.Import("data_admin", "乙.xlsx", second, map[string]any{"options": map[string]any{"dry_run": true}})
	wantCounts(t, skipped, map[string]int{"incomplete": 1, "duplicate": 2, "unchanged": 1})
	show := h.Import("data_admin", "乙.xlsx", second,
		map[string]any{"options": map[string]any{"on_duplicate": "update"}})
	wantCounts(t, show, map[string]int{"incomplete": 1, "updated": 2, "unchanged": 1})
	find := func(name string) map[string]any {
		list := h.Do("data_admin", "GET", "/api/collections/customers/records?filter=name='"+name+"'", nil).JSON()
		items := list["items"].([]any)
		if len(items) == 0 {
			return nil
		}
		return items[0].(map[string]any)
	}
	if a := find("甲有限公司"); a["main_business"] != "新业务" || a["headcount"] != "50_200" {
		t.Errorf("an empty cell erased, or the new value is not there: %v", a)
	}
	touched := find("乙有限公司")
	h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+touched["id"].(string),
		map[string]any{"short_name": "乙"})
	undo := h.Do("data_admin", "POST", "/api/kehu/imports/"+show["id"].(string)+"/undo", nil)
	if undo.Status != http.StatusOK || len(undo.JSON()["touched"].([]any)) != 1 {
		t.Fatalf("%d %s", undo.Status, undo.Body)
	}
	if a := find("甲有限公司"); a["main_business"] != "旧业务" {
		t.Errorf("甲 was not brought back: %v", a["main_business"])
	}
	if b := find("乙有限公司"); b["main_business"] != "新业务" || b["short_name"] != "乙" {
		t.Errorf("乙 was touched and must stay: %v", b)
	}
	if find("丁有限公司") != nil {
		t.Error("丁 was made by the import and stays")
	}
	hits := h.Do("data_admin", "GET", "/api/kehu/search?q=丁有限", nil)
	if strings.Contains(string(hits.Body), "丁有限公司") {
		t.Error("丁 is still found")
	}
}

func TestOneRowForEachContactMakesOneCustomer(t *testing.T) {
	h := tests.Start(t)
	show := h.Import("data_admin", "a.xlsx", tests.Workbook(
		[]any{"客户名称", "联系人", "手机", "联系人2", "联系人2手机"},
		[]any{"甲有限公司", "王一", "13712341231", "王五", "13712341235"},
		[]any{"甲有限公司", "王二", "13712341232", "", ""}), nil)
	wantCounts(t, show, map[string]int{"incomplete": 1, "updated": 1})
	contacts := h.Do("data_admin", "GET", "/api/collections/contacts/records", nil).JSON()
	if contacts["totalItems"] != 3.0 {
		t.Errorf("%v contacts, want 3", contacts["totalItems"])
	}
}

func TestARowIsMendedOrDecidedInPlace(t *testing.T) {
	h := tests.Start(t)
	h.Create("data_admin", "customers", firm("先来有限公司", map[string]any{"mobile": "13712341231"}))
	show := h.Import("data_admin", "a.xlsx", tests.Workbook(
		[]any{"客户名称", "手机"},
		[]any{"甲有限公司", "137123"},
		[]any{"乙有限公司", "13712341231"}), nil)
	wantCounts(t, show, map[string]int{"failed": 1, "duplicate": 1})
	path := "/api/kehu/imports/" + show["id"].(string) + "/rows/"
	mended := h.Do("data_admin", "PATCH", path+"2", map[string]any{"cells": map[string]string{"手机": "13712341232"}})
	if mended.Text("outcome") != "incomplete" {
		t.Errorf("mended: %d %s", mended.Status, mended.Body)
	}
	if bad := h.Do("data_admin", "PATCH", path+"3", map[string]any{"decision": "create"}); bad.Status != 400 {
		t.Errorf("created without a reason: %d %s", bad.Status, bad.Body)
	}
	decided := h.Do("data_admin", "PATCH", path+"3", map[string]any{"decision": "create", "reason": "两家公司同一位会计"})
	if decided.Text("outcome") != "incomplete" {
		t.Errorf("decided: %d %s", decided.Status, decided.Body)
	}
	if again := h.Do("data_admin", "PATCH", path+"3", map[string]any{"decision": "skip"}); again.Code("") != "import_row_unknown" {
		t.Errorf("decided twice: %d %s", again.Status, again.Body)
	}
}

func TestOldRegistersTotalsBecomeOneOpeningOrder(t *testing.T) {
	h := tests.Start(t)
	h.Import("data_admin", "a.xlsx", tests.Workbook(
		[]any{"客户名称", "累计交易金额(万元)", "首次合作时间", "最近合作时间", "合同编号", "合同金额"},
		[]any{"甲有限公司", 12.5, "2019-01-02", "2023-04-05", "HT-77", 1000}), nil)
	list := h.Do("data_admin", "GET", "/api/collections/customers/records", nil).JSON()
	c := list["items"].([]any)[0].(map[string]any)
	if c["total_amount"] != 125000.0 || c["annual_amount"] != 0.0 || c["first_deal"] != "2019-01-02" ||
		c["last_deal"] != "2023-04-05" || c["relationship"] != "existing" {
		t.Errorf("%v %v %v %v", c["total_amount"], c["annual_amount"], c["first_deal"], c["last_deal"])
	}
}

func TestOtherCollectionsAreImportedByTheCustomersKey(t *testing.T) {
	h := tests.Start(t)
	c := h.Create("data_admin", "customers", firm("甲有限公司", nil))
	rows := tests.Workbook([]any{"客户编号", "交易日期", "交易金额", "产品"},
		[]any{c["number"], "2026-05-01", "1,200.50", "光谱仪"},
		[]any{"KH-000000", "2026-05-01", 5, "光谱仪"})
	show := h.Import("data_admin", "订单.xlsx", rows, map[string]any{"collection": "orders"})
	wantCounts(t, show, map[string]int{"created": 1, "failed": 1})
	again := h.Import("data_admin", "订单.xlsx", rows, map[string]any{"collection": "orders"})
	wantCounts(t, again, map[string]int{"unchanged": 1, "failed": 1})
	now := h.Do("data_admin", "GET", "/api/collections/customers/records/"+c["id"].(string), nil).JSON()
	if now["total_amount"] != 1200.5 {
		t.Errorf("total %v", now["total_amount"])
	}
	undo := h.Do("data_admin", "POST", "/api/kehu/imports/"+show["id"].(string)+"/undo", nil)
	now = h.Do("data_admin", "GET", "/api/collections/customers/records/"+c["id"].(string), nil).JSON()
	if undo.Status != 200 || now["total_amount"] != 0.0 {
		t.Errorf("undone: %d, total %v", undo.Status, now["total_amount"])
	}
}

func TestWhoMayImport(t *testing.T) {
	h := tests.Start(t)
	book := tests.Workbook([]any{"客户名称", "手机"}, []any{"甲有限公司", "13712341231"})
	for _, role := range []string{"sales", "service", "finance", "executive", ""} {
		if a := h.Send(role, "a.xlsx", book, nil); a.Status != 403 && a.Status != 401 {
			t.Errorf("%s: %d", role, a.Status)
		}
	}
	show := h.Import("manager", "a.xlsx", book, nil)
	wantCounts(t, show, map[string]int{"incomplete": 1})
	list := h.Do("manager", "GET", "/api/collections/customers/records", nil).JSON()
	if c := list["items"].([]any)[0].(map[string]any); c["department"] != h.Depts["east"] {
		t.Errorf("imported into %v", c["department"])
	}
	if other := h.Do("manager2", "GET", "/api/kehu/imports/"+show["id"].(string), nil); other.Status != http.StatusNotFound {
		t.Errorf("another manager sees the import: %d", other.Status)
	}
	if a := h.Send("manager", "a.xlsx", book, map[string]any{"options": map[string]any{"department": "华南销售部"}}); a.Status != 400 {
		t.Errorf("into another department: %d %s", a.Status, a.Body)
	}
}

func TestFilesThatAreNoWorkbookAreRefusedInOneSentence(t *testing.T) {
	h := tests.Start(t)
	for name, content := range map[string][]byte{"empty.xlsx": {}, "text.xlsx": []byte("PK\x03\x04broken"),
		"old.xls":       append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 600)...),
		"no header.csv": []byte("1,2,3\n4,5,6\n"), "report.pdf": []byte("%PDF-1.7\n")} {
		a := h.Send("data_admin", name, content, nil)
		show := a.JSON()
		if a.Status == http.StatusAccepted {
			show = h.Wait("data_admin", a.Text("id"), "previewing")
			if show["state"] != "failed" || show["error"] == "" {
				t.Errorf("%s: %v %v", name, show["state"], show["error"])
			}
		} else if a.Status != 400 {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
		if text := fmt.Sprint(show); strings.Contains(text, "goroutine") || strings.Contains(text, "内部错误") {
			t.Errorf("%s: %v", name, show["error"])
		}
	}
}

func TestHiddenRowsAreNotImportedUnseen(t *testing.T) {
	f := excelize.NewFile()
	for i, row := range [][]any{{"客户名称", "手机"}, {"看得见有限公司", "13712341231"}, {"看不见有限公司", "13712341232"}} {
		_ = f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row)
	}
	_ = f.SetRowVisible("Sheet1", 3, false)
	buffer, _ := f.WriteToBuffer()
	h := tests.Start(t)
	show := h.Import("data_admin", "a.xlsx", buffer.Bytes(), nil)
	wantCounts(t, show, map[string]int{"incomplete": 1, "failed": 1})
	show = h.Import("data_admin", "a.xlsx", buffer.Bytes(), map[string]any{"options": map[string]any{"hidden": true}})
	wantCounts(t, show, map[string]int{"incomplete": 1, "unchanged": 1})
}

func TestTheTemplateIsImportedAsItIsFilledIn(t *testing.T) {
	h := tests.Start(t)
	a := h.Do("sales", "GET", "/api/kehu/imports/template", nil)
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	empty := h.Import("data_admin", "模板.xlsx", a.Body, nil)
	wantCounts(t, empty, map[string]int{"blank": 2})
	unmapped := empty["unmapped"]
	if list, _ := unmapped.([]any); len(list) != 0 {
		t.Errorf("headers of the template that the import does not know: %v", unmapped)
	}
}

func TestAnExportComesBackUnchanged(t *testing.T) {
	h := tests.Start(t)
	h.Import("data_admin", "客户.xlsx", tests.Workbook(messy...), nil)
	for _, format := range []string{"xlsx", "csv"} {
		file := h.Export("data_admin", map[string]any{"reason": "季度对账使用", "format": format})
		if file.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", format, file.Status, file.Body)
		}
		show := h.Import("data_admin", "导出."+format, file.Body, nil)
		wantCounts(t, show, map[string]int{"unchanged": 2})
	}
	if a := h.Do("data_admin", "POST", "/api/kehu/exports", map[string]any{"reason": "x"}); a.Code("") != "export_reason" {
		t.Errorf("without a reason: %d %s", a.Status, a.Body)
	}
	waits := h.Do("sales", "POST", "/api/kehu/exports", map[string]any{"reason": "拜访前准备"})
	if waits.Text("state") != "awaiting_approval" {
		t.Errorf("a salesperson's export: %s", waits.Body)
	}
}
