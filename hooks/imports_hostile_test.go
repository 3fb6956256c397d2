package hooks_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

	"kehu/tests"
)

// maxGrowth bounds the memory that one hostile file may cost.
const maxGrowth = 500 << 20

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	packages  = "http://schemas.openxmlformats.org/package/2006/"
	relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

// rawBook makes an .xlsx of sheets in XML as they stand, which no library would write.
func rawBook(t *testing.T, sheets ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range rawParts(len(sheets)) {
		rawPart(t, z, name, content)
	}
	for i, content := range sheets {
		rawPart(t, z, fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), content)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func rawPart(t *testing.T, z *zip.Writer, name, content string) {
	t.Helper()
	w, err := z.Create(name)
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// rawParts are the parts of a workbook beside its sheets.
func rawParts(sheets int) map[string]string {
	var list, rels, types strings.Builder
	for i := 1; i <= sheets; i++ {
		fmt.Fprintf(&list, `<sheet name="表%d" sheetId="%d" r:id="rId%d"/>`, i, i, i)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`,
			i, relations, i)
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/`+
			`vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i)
	}
	return map[string]string{
		"[Content_Types].xml": xmlHead + `<Types xmlns="` + packages + `content-types"><Default ` +
			`Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-` +
			`officedocument.spreadsheetml.sheet.main+xml"/>` + types.String() + `</Types>`,
		"_rels/.rels": xmlHead + `<Relationships xmlns="` + packages + `relationships"><Relationship ` +
			`Id="rId1" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": xmlHead + `<workbook ` + mainSpace + ` xmlns:r="` + relations + `"><sheets>` +
			list.String() + `</sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": xmlHead + `<Relationships xmlns="` + packages + `relationships">` +
			rels.String() + `</Relationships>`,
	}
}

func rawSheet(rows string) string {
	return xmlHead + `<worksheet ` + mainSpace + `><sheetData>` + rows + `</sheetData></worksheet>`
}

// rawRow is a row of inline texts, each as it stands in XML.
func rawRow(number int, texts ...string) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<row r="%d">`, number)
	for _, text := range texts {
		fmt.Fprintf(&out, `<c t="inlineStr"><is><t>%s</t></is></c>`, text)
	}
	return out.String() + `</row>`
}

// bomb is a workbook whose sheet unpacks to more than two gigabytes of spaces; its compressed form
// repeats one block.
func bomb(t *testing.T) []byte {
	t.Helper()
	const times = 140
	spaces := bytes.Repeat([]byte(" "), 16<<20)
	var block bytes.Buffer
	deflate, err := flate.NewWriter(&block, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	deflate.Write(spaces)
	deflate.Flush()
	head := xmlHead + `<worksheet ` + mainSpace + `><sheetData>` + rawRow(1, "客户名称")
	var stream bytes.Buffer
	first, _ := flate.NewWriter(&stream, flate.BestSpeed)
	io.WriteString(first, head)
	first.Flush()
	sum := crc32.ChecksumIEEE([]byte(head))
	for range times {
		stream.Write(block.Bytes())
		sum = crc32.Update(sum, crc32.IEEETable, spaces)
	}
	const tail = `</sheetData></worksheet>`
	last, _ := flate.NewWriter(&stream, flate.BestSpeed)
	io.WriteString(last, tail)
	last.Close()
	sum = crc32.Update(sum, crc32.IEEETable, []byte(tail))
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range rawParts(1) {
		rawPart(t, z, name, content)
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CRC32: sum,
		CompressedSize64:   uint64(stream.Len()),
		UncompressedSize64: uint64(len(head) + times*len(spaces) + len(tail))})
	if err == nil {
		_, err = w.Write(stream.Bytes())
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// clear tells whether a text is one sentence for people, and nothing of the program's inside.
func clear(text string) bool {
	for _, inside := range []string{"内部错误", "意外中止", "goroutine", "panic", ".go:", "SQL", "sqlite", "{",
		"hooks", "\n", "0x"} {
		if strings.Contains(text, inside) {
			return false
		}
	}
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) &&
		len([]rune(text)) <= 200
}

// sentenceOf is why an upload or its preview was refused, "" where it was taken.
func sentenceOf(t *testing.T, h *tests.House, a tests.Answer) string {
	t.Helper()
	if a.Status != http.StatusAccepted {
		if a.Status < 400 || a.Status >= 500 {
			t.Errorf("answered %d %s", a.Status, a.Body)
		}
		return a.Text("message")
	}
	show := h.Wait("data_admin", a.Text("id"), "previewing")
	if show["state"] == "ready" {
		return ""
	}
	text, _ := show["error"].(string)
	return text
}

// watchMemory gives a function that answers how much the heap grew at most.
func watchMemory() (stop func() uint64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak := m.HeapInuse, m.HeapInuse
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-end:
				return
			case <-time.After(10 * time.Millisecond):
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	return func() uint64 {
		close(end)
		<-done
		return peak - before
	}
}

// filesUnder lists the files of a folder, stored workbooks aside.
func filesUnder(t *testing.T, root string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.Contains(path, string(filepath.Separator)+"storage"+string(filepath.Separator)) {
			found[path] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// nothingLeft checks that the temp folder is empty and the data directory has no new file.
func nothingLeft(t *testing.T, h *tests.House, temp string, before map[string]bool) {
	t.Helper()
	for path := range filesUnder(t, temp) {
		t.Errorf("left in the temp folder: %s", path)
	}
	for path := range filesUnder(t, h.Dir) {
		if !before[path] && !strings.HasSuffix(path, "-wal") && !strings.HasSuffix(path, "-shm") {
			t.Errorf("left in the data directory: %s", path)
		}
	}
}

func hostileHouse(t *testing.T) *tests.House {
	h := tests.Start(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	before := filesUnder(t, h.Dir)
	t.Cleanup(func() { nothingLeft(t, h, temp, before) })
	return h
}

// Workbooks that are refused, each in one sentence and in little memory.
func TestHostileWorkbooksAreRefusedInOneSentence(t *testing.T) {
	h := hostileHouse(t)
	wide := make([]string, 10_000)
	for i := range wide {
		wide[i] = fmt.Sprintf("列%d", i)
	}
	many := make([]string, 200)
	for i := range many {
		many[i] = rawSheet(rawRow(1, "客户名称"))
	}
	for _, c := range []struct {
		name    string
		content []byte
		says    string
	}{
		{"a bomb", bomb(t), "MB"},
		{"ten thousand columns", rawBook(t, rawSheet(rawRow(1, wide...))), "200 列"},
		{"two hundred sheets", rawBook(t, many...), "100"},
		{"a cell of 40,000 characters", rawBook(t, rawSheet(rawRow(1, "客户名称")+
			rawRow(2, strings.Repeat("长", 40_000)))), "32767"},
		{"raw control characters", rawBook(t, rawSheet(rawRow(1, "客户名称")+rawRow(2, "甲\x01公司"))), "损坏"},
		{"half of a surrogate pair", rawBook(t, rawSheet(rawRow(1, "客户名称")+rawRow(2, "甲&#xD800;公司"))), "损坏"},
		{"an entity", rawBook(t, strings.Replace(rawSheet(rawRow(1, "&a;")), "<worksheet",
			`<!DOCTYPE x [<!ENTITY a "b">]><worksheet`, 1)), ""},
		{"nothing at all", rawBook(t, rawSheet("")), "空"},
	} {
		t.Run(c.name, func(t *testing.T) {
			grown := watchMemory()
			text := sentenceOf(t, h, h.Send("data_admin", "客户.xlsx", c.content, nil))
			if !clear(text) || !strings.Contains(text, c.says) {
				t.Errorf("it says %q, want %q in it", text, c.says)
			}
			if n := grown(); n > maxGrowth {
				t.Errorf("the memory grew by %d MB", n>>20)
			}
		})
	}
}

// Workbooks that are odd and still are read: rows that are wrong are told, the others are stored.
func TestOddWorkbooksAreReadRowByRow(t *testing.T) {
	header := []any{"客户名称", "手机", "备注"}
	gap := [][]any{header, {"甲有限公司", "13712341231"}}
	for len(gap) < 2002 {
		gap = append(gap, []any{})
	}
	gap = append(gap, []any{"乙有限公司", "13712341232"})
	wide := []string{"客户名称"}
	long := []string{"宽有限公司"}
	for i := range 60 {
		wide = append(wide, fmt.Sprintf("%s%d", strings.Repeat("很长的表头", 50), i))
		long = append(long, strings.Repeat("长", 3000))
	}
	longRows := rawRow(1, wide...)
	for i := range 30 {
		long[0] = fmt.Sprintf("宽%d有限公司", i)
		longRows += rawRow(2+i, long...)
	}
	for _, c := range []struct {
		name, file string
		content    []byte
		want       map[string]int
		codes      map[int]string // of wrong rows
	}{
		{"only headers", "a.xlsx", tests.Workbook(header), map[string]int{}, nil},
		{"two thousand blank rows between", "a.xlsx", tests.Workbook(gap...),
			map[string]int{"incomplete": 2}, nil}, // the sheet's XML holds no such rows
		{"the header again in the middle", "a.xlsx", tests.Workbook(header, []any{"甲有限公司", "13712341231"},
			header, []any{"乙有限公司", "13712341232"}), map[string]int{"incomplete": 2, "blank": 1}, nil},
		{"a formula", "a.xlsx", rawBook(t, rawSheet(rawRow(1, "客户名称", "备注")+
			`<row r="2"><c r="A2" t="str"><f>cmd|'/C calc'!A0</f><v>甲有限公司</v></c></row>`+
			rawRow(3, "=cmd|'/C calc'!A0", "乙"))), map[string]int{"incomplete": 1, "failed": 1}, nil},
		{"a name of 500 characters", "a.xlsx", tests.Workbook(header,
			[]any{strings.Repeat("很长的名字", 100), "13712341231"}), map[string]int{"failed": 1},
			map[int]string{2: "too_long"}},
		{"emoji", "a.xlsx", tests.Workbook(header, []any{"甲🙂𠮷有限公司", "13712341231"}),
			map[string]int{"incomplete": 1}, nil},
		{"marks that turn the direction", "a.xlsx", tests.Workbook(header,
			[]any{"\u202e甲\u200f有限\u2066公司\u2069", "13712341231"}), map[string]int{"incomplete": 1}, nil},
		{"control characters", "a.csv", []byte("客户名称,手机\n甲\x01有限\x7f公司,13712341231\n"),
			map[string]int{"incomplete": 1}, nil},
		{"long headers and cells", "a.xlsx", rawBook(t, rawSheet(longRows)), map[string]int{"incomplete": 30}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := hostileHouse(t)
			show := h.Import("data_admin", c.file, c.content, nil)
			wantCounts(t, show, c.want)
			codes := rowCodes(h, show["id"].(string))
			if t.Failed() {
				t.Log(cutText(fmt.Sprint(codes), 2000))
			}
			for row, code := range c.codes {
				if !strings.Contains(codes[row], code) {
					t.Errorf("row %d: %s, want %s", row, codes[row], code)
				}
			}
			list := h.Do("data_admin", "GET", "/api/collections/customers/records?perPage=100", nil).JSON()
			for _, item := range list["items"].([]any) {
				wantPlainName(t, item.(map[string]any)["name"].(string))
			}
		})
	}
}

func wantPlainName(t *testing.T, name string) {
	t.Helper()
	if name == "客户名称" || strings.HasPrefix(name, "=") || strings.ContainsFunc(name, func(r rune) bool {
		return unicode.Is(unicode.C, r)
	}) {
		t.Errorf("stored as a name: %q", name)
	}
}

// A sheet that is formatted down to its last row is counted, and costs no memory.
func TestASheetFormattedToItsLastRow(t *testing.T) {
	var rows strings.Builder
	rows.WriteString(rawRow(1, "客户名称") + rawRow(2, "甲有限公司"))
	for i := 3; i <= 1_048_576; i++ {
		fmt.Fprintf(&rows, `<row r="%d" ht="20" customHeight="1"><c/></row>`, i)
	}
	content := rawBook(t, rawSheet(rows.String()))
	rows.Reset()
	h := hostileHouse(t)
	grown := watchMemory()
	show := h.Import("data_admin", "a.xlsx", content, nil)
	counts := tests.Counts(show)
	if show["state"] != "done" || counts["incomplete"] != 1 || sumOf(counts) != counts["total"] {
		t.Errorf("%v %v %v", show["state"], show["error"], counts)
	}
	if n := grown(); n > maxGrowth {
		t.Errorf("the memory grew by %d MB", n>>20)
	}
}

func TestAFieldOfAMillionCharacters(t *testing.T) {
	h := hostileHouse(t)
	text := sentenceOf(t, h, h.Send("data_admin", "a.csv",
		[]byte("客户名称,备注\n甲有限公司,"+strings.Repeat("长", 1_000_000)+"\n"), nil))
	if !clear(text) || !strings.Contains(text, "32767") {
		t.Errorf("it says %q", text)
	}
}

// The name of a file is text: no path, no header, and never too long to be kept.
func TestNamesOfFilesAreOnlyText(t *testing.T) {
	h := hostileHouse(t)
	book := tests.Workbook([]any{"客户名称", "手机"}, []any{"甲有限公司", "12"})
	for _, name := range []string{"../../x.xlsx", `..\..\x.xlsx`, "..", "/etc/passwd", strings.Repeat("长", 400) + ".xlsx",
		"x." + strings.Repeat("xlsx", 100), "ab\u202ex.xlsx", `a"; filename="b.html`, "C:\\用户\\客户.xlsx", "客户.XLSX"} {
		show := h.Import("data_admin", name, book, nil)
		wantCounts(t, show, map[string]int{"failed": 1})
		kept := show["file_name"].(string)
		if strings.ContainsAny(kept, "/\\\x01\u202e") || kept == ".." || len([]rune(kept)) > 200 {
			t.Errorf("%q is kept as %q", name, kept)
		}
		a := h.Do("data_admin", "GET", "/api/kehu/imports/"+show["id"].(string)+"/errors.xlsx", nil)
		if d := a.Header.Get("Content-Disposition"); a.Status != 200 || !strings.HasPrefix(d, "attachment") {
			t.Errorf("%q: %d %q", name, a.Status, d)
		}
	}
	_ = filepath.WalkDir(filepath.Dir(h.Dir), func(path string, entry fs.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), "passwd") || filepath.Base(path) == "x.xlsx" {
			t.Errorf("%s was written", path)
		}
		return nil
	})
}

// Requests that are no upload are refused, as a sentence.
func TestUploadsThatAreNone(t *testing.T) {
	h := hostileHouse(t)
	book := tests.Workbook([]any{"客户名称", "手机", "电话"}, []any{"甲有限公司", "13712341231", ""})
	var empty bytes.Buffer
	parts := multipart.NewWriter(&empty)
	parts.WriteField("collection", "customers")
	parts.Close()
	path := "/api/kehu/imports"
	answers := map[string]tests.Answer{
		"no file": h.Do("data_admin", "POST", path, &empty, "Content-Type", parts.FormDataContentType()),
		"JSON":    h.Do("data_admin", "POST", path, map[string]any{"file": "x"}),
		"nothing": h.Do("data_admin", "POST", path, nil),
		"no boundary": h.Do("data_admin", "POST", path, strings.NewReader("x"), "Content-Type",
			"multipart/form-data"),
		"not in parts": h.Do("data_admin", "POST", path, strings.NewReader("x"), "Content-Type",
			"multipart/form-data; boundary=x"),
	}
	for name, form := range map[string]map[string]any{
		"a collection that is none":   {"collection": "staff"},
		"a field that is none":        {"mapping": map[string]string{"客户名称": "password"}},
		"two columns to one field":    {"mapping": map[string]string{"手机": "mobile", "电话": "mobile"}},
		"a mapping that is a list":    {"mapping": []string{"a"}},
		"a mapping that is no JSON":   {"mapping": "{"},
		"options of the wrong type":   {"options": map[string]any{"dry_run": "yes"}},
		"options that are a list":     {"options": []int{1}},
		"an unknown choice":           {"options": map[string]any{"on_duplicate": "overwrite"}},
		"an owner who is none":        {"options": map[string]any{"owner": "nobody@example.com"}},
		"a sheet that is not there":   {"sheet": "没有"},
		"a huge sheet name":           {"sheet": strings.Repeat("长", 2<<20)},
		"a mapping without a key":     {"mapping": map[string]string{"客户名称": "ignore"}},
		"an unknown purpose":          {"options": map[string]any{"consent": []string{"everything"}}},
		"a reason for no such field":  {"options": map[string]any{"confirm": map[string]string{"x": "y"}}},
		"a mapping of the wrong kind": {"mapping": map[string]any{"客户名称": 1}},
	} {
		answers[name] = h.Send("data_admin", "a.xlsx", book, form)
	}
	for name, a := range answers {
		text := sentenceOf(t, h, a)
		if text == "" && a.Status == http.StatusAccepted { // refused at the start at the latest
			text = h.Do("data_admin", "POST", path+"/"+a.Text("id")+"/start", nil).Text("message")
		}
		if name == "a reason for no such field" && text == "" {
			continue
		}
		if !clear(text) {
			t.Errorf("%s: %d %q %s", name, a.Status, text, a.Body)
		}
	}
}

// An upload that breaks off leaves nothing: no import, no file.
func TestAnUploadBreaksOff(t *testing.T) {
	h := hostileHouse(t)
	book := tests.Workbook([]any{"客户名称", "手机"}, []any{"甲有限公司", "13712341231"})
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	w, _ := parts.CreateFormFile("file", "a.xlsx")
	w.Write(book)
	parts.Close()
	address, _ := url.Parse(h.URL)
	for _, part := range []int{0, 50, 500, len(book) / 2, body.Len() - 10, body.Len() - 2} {
		conn, err := net.Dial("tcp", address.Host)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /api/kehu/imports HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: %s\r\n"+
			"Content-Length: %d\r\n\r\n", address.Host, h.Tokens["data_admin"], parts.FormDataContentType(), body.Len())
		conn.Write(body.Bytes()[:part])
		conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if bytes.Contains(answer, []byte(" 202 ")) {
			t.Errorf("%d of %d bytes were taken for the whole: %s", part, body.Len(), answer)
		}
	}
	if n := value[int](h, "SELECT count(*) FROM imports"); n != 0 {
		t.Errorf("%d imports", n)
	}
	stored, _ := os.ReadDir(filepath.Join(h.Dir, "storage"))
	if len(stored) != 0 {
		t.Errorf("%d folders of stored files", len(stored))
	}
}

func cutText(text string, limit int) string { return text[:min(len(text), limit)] }
