package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"kehu/hooks"
)

// Options of a run.
type Options struct {
	Rows int      // customers
	Dir  string   // a folder to work in
	On   bool     // it is an earlier run's: its register is measured as it stands, without importing
	Only []string // of Parts; empty: all of them. The import is made before them
}

// The limits that the product is held to.
const (
	importRatio   = 2.5  // × the CPU of its floor
	importMemory  = 1024 // MiB at the most
	loadLatency   = 500  // ms, p99 of others during an import
	searchLatency = 50   // ms, p99
	listLatency   = 100  // ms, p99
	startTime     = 300  // ms to the first answer
	idleMemory    = 60   // MiB
	reportMemory  = 256  // MiB above what was used before
)

// Run measures and prints; it errs when something does not work at all.
func Run(ctx context.Context, out io.Writer, o Options) (*Report, error) {
	report := &Report{out: out}
	for _, name := range o.Only {
		if !slices.Contains(Parts(), name) {
			return report, fmt.Errorf("nothing that is measured is called %q", name)
		}
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return report, err
	}
	r, book, err := ready(ctx, report, o)
	if err != nil {
		return report, err
	}
	if o.On || len(o.Only) > 0 && !slices.Contains(o.Only, "duplicates") {
		if err := r.makeKeys(ctx); err != nil {
			return report, err
		}
	}
	for _, p := range parts {
		if len(o.Only) > 0 && !slices.Contains(o.Only, p.name) {
			continue
		}
		if err := p.measure(ctx, report, r, book, o); err != nil {
			return report, errors.Join(err, r.close())
		}
	}
	return report, r.close()
}

// ready makes a workbook and a register with its rows, or opens that of an earlier run.
func ready(ctx context.Context, report *Report, o Options) (r *register, book string, err error) {
	book = filepath.Join(o.Dir, "clean.xlsx")
	report.note("%d customers × %d columns, %s, %d CPUs", o.Rows, len(headers), runtime.Version(),
		runtime.NumCPU())
	if !o.On {
		size, err := writeFile(book, o.Rows, 0)
		if err != nil {
			return nil, "", err
		}
		report.note("workbook of %.1f MiB", float64(size)/(1<<20))
	}
	if r, err = open(ctx, filepath.Join(o.Dir, "register")); err != nil {
		return nil, "", err
	}
	if o.On {
		return r, book, r.recognise()
	}
	if err := errors.Join(r.people(), r.firstStart(ctx)); err != nil {
		return nil, "", err
	}
	if err := measureImport(ctx, report, r, book, o); err != nil {
		return nil, "", errors.Join(err, r.close())
	}
	return r, book, nil
}

// parts are what is measured after the import, in their order: keys and pairs come before the floors,
// as their work is no part of them.
var parts = []struct {
	name    string
	measure func(context.Context, *Report, *register, string, Options) error
}{
	{"duplicates", measureScan}, {"import", measureFloor}, {"check", measureSimilar}, {"queries", measureQueries},
	{"masks", measureMasks}, {"classification", measureClassify}, {"batch", measureBatch}, {"jobs", measureJobs},
	{"errors", measureErrors}, {"start", measureStart}, {"backup", measureBackup}, {"load", measureCrowd},
}

// Parts are the names that Options.Only knows.
func Parts() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// measureImport imports alone for the CPU, beside others where the workbook is large.
func measureImport(ctx context.Context, report *Report, r *register, book string, o Options) error {
	runtime.GC()
	debug.FreeOSMemory()
	memory, wall, before := watchMemory(os.Getpid()), time.Now(), cpuTime()
	load := startLoad(ctx, r, o.Rows >= 500_000)
	counts, err := r.importBook(ctx, book, map[string]any{"department": "华南"})
	others := load.end()
	spent, most := cpuTime()-before, memory.end()
	if err != nil {
		return err
	}
	if made := counts["created"] + counts["incomplete"]; made != o.Rows {
		return fmt.Errorf("the import made %d of %d customers: %v", made, o.Rows, counts)
	}
	report.note("import: %.0f rows/s wall", float64(o.Rows)/time.Since(wall).Seconds())
	report.under("import: peak memory", most, importMemory, "MiB")
	if len(others.all()) > 0 {
		report.meanwhile("import", others, loadLatency)
		report.note("import: CPU %.1f s, load included", spent.Seconds())
		return nil // the ratio is measured without load
	}
	r.imported = spent
	return nil
}

