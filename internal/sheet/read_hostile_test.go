package sheet

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"kehu/internal/fault"
)

// hostile runs one case and bounds what it takes: memory allocated at once, time, no panic.
func hostile(t *testing.T, run func() error, limitMB uint64) error {
	t.Helper()
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	done := make(chan error, 1)
	start := time.Now()
	go func() { done <- run() }()
	peak := before.HeapAlloc
	for {
		select {
		case err := <-done:
			if grown := (peak - before.HeapAlloc) >> 20; grown > limitMB {
				t.Errorf("took %d MB", grown)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			return err
		case <-time.After(5 * time.Millisecond):
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
}

// endless is an entry whose content repeats a text n times between head and tail.
type endless struct {
	name, head, unit, tail string
	n                      int
}

func zipEndless(t *testing.T, parts []testPart, e endless) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed)
	})
	write := func(name string, content ...string) {
		w, err := z.Create(name)
		for _, c := range content {
			if err == nil {
				_, err = io.WriteString(w, c)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if name != e.name {
			return
		}
		block := strings.Repeat(e.unit, max(1, 1<<20/len(e.unit)))
		for n := 0; n < e.n; n += len(block) / len(e.unit) {
			if _, err := io.WriteString(w, block); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := io.WriteString(w, e.tail); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range parts {
		if p.name != e.name {
			write(p.name, p.content)
		}
	}
	write(e.name, e.head)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestHostileParts(t *testing.T) {
	const sheet1, texts = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
	head := testXML + `<worksheet ` + testMain + `><sheetData>`
	merges := testXML + `<worksheet ` + testMain + `><sheetData/><mergeCells>`
	sst := testXML + `<sst ` + testMain + `>`
	for name, c := range map[string]struct {
		part endless
		want *fault.Fault
	}{
		"blanks without end":   {endless{sheet1, head, " ", "", 40 << 20}, ErrDamaged},
		"NULs without end":     {endless{sheet1, "", "\x00", "", 40 << 20}, ErrDamaged},
		"rows without end":     {endless{sheet1, head, "<row/>", "", 3_000_000}, ErrDamaged},
		"cells without end":    {endless{sheet1, head + "<row>", "<c/>", "", 3_000_000}, ErrDamaged},
		"elements ever deeper": {endless{sheet1, head, "<a>", "", 3_000_000}, ErrDamaged},
		"one huge attribute":   {endless{sheet1, head + `<row x="`, "a", `"/>`, 20 << 20}, ErrDamaged},
		"one huge name":        {endless{sheet1, head + "<", "a", "/>", 20 << 20}, ErrDamaged},
		"one huge comment":     {endless{sheet1, head + "<!--", "a", "-->", 20 << 20}, ErrDamaged},
		"comments without end": {endless{sheet1, head, "<!--a-->", "", 2_000_000}, ErrDamaged},
		"many attributes":      {endless{sheet1, head + "<row ", `a="1" `, "/>", 1_000_000}, ErrDamaged},
		"one huge value": {endless{sheet1, head + `<row><c t="str"><v>`, "中", "</v></c>",
			10 << 20}, ErrDamaged},
		"one value in parts": {endless{sheet1, head + `<row><c t="str"><v>`, "中<!---->",
			"</v></c>", 2 << 20}, ErrCellTooLong},
		"merges without end": {endless{sheet1, merges, `<mergeCell ref="A1:B2"/>`, "",
			2_000_000}, ErrDamaged},
		"columns without end": {endless{sheet1, merges, `<cols>` +
			`<col min="1" max="16384" hidden="1"/></cols>`, "", 500_000}, ErrDamaged},
		"strings without end": {endless{texts, sst, "<si><t>a</t></si>", "</sst>", 4_000_000},
			ErrStringsTooLarge},
		"empty strings": {endless{texts, sst, "<si/>", "</sst>", 6_000_000}, ErrStringsTooLarge},
		"one string in runs": {endless{texts, sst + "<si>", "<r><t>aaaaaaaa</t></r>",
			"</si></sst>", 2_000_000}, ErrCellTooLong},
		"formats without end": {endless{"xl/styles.xml", `<styleSheet ` + testMain + `><cellXfs>`,
			`<xf/>`, `</cellXfs></styleSheet>`, 3_000_000}, ErrBroken},
		"sheets without end": {endless{"xl/workbook.xml", `<workbook ` + testMain + `><sheets>`,
			`<sheet name="a"/>`, `</sheets></workbook>`, 2_000_000}, ErrBroken},
		"relations without end": {endless{"_rels/.rels", `` +
			`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`, `` +
			`<Relationship Id="a"/>`, ``, 2_000_000}, ErrBroken},
	} {
		data := zipEndless(t, testBook(testSheet("")), c.part)
		t.Run(name, func(t *testing.T) {
			err := hostile(t, func() error {
				_, err := dumpBytes(data, Options{Limits: Limits{SharedStringsBytes: 16 << 20}})
				return err
			}, 120)
			wantFault(t, err, c.want)
		})
	}
}

// lyingZip packs one stored or deflated part and lets edit change what the directory says of it.
func lyingZip(t *testing.T, content []byte, edit func(h *zip.FileHeader)) []byte {
	t.Helper()
	var packed, out bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&out)
	for _, p := range testBook("") {
		h := &zip.FileHeader{Name: p.name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(content),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(content))}
		body := packed.Bytes()
		if p.name != "xl/worksheets/sheet1.xml" {
			h.Method, body = zip.Store, []byte(p.content)
			h.CRC32 = crc32.ChecksumIEEE(body)
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(body)), uint64(len(body))
		} else {
			edit(h)
		}
		w, err := z.CreateRaw(h)
		if err == nil {
			_, err = w.Write(body)
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

func TestLyingDirectories(t *testing.T) {
	sheet := []byte(testSheet(`<row r="1"><c r="A1"><v>1</v></c></row>`))
	zeros := make([]byte, 64<<20)
	for name, c := range map[string]struct {
		content []byte
		edit    func(h *zip.FileHeader)
		want    *fault.Fault
	}{
		"honest":           {sheet, func(*zip.FileHeader) {}, nil},
		"larger than told": {zeros, func(h *zip.FileHeader) { h.UncompressedSize64 = 10 }, ErrDamaged},
		"smaller than told": {sheet,
			func(h *zip.FileHeader) { h.UncompressedSize64 += 10 }, ErrDamaged},
		"shorter than told": {sheet,
			func(h *zip.FileHeader) { h.UncompressedSize64 = uint64(len(sheet) - 1) }, ErrDamaged},
		"wrong checksum": {sheet, func(h *zip.FileHeader) { h.CRC32++ }, ErrDamaged},
		"no checksum":    {sheet, func(h *zip.FileHeader) { h.CRC32 = 0 }, ErrDamaged},
		"told as bomb": {sheet, func(h *zip.FileHeader) { h.UncompressedSize64 = 3 << 30 },
			ErrUnzippedTooLarge},
		"told as 2^64": {sheet, func(h *zip.FileHeader) { h.UncompressedSize64 = 1<<64 - 1 },
			ErrUnzippedTooLarge},
		"other method":  {sheet, func(h *zip.FileHeader) { h.Method = 12 }, ErrBroken},
		"encrypted":     {sheet, func(h *zip.FileHeader) { h.Flags |= 1 }, ErrEncrypted},
		"called stored": {sheet, func(h *zip.FileHeader) { h.Method = zip.Store }, ErrDamaged},
	} {
		data := lyingZip(t, c.content, c.edit)
		t.Run(name, func(t *testing.T) {
			err := hostile(t, func() error {
				_, err := dumpBytes(data, Options{})
				return err
			}, 50)
			if c.want != nil {
				wantFault(t, err, c.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestManyEntries(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := range 200_000 {
		if _, err := z.CreateRaw(&zip.FileHeader{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	err := hostile(t, func() error {
		_, err := dumpBytes(out.Bytes(), Options{})
		return err
	}, 100)
	wantFault(t, err, ErrTooManyEntries)
}

// Law: a workbook cut, or with one bit turned, anywhere is refused, or holds what it held.
func TestCutAndTurnedWorkbooks(t *testing.T) {
	data := registerBook(300)
	want, err := dumpBytes(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	refused := 0
	check := func(what string, at int, damaged []byte) {
		t.Helper()
		got, err := dumpBytes(damaged, Options{})
		if err == nil && got != want {
			t.Fatalf("%s at %d: read differently", what, at)
		}
		if _, ok := fault.Of(err); err != nil && !ok {
			t.Fatalf("%s at %d: no fault: %v", what, at, err)
		}
		if err != nil {
			refused++
		}
	}
	for range 200 {
		at := r.IntN(len(data))
		check("cut", at, data[:at])
		turned := bytes.Clone(data)
		turned[at] ^= 1 << r.IntN(8)
		check("bit turned", at, turned)
	}
	if refused < 200 {
		t.Errorf("%d of 400 refused", refused)
	}
}

// The same with the damage beneath the checksum: the XML itself is cut, then packed soundly.
func TestCutXMLIsRefused(t *testing.T) {
	parts := testBook(testSheet(strings.Repeat(
		`<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>客户</t></is></c><c><v>1</v></c></row>`, 200)))
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		cut := append([]testPart(nil), parts...)
		p := &cut[r.IntN(len(cut))]
		p.content = p.content[:r.IntN(len(strings.TrimRight(p.content, "\n"))-1)]
		_, err := dumpBytes(zipParts(t, cut), Options{})
		if _, ok := fault.Of(err); !ok {
			t.Fatalf("%s cut to %d bytes: %v", p.name, len(p.content), err)
		}
	}
}

// Entries that overlap let a small file unpack to much; what is read stays bounded.
func TestCompoundAndTextOfMuchSize(t *testing.T) {
	huge := &repeated{unit: "客户,上海\n", size: int64(len("客户,上海\n")) * 10_000_000}
	err := hostile(t, func() error {
		b, err := Open(context.Background(), huge, huge.size, "a.csv", Options{})
		if err != nil {
			return err
		}
		_, err = b.Inspect(context.Background(), "a")
		return err
	}, 50)
	wantFault(t, err, ErrTooManyRows)
	ole := &repeated{unit: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", size: 110 << 20}
	err = hostile(t, func() error {
		_, err := Open(context.Background(), ole, ole.size, "a.doc", Options{})
		return err
	}, 50)
	wantFault(t, err, ErrNotSpreadsheet)
}

// repeated is a file of one text over and over.
type repeated struct {
	unit string
	size int64
}

func (r *repeated) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	for n < len(p) && at+int64(n) < r.size {
		n += copy(p[n:min(len(p), n+int(r.size-at)-n)], r.unit[(at+int64(n))%int64(len(r.unit)):])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// FuzzOpen: no file makes Open or Rows panic; every error is a fault.
func FuzzOpen(f *testing.F) {
	f.Add(zipParts(f, testBook(testSheet(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`))))
	f.Add(registerBook(2))
	f.Add([]byte(compound("Workbook\x00")))
	f.Add([]byte("a;b\n"))
	f.Add(binary.LittleEndian.AppendUint32(nil, 0x04034b50))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := dumpBytes(data, Options{Limits: Limits{UnzippedBytes: 8 << 20}})
		if err == nil {
			return
		}
		if _, ok := fault.Of(err); !ok {
			t.Fatalf("no fault: %v", err)
		}
	})
}
