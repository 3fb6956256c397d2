package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

var customerTable = Table{Name: "客户", Columns: []Column{
	{Header: "客户名称", Width: 30, Note: "营业执照上的全称"},
	{Header: "手机"},
	{Header: "成交金额", Kind: AsMoney},
	{Header: "人数", Kind: AsNumber},
	{Header: "建档日期", Kind: AsDate},
}}

var customerRows = [][]string{
	{"上海某某有限公司", "13800138000", "1234.50", "12", "2026-01-15"},
	{"=HYPERLINK(\"http://x\")", "+8613800138000", "约一万", "1234567890123456", "2026-01-15 08:30"},
	{" 前后空格 ", "0755-1234", "-0.5", "", "去年"},
	{"换\r\n行\n_x0041_", "", "", "", ""},
}

func exportXLSX(t testing.TB, cover *Cover, table Table, rows [][]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewXLSX(&out, cover, table)
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, w, rows)
	return out.Bytes()
}

func writeAll(t testing.TB, w *Writer, rows [][]string) {
	t.Helper()
	for _, row := range rows {
		if err := w.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func openExcelize(t testing.TB, book []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// checkWellFormed parses every XML part of a workbook with the standard library.
func checkWellFormed(t testing.TB, book []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, ".xml") && !strings.HasSuffix(f.Name, ".rels") &&
			!strings.HasSuffix(f.Name, ".vml") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(r); ; {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
		r.Close()
	}
}

func TestXLSXReadsBack(t *testing.T) {
	cover := &Cover{Title: "客户导出", Lines: [][2]string{{"导出人", "王芳"}, {"用途", "=年审"}}}
	book := exportXLSX(t, cover, customerTable, customerRows)
	checkWellFormed(t, book)
	f := openExcelize(t, book)
	if got := f.GetSheetList(); len(got) != 2 || got[0] != CoverSheet || got[1] != "客户" {
		t.Fatalf("sheets %q", got)
	}
	for ref, want := range map[string]string{
		"A1": "客户名称", "A2": "上海某某有限公司", "B2": "13800138000", "C2": "1234.50", "D2": "12",
		"E2": "46037", "A3": `=HYPERLINK("http://x")`, "B3": "+8613800138000", "C3": "约一万",
		"D3": "1234567890123456", "A4": " 前后空格 ", "E4": "去年", "A5": "换\r\n行\n_x0041_",
	} {
		if got, _ := f.GetCellValue("客户", ref); got != want {
			t.Errorf("%s reads %q, want %q", ref, got, want)
		}
	}
	if got, _ := f.GetCellValue(CoverSheet, "B4"); got != "=年审" {
		t.Errorf("the cover reads %q", got)
	}
	for ref, want := range map[string]excelize.CellType{
		"B2": excelize.CellTypeInlineString, "C2": excelize.CellTypeUnset,
		"A3": excelize.CellTypeInlineString,
	} {
		if got, _ := f.GetCellType("客户", ref); got != want {
			t.Errorf("%s has type %v, want %v", ref, got, want)
		}
	}
	if formula, _ := f.GetCellFormula("客户", "A3"); formula != "" {
		t.Errorf("A3 became the formula %q", formula)
	}
	notes, err := f.GetComments("客户")
	if err != nil || len(notes) != 1 || notes[0].Cell != "A1" ||
		notes[0].Paragraph[0].Text != "营业执照上的全称" {
		t.Errorf("comments %+v, %v", notes, err)
	}
}

func TestXLSXFormats(t *testing.T) {
	f := openExcelize(t, exportXLSX(t, nil, customerTable, customerRows))
	format := func(ref string) *excelize.Style {
		id, err := f.GetCellStyle("客户", ref)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		return style
	}
	if !format("A1").Font.Bold {
		t.Error("the header is not bold")
	}
	if got := format("B2").NumFmt; got != 49 {
		t.Errorf("a phone has number format %d", got)
	}
	if got := format("C2").NumFmt; got != 4 {
		t.Errorf("money has number format %d", got)
	}
	if got := format("E2").CustomNumFmt; got == nil || *got != `yyyy\-mm\-dd` {
		t.Errorf("a date has number format %v", got)
	}
	panes, err := f.GetPanes("客户")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	sheet := partOf(t, exportXLSX(t, nil, customerTable, customerRows), "xl/worksheets/sheet1.xml")
	for _, want := range []string{`<autoFilter ref="A1:E5"/>`, `<c r="A3" s="3"`} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
}

func partOf(t testing.TB, book []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestXLSXTextsRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[=+@\t \r\n_x0-9A-F<&"']*`)).
			Draw(rt, "text")
		book := exportXLSX(t, nil, Table{Name: "t", Columns: []Column{{Header: "h"}}},
			[][]string{{text}, {"end"}})
		s, err := surveySheet(strings.NewReader(partOf(t, book, "xl/worksheets/sheet1.xml")), 2, nil)
		if err != nil {
			rt.Fatal(err)
		}
		want := cleanCell(text)
		got := ""
		if len(s.header) > 0 {
			got = strings.ReplaceAll(s.header[0].text, "_x005F_", "_")
		}
		if strings.Contains(want, "_x005F_") {
			return // only a full decoder of ST_Xstring can tell these apart
		}
		if got != want {
			rt.Fatalf("%q came back as %q", want, got)
		}
	})
}

func TestCSVBytes(t *testing.T) {
	var out bytes.Buffer
	w, err := NewCSV(&out, &Cover{Title: "不在文件中"}, customerTable)
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, w, append(customerRows, []string{"6222020200112233445", "a,b\"c", "-5", "-5", ""}))
	want := "\uFEFF客户名称,手机,成交金额,人数,建档日期\r\n" +
		"上海某某有限公司,13800138000,1234.50,12,2026-01-15\r\n" +
		"\"'=HYPERLINK(\"\"http://x\"\")\",'+8613800138000,约一万,'1234567890123456,2026-01-15 08:30\r\n" +
		"\" 前后空格 \",0755-1234,-0.5,,去年\r\n" +
		"\"换\r\n行\n_x0041_\",,,,\r\n" +
		"'6222020200112233445,\"a,b\"\"c\",-5,-5,\r\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCSVRoundTrips(t *testing.T) {
	cells := rapid.OneOf(rapid.String(), rapid.StringMatching(`'*[=+@\t ,"0-9]*`))
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(cells, 2, 2)).Draw(rt, "rows")
		var out bytes.Buffer
		w, err := NewCSV(&out, nil, Table{Columns: []Column{{Header: "a"}, {Header: "b"}}})
		if err != nil {
			rt.Fatal(err)
		}
		writeAll(t, w, rows)
		read, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\uFEFF"))).
			ReadAll()
		if err != nil || len(read) != len(rows)+1 {
			rt.Fatalf("%d rows came back of %d: %v", len(read)-1, len(rows), err)
		}
		for i, row := range rows {
			for j, cell := range row {
				want := strings.ReplaceAll(cleanCell(cell), "\r\n", "\n") // as encoding/csv reads
				if got := UnguardCSV(read[i+1][j]); got != want {
					rt.Fatalf("%q came back as %q", want, got)
				}
			}
		}
	})
}

