package sheet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// notedBook is a hand-made workbook whose sheet has the given comments and legacy drawing.
func notedBook(t testing.TB, sheetTail, comments, vml string) []byte {
	t.Helper()
	rels := xmlHead + `<Relationships xmlns="` + packNS + `">` +
		`<Relationship Id="rId1" Type="` + relsNS +
		`/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/>`
	types := strings.Replace(handTypes, "</Types>", `<Default Extension="vml" ContentType="`+vmlType+
		`"/></Types>`, 1)
	parts := []part{{"xl/drawings/vmlDrawing1.vml", vml}}
	if comments != "" {
		rels += `<Relationship Id="rId2" Type="` + relsNS + `/comments" Target="/xl/comments1.xml"/>`
		types = strings.Replace(types, "</Types>", `<Override PartName="/xl/comments1.xml"`+
			` ContentType="`+partPfx+`comments+xml"/></Types>`, 1)
		parts = append(parts, part{"xl/comments1.xml", comments})
	}
	parts = append(parts, part{"xl/worksheets/_rels/sheet1.xml.rels", rels + "</Relationships>"},
		part{"[Content_Types].xml", types})
	sheet := handHead + "<sheetData>" + plainRows + "</sheetData>" + sheetTail +
		`<legacyDrawing r:id="rId1"/></worksheet>`
	return handBookOf(t, sheet, parts...)
}

const emptyVML = `<xml xmlns:v="urn:schemas-microsoft-com:vml"` +
	` xmlns:o="urn:schemas-microsoft-com:office:office"` +
	` xmlns:x="urn:schemas-microsoft-com:office:excel"></xml>`

func commentsOf(inside string) string {
	return xmlHead + `<comments xmlns="` + mainNS + `">` + inside + `</comments>`
}

