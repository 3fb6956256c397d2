package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"kehu/internal/fault"
)

func compound(streams ...string) string {
	file := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 70_000)
	for _, s := range streams {
		file += string(utf16Bytes(s)) + strings.Repeat("\x00", 64)
	}
	return file
}

func TestOtherFilesAreNamed(t *testing.T) {
	zipped := func(parts ...testPart) string { return string(zipParts(t, parts)) }
	rels := func(target string) testPart {
		return testPart{"_rels/.rels", strings.Replace(testBook("")[0].content,
			"xl/workbook.xml", target, 1)}
	}
	for name, c := range map[string]struct {
		data string
		want *fault.Fault
	}{
		"nothing":          {"", ErrEmptyFile},
		"old Excel":        {compound("Root Entry", "Workbook\x00"), ErrXLS},
		"older Excel":      {compound("Root Entry", "Book\x00"), ErrXLS},
		"Excel 4":          {"\x09\x04\x06\x00\x00\x00\x10\x00", ErrXLS},
		"with a password":  {compound("EncryptionInfo", "EncryptedPackage"), ErrEncrypted},
		"old Word":         {compound("WordDocument"), ErrNotSpreadsheet},
		"PDF":              {"%PDF-1.7\n", ErrPDF},
		"picture":          {"\x89PNG\r\n\x1a\n", ErrNotSpreadsheet},
		"RAR":              {"Rar!\x1a\x07\x00", ErrNotSpreadsheet},
		"page":             {"\ufeff \r\n<HTML><table><tr><td>1", ErrHTML},
		"table":            {"<table border=1><tr>", ErrHTML},
		"page with a type": {"<!DOCTYPE HTML>\n<body>", ErrHTML},
		"page in XML": {`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">`,
			ErrHTML},
		"page in UTF-16": {utf16Text("<html><body>", false, true), ErrHTML},
		"mail page":      {"MIME-Version: 1.0\r\nContent-Type: multipart/related", ErrHTML},
		"Excel 2003 XML": {`<?xml version="1.0"?>` +
			`<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`, ErrXML2003},
		"other XML":     {`<?xml version="1.0"?><a/>`, ErrNotSpreadsheet},
		"binary":        {"abc\n\x00\x01", ErrCSVBinary},
		"empty zip":     {zipped(), ErrNoWorkbook},
		"zip of a text": {zipped(testPart{"客户.csv", "a,b"}), ErrNoWorkbook},
		"Word": {zipped(rels("word/document.xml"), testPart{"word/document.xml",
			"<x/>"}), ErrNoWorkbook},
		"workbook of a kind": {zipped(rels("xl/workbook.xml"), testPart{"xl/workbook.xml", "<x/>"}),
			ErrNoWorkbook},
		"binary workbook": {zipped(rels("xl/workbook.bin"), testPart{"xl/workbook.bin", "x"}),
			ErrXLSB},
		"OpenDocument": {zipped(testPart{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
			testPart{"content.xml", "<x/>"}), ErrODS},
		"zip cut": {string(zipParts(t, testBook(testSheet("")))[:400]), ErrBroken},
		"two parts of a name": {zipped(append(testBook(testSheet("")),
			testPart{"XL/Workbook.xml", "<x/>"})...), ErrUnsafe},
		"path upwards":  {zipped(append(testBook(testSheet("")), testPart{"../a", "x"})...), ErrUnsafe},
		"path of root":  {zipped(append(testBook(testSheet("")), testPart{"/a", "x"})...), ErrUnsafe},
		"path of drive": {zipped(append(testBook(testSheet("")), testPart{`c:\a`, "x"})...), ErrUnsafe},
		"no workbook rels": {zipped(append(testBook("")[:2:2],
			testPart{"xl/x.xml", ""})...), ErrBroken},
		"DTD in rels": {zipped(append([]testPart{{"_rels/.rels", "<!DOCTYPE x>"}},
			testBook("")[1:]...)...), ErrUnsafe},
	} {
		_, err := openBytes([]byte(c.data), "a.xlsx", Options{})
		t.Run(name, func(t *testing.T) { wantFault(t, err, c.want) })
	}
}

func workbookWith(sheets, rels string) []testPart {
	return testBook(testSheet(""),
		testPart{"xl/workbook.xml", `<workbook ` + testMain + ` xmlns:r="` + testRels +
			`"><workbookPr date1904="1"/><sheets>` + sheets + `</sheets></workbook>`},
		testPart{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.` +
			`openxmlformats.org/package/2006/relationships">` + rels + `</Relationships>`})
}

func TestSheetsOfAWorkbook(t *testing.T) {
	parts := workbookWith(`<sheet name="一" sheetId="1" r:id="a"/><sheet name="图" r:id="b"/>`+
		`<sheet name="&lt;二&gt;" state="hidden" r:id="c"/><sheet name="三" state="veryHidden" r:id="d"/>`,
		testRel("a", "worksheet", "/xl/worksheets/sheet1.xml")+testRel("b", "chartsheet", "c.xml")+
			testRel("c", "worksheet", "../xl/worksheets/sheet1.xml")+
			testRel("d", "worksheet", `worksheets\Sheet1.xml`))
	b, err := openBytes(zipParts(t, parts), "x", Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []SheetInfo{{"一", 0, false}, {"<二>", 1, true}, {"三", 2, true}}
	if got := b.Sheets(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !b.Date1904() || b.Format() != "xlsx" {
		t.Error("1904, format")
	}
	if text, err := dump(b); err != nil || strings.Count(text, "#") != 3 {
		t.Errorf("%q, %v", text, err)
	}
}

// An old .xls that is not whole still gets the sentence that helps.
func TestCutXLS(t *testing.T) {
	for name, want := range map[string]*fault.Fault{
		"a.XLS": ErrXLS, "客户.et": ErrXLS, "a.doc": ErrNotSpreadsheet,
	} {
		_, err := openBytes([]byte(compound()), name, Options{})
		t.Run(name, func(t *testing.T) { wantFault(t, err, want) })
	}
}

func TestDamagedWorkbooks(t *testing.T) {
	good := testRel("a", "worksheet", "worksheets/sheet1.xml")
	for name, c := range map[string]struct {
		sheets, rels string
		want         *fault.Fault
	}{
		"unknown relation":   {`<sheet name="一" r:id="b"/>`, good, ErrBroken},
		"no name":            {`<sheet r:id="a"/>`, good, ErrBroken},
		"one name twice":     {`<sheet name="A" r:id="a"/><sheet name="a" r:id="a"/>`, good, ErrBroken},
		"one relation twice": {`<sheet name="A" r:id="a"/>`, good + good, ErrBroken},
		"no sheets":          {"", good, ErrNoWorkbook},
		"charts only": {`<sheet name="A" r:id="a"/>`, testRel("a", "chartsheet", "x"),
			ErrNoWorkbook},
		"binary sheet": {`<sheet name="A" r:id="a"/>`, testRel("a", "worksheet", "a.bin"),
			ErrXLSB},
		"missing sheet part": {`<sheet name="A" r:id="a"/>`, testRel("a", "worksheet", "x.xml"),
			ErrDamaged},
		"sheet outside": {`<sheet name="A" r:id="a"/>`, testRel("a", "worksheet",
			"../../../etc/passwd"), ErrDamaged},
		"too many sheets": {strings.Repeat(`<sheet name="A" r:id="a"/>`, maxRelations+1), good,
			ErrBroken},
		"namespace left open": {`<sheet name="A" q:id="a"/>`, good, ErrBroken},
	} {
		b, err := openBytes(zipParts(t, workbookWith(c.sheets, c.rels)), "x", Options{})
		if err == nil {
			_, err = dump(b)
		}
		t.Run(name, func(t *testing.T) { wantFault(t, err, c.want) })
	}
}

func TestLimitsOfAFile(t *testing.T) {
	data := zipParts(t, testBook(testSheet("")))
	_, err := openBytes(data, "x", Options{Limits: Limits{FileBytes: 100}})
	wantFault(t, err, ErrFileTooLarge)
	_, err = openBytes(data, "x", Options{Limits: Limits{UnzippedBytes: 100}})
	wantFault(t, err, ErrUnzippedTooLarge)
	two := workbookWith(`<sheet name="A" r:id="a"/><sheet name="B" r:id="a"/>`,
		testRel("a", "worksheet", "worksheets/sheet1.xml"))
	_, err = openBytes(zipParts(t, two), "x", Options{Limits: Limits{Sheets: 1}})
	wantFault(t, err, ErrTooManySheets)
}

// listStrings is a spill store in memory.
type listStrings struct {
	list   []string
	closed bool
}

func (l *listStrings) Append(s string) error     { l.list = append(l.list, s); return nil }
func (l *listStrings) Get(i int) (string, error) { return l.list[i], nil }
func (l *listStrings) Close() error              { l.closed = true; return nil }
func (l *listStrings) open() (Strings, error)    { return l, nil }
func failSpill() (Strings, error)                { return nil, os.ErrPermission }
func stringsOf(cells string) (string, testPart) {
	return testSheet(`<row r="1">` + cells + `</row>`), testPart{"xl/sharedStrings.xml",
		`<sst ` + testMain + `><si><t>一</t></si><si><t>二</t></si><si><t>三</t></si><si><t/></si></sst>`}
}

func TestSharedStringsSpill(t *testing.T) {
	sheet, texts := stringsOf(`<c t="s"><v>2</v></c><c t="s"><v>0</v></c><c t="s"><v>1</v></c>` +
		`<c t="s"><v>3</v></c>`)
	data := zipParts(t, testBook(sheet, texts))
	small := Limits{SharedStringsBytes: 20} // one string of three bytes, its position of eight
	_, err := dumpBytes(data, Options{Limits: small})
	wantFault(t, err, ErrStringsTooLarge)
	if _, err := dumpBytes(data, Options{Limits: small, Spill: failSpill}); !errors.Is(err,
		os.ErrPermission) {
		t.Error(err)
	}
	store := &listStrings{}
	text, err := dumpBytes(data, Options{Limits: small, Spill: store.open})
	if err != nil || !strings.HasSuffix(text, "1 A=三 B=一 C=二\n") {
		t.Errorf("%q, %v", text, err)
	}
	if len(store.list) != 3 || !store.closed {
		t.Errorf("spilled %q, closed %v", store.list, store.closed)
	}
}

func dumpBytes(data []byte, o Options) (string, error) {
	b, err := openBytes(data, "x", o)
	if err != nil {
		return "", err
	}
	text, err := dump(b)
	return text, errors.Join(err, b.Close())
}

// Texts across the chunks and pages of the table come back as they went in.
func TestStringTable(t *testing.T) {
	table := newStringTable(Options{Limits: DefaultLimits})
	texts := []string{"", strings.Repeat("中", 30_000)}
	for i := range 3 * chunkEntries {
		texts = append(texts, strings.Repeat("客户", i%200))
	}
	for _, text := range texts {
		if err := table.append([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range texts {
		if got, err := table.get(i); err != nil || got != want || table.empty(i) != (want == "") {
			t.Fatalf("string %d: %d bytes, want %d", i, len(got), len(want))
		}
	}
}

func TestWrongChecksumIsDamage(t *testing.T) {
	sheet := testSheet(`<row r="1"><c r="A1"><v>1</v></c></row>`)
	parts := testBook(sheet)
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		h := &zip.FileHeader{Name: p.name, CRC32: crc32.ChecksumIEEE([]byte(p.content)),
			CompressedSize64: uint64(len(p.content)), UncompressedSize64: uint64(len(p.content))}
		if p.content == sheet {
			p.content = strings.Replace(sheet, "<v>1</v>", "<v>2</v>", 1)
		}
		w, err := z.CreateRaw(h)
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
	_, err := dumpBytes(out.Bytes(), Options{})
	wantFault(t, err, ErrDamaged)
}

type failingReader struct {
	data []byte
	from int64
}

var errDisk = errors.New("disk")

func (f failingReader) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > f.from {
		return 0, errDisk
	}
	return copy(p, f.data[at:]), nil
}

// What the disk or the caller does wrong is never told as damage of the file.
func TestErrorsOfTheReaderComeAsTheyAre(t *testing.T) {
	var rows strings.Builder
	for range 2000 {
		rows.WriteString(`<row><c t="str"><v>` + rows.String()[max(0, rows.Len()-9):] + `</v></c></row>`)
	}
	csv := []byte(strings.Repeat("甲,乙\n", 100_000))
	for _, data := range [][]byte{zipParts(t, testBook(testSheet(rows.String()))), csv} {
		for from := range 40 {
			r := failingReader{data, int64(len(data) * from / 40)}
			_, err := Open(context.Background(), r, int64(len(data)), "x", Options{})
			if !errors.Is(err, errDisk) {
				t.Fatalf("from %d: %v", from, err)
			}
		}
	}
	sound := registerBook(2000)
	later := &failingReader{data: sound, from: int64(len(sound))}
	opened, err := Open(context.Background(), later, int64(len(sound)), "x", Options{})
	if err != nil {
		t.Fatal(err)
	}
	later.from = int64(len(sound) / 3)
	if _, err := dump(opened); !errors.Is(err, errDisk) {
		t.Error(err)
	}
	data := zipParts(t, testBook(testSheet("")))
	ctx, cancel := context.WithCancel(context.Background())
	b, err := openBytes(data, "x", Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := b.Inspect(ctx, "客户"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Nothing of a workbook may lie on the disk in plain: the temporary folder stays empty.
func TestNothingIsWrittenToDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	if _, err := dumpBytes(registerBook(3000), Options{}); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}
