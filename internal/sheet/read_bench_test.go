//go:build unix

package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

const benchRows = 100_000

// cpuTime is what the process has used, its garbage collector included. On a busy machine the
// clock says little.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

var benchBook = sync.OnceValue(func() []byte { return registerBook(benchRows) })

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
	start := cpuTime()
	b, err := openBytes(data, "bench.xlsx", Options{})
	if err != nil {
		return 0, 0, err
	}
	defer b.Close()
	name := b.Sheets()[0].Name
	if _, err = b.Inspect(ctx, name); err != nil {
		return 0, 0, err
	}
	inspect = cpuTime() - start
	start = cpuTime()
	r, err := b.Rows(ctx, name)
	if err != nil {
		return 0, 0, err
	}
	for r.Next() {
		if len(r.Row().Cells) != benchColumns {
			return 0, 0, fmt.Errorf("row %d has %d cells", r.Row().Number, len(r.Row().Cells))
		}
	}
	return inspect, cpuTime() - start, r.Err()
}

// benchmarkRead reports the best of the runs: other work on the machine only ever adds.
func benchmarkRead(b *testing.B, data []byte) {
	var sheetSize, size int
	floorTime, inspectTime, rowsTime := time.Hour, time.Hour, time.Hour
	b.ReportAllocs()
	for b.Loop() {
		start := cpuTime()
		sheet, total, err := floor(data)
		if err != nil {
			b.Fatal(err)
		}
		floorTime = min(floorTime, cpuTime()-start)
		sheetSize, size = sheet, total
		inspect, rows, err := readAll(data)
		if err != nil {
			b.Fatal(err)
		}
		inspectTime, rowsTime = min(inspectTime, inspect), min(rowsTime, rows)
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
