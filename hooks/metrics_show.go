package hooks

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	rm "runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/watch"
)

// steps are the upper ends of the classes of answer times, in seconds.
var steps = []float64{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10}

// watching is what the house counts of itself.
type watching struct{ measured measured }

// measured counts answers: how many of each class of status, how long they took. Live streams are
// left out, which last as long as their readers like.
type measured struct {
	status  [6]atomic.Int64 // 1xx … 5xx
	within  [9]atomic.Int64 // the last has no end
	seconds atomic.Uint64   // bits of a float64
	open    atomic.Int64    // at work
}

func (m *measured) take(status int, took time.Duration) {
	if status < 100 || status > 599 {
		status = 200 // nothing was written: Go answers 200
	}
	m.status[status/100].Add(1)
	seconds := took.Seconds()
	i, _ := slices.BinarySearch(steps, seconds)
	m.within[i].Add(1)
	for {
		old := m.seconds.Load()
		if m.seconds.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+seconds)) {
			return
		}
	}
}

// measure times every answer.
func (h *House) measure(e *core.RequestEvent) error {
	if streams(e.Request) {
		return e.Next()
	}
	h.measured.open.Add(1)
	defer h.measured.open.Add(-1)
	began := time.Now()
	err := e.Next()
	status := e.Status()
	if err != nil && status == 0 {
		status = router.ToApiError(err).Status
	}
	h.measured.take(status, time.Since(began))
	return err
}

// WriteMetrics writes what a Prometheus server reads (text format 0.0.4). Nothing of it is of
// customers but how many there are.
func (h *House) WriteMetrics(ctx context.Context, out io.Writer, version string) error {
	w, err := h.watch(ctx)
	if err != nil {
		return err
	}
	var m metrics
	m.add("kehu_info", "Which program this is.", "gauge", 1, "version", version, "schema",
		collections.NewestSchema(core.AppMigrations), "go", runtime.Version())
	m.add("kehu_database_up", "1 while the database answers.", "gauge", number(w.Database))
	for _, code := range watch.Codes() {
		m.add("kehu_condition", "1 while this is wrong.", "gauge", number(slices.Contains(w.Codes, code)), "code", code)
	}
	h.answerMetrics(&m)
	if w.Database {
		m.add("kehu_disk_free_bytes", "Left on the disk of the data.", "gauge", float64(w.Backup.DiskFree))
		m.add("kehu_backup_newest_timestamp_seconds", "When the newest backup was made, 0 for never.", "gauge",
			unixOf(w.Backup.NewestAt))
		m.add("kehu_backup_proven_timestamp_seconds", "When a restore was last proven, 0 for never.", "gauge",
			unixOf(w.Backup.ProvenAt))
		if err := h.jobMetrics(&m); err != nil {
			return err
		}
	}
	state := h.imports.state()
	waiting, _ := state["waiting"].(int)
	m.add("kehu_imports_waiting", "Imports that wait for their turn.", "gauge", float64(waiting))
	h.processMetrics(&m)
	_, err = io.WriteString(out, m.text.String())
	return err
}

func (h *House) answerMetrics(m *metrics) {
	for class := 1; class <= 5; class++ {
		m.add("kehu_answers_total", "Answers by class of status.", "counter",
			float64(h.measured.status[class].Load()), "class", strconv.Itoa(class)+"xx")
	}
	sum := int64(0)
	const name = "kehu_answer_seconds"
	for i := range h.measured.within {
		sum += h.measured.within[i].Load()
		end := "+Inf"
		if i < len(steps) {
			end = strconv.FormatFloat(steps[i], 'g', -1, 64)
		}
		m.head(name, "How long answers took.", "histogram")
		m.line(name+"_bucket", float64(sum), "le", end)
	}
	m.line(name+"_sum", math.Float64frombits(h.measured.seconds.Load()))
	m.line(name+"_count", float64(sum))
	m.add("kehu_requests_at_work", "Requests that are being answered.", "gauge", float64(h.measured.open.Load()))
	m.add("kehu_realtime_clients", "Live connections.", "gauge", float64(h.app.SubscriptionsBroker().TotalClients()))
}

func (h *House) jobMetrics(m *metrics) error {
	runs, err := collections.NewestRuns(collections.Through(h.app.DB()))
	if err != nil {
		return err
	}
	for _, run := range runs {
		m.add("kehu_job_started_timestamp_seconds", "When the newest run of a job began.", "gauge", unixOf(run.Started),
			"job", run.Job)
	}
	failed, err := h.failedJobs()
	if err != nil {
		return err
	}
	for _, run := range runs {
		m.add("kehu_job_failed", "1 where the newest run of a job that has ended failed, and the job is still due.",
			"gauge", number(slices.Contains(failed, run.Job)), "job", run.Job)
	}
	return nil
}

func (h *House) processMetrics(m *metrics) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	m.add("go_goroutines", "Goroutines.", "gauge", float64(runtime.NumGoroutine()))
	m.add("go_memstats_heap_inuse_bytes", "Heap in use.", "gauge", float64(memory.HeapInuse))
	live := []rm.Sample{{Name: "/gc/heap/live:bytes"}}
	rm.Read(live)
	m.add("go_gc_heap_live_bytes", "Heap that was in use at the last collection.", "gauge", float64(live[0].Value.Uint64()))
	m.add("go_memstats_sys_bytes", "Memory taken from the system.", "gauge", float64(memory.Sys-memory.HeapReleased))
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		m.add("process_open_fds", "Open files.", "gauge", float64(len(open)))
	}
	for _, name := range []string{"data.db", "data.db-wal", "auxiliary.db"} {
		if info, err := os.Stat(filepath.Join(h.app.DataDir(), name)); err == nil {
			m.add("kehu_file_bytes", "Size of a file of the data.", "gauge", float64(info.Size()), "file", name)
		}
	}
}

// metrics is the text that is being written.
type metrics struct {
	text strings.Builder
	last string
}

// head begins a family, once.
func (m *metrics) head(name, help, kind string) {
	if m.last != name {
		fmt.Fprintf(&m.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
		m.last = name
	}
}

func (m *metrics) add(name, help, kind string, value float64, labels ...string) {
	m.head(name, help, kind)
	m.line(name, value, labels...)
}

var labelText = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (m *metrics) line(name string, value float64, labels ...string) {
	m.text.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		between := ","
		if i == 0 {
			between = "{"
		}
		fmt.Fprintf(&m.text, `%s%s="%s"`, between, labels[i], labelText.Replace(labels[i+1]))
	}
	if len(labels) > 0 {
		m.text.WriteString("}")
	}
	m.text.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// unixOf is a moment of a column in seconds, 0 where there is none.
func unixOf(stamp string) float64 {
	at, err := time.Parse("2006-01-02 15:04:05.000Z", stamp)
	if err != nil {
		return 0
	}
	return float64(at.Unix())
}
