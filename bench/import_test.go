package bench

import (
	"path/filepath"
	"testing"
)

// benchRows is how many rows one round imports.
const benchRows = 20_000

// BenchmarkImport imports a workbook whole; its metric beside the time is the ratio of its CPU to
// the floor's.
func BenchmarkImport(b *testing.B) {
	book := filepath.Join(b.TempDir(), "clean.xlsx")
	if _, err := writeFile(book, benchRows, 0); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		r, err := open(b.Context(), filepath.Join(dir, "register"))
		if err != nil {
			b.Fatal(err)
		}
		beside, err := open(b.Context(), filepath.Join(dir, "floor"))
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		before := cpuTime()
		counts, err := r.importBook(b.Context(), book, nil)
		if err != nil || counts["created"] != benchRows {
			b.Fatal(counts, err)
		}
		spent := cpuTime() - before
		b.StopTimer()
		scan, err := scanFloor(book)
		if err != nil {
			b.Fatal(err)
		}
		inserts, err := insertFloor(r, beside)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(spent)/float64(scan+inserts), "×floor")
		b.ReportMetric(float64(spent.Microseconds())/benchRows, "µsCPU/row")
		r.close()
		beside.close()
		b.StartTimer()
	}
}
