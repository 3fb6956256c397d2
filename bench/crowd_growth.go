package bench

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"time"
)

// What a server may have more of at the end of a run than once it has warmed up.
const (
	growthMemory     = 64 // MiB that the system counts, caches of the databases included
	growthHeap       = 32 // MiB that is still used after a collection
	growthGoroutines = 64
	growthFiles      = 64
	metricsEach      = 2 * time.Second
)

// samples are what a server had, in the order of time.
type samples struct {
	memory, files    []float64
	heap, goroutines []float64 // by its own metrics, more rarely
	each             time.Duration
	asked            time.Time
}

// take looks at a process, and now and then asks it for its metrics.
func (s *samples) take(pid int, metrics string) {
	s.memory, s.files = append(s.memory, residentMiB(pid)), append(s.files, openFiles(pid))
	if time.Since(s.asked) < s.each {
		return
	}
	s.asked = time.Now()
	client := http.Client{Timeout: metricsEach}
	response, err := client.Get("http://" + metrics + "/metrics")
	if err != nil {
		return // it was killed just now
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		var value float64
		if n, _ := fmt.Sscanf(lines.Text(), "go_gc_heap_live_bytes %g", &value); n == 1 {
			s.heap = append(s.heap, value/(1<<20))
		}
		if n, _ := fmt.Sscanf(lines.Text(), "go_goroutines %g", &value); n == 1 {
			s.goroutines = append(s.goroutines, value)
		}
	}
}

// growth compares the end of a run with what was there after its first quarter.
func (s *samples) growth(report *Report) {
	for _, one := range []struct {
		name, unit string
		values     []float64
		limit      float64
	}{
		{"memory", "MiB", s.memory, growthMemory}, {"heap in use", "MiB", s.heap, growthHeap},
		{"goroutines", "", s.goroutines, growthGoroutines}, {"open files", "", s.files, growthFiles},
	} {
		early, late := earlyAndLate(one.values)
		report.line("soak: growth of "+one.name, fmt.Sprintf("%+.1f %s, %.1f after a quarter, %.1f at the end",
			late-early, one.unit, early, late), fmt.Sprintf("≤ %.0f %s", one.limit, one.unit), late-early <= one.limit && early > 0)
	}
}

// earlyAndLate are the least that there was from a quarter of a run to its half, and in its last quarter: what
// is at work at a moment, such as a backup or a body of 16 MB, is no growth.
func earlyAndLate(values []float64) (early, late float64) {
	n := len(values)
	if n < 8 {
		return 0, 0
	}
	return slices.Min(values[n/4 : n/2]), slices.Min(values[n*3/4:])
}

// openFiles counts those of a process; 0 where the system does not tell.
func openFiles(pid int) float64 {
	entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return float64(len(entries))
}

// freeAddress is one of this machine at which nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
