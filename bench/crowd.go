package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// CrowdOptions of a run under load.
type CrowdOptions struct {
	Rows         int    // customers that are there before
	Dir          string // a folder that is made and removed
	People, Idle int    // who work, and realtime connections on which nothing happens
	For          time.Duration
	Soak         bool          // is to say what grows
	KillEvery    time.Duration // the program is killed and started again; 0: never
}

// The limits under load.
const (
	crowdLatency = 500 // ms, p99
	crowdMemory  = 512 // MiB
	crowdPause   = 2 * time.Second
	crowdName    = "人群"
	crowdSample  = 200 * time.Millisecond
	crowdTold    = 5           // answers that were not as expected
	crowdIdle    = time.Minute // a connection is let go of before the server does: what is sent in that moment has no answer
)

// crowd is many people at once, and what the register has acknowledged to them.
type crowd struct {
	r       *register
	base    atomic.Pointer[string] // of the server that runs now
	metrics string                 // its address for a Prometheus server
	options CrowdOptions
	mark    string // of this run, in the names of its customers
	tokens  []string
	client  *http.Client
	stop    chan struct{}
	done    sync.WaitGroup

	mu       sync.Mutex
	took     map[string][]time.Duration
	refused  map[string]int      // answers that are no success, by kind and status
	cut      int                 // requests without an answer
	whyCut   []string            // and why
	made     map[string]bool     // names of customers: true once acknowledged
	needs    map[string][]string // customer → what may stand there: the last that was acknowledged, and later tries
	alive    int                 // idle connections
	strayed  []string            // and why others of them were lost
	bothered int                 // requests of troublemakers that were answered as they should
	wrongly  []string            // and those that were not
}

// UsualCrowd is the one that a server is held to.
func UsualCrowd() CrowdOptions { return CrowdOptions{People: 200, Idle: 1000, For: time.Minute} }

// crowdBook is how many rows the workbook has at the most that is imported beside the crowd.
const crowdBook = 100_000

// RunCrowd measures with many people at once, and holds the register to what it acknowledged.
func RunCrowd(ctx context.Context, out io.Writer, o CrowdOptions) (*Report, error) {
	report := &Report{out: out}
	c := newCrowd(o)
	book, err := c.prepare(ctx)
	if err != nil {
		return report, err
	}
	return report, c.measure(ctx, report, book)
}

// measureCrowd has the usual crowd work in the register that all the rest was measured in.
func measureCrowd(ctx context.Context, report *Report, r *register, book string, o Options) error {
	c := newCrowd(UsualCrowd())
	c.options.Rows, c.r = o.Rows, r
	if err := errors.Join(r.close(), r.reopen()); err != nil {
		return err
	}
	if err := errors.Join(c.accounts(), r.close()); err != nil {
		return err
	}
	if o.Rows > crowdBook {
		book = filepath.Join(o.Dir, "beside.xlsx")
		if _, err := writeFile(book, crowdBook, 0); err != nil {
			return err
		}
	}
	return c.measure(ctx, report, book)
}

func newCrowd(o CrowdOptions) *crowd {
	return &crowd{options: o, mark: strconv.FormatInt(time.Now().Unix(), 36), stop: make(chan struct{}),
		took: map[string][]time.Duration{}, refused: map[string]int{}, made: map[string]bool{}, needs: map[string][]string{},
		client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: o.People,
			IdleConnTimeout: crowdIdle}}}
}

// measure starts the program on the prepared register, lets the crowd work, and compares.
func (c *crowd) measure(ctx context.Context, report *Report, book string) error {
	report.note("%d people, %d idle connections, %v beside %d customers, %s, %d CPUs", c.options.People, c.options.Idle,
		c.options.For, c.options.Rows, runtime.Version(), runtime.NumCPU())
	s, err := c.start(ctx)
	if err != nil {
		return err
	}
	seen, s, err := c.run(ctx, s, book)
	if err != nil {
		s.kill()
		return err
	}
	c.tell(report, seen)
	if err := s.stop(); err != nil {
		return err
	}
	return c.compare(report)
}

// prepare makes a register with customers and an account for each person, and a workbook that is imported
// meanwhile.
func (c *crowd) prepare(ctx context.Context) (book string, err error) {
	if c.r, err = open(ctx, filepath.Join(c.options.Dir, "register")); err != nil {
		return "", err
	}
	if err := errors.Join(c.r.people(), c.accounts()); err != nil {
		return "", err
	}
	if err := c.r.firstStart(ctx); err != nil { // the backup of the day is none of what is measured
		return "", err
	}
	book = filepath.Join(c.options.Dir, "clean.xlsx")
	if _, err := writeFile(book, c.options.Rows, 0); err != nil {
		return "", err
	}
	if _, err := c.r.importBook(ctx, book, map[string]any{"department": "华南"}); err != nil {
		return "", err
	}
	return book, c.r.close()
}

