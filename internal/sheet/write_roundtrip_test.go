package sheet

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// readTexts opens a file with the importer's reader and gives the texts of one sheet.
func readTexts(t testing.TB, file []byte, name, sheet string) [][]string {
	t.Helper()
	ctx := context.Background()
	book, err := Open(ctx, bytes.NewReader(file), int64(len(file)), name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.Rows(ctx, sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all [][]string
	for rows.Next() {
		var texts []string
		for _, c := range rows.Row().Cells {
			text := c.Text
			if book.Format() == "csv" {
				text = UnguardCSV(text)
			}
			texts = append(texts, text)
		}
		all = append(all, texts)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// An exported register reads back unchanged by our own importer, whatever the texts are.
func TestExportsReadBackByTheImporter(t *testing.T) {
	cells := rapid.OneOf(rapid.String(), rapid.StringMatching(`'*[=+@\t ,"0-9E＝_x<&-]*`),
		rapid.SampledFrom([]string{"13800138000", "+8613800138000", "110101199003074233", "0755",
			"=1+1", "＝1+1", "'=1", "_x0041_", "a\nb", "-", "12E34"}))
	table := Table{Name: "客户", Columns: []Column{{Header: "甲"}, {Header: "乙"}}}
	rapid.Check(t, func(rt *rapid.T) {
		a := cells.Draw(rt, "a")
		if strings.Contains(a, "\r") {
			return // a reader of CSV may fold line breaks; xlsx is tested with them elsewhere
		}
		want := []string{cleanCell(a), "乙"}
		var text bytes.Buffer
		w, err := NewCSV(&text, nil, table)
		if err != nil {
			rt.Fatal(err)
		}
		writeAll(t, w, [][]string{want})
		for name, file := range map[string][]byte{"a.csv": text.Bytes(),
			"a.xlsx": exportXLSX(t, nil, table, [][]string{want})} {
			sheet := "客户"
			if name == "a.csv" {
				sheet = "a"
			}
			rows := readTexts(t, file, name, sheet)
			if len(rows) != 2 || len(rows[1]) != 2 || rows[1][0] != want[0] || rows[1][1] != want[1] {
				rt.Fatalf("%s: %q came back as %q", name, want, rows)
			}
		}
	})
}

// What Annotate makes is read like the file it was made from, but for the column of reasons.
func TestAnnotatedReadsBackByTheImporter(t *testing.T) {
	source := officeBook(t)
	book := annotateAt(t, source, "客户", 2, officeMarks...)
	before, after := readTexts(t, source, "a.xlsx", "客户"), readTexts(t, book, "a.xlsx", "客户")
	if len(after) != len(before)+1 || after[1][4] != ErrorHeader {
		t.Fatalf("before %q\nafter %q", before, after)
	}
	for i, row := range before {
		for j, text := range row {
			if after[i][j] != text {
				t.Errorf("row %d: %q became %q", i+1, text, after[i][j])
			}
		}
	}
}
