package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

const (
	benchRows    = 100_000
	benchColumns = 20
)

// registerBook is a register as Excel saves it: half of the columns shared strings, a quarter
// numbers, the others dates, inline texts and gaps.
func registerBook(count int) []byte {
	var rows, texts strings.Builder
	next := 0
	for r := 1; r <= count; r++ {
		fmt.Fprintf(&rows, `<row r="%d" spans="1:20">`, r)
		for c := range benchColumns {
			ref := CellName(c, r)
			switch {
			case c < 10:
				fmt.Fprintf(&rows, `<c r="%s" s="0" t="s"><v>%d</v></c>`, ref, next)
				fmt.Fprintf(&texts, `<si><t>上海%d贸易有限公司%d</t></si>`, r, c)
				next++
			case c < 15:
				fmt.Fprintf(&rows, `<c r="%s"><v>%d</v></c>`, ref, 13800000000+r*7+c)
			case c < 17:
				fmt.Fprintf(&rows, `<c r="%s" s="1"><v>%d</v></c>`, ref, 40000+r%5000)
			case c < 18:
				fmt.Fprintf(&rows, `<c r="%s" t="inlineStr"><is><t>备注 %d</t></is></c>`, ref, r)
			case c < 19:
				fmt.Fprintf(&rows, `<c r="%s" s="0"/>`, ref)
			default:
				fmt.Fprintf(&rows, `<c r="%s" s="5"><v>%d.25</v></c>`, ref, r)
			}
		}
		rows.WriteString("</row>")
	}
	return zipPartsPlain(testBook(testSheet(rows.String()), testPart{"xl/sharedStrings.xml",
		testXML + `<sst ` + testMain + `>` + texts.String() + `</sst>`}))
}

var benchBook = sync.OnceValue(func() []byte { return registerBook(benchRows) })

func zipPartsPlain(parts []testPart) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err != nil {
			panic(err)
		}
		if _, err := io.WriteString(w, p.content); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// streamBook is the same size made by excelize: inline strings throughout.
var streamBook = sync.OnceValue(func() []byte {
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		panic(err)
	}
	for r := 1; r <= benchRows; r++ {
		row := make([]any, benchColumns)
		for c := range row {
			row[c] = 13800000000 + r*7 + c
			if c < 10 {
				row[c] = fmt.Sprintf("上海%d贸易有限公司%d", r, c)
			}
		}
		if err := w.SetRow(CellName(0, r), row); err != nil {
			panic(err)
		}
	}
	if err := w.Flush(); err != nil {
		panic(err)
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		panic(err)
	}
	return out.Bytes()
})

// floor inflates the sheet and the shared strings and looks for every '<': nothing can be read
// with less. It returns the bytes of the sheet, and of both.
func floor(data []byte) (sheet, total int, err error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return 0, 0, err
	}
	buf := make([]byte, windowBytes)
	tags := 0
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "xl/worksheets/") && f.Name != "xl/sharedStrings.xml" {
			continue
		}
		raw, err := f.OpenRaw()
		if err != nil {
			return 0, 0, err
		}
		in := flate.NewReader(raw)
		for {
			n, err := in.Read(buf)
			if total += n; f.Name != "xl/sharedStrings.xml" {
				sheet += n
			}
			for b := buf[:n]; ; tags++ {
				at := bytes.IndexByte(b, '<')
				if at < 0 {
					break
				}
				b = b[at+1:]
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return 0, 0, err
			}
		}
	}
	if tags == 0 {
		return 0, 0, io.ErrUnexpectedEOF
	}
	return sheet, total, nil
}

// readAll inspects and then streams the one sheet of a book.
func readAll(data []byte) (inspect, rows time.Duration, err error) {
	ctx := context.Background()
	start := time.Now()
	b, err := openBytes(data, "bench.xlsx", Options{})
	if err != nil {
		return 0, 0, err
	}
	defer b.Close()
	name := b.Sheets()[0].Name
	if _, err = b.Inspect(ctx, name); err != nil {
		return 0, 0, err
	}
	inspect = time.Since(start)
	start = time.Now()
	r, err := b.Rows(ctx, name)
	if err != nil {
		return 0, 0, err
	}
	for r.Next() {
		if len(r.Row().Cells) != benchColumns {
			return 0, 0, fmt.Errorf("row %d has %d cells", r.Row().Number, len(r.Row().Cells))
		}
	}
	return inspect, time.Since(start), r.Err()
}

func benchmarkRead(b *testing.B, data []byte) {
	var floorTime, inspectTime, rowsTime time.Duration
	sheetSize, size := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		sheet, total, err := floor(data)
		if err != nil {
			b.Fatal(err)
		}
		floorTime += time.Since(start)
		size += total
		sheetSize += sheet
		inspect, rows, err := readAll(data)
		if err != nil {
			b.Fatal(err)
		}
		inspectTime += inspect
		rowsTime += rows
	}
	mb, sheetMB := float64(size)/1e6, float64(sheetSize)/1e6
	b.ReportMetric(mb/floorTime.Seconds(), "floor-MB/s")
	b.ReportMetric(mb/inspectTime.Seconds(), "inspect-MB/s")
	b.ReportMetric(sheetMB/rowsTime.Seconds(), "rows-MB/s")
	b.ReportMetric(inspectTime.Seconds()/floorTime.Seconds(), "inspect/floor")
	b.ReportMetric((inspectTime+rowsTime).Seconds()/floorTime.Seconds(), "both/floor")
}

// BenchmarkSharedStrings: the first pass reads the shared strings too.
func BenchmarkSharedStrings(b *testing.B) { benchmarkRead(b, benchBook()) }

func BenchmarkInlineStrings(b *testing.B) { benchmarkRead(b, streamBook()) }

func BenchmarkExcelizeRows(b *testing.B) {
	data := benchBook()
	for b.Loop() {
		f, err := excelize.OpenReader(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		rows, err := f.Rows("客户")
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
			if _, err := rows.Columns(excelize.Options{RawCellValue: true}); err != nil {
				b.Fatal(err)
			}
		}
		f.Close()
	}
}

func BenchmarkCSV(b *testing.B) {
	var text strings.Builder
	for r := range benchRows {
		for c := range benchColumns {
			fmt.Fprintf(&text, "上海%d贸易%d,", r, c)
		}
		text.WriteString("\"a \"\"b\"\"\"\r\n")
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		book, err := openBytes(data, "bench.csv", Options{})
		if err != nil {
			b.Fatal(err)
		}
		rows, err := book.Rows(context.Background(), "bench")
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
		}
		if rows.Err() != nil {
			b.Fatal(rows.Err())
		}
	}
}
