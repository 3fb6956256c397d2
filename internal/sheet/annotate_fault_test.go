package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kehu/internal/fault"
)

func annotateErr(book []byte, marks iter.Seq2[RowMarks, error]) error {
	return Annotate(io.Discard, bytes.NewReader(book), int64(len(book)), "客户", 1, marks)
}

func TestAnnotateRefuses(t *testing.T) {
	rows := func(inside string) string {
		return handHead + "<sheetData>" + inside + "</sheetData></worksheet>"
	}
	swap := func(name, content string) []byte {
		return handBookOf(t, plainSheet(), part{name, content})
	}
	twice := zipOf(t, []part{{"xl/workbook.xml", handBook}, {"XL/Workbook.xml", handBook}})
	for _, c := range []struct {
		name string
		book []byte
		want *fault.Fault
	}{
		{"nothing", nil, ErrAnnotateNotWorkbook},
		{"a text", []byte("名称,手机\n"), ErrAnnotateNotWorkbook},
		{"an .xls", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), ErrAnnotateNotWorkbook},
		{"another zip", zipOf(t, []part{{"a.txt", "x"}}), ErrAnnotateNotWorkbook},
		{"no such sheet", swap("xl/workbook.xml",
			strings.Replace(handBook, "客户", "供应商", 1)), ErrAnnotateNoSheet},
		{"a chart sheet", swap("xl/_rels/workbook.xml.rels",
			strings.Replace(handRels, "/worksheet\"", "/chartsheet\"", 1)), ErrAnnotateNoSheet},
		{"the sheet's part is missing", swap("xl/_rels/workbook.xml.rels",
			strings.Replace(handRels, "sheet1", "sheet2", 1)), ErrAnnotateDamaged},
		{"two parts of one name", twice, ErrAnnotateDamaged},
		{"no content types", zipOf(t, []part{{"_rels/.rels", rootRels},
			{"xl/workbook.xml", handBook},
			{"xl/_rels/workbook.xml.rels", handRels}, {"xl/worksheets/sheet1.xml", plainSheet()}}),
			ErrAnnotateDamaged},
		{"cut", handBookOf(t, plainSheet()[:len(plainSheet())-40]), ErrAnnotateDamaged},
		{"tags that do not match", handBookOf(t, rows("<row></c>")), ErrAnnotateDamaged},
		{"text outside", handBookOf(t, plainSheet()+"x"), ErrAnnotateDamaged},
		{"two roots", handBookOf(t, plainSheet()+"<worksheet/>"), ErrAnnotateDamaged},
		{"a DOCTYPE", handBookOf(t, `<!DOCTYPE x [<!ENTITY a "b">]>`+plainSheet()),
			ErrAnnotateDamaged},
		{"no sheetData", handBookOf(t, handHead+"</worksheet>"), ErrAnnotateDamaged},
		{"two sheetData", handBookOf(t, handHead+"<sheetData/><sheetData/></worksheet>"),
			ErrAnnotateDamaged},
		{"another root", handBookOf(t, "<chartsheet/>"), ErrAnnotateDamaged},
		{"rows out of order", handBookOf(t, rows(`<row r="3"/><row r="2"/>`)), ErrAnnotateDamaged},
		{"a row twice", handBookOf(t, rows(`<row r="3"/><row r="3"/>`)), ErrAnnotateDamaged},
		{"cells out of order", handBookOf(t, rows(`<row r="1"><c r="B1"/><c r="A1"/></row>`)),
			ErrAnnotateDamaged},
		{"a cell of another row", handBookOf(t, rows(`<row r="1"><c r="A2"/></row>`)),
			ErrAnnotateDamaged},
		{"a row past the end", handBookOf(t, rows(`<row r="1048577"/>`)), ErrAnnotateDamaged},
		{"a column past the end", handBookOf(t, rows(`<row r="1"><c r="XFE1"/></row>`)),
			ErrAnnotateDamaged},
		{"too deep", handBookOf(t, rows(strings.Repeat("<a>", 300)+strings.Repeat("</a>", 300))),
			ErrAnnotateDamaged},
		{"a tag without end", handBookOf(t, rows(`<row r="`+strings.Repeat("1", 2<<20))),
			ErrAnnotateDamaged},
		{"UTF-16", handBookOf(t, "\xFF\xFE<\x00?\x00x\x00"), ErrAnnotateEncoding},
		{"GBK", handBookOf(t, `<?xml version="1.0" encoding="GBK"?>`+
			`<worksheet/>`), ErrAnnotateEncoding},
		{"a legacy drawing that is missing", handBookOf(t, handHead+
			`<sheetData/><legacyDrawing r:id="rId7"/></worksheet>`), ErrAnnotateDamaged},
		{"styles that are no styles", handBookOf(t, plainSheet(), part{"xl/_rels/workbook.xml.rels",
			strings.Replace(handRels, "</Relationships>", `<Relationship Id="rId2" Type="`+relsNS+
				`/styles" Target="workbook.xml"/></Relationships>`, 1)}), ErrAnnotateDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := annotateErr(c.book, marksOf(oneMark(2, 0, "不对")))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %s", err, c.want.Code)
			}
		})
	}
}

