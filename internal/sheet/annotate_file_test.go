package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// officeBook is a workbook as people have it: title row, colours, formats, comments, a drop-down, a
// filter, hidden columns to the right, a second sheet.
func officeBook(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.SetSheetName("Sheet1", "客户"))
	must(f.SetCellValue("客户", "A1", "客户登记表"))
	must(f.MergeCell("客户", "A1", "D1"))
	must(f.SetSheetRow("客户", "A2", &[]string{"客户名称", "手机", "金额", "建档日期"}))
	for i, name := range []string{"甲公司", "乙公司", "丙公司", "丁公司"} {
		must(f.SetSheetRow("客户", cellRef(0, i+3), &[]any{name, "13800138000", 1.5 * float64(i)}))
	}
	yellow, err := f.NewStyle(&excelize.Style{NumFmt: 4, Font: &excelize.Font{Bold: true},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFFF00"}}})
	must(err)
	must(f.SetCellStyle("客户", "C4", "C4", yellow))
	must(f.SetCellFormula("客户", "C6", "SUM(C3:C5)"))
	for cell, text := range map[string]string{"B5": "请核对", "A6": "重点客户"} {
		must(f.AddComment("客户", excelize.Comment{Cell: cell, Author: "李四",
			Paragraph: []excelize.RichTextRun{{Text: text}}}))
	}
	dv := excelize.NewDataValidation(true)
	dv.Sqref = "B3:B100"
	must(dv.SetDropList([]string{"甲", "乙"}))
	must(f.AddDataValidation("客户", dv))
	must(f.AutoFilter("客户", "A2:D6", nil))
	must(f.SetColVisible("客户", "E:XFD", false))
	_, err = f.NewSheet("说明")
	must(err)
	must(f.SetCellValue("说明", "A1", "不要改动"))
	b, err := f.WriteToBuffer()
	must(err)
	return b.Bytes()
}

var officeMarks = []RowMarks{
	{Row: 4, Marks: []Mark{{2, "金额必须大于零"}, {3, "缺少建档日期"}, {2, "金额必须大于零"}}},
	{Row: 5, Marks: []Mark{{1, "手机号应为 11 位数字"}}},
	{Row: 6, Marks: []Mark{{-1, "与第 3 行重复"}}},
	{Row: 9, Marks: []Mark{{0, "缺少客户名称"}}},
}

func TestAnnotateReads(t *testing.T) {
	book := annotateAt(t, officeBook(t), "客户", 2, officeMarks...)
	checkGolden(t, "annotate_office.golden", render(t, book, "客户"))
	f := openExcelize(t, book)
	if formula, _ := f.GetCellFormula("客户", "C6"); formula != "SUM(C3:C5)" {
		t.Errorf("the formula became %q", formula)
	}
	if hidden, _ := f.GetColVisible("客户", "E"); !hidden {
		t.Error("the column of reasons is hidden")
	}
	if visible, _ := f.GetColVisible("客户", "F"); visible {
		t.Error("a hidden column is shown")
	}
	sheet := partOf(t, book, "xl/worksheets/sheet1.xml")
	for _, want := range []string{`<autoFilter ref="A2:E6"`, `sqref="B3:B100"`, `ref="A1:D1"`} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
	if names := partOf(t, book, "xl/workbook.xml"); !strings.Contains(names, `$A$2:$E$6`) ||
		strings.Contains(names, "$D$6") {
		t.Errorf("the name of the filter was not moved: %s", names)
	}
}

func TestAnnotateKeepsTheFormatOfAWrongCell(t *testing.T) {
	f := openExcelize(t, annotateAt(t, officeBook(t), "客户", 2, officeMarks...))
	id, err := f.GetCellStyle("客户", "C4")
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	if style.NumFmt != 4 || !style.Font.Bold || style.Fill.Color[0] != wrongRGB[2:] {
		t.Errorf("number format %d, bold %v, fill %v", style.NumFmt, style.Font.Bold, style.Fill)
	}
}

func TestAnnotateAgain(t *testing.T) {
	source := officeBook(t)
	first := annotateAt(t, source, "客户", 2, officeMarks...)
	t.Run("the same marks change nothing", func(t *testing.T) {
		again := annotateAt(t, first, "客户", 2, officeMarks...)
		if got, want := render(t, again, "客户"), render(t, first, "客户"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if a, b := partOf(t, first, "xl/styles.xml"), partOf(t, again, "xl/styles.xml"); a != b {
			t.Error("the formats grew")
		}
	})
	t.Run("fewer marks leave only themselves", func(t *testing.T) {
		again := annotateAt(t, first, "客户", 2, oneMark(5, 0, "名称太短"))
		fresh := annotateAt(t, source, "客户", 2, oneMark(5, 0, "名称太短"))
		if got, want := render(t, again, "客户"), render(t, fresh, "客户"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
	t.Run("no marks leave the file as it was", func(t *testing.T) {
		again := render(t, annotateAt(t, first, "客户", 2), "客户")
		again = strings.Replace(again, "E2 错误 ["+wrongRGB[2:]+"]\n", "", 1)
		if want := render(t, source, "客户"); again != want {
			t.Errorf("got\n%s\nwant\n%s", again, want)
		}
	})
}

func TestAnnotateCopiesTheRest(t *testing.T) {
	source := officeBook(t)
	book := annotateAt(t, source, "客户", 2, officeMarks...)
	old, err := zip.NewReader(bytes.NewReader(source), int64(len(source)))
	if err != nil {
		t.Fatal(err)
	}
	now, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	packed := map[string][]byte{}
	for _, f := range now.File {
		r, err := f.OpenRaw()
		if err != nil {
			t.Fatal(err)
		}
		if packed[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	same := 0
	for _, f := range old.File {
		r, err := f.OpenRaw()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(raw, packed[f.Name]) {
			same++
		} else if packed[f.Name] == nil {
			t.Errorf("%s is gone", f.Name)
		}
	}
	// the sheet, the workbook, the formats, the comments and their boxes have changed
	if same != len(old.File)-5 {
		t.Errorf("%d of %d parts were copied as they are", same, len(old.File))
	}
}

func TestAnnotateLeavesOtherRowsAsTheyAre(t *testing.T) {
	odd := `<row  r='3' x="1"><c r='A3'  t="str"><f>1</f><v>&#x7532;</v></c><!-- note --></row >`
	sheet := handHead + "<sheetData>" +
		`<row r="2"><c r="A2"><v>1</v></c></row>` + odd + "</sheetData></worksheet>"
	book := annotate(t, handBookOf(t, sheet), oneMark(2, 0, "不对"))
	if got := partOf(t, book, "xl/worksheets/sheet1.xml"); !strings.Contains(got, odd) {
		t.Errorf("the row was rewritten: %s", got)
	}
}

func TestAnnotateASmallestWorkbook(t *testing.T) {
	book := annotate(t, handBookOf(t, plainSheet()), oneMark(2, 1, "手机号应为 11 位数字"))
	want := "A1 名称\nB1 手机\nC1 错误 [FFC7CD]\nA2 甲公司\n" +
		"B2 138 [FFC7CD] 〔客户登记｜客户登记：⏎手机号应为 11 位数字〕\n" +
		"C2 手机号应为 11 位数字\nA3 乙公司\nB3 13800138000\n"
	if got := render(t, book, "客户"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	sheet := partOf(t, book, "xl/worksheets/sheet1.xml")
	for _, want := range []string{`<row r="2">`, `<row r="3" spans="1:2">`,
		`<autoFilter ref="A1:C3"/>`, `<cols><col min="3" max="3" width="50" customWidth="1"/>` +
			`</cols>`} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %s: %s", want, sheet)
		}
	}
}

func TestAnnotateOddSheets(t *testing.T) {
	px := `<x:worksheet xmlns:x="` + mainNS + `">`
	for _, c := range []struct{ name, sheet, want string }{
		{"prefixed elements", px + `<x:sheetData><x:row r="1"><x:c r="A1"><x:v>7</x:v></x:c>` +
			`</x:row>` +
			`<x:row r="2"/></x:sheetData><x:pageMargins left="1" right="1" top="1" bottom="1"` +
			` header="1" footer="1"/></x:worksheet>`,
			`<x:sheetData><x:row r="1"><x:c r="A1"><x:v>7</x:v></x:c>` +
				`<x:c r="B1" s="1" t="inlineStr"><x:is><x:t>错误</x:t></x:is></x:c></x:row>` +
				`<x:row r="2"><x:c r="A2" s="1"/><x:c r="B2" s="2" t="inlineStr"><x:is>` +
				`<x:t>不对</x:t></x:is></x:c></x:row></x:sheetData><x:autoFilter ref="A1:B2"/>`},
		{"no rows", handHead + `<sheetData/></worksheet>`,
			`<sheetData><row r="1"><c r="A1" s="1" t="inlineStr"><is><t>错误</t></is></c></row>` +
				`<row r="2"><c r="A2" s="2" t="inlineStr"><is><t>不对</t></is></c></row>` +
				`</sheetData>`},
		{"no references", handHead + `<sheetData><row><c><v>1</v></c><c><v>2</v></c></row>` +
			`<row><c><v>3</v></c><c><v>4</v></c></row></sheetData></worksheet>`,
			`<row><c s="1"><v>3</v></c><c><v>4</v></c><c r="C2" s="2"`},
		{"an empty cell at the place", handHead + `<sheetData><row r="1"><c r="A1"><v>1</v></c>` +
			`<c r="B1"/></row><row r="2"><c r="A2"><v>3</v></c><c r="B2"></c></row></sheetData>` +
			`</worksheet>`,
			`<row r="2"><c s="1" r="A2"><v>3</v></c><c r="B2" s="2" t="inlineStr">`},
		{"something without a header", handHead + `<sheetData><row r="1"><c r="A1"><v>1</v></c>` +
			`</row>` +
			`<row r="2"><c r="B2"><v>3</v></c></row></sheetData></worksheet>`,
			`<row r="2"><c r="A2" s="1"/><c r="B2"><v>3</v></c><c r="C2" s="2"`},
		{"an extension behind the cells", handHead + `<sheetData><row r="1"><c r="A1"><v>1</v>` +
			`</c></row>` +
			`<row r="2"><extLst><ext/></extLst></row></sheetData></worksheet>`,
			`<row r="2"><c r="A2" s="1"/><c r="B2" s="2" t="inlineStr"><is><t>不对</t></is></c>` +
				`<extLst>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			book := annotate(t, handBookOf(t, c.sheet), oneMark(2, 0, "不对"))
			if got := partOf(t, book, "xl/worksheets/sheet1.xml"); !strings.Contains(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			openExcelize(t, book)
		})
	}
}

func TestAnnotatePutsThingsWhereTheSchemaWants(t *testing.T) {
	tail := `<sheetProtection/><mergeCells count="1"><mergeCell ref="E1:F3"/></mergeCells>` +
		`<conditionalFormatting sqref="A1"/><dataValidations/><pageMargins/>` +
		`<drawing r:id="rId9"/>` +
		`<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">` +
		`<mc:Choice><controls/></mc:Choice></mc:AlternateContent><tableParts count="0"/><extLst/>`
	book := annotate(t, handBookOf(t, handHead+"<sheetData>"+plainRows+"</sheetData>"+tail+
		"</worksheet>"), oneMark(2, 0, "不对"))
	sheet := partOf(t, book, "xl/worksheets/sheet1.xml")
	at := -1
	for _, want := range []string{"<cols>", "<sheetData>", "<sheetProtection/>", "<autoFilter",
		"<mergeCells", "<drawing ", "<legacyDrawing ", "<mc:AlternateContent", "<tableParts"} {
		next := strings.Index(sheet, want)
		if next < at {
			t.Errorf("%s stands at %d, before %d", want, next, at)
		}
		at = next
	}
	if !strings.Contains(sheet, `<c r="C1" s="1" t="inlineStr">`) {
		t.Errorf("the column of reasons is not C: %s", sheet)
	}
}

func TestAnnotateGoesRoundWhatIsUsed(t *testing.T) {
	merged := handHead + "<sheetData>" + plainRows + "</sheetData><mergeCells>" +
		`<mergeCell ref="C1:D1"/></mergeCells></worksheet>`
	book := annotate(t, handBookOf(t, merged), oneMark(2, 0, "不对"))
	if got := partOf(t, book, "xl/worksheets/sheet1.xml"); !strings.Contains(got, `<c r="E1" s="1"`) {
		t.Errorf("the reasons hide in a merged area: %s", got)
	}
}

func TestAnnotateUsesItsColumnWhereverItStands(t *testing.T) {
	sheet := handHead + `<sheetData><row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s">` +
		`<v>0</v></c>` +
		`</row><row r="2"><c r="A2" t="str"><v>旧的原因</v></c><c r="B2"><v>1</v></c></row>` +
		`<row r="3"><c r="A3" t="str"><v>旧的原因</v></c><c r="B3"><v>1</v></c></row></sheetData>` +
		`</worksheet>`
	shared := xmlHead + `<sst xmlns="` + mainNS + `"><si><t>名称</t></si><si><r><t> 错</t></r><r>` +
		`<t>误</t>` +
		`</r></si></sst>`
	rels := strings.Replace(handRels, "</Relationships>", `<Relationship Id="rId2" Type="`+relsNS+
		`/sharedStrings" Target="sharedStrings.xml"/></Relationships>`, 1)
	types := strings.Replace(handTypes, "</Types>", `<Override PartName="/xl/sharedStrings.xml"`+
		` ContentType="`+partPfx+`sharedStrings+xml"/></Types>`, 1)
	book := annotate(t, handBookOf(t, sheet, part{"xl/sharedStrings.xml", shared},
		part{"xl/_rels/workbook.xml.rels", rels}, part{"[Content_Types].xml", types}),
		oneMark(3, 1, "新的原因"))
	want := "A1  错误\nB1 名称\nB2 1\nA3 新的原因\n" +
		"B3 1 [FFC7CD] 〔客户登记｜客户登记：⏎新的原因〕\n"
	if got := render(t, book, "客户"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnnotateDoesNotOverwriteFormulasNamedErrors(t *testing.T) {
	sheet := handHead + `<sheetData><row r="1"><c r="A1" t="str"><v>错误</v></c></row>` +
		`<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row></sheetData></worksheet>`
	book := annotate(t, handBookOf(t, sheet), oneMark(2, -1, "不对"))
	if got := partOf(t, book, "xl/worksheets/sheet1.xml"); !strings.Contains(got, "<f>1+1</f>") {
		t.Errorf("somebody's formula is gone: %s", got)
	}
}

func TestAnnotateCutsOurColumnOutOfARange(t *testing.T) {
	for _, c := range []struct{ name, cols, want string }{
		{"hidden to the right", `<col min="3" max="16384" hidden="1"/>`,
			`<col min="3" max="3" width="50" customWidth="1"/>` +
				`<col min="4" max="16384" hidden="1"/>`},
		{"in the middle", `<col min="1" max="9" width="5"/>`, `<col min="1" max="2" width="5"/>` +
			`<col min="3" max="3" width="50" customWidth="1"/><col min="4" max="9" width="5"/>`},
		{"to the left", `<col min="1" max="2" width="5">` +
			`</col>`, `<col min="1" max="2" width="5"/>` +
			`<col min="3" max="3" width="50" customWidth="1"/>`},
		{"right behind", `<col min="4" max="4" width="5"/>`,
			`<col min="3" max="3" width="50" customWidth="1"/><col min="4" max="4" width="5"/>`},
		{"alone", `<col min="3" max="3" width="5"/>`,
			`<col min="3" max="3" width="50" customWidth="1"/>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			sheet := handHead + "<cols>" + c.cols + "</cols><sheetData>" + plainRows +
				"</sheetData></worksheet>"
			got := partOf(t, annotate(t, handBookOf(t, sheet), oneMark(2, 0, "不对")),
				"xl/worksheets/sheet1.xml")
			if !strings.Contains(got, "<cols>"+c.want+"</cols>") {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestAnnotateGivesAnAbsentCellTheFormatOfItsPlace(t *testing.T) {
	styles := strings.Replace(bareStyles, `<cellXfs count="1">`+defaultFormat,
		`<cellXfs count="3">`+defaultFormat+`<xf numFmtId="14" fontId="0" fillId="0" borderId="0"/>`+
			`<xf numFmtId="49" fontId="0" fillId="0" borderId="0"/>`, 1)
	rels := strings.Replace(handRels, "</Relationships>", `<Relationship Id="rId2" Type="`+relsNS+
		`/styles" Target="styles.xml"/></Relationships>`, 1)
	types := strings.Replace(handTypes, "</Types>", `<Override PartName="/xl/styles.xml"`+
		` ContentType="`+partPfx+`styles+xml"/></Types>`, 1)
	sheet := handHead + `<cols><col min="1" max="3" width="9" style="1"/></cols><sheetData>` +
		`<row r="1"><c r="A1"><v>1</v></c></row><row r="2"/>` +
		`<row r="3" s="2" customFormat="1"/></sheetData></worksheet>`
	book := annotate(t, handBookOf(t, sheet, part{"xl/styles.xml", styles},
		part{"xl/_rels/workbook.xml.rels", rels}, part{"[Content_Types].xml", types}),
		oneMark(2, 0, "缺"), oneMark(3, 0, "缺"))
	f, fills := openExcelize(t, book), cellFills(t, book)
	for ref, want := range map[string]int{"A2": 14, "A3": 49} {
		id, _ := f.GetCellStyle("客户", ref)
		style, err := f.GetStyle(id)
		if err != nil || style.NumFmt != want || fills[id] != wrongRGB[2:] {
			t.Errorf("%s: %+v, %v", ref, style, err)
		}
	}
}