func TestOneEmptyColumnKeepsItsRows(t *testing.T) {
	var out bytes.Buffer
	w, err := NewCSV(&out, nil, Table{Columns: []Column{{Header: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, w, [][]string{{""}, nil})
	if got := out.String(); got != "\uFEFFa\r\n\"\"\r\n\"\"\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestXLSXContinuesOnASecondSheet(t *testing.T) {
	var out bytes.Buffer
	w, err := NewXLSX(&out, nil, Table{Name: "客户", Columns: []Column{{Header: "编号"}}})
	if err != nil {
		t.Fatal(err)
	}
	for range MaxSheetRows - 1 {
		if err := w.Row(nil); err != nil {
			t.Fatal(err)
		}
	}
	writeAll(t, w, [][]string{{"KH-1048576"}})
	book := out.Bytes()
	second := partOf(t, book, "xl/worksheets/sheet2.xml")
	for _, want := range []string{"<t>编号</t>", `<c r="A2" s="2" t="inlineStr"><is><t>KH-1048576<`,
		`<autoFilter ref="A1:A2"/>`} {
		if !strings.Contains(second, want) {
			t.Errorf("the second sheet lacks %s:\n%s", want, second)
		}
	}
	if list := partOf(t, book, "xl/workbook.xml"); !strings.Contains(list, `name="客户 (2)"`) {
		t.Errorf("the workbook lists %s", list)
	}
}

func TestWriterRefuses(t *testing.T) {
	if _, err := NewXLSX(io.Discard, nil, Table{Name: "x"}); err == nil {
		t.Error("a table without columns was taken")
	}
	w, err := NewXLSX(io.Discard, nil, Table{Name: "x", Columns: []Column{{Header: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Row([]string{"1", "2"}); !errors.Is(err, errRowTooWide) {
		t.Errorf("a row too wide: %v", err)
	}
	if err := w.Close(); !errors.Is(err, errRowTooWide) {
		t.Errorf("closing after an error: %v", err)
	}
}

// brokenWriter fails after some bytes, as a connection does.
type brokenWriter struct{ left int }

var errBroken = errors.New("the connection is gone")

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestWriterReportsABrokenConnection(t *testing.T) {
	for _, room := range []int{0, 100, 2000, 20_000} {
		w, err := NewXLSX(&brokenWriter{room}, nil, customerTable)
		for i := 0; err == nil && i < 200_000; i++ {
			err = w.Row(customerRows[i%len(customerRows)])
		}
		if err == nil {
			err = w.Close()
		}
		if !errors.Is(err, errBroken) {
			t.Errorf("with room for %d bytes: %v", room, err)
		}
	}
}

func TestNothingTouchesTheDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	w, err := NewXLSX(io.Discard, nil, customerTable)
	if err != nil {
		t.Fatal(err)
	}
	for range 300_000 { // past the 16 MiB at which excelize's StreamWriter spills
		if err := w.Row(customerRows[0]); err != nil {
			t.Fatal(err)
		}
	}
	checkEmptyFolder(t, dir)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	checkEmptyFolder(t, dir)
}

func checkEmptyFolder(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("the temp folder holds %q, %v", left, err)
	}
	if os.TempDir() != dir {
		t.Errorf("the temp folder is %s", os.TempDir())
	}
}
