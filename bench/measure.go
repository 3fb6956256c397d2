package bench

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Report prints figures with their floor or limit and the verdict.
type Report struct {
	out    io.Writer
	Failed int
}

// ratio prints a figure as a multiple of a floor measured in the same run.
func (r *Report) ratio(name string, figure, floor time.Duration, limit float64) {
	ratio := float64(figure) / float64(floor)
	r.line(name, fmt.Sprintf("%.1f s CPU, floor %.1f s, ratio %.2f", figure.Seconds(),
		floor.Seconds(), ratio), fmt.Sprintf("≤ %.2f", limit), ratio <= limit)
}

// under prints a figure with its limit.
func (r *Report) under(name string, figure, limit float64, unit string) {
	r.line(name, fmt.Sprintf("%.1f %s", figure, unit), fmt.Sprintf("≤ %.0f %s", limit, unit),
		figure <= limit)
}

// over prints a figure that is to reach a limit.
func (r *Report) over(name string, figure, limit float64, unit string) {
	r.line(name, fmt.Sprintf("%.1f %s", figure, unit), fmt.Sprintf("≥ %.0f %s", limit, unit),
		figure >= limit)
}

func (r *Report) line(name, figure, limit string, ok bool) {
	verdict := "ok"
	if !ok {
		verdict = "MISSED"
		r.Failed++
	}
	fmt.Fprintf(r.out, "%-52s %-48s %-14s %s\n", name, figure, limit, verdict)
}

func (r *Report) note(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// percentile of durations, in milliseconds.
func percentile(all []time.Duration, p float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	at := min(len(all)-1, int(float64(len(all))*p))
	return float64(all[at].Microseconds()) / 1000
}

// peak watches the memory of a process: resident set, in MiB, sampled.
type peak struct {
	stop chan struct{}
	done sync.WaitGroup
	most float64
}

func watchMemory(pid int) *peak {
	p := &peak{stop: make(chan struct{})}
	p.done.Add(1)
	go func() {
		defer p.done.Done()
		for {
			p.most = max(p.most, residentMiB(pid))
			select {
			case <-p.stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return p
}

func (p *peak) end() float64 {
	close(p.stop)
	p.done.Wait()
	return p.most
}

// residentMiB is a process's resident set now; 0 where the system does not tell.
func residentMiB(pid int) float64 { return statusMiB(pid, "VmRSS") }

// peakMiB is the most that it ever was.
func peakMiB(pid int) float64 { return statusMiB(pid, "VmHWM") }

// statusMiB reads a line of /proc.
func statusMiB(pid int, name string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, name+": %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}
