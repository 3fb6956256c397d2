package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"kehu/internal/fault"
)

const (
	testXML    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	testMain   = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	testMarkup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
	testRels   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

// testPart is one entry of a zip archive; the order matters to some tests.
type testPart struct{ name, content string }

// testBook returns the parts of a workbook with one sheet named 客户.
func testBook(sheet string, more ...testPart) []testPart {
	parts := []testPart{
		{"_rels/.rels", testXML + `<Relationships xmlns="http://schemas.openxmlformats.org/` +
			`package/2006/relationships"><Relationship Id="rId1" Type="` + testRels +
			`/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", testXML + `<workbook ` + testMain + ` xmlns:r="` + testRels +
			`"><sheets><sheet name="客户" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", testXML + `<Relationships xmlns="http://schemas.` +
			`openxmlformats.org/package/2006/relationships">` +
			testRel("rId1", "worksheet", "worksheets/sheet1.xml") +
			testRel("rId2", "sharedStrings", "sharedStrings.xml") +
			testRel("rId3", "styles", "styles.xml") + `</Relationships>`},
		{"xl/worksheets/sheet1.xml", sheet},
		{"xl/sharedStrings.xml", testXML + `<sst ` + testMain +
			`><si><t>甲</t></si><si><t>乙</t></si></sst>`},
		{"xl/styles.xml", testXML + `<styleSheet ` + testMain + `><numFmts count="1">` +
			`<numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>` +
			`</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>` +
			`<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/><xf numFmtId="20"/>` +
			`<xf numFmtId="46"/><xf numFmtId="10"/></cellXfs></styleSheet>`},
	}
	for _, m := range more {
		replaced := false
		for i := range parts {
			if parts[i].name == m.name {
				parts[i].content, replaced = m.content, true
			}
		}
		if !replaced {
			parts = append(parts, m)
		}
	}
	return parts
}

func testRel(id, kind, target string) string {
	return `<Relationship Id="` + id + `" Type="` + testRels + `/` + kind +
		`" Target="` + target + `"/>`
}

// testSheet wraps rows into a worksheet part.
func testSheet(rows string) string {
	return testXML + `<worksheet ` + testMain + `><sheetData>` + rows + `</sheetData></worksheet>`
}

func zipParts(t testing.TB, parts []testPart) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err == nil {
			_, err = w.Write([]byte(p.content))
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

// openBytes opens a file in memory.
func openBytes(data []byte, name string, o Options) (*Book, error) {
	return Open(context.Background(), bytes.NewReader(data), int64(len(data)), name, o)
}

// dump reads every sheet to its end and writes what it holds in one text.
func dump(b *Book) (string, error) {
	var out strings.Builder
	for _, s := range b.Sheets() {
		fmt.Fprintf(&out, "# %s hidden=%v\n", s.Name, s.Hidden)
		rows, err := b.Rows(context.Background(), s.Name)
		if err != nil {
			return "", err
		}
		for rows.Next() {
			out.WriteString(dumpRow(rows.Row()))
		}
		if err := rows.Err(); err != nil {
			return "", err
		}
		rows.Close()
	}
	return out.String(), nil
}

func dumpRow(r *Row) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d", r.Number)
	if r.Hidden {
		out.WriteString("h")
	}
	for i, c := range r.Cells {
		if c.Kind == Empty {
			continue
		}
		fmt.Fprintf(&out, " %s=%s", ColumnName(i), c.String())
		if c.Formula {
			out.WriteString("(f)")
		}
		if c.Merged {
			out.WriteString("(m)")
		}
	}
	return out.String() + "\n"
}

// readRows opens a workbook of one sheet and dumps its rows.
func readRows(t testing.TB, sheet string, more ...testPart) (string, error) {
	t.Helper()
	return readBytes(zipParts(t, testBook(sheet, more...)))
}

func readBytes(data []byte) (string, error) {
	b, err := openBytes(data, "客户.xlsx", Options{})
	if err != nil {
		return "", err
	}
	defer b.Close()
	text, err := dump(b)
	if err != nil {
		return "", err
	}
	_, rows, _ := strings.Cut(text, "\n")
	return rows, nil
}

// wantFault checks that an error is the fault, with every place of its sentences filled.
func wantFault(t *testing.T, err error, want *fault.Fault) {
	t.Helper()
	f, ok := fault.Of(err)
	if !ok || f.Code != want.Code {
		t.Errorf("got %v, want %s", err, want.Code)
		return
	}
	if strings.ContainsAny(f.Chinese()+f.English(), "{}") {
		t.Errorf("place left open: %s / %s", f.Chinese(), f.English())
	}
}
