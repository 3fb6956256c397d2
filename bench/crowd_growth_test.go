package bench

import (
	"bytes"
	"strings"
	"testing"
)

// What grows is said, and one look at a bad moment is not taken for growth.
func TestGrowthIsTold(t *testing.T) {
	steady, growing, spiked := make([]float64, 400), make([]float64, 400), make([]float64, 400)
	for i := range 400 {
		steady[i], growing[i], spiked[i] = 200, 200+float64(i), 200
		if i < 50 {
			steady[i] = 60 // it warms up
		}
	}
	spiked[399] = 10_000
	for name, c := range map[string]struct {
		values []float64
		missed int
	}{"steady": {steady, 0}, "growing": {growing, 4}, "a spike": {spiked, 0}, "nothing was seen": {nil, 4}} {
		var out bytes.Buffer
		report := &Report{out: &out}
		(&samples{memory: c.values, files: c.values, heap: c.values, goroutines: c.values}).growth(report)
		if report.Failed != c.missed || strings.Count(out.String(), "\n") != 4 {
			t.Errorf("%s: %d missed\n%s", name, report.Failed, out.String())
		}
	}
}