func TestAnnotateJoinsComments(t *testing.T) {
	for _, c := range []struct{ name, inside, want string }{
		{"no comments yet", `<authors/><commentList/>`,
			`<comment ref="B2" authorId="0">`},
		{"a plain text", `<authors><author>李四</author></authors><commentList>` +
			`<comment ref="B2" authorId="0"><text><t>请核对</t></text></comment></commentList>`,
			`<text><r><t>请核对</t></r><r><rPr><b/>`},
		{"an empty text", `<authors><author>李四</author></authors><commentList>` +
			`<comment ref="B2" authorId="0"><text/></comment></commentList>`,
			`<comment ref="B2" authorId="0"><text><r><rPr><b/>`},
		{"runs and phonetics", `<authors><author>李四</author></authors><commentList>` +
			`<comment ref="B2" authorId="0"><text><r><t>请</t></r><r><t>核对</t></r>` +
			`<rPh sb="0" eb="1"><t>x</t></rPh></text></comment></commentList>`,
			`<r><t>核对</t></r><r><rPr><b/>`},
		{"ours of an earlier try", `<authors><author>客户登记</author></authors><commentList>` +
			`<comment ref="A3" authorId="0"><text><t>旧的</t></text></comment></commentList>`,
			`<commentList><comment ref="B2" authorId="0">`},
		{"ours without its author", `<authors><author> </author></authors><commentList>` +
			`<comment ref="A3" authorId="0"><text><r><t>客户登记：&#10;</t></r><r><t>旧的</t></r>` +
			`</text></comment></commentList>`,
			`<author>客户登记</author></authors><commentList><comment ref="B2" authorId="1">`},
		{"ours behind somebody's", `<authors><author>李四</author></authors><commentList>` +
			`<comment ref="A3" authorId="0"><text><r><t>请核对&#10;客户登记：&#10;</t></r><r><t>旧的</t>` +
			`</r></text></comment></commentList>`,
			`<comment ref="A3" authorId="0"><text><r><t>请核对</t></r></text></comment>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := notedBook(t, "", commentsOf(c.inside), emptyVML)
			book := annotate(t, source, oneMark(2, 1, "不对"))
			got := partOf(t, book, "xl/comments1.xml")
			if !strings.Contains(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if strings.Contains(got, "旧的") || strings.Count(got, "不对") != 1 {
				t.Errorf("marks are wrong: %s", got)
			}
		})
	}
}

func TestAnnotateLeavesThreadsAlone(t *testing.T) {
	inside := `<authors><author>tc={1}</author></authors><commentList>` +
		`<comment ref="B2" authorId="0">` +
		`<text><t>[线程批注]</t></text></comment></commentList>`
	book := annotate(t, notedBook(t, "", commentsOf(inside), emptyVML), oneMark(2, 1, "不对"))
	got := partOf(t, book, "xl/comments1.xml")
	if strings.Contains(got, "不对") || !strings.Contains(got, "<t>[线程批注]</t>") {
		t.Errorf("the thread's placeholder was changed: %s", got)
	}
	if strings.Contains(partOf(t, book, "xl/drawings/vmlDrawing1.vml"), "<x:Row>1<") {
		t.Error("the cell got a second box")
	}
}

func boxAt(id string, row, column int) string {
	return fmt.Sprintf(`<v:shape id="%s"><x:ClientData ObjectType="Note"><x:Row>%d</x:Row>`+
		`<x:Column>%d</x:Column></x:ClientData></v:shape>`, id, row, column)
}

// An Excel form control has a text box whose <br> is not closed.
func TestAnnotateKeepsFormControls(t *testing.T) {
	control := `<v:shape id="_x0000_s1030"><v:textbox><div>按<br>钮</div></v:textbox>` +
		`<x:ClientData ObjectType="Button"><x:Row>2</x:Row><x:Column>0</x:Column></x:ClientData>` +
		`</v:shape>`
	vml := strings.Replace(emptyVML, "></xml>", `><o:shapelayout>`+
		`<o:idmap v:ext="edit" data="1,3"/>`+
		`</o:shapelayout>`+control+boxAt("_x0000_s1031", 2, 0)+boxAt("_x0000_s1032", 2, 1)+"</xml>", 1)
	inside := `<authors><author>客户登记</author><author>李四</author></authors><commentList>` +
		`<comment ref="A3" authorId="0"><text><t>旧的</t></text></comment>` +
		`<comment ref="B3" authorId="1"><text><t>请核对</t></text></comment></commentList>`
	var out strings.Builder
	source := notedBook(t, "", commentsOf(inside), vml)
	err := Annotate(&out, strings.NewReader(string(source)), int64(len(source)), "客户", 1,
		marksOf(oneMark(2, 1, "不对"), oneMark(3, 1, "也不对")))
	if err != nil {
		t.Fatal(err)
	}
	got := partOf(t, []byte(out.String()), "xl/drawings/vmlDrawing1.vml")
	for _, want := range []string{control, `data="1,3,4"`, `id="_x0000_s4097"`, "_x0000_s1032",
		`<v:shapetype`} {
		if !strings.Contains(got, want) {
			t.Errorf("the drawing lacks %s: %s", want, got)
		}
	}
	if strings.Contains(got, "_x0000_s1031") {
		t.Errorf("the box of a comment that went is still there: %s", got)
	}
	if n := strings.Count(got, "ObjectType=\"Note\""); n != 2 {
		t.Errorf("%d boxes, want one of ours and one of theirs: %s", n, got)
	}
}

func TestAnnotateALegacyDrawingWithoutComments(t *testing.T) {
	book := annotate(t, notedBook(t, "", "", emptyVML), oneMark(2, 1, "不对"))
	if n := strings.Count(partOf(t, book, "xl/worksheets/sheet1.xml"), "<legacyDrawing"); n != 1 {
		t.Errorf("%d legacy drawings", n)
	}
	if !strings.Contains(partOf(t, book, "xl/comments1.xml"), "不对") {
		t.Error("the comment is missing")
	}
	if !strings.Contains(partOf(t, book, "xl/drawings/vmlDrawing1.vml"), "<x:Row>1</x:Row>") {
		t.Error("the box is missing")
	}
}

func TestAnnotateStopsAtTheLimitOfComments(t *testing.T) {
	var marks []RowMarks
	for row := range MaxComments + 100 {
		marks = append(marks, oneMark(row+2, 0, "不对"))
	}
	book := annotate(t, handBookOf(t, plainSheet()), marks...)
	if n := strings.Count(partOf(t, book, "xl/comments1.xml"), "<comment "); n != MaxComments {
		t.Errorf("%d comments", n)
	}
	boxes := partOf(t, book, "xl/drawings/vmlDrawing1.vml")
	if n := strings.Count(boxes, "<v:shape "); n != MaxComments {
		t.Errorf("%d boxes", n)
	}
	if n := strings.Count(partOf(t, book, "xl/worksheets/sheet1.xml"), "<t>不对</t>"); n != len(marks) {
		t.Errorf("%d reasons of %d", n, len(marks))
	}
	ids := map[string]bool{}
	for _, rest := range strings.Split(boxes, `id="_x0000_s`)[1:] {
		id, _, _ := strings.Cut(rest, `"`)
		if ids[id] {
			t.Fatalf("two shapes are called %s", id)
		}
		ids[id] = true
	}
}

func TestAnnotateCutsLongReasonsInComments(t *testing.T) {
	long := strings.Repeat("长", maxCommentRunes+500)
	book := annotate(t, handBookOf(t, plainSheet()), oneMark(2, 0, long))
	if got := partOf(t, book, "xl/comments1.xml"); strings.Count(got, "长") != maxCommentRunes {
		t.Errorf("%d characters in the comment", strings.Count(got, "长"))
	}
	sheet := partOf(t, book, "xl/worksheets/sheet1.xml")
	if strings.Count(sheet, "长") != maxCommentRunes+500 {
		t.Error("the column of reasons was cut")
	}
}

// tableBook has a table (Ctrl+T) over A1:B3, and one more in the given area.
func tableBook(t testing.TB, second string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.SetSheetName("Sheet1", "客户"))
	must(f.SetSheetRow("客户", "A1", &[]string{"名称", "手机"}))
	must(f.SetSheetRow("客户", "A2", &[]string{"甲", "1"}))
	must(f.SetSheetRow("客户", "A3", &[]string{"乙", "2"}))
	must(f.AddTable("客户", &excelize.Table{Range: "A1:B3", Name: "客户表"}))
	if second != "" {
		must(f.AddTable("客户", &excelize.Table{Range: second, Name: "其他"}))
	}
	b, err := f.WriteToBuffer()
	must(err)
	return b.Bytes()
}