// accounts signs everybody in; one who has no account of an earlier run is given one.
func (c *crowd) accounts() error {
	for i := range c.options.People {
		staff, err := c.account(i)
		if err != nil {
			return err
		}
		token, err := staff.NewAuthToken()
		if err != nil {
			return err
		}
		c.tokens = append(c.tokens, token)
	}
	return nil
}

func (c *crowd) account(i int) (*core.Record, error) {
	email := fmt.Sprintf("crowd%d@example.com", i)
	if staff, err := c.r.app.FindAuthRecordByEmail("staff", email); err == nil {
		return staff, nil
	}
	role := []string{"sales", "sales", "sales", "service", "executive"}[i%5]
	values := map[string]any{"name": fmt.Sprintf("%s%d", crowdName, i), "role": role, "active": true, "verified": true,
		"email": email, "password": "bench-1234567890-bench"}
	if department, err := c.r.app.FindFirstRecordByData("departments", "name", "华东"); err == nil {
		values["department"] = department.Id
	}
	id, err := c.r.save("staff", values)
	if err != nil {
		return nil, err
	}
	return c.r.app.FindRecordById("staff", id)
}

// start starts the program and lets the people know where it is.
func (c *crowd) start(ctx context.Context) (*service, error) {
	var err error
	if c.metrics, err = freeAddress(); err != nil {
		return nil, err
	}
	s, err := c.r.apart(ctx, "--metrics", c.metrics)
	if err == nil {
		base := c.r.url
		c.base.Store(&base)
	}
	return s, err
}

// run lets everybody work, with an import and a backup beside them, and samples the program.
func (c *crowd) run(ctx context.Context, s *service, book string) (seen *samples, _ *service, err error) {
	for i, token := range c.tokens {
		c.done.Go(func() { c.person(ctx, rand.New(rand.NewPCG(uint64(i), 1)), i, token) })
	}
	if c.options.KillEvery == 0 {
		c.beside(ctx, book)
	}
	seen = &samples{each: min(metricsEach, c.options.For/20)}
	begun, killed := time.Now(), time.Now()
	for time.Since(begun) < c.options.For && ctx.Err() == nil {
		time.Sleep(crowdSample)
		seen.take(s.pid(), c.metrics)
		if c.options.KillEvery > 0 && time.Since(killed) > c.options.KillEvery {
			s.kill()
			if s, err = c.start(ctx); err != nil {
				return seen, s, err
			}
			killed = time.Now()
		}
	}
	close(c.stop)
	c.done.Wait()
	return seen, s, ctx.Err()
}

// beside are an import, a backup, idle connections and troublemakers.
func (c *crowd) beside(ctx context.Context, book string) {
	c.done.Go(func() {
		_, err := c.r.importBook(ctx, book, map[string]any{"department": "华南"})
		c.note(err == nil, "import: %v", err)
	})
	c.done.Go(func() {
		made, err := c.r.backup()
		c.note(err == nil, "backup: %v %+v", err, made)
	})
	for range c.options.Idle {
		c.done.Go(func() { c.idle(ctx) })
	}
	c.trouble(ctx)
}

func (c *crowd) note(right bool, format string, words ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if right {
		c.bothered++
	} else if len(c.wrongly) < crowdTold {
		c.wrongly = append(c.wrongly, fmt.Sprintf(format, words...))
	}
}

// pause waits about as long as a person thinks; false is the end.
func (c *crowd) pause(random *rand.Rand) bool {
	select {
	case <-c.stop:
		return false
	case <-time.After(time.Duration(random.Int64N(int64(2 * crowdPause)))):
		return true
	}
}

// person looks, searches and saves until the end.
func (c *crowd) person(ctx context.Context, random *rand.Rand, who int, token string) {
	const records = "/api/collections/customers/records"
	own := ""
	for n := 0; c.pause(random); n++ {
		dice := random.IntN(100)
		switch {
		case dice < 45:
			c.ask(ctx, "list", token, "GET", records+"?sort=-updated&skipTotal=1&perPage=30", nil, nil)
		case dice < 75:
			word := []string{"公司", "上海", "仪器", brand(random.IntN(c.options.Rows)), mobileOf(random.IntN(c.options.Rows))[7:]}
			c.ask(ctx, "search", token, "GET", "/api/kehu/search?q="+url.QueryEscape(word[random.IntN(len(word))]), nil, nil)
		case dice < 85 && own != "" && who%5 < 3:
			text := fmt.Sprintf("%s第%d次", crowdName, n)
			c.expect(own, text, false)
			if c.ask(ctx, "save", token, "PATCH", records+"/"+own, map[string]any{"current_need": text}, nil) {
				c.expect(own, text, true)
			}
		case who%5 < 3: // the others enter nothing
			name := fmt.Sprintf("%s%s第%d号%d有限公司", crowdName, c.mark, who, n)
			c.learn(name, false)
			var made struct{ ID string }
			if c.ask(ctx, "create", token, "POST", records, map[string]any{"kind": "enterprise", "name": name}, &made) {
				c.learn(name, true)
				own = made.ID
				c.expect(own, "", true)
			}
		}
	}
}

