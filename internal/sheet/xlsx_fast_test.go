package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"kehu/internal/fault"
)

// scanSheet reads a worksheet part without its archive: through a window of the given size, with
// or without the fast paths.
func scanSheet(src io.Reader, window int, slow, values bool) (string, Info, error) {
	w := &workbook{
		options: Options{Limits: Limits{Rows: 1000, Columns: 30}.withDefaults()},
		sheets:  []workSheet{{part: "sheet1.xml", SheetInfo: SheetInfo{Name: "一"}}},
		formats: []formatClass{formatPlain, formatDate, formatTime, formatElapsed},
		slow:    slow,
	}
	w.texts = newStringTable(w.options)
	for _, text := range []string{"甲", "", "乙"} {
		if err := w.texts.append([]byte(text)); err != nil {
			return "", Info{}, err
		}
	}
	s := w.newScan(w.sheets[0].SheetInfo, values)
	x, err := newXMLScanner(src, window)
	if err == nil {
		err = s.open(x, w)
	}
	if err != nil {
		return "", Info{}, s.locate(err)
	}
	var out strings.Builder
	var row Row
	for {
		more, err := s.next(&row)
		if err != nil || !more {
			return out.String(), s.info, err
		}
		out.WriteString(dumpRow(&row))
		for _, c := range row.Cells {
			fmt.Fprint(&out, c.Kind, c.Style, c.Number, ";")
		}
	}
}

// scanAllWays reads a part in every way and fails where two differ: with the fast paths and
// without, through windows that cut every token, byte by byte, for its values and for its outline.
func scanAllWays(t interface {
	Helper()
	Fatalf(string, ...any)
}, data []byte) (string, error) {
	t.Helper()
	want, info, wantErr := scanSheet(bytes.NewReader(data), windowBytes, true, true)
	check := func(way, got string, err error) {
		t.Helper()
		same := (err == nil) == (wantErr == nil)
		if wantErr != nil && err != nil {
			f, ok := fault.Of(err)
			same = ok && errors.Is(wantErr, f) && f.Chinese() == faultText(wantErr)
		}
		if !same || wantErr == nil && got != want {
			t.Fatalf("%s: %q, %v\nwant %q, %v", way, got, err, want, wantErr)
		}
	}
	got, _, err := scanSheet(bytes.NewReader(data), windowBytes, false, true)
	check("fast", got, err)
	got, _, err = scanSheet(bytes.NewReader(data), 16, false, true)
	check("small window", got, err)
	got, _, err = scanSheet(iotest.DataErrReader(iotest.OneByteReader(bytes.NewReader(data))),
		64, false, true)
	check("byte by byte", got, err)
	_, outline, err := scanSheet(bytes.NewReader(data), windowBytes, false, false)
	check("outline", want, err)
	if err == nil && (outline.Rows != info.Rows || outline.Filled != info.Filled ||
		outline.Columns != info.Columns || outline.LastRow != info.LastRow) {
		t.Fatalf("outline %+v, values %+v", outline, info)
	}
	return want, wantErr
}

func faultText(err error) string {
	f, _ := fault.Of(err)
	if f == nil {
		return ""
	}
	return f.Chinese()
}

// pieces of sheets, sound and not, to put together at random.
var pieces = []string{
	`<row r="1">`, `<row r="2">`, `<row>`, `<row r="3"/>`, `</row>`, `<c r="A1">`, `<c r="B1" s="1">`,
	`<c r="A2" t="s">`, `<c r="C2" s="1" t="n">`, `<c>`, `<c r="D1"/>`, `<c r="E1" s="2" />`, `</c>`,
	`<v>1</v>`, `<v>0</v></c>`, `<v>45292.5</v></c>`, `<v>x</v></c>`, `<v>1_0</v></c>`, `<v></v></c>`,
	`<v>&#49;</v></c>`, `<v> 1 </v></c>`, `<v/></c>`, `<v>2`, `</v>`, `<is><t>甲]]b</t></is></c>`,
	`<is><t xml:space="preserve"> a_x0041_ </t></is></c>`, `<is><t>a</t>`, `</is>`, `<f>A1</f>`,
	`<c r="F1" t="inlineStr">`, `<c r="G1" t="str">`, `<c r="H1" t="b">`, `<c r="I1" t="e">`,
	`<c r="J1" t="d">`, `<c r="A1" s="9">`, `<c r="A1" t="q">`, `<c r="AD1">`, `<c r="AE1">`,
	`<v>#N/A</v></c>`, `<v>2024-01-31</v></c>`, `<!-- c -->`, " \r\n", "中", "]]>", "&", "&amp;",
	"\x01",
	`<c r="A1"><v>1</v></c>`, `<c r="B1" t="s"><v>2</v></c>`, `<c r="C1" s="1"><v>3</v></c>`,
	`<c r="D1" t="inlineStr"><is><t>客户</t></is></c>`, `<x:y/>`, `<c r='B2'>`, `<c  r="C1"  >`,
}