func TestAnnotateWidensATable(t *testing.T) {
	book := annotate(t, tableBook(t, ""), oneMark(2, 1, "不对"))
	table := partOf(t, book, "xl/tables/table1.xml")
	for _, want := range []string{`ref="A1:C3"`, `count="3"`, `name="错误"`} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %s: %s", want, table)
		}
	}
	if strings.Count(table, `ref="A1:C3"`) != 2 {
		t.Errorf("the filter of the table was not widened: %s", table)
	}
	if strings.Contains(partOf(t, book, "xl/worksheets/sheet1.xml"), "<autoFilter") {
		t.Error("the sheet got a second filter")
	}
	again := annotate(t, book, oneMark(3, 1, "不对"))
	if got := partOf(t, again, "xl/tables/table1.xml"); got != table {
		t.Errorf("the second try changed the table: %s", got)
	}
}

func TestAnnotateDoesNotWidenATableIntoAnother(t *testing.T) {
	book := annotate(t, tableBook(t, "C5:D6"), oneMark(2, 1, "不对"))
	if got := partOf(t, book, "xl/tables/table1.xml"); !strings.Contains(got, `ref="A1:B3"`) {
		t.Errorf("the table was widened: %s", got)
	}
	if got := partOf(t, book, "xl/worksheets/sheet1.xml"); !strings.Contains(got, `r="E1"`) {
		t.Errorf("the reasons stand in the other table: %s", got)
	}
}