// measureFloor compares the import with the least that one can cost, on a register beside it.
func measureFloor(ctx context.Context, report *Report, r *register, book string, o Options) error {
	if r.imported == 0 {
		return nil
	}
	scan, err := scanFloor(book)
	if err != nil {
		return err
	}
	beside, err := open(ctx, filepath.Join(o.Dir, "floor"))
	if err != nil {
		return err
	}
	defer beside.close()
	inserts, err := insertFloor(r, beside)
	if err != nil {
		return err
	}
	report.ratio("import: CPU against scan + bare inserts", r.imported, scan+inserts, importRatio)
	return nil
}

// load is what another client asks meanwhile.
type load struct {
	stop    chan struct{}
	done    sync.WaitGroup
	request func(i int) (role, method, path string, body any)
	mu      sync.Mutex
	served
}

// served is how long requests took.
type served struct{ reads, saves []time.Duration }

func (s served) all() []time.Duration { return slices.Concat(s.reads, s.saves) }

// meanwhile reports the requests of others beside some work: their 99th percentile is to stay under a
// limit in ms.
func (r *Report) meanwhile(what string, s served, limit float64) {
	all := s.all()
	r.under(fmt.Sprintf("%s: p99 of %d others meanwhile", what, len(all)), percentile(all, 0.99), limit, "ms")
	if len(s.reads) > 0 && len(s.saves) > 0 {
		r.note("%s: p99 of their reads %.0f ms, of their saves %.0f ms", what,
			percentile(s.reads, 0.99), percentile(s.saves, 0.99))
	}
}

// startLoad asks twenty times a second, half lists and half creations.
func startLoad(ctx context.Context, r *register, on bool) *load {
	if !on {
		return &load{stop: make(chan struct{})}
	}
	const records = "/api/collections/customers/records"
	return startRequests(ctx, r, 50*time.Millisecond, func(i int) (string, string, string, any) {
		if i%2 == 0 {
			return "executive", "GET", records + "?sort=-updated&skipTotal=1", nil
		}
		return "sales", "POST", records,
			map[string]any{"kind": "enterprise", "name": fmt.Sprintf("边上新建%d有限公司", i)}
	})
}

// startRequests asks at a pace, whether the last one was answered or not.
func startRequests(ctx context.Context, r *register, pace time.Duration,
	request func(i int) (role, method, path string, body any)) *load {
	l := &load{stop: make(chan struct{}), request: request}
	l.done.Go(func() {
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-l.stop:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
				l.done.Go(func() { l.one(r, i) })
			}
		}
	})
	return l
}