func TestAnnotateRefusesMarksOutOfOrder(t *testing.T) {
	book := handBookOf(t, plainSheet())
	for name, marks := range map[string][]RowMarks{
		"descending": {oneMark(3, 0, "a"), oneMark(2, 0, "a")},
		"twice":      {oneMark(2, 0, "a"), oneMark(2, 1, "a")},
		"row zero":   {oneMark(0, 0, "a")},
		"past all":   {oneMark(MaxSheetRows+1, 0, "a")},
	} {
		if err := annotateErr(book, marksOf(marks...)); !errors.Is(err, errMarkOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := annotateErr(book, marksOf(oneMark(2, MaxSheetColumns, "a"))); err == nil {
		t.Error("a mark past the last column was taken")
	}
	if err := Annotate(io.Discard, bytes.NewReader(book), int64(len(book)), "客户", 0,
		marksOf()); err == nil {
		t.Error("a header in row 0 was taken")
	}
}

func TestAnnotatePassesTheErrorOfItsMarks(t *testing.T) {
	broken := errors.New("the database is gone")
	for _, good := range []int{0, 1} {
		err := annotateErr(handBookOf(t, plainSheet()), func(yield func(RowMarks, error) bool) {
			for row := range good {
				if !yield(oneMark(row+2, 0, "a"), nil) {
					return
				}
			}
			yield(RowMarks{}, broken)
		})
		if !errors.Is(err, broken) {
			t.Errorf("after %d marks: %v", good, err)
		}
	}
}

func TestAnnotateReportsABrokenConnection(t *testing.T) {
	book := annotateAt(t, officeBook(t), "客户", 2, officeMarks...)
	for room := 0; room < len(book); room += 997 {
		err := Annotate(&brokenWriter{room}, bytes.NewReader(book), int64(len(book)), "客户", 2,
			marksOf(officeMarks...))
		if !errors.Is(err, errBroken) {
			t.Fatalf("with room for %d bytes: %v", room, err)
		}
	}
}

// A part that claims little and unzips to a lot is stopped while it streams.
func TestAnnotateStopsABomb(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range []part{{"[Content_Types].xml", handTypes}, {"_rels/.rels", rootRels},
		{"xl/_rels/workbook.xml.rels", handRels}, {"xl/worksheets/sheet1.xml", plainSheet()}} {
		w, err := z.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, p.content)
	}
	w, err := z.Create("xl/workbook.xml")
	if err != nil {
		t.Fatal(err)
	}
	blank := bytes.Repeat([]byte(" "), 1<<20)
	for range annotateMaxSmall>>20 + 1 {
		w.Write(blank)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := annotateErr(out.Bytes(), marksOf()); !errors.Is(err, ErrAnnotateTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestAnnotateRefusesADirectoryOfMillions(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	name := strings.Repeat("x", 60_000)
	for i := range 80 {
		if _, err := z.Create(name + string(rune('a'+i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := annotateErr(out.Bytes(), marksOf()); !errors.Is(err, ErrAnnotateNotWorkbook) {
		t.Errorf("got %v", err)
	}
}

// Damaged copies of a sound workbook give a workbook or a fault, soon.
func TestAnnotateDamagedCopies(t *testing.T) {
	source := annotateAt(t, officeBook(t), "客户", 2, officeMarks...)
	parts := unzipped(t, source)
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		damagedParts := append([]part(nil), parts...)
		p := &damagedParts[random.IntN(len(parts))]
		if len(p.content) == 0 {
			continue
		}
		content := []byte(p.content)
		switch at := random.IntN(len(content)); random.IntN(4) {
		case 0:
			content = content[:at]
		case 1:
			content[at] = byte(random.IntN(256))
		case 2:
			end := min(len(content), at+random.IntN(30))
			content = append(content[:at:at], content[end:]...)
		case 3:
			from := random.IntN(len(content))
			end := min(len(content), from+random.IntN(200))
			content = append(append(content[:at:at], content[from:end]...), content[at:]...)
		}
		p.content = string(content)
		checkAnnotateEnds(t, zipOf(t, damagedParts))
	}
}

func unzipped(t testing.TB, book []byte) []part {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var parts []part
	for _, f := range z.File {
		parts = append(parts, part{f.Name, partOf(t, book, f.Name)})
	}
	return parts
}

// checkAnnotateEnds runs Annotate on anything: it gives a fault, or a zip that can be annotated
// again, and never takes long.
func checkAnnotateEnds(t testing.TB, book []byte) {
	t.Helper()
	begun := time.Now()
	var out bytes.Buffer
	err := Annotate(&out, bytes.NewReader(book), int64(len(book)), "客户", 2,
		marksOf(officeMarks...))
	if took := time.Since(begun); took > 10*time.Second {
		t.Fatalf("it took %v", took)
	}
	if err != nil {
		if !isFault(err) {
			t.Fatalf("not a fault: %v", err)
		}
		return
	}
	err = annotateErr(out.Bytes(), marksOf())
	if err != nil && !isFault(err) {
		t.Fatalf("again: %v", err)
	}
}

func FuzzAnnotate(f *testing.F) {
	f.Add([]byte("PK"))
	f.Add(handBookOf(f, plainSheet()))
	f.Add(officeBook(f))
	f.Fuzz(func(t *testing.T, book []byte) { checkAnnotateEnds(t, book) })
}

// FuzzAnnotateSheet fuzzes inside the zip, where random bytes of the whole file do not reach.
func FuzzAnnotateSheet(f *testing.F) {
	f.Add(plainSheet(), bareStyles, commentsOf("<authors/><commentList/>"), emptyVML)
	f.Add(handHead+"<cols><col min='1' max='9'/></cols><sheetData/><autoFilter ref='A1'/>"+
		"</worksheet>", "<styleSheet/>", "<comments/>", "<xml>")
	f.Fuzz(func(t *testing.T, sheet, styles, comments, vml string) {
		parts := unzipped(t, notedBook(t, "", comments+" ", vml))
		for i := range parts {
			if parts[i].name == "xl/worksheets/sheet1.xml" {
				parts[i].content = sheet
			}
			if parts[i].name == "xl/_rels/workbook.xml.rels" {
				parts[i].content = strings.Replace(handRels, "</Relationships>",
					`<Relationship Id="rId2" Type="`+relsNS+`/styles" Target="styles.xml"/>`+
						`</Relationships>`, 1)
			}
		}
		checkAnnotateEnds(t, zipOf(t, append(parts, part{"xl/styles.xml", styles})))
	})
}