func TestFastPathsAcceptNothingMore(t *testing.T) {
	sound := 0
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "n")
		var rows strings.Builder
		for range n {
			rows.WriteString(rapid.SampledFrom(pieces).Draw(t, "piece"))
		}
		whole := rapid.Bool().Draw(t, "in a row")
		text := rows.String()
		if whole {
			text = `<row r="1">` + text + `</row>`
		}
		if _, err := scanAllWays(t, []byte(testSheet(text))); err == nil {
			sound++
		}
	})
	if sound == 0 {
		t.Error("no sheet was sound")
	}
}

// Law: a sound sheet cut anywhere before the end of its root element is refused.
func TestCutSheetsAreRefused(t *testing.T) {
	sheet := testSheet(`<row r="1"><c r="A1" s="1"><v>45292</v></c><c r="B1" t="inlineStr"><is>` +
		`<t>客户</t></is></c></row><row r="2"><c r="A2" t="s"><v>2</v></c></row>`)
	if _, err := scanAllWays(t, []byte(sheet)); err != nil {
		t.Fatal(err)
	}
	for n := range len(sheet) {
		if got, err := scanAllWays(t, []byte(sheet[:n])); err == nil {
			t.Fatalf("cut at %d: %q", n, got)
		}
	}
}

// Whatever the scanner takes as XML, encoding/xml takes too, with the same elements and texts.
func checkAgainstStandard(t *testing.T, data []byte) {
	t.Helper()
	if bytes.Contains(data, []byte("encoding")) || bytes.Contains(data, []byte{0}) {
		return // the scanner reads UTF-16 and ASCII, encoding/xml does not
	}
	for _, b := range data {
		if b >= 0x80 {
			return // the scanner does not check names beyond ASCII
		}
	}
	ours, err := outlineXML(data)
	if err != nil {
		return
	}
	theirs, err := standardXML(data)
	if err != nil || ours != theirs {
		t.Fatalf("%q\nours   %q\ntheirs %q, %v", data, ours, theirs, err)
	}
}

func outlineXML(data []byte) (string, error) {
	x, err := newXMLScanner(bytes.NewReader(data), 16)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for {
		t, err := x.next()
		switch {
		case err != nil || t == tokenEOF:
			return out.String(), err
		case t == tokenStart:
			fmt.Fprintf(&out, "<%s", x.local)
			for i := range x.attrs {
				value, err := x.decode(x.attrs[i].value, true)
				if err != nil {
					return "", err
				}
				_, local, _ := splitName(x.attrs[i].name)
				fmt.Fprintf(&out, " %s=%q", local, value)
			}
			out.WriteString(">")
		case t == tokenEnd:
			fmt.Fprintf(&out, "</%s>", x.local)
		default:
			out.Write(x.text)
		}
	}
}

func standardXML(data []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	var out strings.Builder
	depth := 0
	for {
		t, err := d.Token()
		if err == io.EOF {
			return out.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			fmt.Fprintf(&out, "<%s", t.Name.Local)
			for _, a := range t.Attr {
				// encoding/xml leaves white space in attributes as it is.
				value := strings.NewReplacer("\n", " ", "\t", " ").Replace(a.Value)
				fmt.Fprintf(&out, " %s=%q", a.Name.Local, value)
			}
			out.WriteString(">")
		case xml.EndElement:
			depth--
			fmt.Fprintf(&out, "</%s>", t.Name.Local)
		case xml.CharData:
			if depth > 0 {
				out.Write(t)
			}
		}
	}
}

func TestScannerAgreesWithEncodingXML(t *testing.T) {
	parts := []string{"<a>", "</a>", "<b x='1'>", "</b>", "<c/>", "<c x=\"&lt;\n\" y = '2'/>",
		"t", "&amp;",
		"&#65;", "&x;", "&", "<", ">", "]]>", "<![CDATA[", "<!--", "-->", "--", "<?p ?>",
		"<?xml version='1.0'?>",
		" ", "\r\n", "\r", "\t", "<a xmlns='u'>", "<n:a xmlns:n='u'>", "</n:a>", "'",
		"\"", "=", "<a/ >", "</a >"}
	rapid.Check(t, func(t2 *rapid.T) {
		var doc strings.Builder
		for range rapid.IntRange(1, 10).Draw(t2, "n") {
			doc.WriteString(rapid.SampledFrom(parts).Draw(t2, "part"))
		}
		checkAgainstStandard(t, []byte(doc.String()))
		checkAgainstStandard(t, []byte("<r>"+doc.String()+"</r>"))
	})
}

func FuzzXML(f *testing.F) {
	f.Add([]byte(testSheet(`<row r="1"><c r="A1" t="str"><v>a&amp;b</v></c></row>`)))
	f.Add([]byte("<a b='c'><!-- d --><![CDATA[e]]>\r\n</a>"))
	f.Fuzz(checkAgainstStandard)
}

func FuzzSheet(f *testing.F) {
	f.Add([]byte(testSheet(strings.Join(pieces[len(pieces)-8:], ""))))
	for _, p := range pieces {
		f.Add([]byte(testSheet(`<row r="1">` + p + `</row>`)))
	}
	f.Add([]byte(utf16Text(testSheet(`<row r="1"><c r="A1"><v>1</v></c></row>`), true, true)))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := scanAllWays(t, data)
		if err == nil {
			return
		}
		if _, ok := fault.Of(err); !ok {
			t.Fatalf("no fault: %v", err)
		}
	})
}