func (l *load) one(r *register, i int) {
	role, method, path, body := l.request(i)
	begin := time.Now()
	_, err := r.call(role, method, path, body, nil)
	took := time.Since(begin)
	if err != nil {
		took = time.Minute // a refusal is no answer
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if method == http.MethodGet {
		l.reads = append(l.reads, took)
	} else {
		l.saves = append(l.saves, took)
	}
}

func (l *load) end() served {
	close(l.stop)
	l.done.Wait()
	return l.served
}

// measureQueries asks over HTTP, as the roles that see all, a department, and two hundred rows.
func measureQueries(_ context.Context, report *Report, r *register, _ string, o Options) error {
	run := time.Now().Unix() // a kept register has those of the runs before
	for i := range 200 {
		_, err := r.call("sales", "POST", "/api/collections/customers/records",
			map[string]any{"kind": "enterprise", "name": fmt.Sprintf("上海自有%d号%03d仪器公司", run, i)}, nil)
		if err != nil {
			return err
		}
	}
	queries := []string{"公司", "上海", "仪器", "张江", "有限", brand(o.Rows / 2), brand(o.Rows / 3)[:6],
		"jkyxgs", "不存在的", mobileOf(o.Rows / 2)[7:], creditCode(o.Rows / 2), "KH-20"}
	for _, role := range []string{"executive", "sales", "manager", "service"} {
		latency, err := r.repeat(30, func(i int) (string, string, any) {
			return "GET", "/api/kehu/search?q=" + url.QueryEscape(queries[i%len(queries)]), nil
		}, role, len(queries))
		if err != nil {
			return err
		}
		report.under("search as "+role+": p99", percentile(latency, 0.99), searchLatency, "ms")
	}
	latency, err := r.repeat(300, func(i int) (string, string, any) {
		at := i * 331 % o.Rows
		return "POST", "/api/kehu/check", map[string]any{"customer": map[string]any{
			"kind": "enterprise", "name": row(at, false)[0], "uscc": creditCode(at), "mobile": mobileOf(at)}}
	}, "", 1)
	if err != nil {
		return err
	}
	report.under("check of a stored customer: p99", percentile(latency, 0.99), similarLatency, "ms")
	if err := measureExact(report, r, o); err != nil {
		return err
	}
	for _, role := range []string{"executive", "sales", "manager", "service", "finance", "marketing", "data_admin"} {
		for _, total := range []string{"&skipTotal=1", ""} {
			latency, err := r.repeat(100, func(int) (string, string, any) {
				return "GET", "/api/collections/customers/records?sort=-updated" + total, nil
			}, role, 1)
			if err != nil {
				return err
			}
			name := "list as " + role + ", without total: p99"
			if total == "" {
				name = "list as " + role + ", with total: p99"
			}
			report.under(name, percentile(latency, 0.99), listLatency, "ms")
		}
	}
	return nil
}

// repeat sends n × times requests and answers how long each took; the first are not counted.
func (r *register) repeat(n int, request func(i int) (method, path string, body any), role string,
	times int) ([]time.Duration, error) {
	var all []time.Duration
	for i := range n * times {
		method, path, body := request(i)
		begin := time.Now()
		status, err := r.call(role, method, path, body, nil)
		if status == http.StatusTooManyRequests { // one account may not ask that fast
			time.Sleep(paceWindow)
			begin = time.Now()
			_, err = r.call(role, method, path, body, nil)
		}
		if err != nil {
			return nil, err
		}
		if i >= times {
			all = append(all, time.Since(begin))
		}
	}
	return all, nil
}

// paceWindow is how long an account waits that went beyond its pace.
const paceWindow = 10 * time.Second

// measureErrors makes the error workbook of 100,000 rows of which 5 % are wrong.
func measureErrors(ctx context.Context, report *Report, r *register, _ string, o Options) error {
	book := filepath.Join(o.Dir, "wrong.xlsx")
	if _, err := writeFile(book, min(o.Rows, 100_000), 5); err != nil {
		return err
	}
	if _, err := r.importBook(ctx, book, map[string]any{"dry_run": true}); err != nil {
		return err
	}
	runtime.GC()
	debug.FreeOSMemory()
	base := residentMiB(os.Getpid())
	memory := watchMemory(os.Getpid())
	request, err := http.NewRequest("GET", r.url+"/api/kehu/imports/"+r.tokens["last import"]+"/errors.xlsx", nil)
	if err != nil {
		return err
	}
	request.Header.Set(hooks.CommandHeader, r.secret)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("error workbook: %d %w", response.StatusCode, err)
	}
	report.note("error workbook of %.1f MiB", float64(n)/(1<<20))
	report.under("error workbook: memory above the rest", memory.end()-base, reportMemory, "MiB")
	return nil
}

// measureStart closes the register and starts the program itself on its directory, as a service
// would, and looks at what it uses when nobody asks it anything.
func measureStart(ctx context.Context, report *Report, r *register, _ string, o Options) error {
	if err := r.close(); err != nil {
		return err
	}
	s, err := r.apart(ctx)
	if err != nil {
		return err
	}
	report.under("start to the first answer", float64(s.took.Milliseconds()), startTime, "ms")
	time.Sleep(idleWait)
	report.under("idle memory", residentMiB(s.pid()), idleMemory, "MiB")
	return errors.Join(measureBinary(report, s.command.Path), s.stop())
}

// idleWait is how long a server is left alone before it is called idle.
const idleWait = 5 * time.Second

// writeFile writes a workbook and answers its size.
func writeFile(path string, rows, wrong int) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if err := WriteWorkbook(f, rows, wrong); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
