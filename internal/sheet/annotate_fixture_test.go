package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

var updateGolden = flag.Bool("update-written", false, "rewrite the golden files of what is written")

func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *updateGolden {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update-written to see the change. Got:\n%s", name, got)
	}
}

func marksOf(list ...RowMarks) iter.Seq2[RowMarks, error] {
	return func(yield func(RowMarks, error) bool) {
		for _, m := range list {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func oneMark(row, column int, reason string) RowMarks {
	return RowMarks{Row: row, Marks: []Mark{{Column: column, Reason: reason}}}
}

// part is one entry of a hand-made workbook.
type part struct{ name, content string }

func zipOf(t testing.TB, parts []part) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name})
		if err == nil {
			_, err = io.WriteString(w, p.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const (
	handTypes = xmlHead + `<Types xmlns="` + typesNS + `"><Default Extension="xml"` +
		` ContentType="application/xml"/><Default Extension="rels"` +
		` ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + partPfx + `sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + partPfx +
		`worksheet+xml"/></Types>`
	handBook = xmlHead + `<workbook xmlns="` + mainNS + `" xmlns:r="` + relsNS + `"><sheets>` +
		`<sheet name="客户" sheetId="1" r:id="rId1"/></sheets><calcPr calcId="1"/></workbook>`
	handRels = xmlHead + `<Relationships xmlns="` + packNS + `"><Relationship Id="rId1" Type="` +
		relsNS + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
	handHead = xmlHead + `<worksheet xmlns="` + mainNS + `" xmlns:r="` + relsNS + `">`
)

// handBookOf makes the smallest workbook that programs open: one sheet and nothing else.
func handBookOf(t testing.TB, sheet string, more ...part) []byte {
	t.Helper()
	parts := []part{{"[Content_Types].xml", handTypes}, {"_rels/.rels", rootRels},
		{"xl/workbook.xml", handBook}, {"xl/_rels/workbook.xml.rels", handRels},
		{"xl/worksheets/sheet1.xml", sheet}}
	for _, m := range more {
		at := slices.IndexFunc(parts, func(p part) bool { return p.name == m.name })
		if at >= 0 {
			parts[at] = m
		} else {
			parts = append(parts, m)
		}
	}
	return zipOf(t, parts)
}

const plainRows = `<row r="1"><c r="A1" t="inlineStr"><is><t>名称</t></is></c>` +
	`<c r="B1" t="inlineStr"><is><t>手机</t></is></c></row>` +
	`<row r="2" spans="1:2"><c r="A2" t="inlineStr"><is><t>甲公司</t></is></c>` +
	`<c r="B2"><v>138</v></c></row>` +
	`<row r="3" spans="1:2"><c r="A3" t="inlineStr"><is><t>乙公司</t></is></c>` +
	`<c r="B3"><v>13800138000</v></c></row>`

func plainSheet() string {
	return handHead + "<sheetData>" + plainRows + "</sheetData></worksheet>"
}

func annotate(t testing.TB, book []byte, marks ...RowMarks) []byte {
	t.Helper()
	return annotateAt(t, book, "客户", 1, marks...)
}

func annotateAt(t testing.TB, book []byte, sheet string, header int, marks ...RowMarks) []byte {
	t.Helper()
	var out bytes.Buffer
	err := Annotate(&out, bytes.NewReader(book), int64(len(book)), sheet, header, marksOf(marks...))
	if err != nil {
		t.Fatal(err)
	}
	checkWellFormed(t, out.Bytes())
	checkOrder(t, out.Bytes())
	return out.Bytes()
}

// checkOrder holds the children of every worksheet and styles part against the schema's order, and
// the parts against the content types.
func checkOrder(t testing.TB, book []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range z.File {
		if seen[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		seen[f.Name] = true
		order := map[string][]string{"xl/styles.xml": styleOrder, "xl/workbook.xml": workbookOrder}
		if strings.HasPrefix(f.Name, "xl/worksheets/sheet") {
			order[f.Name] = worksheetOrder
		}
		if order[f.Name] == nil {
			continue
		}
		o, err := readOutline([]byte(partOf(t, book, f.Name)), 1)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		last := 0
		for _, k := range o.root.kids {
			rank := slices.Index(order[f.Name], k.local)
			if rank >= 0 && rank < last {
				t.Errorf("%s: <%s> stands too late", f.Name, k.local)
			}
			last = max(last, rank)
		}
	}
	for _, line := range strings.Split(partOf(t, book, "[Content_Types].xml"), "PartName=\"/")[1:] {
		if name, _, _ := strings.Cut(line, `"`); !seen[name] {
			t.Errorf("the content types list %s, which is not there", name)
		}
	}
}

// render writes down what a person sees of a sheet: values, fills, comments, filter and widths.
func render(t testing.TB, book []byte, sheet string) string {
	t.Helper()
	f := openExcelize(t, book)
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	notes, fills := map[string]string{}, cellFills(t, book)
	comments, err := f.GetComments(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range comments {
		text := c.Text
		for _, run := range c.Paragraph {
			text += run.Text
		}
		notes[c.Cell] += fmt.Sprintf(" 〔%s｜%s〕", c.Author, strings.ReplaceAll(text, "\n", "⏎"))
	}
	var out strings.Builder
	for i, row := range rows {
		for j := range max(len(row), 8) {
			ref, value := cellRef(j, i+1), ""
			if j < len(row) {
				value = row[j]
			}
			id, _ := f.GetCellStyle(sheet, ref)
			fill := fills[id]
			if value != "" || notes[ref] != "" || fill != "" {
				fmt.Fprintf(&out, "%s %s%s%s\n", ref, value, bracket(fill), notes[ref])
			}
			delete(notes, ref)
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(notes)) {
		fmt.Fprintf(&out, "%s%s\n", ref, notes[ref])
	}
	return out.String()
}

// cellFills gives the fill colour of every cell format. excelize tells it only of workbooks that
// have a theme.
func cellFills(t testing.TB, book []byte) map[int]string {
	t.Helper()
	var styles struct {
		Fills struct {
			Fill []struct {
				Pattern struct {
					Kind   string `xml:"patternType,attr"`
					Colour struct {
						RGB   string `xml:"rgb,attr"`
						Theme string `xml:"theme,attr"`
					} `xml:"fgColor"`
				} `xml:"patternFill"`
			} `xml:"fill"`
		} `xml:"fills"`
		Formats struct {
			XF []struct {
				Fill int `xml:"fillId,attr"`
			} `xml:"xf"`
		} `xml:"cellXfs"`
	}
	fills := map[int]string{}
	if !hasPart(t, book, "xl/styles.xml") {
		return fills
	}
	if err := xml.Unmarshal([]byte(partOf(t, book, "xl/styles.xml")), &styles); err != nil {
		t.Fatal(err)
	}
	for i, xf := range styles.Formats.XF {
		if fill := styles.Fills.Fill[xf.Fill].Pattern; fill.Kind == "solid" {
			fills[i] = strings.TrimPrefix(fill.Colour.RGB, "FF")
			if fill.Colour.Theme != "" {
				fills[i] = "theme " + fill.Colour.Theme
			}
		}
	}
	return fills
}

func hasPart(t testing.TB, book []byte, name string) bool {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == name })
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return " [" + s + "]"
}
