package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"iter"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"
)

// wideTable is 20 columns as an import has them.
func wideTable() Table {
	t := Table{Name: "客户"}
	for i := range 20 {
		t.Columns = append(t.Columns, Column{Header: fmt.Sprintf("字段%d", i+1)})
	}
	return t
}

func wideRow(i int, row []string) []string {
	row = row[:0]
	for c := range 20 {
		row = append(row, fmt.Sprintf("第%d行第%d列的内容%d", i, c, i*31+c*7))
	}
	return row
}

func wideBook(t testing.TB, rows int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewXLSX(&out, nil, wideTable())
	if err != nil {
		t.Fatal(err)
	}
	row := make([]string, 0, 20)
	for i := range rows {
		if err := w.Row(wideRow(i, row)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// everyTwentieth marks 5 % of the rows.
func everyTwentieth(rows int) iter.Seq2[RowMarks, error] {
	return func(yield func(RowMarks, error) bool) {
		for row := 2; row < rows+2; row += 20 {
			m := RowMarks{Row: row, Marks: []Mark{{row % 20, "手机号应为 11 位数字，请核对后重填"},
				{(row + 7) % 20, "统一社会信用代码的校验位不对，请对照营业执照"}}}
			if !yield(m, nil) {
				return
			}
		}
	}
}

// peakHeap gives the most heap in use while run runs, above what was in use before.
func peakHeap(run func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			runtime.ReadMemStats(&now)
			peak.Store(max(peak.Load(), now.HeapAlloc))
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	run()
	close(done)
	<-stopped
	if peak.Load() < before.HeapAlloc {
		return 0
	}
	return peak.Load() - before.HeapAlloc
}

func TestAnnotateInBoundedMemory(t *testing.T) {
	const rows, limit = 100_000, 64 << 20
	book := wideBook(t, rows)
	peak := peakHeap(func() {
		err := Annotate(io.Discard, bytes.NewReader(book), int64(len(book)), "客户", 1,
			everyTwentieth(rows))
		if err != nil {
			t.Error(err)
		}
	})
	t.Logf("%d × 20 rows, 5 %% wrong: %.1f MB above the baseline", rows, float64(peak)/(1<<20))
	if peak > limit {
		t.Errorf("%d bytes of heap above the baseline", peak)
	}
}

func TestExportInConstantMemory(t *testing.T) {
	const rows, limit = 200_000, 16 << 20
	peak := peakHeap(func() {
		w, err := NewXLSX(io.Discard, nil, wideTable())
		if err != nil {
			t.Error(err)
			return
		}
		row := wideRow(1, make([]string, 0, 20))
		for range rows {
			if err := w.Row(row); err != nil {
				t.Error(err)
				return
			}
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%d × 20 rows: %.1f MB above the baseline", rows, float64(peak)/(1<<20))
	if peak > limit {
		t.Errorf("%d bytes of heap above the baseline", peak)
	}
}

// BenchmarkAnnotate compares with its floor: the same parts inflated and deflated, nothing else.
func BenchmarkAnnotate(b *testing.B) {
	const rows = 100_000
	book := wideBook(b, rows)
	for b.Loop() {
		begun := time.Now()
		err := Annotate(io.Discard, bytes.NewReader(book), int64(len(book)), "客户", 1,
			everyTwentieth(rows))
		if err != nil {
			b.Fatal(err)
		}
		took := time.Since(begun)
		begun = time.Now()
		inflateDeflate(b, book)
		b.ReportMetric(took.Seconds()/time.Since(begun).Seconds(), "x-floor")
		b.ReportMetric(rows/took.Seconds(), "rows/s")
	}
}

func inflateDeflate(t testing.TB, book []byte) {
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	out := zip.NewWriter(io.Discard)
	useDeflate(out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		w, err := out.CreateHeader(newEntry(f.Name))
		if err == nil {
			_, err = io.CopyBuffer(w, struct{ io.Reader }{r}, make([]byte, flushSize))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkExport writes 1,000,000 × 10 rows; its floor deflates the same bytes.
func BenchmarkExport(b *testing.B) {
	const rows = 1_000_000
	table := Table{Name: "客户", Columns: wideTable().Columns[:10]}
	varied := make([][]string, 1000)
	for i := range varied {
		varied[i] = wideRow(i, make([]string, 0, 20))[:10]
	}
	for b.Loop() {
		var took time.Duration
		peak := peakHeap(func() {
			begun := time.Now()
			w, err := NewXLSX(io.Discard, nil, table)
			if err != nil {
				b.Fatal(err)
			}
			for i := range rows {
				if err := w.Row(varied[i%len(varied)]); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			took = time.Since(begun)
		})
		b.ReportMetric(took.Seconds()/exportFloor(b, varied, rows).Seconds(), "x-floor")
		b.ReportMetric(rows/took.Seconds(), "rows/s")
		b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
	}
}

// exportFloor deflates the XML of the rows over and over: they are longer than deflate's window.
func exportFloor(t testing.TB, varied [][]string, rows int) time.Duration {
	b := newBookWriter(io.Discard)
	for i, row := range varied {
		b.beginRow(500_000+i, false)
		for c, value := range row {
			b.buf = appendCell(b.buf, columnLetters(c), b.rowNo, AsText, value)
		}
		b.buf = append(b.buf, "</row>"...)
	}
	plain := b.buf
	out, err := flate.NewWriter(io.Discard, deflateLevel)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for range rows / len(varied) {
		if _, err := out.Write(plain); err != nil {
			t.Fatal(err)
		}
	}
	out.Close()
	return time.Since(begun)
}