func (c *crowd) learn(name string, acknowledged bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made[name] = acknowledged
}

func (c *crowd) expect(id, text string, acknowledged bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if acknowledged {
		c.needs[id] = nil
	}
	c.needs[id] = append(c.needs[id], text)
}

// ask sends a request as a member and takes its time; true is an acknowledgement.
func (c *crowd) ask(ctx context.Context, kind, token, method, path string, body, into any) bool {
	text, err := json.Marshal(body)
	if err != nil {
		return false
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, *c.base.Load()+path, content)
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", token)
	begin := time.Now()
	response, err := c.client.Do(request)
	if err == nil {
		defer response.Body.Close()
		text, err = io.ReadAll(response.Body)
	}
	took := time.Since(begin)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.cut++
		if len(c.whyCut) < crowdTold {
			c.whyCut = append(c.whyCut, fmt.Sprintf("%s after %v: %v", kind, took.Round(time.Millisecond), err))
		}
		return false
	case response.StatusCode >= 400:
		c.refused[fmt.Sprintf("%s %d", kind, response.StatusCode)]++
		return false
	}
	c.took[kind] = append(c.took[kind], took)
	return into == nil || json.Unmarshal(text, into) == nil
}

// tell prints what was measured.
func (c *crowd) tell(report *Report, seen *samples) {
	var all []time.Duration
	for _, kind := range []string{"list", "search", "save", "create"} {
		report.note("crowd: %d × %s, p50 %.0f ms, p99 %.0f ms", len(c.took[kind]), kind, percentile(c.took[kind], 0.5),
			percentile(c.took[kind], 0.99))
		all = append(all, c.took[kind]...)
	}
	report.note("crowd: refused %v, without an answer %d %s", c.refused, c.cut, strings.Join(c.whyCut, "; "))
	if c.options.KillEvery == 0 {
		report.under(fmt.Sprintf("crowd: p99 of %d requests of %d people", len(all), c.options.People), percentile(all, 0.99),
			crowdLatency, "ms")
		report.under("crowd: requests without a good answer", float64(c.cut+sumOf(c.refused)), 0, "")
		report.line("crowd: idle connections that were lost", fmt.Sprintf("%d of %d %v", c.options.Idle-c.alive, c.options.Idle,
			c.strayed), "none", c.alive == c.options.Idle)
		report.line("crowd: import, backup and troublemakers", fmt.Sprintf("%d as expected %v", c.bothered, c.wrongly), "all",
			len(c.wrongly) == 0 && c.bothered > 0)
	}
	report.under("crowd: memory", slices.Max(seen.memory), crowdMemory, "MiB")
	if c.options.Soak && c.options.KillEvery == 0 {
		seen.growth(report)
	}
}

func sumOf(counts map[string]int) (n int) {
	for _, one := range counts {
		n += one
	}
	return n
}

// compare holds the register to what it acknowledged: nothing is lost, nothing is there twice.
func (c *crowd) compare(report *Report) error {
	db, err := c.r.database()
	if err != nil {
		return err
	}
	defer db.Close()
	names, err := values(db, "SELECT name FROM customers WHERE name LIKE '"+crowdName+"%'")
	if err != nil {
		return err
	}
	there := map[string]int{}
	for _, name := range names {
		there[name]++
	}
	acknowledged, lost, twice := 0, 0, 0
	for name, known := range c.made {
		if known {
			acknowledged++
		}
		if known && there[name] == 0 {
			lost++
		}
		if there[name] > 1 {
			twice++
		}
	}
	report.line("crowd: customers that were acknowledged", fmt.Sprintf("%d, lost %d, twice %d", acknowledged, lost, twice),
		"none lost", lost == 0 && twice == 0 && acknowledged > 0)
	wrong := 0
	for id, may := range c.needs {
		got, err := values(db, "SELECT current_need FROM customers WHERE id = ?", id)
		if err != nil {
			return err
		}
		if len(got) != 1 || !slices.Contains(may, got[0]) {
			wrong++
		}
	}
	report.line("crowd: last edits that were acknowledged", fmt.Sprintf("%d customers, wrong %d", len(c.needs), wrong),
		"none wrong", wrong == 0)
	return nil
}