func TestAnnotateKeepsTheConditionsOfAFilter(t *testing.T) {
	filter := `<autoFilter ref="A1:B2"><filterColumn colId="1"><filters><filter val="1"/>` +
		`</filters>` +
		`</filterColumn></autoFilter>`
	book := annotate(t, handBookOf(t, handHead+"<sheetData>"+plainRows+"</sheetData>"+filter+
		"</worksheet>"), oneMark(2, 0, "不对"))
	want := strings.Replace(filter, "A1:B2", "A1:C3", 1)
	if got := partOf(t, book, "xl/worksheets/sheet1.xml"); !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestAnnotateLeavesAFilterOfOtherRows(t *testing.T) {
	filter := `<autoFilter ref="A2:B3"/>`
	book := annotate(t, handBookOf(t, handHead+"<sheetData>"+plainRows+"</sheetData>"+filter+
		"</worksheet>"), oneMark(2, 0, "不对"))
	if got := partOf(t, book, "xl/worksheets/sheet1.xml"); !strings.Contains(got, filter) {
		t.Errorf("got %s", got)
	}
}

func TestStyleColoursComeBack(t *testing.T) {
	fills := `<fills count="5"><fill><patternFill patternType="none"/></fill>` +
		`<fill><patternFill patternType="gray125"/></fill>` +
		`<fill><patternFill patternType="solid"><fgColor theme="4" tint="0.5"/>` +
		`<bgColor indexed="64"/>` +
		`</patternFill></fill><fill><gradientFill degree="90"/></fill>` +
		`<fill><patternFill patternType="solid"><fgColor rgb="FF00FF00"/></patternFill></fill>` +
		`</fills>`
	formats := `<cellXfs count="5">` + defaultFormat
	for fill := 1; fill < 5; fill++ {
		formats += fmt.Sprintf(`<xf numFmtId="%d" fontId="0" fillId="%d" borderId="0" applyFill="1">`+
			`<alignment wrapText="1"/></xf>`, fill, fill)
	}
	b, err := readStyles([]byte(`<styleSheet xmlns="` + mainNS + `">` + fills + formats +
		`</cellXfs></styleSheet>`))
	if err != nil {
		t.Fatal(err)
	}
	reds := make([]int, 5)
	for i := range reds {
		reds[i] = b.red(i)
		if b.red(i) != reds[i] || b.red(reds[i]) != reds[i] {
			t.Errorf("format %d has several red ones", i)
		}
	}
	again, err := readStyles(b.bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i, red := range reds {
		if !again.ours[red] {
			t.Errorf("the red of format %d is not recognised", i)
		}
	}
	for i, want := range map[int]int{0: 0, 2: 2, 4: 4} {
		if got := again.plain(reds[i]); got != want {
			t.Errorf("format %d came back as %d: %s", i, got, again.format(got))
		}
	}
	if got := formatFill(again.format(again.plain(reds[3]))); got != 0 {
		t.Errorf("a gradient came back as fill %d", got)
	}
}

func TestStylesWithPrefixAndWithoutLists(t *testing.T) {
	for _, raw := range []string{
		`<x:styleSheet xmlns:x="` + mainNS + `"><x:fonts/><x:cellStyleXfs/><x:cellStyles/>` +
			`</x:styleSheet>`,
		`<styleSheet xmlns="` + mainNS + `"/>`,
		`<x:styleSheet xmlns:x="` + mainNS + `"><x:fills/><x:cellXfs/></x:styleSheet>`,
	} {
		b, err := readStyles([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		red := b.red(7)
		again, err := readStyles(b.bytes())
		if err != nil || !again.ours[red] {
			t.Errorf("%s became %s, %v", raw, b.bytes(), err)
		}
	}
}
