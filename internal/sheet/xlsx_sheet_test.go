package sheet

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestCellValues(t *testing.T) {
	for name, c := range map[string]struct{ cell, want string }{
		"shared string": {`<c r="A1" t="s"><v>1</v></c>`, "1 A=乙"},
		"inline string": {`<c r="A1" t="inlineStr"><is><t>丙</t></is></c>`, "1 A=丙"},
		"rich inline string": {`<c r="A1" t="inlineStr"><is><r><rPr><b/></rPr><t>上</t></r><r>` +
			`<t xml:space="preserve"> 海</t></r></is></c>`, "1 A=上 海"},
		"phonetic run left out": {`<c r="A1" t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2">` +
			`<t>トウキョウ</t></rPh><phoneticPr fontId="1"/></is></c>`, "1 A=東京"},
		"formula with text": {`<c r="A1" t="str"><f>"a"&amp;B1</f><v>a</v></c>`, "1 A=a(f)"},
		"formula with number": {`<c r="A1"><f t="shared" ref="A1:A2" si="0">B1*2</f><v>4</v>` +
			`</c>`, "1 A=4(f)"},
		"formula without value": {`<c r="B1"><f>A1</f></c>`, "1"},
		"boolean": {`<c r="A1" t="b"><v>1</v></c><c r="B1" t="b"><v>0</v></c>`,
			"1 A=TRUE B=FALSE"},
		"error":                  {`<c r="A1" t="e"><v>#N/A</v></c>`, "1 A=#N/A"},
		"phone":                  {`<c r="A1"><v>13812345678</v></c>`, "1 A=13812345678"},
		"phone with exponent":    {`<c r="A1"><v>1.3812345678E+10</v></c>`, "1 A=13812345678"},
		"whole number of digits": {`<c r="A1"><v>110101199003074514</v></c>`, "1 A=110101199003074514"},
		"lost digits": {`<c r="A1"><v>1.10101199003074E+17</v></c>`,
			"1 A=110101199003074000"},
		"noise of doubles":      {`<c r="A1"><v>1.1000000000000001</v></c>`, "1 A=1.1"},
		"sum of doubles":        {`<c r="A1"><v>0.30000000000000004</v></c>`, "1 A=0.3"},
		"trailing zeros":        {`<c r="A1"><v>12.50</v></c><c r="B1"><v>7.0</v></c>`, "1 A=12.5 B=7"},
		"leading zeros":         {`<c r="A1"><v>007</v></c>`, "1 A=7"},
		"small number":          {`<c r="A1"><v>1E-3</v></c>`, "1 A=0.001"},
		"negative zero":         {`<c r="A1"><v>-0</v></c>`, "1 A=0"},
		"percent is a number":   {`<c r="A1" s="5"><v>0.25</v></c>`, "1 A=0.25"},
		"date":                  {`<c r="A1" s="1"><v>45292</v></c>`, "1 A=2024-01-01"},
		"date in Chinese":       {`<c r="A1" s="2"><v>45292</v></c>`, "1 A=2024-01-01"},
		"date with time":        {`<c r="A1" s="1"><v>45292.4375</v></c>`, "1 A=2024-01-01 10:30:00"},
		"time":                  {`<c r="A1" s="3"><v>0.4375</v></c>`, "1 A=10:30:00"},
		"elapsed time":          {`<c r="A1" s="4"><v>1.5</v></c>`, "1 A=36:00:00"},
		"date beyond the years": {`<c r="A1" s="1"><v>2958466</v></c>`, "1 A=2958466"},
		"negative date":         {`<c r="A1" s="1"><v>-1</v></c>`, "1 A=-1"},
		"text of date format":   {`<c r="A1" s="1" t="s"><v>0</v></c>`, "1 A=甲"},
		"ISO date":              {`<c r="A1" t="d"><v>2024-02-29</v></c>`, "1 A=2024-02-29"},
		"ISO date with time": {`<c r="A1" t="d"><v>2024-02-29T08:05:00.000</v></c>`,
			"1 A=2024-02-29 08:05:00"},
		"escaped character": {`<c r="A1" t="inlineStr"><is><t>a_x000A_b_x005F_x000D__x</t>` +
			`</is></c>`, "1 A=a\nb_x000D__x"},
		"escaped pair":         {`<c r="A1" t="str"><v>_xD83D__xDE00_</v></c>`, "1 A=😀"},
		"half an escaped pair": {`<c r="A1" t="str"><v>_xD83D_x</v></c>`, "1 A=_xD83D_x"},
		"references": {`<c r="A1" t="str"><v>&lt;&#20013;&#x6587;&amp;&quot;&apos;&gt;` +
			`</v></c>`, `1 A=<中文&"'>`},
		"CDATA": {`<c r="A1" t="str"><v>a<![CDATA[<b>&amp;]]>c</v></c>`,
			"1 A=a<b>&amp;c"},
		"CDATA with line ends":    {"<c r=\"A1\" t=\"str\"><v><![CDATA[a\r\nb\rc]]></v></c>", "1 A=a\nb\nc"},
		"line end in a type":      {"<c r=\"A1\" x=\"a\r\nb\" t=\"n\"><v>1</v></c>", "1 A=1"},
		"comment within":          {`<c r="A1"><!-- x --><v>1<!-- y -->2</v></c>`, "1 A=12"},
		"instruction within":      {`<c r="A1"><?go on?><v>12</v></c>`, "1 A=12"},
		"line ends":               {"<c r=\"A1\" t=\"str\"><v>a\r\nb\rc</v></c>", "1 A=a\nb\nc"},
		"brackets":                {`<c r="A1" t="str"><v>a]]b_y]</v></c>`, "1 A=a]]b_y]"},
		"single quotes and order": {`<c t='s' s='0' r='B1' ><v >0</v ></c >`, "1 B=甲"},
		"no references":           {`<c t="s"><v>0</v></c><c/><c><v>3</v></c>`, "1 A=甲 C=3"},
		"some references": {`<c r="B1"><v>1</v></c><c><v>2</v></c><c r="E1"><v>3</v></c>`,
			"1 B=1 C=2 E=3"},
		"spaces about a number": {`<c r="A1"><v> 12 </v></c>`, "1 A=12"},
		"empty values": {`<c r="A1"><v></v></c><c r="B1" t="s"><v/></c><c r="C1" t="str">` +
			`<f>x</f><v></v></c>`, "1"},
		"spaces between cells": {"\n  <c r=\"A1\">\n <v>1</v>\n</c>\n  <c r=\"B1\"><v>2</v></c>\n", "1 A=1 B=2"},
		"extension list": {`<c r="A1"><v>1</v><extLst><ext uri="x"><y:z xmlns:y="urn:y">9` +
			`</y:z></ext></extLst></c>`, "1 A=1"},
		"foreign attributes": {`<c xmlns:z="urn:z" r="A1" z:r="B9" cm="1" vm="2" ph="1"><v>1` +
			`</v></c>`, "1 A=1"},
		"format without value": {`<c r="A1" s="1"/><c r="XFD1" s="1"></c>`, "1"},
	} {
		got, err := readRows(t, testSheet(`<row r="1">`+c.cell+`</row>`))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got != c.want+"\n" {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestOddButLegalSheets(t *testing.T) {
	const row = `<row r="1"><c r="A1"><v>1</v></c></row>`
	x := func(s string) string {
		return strings.NewReplacer("</", "</x:", "<", "<x:").Replace(s)
	}
	for name, c := range map[string]struct{ sheet, want string }{
		"no rows":     {testSheet(""), ""},
		"self-closed": {`<worksheet ` + testMain + `><sheetData/></worksheet>`, ""},
		"no declaration": {`<worksheet ` + testMain + `><sheetData>` + row + `</sheetData>` +
			`</worksheet>`, "1 A=1\n"},
		"byte order mark": {"\xef\xbb\xbf" + testSheet(row), "1 A=1\n"},
		"prefix": {`<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
			x(`<sheetData>`+row+`</sheetData></worksheet>`), "1 A=1\n"},
		"strict namespace": {`<worksheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main">` +
			`<sheetData>` +
			row + `</sheetData></worksheet>`, "1 A=1\n"},
		"rows without numbers": {testSheet(`<row><c><v>1</v></c></row><row/><row r="7"><c><v>2</v>` +
			`</c></row><row><c><v>3</v></c></row>`),
			"1 A=1\n2\n7 A=2\n8 A=3\n"},
		"hidden rows": {testSheet(`<row r="1" hidden="1"/><row r="2" hidden="true"/>` +
			`<row r="3" hidden="0"/><row r="4" ht="0" customHeight="1"/><row r="5" ht="15"/>`),
			"1h\n2h\n3\n4h\n5\n"},
		"alternate content after the rows": {`` +
			`<worksheet ` + testMain + ` xmlns:mc="` + testMarkup + `"><sheetData>` +
			row + `</sheetData><mc:AlternateContent><mc:Choice Requires="x14"><controls/></mc:Choice>` +
			`</mc:AlternateContent></worksheet>`, "1 A=1\n"},
		"extension list in the rows": {testSheet(row + `<extLst><ext/></extLst>`), "1 A=1\n"},
		"comments everywhere": {`` +
			`<!--a-->` + strings.ReplaceAll(testSheet(row)[len(testXML):], "><",
			"><!-- > < -->\n<") + `<!--z-->`, "1 A=1\n"},
		"UTF-16 little": {utf16Text(strings.Replace(testSheet(row), "UTF-8", "UTF-16",
			1), false, true), "1 A=1\n"},
		"UTF-16 big": {utf16Text(strings.Replace(testSheet(row), "UTF-8", "UTF-16",
			1), true, true), "1 A=1\n"},
		"UTF-16 without mark": {utf16Text(testSheet(`<row><c t="str"><v>中😀</v></c></row>`),
			false, false), "1 A=中😀\n"},
	} {
		got, err := readRows(t, c.sheet)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func utf16Text(s string, big, mark bool) string {
	var out []byte
	if mark {
		s = "\ufeff" + s
	}
	for _, r := range s {
		units := []rune{r}
		if r > 0xFFFF {
			units = []rune{0xD800 + (r-0x10000)>>10, 0xDC00 + (r-0x10000)&0x3FF}
		}
		for _, u := range units {
			if big {
				out = append(out, byte(u>>8), byte(u))
			} else {
				out = append(out, byte(u), byte(u>>8))
			}
		}
	}
	return string(out)
}

// Every one of these holds a good row first: a reader that stops at the damage would hand it out.
func TestDamagedSheetsAreRefusedWhole(t *testing.T) {
	const good = `<row r="1"><c r="A1"><v>1</v></c></row>`
	row := func(cells string) string { return testSheet(good + `<row r="2">` + cells + `</row>`) }
	whole := testSheet(good)
	for name, sheet := range map[string]string{
		"empty part":             "",
		"blank part":             "  \n",
		"cut in a row":           whole[:strings.Index(whole, "</row>")],
		"cut after the rows":     strings.TrimSuffix(whole, "</worksheet>"),
		"rows descending":        testSheet(`<row r="2"/><row r="1"/>`),
		"row repeated":           testSheet(good + good),
		"row 0":                  testSheet(`<row r="0"/>`),
		"row beyond the grid":    testSheet(good + `<row r="1048577"/>`),
		"row of many digits":     testSheet(good + `<row r="99999999999999999999"/>`),
		"row not a number":       testSheet(good + `<row r="2a"/>`),
		"row after the last":     testSheet(`<row r="1048576"/><row/>`),
		"cell A0":                row(`<c r="A0"><v>1</v></c>`),
		"cell AAAA1":             row(`<c r="AAAA2"><v>1</v></c>`),
		"cell XFE2":              row(`<c r="XFE2"><v>1</v></c>`),
		"cell a2":                row(`<c r="a2"><v>1</v></c>`),
		"cell A02":               row(`<c r="A02"><v>1</v></c>`),
		"cell without row":       row(`<c r="A"><v>1</v></c>`),
		"cell without column":    row(`<c r="2"><v>1</v></c>`),
		"empty reference":        row(`<c r=""><v>1</v></c>`),
		"cell of another row":    row(`<c r="A3"><v>1</v></c>`),
		"cells out of order":     row(`<c r="B2"><v>1</v></c><c r="A2"><v>1</v></c>`),
		"cell repeated":          row(`<c r="B2"><v>1</v></c><c r="B2"><v>1</v></c>`),
		"cell after XFD":         row(`<c r="XFD2"/><c/>`),
		"unknown type":           row(`<c r="A2" t="q"><v>1</v></c>`),
		"unknown format":         row(`<c r="A2" s="6"><v>1</v></c>`),
		"format not a number":    row(`<c r="A2" s="x"><v>1</v></c>`),
		"shared string too high": row(`<c r="A2" t="s"><v>2</v></c>`),
		"shared string negative": row(`<c r="A2" t="s"><v>-1</v></c>`),
		"text as number":         row(`<c r="A2"><v>1x</v></c>`),
		"NaN":                    row(`<c r="A2"><v>NaN</v></c>`),
		"hexadecimal":            row(`<c r="A2"><v>0x10</v></c>`),
		"underscored number":     row(`<c r="A2"><v>1_0</v></c>`),
		"endless number":         row(`<c r="A2"><v>1E999</v></c>`),
		"long number":            row(`<c r="A2"><v>` + strings.Repeat("9", 400) + `</v></c>`),
		"boolean 2":              row(`<c r="A2" t="b"><v>2</v></c>`),
		"date 30 February":       row(`<c r="A2" t="d"><v>2024-02-30</v></c>`),
		"two values":             row(`<c r="A2"><v>1</v><v>2</v></c>`),
		"value and inline":       row(`<c r="A2" t="inlineStr"><is><t>a</t></is><v>2</v></c>`),
		"inline of another type": row(`<c r="A2"><is><t>a</t></is></c>`),
		"value of an inline":     row(`<c r="A2" t="inlineStr"><v>a</v></c>`),
		"element in a value":     row(`<c r="A2"><v>1<b/>2</v></c>`),
		"text in a cell":         row(`<c r="A2">7<v>1</v></c>`),
		"text in a row":          row(`7<c r="A2"/>`),
		"text between rows":      testSheet(good + `7`),
		"text about inline":      row(`<c r="A2" t="inlineStr"><is>x<t>a</t></is></c>`),
		"NUL escaped":            row(`<c r="A2" t="str"><v>a_x0000_</v></c>`),
		"cell in alternate": row(`` +
			`<mc:AlternateContent xmlns:mc="` + testMarkup + `"><mc:Choice><c r="A2"/>` +
			`</mc:Choice></mc:AlternateContent>`),
		"row in an unknown":     testSheet(good + `<group><row r="2"/></group>`),
		"row after the rows":    strings.Replace(whole, "</sheetData>", `</sheetData><row r="2"/>`, 1),
		"second sheetData":      strings.Replace(whole, "</sheetData>", `</sheetData><sheetData/>`, 1),
		"no sheetData":          `<worksheet ` + testMain + `></worksheet>`,
		"cell outside of a row": testSheet(good + `<c r="A2"/>`),
		"row in a row":          testSheet(`<row r="1"><row r="2"/></row>`),
		"another root": strings.NewReplacer("<worksheet", "<chartsheet", "</worksheet",
			"</chartsheet").Replace(whole),
		"another namespace":        strings.Replace(whole, "spreadsheetml/2006/main", "x", 1),
		"no namespace":             strings.Replace(whole, testMain, "", 1),
		"second root":              whole + `<worksheet/>`,
		"text after the root":      whole + `x`,
		"NUL after the root":       whole + "\x00",
		"control character":        row("<c r=\"A2\" t=\"str\"><v>a\x01</v></c>"),
		"control as reference":     row(`<c r="A2" t="str"><v>&#1;</v></c>`),
		"half a pair as reference": row(`<c r="A2" t="str"><v>&#xD83D;</v></c>`),
		"invalid UTF-8":            row("<c r=\"A2\" t=\"str\"><v>a\xff</v></c>"),
		"U+FFFF":                   row("<c r=\"A2\" t=\"str\"><v>a\uffff</v></c>"),
		"overlong UTF-8":           row("<c r=\"A2\" t=\"str\"><v>\xc0\x80</v></c>"),
		"unknown entity":           row(`<c r="A2" t="str"><v>&nbsp;</v></c>`),
		"bare ampersand":           row(`<c r="A2" t="str"><v>a & b</v></c>`),
		"]]> in text":              row(`<c r="A2" t="str"><v>a]]>b</v></c>`),
		"end tag crossed":          row(`<c r="A2"><v>1</c></v>`),
		"attribute twice":          row(`<c r="A2" r="A2"><v>1</v></c>`),
		"attribute without quotes": row(`<c r=A2><v>1</v></c>`),
		"attributes touching":      row(`<c r="A2"s="0"><v>1</v></c>`),
		"'<' in an attribute":      row(`<c r="A2" x="<"><v>1</v></c>`),
		"undeclared prefix":        row(`<y:c r="A2"><v>1</v></y:c>`),
		"undeclared attribute":     row(`<c r="A2" y:z="1"><v>1</v></c>`),
		"-- in a comment":          row(`<!-- a -- b --><c r="A2"/>`),
		"comment not closed":       testSheet(good + `<!-- `),
		"CDATA not closed":         row(`<c r="A2" t="str"><v><![CDATA[a</v></c>`),
		"declaration misplaced":    " " + whole,
		"encoding GBK":             strings.Replace(whole, "UTF-8", "GBK", 1),
		"UTF-8 called UTF-16":      strings.Replace(whole, "UTF-8", "UTF-16", 1),
		"UTF-16 cut":               strings.TrimSuffix(utf16Text(whole, false, true), "\x00"),
		"UTF-16 half a pair":       utf16Text(whole, false, true) + "\x00\xd8",
		"columns 0": strings.Replace(whole, "<sheetData>", `<cols>`+
			`<col min="0" max="1"/></cols><sheetData>`, 1),
		"columns 10^9": strings.Replace(whole, "<sheetData>", `<cols>`+
			`<col min="1" max="1000000000" hidden="1"/></cols><sheetData>`, 1),
		"merge of nothing": strings.Replace(whole, "</sheetData>", `</sheetData><mergeCells>`+
			`<mergeCell ref="A1:"/></mergeCells>`, 1),
		"merge turned round": strings.Replace(whole, "</sheetData>", `</sheetData><mergeCells>`+
			`<mergeCell ref="B2:A1"/></mergeCells>`, 1),
		"merges overlap": strings.Replace(whole, "</sheetData>", `</sheetData><mergeCells>`+
			`<mergeCell ref="A1:B2"/><mergeCell ref="B2:C3"/></mergeCells>`, 1),
	} {
		got, err := readRows(t, sheet)
		if err == nil {
			t.Errorf("%s: read as %q", name, got)
			continue
		}
		t.Run(name, func(t *testing.T) { wantFault(t, err, ErrDamaged) })
	}
}

func TestDamageNamesTheCell(t *testing.T) {
	_, err := readRows(t, testSheet(`<row r="7"><c r="B7"><v>1</v></c><c r="C7"><v>x</v></c></row>`))
	if err == nil || !strings.Contains(err.Error(), "（C7 处）") {
		t.Error(err)
	}
}

func TestDamagedStringsAndStyles(t *testing.T) {
	sheet := testSheet(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`)
	for name, part := range map[string]testPart{
		"strings cut":             {"xl/sharedStrings.xml", `<sst ` + testMain + `><si><t>甲</t></si>`},
		"strings of another root": {"xl/sharedStrings.xml", `<x><si><t>甲</t></si></x>`},
		"text outside of t": {"xl/sharedStrings.xml", `<sst ` + testMain + `><si>x<t>甲</t>` +
			`</si></sst>`},
		"text in an unknown": {"xl/sharedStrings.xml", `<sst ` + testMain + `><si><q><t>甲</t>` +
			`</q></si></sst>`},
		"string in an unknown": {"xl/sharedStrings.xml", `<sst ` + testMain + `><q><si><t>甲</t>` +
			`</si></q></sst>`},
		"styles cut":             {"xl/styles.xml", `<styleSheet ` + testMain + `>`},
		"styles of another root": {"xl/styles.xml", `<x/>`},
	} {
		_, err := readRows(t, sheet, part)
		t.Run(name, func(t *testing.T) { wantFault(t, err, ErrBroken) })
	}
}

func TestDocumentTypeIsRefused(t *testing.T) {
	sheet := `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` +
		testSheet(`<row><c t="str"><v>&b;</v></c></row>`)[len(testXML):]
	_, err := readRows(t, sheet)
	wantFault(t, err, ErrUnsafe)
}

func TestInspect(t *testing.T) {
	sheet := testXML + `<worksheet ` + testMain + `><cols><col min="2" max="2" hidden="1"/>` +
		`<col min="4" max="16384" width="0"/></cols><sheetData>` +
		`<row r="2" hidden="1"><c r="A2"><v>1</v></c></row>` +
		`<row r="5"><c r="C5" t="s"><v>0</v></c><c r="F5" s="1"/></row><row r="9"/></sheetData>` +
		`<mergeCells count="9"><mergeCell ref="C5:C6"/><mergeCell ref="A2:B2"/>` +
		`<mergeCell ref="A9:A9"/><mergeCell ref="A2:B2"/></mergeCells></worksheet>`
	b, err := openBytes(zipParts(t, testBook(sheet)), "x.xlsx",
		Options{Limits: Limits{Columns: 6}})
	if err != nil {
		t.Fatal(err)
	}
	info, err := b.Inspect(context.Background(), "客户")
	if err != nil {
		t.Fatal(err)
	}
	want := Info{Rows: 3, Filled: 2, LastRow: 9, Columns: 3,
		HiddenRows: []int{2}, HiddenColumns: []int{1},
		Merges: []Merge{{2, 2, 0, 1}, {5, 6, 2, 2}}}
	if !reflect.DeepEqual(info, want) {
		t.Errorf("got %+v\nwant %+v", info, want)
	}
	if _, err := b.Inspect(context.Background(), "别的"); !errors.Is(err, ErrNoSuchSheet) {
		t.Error(err)
	}
}

func TestMergedCellsAreFilledDown(t *testing.T) {
	sheet := strings.Replace(testSheet(
		`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>9</v></c></row>`+
			`<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>1</v></c></row>`+
			`<row r="3"><c r="A3"><v>77</v></c><c r="B3"><v>2</v></c></row>`+
			`<row r="5"/><row r="6"><c r="B6"><v>3</v></c></row>`),
		"</sheetData>", `</sheetData><mergeCells><mergeCell ref="A1:C1"/>`+
			`<mergeCell ref="A2:A5"/></mergeCells>`, 1)
	got, err := readRows(t, sheet)
	want := "1 A=甲\n2 A=乙 B=1\n3 A=乙(m) B=2\n5 A=乙(m)\n6 B=3\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestBlankRows(t *testing.T) {
	for name, c := range map[string]struct {
		row  Row
		want bool
	}{
		"no cells":     {Row{}, true},
		"empty cells":  {Row{Cells: make([]Cell, 3)}, true},
		"spaces":       {Row{Cells: []Cell{{Kind: Text, Text: " \u3000\n"}}}, true},
		"merged above": {Row{Cells: []Cell{{Kind: Text, Text: "甲", Merged: true}}}, true},
		"text":         {Row{Cells: []Cell{{}, {Kind: Text, Text: "甲"}}}, false},
		"number":       {Row{Cells: []Cell{{Kind: Number, Text: "0"}}}, false},
	} {
		if got := c.row.Blank(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestLimitsOfASheet(t *testing.T) {
	many := func(rows, columns int) string {
		var out strings.Builder
		for r := 1; r <= rows; r++ {
			fmt.Fprintf(&out, `<row r="%d">`, r)
			for c := range columns {
				fmt.Fprintf(&out, `<c r="%s"><v>1</v></c>`, CellName(c, r))
			}
			out.WriteString("</row>")
		}
		return testSheet(out.String())
	}
	text := func(s string) string {
		return testSheet(`<row r="1"><c r="A1" t="inlineStr"><is><t>` + s + `</t></is></c></row>`)
	}
	limits := Options{Limits: Limits{Rows: 10, Columns: 5, CellChars: 4}}
	for name, c := range map[string]struct {
		sheet string
		want  error
	}{
		"rows with headers":     {many(10+headerRows, 1), nil},
		"too many rows":         {many(11+headerRows, 1), ErrTooManyRows},
		"columns":               {many(1, 5), nil},
		"too many columns":      {many(1, 6), ErrTooManyColumns},
		"characters":            {text("一二三四"), nil},
		"too many characters":   {text("一二三四五"), ErrCellTooLong},
		"pairs count twice":     {text("😀😀😀"), ErrCellTooLong},
		"references are one":    {text("&#65;&#65;&#65;&#65;"), nil},
		"formula text too long": {testSheet(`<row><c t="str"><v>12345</v></c></row>`), ErrCellTooLong},
	} {
		b, err := openBytes(zipParts(t, testBook(c.sheet)), "x.xlsx", limits)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = dump(b); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
