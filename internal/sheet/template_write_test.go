package sheet

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func customerTemplate() TemplateSpec {
	var industries []string
	for i := range 300 {
		industries = append(industries, fmt.Sprintf("行业门类%03d", i))
	}
	return TemplateSpec{
		Title: "客户导入模板填写说明",
		Fields: []TemplateField{
			{Key: "kind", Label: "客户类型", Required: true, Options: []string{"企业", "个人"},
				Example: [2]string{"企业", "个人"}},
			{Key: "name", Label: "客户名称", Required: true, Note: "与营业执照一致", Width: 30,
				Example: [2]string{"上海示范科技有限公司", "张三"}},
			{Key: "uscc", Label: "统一社会信用代码", Note: "18 位",
				Example: [2]string{"91310000MA1FL5E08X", ""}},
			{Key: "industry", Label: "行业", Options: industries,
				Example: [2]string{"行业门类001", ""}},
			{Key: "capital", Label: "注册资本", Kind: AsMoney, Example: [2]string{"1000000", ""}},
			{Key: "staff", Label: "人数", Kind: AsNumber, Example: [2]string{"35", "1"}},
			{Key: "since", Label: "成立日期", Kind: AsDate, Example: [2]string{"2015-06-01", ""}},
		},
		Sheets: []TemplateSheet{{Name: "联系人", Fields: []TemplateField{
			{Key: "contact", Label: "姓名", Required: true, Example: [2]string{"李四", "王五"}}}}},
	}
}

func templateBytes(t testing.TB, spec TemplateSpec) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteTemplate(&out, spec); err != nil {
		t.Fatal(err)
	}
	checkWellFormed(t, out.Bytes())
	return out.Bytes()
}

func TestTemplateReads(t *testing.T) {
	book := templateBytes(t, customerTemplate())
	var all strings.Builder
	for _, sheet := range []string{TemplateSheetName, "联系人", GuideSheet} {
		fmt.Fprintf(&all, "== %s ==\n%s", sheet, render(t, book, sheet))
	}
	checkGolden(t, "template.golden", all.String())
}

func TestTemplateSheets(t *testing.T) {
	f := openExcelize(t, templateBytes(t, customerTemplate()))
	if f.GetActiveSheetIndex() != 0 || f.GetSheetName(0) != TemplateSheetName {
		t.Errorf("the first sheet is %s", f.GetSheetName(0))
	}
	visible, err := f.GetSheetVisible(OptionsSheet)
	if err != nil || visible {
		t.Errorf("the lists are visible: %v, %v", visible, err)
	}
	for _, name := range f.GetSheetList() {
		if own := name != TemplateSheetName && name != "联系人"; IsOwnSheet(name) != own {
			t.Errorf("IsOwnSheet(%s) is %v", name, !own)
		}
	}
}

func TestTemplateDropDowns(t *testing.T) {
	f := openExcelize(t, templateBytes(t, customerTemplate()))
	list, err := f.GetDataValidations(TemplateSheetName)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d drop-downs, %v", len(list), err)
	}
	for i, want := range []struct{ area, source string }{
		{"A2:A1048576", `"企业,个人"`}, {"D2:D1048576", "options_1_industry"},
	} {
		if list[i].Sqref != want.area || list[i].Formula1 != want.source {
			t.Errorf("%s offers %s", list[i].Sqref, list[i].Formula1)
		}
	}
	names := f.GetDefinedName()
	if len(names) != 1 || names[0].RefersTo != "'选项'!$A$2:$A$301" {
		t.Errorf("the names are %+v", names)
	}
	if last, _ := f.GetCellValue(OptionsSheet, "A301"); last != "行业门类299" {
		t.Errorf("the list ends with %q", last)
	}
}

func TestTemplateKeepsLongNumbers(t *testing.T) {
	f := openExcelize(t, templateBytes(t, customerTemplate()))
	for column, want := range map[string]int{"B": 49, "C": 49, "D": 49, "E": 4, "F": 0} {
		id, err := f.GetColStyle(TemplateSheetName, column)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || style.NumFmt != want {
			t.Errorf("column %s has number format %d, want %d", column, style.NumFmt, want)
		}
	}
	if kind, _ := f.GetCellType(TemplateSheetName, "G2"); kind != excelize.CellTypeUnset {
		t.Errorf("the date of the example is of type %v", kind)
	}
}

func TestTemplateExamplesAreRecognised(t *testing.T) {
	f := openExcelize(t, templateBytes(t, customerTemplate()))
	for _, sheet := range []string{TemplateSheetName, "联系人"} {
		rows, err := f.GetRows(sheet)
		if err != nil || len(rows) != 3 {
			t.Fatalf("%s has %d rows, %v", sheet, len(rows), err)
		}
		for i, row := range rows {
			if IsExampleRow(row) != (i > 0) {
				t.Errorf("%s row %d: %q", sheet, i+1, row)
			}
		}
	}
}

func TestIsExampleRow(t *testing.T) {
	for _, c := range []struct {
		name  string
		cells []string
		want  bool
	}{
		{"left in", []string{"企业", "【示例】上海示范科技有限公司"}, true},
		{"with blanks before it", []string{" 【示例】x"}, true},
		{"typed over", []string{"企业", "北京某某有限公司"}, false},
		{"the word inside a name", []string{"上海【示例】有限公司"}, false},
		{"empty", nil, false},
	} {
		if got := IsExampleRow(c.cells); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestTemplateListsThatCannotBeInline(t *testing.T) {
	long := strings.Repeat("长", maxInlineList/2)
	for _, c := range []struct {
		name    string
		options []string
		want    bool
	}{
		{"short", []string{"企业", "个人"}, true},
		{"a comma", []string{"企业,公司", "个人"}, false},
		{"a quote", []string{`"企业"`, "个人"}, false},
		{"at the limit", []string{long, long}, true},
		{"past the limit", []string{long, long + "长"}, false},
	} {
		if got := inlineList(c.options); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestTemplateRefusesASheetWithoutFields(t *testing.T) {
	if err := WriteTemplate(&bytes.Buffer{}, TemplateSpec{}); err == nil {
		t.Error("an empty template was written")
	}
}

func TestTemplateTouchesNoDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	templateBytes(t, customerTemplate())
	checkEmptyFolder(t, dir)
}
